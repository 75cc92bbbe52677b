"""Feeds by the profiles that come with feedsvc, read back: each element in its namespace and place."""

from __future__ import annotations

import struct
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import feedparser
import pytest

from feedsvc.settings import load_settings
from tests.support.site import NOW, Site

BASE = "https://news.example.com/"
TEXT = "The ferry sails for the first time on Friday, at nine in the morning. " * 12
SETTINGS = """
[site]
title = "Harbor News"
url = "https://news.example.com/"
id_authority = "news.example.com,2026"
description = "News of the harbor, its ships and its people"
language = "en-US"
author = "Harbor News"
index = "index"

[partners.msn]
profile = "msn"
values = { syndication_rights = "0", licensor = "Sea Pictures" }
[partners.smartnews]
profile = "smartnews"
values = { logo = "https://news.example.com/l.png", dark_logo = "https://news.example.com/d.png", analytics = "<script>count('&')</script>" }
[partners.short]
profile = "smartnews"
values = { description = "News of the harbor" }
[partners.flipboard]
profile = "flipboard"
[partners.apple-news]
profile = "apple-news"
[partners.apple-podcasts]
profile = "apple-podcasts"
values = { image = "https://news.example.com/show.jpg", category = "Society & Culture", subcategory = "Documentary", explicit = "false", title = "Harbor Radio", description = "What ships say", owner = "Nora Field", email = "nora@example.com" }
[partners.bare-show]
profile = "apple-podcasts"
values = { image = "https://news.example.com/show.jpg", category = "News", explicit = "true", author = "Pilots" }
[partners.google-news]
profile = "google-news"
[partners.newsbreak]
profile = "newsbreak"
[partners.line]
profile = "line"
[partners.pinterest]
profile = "pinterest"
[partners.flatplan]
profile = "flatplan"
[partners.plain]
"""  # fmt: skip
SPACES = {
    "": "",
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "mi": "http://schemas.ingestion.microsoft.com/common/",
    "oa": "http://news.line.me/rss/1.0/oa",
    "snf": "http://www.smartnews.be/snf",
}
PICTURE = {"url": f"{BASE}files/ferry.png", "type": "image/png"}


class Expected(NamedTuple):
    """What stands at *path* in a partner's document: all texts there, or the only one's attributes."""

    partner: str
    place: str  # "feed", or the entry's title
    path: str
    texts: tuple[str, ...] = ()
    attributes: dict[str, str] | None = None
    format: str = "rss"


