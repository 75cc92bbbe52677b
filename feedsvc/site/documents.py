"""Finished documents: bytes, validators and codings, made once and held while valid.

A document is valid as long as its inputs are the same: when the index or the clock has moved,
its recipe's fingerprint is compared, and it is rendered again only if that differs.
"""

from __future__ import annotations

import gzip
import hashlib
import logging
import threading
import time
from collections.abc import Callable, Hashable
from itertools import chain
from typing import Any

import brotli
from msgspec import Struct, field
from msgspec.structs import replace
from werkzeug.exceptions import HTTPException

from feedsvc.errors import EntryChangedError
from feedsvc.index import zstd
from feedsvc.memo import BoundedCache
from feedsvc.model import Pairs
from feedsvc.site.recipes import Recipe

log = logging.getLogger(__name__)
MAX_CACHE_BYTES = 24 * 1024 * 1024
DOCUMENT_BYTES = 6_000  # of a document beside its texts, as measured
MAX_RESPONSES_PER_DOCUMENT = 64  # conditions times codings
PROVISIONAL_SECONDS = 2  # how long a document with unreadable files left out is held
MIN_CODED_BYTES = 500  # a smaller body fits one packet as it is
# While one thread renews a document the others get its last bytes, but for no longer than this
# after they were last known to be true: no two workers disagree for longer.
STALE_WHILE_REVALIDATE_SECONDS = 0.1
RENDER_LOCK_TIMEOUT_SECONDS = 10.0  # for another thread to render the same document
ENCODERS: dict[str, Callable[[bytes], bytes]] = {  # by content coding, the best first
    "br": lambda body: brotli.compress(body, quality=5),
    "zstd": lambda body: zstd.compress(body, level=9),
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),  # mtime=0 keeps the bytes the same
}


class Document(Struct, frozen=True, kw_only=True):
    """One finished answer."""

    media_type: str
    body: bytes
    etag: str  # without W/ and quotes; a hash of the body
    modified: int | None  # seconds
    headers: Pairs
    max_age: int  # seconds
    shared_max_age: int  # seconds, in caches that many clients share
    next_change: int | None  # the second of the next scheduled change
    fingerprint: bytes


class CachedDocument(Struct, kw_only=True, eq=False, weakref=True):
    """A document and what changes while it is held."""

    key: str  # its canonical address
    document: Document
    token: int  # of the index at the last comparison
    since: int  # second of that comparison; a clock set back requires another
    stale_until: float = 0.0  # by time.monotonic: until then others do not wait for its renewal
    unread_since: float | None = None  # the same: since when a file keeps it from being renewed
    responses: dict[Hashable, Any] = field(default_factory=dict)  # Flask's, by request
    response_bytes: int = 0
    encoded_bodies: dict[str, bytes] = field(default_factory=dict)

    @property
    def memory_bytes(self) -> int:
        """Upper bound in bytes: all codings together are smaller than the body."""
        headers = sum(map(len, chain.from_iterable(self.document.headers)))
        own = 2 * len(self.document.body) + headers + 2 * len(self.key) + DOCUMENT_BYTES
        return own + self.response_bytes

    @property
    def codings(self) -> tuple[str, ...]:
        """Content codings to choose from, the best first."""
        return tuple(ENCODERS) if len(self.document.body) >= MIN_CODED_BYTES else ()

    def encode(self, coding: str) -> bytes:
        """Return the body in *coding*, "" for none; each is made at its first use."""
        if not coding:
            return self.document.body
        encoded = self.encoded_bodies.get(coding)
        if encoded is None:
            encoded = self.encoded_bodies[coding] = ENCODERS[coding](self.document.body)
        return encoded

    def is_servable(self, token: int, now: float) -> bool:
        """Whether nothing has happened since the last comparison, or one is under way."""
        next_change = self.document.next_change
        return (
            (self.token == token or time.monotonic() < self.stale_until)
            and self.since <= now
            and (next_change is None or now < next_change)
        )


