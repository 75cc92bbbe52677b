"""What Granian's core counts in each worker, as Granian's own exporter shows it.

A worker's core writes its figures to a pipe once a second. One more process reads the pipes and
answers requests, both in threads of the core: the server has no such threads, since it forks.
"""

from __future__ import annotations

import os
import signal
import socket
from typing import Any, NoReturn

from granian import _granian

_core: Any = _granian  # what its types say of it is not all
INTERVAL_SECONDS = 1  # of a worker's figures
BACKLOG = 128
START, FAILURE = b"s", b"f"  # of a worker


class CoreMetrics:
    """The pipes of *workers*, and what is answered at *listener*, a TCP socket."""

    def __init__(self, listener: socket.socket, workers: int) -> None:
        self.listener = listener
        # read and written; open in the server too, so that those of workers that end stay whole
        self.pipes = [os.pipe() for _ in range(workers)]
        self.events = os.pipe()

    def make_sender(self, number: int) -> Any:
        """Return the sender of figures for the core of worker *number*; count its start."""
        self.listener.close()
        os.write(self.events[1], START)
        handle = os.dup(self.pipes[number - 1][1])
        os.set_blocking(handle, False)
        return _core.IPCSenderHandle(handle)

    def count_failure(self) -> None:
        """Count a worker that ended unexpectedly."""
        os.write(self.events[1], FAILURE)

    def run(self) -> NoReturn:
        """Answer, in a process of its own, until SIGTERM or the end of the server and its workers.

        Counts begin anew with it. Signals are to be blocked by the caller, as for workers.
        """
        for number in (signal.SIGINT, signal.SIGHUP):  # which the server answers
            signal.signal(number, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
        aggregator = _core.MetricsAggregator(len(self.pipes))
        signals = _core.WorkerSignal(), _core.WorkerSignal()  # never sent; threads end without them
        for index, (reading, _) in enumerate(self.pipes):
            os.set_blocking(reading, False)
            _core.IPCReceiverHandle(index, reading).run(signals[0], aggregator)
        holder = _core.SocketHolder(os.dup(self.listener.fileno()), False, BACKLOG)
        _core.MetricsExporter(aggregator).run(holder, signals[1])
        os.close(self.events[1])
        while event := os.read(self.events[0], 1):
            (aggregator.incr_spawn if event == START else aggregator.incr_respawn_err)(1)
        os._exit(0)  # the server and its workers have ended; its threads want no interpreter now
