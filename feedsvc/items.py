"""Rows of the index become items: each entry read again from its file, with its body rendered.

A row carries the hash that its entry had when it was indexed. A file that has
changed since is not shown as something it no longer is: the index is asked again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import TypeAlias

from feedsvc.errors import FeedsvcError
from feedsvc.model import Content, Entry
from feedsvc.reading import make_resolver, read_entries
from feedsvc.reading.markup import render_content
from feedsvc.settings import Settings

MOST_BYTES = 12 * 1024 * 1024
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

    def __init__(self, settings: Settings, most_bytes: int = MOST_BYTES) -> None:
        self.settings = settings
        self.root = settings.entries
        self.most_bytes = most_bytes
        self.bytes = 0
        self.known: OrderedDict[tuple[str, bytes], Loaded] = OrderedDict()
        self.lock = threading.Lock()

    def load(self, path: str, digest: bytes) -> Loaded:
        """The entry at *path* as it was indexed with *digest*; raises EntryChangedError where it is not so any more."""
        return self.load_all([(path, digest)])[0]

    def load_all(self, wanted: Sequence[tuple[str, bytes]]) -> list[Loaded]:
        """The entry of each path and digest; what is not kept is read together, which is quicker."""
        with self.lock:
            found = {key: self.known[key] for key in wanted if key in self.known}
            for key in found:
                self.known.move_to_end(key)
        missing = dict.fromkeys(key for key in wanted if key not in found)
        readings = read_entries(self.root, (path for path, _ in missing), self.settings)
        for key, reading in zip(missing, readings, strict=True):
            if reading.entry is None or reading.hash != key[1]:
                raise EntryChangedError(key[0])
            content = render_content(reading.entry, make_resolver(self.root, reading.entry, self.settings))
            found[key] = reading.entry._replace(body=""), content
            self._keep(key, found[key])
        return [found[key] for key in wanted]

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
