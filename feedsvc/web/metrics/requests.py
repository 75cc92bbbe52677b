"""What is counted of a response, and of a rendering: keys of `counters`, words joined by spaces.

Each word comes from a short list: no address or name that a client sent is in a key.
"""

from __future__ import annotations

from flask import Response, request

from feedsvc.site.documents import CachedDocument
from feedsvc.urls import Route, is_reserved
from feedsvc.web.front import COUNT_KEY, REPEATABLE_KEY
from feedsvc.web.metrics.counters import Counters

REQUEST, RENDERING = "request", "rendering"
RENDERING_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
KINDS = {  # by name of the view
    "show_health": "service",
    "show_readiness": "service",
    "show_metrics": "service",
    "send_asset": "file",
    "send_static": "static",
    "send_favicon": "static",
    "send_partner_feed": "partner",
}
FORMATS = {  # by media type
    "application/rss+xml": "rss",
    "application/atom+xml": "atom",
    "application/feed+json": "json",
    "text/html": "html",
    "text/x-opml": "opml",
    "application/xml": "xml",
    "text/xml": "xml",
    "text/plain": "text",
    "application/json": "json",
}
FEED_FORMATS = ("rss", "atom", "json")
METHODS_WITHOUT_BODY = ("HEAD", "OPTIONS")


class Meter:
    """Counts the requests and renderings of one application."""

    def __init__(self, counters: Counters) -> None:
        self.counters = counters

    def count_response(self, response: Response) -> Response:
        """Count the response to the current request, once, whether from the front or a view."""
        environ = request.environ
        if COUNT_KEY not in environ:
            key = environ[COUNT_KEY] = make_request_key(response)
            self.counters.add(key, _count_bytes(response))
        return response

    def count_rendering(self, media_type: str, seconds: float) -> None:
        """Count a document whose rendering took *seconds*."""
        bounds = (bound for bound in RENDERING_SECONDS if seconds <= bound)
        bound = next(bounds, float("inf"))
        key = f"{RENDERING} {get_format(media_type)} {bound}"
        self.counters.add(key, int(seconds * 1e9))


def get_format(media_type: str) -> str:
    return FORMATS.get(media_type.partition(";")[0].strip().lower(), "other")


def make_request_key(response: Response) -> str:
    """Return the key of *response* to the current request."""
    offered = request.environ.get(REPEATABLE_KEY)
    cached: CachedDocument | None = offered[0] if offered else None
    # not from the response: a 304 has no type, and browsers get another type than readers
    media_type = cached.document.media_type if cached else response.content_type or ""
    name = get_format(media_type)
    coding = response.headers.get("Content-Encoding", "identity")
    return f"{REQUEST} {_get_kind(cached, name)} {name} {response.status_code} {coding}"


def _get_kind(cached: CachedDocument | None, name: str) -> str:
    view = (request.endpoint or "").rpartition(".")[2]
    if view in KINDS:
        return KINDS[view]
    path = (request.view_args or {}).get("path", "")
    if path == Route.ROBOTS:
        return "map"
    if cached is None:  # redirects and errors, which differ by status, and files of root/
        return "other"
    if Route.ARCHIVE in path.split("/"):
        return "archive"
    if name in FEED_FORMATS:
        return "feed"
    if name != "html":
        return "map"
    return "listing" if not path or is_reserved(f"/{path}") else "entry"


def _count_bytes(response: Response) -> int:
    """Return the length of the body that is sent."""
    if request.method in METHODS_WITHOUT_BODY or response.status_code in (204, 304):
        return 0
    return response.content_length or response.calculate_content_length() or 0
