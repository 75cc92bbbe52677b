"""Walk the folder: every file below the root in path order.

Goes out: files with their stat, or with the fault for which they are not opened. Links
are followed only to files inside the folder; folders that begin with a dot are left out.
Every path can be stored as text, and is unique: a byte of a name that is not UTF-8 is written as
`\\xe9`.
"""

from __future__ import annotations

import os
import stat as stats
from collections.abc import Iterable, Iterator
from pathlib import Path

from feedsvc.index.rows import FileTuple, WalkedFile


def get_device_id(root: Path) -> int | None:
    """Return the device of *root*, 0 if it is empty, None if it is missing."""
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
    base = os.path.realpath(root)
    return _walk_folder(base, top) if _is_walked(base, top) else iter(())


def resolve_folders(root: Path, paths: Iterable[str]) -> Iterator[str]:
    """Yield *paths* in the form that a walk from *root* gives them; skip those outside of it.

    The system may report a change in a folder only under the path of a link to it.
    """
    base = os.path.realpath(root)
    known: dict[str, str | None] = {
        "": ""
    }  # by folder as reported, with a slash at its end; None outside
    for path in paths:
        folder, mark, name = path.rpartition("/")
        if folder + mark not in known:
            real = os.path.realpath(f"{base}/{folder}") + "/"
            known[folder + mark] = real[len(base) + 1 :] if real.startswith(f"{base}/") else None
        if (resolved := known[folder + mark]) is not None:
            yield resolved + name


def _is_walked(base: str, folder: str) -> bool:
    """Return whether a walk from the root *base*, a real path, reaches *folder*.

    It does not if a part begins with a dot, or is a link: the system also reports changes behind
    a link to a folder, where files are not to be published.
    """
    if not folder:
        return True
    if any(part.startswith(".") for part in folder.split("/")):
        return False
    full = f"{base}/{folder}"
    return os.path.realpath(full) == full


def _walk_folder(base: str, folder: str) -> Iterator[FileTuple]:
    prefix = folder + "/" if folder else ""
    escaped: list[str] = []
    try:
        # by its descriptor, so that the system does not resolve the folder for each file
        handle = os.open(f"{base}/{folder}", os.O_RDONLY | os.O_DIRECTORY)
        try:
            with os.scandir(handle) as entries:
                found = [
                    file for entry in entries if (file := _stat_entry(base, prefix, entry, escaped))
                ]
        finally:
            os.close(handle)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError:
        yield folder or ".", -1, -1, -1, "folder-unreadable", ""
        return
    if escaped:
        found = _make_paths_unique(found)
    found.sort()
    for file in found:
        path = file[0]
        if path[-1] != "/":
            yield file
        elif path[len(prefix)] != ".":
            yield from _walk_folder(base, path[:-1])


def _stat_entry(
    base: str, prefix: str, entry: os.DirEntry[str], escaped: list[str]
) -> FileTuple | None:
    """Return the fields of the file *entry*, None if it is gone.

    A folder has a slash at the end, so that it sorts like its content. Names that are not UTF-8
    are added to *escaped*, and such folders skipped. Raises OSError if the folder only gives names.
    """
    name = entry.name
    if not name.isascii() and (name := escape_name(name)) != entry.name:
        escaped.append(name)
    path = prefix + name
    try:
        if entry.is_dir(follow_symlinks=False) and name == entry.name:
            return path + "/", -1, -1, -1, "", ""
        stat = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    if name == entry.name and stats.S_ISREG(stat.st_mode):
        return path, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, "", ""
    if name[0] == "." and stats.S_ISDIR(stat.st_mode):
        return None
    return _classify_file(base, path, f"{base}/{prefix}{entry.name}", stat)


def escape_name(name: str) -> str:
    """Return *name*, or if it is not UTF-8, a text that is unique among such names."""
    try:
        name.encode()
    except UnicodeEncodeError:
        name = name.replace("\\", r"\x5c")
        return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return name


def _make_paths_unique(found: list[FileTuple]) -> list[FileTuple]:
    """Return *found* with new paths for escaped names that equal a real name.

    The index cannot have a path twice.
    """
    taken = {file[0].removesuffix("/") for file in found if file[4] != "name-encoding"}
    unique = []
    for file in sorted(found):
        path = file[0]
        if file[4] == "name-encoding":
            while path in taken:
                path += "'"
            taken.add(path)
        unique.append((path, *file[1:]))
    return unique


def stat_file(root: Path, path: str) -> WalkedFile | None:
    """Return the file at *path* below the root, None if there is none (or a folder)."""
    base = os.path.realpath(root)
    full = f"{base}/{path}"
    if not _is_walked(base, path.rpartition("/")[0]):
        return None
    try:
        stat = os.lstat(full)
    except OSError:
        return None
    return (
        None if stats.S_ISDIR(stat.st_mode) else WalkedFile(*_classify_file(base, path, full, stat))
    )


def _classify_file(base: str, path: str, full: str, stat: os.stat_result) -> FileTuple:
    """Return the fields of a file that may be a link, a special file, or have an odd name."""
    fault = target = ""
    if full[len(base) + 1 :] != path or escape_name(path) != path:
        fault = "name-encoding"
    elif stats.S_ISLNK(stat.st_mode):
        real = os.path.realpath(full)
        if not real.startswith(base + "/"):
            fault = "link-outside"
        elif os.path.isdir(real):
            fault = "folder-link"
        else:
            try:
                stat, target = os.stat(real), real[len(base) + 1 :]
                if escape_name(target) != target:
                    fault, target = "name-encoding", ""
            except OSError:
                fault = "link-broken"
    elif not stats.S_ISREG(stat.st_mode):
        fault = "not-a-file"
    return path, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, fault, target
