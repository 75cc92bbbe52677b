"""A real writer process for tests."""

from __future__ import annotations

import fcntl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from feedsvc.index import prepare_index_path, start_writer
from feedsvc.index.lock import is_marked_current
from feedsvc.settings import Settings


def wait_until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


@contextmanager
def run_writer(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """A writer that has compared the whole folder, until the block ends."""
    index = str(prepare_index_path(settings))
    writer = start_writer(settings, index)
    assert writer is not None
    try:
        wait_until(lambda: is_marked_current(index))
        yield writer
    finally:
        writer.kill()
        writer.wait()
        wait_until(lambda: is_lock_free(index))


def is_lock_free(index: str) -> bool:
    """Whether the reading process of a writer that was killed has ended, too."""
    with open(f"{index}.lock", "rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
