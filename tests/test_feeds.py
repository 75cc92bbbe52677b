"""Feeds, read back by feedparser and bare parsers and compared with their entries."""

from __future__ import annotations

import inspect
import json
import locale
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.utils import format_datetime
from html import escape
from typing import Any

import feedgen.entry
import feedgen.feed
import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from feedsvc.feeds import (
    MEDIA_TYPES,
    OpmlOutline,
    render_atom,
    render_json,
    render_news_sitemap,
    render_opml,
    render_rss,
    render_sitemap,
    render_sitemap_index,
)
from feedsvc.model import Author, Content, Enclosure, Feed, Image, Item, Origin, Tombstone
from tests.support.factory import SITE, make_channel, make_entry, make_feed, make_item, make_moment

RENDERERS = {"rss": render_rss, "atom": render_atom, "json": render_json}
SPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "at": "http://purl.org/atompub/tombstones/1.0",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "fh": "http://purl.org/syndication/history/1.0",
    "media": "http://search.yahoo.com/mrss/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "map": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "news": "http://www.google.com/schemas/sitemap-news/0.9",
}
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
IMAGE = Image(
    url=f"{SITE}files/a.png?x=1&y=2",
    alt='A "b" <c>',
    type="image/png",
    length=123,
    width=640,
    height=480,
)
AUDIO = Enclosure(url=f"{SITE}files/a.mp3", type="audio/mpeg", length=99, duration=61)
PAPER = Enclosure(url=f"{SITE}files/b.pdf", type="application/pdf", title="B & c")
REPUBLISHED = Origin(title="Agency & Co", url="https://agency.example/1?a=1&b=2")
FULL = make_item(
    4,
    html="<p>Profit &amp; loss.</p>",
    summary="A & B <c>",
    title="Tom & <Jerry>",
    language="zh-Hans",
    authors=(
        Author(name="Ann"),
        Author(name="Bob", email="bob@example.com", uri="https://bob.example/"),
    ),
    categories=("Énergie",),
    tags=("风电", "a & b"),
    image=IMAGE,
    enclosures=(AUDIO, PAPER),
    origin=REPUBLISHED,
    rights="© Us & them",
    comments=f"{SITE}talk/4",
    correction="It was 5 < 6.",
    updated=make_moment("2026-01-09T10:00:00+08:00"),
)
GONE = Tombstone(
    id="tag:gone",
    url=f"{SITE}gone/",
    when=make_moment("2026-01-08T09:00:00+08:00"),
    reason="Wrong & out",
)


def parse(document: bytes) -> Any:
    read = feedparser.parse(document, sanitize_html=False, resolve_relative_uris=False)
    assert not read.bozo, read.bozo_exception
    return read


def parse_xml(document: bytes) -> ET.Element:
    return ET.fromstring(
        document.replace(b' xmlns="http://www.w3.org/2005/Atom"', b"")
    )  # short names in paths


def child(node: ET.Element, path: str) -> ET.Element:
    found = node.find(path, SPACES)
    assert found is not None, path
    return found


def list_texts(node: ET.Element, path: str) -> list[str | None]:
    return [found.text for found in node.iterfind(path, SPACES)]


def list_links(node: ET.Element, path: str = "link") -> list[tuple[str | None, str | None]]:
    return [(link.get("rel"), link.get("href")) for link in node.iterfind(path, SPACES)]


def make_addresses(folder: str) -> tuple[tuple[str, str], ...]:
    return tuple(
        (kind, f"{SITE}{folder}{name}") for kind, name in (("rss", "rss.xml"), ("atom", "atom.xml"))
    )


@pytest.mark.duty(30)
@pytest.mark.parametrize("kind", ["rss", "atom"])
def test_feedparser_reads_back_every_entry(kind: str) -> None:
    items = (
        FULL,
        make_item(3, authors=(Author(name="Bob", email="bob@example.com"),)),
        make_item(2),
    )

    read = parse(RENDERERS[kind](make_feed(*items)))

    for item, entry in zip(items, read.entries, strict=True):
        wanted = item.entry
        assert (entry.id, entry.title, entry.link) == (wanted.id, wanted.title, wanted.url)
        assert entry.published_parsed == wanted.published.when.utctimetuple()
        assert entry.updated_parsed == wanted.changed.when.utctimetuple()
        assert [author.name for author in entry.get("authors", [])] == [
            author.name for author in wanted.authors
        ]
        assert [tag.term for tag in entry.get("tags", [])] == [*wanted.categories, *wanted.tags]
        assert entry.content[-1].value.endswith(item.content.html)
        assert entry.content[-1].type == "text/html"


