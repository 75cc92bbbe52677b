"""Rows of the index become items: each entry with the text of its file, rendered.

A row carries the hash that its entry had when it was indexed. A file that has changed
since is not shown as something it no longer is: the index is asked again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from feedsvc.content.render import render_content
from feedsvc.errors import EntryChangedError
from feedsvc.index import EntryKey, EntryRow, FileRow, LinkAddress, Translation
from feedsvc.model import Entry, Item
from feedsvc.reading import make_resolver, read_files, read_packed_entry
from feedsvc.settings import Settings
from feedsvc.site.cache import BoundedCache
from feedsvc.urls import join_url

MAX_CACHE_BYTES = 12 * 1024 * 1024
BATCH_SIZE = 25  # entries that are read before they are rendered


class EntryLoader:
    """Reads and renders entries by path and hash, and holds the most recently used."""

    def __init__(self, settings: Settings, max_bytes: int = MAX_CACHE_BYTES) -> None:
        self.settings = settings
        self.loaded: BoundedCache[EntryKey, Item] = BoundedCache(max_bytes, _estimate_bytes)

    def load_entries(
        self,
        rows: Sequence[EntryRow | FileRow],
        packed: Mapping[str, bytes],
        links: Mapping[str, tuple[LinkAddress, ...]],
    ) -> list[Item]:
        """Return the items of *rows*, from their *packed* form where it is given.

        Both *packed* and *links*, which has where links to entries lead, are by path.
        Raises EntryChangedError where a file is not what was indexed any more.
        """
        keys = [EntryKey(row.path, row.hash, links.get(row.path, ())) for row in rows]
        found = {key: item for key in keys if (item := self.loaded.get(key)) is not None}
        missing = [key for key in keys if key not in found]
        # a batch is read, and then all of it rendered: what a step needs stays in the
        # processor's caches
        for start in range(0, len(missing), BATCH_SIZE):
            entries = self._read_entries(missing[start : start + BATCH_SIZE], packed)
            for key, entry in entries.items():
                urls = {reference: self._make_url(address) for reference, address in key.links}
                resolver = make_resolver(self.settings.entries, entry, self.settings, urls)
                content = render_content(entry, resolver)
                found[key] = Item(entry=replace(entry, body=""), content=content)
                self.loaded.add(key, found[key])
        return [found[key] for key in keys]

    def _make_url(self, address: str) -> str:
        return join_url(self.settings.site.url, address) if address.startswith("/") else address

    def _read_entries(
        self, keys: Sequence[EntryKey], packed: Mapping[str, bytes]
    ) -> dict[EntryKey, Entry]:
        root = self.settings.entries
        found = {
            key: read_packed_entry(root, key.path, packed[key.path])
            if packed.get(key.path)
            else None
            for key in keys
        }
        entries = {key: entry for key, entry in found.items() if entry is not None}
        unpacked = [key for key in keys if key not in entries]
        readings = read_files(root, (key.path for key in unpacked), self.settings)
        for key, reading in zip(unpacked, readings, strict=True):
            if reading.entry is None or reading.content_hash != key.hash:
                raise EntryChangedError(key.path)
            entries[key] = reading.entry
        return entries


def link_translations(item: Item, translations: Iterable[Translation], url: str) -> Item:
    """Return *item* with the URLs of its other languages; *url* is the site's."""
    own = item.entry.permalink_path
    others = tuple(
        (language, join_url(url, path)) for language, path in translations if path != own
    )
    return replace(item, translations=others) if others else item


def _estimate_bytes(item: Item) -> int:
    return 2_000 + 2 * len(item.content.html)
