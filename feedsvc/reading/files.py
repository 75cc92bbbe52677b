"""Reads the bytes of a file below the entries folder.

Nothing outside of the folder is opened, and nothing that would block. A file that cannot be
read is an `EntryError`.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from feedsvc.errors import EntryError

MAX_ENTRY_BYTES = 8 * 1024 * 1024  # far above any article, far below any memory


def read_bytes(root: Path, path: str, limit: int = MAX_ENTRY_BYTES) -> bytes:
    """Return the bytes of *path* below *root*, at most *limit*; raise `EntryError`."""
    try:
        handle = open_file(f"{root}/{path}", str(root))
        try:
            return read_regular_file(handle, limit)
        finally:
            os.close(handle)
    except OSError as error:
        message = f"the file cannot be read: {error.strerror}"
        raise EntryError("unreadable", message, "check its permissions") from None


def open_file(full: str, root: str) -> int:
    """Return a descriptor of the file *full*; a link is followed only to a file below *root*."""
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC  # without O_NONBLOCK a FIFO waits for ever
    try:
        return os.open(full, flags | os.O_NOFOLLOW)
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.EMLINK):
            raise
    target = resolve_inside(full, root)
    if target is None:
        message = "the link leads out of the entries folder"
        raise EntryError("link-outside", message, "put the file itself here")
    return os.open(target, flags)


def resolve_inside(full: str, root: str) -> str | None:
    """Return the path of *full* without links, None if that is not below *root*."""
    target = os.path.realpath(full)
    return target if target.startswith(os.path.realpath(root).rstrip("/") + "/") else None


def read_regular_file(handle: int, limit: int) -> bytes:
    """Return all bytes of *handle*, even if the file grows meanwhile; raise `EntryError`."""
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        raise EntryError("not-a-file", "this is neither a file nor a folder", "remove it")
    size = status.st_size
    if size > limit:
        message = f"the file has {size:,} bytes, more than the {limit:,} that are read"
        raise EntryError("too-large", message, "split it")
    data = os.read(handle, size + 1)
    while size < len(data) <= limit and (more := os.read(handle, limit)):
        data += more
    return data