PICTURE = f'<p><img alt="A" src="{IMAGE.url}"></p>'


@pytest.mark.parametrize("kind", ["rss", "atom"])
@pytest.mark.parametrize(
    ("html", "summary", "feed", "text"),
    [
        ("<p>Words.</p>", "Short.", {}, "<p>Words.</p>"),
        ("<p>Words.</p>", "Short.", {"full": False}, "Short."),
        (PICTURE, "", {}, PICTURE),
        (PICTURE, "", {"full": False}, "Story 1"),
    ],
)
def test_the_caption_of_a_picture_is_not_the_text(
    kind: str, html: str, summary: str, feed: dict[str, Any], text: str
) -> None:
    image = replace(IMAGE, caption="At the quay")
    content = Content(html=html, summary=summary, image=image)
    item = Item(entry=make_entry(1), content=content)

    (entry,) = parse(RENDERERS[kind](make_feed(item, **feed))).entries

    texts = [entry.get("summary", ""), *(one.value for one in entry.get("content", []))]
    assert texts[-1] == (text if kind == "atom" or text != "Story 1" else "")


@pytest.mark.parametrize("kind", ["rss", "atom"])
def test_sfeed_reads_back_every_entry(kind: str, needs: Callable[[str], str]) -> None:
    items = (FULL, make_item(3), make_item(2))

    read = subprocess.run(
        [needs("sfeed")], input=RENDERERS[kind](make_feed(*items)), check=True, capture_output=True
    )

    for item, line in zip(items, read.stdout.decode("utf-8").splitlines(), strict=True):
        entry, (date, title, link, content, form, guid, author, enclosure, tags) = (
            item.entry,
            line.split("\t"),
        )
        assert (guid, title, link, form) == (entry.id, entry.title, entry.url, "html")
        assert int(date) == entry.published.seconds
        assert content.endswith(item.content.html)
        assert author == "".join(author.name for author in entry.authors[:1])
        assert enclosure == "".join(enclosure.url for enclosure in entry.enclosures[:1])
        assert tags == "|".join((*entry.categories, *entry.tags))


@pytest.mark.duty(1)
@pytest.mark.parametrize("kind", ["rss", "atom", "json"])
def test_ids_and_dates_are_the_same_in_every_format(kind: str) -> None:
    date = make_moment("2023-03-02T00:00:00.654321+08:00", "second")

    document = RENDERERS[kind](
        make_feed(make_item(1, id="tag:x,2023:quay", published=date))
    ).decode()

    written = "Thu, 02 Mar 2023 00:00:00 +0800" if kind == "rss" else "2023-03-02T00:00:00+08:00"
    assert "tag:x,2023:quay" in document
    assert f">{written}<" in document or f'"{written}"' in document


@pytest.mark.duty(15, 18, 24, 26, 113)
def test_rss_item_is_complete() -> None:
    item = child(parse_xml(render_rss(make_feed(FULL))), "channel/item")

    names = [child.tag for child in item]
    assert names.index("description") < names.index(f"{{{SPACES['content']}}}encoded")
    assert item.get(LANG) == "zh-Hans"
    assert child(item, "title").text == "Tom & <Jerry>"
    assert child(item, "description").text == "A &amp; B &lt;c&gt;"
    assert child(item, "guid").attrib == {"isPermaLink": "false"}
    assert child(item, "source").attrib == {"url": REPUBLISHED.url}
    assert child(item, "enclosure").attrib == {
        "url": AUDIO.url,
        "length": "99",
        "type": "audio/mpeg",
    }
    assert child(item, "comments").text == FULL.entry.comments
    assert child(item, "dcterms:modified").text == "2026-01-09T10:00:00+08:00"
    assert child(item, "dc:rights").text == "© Us & them"
    assert list_texts(item, "dc:creator") == ["Ann", "Bob"]
    assert [(name.get("domain"), name.text) for name in item.iterfind("category")] == [
        (f"{SITE}categories/", "Énergie"),
        (f"{SITE}tags/", "风电"),
        (f"{SITE}tags/", "a & b"),
    ]
    assert child(item, "itunes:duration").text == str(AUDIO.duration)
    assert child(item, "media:content").attrib == {
        "url": AUDIO.url,
        "type": "audio/mpeg",
        "medium": "audio",
        "fileSize": "99",
        "duration": str(AUDIO.duration),
    }
    assert [media.get("url") for media in item.iterfind("media:content", SPACES)] == [
        AUDIO.url,
        PAPER.url,
        IMAGE.url,
    ]
    assert child(item, "media:content/media:description").text == IMAGE.alt
    assert child(item, "media:thumbnail").attrib == {
        "url": IMAGE.url,
        "width": "640",
        "height": "480",
    }


