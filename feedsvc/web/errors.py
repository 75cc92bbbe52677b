"""An error becomes a response: one sentence and a remedy, in the form that the client prefers.

A person gets a page, a program that asks for JSON gets problem details (RFC 9457), anybody else
a line of text. A defect of ours is logged with its traceback, and never shown.
"""

from __future__ import annotations

import logging
from urllib.parse import quote

from flask import Request, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from feedsvc import pages
from feedsvc.errors import EntryChangedError, IndexNotReadyError, ListingError
from feedsvc.settings import Settings
from feedsvc.site.channels import build_channel
from feedsvc.site.exceptions import DocumentMoved
from feedsvc.web.responses import (
    add_common_headers,
    get_error_cache_control,
    make_cache_control,
    make_json_response,
)

log = logging.getLogger(__name__)
ALLOWED_METHODS = ["GET", "HEAD", "OPTIONS"]
QUERY_CHARACTERS = "%/?:@!$&'()*+,;=-._~"  # RFC 3986, section 3.4, and what is encoded already
NOT_READY_RETRY_SECONDS = 5  # while the first index is built


def handle_error(error: Exception, settings: Settings) -> BaseResponse:
    """Return the response to the present request, which has ended in *error*."""
    match error:
        case DocumentMoved():
            return make_redirect(
                error.url, quote(request.query_string, safe=QUERY_CHARACTERS), settings
            )
        case HTTPException(response=BaseResponse() as response):  # of a hook: `abort(response)`
            return response
        case ListingError():
            remedy = "Correct the address and ask again."
            return make_error_response(settings, error.status, f"{error}.", remedy)
        case IndexNotReadyError():
            remedy = "This happens once, at the first start."
            response = make_error_response(settings, error.status, str(error), remedy)
            response.headers["Retry-After"] = str(NOT_READY_RETRY_SECONDS)
            return response
        case HTTPException():
            message, remedy = error.description or error.name, getattr(error, "remedy", "")
            response = make_error_response(settings, error.code or 500, message, remedy)
            for name, value in error.get_headers():  # WWW-Authenticate, Retry-After, Content-Range
                if name != "Content-Type":
                    response.headers.add(name, value)
            if error.code == 405:
                response.headers["Allow"] = ", ".join(ALLOWED_METHODS)
            return response
    if not isinstance(error, EntryChangedError):
        log.error("%s could not be answered", request.path, exc_info=error)
    # without Retry-After: readers take it for the whole host, and the other documents are well
    message, remedy = "This page cannot be made at the moment.", "Try again in a minute."
    return make_error_response(settings, 503, message, remedy)


def make_redirect(url: str, query: str, settings: Settings) -> Response:
    """Return the redirect to *url* with the *query* of the present request."""
    response = Response(status=301)
    response.headers["Location"] = f"{url}?{query}" if query and "?" not in url else url
    response.headers["Cache-Control"] = make_cache_control(settings.feeds.max_age)
    add_common_headers(response)
    return response


def make_error_response(
    settings: Settings, status: int, message: str, remedy: str = ""
) -> Response:
    """Return the response in the form that the present request prefers."""
    if prefers_html(request):
        page = pages.ErrorPage(
            channel=build_channel(settings),
            title=f"{status}: {settings.site.title}",
            canonical="",
            robots="noindex",
            status=status,
            message=message,
            remedy=remedy,
        )
        html = pages.render_page(page, settings)
        response = Response(html, status, content_type=pages.HTML_MEDIA_TYPE)
    elif "json" in request.headers.get("Accept", ""):
        fields = {"status": status, "title": message} | ({"detail": remedy} if remedy else {})
        response = make_json_response(fields, status)
        response.content_type = "application/problem+json"
    else:
        text = f"{message} {remedy}".strip() + "\n"
        response = Response(text, status, content_type="text/plain; charset=utf-8")
    add_common_headers(response)
    response.headers["Cache-Control"] = get_error_cache_control(status)
    response.headers["Vary"] = "Accept"
    return response


def prefers_html(request: Request) -> bool:
    """Whether the client prefers HTML: a browser names it first, a feed reader does not."""
    kinds = ["text/plain", "text/html", "application/problem+json"]
    best: str | None = request.accept_mimetypes.best_match(kinds)
    return best == "text/html" and "text/html" in request.headers.get("Accept", "")
