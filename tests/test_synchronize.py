"""Clients that keep a copy of a listing: what changed, what is gone, and when to ask next."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from msgspec.structs import replace

from feedsvc.settings import Settings
from feedsvc.site.partners import hash_key
from tests.support.console import parse_page
from tests.support.entries import write_entry
from tests.support.servers import ROOT, fetch, pick_free_port, run_server, wait_for
from tests.support.site import NOW, Clock, Site

AT = "{http://purl.org/atompub/tombstones/1.0}"
ATOM = "{http://www.w3.org/2005/Atom}"
DCTERMS = "{http://purl.org/dc/terms/}"
PAGE = ROOT / "docs/howto/synchronize.md"
CLIENT = next(one for one in parse_page(PAGE.read_text("utf-8")) if one.file == "synchronize.py")
ID = "tag:news.example.com,2026:"


@pytest.fixture
def site(settings: Callable[..., Settings]) -> Site:
    return Site(settings())


class Copy:
    """What a client holds of a listing that it synchronizes."""

    def __init__(
        self,
        site: Site,
        path: str = "/feed.json?",
        *,
        limit: int = 500,
        headers: dict[str, str] | None = None,
    ) -> None:
        self.site, self.path, self.limit, self.headers = site, path, limit, headers
        self.since = "0001"
        self.items: dict[str, Any] = {}
        self.last: dict[str, Any] = {}  # what the last answer has, by id

    def fetch(self, url: str) -> Any:
        response = self.site.get(url, headers=self.headers)
        assert response.status_code == 200, (url, response.text)
        return response.json

    def walk(self, between: Callable[[], object] = lambda: None) -> Iterator[Any]:
        """Yield the pages; *between* is called after each."""
        page = self.fetch(f"{self.path}sort=updated&limit={self.limit}&since={self.since}")
        while True:
            yield page
            between()
            if "next_url" not in page:
                return
            page = self.fetch(page["next_url"])

    def synchronize(self, between: Callable[[], object] = lambda: None) -> dict[str, Any]:
        pages = list(self.walk(between))
        progress = pages[0]["_feedsvc"]
        self.last = {}
        for page in pages:
            for one in [*page["items"], *page["_feedsvc"].get("deleted", [])]:
                self.last.setdefault(one["id"], one)
        self.items |= self.last
        self.items = {key: one for key, one in self.items.items() if "date_deleted" not in one}
        self.since = progress["next_since"]
        return self.last

    def get_reasons(self) -> dict[str, str]:
        """Return why each entry is gone that the last answer has as such."""
        return {
            one["id"].removeprefix(ID): one["reason"]
            for one in self.last.values()
            if "date_deleted" in one
        }


def list_all(
    site: Site, path: str = "/feed.json?", headers: dict[str, str] | None = None
) -> dict[str, Any]:
    """Return the items of a listing, through its archives."""
    found: dict[str, Any] = {}
    url = f"{path}limit=500"
    while url:
        page: Any = site.get(url, headers=headers).json
        found |= {one["id"]: one for one in page["items"]}
        url = page.get("next_url", "")
    return found


def list_ids(page: Any) -> list[str]:
    return [one["id"].removeprefix(ID) for one in page["items"]]


def test_since_is_about_the_last_change_and_not_the_publication(site: Site) -> None:
    site.add("old", "2026-01-02", updated="2026-08-20")
    site.add("older", "2026-01-01")
    site.add("new", "2026-08-15")

    page: Any = site.get("/feed.json?sort=updated&since=2026-08-01").json

    assert list_ids(page) == ["old", "new"]
    assert list_ids(site.get("/feed.json?sort=updated&since=2026-08-01&until=2026-08-16").json) == [
        "new"
    ]
    assert list_ids(site.get("/feed.json?since=2026-08-01").json) == ["new"]
    xml = site.get_xml("/atom.xml?sort=updated&since=2026-08-01")
    assert [one.text for one in xml.iter(ATOM + "title")][1:] == ["Old", "New"]


def test_what_arrives_with_an_old_date_is_a_change(site: Site) -> None:
    site.add("first", "2026-03-02")
    copy = Copy(site)
    copy.synchronize()
    site.add("late", "2025-01-01")
    site.refresh()

    assert ID + "late" in copy.synchronize()
    assert copy.items == list_all(site)


CHANGES: dict[str, tuple[dict[str, str] | None, str]] = {
    "deleted": (None, "removed"),
    "draft again": ({"draft": "true"}, "removed"),
    "unlisted": ({"status": "unlisted"}, "removed"),
    "unreadable": ({"date": "soon"}, "removed"),
    "postponed": ({"date": "2099-01-01"}, "removed"),
    "retracted": (
        {"status": "retracted", "retracted": "2026-04-01", "reason": "Untrue."},
        "Untrue.",
    ),
    "expired by an edit": ({"expires": "2026-04-01"}, "expired"),
    "another id": ({"id": "other"}, "removed"),
}


@pytest.mark.parametrize(("fields", "reason"), CHANGES.values(), ids=CHANGES)
def test_what_leaves_is_in_the_answer(
    site: Site, fields: dict[str, str] | None, reason: str
) -> None:
    path = site.add("story", tags="[wind]")
    site.add("stays", tags="[wind]")
    copies = [Copy(site), Copy(site, "/tags/wind/feed.json?"), Copy(site, "/2026/03/feed.json?")]
    copies += [Copy(site, "/feed.json?tag=wind&"), Copy(site, "/feed.json?q=some+words&")]
    for copy in copies:
        copy.synchronize()
        assert len(copy.items) == 2

    path.unlink()
    if fields is not None:
        site.add("story", **{"tags": "[wind]", **fields})
    site.refresh()

    for copy in copies:
        copy.synchronize()
        assert copy.get_reasons() == {"story": reason}, copy.path
        assert ID + "story" not in copy.items
        assert ID + "stays" in copy.items
    graves = site.get_xml(f"/atom.xml?sort=updated&since={copies[0].since}").iter(
        AT + "deleted-entry"
    )
    assert [grave.get("ref") for grave in graves] == [ID + "story"]


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("/tags/wind/feed.json?", {"tags": "[wind, sea]"}, {"tags": "[sea]"}),
        ("/feed.json?not=sea&", {"tags": "[wind]"}, {"tags": "[wind, sea]"}),
        ("/2026/03/feed.json?", {"date": "2026-03-05"}, {"date": "2026-04-05"}),
        ("/feed.json?q=crane&", {"summary": "A crane."}, {"summary": "A ferry."}),
        ("/languages/fr/feed.json?", {"lang": "fr"}, {"lang": "de"}),
    ],
)
def test_what_does_not_meet_a_listings_conditions_any_more_has_left_it(
    site: Site, path: str, before: dict[str, str], after: dict[str, str]
) -> None:
    site.add("story", **before)
    site.add("other", **before)
    copy, everything = Copy(site, path), Copy(site)
    copy.synchronize()
    everything.synchronize()
    assert len(copy.items) == 2

    site.add("story", **after)
    site.refresh()
    copy.synchronize()

    assert copy.get_reasons() == {"story": "removed"}
    assert copy.items == list_all(site, path)
    assert ID + "story" in everything.synchronize()
    assert everything.get_reasons() == {}


STEPS: dict[str, tuple[list[str], set[str]]] = {  # tags, and whose copies hear that it is gone
    "always": (["[a, c]"], {"?"}),
    "never": (["[a]"], {"?", "?not=c&"}),
    "at last": (["[a]", "[a, c]"], {"?", "?not=c&"}),
    "in between": (["[a]", "[a, c]", "[c]"], {"?", "?not=c&"}),
    "at first": (["[a, c]", "[a]"], {"?", "?not=c&"}),
}


@pytest.mark.parametrize("end", ["deleted", "retracted", "a draft"])
@pytest.mark.parametrize(("steps", "told"), STEPS.values(), ids=STEPS)
def test_what_gets_the_tag_that_a_listing_leaves_out_and_goes_has_left_it(
    site: Site, steps: list[str], told: set[str], end: str
) -> None:
    file = site.add("story", tags=steps[0])
    site.add("other")
    copies = {path: Copy(site, f"/feed.json{path}") for path in ("?", "?not=c&")}
    for copy in copies.values():
        copy.synchronize()
    for tags in steps[1:]:
        site.add("story", tags=tags)
        site.refresh()
    if end == "deleted":
        file.unlink()
    elif end == "retracted":
        site.add(
            "story", tags=steps[-1], status="retracted", retracted="2026-09-20", reason="Wrong."
        )
    else:
        site.add("story", tags=steps[-1], draft="true")
    site.refresh()

    for path, copy in copies.items():
        copy.synchronize()
        assert copy.items == list_all(site, copy.path)
        assert set(copy.get_reasons()) == ({"story"} if path in told else set())


@pytest.mark.parametrize("end", ["deleted", "renamed", "a draft", "earlier", "later"])
def test_what_has_expired_and_is_changed_then_has_left(
    settings: Callable[..., Settings], end: str
) -> None:
    clock = Clock(time.time() - 500)  # the writer has the present one
    site = Site(settings(), clock)
    expires = datetime.fromtimestamp(int(clock.now) + 100, UTC).isoformat()
    file = site.add("brief", expires=expires)
    site.add("first")
    copy = Copy(site)
    copy.synchronize()
    assert set(copy.items) == {ID + "first", ID + "brief"}

    clock.now += 500
    match end:
        case "deleted":
            file.unlink()
        case "renamed":
            file.rename(file.with_name("other.md"))
        case "a draft":
            site.add("brief", expires=expires, draft="true")
        case "earlier":
            site.add("brief", expires="2026-03-03")
        case _:
            site.add("brief", expires="2100-01-01")
    site.refresh()
    copy.synchronize()

    assert copy.items == list_all(site)
    assert (ID + "brief" in copy.items) == (end == "later")


def test_an_entry_is_told_of_when_its_time_comes_and_when_it_is_over(
    settings: Callable[..., Settings],
) -> None:
    clock = Clock(time.time())  # by which the writer notes what it has seen
    site = Site(settings(), clock)
    site.add("first", "2026-03-02")
    site.add("later", datetime.fromtimestamp(int(clock.now) + 5_000, UTC).isoformat())
    end = datetime.fromtimestamp(int(clock.now) + 9_000, UTC).isoformat()
    site.add("brief", "2026-03-03", expires=end)
    copy = Copy(site)
    copy.synchronize()
    assert set(copy.items) == {ID + "first", ID + "brief"}

    clock.now += 6_000
    assert ID + "later" in copy.synchronize()
    clock.now += 6_000
    copy.synchronize()

    assert copy.get_reasons() == {"brief": "expired"}
    assert copy.items == list_all(site)


@pytest.mark.parametrize("limit", [1, 5])
def test_whoever_gets_what_is_embargoed_hears_of_every_other_change(
    settings: Callable[..., Settings], limit: int
) -> None:
    """What is to come stands before all that has changed, and holds nothing of that back."""
    clock = Clock(time.time())
    keys = {"main": hash_key("k")}
    table = {"embargoed": True, "limit": limit, "keys": keys}
    site = Site(replace(settings(), partners={"wire": table}), clock)
    for name in ("out", "edited", "gone"):
        site.add(name, "2026-03-02")
    for name, seconds in (("soon", 5_000), ("held", 9_000)):
        site.add(name, datetime.fromtimestamp(int(clock.now) + seconds, UTC).isoformat())
    copy = Copy(site, "/partners/wire/feed.json?", headers={"Authorization": "Bearer k"})

    def synchronize() -> set[str]:
        copy.synchronize()
        assert copy.since <= datetime.fromtimestamp(clock.now, UTC).isoformat()
        assert copy.items == list_all(site, copy.path, headers=copy.headers)
        return {identity.removeprefix(ID) for identity in copy.last}

    assert synchronize() == {"out", "edited", "gone", "soon", "held"}
    updated = site.get("/partners/wire/atom.xml?sort=updated&since=0001", headers=copy.headers)
    assert "<updated>20" in updated.text
    xml = ElementTree.fromstring(updated.data)
    assert (xml.findtext(ATOM + "updated") or "") <= datetime.fromtimestamp(
        clock.now, UTC
    ).isoformat()

    site.add("edited", "2026-03-02", "Something else.")
    site.add("held", datetime.fromtimestamp(int(clock.now) + 9_000, UTC).isoformat(), "Ready.")
    (site.folder / "gone.md").unlink()
    site.refresh()
    assert {"edited", "gone", "held"} <= synchronize()
    for _ in range(2):
        clock.now += 6_000
        synchronize()
    assert not [one for one in copy.items.values() if "embargo" in one["_feedsvc"]]


def test_what_never_was_public_leaves_no_trace(site: Site) -> None:
    site.add("first")
    site.get("/")
    draft, later = site.add("draft", draft="true"), site.add("later", "2099-01-01")
    site.refresh()
    draft.unlink()
    later.unlink()
    site.refresh()

    page: Any = site.get("/feed.json?sort=updated&since=0001").json
    assert list_ids(page) == ["first"]
    assert "deleted" not in page["_feedsvc"]


def test_a_touched_file_is_no_change(site: Site) -> None:
    path = site.add("story")
    site.add("other", "2026-03-01")
    copy = Copy(site)
    copy.synchronize()
    path.touch()
    site.refresh()

    assert copy.synchronize() == {}


def test_the_second_translation_is_in_when_the_first_is_gone(site: Site) -> None:
    first = site.add("story.en", translation_key="s", lang="en")
    site.add("story.fr", translation_key="s", lang="fr")
    copy = Copy(site)
    copy.synchronize()
    assert copy.items == list_all(site)
    first.unlink()
    site.refresh()
    copy.synchronize()

    assert copy.items == list_all(site)
    site.add("story.en", translation_key="s", lang="en")
    site.refresh()
    copy.synchronize()
    assert copy.items == list_all(site)


TURNS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "becomes public": ({"date": "2026-09-21T15:13:20Z"}, {}),
    "expires": ({"expires": "2026-09-21T15:13:20Z"}, {}),
    "is put off": ({}, {"date": "2026-09-22"}),
    "is said to have expired": ({}, {"expires": "2026-09-20"}),
    "comes back": ({"expires": "2026-09-20"}, {}),
    "gets the other's tag": ({"tags": "[a]"}, {"tags": "[a, b]"}),
    "loses the other's tag": ({"tags": "[a, b]"}, {"tags": "[a]"}),
}


@pytest.mark.parametrize("path", ["/feed.json?", "/feed.json?tag=b&", "/feed.json?lang=fr&"])
@pytest.mark.parametrize(("before", "after"), TURNS.values(), ids=TURNS)
def test_a_copy_has_the_translation_that_the_listing_has(
    settings: Callable[..., Settings], path: str, before: dict[str, str], after: dict[str, str]
) -> None:
    clock = Clock()
    site = Site(settings(), clock)
    first = {"date": "2026-03-02", "tags": "[a, b]"}
    site.add("story.en", **{**first, **before})
    site.add("story.fr", tags="[b]")
    copy = Copy(site, path)
    copy.since = "2026-09-21"
    copy.items = list_all(site, path)
    site.add("story.en", **{**first, **after})
    clock.now += 7200 if before.keys() & {"date", "expires"} and not after else 0
    if after or clock.now == NOW:
        site.refresh()
    copy.synchronize()

    assert copy.items == list_all(site, path)


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_missed_by_who_pages_while_the_folder_changes(site: Site, seed: int) -> None:
    random_ = random.Random(seed)
    paths = {n: site.add(f"n{n}", f"2026-03-{n % 28 + 1:02}") for n in range(30)}
    copy = Copy(site, limit=4)
    numbers = iter(range(100, 1000))

    def change() -> None:
        number, new = random_.choice(list(paths)), next(numbers)
        match random_.randrange(4):
            case 0:
                paths.pop(number).unlink()
            case 1:
                site.add(f"n{number}", "2026-03-09", body=f"Words {new}.")
            case 2:
                paths[new] = site.add(f"n{new}", "2024-01-01")
            case 3:
                paths[new] = paths.pop(number).rename(site.folder / f"n{new}.md")
        site.refresh()

    for _ in range(3):
        copy.synchronize(change)
    copy.synchronize()

    assert copy.items == list_all(site)


def test_thousands_that_go_at_once_are_told_page_by_page(site: Site) -> None:
    paths = [site.add(f"n{n}") for n in range(120)]
    copy = Copy(site, limit=50)
    copy.synchronize()
    for path in paths[:110]:
        path.unlink()
    site.refresh()

    pages = list(copy.walk())
    counts = [len(page["items"]) + len(page["_feedsvc"].get("deleted", [])) for page in pages]
    assert counts[:2] == [50, 50]
    copy.synchronize()
    assert len(copy.get_reasons()) == 110
    assert copy.items == list_all(site)


def test_an_answer_stays_the_same_until_something_changes(site: Site) -> None:
    site.add("story")
    copy = Copy(site)
    copy.synchronize()
    url = f"/feed.json?sort=updated&since={copy.since}"
    first = site.get(url)
    site.clock.now += 4_000  # type: ignore[attr-defined]

    assert site.get(url, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    site.add("other")
    site.refresh()
    assert site.get(url, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_an_index_that_was_built_anew_says_since_when_it_knows(
    settings: Callable[..., Settings],
) -> None:
    site = Site(settings())
    site.add("story")
    page: Any = site.get("/feed.json?sort=updated&since=0001").json
    since = page["_feedsvc"]["next_since"]
    known = datetime.fromisoformat(page["_feedsvc"]["known_since"])

    assert known <= datetime.fromisoformat(since)  # who has just begun need not begin anew
    age = datetime.now(UTC) - known
    overlap = timedelta(seconds=600 + site.settings.feeds.max_age)
    assert overlap <= age < overlap + timedelta(minutes=5)
    later: Any = site.get(f"/feed.json?sort=updated&since={since}").json
    assert later["_feedsvc"]["next_since"] >= since


@pytest.mark.parametrize("sort", ["", "&since=0001"])
def test_pages_for_people_continue_where_they_end(site: Site, sort: str) -> None:
    for n in range(7):
        site.add(f"n{n}", f"2026-03-0{n + 1}", updated=f"2026-05-0{8 - n}")
    seen: list[str] = []
    url = f"/?sort=updated&limit=2{sort}"
    for _ in range(4):
        html = site.get(url).text
        seen += re.findall(r'href="[^"]*/2026/03/(n\d)/"', html)
        links = {
            unescape(link) for link in re.findall(r'href="https://news.example.com([^"]*)"', html)
        }
        older = [link for link in links if "before=" in link and link != url]
        if not older:
            break
        (url,) = older

    assert list(dict.fromkeys(seen)) == [f"n{n}" for n in range(7)]


# -- RSS ----------------------------------------------------------------------------


@pytest.mark.duty(45)
def test_rss_shows_for_a_time_that_an_entry_was_withdrawn(
    settings: Callable[..., Settings],
) -> None:
    clock = Clock()
    site = Site(settings(withdrawn_days=10), clock)
    retracted = datetime.fromtimestamp(NOW - 9 * 86_400, UTC).isoformat()
    site.add("new", "2026-03-09")
    site.add(
        "gone", "2026-03-05", status="retracted", retracted=retracted, reason="A < B is untrue."
    )
    site.add("silent", "2026-03-04", lang="de", status="retracted", retracted=retracted)
    site.add("old", "2026-03-01")

    items = list(site.get_xml("/rss.xml").iter("item"))

    german = "Zurückgezogen: Silent"
    titles = ["New", "Withdrawn: Gone", german, "Old"]
    assert [item.findtext("title") for item in items] == titles
    gone = items[1]
    assert gone.findtext("guid") == ID + "gone"
    assert gone.findtext("description") == "A &lt; B is untrue."
    valid = gone.findtext(DCTERMS + "valid") or ""
    end = datetime.fromisoformat(valid.partition("end=")[2].partition(";")[0])
    assert end == datetime.fromisoformat(retracted)
    assert gone.findtext(DCTERMS + "modified") == str(retracted)
    assert items[2].findtext("description") == "Dieser Beitrag wurde zurückgezogen."
    assert site.get("/atom.xml").text.count("<entry") == 2
    assert len(list(site.get_xml("/archive/2026-03/rss.xml").iter("item"))) == 2

    clock.now += 2 * 86_400
    assert [item.findtext("title") for item in site.get_xml("/rss.xml").iter("item")] == [
        "New",
        "Old",
    ]


@pytest.mark.parametrize(
    ("fields", "when"),
    [
        ({"retracted": "2026-03-05"}, "2026-03-05T09:30:01+00:00"),
        ({"retracted": "2026-03-04T08:00:00Z"}, "2026-03-05T09:30:01+00:00"),
        ({"retracted": "2026-03-05T09:30:00Z"}, "2026-03-05T09:30:01+00:00"),
        ({"retracted": "2026-03-05T09:31:00Z"}, "2026-03-05T09:31:00+00:00"),
        ({"retracted": "2026-03-06"}, "2026-03-06T00:00:00+08:00"),
        (
            {"retracted": "2026-03-06", "updated": "2026-03-06T11:00:00Z"},
            "2026-03-06T11:00:01+00:00",
        ),
    ],
)
def test_a_retraction_is_later_than_what_it_takes_back(
    site: Site, fields: dict[str, str], when: str
) -> None:
    site.add("gone", "2026-03-05T09:30:00Z", status="retracted", **fields)

    page: Any = site.get("/feed.json").json
    assert [one["date_deleted"] for one in page["_feedsvc"]["deleted"]] == [when]
    assert [one.get("when") for one in site.get_xml("/atom.xml").iter(AT + "deleted-entry")] == [
        when
    ]


@pytest.mark.duty(45)
def test_every_format_says_when_an_entry_is_going_to_end(site: Site) -> None:
    site.add("brief", "2026-03-05", expires="2026-12-01T00:00:00Z")
    site.add("long", "2026-03-04")
    end = "2026-12-01T00:00:00+00:00"

    for path in ("/rss.xml", "/atom.xml"):
        found = [one.text for one in site.get_xml(path).iter(DCTERMS + "valid")]
        assert found == [f"end={end}; scheme=W3C-DTF"]
    page: Any = site.get("/feed.json").json
    assert [one["_feedsvc"].get("expires") for one in page["items"]] == [end, None]


def test_rss_need_not_show_what_was_withdrawn(settings: Callable[..., Settings]) -> None:
    site = Site(settings(withdrawn_days=0))
    retracted = datetime.fromtimestamp(NOW - 60, UTC).isoformat()
    site.add("gone", "2026-03-05", status="retracted", retracted=retracted)

    assert list(site.get_xml("/rss.xml").iter("item")) == []


@pytest.mark.parametrize(
    ("words", "is_shown"),
    [("ferry", True), ("FERRY fäll", True), ("cable car", False), ("ferry words", False)],
)
def test_rss_of_a_search_shows_what_was_withdrawn_if_its_title_matches(
    settings: Callable[..., Settings], words: str, is_shown: bool
) -> None:
    site = Site(settings())
    retracted = datetime.fromtimestamp(NOW - 60, UTC).isoformat()
    site.add("gone", "2026-03-05", title="A ferry fäll", status="retracted", retracted=retracted)

    titles = [one.text for one in site.get_xml(f"/rss.xml?q={words}").iter("title")]
    assert ("Withdrawn: A ferry fäll" in titles) is is_shown


# -- the client of the guide ---------------------------------------------------------

COUNT = 5_000


def test_the_client_of_the_guide_has_at_most_thirty_lines() -> None:
    assert len([line for line in CLIENT.text.splitlines() if line.strip()]) <= 30


def change_folder(entries: Path, expected: dict[str, str], end: int) -> None:
    """Change thousands of files; *expected* has the titles of the public entries."""

    def rewrite(numbers: range, title: str, **fields: str) -> None:
        for n in numbers:
            path = f"{n % 50}/n{n}"
            write_entry(entries, f"{path}.md", title.format(n), date="2012-05-02", **fields)
            expected[path] = title.format(n)
            if fields:  # with which it is not public any more
                del expected[path]

    rewrite(range(300), "Newer {}")  # edits that move no date
    for n in range(300, 900):  # more than a page
        (entries / f"{n % 50}/n{n}.md").unlink()
        del expected[f"{n % 50}/n{n}"]
    rewrite(range(900, 950), "News {}", status="retracted", retracted="2024-02-03")
    rewrite(range(950, 1_000), "News {}", expires=datetime.fromtimestamp(end, UTC).isoformat())
    (entries / "7").rename(entries / "seven")
    for path in [path for path in expected if path.startswith("7/")]:
        expected[path.replace("7/", "seven/")] = expected.pop(path)
    for n in range(5):
        write_entry(entries, f"late{n}.md", f"Late {n}", date="2001-01-01")
        expected[f"late{n}"] = f"Late {n}"


def test_the_client_of_the_guide_keeps_a_copy_equal_to_the_folder(tmp_path: Path) -> None:
    entries = tmp_path / "entries"
    for n in range(COUNT):
        write_entry(
            entries, f"{n % 50}/n{n}.md", f"News {n}", date=f"20{n % 25:02}-05-{n % 28 + 1:02}"
        )
    (tmp_path / "client.py").write_text(CLIENT.text)
    config = tmp_path / "feedsvc.toml"
    port = pick_free_port()
    url = f"http://127.0.0.1:{port}/feed.json"
    config.write_text(
        f'[site]\nurl = "http://127.0.0.1:{port}/"\nid_authority = "news.example.com,2026"\n'
        f'index = "{tmp_path}/index"\n[feeds]\nmax_age = 0\n'
    )

    def synchronize() -> dict[str, Any]:
        command = [sys.executable, "client.py", url, "copy.json"]
        subprocess.run(command, cwd=tmp_path, check=True)
        copy: dict[str, Any] = json.loads((tmp_path / "copy.json").read_text())["items"]
        return copy

    def count_public() -> int:
        """Return what both workers say, by turns; -1 while they differ or one is not ready."""
        answers = [fetch(f"http://127.0.0.1:{port}/readyz")[:2] for _ in range(8)]
        if any(status != 200 for status, _ in answers):
            return -1
        counts = {json.loads(body)["entries"]["public"] for _, body in answers}
        return counts.pop() if len(counts) == 1 else -1

    def get_titles(copy: dict[str, Any]) -> dict[str, str]:
        return {key.removeprefix(ID): one["title"] for key, one in copy.items()}

    expected = {f"{n % 50}/n{n}": f"News {n}" for n in range(COUNT)}
    command = [
        sys.executable,
        "-m",
        "feedsvc",
        "serve",
        "--config",
        str(config),
        "--port",
        str(port),
    ]
    with run_server(command, port, tmp_path / "log"):
        wait_for(lambda: count_public() == COUNT)
        assert get_titles(synchronize()) == expected

        end = int(time.time()) + 3
        change_folder(entries, expected, end)
        synchronize()  # in the middle of it
        wait_for(lambda: count_public() == len(expected) and time.time() > end)

        assert get_titles(synchronize()) == expected
        for _ in range(2):  # the second is answered 304
            assert get_titles(synchronize()) == expected

    (tmp_path / "index").rename(tmp_path / "forgotten")  # what goes meanwhile nobody sees
    (entries / "late0.md").unlink()
    del expected["late0"]
    with run_server(command, port, tmp_path / "log"):
        wait_for(lambda: count_public() == len(expected))
        assert get_titles(synchronize()) == expected
