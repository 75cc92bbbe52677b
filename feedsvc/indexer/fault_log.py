"""The log of a running service: one line when a file cannot be published, one when it can again.

Comes in: the paths that a scan has written. Goes out: only log lines.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from feedsvc.index.rows import STATES_WITH_IDENTITY
from feedsvc.index.schema import Connection
from feedsvc.indexer.known_files import KnownFiles
from feedsvc.reading import HOLDING_CODES

log = logging.getLogger(__name__)
FAULTS_SQL = (  # a file's last problem is the reason why it is not published
    "SELECT path, line, message FROM problem JOIN file USING (path)"
    f" WHERE (state = 'error' OR (state = 'draft' AND code IN {HOLDING_CODES}))"
)


class FaultLog:
    """Logs the faults of the index on *connection*; *known* reads the last committed state.

    *faults* has, by path, what was logged already, also for a former index.
    """

    def __init__(
        self, connection: Connection, known: KnownFiles, faults: dict[str, str] | None = None
    ) -> None:
        self.db = connection
        self.known = known
        self.faults = {} if faults is None else faults
        self.former_states: dict[str, str] = {}

    def log_all(self) -> None:
        """Log every fault that was not logged yet."""
        rows = self.db.execute(f"{FAULTS_SQL} ORDER BY path, number").fetchall()
        for path, sentence in {row[0]: _join(*row) for row in rows}.items():
            self._log_fault(path, sentence, "")

    def note_former_states(self, paths: Iterable[str]) -> None:
        """Note the states of *paths* before a scan commits new ones."""
        self.former_states = {path: self.known.select_state(path) for path in paths}

    def log_changes(self) -> None:
        """Log how the paths changed whose former states were noted."""
        former_states, self.former_states = self.former_states, {}
        query = f"{FAULTS_SQL} AND path = ? ORDER BY number DESC LIMIT 1"
        for path, former in sorted(former_states.items()):
            found = self.db.execute(query, (path,)).fetchone()
            if found is not None:
                self._log_fault(path, _join(*found), former)
            elif self.faults.pop(path, "") and (state := KnownFiles(self.db).select_state(path)):
                log.info("%s: in order again (%s)", path, state)

    def _log_fault(self, path: str, sentence: str, former: str) -> None:
        if self.faults.get(path) != sentence:
            self.faults[path] = sentence
            was = f" (was {former})" if former in STATES_WITH_IDENTITY else ""
            log.warning("%s; not published%s", sentence, was)


def _join(path: str, line: int | None, message: str) -> str:
    return f"{path}:{line}: {message}" if line else f"{path}: {message}"
