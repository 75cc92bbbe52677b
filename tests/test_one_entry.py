"""Whatever one entry holds, and whatever becomes of its file, all others are served."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest

from feedsvc import feeds, pages
from feedsvc.content.render import render_content
from feedsvc.listing import Listing
from feedsvc.settings import Settings
from feedsvc.site import loader, publisher
from feedsvc.site.documents import PROVISIONAL_SECONDS
from feedsvc.urls import is_web_url
from feedsvc.web import create_standalone_app
from tests.support.hostile import list_hostile
from tests.support.site import Clock, Site

pytestmark = pytest.mark.no_cover  # many runs of what other tests cover

MakeSettings = Callable[..., Settings]
XML_DOCUMENTS = ("rss.xml", "atom.xml", "sitemap.xml", "news-sitemap.xml", "opml.xml")
DOCUMENTS = (
    *(f"/{name}" for name in (*XML_DOCUMENTS, "feed.json", "", "subscribe", "2026/03/")),
    *(f"/archive/2026-03/{name}" for name in ("rss.xml", "atom.xml", "feed.json")),
    *(
        "/tags/",
        "/categories/",
        "/authors/",
        "/languages/",
        "/?sort=updated",
        "/rss.xml?content=summary",
    ),
)
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufdd0-\ufdef\ufffe\uffff]")
GOOD = "---\ntitle: Sound\ndate: 2026-03-02T09:00\ntags: [sound]\n---\n\nSound words.\n"


def check_site(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """Assert that every document is whole, with the sound entry and every other that is public.

    What is public and not in a feed is named in the log.
    """
    answers = {path: site.get(path) for path in (*DOCUMENTS, "/2026/03/sound/", "/tags/sound/")}
    assert {path: one.status_code for path, one in answers.items() if one.status_code != 200} == {}
    for path, answer in answers.items():
        found = FORBIDDEN.search(answer.get_data(as_text=True))
        assert found is None, (path, found)
    for path in XML_DOCUMENTS:
        ElementTree.fromstring(answers[f"/{path}"].data)
    items = json.loads(answers["/feed.json"].data)["items"]
    assert [item for item in items if item["title"] == "Sound"]
    assert all(item["id"] and item["url"] for item in items)
    for path in ("/rss.xml", "/atom.xml"):
        shown = len(
            re.findall(rb"<(?:item|entry)>", answers[path].data.replace(b" xml:lang", b">"))
        )
        named = {one.getMessage().split(" cannot")[0] for one in caplog.records if one.exc_info}
        assert len(items) - shown <= len(named), path
    with site.publisher.index.open_snapshot(int(site.clock())) as queries:
        assert len(items) == len(queries.select_entries(Listing(), 500))


def test_no_value_of_any_field_costs_more_than_its_entry(
    settings: MakeSettings, caplog: pytest.LogCaptureFixture
) -> None:
    site = Site(settings(limit=500))
    site.write("sound.md", GOOD)
    for path, content in list_hostile(step=211):  # all of them are in `torture`
        site.write(path, content)

    check_site(site, caplog)


NAMES = {
    "\x1b": "entry",
    "2024-01-05-wind\x1bfarm": "Windfarm",
    "sea\ufffebreeze": "Seabreeze",
    "tide\uffffs": "Tides",
    "quay\x7f\x85": "Quay",
    "lamp\nlight": "Lamp light",
    "\ufdd0harbour": "\ufdd0harbour".lstrip("\ufdd0").capitalize(),
    "caf\u00e9": "Caf\u00e9",  # from here on as they are
    "\u202eferry": "\u202eferry",
    "a&b<c>": "a&b<c>",
}


def test_names_of_files_are_cleaned_as_texts_are(
    settings: MakeSettings, caplog: pytest.LogCaptureFixture
) -> None:
    site = Site(settings(limit=500))
    site.write("sound.md", GOOD)
    for name in NAMES:
        site.write(f"{name}.md", "---\ndate: 2026-03-02\n---\n")

    check_site(site, caplog)

    shown = {item["title"] for item in site.get("/feed.json").get_json()["items"]}
    assert shown == {"Sound", *NAMES.values()}


# -- defects ------------------------------------------------------------------------------


def fail_for(title: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return *function*, but failing where *title* is among what it is given."""

    def run(*arguments: Any) -> Any:
        if f"title={title!r}, published=" in repr(arguments):
            raise ZeroDivisionError(title)
        return function(*arguments)

    return run


