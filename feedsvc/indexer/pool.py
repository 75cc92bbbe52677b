"""Read files in child processes: a text that makes its reader crash or hang costs only that file.

Comes in: files, the function that reads a batch of them, and one that makes the result for a file
that cannot be read. Goes out: the result for each file, in their order.

The kernel ends a child that takes `MAX_CPU_SECONDS` of processor time until its next result, even
inside a regular expression or a parser in C, and refuses it more than `MAX_MEMORY_BYTES`. After
any such end, the files of the batch are read again, one by one: the file that ends a new child is
reported, and because that is in the index, it is not tried again before it changes. The limit is
processor time, because a hanging disk is no fault of a file.
"""

from __future__ import annotations

import gc
import os
import resource
import signal
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from multiprocessing import get_context
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, TypeVar

from feedsvc.index import exit_with_parent, fork_lock
from feedsvc.settings import Settings

BATCH_SIZE = 100  # files per request to a child; their rows fit into a connection's buffer
# a fork needs no imports and shares memory; the writer's threads hold no lock that reading needs
START_METHOD = "fork" if sys.platform == "linux" else "spawn"
MIN_PROCESSES = 4  # for files not in the page cache: two wait for the disk while two work
MAX_BATCHES = 2  # for each child: in work, or finished before their turn
MAX_CPU_SECONDS = 10.0  # 8 MB of the slowest kind, HTML, take 3
MAX_MEMORY_BYTES = 2 << 30  # per child, beside shared memory; 8 MB of HTML take 1 GB
File = TypeVar("File")
Result = TypeVar("Result")
ReadBatch = Callable[[Path, Sequence[File], Settings], Iterator[Result]]


class ReaderPool:
    """The processes that read the files below *root*; one of them is kept between calls."""

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
        """Yield the results of *read*, a function of a module, for *files*, in their order.

        For a file that ended its process, yield the result of *make_failed* for it and the
        reason.
        """
        processes = processes or max(MIN_PROCESSES, len(os.sched_getaffinity(0)))
        batches: deque[Batch] = deque()  # being read, or read before their turn
        busy: dict[Any, Batch] = {}  # those being read, by the connection to their child
        try:
            while True:
                while len(busy) < processes and len(batches) < MAX_BATCHES * processes:
                    if not (some := list(islice(files, batch_size))):
                        break
                    batch = self._begin(read, some)
                    batches.append(batch)
                    busy[batch.child.connection] = batch
                if not batches:
                    return
                # who has finished gets its next batch before the caller works on the results
                results = batches[0].results
                for connection in wait(list(busy), None if results is None else 0):
                    batch = busy.pop(connection)
                    batch.results = self._finish(batch, read, make_failed)
                if results is not None:
                    batches.popleft()
                    yield from results
        finally:
            for batch in busy.values():  # the caller stopped early
                batch.child.kill()
            self._close_idle(keep=1)

    def close(self) -> None:
        """End the kept process."""
        self._close_idle(keep=0)

    def _begin(self, read: ReadBatch[File, Result], files: list[File]) -> Batch:
        child = self.idle.pop() if self.idle else Child(self.root, self.settings)
        child.send(read, files)
        return Batch(child, files)

    def _finish(
        self,
        batch: Batch,
        read: ReadBatch[File, Result],
        make_failed: Callable[[File, str], Result],
    ) -> list[Result]:
        """Return the results of *batch*; if its child has ended, read its files one by one."""
        child, files = batch.child, batch.files
        results = child.receive()
        if results is not None:
            self.idle.append(child)
            return results
        if len(files) == 1 and child.was_ended_by_batch():
            return [make_failed(files[0], child.explain_end())]
        again = (self._begin(read, [file]) for file in files)
        return [result for one in again for result in self._finish(one, read, make_failed)]

    def _close_idle(self, keep: int) -> None:
        while len(self.idle) > keep:
            self.idle.pop().close()


class Batch:
    """Files that *child* reads, and their results, once it has."""

    def __init__(self, child: Child, files: list[Any]) -> None:
        self.child = child
        self.files = files
        self.results: list[Any] | None = None


class Child:
    """A process that reads batch after batch."""

    def __init__(self, root: Path, settings: Settings) -> None:
        self.process, self.connection = start_child(_serve, root, settings)
        self.batches = 0

    def send(self, read: ReadBatch[File, Result], batch: list[File]) -> None:
        """Send *batch* to the idle process; it is waiting, so this never blocks for long."""
        self.batches += 1
        with suppress(ConnectionError):  # it has ended: `receive` returns None
            self.connection.send((read, batch))

    def receive(self) -> list[Any] | None:
        """Return the results of the batch, None if the process has ended."""
        try:
            results: list[Any] = self.connection.recv()
        except (EOFError, ConnectionError):
            self.process.join()
            self.connection.close()
            return None
        return results

    def was_ended_by_batch(self) -> bool:
        """Whether its last batch ended it: that was its first one, or took too long.

        A process that read others before may have been killed, even while idle.
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
        """End the idle process."""
        with suppress(ConnectionError):
            self.connection.send(None)
        self.process.join()
        self.connection.close()

    def kill(self) -> None:
        """End the process, whatever it is doing."""
        self.process.kill()
        self.process.join()
        self.connection.close()


def start_child(serve: Callable[..., None], *arguments: object) -> tuple[Any, Any]:
    """Start a process that calls *serve*, and ends with this one; return it and its connection.

    The function, of a module, gets the other end of the connection and *arguments*.
    """
    context: Any = get_context(START_METHOD)
    with fork_lock:  # another child would inherit the pipe, whose end would not be noticed
        connection, other = context.Pipe()
        process = context.Process(
            target=_run_child, args=(os.getpid(), serve, other, *arguments), daemon=True
        )
        process.start()
        other.close()
    return process, connection


def _run_child(parent: int, serve: Callable[..., None], *arguments: object) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this one
    exit_with_parent(parent)  # else it would wait for work, and hold the lock, for ever
    serve(*arguments)


def defer_collection() -> None:
    """Let the garbage collector run seldom in this process.

    Modules stay, and rows have no cycles: collecting them would cost a tenth of the time.
    """
    gc.freeze()
    gc.set_threshold(100_000, 20)


def _serve(connection: Any, root: Path, settings: Settings) -> None:
    """Read batch after batch, until the parent closes the connection."""
    signal.signal(signal.SIGPROF, signal.SIG_DFL)  # it ends the process
    defer_collection()
    if sys.platform == "linux":  # elsewhere the limit counts reserved memory, too
        resource.setrlimit(resource.RLIMIT_DATA, (MAX_MEMORY_BYTES, resource.RLIM_INFINITY))
    with suppress(EOFError):  # the parent has ended
        while task := connection.recv():
            signal.setitimer(signal.ITIMER_PROF, MAX_CPU_SECONDS)
            read, batch = task
            results = []
            for result in read(root, batch, settings):
                results.append(result)
                # those that are read together have the time together
                signal.setitimer(signal.ITIMER_PROF, MAX_CPU_SECONDS)
            connection.send(results)
