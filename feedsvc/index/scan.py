"""The folder and the index compared: what is new, changed or gone is read and put into one transaction.

Comes in: the folder as it is. Goes out: rows in the store. A file whose size,
mtime and ctime are as before is not opened.
"""

from __future__ import annotations

import os
import stat as stats
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import chain, islice
from multiprocessing import get_context
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from feedsvc.index.database import open_reader
from feedsvc.index.rows import build_row
from feedsvc.index.store import Row, Stat, Store
from feedsvc.reading import classify, concerns, read_entry
from feedsvc.settings import Settings

POOL_FROM = 400  # files; below it a pool costs more than it brings
CHUNK = 100
NOWHERE = Stat(-1, -1, -1)


class Found(NamedTuple):
    """A file of the folder; *fault* says why it is not opened at all."""

    path: str
    stat: Stat
    fault: str = ""


@dataclass
class Scanner:
    """Reads a folder into a store; *seen* is told of each row, for progress bars."""

    root: Path
    store: Store
    settings: Settings
    seen: Callable[[object], None] = field(default=lambda row: None)
    processes: int = field(default_factory=lambda: len(os.sched_getaffinity(0)))
    index: str = ""  # the file of the store, to read what is known beside the writing; "" in memory

    def scan_all(self, *, confirmed: bool = False) -> int:
        """Compares the whole folder; a root that is missing or suddenly empty drops nothing unless *confirmed*."""
        return self._apply([""], confirmed)

    def scan_paths(self, paths: Iterable[str]) -> int:
        """Compares some files and whole subtrees; `""` is the root."""
        tops: list[str] = []
        for path in sorted(set(paths)):
            if not (tops and (tops[-1] == "" or path.startswith(tops[-1] + "/"))):
                tops.append(path)
        return self._apply(tops, confirmed=False)

    def is_trustworthy(self) -> bool:
        """Whether an absence means a deletion: the root is there and not empty (an unmounted one is)."""
        try:
            with os.scandir(self.root) as entries:
                return next(iter(entries), None) is not None
        except OSError:
            return False

    def _apply(self, tops: list[str], confirmed: bool) -> int:
        trusted = confirmed or self.is_trustworthy()
        changes = (change for top in tops for change in self._find_changes(top))
        if not trusted:
            changes = (change for change in changes if change[1] is not None)
        first = next(changes, None)
        if first is None:
            return self._note_complete()
        self.store.begin()
        try:
            count = self._write(chain([first], changes))
            self.store.set_meta("complete", 1)
            self.store.commit(lambda path: self._read(find_file(self.root, path) or Found(path, NOWHERE)))
        except BaseException:
            self.store.rollback()
            raise
        return count

    def _note_complete(self) -> int:
        if not self.store.get_meta("complete", 0):
            self.store.begin()
            self.store.set_meta("complete", 1)
            self.store.commit(lambda path: self._read(Found(path, NOWHERE)))
        return 0

    def _write(self, changes: Iterator[tuple[str, Found | None]]) -> int:
        count = 0
        dependents: set[str] = set()
        done: set[str] = set()

        def wanted() -> Iterator[Found]:
            for path, found in changes:
                if not self.store.fresh:
                    dependents.update(self._find_dependents(path))
                    done.add(path)
                if found is None:
                    self.store.remove(path)
                else:
                    yield found

        for row in self._read_all(wanted()):
            self.store.put(row)
            self.seen(row)
            count += 1
        for path in sorted(dependents - done):
            again = find_file(self.root, path)
            if again is not None:
                row = self._read(again)
                self.store.put(row)
                self.seen(row)
        return count + len(done)

    def _find_dependents(self, path: str) -> Iterable[str]:
        """Paths of the entries that a sidecar, a folder's defaults or an asset belongs to."""
        kind = classify(path)
        if kind == "entry" and not path.endswith(".json"):
            return []
        users = self.store.find_users(path)
        concerned = concerns(path)
        if concerned is None:
            return users
        how, prefix = concerned
        known = (known for known, _ in self.store.find_known(prefix) if classify(known) == "entry")
        if how == "stem":
            known = (one for one in known if one.startswith(prefix + ".") and "/" not in one[len(prefix) :])
        return [*users, *known]

    # -- the folder against the index ------------------------------------------------

    def _find_changes(self, top: str) -> Iterator[tuple[str, Found | None]]:
        """What differs, in path order: (path, file) for new and changed ones, (path, None) for those gone."""
        single = find_file(self.root, top) if top else None
        found = iter([single]) if single is not None else find_files(self.root, top)
        known = self._find_known(top)
        here, there = next(found, None), next(known, None)
        blind: list[str] = []  # folders that could not be listed: nothing below them is gone
        while here is not None or there is not None:
            if there is None or (here is not None and here.path < there[0]):
                assert here is not None
                if here.fault == "folder-unreadable":
                    blind.append(here.path + "/")
                yield here.path, here
                here = next(found, None)
            elif here is None or there[0] < here.path:
                if not any(there[0].startswith(prefix) for prefix in blind):
                    yield there[0], None
                there = next(known, None)
            else:
                if here.stat != there[1]:
                    yield here.path, here
                here, there = next(found, None), next(known, None)

    def _find_known(self, top: str) -> Iterator[tuple[str, Stat]]:
        if not self.index:
            yield from list(self.store.find_known(top))
            return
        reader = open_reader(self.index)  # a snapshot of its own: the writer may go on writing
        try:
            for path, known in Store(reader, "").find_known(top):
                if not top or path == top or path.startswith(top + "/"):
                    yield path, known
        finally:
            reader.close()

    # -- reading ---------------------------------------------------------------------

    def _read(self, found: Found) -> Row:
        return read_row(self.root, found, self.settings)

    def _read_all(self, files: Iterator[Found]) -> Iterator[Row]:
        return read_files(files, read_row, self.root, self.settings, self.processes)


