"""Rows of the index become items: each entry with the text of its file, rendered.

A row carries the hash that its entry had when it was indexed. A file that has
changed since is not shown as something it no longer is: the index is asked again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from feedsvc.errors import FeedsvcError
from feedsvc.index.live import LiveIndex
from feedsvc.index.query import Place
from feedsvc.index.select import Shown
from feedsvc.model import Content, Entry
from feedsvc.reading import make_resolver, read_entry, read_packed
from feedsvc.reading.markup import render_content
from feedsvc.settings import Settings

MOST_BYTES = 12 * 1024 * 1024
SOME = 25  # entries that are read before they are rendered
Loaded: TypeAlias = tuple[Entry, Content]


class EntryChangedError(FeedsvcError):
    """A file is no longer what the index says: read the index again."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return f"{self.path!r} has changed since it was indexed"


class ItemLoader:
    """Reads and renders entries by path and hash, and keeps the most recently used."""

    def __init__(self, settings: Settings, index: LiveIndex, most_bytes: int = MOST_BYTES) -> None:
        self.settings = settings
        self.index = index
        self.root = settings.entries
        self.most_bytes = most_bytes
        self.bytes = 0
        self.known: OrderedDict[tuple[str, bytes], Loaded] = OrderedDict()
        self.lock = threading.Lock()

    def load(self, row: Shown | Place) -> Loaded:
        """The entry of *row*, as it was indexed; raises EntryChangedError where it is not so any more."""
        return self.load_all([row])[0]

    def load_all(self, rows: Sequence[Shown | Place]) -> list[Loaded]:
        """The entries of *rows*; raises EntryChangedError."""
        wanted = [(row.path, row.hash) for row in rows]
        with self.lock:
            found = {key: self.known[key] for key in wanted if key in self.known}
            for key in found:
                self.known.move_to_end(key)
        if missing := [row for row, key in zip(rows, wanted, strict=True) if key not in found]:
            with self.index.open_query(0) as query:
                kept = query.find_kept([row.key for row in missing])
            # some are read, and then all of these rendered: what a step needs stays in the processor's caches
            for some in (missing[start : start + SOME] for start in range(0, len(missing), SOME)):
                read = [(row.path, row.hash, self._read(row, kept)) for row in some]
                for path, digest, entry in read:
                    content = render_content(entry, make_resolver(self.root, entry, self.settings))
                    found[path, digest] = entry._replace(body=""), content
                    self._keep((path, digest), found[path, digest])
        return [found[key] for key in wanted]

    def _read(self, row: Shown | Place, kept: Mapping[tuple[str, bytes], bytes]) -> Entry:
        """The entry from what is kept of it, else read anew."""
        packed = kept.get((row.path, row.hash))
        entry = read_packed(self.root, row.path, packed) if packed else None
        if entry is None:
            reading = read_entry(self.root, row.path, self.settings)
            if reading.entry is None or reading.hash != row.hash:
                raise EntryChangedError(row.path)
            entry = reading.entry
        return entry

    def _keep(self, key: tuple[str, bytes], loaded: Loaded) -> None:
        with self.lock:
            if key not in self.known:
                self.known[key] = loaded
                self.bytes += _measure(loaded)
            while self.bytes > self.most_bytes and len(self.known) > 1:
                _, oldest = self.known.popitem(last=False)
                self.bytes -= _measure(oldest)


def _measure(loaded: Loaded) -> int:
    return 2_000 + 2 * len(loaded[1].html)
