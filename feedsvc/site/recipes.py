"""A recipe: how a document is made, and the fingerprint of everything that goes into it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeAlias

from msgspec import Struct

from feedsvc.index import IndexClient, Queries
from feedsvc.settings import Settings
from feedsvc.site.loader import EntryLoader

Rendering: TypeAlias = tuple[bytes, int | None]  # body, latest second that its entries name


class Recipe(Struct, frozen=True, kw_only=True):
    """How to make a document; equal fingerprints have equal bytes."""

    media_type: str
    fingerprint: bytes
    render: Callable[[], Rendering]
    max_age: int  # seconds
    shared_max_age: int  # seconds, in caches that many clients share
    next_change: int | None  # the second of the next scheduled change
    headers: tuple[tuple[str, str], ...]


class RecipeContext(Struct, frozen=True, kw_only=True):
    """What recipes are made from, besides what an address names."""

    settings: Settings
    fingerprint: bytes  # of the settings and this version
    index: IndexClient
    loader: EntryLoader
    now: int  # seconds; decides what is public

    @property
    def url(self) -> str:
        """The site's URL, which ends in "/"."""
        return self.settings.site.url

    def open_snapshot(self) -> AbstractContextManager[Queries]:
        """Return the index in one consistent state."""
        return self.index.open_snapshot(self.now)

    def make_recipe(
        self,
        media_type: str,
        facts: object,
        render: Callable[[], Rendering],
        *,
        next_change: int | None = None,
        max_age: int | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> Recipe:
        """Return the recipe of what *facts*, the settings and this version determine."""
        return Recipe(
            media_type=media_type,
            fingerprint=make_fingerprint(self.fingerprint, media_type, facts),
            render=render,
            max_age=self.settings.feeds.max_age if max_age is None else max_age,
            shared_max_age=self.settings.feeds.shared_age,
            next_change=next_change,
            headers=headers,
        )


def make_fingerprint(*facts: object) -> bytes:
    """Return a digest of *facts*, whose `repr` must say all that tells them apart."""
    text = repr(facts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=16).digest()
