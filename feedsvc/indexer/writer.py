"""The writer: a process that scans the folder, watches it, and keeps the index current.

A process that finds the lock free starts it. It scans the folder while watching is set up; what
changed before that is found by another comparison of the whole folder, in a thread beside the
writer.

Every failure is handled in one place, `keep_index_current`: it is logged, a damaged index is
removed, and the folder is compared with the index again, as by polling, until that succeeds.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from feedsvc.errors import IndexFileError
from feedsvc.index.content_check import ContentCheck
from feedsvc.index.faults import (
    FaultReporter,
    is_damage,
    is_passing_fault,
    remove_damaged_index,
)
from feedsvc.index.lock import (
    acquire_writer_lock,
    is_own_lock,
    mark_current,
    mark_faulty,
    remove_unused_indexes,
)
from feedsvc.index.queries import MAX_KEY
from feedsvc.index.schema import (
    DatabaseError,
    enable_checkpoints,
    get_inode,
    get_meta,
    is_replaced,
    make_damage_error,
    open_read_connection,
    open_write_connection,
    prepare_index_path,
    set_meta,
)
from feedsvc.index.search import PendingText, SearchText, make_search_text
from feedsvc.indexer.fault_log import FaultLog
from feedsvc.indexer.folder.comparison import FolderComparison
from feedsvc.indexer.folder.watcher import RESCAN_SECONDS, FolderWatcher
from feedsvc.indexer.known_files import KnownFiles
from feedsvc.indexer.scanner import Scanner
from feedsvc.indexer.store import Store
from feedsvc.patterns import compile_rest
from feedsvc.reading import read_search_texts
from feedsvc.settings import Settings

if TYPE_CHECKING:
    from feedsvc.indexer.push import ChangeLog, Outbox

log = logging.getLogger(__name__)
MIN_POLL_SECONDS, MAX_POLL_SECONDS = 1.0, 30.0  # between two full scans without events
MIN_FULL_SCAN_SECONDS = 60.0  # between two full scans with events
MIN_RETRY_SECONDS, MAX_RETRY_SECONDS = 1.0, 10.0  # after a failure, doubled each time
RETRY_REST_FACTOR, MAX_REST_SECONDS = 4, 300.0  # after trying for t seconds, wait 4 t
REQUEST_CHECK_SECONDS = 0.5  # between two checks for a request for confirmation
REQUEST_VALID_SECONDS = 5.0  # after which the requesting command has given up
# a check of the index's content takes a processor from the first requests: a large one waits
CHECK_DELAY_BYTES, MAX_CHECK_DELAY_SECONDS = 16_000_000, 60.0  # a second for so many bytes
MERGE_REST_FACTOR = 9  # after merging for t seconds, wait 9 t
COMPARISON_CHECK_SECONDS = 0.02  # between two checks whether the comparison is over
SEARCH_TRANSACTION_SIZE = 2_000  # texts
# as many as usually fit into the buffer of a connection: above that, its two ends wait for each
# other, and the fill takes a quarter longer
SEARCH_BATCH_SIZE = 25
MIN_UNFINISHED_SECONDS = 0.02  # until an unfinished file is scanned again
GENERATION_SECONDS = 2.0  # between two generations while the full-text index is filled


def keep_index_current(settings: Settings, index_path: str, lock: int) -> None:
    """Keep the index at *index_path* current until *lock*, the writer's lock file, is deleted."""
    watcher = FolderWatcher(settings.entries, settings.site.watch)
    reporter = FaultReporter()
    outbox = make_outbox(settings, index_path)
    faults: dict[str, str] = {}  # logged faults of files, by path
    pause = MIN_RETRY_SECONDS
    while is_own_lock(lock, index_path):
        inode, started = get_inode(index_path), time.monotonic()
        try:
            with closing(Writer(settings, index_path, watcher=watcher, outbox=outbox)) as writer:
                inode = writer.inode
                writer.run(lock, reporter, faults)
        except Exception as error:
            # the boundary of the writer: no error ends it, since what fails now may work soon,
            # and without a writer no change becomes visible
            mark_faulty(lock)
            is_first = not reporter.has_reported
            is_removed = handle_failure(error, index_path, inode, reporter)
            # after repeated failures the scan that was begun never finished
            cost = time.monotonic() - started
            pause = choose_retry_pause(pause, cost, is_first=is_first)
            if not (is_first and is_removed):
                time.sleep(pause)  # nothing signals its end
    log.warning("the lock of %s is not there any more: this writer ends", index_path)


