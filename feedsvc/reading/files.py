"""The bytes of a file below the entries folder; nothing outside of it is opened, and nothing that would block."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from feedsvc.errors import EntryError

MAX_ENTRY_BYTES = (
    8 * 1024 * 1024
)  # bytes of text in one entry: far above any article, far below any memory


def read_bytes(root: Path, path: str, limit: int = MAX_ENTRY_BYTES) -> bytes:
    """The bytes of *path* below *root*; raises `EntryError` for what is no readable file inside the folder."""
    full = f"{root}/{path}"
    try:
        handle = open_file(full, str(root))
    except OSError as error:
        raise EntryError(
            "unreadable", f"the file cannot be read: {error.strerror}; check its rights"
        ) from None
    try:
        facts = os.fstat(handle)
        if not stat.S_ISREG(facts.st_mode):
            raise EntryError("not-a-file", "this is neither a file nor a folder; remove it")
        if facts.st_size > limit:
            message = f"the file has {facts.st_size:,} bytes, more than the {limit:,} of an entry; split it"
            raise EntryError("too-large", message)
        return read_to_end(handle, facts.st_size, limit)
    except OSError as error:
        raise EntryError(
            "unreadable", f"the file cannot be read: {error.strerror}; check its rights"
        ) from None
    finally:
        os.close(handle)


def open_file(full: str, root: str) -> int:
    """A descriptor of *full*; a link is followed only to what lies below *root*."""
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC  # a FIFO would wait for its writer for ever
    try:
        return os.open(full, flags | os.O_NOFOLLOW)
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.EMLINK):
            raise
    target, base = os.path.realpath(full), os.path.realpath(root)
    if not target.startswith(base + os.sep):
        raise EntryError(
            "link-outside", "the link leads out of the entries folder; put the file itself here"
        )
    return os.open(target, flags)


def read_to_end(handle: int, size: int, limit: int) -> bytes:
    """Everything that *handle* has, also when the file grows meanwhile."""
    data = os.read(handle, size + 1)
    while len(data) > size and len(data) <= limit:
        more = os.read(handle, limit)
        if not more:
            break
        data += more
    return data