@pytest.mark.duty(28, 29, 31, 32)
def test_atom_entry_is_complete() -> None:
    entry = child(parse_xml(render_atom(make_feed(FULL))), "entry")

    assert entry.get(LANG) == "zh-Hans"
    assert child(entry, "title").text == "Tom & <Jerry>"
    assert child(entry, "summary").text == "A & B <c>"
    assert child(entry, "rights").text == "© Us & them"
    assert list_links(entry) == [
        ("alternate", FULL.entry.url),
        ("via", REPUBLISHED.url),
        ("replies", FULL.entry.comments),
        ("enclosure", AUDIO.url),
        ("enclosure", PAPER.url),
    ]
    assert [link.get("length") for link in entry.iterfind("link[@rel='enclosure']", SPACES)] == [
        "99",
        None,
    ]
    assert list_texts(entry, "source/*") == [
        REPUBLISHED.url,
        "Agency & Co",
        "2026-01-05T10:00:00+08:00",
        None,
    ]
    assert [list_texts(author, "*") for author in entry.iterfind("author", SPACES)] == [
        ["Ann"],
        ["Bob", "bob@example.com", "https://bob.example/"],
    ]
    assert child(entry, "category").attrib == {
        "term": "Énergie",
        "label": "Énergie",
        "scheme": f"{SITE}categories/",
    }


@pytest.mark.duty(37, 39)
def test_json_item_is_complete() -> None:
    document = json.loads(render_json(make_feed(FULL, make_item(3))))

    first, second = document["items"]
    html = first.pop("content_html")
    assert html.endswith("<p>Profit &amp; loss.</p>")
    assert first == {
        "id": FULL.entry.id,
        "url": FULL.entry.url,
        "external_url": REPUBLISHED.url,
        "title": "Tom & <Jerry>",
        "summary": "A & B <c>",
        "image": IMAGE.url,
        "date_published": "2026-01-05T10:00:00+08:00",
        "date_modified": "2026-01-09T10:00:00+08:00",
        "authors": [{"name": "Ann"}, {"name": "Bob", "url": "https://bob.example/"}],
        "author": {"name": "Ann"},
        "tags": ["Énergie", "风电", "a & b"],
        "language": "zh-Hans",
        "attachments": [
            {
                "url": AUDIO.url,
                "mime_type": "audio/mpeg",
                "size_in_bytes": 99,
                "duration_in_seconds": 61,
            },
            {"url": PAPER.url, "mime_type": "application/pdf", "title": "B & c"},
        ],
        "_feedsvc": {
            "precision": "minute",
            "source": "Agency & Co",
            "categories": ["Énergie"],
            "image": {"width": 640, "height": 480},
        },
    }
    assert second["_feedsvc"] == {"precision": "minute"}


@pytest.mark.parametrize("kind", RENDERERS)
def test_shows_the_correction_and_a_picture_that_the_text_lacks(kind: str) -> None:
    shown = read_content(kind, FULL)
    given_in_text = make_item(1, image=IMAGE, html=f'<p><img src="{escape(IMAGE.url)}" alt=""></p>')

    assert shown.startswith("<p><strong>更正：</strong> It was 5 &lt; 6.</p>\n<figure><img ")
    assert f'src="{escape(IMAGE.url)}" alt="{escape(IMAGE.alt)}" width="640" height="480"' in shown
    assert read_content(kind, given_in_text) == given_in_text.content.html


def read_content(kind: str, item: Item) -> str:
    document = RENDERERS[kind](make_feed(item))
    if kind == "json":
        return str(json.loads(document)["items"][0]["content_html"])
    path = {"rss": "channel/item/content:encoded", "atom": "entry/content"}[kind]
    return child(parse_xml(document), path).text or ""


