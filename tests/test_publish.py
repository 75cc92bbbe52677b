"""Every listing is a feed: its entries, its facts, and what happens when something fails."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from feedsvc import feeds
from feedsvc.index.queries.select import MAX_TRANSLATIONS
from feedsvc.settings import Settings
from feedsvc.web import create_app
from tests.support.site import Site

ATOM = "{http://www.w3.org/2005/Atom}"
AT = "{http://purl.org/atompub/tombstones/1.0}"
BASE = "https://news.example.com"
# a tag URI as RFC 4151 has it: authority, date, and what URLs may hold
TAG_URI = re.compile(
    r"tag:[a-z0-9.-]+,\d{4}(-\d\d){0,2}:([\w.~!$&'()*+,;=:@/?-]|%[0-9A-F]{2})*", re.ASCII
)


@pytest.fixture
def site(settings: Callable[..., Settings]) -> Site:
    return Site(settings())


@pytest.mark.duty(17)
@pytest.mark.parametrize(
    ("author", "name", "email"),
    [
        ("Ann Holm <ann@example.com>", "Ann Holm", "ann@example.com"),
        ("ann@example.com (Ann Holm)", "Ann Holm", "ann@example.com"),
        ("By the Sea", "By the Sea", None),
        ("ann@example.com", "ann@example.com", None),
        ("", "Example News", None),
    ],
)
def test_the_sites_author_may_have_an_address(
    settings: Callable[..., Settings], author: str, name: str, email: str | None
) -> None:
    site = Site(settings(author=author))
    found = site.get_xml("/atom.xml").find(f"{ATOM}author")
    channel = site.get("/rss.xml").text
    person = f"<managingEditor>{email} ({name})<" if email else f"<dc:creator>{name}</dc:creator>"

    assert found is not None
    assert (found.findtext(f"{ATOM}name"), found.findtext(f"{ATOM}email")) == (name, email)
    assert person in channel
    assert json.loads(site.get("/feed.json").data)["authors"] == [{"name": name}]


def list_titles(site: Site, path: str) -> list[str | None]:
    return [entry.findtext(ATOM + "title") for entry in site.get_xml(path).iter(ATOM + "entry")]


@pytest.mark.parametrize(
    ("path", "titles"),
    [
        ("/atom.xml?tag=wind", "Both Wind"),
        ("/atom.xml?tag=wind,sea", "Both Sea Wind"),
        ("/atom.xml?tag=wind&tag=sea", "Both"),
        ("/tags/wind/atom.xml?tag=sea", "Both"),
        ("/atom.xml?not=sea", "Zh Wind"),
        ("/atom.xml?not=energy", "Zh Sea"),
        ("/categories/energy/atom.xml", "Both Wind"),
        ("/authors/ada-lovelace/atom.xml", "Sea"),
        ("/atom.xml?author=ada-lovelace,bo", "Sea Wind"),
        ("/languages/zh/atom.xml", "Zh"),
        ("/atom.xml?lang=en&not=wind", "Sea"),
        ("/atom.xml?since=2026-03-02&until=2026-03-03", "Both Sea"),
        ("/2026/03/atom.xml", "Zh Both Sea Wind"),
        ("/atom.xml?limit=1", "Zh"),
        ("/atom.xml?limit=100000", "Zh Both Sea Wind"),
        ("/atom.xml?sort=updated", "Wind Zh Both Sea"),
        ("/atom.xml?q=turbine", "Wind"),
        ("/atom.xml?q=TURBINES", "Sea"),
        ("/atom.xml?q=.*", ""),
        ("/atom.xml?q=%22)+OR+*", ""),
        ("/atom.xml?q=风电", "Zh"),
        ("/atom.xml?q=电风", ""),
        ("/atom.xml?q=海上+风电", "Zh"),
        ("/atom.xml?tag=none", ""),
    ],
)
def test_a_listing_shows_what_meets_its_conditions(site: Site, path: str, titles: str) -> None:
    site.add(
        "wind",
        "2026-03-01",
        "A turbine.",
        tags="[Wind]",
        category="Energy",
        author="Bo",
        updated="2026-03-09",
    )
    site.add("sea", "2026-03-02", "Many turbines.", tags="[Sea]", author="Ada Lovelace")
    site.add("both", "2026-03-03", tags="[Wind, Sea]", category="Energy")
    site.add("zh", "2026-03-04", "中国海上风电发展迅速。", language="zh")

    assert list_titles(site, path) == titles.split()


@pytest.mark.parametrize(
    "name",
    ["风电", "Énergie", "طاقة", "C++", "a/b", "R&D", "50%", ".net", "q?", "ﬁsh & chips", "🌊"],
)
def test_a_name_in_any_script_has_its_feed(site: Site, name: str) -> None:
    site.add("one", tags=json.dumps([name], ensure_ascii=False))
    opml = site.get_xml("/opml.xml")
    path = next(
        o.attrib["xmlUrl"] for o in opml.iter("outline") if "/tags/" in o.attrib["xmlUrl"]
    ).removeprefix(BASE)
    feed = site.get_xml(path)

    assert path.isascii()
    assert list_titles(site, path) == ["One"]
    assert feed.findtext(ATOM + "title") == f"Example News: {name}"
    assert feed.find(f"{ATOM}link[@rel='self']").get("href") == BASE + path  # type: ignore[union-attr]
    assert site.get(path.replace("atom.xml", "")).status_code == 200
    assert list_titles(site, f"/atom.xml?tag={quote(name)}") == ["One"] or "," in name


LISTINGS = [
    "/atom.xml",
    "/tags/风电/atom.xml",
    "/authors/ada/atom.xml?q=海上 风&not=ü&tag=a,b",
    "/2026/03/atom.xml",
    "/atom.xml?since=2026-01-01T00:00%2B08:00",
    "/languages/en/atom.xml?sort=updated&limit=7",
]


@pytest.mark.duty(3, 13, 28)
@pytest.mark.parametrize("path", LISTINGS)
def test_every_listing_has_an_id_that_is_a_tag_uri_and_one_self(site: Site, path: str) -> None:
    site.add("one", tags="[风电]", author="Ada", language="en")
    feeds = {other: site.get_xml(other) for other in LISTINGS}
    ids = {feed.findtext(ATOM + "id", "") for feed in feeds.values()}
    feed = feeds[path]

    assert len(ids) == len(LISTINGS)
    assert TAG_URI.fullmatch(feed.findtext(ATOM + "id", ""))
    assert len(feed.findall(f"{ATOM}link[@rel='self']")) == 1
    assert b"utm" not in site.get(f"{path}{'&' if '?' in path else '?'}utm_source=x&null").data


@pytest.mark.duty(20)
def test_the_feed_of_one_language_is_in_that_language(site: Site) -> None:
    site.add("one", language="zh-Hans")
    site.add("two", "2026-03-03", language="en")
    lang = "{http://www.w3.org/XML/1998/namespace}lang"

    assert site.get_xml("/languages/zh-hans/atom.xml").get(lang) == "zh-Hans"
    assert site.get_xml("/rss.xml?lang=zh-hans").findtext("channel/language") == "zh-hans"
    assert site.get("/languages/zh-hans/feed.json").json["language"] == "zh-Hans"  # type: ignore[index]
    assert site.get_xml("/rss.xml?lang=zh-hans,en").findtext("channel/language") == "en"
    mixed = site.get_xml("/atom.xml")
    assert (mixed.get(lang), [entry.get(lang) for entry in mixed.iter(ATOM + "entry")]) == (
        "en",
        [None, "zh-Hans"],
    )


def test_translations_lead_to_each_other_and_one_of_them_stands_for_all(site: Site) -> None:
    site.add("story.en", title="Story")
    site.add("story.fr", "2026-03-03", title="Récit")

    assert list_titles(site, "/atom.xml") == ["Story"]
    assert list_titles(site, "/languages/fr/atom.xml") == ["Récit"]
    other = re.search(
        r'hreflang="fr" href="https://news.example.com([^"]*)"', site.get("/2026/03/story/").text
    )
    assert other is not None
    assert "Récit" in site.get(other[1]).text


SOON, PAST = "2026-09-21T15:13:20Z", "2026-09-20T00:00:00Z"  # an hour after NOW, a day before
TRANSLATIONS: dict[str, tuple[dict[str, str], dict[str, str], dict[str, str]]] = {
    "both": ({}, {}, {"/": "en", "?tag=a": "en", "?tag=b": "fr", "?q=word": "en", "?q=mot": "fr"}),
    "the first is scheduled": ({"date": SOON}, {}, {"/": "fr", "?tag=a": "", "?tag=b": "fr"}),
    "the first has expired": ({"expires": PAST}, {}, {"/": "fr", "?tag=a": "", "?tag=b": "fr"}),
    "the first is unlisted": ({"status": "unlisted"}, {}, {"/": "fr", "?tag=b": "fr"}),
    "the second is scheduled": ({}, {"date": SOON}, {"/": "en", "?tag=b": "", "?q=mot": ""}),
    "other months": (
        {"date": "2026-04-02"},
        {},
        {"/": "en", "?since=2026-04": "en", "?until=2026-03": "fr", "archive": "en"},
    ),
    "one is left out": ({}, {}, {"?not=a": "", "?not=b": "en"}),
    "by language": ({}, {}, {"?lang=fr": "fr", "?lang=en": "en", "?lang=en,fr": "en fr"}),
    "the last change": (
        {},
        {"updated": PAST},
        {"?sort=updated": "en", "?sort=updated&q=mot": "fr"},
    ),
}


@pytest.mark.parametrize(("en", "fr", "shown"), TRANSLATIONS.values(), ids=TRANSLATIONS)
def test_a_listing_shows_the_first_translation_that_it_has(
    site: Site, en: dict[str, str], fr: dict[str, str], shown: dict[str, str]
) -> None:
    site.add("story.en", body="A word.", **{"date": "2026-03-02", "tags": "[a]", **en})
    site.add("story.fr", body="Un mot.", **{"date": "2026-03-02", "tags": "[b]", **fr})

    for query, languages in shown.items():
        path = "/archive/2026-04/feed.json" if query == "archive" else f"/feed.json{query}"
        items = site.get(path.replace("json/", "json")).json["items"]  # type: ignore[index]
        found = sorted(item["id"].rpartition(".")[2] for item in items)
        assert found == languages.split(), query


def test_the_tags_of_a_translation_have_pages(site: Site) -> None:
    site.add("story.en", tags="[wind]")
    site.add("story.fr", tags="[vent]")

    page = site.get("/languages/fr/").text
    for path in re.findall(r'href="https://news.example.com(/tags/[^"]+)"', page):
        assert site.get(path).status_code == 200, path
    assert "/tags/vent/" in page
    assert "/tags/vent/" in site.get("/tags/").text


@pytest.mark.parametrize("fields", [{"date": SOON}, {"expires": PAST}])
def test_names_are_those_of_the_translations_that_are_public(
    site: Site, fields: dict[str, str]
) -> None:
    site.add("story.en", **{"date": "2026-03-02", "tags": "[a, b]", **fields})
    site.add("story.fr", "2026-04-02", tags="[b, c]")
    site.add("story.de", **{"date": "2026-05-02", "tags": "[b, d]", **fields})

    assert re.findall(r'/tags/(\w)/"', site.get("/tags/").text) == ["b", "c"]
    assert re.findall(r"/tags/(\w)/atom", site.get("/opml.xml").text) == ["b", "c"]


def test_of_each_language_one_translation_is_named(site: Site) -> None:
    """However many there are: each entry would name each other one."""
    for number in range(40):
        for language in ("en", "fr", "de-AT"):
            site.add(f"{language}-{number}", language=language, translationKey="story")
    # a private language each, of which there is no end
    for number in range(MAX_TRANSLATIONS):
        site.add(f"x-{number}", language=f"en-x-{number}", translationKey="many")

    page = site.get("/2026/03/fr-7/").text
    assert re.findall(
        r'<link rel="alternate" hreflang="([\w-]+)" href="[^"]*/([\w-]+)/"', page
    ) == [
        ("de-AT", "de-AT-0"),
        ("en", "en-0"),
        ("fr", "fr-7"),
    ]
    assert site.get("/languages/fr/").text.count("hreflang=") < 3 * 40
    assert site.get("/2026/03/x-7/").text.count("hreflang=") < 2 * MAX_TRANSLATIONS


@pytest.mark.duty(1, 8)
def test_a_correction_is_shown_and_moves_updated(site: Site) -> None:
    site.add("one", body="It was 6.")
    published = site.get_xml("/atom.xml").find(ATOM + "entry")
    site.add("one", body="It was 6.", correction="It was 6, not 5.", updated="2026-03-05T10:00:00Z")
    site.refresh()
    corrected = site.get_xml("/atom.xml").find(ATOM + "entry")

    assert published is not None
    assert corrected is not None
    for name in ("id", "published"):
        assert corrected.findtext(ATOM + name) == published.findtext(ATOM + name)
    assert corrected.findtext(ATOM + "updated") == "2026-03-05T10:00:00+00:00"
    assert "<p><strong>Correction:</strong> It was 6, not 5.</p>" in corrected.findtext(
        ATOM + "content", ""
    )
    assert "It was 6, not 5." in site.get("/2026/03/one/").text
    assert "2026-03-05T10:00:00+00:00" in site.get_xml("/rss.xml").findtext(
        "channel/item/{http://purl.org/dc/terms/}modified", ""
    )


@pytest.mark.duty(8)
def test_a_minor_edit_changes_the_text_and_no_date(site: Site) -> None:
    site.add("one", body="Teh words.")
    before = site.get("/atom.xml")
    site.add("one", body="The words.", updated="2026-03-05T10:00:00Z", minor="true")
    site.refresh()
    after = site.get("/atom.xml")

    assert b"The words." in after.data
    assert after.data == before.data.replace(b"Teh", b"The")
    assert after.headers["Last-Modified"] == before.headers["Last-Modified"]


@pytest.mark.duty(45)
def test_tombstones_stand_in_the_listings_that_showed_the_entry(site: Site) -> None:
    site.add("kept", tags="[wind, sea]", author="Ada")
    site.add(
        "gone",
        "2026-02-01",
        tags="[wind]",
        status="retracted",
        retracted="2026-03-05",
        reason="It was not so.",
    )

    def list_refs(path: str) -> list[str | None]:
        return [grave.get("ref") for grave in site.get_xml(path).iter(AT + "deleted-entry")]

    wanted = ["tag:news.example.com,2026:gone"]
    assert [
        list_refs(path)
        for path in ("/atom.xml", "/tags/wind/atom.xml", "/atom.xml?since=2026-01&not=coal")
    ] == [wanted] * 3
    missed = (
        "/tags/sea/atom.xml",
        "/authors/ada/atom.xml",
        "/2026/03/atom.xml",
        "/atom.xml?not=wind",
        "/archive/2026-03/atom.xml",
    )
    assert [list_refs(path) for path in missed] == [[]] * 5
    deleted: Any = site.get("/feed.json").json
    assert [one["id"] for one in deleted["_feedsvc"]["deleted"]] == wanted
    assert b"gone" not in site.get("/sitemap.xml").data + site.get("/opml.xml").data
    assert site.get("/archive/2026-02/atom.xml").status_code == 404


def test_a_listing_that_lost_its_last_entry_is_an_empty_feed_and_not_404(site: Site) -> None:
    site.add("kept", tags="[sea]")
    site.add("gone", tags="[wind]", status="retracted", retracted="2026-03-05")
    site.add("over", tags="[coal]", expires="2026-04-01")
    site.add("later", "2027-01-01", tags="[sun]")

    assert (
        list_titles(site, "/tags/wind/atom.xml") == list_titles(site, "/tags/coal/atom.xml") == []
    )
    assert len(list(site.get_xml("/tags/wind/atom.xml").iter(AT + "deleted-entry"))) == 1
    assert (
        site.get("/tags/wind/atom.xml").headers["Last-Modified"] == "Wed, 04 Mar 2026 16:00:00 GMT"
    )
    assert (
        site.get("/tags/coal/rss.xml").headers["Last-Modified"] == "Tue, 31 Mar 2026 16:00:00 GMT"
    )
    assert [site.get(f"/tags/{name}/").status_code for name in ("wind", "coal", "sun", "none")] == [
        200,
        200,
        404,
        404,
    ]


@pytest.mark.duty(45)
def test_a_feed_carries_at_most_thirty_tombstones(site: Site) -> None:
    for number in range(35):
        site.add(f"n{number}", status="retracted", retracted=f"2026-03-05T10:00:{number:02}Z")
    graves = list(site.get_xml("/atom.xml").iter(AT + "deleted-entry"))

    assert [grave.get("ref", "").rpartition("n")[2] for grave in graves] == [
        str(n) for n in range(34, 4, -1)
    ]


@pytest.mark.duty(79)
@pytest.mark.parametrize("kind", ["flask", "front"])
def test_a_feed_that_cannot_be_rendered_keeps_its_last_good_bytes(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    site.add("one")
    client = site.make_client(kind)
    good = client.get("/rss.xml")
    tried: list[object] = []

    def fail(feed: object) -> bytes:
        tried.append(feed)
        raise ZeroDivisionError("a defect")

    monkeypatch.setitem(feeds.RENDERERS, "rss", fail)
    site.add("two")
    site.refresh()
    with caplog.at_level(logging.CRITICAL):
        bad = [client.get("/rss.xml")]
        once = len(tried)
        bad += [client.get("/rss.xml") for _ in range(2)]
        assert len(tried) == once  # not for each request
        other = client.get("/rss.xml?limit=1")

    assert [(one.status_code, one.data, one.headers["ETag"]) for one in bad] == [
        (200, good.data, good.headers["ETag"])
    ] * 3
    assert other.status_code == 503
    assert "Retry-After" not in other.headers  # readers take it for the whole host
    assert b"Two" in client.get("/atom.xml").data


@pytest.mark.duty(80)
def test_while_the_first_index_is_built_readers_get_a_retry_after(
    settings: Callable[..., Settings],
) -> None:
    client = create_app(settings(), runs_writer=False).test_client()

    for path in ("/atom.xml", "/", "/readyz"):
        response = client.get(path)
        assert response.status_code == 503
        assert response.headers["Retry-After"].isdigit()
        assert response.headers["Cache-Control"] == "no-store"
    assert client.get("/healthz").status_code == 200


def test_a_file_that_changed_under_the_index_is_no_defect(
    settings: Callable[..., Settings], caplog: pytest.LogCaptureFixture
) -> None:
    site = Site(settings())
    site.add("one")
    first = site.get("/atom.xml")
    site.add("two")
    site.refresh()
    site.add("two", title="Two again")  # the index has not heard of it yet
    late = site.get("/atom.xml")

    assert late.data == first.data  # waited for in vain: the last good bytes
    without_last = site.get("/rss.xml")  # there are none: what the index has of the entry
    assert (without_last.status_code, without_last.data.count(b"<item>")) == (200, 2)
    assert b"<title>Two</title>" in without_last.data
    assert without_last.data.count(b"<content:encoded>") == 1
    assert not [record for record in caplog.records if record.exc_info]

    site.refresh()
    assert all(b"Two again" in site.get(path).data for path in ("/atom.xml", "/rss.xml"))


def test_a_coding_is_made_when_it_is_asked_for(site: Site) -> None:
    site.add("quay", body="Words. " * 200)
    etag = site.get("/atom.xml").headers["ETag"]
    document = site.publisher.document_cache.documents.peek("atom.xml")
    assert document is not None
    site.get("/atom.xml", headers={"Accept-Encoding": "gzip", "If-None-Match": etag})
    assert document.encoded_bodies == {}

    site.get("/atom.xml", headers={"Accept-Encoding": "gzip"})

    assert list(document.encoded_bodies) == ["gzip"]
    assert document.encode("gzip") is document.encode("gzip")
