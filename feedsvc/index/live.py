"""One process's view of the index: connections, the probe that notices change, and a writer that is alive.

Nothing starts at import or in a parent: connections and the writer's watch are
made at first use in each process and forgotten in a fork.
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

from feedsvc.errors import FeedsvcError, StoreError
from feedsvc.index.database import Connection, DatabaseError, find_index, open_reader
from feedsvc.index.query import Query
from feedsvc.settings import Settings

log = logging.getLogger("feedsvc")
PROBE_EVERY = 0.02  # seconds
WRITER_EVERY = 1.0
FIRST_INDEX_WAIT = 10.0
_abandoned: list[object] = []  # connections of a parent process: closing them here could break its locks


class IndexNotReadyError(FeedsvcError):
    """The first index of this folder is still being built."""

    def __str__(self) -> str:
        return "the entries are being read for the first time; try again in a few seconds"


class LiveIndex:
    """The index as readers see it; *keep* sees to it that some process keeps it current."""

    def __init__(self, settings: Settings, *, keep: bool = True) -> None:
        self.settings = settings
        self.path = str(find_index(settings))
        self.keep = keep
        self._start_process()

    def _start_process(self) -> None:
        self.pid = os.getpid()
        self.lock = threading.RLock()
        self.local = threading.local()
        self.probe: Connection | None = None
        self.inode = 0
        self.version = self.generation = self.token = 0
        self.probed = self.checked = 0.0
        self.writer: subprocess.Popen[bytes] | None = None
        self.waited = False

    # -- noticing change -------------------------------------------------------------

    def refresh(self) -> int:
        """A number that differs whenever the index may have changed; looks at most every 20 ms."""
        now = time.monotonic()
        if now - self.probed < PROBE_EVERY and self.pid == os.getpid():
            return self.token
        if self.pid != os.getpid():
            _abandoned.extend((self.probe, self.local, self.writer))
            self._start_process()
        with self.lock:
            self._look(now)
        return self.token

    def _look(self, now: float) -> None:
        self.probed = now
        if now - self.checked >= WRITER_EVERY:
            self.checked = now
            if self.keep:
                self.keep_writer()
            self._check_file()
        if self.probe is None and not self._open_probe():
            return
        assert self.probe is not None
        try:
            version = self.probe.execute("PRAGMA data_version").fetchone()[0]
            if version != self.version:
                self.version = version
                # a checkpoint moves the version too; the generation says whether entries changed
                generation = read_generation(self.probe)
                if generation != self.generation:
                    self.generation = generation
                    self.token += 1
        except DatabaseError as error:
            log.warning("index %s cannot be read, opening it again: %s", self.path, error)
            self._forget()

    def _check_file(self) -> None:
        """Drops every connection when the file was deleted or another stands in its place."""
        if self.probe is not None and _find_inode(self.path) != self.inode:
            self._forget()

    def _forget(self) -> None:
        if self.probe is not None:
            self.probe.close()
        self.probe = None
        self.token += 1

    def _open_probe(self) -> bool:
        try:
            probe = open_reader(self.path)
            self.generation = read_generation(probe)
        except (StoreError, DatabaseError):
            return False
        self.probe, self.inode, self.version = probe, _find_inode(self.path), -1
        self.token += 1
        return True

    # -- asking ----------------------------------------------------------------------

    @contextmanager
    def open_query(self, now: int) -> Iterator[Query]:
        """A `Query` on one consistent state; raises IndexNotReadyError while there is none."""
        self.wait_until_ready()
        connection = self._get_connection()
        connection.execute("BEGIN")
        try:
            yield Query(connection, self.settings.site.zone, now)
        finally:
            connection.execute("COMMIT")

    def _get_connection(self) -> Connection:
        inode = getattr(self.local, "inode", None)
        if inode != self.inode or inode is None:
            self.local.connection = open_reader(self.path)
            self.local.inode = self.inode
        connection: Connection = self.local.connection
        return connection

    def wait_until_ready(self, timeout: float = FIRST_INDEX_WAIT) -> None:
        """Waits for the first whole index; a process's first question also for the scan under way."""
        deadline = time.monotonic() + timeout
        while not self.is_ready():
            if time.monotonic() > deadline or not self.keep:
                raise IndexNotReadyError
            time.sleep(0.02)
        while not self.waited:
            self.waited = not self.keep or self._read_meta("current") == 1 or time.monotonic() > deadline
            if not self.waited:
                time.sleep(0.02)

    def is_ready(self) -> bool:
        self.refresh()
        return self.probe is not None and self.generation > 0

    def _read_meta(self, name: str) -> int:
        self.refresh()
        with self.lock:
            return read_meta(self.probe, name) if self.probe is not None else 0

    def describe(self) -> dict[str, int]:
        """Facts for `/readyz`: whether a writer keeps the index, and by which means it notices change."""
        names = ("generation", "current", "polling", "searchable")
        return {name: self._read_meta(name) for name in names}

    # -- the writer ------------------------------------------------------------------

    def keep_writer(self) -> None:
        """Starts a writer where none holds the lock; one that has died is followed by another."""
        if self.writer is not None and self.writer.poll() is None:
            return
        with open_lock(self.path) as lock:
            if lock is None:
                return
        self.writer = start_writer(self.settings)

    def close(self) -> None:
        """Ends the writer that this process started."""
        if self.writer is not None and self.writer.poll() is None:
            assert self.writer.stdin is not None
            self.writer.stdin.close()
            self.writer.wait(timeout=10)


@contextmanager
def open_lock(index: str) -> Iterator[int | None]:
    """Holds the writer's lock of *index* while the block runs; None where another process has it."""
    handle = os.open(index + ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield handle
    finally:
        os.close(handle)


def start_writer(settings: Settings) -> subprocess.Popen[bytes]:
    """A process of its own that scans, watches and writes; it ends with the pipe to its parent."""
    writer = subprocess.Popen(
        [sys.executable, "-m", "feedsvc.index.watch"], stdin=subprocess.PIPE, cwd=settings.base, close_fds=True
    )
    assert writer.stdin is not None
    writer.stdin.write(json.dumps(settings.to_tables()).encode() + b"\n")
    writer.stdin.flush()
    return writer


def read_meta(connection: Connection, name: str) -> int:
    found = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return int(found[0]) if found else 0


def read_generation(connection: Connection) -> int:
    """The number of the last change; 0 while the first index is being built."""
    return read_meta(connection, "generation") if read_meta(connection, "complete") else 0


def _find_inode(path: str) -> int:
    try:
        return Path(path).stat().st_ino
    except OSError:
        return 0
