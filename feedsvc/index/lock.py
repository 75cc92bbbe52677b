"""The one writer of an index: the lock that elects it, and how a process sees that one is alive.

The lock is taken by who starts a writer and handed down to it, so that exactly
one is started, and lives as long as the writer does.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from feedsvc.settings import Settings

log = logging.getLogger(__name__)
# of each process that is ours alone: `feedsvc serve` and the writer
LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
MAX_UNUSED_SECONDS = 7 * 86_400  # seconds
# Who holds the gate keeps this process from forking meanwhile: a child would inherit the writer's lock and hold it
# for as long as it lives, or a mutex of SQLite's, locked for ever
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

    def keep(self) -> None:
        """Starts a writer where none holds the lock; one that has died is followed by another."""
        if not self.lock.acquire(blocking=False):
            return  # another thread is at it
        try:
            if self.writer is not None:
                if self.writer.poll() is None:
                    return
                log.warning("the writer of %s has ended (%d)", self.path, self.writer.returncode)
                self._forget(self.writer)
            if self.closed:
                return
            with acquire_writer_lock(self.path) as handle:
                if handle is not None:
                    self.writer = start_writer(self.settings, handle)
        finally:
            self.lock.release()

    def close(self) -> None:
        """Ends the writer that this process started."""
        with self.lock:
            self.closed = True
            if self.writer is not None:
                self.writer.kill()  # SQLite survives it: a transaction is there whole or not at all
                self._forget(self.writer)

    def _forget(self, writer: subprocess.Popen[bytes]) -> None:
        assert writer.stdin is not None
        writer.stdin.close()
        writer.wait(timeout=10)
        self.writer = None


@contextmanager
def acquire_writer_lock(index: str) -> Iterator[int | None]:
    """Holds the writer's lock of *index* while the block runs; None where another process has it.

    Who holds it has a token of its own, which readers find in the file.
    """
    with fork_lock:
        handle = os.open(index + ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            handle = -1
        else:
            os.pwrite(handle, b"%019d" % secrets.randbits(62), 0)
        try:
            yield handle if handle >= 0 else None
        finally:
            if handle >= 0:
                os.close(handle)


def remove_unused_indexes(index: str) -> None:
    """Removes what other settings and versions have left of the folder whose index this is, after some days."""
    own = Path(index)
    for other in own.parent.glob(f"{own.name.partition('-')[0]}-*.sqlite"):
        try:
            if other != own:
                _remove_index_if_unused(
                    other, Path(f"{index}.lock").stat().st_mtime - MAX_UNUSED_SECONDS
                )  # which was taken just now
        except OSError as error:  # another's, or another writer removes it too: no reason to stop
            log.warning("the old index %s cannot be removed: %s", other, error.strerror)


def _remove_index_if_unused(index: Path, since: float) -> None:
    files = [Path(f"{index}{ending}") for ending in ("", "-wal", "-shm", ".lock")]
    if max(file.stat().st_mtime for file in files if file.exists()) > since:
        return
    with acquire_writer_lock(str(index)) as handle:
        if handle is not None:  # else it is kept, only that nothing has changed for long
            for file in files:
                file.unlink(missing_ok=True)
            log.info("the index %s, which nobody has used for a week, is removed", index)


def read_lock_token(index: str) -> int:
    """The token of who holds the lock now, or held it last."""
    try:
        return int(Path(index + ".lock").read_bytes() or b"0")
    except (OSError, ValueError):
        return 0


def start_writer(settings: Settings, lock: int | None = None) -> subprocess.Popen[bytes]:
    """A process of its own that scans, watches and writes; it takes over *lock*, and ends with its parent."""
    package = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))
    writer = subprocess.Popen(
        [detect_python(), "-m", "feedsvc.index.writer"],
        stdin=subprocess.PIPE,
        cwd=settings.base,
        pass_fds=() if lock is None else (lock,),
        env={**os.environ, "PYTHONPATH": path},
    )
    assert writer.stdin is not None
    writer.stdin.write(json.dumps([os.getpid(), lock, settings.to_tables()]).encode() + b"\n")
    writer.stdin.flush()
    return writer


def detect_python() -> str:
    """The interpreter, also where it is embedded (uWSGI calls itself the executable)."""
    if "python" in os.path.basename(sys.executable or ""):
        return sys.executable
    beside = Path(sys.exec_prefix) / "bin" / f"python{sys.version_info.major}"
    return str(beside) if beside.exists() else "python3"
