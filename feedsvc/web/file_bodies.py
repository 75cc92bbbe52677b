"""The bytes of a file as the body of a response, in the form that the server sends best.

A client that does not read must not block a thread that others need. `feedsvc serve`, waitress and
uWSGI with offload threads send files by themselves: the first gets a `FileBody`, the others
`wsgi.file_wrapper` (PEP 3333). Any other server iterates the body in the thread that answers:
there the downloads at a time in one process are bounded, and the other threads stay for feeds.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, cast

from flask import Response
from msgspec import Struct
from werkzeug.exceptions import ServiceUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import WSGIEnvironment

BLOCK_BYTES = 65_536  # a body of at most one block is read at once, and sent as documents are
MAX_THREADS_FOR_FILES = 16  # per process; deploy/gunicorn.conf.py has twice as many threads
RETRY_SECONDS = 5
# In the environment of a server that sends a FileBody: a function that returns whether it takes one
TAKES_FILE_KEY = "feedsvc.takes_file"
_slots = threading.BoundedSemaphore(MAX_THREADS_FOR_FILES)


class FileBody(Struct, frozen=True, kw_only=True):
    """The bytes from *start* to before *stop* of the file at *path*."""

    path: str
    start: int
    stop: int

    def open(self) -> BinaryIO:
        """Return the file, open where the body begins; raises OSError."""
        file = open(self.path, "rb")  # noqa: SIM115 - closed with the response
        file.seek(self.start)
        return file


class ThreadFileBody:
    """A body that the answering thread iterates; some threads are kept for other requests."""

    _holds_slot = False
    _file: BinaryIO | None = None

    def __init__(self, body: FileBody) -> None:
        if not _slots.acquire(blocking=False):
            raise make_busy_error()
        self._holds_slot = True
        self._length = body.stop - body.start
        self._file = body.open()

    def __iter__(self) -> Iterator[bytes]:
        left = self._length
        while self._file and left and (block := self._file.read(min(BLOCK_BYTES, left))):
            left -= len(block)
            yield block

    def close(self) -> None:
        """Release the thread's place; WSGI servers call this however a response ends."""
        if self._holds_slot:
            self._holds_slot = False
            _slots.release()
        if self._file:
            self._file.close()

    __del__ = close  # for a response that an error has replaced


def make_busy_error() -> ServiceUnavailable:
    return ServiceUnavailable("Too many downloads are under way.", retry_after=RETRY_SECONDS)


def set_file_body(response: Response, environ: WSGIEnvironment, path: str, size: int) -> None:
    """Let the server of *environ* send *path*, or only the range that *response* names.

    Raises ServiceUnavailable if that would take one of the last threads or descriptors.
    """
    if environ["REQUEST_METHOD"] != "GET" or response.status_code not in (200, 206):
        return
    found = response.content_range
    start, stop = (found.start or 0, found.stop or size) if found else (0, size)
    response.close()  # closes the file that Werkzeug has opened
    body = _adapt(FileBody(path=path, start=start, stop=stop), environ, is_whole=not found)
    response.response = cast("Iterable[bytes]", body)


def _adapt(body: FileBody, environ: WSGIEnvironment, *, is_whole: bool) -> object:
    if body.stop - body.start <= BLOCK_BYTES:
        with body.open() as file:
            return [file.read(body.stop - body.start)]
    if takes_file := environ.get(TAKES_FILE_KEY):
        if not takes_file():
            raise make_busy_error()
        return body
    # uWSGI takes the file's descriptor, and sends from its beginning
    if "waitress.client_disconnected" in environ or ("uwsgi.version" in environ and is_whole):
        return environ["wsgi.file_wrapper"](body.open(), BLOCK_BYTES)
    return ThreadFileBody(body)
