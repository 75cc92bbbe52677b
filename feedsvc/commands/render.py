"""`feedsvc render`: one document, as the server would send it now."""

from __future__ import annotations

import string
from urllib.parse import quote

from werkzeug.test import TestResponse

from feedsvc.indexer import refresh_index
from feedsvc.settings import Settings
from feedsvc.web import create_app


def render_path(path: str, settings: Settings) -> TestResponse:
    """Update the index, start no writer, and return the response to a GET of *path*."""
    refresh_index(settings)
    address = quote(path.lstrip("/"), safe=string.punctuation, errors="surrogateescape")
    return create_app(settings, runs_writer=False).test_client().get(f"/{address}")
