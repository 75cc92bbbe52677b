"""Change and rename a file, completely or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_moved(old: Path, new: Path, data: bytes) -> None:
    """Write *data* to the new file *new*, with the mode of *old*, and remove *old*.

    Raises FileExistsError if *new* exists by now.
    """
    new.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=new.parent)
    try:
        with os.fdopen(handle, "wb") as writing:
            writing.write(data)
        Path(name).chmod(old.stat().st_mode & 0o7777)
        os.link(name, new)  # unlike a rename, it replaces nothing
        old.unlink()
    except OSError as error:
        error.filename = str(new)
        raise
    finally:
        Path(name).unlink()
