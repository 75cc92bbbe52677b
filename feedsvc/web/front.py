"""Responses that Flask has made before, repeated as long as their document is true.

Flask stays the reference: the front holds its response to a plain GET or HEAD, and repeats it
for the same address, conditions and codings.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from msgspec import Struct

from feedsvc.site.cache import BoundedCache
from feedsvc.site.documents import CachedDocument
from feedsvc.site.publisher import Publisher

WSGIEnviron = dict[str, Any]
WSGIApplication = Callable[[WSGIEnviron, Callable[..., Any]], Iterable[bytes]]
DocumentReference: TypeAlias = "weakref.ref[CachedDocument]"
MAX_ADDRESSES = 20_000  # spellings; the documents behind them are the document cache's to bound
MAX_RESPONSES_PER_DOCUMENT = 64  # conditions times codings
_ENVIRON_KEY = "feedsvc.repeatable"


class StoredResponse(Struct, frozen=True, kw_only=True):
    """A response of Flask as WSGI has it; *second* is the only one in which it is true, if any."""

    second: int | None
    status: str
    headers: list[tuple[str, str]]
    body: list[bytes]


def offer_to_front(environ: WSGIEnviron, cached: CachedDocument, second: int | None) -> None:
    """Let the front, where there is one, repeat the response that is made of *cached*.

    It is true in *second* only, with None for as long as *cached* is.
    """
    environ[_ENVIRON_KEY] = cached, second


class Front:
    """WSGI middleware before Flask."""

    def __init__(self, application: WSGIApplication, publisher: Publisher) -> None:
        self.application = application
        self.publisher = publisher
        self.documents: BoundedCache[tuple[str, str], DocumentReference] = BoundedCache(
            MAX_ADDRESSES
        )

    def __call__(self, environ: WSGIEnviron, start_response: Callable[..., Any]) -> Iterable[bytes]:
        address = (environ["PATH_INFO"], environ.get("QUERY_STRING", ""))
        reference = self.documents.peek(address)
        cached = reference() if reference is not None else None
        if cached is None:
            return self._call_flask(environ, start_response, address)
        now = self.publisher.clock()
        stored: StoredResponse | None = cached.responses.get(_make_request_key(environ))
        if stored is None or not cached.is_servable(self.publisher.index.refresh(), now):
            return self._call_flask(environ, start_response, address)
        if stored.second is not None and stored.second != int(now):
            return self._call_flask(environ, start_response, address)
        start_response(stored.status, list(stored.headers))
        return stored.body

    def _call_flask(
        self, environ: WSGIEnviron, start_response: Callable[..., Any], address: tuple[str, str]
    ) -> Iterable[bytes]:
        """Return Flask's response, and store it where it is made of a document."""
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self.application(environ, start_response)
        started: list[Any] = []

        def record_start(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
            started[:] = [status, headers]
            return start_response(status, headers, *exc_info)

        result = self.application(environ, record_start)
        if _ENVIRON_KEY not in environ or not started:
            return result
        body = [b"".join(result)]
        if hasattr(result, "close"):
            result.close()
        cached, second = environ[_ENVIRON_KEY]
        if len(cached.responses) >= MAX_RESPONSES_PER_DOCUMENT:
            cached.responses = {}
        status, headers = started
        cached.responses[_make_request_key(environ)] = StoredResponse(
            second=second, status=status, headers=headers, body=body
        )
        self.documents.add(address, weakref.ref(cached))
        return body


def _make_request_key(environ: WSGIEnviron) -> tuple[str | None, ...]:
    """Return all of a request, besides its address, that a response depends on."""
    get = environ.get
    return (
        environ["REQUEST_METHOD"],
        get("HTTP_IF_NONE_MATCH"),
        get("HTTP_IF_MODIFIED_SINCE"),
        get("HTTP_ACCEPT_ENCODING"),
        get("HTTP_UPGRADE_INSECURE_REQUESTS"),
    )
