"""What goes wrong with the file of an index: whether it is damaged, its removal, and the log of it.

The index is derived from the folder, so there is one remedy for every damage: the file is
removed. Whoever has it open sees by its inode that it is gone, and the writer builds the next one.
What the machine does not give at the moment (space on the disk, a permission) is no damage: it is
tried again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from feedsvc.errors import IndexFileError
from feedsvc.index.rows import unseal
from feedsvc.index.schema import (
    DAMAGE_CODES,
    ENVIRONMENT_CODES,
    SCHEMA_VERSION,
    SIDE_FILES,
    Connection,
    DatabaseError,
    get_inode,
    is_no_file,
    make_damage_error,
    move_aside,
    open_read_connection,
)

log = logging.getLogger(__name__)
REPORT_SECONDS = 60.0  # between two log lines on a fault that lasts


def is_certain_damage(error: BaseException) -> bool:
    """Whether SQLite says that the file is none of its own, or not as it was written."""
    code = _get_code(error)
    return code in DAMAGE_CODES or code & 0xFF in DAMAGE_CODES


def is_passing_fault(error: BaseException) -> bool:
    """Whether *error* says that the machine does not give what is needed at the moment."""
    return _get_code(error) & 0xFF in ENVIRONMENT_CODES


def _get_code(error: BaseException) -> int:
    return int(getattr(error, "sqlite_errorcode", 0))


def is_damage(error: BaseException, index: str) -> bool:
    """Whether *error*, met while *index* was asked or written, comes from a damage of its file."""
    if is_certain_damage(error) or "Could not decode to UTF-8" in str(error):
        return True
    if any(is_no_file(index + ending) for ending in ("", *SIDE_FILES)):
        return True
    return not is_passing_fault(error) and not _is_sound(index)


def _is_sound(index: str) -> bool:
    """Whether *index* has our tables and SQLite finds nothing wrong; also where it is not there."""
    try:
        with closing(open_read_connection(index)) as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    except IndexFileError:
        return True
    except DatabaseError as error:
        return not is_certain_damage(error)
    return bool(version == SCHEMA_VERSION and found == "ok")


def check_content(index: str, is_wanted: Callable[[], bool]) -> bool:
    """Return whether all of *index* was checked, False where that was not wanted any more.

    Raises DatabaseError at damage: of the structure, of a row that differs from what an index of
    SQLite has of it, or of an entry's fields. Not noticed is other noise in a column that no index
    has (names of terms, tombstones, references) nor what full text finds.
    """
    with closing(open_read_connection(index)) as connection:
        return all(is_wanted() for _ in _check_parts(connection))


def _check_parts(connection: Connection) -> Iterator[None]:
    """Check table after table, then entry after entry; raises DatabaseError."""
    tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0"
    for (table,) in connection.execute(tables).fetchall():
        (found,) = connection.execute(f"PRAGMA integrity_check({table})").fetchone()
        if found != "ok":
            raise make_damage_error(found)
        yield
    for (sealed,) in connection.execute("SELECT packed FROM entry"):
        unseal(sealed)
        yield


def remove_damaged_index(index: str, inode: int) -> None:
    """Remove the file of *index* if it is still that of *inode*; raises OSError.

    What lies beside it is removed by the writer, which has the lock.
    """
    if get_inode(index) != inode:
        return  # another process was quicker
    if is_no_file(index):
        move_aside(index)
    else:
        Path(index).unlink(missing_ok=True)


class FaultReporter:
    """Logs each fault when it begins, once a minute while it lasts, and its end."""

    def __init__(self) -> None:
        self.report_times: dict[str, float] = {}  # of each sentence, by time.monotonic

    @property
    def has_reported(self) -> bool:
        """Whether a fault was reported whose end was not."""
        return bool(self.report_times)

    def report(self, sentence: str, error: BaseException | None = None) -> None:
        """Log *sentence*, with the traceback of *error* where it is given."""
        now = time.monotonic()
        if now - self.report_times.get(sentence, -REPORT_SECONDS) >= REPORT_SECONDS:
            self.report_times[sentence] = now
            log.warning("%s", sentence, exc_info=error)

    def report_end(self, sentence: str) -> None:
        """Log *sentence* if anything was reported."""
        if self.report_times:
            self.report_times.clear()
            log.info("%s", sentence)
