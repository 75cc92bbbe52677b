"""Our own feeds, imported again, give the same feeds: `import` loses nothing that they have."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedsvc.commands.import_ import import_feed
from feedsvc.settings import load_settings
from tests.support.entries import write_file
from tests.support.site import Site

CONFIG = """
[site]
title = "Example News"
url = "https://news.example.com/"
id_authority = "news.example.com,2023"
timezone = "Europe/Oslo"
index = "index"
"""
SOUND = "url: https://cdn.example.com/a.mp3, type: audio/mpeg, length: 1234"
PAPER = "{url: https://cdn.example.com/b.pdf, type: application/pdf, length: 99, title: Map}"
# What front matter has beside a title and a date
FIELDS = {
    "nothing else": "",
    "tags": "tags: [Ferry, Quay]",
    "categories": "categories: [News, Harbour]",
    "both": "tags: [Ferry, Quay]\ncategories: [News, Harbour]",
    "a change": "updated: 2024-05-07 11:00:00 +02:00",
    "an end": "expires: 2099-01-01",
    "a second": "date: 2024-05-06 10:30:15 -03:30",
    "a day": "date: 2024-05-06",
    "an author": "author: Ida Holm",
    "several authors": "authors: [Ida Holm, 'Jon Berg, MP', 李明]",
    "addresses of authors": (
        "authors:\n- {name: Ida, email: ida@example.com, url: https://ida.example.com/}\n"
        "- name: Jon Berg\n- {name: Kai, email: kai@example.com}"
    ),
    "a mail address": "author: {name: Ida Holm, email: ida@example.com}",
    "a language": "language: nb",
    "a summary": 'summary: "A & B &lt;i&gt; \\"C\\""',
    "a title with marks": 'title: "Fish &amp; <b>chips</b> &lt;i&gt; é"',
    "an id": "id: https://old.example.com/?p=7",
    "an exact id": "exact_id: post-12345",
    "an address elsewhere": "url: https://other.example.com/a",
    "an address": "url: /a/b/",
    "a picture": "image: https://cdn.example.com/x.jpg",
    "an enclosure": f"enclosures: [{{{SOUND}}}]",
    "a titled enclosure": f"enclosures: [{{{SOUND}, title: The sound, duration: 65}}]",
    "several enclosures": f"enclosures: [{{{SOUND}, duration: 65}}, {PAPER}]",
    "a source": "source: {title: Wire, url: https://wire.example.com/a}",
    "a source without an address": "source: The wire",
    "a page of comments": "comments: https://news.example.com/c",
    "rights": "rights: © Ida Holm",
    "a license": "license: https://creativecommons.org/licenses/by/4.0/",
    "a correction": "correction: It was Tuesday.\nupdated: 2024-05-08",
}


def make_site(folder: Path) -> Site:
    write_file(folder, "feedsvc.toml", CONFIG)
    (folder / "entries").mkdir(exist_ok=True)
    return Site(load_settings(folder / "feedsvc.toml"))


@pytest.mark.parametrize("feed", ["atom.xml", "rss.xml", "feed.json"])
@pytest.mark.parametrize("fields", FIELDS)
def test_a_feed_imported_again_is_the_same(tmp_path: Path, feed: str, fields: str) -> None:
    more = FIELDS[fields]
    date = "" if more.startswith("date:") else "date: 2024-05-06 10:30:15 +02:00\n"
    title = "" if more.startswith("title:") else "title: The quay opens\n"
    text = f"---\n{title}{date}{more}\n---\nThe quay *opens*.\n"
    old, new = make_site(tmp_path / "old"), make_site(tmp_path / "new")
    old.write("quay.md", text)
    served = write_file(tmp_path, feed, old.get(f"/{feed}").data)

    assert len(list(import_feed(served, new.settings))) == 1
    again = new.get(f"/{feed}").text.splitlines()
    assert again == served.read_text().splitlines()
