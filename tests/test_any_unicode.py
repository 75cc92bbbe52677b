"""Whatever Unicode authors write, every format is well-formed and reads back the same."""

from __future__ import annotations

import json
import re
import tempfile
import unicodedata
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedsvc.fields.values import CLOSED_ELEMENT, NOBODY
from feedsvc.settings import Feeds, Settings
from feedsvc.settings import Site as SiteSettings
from feedsvc.urls import make_slug
from tests.support.site import Site

pytestmark = pytest.mark.no_cover  # many runs of what other tests cover

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
ANY = st.characters(codec="utf-8")  # all but lone surrogates
LETTERS = st.characters(categories=("L", "N"))
WORDS = st.text(LETTERS | st.sampled_from(" &<>\"'];&amp;~%/+,#?.-"), min_size=1, max_size=40)
# what is no HTML: tags of a title and character references are read as such
PLAIN = WORDS.filter(
    lambda words: words.strip() and unescape(words) == words and not CLOSED_ELEMENT.search(words)
)
# what exports write for no author is no name
NAMES = st.text(LETTERS, min_size=1, max_size=20).filter(lambda name: name.casefold() not in NOBODY)
TAGS = PLAIN.filter(lambda words: not words.strip().startswith("#"))  # `#ferry` is "ferry"
ODD = st.text(ANY, max_size=60)


def make_site(folder: str) -> Site:
    site = SiteSettings(
        title="News",
        url="https://news.example.com/",
        id_authority="news.example.com,2026",
        permalink="/{year}/{month}/{slug}/",
        entries=f"{folder}/entries",
        index=f"{folder}/index",
    )
    Path(site.entries).mkdir()
    return Site(Settings(site=site, feeds=Feeds(limit=500), base=Path(folder)))


def format_json_entry(title: str, names: list[str], tags: list[str], body: str) -> str:
    """An entry whose front matter is JSON, which says any character."""
    fields = {
        "title": title,
        "date": "2026-03-02",
        "authors": names,
        "tags": tags,
        "summary": "S " + title,
    }
    return f"---json\n{json.dumps(fields)}\n---\n\n{body}"


def read_formats(site: Site, path: str = "/") -> list[list[tuple[object, ...]]]:
    """(id, title, names, tags, content) of every item, from each format."""
    rss = site.get_xml(f"{path}rss.xml")
    atom = site.get_xml(f"{path}atom.xml")
    told = json.loads(site.get(f"{path}feed.json").data)
    return [
        [
            (
                item.findtext("guid"),
                item.findtext("title"),
                [one.text for one in item.findall(CREATOR)],
                [one.text for one in item.findall("category")],
                item.findtext(CONTENT, ""),
            )
            for item in rss.iter("item")
        ],
        [
            (
                entry.findtext(ATOM + "id"),
                entry.findtext(ATOM + "title"),
                [one.findtext(ATOM + "name") for one in entry.findall(ATOM + "author")],
                [one.get("term") for one in entry.findall(ATOM + "category")],
                entry.findtext(ATOM + "content", ""),
            )
            for entry in atom.iter(ATOM + "entry")
        ],
        [
            (
                item["id"],
                item["title"],
                [one["name"] for one in item.get("authors", [])],
                item.get("tags", []),
                item.get("content_html", ""),
            )
            for item in told["items"]
        ],
    ]


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    title=PLAIN,
    names=st.lists(NAMES, max_size=2, unique_by=make_slug),
    tags=st.lists(TAGS, max_size=3, unique_by=make_slug),
    body=st.text(LETTERS | st.sampled_from(" &<>'\";]"), max_size=60),
)
def test_what_is_written_reads_back(
    title: str, names: list[str], tags: list[str], body: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        site = make_site(folder)
        site.write("a.md", format_json_entry(title, names, tags, body))
        formats = read_formats(site)
        listed = [
            site.get(f"/tags/{quote(make_slug(tag), safe='')}/atom.xml").status_code for tag in tags
        ]
        page = site.get("/2026/03/a/")

    assert formats[0] == formats[1] == formats[2]
    ((identity, shown, creators, terms, _),) = formats[0]
    assert identity == "tag:news.example.com,2026:a"
    assert fold(str(shown)) == fold(title)
    assert [fold(str(name)) for name in list(creators)] == [fold(name) for name in names]  # type: ignore[call-overload]
    assert {fold(str(term)) for term in list(terms)} == {fold(tag) for tag in tags}  # type: ignore[call-overload]
    assert listed == [200] * len(tags)
    assert page.status_code == 200


def fold(text: str) -> str:
    """What reading may change: the form of characters, and blanks."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip()


@pytest.mark.duty(27)
@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(
    entries=st.lists(
        st.tuples(ODD, st.lists(ODD, max_size=2), st.lists(ODD, max_size=3), ODD),
        min_size=1,
        max_size=4,
    )
)
def test_anything_at_all_is_well_formed_and_the_same_in_every_format(
    entries: list[tuple[str, list[str], list[str], str]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        site = make_site(folder)
        for number, entry in enumerate(entries):
            site.write(f"n{number}.md", format_json_entry(*entry))
            site.write(
                f"plain{number}.txt", "\n\n".join([entry[0] or "-", "Date: 2026-03-02", entry[3]])
            )
        formats = read_formats(site)
        around = [site.get_xml(path) for path in ("/opml.xml", "/sitemap.xml")]
        feeds = [
            one.get("xmlUrl", "").removeprefix("https://news.example.com")
            for one in around[0].iter("outline")
        ]
        answers = {path: site.get(path).status_code for path in feeds}

    assert formats[0] == formats[1] == formats[2]
    assert set(answers.values()) == {200}
