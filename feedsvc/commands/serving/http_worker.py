"""A worker of `feedsvc serve`: HTTP by Granian's core in Rust, which calls the application.

Granian's protocol RSGI is used without an event loop: the core calls `_Bridge` in one of a few
Python threads, as it does for WSGI, and unlike there a response may be a file. So a thread is taken
for as long as a response is made, never while it is sent: heads are read, files and bodies are
sent, and clients that stall are waited for in Rust.
"""

from __future__ import annotations

import asyncio
import fcntl
import io
import logging
import os
import signal
import socket
import sys
import termios
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

from granian import _granian
from granian.http import HTTP1Settings
from msgspec import Struct

from feedsvc.commands.serving.core_metrics import INTERVAL_SECONDS, CoreMetrics
from feedsvc.log_lines import MAX_QUOTED_CHARACTERS, quote_words
from feedsvc.web.file_bodies import RETRY_SECONDS, TAKES_FILE_KEY, FileBody
from feedsvc.web.limits import is_host
from feedsvc.web.masking import mask_keys

log = logging.getLogger(__name__)
access_log = logging.getLogger("feedsvc.access")
WSGIApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_core: Any = _granian  # what its types say of it is not all
THREADS = 4  # more would cost memory at many connections, with no gain
MAX_HEAD_BYTES = 16_384  # request line and headers; nginx allows as much
# to the end of a request's head, from the connection or the response before it
HEAD_MILLISECONDS = 10_000
BACKLOG = 4_096  # connections that wait to be accepted; the system may allow fewer
MAX_CONNECTIONS = 6_000  # of one worker; one that waits costs up to 35 KB
# Of one worker. A download takes two, and 256 KB: this bounds what all take together to 0.8 GB
MAX_DESCRIPTORS = 6_500
OTHER_DESCRIPTORS = 100  # for the index, and a worker's own
MIN_LARGE_BYTES = 131_072  # one block of those in which the core reads a file
MAX_LARGE_BYTES = 64 * 1024 * 1024
CLOSE_SECONDS = 10.0  # until a body handed over is certainly open on the other side
FIRST_REQUEST_SECONDS = 2.0  # waited for those of connections that exist when a worker ends
ESTABLISHED = 1  # a state of `tcp_info` (Linux)
BYTES_RECEIVED = slice(128, 136)  # of `tcp_info`: all that has ever come from the client
_TERMINATION = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def run_worker(
    number: int,
    listener: socket.socket,
    make_app: Callable[[], WSGIApplication],
    *,
    logs_access: bool,
    core_metrics: CoreMetrics | None = None,
) -> None:
    """Answer requests at *listener* until SIGTERM, then on connections still open.

    The core's log and *core_metrics* name it by its *number*.

    The caller must block signals; they are unblocked when they can be handled.
    """
    stop, ended = _core.WorkerSignal(), threading.Event()
    stop.add_cb(ended.set)
    accepting = os.dup(listener.fileno())  # which the core closes
    _handle_signals(stop, accepting)
    descriptors = raise_descriptors()
    connections = min(MAX_CONNECTIONS, max(1, descriptors - 2 * OTHER_DESCRIPTORS))
    bridge = _Bridge(make_app(), listener, descriptors - OTHER_DESCRIPTORS, logs_access=logs_access)
    loop = asyncio.new_event_loop()  # which the core asks for; it never runs
    scheduler = _core.CallbackScheduler(loop, None, None, None, None)
    scheduler._schedule_fn = bridge.respond
    worker = _core.RSGIWorker(
        number,
        (None, _core.SocketHolder(accepting, False, BACKLOG)),
        core_metrics and core_metrics.make_sender(number),
        py_threads=THREADS,
        backpressure=connections,
        http_mode="1",
        http1_opts=HTTP1Settings(
            header_read_timeout=HEAD_MILLISECONDS, max_buffer_size=MAX_HEAD_BYTES
        ),
        metrics=(INTERVAL_SECONDS if core_metrics else None, None),
    )
    listener.close()
    worker.serve_mtr(scheduler, loop, stop)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _TERMINATION)
    ended.wait()


def _handle_signals(stop: Any, accepting: int) -> None:
    """End by SIGTERM once; the rest is meant for the server, which says so to its workers."""

    def end(*_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a third would wait for ever for the core
        stop_accepting(accepting)
        # the core closes a connection on which nothing has been read
        until = time.monotonic() + FIRST_REQUEST_SECONDS
        while has_unread_connection() and time.monotonic() < until:
            time.sleep(0.01)
        stop.set()

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, end)


def stop_accepting(descriptor: int) -> None:
    """Replace a listening socket by one to which no client connects.

    The core accepts until it stops, and fails to stop connections accepted at that moment.
    """
    with socket.create_server(("127.0.0.1", 0), backlog=0) as unused:
        unused.setblocking(False)
        os.dup2(unused.fileno(), descriptor, inheritable=False)


