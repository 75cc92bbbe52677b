"""The main process of `feedsvc serve`: starts workers, restarts those that fail, ends all.

Workers are forked, and share one listening socket: what waits to be accepted waits for whichever is
free, and is not lost with a worker that dies.
"""

from __future__ import annotations

import logging
import multiprocessing
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess

from msgspec import Struct

from feedsvc.commands.serving.reloader import SettingsReloader

log = logging.getLogger(__name__)
DRAIN_SECONDS = 8.0  # of answers under way; Docker kills after 10
MAX_RESPAWN_SECONDS = 5.0
RELOAD_CHECK_SECONDS = 0.05  # of what workers are to be replaced for
STEADY_SECONDS = 10.0  # a worker that fails after this did start
METRICS = 0  # in place of a worker's number
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_fork = multiprocessing.get_context("fork")  # what workers share is loaded once


class _Worker(Struct, frozen=True, kw_only=True):
    number: int
    process: BaseProcess
    started: float  # by time.monotonic

    @property
    def name(self) -> str:
        return f"worker {self.number}" if self.number != METRICS else "the process with the metrics"


class Supervisor:
    """Keeps *count* processes that run *target*, and *listener* open for them meanwhile.

    *target* is called with the number of the worker, from 1; *report_failure* when one has ended
    by itself. With *has_metrics* one more process runs *target* with METRICS, and SIGHUP leaves it
    alone.
    """

    def __init__(
        self,
        target: Callable[[int], None],
        count: int,
        listener: socket.socket,
        reloader: SettingsReloader,
        *,
        report_failure: Callable[[], None] = lambda: None,
        has_metrics: bool = False,
    ) -> None:
        self.target = target
        self.report_failure = report_failure
        self.reloader = reloader
        self.numbers = range(METRICS if has_metrics else 1, count + 1)
        self.listener = listener
        self.workers: dict[int, _Worker] = {}  # by their number, from 1
        self.failures: dict[int, int] = {}  # in a row
        self.due: dict[int, float] = {}  # when one that has failed is to be started again

    def run(self) -> None:
        """Return when SIGTERM or SIGINT has ended all; SIGHUP replaces each in turn."""
        with _receive_signals() as signals:
            for number in self.numbers:
                self._start(number)
            while True:
                received = self._wait(signals)
                if received & {signal.SIGTERM, signal.SIGINT}:
                    break
                self._replace_failed()
                if signal.SIGHUP in received:
                    self.reloader.begin()
                if self.reloader.is_pending and self.reloader.advance():
                    self._replace_all()
                    self.reloader.finish()
            log.info("stopping")
            self.listener.close()  # when workers have closed theirs, no client can connect
            self._stop(list(self.workers.values()), signals)

    def _start(self, number: int) -> None:
        process = _fork.Process(
            target=self._run_target, args=(number,), name=f"worker-{number}", daemon=True
        )
        # one that comes before the worker handles it waits until then
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        self.workers[number] = _Worker(number=number, process=process, started=time.monotonic())

    def _run_target(self, number: int) -> None:
        signal.set_wakeup_fd(-1)  # of the main process
        self.target(number)

    def _wait(self, signals: socket.socket) -> set[int]:
        """Return the signals that came until a worker ended, or is to be started."""
        timeout = min(self.due.values(), default=None)
        if timeout is not None:
            timeout = max(0.0, timeout - time.monotonic())
        if self.reloader.is_pending:
            timeout = RELOAD_CHECK_SECONDS
        watched = [worker.process.sentinel for worker in self.workers.values()]
        wait([signals.fileno(), *watched], timeout)
        return _read(signals)

    def _replace_failed(self) -> None:
        now = time.monotonic()
        for number, worker in list(self.workers.items()):
            code = worker.process.exitcode
            if code is None:
                continue
            del self.workers[number]
            is_steady = now - worker.started > STEADY_SECONDS
            failures = self.failures[number] = 1 if is_steady else self.failures.get(number, 0) + 1
            delay = 0.0 if failures == 1 else min(MAX_RESPAWN_SECONDS, 0.1 * 2**failures)
            self.due[number] = now + delay
            log.error("%s has ended (%d) and is being restarted", worker.name, code)
            if number != METRICS:
                self.report_failure()
        for number in [number for number, due in self.due.items() if due <= now]:
            del self.due[number]
            self._start(number)

    def _replace_all(self) -> None:
        for worker in list(self.workers.values()):
            if worker.number != METRICS:
                self._start(worker.number)
                self._stop([worker], None)

    def _stop(self, workers: list[_Worker], signals: socket.socket | None) -> None:
        """End *workers*; kill those with answers under way for too long, or at a second signal."""
        for worker in workers:
            worker.process.terminate()
        deadline = time.monotonic() + DRAIN_SECONDS
        left = {worker.process.sentinel: worker for worker in workers}
        watched = [signals.fileno()] if signals else []
        while left and (remaining := deadline - time.monotonic()) > 0:
            ready = wait([*left, *watched], remaining)
            left = {sentinel: one for sentinel, one in left.items() if sentinel not in ready}
            if signals and _read(signals):
                break
        for worker in left.values():
            log.warning("%s is killed with answers under way", worker.name)
            worker.process.kill()
        for worker in workers:
            worker.process.join()


@contextmanager
def _receive_signals() -> Iterator[socket.socket]:
    """Give a socket from which the numbers of signals are read."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.setblocking(False)
    before = {number: signal.signal(number, lambda *_: None) for number in SIGNALS}
    signal.set_wakeup_fd(theirs.fileno())
    try:
        yield ours
    finally:
        signal.set_wakeup_fd(-1)
        for number, handler in before.items():
            signal.signal(number, handler)
        ours.close()
        theirs.close()


def _read(signals: socket.socket) -> set[int]:
    try:
        return set(signals.recv(64))
    except BlockingIOError:
        return set()
