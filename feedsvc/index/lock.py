"""The lock that elects the one writer of an index, and the process that holds it.

A process that finds the lock free takes it, starts a writer, and passes the lock to it, so that
exactly one is started. The writer holds the lock until it ends.
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
from contextlib import contextmanager, suppress
from pathlib import Path

from feedsvc.errors import IndexFileError
from feedsvc.index.faults import FaultReporter
from feedsvc.index.schema import move_aside, prepare_index_path
from feedsvc.settings import Settings

log = logging.getLogger(__name__)
MAX_UNUSED_SECONDS = 7 * 86_400
PARENT_CHECK_SECONDS = 0.2
# A writer that ends by itself within this time is restarted after a delay that doubles each time
MIN_LIFE_SECONDS, MAX_RESTART_SECONDS = 5.0, 60.0
# the holder's state in the lock file; of equal length, since a full disk has no space for more
RUNNING, CURRENT, FAULTY = b"running", b"current", b"faulty "
# Held while this process must not fork: a child would inherit the writer's lock, and hold it for
# life, or a locked mutex of SQLite's
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
        self.reporter = FaultReporter()
        self.start_time = self.next_start_time = 0.0  # by time.monotonic
        self.pause = 0.0

    @property
    def is_failing(self) -> bool:
        """Whether starting a writer fails."""
        return self.reporter.has_reported

    def ensure_writer(self) -> None:
        """Start a writer if none holds the lock, also after one has ended.

        A failure to start one is logged, and the next call tries again.
        """
        if not self.lock.acquire(blocking=False):
            return  # another thread is doing this
        try:
            if self.writer is not None:
                code = self.writer.poll()
                if code is None:
                    return
                self._note_end(code)
            if not self.closed and time.monotonic() >= self.next_start_time:
                self.start_time = time.monotonic()
                self.writer = start_writer(self.settings, self.path)
                self.reporter.report_end(f"the writer of {self.path} can be started again")
        except (OSError, IndexFileError) as error:
            reason = getattr(error, "strerror", None) or error
            self.reporter.report(
                f"no writer can be started for {self.path}; trying again every few seconds:"
                f" {reason}; the folder needs free space, and this user the right to write to it"
            )
        finally:
            self.lock.release()

    def _note_end(self, code: int) -> None:
        self.writer = None
        now = time.monotonic()
        # no delay after one that was killed, or whose lock was deleted
        is_soon = code > 0 and now - self.start_time < MIN_LIFE_SECONDS
        self.pause = min(max(1.0, 2 * self.pause), MAX_RESTART_SECONDS) if is_soon else 0.0
        self.next_start_time = now + self.pause
        log.warning("the writer of %s has ended (%d)", self.path, code)

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
    """Hold the writer's lock of *index* during the block; yield None if another process has it.

    The lock file says that a scan is running, until its holder marks the result.
    """
    path = index + ".lock"
    with fork_lock:
        if os.path.isdir(path):
            move_aside(path)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield None
            else:
                _mark(handle, RUNNING)
                yield handle
        finally:
            os.close(handle)


def mark_current(lock: int) -> None:
    """Mark, for all processes, that the holder of *lock* has compared the whole folder."""
    _mark(lock, CURRENT)


def mark_faulty(lock: int) -> None:
    """Mark, for all processes, that the holder of *lock* cannot work: none should wait for it."""
    _mark(lock, FAULTY)


def _mark(lock: int, mark: bytes) -> None:
    with suppress(OSError):  # a full disk has no space for the first mark: without one nobody waits
        os.pwrite(lock, mark, 0)


def is_marked_current(index: str) -> bool:
    """Whether the holder of the lock, or its last one, has compared the whole folder."""
    return _read_mark(index) == CURRENT


def is_scan_running(index: str) -> bool:
    """Whether the holder of the lock has not yet marked the result of its first scan."""
    return _read_mark(index) == RUNNING


def is_faulty(index: str) -> bool:
    """Whether the holder of the lock cannot do its work; a full disk has no space for its mark."""
    return os.path.exists(index + ".lock") and _read_mark(index) in (FAULTY, b"")


def _read_mark(index: str) -> bytes:
    try:
        return Path(index + ".lock").read_bytes()
    except OSError:
        return b""


def is_own_lock(lock: int, index: str) -> bool:
    """Whether the open file *lock* is still the one that elects the writer of *index*.

    If it was deleted, another writer may hold the lock of a new file.
    """
    try:
        return os.path.samestat(os.fstat(lock), os.stat(index + ".lock"))
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:  # a lost permission
        return True


def list_sibling_indexes(index: str) -> list[str]:
    """Return the indexes of the same folder under other settings and versions."""
    own = Path(index)
    others = own.parent.glob(f"{own.name.partition('-')[0]}-*.sqlite")
    return sorted(str(other) for other in others if other != own)


def remove_unused_indexes(index: str) -> None:
    """Remove indexes of the same folder that other settings and versions left some days ago."""
    since = time.time() - MAX_UNUSED_SECONDS
    for other in list_sibling_indexes(index):
        try:
            _remove_index_if_unused(Path(other), since)
        except OSError as error:  # another user's, or another writer removes it too
            log.warning("the old index %s cannot be removed: %s", other, error.strerror)
    own = Path(index)
    for part in own.parent.glob(f"{own.name.partition('-')[0]}-*.part*"):
        # left by a killed export or import
        with suppress(OSError):
            if part.stat().st_mtime < since:
                part.unlink()


def _remove_index_if_unused(index: Path, since: float) -> None:
    files = [Path(f"{index}{ending}") for ending in ("", "-wal", "-shm", ".lock", ".outbox")]
    if max(file.stat().st_mtime for file in files if file.exists()) > since:
        return
    with acquire_writer_lock(str(index)) as handle:
        if handle is not None:  # else it is in use, though it has not changed for long
            for file in files:
                file.unlink(missing_ok=True)
            log.info("the index %s, which nobody has used for a week, is removed", index)


def start_writer(settings: Settings, index: str) -> subprocess.Popen[bytes] | None:
    """Start a process that scans, watches and writes, and ends with this one.

    None if another has the lock. Raises OSError, and IndexFileError if the folder for the index is
    gone and cannot be made again.
    """
    if not os.path.isdir(os.path.dirname(index)):
        prepare_index_path(settings)
    package = str(Path(__file__).parents[2])
    with acquire_writer_lock(index) as lock:
        if lock is None:
            return None
        arguments = json.dumps([os.getpid(), lock, index])
        writer = subprocess.Popen(
            [detect_python(), "-m", "feedsvc.indexer", arguments],
            stdin=subprocess.PIPE,
            cwd=settings.base,
            pass_fds=(lock,),
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(
                    filter(None, (package, os.environ.get("PYTHONPATH")))
                ),
            },
        )
        # not as an argument: settings may have secrets, and all users can see arguments
        with suppress(BrokenPipeError), writer.stdin as pipe:  # type: ignore[union-attr]
            pipe.write(json.dumps(settings.to_tables()).encode())
        return writer


def detect_python() -> str:
    """Return the interpreter, also if it is embedded (uWSGI names itself as the executable)."""
    if "python" in os.path.basename(sys.executable or ""):
        return sys.executable
    beside = Path(sys.exec_prefix) / "bin" / f"python{sys.version_info.major}"
    return str(beside) if beside.exists() else "python3"


def exit_with_parent(parent: int) -> None:
    """Start a thread that ends this process soon after its *parent* process has ended."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(PARENT_CHECK_SECONDS)
        os._exit(0)  # SQLite survives it: a transaction is whole or not at all

    threading.Thread(target=watch, daemon=True).start()
