"""The views: documents, files of entries, static files, health, readiness and metrics.

Fixed routes come from `urls`; the publisher resolves every other address. Views raise their
errors, and `errors` makes responses of them.
"""

from __future__ import annotations

import hashlib
import os
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request, send_file
from werkzeug.exceptions import (
    Forbidden,
    PreconditionFailed,
    RequestedRangeNotSatisfiable,
    RequestURITooLarge,
    ServiceUnavailable,
)
from werkzeug.http import is_resource_modified, parse_etags, quote_etag

from feedsvc import pages
from feedsvc.errors import IndexNotReadyError, ListingError
from feedsvc.file_kinds import get_media_type
from feedsvc.index import make_entry_key, make_key_header
from feedsvc.reading import classify, resolve_inside
from feedsvc.settings import Settings
from feedsvc.site.channels import list_channel_image_files
from feedsvc.site.documents import CachedDocument
from feedsvc.site.exceptions import DocumentGone, DocumentMoved, DocumentNotFound
from feedsvc.site.partners import resolve_partner
from feedsvc.site.publisher import Publisher
from feedsvc.urls import Route
from feedsvc.web.errors import ALLOWED_METHODS, handle_error
from feedsvc.web.file_bodies import set_file_body
from feedsvc.web.front import offer_to_front
from feedsvc.web.limits import WrongHost, limit_request
from feedsvc.web.partner_access import KeyRequired, PartnerAccess, keep_private
from feedsvc.web.responses import (
    IMMUTABLE,
    NO_STORE,
    add_common_headers,
    get_stable_period,
    make_file_cache_control,
    make_json_response,
    make_response,
)
from feedsvc.words import make_message

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from feedsvc.web.metrics.requests import Meter

_SINGLE_RANGE = re.compile(r"bytes[ \t]*=[ \t]*(?=\d|-\d)(\d{0,18})-(\d{0,18})", re.ASCII | re.I)
STATIC_MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".woff2": "font/woff2"}
OPTIONS_HEADERS = {
    "Allow": ", ".join(ALLOWED_METHODS),
    "Access-Control-Allow-Methods": ", ".join(ALLOWED_METHODS),
    "Access-Control-Allow-Headers": "If-None-Match, If-Modified-Since",
    "Access-Control-Max-Age": "86400",
}

# Errors of these views. Each is registered by itself: Flask prefers the host's handler of a status
# to ours for all errors. The host handles other errors that its own hooks abort with.
OWN_ERRORS = (
    DocumentNotFound,
    DocumentGone,
    DocumentMoved,
    Forbidden,
    RequestURITooLarge,
    PreconditionFailed,
    RequestedRangeNotSatisfiable,
    ServiceUnavailable,
    KeyRequired,
    WrongHost,
)


def register_routes(blueprint: Blueprint, publisher: Publisher, meter: Meter | None) -> None:
    """Register every view; documents come last, so that fixed routes precede permalinks."""
    views = Views(publisher, meter)
    for rule, view in (
        (f"/{Route.HEALTH}", views.show_health),
        (f"/{Route.READINESS}", views.show_readiness),
        (f"/{Route.METRICS}", views.show_metrics),
        (f"/{Route.FILES}/<path:path>", views.send_asset),
        (f"/{Route.STATIC}/<name>", views.send_static),
        (f"/{Route.FAVICON}", views.send_favicon),
        (f"/{Route.PARTNERS}/<path:path>", views.send_partner_feed),
        ("/", views.send_home),
        ("/<path:path>", views.send_document),
    ):
        blueprint.add_url_rule(
            rule,
            view.__name__,
            view,
            methods=ALLOWED_METHODS,
            provide_automatic_options=False,
            # Werkzeug would build redirects from the Host header
            strict_slashes=rule != "/",
            merge_slashes=False,
        )
    blueprint.before_request(limit_request)
    blueprint.before_request(views.handle_options)
    for kind in (*OWN_ERRORS, Exception):
        blueprint.register_error_handler(
            kind, lambda error: handle_error(error, publisher.settings)
        )


