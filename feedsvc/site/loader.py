"""Rows of the index become items: each entry with the text of its file, rendered.

A row carries the hash that its entry had when it was indexed. A file that has
changed since is not shown as something it no longer is: the index is asked again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from msgspec.structs import replace

from feedsvc.content.render import render_content
from feedsvc.errors import EntryChangedError
from feedsvc.index.client import IndexClient
from feedsvc.index.conditions import EntryRow
from feedsvc.index.queries import FileRow
from feedsvc.model import Content, Entry
from feedsvc.reading import Reading, make_resolver, read_files, read_packed_entry
from feedsvc.settings import Settings

MAX_CACHE_BYTES = 12 * 1024 * 1024
BATCH_SIZE = 25  # entries that are read before they are rendered
CacheKey: TypeAlias = tuple[str, bytes]  # path and hash
LoadedEntry: TypeAlias = tuple[Entry, Content]


class ItemLoader:
    """Reads and renders entries by path and hash, and keeps the most recently used."""

    def __init__(
        self, settings: Settings, index: IndexClient, most_bytes: int = MAX_CACHE_BYTES
    ) -> None:
        self.settings = settings
        self.index = index
        self.root = settings.entries
        self.max_bytes = most_bytes
        self.used_bytes = 0
        self.known: OrderedDict[CacheKey, LoadedEntry] = OrderedDict()
        self.lock = threading.Lock()

    def load(self, row: EntryRow | FileRow) -> LoadedEntry:
        """The entry of *row*, as it was indexed; raises EntryChangedError where it is not so any more."""
        return self.load_entries([row])[0]

    def load_entries(self, rows: Sequence[EntryRow | FileRow]) -> list[LoadedEntry]:
        """The entries of *rows*; raises EntryChangedError."""
        wanted = [(row.path, row.hash) for row in rows]
        with self.lock:
            found = {key: self.known[key] for key in wanted if key in self.known}
            for key in found:
                self.known.move_to_end(key)
        if missing := [row for row, key in zip(rows, wanted, strict=True) if key not in found]:
            with self.index.open_snapshot(0) as query:
                kept = query.select_packed_entries([row.key for row in missing])
            # some are read, and then all of these rendered: what a step needs stays in the processor's caches
            for some in (
                missing[start : start + BATCH_SIZE] for start in range(0, len(missing), BATCH_SIZE)
            ):
                for key, entry in self._read(some, kept):
                    content = render_content(entry, make_resolver(self.root, entry, self.settings))
                    found[key] = replace(entry, body=""), content
                    self._add_to_cache(key, found[key])
        return [found[key] for key in wanted]

    def _read(
        self, rows: Sequence[EntryRow | FileRow], kept: Mapping[CacheKey, bytes]
    ) -> list[tuple[CacheKey, Entry]]:
        """The entry of each of *rows*, from what is kept of it, else read anew."""
        keys = [(row.path, row.hash) for row in rows]
        read = [
            read_packed_entry(self.root, key[0], kept[key]) if kept.get(key) else None
            for key in keys
        ]
        rest = (key[0] for key, entry in zip(keys, read, strict=True) if entry is None)
        anew = read_files(self.root, rest, self.settings)
        return [
            (key, entry or _require_unchanged(next(anew), key))
            for key, entry in zip(keys, read, strict=True)
        ]

    def _add_to_cache(self, key: CacheKey, loaded: LoadedEntry) -> None:
        with self.lock:
            if key not in self.known:
                self.known[key] = loaded
                self.used_bytes += _estimate_bytes(loaded)
            while self.used_bytes > self.max_bytes and len(self.known) > 1:
                _, oldest = self.known.popitem(last=False)
                self.used_bytes -= _estimate_bytes(oldest)


def _require_unchanged(reading: Reading, key: CacheKey) -> Entry:
    """The entry of a file that was read anew; raises EntryChangedError if it is not the one of *key*."""
    if reading.entry is None or reading.content_hash != key[1]:
        raise EntryChangedError(key[0])
    return reading.entry


def _estimate_bytes(loaded: LoadedEntry) -> int:
    return 2_000 + 2 * len(loaded[1].html)