class DocumentCache:
    """The documents of one process, by canonical address.

    *get_token_time* returns when a token of the index was last the present one, by
    `time.monotonic`.
    """

    def __init__(
        self,
        get_token_time: Callable[[int], float] = lambda _: 0.0,
    ) -> None:
        self.get_token_time = get_token_time
        self.documents: BoundedCache[str, CachedDocument] = BoundedCache(
            MAX_CACHE_BYTES, lambda _, cached: cached.memory_bytes
        )
        # of a document's media type and the seconds that its rendering took
        self.report_rendering: Callable[[str, float], None] | None = None
        self.lock = threading.Lock()
        self.render_locks: dict[str, threading.Lock] = {}

    def get(self, key: str, token: int, now: float, make: Callable[[], Recipe]) -> CachedDocument:
        """Return the valid document of *key*; one thread renders it, the others wait.

        Raises what *make* and its recipe raise if there are no last good bytes.
        """
        cached = self.documents.get(key)
        if cached is not None and cached.is_servable(token, now):
            return cached
        with self.lock:
            render_lock = self.render_locks.setdefault(key, threading.Lock())
        acquired = render_lock.acquire(timeout=RENDER_LOCK_TIMEOUT_SECONDS)
        try:
            cached = self.documents.get(key)
            if cached is not None and (cached.is_servable(token, now) or not acquired):
                return cached
            return self._revalidate(key, token, now, cached, make)
        finally:
            if acquired:
                render_lock.release()
            with self.lock:
                if not render_lock.locked():
                    self.render_locks.pop(key, None)

    def add_response(
        self, cached: CachedDocument, request_key: Hashable, response: object, size: int
    ) -> None:
        """Hold a response of *size* bytes that is made of *cached*, as long as that is held."""
        if len(cached.responses) >= MAX_RESPONSES_PER_DOCUMENT:
            cached.responses, cached.response_bytes = {}, 0
        cached.responses[request_key] = response
        cached.response_bytes += size
        if self.documents.peek(cached.key) is cached:
            self.documents.add(cached.key, cached)  # it has grown

    def _revalidate(
        self,
        key: str,
        token: int,
        now: float,
        last: CachedDocument | None,
        make: Callable[[], Recipe],
    ) -> CachedDocument:
        since = int(now)
        if last is not None:
            last.stale_until = self.get_token_time(last.token) + STALE_WHILE_REVALIDATE_SECONDS
        try:
            recipe = make()
        except HTTPException:  # withdrawn, hidden or moved: do not send its last bytes
            if last is not None:
                last.stale_until = 0.0
            raise
        if last is not None and last.document.fingerprint == recipe.fingerprint:
            return self._extend(key, last, recipe, token, since)
        try:
            document = self._render(recipe, now)
        except EntryChangedError:
            raise  # no defect: the index is about to hear of that file, and is asked again
        except Exception:
            # the other boundary: a defect of ours keeps this document's last good bytes
            log.exception(
                "%s could not be rendered%s", key, ", its last good bytes stay" if last else ""
            )
            if last is None:
                raise
            return self._extend(key, last, recipe, token, since)
        cached = CachedDocument(key=key, document=document, token=token, since=since)
        self.documents.add(key, cached)
        return cached

    def _render(self, recipe: Recipe, now: float) -> Document:
        began = time.perf_counter()
        document = render_document(recipe, now)
        if self.report_rendering is not None:
            self.report_rendering(document.media_type, time.perf_counter() - began)
        return document

    def _extend(
        self, key: str, last: CachedDocument, recipe: Recipe, token: int, since: int
    ) -> CachedDocument:
        """Return the bytes of *last* with the validity of *recipe*."""
        document = replace(
            last.document,
            max_age=recipe.max_age,
            shared_max_age=recipe.shared_max_age,
            next_change=recipe.next_change,
        )
        if document == last.document:
            last.token, last.since, last.stale_until = token, since, 0.0
            last.unread_since = None
            return last
        # another object: the responses of the last one state the old validity
        cached = CachedDocument(
            key=key,
            document=document,
            token=token,
            since=since,
            encoded_bodies=last.encoded_bodies,
        )
        self.documents.add(key, cached)
        return cached


def make_etag(body: bytes) -> str:
    """Return a hash of *body* in hexadecimal digits, without W/ and quotes."""
    return hashlib.sha256(body).hexdigest()[:32]  # most processors have instructions for it


def render_document(recipe: Recipe, now: float) -> Document:
    """Return the document of *recipe*, for a while only where a file could not be read *now*."""
    rendering = recipe.render()
    body = rendering.body
    document = Document(
        media_type=recipe.media_type,
        body=body,
        etag=make_etag(body),
        modified=rendering.modified,
        headers=recipe.headers,
        max_age=recipe.max_age,
        shared_max_age=recipe.shared_max_age,
        next_change=recipe.next_change,
        fingerprint=recipe.fingerprint,
    )
    if not rendering.is_provisional:
        return document
    # its fingerprint is that of the whole document: without it nothing takes one for the other
    return replace(
        document,
        max_age=PROVISIONAL_SECONDS,
        shared_max_age=PROVISIONAL_SECONDS,
        next_change=min(filter(None, (recipe.next_change, int(now) + PROVISIONAL_SECONDS))),
        fingerprint=b"",
    )
