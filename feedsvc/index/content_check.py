"""The check of the index's content, which the writer runs in a thread of its own.

SQLite checks a table in one call, which for 100,000 entries takes a second: changes of files must
not wait for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing
from threading import Event

from feedsvc.index.daemon import call_in_daemon
from feedsvc.index.rows import unseal
from feedsvc.index.schema import (
    Connection,
    make_damage_error,
    open_read_connection,
    select_value,
)

MIN_CHECK_SECONDS = 3_600.0  # between two checks of the index; they take at most 1 % of the time


class ContentCheck:
    """Checks the index at *index_path* once it is filled, *delay* seconds from now; then hourly."""

    def __init__(self, index_path: str, delay: float = 0.0) -> None:
        self.index_path = index_path
        self.next_time = time.monotonic() + delay
        self.running: Future[float] | None = None
        self.is_closed = Event()

    def advance(self, *, is_idle: bool) -> None:
        """Begin a check that is due and *is_idle*; raise DatabaseError once it has found damage."""
        if self.running is None:
            if is_idle and time.monotonic() >= self.next_time:
                # a daemon, since nothing stops SQLite within a table when the process ends
                self.running = call_in_daemon(self._check)
        elif self.running.done():
            running, self.running = self.running, None
            self.next_time = time.monotonic() + max(MIN_CHECK_SECONDS, 100 * running.result())

    def close(self) -> None:
        """End the check before the next table or entry."""
        self.is_closed.set()

    def _check(self) -> float:
        """Return the seconds that the check took."""
        started = time.monotonic()
        check_content(self.index_path, lambda: not self.is_closed.is_set())
        return time.monotonic() - started


def check_content(index: str, is_wanted: Callable[[], bool]) -> bool:
    """Return whether all of *index* was checked; False once *is_wanted* returns False.

    Raises DatabaseError for damage: of the structure, of a row that differs from its copy in a
    SQLite index, or of an entry's fields. Changed bytes in a column without an index (names of
    terms, tombstones, references) or in the full-text index are not noticed.
    """
    with closing(open_read_connection(index)) as connection:
        return all(is_wanted() for _ in _check_parts(connection))


def _check_parts(connection: Connection) -> Iterator[None]:
    """Check one table or entry at each step, tables first; raises DatabaseError."""
    tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0"
    for (table,) in connection.execute(tables).fetchall():
        found = select_value(connection, f"PRAGMA integrity_check({table})")
        if found != "ok":
            raise make_damage_error(found)
        yield
    for (sealed,) in connection.execute("SELECT packed FROM entry"):
        unseal(sealed)
        yield