@pytest.fixture
def site(settings: MakeSettings) -> Site:
    """A site with the entries Sound, Bad and Other, their texts and summaries."""
    site = Site(settings())
    for title in ("Sound", "Bad", "Other"):
        site.add(title.lower(), body=f"Text of {title}.", summary=f"Summary of {title}.")
    return site


@pytest.mark.parametrize(
    ("format_", "path"), [("rss", "rss.xml"), ("atom", "atom.xml"), ("json", "feed.json")]
)
def test_a_defect_in_a_feed_costs_the_item(
    site: Site,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    format_: str,
    path: str,
) -> None:
    monkeypatch.setitem(feeds.RENDERERS, format_, fail_for("Bad", feeds.RENDERERS[format_]))
    answers = [site.get(f"/{path}"), site.get(f"/{path}?limit=9"), site.get("/")]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert [b"Sound" in one.data for one in answers] == [True] * 3
    assert [b"Text of Bad" in one.data for one in answers[:2]] == [False] * 2
    (record,) = [one for one in caplog.records if one.exc_info and path in one.getMessage()][:1]
    assert "bad.md" in record.getMessage()

    again = Site(site.settings)  # another worker, another day: the same bytes
    assert again.get(f"/{path}").data == answers[0].data


def test_a_defect_is_logged_once_for_each_document(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(feeds.RENDERERS, "rss", fail_for("Bad", feeds.RENDERERS["rss"]))
    for number in range(3):
        site.add(f"more-{number}")
        site.refresh()
        assert b"Bad" not in site.get("/rss.xml?limit=9").data

    assert len([one for one in caplog.records if "bad.md" in one.getMessage()]) == 1


def test_a_defect_on_a_page_costs_the_item_and_its_own_page(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "render_page", fail_for("Bad", pages.render_page))
    listing, own, neighbor = (site.get(path) for path in ("/", "/2026/03/bad/", "/2026/03/other/"))

    assert (listing.status_code, b"Sound" in listing.data, b"Bad" in listing.data) == (
        200,
        True,
        False,
    )
    assert own.status_code == 503
    assert (neighbor.status_code, b"Bad" in neighbor.data) == (200, True)  # a link, by its title


def test_a_text_that_cannot_be_rendered_leaves_fields_and_summary(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(loader, "render_content", fail_for("Bad", render_content))

    for path in ("/rss.xml", "/atom.xml", "/feed.json", "/", "/2026/03/bad/", "/2026/03/other/"):
        answer = site.get(path)
        assert answer.status_code == 200
        assert b"Text of Bad" not in answer.data
    assert b"Summary of Bad." in site.get("/2026/03/bad/").data
    assert b"Summary of Bad." in site.get("/rss.xml").data
    assert len([one for one in caplog.records if "bad.md" in one.getMessage()]) == 1


# -- files that cannot be read ----------------------------------------------------------------


def test_a_file_that_cannot_be_read_leaves_fields_and_summary_until_it_can(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "WRITER_TAKEOVER_SECONDS", 0.1)
    whole = site.get("/rss.xml").data
    file = site.folder / "bad.md"
    aside = file.rename(site.folder.parent / "aside")
    clock = Clock()
    site._app = create_standalone_app(site.settings, runs_writer=False, clock=clock)

    for path in ("/rss.xml", "/atom.xml", "/feed.json", "/", "/2026/03/bad/", "/2026/03/other/"):
        answer = site.get(path)
        assert answer.status_code == 200, path
        assert b"Bad" in answer.data
        assert b"Text of Bad" not in answer.data
    assert b"Text of Other." in site.get("/rss.xml").data

    aside.rename(file)
    clock.now += PROVISIONAL_SECONDS
    assert site.get("/rss.xml").data == whole


@pytest.mark.parametrize(
    ("text", "is_one"),
    {
        "https://x.example/": True,
        "HTTP://X.example:8080/a b": True,
        "http://[::1]:80/": True,
        "https://user@x/": True,
        "https://\u4f60\u597d.example/": True,
        "https://x": True,
        "https://[x]/": False,
        "https://[": False,
        "https://x]/": False,
        "https://x:99999/": False,
        "https://x:port/": False,
        "https:///x": False,
        "//x/": False,
        "ftp://x/": False,
        "": False,
    }.items(),
)
def test_a_url_can_be_taken_apart_or_is_none(text: str, is_one: bool) -> None:
    assert is_web_url(text) is is_one
