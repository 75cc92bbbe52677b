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

from feedsvc.index.rows import PATH_END, FileTuple, Row, build_row
from feedsvc.index.schema import open_read_connection
from feedsvc.index.store import Store
from feedsvc.index.walk import (
    FAULT_MESSAGES,
    NO_STAT,
    WalkedFile,
    compare_files,
    get_device_id,
    stat_file,
    walk_tuples,
)
from feedsvc.model import Problem
from feedsvc.reading import Reading, classify, get_affected_entries, read_files
from feedsvc.settings import Settings

MIN_POOL_FILES = 400  # files; below it a pool costs more than it brings
RANGE_SIZE = 10_000  # files that one of several processes compares at a time
POOL_BATCH_SIZE, INLINE_BATCH_SIZE = (
    100,
    25,
)  # files that are read at a time: by one of several processes, and here
# a fork needs no imports and shares its memory; the threads of a writer hold nothing that reading needs
START_METHOD = "fork" if sys.platform == "linux" else "spawn"
MIN_PROCESSES = (
    4  # readers: on files that are not in memory yet, two wait for the disk while two work
)
TIMESTAMP_RESOLUTION_NANOSECONDS = (
    20_000_000  # nanoseconds; file systems count time in steps of up to 10 ms
)


def choose_process_count() -> int:
    """How many processes read many files."""
    return max(MIN_PROCESSES, len(os.sched_getaffinity(0)))


