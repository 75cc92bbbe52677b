"""Files are read by child processes: what a text does to a process that reads it costs that file.

Comes in: files, the function that reads a batch of them, and what stands for one that cannot be
read. Goes out: what it makes of each, in their order.

The kernel ends a child that takes `MAX_CPU_SECONDS` of processor time for one batch, also within a
pattern or a parser of C, and refuses it more than `MAX_MEMORY_BYTES`. Whatever ended a child, the
files of its batch are read once more, each by itself: the one that ends a new child is named, and
as it is in the index then, nobody tries it again before it changes. Processor time, because a disk
that hangs is no fault of a file.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

from feedsvc.index import exit_with_parent
from feedsvc.settings import Settings

BATCH_SIZE = 50  # files that a child reads at a time
# a fork needs no imports and shares its memory; a writer's threads hold nothing that reading needs
START_METHOD = "fork" if sys.platform == "linux" else "spawn"
MIN_PROCESSES = 4  # of files that are not in memory yet: two wait for the disk while two work
MAX_CPU_SECONDS = 10.0  # 8 MB of the slowest kind, HTML, take 3
MAX_MEMORY_BYTES = 2 << 30  # of each child, beside what it shares; 8 MB of HTML take 1 GB
File = TypeVar("File")
Result = TypeVar("Result")
ReadBatch = Callable[[Path, Sequence[File], Settings], Iterator[Result]]


class ReaderPool:
    """The processes that read the files below *root*; one of them is kept from call to call."""

    def __init__(self, root: Path, settings: Settings) -> None:
        self.root = root
        self.settings = settings
        self.idle: list[Child] = []

    def map_files(
        self,
        files: Iterator[File],
        read: ReadBatch[File, Result],
        make_failed: Callable[[File, str], Result],
        *,
        processes: int = 0,
        batch_size: int = BATCH_SIZE,
    ) -> Generator[Result, None, None]:
        """Yield what *read*, a function of a module, makes of each of *files*, in their order.

        For a file that ended the process which read it, that is what *make_failed* makes of it
        and the reason.
        """
        processes = processes or max(MIN_PROCESSES, len(os.sched_getaffinity(0)))
        busy: deque[tuple[Child, list[File]]] = deque()

        def begin(batch: list[File]) -> None:
            child = self.idle.pop() if self.idle else Child(self.root, self.settings)
            busy.append((child, batch))
            child.send(read, batch)

        def finish(child: Child, batch: list[File]) -> Iterator[Result]:
            results = child.receive()
            if results is not None:
                self.idle.append(child)
                yield from results
            elif len(batch) == 1 and child.was_ended_by_batch():
                yield make_failed(batch[0], child.explain_end())
            else:
                for file in batch:
                    begin([file])
                    yield from finish(*busy.pop())

        try:
            while batch := list(islice(files, batch_size)):
                if len(busy) == processes:
                    yield from finish(*busy.popleft())
                begin(batch)
            while busy:
                yield from finish(*busy.popleft())
        finally:
            for child, _ in busy:  # nobody wants the rest
                child.kill()
            self._close_idle(keep=1)

    def close(self) -> None:
        """End the process that is kept."""
        self._close_idle(keep=0)

    def _close_idle(self, keep: int) -> None:
        while len(self.idle) > keep:
            self.idle.pop().close()


class Child:
    """A process that reads one batch after the other."""

    def __init__(self, root: Path, settings: Settings) -> None:
        context: Any = get_context(START_METHOD)
        self.connection, other = context.Pipe()
        self.process = context.Process(
            target=_serve, args=(other, root, settings, os.getpid()), daemon=True
        )
        self.process.start()
        self.batches = 0
        other.close()  # else the child's end would not be noticed

    def send(self, read: ReadBatch[File, Result], batch: list[File]) -> None:
        """Hand over *batch*; never blocks for long, since an idle process waits for it."""
        self.batches += 1
        with suppress(ConnectionError):  # it has ended: `receive` says so
            self.connection.send((read, batch))

    def receive(self) -> list[Any] | None:
        """Return what came of the batch, None if the process has ended."""
        try:
            results: list[Any] = self.connection.recv()
        except (EOFError, ConnectionError):
            self.process.join()
            self.connection.close()
            return None
        return results

    def was_ended_by_batch(self) -> bool:
        """Whether its last batch has ended it: it was its first one, or took too long.

        One that has read others may have been killed, also while it was idle.
        """
        return self.batches == 1 or self.process.exitcode == -signal.SIGPROF

    def explain_end(self) -> str:
        """Return why the process has ended."""
        code = self.process.exitcode
        if code == -signal.SIGPROF:
            return f"it takes more than {MAX_CPU_SECONDS:.0f} seconds of processor time"
        if code < 0:
            return f"it ended the process that read it ({signal.Signals(-code).name})"
        return "the program failed on it (its traceback is in the log)"

    def close(self) -> None:
        """End the process, which is idle."""
        with suppress(ConnectionError):
            self.connection.send(None)
        self.process.join()
        self.connection.close()

    def kill(self) -> None:
        """End the process, whatever it does."""
        self.process.kill()
        self.process.join()
        self.connection.close()


def _serve(connection: Any, root: Path, settings: Settings, parent: int) -> None:
    """Read one batch after the other, until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this one
    signal.signal(signal.SIGPROF, signal.SIG_DFL)  # it ends the process
    exit_with_parent(parent)  # else it would wait for work, and hold the lock, for ever
    if sys.platform == "linux":  # elsewhere what is only reserved counts too
        resource.setrlimit(resource.RLIMIT_DATA, (MAX_MEMORY_BYTES, resource.RLIM_INFINITY))
    with suppress(EOFError):  # the parent has ended
        while task := connection.recv():
            signal.setitimer(signal.ITIMER_PROF, MAX_CPU_SECONDS)
            read, batch = task
            connection.send(list(read(root, batch, settings)))
