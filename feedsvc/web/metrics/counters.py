"""Counts of all workers of one index, in files beside it: each process adds to a file of its own.

A process locks its file as long as it lives. A new process takes over the file of one that has
ended and continues its counts: the sum over all files never falls, however workers end, and there
are never more files than processes that ran at one time. (prometheus_client's multiprocess mode
keeps a file for each process that ever ran, or loses its counts.)
"""

from __future__ import annotations

import fcntl
import logging
import mmap
import os
import threading
import weakref
from pathlib import Path

from msgspec import Struct

log = logging.getLogger(__name__)
ROWS, KEY_BYTES, ROW_BYTES = 2_048, 48, 64  # a row is a key and two 8-byte numbers
FILE_BYTES = ROWS * ROW_BYTES
ROW_WORDS, KEY_WORDS = ROW_BYTES // 8, KEY_BYTES // 8
MAX_FILES = 1_024
HEADER = b"feedsvc counts 1"  # the key of the first row: a file with another is cleared
OTHER = "other"  # keys beyond the last row are counted together


class Count(Struct, frozen=True, kw_only=True):
    """How often something happened, and the sum of its amounts: bytes or nanoseconds."""

    count: int
    total: int


class Counters:
    """The counts of this process, in one of the files at *base*, a path without an ending."""

    def __init__(self, base: str) -> None:
        self.base = base
        self._reset()
        _all_counters.add(self)

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._handle = -1
        self._rows: dict[str, int] = {}  # by key: the offset of its first number
        self._words = memoryview(b"")

    def forget(self) -> None:
        """Start over in a forked child, which needs a file of its own."""
        if self._handle >= 0:
            os.close(self._handle)  # the parent keeps the lock
        self._reset()

    def add(self, key: str, amount: int) -> None:
        """Count *key* once more, with *amount* more."""
        with self._lock:
            offset = self._rows.get(key)
            if offset is None:
                offset = self._add_row(key)
            words = self._words
            words[offset] += 1
            words[offset + 1] += amount

    def _add_row(self, key: str) -> int:
        if not self._words:
            self._open()
            if key in self._rows:
                return self._rows[key]
        row = len(self._rows) + 1
        name = key.encode()[:KEY_BYTES]
        if row == ROWS - 1:  # the last one
            self._rows[OTHER], name = row * ROW_WORDS + KEY_WORDS, OTHER.encode()
        if row >= ROWS:
            return self._rows[OTHER]
        data = self._words.cast("B")
        data[row * ROW_BYTES : row * ROW_BYTES + len(name)] = name
        offset = self._rows[name.decode(errors="replace")] = row * ROW_WORDS + KEY_WORDS
        return offset

    def _open(self) -> None:
        try:
            self._handle, data = _take_file(self.base)
        except OSError as error:
            log.warning("metrics cover only this process: %s", error)
            data = memoryview(bytearray(FILE_BYTES))
        if bytes(data[: len(HEADER)]) != HEADER:
            data[:] = bytes(FILE_BYTES)
            data[: len(HEADER)] = HEADER
        self._words = data.cast("Q")
        self._rows = dict(_list_rows(bytes(data)))

    def read(self) -> dict[str, Count]:
        """Return the counts of all processes, including those that have ended."""
        sums: dict[str, list[int]] = {}
        contents = [_read(path) for path in _list_files(self.base)]
        if self._words and self._handle < 0:
            contents.append(bytes(self._words))
        for content in contents:
            words = memoryview(content).cast("Q")
            for key, offset in _list_rows(content):
                found = sums.setdefault(key, [0, 0])
                found[0] += words[offset]
                found[1] += words[offset + 1]
        return {key: Count(count=count, total=total) for key, (count, total) in sums.items()}


_all_counters: weakref.WeakSet[Counters] = weakref.WeakSet()


def _forget_all() -> None:
    for counters in list(_all_counters):
        counters.forget()


os.register_at_fork(after_in_child=_forget_all)


def _make_file_name(base: str, number: int) -> str:
    return f"{base}.counts-{number}"


def _list_files(base: str) -> list[str]:
    paths = (_make_file_name(base, number) for number in range(MAX_FILES))
    found = []
    for path in paths:
        if not os.path.exists(path):  # they are numbered without gaps
            break
        found.append(path)
    return found


def _take_file(base: str) -> tuple[int, memoryview]:
    """Return the first file that no process holds, and its bytes; raises OSError."""
    for number in range(MAX_FILES):
        path = _make_file_name(base, number)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.posix_fallocate(handle, 0, FILE_BYTES)  # a full disk fails here, not later
            return handle, memoryview(mmap.mmap(handle, FILE_BYTES))
        except BlockingIOError:
            os.close(handle)
        except OSError:
            os.close(handle)
            raise
    raise OSError(f"more than {MAX_FILES} processes count at {base}")


def _read(path: str) -> bytes:
    """Return the bytes of a file of counts, those of an empty one if it cannot be read."""
    try:
        content = Path(path).read_bytes()
    except OSError:
        return b""
    return content if len(content) == FILE_BYTES and content.startswith(HEADER) else b""


def _list_rows(content: bytes) -> list[tuple[str, int]]:
    """Return the key and offset of each row in use."""
    rows = []
    for row in range(1, len(content) // ROW_BYTES):
        start = row * ROW_BYTES
        key = content[start : start + KEY_BYTES].rstrip(b"\0")
        if not key:
            break
        rows.append((key.decode(errors="replace"), row * ROW_WORDS + KEY_WORDS))
    return rows
