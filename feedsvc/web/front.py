"""Responses that Flask has made before, repeated as long as their document is true.

Flask stays the reference: the front holds its response to a plain GET or HEAD, and repeats it
for the same address, conditions and codings. It stands only before an application that is ours
alone: where somebody has added a hook (a password, a cookie, a counter) it holds nothing, nor does
it ever hold a response that is one client's.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeAlias

import flask
from flask import Flask
from msgspec import Struct

from feedsvc.site.cache import BoundedCache
from feedsvc.site.documents import CachedDocument

if TYPE_CHECKING:
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
    """WSGI middleware before *app*, which `create_app` has made."""

    def __init__(self, app: Flask) -> None:
        self.application: WSGIApplication = app.wsgi_app
        self.publisher: Publisher = app.extensions["feedsvc"]
        self._app = app
        self._own_functions = _list_functions(app)
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
        status, headers = started
        if not _is_for_everybody(headers) or _list_functions(self._app) != self._own_functions:
            return body
        cached, second = environ[_ENVIRON_KEY]
        if len(cached.responses) >= MAX_RESPONSES_PER_DOCUMENT:
            cached.responses = {}
        cached.responses[_make_request_key(environ)] = StoredResponse(
            second=second, status=status, headers=headers, body=body
        )
        self.documents.add(address, weakref.ref(cached))
        return body


def _list_functions(app: Flask) -> list[object]:
    """Return what Flask calls for a request to *app*: hooks, views, listeners of its signals."""
    hooks = (
        app.before_request_funcs,
        app.after_request_funcs,
        app.teardown_request_funcs,
        app.url_value_preprocessors,
    )
    signals = (flask.request_started, flask.request_finished, flask.request_tearing_down)
    return [
        *chain.from_iterable(chain.from_iterable(hook.values()) for hook in hooks),
        *app.teardown_appcontext_funcs,
        *app.view_functions.values(),
        *chain.from_iterable(signal.receivers for signal in signals),
    ]


def _is_for_everybody(headers: Iterable[tuple[str, str]]) -> bool:
    """Whether a response with *headers* is the same for all clients that accept its coding."""
    for name, value in headers:
        match name.lower():
            case "set-cookie":
                return False
            case "vary" if value != "Accept-Encoding":
                return False
            case "cache-control" if "private" in value or "no-store" in value:
                return False
    return True


def _make_request_key(environ: WSGIEnviron) -> tuple[str | None, ...]:
    """Return all of a request, besides its address, that a response depends on."""
    get = environ.get
    return (
        environ["REQUEST_METHOD"],
        get("HTTP_IF_NONE_MATCH"),
        get("HTTP_IF_MODIFIED_SINCE"),
        get("HTTP_ACCEPT_ENCODING"),
        get("HTTP_UPGRADE_INSECURE_REQUESTS"),  # a browser's request for a feed is not repeated
    )