def test_a_feed_of_summaries_has_no_content() -> None:
    feed = make_feed(FULL, full=False)

    assert b"content:encoded>" not in render_rss(feed)
    assert (
        child(parse_xml(render_rss(feed)), "channel/item/description").text == "A &amp; B &lt;c&gt;"
    )
    assert list_texts(parse_xml(render_atom(feed)), "entry/content") == []
    item = json.loads(render_json(feed))["items"][0]
    assert (item.get("content_html"), item["content_text"]) == (None, "A & B <c>")


@pytest.mark.duty(12)
@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("kind", ["rss", "atom"])
def test_an_entry_may_be_a_title_alone(kind: str, full: bool) -> None:
    item = Item(entry=make_entry(1), content=Content(html="", summary=""))

    entry = parse(RENDERERS[kind](make_feed(item, full=full))).entries[0]

    summary = {"rss": "", "atom": "Story 1"}[kind]  # Atom wants some text
    assert (entry.title, entry.link, entry.get("summary", "")) == (
        "Story 1",
        item.entry.url,
        summary,
    )


@pytest.mark.duty(17)
@pytest.mark.parametrize(
    ("authors", "written", "creators"),
    [
        ((Author(name="Bob", email="bob@example.com"),), ["bob@example.com (Bob)"], []),
        ((Author(name="Bob"),), [], ["Bob"]),
        ((Author(name="Bob", email="not an address"),), [], ["Bob"]),
        ((Author(name="Bob (desk)", email="bob@example.com"),), [], ["Bob (desk)"]),
        ((Author(name="Bob", email="bob@example.com"), Author(name="Ann")), [], ["Bob", "Ann"]),
        ((), [], []),
    ],
)
def test_rss_names_each_author_once(
    authors: tuple[Author, ...], written: list[str], creators: list[str]
) -> None:
    item = child(parse_xml(render_rss(make_feed(make_item(1, authors=authors)))), "channel/item")

    assert (list_texts(item, "author"), list_texts(item, "dc:creator")) == (written, creators)


@pytest.mark.duty(3)
def test_the_address_is_the_id_only_where_it_is_the_id() -> None:
    item = make_item(1, id=f"{SITE}one/", url=f"{SITE}one/")

    assert child(parse_xml(render_rss(make_feed(item))), "channel/item/guid").attrib == {
        "isPermaLink": "true"
    }


@pytest.mark.duty(26)
@pytest.mark.parametrize("kind", ["rss", "atom"])
def test_an_origin_without_an_address_is_still_named(kind: str) -> None:
    item = make_item(1, origin=Origin(title="Agency"))

    root = parse_xml(RENDERERS[kind](make_feed(item)))

    assert list_texts(root, ".//dc:source") == ["Agency"]
    assert list_texts(root, ".//source") == []


@pytest.mark.duty(9, 12, 16)
def test_channel_is_complete_in_rss() -> None:
    facts: dict[str, Any] = {
        "title": "A & <b>",
        "language": "en-GB",
        "image": f"{SITE}logo.png",
        "rights": "© Us",
    }
    desk = Author(name="Desk", email="desk@example.com")
    hubs = ("https://hub.example/?a=1&b=2",)
    feed = make_feed(
        **facts, author=desk, ttl=7, hubs=hubs, stylesheet=f"{SITE}static/feed.css?a&b"
    )

    document = render_rss(feed)
    channel = child(parse_xml(document), "channel")

    assert b"<title>A &#x26; &#x3C;b&gt;</title>" in document
    assert (
        b'<?xml-stylesheet type="text/css" href="https://news.example.com/static/feed.css?a&amp;b"?>'
        in document
    )
    assert list_texts(channel, "title") + list_texts(channel, "link") == ["A & <b>", SITE]
    assert list_texts(channel, "image/*") == [f"{SITE}logo.png", "A & <b>", SITE]
    assert list_texts(channel, "managingEditor") == ["desk@example.com (Desk)"]
    assert [child(channel, name).text for name in ("language", "ttl", "copyright")] == [
        "en-gb",
        "7",
        "© Us",
    ]
    assert child(channel, "lastBuildDate").text == "Sun, 04 Jan 2026 10:00:00 +0800"
    assert list_links(channel, "atom:link") == [("self", f"{SITE}rss.xml"), ("hub", hubs[0])]


