"""Compares the folder with the index, and applies what is new, changed or gone in one transaction.

Comes in: the folder as it is, and paths that may have changed. Goes out: rows in the store.
A file with unchanged size, mtime and ctime is not opened; one whose times alone differ is hashed,
and not read if its bytes are unchanged: then what depends on it is unchanged, too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import astuple

from feedsvc.errors import EntryError
from feedsvc.index.rows import UNKNOWN_TIME, FileTuple, Row, WalkedFile, build_row
from feedsvc.index.schema import get_meta, set_meta
from feedsvc.indexer.fault_log import FaultLog
from feedsvc.indexer.folder.comparison import compare_files, skip_unlisted
from feedsvc.indexer.folder.open_files import is_being_written
from feedsvc.indexer.folder.walk import (
    get_device_id,
    resolve_folders,
    stat_file,
    walk_tuples,
)
from feedsvc.indexer.known_files import KnownFiles
from feedsvc.indexer.pool import ReaderPool
from feedsvc.indexer.renames import Rename, RenameTracker, log_renames
from feedsvc.indexer.store import Store
from feedsvc.reading import (
    ANY_FOLDER,
    SAVED_PAGE_EXTENSIONS,
    FolderCache,
    Reading,
    classify,
    digest_outer_authors,
    get_affected_entries,
    get_saved_page,
    list_entry_names,
    list_page_names,
    make_digest,
    make_failed_reading,
    read_bytes,
    read_files,
)
from feedsvc.settings import Settings

if TYPE_CHECKING:
    from feedsvc.indexer.push import ChangeLog

MAX_UNFINISHED_SECONDS = 60.0  # after which an unfinished file is read as it is
MAX_TIMES = 10_000  # of touched files that wait to be stored
TIMESTAMP_RESOLUTION_NANOSECONDS = 20_000_000  # file systems count time in steps of up to 10 ms


class Scanner:
    """Reads a folder into a store; *report_progress* is called with each row.

    `recently_modified` are files so recent that another change might leave their times equal:
    they must be scanned once more.
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
        self.pool = ReaderPool(settings.entries, settings)
        # the date of an entry may come from the file's time or history, so bytes are not enough
        self.reads_touched = bool({"mtime", "git"} & set(settings.dates.sources))
        self.touched: list[WalkedFile] = []  # files whose new times are to be stored
        # files that are being written, and when that was noticed, by time.monotonic
        self.unfinished: dict[str, float] = {}
        self.formerly_unfinished: dict[str, float] = {}  # those that this scan compares again
        self.fault_log: FaultLog | None = None  # only in a running service
        self.renames = RenameTracker(store, known)
        self.renamed: list[Rename] = []  # by the last scan, as the next:
        self.vanished: list[str] = []
        self.appeared: list[Row] = []
        self.change_log: ChangeLog | None = None  # if addresses are notified of changes
        self.pending_deletions = 0  # missing files whose entries stay for now

    def scan(self, paths: Iterable[str] = ("",), *, confirmed: bool = False) -> int:
        """Compare files and whole subtrees, "" for all; return how many files were read.

        If the root is missing, empty or on another device, nothing is deleted unless *confirmed*.
        """
        tops = _select_tops(resolve_folders(self.root, paths))
        scanned = [path for path in self.unfinished if _select_tops([path, *tops]) == tops]
        self.formerly_unfinished = {path: self.unfinished.pop(path) for path in scanned}
        device, known_device = get_device_id(self.root), get_meta(self.store.db, "device")
        # a missing file is a deletion only in the indexed folder, not in an empty mount point
        trusted = confirmed or bool(device and known_device in (0, device))
        if trusted or tops == [""]:
            self.pending_deletions = 0
        changes, authors = self._list_changes(tops, trusted), digest_outer_authors(self.root)
        if authors != get_meta(self.store.db, "outer_authors"):
            changes = chain(changes, self._list_known_entries())
        count = self._apply(changes, device)
        if device and (trusted or (tops == [""] and not self.pending_deletions)):
            known_device = device
        set_meta(
            self.store.db,
            pending_deletions=self.pending_deletions,
            device=known_device,
            outer_authors=authors,
        )
        return count

    def is_indexed_folder(self) -> bool:
        """Return whether the root is the folder that was indexed, and no deletion is held back."""
        device = get_device_id(self.root)
        return bool(device) and device == get_meta(self.store.db, "device")

    # -- comparison ------------------------------------------------------------------

    def _list_changes(self, tops: list[str], trusted: bool) -> Iterator[Change]:
        """Yield the differences below *tops*; missing files are only counted, unless *trusted*."""
        for top in tops:
            for path, file in self._list_changes_below(top):
                if file is not None or trusted:
                    yield path, file
                else:
                    self.pending_deletions += 1

    def _list_changes_below(self, top: str) -> Iterator[Change]:
        """Yield (path, file) of new and changed files, (path, None) of missing ones, by path."""
        single = stat_file(self.root, top) if top else None
        found = walk_tuples(self.root, top) if single is None else iter([astuple(single)])
        known = self.known.iterate_below(top)
        for one in skip_unlisted(compare_files(found, known, self.recently_modified)):
            file = one.file
            if file is None:
                yield one.path, None
            elif one.is_real or self._is_rewritten(file):
                if self._is_unfinished(file):
                    continue
                self._note_if_recent(file)
                if one.known is not None and self._is_touched(file, one.known):
                    self._note_times(file)
                else:
                    yield one.path, file

    def _is_touched(self, file: WalkedFile, known: FileTuple) -> bool:
        """Return whether *file* has the bytes of the *known* one, with other times.

        In an imported index (see `transfer`) only the bytes that entries are read from are
        compared: a picture of equal size counts as unchanged.
        """
        if self.reads_touched or file.fault or file.target or file.size != known[1]:
            return False
        expected = self.known.select_file_hash(file.path)
        if not expected:
            return known[2] == UNKNOWN_TIME and not is_hashed(file.path)
        return hash_file(self.root, file) == expected

    def _note_times(self, file: WalkedFile) -> None:
        self.touched.append(file)
        if len(self.touched) >= MAX_TIMES:
            self._write_times()

    def _write_times(self) -> None:
        """Store the times of touched files, also outside of a transaction."""
        files, self.touched = self.touched, []
        if not files or self.store.db.in_transaction:
            self.store.set_times(files)
            return
        with self.store.transaction():
            self.store.set_times(files)
            self.store.db.execute("COMMIT")

    def _is_unfinished(self, file: WalkedFile) -> bool:
        """Return whether to leave *file* for a later scan, since it is still being written."""
        if self.fault_log is None or self.store.is_first_build:
            return False
        now = time.monotonic()
        since = self.formerly_unfinished.get(file.path, now)
        if now - since > MAX_UNFINISHED_SECONDS or not is_being_written(self.root, file):
            return False
        self.unfinished[file.path] = since
        return True

    def _list_known_entries(self) -> Iterator[Change]:
        """Yield all known entries whose files exist, as if each had changed."""
        for path in self.known.select_paths(""):
            file = stat_file(self.root, path) if classify(path) == "entry" else None
            if file is not None:
                yield path, file

    def _note_if_recent(self, file: WalkedFile) -> None:
        """Note a file so recent that another change may leave its times equal."""
        if 0 <= time.time_ns() - file.ctime < TIMESTAMP_RESOLUTION_NANOSECONDS:
            self.recently_modified.add(file.path)
        else:
            self.recently_modified.discard(file.path)

    def _is_rewritten(self, file: WalkedFile) -> bool:
        """Whether a recently modified file with unchanged times has other content."""
        if file.path not in self.recently_modified:
            return False
        self._note_if_recent(file)
        (row,) = self._read_rows(iter([file]))
        return row.hash != self.known.select_hash(file.path)

    # -- reading ---------------------------------------------------------------------

    def _apply(self, changes: Iterator[Change], device: int | None) -> int:
        """Write *changes* in one transaction; begin none if nothing has changed."""
        first = list(islice(changes, 1))
        if not first and (device is None or get_meta(self.store.db, "complete")):
            self._write_times()
            return 0
        with self.store.transaction():
            count = self._write(chain(first, changes))
            self._write_times()
            while paths := self.store.resolve_conflicts():
                files = (stat_file(self.root, path) or WalkedFile(path) for path in paths)
                for row in self._read_rows(files):
                    self.store.put(row)
            if not self.store.is_first_build:
                self.renamed = self.renames.note(self.vanished, self.appeared)
            set_meta(self.store.db, complete=1)
            if self.fault_log is not None and not self.store.is_first_build:
                self.fault_log.note_former_states(self.store.written_paths)
            is_first_build = self.store.is_first_build
            if self.change_log is not None and not is_first_build:
                self.change_log.note_former(self.store.written_paths)
            self.store.commit()
        if self.change_log is not None:
            if is_first_build:
                self.change_log.skip()
            else:
                self.change_log.report_changes()
        if self.fault_log is not None:
            self.fault_log.log_changes()
            log_renames(self.renamed)
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
            for row in self._read_rows(files()):
                if self._is_gone(row):
                    continue
                self.store.put(row)
                self.report_progress(row)
                count += 1
                if done and self.known.select_hash(row.path) is None:
                    appeared.append(row)
        self.vanished, self.appeared = vanished, appeared
        return max(count, len(done))

    def _is_gone(self, row: Row) -> bool:
        """Return whether the file of *row* is gone since it was listed.

        Its entry stays as it is: the next scan tells a deleted file from a folder that is away.
        """
        is_unread = any(problem.code == "unreadable" for problem in row.problems)
        return is_unread and stat_file(self.root, row.path) is None

    def _select_dependents(self, path: str) -> Iterable[str]:
        """Return the entries that depend on *path*: a sidecar, defaults, an asset, a target."""
        names = list_entry_names(path) if classify(path) == "entry" else ()
        pages = list_page_names(path) if names else ()
        users = self.known.select_users(path, *pages, *(ANY_FOLDER + name for name in names))
        affected = get_affected_entries(path)
        if affected is None:
            # a JSON file is an entry, or the sidecar of one beside it
            beside = path.rpartition(".")[0] + ".json" if classify(path) == "entry" else ""
            known = beside and self.known.select_hash(beside) is not None
            users = [*users, beside] if known else users
            return [*users, *self._list_saved_parts(path)]
        how, prefix = affected
        entries = [known for known in self.known.select_paths(prefix) if classify(known) == "entry"]
        if how == "stem":
            entries = [
                known
                for known in entries
                if known.startswith(prefix + ".") and "/" not in known[len(prefix) :]
            ]
        return [*users, *entries]

    def _list_saved_parts(self, path: str) -> Iterator[str]:
        """Yield the files that a browser saved along with *path*, if that is a page."""
        stem, _, extension = path.rpartition(".")
        for known in self.known.select_paths(stem) if extension in SAVED_PAGE_EXTENSIONS else ():
            if get_saved_page(known) == stem:
                yield known

    def _read_rows(self, files: Iterator[WalkedFile]) -> Iterator[Row]:
        """Yield the row of each of *files*, read by child processes."""

        def make_failed_row(file: WalkedFile, reason: str) -> Row:
            return build_row(make_failed_reading(file.path, reason), file, self.settings.site.zone)

        read = partial(read_rows, scan=time.monotonic_ns())
        return self.pool.map_files(files, read, make_failed_row)