def has_unread_connection() -> bool:
    """Whether a client has connected from which nothing was read yet; True where none can tell."""
    if not hasattr(socket, "TCP_INFO") or sys.platform != "linux":
        return True
    return any(_is_unread(int(name)) for name in os.listdir("/proc/self/fd"))


def _is_unread(descriptor: int) -> bool:
    try:
        one = socket.socket(fileno=descriptor)
    except OSError:  # no socket, or it is closed by now
        return False
    try:
        info = one.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, BYTES_RECEIVED.stop)
        waiting = fcntl.ioctl(one, termios.FIONREAD, bytes(4))
    except OSError:  # not of TCP, or one that listens
        return False
    finally:
        one.detach()
    return info[0] == ESTABLISHED and (not any(info[BYTES_RECEIVED]) or any(waiting))


def raise_descriptors() -> int:
    """Return how many descriptors this process may open, after raising their limit."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    limit = MAX_DESCRIPTORS if hard == unlimited else min(MAX_DESCRIPTORS, hard)
    if soft not in (unlimited, limit):
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    return limit


# -- from RSGI to WSGI --------------------------------------------------------------------


class _Start:
    """WSGI's `start_response`, and what it was called with; before that an error."""

    __slots__ = ("headers", "status")

    def __init__(self) -> None:
        self.status = 500
        self.headers: list[tuple[str, str]] = []

    def __call__(
        self, status: str, headers: list[tuple[str, str]], _exc_info: object = None
    ) -> None:
        self.status = int(status[:3])
        self.headers = headers


class _Bridge:
    """What the core calls for each request."""

    def __init__(
        self,
        application: WSGIApplication,
        listener: socket.socket,
        max_descriptors: int,
        *,
        logs_access: bool,
    ) -> None:
        self.application = application
        self.max_descriptors = max_descriptors
        self.logs_access = logs_access
        self.large = LargeBodies()
        host, port = listener.getsockname()[:2]
        self.common: dict[str, Any] = {
            "SCRIPT_NAME": "",
            "SERVER_NAME": host,
            "SERVER_PORT": str(port),
            "SERVER_SOFTWARE": "feedsvc",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),  # nothing is made of a request's body
            "wsgi.errors": _Errors(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
            TAKES_FILE_KEY: self.takes_file,
        }

    def respond(self, watcher: Any) -> None:
        """Answer one request; raise nothing, since no caller could catch it."""
        scope, protocol = watcher.scope, watcher.proto
        began = time.perf_counter()
        try:
            response = self._call_application(scope)
        except Exception:  # of the front or Flask themselves: a client is answered all the same
            log.exception("%s could not be answered", quote(mask_keys(scope.path)))
            response = _Start(), []
        status = self._send(protocol, *response)
        if self.logs_access:
            size = _get_length(response[1]) if scope.method != "HEAD" else 0
            log_access(scope, status, size, 1000 * (time.perf_counter() - began))
        # The traceback of an error that Flask has handled may keep this frame until the collector
        # comes, and with it a request's body unread and its connection open
        del watcher, scope, protocol

    def _call_application(self, scope: Any) -> tuple[_Start, FileBody | list[bytes]]:
        start = _Start()
        body = self.application(build_environ(scope, self.common), start)
        if isinstance(body, FileBody | list):
            return start, body
        try:
            return start, list(body)
        finally:
            if hasattr(body, "close"):
                body.close()

    def _send(self, protocol: Any, start: _Start, body: FileBody | list[bytes]) -> int:
        """Hand a response over to the core; return its status."""
        status, headers = start.status, start.headers
        if isinstance(body, FileBody):
            protocol.response_file_range(status, headers, body.path, body.start, body.stop)
            return status
        data = b"".join(body)
        path = self.large.get_path(data, headers) if len(data) > MIN_LARGE_BYTES else ""
        if not path:
            protocol.response_bytes(status, headers, data)
        elif self.takes_file():
            protocol.response_file(status, headers, path)
        else:
            status = 503
            protocol.response_empty(status, [("Retry-After", str(RETRY_SECONDS))])
        return status

    def takes_file(self) -> bool:
        """Whether one more file may be opened: the lowest free descriptor tells how many are."""
        try:
            handle = os.open(os.devnull, os.O_RDONLY)
        except OSError:
            return False
        os.close(handle)
        return handle < self.max_descriptors


