"""A recipe: how a document is made, and the fingerprint of all its inputs."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TypeAlias

from msgspec import Struct

from feedsvc.index import (
    FRONT_KEY,
    EntryRow,
    FileRow,
    IndexClient,
    LinkAddresses,
    Queries,
    make_key_header,
)
from feedsvc.model import Channel, Item, Pairs
from feedsvc.settings import Settings
from feedsvc.site.loader import EntryLoader, LoadedItems

log = logging.getLogger(__name__)
RenderItems: TypeAlias = Callable[[tuple[Item, ...]], bytes]


class Rendering(Struct, frozen=True, kw_only=True):
    """A document's body, and the latest second that its entries name."""

    body: bytes
    modified: int | None
    is_provisional: bool = False  # unreadable files are left out: do not hold it for long


class Recipe(Struct, frozen=True, kw_only=True):
    """How to make a document; equal fingerprints have equal bytes."""

    media_type: str
    fingerprint: bytes
    render: Callable[[], Rendering]
    max_age: int  # seconds
    shared_max_age: int  # seconds, in caches that many clients share
    next_change: int | None  # the second of the next scheduled change
    headers: Pairs


class RecipeContext(Struct, frozen=True, kw_only=True):
    """The inputs of recipes other than the address."""

    settings: Settings
    fingerprint: bytes  # of the settings and this version
    channel: Channel  # of everything
    index: IndexClient
    loader: EntryLoader
    now: int  # seconds; decides what is public
    accepts_unread: bool = False  # do not wait again for a file that cannot be read

    @property
    def url(self) -> str:
        """The site's URL, which ends in "/"."""
        return self.settings.site.url

    def open_snapshot(self, *, shows_scheduled: bool = False) -> AbstractContextManager[Queries]:
        """Return the index in one consistent state; see `Queries` for *shows_scheduled*."""
        return self.index.open_snapshot(self.now, shows_scheduled=shows_scheduled)

    def load_entries(
        self,
        rows: Sequence[EntryRow | FileRow],
        packed: Mapping[str, bytes],
        links: LinkAddresses,
    ) -> LoadedItems:
        """Return the items of *rows*; see `EntryLoader`."""
        return self.loader.load_entries(rows, packed, links, accepts_unread=self.accepts_unread)

    def render_items(self, items: Sequence[Item], render: RenderItems, what: str) -> bytes:
        """Return the result of *render* for *items*, without those for which it fails.

        *what* is for the log. Raises what *render* does where no item is to blame: it fails
        without any, or with each of several.
        """
        try:
            return render(tuple(items))
        except Exception:
            # after a failure, render items one by one: a defect costs one item, not all
            sound = tuple(item for item in items if self._is_renderable(item, render, what))
            if len(items) > 1 and not sound:
                raise
            return render(sound)

    def _is_renderable(self, item: Item, render: RenderItems, what: str) -> bool:
        """Return whether *render* succeeds for *item* alone; log each failure once."""
        try:
            render((item,))
        except Exception as error:
            if self.loader.note_once(item.entry.path, repr(error)):
                log.exception("%s cannot be rendered, and is left out of %s", item.entry.path, what)
            return False
        return True

    def make_recipe(
        self,
        media_type: str,
        facts: object,
        render: Callable[[], Rendering],
        *,
        next_change: int | None = None,
        max_age: int | None = None,
        headers: Pairs = (),
        keys: Iterable[str] | None = (FRONT_KEY,),
    ) -> Recipe:
        """Return the recipe of what *facts*, the settings and this version determine.

        *keys* are the surrogate keys under which a cache drops it, None where none may hold it.
        """
        # a preview marks entries that are not yet public: it is valid until the next change
        due = (next_change,) if self.settings.preview else ()
        return Recipe(
            media_type=media_type,
            fingerprint=make_fingerprint(self.fingerprint, media_type, facts, *due),
            render=render,
            max_age=self.settings.feeds.max_age if max_age is None else max_age,
            shared_max_age=self.settings.feeds.shared_age,
            next_change=next_change,
            headers=headers
            + make_key_header(
                self.settings.push.surrogate_keys if keys is not None else "", keys or ()
            ),
        )


MakeRecipe: TypeAlias = Callable[[RecipeContext], Recipe]  # what an address stands for


def make_fingerprint(*facts: object) -> bytes:
    """Return a digest of *facts*; their `repr` must differ if they do."""
    text = repr(facts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=16).digest()
