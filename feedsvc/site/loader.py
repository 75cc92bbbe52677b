"""Turn rows of the index into items: entries with the text of their files, rendered.

A row carries the hash that its entry had when it was indexed. If the file has changed since, its
text does not belong to the row, so the index is asked again. If that does not help, or if the text
cannot be rendered, the entry is shown with its fields and summary alone.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from msgspec import Struct
from msgspec.structs import replace

from feedsvc.content.render import render_content
from feedsvc.errors import EntryChangedError
from feedsvc.file_kinds import get_media_type
from feedsvc.index import EntryKey, EntryRow, FileRow, LinkAddresses, Translation
from feedsvc.memo import BoundedCache
from feedsvc.model import Content, Entry, Item
from feedsvc.reading import make_resolver, read_files, read_packed_entry, unpack_fields
from feedsvc.settings import Settings
from feedsvc.urls import join_url

log = logging.getLogger(__name__)
MAX_CACHE_BYTES = 12 * 1024 * 1024
BATCH_SIZE = 25  # entries read before they are rendered
MAX_UNREAD_PATHS = 10_000  # remembered at most
MAX_LOGGED_FACTS = 20_000


class LoadedItems(Struct, frozen=True, kw_only=True):
    """Items in the order of their rows; None where the index has nothing to show of an entry."""

    items: tuple[Item | None, ...]
    is_provisional: bool  # a file could not be read, so that there is more to show when it can


class EntryLoader:
    """Reads and renders entries by path and hash, and holds the most recently used."""

    def __init__(self, settings: Settings, max_bytes: int = MAX_CACHE_BYTES) -> None:
        self.settings = settings
        self.loaded: BoundedCache[EntryKey, Item] = BoundedCache(
            max_bytes, lambda _, item: 2_000 + 2 * len(item.content.html)
        )
        self.unread_paths: set[str] = set()  # of files that were waited for in vain
        self.logged: set[tuple[str, ...]] = set()  # facts that the log has named

    def note_once(self, *fact: str) -> bool:
        """Note *fact* for the log; return whether it is new. Beyond a bound none is."""
        is_new = fact not in self.logged and len(self.logged) < MAX_LOGGED_FACTS
        if is_new:
            self.logged.add(fact)
        return is_new

    def load_entries(
        self,
        rows: Sequence[EntryRow | FileRow],
        packed: Mapping[str, bytes],
        links: LinkAddresses,
        *,
        accepts_unread: bool = False,
    ) -> LoadedItems:
        """Return the items of *rows*, from their *packed* form where it is given.

        Both *packed* and *links*, which has where links to entries lead, are by path. Raises
        EntryChangedError where a file is not what was indexed any more, unless *accepts_unread*:
        then, and from then on, what the index has of its entry is shown.
        """
        keys = [EntryKey(row.path, row.hash, links.get(row.path, ())) for row in rows]
        found = {key: item for key in keys if (item := self.loaded.get(key)) is not None}
        missing = [key for key in keys if key not in found]
        # a batch is read, and then all of it rendered: what a step needs stays in the
        # processor's caches
        is_provisional = False
        for start in range(0, len(missing), BATCH_SIZE):
            batch = missing[start : start + BATCH_SIZE]
            entries = self._read_entries(batch, packed)
            for key, entry in entries.items():
                found[key] = self.render_item(key, entry)
                self.loaded.add(key, found[key])
            unread = [key for key in batch if key not in entries]
            self._note_unread(entries, unread, accepts_unread=accepts_unread)
            is_provisional = is_provisional or bool(unread)
            for key in unread:
                if packed.get(key.path):
                    fields = unpack_fields(key.path, packed[key.path], self.settings.site.url)
                    found[key] = _make_item_without_text(fields)
        return LoadedItems(items=tuple(map(found.get, keys)), is_provisional=is_provisional)

    def _note_unread(
        self, read: Iterable[EntryKey], unread: Sequence[EntryKey], *, accepts_unread: bool
    ) -> None:
        """Raise EntryChangedError for the first of *unread* that is still to be waited for."""
        if self.unread_paths:
            self.unread_paths.difference_update(key.path for key in read)
        for key in unread:
            if key.path in self.unread_paths:
                continue
            if not accepts_unread:
                raise EntryChangedError(key.path)
            if len(self.unread_paths) >= MAX_UNREAD_PATHS:
                self.unread_paths.clear()
            self.unread_paths.add(key.path)
            log.warning("%s cannot be read: its entry is shown without its text", key.path)

    def render_item(self, key: EntryKey, entry: Entry) -> Item:
        """Return *entry* with its text rendered; it stands under *key*, which has its links."""
        urls = {reference: self._make_url(address) for reference, address in key.links}
        resolver = make_resolver(self.settings.entries, entry, self.settings, urls)
        try:
            content = render_content(entry, resolver)
        except Exception:
            # a part of the boundary at documents: a defect costs a text, not all that show it
            log.exception("%s: the text cannot be rendered, and is left out", key.path)
            return _make_item_without_text(entry)
        if content.is_plain:
            log.warning("%s is shown as plain text: its markup is too much to render", key.path)
        image = content.image
        if image is not None and not image.type:  # on another site
            image = replace(image, type=get_media_type(re.split("[?#]", image.url)[0]))
        return Item(entry=replace(entry, body=""), content=replace(content, image=image))

    def _make_url(self, address: str) -> str:
        return join_url(self.settings.site.url, address) if address.startswith("/") else address

    def _read_entries(
        self, keys: Sequence[EntryKey], packed: Mapping[str, bytes]
    ) -> dict[EntryKey, Entry]:
        """Return those of *keys* whose files are what was indexed."""
        root, site = self.settings.entries, self.settings.site.url
        found = {
            key: read_packed_entry(root, key.path, packed[key.path], site)
            if packed.get(key.path)
            else None
            for key in keys
        }
        entries = {key: entry for key, entry in found.items() if entry is not None}
        unpacked = [key for key in keys if key not in entries]
        readings = read_files(root, (key.path for key in unpacked), self.settings)
        for key, reading in zip(unpacked, readings, strict=True):
            if reading.entry is not None and reading.content_hash == key.hash:
                entries[key] = reading.entry
        return entries


def _make_item_without_text(entry: Entry) -> Item:
    html = f"<p>{escape(entry.summary, quote=False)}</p>" if entry.summary else ""
    content = Content(html=html, summary=entry.summary)
    return Item(entry=replace(entry, body="", summary_only=True), content=content)


def link_translations(item: Item, translations: Iterable[Translation], url: str) -> Item:
    """Return *item* with the URLs of its other languages; *url* is the site's."""
    others = tuple(
        (language, join_url(url, path))
        for language, path in translations
        if language != item.entry.language
    )
    return replace(item, translations=others) if others else item
