"""The size of a picture in pixels, or the length of an audio file in seconds, from its header.

Comes in: a file of the folder. Goes out: a `Measure`, empty for an unreadable one. Files are
measured while the entries that use them are read, never for a request whose entry is in the
index.
"""

from __future__ import annotations

import os
import stat
from functools import lru_cache
from pathlib import Path

from msgspec import Struct

from feedsvc.fields.measures.bounded import BoundedFile
from feedsvc.fields.measures.pictures import measure_picture
from feedsvc.fields.measures.sound import is_sound, measure_sound

MAX_REMEMBERED = 4_096  # of some 300 bytes


class Measure(Struct, frozen=True, kw_only=True):
    """The size of a picture in pixels, or the length of a sound in seconds; 0 if unknown."""

    width: int = 0
    height: int = 0
    duration: int = 0

    @property
    def is_known(self) -> bool:
        """Whether the header of the file could be read."""
        return self != NOTHING


NOTHING = Measure()


def measure_file(root: Path, path: str, media_type: str) -> Measure:
    """Return the measure of the file *path* below *root*, of *media_type* by its name."""
    if not (media_type.startswith("image/") or is_sound(media_type)):
        return NOTHING
    full = f"{root}/{path}"
    try:
        status = os.stat(full)
    except OSError:
        return NOTHING
    if not stat.S_ISREG(status.st_mode):
        return NOTHING
    version = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return _measure_version(full, version, media_type)


@lru_cache(MAX_REMEMBERED)
def _measure_version(full: str, _version: tuple[int, ...], media_type: str) -> Measure:
    """Return the measure of *full*, cached until *_version* changes.

    So a picture in many entries is opened once.
    """
    try:
        handle = os.open(full, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return NOTHING
    with os.fdopen(handle, "rb") as file:
        bounded = BoundedFile(file)
        if media_type.startswith("image/"):
            width, height = measure_picture(bounded, media_type)
            return Measure(width=width, height=height)
        return Measure(duration=measure_sound(bounded, media_type))
