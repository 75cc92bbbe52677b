"""Fields as podcast and site tools write them, dates in a wrong order, and what is not read."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedsvc.reading import ExplainLine, explain_fields, read_file
from feedsvc.settings import Settings
from tests.support.entries import write_file

SETTINGS = Settings()


@pytest.mark.parametrize(
    ("fields", "body", "found"),
    [
        ("podcast_file: https://a.example/1.mp3\npodcast_bytes: 1820\npodcast_duration: '00:39:51'",
         "", [("https://a.example/1.mp3", "audio/mpeg", 1820, 2391)]),
        ("audio: {mp3: https://a.example/1.mp3, ogg: https://a.example/1.ogg}", "",
         [("https://a.example/1.mp3", "audio/mpeg", 0, 0),
          ("https://a.example/1.ogg", "audio/ogg", 0, 0)]),
        ("audio:\n  m4a: https://a.example/1.m4a\n  chapters: x", "",
         [("https://a.example/1.m4a", "audio/mp4", 0, 0)]),
        ("audio: {url: https://a.example/1.mp3, length: 7}", "",
         [("https://a.example/1.mp3", "audio/mpeg", 7, 0)]),
        ("", '<audio controls src="https://a.example/1.mp3"></audio>',
         [("https://a.example/1.mp3", "audio/mpeg", 0, 0)]),
        ("", "<audio controls>\n<source src=https://a.example/1.ogg type='audio/ogg'>\n</audio>",
         [("https://a.example/1.ogg", "audio/ogg", 0, 0)]),
        ("", "<audio></audio><img src='https://a.example/1.png'>", []),
        ("", "```\n<audio src='https://a.example/1.mp3'></audio>\n```", []),
        ("enclosure: https://a.example/2.mp3", "<audio src='https://a.example/1.mp3'></audio>",
         [("https://a.example/2.mp3", "audio/mpeg", 0, 0)]),
    ],
)  # fmt: skip
def test_podcasts_have_enclosures(
    tmp_path: Path, fields: str, body: str, found: list[tuple[str, str, int, int]]
) -> None:
    write_file(tmp_path, "a.md", f"---\ntitle: T\ndate: 2026-03-02\n{fields}\n---\n{body}\n")
    entry = read_file(tmp_path, "a.md", SETTINGS).entry

    assert entry is not None
    assert [(one.url, one.type, one.length, one.duration) for one in entry.enclosures] == found


@pytest.mark.parametrize(
    ("path", "fields", "tags"),
    [
        ("_posts/2026-03-02-a.md", "tags: tide quay", ("tide", "quay")),
        ("2026-03-02-a.md", "layout: post\ntags: tide quay", ("tide", "quay")),
        ("2026-03-02-a.md", "layout: post\ntags: tide, low quay", ("tide", "low quay")),
        ("2026-03-02-a.md", "layout: post\ntags: [low quay]", ("low quay",)),
        ("2026-03-02-a.md", "tags: low quay", ("low quay",)),
        ("a.md", "layout: post\ntags: low quay", ("low quay",)),
    ],
)
def test_jekyll_separates_tags_by_spaces(
    tmp_path: Path, path: str, fields: str, tags: tuple[str, ...]
) -> None:
    write_file(tmp_path, path, f"---\ntitle: T\ndate: 2026-03-02\n{fields}\n---\nx\n")
    entry = read_file(tmp_path, path, SETTINGS).entry

    assert entry is not None
    assert entry.tags == tags


@pytest.mark.parametrize(
    ("fields", "codes"),
    [
        ("date: 2026-03-02\nupdated: 2026-03-01", ["updated-early"]),
        ("date: 2026-03-02 10:00\nupdated: 2026-03-02 09:00", ["updated-early"]),
        ("date: 2026-03-02\nexpires: 2026-02-28", ["expires-early"]),
        ("date: 2026-03-02 10:00\nupdated: 2026-03-02", []),
        ("date: 2026-03-02\nupdated: 2026-03-02", []),
        ("date: 2026-03\nupdated: 2026-03-02", []),
        ("date: 2026-03-02\nexpires: 2026-03-02 18:00", []),
    ],
)
def test_dates_in_a_wrong_order_are_a_problem(
    tmp_path: Path, fields: str, codes: list[str]
) -> None:
    write_file(tmp_path, "a.md", f"---\ntitle: T\n{fields}\n---\nx\n")

    assert [one.code for one in read_file(tmp_path, "a.md", SETTINGS).problems] == codes


@pytest.mark.parametrize(
    ("id_", "codes"),
    [
        ("https://old.example.org/über/", ["id-not-uri"]),
        ("tag:skarvik.example,2020:/news/øy", ["id-not-uri"]),
        ("https://old.example.org/ueber/", []),
        ("urn:uuid:60a76c80-d399-11d9-b93c-0003939e0af6", []),
        ("über", []),
        ("7", []),
    ],
)
def test_an_address_that_is_no_uri_is_named_where_it_is_the_id(
    tmp_path: Path, id_: str, codes: list[str]
) -> None:
    write_file(tmp_path, "a.md", f"---\ntitle: T\ndate: 2026-03-02\nid: {id_}\n---\nx\n")
    problems = read_file(tmp_path, "a.md", SETTINGS).problems

    assert [one.code for one in problems] == codes
    assert all("exact_id" in one.remedy for one in problems)


def test_explain_lists_what_is_not_read_and_why(tmp_path: Path) -> None:
    text = """---
title: T
date: 2026-03-02
image: {url: https://a.example/a.jpg, caption: c, location: Skarvik}
author: {name: Jon, shoe_size: 44}
layout: post
summary:
auhtor: Jo
---
x
"""
    write_file(tmp_path, "a.md", text)

    def show(line: ExplainLine) -> tuple[str, int | None, str]:
        return line.words, line.line, line.reason

    lines = explain_fields(tmp_path, "a.md", SETTINGS)
    assert [show(line) for line in lines if line.kind == "unused"] == [
        ("layout: post", 6, "is not a field of an entry"),
        ("summary: ", 7, "is empty"),
        ("auhtor: Jo", 8, "is not a field of an entry; did you mean 'author'?"),
        ("image.location: Skarvik", 4, "is not a field of an entry"),
        ("author.shoe_size: 44", 5, "is not a field of an entry"),
    ]
