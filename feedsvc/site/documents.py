"""Finished answers: bytes, validators and codings, made once and kept while they are true.

A document stays as long as what went into it is the same: its recipe's
fingerprint is compared whenever the index or the clock has moved, and only a
different one is rendered. The memory for them is bounded; the least recently
used go first.
"""

from __future__ import annotations

import gzip
import hashlib
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import brotli
import zstandard
from msgspec import Struct

from feedsvc.errors import EntryChangedError

log = logging.getLogger(__name__)
MAX_CACHE_BYTES = 24 * 1024 * 1024
STALE_WHILE_REVALIDATE_SECONDS = 0.08  # seconds that others get the last bytes while one thread renews them: a change is out within 100 ms
ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda body: brotli.compress(body, quality=5),
    "zstd": lambda body: zstandard.ZstdCompressor(level=9).compress(body),
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),  # mtime=0 keeps the bytes the same
}
RENDER_LOCK_TIMEOUT_SECONDS = 10.0  # seconds for another thread's rendering of the same document


class Rendering(NamedTuple):
    """What a recipe makes: the body, and the latest second that its entries tell of."""

    body: bytes
    modified: int | None = None


class Recipe(Struct, frozen=True, kw_only=True):
    """How to make a document, and the fingerprint of everything that goes into it."""

    media_type: str
    fingerprint: bytes
    render: Callable[[], Rendering]
    status: int = 200
    max_age: int = 300  # seconds
    until: int | None = None  # the second of the next scheduled change
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True, kw_only=True)
class Document:
    """One finished answer; *answers* holds what the front has seen Flask say of it."""

    status: int
    media_type: str
    body: bytes
    etag: str  # without W/ and quotes; a hash of the body
    modified: int | None
    headers: tuple[tuple[str, str], ...]
    max_age: int
    fingerprint: bytes
    until: int | None = None
    token: int = -1
    stale_until: float = (
        0.0  # by time.monotonic; until then the others need not wait for who renews it
    )
    cached_responses: dict[Hashable, Any] = field(default_factory=dict)
    encoded_bodies: dict[str, bytes] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes in memory at most: all codings together are smaller than the body."""
        return 2 * len(self.body) + 2_000

    @property
    def codings(self) -> tuple[str, ...]:
        """Codings to choose from, the best first; none for what a packet holds as it is."""
        return tuple(ENCODERS) if len(self.body) >= 500 else ()

    def encode(self, coding: str) -> bytes:
        """The body in *coding*, "" for none; made when somebody first asks for it."""
        if not coding:
            return self.body
        coded = self.encoded_bodies.get(coding)
        if coded is None:
            coded = self.encoded_bodies[coding] = ENCODERS[coding](self.body)
        return coded

    def is_servable(self, token: int, now: float) -> bool:
        """Whether nothing has happened since it was last compared with the index, or a thread is just comparing."""
        return (self.token == token or time.monotonic() < self.stale_until) and (
            self.until is None or now < self.until
        )


def make_document(recipe: Recipe, rendered: Rendering) -> Document:
    """The document of *rendered*."""
    return Document(
        status=recipe.status,
        media_type=recipe.media_type,
        body=rendered.body,
        etag=hashlib.sha256(rendered.body).hexdigest()[
            :32
        ],  # for which most processors have instructions
        modified=rendered.modified,
        headers=recipe.headers,
        max_age=recipe.max_age,
        fingerprint=recipe.fingerprint,
    )


class DocumentCache:
    """The documents of one process, by canonical address."""

    def __init__(self, most_bytes: int = MAX_CACHE_BYTES) -> None:
        self.max_bytes = most_bytes
        self.known: OrderedDict[Hashable, Document] = OrderedDict()
        self.used_bytes = 0
        self.lock = threading.Lock()
        self.render_locks: dict[Hashable, threading.Lock] = {}

    def get(self, key: Hashable, token: int, now: float, make: Callable[[], Recipe]) -> Document:
        """The true document of *key*; one thread renders it, the others wait for that one."""
        document = self.known.get(key)
        if document is not None and document.is_servable(token, now):
            self._mark_used(key)
            return document
        with self.lock:
            turn = self.render_locks.setdefault(key, threading.Lock())
        taken = turn.acquire(timeout=RENDER_LOCK_TIMEOUT_SECONDS)
        try:
            document = self.known.get(key)
            if document is not None and (document.is_servable(token, now) or not taken):
                return document
            return self._revalidate(key, token, document, make)
        finally:
            if taken:
                turn.release()
            with self.lock:
                if not turn.locked():
                    self.render_locks.pop(key, None)

    def _revalidate(
        self, key: Hashable, token: int, last: Document | None, make: Callable[[], Recipe]
    ) -> Document:
        if last is not None:
            last.stale_until = time.monotonic() + STALE_WHILE_REVALIDATE_SECONDS
        recipe = make()
        if last is not None and last.fingerprint == recipe.fingerprint:
            if (last.max_age, last.until) != (recipe.max_age, recipe.until):
                last.max_age, last.until, last.cached_responses = recipe.max_age, recipe.until, {}
            last.token, last.stale_until = token, 0.0
            return last
        try:
            document = make_document(recipe, recipe.render())
        except EntryChangedError:
            raise  # no defect: the index is about to hear of that file, and is asked again
        except Exception:
            # the other boundary: a defect of ours keeps this document's last good bytes
            log.exception(
                "%s could not be rendered%s", key, ", its last good bytes stay" if last else ""
            )
            if last is None:
                raise
            last.until, last.token, last.cached_responses = recipe.until, token, {}
            return last
        document.until, document.token = recipe.until, token
        self._add_to_cache(key, document)
        return document

    def _mark_used(self, key: Hashable) -> None:
        with suppress(KeyError):  # another thread may just have let it go
            self.known.move_to_end(key)

    def _add_to_cache(self, key: Hashable, document: Document) -> None:
        with self.lock:
            last = self.known.pop(key, None)
            self.known[key] = document
            self.used_bytes += document.size - (last.size if last else 0)
            while self.used_bytes > self.max_bytes and len(self.known) > 1:
                _, oldest = self.known.popitem(last=False)
                self.used_bytes -= oldest.size