FERRY, RADIO = "The new ferry sails on Friday", "A morning with the pilots"
GONE, WITHDRAWN = "The old ferry sails for ever", "Withdrawn: The old ferry sails for ever"
HTML_START = f'<figure><img src="{BASE}files/ferry.png"'
EXPECTED = [
    Expected("msn", FERRY, "media:content/media:title", ("The Aurora",)),
    Expected("msn", FERRY, "media:content/media:text", ("The Aurora",)),
    Expected("msn", FERRY, "media:content/media:credit", ("Sea Pictures",)),
    Expected("msn", FERRY, "media:content/mi:hasSyndicationRights", ("0",)),
    Expected("msn", FERRY, "media:content/mi:licensorName", ("Sea Pictures",)),
    Expected("msn", FERRY, "dcterms:valid", ("2026-12-01T00:00:00Z",)),
    Expected("msn", FERRY, "mi:expirationDate", ("2026-12-01T00:00:00Z",)),
    Expected("msn", FERRY, "dcterms:modified", ("2026-09-20T08:00:00+00:00",)),
    Expected("msn", FERRY, "dc:creator", ("Nora Field",)),
    Expected("msn", FERRY, "guid", ("tag:news.example.com,2026:ferry",)),
    Expected("msn", RADIO, "mi:expirationDate"),
    Expected("msn", RADIO, "media:content/mi:hasSyndicationRights"),
    Expected("msn", FERRY, "media:content/media:credit", ("Sea Pictures",), format="atom"),
    Expected("msn", FERRY, "mi:expirationDate", ("2026-12-01T00:00:00Z",), format="atom"),
    Expected("msn", FERRY, "dcterms:valid", ("2026-12-01T00:00:00Z",), format="atom"),
    Expected("msn", FERRY, "atom:updated", ("2026-09-20T08:00:00+00:00",), format="atom"),
    Expected("msn", GONE, "guid", ("tag:news.example.com,2026:gone",)),
    Expected("msn", GONE, "dcterms:valid", ("2026-09-20T09:00:00Z",)),
    Expected("msn", GONE, "mi:expirationDate", ("2026-09-20T09:00:00Z",)),
    Expected("msn", GONE, "dcterms:modified", ("2026-09-20T09:00:00+00:00",)),
    Expected("msn", GONE, "content:encoded", ("It did &lt; 9 days.",)),
    Expected("msn", GONE, "atom:id", ("tag:news.example.com,2026:gone",), format="atom"),
    Expected("msn", GONE, "dcterms:valid", ("2026-09-20T09:00:00Z",), format="atom"),
    Expected("msn", GONE, "mi:expirationDate", ("2026-09-20T09:00:00Z",), format="atom"),
    Expected("msn", GONE, "atom:updated", ("2026-09-20T09:00:00+00:00",), format="atom"),
    Expected("msn", GONE, "atom:published", ("2026-09-19T14:00:00+00:00",), format="atom"),
    Expected("msn", GONE, "atom:content", attributes={"type": "html"}, format="atom"),
    Expected("msn", GONE, "atom:link", attributes={"rel": "alternate", "href": f"{BASE}2026/09/19/gone/"}, format="atom"),
    Expected("smartnews", GONE, "media:status", ("deleted",)),
    Expected("smartnews", GONE, "pubDate", ("Sun, 20 Sep 2026 09:00:00 +0000",)),
    Expected("smartnews", GONE, "link", (f"{BASE}2026/09/19/gone/",)),
    Expected("smartnews", FERRY, "pubDate", ("Sun, 20 Sep 2026 08:00:00 +0000",)),
    Expected("smartnews", RADIO, "pubDate", ("Sat, 19 Sep 2026 16:00:00 +0000",)),
    Expected("plain", WITHDRAWN, "guid", ("tag:news.example.com,2026:gone",)),
    Expected("smartnews", "feed", "snf:logo/url", (f"{BASE}l.png",)),
    Expected("smartnews", "feed", "snf:darkModeLogo/url", (f"{BASE}d.png",)),
    Expected("smartnews", "feed", "description", ("News of the harbor, its…",)),
    Expected("smartnews", "feed", "language", ("en-us",)),
    Expected("smartnews", "feed", "pubDate", ("Sun, 20 Sep 2026 09:00:00 +0000",)),
    Expected("smartnews", "feed", "ttl", ("5",)),
    Expected("smartnews", FERRY, "media:status", ("active",)),
    Expected("smartnews", FERRY, "snf:analytics", ("<script>count('&')</script>",)),
    Expected("smartnews", FERRY, "media:thumbnail", attributes={"url": f"{BASE}files/ferry.png"}),
    Expected("short", "feed", "description", ("News of the harbor",)),
    Expected("short", "feed", "snf:logo"),
    Expected("short", FERRY, "snf:analytics"),
    Expected("flipboard", FERRY, "enclosure", attributes=PICTURE),
    Expected("apple-news", FERRY, "content:encoded"),
    Expected("apple-podcasts", "feed", "title", ("Harbor Radio",)),
    Expected("apple-podcasts", "feed", "description", ("What ships say",)),
    Expected("apple-podcasts", RADIO, "media:content"),
    Expected("apple-podcasts", "feed", "itunes:image", attributes={"href": f"{BASE}show.jpg"}),
    Expected("apple-podcasts", "feed", "itunes:category", attributes={"text": "Society & Culture"}),
    Expected("apple-podcasts", "feed", "itunes:category/itunes:category", attributes={"text": "Documentary"}),
    Expected("apple-podcasts", "feed", "itunes:explicit", ("false",)),
    Expected("apple-podcasts", "feed", "itunes:author", ("Harbor News",)),
    Expected("apple-podcasts", "feed", "itunes:owner/itunes:name", ("Nora Field",)),
    Expected("apple-podcasts", "feed", "itunes:owner/itunes:email", ("nora@example.com",)),
    Expected("apple-podcasts", RADIO, "itunes:duration", ("1384",)),
    Expected("apple-podcasts", RADIO, "enclosure", attributes={"url": f"{BASE}files/pilots.mp3", "type": "audio/mpeg", "length": "2000"}),
    Expected("bare-show", "feed", "itunes:category/itunes:category"),
    Expected("bare-show", "feed", "title", ("Harbor News",)),
    Expected("bare-show", "feed", "description", ("News of the harbor, its ships and its people",)),
    Expected("bare-show", "feed", "itunes:author", ("Pilots",)),
    Expected("bare-show", "feed", "itunes:owner"),
    Expected("line", FERRY, "oa:lastPubDate", ("Sun, 20 Sep 2026 08:00:00 +0000",)),
    Expected("line", FERRY, "content:encoded"),
    Expected("line", FERRY, "enclosure", attributes=PICTURE),
    Expected("flatplan", FERRY, "updated", ("Sun, 20 Sep 2026 08:00:00 +0000",)),
]  # fmt: skip


