"""One file becomes one reading: an entry, or what is wrong with it.

Comes in: paths below the entries folder. The way of each is in `reader`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from feedsvc.reading.assets import make_resolver
from feedsvc.reading.folders import classify, concerns, is_candidate
from feedsvc.reading.reader import READING, WORDS, Reading, take_steps
from feedsvc.settings import Settings

__all__ = [
    "Reading",
    "classify",
    "concerns",
    "explain_entry",
    "is_candidate",
    "make_resolver",
    "read_entries",
    "read_entry",
    "read_words",
]


def read_entry(root: Path, path: str, settings: Settings) -> Reading:
    """The reading of *path* below *root*; raises nothing, whatever the file holds."""
    return next(read_entries(root, [path], settings))


def read_entries(root: Path, paths: Iterable[str], settings: Settings) -> Iterator[Reading]:
    """The reading of each of *paths*."""
    return (reader.reading for reader in take_steps(root, paths, settings, READING) if reader.reading is not None)


def read_words(root: Path, paths: Iterable[str], settings: Settings) -> Iterator[str]:
    """Title, summary and text of the entry at each of *paths*, for the full-text search; "" for what is none."""
    return (reader.words for reader in take_steps(root, paths, settings, WORDS))


def explain_entry(root: Path, path: str, settings: Settings) -> list[tuple[str, str, int | None, str, str]]:
    """For `explain`: (field, the author's words, line, what was read, why), the rejected readings of dates included."""
    from feedsvc.reading.explain import explain_context  # wanted for one file at a time

    (reader,) = take_steps(root, [path], settings, READING)
    return explain_context(reader.context, reader.entry) if reader.context is not None else []
