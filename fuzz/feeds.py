"""Entries in RSS, Atom and JSON Feed: well-formed, and read back the same from each."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

from feedsvc.content.render import render_content
from feedsvc.dates import parse_date
from feedsvc.feeds import render_atom, render_json, render_rss
from feedsvc.model import Entry, Item
from feedsvc.reading import make_resolver, read_file
from fuzz.dates import RULES
from fuzz.folders import Case
from fuzz.target import Target
from tests.support.factory import make_feed

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
MAX_DOCUMENT_BYTES = 200_000  # of three entries from one kilobyte


def check_feeds(data: bytes) -> None:
    """Take *data* for a folder, and publish what of it is an entry."""
    with Case(data) as case:
        readings = [read_file(case.root, name, case.settings) for name in case.files]
        entries = {one.entry.id: one.entry for one in readings if one.entry is not None}
        items = [
            Item(
                entry=entry,
                content=render_content(entry, make_resolver(case.root, entry, case.settings, {})),
            )
            for entry in entries.values()
        ]
    if not items:
        return
    feed = make_feed(*items)
    documents = [render_rss(feed), render_atom(feed), render_json(feed)]
    assert [render_rss(feed), render_atom(feed), render_json(feed)] == documents
    assert all(len(document) < MAX_DOCUMENT_BYTES for document in documents)
    rss, atom, written = parse_rss(documents[0]), parse_atom(documents[1]), parse_json(documents[2])
    assert atom == written, (atom, written)
    assert rss == [
        (*one[:-1], other[-1] if not one[-1] else one[-1])
        for one, other in zip(atom, rss, strict=True)
    ], (rss, atom)
    assert [one[:2] for one in rss] == [
        (entry.id, entry.published.seconds) for entry in entries.values()
    ]
    check_changes(documents[1], list(entries.values()))


def parse_rss(document: bytes) -> list[tuple[Any, ...]]:
    """Return id, seconds of publication, title, address and content of each item."""
    items = ElementTree.fromstring(document).iter("item")
    return [
        (
            one.findtext("guid", ""),
            parse_seconds(one.findtext("pubDate", "")),
            one.findtext("title", ""),
            one.findtext("link", ""),
            one.findtext(CONTENT) or one.findtext("description", ""),  # HTML, too
        )
        for one in items
    ]


def parse_atom(document: bytes) -> list[tuple[Any, ...]]:
    """Return what `parse_rss` does."""
    items = ElementTree.fromstring(document).iter(f"{ATOM}entry")
    return [
        (
            one.findtext(f"{ATOM}id", ""),
            parse_seconds(one.findtext(f"{ATOM}published", "")),
            one.findtext(f"{ATOM}title", ""),
            get_alternate(one),
            one.findtext(f"{ATOM}content", ""),
        )
        for one in items
    ]


def parse_json(document: bytes) -> list[tuple[Any, ...]]:
    """Return what `parse_rss` does."""
    return [
        (
            one["id"],
            parse_seconds(one["date_published"]),
            one.get("title", ""),
            one["url"],
            one.get("content_html", ""),
        )
        for one in json.loads(document)["items"]
    ]


def get_alternate(entry: ElementTree.Element) -> str:
    links = entry.findall(f"{ATOM}link")
    return next(one.get("href", "") for one in links if one.get("rel") == "alternate")


def parse_seconds(words: str) -> int:
    """Return the instant of a feed's date as our own reader takes it."""
    when = parse_date(words, RULES[0]).moment
    assert (when.when.utcoffset() or timedelta()) % timedelta(minutes=1) == timedelta()
    return when.seconds


def check_changes(document: bytes, entries: list[Entry]) -> None:
    """Assert that Atom's `updated` is the instant of the last change."""
    found = ElementTree.fromstring(document).iter(f"{ATOM}entry")
    changed = [parse_seconds(one.findtext(f"{ATOM}updated", "")) for one in found]
    assert changed == [entry.changed.seconds for entry in entries]


TARGET = Target(name="feeds", check=check_feeds, words_of="reading", max_bytes=1024, examples=60)