def build_environ(scope: Any, common: dict[str, Any]) -> dict[str, Any]:
    """Return WSGI's environment of a request, with what is *common* to all."""
    environ = common.copy()
    environ["REQUEST_METHOD"] = scope.method
    # the bytes of the path as Latin-1 (PEP 3333); to the core, a word without a slash is a host
    path = scope.path or scope.authority or "/"
    environ["PATH_INFO"] = path.encode("utf-8", "replace").decode("latin-1")
    environ["QUERY_STRING"] = scope.query_string
    environ["SERVER_PROTOCOL"] = f"HTTP/{scope.http_version}"
    environ["REMOTE_ADDR"] = scope.client.rpartition(":")[0].strip("[]")
    for name, value in scope.headers.items():
        key = _HEADER_KEYS.get(name) or make_header_key(name)
        if key in environ:
            environ[key] += ("; " if name == "cookie" else ",") + value
        elif key:
            environ[key] = value
    # of a target with a host that one counts, beside a Host that is one (RFC 9112, section 3.2.2)
    if scope.authority and is_host(environ.get("HTTP_HOST", ",")):
        environ["HTTP_HOST"] = scope.authority
    return environ


def make_header_key(name: str) -> str:
    """Return the key of a header in WSGI's environment, "" for one that could pass for another."""
    if "_" in name:
        return ""
    key = name.upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"


_HEADER_KEYS = {
    name: make_header_key(name)
    for name in (
        "accept accept-encoding accept-language cache-control connection cookie host"
        " if-modified-since if-none-match if-range pragma range referer sec-fetch-dest"
        " sec-fetch-mode sec-fetch-site upgrade-insecure-requests user-agent x-forwarded-for"
        " x-forwarded-proto x-real-ip"
    ).split()
}


class _Errors(io.TextIOBase):
    """WSGI's stream for errors: the log."""

    def write(self, text: str) -> int:
        if text.strip():
            log.error("%s", text.rstrip())
        return len(text)


def _get_length(body: FileBody | list[bytes]) -> int:
    if isinstance(body, FileBody):
        return body.stop - body.start
    return sum(map(len, body))


def log_access(scope: Any, status: int, size: int, milliseconds: float) -> None:
    """Log a request, its address as it came: percent-encoded, so that it stays one line."""
    path = quote(mask_keys(scope.path), safe="/:@!$&'()*+,;=-._~")
    query = (
        f"?{quote(mask_keys(scope.query_string), safe='/?:@!$&()*+,;=-._~%')}"
        if scope.query_string
        else ""
    )
    agent = scope.headers.get("user-agent") or ""
    access_log.info(
        '%s "%s %s%s HTTP/%s" %d %d %.2f ms %s',
        scope.client, scope.method, path, query, scope.http_version, status, size, milliseconds,
        quote_words(agent),
        extra={"fields": {
            "client": scope.client, "method": scope.method, "path": path + query,
            "protocol": f"HTTP/{scope.http_version}", "status": status, "bytes": size,
            "ms": round(milliseconds, 2), "agent": agent[:MAX_QUOTED_CHARACTERS],
        }},
    )  # fmt: skip


class _LargeBody(Struct, frozen=True, kw_only=True):
    handle: int
    size: int


class LargeBodies:
    """Large bodies as files in memory, one for all clients that read it at the same time.

    The core copies bytes for each response: a thousand slow readers of a feed of 5 MB would take
    5 GB. Of a file it has one block each.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.bodies: dict[tuple[str, str, int], _LargeBody] = {}  # in the order of their last use
        self.size = 0
        self.closing: deque[tuple[float, _LargeBody]] = deque()

    def get_path(self, data: bytes, headers: list[tuple[str, str]]) -> str:
        """Return where the core can open *data*, "" where nothing can be held."""
        found = {name.lower(): value for name, value in headers}
        key = (found.get("etag", ""), found.get("content-encoding", ""), len(data))
        if not key[0] or not hasattr(os, "memfd_create"):
            return ""
        with self.lock:
            self._close_old()
            body = self.bodies.pop(key, None) or self._make_body(data)
            if body is None:
                return ""
            self.bodies[key] = body
            return f"/proc/{os.getpid()}/fd/{body.handle}"

    def _make_body(self, data: bytes) -> _LargeBody | None:
        while self.bodies and self.size + len(data) > MAX_LARGE_BYTES:
            oldest = self.bodies.pop(next(iter(self.bodies)))
            self.closing.append((time.monotonic() + CLOSE_SECONDS, oldest))
            self.size -= oldest.size
        # those that wait to be closed count too: many large bodies in turn are not hoarded
        waiting = sum(body.size for _, body in self.closing)
        if len(data) + self.size + waiting > 2 * MAX_LARGE_BYTES:
            return None
        try:
            handle = os.memfd_create("feedsvc", os.MFD_CLOEXEC)
            with open(handle, "wb", closefd=False) as file:
                file.write(data)
        except OSError:  # no descriptor, no memory
            return None
        self.size += len(data)
        return _LargeBody(handle=handle, size=len(data))

    def _close_old(self) -> None:
        now = time.monotonic()
        while self.closing and self.closing[0][0] < now:
            os.close(self.closing.popleft()[1].handle)