def test_a_channel_author_without_an_address_is_a_creator() -> None:
    channel = child(parse_xml(render_rss(make_feed(author=Author(name="Desk")))), "channel")

    assert (list_texts(channel, "dc:creator"), list_texts(channel, "managingEditor")) == (
        ["Desk"],
        [],
    )


@pytest.mark.duty(35, 37)
def test_channel_is_complete_in_json() -> None:
    feed = make_feed(
        author=Author(name="Desk"),
        hubs=("https://hub.example/",),
        image=f"{SITE}logo.png",
        previous=(("json", f"{SITE}archive/2025-12/feed.json"),),
        tombstones=(GONE,),
    )

    document = json.loads(render_json(feed))

    del document["items"]
    assert next(iter(document)) == "version"
    assert document == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Example News Center",
        "home_page_url": SITE,
        "feed_url": f"{SITE}feed.json",
        "description": "News of an invented company",
        "icon": f"{SITE}logo.png",
        "favicon": f"{SITE}favicon.ico",
        "authors": [{"name": "Desk"}],
        "author": {"name": "Desk"},
        "language": "en",
        "next_url": f"{SITE}archive/2025-12/feed.json",
        "hubs": [{"type": "WebSub", "url": "https://hub.example/"}],
        "_feedsvc": {
            "about": f"{SITE}subscribe",
            "deleted": [
                {
                    "id": "tag:gone",
                    "url": f"{SITE}gone/",
                    "date_deleted": "2026-01-08T09:00:00+08:00",
                    "reason": "Wrong & out",
                }
            ],
        },
    }


@pytest.mark.parametrize(("kind", "path"), [("rss", "channel/atom:link"), ("atom", "link")])
def test_archives_link_to_their_neighbours(kind: str, path: str) -> None:
    own, before, after, now = map(make_addresses, ("archive/2/", "archive/1/", "archive/3/", ""))
    archive = make_feed(archive=True, self_urls=own, previous=before, next=after, current=now)

    root = parse_xml(RENDERERS[kind](archive))

    links = [link for link in list_links(root, path) if link[0] != "alternate"]
    assert links == [
        ("self", dict(own)[kind]),
        ("current", dict(now)[kind]),
        ("prev-archive", dict(before)[kind]),
        ("next-archive", dict(after)[kind]),
    ]
    assert len(list_texts(root, ".//fh:archive")) == 1
    assert b"history" not in RENDERERS[kind](make_feed())


def test_atom_carries_tombstones() -> None:
    root = parse_xml(render_atom(make_feed(tombstones=(GONE,))))

    assert child(root, "at:deleted-entry").attrib == {
        "ref": "tag:gone",
        "when": "2026-01-08T09:00:00+08:00",
    }
    assert child(root, "at:deleted-entry/at:comment").text == "Wrong & out"
    assert b"tombstones" not in render_atom(make_feed())
    assert b"tombstones" not in render_rss(make_feed(tombstones=(GONE,)))


@pytest.mark.duty(6)
@pytest.mark.parametrize("kind", RENDERERS)
def test_an_empty_feed_has_no_build_time(kind: str) -> None:
    document = RENDERERS[kind](Feed(channel=make_channel(title="Empty"))).decode()

    assert ("<updated>2026-01-01T00:00:00+00:00</updated>" in document) is (kind == "atom")
    assert "Date>" not in document


@pytest.mark.parametrize(
    ("identity", "date"),
    [
        ("tag:x.example,2026-11:/", "2026-11-01"),
        ("tag:x.example,2026-02-30:/", "1970-01-01"),
        ("x", "1970-01-01"),
    ],
)
def test_an_empty_atom_feed_is_dated_when_its_id_became_ours(identity: str, date: str) -> None:
    assert f"<updated>{date}T".encode() in render_atom(Feed(channel=make_channel(id=identity)))


@pytest.mark.duty(4)
def test_never_touches_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[object] = []
    monkeypatch.setattr(locale, "setlocale", lambda *asked: calls.append(asked))

    for render in RENDERERS.values():
        render(make_feed(FULL))

    assert calls == []


def test_threads_write_the_same_bytes() -> None:
    feed = make_feed(FULL, *(make_item(number) for number in range(30, 5, -1)))
    wanted = [render(feed) for render in RENDERERS.values()]

    with ThreadPoolExecutor(8) as pool:
        rounds = list(
            pool.map(lambda _: [render(feed) for render in RENDERERS.values()], range(16))
        )

    assert all(documents == wanted for documents in rounds)


