"""The folder and the index compared: what is new, changed or gone is read, in one transaction.

Comes in: the folder as it is, and paths that may have changed. Goes out: rows in the store.
A file whose size, mtime and ctime are as before is not opened.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

from msgspec.structs import astuple

from feedsvc.index.fault_log import FaultLog
from feedsvc.index.known_files import KnownFiles
from feedsvc.index.pool import map_files
from feedsvc.index.rows import Row, build_row
from feedsvc.index.schema import get_meta, set_meta
from feedsvc.index.store import Store
from feedsvc.index.walk import WalkedFile, compare_files, get_device_id, stat_file, walk_tuples
from feedsvc.reading import (
    ANY_FOLDER,
    Reading,
    classify,
    digest_outer_authors,
    get_affected_entries,
    list_entry_names,
    read_files,
)
from feedsvc.settings import Settings

TIMESTAMP_RESOLUTION_NANOSECONDS = 20_000_000  # file systems count time in steps of up to 10 ms


class Scanner:
    """Reads a folder into a store; *report_progress* is called with each row.

    `recently_modified` are the files whose times could not tell another change from the one
    just read: they are to be scanned once more.
    """

    def __init__(
        self,
        store: Store,
        known: KnownFiles,
        settings: Settings,
        report_progress: Callable[[object], None],
    ) -> None:
        self.root = settings.entries
        self.store = store
        self.known = known
        self.settings = settings
        self.report_progress = report_progress
        self.recently_modified: set[str] = set()
        self.fault_log: FaultLog | None = None  # of a running service
        self.pending_deletions = 0  # files that are gone and whose entries stay all the same

    def scan(self, paths: Iterable[str] = ("",), *, confirmed: bool = False) -> int:
        """Compare files and whole subtrees, "" for all; return how many files were read.

        A root that is missing, empty or on another device drops nothing unless *confirmed*.
        """
        tops = _select_tops(paths)
        device, known_device = get_device_id(self.root), get_meta(self.store.db, "device")
        # an absence means a deletion only in the folder that was indexed, not on a bare mount point
        trusted = confirmed or bool(device and known_device in (0, device))
        if trusted or tops == [""]:
            self.pending_deletions = 0
        changes, authors = self._list_changes(tops, trusted), digest_outer_authors(self.root)
        if authors != get_meta(self.store.db, "outer_authors"):
            changes = chain(changes, self._list_known_entries())
        count = self._apply(changes, device)
        if device and (trusted or (tops == [""] and not self.pending_deletions)):
            known_device = device
        set_meta(self.store.db, pending_deletions=self.pending_deletions, device=known_device)
        set_meta(self.store.db, outer_authors=authors)
        return count

    # -- the folder against the index ------------------------------------------------

    def _list_changes(self, tops: list[str], trusted: bool) -> Iterator[Change]:
        """Yield what differs below *tops*; of what is gone only count it, unless that is
        *trusted*.
        """
        for top in tops:
            for path, file in self._list_changes_below(top):
                if file is not None or trusted:
                    yield path, file
                else:
                    self.pending_deletions += 1

    def _list_changes_below(self, top: str) -> Iterator[Change]:
        """Yield in path order (path, file) of new and changed files, (path, None) of those gone."""
        single = stat_file(self.root, top) if top else None
        found = walk_tuples(self.root, top) if single is None else iter([astuple(single)])
        unreadable: list[str] = []  # folders that could not be listed: nothing below them is gone
        for file, known in compare_files(
            found, self.known.iterate_below(top), self.recently_modified
        ):
            if file is not None:
                if file.fault == "folder-unreadable":
                    unreadable.append(file.path + "/")
                if known is None or astuple(file)[:4] != known[:4] or self._is_rewritten(file):
                    self._note_if_recent(file)
                    yield file.path, file
            elif known is not None and not known[0].startswith(tuple(unreadable)):
                yield known[0], None

    def _list_known_entries(self) -> Iterator[Change]:
        """Yield all entries that are known and there, as if each had changed."""
        for path in self.known.select_paths(""):
            file = stat_file(self.root, path) if classify(path) == "entry" else None
            if file is not None:
                yield path, file

    def _note_if_recent(self, file: WalkedFile) -> None:
        """Note a file so recent that its times may stay the same when it changes again."""
        if 0 <= time.time_ns() - file.ctime < TIMESTAMP_RESOLUTION_NANOSECONDS:
            self.recently_modified.add(file.path)
        else:
            self.recently_modified.discard(file.path)

    def _is_rewritten(self, file: WalkedFile) -> bool:
        """Whether a recently modified file whose times are as before has another content."""
        if file.path not in self.recently_modified:
            return False
        self._note_if_recent(file)
        return self._read_row(file).hash != self.known.select_hash(file.path)

    # -- reading ---------------------------------------------------------------------

    def _apply(self, changes: Iterator[Change], device: int | None) -> int:
        """Write *changes* in one transaction; none is begun where nothing has changed."""
        first = list(islice(changes, 1))
        if not first and (device is None or get_meta(self.store.db, "complete")):
            return 0
        with self.store.transaction():
            count = self._write(chain(first, changes))
            while paths := self.store.resolve_conflicts():
                for path in paths:
                    file = stat_file(self.root, path) or WalkedFile(path)
                    self.store.put(self._read_row(file))
            set_meta(self.store.db, complete=1)
            if self.fault_log is not None and not self.store.is_first_build:
                self.fault_log.note_former_states(self.store.written_paths)
            self.store.commit()
        if self.fault_log is not None:
            self.fault_log.log_changes()
        return count

    def _write(self, changes: Iterator[Change]) -> int:
        dependents: set[str] = set()
        done: set[str] = set()
        vanished: list[str] = []
        appeared: list[Row] = []

        def list_files() -> Iterator[WalkedFile]:
            for path, file in changes:
                if not self.store.is_first_build:
                    dependents.update(self._select_dependents(path))
                    done.add(path)
                if file is None:
                    vanished.append(path)
                    self.store.remove(path)
                else:
                    yield file

        def list_dependents() -> Iterator[WalkedFile]:
            return filter(None, (stat_file(self.root, path) for path in sorted(dependents - done)))

        count = 0
        for files in (list_files, list_dependents):
            for row in map_files(files(), read_rows, self.root, self.settings):
                self.store.put(row)
                self.report_progress(row)
                count += 1
                if done and self.known.select_hash(row.path) is None:
                    appeared.append(row)
        if self.fault_log is not None and vanished:
            self.fault_log.log_renames(vanished, appeared)
        return max(count, len(done))

    def _select_dependents(self, path: str) -> Iterable[str]:
        """Return the entries that depend on *path*: a sidecar, defaults, an asset, a link's
        target.
        """
        names = list_entry_names(path) if classify(path) == "entry" else ()
        users = self.known.select_users(path, *(ANY_FOLDER + name for name in names))
        affected = get_affected_entries(path)
        if affected is None:
            # a JSON file is an entry by itself, and the sidecar of one that stands beside it
            beside = path.rpartition(".")[0] + ".json" if classify(path) == "entry" else ""
            known = beside and self.known.select_hash(beside) is not None
            return [*users, beside] if known else users
        how, prefix = affected
        entries = [known for known in self.known.select_paths(prefix) if classify(known) == "entry"]
        if how == "stem":
            entries = [
                known
                for known in entries
                if known.startswith(prefix + ".") and "/" not in known[len(prefix) :]
            ]
        return [*users, *entries]

    def _read_row(self, file: WalkedFile) -> Row:
        return next(read_rows(self.root, [file], self.settings))


Change = tuple[str, WalkedFile | None]  # a path, and its file where it is not gone


def _select_tops(paths: Iterable[str]) -> list[str]:
    """Return *paths* without those that lie below others of them."""
    tops: list[str] = []
    # by its parts: what is below a folder follows it at once
    for path in sorted(set(paths), key=lambda path: path.split("/")):
        if not tops or not (tops[-1] == "" or path.startswith(tops[-1] + "/")):
            tops.append(path)
    return tops


def read_rows(root: Path, files: Sequence[WalkedFile], settings: Settings) -> Iterator[Row]:
    """Yield the index's row of each of *files*, read now."""
    readings = read_walked_files(root, files, settings)
    for file, reading in zip(files, readings, strict=True):
        yield build_row(reading, file, settings.site.zone)


def read_walked_files(
    root: Path, files: Sequence[WalkedFile], settings: Settings
) -> Iterator[Reading]:
    """Yield the reading of each of *files*; those that cannot be entries are not opened."""
    entries = {file.path for file in files if not file.fault and classify(file.path) == "entry"}
    readings = read_files(root, (file.path for file in files if file.path in entries), settings)
    for file in files:
        if file.path in entries:
            yield next(readings)
        elif file.fault:
            yield Reading(path=file.path, state="error", problems=file.problems)
        else:
            yield Reading(path=file.path, state="ignored")
