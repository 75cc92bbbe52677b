"""Real readers subscribe to a real server and read the same entries from every format."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from calendar import timegm
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple

import feedparser
import pytest
from reader import make_reader

from tests.support.newsboat import run_newsboat
from tests.support.servers import fetch, pick_free_port, run_server

Needs = Callable[[str], str]
SUPPORT = Path(__file__).parent / "support"


class Seen(NamedTuple):
    """What a reader says of one entry; names and files that it does not tell are left out."""

    title: str
    link: str
    published: int
    content: str
    authors: tuple[str, ...]
    files: tuple[str, ...]


ENTRIES = {
    "plain.md": """---
title: "Tom & <Jerry>: “风电” 😀"
date: 2026-03-02 10:30
updated: 2026-03-03T12:00:00+08:00
author: Ada Lovelace
tags: [Wind, 风电]
---

A [link](https://other.example/?a=1&b=2) & *more* text < 6 &amp;lt; 7.

![A crane](crane.png)
""",
    "two.md": """---
title: R&amp;D &lt;b>
date: 2026-03-01
id: two
authors: [Ada, Bo]
enclosures: [talk.mp3, paper.pdf]
---

Listen to 风声.
""",
    "2023/quay.txt": """News Center

A "quiet" quay for the evening ferry

Release Time:2023-03-02Source:Clicks:1398Author:

The quay was opened on Friday, and nobody heard it.

A gull was the first to land.
""",
}
FILES = {"crane.png": b"\x89PNG", "talk.mp3": bytes(1234), "paper.pdf": b"%PDF-1.4"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server over these entries."""
    base = tmp_path_factory.mktemp("site")
    for path, data in {
        **{path: text.encode("utf-8") for path, text in ENTRIES.items()},
        **FILES,
    }.items():
        file = base / "entries" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    port = pick_free_port()
    environ = {
        "FEEDSVC_SITE_URL": f"http://127.0.0.1:{port}/",
        "FEEDSVC_SITE_ID_AUTHORITY": "news.example.com,2026",
        "FEEDSVC_SITE_TIMEZONE": "Asia/Shanghai",
        "XDG_CACHE_HOME": str(base / "cache"),
    }
    command = [sys.executable, "-m", "feedsvc", "serve", str(base / "entries"), "--port", str(port)]
    with run_server(command, port, base / "log", **environ):
        yield f"http://127.0.0.1:{port}/"


def list_wanted(site: str) -> dict[str, Seen]:
    def name(identity: str) -> str:
        return f"tag:news.example.com,2026:{identity}"

    def seconds(words: str) -> int:
        return int(datetime.fromisoformat(words).timestamp())

    plain = (
        '<p>A <a href="https://other.example/?a=1&amp;b=2">link</a> &amp; <em>more</em> '
        "text &lt; 6 &amp;lt; 7.</p>\n"
        f'<p><img src="{site}files/crane.png" alt="A crane"></p>'
    )
    report = (
        "<p>The quay was opened on Friday, and nobody heard it.</p>\n"
        "<p>A gull was the first to land.</p>"
    )
    files = (f"{site}files/talk.mp3", f"{site}files/paper.pdf")
    return {
        name("plain"): Seen(
            "Tom & <Jerry>: “风电” 😀",
            f"{site}2026/03/02/plain/",
            seconds("2026-03-02T10:30+08:00"),
            plain,
            ("Ada Lovelace",),
            (),
        ),
        name("two"): Seen(
            "R&D <b>",
            f"{site}2026/03/01/two/",
            seconds("2026-03-01T00:00+08:00"),
            "<p>Listen to 风声.</p>",
            ("Ada", "Bo"),
            files,
        ),
        name("2023/quay"): Seen(
            'A "quiet" quay for the evening ferry',
            f"{site}2023/03/02/quay/",
            seconds("2023-03-02T00:00+08:00"),
            report,
            (),
            (),
        ),
    }


class Pieces(HTMLParser):
    """HTML as a list of its tags and texts, however the attributes were ordered."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[object] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.found += [] if tag == "img" else [tag]

    def handle_data(self, data: str) -> None:
        self.found.append(data)


def settle(seen: Seen) -> list[object]:
    return [seen._replace(content=""), *Pieces(seen.content).found]


def read_by_feedparser(url: str, tmp_path: Path, needs: Needs) -> dict[str, Seen]:
    read = feedparser.parse(url, sanitize_html=False)
    assert not read.bozo
    return {
        entry.id: Seen(
            entry.title,
            entry.link,
            timegm(entry.published_parsed),
            entry.content[0].value,
            tuple(author.name for author in entry.get("authors", [])),
            tuple(file.href for file in entry.enclosures),
        )
        for entry in read.entries
    }


def read_by_reader(url: str, tmp_path: Path, needs: Needs) -> dict[str, Seen]:
    with closing(make_reader(str(tmp_path / "reader.sqlite"))) as reader:
        reader.add_feed(url)
        reader.update_feeds()
        return {
            entry.id: Seen(
                entry.title or "",
                entry.link or "",
                int(entry.published.timestamp()) if entry.published else 0,
                entry.content[0].value,
                tuple(author.name or "" for author in entry.authors),
                tuple(file.href for file in entry.enclosures),
            )
            for entry in reader.get_entries()
        }


def read_by_sfeed(url: str, tmp_path: Path, needs: Needs) -> dict[str, Seen]:
    done = subprocess.run([needs("sfeed")], input=fetch(url)[1], check=True, capture_output=True)
    found = {}
    for line in done.stdout.decode("utf-8").splitlines():
        date, title, link, content, _, guid, author, file, _ = line.split("\t")
        content = content.replace("\\n", "\n")
        found[guid] = Seen(
            title,
            link,
            int(date),
            content,
            tuple(filter(None, [author])),
            tuple(filter(None, [file])),
        )
    return found


def read_by_newsboat(url: str, tmp_path: Path, needs: Needs) -> dict[str, Seen]:
    (tmp_path / "urls").write_text(url + "\n", encoding="utf-8")
    run_newsboat(needs("newsboat"), tmp_path, "-x", "reload")
    query = "SELECT guid, title, url, pubDate, content, author, enclosure_url FROM rss_item"
    with closing(sqlite3.connect(tmp_path / "cache.db")) as cache:
        return {
            guid: Seen(
                title,
                link,
                date,
                content,
                tuple(filter(None, author.split(", "))),
                tuple(filter(None, [file])),
            )
            for guid, title, link, date, content, author, file in cache.execute(query)
        }


def run_node(name: str, url: str, needs: Needs) -> list[dict[str, Any]]:
    node = needs("node")
    needs(name)
    done = subprocess.run(
        [node, "read.mjs", name], cwd=SUPPORT, input=fetch(url)[1], check=True, capture_output=True
    )
    items: list[dict[str, Any]] = json.loads(done.stdout)
    return items


def read_by_rss_parser(url: str, tmp_path: Path, needs: Needs) -> dict[str, Seen]:
    return {
        item.get("guid") or item["id"]: Seen(
            item["title"],
            item["link"],
            int(datetime.fromisoformat(item["isoDate"]).timestamp()),
            item.get("content:encoded") or item["content"],
            tuple(filter(None, [item.get("creator") or item.get("author")])),
            tuple(filter(None, [item.get("enclosure", {}).get("url")])),
        )
        for item in run_node("rss-parser", url, needs)
    }


def read_by_feedsmith(url: str, tmp_path: Path, needs: Needs) -> dict[str, Seen]:
    found = {}
    for item in run_node("feedsmith", url, needs):
        if "guid" in item:  # RSS
            date, content, files = (
                parsedate_to_datetime(item["pubDate"]),
                item["content"]["encoded"],
                item.get("enclosures", []),
            )
            names = item.get("dc", {}).get("creators", [])
            found[item["guid"]["value"]] = Seen(
                item["title"],
                item["link"],
                int(date.timestamp()),
                content,
                tuple(names),
                tuple(file["url"] for file in files),
            )
            continue
        date = datetime.fromisoformat(item.get("published") or item["date_published"])
        links = {
            rel: tuple(link["href"] for link in item.get("links", []) if link["rel"] == rel)
            for rel in ("alternate", "enclosure")
        }
        found[item["id"]] = Seen(
            item["title"] if "url" in item else item["title"]["value"],
            item.get("url") or links["alternate"][0],
            int(date.timestamp()),
            item.get("content_html") or item["content"]["value"],
            tuple(author["name"] for author in item.get("authors", [])),
            links["enclosure"] or tuple(file["url"] for file in item.get("attachments", [])),
        )
    return found


ALL, FIRST, LAST, NONE = slice(None), slice(1), slice(-1, None), slice(0)
# which authors and files are known to those that do not read all; RSS has one enclosure
SHORT = {
    ("feedparser", "rss.xml"): (ALL, FIRST),
    ("reader", "rss.xml"): (LAST, FIRST),
    ("reader", "atom.xml"): (LAST, ALL),
    ("sfeed", ""): (FIRST, FIRST),
    ("newsboat", "rss.xml"): (LAST, FIRST),
    ("newsboat", "atom.xml"): (ALL, FIRST),
    ("rss-parser", "rss.xml"): (FIRST, FIRST),
    ("rss-parser", "atom.xml"): (FIRST, NONE),
    ("feedsmith", "rss.xml"): (ALL, FIRST),
}
READERS = {
    "feedparser": (read_by_feedparser, ("rss.xml", "atom.xml")),
    "reader": (read_by_reader, ("rss.xml", "atom.xml", "feed.json")),
    "sfeed": (read_by_sfeed, ("rss.xml", "atom.xml")),
    "newsboat": (read_by_newsboat, ("rss.xml", "atom.xml")),
    "rss-parser": (read_by_rss_parser, ("rss.xml", "atom.xml")),
    "feedsmith": (read_by_feedsmith, ("rss.xml", "atom.xml", "feed.json")),
}


@pytest.mark.duty(18)
@pytest.mark.parametrize(
    ("name", "path"), [(name, path) for name, (_, paths) in READERS.items() for path in paths]
)
def test_reads_every_entry_as_it_was_written(
    name: str, path: str, site: str, tmp_path: Path, needs: Needs
) -> None:
    read = READERS[name][0](site + path, tmp_path, needs)
    wanted = list_wanted(site)

    assert sorted(read) == sorted(wanted)
    for identity, seen in read.items():
        entry = wanted[identity]
        authors, files = SHORT.get((name, path), SHORT.get((name, ""), (ALL, ALL)))
        few = entry._replace(authors=entry.authors[authors], files=entry.files[files])
        assert settle(seen) == settle(few)
