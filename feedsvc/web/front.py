"""Repeats earlier responses of Flask as long as their document is valid.

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

from feedsvc.memo import BoundedCache
from feedsvc.site.documents import CachedDocument

if TYPE_CHECKING:
    from feedsvc.site.publisher import Publisher
    from feedsvc.web.metrics.counters import Counters

WSGIEnviron = dict[str, Any]
WSGIApplication = Callable[[WSGIEnviron, Callable[..., Any]], Iterable[bytes]]
DocumentReference: TypeAlias = "weakref.ref[CachedDocument]"
# of all spellings of addresses; the documents behind them are the document cache's to bound
MAX_ADDRESS_BYTES = 4 * 1024 * 1024
# of an address, and of a response with its key, beside their texts, as measured
ADDRESS_BYTES, RESPONSE_BYTES = 400, 2_500
# in the environment of a request: what may be repeated; under which key it was counted
REPEATABLE_KEY, COUNT_KEY = "feedsvc.repeatable", "feedsvc.count"


class StoredResponse(Struct, frozen=True, kw_only=True):
    """A response of Flask as WSGI has it, and from when to when it is true, in seconds."""

    since: float
    until: float
    status: str
    headers: list[tuple[str, str]]
    body: list[bytes]
    count_key: str


def offer_to_front(
    environ: WSGIEnviron, cached: CachedDocument, period: tuple[float, float]
) -> None:
    """Let the front, if there is one, repeat the response made of *cached*.

    It is true as long as *cached* is, within *period*: from when to when, in seconds.
    """
    environ[REPEATABLE_KEY] = cached, period


class Front:
    """WSGI middleware before *app*, which `create_app` has made."""

    def __init__(self, app: Flask, counters: Counters | None = None) -> None:
        self.counters = counters
        self.application: WSGIApplication = app.wsgi_app
        self.publisher: Publisher = app.extensions["feedsvc"]
        self._app = app
        self._own_functions = _list_functions(app)
        self.documents: BoundedCache[tuple[str, str], DocumentReference] = BoundedCache(
            MAX_ADDRESS_BYTES, lambda address, _: ADDRESS_BYTES + sum(map(len, address))
        )

    def __call__(self, environ: WSGIEnviron, start_response: Callable[..., Any]) -> Iterable[bytes]:
        get = environ.get
        address = (environ["PATH_INFO"], get("QUERY_STRING", ""))
        key = (  # all of a request, besides its address, that a response depends on
            environ["REQUEST_METHOD"],
            get("HTTP_IF_NONE_MATCH"),
            get("HTTP_IF_MODIFIED_SINCE"),
            get("HTTP_ACCEPT_ENCODING"),
            get("HTTP_UPGRADE_INSECURE_REQUESTS"),  # a browser's request for a feed is not repeated
            get("HTTP_HOST"),  # an invalid host name is refused
        )
        reference = self.documents.peek(address)
        cached = reference() if reference is not None else None
        stored: StoredResponse | None = cached.responses.get(key) if cached is not None else None
        now = self.publisher.clock()
        if (
            cached is None
            or stored is None
            or not stored.since <= now < stored.until
            or not cached.is_servable(self.publisher.index.refresh(), now)
        ):
            return self._call_flask(environ, start_response, address, key)
        if self.counters is not None:
            self.counters.add(stored.count_key, len(stored.body[0]))
        start_response(stored.status, list(stored.headers))
        return stored.body

    def _call_flask(
        self,
        environ: WSGIEnviron,
        start_response: Callable[..., Any],
        address: tuple[str, str],
        key: tuple[str | None, ...],
    ) -> Iterable[bytes]:
        """Return Flask's response, and store it where it is made of a document."""
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self.application(environ, start_response)
        started: list[Any] = []

        def record_start(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
            started[:] = [status, headers]
            return start_response(status, headers, *exc_info)

        result = self.application(environ, record_start)
        if REPEATABLE_KEY not in environ or not started:
            return result
        body = [b"".join(result)]
        if hasattr(result, "close"):
            result.close()
        status, headers = started
        if not _is_for_everybody(headers) or _list_functions(self._app) != self._own_functions:
            return body
        cached, (since, until) = environ[REPEATABLE_KEY]
        texts = chain(key, chain.from_iterable(headers))  # the body is the document's own
        self.publisher.document_cache.add_response(
            cached,
            key,
            StoredResponse(
                since=since,
                until=until,
                status=status,
                headers=headers,
                body=body,
                count_key=environ.get(COUNT_KEY, ""),
            ),
            RESPONSE_BYTES + sum(len(text) for text in texts if text is not None),
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
