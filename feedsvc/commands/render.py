"""`feedsvc render`: one document, as the server would send it now."""

from __future__ import annotations

import string
from urllib.parse import quote

from werkzeug.test import TestResponse

from feedsvc.indexer import refresh_index
from feedsvc.settings import Settings
from feedsvc.urls import strip_site
from feedsvc.web import create_app


def render_path(path: str, settings: Settings) -> TestResponse:
    """Update the index, start no writer, and return the response to a GET of *path*.

    It may also be a URL of the site, as feeds and browsers have it.
    """
    refresh_index(settings)
    path = strip_site(path, settings.site.url)
    address = quote(path.lstrip("/"), safe=string.punctuation, errors="surrogateescape")
    return create_app(settings, runs_writer=False).test_client().get(f"/{address}")


def describe_status(path: str, response: TestResponse, settings: Settings) -> str:
    """Return what the answer to *path* is, where it is not the document asked for."""
    status = f"is answered with status {response.status_code}"
    if response.location:
        return f"{path} {status}, and leads to {response.location}"
    is_elsewhere = "://" in path and not strip_site(path, settings.site.url).startswith("/")
    return f"{path} {f'is not on {settings.site.url}, and ' if is_elsewhere else ''}{status}"
