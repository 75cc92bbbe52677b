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

from feedsvc.errors import FeedsvcError, StoreError
from feedsvc.index.lock import Keeper, read_token, start_writer
from feedsvc.index.queries import Query
from feedsvc.index.schema import Connection, DatabaseError, find_index, find_inode, open_reader
from feedsvc.settings import Settings

__all__ = ["IndexNotReadyError", "LiveIndex", "start_writer"]

log = logging.getLogger("feedsvc")
PROBE_EVERY = 0.02  # seconds
WRITER_EVERY = 1.0
FIRST_INDEX_WAIT = 10.0
_abandoned: list[
    object
] = []  # connections of a parent process: closing them here could break its locks


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
        self.keeper: Keeper | None = None
        self.waited = not self.keep

    # -- noticing change -------------------------------------------------------------

    def refresh(self) -> int:
        """A number that differs whenever the index may have changed; looks at most every 20 ms."""
        now = time.monotonic()
        if now - self.probed < PROBE_EVERY:
            return self.token
        if self.pid != os.getpid():
            _abandoned.extend((self.probe, self.local, self.keeper))
            self._start_process()
        with self.lock:
            if now - self.probed >= PROBE_EVERY:
                self._look(now)
        return self.token

    def _look(self, now: float) -> None:
        self.probed = now
        if now - self.checked >= WRITER_EVERY:
            self.checked = now
            self._keep_writer()
            if self.probe is not None and find_inode(self.path) != self.inode:
                self._forget()  # deleted, or another stands in its place
        if self.probe is None and not self._open_probe():
            return
        assert self.probe is not None
        try:
            version = self.probe.execute("PRAGMA data_version").fetchone()[0]
            if version != self.version:
                self.version = version
                self._compare_generation(self.probe)
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
        if self.probe is not None:
            self.probe.close()
        self.probe = None

    def _open_probe(self) -> bool:
        inode = find_inode(
            self.path
        )  # before the file is opened: a change in between is then noticed
        try:
            probe = open_reader(self.path)
        except StoreError:
            return False
        try:
            read_generation(probe)
        except DatabaseError:  # the tables are about to be made
            probe.close()
            return False
        self.probe, self.inode, self.version, self.generation = probe, inode, -1, 0
        return True

    # -- asking ----------------------------------------------------------------------

    @contextmanager
    def open_query(self, now: int) -> Iterator[Query]:
        """A `Query` on one consistent state; raises IndexNotReadyError while there is none."""
        connection = self._wait_for_connection()
        connection.execute("BEGIN")
        try:
            yield Query(connection, self.settings.site.zone, now)
        finally:
            connection.execute("COMMIT")

    def _wait_for_connection(self) -> Connection:
        """This thread's connection; where the index has just been deleted, to the next one."""
        deadline = time.monotonic() + FIRST_INDEX_WAIT
        while True:
            self.wait_until_ready()
            try:
                return self._get_connection()
            except StoreError:
                if time.monotonic() > deadline:
                    raise IndexNotReadyError from None
                time.sleep(PROBE_EVERY)

    def _get_connection(self) -> Connection:
        inode = getattr(self.local, "inode", None)
        if inode != self.inode or inode is None:
            connection = open_reader(self.path)
            if find_inode(self.path) != self.inode:
                connection.close()
                raise StoreError(self.path, "another has just taken its place")
            self.local.connection, self.local.inode = connection, self.inode
        found: Connection = self.local.connection
        return found

    def wait_until_ready(self, timeout: float = FIRST_INDEX_WAIT) -> None:
        """Waits for the first whole index; a process's first question also for the scan under way."""
        if self.waited and self.is_ready():
            return
        deadline, pause = time.monotonic() + timeout, 0.01
        while not (self.is_ready() and (self.waited or self.is_current())):
            if time.monotonic() > deadline or not self.keep:
                if self.is_ready():
                    break
                raise IndexNotReadyError
            time.sleep(pause)
            pause = min(
                0.03, 1.2 * pause
            )  # the longer it takes, the less of the processor goes into asking
        self.waited = True

    def is_ready(self) -> bool:
        """Whether there is a whole index."""
        self.refresh()
        return self.probe is not None and self.generation > 0

    def is_current(self) -> bool:
        """Whether the writer that holds the lock now has compared the whole folder."""
        return self._read_meta("current") == 1 and self._read_meta("writer") == read_token(
            self.path
        )

    def _read_meta(self, name: str) -> int:
        self.refresh()
        with self.lock:
            return read_meta(self.probe, name) if self.probe is not None else 0

    def describe(self) -> dict[str, int]:
        """Facts for `/readyz`: whether the index is kept, how change is noticed, and what is held although gone."""
        names = ("generation", "current", "polling", "held", "searchable")
        return {name: self._read_meta(name) for name in names}

    # -- the writer ------------------------------------------------------------------

    def _keep_writer(self) -> None:
        if not self.keep:
            return
        if self.keeper is None:
            self.keeper = Keeper(self.settings, self.path)
            self.keeper.keep()
            threading.Thread(target=self._keep_on, args=(self.keeper,), daemon=True).start()
        else:
            self.keeper.keep()  # here too: some servers let no thread run

    def _keep_on(self, keeper: Keeper) -> None:
        """Looks after the writer also while nobody asks."""
        while keeper is self.keeper and not keeper.closed:
            time.sleep(WRITER_EVERY)
            keeper.keep()

    def close(self) -> None:
        """Ends the writer that this process started."""
        keeper, self.keeper, self.keep = self.keeper, None, False
        if keeper is not None:
            keeper.close()


def read_meta(connection: Connection, name: str) -> int:
    found = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return int(found[0]) if found else 0


def read_generation(connection: Connection) -> int:
    """The number of the last change; 0 while the first index is being built."""
    return read_meta(connection, "generation") if read_meta(connection, "complete") else 0
