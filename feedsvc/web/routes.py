"""What Flask is asked: documents, files of entries, static files, health and readiness.

Fixed routes come from `urls`; every other address is the publisher's to resolve. What goes wrong
is raised, and becomes a response in `errors`.
"""

from __future__ import annotations

import hashlib
import os
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request, send_file

from feedsvc import pages
from feedsvc.errors import IndexNotReadyError
from feedsvc.file_kinds import get_media_type
from feedsvc.reading import classify
from feedsvc.site.channels import get_site_image_file
from feedsvc.site.exceptions import DocumentMoved, DocumentNotFound
from feedsvc.site.publisher import Publisher
from feedsvc.urls import Route
from feedsvc.web.errors import ALLOWED_METHODS, handle_error
from feedsvc.web.front import offer_to_front
from feedsvc.web.responses import (
    IMMUTABLE,
    add_common_headers,
    has_stable_headers,
    make_cache_control,
    make_json_response,
    make_response,
)

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_SINGLE_RANGE = re.compile(r"bytes[ \t]*=[ \t]*(?=\d|-\d)(\d{0,18})-(\d{0,18})", re.ASCII | re.I)
STATIC_MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".woff2": "font/woff2"}
OPTIONS_HEADERS = {
    "Allow": ", ".join(ALLOWED_METHODS),
    "Access-Control-Allow-Methods": ", ".join(ALLOWED_METHODS),
    "Access-Control-Allow-Headers": "If-None-Match, If-Modified-Since",
    "Access-Control-Max-Age": "86400",
}


def register_routes(blueprint: Blueprint, publisher: Publisher) -> None:
    """Register every view; documents come last, so that fixed routes win over permalinks."""
    views = Views(publisher)
    for rule, view in (
        (f"/{Route.HEALTH}", views.show_health),
        (f"/{Route.READINESS}", views.show_readiness),
        (f"/{Route.FILES}/<path:path>", views.send_asset),
        (f"/{Route.STATIC}/<name>", views.send_static),
        (f"/{Route.FAVICON}", views.send_favicon),
        ("/", views.send_home),
        ("/<path:path>", views.send_document),
    ):
        blueprint.add_url_rule(
            rule,
            view.__name__,
            view,
            methods=ALLOWED_METHODS,
            provide_automatic_options=False,
            # redirects of Werkzeug's are built on the Host header
            strict_slashes=rule != "/",
            merge_slashes=False,
        )
    blueprint.before_request(handle_options)
    blueprint.register_error_handler(
        Exception, lambda error: handle_error(error, publisher.settings)
    )


def handle_options() -> Response | None:
    """Answer OPTIONS, with which browsers also ask before a conditional request (CORS)."""
    if request.method != "OPTIONS":
        return None
    response = Response(status=204, headers=OPTIONS_HEADERS)
    add_common_headers(response)
    return response


class Views:
    """The views of one application."""

    def __init__(self, publisher: Publisher) -> None:
        self.publisher = publisher
        self.settings = publisher.settings

    def send_home(self) -> Response:
        """Send the front page, also of a mount or a prefix that was asked for without its slash."""
        path = request.environ.get("SCRIPT_NAME", "") + request.environ["PATH_INFO"]
        if path and not path.endswith("/"):
            raise DocumentMoved(self.settings.site.url)
        return self.send_document("")

    def send_document(self, path: str) -> Response:
        cached = self.publisher.get_document(path, dict(request.args.lists()))
        now = self.publisher.clock()
        # near a scheduled change, when max-age runs down, it is true for this second only
        second = None if has_stable_headers(cached.document, now) else int(now)
        offer_to_front(request.environ, cached, second)
        return make_response(cached, request, now)

    def send_asset(self, path: str) -> Response:
        """Send a picture or enclosure that a public or unlisted entry uses."""
        with self.publisher.index.open_snapshot(int(self.publisher.clock())) as query:
            is_used = classify(path) == "asset" and (
                query.is_asset_used(path) or path == get_site_image_file(self.settings)
            )
        base = os.path.realpath(self.settings.entries)
        file = os.path.realpath(os.path.join(base, path)) if is_used else ""
        if not file.startswith(base + "/") or not os.path.isfile(file):
            raise DocumentNotFound("There is no file at this address.")
        return self._send_file(file)

    def send_static(self, name: str) -> Response:
        file = pages.resolve_static_file(name, self.settings)
        if file is None:
            raise DocumentNotFound("There is no file at this address.")
        response = self._send_file(str(file))
        query = request.query_string.decode("latin-1")
        if query and query == pages.make_static_mark(file):
            response.headers["Cache-Control"] = IMMUTABLE
        return response

    def send_favicon(self) -> Response:
        return self.send_static(Route.FAVICON)

    def _send_file(self, file: str) -> Response:
        """Send *file* whole or in ranges, without its time, which differs between nodes."""
        stat = os.stat(file)
        _normalize_range(request.environ, stat.st_size)
        etag = _make_file_etag(file, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
        response = send_file(file, mimetype=_get_static_media_type(file), etag=etag)
        response.headers.pop("Last-Modified", None)
        response.headers["Cache-Control"] = make_cache_control(
            self.settings.feeds.max_age, self.settings.feeds.shared_age
        )
        add_common_headers(response)
        return response

    def show_health(self) -> Response:
        return make_json_response({"status": "alive"})

    def show_readiness(self) -> Response:
        """Show how many entries there are in each state; what is wrong is in `check`."""
        index = self.publisher.index
        if not index.is_ready():
            raise IndexNotReadyError
        with index.open_snapshot(int(self.publisher.clock())) as query:
            counts = query.count_states()
        return make_json_response({"status": "ready", "entries": counts, **index.get_status()})


def _normalize_range(environ: WSGIEnvironment, size: int) -> None:
    """Leave of a Range header what Werkzeug answers as RFC 9110 (section 14.2) asks.

    What is no single range of bytes in a GET is ignored, and the whole file sent with 200; a suffix
    longer than the *size* of the file is all of it.
    """
    match = _SINGLE_RANGE.fullmatch(environ.get("HTTP_RANGE", "").strip())
    if match is None or environ["REQUEST_METHOD"] != "GET" or _is_backwards(match):
        environ.pop("HTTP_RANGE", None)
    elif not match[1] and int(match[2]) > size > 0:
        environ["HTTP_RANGE"] = "bytes=0-"


def _is_backwards(match: re.Match[str]) -> bool:
    return bool(match[1] and match[2]) and int(match[1]) > int(match[2])


@lru_cache(maxsize=4096)
def _make_file_etag(file: str, *stat: int) -> str:  # noqa: ARG001 - a part of the cache's key
    """Return a hash of the bytes of *file*, which is the same on every node."""
    with open(file, "rb") as opened:
        return hashlib.file_digest(opened, "blake2b").hexdigest()[:32]


def _get_static_media_type(file: str) -> str:
    own = STATIC_MEDIA_TYPES.get(os.path.splitext(file)[1], "application/octet-stream")
    return get_media_type(file) or own
