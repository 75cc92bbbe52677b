"""Whether a file is still being written, so that it may have only half of an entry."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from pathlib import Path

from feedsvc.index.rows import WalkedFile

NANOSECONDS = 1_000_000_000
# since the last change: an open file may be complete all the same, such as one to which a program
# now and then appends a line
MAX_PAUSE_SECONDS = 10.0
# the same if the system does not show who has it open: a copy writes chunk after chunk
UNKNOWN_PAUSE_SECONDS = 0.03


def is_being_written(root: Path, file: WalkedFile) -> bool:
    """Return whether *file* below *root*, whose stat is fresh, is open for writing.

    A file that was replaced by a rename, or written and closed, is not, however recent.
    """
    age = (time.time_ns() - file.ctime) / NANOSECONDS
    if file.fault or not 0 <= age < MAX_PAUSE_SECONDS:
        return False
    try:
        handle = os.open(
            root / (file.target or file.path),
            os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC,
        )
    except OSError:
        return False
    try:
        return not _take_read_lease(handle)
    except OSError:  # another user's file, or a file system without leases
        return age < UNKNOWN_PAUSE_SECONDS
    finally:
        os.close(handle)


def _take_read_lease(handle: int) -> bool:
    """Return whether nobody has the file of *handle* open for writing; raise OSError if unknown.

    Only then does the kernel grant a read lease (fcntl(2), "Leases"). It is released at once: a
    process that opens the file meanwhile waits for some microseconds.
    """
    # by default a conflict sends SIGIO, which would end the process; SIGURG is ignored
    fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)
    try:
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        return False
    fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return True
