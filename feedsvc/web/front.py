"""Answers a request that Flask has answered before, as long as its document is still true.

Flask stays the reference: the front only remembers what it said to a plain GET
or HEAD with the same condition and codings, and says it again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any

from feedsvc.site.documents import Document
from feedsvc.site.publisher import Publisher

WSGIEnviron = dict[str, Any]
WSGIApplication = Callable[[WSGIEnviron, Callable[..., Any]], Iterable[bytes]]
MAX_ADDRESSES = (
    20_000  # spellings of addresses remembered; the documents behind them are bounded by bytes
)
MAX_RESPONSES_PER_DOCUMENT = 64  # for one document: conditions times codings


class Front:
    """WSGI middleware before Flask."""

    def __init__(self, application: WSGIApplication, publisher: Publisher) -> None:
        self.application = application
        self.publisher = publisher
        self.known: OrderedDict[tuple[str, str], Document] = OrderedDict()

    def __call__(self, environ: WSGIEnviron, start_response: Callable[..., Any]) -> Iterable[bytes]:
        address = (environ["PATH_INFO"], environ.get("QUERY_STRING", ""))
        document = self.known.get(address)
        if document is None:
            return self._call_flask(environ, start_response, address)
        now = self.publisher.clock()
        answer = document.cached_responses.get(_make_request_key(environ))
        if answer is None or not document.is_servable(self.publisher.index.refresh(), now):
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
        document: Document | None
        document, second = environ.get("feedsvc.document", (None, None))
        if document is None or not said:
            return result
        body = [b"".join(result)]
        if hasattr(result, "close"):
            result.close()
        self._cache_response(address, document, _make_request_key(environ), (second, *said, body))
        return body

    def _cache_response(
        self, address: tuple[str, str], document: Document, condition: Any, answer: Any
    ) -> None:
        if len(document.cached_responses) >= MAX_RESPONSES_PER_DOCUMENT:
            document.cached_responses = {}
        document.cached_responses[condition] = answer
        self.known[address] = document
        while len(self.known) > MAX_ADDRESSES:
            self.known.popitem(last=False)


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
