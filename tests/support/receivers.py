"""Whoever is notified of changes, on loopback: keeps each request, answers as a test wishes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from msgspec import Struct

from tests.support.writer import wait_until


class Received(Struct, frozen=True, kw_only=True):
    """A request; names of headers are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """A server on *port*, any free one for 0; with *status* it answers, 0 is never."""

    def __init__(self, port: int = 0, status: int = 200, headers: dict[str, str] | None = None):
        self.status = status
        self.headers = headers or {}
        self.received: list[Received] = []
        self.ended = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.received.append(
                    Received(method=self.command, path=self.path, headers=headers, body=body)
                )
                if receiver.status == 0:
                    receiver.ended.wait(60)
                    return
                self.send_response(receiver.status)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                query = parse_qs(urlsplit(self.path).query)
                self.wfile.write(query.get("hub.challenge", [""])[0].encode())

            do_GET = do_POST = do_PURGE = do_BAN = answer  # noqa: N815 - http.server's names

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}/"

    def wait_for(self, count: int) -> list[Received]:
        """Return the requests as soon as there are *count*."""
        wait_until(lambda: len(self.received) >= count)
        return list(self.received)


@contextmanager
def run_receiver(
    port: int = 0, status: int = 200, headers: dict[str, str] | None = None
) -> Iterator[Receiver]:
    """Run one until the block ends."""
    receiver = Receiver(port, status, headers)
    thread = threading.Thread(target=receiver.server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield receiver
    finally:
        receiver.ended.set()
        receiver.server.shutdown()
        receiver.server.server_close()
        thread.join()