T = TypeVar("T")
Read = Callable[[Path, Found, Settings], T]


def read_files(
    files: Iterator[Found], read: Read[T], root: Path, settings: Settings, processes: int | None = None
) -> Iterator[T]:
    """What *read* makes of each of *files*, in their order; many of them are read by several processes."""
    processes = processes or len(os.sched_getaffinity(0))
    head = list(islice(files, POOL_FROM))
    if len(head) < POOL_FROM or processes < 2:
        for found in chain(head, files):
            yield read(root, found, settings)
        return
    files = chain(head, files)
    # spawn: a fork would carry the watcher's threads and locks along
    with ProcessPoolExecutor(processes, get_context("spawn"), _prepare, (read, root, settings)) as pool:
        waiting: deque[Future[list[T]]] = deque()
        while chunk := list(islice(files, CHUNK)):
            waiting.append(pool.submit(_read_chunk, chunk))
            if len(waiting) > 4 * processes:  # bounded: memory does not grow with the folder
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()


_prepared: tuple[Read[Any], Path, Settings] | None = None


def _prepare(read: Read[Any], root: Path, settings: Settings) -> None:
    global _prepared
    _prepared = (read, root, settings)


def _read_chunk(chunk: list[Found]) -> list[Any]:
    assert _prepared is not None
    read, root, settings = _prepared
    return [read(root, found, settings) for found in chunk]


FAULTS = {
    "folder-unreadable": "the folder cannot be listed; give the service the right to read it",
    "folder-link": "a link to a folder is not followed; put the folder itself here",
    "link-outside": "the link leads out of the entries folder; put the file itself here",
    "link-broken": "the link leads nowhere; put the file itself here or remove the link",
    "name-encoding": "the file's name is not UTF-8; rename it",
    "not-a-file": "this is neither a file nor a folder; remove it",
}


def read_row(root: Path, found: Found, settings: Settings) -> Row:
    """The index's row for one file, read now if it can be an entry at all."""
    if found.fault:
        return Row(found.path, found.stat, "error", problems=((found.fault, None, None, FAULTS[found.fault]),))
    if classify(found.path) != "entry":
        return Row(found.path, found.stat, "ignored")
    return build_row(read_entry(root, found.path, settings), found.stat)


def find_files(root: Path, top: str = "") -> Iterator[Found]:
    """Every file below *top*, in the order of their paths; folders that begin with a dot are passed over."""
    base = os.path.realpath(root)
    yield from _list_folder(base, top)


def _list_folder(base: str, folder: str) -> Iterator[Found]:
    prefix = folder + "/" if folder else ""
    try:
        with os.scandir(f"{base}/{folder}") as listing:
            entries = sorted(((_name_for_order(entry), entry) for entry in listing), key=itemgetter(0))
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError:
        yield Found(folder or ".", NOWHERE, "folder-unreadable")
        return
    for name, entry in entries:
        if entry.is_dir(follow_symlinks=False):
            if not name.startswith("."):
                yield from _list_folder(base, prefix + name[:-1])
        else:
            found = _build_found(base, prefix + name, entry.path, entry)
            if found is not None:
                yield found


def _name_for_order(entry: os.DirEntry[str]) -> str:
    """The name in a form that can be kept, with the slash that makes folders sort as their paths do."""
    name = entry.name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return name + "/" if entry.is_dir(follow_symlinks=False) else name


def find_file(root: Path, path: str) -> Found | None:
    """The file at *path* below the root, None where there is none (or a folder)."""
    base = os.path.realpath(root)
    full = f"{base}/{path}"
    if any(part.startswith(".") for part in path.split("/")[:-1]):
        return None
    return None if os.path.isdir(full) and not os.path.islink(full) else _build_found(base, path, full, None)


def _build_found(base: str, path: str, full: str, entry: os.DirEntry[str] | None) -> Found | None:
    try:
        stat = entry.stat(follow_symlinks=False) if entry is not None else os.lstat(full)
        if stats.S_ISLNK(stat.st_mode):
            return _follow_link(base, path, full, stat)
    except OSError:
        return None  # gone since the folder was listed
    signature = Stat(stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
    if path.encode("utf-8", "surrogateescape") != os.fsencode(full)[len(os.fsencode(base)) + 1 :]:
        return Found(path, signature, "name-encoding")
    return Found(path, signature, "" if stats.S_ISREG(stat.st_mode) else "not-a-file")


def _follow_link(base: str, path: str, full: str, link: os.stat_result) -> Found:
    target = os.path.realpath(full)
    signature = Stat(link.st_size, link.st_mtime_ns, link.st_ctime_ns)
    if not target.startswith(base + "/"):
        return Found(path, signature, "link-outside")
    try:
        stat = os.stat(target)
    except OSError:
        return Found(path, signature, "link-broken")
    if stats.S_ISDIR(stat.st_mode):
        return Found(path, signature, "folder-link")
    return Found(path, Stat(stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns))
