"""The folder as it is: every file below the root in the order of its path.

Goes out: files with their stat, or with the fault for which they are not opened. Links
are followed only to files inside the folder; folders that begin with a dot are left out.
"""

from __future__ import annotations

import os
import stat as stats
from collections import deque
from collections.abc import Collection, Iterator
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct

from feedsvc.model import Problem

FAULTS = {  # what is wrong with a file that is not opened, and the remedy
    "folder-unreadable": (
        "the folder cannot be listed", "give the service the right to read it"
    ),
    "folder-link": ("a link to a folder is not followed", "put the folder itself here"),
    "link-outside": ("the link leads out of the entries folder", "put the file itself here"),
    "link-broken": ("the link leads nowhere", "put the file itself here or remove the link"),
    "name-encoding": ("the file's name is not UTF-8", "rename it"),
    "not-a-file": ("this is neither a file nor a folder", "remove it"),
}  # fmt: skip
# the fields of a WalkedFile: a walk makes tuples in a quarter of the time, and SQLite's rows are
# tuples too, so that runs of unchanged files are compared at once
FileTuple: TypeAlias = tuple[str, int, int, int, str, str]
BATCH_SIZE = 500  # files that are compared at once


class WalkedFile(Struct, frozen=True):  # positional: made from a FileTuple
    """A file of the folder.

    Size, mtime and ctime tell it from its changed self without opening it; the ctime also
    changes with what keeps the others: `cp -p`, `mv`, `chmod`.
    """

    path: str
    size: int = -1  # bytes
    mtime: int = -1  # nanoseconds
    ctime: int = -1  # nanoseconds
    fault: str = ""  # a key of FAULTS
    target: str = ""  # path of the file that a link leads to

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problem of its fault."""
        message, remedy = FAULTS[self.fault]
        return (Problem(code=self.fault, message=message, remedy=remedy),)


def get_device_id(root: Path) -> int | None:
    """Return the device of *root*, 0 where nothing is in it, None where it is not there at all."""
    try:
        with os.scandir(root) as entries:
            filled = any(not entry.name.startswith(".") for entry in entries)
        return os.stat(root).st_dev if filled else 0
    except OSError:
        return None


def walk_files(root: Path) -> Iterator[WalkedFile]:
    """Yield every file below *root* in path order."""
    return (WalkedFile(*values) for values in walk_tuples(root))


def walk_tuples(root: Path, top: str = "") -> Iterator[FileTuple]:
    """Yield the fields of every `WalkedFile` below the folder *top* in path order."""
    if any(part.startswith(".") for part in top.split("/")):
        return iter(())
    return _walk_folder(os.path.realpath(root), top)


def _walk_folder(base: str, folder: str) -> Iterator[FileTuple]:
    prefix = folder + "/" if folder else ""
    try:
        # by its handle: the system need not look the folder up for each file again
        handle = os.open(f"{base}/{folder}", os.O_RDONLY | os.O_DIRECTORY)
        try:
            with os.scandir(handle) as entries:
                found = [file for entry in entries if (file := _stat_entry(base, prefix, entry))]
        finally:
            os.close(handle)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError:
        yield folder or ".", -1, -1, -1, "folder-unreadable", ""
        return
    found.sort()
    for file in found:
        path = file[0]
        if path[-1] != "/":
            yield file
        elif path[len(prefix)] != ".":
            yield from _walk_folder(base, path[:-1])


def _stat_entry(base: str, prefix: str, entry: os.DirEntry[str]) -> FileTuple | None:
    """Return the fields of the file *entry*, None where it has gone.

    A folder has a slash at the end, which makes it sort as what is in it does.
    """
    name = entry.name
    if not name.isascii():  # a name that is not UTF-8 in a form that can be stored
        name = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    path = prefix + name
    try:
        if entry.is_dir(follow_symlinks=False):
            return path + "/", -1, -1, -1, "", ""
        stat = entry.stat(follow_symlinks=False)
    except OSError:
        return None
    if name == entry.name and stats.S_ISREG(stat.st_mode):
        return path, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, "", ""
    return _classify_file(base, path, f"{base}/{prefix}{entry.name}", stat)


def stat_file(root: Path, path: str) -> WalkedFile | None:
    """Return the file at *path* below the root, None where there is none (or a folder)."""
    base = os.path.realpath(root)
    full = f"{base}/{path}"
    if any(part.startswith(".") for part in path.split("/")[:-1]):
        return None
    try:
        stat = os.lstat(full)
    except OSError:
        return None
    return (
        None if stats.S_ISDIR(stat.st_mode) else WalkedFile(*_classify_file(base, path, full, stat))
    )


def _classify_file(base: str, path: str, full: str, stat: os.stat_result) -> FileTuple:
    """Return the fields of a file that may be a link, something else, or have an odd name."""
    fault = target = ""
    if stats.S_ISLNK(stat.st_mode):
        real = os.path.realpath(full)
        if not real.startswith(base + "/"):
            fault = "link-outside"
        elif os.path.isdir(real):
            fault = "folder-link"
        else:
            try:
                stat, target = os.stat(real), real[len(base) + 1 :]
            except OSError:
                fault = "link-broken"
    elif full[len(base) + 1 :] != path:
        fault = "name-encoding"
    elif not stats.S_ISREG(stat.st_mode):
        fault = "not-a-file"
    return path, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, fault, target


def compare_files(
    found: Iterator[FileTuple],
    known: Iterator[FileTuple],
    recheck: Collection[str] = (),
    batch_size: int = BATCH_SIZE,
) -> Iterator[tuple[WalkedFile | None, FileTuple | None]]:
    """Yield (found, known) wherever they differ, None where one of them lacks the path.

    Both are in path order. Files whose paths are in *recheck* are yielded even where they
    do not differ.
    """
    while True:
        here, there = deque(islice(found, batch_size)), deque(islice(known, batch_size))
        if not here and not there:
            return
        if here == there and not recheck:
            continue  # a run of unchanged files costs one comparison
        while here or there:
            # the shorter one is filled up to the other's length, so that both end together
            here.extend(islice(found, 0 if here else len(there)))
            there.extend(islice(known, 0 if there else len(here)))
            if not there or (here and here[0][0] < there[0][0]):
                yield WalkedFile(*here.popleft()), None
            elif not here or there[0][0] < here[0][0]:
                yield None, there.popleft()
            else:
                one, other = here.popleft(), there.popleft()
                if one != other or one[0] in recheck:
                    yield WalkedFile(*one), other
