"""Faults of an index file: detecting damage, removing the file, and logging.

The index is derived from the folder, so there is one remedy for every damage: the file is
removed. Processes that have it open notice by its inode, and the writer builds a new one. A
temporary lack of resources (space on the disk, a permission) is no damage: the operation is
repeated.
"""

from __future__ import annotations

import logging
import time
from contextlib import closing
from pathlib import Path

from feedsvc.errors import IndexFileError
from feedsvc.index.schema import (
    DAMAGE_CODES,
    ENVIRONMENT_CODES,
    SCHEMA_VERSION,
    SIDE_FILES,
    DatabaseError,
    get_inode,
    is_no_file,
    move_aside,
    open_read_connection,
    select_value,
)

log = logging.getLogger(__name__)
REPORT_SECONDS = 60.0  # between two log lines on a lasting fault


def is_certain_damage(error: BaseException) -> bool:
    """Whether SQLite reports that the file is no database, or is corrupt."""
    code = _get_code(error)
    return code in DAMAGE_CODES or code & 0xFF in DAMAGE_CODES


def is_passing_fault(error: BaseException) -> bool:
    """Whether *error* says that a resource of the machine is temporarily missing."""
    return _get_code(error) & 0xFF in ENVIRONMENT_CODES


def _get_code(error: BaseException) -> int:
    return int(getattr(error, "sqlite_errorcode", 0))


def is_damage(error: BaseException, index: str) -> bool:
    """Whether *error*, from reading or writing *index*, is due to damage of its file."""
    if is_certain_damage(error) or "Could not decode to UTF-8" in str(error):
        return True
    if any(is_no_file(index + ending) for ending in ("", *SIDE_FILES)):
        return True
    return not is_passing_fault(error) and not _is_sound(index)


def _is_sound(index: str) -> bool:
    """Whether *index* has our tables and SQLite finds nothing wrong, or does not exist."""
    try:
        with closing(open_read_connection(index)) as connection:
            version = select_value(connection, "PRAGMA user_version")
            found = select_value(connection, "PRAGMA integrity_check(1)")
    except IndexFileError:
        return True
    except DatabaseError as error:
        return not is_certain_damage(error)
    return bool(version == SCHEMA_VERSION and found == "ok")


def remove_damaged_index(index: str, inode: int) -> None:
    """Remove the file of *index* if it is still that of *inode*; raises OSError.

    The writer, which has the lock, removes the files beside it.
    """
    if get_inode(index) != inode:
        return  # another process was quicker
    if is_no_file(index):
        move_aside(index)
    else:
        Path(index).unlink(missing_ok=True)


class FaultReporter:
    """Logs each fault to *logger* when it begins, once a minute while it lasts, and its end."""

    def __init__(self, logger: logging.Logger = log) -> None:
        self.logger = logger
        self.report_times: dict[str, float] = {}  # by sentence, in seconds of time.monotonic

    @property
    def has_reported(self) -> bool:
        """Whether a fault was reported, but not its end."""
        return bool(self.report_times)

    def report(self, sentence: str, error: BaseException | None = None) -> None:
        """Log *sentence*, with the traceback of *error* if given."""
        now = time.monotonic()
        if now - self.report_times.get(sentence, -REPORT_SECONDS) >= REPORT_SECONDS:
            self.report_times[sentence] = now
            self.logger.warning("%s", sentence, exc_info=error)

    def report_end(self, sentence: str) -> None:
        """Log *sentence* if a fault was reported."""
        if self.report_times:
            self.report_times.clear()
            self.logger.info("%s", sentence)
