"""The folder and the index compared: what is new, changed or gone is read and put into one transaction.

Comes in: the folder as it is. Goes out: rows in the store. A file whose size,
mtime and ctime are as before is not opened.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import cache
from itertools import chain, islice, pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias, TypeVar

from feedsvc.index.rows import END, Known, Row, build_row
from feedsvc.index.schema import open_reader
from feedsvc.index.store import Store
from feedsvc.index.walk import (
    FAULTS,
    NOWHERE,
    Found,
    find_device,
    find_differences,
    find_file,
    list_files,
)
from feedsvc.model import Problem
from feedsvc.reading import Reading, classify, get_affected_entries, read_entries
from feedsvc.settings import Settings

POOL_FROM = 400  # files; below it a pool costs more than it brings
PART = 10_000  # files that one of several processes compares at a time
CHUNK, FEW = 100, 25  # files that are read at a time: by one of several processes, and here
# a fork needs no imports and shares its memory; the threads of a writer hold nothing that reading needs
START = "fork" if sys.platform == "linux" else "spawn"
LEAST = 4  # readers: on files that are not in memory yet, two wait for the disk while two work
TICK = 20_000_000  # nanoseconds; file systems count time in steps of up to 10 ms


def choose_processes() -> int:
    """How many processes read many files."""
    return max(LEAST, len(os.sched_getaffinity(0)))


@dataclass
class Scanner:
    """Reads a folder into a store; *seen* is told of each row, for progress bars.

    *fresh* are the files whose times could not tell another change from the one
    just read: they are to be looked at once more.
    """

    root: Path
    store: Store
    settings: Settings
    seen: Callable[[object], None] = field(default=lambda row: None)
    processes: int = field(default_factory=choose_processes)
    index: str = ""  # the file of the store, to read what is known beside the writing; "" in memory
    fresh: set[str] = field(default_factory=set)
    held: int = 0  # files that are gone and are kept all the same
    looked: bool = False  # at the whole folder

    def scan_all(self, *, confirmed: bool = False) -> int:
        """Compares the whole folder; one that is missing, empty or elsewhere drops nothing unless *confirmed*."""
        count = self._apply([""], confirmed)
        self.looked = True
        return count

    def scan_paths(self, paths: Iterable[str]) -> int:
        """Compares some files and whole subtrees; `""` is the root."""
        tops: list[str] = []
        for path in sorted(
            set(paths), key=lambda path: path.split("/")
        ):  # what is below a folder follows it at once
            if not (tops and (tops[-1] == "" or path.startswith(tops[-1] + "/"))):
                tops.append(path)
        return self._apply(tops, confirmed=False)

    def _apply(self, tops: list[str], confirmed: bool) -> int:
        device, known = find_device(self.root), self.store.get_meta("device", 0)
        # an absence means a deletion only in the folder that was indexed, not on a bare mount point
        trusted = confirmed or bool(device and known in (0, device))
        if trusted or tops == [""]:
            self.held = 0
        changes = self._find_all_changes(tops, trusted)
        first = next(changes, None)
        count = 0
        if first is not None or (device is not None and not self.store.get_meta("complete", 0)):
            self.store.begin()
            try:
                count = self._write(chain([first] if first is not None else [], changes))
                self.store.set_meta("complete", 1)
                self.store.commit(
                    lambda path: self._read(find_file(self.root, path) or Found(path, *NOWHERE))
                )
            except BaseException:
                self.store.rollback()
                raise
        if device and (trusted or (tops == [""] and not self.held)):
            known = device
        for name, value in (("held", self.held), ("device", known)):
            if self.store.get_meta(name, 0) != value:
                self.store.set_meta(name, value)
        return count

    def _find_all_changes(
        self, tops: list[str], trusted: bool
    ) -> Iterator[tuple[str, Found | None]]:
        """What differs below *tops*; of what is gone only the number, unless that is *trusted*."""
        with ExitStack() as stack:
            # a snapshot of its own, to be read row by row while the writer goes on writing; not needed for a file
            snapshot = cache(
                lambda: Store(stack.enter_context(closing(open_reader(self.index))), "")
            )
            for top in tops:
                for path, found in self._find_changes(top, snapshot):
                    if found is not None or trusted:
                        yield path, found
                    else:
                        self.held += 1

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
                count += 1
        return max(count, len(done))

    def _find_dependents(self, path: str) -> Iterable[str]:
        """Paths of the entries that a sidecar, a folder's defaults, an asset or a link's target belongs to."""
        users = self.store.find_users(path)
        concerned = get_affected_entries(path)
        if concerned is None:
            # a JSON file is an entry by itself, and the sidecar of one that stands beside it
            beside = path.rpartition(".")[0] + ".json" if classify(path) == "entry" else ""
            return (
                [*users, beside] if beside and self.store.find_hash(beside) is not None else users
            )
        how, prefix = concerned
        known = (known for known in self.store.find_paths(prefix) if classify(known) == "entry")
        if how == "stem":
            known = (
                one
                for one in known
                if one.startswith(prefix + ".") and "/" not in one[len(prefix) :]
            )
        return [*users, *known]

    # -- the folder against the index ------------------------------------------------

    def _compare(self, top: str, snapshot: Callable[[], Store]) -> Iterator[Difference]:
        """Where folder and index differ below *top*, in path order."""
        if not top and self.index and not self.looked:  # others wait for the first look alone
            # asked to the end: a fork would take a lock of a question that is still open here for its own
            bounds = list(snapshot().find_bounds(PART))
            if bounds:
                return self._compare_parts(["", *bounds, END])
        single = find_file(self.root, top) if top else None
        found = iter([single]) if single is not None else list_files(self.root, top)
        if not self.index or (top and self.store.find_hash(top) is not None):
            known = iter(list(self.store.find_below(top)))
        else:
            known = snapshot().find_below(top)
        return find_differences(found, known, self.fresh)

    def _compare_parts(self, bounds: list[str]) -> Iterator[Difference]:
        """The same for many files, by several processes."""
        parts = [Part(self.index, low, high, tuple(self.fresh)) for low, high in pairwise(bounds)]
        work, cores = ([part] for part in parts), len(os.sched_getaffinity(0))
        for part, differences in zip(
            parts, spread(work, compare_parts, self.root, self.settings, cores), strict=True
        ):
            yield from compare_part(self.root, part) if differences is None else differences

    def _find_changes(
        self, top: str, snapshot: Callable[[], Store]
    ) -> Iterator[tuple[str, Found | None]]:
        """What differs, in path order: (path, file) for new and changed ones, (path, None) for those gone."""
        blind: list[str] = []  # folders that could not be listed: nothing below them is gone
        for here, there in self._compare(top, snapshot):
            if here is None:
                assert there is not None
                if not any(there[0].startswith(prefix) for prefix in blind):
                    yield there[0], None
                continue
            if here.fault == "folder-unreadable":
                blind.append(here.path + "/")
            if (
                there is None
                or here.stat != there[1:4]
                or (here.path in self.fresh and self._differs(here))
            ):
                yield self._admit(here)

    def _admit(self, found: Found) -> tuple[str, Found]:
        """Notes a file that is so fresh that its times may stay the same when it changes again."""
        if 0 <= time.time_ns() - found.ctime < TICK:
            self.fresh.add(found.path)
        else:
            self.fresh.discard(found.path)
        return found.path, found

    def _differs(self, found: Found) -> bool:
        """Whether a file whose times are as before says something else."""
        self._admit(found)
        return self._read(found).hash != self.store.find_hash(found.path)

    # -- reading ---------------------------------------------------------------------

    def _read(self, found: Found) -> Row:
        return next(read_rows(self.root, [found], self.settings))

    def _read_all(self, files: Iterator[Found]) -> Iterator[Row]:
        return read_files(files, read_rows, self.root, self.settings, self.processes)


Difference: TypeAlias = tuple[Found | None, Known | None]
W = TypeVar("W")
T = TypeVar("T")
Read = Callable[[Path, Sequence[W], Settings], Iterator[T]]


def read_files(
    files: Iterator[W],
    read: Read[W, T],
    root: Path,
    settings: Settings,
    processes: int | None = None,
) -> Generator[T, None, None]:
    """What *read* makes of each of *files*, in their order; many of them are read by several processes."""
    processes = processes or choose_processes()
    head = list(islice(files, POOL_FROM))
    files = chain(head, files)
    if len(head) < POOL_FROM or processes < 2:
        while few := list(islice(files, FEW)):
            yield from read(root, few, settings)
        return
    yield from spread(iter(lambda: list(islice(files, CHUNK)), []), read, root, settings, processes)


def spread(
    work: Iterator[list[W]], read: Read[W, T], root: Path, settings: Settings, processes: int
) -> Generator[T, None, None]:
    """What *read* makes of the pieces of *work*, in their order, in several processes."""
    prepared = (read, root, settings, os.getpid())
    pool = ProcessPoolExecutor(processes, get_context(START), _prepare, prepared)
    try:
        waiting: deque[Future[list[T]]] = deque()
        for chunk in work:
            waiting.append(pool.submit(_read_chunk, chunk))
            if len(waiting) > 4 * processes:  # bounded: memory does not grow with the folder
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)  # also when nobody wants the rest


_prepared: tuple[Read[Any, Any], Path, Settings] | None = None


def _prepare(read: Read[Any, Any], root: Path, settings: Settings, parent: int) -> None:
    global _prepared
    _prepared = (read, root, settings)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """Ends a reader whose writer was killed: it would wait for work, and hold the lock, for ever."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def _read_chunk(chunk: list[Any]) -> list[Any]:
    assert _prepared is not None
    read, root, settings = _prepared
    return list(read(root, chunk, settings))


