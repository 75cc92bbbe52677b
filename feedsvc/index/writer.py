"""The writer: a process that scans the folder, watches it, and keeps the index current.

Whoever finds the lock free starts it. Scanning comes before watching, whose setting up takes
half as long as a scan; what changes in between is found by the scan with which watching begins.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from itertools import chain, islice
from pathlib import Path

from feedsvc.errors import IndexFileError
from feedsvc.index.conditions import MAX_KEY
from feedsvc.index.fault_log import FaultLog
from feedsvc.index.known_files import KnownFiles
from feedsvc.index.lock import acquire_writer_lock, mark_current, remove_unused_indexes
from feedsvc.index.pool import MIN_POOL_FILES, map_files
from feedsvc.index.scanner import Scanner
from feedsvc.index.schema import (
    DatabaseError,
    enable_checkpoints,
    get_inode,
    get_meta,
    open_read_connection,
    open_write_connection,
    prepare_index_path,
    set_meta,
)
from feedsvc.index.search import PendingText, SearchText, make_search_text
from feedsvc.index.store import Store
from feedsvc.index.watcher import FolderWatcher
from feedsvc.reading import read_search_texts
from feedsvc.settings import Settings

log = logging.getLogger(__name__)
MIN_POLL_SECONDS, MAX_POLL_SECONDS = 1.0, 30.0  # between two whole scans without events
MIN_FULL_SCAN_SECONDS = 60.0  # between two whole scans where events come
REQUEST_CHECK_SECONDS = 0.5  # how often a request for confirmation is looked for
REQUEST_VALID_SECONDS = 5.0  # after which whoever requested it has given up
MERGE_REST_FACTOR = 9  # after merging for t seconds, wait 9 t
SEARCH_TRANSACTION_SIZE, SEARCH_BATCH_SIZE = 2_000, 100  # texts
GENERATION_SECONDS = 2.0  # between two generations while search is filled


class Writer:
    """Scanner, store and search of one folder."""

    def __init__(
        self,
        settings: Settings,
        index_path: str,
        report_progress: Callable[[object], None] = lambda _: None,
    ) -> None:
        self.settings = settings
        self.root = settings.entries
        self.index_path = index_path
        self.report_progress = report_progress
        self.db = open_write_connection(index_path)
        self.inode = get_inode(index_path)
        self.store = Store(self.db, settings.site.language)
        self.known = KnownFiles(open_read_connection(index_path))
        self.scanner = Scanner(self.store, self.known, settings, report_progress)
        self.watcher = FolderWatcher(self.root, settings.site.watch)
        self.next_full_scan_time = 0.0  # as the others, by time.monotonic
        self.next_merge_time = 0.0
        self.last_generation_time = 0.0
        self.needs_merge = True  # search may lie in many segments

    def close(self) -> None:
        """Close the connections."""
        self.known.db.close()
        self.db.close()

    def run(self, lock: int) -> None:
        """Keep the index current until it is deleted or replaced; *lock* is the writer's."""
        self.scanner.fault_log = fault_log = FaultLog(self.db, self.known)
        self.scan({""})
        mark_current(lock)
        fault_log.log_all()
        enable_checkpoints(self.db)
        remove_unused_indexes(self.index_path)
        self.watcher.start()
        while get_inode(self.index_path) == self.inode:
            set_meta(self.db, polling=int(self.watcher.polling))
            self.fill_search(self.watcher.is_quiet)
            self._merge_search_when_idle()
            self._handle_confirmation_request()
            paths = self.watcher.wait(self._get_wait_seconds())
            if time.monotonic() >= self.next_full_scan_time:
                paths = {""}
            if paths:
                self.scan(paths)
        log.warning("the index %s is not there any more: it is built anew", self.index_path)

    def _get_wait_seconds(self) -> float:
        until = self.next_full_scan_time
        if self.needs_merge:
            until = min(until, self.next_merge_time)
        return min(REQUEST_CHECK_SECONDS, max(0.0, until - time.monotonic()))

    def scan(self, paths: set[str], *, confirmed: bool = False) -> None:
        """Compare *paths* ("" for the whole folder) with the index."""
        started = time.monotonic()
        self._try_scan(paths, confirmed)
        cost = time.monotonic() - started
        if "" in paths:
            self.next_full_scan_time = started + self._choose_scan_interval(cost)

    def _choose_scan_interval(self, cost: float) -> float:
        """Return the seconds between two whole scans that take *cost* seconds."""
        if self.settings.site.watch == "off":
            return float("inf")
        if self.watcher.polling:
            return min(max(MIN_POLL_SECONDS, 10 * cost), MAX_POLL_SECONDS)
        return max(MIN_FULL_SCAN_SECONDS, 100 * cost)

    def _try_scan(self, paths: Iterable[str], confirmed: bool) -> None:
        started, pending_before = time.monotonic(), self.scanner.pending_deletions
        try:
            count = self.scanner.scan(paths, confirmed=confirmed)
        except DatabaseError:
            raise
        except IndexFileError as error:
            if get_inode(self.index_path) == self.inode:  # else it was deleted, and `run` ends
                log.warning("%s", error)
                self.watcher.rescan_later("")
            return
        except Exception:
            # one boundary of two: a defect costs this scan, not the service
            log.exception("the folder %s could not be read", self.root)
            self.watcher.rescan_later("")
            return
        for path in self.scanner.recently_modified:
            self.watcher.rescan_later(path)
        if count:
            files = "1 file" if count == 1 else f"{count} files"
            log.info("%s read in %.3f s", files, time.monotonic() - started)
        if self.scanner.pending_deletions and not pending_before:
            log.warning(
                "%d files are gone from %s, which is missing, empty or on another device: their"
                " entries stay until they are back, or `feedsvc index` confirms it",
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
            self.fill_search(self.watcher.is_quiet)
        request.unlink(missing_ok=True)

    # -- search ----------------------------------------------------------------------

    def fill_search(
        self,
        is_idle: Callable[[], bool],
        *,
        transaction_size: int = SEARCH_TRANSACTION_SIZE,
        batch_size: int = SEARCH_BATCH_SIZE,
        min_pool_files: int = MIN_POOL_FILES,
    ) -> None:
        """Index the texts that search lacks, newest first, as long as *is_idle*."""
        is_first_fill = not get_meta(self.db, "searchable")
        if is_first_fill:
            self.store.search.set_automerge(False)
        texts = map_files(
            self._list_pending_texts(transaction_size),
            read_keyed_search_texts,
            self.root,
            self.settings,
            processes=len(os.sched_getaffinity(0)),  # the writer is the slowest of them
            min_pool_files=min_pool_files,
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
        """Yield the entries that search lacks, the newest *transaction_size* of them first."""
        below = MAX_KEY
        while pending := self.store.search.select_pending(transaction_size, below):
            below = pending[-1].key
            # ascending: a key below the one before it makes FTS5 flush what it has
            yield from reversed(pending)

    def _index_texts(
        self,
        texts: Iterator[tuple[int, SearchText]],
        is_idle: Callable[[], bool],
        transaction_size: int,
        batch_size: int,
    ) -> None:
        """Index *texts* in one transaction as they come; fewer of them unless *is_idle*."""
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
            # not at every one of many transactions: each new one makes all processes query anew
            set_meta(self.db, generation=get_meta(self.db, "generation") + 1)
            self.last_generation_time = now
        self.db.execute("COMMIT")
        self.needs_merge = True

    def _merge_search_when_idle(self) -> None:
        """Merge some of search's segments, then leave the machine to others for a while."""
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


def _get_request_file(index_path: str) -> Path:
    return Path(f"{index_path}.confirm")


def refresh_index(
    settings: Settings,
    *,
    confirmed: bool = False,
    report_progress: Callable[[object], None] = lambda _: None,
) -> int:
    """Bring the index up to date in this process; return how many files were read.

    Where another process has the lock this returns 0; if *confirmed*, once that one has
    scanned the folder on request.
    """
    index_path = str(prepare_index_path(settings))
    request, requested = _get_request_file(index_path), False
    try:
        while True:
            with acquire_writer_lock(index_path) as lock:
                if lock is not None:
                    return _refresh_in_process(settings, index_path, confirmed, report_progress)
            if not confirmed or (requested and not request.exists()):
                return 0
            request.touch()
            requested = True
            time.sleep(0.1)
    finally:
        if requested:
            request.unlink(missing_ok=True)


def _refresh_in_process(
    settings: Settings, index_path: str, confirmed: bool, report_progress: Callable[[object], None]
) -> int:
    with closing(Writer(settings, index_path, report_progress)) as writer:
        count = writer.scanner.scan(confirmed=confirmed)
        enable_checkpoints(writer.db)
        writer.fill_search(lambda: True)
    remove_unused_indexes(index_path)
    return count
