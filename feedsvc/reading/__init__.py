"""One file becomes one reading: an entry, or what is wrong with it.

Comes in: paths below the entries folder. The way of each is in `reader`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from feedsvc.content.references import extract_search_text
from feedsvc.file_kinds import classify, get_affected_entries, is_candidate
from feedsvc.reading.assets import make_resolver
from feedsvc.reading.entry_cache import read_packed_entry
from feedsvc.reading.reader import Reading, parse_files
from feedsvc.settings import Settings

__all__ = [
    "Reading",
    "classify",
    "explain_entry",
    "get_affected_entries",
    "is_candidate",
    "make_resolver",
    "read_file",
    "read_files",
    "read_packed_entry",
    "read_search_texts",
]


def read_file(root: Path, path: str, settings: Settings) -> Reading:
    """The reading of *path* below *root*; raises nothing, whatever the file holds."""
    return next(read_files(root, [path], settings))


def read_files(root: Path, paths: Iterable[str], settings: Settings) -> Iterator[Reading]:
    """The reading of each of *paths*."""
    return (
        parser.reading
        for parser in parse_files(root, paths, settings)
        if parser.reading is not None
    )


def read_search_texts(
    root: Path, kept: Iterable[tuple[str, bytes]], settings: Settings
) -> Iterator[str]:
    """Title, summary and text of entries by path and what is kept of them, for the full-text search; "" for none."""
    for path, packed in kept:
        entry = read_packed_entry(root, path, packed) or read_file(root, path, settings).entry
        text = extract_search_text(entry.markup, entry.body) if entry is not None else ""
        yield f"{entry.title}\n{entry.summary}\n{text}" if entry is not None else ""


def explain_entry(
    root: Path, path: str, settings: Settings
) -> list[tuple[str, str, int | None, str, str]]:
    """For `explain`: (field, the author's words, line, what was read, why), the rejected readings of dates included."""
    from feedsvc.reading.explain import explain_fields  # wanted for one file at a time

    (parser,) = parse_files(root, [path], settings)
    return explain_fields(parser.context, parser.entry) if parser.context is not None else []
