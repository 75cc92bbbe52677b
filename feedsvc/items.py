"""Rows of the index become items: each entry read again from its file, with its body rendered.

A row carries the hash that its entry had when it was indexed. A file that has
changed since is not shown as something it no longer is: the index is asked again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable

from feedsvc.errors import FeedsvcError
from feedsvc.index.select import Shown
from feedsvc.model import Content, Entry
from feedsvc.reading import make_resolver, read_entry
from feedsvc.reading.markup import render_content
from feedsvc.settings import Settings

MOST_BYTES = 12 * 1024 * 1024


class EntryChangedError(FeedsvcError):
    """A file is no longer what the index says: read the index again."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return f"{self.path!r} has changed since it was indexed"


class ItemLoader:
    """Reads and renders entries by path and hash, and keeps the most recently used."""

    def __init__(self, settings: Settings, most_bytes: int = MOST_BYTES) -> None:
        self.settings = settings
        self.root = settings.entries
        self.most_bytes = most_bytes
        self.bytes = 0
        self.known: OrderedDict[tuple[str, bytes], tuple[Entry, Content]] = OrderedDict()
        self.lock = threading.Lock()

    def load(self, path: str, digest: bytes) -> tuple[Entry, Content]:
        """The entry at *path* as it was indexed with *digest*; raises EntryChangedError where it is not so any more."""
        key = (path, digest)
        with self.lock:
            if key in self.known:
                self.known.move_to_end(key)
                return self.known[key]
        reading = read_entry(self.root, path, self.settings)
        if reading.entry is None or reading.hash != digest:
            raise EntryChangedError(path)
        entry = reading.entry
        content = render_content(entry, make_resolver(self.root, entry, self.settings))
        loaded = (entry._replace(body=""), content)
        self._keep(key, loaded)
        return loaded

    def load_all(self, rows: Iterable[Shown]) -> list[tuple[Entry, Content]]:
        return [self.load(row.path, row.hash) for row in rows]

    def _keep(self, key: tuple[str, bytes], loaded: tuple[Entry, Content]) -> None:
        with self.lock:
            if key not in self.known:
                self.known[key] = loaded
                self.bytes += _measure(loaded)
            while self.bytes > self.most_bytes and len(self.known) > 1:
                _, oldest = self.known.popitem(last=False)
                self.bytes -= _measure(oldest)


def _measure(loaded: tuple[Entry, Content]) -> int:
    return 2_000 + 2 * len(loaded[1].html)
