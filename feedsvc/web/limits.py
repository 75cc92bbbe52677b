"""Every length of a request is bounded here, before any pattern sees it.

An address that is too long, or that can name nothing, is refused, and so is a request that does not
name one host, or a target without its first slash. A header that is too long, or has an impossible
time, is removed from the request: RFC 9110 lets a server ignore each header that is read here
(sections 12.4.1, 13.1 and 14.2). Other headers, such as cookies, are never read.
"""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from typing import TYPE_CHECKING

from flask import request
from werkzeug.exceptions import BadRequest, RequestURITooLarge

from feedsvc.listing import MAX_QUERY_BYTES
from feedsvc.site.exceptions import DocumentNotFound
from feedsvc.words import make_message

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

MAX_PATH_BYTES = 4_096  # PATH_MAX of Linux, too
MAX_HEADER_BYTES = 4_096  # a hundred ETags
MAX_TIME_BYTES = 64
READ_HEADERS = (
    "HTTP_ACCEPT HTTP_ACCEPT_ENCODING HTTP_AUTHORIZATION HTTP_IF_MATCH HTTP_IF_MODIFIED_SINCE"
    " HTTP_IF_NONE_MATCH HTTP_IF_UNMODIFIED_SINCE HTTP_RANGE"
).split()
_IMPOSSIBLE_TIME = re.compile(r"\d{5}")  # a year that makes Werkzeug raise OverflowError
# RFC 3986, section 3.2.2, without the comma: servers join two Host headers with one
HOST = re.compile(
    r"(\[[0-9a-f:.]{2,45}\]|(?:[\w.~!$&'()*+;=-]|%[0-9a-f]{2}){0,253})(?::\d{0,5})?",
    re.ASCII | re.IGNORECASE,
)


class WrongHost(BadRequest):
    """A request has no Host header, several, or one that names no host."""


def limit_request() -> None:
    """Bound the current request, before anything else reads it. Raises 400, 414 and 404."""
    environ = request.environ
    limit_headers(environ)
    if not _has_host(environ):
        raise WrongHost("A request names one host in its Host header; this one does not.")
    path = environ["PATH_INFO"]
    if not _is_target(path, request.method):
        raise BadRequest("The target of a request begins with a slash; this one does not.")
    if len(path) > MAX_PATH_BYTES or len(environ.get("QUERY_STRING", "")) > MAX_QUERY_BYTES:
        raise RequestURITooLarge(make_message("This address is too long."))
    if "\0" in path:  # in no name of a file or an entry
        raise DocumentNotFound


def _is_target(path: str, method: str) -> bool:
    """Whether *path* is one that a request with *method* may have (RFC 9112, section 3.2)."""
    if path[:1] in ("", "/"):  # servers give an empty one to what is mounted
        return True
    return method == "CONNECT" or (path == "*" and method == "OPTIONS")


def _has_host(environ: WSGIEnvironment) -> bool:
    """Whether *environ* has the Host that RFC 9112 asks for (section 3.2), which may be empty."""
    host = environ.get("HTTP_HOST")
    return is_host(host) if host is not None else environ["SERVER_PROTOCOL"] != "HTTP/1.1"


def is_host(text: str) -> bool:
    """Whether *text* is a host as it stands in an address, with or without a port."""
    match = HOST.fullmatch(text)
    if match is None or not match[1].startswith("["):
        return match is not None
    try:
        IPv6Address(match[1].strip("[]"))
    except ValueError:
        return False
    return True


def limit_headers(environ: WSGIEnvironment) -> None:
    """Remove headers that are too long, and those with an impossible time, from *environ*."""
    for name in READ_HEADERS:
        value = environ.get(name)
        if value is not None and not _is_readable(name, value):
            del environ[name]


def _is_readable(name: str, value: str) -> bool:
    if name.endswith("_SINCE"):
        return len(value) <= MAX_TIME_BYTES and _IMPOSSIBLE_TIME.search(value) is None
    return len(value) <= MAX_HEADER_BYTES
