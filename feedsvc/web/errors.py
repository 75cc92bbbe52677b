"""An error becomes a response: one sentence and a remedy, in the form that the client prefers.

A browser gets a page in the site's language; a client that asks for JSON gets problem details
(RFC 9457), any other a line of text, both in English. An unexpected exception is logged with its
traceback, and never shown.
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
from feedsvc.site.exceptions import DocumentMoved, DocumentNotFound
from feedsvc.site.titles import make_page_title
from feedsvc.web.limits import limit_headers
from feedsvc.web.masking import mask_keys
from feedsvc.web.responses import (
    MAX_LOCATION_BYTES,
    NO_STORE,
    add_common_headers,
    get_error_cache_control,
    make_cache_control,
    make_json_response,
)
from feedsvc.words import make_message

log = logging.getLogger(__name__)
ALLOWED_METHODS = ["GET", "HEAD", "OPTIONS"]
QUERY_CHARACTERS = "%/?:@!$&'()*+,;=-._~"  # RFC 3986, section 3.4; "%" of encoded characters
NOT_READY_RETRY_SECONDS = 5  # while the first index is built
SENTENCES = {  # for errors without a description of their own
    404: DocumentNotFound.description,
    405: make_message("What is at this address can only be read."),
}


def handle_error(error: Exception, settings: Settings) -> BaseResponse:
    """Return the response to the current request, which raised *error*."""
    limit_headers(request.environ)  # a request that matches no route has not been limited yet
    match error:
        case DocumentMoved():
            query = quote(request.query_string, safe=QUERY_CHARACTERS)
            return make_redirect(error.url, query, settings)
        case HTTPException(response=BaseResponse() as response):  # from a hook: `abort(response)`
            return response
        case ListingError():
            return make_error_response(settings, error.status, *_explain(error))
        case IndexNotReadyError():
            response = make_error_response(
                settings,
                error.status,
                make_message("The entries are not ready to be shown yet."),
                make_message(
                    "They are being read for the first time. If this takes long, the log of the"
                    " service says why."
                ),
            )
            response.headers["Retry-After"] = str(NOT_READY_RETRY_SECONDS)
            return response
        case HTTPException():
            message, remedy = _get_description(error), getattr(error, "remedy", "")
            response = make_error_response(settings, error.code or 500, message, remedy)
            for name, value in error.get_headers():  # WWW-Authenticate, Retry-After, Content-Range
                if name != "Content-Type":
                    response.headers.add(name, value)
            if error.code == 405:
                response.headers["Allow"] = ", ".join(ALLOWED_METHODS)
            return response
    if not isinstance(error, EntryChangedError):
        # percent-encoded: no address can break the log's line
        log.error("%s could not be answered", quote(mask_keys(request.path)), exc_info=error)
    # no Retry-After: readers apply it to the whole host, but only this document fails
    return make_error_response(
        settings,
        503,
        make_message("This page cannot be shown at the moment."),
        make_message("Try again in a minute."),
    )


def _explain(error: ListingError) -> tuple[str, str]:
    """Return what is wrong with an address, and the remedy."""
    if error.subject:
        # NOTE: the name of a parameter in an address, and what is wrong with its value
        message = make_message(
            "%(parameter)s: %(problem)s.", parameter=error.subject, problem=error.message
        )
    else:
        message = make_message("%(problem)s.", problem=error.message)
    return message, make_message("Correct the address and try again.")


def _get_description(error: HTTPException) -> str:
    """Return the description of *error*, our sentence where it has only Werkzeug's default."""
    if error.description and error.description != type(error).description:
        return error.description
    return SENTENCES.get(error.code or 500) or error.description or error.name


def make_redirect(url: str, query: str, settings: Settings) -> Response:
    """Return the redirect to *url* with the *query* of the current request, or 414."""
    location = f"{url}?{query}" if query and "?" not in url else url
    if len(location) > MAX_LOCATION_BYTES:
        return make_error_response(settings, 414, make_message("This address is too long."))
    response = Response(status=301)
    response.headers["Location"] = location
    response.headers["Cache-Control"] = make_cache_control(settings.feeds.max_age)
    add_common_headers(response, settings)
    return response


def make_error_response(
    settings: Settings, status: int, message: str, remedy: str = ""
) -> Response:
    """Return the response in the form that the current request prefers."""
    if prefers_html(request):
        html = render_error_page(settings, status, message, remedy)
        response = Response(html, status, content_type=pages.HTML_MEDIA_TYPE)
    elif "json" in request.headers.get("Accept", ""):
        fields = {"status": status, "title": message} | ({"detail": remedy} if remedy else {})
        response = make_json_response(fields, settings, status)
        response.content_type = "application/problem+json"
    else:
        text = f"{message} {remedy}".strip() + "\n"
        response = Response(text, status, content_type="text/plain; charset=utf-8")
    add_common_headers(response, settings)
    has_key = mask_keys(request.path) != request.path  # no cache may hold that address
    response.headers["Cache-Control"] = NO_STORE if has_key else get_error_cache_control(status)
    response.headers["Vary"] = "Accept"
    return response


def render_error_page(settings: Settings, status: int, message: str, remedy: str) -> bytes:
    """Return the HTML page of an error, in the site's language."""
    words = settings.words
    heading = pages.get_error_heading(status, words)
    page = pages.ErrorPage(
        channel=build_channel(settings),
        title=make_page_title(settings, heading),
        canonical="",
        robots="noindex",
        status=status,
        heading=heading,
        message=words.translate(message),
        remedy=words.translate(remedy),
    )
    return pages.render_page(page, settings)


def prefers_html(request: Request) -> bool:
    """Whether the client prefers HTML: a browser names it first, a feed reader does not."""
    kinds = ["text/plain", "text/html", "application/problem+json"]
    best: str | None = request.accept_mimetypes.best_match(kinds)
    return best == "text/html" and "text/html" in request.headers.get("Accept", "")
