"""Write files of the folder, completely or not at all.

Every function raises OSError with the path of the file.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from uuid import uuid4

# errors that keep every other file from being written, too
NO_ROOM_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL
PERMISSIONS_REMEDY = "check the permissions of the file and its folder"


def write_new_file(path: Path, data: bytes) -> tuple[Path, bool]:
    """Write *data* to *path*, or to a numbered name beside it if something else is there.

    Return its path, and whether it was written: False if a file with *data* was there already.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    names = number_names(path.stem)
    while True:
        free = path.with_stem(next(names))
        try:
            create_file(free, data)
            return free, True
        except FileExistsError:
            if free.is_file() and free.read_bytes() == data:  # a pipe has no end
                return free, False


def number_names(name: str) -> Iterator[str]:
    """Yield *name*, then the same with a number, from 2 on, without end."""
    yield name
    yield from (f"{name}-{number}" for number in count(2))


def create_file(path: Path, data: bytes) -> None:
    """Write *data* to a new file, which is whole as soon as it has its name."""
    with write_beside(path, data) as written:
        try:
            os.link(written, path)  # unlike a rename, it replaces nothing
        except FileExistsError:
            raise
        except OSError:  # a file system without links
            path.touch(exist_ok=False)
            written.replace(path)


@contextmanager
def write_beside(file: Path, data: bytes, mode: int | None = None) -> Iterator[Path]:
    """Yield the path of a file with *data* that is to become *file*; remove what is left of it.

    Without a *mode* it has that of any new file.
    """
    beside = file.with_name(f".{uuid4().hex}.tmp")
    try:
        handle = os.open(beside, NEW_FILE, 0o666 if mode is None else 0o600)
        try:
            with os.fdopen(handle, "wb") as writing:
                writing.write(data)
            if mode is not None:
                beside.chmod(mode)
            yield beside
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        error.filename = str(file)  # the user knows of no other file
        raise


def write_moved(old: Path, new: Path, data: bytes) -> None:
    """Write *data* to the new file *new*, with the mode of *old*, and remove *old*.

    Raises FileExistsError if *new* exists by now.
    """
    new.parent.mkdir(parents=True, exist_ok=True)
    with write_beside(new, data, old.stat().st_mode & 0o7777) as written:
        os.link(written, new)  # unlike a rename, it replaces nothing
        old.unlink()


def write_atomically(file: Path, data: bytes) -> None:
    """Replace the content of *file* atomically, with its mode; a link stays a link."""
    file = Path(os.path.realpath(file))
    mode = file.stat().st_mode & 0o7777 if file.exists() else 0o644
    with write_beside(file, data, mode) as written:
        written.replace(file)