def test_processes_write_the_same_bytes() -> None:
    program = (
        "from hashlib import sha256; from feedsvc.feeds import *\n"
        "from tests.test_feeds import FULL, make_feed, GONE\n"
        "feed = make_feed(FULL, tombstones=(GONE,))\n"
        "print(sha256(render_rss(feed) + render_atom(feed) + render_json(feed)).hexdigest())"
    )
    surroundings = [
        ("0", "UTC", "C"),
        ("1", "Asia/Shanghai", "de_DE.UTF-8"),
        ("2", "America/New_York", "C.UTF-8"),
    ]
    hashes = set()
    for seed, zone, language in surroundings:
        env = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": language}
        hashes.add(
            subprocess.run(
                [sys.executable, "-c", program], env=env, check=True, stdout=subprocess.PIPE
            ).stdout
        )

    assert len(hashes) == 1


# What reading lets through: everything that XML allows, without C1 controls and U+FFFD.
CHARACTERS = st.characters(
    codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffd\ufffe\uffff"
)
LINES = st.text(CHARACTERS, min_size=1, max_size=30).map(str.strip).filter(bool)
TEXTS = st.text(st.one_of(CHARACTERS, st.sampled_from("\n\t<>&\"'];")), max_size=60)


@pytest.mark.duty(27)
@settings(deadline=None)
@given(
    title=LINES,
    name=LINES,
    tags=st.lists(LINES, max_size=3, unique=True).map(tuple),
    text=TEXTS,
    summary=TEXTS.map(str.strip),
    number=st.integers(1, 9),
)
def test_any_unicode_reads_back_equal(
    title: str, name: str, tags: tuple[str, ...], text: str, summary: str, number: int
) -> None:
    html = f"<p>{escape(text)}</p>"
    item = make_item(
        number,
        html=html,
        summary=summary or "-",
        title=title,
        tags=tags,
        authors=(Author(name=name),),
    )
    feed = make_feed(item, title=title, description=name)

    rss, atom = parse_xml(render_rss(feed)), parse_xml(render_atom(feed))
    document = json.loads(render_json(feed))

    assert list_texts(rss, "channel/title") + list_texts(rss, "channel/description") == [
        title,
        name,
    ]
    assert list_texts(atom, "title") + list_texts(atom, "subtitle") == [title, name]
    wanted = [title, name, *tags, html]
    post, entry, thing = child(rss, "channel/item"), child(atom, "entry"), document["items"][0]
    assert [child(post, path).text for path in ("title", "dc:creator")] == wanted[:2]
    assert [*list_texts(post, "category"), child(post, "content:encoded").text] == wanted[2:]
    assert [child(entry, path).text for path in ("title", "author/name")] == wanted[:2]
    assert [
        *(tag.attrib["term"] for tag in entry.iterfind("category", SPACES)),
        child(entry, "content").text,
    ] == wanted[2:]
    assert [
        thing["title"],
        thing["author"]["name"],
        *thing.get("tags", []),
        thing["content_html"],
    ] == wanted
    assert child(entry, "summary").text == thing["summary"] == item.content.summary


@pytest.mark.duty(16)
@settings(deadline=None)
@given(title=LINES, number=st.integers(1, 9))
def test_feedparser_agrees_on_any_title(title: str, number: int) -> None:
    feed = make_feed(make_item(number, title=title), title="News")

    titles = {parse(RENDERERS[kind](feed)).entries[0].title for kind in ("rss", "atom")}

    assert titles == {guess_encoding_as_feedparser_does(title)}


def guess_encoding_as_feedparser_does(text: str) -> str:
    """Returns what feedparser makes of text that could be UTF-8 taken for Latin-1."""
    try:
        return text.encode("iso-8859-1").decode("utf-8")
    except UnicodeError:
        return text


def test_feedgen_writes_its_dates_by_the_function_that_is_replaced() -> None:
    source = inspect.getsource(feedgen.feed) + inspect.getsource(feedgen.entry)

    assert source.count("formatRFC2822(") == 3
    assert feedgen.feed.formatRFC2822 is feedgen.entry.formatRFC2822 is format_datetime


