"""Small disks in memory that can be filled, which only root may have; folders that are closed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest


@contextmanager
def mount_tmpfs(folder: Path, size: str) -> Iterator[None]:
    """Have a disk of *size* at *folder*; raises PermissionError where that is not allowed."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", str(folder)]
    if os.getuid() or subprocess.run(command, check=False, capture_output=True).returncode:
        raise PermissionError("mounting a small disk needs root")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill_disk(filler: Path) -> None:
    """Write *filler* until not one byte more has space."""
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        for size in (65_536, 4_096, 1):
            with suppress(OSError):
                while True:
                    file.write(bytes(size))


def refuse_to_list(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse to open *folder*, as to whoever has no permission: root, who may test, always has."""
    really_open = os.open

    def refuse(path: Any, *arguments: Any, **named: Any) -> int:
        if str(path) == str(folder.resolve()):
            raise PermissionError(13, "Permission denied")
        return really_open(path, *arguments, **named)

    monkeypatch.setattr(os, "open", refuse)