Change = tuple[str, WalkedFile | None]  # a path, and its file, None for a missing one


def _select_tops(paths: Iterable[str]) -> list[str]:
    """Return *paths* without those that lie below others of them."""
    tops: list[str] = []
    # by parts, so that all below a folder directly follows it
    for path in sorted(set(paths), key=lambda path: path.split("/")):
        if not tops or not (tops[-1] == "" or path.startswith(tops[-1] + "/")):
            tops.append(path)
    return tops


@lru_cache(1)
def make_folder_cache(root: Path, _scan: int) -> FolderCache:
    """Return what the files of one scan, by any number of its own, have in common."""
    return FolderCache(root)


def read_rows(
    root: Path, files: Sequence[WalkedFile], settings: Settings, *, scan: int
) -> Iterator[Row]:
    """Yield the index's row of each of *files*, read now for the *scan* of that number."""
    zone = settings.site.zone
    readings = read_walked_files(root, files, settings, make_folder_cache(root, scan))
    for file, reading in zip(files, readings, strict=True):
        yield build_row(reading, file, zone, previews=settings.preview)


def read_walked_files(
    root: Path,
    files: Sequence[WalkedFile],
    settings: Settings,
    folders: FolderCache | None = None,
) -> Iterator[Reading]:
    """Yield the reading of each of *files*; do not open those that cannot be entries."""
    entries = {file.path for file in files if not file.fault and classify(file.path) == "entry"}
    paths = (file.path for file in files if file.path in entries)
    readings = read_files(root, paths, settings, folders)
    for file in files:
        if file.path in entries:
            yield next(readings)
        elif file.fault:
            yield Reading(path=file.path, state="error", problems=file.problems)
        else:
            digest = hash_file(root, file) if is_hashed(file.path) else b""
            yield Reading(path=file.path, state="ignored", file_hash=digest)


def is_hashed(path: str) -> bool:
    """Return whether an entry depends on the bytes of the file *path*."""
    return classify(path) == "entry" or get_affected_entries(path) is not None


def hash_file(root: Path, file: WalkedFile) -> bytes:
    """Return the hash of the bytes of *file*, b"" if it cannot be read."""
    try:
        return make_digest(read_bytes(root, file.path))
    except EntryError:
        return b""