def choose_retry_pause(last: float, cost: float, *, is_first: bool) -> float:
    """Return the seconds to wait; before the last attempt, of *cost* seconds, it was *last*.

    Reading a large folder repeatedly in vain, such as on a full disk, must not load the machine.
    """
    if is_first:
        return MIN_RETRY_SECONDS
    rest = min(RETRY_REST_FACTOR * cost, MAX_REST_SECONDS)
    return max(rest, min(2 * last, MAX_RETRY_SECONDS))


def make_outbox(settings: Settings, index_path: str) -> Outbox | None:
    """Return the outbox beside the index, None if nobody is to be notified of changes."""
    if not settings.has_push:
        return None
    # late, so that an HTTP client is only loaded if needed
    from feedsvc.indexer.push import Outbox, list_receivers, make_outbox_path

    return Outbox(list_receivers(settings), make_outbox_path(index_path))


def handle_failure(error: Exception, index_path: str, inode: int, reporter: FaultReporter) -> bool:
    """Log why the index is not current; return whether that of *inode* was damaged and removed.

    An unexpected exception is logged with its traceback.
    """
    try:
        if is_damage(error, index_path):
            remove_damaged_index(index_path, inode)
            reporter.report(f"the index {index_path} is damaged ({error}): it is being rebuilt")
            return True
    except OSError as refusal:
        error = refusal
    is_known = is_passing_fault(error) or isinstance(error, OSError | IndexFileError)
    sentence = f"the index {index_path} cannot be kept current; trying again every few seconds"
    reporter.report(f"{sentence}: {error}", None if is_known else error)
    return False


