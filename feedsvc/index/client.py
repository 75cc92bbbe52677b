"""One process's view of the index: connections, the probe that notices change, a live writer.

Nothing starts at import or in a parent: connections, the thread and the writer are made at
first use in each process and forgotten in a fork.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from feedsvc.errors import IndexFileError, IndexNotReadyError
from feedsvc.index.lock import WriterSupervisor, is_marked_current
from feedsvc.index.queries import Queries
from feedsvc.index.schema import (
    Connection,
    DatabaseError,
    get_inode,
    get_meta,
    open_read_connection,
    prepare_index_path,
)
from feedsvc.settings import Settings

log = logging.getLogger(__name__)
PROBE_INTERVAL_SECONDS = 0.02
WRITER_CHECK_SECONDS = 1.0
FIRST_INDEX_TIMEOUT_SECONDS = 10.0
# connections of a parent process: closing them here could break its locks
_inherited_objects: list[object] = []


class Probe:
    """A connection that only notices change; raises IndexFileError or DatabaseError."""

    def __init__(self, path: str) -> None:
        # before the file is opened: a change in between is then noticed
        self.inode = get_inode(path)
        self.connection = open_read_connection(path)
        self.data_version = -1
        self.generation = 0

    def has_changed(self) -> bool:
        """Whether the generation has changed since this was last asked.

        A checkpoint, or a row of `meta`, changes the version of the data too.
        """
        (version,) = self.connection.execute("PRAGMA data_version").fetchone()
        if version == self.data_version:
            return False
        self.data_version, before = version, self.generation
        complete = get_meta(self.connection, "complete")
        self.generation = get_meta(self.connection, "generation") if complete else 0
        return self.generation not in (0, before)


class IndexClient:
    """The index as readers see it; with *runs_writer* some process keeps it current."""

    def __init__(self, settings: Settings, *, runs_writer: bool = True) -> None:
        self.settings = settings
        self.path = str(prepare_index_path(settings))
        self.runs_writer = runs_writer
        self._start_process()

    def _start_process(self) -> None:
        self.pid = os.getpid()
        self.refresh_lock = threading.RLock()
        self.thread_local = threading.local()
        self.probe: Probe | None = None
        self.inode = self.token = 0
        self.last_probe_time = self.last_writer_check = 0.0
        self.supervisor: WriterSupervisor | None = None
        self.first_wait_done = not self.runs_writer

    # -- noticing change -------------------------------------------------------------

    def refresh(self) -> int:
        """Return a number that differs whenever entries may have changed; probe every 20 ms."""
        now = time.monotonic()
        if now - self.last_probe_time < PROBE_INTERVAL_SECONDS:
            return self.token
        if self.pid != os.getpid():
            _inherited_objects.extend((self.probe, self.thread_local, self.supervisor))
            self._start_process()
        with self.refresh_lock:
            if now - self.last_probe_time >= PROBE_INTERVAL_SECONDS:
                self.last_probe_time = now
                self._probe_index(now)
        return self.token

    def _probe_index(self, now: float) -> None:
        if now - self.last_writer_check >= WRITER_CHECK_SECONDS:
            self.last_writer_check = now
            self._ensure_writer()
            if self.probe is not None and get_inode(self.path) != self.probe.inode:
                self._close_probe(self.probe)  # deleted, or another file has its name
        try:
            probe = self.probe or Probe(self.path)
        except IndexFileError:
            return
        self.probe, self.inode = probe, probe.inode
        try:
            if probe.has_changed():
                self.token += 1
        except DatabaseError as error:
            if probe.generation:  # else its tables are about to be made
                log.warning("index %s cannot be read, opening it again: %s", self.path, error)
            self._close_probe(probe)

    def _close_probe(self, probe: Probe) -> None:
        """Open the index again next time; documents stay true until another one is whole."""
        probe.connection.close()
        self.probe = None

    # -- asking ----------------------------------------------------------------------

    @contextmanager
    def open_snapshot(self, now: int) -> Iterator[Queries]:
        """Ask one consistent state at the second *now*; raises IndexNotReadyError without one."""
        connection = self._wait_for_connection()
        connection.execute("BEGIN")
        try:
            yield Queries(connection, self.settings.site.zone, now)
        finally:
            connection.execute("COMMIT")

    def _wait_for_connection(self) -> Connection:
        """Return this thread's connection; where the index was just deleted, to the next one."""
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
        local = self.thread_local
        if getattr(local, "inode", None) != self.inode:
            connection = open_read_connection(self.path)
            if get_inode(self.path) != self.inode:
                connection.close()
                raise IndexFileError(self.path, "another has just taken its place")
            local.connection, local.inode = connection, self.inode
        found: Connection = local.connection
        return found

    def wait_until_ready(self, timeout: float = FIRST_INDEX_TIMEOUT_SECONDS) -> None:
        """Wait for the first whole index; a process's first question also for the running scan.

        Raises IndexNotReadyError; not where only the scan takes longer.
        """
        deadline, pause = time.monotonic() + timeout, 0.01
        while not (self.is_ready() and (self.first_wait_done or self.is_current())):
            if time.monotonic() > deadline or not self.runs_writer:
                if self.is_ready():
                    break
                raise IndexNotReadyError
            time.sleep(pause)
            pause = min(0.03, 1.2 * pause)  # waiting takes little of the processor
        self.first_wait_done = True

    def is_ready(self) -> bool:
        """Whether there is a whole index."""
        self.refresh()
        return self.probe is not None and self.probe.generation > 0

    def is_current(self) -> bool:
        """Whether the writer that holds the lock has compared the whole folder."""
        return is_marked_current(self.path)

    def get_status(self) -> dict[str, int]:
        """Return facts for `/readyz`: how change is noticed, and what is pending."""
        return {
            "generation": self._get_meta("generation"),
            "current": int(self.is_current()),
            "polling": self._get_meta("polling"),
            "held": self._get_meta("pending_deletions"),
            "searchable": self._get_meta("searchable"),
        }

    def _get_meta(self, name: str) -> int:
        self.refresh()
        with self.refresh_lock:
            return 0 if self.probe is None else get_meta(self.probe.connection, name)

    # -- the writer ------------------------------------------------------------------

    def _ensure_writer(self) -> None:
        if not self.runs_writer:
            return
        if self.supervisor is None:
            self.supervisor = WriterSupervisor(self.settings, self.path)
            threading.Thread(
                target=self._supervise_in_background, args=(self.supervisor,), daemon=True
            ).start()
        self.supervisor.ensure_writer()  # here too: some servers let no thread run

    def _supervise_in_background(self, supervisor: WriterSupervisor) -> None:
        """Ensure a writer also while nobody asks."""
        while supervisor is self.supervisor and not supervisor.closed:
            time.sleep(WRITER_CHECK_SECONDS)
            supervisor.ensure_writer()

    def close(self) -> None:
        """End the writer that this process started."""
        supervisor, self.supervisor, self.runs_writer = self.supervisor, None, False
        if supervisor is not None:
            supervisor.close()
