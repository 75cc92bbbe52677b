"""Files of every kind, alone and together: each is an entry, or what is wrong with it is named."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from zlib import crc32

import msgspec
from msgspec.structs import replace

from feedsvc.content.characters import FORBIDDEN_IN_XML
from feedsvc.errors import EntryError
from feedsvc.model import Entry, Moment, Problem
from feedsvc.reading import (
    Reading,
    decode_text,
    explain_fields,
    read_file,
    read_files,
    read_packed_entry,
    read_search_texts,
    unpack_fields,
)
from feedsvc.urls import is_reserved, is_web_url
from fuzz.addresses import check_uri
from fuzz.folders import Case
from fuzz.target import Target

CODE = re.compile("(?!defect$)[a-z]+(?:-[a-z]+)*")
STATES = frozenset({"public", "draft", "unlisted", "retracted", "ignored", "error"})


def check_reading(data: bytes) -> None:
    """Take *data* for a folder, and read each file of it in each way there is."""
    with Case(data) as case:
        alone = {name: read_file(case.root, name, case.settings) for name in case.files}
        together = list(read_files(case.root, case.files, case.settings))
        assert together == list(alone.values()), "read together it is another entry"
        lines = max(map(count_lines, case.files.values()), default=0)
        for name, reading in alone.items():
            check_one_reading(reading, lines)
            if reading.packed_entry:
                packed = reading.packed_entry
                site = case.settings.site.url
                assert read_packed_entry(case.root, name, packed, site) in (None, reading.entry)
                assert reading.entry is not None
                assert unpack_fields(name, packed, site) == replace(reading.entry, body="")
                texts = list(read_search_texts(case.root, [(name, packed)], case.settings))
                assert len(texts) == 1
        if crc32(data) % 4 == 0:  # it takes as long as all of the above
            for name in case.files:
                for line in explain_fields(case.root, name, case.settings):
                    assert not line.line or line.line <= lines


def count_lines(data: bytes) -> int:
    """Return the lines of a file, the one behind its last line end included."""
    try:
        return decode_text(data).text.count("\n") + 1
    except EntryError:
        return data.count(b"\n") + 1


def check_one_reading(reading: Reading, lines: int) -> None:
    """Assert that *reading*, of one of files with at most *lines*, is of one piece."""
    assert reading.state in STATES
    for problem in reading.problems:
        check_problem(problem, lines)
    if reading.state == "error":
        assert reading.problems
        assert reading.entry is None
    if reading.state in ("public", "unlisted", "retracted"):
        assert reading.entry is not None
    if reading.entry is not None:
        assert reading.state == reading.entry.state
        check_entry(reading.entry)


def check_problem(problem: Problem, lines: int) -> None:
    """Assert that *problem* says something, and that its line is in the file."""
    assert CODE.fullmatch(problem.code), f"{problem.code}: a defect, or no code"
    assert problem.message.strip()
    assert problem.line is None or 1 <= problem.line <= lines, (problem, lines)


def check_entry(entry: Entry) -> None:
    """Assert what all that follows takes for granted of *entry*."""
    assert entry.title.strip()
    assert entry.id.strip()
    assert entry.slug or not entry.permalink_path
    assert entry.url.isascii()
    if entry.permalink_path:
        assert not is_reserved(entry.permalink_path), entry.permalink_path
    for url in list_urls(entry):
        assert is_web_url(url), url
        check_uri(url)
    for moment in filter(None, list_moments(entry)):
        offset = moment.when.utcoffset()
        assert offset is not None
        assert offset % timedelta(minutes=1) == timedelta(0)
    fields = msgspec.structs.asdict(replace(entry, body="", variables=()))
    for text in list_texts(msgspec.to_builtins(fields)):
        assert not FORBIDDEN_IN_XML.search(text), f"no XML can have it: {text!r}"


def list_urls(entry: Entry) -> list[str]:
    """Return every URL that *entry* gives to feeds and pages."""
    urls = [entry.url, entry.license, entry.comments, *(author.uri for author in entry.authors)]
    urls += [one.url for one in entry.enclosures]
    urls += [one.url for one in (entry.image, entry.origin) if one is not None]
    return [url for url in urls if url]


def list_moments(entry: Entry) -> list[Moment | None]:
    return [entry.published, entry.updated, entry.not_before, entry.expires, entry.retracted]


def list_texts(value: Any) -> list[str]:
    """Return the strings in plain values, however deep, but for the words of a date."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for key, one in value.items() if key != "words" for text in list_texts(one)]
    return [text for one in value for text in list_texts(one)] if isinstance(value, list) else []


TARGET = Target(
    name="reading",
    check=check_reading,
    max_bytes=1024,
    examples=100,
)
