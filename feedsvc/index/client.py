"""One process's view of the index: connections, the probe that notices change, and a writer that is alive.

Nothing starts at import or in a parent: connections, the thread and the writer
are made at first use in each process and forgotten in a fork.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from feedsvc.errors import IndexFileError, IndexNotReadyError
from feedsvc.index.lock import WriterSupervisor, read_lock_token, start_writer
from feedsvc.index.queries import Queries
from feedsvc.index.schema import (
    Connection,
    DatabaseError,
    get_inode,
    open_read_connection,
    prepare_index_path,
)
from feedsvc.settings import Settings

__all__ = ["IndexClient", "start_writer"]

log = logging.getLogger(__name__)
PROBE_INTERVAL_SECONDS = 0.02  # seconds
WRITER_CHECK_INTERVAL_SECONDS = 1.0
FIRST_INDEX_TIMEOUT_SECONDS = 10.0
_inherited_objects: list[
    object
] = []  # connections of a parent process: closing them here could break its locks


class IndexClient:
    """The index as readers see it; *keep* sees to it that some process keeps it current."""

    def __init__(self, settings: Settings, *, keep: bool = True) -> None:
        self.settings = settings
        self.path = str(prepare_index_path(settings))
        self.keep = keep
        self._start_process()

    def _start_process(self) -> None:
        self.pid = os.getpid()
        self.lock = threading.RLock()
        self.thread_local = threading.local()
        self.probe_connection: Connection | None = None
        self.inode = 0
        self.data_version = self.generation = self.token = 0
        self.last_probe_time = self.last_writer_check = 0.0
        self.supervisor: WriterSupervisor | None = None
        self.first_wait_done = not self.keep

    # -- noticing change -------------------------------------------------------------

    def refresh(self) -> int:
        """A number that differs whenever the index may have changed; looks at most every 20 ms."""
        now = time.monotonic()
        if now - self.last_probe_time < PROBE_INTERVAL_SECONDS:
            return self.token
        if self.pid != os.getpid():
            _inherited_objects.extend((self.probe_connection, self.thread_local, self.supervisor))
            self._start_process()
        with self.lock:
            if now - self.last_probe_time >= PROBE_INTERVAL_SECONDS:
                self._probe_index(now)
        return self.token

    def _probe_index(self, now: float) -> None:
        self.last_probe_time = now
        if now - self.last_writer_check >= WRITER_CHECK_INTERVAL_SECONDS:
            self.last_writer_check = now
            self._ensure_writer()
            if self.probe_connection is not None and get_inode(self.path) != self.inode:
                self._forget()  # deleted, or another stands in its place
        if self.probe_connection is None and not self._open_probe():
            return
        assert self.probe_connection is not None
        try:
            version = self.probe_connection.execute("PRAGMA data_version").fetchone()[0]
            if version != self.data_version:
                self.data_version = version
                self._compare_generation(self.probe_connection)
        except DatabaseError as error:
            log.warning("index %s cannot be read, opening it again: %s", self.path, error)
            self._forget()

    def _compare_generation(self, probe: Connection) -> None:
        """Moves the token if entries changed: a checkpoint, or a note, moves the version too."""
        generation = read_generation(probe)
        if generation and generation != self.generation:
            self.token += 1
        self.generation = generation

    def _forget(self) -> None:
        """Closes the probe; documents stay true until another index is whole."""
        if self.probe_connection is not None:
            self.probe_connection.close()
        self.probe_connection = None

    def _open_probe(self) -> bool:
        inode = get_inode(
            self.path
        )  # before the file is opened: a change in between is then noticed
        try:
            probe = open_read_connection(self.path)
        except IndexFileError:
            return False
        try:
            read_generation(probe)
        except DatabaseError:  # the tables are about to be made
            probe.close()
            return False
        self.probe_connection, self.inode, self.data_version, self.generation = probe, inode, -1, 0
        return True

    # -- asking ----------------------------------------------------------------------

    @contextmanager
    def open_snapshot(self, now: int) -> Iterator[Queries]:
        """A `Query` on one consistent state; raises IndexNotReadyError while there is none."""
        connection = self._wait_for_connection()
        connection.execute("BEGIN")
        try:
            yield Queries(connection, self.settings.site.zone, now)
        finally:
            connection.execute("COMMIT")

    def _wait_for_connection(self) -> Connection:
        """This thread's connection; where the index has just been deleted, to the next one."""
        deadline = time.monotonic() + FIRST_INDEX_TIMEOUT_SECONDS
        while True:
            self.wait_until_ready()
            try:
                return self._get_connection()
            except IndexFileError:
                if time.monotonic() > deadline:
                    raise IndexNotReadyError from None
                time.sleep(PROBE_INTERVAL_SECONDS)

    def _get_connection(self) -> Connection:
        inode = getattr(self.thread_local, "inode", None)
        if inode != self.inode or inode is None:
            connection = open_read_connection(self.path)
            if get_inode(self.path) != self.inode:
                connection.close()
                raise IndexFileError(self.path, "another has just taken its place")
            self.thread_local.connection, self.thread_local.inode = connection, self.inode
        found: Connection = self.thread_local.connection
        return found

    def wait_until_ready(self, timeout: float = FIRST_INDEX_TIMEOUT_SECONDS) -> None:
        """Waits for the first whole index; a process's first question also for the scan under way."""
        if self.first_wait_done and self.is_ready():
            return
        deadline, pause = time.monotonic() + timeout, 0.01
        while not (self.is_ready() and (self.first_wait_done or self.is_current())):
            if time.monotonic() > deadline or not self.keep:
                if self.is_ready():
                    break
                raise IndexNotReadyError
            time.sleep(pause)
            pause = min(
                0.03, 1.2 * pause
            )  # the longer it takes, the less of the processor goes into asking
        self.first_wait_done = True

    def is_ready(self) -> bool:
        """Whether there is a whole index."""
        self.refresh()
        return self.probe_connection is not None and self.generation > 0

    def is_current(self) -> bool:
        """Whether the writer that holds the lock now has compared the whole folder."""
        return self._read_meta("current") == 1 and self._read_meta("writer") == read_lock_token(
            self.path
        )

    def _read_meta(self, name: str) -> int:
        self.refresh()
        with self.lock:
            return (
                read_meta(self.probe_connection, name) if self.probe_connection is not None else 0
            )

    def describe(self) -> dict[str, int]:
        """Facts for `/readyz`: whether the index is kept, how change is noticed, and what is held although gone."""
        names = ("generation", "current", "polling", "held", "searchable")
        return {name: self._read_meta(name) for name in names}

    # -- the writer ------------------------------------------------------------------

    def _ensure_writer(self) -> None:
        if not self.keep:
            return
        if self.supervisor is None:
            self.supervisor = WriterSupervisor(self.settings, self.path)
            self.supervisor.keep()
            threading.Thread(
                target=self._supervise_in_background, args=(self.supervisor,), daemon=True
            ).start()
        else:
            self.supervisor.keep()  # here too: some servers let no thread run

    def _supervise_in_background(self, keeper: WriterSupervisor) -> None:
        """Looks after the writer also while nobody asks."""
        while keeper is self.supervisor and not keeper.closed:
            time.sleep(WRITER_CHECK_INTERVAL_SECONDS)
            keeper.keep()

    def close(self) -> None:
        """Ends the writer that this process started."""
        keeper, self.supervisor, self.keep = self.supervisor, None, False
        if keeper is not None:
            keeper.close()


def read_meta(connection: Connection, name: str) -> int:
    found = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return int(found[0]) if found else 0


def read_generation(connection: Connection) -> int:
    """The number of the last change; 0 while the first index is being built."""
    return read_meta(connection, "generation") if read_meta(connection, "complete") else 0