def read_rows(root: Path, files: Sequence[Found], settings: Settings) -> Iterator[Row]:
    """The index's row for each of *files*, read now."""
    for found, reading in zip(files, read_found(root, files, settings), strict=True):
        row = build_row(reading, found.stat, settings.site.zone)
        yield row._replace(uses=(*row.uses, found.target)) if found.target else row


def read_found(root: Path, files: Sequence[Found], settings: Settings) -> Iterator[Reading]:
    """The reading of each of *files*; those that cannot be entries are not opened."""
    entries = {found.path for found in files if not found.fault and classify(found.path) == "entry"}
    readings = read_entries(
        root, (found.path for found in files if found.path in entries), settings
    )
    for found in files:
        if found.path in entries:
            yield next(readings)
        elif found.fault:
            yield Reading(
                found.path,
                b"",
                "error",
                problems=(Problem(code=found.fault, message=FAULTS[found.fault]),),
            )
        else:
            yield Reading(found.path, b"", "ignored")


class Part(NamedTuple):
    """Files by path, from *low* to before *high*, of which the index in *file* knows some."""

    file: str
    low: str
    high: str
    also: tuple[str, ...]  # paths that are given even where they do not differ


def compare_part(root: Path, part: Part) -> Iterator[Difference]:
    """Where folder and index differ in *part*, in path order."""
    with closing(open_reader(part.file)) as connection:
        known = Store(connection, "").find_between(part.low, part.high)
        yield from find_differences(list_files(root, "", part.low, part.high), known, part.also)


def compare_parts(
    root: Path, parts: Sequence[Part], settings: Settings
) -> Iterator[list[Difference] | None]:
    """The same at once for each of *parts*; None where so much differs that it is to be looked at one by one."""
    for part in parts:
        some = list(islice(compare_part(root, part), PART))
        yield some if len(some) < PART else None
