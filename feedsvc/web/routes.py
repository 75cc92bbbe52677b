"""What Flask is asked: documents, files, static files, health; and how errors are told."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from functools import lru_cache
from typing import Any

from flask import Flask, Request, Response, request, send_file
from werkzeug.exceptions import HTTPException

from feedsvc import pages
from feedsvc.errors import EntryChangedError, IndexNotReadyError, ListingError
from feedsvc.file_kinds import get_media_type
from feedsvc.reading import classify
from feedsvc.site.channels import build_channel
from feedsvc.site.exceptions import DocumentMoved, DocumentNotFound
from feedsvc.site.publisher import Publisher
from feedsvc.urls import Route
from feedsvc.web.front import RepeatableResponse, offer_to_front
from feedsvc.web.responses import add_common_headers, has_stable_headers, make_response

log = logging.getLogger(__name__)
RETRY_AFTER_SECONDS = 5  # seconds, while the first index is built
STATIC_MEDIA_TYPES = {"css": "text/css", "js": "text/javascript", "woff2": "font/woff2"}
ALLOWED_METHODS = ["GET", "HEAD", "OPTIONS"]


def register_routes(app: Flask, publisher: Publisher) -> None:
    """Registers every view; documents are the last rule, so that fixed routes win over permalinks."""
    site = Views(app, publisher)
    for rule, view in (
        (f"/{Route.HEALTH}", site.show_health),
        (f"/{Route.READINESS}", site.show_readiness),
        (f"/{Route.FILES}/<path:path>", site.send_asset),
        (f"/{Route.STATIC}/<name>", site.send_static),
        (f"/{Route.FAVICON}", site.send_favicon),
        ("/", site.send_document),
        ("/<path:path>", site.send_document),
    ):
        app.add_url_rule(
            rule,
            view.__name__,
            view,
            methods=ALLOWED_METHODS,
            provide_automatic_options=False,
            strict_slashes=True,
        )
    app.url_map.merge_slashes = False
    app.before_request(site.handle_options)
    app.register_error_handler(Exception, site.handle_error)


class Views:
    """The views of one application."""

    def __init__(self, app: Flask, publisher: Publisher) -> None:
        self.app = app
        self.publisher = publisher
        self.settings = publisher.settings

    def handle_options(self) -> Response | None:
        """OPTIONS, also a browser's question before a conditional request from another site (CORS)."""
        if request.method != "OPTIONS":
            return None
        response = Response(status=204)
        response.headers["Allow"] = ", ".join(ALLOWED_METHODS)
        response.headers["Access-Control-Allow-Methods"] = ", ".join(ALLOWED_METHODS)
        response.headers["Access-Control-Allow-Headers"] = "If-None-Match, If-Modified-Since, A-IM"
        response.headers["Access-Control-Max-Age"] = "86400"
        add_common_headers(response)
        return response

    def send_document(self, path: str = "") -> Response:
        cached = self.publisher.get_document(path, dict(request.args.lists()))
        now = self.publisher.clock()
        # near a scheduled change, when max-age runs down, it is true for this second only
        second = None if has_stable_headers(cached.document, now) else int(now)
        offer_to_front(request.environ, RepeatableResponse(cached=cached, second=second))
        return make_response(cached, request, now)

    def send_asset(self, path: str) -> Response:
        """A picture or enclosure that a public or unlisted entry uses, whole or in ranges."""
        with self.publisher.index.open_snapshot(int(self.publisher.clock())) as query:
            known = classify(path) == "asset" and query.is_asset_used(path)
        base = os.path.realpath(self.settings.entries)
        full = os.path.realpath(os.path.join(base, path))
        if not known or not full.startswith(base + "/") or not os.path.isfile(full):
            raise DocumentNotFound("There is no file at this address.")
        return self._send_file(full)

    def send_static(self, name: str) -> Response:
        found = pages.resolve_static_file(name, self.settings)
        if found is None:
            raise DocumentNotFound("There is no file at this address.")
        return self._send_file(str(found))

    def send_favicon(self) -> Response:
        return self.send_static(Route.FAVICON)

    def _send_file(self, full: str) -> Response:
        stat = os.stat(full)
        etag = _make_file_etag(full, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
        response = send_file(full, mimetype=_get_static_media_type(full), etag=etag)
        response.headers.pop("Last-Modified", None)
        response.headers["Cache-Control"] = f"public, max-age={self.settings.feeds.max_age}"
        add_common_headers(response)
        return response

    def show_health(self) -> Response:
        return _make_json_response({"status": "alive"})

    def show_readiness(self) -> Response:
        """Whether entries are served, and how many in each state; what is wrong is in `check`."""
        index = self.publisher.index
        if not index.is_ready():
            return self._make_not_ready_response()
        with index.open_snapshot(int(self.publisher.clock())) as query:
            counts = query.count_states()
        return _make_json_response({"status": "ready", "entries": counts, **index.get_status()})

    def _make_not_ready_response(self) -> Response:
        response = self._make_error_response(
            503, str(IndexNotReadyError()), "This happens once, at the first start."
        )
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return response

    # -- errors ----------------------------------------------------------------------

    def handle_error(self, error: Exception) -> Response:
        """One human sentence for a person, problem+json or short text for a machine."""
        match error:
            case DocumentMoved():
                response = Response(status=301)
                response.headers["Location"] = error.url
                response.headers["Cache-Control"] = f"public, max-age={self.settings.feeds.max_age}"
                add_common_headers(response)
                return response
            case ListingError():
                return self._make_error_response(
                    error.status, f"{error}.", "Correct the address and ask again."
                )
            case IndexNotReadyError():
                return self._make_not_ready_response()
            case HTTPException():
                response = self._make_error_response(
                    error.code or 500,
                    error.description or error.name,
                    getattr(error, "remedy", ""),
                )
                if error.code == 405:
                    response.headers["Allow"] = ", ".join(ALLOWED_METHODS)
                return response
        if not isinstance(error, EntryChangedError):
            log.error("%s could not be answered", request.path, exc_info=error)
        response = self._make_error_response(
            503, "This page cannot be made at the moment.", "Try again in a minute."
        )
        response.headers["Retry-After"] = "60"
        return response

    def _make_error_response(self, status: int, message: str, remedy: str = "") -> Response:
        if prefers_html(request):
            page = pages.ErrorPage(
                channel=build_channel(self.settings),
                title=f"{status}: {self.settings.site.title}",
                canonical="",
                robots="noindex",
                status=status,
                message=message,
                remedy=remedy,
            )
            response = Response(
                pages.render_page(page, self.settings), status, content_type=pages.HTML_MEDIA_TYPE
            )
        elif "json" in request.headers.get("Accept", ""):
            facts = {"status": status, "title": message, "detail": remedy}  # RFC 9457
            response = _make_json_response(
                {name: value for name, value in facts.items() if value}, status
            )
            response.content_type = "application/problem+json"
        else:
            text = f"{message} {remedy}".strip() + "\n"
            response = Response(text, status, content_type="text/plain; charset=utf-8")
        add_common_headers(response)
        response.headers["Cache-Control"] = (
            "public, max-age=10" if status in (404, 410) else "no-store"
        )
        response.headers["Vary"] = "Accept"
        return response


def prefers_html(request: Request) -> bool:
    """Whether the client prefers HTML: a browser says so first, a feed reader does not."""
    best: Any = request.accept_mimetypes.best_match(
        ["text/plain", "text/html", "application/problem+json"]
    )
    return best == "text/html" and "text/html" in request.headers.get("Accept", "")


def _make_json_response(facts: dict[str, Any], status: int = 200) -> Response:
    response = Response(
        json.dumps(facts, ensure_ascii=False) + "\n", status, content_type="application/json"
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@lru_cache(maxsize=4096)
def _make_file_etag(full: str, *stat: int) -> str:
    """A file's ETag, from its bytes: a file's time is not the same on every node."""
    with open(full, "rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()[:32]


def _get_static_media_type(full: str) -> str:
    return get_media_type(full) or STATIC_MEDIA_TYPES.get(
        full.rpartition(".")[2], "application/octet-stream"
    )
