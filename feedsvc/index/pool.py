"""Many files are read by several processes; few are read here.

Comes in: files, and the function that reads a batch of them. Goes out: what it makes of
each, in their order.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from functools import partial
from itertools import chain, islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

from feedsvc.index.lock import exit_with_parent
from feedsvc.settings import Settings

MIN_POOL_FILES = 400  # below it a pool costs more than it brings
POOL_BATCH_SIZE, INLINE_BATCH_SIZE = 100, 25  # files read at a time by a process of a pool, or here
# a fork needs no imports and shares its memory; a writer's threads hold nothing that reading needs
START_METHOD = "fork" if sys.platform == "linux" else "spawn"
MIN_PROCESSES = 4  # of files that are not in memory yet: two wait for the disk while two work
File = TypeVar("File")
Result = TypeVar("Result")
ReadBatch = Callable[[Path, Sequence[File], Settings], Iterator[Result]]

_read: Callable[[list[Any]], list[Any]] = list  # set in each process of a pool


def map_files(
    files: Iterator[File],
    read: ReadBatch[File, Result],
    root: Path,
    settings: Settings,
    *,
    processes: int | None = None,
    min_pool_files: int = MIN_POOL_FILES,
) -> Generator[Result, None, None]:
    """Yield what *read* makes of each of *files*, in their order."""
    processes = processes or max(MIN_PROCESSES, len(os.sched_getaffinity(0)))
    first = list(islice(files, min_pool_files))
    files = chain(first, files)
    if len(first) < min_pool_files or processes < 2:
        while batch := list(islice(files, INLINE_BATCH_SIZE)):
            yield from read(root, batch, settings)
        return
    pool = ProcessPoolExecutor(
        processes,
        get_context(START_METHOD),
        _initialize_process,
        (partial(_apply, read, root, settings), os.getpid()),
    )
    try:
        waiting: deque[Future[list[Result]]] = deque()
        while batch := list(islice(files, POOL_BATCH_SIZE)):
            waiting.append(pool.submit(_read_batch, batch))
            if len(waiting) > 4 * processes:  # bounded: memory does not grow with the folder
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)  # also when nobody wants the rest


def _apply(
    read: ReadBatch[File, Result], root: Path, settings: Settings, batch: list[File]
) -> list[Result]:
    return list(read(root, batch, settings))


def _initialize_process(read: Callable[[list[Any]], list[Any]], parent: int) -> None:
    global _read
    _read = read
    exit_with_parent(parent)  # else it would wait for work, and hold the lock, for ever


def _read_batch(batch: list[Any]) -> list[Any]:
    return _read(batch)