class Writer:
    """Scanner, store and search of one folder; *watcher* may be running already."""

    def __init__(
        self,
        settings: Settings,
        index_path: str,
        report_progress: Callable[[object], None] = lambda _: None,
        watcher: FolderWatcher | None = None,
        outbox: Outbox | None = None,
    ) -> None:
        self.settings = settings
        self.root = settings.entries
        self.index_path = index_path
        self.report_progress = report_progress
        self.db = open_write_connection(index_path)
        self.inode = get_inode(index_path)
        self.read_count = 0  # files, by the last scan
        self.size = 0  # largest size of the file in bytes: it never shrinks by itself
        self.store = Store(self.db, settings.site.language)
        self.known = KnownFiles(open_read_connection(index_path))
        self.scanner = Scanner(self.store, self.known, settings, report_progress)
        self.check = ContentCheck(index_path, _choose_check_delay(index_path))
        self.outbox = outbox
        self.change_log = self.scanner.change_log = self._make_change_log()
        self.watcher = watcher or FolderWatcher(self.root, settings.site.watch)
        self.comparison: FolderComparison | None = None  # of the full scan that is under way
        self.next_full_scan_time = 0.0  # as the others, by time.monotonic
        self.next_merge_time = 0.0
        self.last_generation_time = 0.0
        self.needs_merge = True  # the full-text index may have many segments

    def _make_change_log(self) -> ChangeLog | None:
        if self.outbox is None:
            return None
        from feedsvc.indexer.push import ChangeLog

        known, outbox = self.known.db, self.outbox
        return ChangeLog(self.db, known, self.settings, outbox.seen, outbox.add)

    def close(self) -> None:
        """Close the connections, and end the reading process."""
        self.check.close()
        self._end_comparison()
        self.scanner.pool.close()
        self.known.db.close()
        self.db.close()

    def run(self, lock: int, reporter: FaultReporter, faults: dict[str, str]) -> None:
        """Keep the index current until it, or *lock*, is deleted or replaced.

        *faults* has the logged faults of files by path.
        """
        self.scanner.fault_log = fault_log = FaultLog(self.db, self.known, faults)
        if not self.store.is_first_build:  # of which the system would report each reading
            self.watcher.start()
        self.scan({""})
        mark_current(lock)
        reporter.report_end(f"the index {self.index_path} is current again")
        fault_log.log_all()
        if self.outbox is not None:
            self.outbox.start()
        self._report_due_changes(is_first=True)
        enable_checkpoints(self.db)
        remove_unused_indexes(self.index_path)
        self.watcher.start()
        while not self._is_lost() and is_own_lock(lock, self.index_path):
            set_meta(self.db, polling=int(self.watcher.polling))
            self._report_due_changes()
            self.fill_search(self._is_idle)
            self._merge_search_when_idle()
            compile_rest(self._is_idle)  # not first by the process that reads a changed page
            self.check.advance(is_idle=self._is_idle())
            self._handle_confirmation_request()
            paths = self.watcher.wait(self._get_wait_seconds())
            if self.comparison is None and time.monotonic() >= self.next_full_scan_time:
                paths.add("")
            self._scan_changes(paths)

    def _is_idle(self) -> bool:
        """Whether nothing waits to be scanned or reported."""
        if self.comparison is not None and self.comparison.is_over():
            return False
        return self.watcher.is_quiet() and not (self.change_log and self.change_log.is_due())

    def _report_due_changes(self, *, is_first: bool = False) -> None:
        """Report what became public, or expired, by the clock, also while no writer ran."""
        if self.change_log is not None and (is_first or self.change_log.is_due()):
            self.change_log.report_changes()

    def _is_lost(self) -> bool:
        """Whether the file was deleted or replaced; raises DatabaseError if it was truncated."""
        if is_replaced(self.index_path, self.inode):
            log.warning("the index %s is not there any more: it is being rebuilt", self.index_path)
            # another file in its place does not match the log beside it
            remove_damaged_index(self.index_path, get_inode(self.index_path))
            return True
        try:
            size = os.stat(self.index_path).st_size
        except OSError:  # a lost permission: the open file can still be written
            return False
        if size < self.size:
            # SQLite would continue with what it has in memory
            raise make_damage_error(f"it had {self.size} bytes and has {size}")
        self.size = size
        return False

    def _get_wait_seconds(self) -> float:
        if self.comparison is not None:
            return COMPARISON_CHECK_SECONDS
        until = self.next_full_scan_time
        if self.needs_merge:
            until = min(until, self.next_merge_time)
        seconds = min(REQUEST_CHECK_SECONDS, max(0.0, until - time.monotonic()))
        return min(seconds, self.change_log.get_wait_seconds()) if self.change_log else seconds

    def _scan_changes(self, paths: set[str]) -> None:
        """Scan *paths*; if "" is one, compare the whole folder first, beside what follows."""
        if "" in paths and not self.watcher.polling and self.scanner.is_indexed_folder():
            self._end_comparison()
            self.comparison = FolderComparison(self.root, self.index_path)
            paths = paths - {""}
        if paths:
            self.scan(paths)
        comparison = self.comparison
        if comparison is not None and comparison.is_over():
            self._end_comparison()
            started = time.monotonic()
            self._try_scan(comparison.get_paths(), confirmed=False)
            cost = comparison.cost + time.monotonic() - started
            self._note_scan(comparison.started, cost, is_whole=True)

    def _end_comparison(self) -> None:
        if self.comparison is not None:
            self.comparison.close()
            self.comparison = None

    def scan(self, paths: set[str], *, confirmed: bool = False) -> None:
        """Compare *paths* ("" for the whole folder) with the index."""
        if "" in paths:
            self._end_comparison()
        started = time.monotonic()
        self._try_scan(paths, confirmed=confirmed)
        self._note_scan(started, time.monotonic() - started, is_whole="" in paths)

    def _note_scan(self, started: float, cost: float, *, is_whole: bool) -> None:
        """Note a scan of *cost* seconds that began at *started*, also for `/metrics`."""
        if self.settings.metrics.active:
            facts = {
                "scans": get_meta(self.db, "scans") + 1,
                "scan_ms": get_meta(self.db, "scan_ms") + round(1_000 * cost),
                "files_read": get_meta(self.db, "files_read") + self.read_count,
            }
            if is_whole:
                facts["scanned"] = int(time.time())
            set_meta(self.db, **facts)
        if is_whole or self.scanner.pending_deletions:
            self.next_full_scan_time = started + self._choose_scan_interval(cost)

    def _choose_scan_interval(self, cost: float) -> float:
        """Return the seconds between two full scans that take *cost* seconds each."""
        if self.settings.site.watch == "off":
            return float("inf")
        # nothing may report that a folder, which was away for a moment, is back
        if self.watcher.polling or self.scanner.pending_deletions:
            return min(max(MIN_POLL_SECONDS, 10 * cost), MAX_POLL_SECONDS)
        return max(MIN_FULL_SCAN_SECONDS, 100 * cost)

    def _try_scan(self, paths: Iterable[str], *, confirmed: bool) -> None:
        started, pending_before = time.monotonic(), self.scanner.pending_deletions
        count = self.read_count = self.scanner.scan(paths, confirmed=confirmed)
        for path in self.scanner.recently_modified:
            self.watcher.rescan_later(path)
        now = time.monotonic()
        for path, since in self.scanner.unfinished.items():
            seconds = min(max(MIN_UNFINISHED_SECONDS, now - since), RESCAN_SECONDS)
            self.watcher.rescan_later(path, seconds)
        if count:
            files = "1 file" if count == 1 else f"{count} files"
            log.info("%s read in %.3f s", files, time.monotonic() - started)
        if self.scanner.pending_deletions and not pending_before:
            log.warning(
                "%d files are gone from %s, which is missing, empty or on another device: their"
                " entries stay until they are back, or `feedsvc index` confirms their removal",
                self.scanner.pending_deletions,
                self.root,
            )

    def _handle_confirmation_request(self) -> None:
        """Scan the whole folder when `feedsvc index` requests it; deletions are confirmed then."""
        request = _get_request_file(self.index_path)
        try:
            age = time.time() - request.stat().st_mtime
        except FileNotFoundError:
            return
        if age < REQUEST_VALID_SECONDS:
            self.scan({""}, confirmed=True)
            self.fill_search(self._is_idle)
        request.unlink(missing_ok=True)

    # -- search ----------------------------------------------------------------------

    def fill_search(
        self,
        is_idle: Callable[[], bool],
        *,
        transaction_size: int = SEARCH_TRANSACTION_SIZE,
        batch_size: int = SEARCH_BATCH_SIZE,
    ) -> None:
        """Add missing texts to the full-text index, newest first, as long as *is_idle*."""
        is_first_fill = not get_meta(self.db, "searchable")
        if is_first_fill:
            self.store.search.set_automerge(False)
        texts = self.scanner.pool.map_files(
            self._list_pending_texts(transaction_size),
            read_keyed_search_texts,
            lambda one, _: (one.key, make_search_text("")),
            processes=len(os.sched_getaffinity(0)),  # more do not help: the writer is slowest
            batch_size=batch_size,
        )
        with closing(texts):
            for first in texts:
                transaction = chain([first], islice(texts, transaction_size - 1))
                self._index_texts(transaction, is_idle, transaction_size, batch_size)
                if not is_idle():
                    return
        if is_first_fill:
            self.store.search.set_automerge(True)
            set_meta(self.db, searchable=1)

    def _list_pending_texts(self, transaction_size: int) -> Iterator[PendingText]:
        """Yield the entries that are not indexed yet, the newest *transaction_size* first."""
        below = MAX_KEY
        while pending := self.store.search.select_pending(transaction_size, below):
            below = pending[-1].key
            # ascending: a key below the previous one makes FTS5 flush its buffer
            yield from reversed(pending)

    def _index_texts(
        self,
        texts: Iterator[tuple[int, SearchText]],
        is_idle: Callable[[], bool],
        transaction_size: int,
        batch_size: int,
    ) -> None:
        """Index *texts* in one transaction as they come; stop early unless *is_idle*."""
        self.db.execute("BEGIN IMMEDIATE")
        count = 0
        while batch := list(islice(texts, batch_size)):
            self.store.search.add(batch)
            for key, _ in batch:
                self.report_progress(key)
            count += len(batch)
            if not is_idle():
                break
        now = time.monotonic()
        if count < transaction_size or now - self.last_generation_time > GENERATION_SECONDS:
            # not at each transaction: a new generation makes all processes query again
            set_meta(self.db, generation=get_meta(self.db, "generation") + 1)
            self.last_generation_time = now
        self.db.execute("COMMIT")
        self.needs_merge = True

    def _merge_search_when_idle(self) -> None:
        """Merge some segments of the full-text index, then pause to leave time to others."""
        started = time.monotonic()
        if self.needs_merge and started >= self.next_merge_time and self.watcher.is_quiet():
            self.needs_merge = self.store.search.merge()
            ended = time.monotonic()
            self.next_merge_time = ended + MERGE_REST_FACTOR * (ended - started)


