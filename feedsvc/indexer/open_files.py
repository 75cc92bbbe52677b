"""Whether somebody is still writing a file, so that what is in it may be half of an entry."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from pathlib import Path

from feedsvc.index.rows import WalkedFile

NANOSECONDS = 1_000_000_000
# since the last change: a file that is open may be whole all the same, as one to which a program
# appends a line now and then
MAX_PAUSE_SECONDS = 10.0
# the same where the system does not say who has it open: chunks of a copy follow each other
UNKNOWN_PAUSE_SECONDS = 0.03


def is_being_written(root: Path, file: WalkedFile) -> bool:
    """Return whether *file* below *root*, whose stat is fresh, is open for writing.

    One that was replaced by a rename, or written and closed, is not, however young it is.
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
    except OSError:  # the file is another user's, or its file system has no leases
        return age < UNKNOWN_PAUSE_SECONDS
    finally:
        os.close(handle)


def _take_read_lease(handle: int) -> bool:
    """Return whether nobody has the file of *handle* open for writing; raise OSError if not known.

    The kernel grants a read lease only then (fcntl(2), "Leases"). It ends at once: whoever opens
    the file meanwhile waits for some microseconds.
    """
    # the signal for that is SIGIO, which would end the process; SIGURG is ignored
    fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)
    try:
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        return False
    fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return True
