"""Files that were renamed without an id of their own: readers get each as a new entry.

Comes in: which files are gone, and which are new. Goes out: rows of `rename` with the former id of
each entry, a problem for each, and log lines. A file is recognized by its own bytes only: files
beside it may have moved with it. The two halves of a rename may come in different scans.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from feedsvc.index.rows import Row
from feedsvc.index.schema import Connection, select_value
from feedsvc.indexer.known_files import KnownFiles
from feedsvc.indexer.store import Store
from feedsvc.model import Problem

log = logging.getLogger(__name__)
REMEMBERED_SECONDS = 60.0  # to wait for the other half of a rename
MAX_REMEMBERED = 100_000  # files
MAX_LINES = 3  # in the log per scan
PROBLEM_NUMBER = -1  # before all others: the last problem is why a file is not published
REMEDY = "run `feedsvc stamp --renamed`"


class Rename(Struct, frozen=True, kw_only=True):
    """A file, its *former* path, and the id that its entry had there."""

    path: str
    former: str
    former_id: str

    @property
    def problem(self) -> Problem:
        """The problem for its author, with the command that restores the id."""
        message = (
            f"it was {self.former!r} and has no id of its own, so readers get it as a new entry"
        )
        return Problem(code="renamed", message=message, remedy=REMEDY)


class _Half(Struct, frozen=True):
    path: str
    id: str
    time: float


class RenameTracker:
    """Records in *store* which files were renamed; *known* reads the former state."""

    def __init__(self, store: Store, known: KnownFiles) -> None:
        self.store = store
        self.known = known
        self.gone: dict[bytes, list[_Half]] = {}  # by hash of the file
        self.new: dict[bytes, list[_Half]] = {}

    def note(self, vanished: Iterable[str], appeared: Iterable[Row]) -> list[Rename]:
        """Record and return the renames that changed an id."""
        now = time.monotonic()
        self._forget(now)
        for path in vanished:
            file_hash, id_ = self.known.select_file_hash(path), self.known.select_id(path)
            if file_hash and id_:
                # a file renamed twice has the id from before both renames
                former = select_value(
                    self.store.db, "SELECT former_id FROM rename WHERE path = ?", (path,)
                )
                self._add(self.gone, file_hash, path, former or id_, now)
        for row in appeared:
            if row.file_hash and row.id:
                self._add(self.new, row.file_hash, row.path, row.id, now)
        found = [
            Rename(path=new.path, former=gone.path, former_id=gone.id)
            for gone, new in sorted(self._pair(), key=lambda pair: pair[1].path)
            if gone.id != new.id
        ]
        self.store.db.executemany(
            "INSERT OR REPLACE INTO rename VALUES (?,?,?)",
            [(one.path, one.former, one.former_id) for one in found],
        )
        self._write_problems()
        return found

    def _add(
        self, halves: dict[bytes, list[_Half]], file_hash: bytes, path: str, id_: str, now: float
    ) -> None:
        if len(halves) < MAX_REMEMBERED:
            halves.setdefault(file_hash, []).append(_Half(path, id_, now))

    def _forget(self, now: float) -> None:
        for halves in (self.gone, self.new):
            for key in list(halves):
                halves[key] = [one for one in halves[key] if now - one.time < REMEMBERED_SECONDS]
                if not halves[key]:
                    del halves[key]

    def _pair(self) -> Iterator[tuple[_Half, _Half]]:
        """Yield and forget pairs of equal hashes; among several, equal file names first."""
        for key in list(self.gone.keys() & self.new.keys()):
            gone, new = self.gone.pop(key), self.new.pop(key)
            for one in list(gone):
                name = one.path.rpartition("/")[2]
                same = [other for other in new if other.path.rpartition("/")[2] == name]
                if new and (same or len(new) <= len(gone)):
                    other = (same or new)[0]
                    gone.remove(one)
                    new.remove(other)
                    yield one, other

    def _write_problems(self) -> None:
        """Give each renamed file its problem, and forget files renamed back, or deleted."""
        self.store.db.execute(
            "DELETE FROM rename WHERE former IN (SELECT path FROM file) OR NOT EXISTS"
            " (SELECT 1 FROM file WHERE file.path = rename.path"
            " AND file.id IS NOT NULL AND file.id <> former_id)"
        )
        self.store.db.execute(
            "DELETE FROM problem WHERE number = ? AND path NOT IN (SELECT path FROM rename)",
            (PROBLEM_NUMBER,),
        )
        for one in select_renames(self.store.db):
            self.store.insert_problems(one.path, [(PROBLEM_NUMBER, one.problem)])


def select_renames(connection: Connection) -> list[Rename]:
    """Return all recorded renames, in path order."""
    rows = connection.execute("SELECT path, former, former_id FROM rename ORDER BY path")
    return [Rename(path=path, former=former, former_id=id_) for path, former, id_ in rows]


def log_renames(renames: Sequence[Rename]) -> None:
    """Log the renames of one scan: one line each, or one line with the count for many."""
    if len(renames) > MAX_LINES:
        first = renames[0]
        log.warning(
            "%d files were renamed, such as %s, which was %s, and have no ids of their own, so"
            " readers get each as a new entry; %s",
            len(renames),
            first.path,
            first.former,
            REMEDY,
        )
        return
    for one in renames:
        log.warning("%s: %s; %s", one.path, one.problem.message, one.problem.remedy)