def read_keyed_search_texts(
    root: Path, pending: Sequence[PendingText], settings: Settings
) -> Iterator[tuple[int, SearchText]]:
    """Yield key and text of each of *pending*."""
    words = read_search_texts(root, ((one.path, one.packed) for one in pending), settings)
    for one, text in zip(pending, words, strict=True):
        yield one.key, make_search_text(text)


def _choose_check_delay(index_path: str) -> float:
    """Return the seconds until the first check of the index at *index_path*."""
    return min(MAX_CHECK_DELAY_SECONDS, os.stat(index_path).st_size / CHECK_DELAY_BYTES)


def _get_request_file(index_path: str) -> Path:
    return Path(f"{index_path}.confirm")


def refresh_index(
    settings: Settings,
    *,
    confirmed: bool = False,
    fills_search: bool = True,
    report_progress: Callable[[object], None] = lambda _: None,
) -> int:
    """Bring the index up to date in this process; return how many files were read.

    Without *fills_search*, texts that are not in the full-text index yet stay so.

    If another process has the lock, this returns 0; with *confirmed*, after that process has
    scanned the folder on request.
    """
    index_path = str(prepare_index_path(settings))
    request, requested = _get_request_file(index_path), False
    try:
        while True:
            with acquire_writer_lock(index_path) as lock:
                if lock is not None:
                    refresh = partial(
                        _refresh_once,
                        settings,
                        index_path,
                        confirmed=confirmed,
                        fills_search=fills_search,
                        report_progress=report_progress,
                    )
                    return _refresh_in_process(index_path, refresh)
            if not confirmed or (requested and not request.exists()):
                return 0
            request.touch()
            requested = True
            time.sleep(0.1)
    finally:
        if requested:
            request.unlink(missing_ok=True)


def _refresh_in_process(index_path: str, refresh: Callable[[], int]) -> int:
    """Call *refresh* with the lock held; a damaged index is removed. Raises IndexFileError."""
    inode = get_inode(index_path)
    try:
        return refresh()
    except DatabaseError as error:
        if not is_damage(error, index_path):
            if is_passing_fault(error):
                raise IndexFileError(index_path, f"the index cannot be written: {error}") from error
            raise
        log.warning("the index %s is damaged (%s): it is being rebuilt", index_path, error)
    remove_damaged_index(index_path, inode or get_inode(index_path))
    return refresh()


def _refresh_once(
    settings: Settings,
    index_path: str,
    *,
    confirmed: bool,
    fills_search: bool,
    report_progress: Callable[[object], None],
) -> int:
    outbox = make_outbox(settings, index_path)  # the next service sends its content
    with closing(Writer(settings, index_path, report_progress, outbox=outbox)) as writer:
        count = writer.scanner.scan(confirmed=confirmed)
        enable_checkpoints(writer.db)
        if fills_search:
            writer.fill_search(lambda: True)
    remove_unused_indexes(index_path)
    return count
