"""A document becomes a response: validators, caching, content codings, common headers.

How long a response may be kept:

- a document for `max-age`, in shared caches for `s-maxage`; unless the settings say otherwise,
`stale-while-revalidate` is a tenth of the shorter, `stale-if-error` a day; none of them reaches
past the next scheduled change; a feed that a browser opens is `private`
- a file or a redirect for `feeds.max_age`; a static file with a hash of its content in its
address for a year
- 404 and 410 for ten seconds; every other error, health and readiness not at all
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from math import inf
from typing import TYPE_CHECKING

from flask import Request, Response
from werkzeug.datastructures import Headers
from werkzeug.http import http_date, parse_date

from feedsvc.settings import Feeds, Settings
from feedsvc.site.documents import CachedDocument, Document
from feedsvc.urls import join_url, make_static_path

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# RFC 5861's own example has a twentieth. After it, the first reader gets the current document,
# also if an entry was retracted.
STALE_WHILE_REVALIDATE_SHARE = 10
IMMUTABLE = "public, max-age=31536000, immutable"  # RFC 8246; WhiteNoise has a year, too
NOT_FOUND_MAX_AGE_SECONDS = 10
NO_STORE = "no-store"
COMMON_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Last-Modified, Link, Retry-After",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}
XML_FEED_MEDIA_TYPES = ("application/rss+xml", "application/atom+xml")
# of the longest in any response, below the 4 KB that nginx takes of a response's head
MAX_LOCATION_BYTES = 2_800


class DocumentResponse(Response):
    """A response whose 304 keeps Last-Modified, since readers store it from a 304.

    Werkzeug removes it, as RFC 9110 (section 15.4.5) allows.
    """

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        headers = super().get_wsgi_headers(environ)
        if self.status_code == 304 and "Last-Modified" in self.headers:
            headers["Last-Modified"] = self.headers["Last-Modified"]
        return headers


def make_response(
    cached: CachedDocument, request: Request, now: float, settings: Settings
) -> Response:
    """Return the response to *request*, 304 or in full, in the best coding that both sides know."""
    document = cached.document
    modified = None if document.modified is None or document.modified > now else document.modified
    is_unchanged = is_not_modified(document, modified, request)
    coding = "" if is_unchanged else choose_content_coding(cached, request)
    body = b"" if is_unchanged else cached.encode(coding)
    response = DocumentResponse(body, content_type=document.media_type)
    response.set_etag(document.etag, weak=True)  # one for all codings (RFC 9110, section 8.8.1)
    if modified is not None:
        response.headers["Last-Modified"] = http_date(modified)
    response.headers["Cache-Control"] = make_document_cache_control(document, now, settings.feeds)
    response.headers["Vary"] = "Accept-Encoding"
    if document.media_type.startswith(XML_FEED_MEDIA_TYPES):
        _use_browser_media_type(response, request)
    if coding:
        response.headers["Content-Encoding"] = coding
    add_common_headers(response, settings)
    response.headers.extend(document.headers)
    if is_unchanged:
        response.status_code = 304
        for name in ("Content-Type", "Content-Length", "Content-Security-Policy"):
            response.headers.pop(name, None)
    return response


def _use_browser_media_type(response: Response, request: Request) -> None:
    """Give a person's browser the one media type under which it applies a feed's style sheet.

    Chromium shows application/rss+xml as source, Firefox saves it. Responses to feed readers do
    not name the header in Vary, since some caches would not store them then: a browser behind a
    cache may get the readers' type, and no shared cache keeps the browser's.
    """
    # browsers send it when a person opens an address
    if request.headers.get("Upgrade-Insecure-Requests") == "1":
        headers = response.headers
        response.content_type = "application/xml; charset=utf-8"
        headers["Vary"] = "Accept-Encoding, Upgrade-Insecure-Requests"
        headers["Cache-Control"] = headers["Cache-Control"].replace("public", "private")


def choose_content_coding(cached: CachedDocument, request: Request) -> str:
    """Return the coding that the client prefers, the first of ours among equals, "" for none."""
    if not cached.codings:
        return ""
    accepted = request.accept_encodings
    best = max(cached.codings, key=lambda coding: accepted[coding])
    is_identity_named = any(name.lower() == "identity" for name, _ in accepted)
    return best if accepted[best] > (accepted["identity"] if is_identity_named else 0) else ""


def is_not_modified(document: Document, modified: int | None, request: Request) -> bool:
    """Whether the client has this very document; an ETag that a proxy has altered counts."""
    if request.method not in ("GET", "HEAD"):
        return False
    etags = request.headers.get("If-None-Match")
    if etags is not None:  # If-Modified-Since is ignored then (RFC 9110, section 13.1.3)
        # whatever proxies put around it: `W/W/"…"`, `\"…\"`, `"…-gzip"`
        return etags.strip() == "*" or document.etag in etags
    since = parse_date(request.headers.get("If-Modified-Since"))
    if since is None or modified is None:
        return False
    return since == datetime.fromtimestamp(modified, UTC)


# -- Cache-Control ------------------------------------------------------------------


def make_document_cache_control(document: Document, now: float, feeds: Feeds) -> str:
    change = document.next_change
    remaining = sys.maxsize if change is None else max(0, int(change - now))
    max_age = min(document.max_age, remaining)
    shared = min(document.shared_max_age, remaining)
    beyond = remaining - max(max_age, shared)
    stale = min(get_stale_while_revalidate(feeds, min(max_age, shared)), beyond)
    # stated even if it is 0: without it Varnish serves stale documents for ten seconds more
    control = f"{make_cache_control(max_age, shared)}, stale-while-revalidate={stale}"
    on_error = min(feeds.stale_if_error, beyond)
    return f"{control}, stale-if-error={on_error}" if on_error else control


def get_stale_while_revalidate(feeds: Feeds, max_age: int) -> int:
    """Return the seconds after *max_age* in which a cache may answer while it revalidates."""
    set_seconds = feeds.stale_while_revalidate
    return max_age // STALE_WHILE_REVALIDATE_SHARE if set_seconds < 0 else set_seconds


def make_cache_control(max_age: int, shared_max_age: int | None = None) -> str:
    """Return the Cache-Control that any cache may obey; seconds, *shared_max_age* only if given."""
    control = f"public, max-age={max_age}"
    return control if shared_max_age in (None, max_age) else f"{control}, s-maxage={shared_max_age}"


def make_file_cache_control(feeds: Feeds) -> str:
    """Return the Cache-Control of a file, whose address stays when its content changes."""
    return make_cache_control(feeds.max_age, feeds.shared_age)


def get_error_cache_control(status: int) -> str:
    return make_cache_control(NOT_FOUND_MAX_AGE_SECONDS) if status in (404, 410) else NO_STORE


def get_stable_period(document: Document, now: float, feeds: Feeds) -> tuple[float, float]:
    """Return the begin and end, in epoch seconds, of the time in which the headers stay as *now*.

    Near a scheduled change, when max-age counts down, that is this second only.
    """
    longest = max(document.max_age, document.shared_max_age)
    longest += max(get_stale_while_revalidate(feeds, longest), feeds.stale_if_error)
    change = inf if document.next_change is None else document.next_change - longest - 1
    since, until = (0.0, change) if now < change else (int(now), int(now) + 1)
    if document.modified is not None and document.modified > now:  # not stated before that time
        return since, min(until, document.modified)
    return max(since, document.modified or 0), until


# -- common headers -----------------------------------------------------------------


def add_common_headers(response: Response, settings: Settings) -> None:
    """Add CORS headers for feed readers in browsers, and those that restrict browsers."""
    response.headers.update(COMMON_HEADERS)
    is_page = (response.content_type or "").startswith("text/html")
    response.headers["Content-Security-Policy"] = make_content_security_policy(
        settings.site.url, is_page=is_page, has_theme=bool(settings.site.theme)
    )


@lru_cache(maxsize=16)
def make_content_security_policy(url: str, *, is_page: bool, has_theme: bool) -> str:
    """Return the Content-Security-Policy of the site at *url*: no script but a theme's own.

    The site's URL is listed beside 'self': a page that was requested under another host name
    (localhost) has its style sheet and its search at that URL.
    """
    site = url.replace(";", "%3B").replace(",", "%2C")  # CSP 3, section 2.3.1
    static = join_url(site, make_static_path(""))
    rules = [
        "default-src 'none'",
        f"style-src 'self' {static}",
        "img-src https: http: data:",
        "base-uri 'none'",
    ]
    if not is_page:
        return "; ".join([*rules, "form-action 'none'"])
    rules += ["media-src https: http:", f"form-action 'self' {site}", "frame-ancestors 'self'"]
    if has_theme:
        rules += [f"script-src {static}", f"font-src {static}"]
    return "; ".join(rules)


def make_json_response(
    fields: Mapping[str, object], settings: Settings, status: int = 200
) -> Response:
    text = json.dumps(fields, ensure_ascii=False) + "\n"
    response = Response(text, status, content_type="application/json")
    response.headers["Cache-Control"] = NO_STORE
    add_common_headers(response, settings)
    return response
