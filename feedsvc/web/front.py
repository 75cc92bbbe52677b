"""Answers a request that Flask has answered before, as long as its document is still true.

Flask stays the reference: the front only remembers what it said to a plain GET
or HEAD with the same condition and codings, and says it again.
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


class RepeatableResponse(Struct, frozen=True, kw_only=True):
    """What a view leaves in the request's environ: the document that its response is made of."""

    cached: CachedDocument
    second: int | None  # the only one in which the response is true; None for as long as *cached*


def offer_to_front(environ: WSGIEnviron, response: RepeatableResponse) -> None:
    """Let the front, where there is one, repeat the response to the request of *environ*."""
    environ[_ENVIRON_KEY] = response


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
        answer = cached.responses.get(_make_request_key(environ))
        if answer is None or not cached.is_servable(self.publisher.index.refresh(), now):
            return self._call_flask(environ, start_response, address)
        second, status, headers, body = answer
        if second is not None and second != int(now):
            return self._call_flask(environ, start_response, address)
        start_response(status, list(headers))
        return body  # type: ignore[no-any-return]

    def _call_flask(
        self, environ: WSGIEnviron, start_response: Callable[..., Any], address: tuple[str, str]
    ) -> Iterable[bytes]:
        """Lets Flask answer, and remembers the answer where it belongs to a document."""
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self.application(environ, start_response)
        said: list[Any] = []

        def listen(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            said[:] = [status, headers]
            return (
                start_response(status, headers, exc_info)
                if exc_info
                else start_response(status, headers)
            )

        result = self.application(environ, listen)
        repeatable: RepeatableResponse | None = environ.get(_ENVIRON_KEY)
        if repeatable is None or not said:
            return result
        body = [b"".join(result)]
        if hasattr(result, "close"):
            result.close()
        cached = repeatable.cached
        if len(cached.responses) >= MAX_RESPONSES_PER_DOCUMENT:
            cached.responses = {}
        cached.responses[_make_request_key(environ)] = (repeatable.second, *said, body)
        self.documents.add(address, weakref.ref(cached))
        return body


def _make_request_key(environ: WSGIEnviron) -> tuple[Any, ...]:
    """All of a request, besides its address, that an answer depends on."""
    get = environ.get
    return (
        environ["REQUEST_METHOD"],
        get("HTTP_IF_NONE_MATCH"),
        get("HTTP_IF_MODIFIED_SINCE"),
        get("HTTP_ACCEPT_ENCODING"),
        get("HTTP_UPGRADE_INSECURE_REQUESTS"),
    )