@dataclass
class Scanner:
    """Reads a folder into a store; *seen* is told of each row, for progress bars.

    *fresh* are the files whose times could not tell another change from the one
    just read: they are to be looked at once more.
    """

    root: Path
    store: Store
    settings: Settings
    report_progress: Callable[[object], None] = field(default=lambda row: None)
    process_count: int = field(default_factory=choose_process_count)
    index: str = ""  # the file of the store, to read what is known beside the writing; "" in memory
    fresh: set[str] = field(default_factory=set)
    pending_deletions: int = 0  # files that are gone and are kept all the same
    full_scan_done: bool = False  # at the whole folder

    def scan_all(self, *, confirmed: bool = False) -> int:
        """Compares the whole folder; one that is missing, empty or elsewhere drops nothing unless *confirmed*."""
        count = self._apply_changes([""], confirmed)
        self.full_scan_done = True
        return count

    def scan_paths(self, paths: Iterable[str]) -> int:
        """Compares some files and whole subtrees; `""` is the root."""
        tops: list[str] = []
        for path in sorted(
            set(paths), key=lambda path: path.split("/")
        ):  # what is below a folder follows it at once
            if not (tops and (tops[-1] == "" or path.startswith(tops[-1] + "/"))):
                tops.append(path)
        return self._apply_changes(tops, confirmed=False)

    def _apply_changes(self, tops: list[str], confirmed: bool) -> int:
        device, known = get_device_id(self.root), self.store.get_meta("device", 0)
        # an absence means a deletion only in the folder that was indexed, not on a bare mount point
        trusted = confirmed or bool(device and known in (0, device))
        if trusted or tops == [""]:
            self.pending_deletions = 0
        changes = self._list_changes(tops, trusted)
        first = next(changes, None)
        count = 0
        if first is not None or (device is not None and not self.store.get_meta("complete", 0)):
            self.store.begin()
            try:
                count = self._write_changes(chain([first] if first is not None else [], changes))
                self.store.set_meta("complete", 1)
                self.store.commit(
                    lambda path: self._read(
                        stat_file(self.root, path) or WalkedFile(path, *NO_STAT)
                    )
                )
            except BaseException:
                self.store.rollback()
                raise
        if device and (trusted or (tops == [""] and not self.pending_deletions)):
            known = device
        for name, value in (("held", self.pending_deletions), ("device", known)):
            if self.store.get_meta(name, 0) != value:
                self.store.set_meta(name, value)
        return count

    def _list_changes(
        self, tops: list[str], trusted: bool
    ) -> Iterator[tuple[str, WalkedFile | None]]:
        """What differs below *tops*; of what is gone only the number, unless that is *trusted*."""
        with ExitStack() as stack:
            # a snapshot of its own, to be read row by row while the writer goes on writing; not needed for a file
            snapshot = cache(
                lambda: Store(stack.enter_context(closing(open_read_connection(self.index))), "")
            )
            for top in tops:
                for path, found in self._list_changes_below(top, snapshot):
                    if found is not None or trusted:
                        yield path, found
                    else:
                        self.pending_deletions += 1

    def _write_changes(self, changes: Iterator[tuple[str, WalkedFile | None]]) -> int:
        count = 0
        dependents: set[str] = set()
        done: set[str] = set()

        def wanted() -> Iterator[WalkedFile]:
            for path, found in changes:
                if not self.store.fresh:
                    dependents.update(self._select_dependents(path))
                    done.add(path)
                if found is None:
                    self.store.remove(path)
                else:
                    yield found

        for row in self._read_files(wanted()):
            self.store.put(row)
            self.report_progress(row)
            count += 1
        for path in sorted(dependents - done):
            again = stat_file(self.root, path)
            if again is not None:
                row = self._read(again)
                self.store.put(row)
                self.report_progress(row)
                count += 1
        return max(count, len(done))

    def _select_dependents(self, path: str) -> Iterable[str]:
        """Paths of the entries that a sidecar, a folder's defaults, an asset or a link's target belongs to."""
        users = self.store.select_asset_users(path)
        concerned = get_affected_entries(path)
        if concerned is None:
            # a JSON file is an entry by itself, and the sidecar of one that stands beside it
            beside = path.rpartition(".")[0] + ".json" if classify(path) == "entry" else ""
            return (
                [*users, beside] if beside and self.store.select_hash(beside) is not None else users
            )
        how, prefix = concerned
        known = (known for known in self.store.select_paths(prefix) if classify(known) == "entry")
        if how == "stem":
            known = (
                one
                for one in known
                if one.startswith(prefix + ".") and "/" not in one[len(prefix) :]
            )
        return [*users, *known]

    # -- the folder against the index ------------------------------------------------

    def _compare_folder(self, top: str, snapshot: Callable[[], Store]) -> Iterator[Difference]:
        """Where folder and index differ below *top*, in path order."""
        if (
            not top and self.index and not self.full_scan_done
        ):  # others wait for the first look alone
            # asked to the end: a fork would take a lock of a question that is still open here for its own
            bounds = list(snapshot().select_range_bounds(RANGE_SIZE))
            if bounds:
                return self._compare_ranges(["", *bounds, PATH_END])
        single = stat_file(self.root, top) if top else None
        found = iter([single]) if single is not None else walk_tuples(self.root, top)
        if not self.index or (top and self.store.select_hash(top) is not None):
            known = iter(list(self.store.select_files_below(top)))
        else:
            known = snapshot().select_files_below(top)
        return compare_files(found, known, self.fresh)

    def _compare_ranges(self, bounds: list[str]) -> Iterator[Difference]:
        """The same for many files, by several processes."""
        parts = [
            PathRange(self.index, low, high, tuple(self.fresh)) for low, high in pairwise(bounds)
        ]
        work, cores = ([part] for part in parts), len(os.sched_getaffinity(0))
        for part, differences in zip(
            parts,
            map_in_processes(work, compare_ranges, self.root, self.settings, cores),
            strict=True,
        ):
            yield from compare_range(self.root, part) if differences is None else differences

    def _list_changes_below(
        self, top: str, snapshot: Callable[[], Store]
    ) -> Iterator[tuple[str, WalkedFile | None]]:
        """What differs, in path order: (path, file) for new and changed ones, (path, None) for those gone."""
        blind: list[str] = []  # folders that could not be listed: nothing below them is gone
        for here, there in self._compare_folder(top, snapshot):
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
                or (here.path in self.fresh and self._has_changed(here))
            ):
                yield self._note_if_recent(here)

    def _note_if_recent(self, found: WalkedFile) -> tuple[str, WalkedFile]:
        """Notes a file that is so fresh that its times may stay the same when it changes again."""
        if 0 <= time.time_ns() - found.ctime < TIMESTAMP_RESOLUTION_NANOSECONDS:
            self.fresh.add(found.path)
        else:
            self.fresh.discard(found.path)
        return found.path, found

    def _has_changed(self, found: WalkedFile) -> bool:
        """Whether a file whose times are as before says something else."""
        self._note_if_recent(found)
        return self._read(found).hash != self.store.select_hash(found.path)

    # -- reading ---------------------------------------------------------------------

    def _read(self, found: WalkedFile) -> Row:
        return next(read_rows(self.root, [found], self.settings))

    def _read_files(self, files: Iterator[WalkedFile]) -> Iterator[Row]:
        return map_files(files, read_rows, self.root, self.settings, self.process_count)


