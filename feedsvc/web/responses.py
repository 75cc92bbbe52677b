"""A document becomes a response: validators, caching, content codings, common headers.

How long a response may be kept:

- a document for `max-age`, in shared caches for `s-maxage`; `stale-while-revalidate` is a tenth of
  the shorter, `stale-if-error` a day; none of them reaches past the next scheduled change; a feed
  that a browser opens is `private`
- a file or a redirect for `feeds.max_age`; a static file whose address has its content's mark for
  a year
- 404 and 410 for ten seconds; every other error, health and readiness not at all
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flask import Request, Response
from werkzeug.datastructures import Headers
from werkzeug.http import http_date, parse_date

from feedsvc.site.documents import CachedDocument, Document

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

MAX_STALE_IF_ERROR_SECONDS = 86_400
# RFC 5861's own example has a twentieth. The first reader after it gets what is true now, also
# where an entry was retracted.
STALE_WHILE_REVALIDATE_SHARE = 10
IMMUTABLE = "public, max-age=31536000, immutable"  # RFC 8246; the year is WhiteNoise's too
NOT_FOUND_MAX_AGE_SECONDS = 10
NO_STORE = "no-store"
_MANGLED_ETAG = re.compile(
    r'(?:\\?"|\b(?:[wW]/)+\\?")?([0-9a-f]{32})(?:[-;](?:gzip|br|zstd|deflate))?'
)
COMMON_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Last-Modified, Link, Retry-After",
    "X-Content-Type-Options": "nosniff",
}
XML_FEED_MEDIA_TYPES = ("application/rss+xml", "application/atom+xml")
FEED_CSP = "default-src 'none'; style-src 'self'; img-src https: http: data:"
PAGE_CSP = (
    f"{FEED_CSP}; media-src https: http:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'self'"
)


class DocumentResponse(Response):
    """A response whose 304 keeps Last-Modified: readers store it from there.

    Werkzeug takes it off, as RFC 9110 (section 15.4.5) allows.
    """

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        headers = super().get_wsgi_headers(environ)
        if self.status_code == 304 and "Last-Modified" in self.headers:
            headers["Last-Modified"] = self.headers["Last-Modified"]
        return headers


def make_response(cached: CachedDocument, request: Request, now: float) -> Response:
    """Return the response to *request*, 304 or in full, in the best coding both sides know."""
    document = cached.document
    modified = None if document.modified is None or document.modified > now else document.modified
    is_unchanged = is_not_modified(document, modified, request)
    coding = "" if is_unchanged else choose_content_coding(cached, request)
    body = b"" if is_unchanged else cached.encode(coding)
    response = DocumentResponse(body, content_type=document.media_type)
    response.set_etag(document.etag, weak=True)  # one for all codings (RFC 9110, section 8.8.1)
    if modified is not None:
        response.headers["Last-Modified"] = http_date(modified)
    response.headers["Cache-Control"] = make_document_cache_control(document, now)
    response.headers["Vary"] = "Accept-Encoding"
    if document.media_type.startswith(XML_FEED_MEDIA_TYPES):
        _use_browser_media_type(response, request)
    if coding:
        response.headers["Content-Encoding"] = coding
    add_common_headers(response)
    response.headers.extend(document.headers)
    if is_unchanged:
        response.status_code = 304
        for name in ("Content-Type", "Content-Length", "Content-Security-Policy"):
            response.headers.pop(name, None)
    return response


def _use_browser_media_type(response: Response, request: Request) -> None:
    """Give a person's browser the one type under which it applies a feed's style sheet.

    Chromium shows application/rss+xml as source, Firefox saves it. The responses to feed readers
    do not name the header in Vary, which would keep some caches from storing them at all: a
    browser behind such a cache gets the readers' type, and no shared cache keeps the browser's.
    """
    # browsers send it when a person opens an address
    if request.headers.get("Upgrade-Insecure-Requests") == "1":
        headers = response.headers
        response.content_type = "application/xml; charset=utf-8"
        headers["Vary"] = "Accept-Encoding, Upgrade-Insecure-Requests"
        headers["Cache-Control"] = headers["Cache-Control"].replace("public", "private")


def choose_content_coding(cached: CachedDocument, request: Request) -> str:
    """Return the coding that the client prefers, of equal ones our first, "" for none."""
    if not cached.codings:
        return ""
    accepted = request.accept_encodings
    best = max(cached.codings, key=lambda coding: accepted[coding])  # the first of equals
    is_identity_named = any(name.lower() == "identity" for name, _ in accepted)
    return best if accepted[best] > (accepted["identity"] if is_identity_named else 0) else ""


def is_not_modified(document: Document, modified: int | None, request: Request) -> bool:
    """Whether the client has this very document; ETags that proxies have mangled count."""
    if request.method not in ("GET", "HEAD"):
        return False
    etags = request.headers.get("If-None-Match")
    if etags is not None:  # it alone decides (RFC 9110, section 13.1.3)
        return etags.strip() == "*" or document.etag in _MANGLED_ETAG.findall(etags)
    since = parse_date(request.headers.get("If-Modified-Since"))
    if since is None or modified is None:
        return False
    return since == datetime.fromtimestamp(modified, UTC)


# -- Cache-Control ------------------------------------------------------------------


def make_document_cache_control(document: Document, now: float) -> str:
    change = document.next_change
    remaining = sys.maxsize if change is None else max(0, int(change - now))
    max_age = min(document.max_age, remaining)
    shared = min(document.shared_max_age, remaining)
    beyond = remaining - max(max_age, shared)
    stale = min(min(max_age, shared) // STALE_WHILE_REVALIDATE_SHARE, beyond)
    # stated even where it is 0: without it Varnish shows what is old for ten seconds more
    control = f"{make_cache_control(max_age, shared)}, stale-while-revalidate={stale}"
    on_error = min(MAX_STALE_IF_ERROR_SECONDS, beyond)
    return f"{control}, stale-if-error={on_error}" if on_error else control


def make_cache_control(max_age: int, shared_max_age: int | None = None) -> str:
    """Return the header of what any cache may keep; both are seconds, and one by default."""
    control = f"public, max-age={max_age}"
    return control if shared_max_age in (None, max_age) else f"{control}, s-maxage={shared_max_age}"


def get_error_cache_control(status: int) -> str:
    return make_cache_control(NOT_FOUND_MAX_AGE_SECONDS) if status in (404, 410) else NO_STORE


def has_stable_headers(document: Document, now: float) -> bool:
    """Whether Cache-Control stays the same for a while, so that the front may repeat it."""
    change = document.next_change
    return change is None or change - now > (
        max(document.max_age, document.shared_max_age) + MAX_STALE_IF_ERROR_SECONDS + 1
    )


# -- what is common -----------------------------------------------------------------


def add_common_headers(response: Response) -> None:
    """Add CORS for feed readers in browsers, and what a browser may do with the body."""
    response.headers.update(COMMON_HEADERS)
    is_page = (response.content_type or "").startswith("text/html")
    response.headers["Content-Security-Policy"] = PAGE_CSP if is_page else FEED_CSP


def make_json_response(fields: Mapping[str, object], status: int = 200) -> Response:
    text = json.dumps(fields, ensure_ascii=False) + "\n"
    response = Response(text, status, content_type="application/json")
    response.headers["Cache-Control"] = NO_STORE
    return response
