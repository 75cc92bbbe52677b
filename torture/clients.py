"""Clients that are slow or hostile, by the hundred, and good ones beside them."""

from __future__ import annotations

import resource
import selectors
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from torture.site import Connection

GOOD_PATHS = ("/atom.xml", "/rss.xml?limit=5", "/", "/readyz", "/files/small.png")
DRIP_SECONDS = 1.0


class Kind(Struct, frozen=True, kw_only=True):
    """A kind of client: what it sends at first, and then byte by byte; it reads nothing."""

    first: bytes
    drip: bytes = b""


KINDS = {
    "silent": Kind(first=b""),
    "one byte": Kind(first=b"G"),
    "slow head": Kind(first=b"GET /atom.xml HTTP/1.1\r\nHost: x\r\nX-Slow: ", drip=b"a"),
    "slow body": Kind(
        first=b"POST /atom.xml HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n", drip=b"a"
    ),
    "slow body of a GET": Kind(
        first=b"GET /atom.xml HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n", drip=b"a"
    ),
    "slow chunks": Kind(
        first=b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
        drip=b"1\r\na\r\n",
    ),
    "waits for 100": Kind(
        first=b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n"
    ),
    "stalled download": Kind(first=b"GET /files/large.mp4 HTTP/1.1\r\nHost: x\r\n\r\n"),
    "stalled range": Kind(
        first=b"GET /files/large.mp4 HTTP/1.1\r\nHost: x\r\nRange: bytes=1000-\r\n\r\n"
    ),
    "stalled feed": Kind(first=b"GET /rss.xml?limit=500 HTTP/1.1\r\nHost: x\r\n\r\n"),
    "pipelined": Kind(first=b"GET /rss.xml?limit=500 HTTP/1.1\r\nHost: x\r\n\r\n" * 50),
    "tls": Kind(first=b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"a" * 64),
}


class Crowd:
    """*count* connections of one *kind*, which stay open until they are closed."""

    def __init__(self, port: int, kind: Kind, count: int) -> None:
        self.port = port
        self.kind = kind
        self.sockets: list[socket.socket] = []
        self.refused = 0
        self.ended = threading.Event()
        for _ in range(count):
            self._open()

    def _open(self) -> None:
        one = socket.socket()
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # before the first window
        one.setblocking(False)
        self.sockets.append(one)
        one.connect_ex(("127.0.0.1", self.port))

    def start(self, seconds: float = 10.0) -> None:
        """Send what comes first, as each connection is there."""
        waiting = selectors.DefaultSelector()
        for one in self.sockets:
            waiting.register(one, selectors.EVENT_WRITE)
        deadline = time.monotonic() + seconds
        while waiting.get_map() and time.monotonic() < deadline:
            for key, _ in waiting.select(0.5):
                waiting.unregister(key.fileobj)
                self._send(key.fileobj, self.kind.first)  # type: ignore[arg-type]
        waiting.close()

    def drip(self) -> None:
        """Send byte by byte until it is closed."""
        while not self.ended.wait(DRIP_SECONDS):
            for one in self.sockets:
                self._send(one, self.kind.drip)

    def _send(self, one: socket.socket, words: bytes) -> None:
        try:
            one.send(words)
        except OSError:
            self.refused += 1

    def count_open(self) -> int:
        """Return how many the server has not closed."""
        return sum(_is_open(one) for one in self.sockets)

    def close(self) -> None:
        self.ended.set()
        for one in self.sockets:
            one.close()


def _is_open(one: socket.socket) -> bool:
    try:
        while one.recv(65_536):
            pass
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


@contextmanager
def run_crowd(port: int, kind: Kind, count: int) -> Iterator[Crowd]:
    """Keep *count* clients of *kind* connected during the block."""
    raise_descriptors(count + 200)
    crowd = Crowd(port, kind, count)
    dripping = threading.Thread(target=crowd.drip, daemon=True)
    try:
        crowd.start()
        if kind.drip:
            dripping.start()
        yield crowd
    finally:
        crowd.close()
        if kind.drip:
            dripping.join()


def raise_descriptors(wanted: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))


class Times(Struct, frozen=True, kw_only=True):
    """How long good clients waited, in seconds, and how many got no right answer."""

    count: int
    failed: int
    median: float
    worst: float


def ask_well(port: int, rounds: int, paths: tuple[str, ...] = GOOD_PATHS) -> Times:
    """Ask each of *paths* *rounds* times, each by a connection of its own."""
    times, failed = [], 0
    for _ in range(rounds):
        for path in paths:
            started = time.monotonic()
            connection = Connection(port)
            try:
                failed += connection.get(path).status != 200
            except OSError:
                failed += 1
            finally:
                connection.close()
            times.append(time.monotonic() - started)
    return Times(count=len(times), failed=failed, median=statistics.median(times), worst=max(times))


class Usage(Struct, frozen=True, kw_only=True):
    """What the processes of a server hold together."""

    megabytes: float
    descriptors: int


def measure_usage(pids: list[int]) -> Usage:
    """Return the memory (resident, shared pages once) and descriptors of *pids*: Linux only."""
    kilobytes = descriptors = 0
    for pid in pids:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
        kilobytes += next(int(line.split()[1]) for line in rollup.splitlines() if "Pss:" in line)
        descriptors += len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return Usage(megabytes=round(kilobytes / 1024, 1), descriptors=descriptors)


def send_raw(port: int, words: bytes, seconds: float = 5.0) -> bytes:
    """Send *words* and return all that comes until the server closes, or nothing more comes."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as one:
        received = []
        try:
            one.sendall(words)
            while block := one.recv(65_536):
                received.append(block)
        except OSError:  # reset, or kept open
            pass
        return b"".join(received)


def accepts(port: int) -> bool:
    """Whether anybody listens at *port*."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True