@pytest.mark.duty(94)
def test_opml_lists_feeds() -> None:
    outlines = [
        OpmlOutline(
            title='All & "more"',
            xml_url=f"{SITE}rss.xml?a=1&b=2",
            html_url=SITE,
            description="1 entry",
        ),
        OpmlOutline(
            title="风电",
            xml_url=f"{SITE}tags/x/rss.xml",
            html_url=f"{SITE}tags/x/",
            description="3 entries",
        ),
    ]

    root = parse_xml(
        render_opml("Feeds of <A>", outlines, make_moment("2026-01-09T10:00:00+08:00"))
    )

    assert list_texts(root, "head/*") == ["Feeds of <A>", "Fri, 09 Jan 2026 10:00:00 +0800"]
    assert [outline.attrib for outline in root.iterfind("body/outline")] == [
        {
            "type": "rss",
            "text": 'All & "more"',
            "title": 'All & "more"',
            "xmlUrl": f"{SITE}rss.xml?a=1&b=2",
            "htmlUrl": SITE,
            "description": "1 entry",
        },
        {
            "type": "rss",
            "text": "风电",
            "title": "风电",
            "xmlUrl": f"{SITE}tags/x/rss.xml",
            "htmlUrl": f"{SITE}tags/x/",
            "description": "3 entries",
        },
    ]


def test_sitemaps_list_addresses() -> None:
    places = [(f"{SITE}a?b=1&c=2", make_moment("2026-01-09T10:00:00+08:00")), (f"{SITE}b", None)]
    wanted = [f"{SITE}a?b=1&c=2", "2026-01-09T10:00:00+08:00", f"{SITE}b"]

    assert list_texts(parse_xml(render_sitemap(places)), "map:url/*") == wanted
    assert list_texts(parse_xml(render_sitemap_index(places)), "map:sitemap/*") == wanted


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("en-GB", "en"),
        ("zh", "zh-cn"),
        ("zh-Hans", "zh-cn"),
        ("zh-Hant", "zh-tw"),
        ("zh-TW", "zh-tw"),
        ("", "en"),
    ],
)
def test_news_sitemap_names_publication_language_date_and_title(language: str, code: str) -> None:
    item = make_item(2, language=language, title="A & <b>")

    url = child(parse_xml(render_news_sitemap("News & Co", [item])), "map:url")

    assert child(url, "map:loc").text == item.entry.url
    assert list_texts(url, "news:news/news:publication/*") == ["News & Co", code]
    assert list_texts(url, "news:news/*")[1:] == ["2026-01-03T10:00:00+08:00", "A & <b>"]


@pytest.mark.duty(68)
def test_every_format_has_its_media_type() -> None:
    assert set(RENDERERS) <= set(MEDIA_TYPES)


# -- full or summary, license, duration ----------------------------------------------


@pytest.mark.parametrize(("full", "summary_only"), [(True, True), (False, True), (False, False)])
def test_no_format_gives_more_than_the_feed_and_the_entry_allow(
    full: bool, summary_only: bool
) -> None:
    html = "<p>The opening.</p><p>The secret.</p>"
    item = make_item(1, html=html, summary="The opening.", summary_only=summary_only)
    feed = make_feed(item, full=full)

    for render in (render_rss, render_atom, render_json):
        assert b"secret" not in render(feed)
        assert b"The opening." in render(feed)


def test_one_entry_with_a_summary_leaves_the_others_whole() -> None:
    whole = make_item(1, html="<p>All of it.</p>", summary="Some.")
    short = make_item(2, html="<p>The secret.</p>", summary="A part.", summary_only=True)

    for render in (render_rss, render_atom, render_json):
        assert b"All of it." in render(make_feed(whole, short))
        assert b"secret" not in render(make_feed(whole, short))


def test_a_license_has_its_link_in_every_format() -> None:
    url = "https://creativecommons.org/licenses/by/4.0/"
    feed = make_feed(make_item(1, rights="CC BY 4.0", license=url))

    entry = child(parse_xml(render_atom(feed)), "entry")
    assert ("license", url) in list_links(entry)  # RFC 4946
    item = child(parse_xml(render_rss(feed)), "channel/item")
    assert child(item, "dcterms:license").text == url
    assert json.loads(render_json(feed))["items"][0]["_feedsvc"]["license"] == url


def test_without_a_duration_no_podcast_element_is_declared() -> None:
    feed = make_feed(make_item(1, enclosures=(PAPER,)))

    assert b"itunes" not in render_rss(feed)
    assert b"itunes" not in render_atom(make_feed(FULL))
