"""A document becomes a response: validators, caching, codings and the headers that readers look for."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flask import Request, Response
from werkzeug.datastructures import Headers
from werkzeug.http import http_date, parse_date

from feedsvc.site.documents import CachedDocument, Document

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

MAX_STALE_SECONDS = 86_400  # seconds that caches may go on with an old document while they fetch or while we are down
_MANGLED_ETAG = re.compile(
    r'(?:\\?"|\b(?:[wW]/)+\\?")?([0-9a-f]{32})(?:[-;](?:gzip|br|zstd|deflate))?'
)
COMMON_HEADERS = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "ETag, Last-Modified, Link, Retry-After"),
    ("X-Content-Type-Options", "nosniff"),
)
XML_FEED_MEDIA_TYPES = ("application/rss+xml", "application/atom+xml")
FEED_CSP = "default-src 'none'; style-src 'self'; img-src https: http: data:"
PAGE_CSP = (
    "default-src 'none'; style-src 'self'; img-src https: http: data:; media-src https: http:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'self'"
)


class DocumentResponse(Response):
    """A response whose 304 keeps Last-Modified: readers store it from there, Werkzeug takes it off."""

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        headers = super().get_wsgi_headers(environ)
        if self.status_code == 304 and "Last-Modified" in self.headers:
            headers["Last-Modified"] = self.headers["Last-Modified"]
        return headers


def make_response(cached: CachedDocument, request: Request, now: float) -> Response:
    """The answer to *request*, 304 or in full, in the best coding that both sides know."""
    document = cached.document
    modified = None if document.modified is None or document.modified > now else document.modified
    unchanged = is_not_modified(document, modified, request)
    coding = "" if unchanged else choose_content_coding(cached, request)
    body = b"" if unchanged else cached.encode(coding)
    response = DocumentResponse(body, content_type=document.media_type)
    response.set_etag(document.etag, weak=True)  # one for all codings (RFC 9110, section 8.8.1)
    if modified is not None:
        response.headers["Last-Modified"] = http_date(modified)
    response.headers["Cache-Control"] = make_cache_control(document, now)
    response.headers["Vary"] = "Accept-Encoding"
    if document.media_type.startswith(XML_FEED_MEDIA_TYPES):
        _use_browser_media_type(response, request)
    if coding:
        response.headers["Content-Encoding"] = coding
    add_common_headers(response)
    response.headers.extend(document.headers)
    if unchanged:
        response.status_code = 304
        for name in ("Content-Type", "Content-Length", "Content-Security-Policy"):
            response.headers.pop(name, None)
    return response


def _use_browser_media_type(response: Response, request: Request) -> None:
    """Gives a browser that opens a feed the one type under which it reads the style sheet, readers their own.

    Chromium shows application/rss+xml as source, Firefox saves it. Readers'
    answers do not name the header in Vary, which would keep some caches from
    storing them at all: a browser behind such a cache gets the readers' type,
    and no cache that others share ever keeps the browser's.
    """
    if (
        request.headers.get("Upgrade-Insecure-Requests") == "1"
    ):  # sent when a person opens an address
        response.content_type = "application/xml; charset=utf-8"
        response.headers["Vary"] = "Accept-Encoding, Upgrade-Insecure-Requests"
        response.headers["Cache-Control"] = response.headers["Cache-Control"].replace(
            "public", "private"
        )


def choose_content_coding(cached: CachedDocument, request: Request) -> str:
    """The content coding that the client likes best, "" for none; of equal ones the first of ours."""
    if not cached.codings:
        return ""
    accepted = request.accept_encodings
    chosen = max(
        cached.codings, key=lambda coding: accepted[coding]
    )  # max keeps the first of equals
    named = any(name.lower() == "identity" for name, _ in accepted)
    return chosen if accepted[chosen] > (accepted["identity"] if named else 0) else ""


def is_not_modified(document: Document, modified: int | None, request: Request) -> bool:
    """Whether the client's copy is this one; validators that proxies have mangled are understood."""
    if request.method not in ("GET", "HEAD"):
        return False
    wanted = request.headers.get("If-None-Match")
    if wanted is not None:  # it alone decides (RFC 9110, section 13.1.3)
        return wanted.strip() == "*" or document.etag in _MANGLED_ETAG.findall(wanted)
    since = parse_date(request.headers.get("If-Modified-Since"))
    return (
        since is not None
        and modified is not None
        and since == datetime.fromtimestamp(modified, UTC)
    )


def make_cache_control(document: Document, now: float) -> str:
    """How long a cache may keep the document: never past the next scheduled change, stale or not."""
    left = (
        document.max_age
        if document.next_change is None
        else max(0, min(document.max_age, int(document.next_change - now)))
    )
    stale = (
        MAX_STALE_SECONDS
        if document.next_change is None
        else max(0, min(MAX_STALE_SECONDS, int(document.next_change - now) - left))
    )
    parts = ["public", f"max-age={left}"]
    if stale:
        parts += [f"stale-while-revalidate={stale}", f"stale-if-error={stale}"]
    return ", ".join(parts)


def has_stable_headers(document: Document, now: float) -> bool:
    """Whether the answer's headers stay the same for a while, so that the front may repeat it."""
    return (
        document.next_change is None
        or document.next_change - now > document.max_age + MAX_STALE_SECONDS + 1
    )


def add_common_headers(response: Response) -> None:
    """CORS for browser readers, and what a browser may do with the body."""
    for name, value in COMMON_HEADERS:
        response.headers[name] = value
    policy = PAGE_CSP if (response.content_type or "").startswith("text/html") else FEED_CSP
    response.headers["Content-Security-Policy"] = policy
