"""What can happen to the file of an index, or to what lies beside it: a function of its path."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

Damage = Callable[[Path], None]
NOISE = bytes(range(7, 256)) * 40


def overwrite(file: Path, start: float = 0.0, size: int | None = None) -> None:
    """Write noise over *file* from the share *start* of its length on, in place."""
    length = file.stat().st_size
    offset = int(length * start)
    with file.open("r+b") as opened:
        opened.seek(offset)
        noise = NOISE * (1 + length // len(NOISE))
        opened.write(noise[: length - offset if size is None else size])


def replace_bytes(index: Path, old: bytes, new: bytes, start: int = 0, end: int = -1) -> None:
    """Write *new* where *old* stands, of the same length, from *start* to *end*."""
    data = index.read_bytes()[start : end if end >= 0 else None]
    with index.open("r+b") as opened:
        opened.seek(start)
        opened.write(data.replace(old, new))


def change_titles(index: Path) -> None:
    """Change letters of what the index has of entries; for SQLite all is well."""
    replace_bytes(index, b'"Entry ', b'"Extry ')


def change_dates(index: Path) -> None:
    """Change when entries are public, in SQLite's index of that alone."""
    with closing(sqlite3.connect(index)) as connection:
        sql = "SELECT rootpage FROM sqlite_master WHERE name = 'entry_public_from'"
        (page,) = connection.execute(sql).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        (second,) = connection.execute("SELECT max(public_from) FROM entry").fetchone()
    place = (page - 1) * size, page * size
    replace_bytes(index, second.to_bytes(4, "big")[:2], b"\x75\x42", *place)  # in 2032


def put_directory(index: Path) -> None:
    index.unlink()
    (index / "somebody's").mkdir(parents=True)


def put_other_version(index: Path) -> None:
    with closing(sqlite3.connect(index)) as connection:
        connection.execute("PRAGMA user_version = 999")
        connection.execute("ALTER TABLE file RENAME TO files")


def put_other_database(index: Path) -> None:
    other = index.with_name("other")
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
        connection.commit()
    other.replace(index)


def put_older_copy(index: Path) -> None:
    other = index.with_name("other")
    shutil.copy(index, other)
    other.replace(index)


def put_text(index: Path) -> None:
    index.write_text("Dear diary,\n" * 900, encoding="utf-8")


def put_zeros(index: Path) -> None:
    index.write_bytes(bytes(index.stat().st_size))


def put_fifo(index: Path) -> None:
    index.unlink()
    os.mkfifo(index)


def delete_folder(index: Path) -> None:
    shutil.rmtree(index.parent)


def move_folder(index: Path) -> None:
    index.parent.rename(index.parent.with_name(f"moved-{time.monotonic_ns()}"))


def delete_lock(index: Path) -> None:
    Path(f"{index}.lock").unlink()


def side(ending: str) -> Callable[[Path], Path]:
    return lambda index: Path(f"{index}{ending}")


DAMAGES: dict[str, Damage] = {
    "noise over the file": overwrite,
    "noise from its middle on": lambda index: overwrite(index, 0.5),
    "noise over its second page": lambda index: overwrite(index, 4096 / index.stat().st_size, 4096),
    "noise over its log": lambda index: overwrite(side("-wal")(index)),
    "noise over the middle of its log": lambda index: overwrite(side("-wal")(index), 0.5),
    "noise over its shared memory": lambda index: overwrite(side("-shm")(index)),
    "cut off at 0": lambda index: os.truncate(index, 0),
    "cut off in its middle": lambda index: os.truncate(index, index.stat().st_size // 2),
    "its log cut off": lambda index: os.truncate(side("-wal")(index), 0),
    "titles in other words": change_titles,
    "dates in other words": change_dates,
    "a text in it": put_text,
    "zeros in it": put_zeros,
    "a folder in its place": put_directory,
    "a FIFO in its place": put_fifo,
    "tables of another version": put_other_version,
    "another program's database": put_other_database,
    "a copy in its place": put_older_copy,
    "deleted": Path.unlink,
    "its folder deleted": delete_folder,
    "its folder moved": move_folder,
    "its lock deleted": delete_lock,
}
# the process that has it mapped dies of SIGBUS, so that nobody may be a reader who has to live
FATAL_DAMAGES: dict[str, Damage] = {
    "its shared memory cut off": lambda index: os.truncate(side("-shm")(index), 0),
    "its shared memory cut off in its middle": lambda index: os.truncate(
        side("-shm")(index), 4_096
    ),
}
