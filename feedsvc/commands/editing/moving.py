"""A file that is changed and gets another name, whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_moved(old: Path, new: Path, data: bytes) -> None:
    """Put *data* at *new*, where nothing is, with the mode of *old*, and remove that.

    Raises FileExistsError where something is there by now.
    """
    new.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=new.parent)
    try:
        with os.fdopen(handle, "wb") as writing:
            writing.write(data)
        Path(name).chmod(old.stat().st_mode & 0o7777)
        os.link(name, new)  # which, unlike a rename, replaces nothing
        old.unlink()
    except OSError as error:
        error.filename = str(new)
        raise
    finally:
        Path(name).unlink()