Difference: TypeAlias = tuple[WalkedFile | None, FileTuple | None]
W = TypeVar("W")
T = TypeVar("T")
ReadBatch = Callable[[Path, Sequence[W], Settings], Iterator[T]]


def map_files(
    files: Iterator[W],
    read: ReadBatch[W, T],
    root: Path,
    settings: Settings,
    processes: int | None = None,
) -> Generator[T, None, None]:
    """What *read* makes of each of *files*, in their order; many of them are read by several processes."""
    processes = processes or choose_process_count()
    head = list(islice(files, MIN_POOL_FILES))
    files = chain(head, files)
    if len(head) < MIN_POOL_FILES or processes < 2:
        while few := list(islice(files, INLINE_BATCH_SIZE)):
            yield from read(root, few, settings)
        return
    yield from map_in_processes(
        iter(lambda: list(islice(files, POOL_BATCH_SIZE)), []), read, root, settings, processes
    )


def map_in_processes(
    work: Iterator[list[W]], read: ReadBatch[W, T], root: Path, settings: Settings, processes: int
) -> Generator[T, None, None]:
    """What *read* makes of the pieces of *work*, in their order, in several processes."""
    prepared = (read, root, settings, os.getpid())
    pool = ProcessPoolExecutor(processes, get_context(START_METHOD), _initialize_worker, prepared)
    try:
        waiting: deque[Future[list[T]]] = deque()
        for chunk in work:
            waiting.append(pool.submit(_read_batch, chunk))
            if len(waiting) > 4 * processes:  # bounded: memory does not grow with the folder
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)  # also when nobody wants the rest


_worker_state: tuple[ReadBatch[Any, Any], Path, Settings] | None = None


def _initialize_worker(
    read: ReadBatch[Any, Any], root: Path, settings: Settings, parent: int
) -> None:
    global _worker_state
    _worker_state = (read, root, settings)
    threading.Thread(target=_exit_with_parent, args=(parent,), daemon=True).start()


def _exit_with_parent(parent: int) -> None:
    """Ends a reader whose writer was killed: it would wait for work, and hold the lock, for ever."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def _read_batch(chunk: list[Any]) -> list[Any]:
    assert _worker_state is not None
    read, root, settings = _worker_state
    return list(read(root, chunk, settings))


def read_rows(root: Path, files: Sequence[WalkedFile], settings: Settings) -> Iterator[Row]:
    """The index's row for each of *files*, read now."""
    for found, reading in zip(files, read_walked_files(root, files, settings), strict=True):
        row = build_row(reading, found.stat, settings.site.zone)
        yield row._replace(uses=(*row.uses, found.target)) if found.target else row


def read_walked_files(
    root: Path, files: Sequence[WalkedFile], settings: Settings
) -> Iterator[Reading]:
    """The reading of each of *files*; those that cannot be entries are not opened."""
    entries = {found.path for found in files if not found.fault and classify(found.path) == "entry"}
    readings = read_files(root, (found.path for found in files if found.path in entries), settings)
    for found in files:
        if found.path in entries:
            yield next(readings)
        elif found.fault:
            yield Reading(
                path=found.path,
                state="error",
                problems=(Problem(code=found.fault, message=FAULT_MESSAGES[found.fault]),),
            )
        else:
            yield Reading(path=found.path, state="ignored")


class PathRange(NamedTuple):
    """Files by path, from *low* to before *high*, of which the index in *file* knows some."""

    file: str
    low: str
    high: str
    also: tuple[str, ...]  # paths that are given even where they do not differ


def compare_range(root: Path, part: PathRange) -> Iterator[Difference]:
    """Where folder and index differ in *part*, in path order."""
    with closing(open_read_connection(part.file)) as connection:
        known = Store(connection, "").select_files_between(part.low, part.high)
        yield from compare_files(walk_tuples(root, "", part.low, part.high), known, part.also)


def compare_ranges(
    root: Path, parts: Sequence[PathRange], settings: Settings
) -> Iterator[list[Difference] | None]:
    """The same at once for each of *parts*; None where so much differs that it is to be looked at one by one."""
    for part in parts:
        some = list(islice(compare_range(root, part), RANGE_SIZE))
        yield some if len(some) < RANGE_SIZE else None