class Views:
    """The views of one application."""

    def __init__(self, publisher: Publisher, meter: Meter | None) -> None:
        self.meter = meter
        self.publisher = publisher
        self.settings = publisher.settings
        self.partner_access = PartnerAccess(publisher.settings.site.zone)

    def handle_options(self) -> Response | None:
        """Answer OPTIONS, which browsers also send before a conditional request (CORS)."""
        if request.method != "OPTIONS":
            return None
        response = Response(status=204, headers=OPTIONS_HEADERS)
        add_common_headers(response, self.settings)
        return response

    def send_home(self) -> Response:
        """Send the front page, also for a mount or a prefix requested without its slash."""
        path = request.environ.get("SCRIPT_NAME", "") + request.environ["PATH_INFO"]
        if path and not path.endswith("/"):
            raise DocumentMoved(self.settings.site.url)
        return self.send_document("")

    def send_document(self, path: str) -> Response:
        if "\ufffd" in path:
            path = _restore_bytes(path)
        if path == Route.ROBOTS and (own := self.publisher.root_files.get(path)):
            return self._send(own)
        try:
            cached = self.publisher.get_document(path, get_query())
        except DocumentNotFound:
            own = self.publisher.root_files.get(path)
            if own is None:
                raise
            return self._send(own)
        # the operator's own robots.txt may come and go without a change of the index
        return self._send(cached, is_repeatable=path != Route.ROBOTS)

    def send_partner_feed(self, path: str) -> Response:
        """Send the feed of a partner; if it has keys, only to a request with one of them."""
        path = f"{Route.PARTNERS}/{path}"
        found = resolve_partner(path, get_query(), self.publisher.partners)
        partner = self.publisher.partners[found.address.name] if found is not None else None
        if found is None or partner is None or (found.key and not partner.is_private):
            raise DocumentNotFound(
                make_message("There is no feed at this address."),
                make_message(
                    "The address of a partner’s feed ends in rss.xml, atom.xml or feed.json."
                ),
            )
        self.partner_access.check(partner, found.key, request, self.publisher.clock())
        cached = self.publisher.get_partner_document(found.address)
        response = self._send(cached, is_repeatable=not partner.is_private)
        if partner.is_private:
            keep_private(response)
        return response

    def _send(self, cached: CachedDocument, *, is_repeatable: bool = False) -> Response:
        """Send a document; the front may repeat the response if it *is_repeatable*."""
        now = self.publisher.clock()
        if is_repeatable:
            period = get_stable_period(cached.document, now, self.settings.feeds)
            offer_to_front(request.environ, cached, period)
        return make_response(cached, request, now, self.settings)

    def send_asset(self, path: str) -> Response:
        """Send a picture or enclosure that a public or unlisted entry uses."""
        with self.publisher.index.open_snapshot(int(self.publisher.clock())) as query:
            is_used = classify(path) == "asset" and (
                query.is_asset_used(path) or path in list_channel_image_files(self.settings)
            )
        file = resolve_asset_file(path, self.settings) if is_used else None
        if file is None:
            raise DocumentNotFound(make_message("There is no file at this address."))
        response = self._send_file(file)
        header = self.settings.push.surrogate_keys
        response.headers.extend(make_key_header(header, [make_entry_key(path)]))
        return response

    def send_static(self, name: str) -> Response:
        file = pages.resolve_static_file(name, self.settings)
        if file is None:
            raise DocumentNotFound(make_message("There is no file at this address."))
        response = self._send_file(str(file))
        query = request.query_string.decode("latin-1")
        if query and query == pages.make_static_mark(file):
            response.headers["Cache-Control"] = IMMUTABLE
        return response

    def send_favicon(self) -> Response:
        own = self.publisher.root_files.get(Route.FAVICON)
        return self._send(own) if own else self.send_static(Route.FAVICON)

    def _send_file(self, file: str) -> Response:
        """Send *file* or a range of it, without its modification time: nodes differ in that."""
        stat = os.stat(file)
        request.environ.pop("HTTP_IF_MODIFIED_SINCE", None)  # Werkzeug would compare that time
        etag = _make_file_etag(file, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
        # Werkzeug takes `*` for the ETag of another file, and would send this one with a 412
        asked = parse_etags(request.environ.pop("HTTP_IF_MATCH", None))
        if asked and etag not in asked:
            raise PreconditionFailed("The file is not the one that was asked for.")
        _normalize_range(request.environ, stat.st_size, etag)
        response = send_file(file, mimetype=get_file_media_type(file), etag=etag)
        set_file_body(response, request.environ, file, stat.st_size)
        response.headers.pop("Last-Modified", None)
        response.headers["Cache-Control"] = make_file_cache_control(self.settings.feeds)
        add_common_headers(response, self.settings)
        return response

    def show_health(self) -> Response:
        return make_json_response({"status": "alive"}, self.settings)

    def show_readiness(self) -> Response:
        """Show how many entries there are in each state; `check` shows the problems."""
        index = self.publisher.index
        if not index.is_ready():
            raise IndexNotReadyError
        with index.open_snapshot(int(self.publisher.clock())) as query:
            counts = query.count_states()
        facts = {"status": "ready", "entries": counts, **index.get_status()}
        return make_json_response(facts, self.settings)

    def show_metrics(self) -> Response:
        """Show the counts of all workers to whoever may see them; 404 if metrics are off."""
        if self.meter is None:
            raise DocumentNotFound
        from feedsvc.web.metrics.exposition import is_allowed, render_metrics

        if not is_allowed(request.environ, self.settings.metrics):
            message = (
                "The metrics are for this machine, asked as http://127.0.0.1 or http://localhost,"
                " `metrics.networks` and `metrics.token`."
            )
            raise Forbidden(message)
        counts = self.meter.counters.read()
        accept = request.headers.get("Accept", "")
        body, media_type = render_metrics(self.publisher, counts, accept)
        response = Response(body, content_type=media_type)
        add_common_headers(response, self.settings)
        response.headers.pop("Access-Control-Allow-Origin")  # pages of other sites may not read it
        response.headers["Cache-Control"] = NO_STORE
        response.headers["Vary"] = "Accept"
        return response


def resolve_asset_file(path: str, settings: Settings) -> str | None:
    """Return the file of *path* below the entries folder, None for no file or one outside."""
    root = str(settings.entries)
    file = resolve_inside(os.path.join(root, path), root)
    return file if file is not None and os.path.isfile(file) else None


def get_query() -> dict[str, list[str]]:
    """Return the parameters of the current request; raise `ListingError` if they are no UTF-8."""
    try:
        return dict(request.args.lists())
    except UnicodeDecodeError:  # raw bytes, not percent-encoded
        message = "the bytes of the query are not UTF-8"
        raise ListingError("", message, "percent-encode what is beyond ASCII") from None


def _restore_bytes(path: str) -> str:
    """Return *path*, the end of the requested one, with surrogates for invalid UTF-8 (PEP 383).

    Old sites have addresses such as `/caf%E9/`, in which Werkzeug puts U+FFFD.
    """
    whole = request.environ["PATH_INFO"].encode("latin-1").decode("utf-8", "surrogateescape")
    return str(whole[len(request.path.removesuffix(path)) :])


def _normalize_range(environ: WSGIEnvironment, size: int, etag: str) -> None:
    """Reduce the Range header to forms that Werkzeug answers by RFC 9110 (section 14.2).

    All but a single byte range in a GET is ignored, and the whole file sent with 200; so is a range
    of another file than that of *etag* (If-Range). A suffix longer than *size*, the file's in
    bytes, is the whole file. Werkzeug judges other conditions only where there is no range.
    """
    match = _SINGLE_RANGE.fullmatch(environ.get("HTTP_RANGE", "").strip())
    quoted = quote_etag(etag)
    is_same = environ.pop("HTTP_IF_RANGE", quoted) == quoted
    is_sent = is_same and is_resource_modified(environ, quoted)
    if match is None or environ["REQUEST_METHOD"] != "GET" or _is_backwards(match) or not is_sent:
        environ.pop("HTTP_RANGE", None)
    elif not match[1] and int(match[2]) > size > 0:
        environ["HTTP_RANGE"] = "bytes=0-"


def _is_backwards(match: re.Match[str]) -> bool:
    return bool(match[1] and match[2]) and int(match[1]) > int(match[2])


@lru_cache(maxsize=4096)
def _make_file_etag(file: str, *stat: int) -> str:  # noqa: ARG001 - a part of the cache's key
    """Return a hash of the bytes of *file*, the same on every node."""
    with open(file, "rb") as opened:
        return hashlib.file_digest(opened, "blake2b").hexdigest()[:32]


def get_file_media_type(file: str) -> str:
    """Return the media type of *file*, an asset or a static file, by its name."""
    own = STATIC_MEDIA_TYPES.get(os.path.splitext(file)[1], "application/octet-stream")
    return get_media_type(file) or own
