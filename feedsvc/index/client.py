"""One process's view of the index: connections, the probe that notices changes, a live writer.

Nothing starts at import: connections, the thread and the writer are made at first use in each
process, and a forked child starts without them.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn

from feedsvc.errors import IndexFileError, IndexNotReadyError
from feedsvc.index.faults import (
    FaultReporter,
    is_certain_damage,
    is_damage,
    is_passing_fault,
    remove_damaged_index,
)
from feedsvc.index.lock import (
    WriterSupervisor,
    is_faulty,
    is_marked_current,
    is_scan_running,
)
from feedsvc.index.queries import Queries
from feedsvc.index.schema import (
    Connection,
    DatabaseError,
    get_inode,
    get_meta,
    is_replaced,
    open_read_connection,
    prepare_index_path,
)
from feedsvc.settings import Settings

PROBE_INTERVAL_SECONDS = 0.02
WRITER_CHECK_SECONDS = 1.0
FIRST_INDEX_TIMEOUT_SECONDS = 10.0
MAX_TOKEN_TIMES = 64
FAULTY_TIMEOUT_SECONDS = 1.0  # if no index can be built
NEXT_INDEX_TIMEOUT_SECONDS = 4.0  # if a damaged index is rebuilt
# connections of a parent process: closing them here could release its locks
_inherited_objects: list[object] = []


class Probe:
    """A connection that only notices changes; raises IndexFileError or DatabaseError."""

    def __init__(self, path: str) -> None:
        # before the file is opened, so that a replacement in between is noticed
        self.inode = get_inode(path)
        self.connection = open_read_connection(path)
        self.data_version = -1
        self.generation = 0

    def has_changed(self) -> bool:
        """Whether the generation has changed since this was last asked.

        `PRAGMA data_version` alone also changes at a checkpoint, or with a row of `meta`.
        """
        (version,) = self.connection.execute("PRAGMA data_version").fetchone()
        if version == self.data_version:
            return False
        self.data_version, before = version, self.generation
        complete = get_meta(self.connection, "complete")
        self.generation = get_meta(self.connection, "generation") if complete else 0
        return self.generation not in (0, before)

    def is_whole(self) -> bool:
        """Whether its first build is complete; also False if it cannot be read."""
        try:
            return bool(get_meta(self.connection, "complete"))
        except DatabaseError:
            return False


class IndexClient:
    """The index as readers see it; *runs_writer* ensures that a process keeps it current."""

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
        self.token_times: dict[int, float] = {}  # of the last tokens, see `get_token_time`
        self.last_probe_time = self.last_writer_check = 0.0
        self.supervisor: WriterSupervisor | None = None
        self.first_wait_done = not self.runs_writer
        self.was_ready = self.is_gone = False
        self.reporter = FaultReporter()

    # -- noticing changes ------------------------------------------------------------

    def refresh(self) -> int:
        """Return a token that differs whenever entries may have changed; probe every 20 ms."""
        now = time.monotonic()
        if now - self.last_probe_time < PROBE_INTERVAL_SECONDS:
            return self.token
        if self.pid != os.getpid():
            _inherited_objects.extend((self.probe, self.thread_local, self.supervisor))
            self._start_process()
        with self.refresh_lock:
            if now - self.last_probe_time >= PROBE_INTERVAL_SECONDS:
                self._probe_index(now)
                self.last_probe_time = now  # set last: other threads would use the old token
        return self.token

    def get_token_time(self, token: int) -> float:
        """Return when *token* was last known to be current, by `time.monotonic`.

        0.0 if that is long ago. The change that made it obsolete is not older than this.
        """
        return self.token_times.get(token, 0.0)

    def _probe_index(self, now: float) -> None:
        if now - self.last_writer_check >= WRITER_CHECK_SECONDS:
            self.last_writer_check = now
            self._ensure_writer()
            self.is_gone = self.probe is not None and is_replaced(self.path, self.probe.inode)
        if self.probe is None or self.is_gone:
            self._open_probe()
        probe = self.probe
        if probe is None:
            return
        try:
            if probe.has_changed():
                self.token += 1
                self.token_times.pop(self.token - MAX_TOKEN_TIMES, None)
                self.was_ready = True
                self.reporter.report_end(f"the index {self.path} can be read again")
            self.token_times[self.token] = now
        except DatabaseError as error:
            # else its tables are just being made
            if probe.generation or is_certain_damage(error):
                self._is_fault(error, probe.inode)

    def _open_probe(self) -> None:
        """Open the index; one that replaced another only when it is complete."""
        inode = get_inode(self.path)
        try:
            probe = Probe(self.path)
        except IndexFileError:
            return
        except DatabaseError as error:
            if is_certain_damage(error):
                self._is_fault(error, inode)
            return
        last = self.probe
        if last is not None:
            if not probe.is_whole():
                probe.connection.close()
                return
            last.connection.close()
        self.probe, self.inode, self.is_gone = probe, probe.inode, False

    def _is_fault(self, error: DatabaseError, inode: int) -> bool:
        """Whether *error* means that the index of *inode* cannot be read, not a defect of the code.

        Then the index is opened again, or removed if it is damaged. Documents stay true meanwhile.
        """
        if is_damage(error, self.path):
            try:
                remove_damaged_index(self.path, inode)
                self.reporter.report(f"the index {self.path} is damaged ({error}): removed")
            except OSError as refusal:
                self.reporter.report(f"the damaged index {self.path} stays: {refusal}")
        elif is_passing_fault(error) or is_replaced(self.path, inode):
            self.reporter.report(f"the index {self.path} cannot be read: {error}")
        else:
            return False
        with self.refresh_lock:
            if self.probe is not None and self.probe.inode == inode:
                self.probe.connection.close()
                self.probe, self.inode = None, 0
        return True

    # -- queries ---------------------------------------------------------------------

    @contextmanager
    def open_snapshot(self, now: int, *, shows_scheduled: bool = False) -> Iterator[Queries]:
        """Yield queries of one consistent state at the second *now*; raises IndexNotReadyError."""
        connection = self._wait_for_connection()
        inode: int = self.thread_local.inode
        try:
            connection.execute("BEGIN")
            previews = self.settings.preview
            yield Queries(
                connection,
                self.settings.site.zone,
                now,
                previews=previews,
                shows_scheduled=shows_scheduled,
            )
        except DatabaseError as error:
            self.thread_local.inode = None  # opened again at the next use
            self._raise_fault(error, inode)
        finally:
            # a damaged index refuses to end even a transaction that has only read
            with suppress(DatabaseError):
                connection.execute("ROLLBACK")

    def _raise_fault(self, error: DatabaseError, inode: int) -> NoReturn:
        """Raise IndexNotReadyError if the index cannot be read, *error* if that is a defect."""
        if self._is_fault(error, inode):
            raise IndexNotReadyError from error
        raise error

    def _wait_for_connection(self) -> Connection:
        """Return this thread's connection; if the index was just deleted, wait for the next one."""
        deadline = time.monotonic() + self._get_timeout()
        while True:
            self.wait_until_ready()
            try:
                return self._get_connection()
            except IndexFileError:
                if time.monotonic() > deadline:
                    raise IndexNotReadyError from None
                time.sleep(PROBE_INTERVAL_SECONDS)
            except DatabaseError as error:
                self._raise_fault(error, self.inode)

    def _get_timeout(self) -> float:
        return NEXT_INDEX_TIMEOUT_SECONDS if self.was_ready else FIRST_INDEX_TIMEOUT_SECONDS

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

    def wait_until_ready(self) -> None:
        """Wait for the first complete index; at a process's first query also for a running scan.

        Raises IndexNotReadyError, but not if only the scan takes too long.
        """
        started, pause = time.monotonic(), 0.01
        while not (self.is_ready() and (self.first_wait_done or not self._is_scan_running())):
            waited = time.monotonic() - started
            if (
                not self.runs_writer
                or waited > self._get_timeout()
                or (waited > FAULTY_TIMEOUT_SECONDS and self._is_faulty())
            ):
                if self.is_ready():
                    break
                raise IndexNotReadyError
            time.sleep(pause)
            pause = min(0.03, 1.2 * pause)  # longer each time, to use little processor time
        self.first_wait_done = True

    def is_ready(self) -> bool:
        """Whether there is a complete index."""
        self.refresh()
        return self.probe is not None and self.probe.generation > 0

    def _is_scan_running(self) -> bool:
        return is_scan_running(self.path) and not self._is_faulty()

    def _is_faulty(self) -> bool:
        """Whether no writer can be started, or the writer cannot do its work."""
        is_failing = self.supervisor is not None and self.supervisor.is_failing
        return is_failing or is_faulty(self.path)

    def is_current(self) -> bool:
        """Whether the writer that holds the lock has compared the whole folder."""
        return is_marked_current(self.path)

    def is_holding(self) -> bool:
        """Whether entries stay in the index although their files are gone."""
        return self._get_meta("pending_deletions") > 0

    def get_status(self) -> dict[str, int]:
        """Return facts for `/readyz`: how changes are noticed, and what is pending."""
        return {
            "generation": self._get_meta("generation"),
            "current": int(self.is_current()),
            "polling": self._get_meta("polling"),
            "held": self._get_meta("pending_deletions"),
            "searchable": self._get_meta("searchable"),
        }

    def get_facts(self, names: Iterable[str]) -> dict[str, int]:
        """Return the numbers of `meta` by name, 0 for a missing one."""
        return {name: self._get_meta(name) for name in names}

    def _get_meta(self, name: str) -> int:
        self.refresh()
        with self.refresh_lock:
            probe = self.probe
            try:
                return 0 if probe is None else get_meta(probe.connection, name)
            except DatabaseError as error:
                self._raise_fault(error, self.inode)

    # -- the writer ------------------------------------------------------------------

    def _ensure_writer(self) -> None:
        if not self.runs_writer:
            return
        if self.supervisor is None:
            self.supervisor = WriterSupervisor(self.settings, self.path)
            thread = threading.Thread(
                target=self._supervise_in_background, args=(self.supervisor,), daemon=True
            )
            try:
                thread.start()
            except RuntimeError as error:  # no more threads: only requests ensure it
                self.reporter.report(f"the writer is not supervised between requests: {error}")
        self.supervisor.ensure_writer()  # here too: some servers run no threads of ours

    def _supervise_in_background(self, supervisor: WriterSupervisor) -> None:
        """Ensure a writer also while there are no requests."""
        while supervisor is self.supervisor and not supervisor.closed:
            time.sleep(WRITER_CHECK_SECONDS)
            supervisor.ensure_writer()

    def close(self) -> None:
        """End the writer that this process started."""
        supervisor, self.supervisor, self.runs_writer = self.supervisor, None, False
        if supervisor is not None:
            supervisor.close()
