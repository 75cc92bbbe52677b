"""`feedsvc health`: whether a running service answers, for containers without an HTTP client."""

from __future__ import annotations

from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from feedsvc.urls import Route, is_web_url

TIMEOUT_SECONDS = 4.0  # below the 5 s of the Dockerfile's HEALTHCHECK
MAX_ANSWER_BYTES = 1_000


def ask_health(url: str, *, ready: bool) -> str:
    """Return what is wrong with the service at *url*, "" if it is healthy, or with *ready* ready.

    No settings are read: the running service may have others than the present file.
    """
    if not is_web_url(url):
        return f"{url!r} is not an http or https URL"
    parts = urlsplit(url)
    path = f"{parts.path.rstrip('/')}/{Route.READINESS if ready else Route.HEALTH}"
    connect = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    try:
        connection = connect(parts.netloc, timeout=TIMEOUT_SECONDS)
        connection.request("GET", path, headers={"Connection": "close"})
        response = connection.getresponse()
        body = response.read(MAX_ANSWER_BYTES)
    except (OSError, HTTPException) as error:
        return f"{url} does not answer: {error}"
    if response.status == 200:
        return ""
    words = body.decode("utf-8", "replace").strip().partition("\n")[0]
    return f"{path} of {url} answers {response.status}: {words}"
