"""Entries that content systems export as JSON, each in the envelope of its system."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from feedsvc.model import Entry
from feedsvc.reading import Reading, read_file
from feedsvc.settings import Settings, Site
from tests.support.entries import write_file

SETTINGS = Settings(
    site=Site(url="https://news.example.com/", id_authority="news.example.com,2023")
)
LINK = {"sys": {"type": "Link", "linkType": "Entry", "id": "x"}}
CREATED, PUBLISHED, CHANGED = (f"2024-05-0{day}T08:00:00.000Z" for day in (5, 6, 7))
SYSTEM = {"id": "5KsD", "type": "Entry", "createdAt": CREATED, "updatedAt": CHANGED}
STRAPI = {
    "title": "A quay",
    "content": "It *opens*.",
    "createdAt": CREATED,
    "publishedAt": PUBLISHED,
}
PHP = {"date": "2024-05-06 10:00:00.000000", "timezone_type": 3, "timezone": "Europe/Oslo"}


def read(folder: Path, value: Any) -> Reading:
    write_file(folder, "quay.json", json.dumps(value))
    return read_file(folder, "quay.json", SETTINGS)


def read_entry(folder: Path, value: Any) -> Entry:
    reading = read(folder, value)
    assert reading.entry is not None, reading.problems
    return reading.entry


ENVELOPES: dict[str, tuple[Any, str]] = {
    "contentful": (
        {
            "metadata": {},
            "sys": SYSTEM,
            "fields": {"title": "A quay", "body": "It *opens*.", "by": LINK},
        },
        CREATED,
    ),
    "contentful, with a date": (
        {
            "sys": SYSTEM,
            "fields": {"title": "A quay", "body": "It *opens*.", "publishDate": PUBLISHED},
        },
        PUBLISHED,
    ),
    "contentful, as its editors see it": (
        {
            "sys": {**SYSTEM, "version": 7, "publishedVersion": 6, "firstPublishedAt": PUBLISHED},
            "fields": {"title": {"nb": "A quay"}, "body": {"nb": "It *opens*."}},
        },
        PUBLISHED,
    ),
    "strapi 4": ({"data": {"id": 3, "attributes": STRAPI}, "meta": {}}, PUBLISHED),
    "strapi 4, one of many": ({"id": 3, "attributes": STRAPI}, PUBLISHED),
    "strapi 5": ({"data": {"documentId": "h90", **STRAPI}, "meta": {}}, PUBLISHED),
    "ninjs": (
        {
            "uri": "urn:newsml:x:1",
            "firstcreated": PUBLISHED,
            "versioncreated": CHANGED,
            "pubstatus": "usable",
            "headline": "A quay",
            "body_xhtml": "<p>It <em>opens</em>.</p>",
        },
        PUBLISHED,
    ),
    "ninjs 2": (
        {
            "uri": "urn:newsml:x:1",
            "versionCreated": PUBLISHED,
            "headlines": [{"role": "main", "value": "A quay"}],
            "bodies": [{"contentType": "text/plain", "value": "It *opens*."}],
        },
        PUBLISHED,
    ),
}


@pytest.mark.parametrize("name", ENVELOPES)
def test_an_envelope_is_opened(tmp_path: Path, name: str) -> None:
    value, date = ENVELOPES[name]
    entry = read_entry(tmp_path, value)

    assert (entry.state, entry.title, entry.authors) == ("public", "A quay", ())
    assert "opens" in entry.body
    assert str(entry.published) == date.replace(".000Z", "+00:00")


def test_the_facts_of_a_system_are_those_of_the_entry(tmp_path: Path) -> None:
    value: Any = {
        "sys": {**SYSTEM, "version": 2, "publishedVersion": 1},
        "fields": {"title": {"nb-NO": "Ny kai"}},
    }
    entry = read_entry(tmp_path, value)

    assert (entry.id, entry.language) == ("tag:news.example.com,2023:5KsD", "nb-NO")
    assert str(entry.updated) == "2024-05-07T08:00:00+00:00"


def test_a_relation_is_what_it_refers_to(tmp_path: Path) -> None:
    tags = [{"id": number, "attributes": {"name": name}} for number, name in enumerate("ab")]
    more = {"author": {"data": {"id": 1, "attributes": {"name": "Ida"}}}, "tags": {"data": tags}}
    entry = read_entry(tmp_path, {"data": {"id": 3, "attributes": STRAPI | more}})

    assert [one.name for one in entry.authors] == ["Ida"]
    assert entry.tags == ("a", "b")


@pytest.mark.parametrize(
    ("value", "state"),
    [
        ({"sys": {**SYSTEM, "version": 1}, "fields": {"title": "A quay"}}, "draft"),
        ({"data": {"id": 3, "attributes": STRAPI | {"publishedAt": None}}}, "error"),
        ({"headline": "A", "versioncreated": PUBLISHED, "pubstatus": "withheld"}, "draft"),
        ({"headline": "A", "versioncreated": PUBLISHED, "pubstatus": "canceled"}, "draft"),
        # many entries, and what is no entry
        ({"data": [{"id": 3, "attributes": STRAPI}], "meta": {}}, "ignored"),
        ({"sys": {**SYSTEM, "type": "Asset"}, "fields": {"title": "A quay"}}, "ignored"),
        ({"data": {"attributes": [1]}, "more": 1}, "ignored"),
    ],
)
def test_what_is_not_known_to_be_public_is_not_published(
    tmp_path: Path, value: Any, state: str
) -> None:
    assert read(tmp_path, value).state == state


@pytest.mark.parametrize(
    ("date", "when"),
    [
        (PHP, "2024-05-06T10:00:00+02:00"),
        (PHP | {"timezone_type": 1, "timezone": "+05:30"}, "2024-05-06T10:00:00+05:30"),
        (PHP | {"timezone_type": 2, "timezone": "CEST"}, "2024-05-06T10:00:00+02:00"),
        ({"$date": "2024-05-06T10:00:00Z"}, "2024-05-06T10:00:00+00:00"),
        ({"$date": {"$numberLong": "1714989600000"}}, "2024-05-06T10:00:00+00:00"),
        ({"_seconds": 1714989600, "_nanoseconds": 5}, "2024-05-06T10:00:00+00:00"),
        ({"seconds": 1714989600, "nanoseconds": 0}, "2024-05-06T10:00:00+00:00"),
    ],
)
@pytest.mark.parametrize("name", ["date", "publishedAt"])
def test_a_table_that_is_a_date_is_read(
    tmp_path: Path, name: str, date: dict[str, Any], when: str
) -> None:
    assert str(read_entry(tmp_path, {"title": "A quay", name: date}).published) == when


@pytest.mark.parametrize(
    "body",
    [
        {"nodeType": "document", "content": [{"nodeType": "paragraph"}]},
        [{"type": "paragraph", "children": [{"text": "It opens."}]}],
        {"root": {"children": []}},
    ],
)
def test_a_text_in_the_form_of_its_editor_is_named(tmp_path: Path, body: Any) -> None:
    reading = read(tmp_path, {"title": "A quay", "date": "2024-05-06", "content": body})

    assert [(one.code, one.field) for one in reading.problems] == [("body-unread", "content")]


@pytest.mark.parametrize("body", ["", None, {"rendered": ""}, []])
def test_no_text_is_no_problem(tmp_path: Path, body: Any) -> None:
    assert not read(tmp_path, {"title": "A quay", "date": "2024-05-06", "content": body}).problems


POST = {
    "id": 13,
    "date": "2024-05-06T10:00:00",
    "date_gmt": "2024-05-06T08:00:00",
    "status": "publish",
    "title": {"rendered": "A quay &#8211; new"},
    "content": {"rendered": "<p>It opens.</p>", "protected": False},
    "author": 5,
    "categories": [3],
    "tags": [7],
    "featured_media": 9,
}
EMBEDDED = {
    "author": [{"id": 5, "name": "Ida Holm"}],
    "wp:term": [
        [{"taxonomy": "category", "name": "News"}],
        [{"taxonomy": "post_tag", "name": "ferry"}],
    ],
}


@pytest.mark.parametrize(
    ("more", "terms"),
    [
        ({}, [(), (), ()]),
        ({"_embedded": EMBEDDED}, [("Ida Holm",), ("News",), ("ferry",)]),
        ({"_embedded": {"wp:term": None}}, [(), (), ()]),
        ({"_embedded": {"wp:term": 5, "author": "Ida"}}, [(), (), ()]),
        ({"_embedded": {"wp:term": [5, None]}}, [(), (), ()]),
        ({"_embedded": []}, [(), (), ()]),
    ],
)
def test_the_numbers_of_wordpress_are_no_names(
    tmp_path: Path, more: dict[str, Any], terms: list[tuple[str, ...]]
) -> None:
    entry = read_entry(tmp_path, POST | more)

    authors = tuple(one.name for one in entry.authors)
    assert [authors, entry.categories, entry.tags] == terms
    assert (entry.title, str(entry.published)) == ("A quay – new", "2024-05-06T08:00:00+00:00")


def test_a_post_of_wordpress_with_a_password_is_held_back(tmp_path: Path) -> None:
    content = {"rendered": "", "protected": True}

    assert read(tmp_path, POST | {"content": content}).state == "draft"


@pytest.mark.parametrize("author", [5, "17", ["5", 6]])
def test_a_number_is_no_author(tmp_path: Path, author: Any) -> None:
    value = {"title": "A", "date": "2024-05-06", "author": author, "body": "x"}

    assert read_entry(tmp_path, value).authors == ()
