"""Feeds of odd and hostile forms: one bad item costs one item, a feed that is none has one line."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from feedsvc.commands import import_
from feedsvc.commands.import_ import import_feed, read_feed
from feedsvc.errors import FileError
from feedsvc.settings import Settings, Site, resolve_addresses

GOOD = {"id": "https://x.example/g", "title": "Good", "date_published": "2024-01-02T00:00:00Z"}
BAD = {"id": "https://x.example/b", "title": "Bad", "date_published": "2024-01-03T00:00:00Z"}
NAMES = (
    "title content_html content_text summary url external_url id tags authors author attachments"
    " image banner_image language date_published date_modified"
).split()
VALUES: tuple[object, ...] = (
    None,
    5,
    1.5,
    True,
    [1],
    [[]],
    [None],
    {},
    {"a": {"b": [1]}},
    "",
    "\0\ud800",
    "x" * 20_000,
)


def run_import(folder: Path, text: str | bytes) -> tuple[list[str], list[str]]:
    """Return the texts of the entries that come of a feed, and the remarks."""
    feed, entries = folder / "feed", folder / "entries"
    feed.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "replace"))
    entries.mkdir(exist_ok=True)
    settings = resolve_addresses(Settings(site=Site(timezone="UTC", entries=str(entries))))
    remarks: list[str] = []
    paths = list(import_feed(feed, settings, remarks.append))
    return [path.read_text(encoding="utf-8") for path in paths], remarks


def format_json_feed(*items: object, **more: object) -> str:
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [*items], **more})


def format_rss(inside: str, head: str = "") -> str:
    return (
        f'<?xml version="1.0"?>{head}<rss version="2.0"><channel><title>t</title><item>'
        "<guid>https://x.example/g</guid><title>Good</title><description>d</description></item>"
        f"<item><guid>https://x.example/b</guid><title>Bad</title>{inside}</item></channel></rss>"
    )


def format_atom(inside: str) -> str:
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:x</id><entry><id>urn:g</id>'
        "<title>Good</title><updated>2024-01-02T00:00:00Z</updated></entry><entry><id>urn:b</id>"
        f"<title>Bad</title><updated>2024-01-03T00:00:00Z</updated>{inside}</entry></feed>"
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_value_of_any_type_costs_no_other_item(name: str, tmp_path: Path) -> None:
    items = [{**BAD, "id": f"urn:{number}", name: value} for number, value in enumerate(VALUES)]

    entries, _ = run_import(tmp_path, format_json_feed(GOOD, *items, **{name: 5}))

    assert "Good" in entries[0]
    assert len(entries) >= 2 if name in ("id", "url") else len(entries) == 1 + len(VALUES)


def test_items_that_are_none_are_counted(tmp_path: Path) -> None:
    entries, remarks = run_import(tmp_path, format_json_feed([1], 5, GOOD, None, "x"))

    assert len(entries) == 1
    assert remarks == ["Left out, because they are not entries: 4 broken items."]


ODD = {
    "number as a title": format_json_feed(GOOD, BAD).replace('"Bad"', "9" * 5_000),
    "control character": format_json_feed(GOOD, BAD).replace("Bad", "a\tb\x01"),
    "brackets": format_json_feed(GOOD, {**BAD, "url": "https://[x/", "image": "https://["}),
    "rss brackets": format_rss("<link>https://[x</link>"),
    "rss long reference": format_rss(f"<description>&#{'9' * 5_000};</description>"),
    "rss long reference in CDATA": format_rss(
        f"<description><![CDATA[<p>&#{'9' * 5_000};]]></description>"
    ),
    "rss deep": format_rss("<a>" * 5_000 + "</a>" * 5_000),
    "rss enclosure of nothing": format_rss("<enclosure/>"),
    "rss source of nothing": format_rss("<source/>"),
    "rss long date": format_rss(f"<pubDate>{'9' * 9_000}</pubDate>"),
    "atom links of nothing": format_atom('<link/><link rel="enclosure"/><link href="https://["/>'),
    "atom content elsewhere": format_atom('<content src="x"/>'),
    "atom base": format_atom('<content type="html" xml:base="https://[">&lt;a href="x"></content>'),
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_an_odd_item_costs_no_other_one(text: str, tmp_path: Path) -> None:
    entries, _ = run_import(tmp_path, text)

    assert "Good" in entries[0]
    assert len(entries) == 2


BROKEN = {
    "empty": "",
    "binary": b"\0\1\2",
    "another root": "<x/>",
    "cut": format_rss("")[:-30],
    "instructions": "<?x" * 10_000,
    "comments": "<!--" * 10_000,
    "json without items": '{"version": "1", "items": {}}',
    "deep json": '{"items":' + "[" * 100_000,
    "deep item": format_json_feed(GOOD).replace('"Good"', "[" * 50_000 + "]" * 50_000),
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_what_is_no_feed_has_one_line(text: str | bytes, tmp_path: Path) -> None:
    with pytest.raises(FileError) as error:
        run_import(tmp_path, text)

    assert "\n" not in str(error.value)
    assert str(tmp_path / "feed") in str(error.value)


SECRET = "correct horse battery staple"


@pytest.mark.parametrize("kind", ["file", "http", "parameter", "subset", "laughs", "repeated"])
def test_no_entity_is_opened_or_expanded(kind: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET)
    steps = "".join(
        f'<!ENTITY {name} "{f"&{inner};" * 10}">'
        for inner, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        url = f"http://127.0.0.1:{server.getsockname()[1]}/x"
        head = {
            "file": f'<!DOCTYPE x [<!ENTITY i SYSTEM "file://{tmp_path}/secret">]>',
            "http": f'<!DOCTYPE x [<!ENTITY i SYSTEM "{url}">]>',
            "parameter": f'<!DOCTYPE x [<!ENTITY % p SYSTEM "{url}"> %p;]>',
            "subset": f'<!DOCTYPE x SYSTEM "{url}">',
            "laughs": f'<!DOCTYPE x [<!ENTITY a "ha">{steps}]>',
            "repeated": f'<!DOCTYPE x [<!ENTITY i "{"ha" * 20_000}">]>',
        }[kind]
        body = "&i;" * (2_000 if kind == "repeated" else 1)

        entries, _ = run_import(tmp_path, format_rss(f"<description>{body}</description>", head))

        with pytest.raises(BlockingIOError):
            server.accept()
    assert len(entries) == 2
    assert SECRET not in "".join(entries)
    assert sum(map(len, entries)) < 20_000


def test_what_has_no_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_, "MAX_FEED_BYTES", 1_000_000)

    with pytest.raises(FileError, match="more than 1,000,000 bytes; split it"):
        read_feed(Path("/dev/zero"))
