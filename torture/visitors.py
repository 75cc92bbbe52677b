"""Clients that ask all the while, each on a connection of its own."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from torture.answers import FEEDS
from torture.site import Answer, Connection

PAUSE_SECONDS = 0.02  # of each between two requests


class Visitors:
    """*count* threads that ask *port* for *paths* in turn and hand each answer to *check*.

    `refused` are requests without an answer, as when the server is killed.
    """

    def __init__(
        self,
        port: int,
        check: Callable[[Answer], None],
        *,
        paths: Sequence[str] = FEEDS,
        count: int = 3,
        pause: float = PAUSE_SECONDS,
    ) -> None:
        self.port = port
        self.check = check
        self.paths = paths
        self.pause = pause
        self.ended = threading.Event()
        self.refused = 0
        self.slowest = 0.0  # seconds
        self.errors: list[BaseException] = []
        self.threads = [
            threading.Thread(target=self._run, args=(number,), daemon=True)
            for number in range(count)
        ]

    def _run(self, number: int) -> None:
        try:
            self._ask(number)
        except BaseException as error:  # of the harness: the run must not pass for clean
            self.errors.append(error)
            raise

    def _ask(self, number: int) -> None:
        connection = Connection(self.port)
        for path in itertools.islice(itertools.cycle(self.paths), number, None):
            if self.ended.is_set():
                break
            try:
                answer = connection.get(path)
            except OSError:
                self.refused += 1
                time.sleep(0.05)
                continue
            self.slowest = max(self.slowest, answer.received - answer.sent)
            self.check(answer)
            self.ended.wait(self.pause)
        connection.close()


@contextmanager
def run_visitors(visitors: Visitors) -> Iterator[Visitors]:
    """Let *visitors* ask until the block ends."""
    for thread in visitors.threads:
        thread.start()
    try:
        yield visitors
    finally:
        visitors.ended.set()
        for thread in visitors.threads:
            thread.join()
    if visitors.errors:
        raise visitors.errors[0]
