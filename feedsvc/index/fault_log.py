"""The log of a running service: each file that cannot be published, and each that is healed, once.

Comes in: the paths that a scan has written. Goes out: log lines alone.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from feedsvc.index.known_files import KnownFiles
from feedsvc.index.rows import STATES_WITH_IDENTITY, Row
from feedsvc.index.schema import Connection
from feedsvc.reading import HOLDING_CODES

log = logging.getLogger(__name__)
FAULTS_SQL = (  # of a file the last problem is the one for which it is not published
    "SELECT path, line, message FROM problem JOIN file USING (path)"
    f" WHERE (state = 'error' OR (state = 'draft' AND code IN {HOLDING_CODES}))"
)
RENAMED = (
    "%s: it was %s and has no id of its own, so readers get it as a new entry and its old address"
    " leads nowhere; rename it back, run `feedsvc stamp`, and rename it again"
)


class FaultLog:
    """Logs what is wrong in the index on *connection*; *known* has what was committed before."""

    def __init__(self, connection: Connection, known: KnownFiles) -> None:
        self.db = connection
        self.known = known
        self.faults: dict[str, str] = {}  # what was logged of a path
        self.former_states: dict[str, str] = {}

    def log_all(self) -> None:
        """Log every fault that has not been."""
        rows = self.db.execute(f"{FAULTS_SQL} ORDER BY path, number").fetchall()
        for path, sentence in {row[0]: _join(*row) for row in rows}.items():
            self._log_fault(path, sentence, "")

    def note_former_states(self, paths: Iterable[str]) -> None:
        """Note what *paths* were, before a scan commits what they are."""
        self.former_states = {path: self.known.select_state(path) for path in paths}

    def log_changes(self) -> None:
        """Log what became of the paths whose former states were noted."""
        former_states, self.former_states = self.former_states, {}
        query = f"{FAULTS_SQL} AND path = ? ORDER BY number DESC LIMIT 1"
        for path, former in sorted(former_states.items()):
            found = self.db.execute(query, (path,)).fetchone()
            if found is not None:
                self._log_fault(path, _join(*found), former)
            elif self.faults.pop(path, "") and (state := self._select_state(path)):
                log.info("%s: in order again (%s)", path, state)

    def _log_fault(self, path: str, sentence: str, former: str) -> None:
        if self.faults.get(path) != sentence:
            self.faults[path] = sentence
            was = f" (was {former})" if former in STATES_WITH_IDENTITY else ""
            log.warning("%s; not published%s", sentence, was)

    def log_renames(self, vanished: Iterable[str], appeared: Iterable[Row]) -> None:
        """Log which of the files that *appeared* were *vanished* ones, where their ids differ."""
        identities = (self.known.select_identity(path) for path in vanished)
        former = {one[0]: one for one in identities if one is not None}
        for row in appeared:
            hash_, id_, path = former.get(row.hash, (b"", None, ""))
            if hash_ and id_ and row.id and row.id != id_:
                log.warning(RENAMED, row.path, path)

    def _select_state(self, path: str) -> str:
        found = self.db.execute("SELECT state FROM file WHERE path = ?", (path,)).fetchone()
        return "" if found is None else str(found[0])


def _join(path: str, line: int | None, message: str) -> str:
    return f"{path}:{line}: {message}" if line else f"{path}: {message}"
