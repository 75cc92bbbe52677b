"""Change and rename a file, completely or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from feedsvc.commands.file_writing import write_beside


def write_moved(old: Path, new: Path, data: bytes) -> None:
    """Write *data* to the new file *new*, with the mode of *old*, and remove *old*.

    Raises FileExistsError if *new* exists by now.
    """
    new.parent.mkdir(parents=True, exist_ok=True)
    with write_beside(new, data, old.stat().st_mode & 0o7777) as written:
        os.link(written, new)  # unlike a rename, it replaces nothing
        old.unlink()