def make_png(width: int, height: int) -> bytes:
    def pack(kind: bytes, data: bytes) -> bytes:
        checksum = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)

    rows = zlib.compress((b"\0" * (1 + width // 8)) * height)
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + pack(b"IHDR", head) + pack(b"IDAT", rows) + pack(b"IEND", b"")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    base = tmp_path_factory.mktemp("partners")
    (base / "feedsvc.toml").write_text(SETTINGS, encoding="utf-8")
    (base / "entries").mkdir()
    site = Site(load_settings(base / "feedsvc.toml"))
    site.write("ferry.png", make_png(1600, 900))
    site.write("pilots.mp3", b"\0" * 2000)
    site.add(
        "ferry",
        "2026-09-19T15:00:00Z",
        TEXT,
        title=FERRY,
        updated="2026-09-20T08:00:00Z",
        expires="2026-12-01T00:00:00Z",
        author="Nora Field",
        tags="[ferry]",
        image="{src: ferry.png, alt: A ferry, caption: The Aurora, credit: Sea Pictures}",
    )
    site.add(
        "radio",
        "2026-09-19T16:00:00Z",
        TEXT,
        title=RADIO,
        author="Nora Field",
        enclosure="{url: pilots.mp3, type: audio/mpeg, duration: 1384}",
    )
    site.add(
        "gone",
        "2026-09-19T14:00:00Z",
        TEXT,
        title=GONE,
        status="retracted",
        retracted="2026-09-20T09:00:00Z",
        reason="It did < 9 days.",
    )
    return site


def get_place(site: Site, expected: Expected) -> ElementTree.Element:
    path = f"/partners/{expected.partner}/{expected.format}.xml"
    root = site.get_xml(path)
    feed = root[0] if expected.format == "rss" else root
    if expected.place == "feed":
        return feed
    item, title = ("item", "title") if expected.format == "rss" else ("atom:entry", "atom:title")
    (found,) = (
        one
        for one in feed.findall(item, SPACES)
        if one.findtext(title, "", SPACES) == expected.place
    )
    return found


@pytest.mark.parametrize(
    "expected", EXPECTED, ids=lambda one: f"{one.partner} {one.format} {one.place} {one.path}"
)
def test_each_element_stands_in_its_place(site: Site, expected: Expected) -> None:
    found = get_place(site, expected).findall(expected.path, SPACES)

    if expected.attributes is None:
        assert tuple(one.text for one in found) == expected.texts
    else:
        (element,) = found
        assert expected.attributes.items() <= element.attrib.items()


def test_the_picture_of_msn_has_its_size(site: Site) -> None:
    (picture,) = get_place(site, Expected("msn", FERRY, "")).findall("media:content", SPACES)

    assert {**PICTURE, "medium": "image"}.items() <= picture.attrib.items()
    assert picture.get("fileSize") == str(len(make_png(1600, 900)))
    if "width" in picture.attrib:
        assert (picture.get("width"), picture.get("height")) == ("1600", "900")


@pytest.mark.parametrize("partner", ["apple-news", "line"])
def test_the_description_is_the_whole_text(site: Site, partner: str) -> None:
    description = get_place(site, Expected(partner, FERRY, "")).findtext("description", "")

    assert description.startswith(HTML_START)
    assert TEXT.strip() in description


def test_the_description_of_flipboard_is_long_enough(site: Site) -> None:
    description = get_place(site, Expected("flipboard", FERRY, "")).findtext("description", "")

    assert 300 <= len(description) <= 600
    assert TEXT.startswith(description.removesuffix("…"))


PICTURE_TYPES = {
    "https://a.example/b.PNG": "image/png",
    "https://a.example/b.webp?w=640#x": "image/webp",
    "https://a.example/b.php": "image/jpeg",
    "https://a.example/b": "image/jpeg",
    "https://a.example/?b=c.png": "image/jpeg",
}


@pytest.mark.parametrize(("url", "media_type"), PICTURE_TYPES.items())
@pytest.mark.parametrize("partner", ["flipboard", "line"])
def test_an_enclosure_has_a_type(tmp_path: Path, partner: str, url: str, media_type: str) -> None:
    """RSS 2.0 requires it, and so do those who read it."""
    (tmp_path / "feedsvc.toml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "entries").mkdir()
    site = Site(load_settings(tmp_path / "feedsvc.toml"))
    site.add("ferry", "2026-09-19", f"![A ferry]({url})\n\n{TEXT}", title=FERRY)

    enclosure = get_place(site, Expected(partner, FERRY, "")).find("enclosure")

    assert enclosure is not None
    assert enclosure.attrib == {"url": url, "length": "0", "type": media_type}


@pytest.mark.parametrize("partner", ["plain", "msn", "smartnews", "flipboard", "flatplan"])
def test_the_description_comes_before_the_text(site: Site, partner: str) -> None:
    """Some take the last of the two."""
    names = [one.tag for one in get_place(site, Expected(partner, FERRY, ""))]

    assert names.index("description") < names.index(f"{{{SPACES['content']}}}encoded")
    assert names.count("description") == 1


def get_titles(site: Site, partner: str, format_: str = "rss") -> list[str]:
    parsed = feedparser.parse(site.get(f"/partners/{partner}/{format_}.xml").data)
    assert not parsed.bozo, parsed.get("bozo_exception")
    return [entry.title for entry in parsed.entries]


@pytest.mark.parametrize(
    ("partner", "titles"),
    [
        ("msn", [RADIO, FERRY, GONE]),
        ("smartnews", [RADIO, FERRY, GONE]),
        ("plain", [RADIO, FERRY, WITHDRAWN]),
        ("flipboard", [FERRY]),
        ("apple-news", [RADIO, FERRY]),
        ("apple-podcasts", [RADIO]),
        ("google-news", [RADIO, FERRY]),
        ("newsbreak", [FERRY]),
        ("line", [RADIO, FERRY]),
        ("pinterest", [FERRY]),
        ("flatplan", [RADIO, FERRY]),
    ],
)
def test_feeds_have_the_entries_that_the_partner_takes(
    site: Site, partner: str, titles: list[str]
) -> None:
    assert get_titles(site, partner) == titles


@pytest.mark.parametrize(("partner", "days"), [("msn", 365), ("google-news", 2)])
def test_entries_leave_when_they_are_too_old(tmp_path: Path, partner: str, days: int) -> None:
    (tmp_path / "feedsvc.toml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "entries").mkdir()
    site = Site(load_settings(tmp_path / "feedsvc.toml"))
    for name, seconds in (("younger", 60), ("older", -60)):
        moment = datetime.fromtimestamp(NOW - days * 86_400 + seconds, UTC)
        site.add(name, moment.isoformat(), TEXT, title=f"The {name} of two entries")

    assert get_titles(site, partner) == ["The younger of two entries"]
