"""Write files of the folder, completely or not at all.

Every function raises OSError with the path of the file.
"""

from __future__ import annotations

import errno
import os
import tempfile
from contextlib import suppress
from pathlib import Path

# errors that keep every other file from being written, too
NO_ROOM_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


def write_new_file(path: Path, data: bytes) -> tuple[Path, bool]:
    """Write *data* to *path*, or to a numbered name beside it if another file is there.

    Return its path, and whether it was written: False if a file with *data* was there already.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    number, free = 1, path
    while True:
        try:
            create_file(free, data)
            return free, True
        except FileExistsError:
            if free.read_bytes() == data:
                return free, False
            number += 1
            free = path.with_name(f"{path.stem}-{number}{path.suffix}")


def create_file(path: Path, data: bytes) -> None:
    """Write *data* to a new file; on failure leave none and raise OSError with its path."""
    file = path.open("xb")
    try:
        with file:
            file.write(data)
    except OSError as error:
        error.filename = str(path)
        path.unlink()  # half of a file would be read as an entry
        raise


def write_atomically(file: Path, data: bytes) -> None:
    """Replace the content of *file* atomically, with its mode; a link stays a link."""
    file = Path(os.path.realpath(file))
    mode = file.stat().st_mode & 0o7777 if file.exists() else 0o644
    handle, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as writing:
            writing.write(data)
        Path(name).chmod(mode)
        Path(name).replace(file)
    except BaseException as error:
        with suppress(FileNotFoundError):
            Path(name).unlink()
        if isinstance(error, OSError):
            error.filename = str(file)
        raise
