"""Answer the same bytes from a bare WSGI function and a bare Flask view: the least work."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from flask import Flask, Response

BODY = Path(os.environ.get("BENCH_BODY", os.devnull)).read_bytes()
HEADERS = [
    ("Content-Type", "application/atom+xml; charset=utf-8"),
    ("Content-Encoding", "gzip"),
    ("Content-Length", str(len(BODY))),
    ("ETag", 'W/"0123456789abcdef0123456789abcdef"'),
    ("Cache-Control", "public, max-age=300"),
    ("Vary", "Accept-Encoding"),
]


def wsgi(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", list(HEADERS))
    return [BODY]


flask = Flask("bare")


@flask.get("/atom.xml")
def show() -> Response:
    return Response(BODY, headers=HEADERS)
