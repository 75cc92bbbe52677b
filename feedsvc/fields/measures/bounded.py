"""A file of which only a bounded header is read, whatever its bytes are."""

from __future__ import annotations

import os
from typing import BinaryIO

MAX_BYTES = 4 * 1024 * 1024  # a JPEG may have megabytes of metadata before its size
MAX_READS = 60_000  # each page of an hour of Ogg takes two


class TooMuchReadError(OSError):
    """A library tried to read more than a header."""


class BoundedFile:
    """The file for the two libraries; raises `TooMuchReadError` rather than return less."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._bytes_left = MAX_BYTES
        self._reads_left = MAX_READS

    def read(self, size: int = -1) -> bytes:
        """Return the next *size* bytes."""
        self._reads_left -= 1
        if size < 0 or size > self._bytes_left or self._reads_left < 0:
            raise TooMuchReadError
        data = self._file.read(size)
        self._bytes_left -= len(data)
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to *offset*; an offset that is none raises ValueError or OSError."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the offset of the next byte."""
        return self._file.tell()
