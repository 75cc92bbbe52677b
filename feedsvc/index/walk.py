"""The folder as it is: every file below the root in the order of its path, and why some are not opened.

Links are followed only to files inside the folder; folders that begin with a
dot are passed over.
"""

from __future__ import annotations

import os
import stat as stats
from collections import deque
from collections.abc import Collection, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from feedsvc.index.rows import PATH_END, FileStat, FileTuple

COMPARE_BATCH_SIZE = 500  # files that are compared at once
NO_STAT: FileStat = (-1, -1, -1)
FAULT_MESSAGES = {
    "folder-unreadable": "the folder cannot be listed; give the service the right to read it",
    "folder-link": "a link to a folder is not followed; put the folder itself here",
    "link-outside": "the link leads out of the entries folder; put the file itself here",
    "link-broken": "the link leads nowhere; put the file itself here or remove the link",
    "name-encoding": "the file's name is not UTF-8; rename it",
    "not-a-file": "this is neither a file nor a folder; remove it",
}


class WalkedFile(NamedTuple):
    """A file of the folder, equal to what the index has of it (`find_below`) if it is as it was.

    *fault* says why it is not opened, *target* where a link leads.
    """

    path: str
    size: int  # bytes
    mtime: int  # nanoseconds
    ctime: int  # nanoseconds
    fault: str = ""
    target: str = ""

    @property
    def stat(self) -> FileStat:
        return self[1:4]


def get_device_id(root: Path) -> int | None:
    """The device that *root* lies on, 0 where nothing is in it, None where it is not there at all."""
    try:
        with os.scandir(root) as entries:
            filled = any(not entry.name.startswith(".") for entry in entries)
        return os.stat(root).st_dev if filled else 0
    except OSError:
        return None


def walk_files(root: Path, top: str = "") -> Iterator[WalkedFile]:
    """Every file below *top*, in the order of their paths; folders that begin with a dot are passed over."""
    return map(WalkedFile._make, walk_tuples(root, top))


def walk_tuples(
    root: Path, top: str = "", low: str = "", high: str = PATH_END
) -> Iterator[FileTuple]:
    """What `find_files` finds as plain tuples, which are made in a quarter of the time; from *low* to before *high*."""
    base = os.path.realpath(root)
    if any(part.startswith(".") for part in top.split("/")):
        return iter(())
    return _walk_folder(base, top, low, high)


def _walk_folder(base: str, folder: str, low: str, high: str) -> Iterator[FileTuple]:
    prefix = folder + "/" if folder else ""
    found: list[
        FileTuple
    ] = []  # folders too, with the slash that makes them sort as what is in them does
    handle = -1
    try:
        handle = os.open(f"{base}/{folder}", os.O_RDONLY | os.O_DIRECTORY)
        with os.scandir(
            handle
        ) as listing:  # by its handle: the system need not find the folder for each file again
            for entry in (
                listing
            ):  # looked at as the system lists them, which is a third quicker than by name
                name = entry.name if entry.name.isascii() else _escape_name(entry.name)
                path = prefix + name
                try:
                    if entry.is_dir(follow_symlinks=False):
                        if (
                            path < high and low < path + "0"
                        ):  # which follows "/", and so all that is in it
                            found.append((path + "/", *NO_STAT, "", ""))
                        continue
                    if not low <= path < high:
                        continue
                    stat = entry.stat(follow_symlinks=False)
                except OSError:
                    continue  # gone since the folder was listed
                if name == entry.name and stats.S_ISREG(stat.st_mode):
                    found.append((path, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, "", ""))
                elif (
                    other := _build_file(base, path, f"{base}/{prefix}{entry.name}", stat)
                ) is not None:
                    found.append(other)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError:
        if low <= (folder or ".") < high:
            yield WalkedFile(folder or ".", *NO_STAT, "folder-unreadable")
        return
    finally:
        if handle >= 0:
            os.close(handle)
    found.sort()
    for one in found:
        path = one[0]
        if path[-1] != "/":
            yield one
        elif path[len(prefix)] != ".":
            yield from _walk_folder(base, path[:-1], low, high)


def _escape_name(name: str) -> str:
    """The name in a form that can be kept."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def stat_file(root: Path, path: str) -> WalkedFile | None:
    """The file at *path* below the root, None where there is none (or a folder)."""
    base = os.path.realpath(root)
    full = f"{base}/{path}"
    if any(part.startswith(".") for part in path.split("/")[:-1]):
        return None
    try:
        stat = os.lstat(full)
    except OSError:
        return None
    return None if stats.S_ISDIR(stat.st_mode) else _build_file(base, path, full, stat)


def _build_file(base: str, path: str, full: str, stat: os.stat_result) -> WalkedFile | None:
    if stats.S_ISLNK(stat.st_mode):
        return _resolve_link(base, path, full, stat)
    signature = stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns
    if full[len(base) + 1 :] != path:
        return WalkedFile(path, *signature, "name-encoding")
    return WalkedFile(path, *signature, "" if stats.S_ISREG(stat.st_mode) else "not-a-file")


def _resolve_link(base: str, path: str, full: str, link: os.stat_result) -> WalkedFile:
    target = os.path.realpath(full)
    signature = link.st_size, link.st_mtime_ns, link.st_ctime_ns
    if not target.startswith(base + "/"):
        return WalkedFile(path, *signature, "link-outside")
    try:
        stat = os.stat(target)
    except OSError:
        return WalkedFile(path, *signature, "link-broken")
    if stats.S_ISDIR(stat.st_mode):
        return WalkedFile(path, *signature, "folder-link")
    return WalkedFile(
        path, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, target=target[len(base) + 1 :]
    )


def compare_files(
    found: Iterator[FileTuple], known: Iterator[FileTuple], also: Collection[str] = ()
) -> Iterator[tuple[WalkedFile | None, FileTuple | None]]:
    """(found, known) wherever these two differ, None where one of them lacks the path; both are in path order.

    Files whose paths are in *also* are given even where they do not differ.
    """
    while True:
        heres, theres = (
            deque(islice(found, COMPARE_BATCH_SIZE)),
            deque(islice(known, COMPARE_BATCH_SIZE)),
        )
        if not heres and not theres:
            return
        if (
            heres == theres and not also
        ):  # a run of files that are as they were costs one comparison
            continue
        while (
            heres or theres
        ):  # the shorter is filled up to the other's length, so that both end together
            heres.extend(islice(found, 0 if heres else len(theres)))
            theres.extend(islice(known, 0 if theres else len(heres)))
            if not theres or (heres and heres[0][0] < theres[0][0]):
                yield WalkedFile._make(heres.popleft()), None
            elif not heres or theres[0][0] < heres[0][0]:
                yield None, theres.popleft()
            else:
                here, there = heres.popleft(), theres.popleft()
                if here != there or here[0] in also:
                    yield WalkedFile._make(here), there
