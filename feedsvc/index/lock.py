"""The lock that elects the one writer of an index, and the process that holds it.

Whoever finds the lock free takes it, starts a writer, and hands the lock down to it, so that
exactly one is started. The lock lives as long as the writer does.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from feedsvc.settings import Settings

log = logging.getLogger(__name__)
# of each process that is ours alone: `feedsvc serve` and the writer
LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
MAX_UNUSED_SECONDS = 7 * 86_400
PARENT_CHECK_SECONDS = 0.2
# Whoever holds it keeps this process from forking meanwhile: a child would inherit the writer's
# lock and hold it for as long as it lives, or a locked mutex of SQLite's
fork_lock = threading.RLock()
os.register_at_fork(
    before=fork_lock.acquire, after_in_parent=fork_lock.release, after_in_child=fork_lock.release
)


class WriterSupervisor:
    """This process's part in keeping the index at *path* current."""

    def __init__(self, settings: Settings, path: str) -> None:
        self.settings = settings
        self.path = path
        self.writer: subprocess.Popen[bytes] | None = None
        self.lock = threading.Lock()
        self.closed = False

    def ensure_writer(self) -> None:
        """Start a writer where none holds the lock, also after one that has ended."""
        if not self.lock.acquire(blocking=False):
            return  # another thread does so
        try:
            if self.writer is not None:
                code = self.writer.poll()
                if code is None:
                    return
                log.warning("the writer of %s has ended (%d)", self.path, code)
            self.writer = None if self.closed else start_writer(self.settings, self.path)
        finally:
            self.lock.release()

    def close(self) -> None:
        """End the writer that this process started."""
        with self.lock:
            self.closed = True
            if self.writer is not None:
                self.writer.kill()  # SQLite survives it: a transaction is whole or not at all
                self.writer.wait(timeout=10)
                self.writer = None


@contextmanager
def acquire_writer_lock(index: str) -> Iterator[int | None]:
    """Hold the writer's lock of *index* during the block; None where another process has it.

    The lock file is empty until its holder marks the index as current.
    """
    with fork_lock:
        handle = os.open(index + ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield None
            else:
                os.ftruncate(handle, 0)
                yield handle
        finally:
            os.close(handle)


def mark_current(lock: int) -> None:
    """Say to all that the holder of *lock* has compared the whole folder."""
    os.pwrite(lock, b"current", 0)


def is_marked_current(index: str) -> bool:
    """Whether the holder of the lock now, or its last one, has compared the whole folder."""
    try:
        return os.path.getsize(index + ".lock") > 0
    except OSError:
        return False


def remove_unused_indexes(index: str) -> None:
    """Remove what other settings and versions have left of the same folder, after some days."""
    own = Path(index)
    since = time.time() - MAX_UNUSED_SECONDS
    for other in own.parent.glob(f"{own.name.partition('-')[0]}-*.sqlite"):
        try:
            if other != own:
                _remove_index_if_unused(other, since)
        except OSError as error:  # another's, or another writer removes it too
            log.warning("the old index %s cannot be removed: %s", other, error.strerror)


def _remove_index_if_unused(index: Path, since: float) -> None:
    files = [Path(f"{index}{ending}") for ending in ("", "-wal", "-shm", ".lock")]
    if max(file.stat().st_mtime for file in files if file.exists()) > since:
        return
    with acquire_writer_lock(str(index)) as handle:
        if handle is not None:  # else it is in use, only that nothing has changed for long
            for file in files:
                file.unlink(missing_ok=True)
            log.info("the index %s, which nobody has used for a week, is removed", index)


def start_writer(settings: Settings, index: str) -> subprocess.Popen[bytes] | None:
    """Start a process that scans, watches and writes, and ends with this one.

    None where another has the lock.
    """
    package = str(Path(__file__).parents[2])
    with acquire_writer_lock(index) as lock:
        if lock is None:
            return None
        return subprocess.Popen(
            [
                *(detect_python(), "-m", "feedsvc.index"),
                json.dumps([os.getpid(), lock, settings.to_tables()]),
            ],
            stdin=subprocess.DEVNULL,
            cwd=settings.base,
            pass_fds=(lock,),
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(
                    filter(None, (package, os.environ.get("PYTHONPATH")))
                ),
            },
        )


def detect_python() -> str:
    """Return the interpreter, also where it is embedded (uWSGI calls itself the executable)."""
    if "python" in os.path.basename(sys.executable or ""):
        return sys.executable
    beside = Path(sys.exec_prefix) / "bin" / f"python{sys.version_info.major}"
    return str(beside) if beside.exists() else "python3"


def exit_with_parent(parent: int) -> None:
    """End this process, by a thread, soon after its *parent* process has ended."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(PARENT_CHECK_SECONDS)
        os._exit(0)  # SQLite survives it: a transaction is whole or not at all

    threading.Thread(target=watch, daemon=True).start()
