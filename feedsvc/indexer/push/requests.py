"""Send one request to a receiver, within time limits; a failure is a value, never an exception.

No redirect is followed: messages are only for the receivers of the settings. Nothing that may hold
a secret (path, query, headers, bodies) is in the reason of a failure.
"""

from __future__ import annotations

import encodings.idna  # noqa: F401 - a thread that imports it later may hold a lock in a fork
import http.client
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from feedsvc import __version__
from feedsvc.settings import Settings
from feedsvc.urls import quote_url

TIMEOUT_SECONDS = 10.0  # per step: connecting, sending, waiting for the response
CHECK_TIMEOUT_SECONDS = 5.0
MAX_RETRY_AFTER_SECONDS = 3_600.0
# worth another attempt; for others (400, 404, 422 …) the same request gets the same response
PASSING_STATUSES = frozenset({401, 403, 408, 425, 429})
USER_AGENT = f"feedsvc/{__version__}"


class Message(Struct, frozen=True, kw_only=True):
    """A request, and the items of its mailbox that it delivers."""

    url: str
    keys: Sequence[str]
    method: str = "POST"
    headers: Mapping[str, str] = {}
    body: bytes | None = None


class Failure(Struct, frozen=True, kw_only=True):
    """Why a message was not accepted; *is_final* if another attempt would not help."""

    reason: str
    is_final: bool = False
    retry_after: float = 0.0  # seconds, as the server requests


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirects)


def send_message(message: Message) -> Failure | None:
    """Send *message*; return None if it was accepted (status 2xx)."""
    request = urllib.request.Request(
        quote_url(message.url),
        data=message.body,
        headers={"User-Agent": USER_AGENT, **message.headers},
        method=message.method,
    )
    try:
        with _OPENER.open(request, timeout=TIMEOUT_SECONDS):
            pass  # the body of the response does not matter
    except urllib.error.HTTPError as error:
        with error:
            return _judge_status(error)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Failure(reason=describe_error(error))
    return None


def _judge_status(error: urllib.error.HTTPError) -> Failure:
    if 300 <= error.code < 400:
        return Failure(reason=f"status {error.code}, and redirects are not followed")
    return Failure(
        reason=f"status {error.code}",
        is_final=error.code < 500 and error.code not in PASSING_STATUSES,
        retry_after=_parse_retry_after(error.headers.get("Retry-After", "")),
    )


def _parse_retry_after(text: str) -> float:
    """Return the seconds of a Retry-After (RFC 9110, section 10.2.3), 0 for an invalid one."""
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), MAX_RETRY_AFTER_SECONDS)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    seconds = moment.timestamp() - time.time()
    return min(max(0.0, seconds), MAX_RETRY_AFTER_SECONDS)


def describe_error(error: BaseException) -> str:
    """Return the reason of *error* without an address: `Connection refused`, `timed out`."""
    if isinstance(error, urllib.error.URLError) and isinstance(error.reason, BaseException):
        error = error.reason
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, ssl.SSLError):
        return f"TLS: {error.reason or 'failed'}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return f"the answer is not HTTP ({type(error).__name__})"


def describe_host(url: str) -> str:
    """Return scheme and host of *url*: a webhook's other parts may be secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def check_receivers(settings: Settings) -> Iterator[str]:
    """Yield a sentence for each receiver that cannot be reached; nothing is sent to it."""
    from feedsvc.indexer.push.receivers import list_receivers

    receivers = {describe_host(one.url): one.kind for one in list_receivers(settings)}
    with ThreadPoolExecutor(max_workers=8) as pool:
        for (host, kind), reason in zip(
            receivers.items(), pool.map(_try_to_connect, receivers), strict=True
        ):
            if reason:
                yield f"{host} ({kind}) cannot be reached: {reason}"


def _try_to_connect(host: str) -> str:
    """Return why no connection can be made to *host*, "" if one can."""
    parts = urlsplit(quote_url(host))
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with socket.create_connection((parts.hostname, port), CHECK_TIMEOUT_SECONDS) as connection:
            if parts.scheme == "https":
                context = ssl.create_default_context()
                context.wrap_socket(connection, server_hostname=parts.hostname).close()
    except (OSError, ValueError) as error:
        return describe_error(error)
    return ""
