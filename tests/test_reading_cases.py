"""Small texts in every dialect: each reads as the file `NAME.expected` beside it says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from feedsvc.reading import (
    Reading,
    classify,
    read_file,
    read_files,
    read_packed_entry,
    unpack_fields,
)
from feedsvc.settings import Settings, Site, resolve_addresses
from tests.support.entries import write_entry
from tests.support.golden import Golden

CASES = Path(__file__).parent / "cases" / "reading"
PATHS = sorted(
    path
    for file in CASES.rglob("*")
    if file.is_file() and classify(path := file.relative_to(CASES).as_posix()) == "entry"
)
SETTINGS = resolve_addresses(
    Settings(
        site=Site(
            timezone="Europe/Oslo",
            url="https://harbour.example/",
            id_authority="harbour.example,2024",
            permalink="/{year}/{month}/{slug}/",
        )
    )
)
SITE = SETTINGS.site.url


def describe(reading: Reading) -> dict[str, object]:
    """Return the facts of a reading, without those that are empty."""
    facts: dict[str, object] = {"state": reading.state, "dialect": reading.dialect}
    facts["problems"] = [
        f"{one.code} {one.field or ''} {one.line or ''}".strip() for one in reading.problems
    ]
    if (entry := reading.entry) is not None:
        facts |= {
            "title": entry.title,
            "published": f"{entry.published} {entry.published.precision} {entry.published.source}",
            "updated": str(entry.updated or ""),
            "not_before": str(entry.not_before or ""),
            "expires": str(entry.expires or ""),
            "id": entry.id,
            "url": entry.url,
            "language": entry.language,
            "authors": [
                " ".join(filter(None, (one.name, one.email, one.uri))) for one in entry.authors
            ],
            "categories": list(entry.categories),
            "tags": list(entry.tags),
            "summary": entry.summary,
            "origin": entry.origin.title if entry.origin else "",
            "clicks": entry.clicks,
            "image": entry.image.url if entry.image else "",
            "aliases": list(entry.aliases),
            "translation": entry.translation,
            "body": entry.body.strip(),
            "markup": entry.markup,
            "line": entry.body_line,
        }
    return {name: value for name, value in facts.items() if value not in ("", [], None)}


@pytest.fixture(scope="module")
def expected() -> dict[str, object]:
    """What each text reads as, by its path."""
    return {
        path: json.loads((CASES / f"{path}.expected").read_text(encoding="utf-8")) for path in PATHS
    }


@pytest.mark.parametrize("path", PATHS)
def test_reads_as_expected(golden: Golden, path: str) -> None:
    reading = read_file(CASES, path, SETTINGS)

    golden.compare_json(CASES / f"{path}.expected", describe(reading))


def test_files_that_are_read_together_are_read_as_each_alone() -> None:
    together = list(read_files(CASES, PATHS, SETTINGS))

    assert together == [read_file(CASES, path, SETTINGS) for path in PATHS]


def test_a_packed_entry_reads_as_its_file(expected: dict[str, object]) -> None:
    readings = [reading for reading in read_files(CASES, PATHS, SETTINGS) if reading.entry]
    read = [(one, read_packed_entry(CASES, one.path, one.packed_entry, SITE)) for one in readings]
    packed = [(reading, entry) for reading, entry in read if entry is not None]
    fields = [unpack_fields(reading.path, reading.packed_entry, SITE) for reading in readings]

    assert [entry for _, entry in packed] == [reading.entry for reading, _ in packed]
    for reading, entry in packed:
        # times are equal in all zones: their words are not
        assert describe(replace(reading, entry=entry)) == expected[reading.path]
    unpacked = {reading.dialect for reading in readings} - {
        reading.dialect for reading, _ in packed
    }
    assert unpacked == set()
    assert fields == [replace(reading.entry, body="") for reading in readings if reading.entry]


def test_a_packed_entry_counts_only_for_the_file_it_was_read_from(tmp_path: Path) -> None:
    file = write_entry(tmp_path, "quay.md", "Quay", date="2024-05-06")
    packed = read_file(tmp_path, file.name, SETTINGS).packed_entry

    write_entry(tmp_path, "quay.md", "Quay", date="2024-05-07")
    assert read_packed_entry(tmp_path, file.name, packed, SITE) is None

    file.unlink()
    assert read_packed_entry(tmp_path, file.name, packed, SITE) is None


def test_every_expectation_has_its_text() -> None:
    expectations = {file.relative_to(CASES).as_posix() for file in CASES.rglob("*.expected")}

    assert expectations == {f"{path}.expected" for path in PATHS}
