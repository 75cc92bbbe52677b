"""The writer: a process of its own that scans the folder, watches it, and keeps the index current.

Started by whoever finds that nobody holds the lock, told its settings on
standard input, and ended when that pipe closes. Watching begins before the
first scan, so that nothing falls between the two.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import select
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import chain, islice
from pathlib import Path

from feedsvc.errors import IndexFileError
from feedsvc.index.conditions import MAX_KEY, split_cjk
from feedsvc.index.ledger import compress_text
from feedsvc.index.lock import (
    LOG_FORMAT,
    acquire_writer_lock,
    read_lock_token,
    remove_unused_indexes,
)
from feedsvc.index.scanner import Scanner, map_files
from feedsvc.index.schema import (
    DatabaseError,
    enable_checkpoints,
    get_inode,
    open_write_connection,
    prepare_index_path,
)
from feedsvc.index.store import Store
from feedsvc.index.watcher import FolderWatcher
from feedsvc.reading import read_search_texts
from feedsvc.settings import Settings, build_settings

log = logging.getLogger(__name__)
MIN_POLL_SECONDS, MAX_POLL_SECONDS = 1.0, 30.0  # seconds between two looks where no events come
REQUEST_CHECK_SECONDS = 0.5  # seconds between two looks whether `feedsvc index` asks for one, and ten of these until it has given up
MIN_FULL_SCAN_INTERVAL_SECONDS = 60.0  # seconds between two whole looks where events come
MERGE_REST_FACTOR = 9  # times as long as it has merged does the writer leave the machine to others
SEARCH_TRANSACTION_SIZE, SEARCH_BATCH_SIZE = (
    2_000,
    100,
)  # texts told to search in one transaction, and at a time
GENERATION_INTERVAL_SECONDS = 2.0  # seconds between two batches that readers are told of


class Writer:
    """Scanner, store and search of one folder, kept current until told to stop."""

    def __init__(self, settings: Settings, index: str) -> None:
        self.settings = settings
        self.root = settings.entries
        self.index = index
        self.db = open_write_connection(index)
        self.inode = get_inode(index)
        self.store = Store(self.db, settings.site.language)
        self.scanner = Scanner(self.root, self.store, settings, index=index)
        self.folder_watcher = FolderWatcher(self.root, settings.site.watch)
        self.last_generation_time = 0.0
        self.needs_merge = True  # search may lie in many pieces
        self.next_merge_time = 0.0  # by time.monotonic; from then on they may be merged

    def run(self) -> None:
        """Keeps the index current until it is deleted or replaced."""
        self._update_meta(current=0, writer=read_lock_token(self.index))
        self.folder_watcher.start()
        looked = time.monotonic()
        self.scan()
        self._update_meta(current=1)
        enable_checkpoints(self.db)
        cost = time.monotonic() - looked
        remove_unused_indexes(self.index)
        while get_inode(self.index) == self.inode:
            self._update_meta(polling=int(self.folder_watcher.polling))
            self.fill_search(until=self.folder_watcher.is_quiet)
            self._merge_search_when_idle()
            self._handle_confirm_request()
            due = looked + self._choose_scan_interval(cost)
            if self.needs_merge:
                due = min(due, self.next_merge_time)
            paths = self.folder_watcher.wait(
                min(REQUEST_CHECK_SECONDS, max(0.0, due - time.monotonic()))
            )
            if not paths and time.monotonic() < looked + self._choose_scan_interval(cost):
                continue
            if paths and "" not in paths:
                self._try_scan(lambda paths=paths: self.scanner.scan_paths(paths))  # type: ignore[misc]
            else:
                looked = time.monotonic()
                self.scan()
                cost = time.monotonic() - looked
        log.warning("the index %s is not there any more: it is built anew", self.index)

    def _choose_scan_interval(self, cost: float) -> float:
        """Seconds between two whole looks that take *cost* seconds."""
        if self.settings.site.watch == "off":
            return float("inf")
        return (
            min(max(MIN_POLL_SECONDS, 10 * cost), MAX_POLL_SECONDS)
            if self.folder_watcher.polling
            else max(MIN_FULL_SCAN_INTERVAL_SECONDS, 100 * cost)
        )

    def scan(self, *, confirmed: bool = False) -> None:
        """Compares the whole folder with the index."""
        self._try_scan(lambda: self.scanner.scan_all(confirmed=confirmed))

    def _try_scan(self, work: Callable[[], int]) -> None:
        started, held = time.monotonic(), self.scanner.pending_deletions
        try:
            changed = work()
        except DatabaseError:
            raise
        except IndexFileError as error:
            if get_inode(self.index) == self.inode:  # else it has just been deleted, and `run` ends
                log.warning("%s", error)
                self.folder_watcher.rescan_later("")
            return
        except Exception:
            # one boundary of two: a defect costs this look, not the service
            log.exception("the folder %s could not be read", self.root)
            self.folder_watcher.rescan_later("")
            return
        for path in self.scanner.fresh:
            self.folder_watcher.rescan_later(path)
        if changed:
            log.info("%d files read in %.3f s", changed, time.monotonic() - started)
        if self.scanner.pending_deletions and not held:
            log.warning(
                "%d files are gone from %s, which is missing, empty or on another device: their entries stay until"
                " they are back, or `feedsvc index` confirms it", self.scanner.pending_deletions, self.root,
            )  # fmt: skip

    def _update_meta(self, **facts: int) -> None:
        for name, value in facts.items():
            if self.store.get_meta(name, -1) != value:
                self.store.set_meta(name, value)

    def _handle_confirm_request(self) -> None:
        """Compares the whole folder when `feedsvc index` asks for it; what vanished is confirmed as deleted."""
        request = make_confirm_path(self.index)
        try:
            age = time.time() - request.stat().st_mtime
        except FileNotFoundError:
            return
        if (
            age < 10 * REQUEST_CHECK_SECONDS
        ):  # else who asked has gone, and nobody confirms anything
            self.scan(confirmed=True)
            self.fill_search(until=self.folder_watcher.is_quiet)
        request.unlink(missing_ok=True)

    # -- search ----------------------------------------------------------------------

    def fill_search(self, until: Callable[[], bool]) -> None:
        """Tells search the texts that it lacks, newest first, as long as nothing else is waiting."""
        keys: deque[int] = deque()
        filled = self.store.get_meta("searchable", 0)
        if not filled:
            self.store.set_search_automerge(filling=True)
        processes = len(os.sched_getaffinity(0))  # the writer is the slowest of them
        with closing(
            map_files(
                self._list_search_pending(keys),
                pack_search_texts,
                self.root,
                self.settings,
                processes,
            )
        ) as texts:
            while first := next(texts, None):
                self._insert_batch(
                    keys, chain([first], islice(texts, SEARCH_TRANSACTION_SIZE - 1)), until
                )
                if not until():
                    return
        if not filled:
            self.store.set_search_automerge(filling=False)
            self._update_meta(searchable=1)

    def _merge_search_when_idle(self) -> None:
        """Merges some of the pieces that new texts have left, if nothing else is waiting, and rests after that."""
        started = time.monotonic()
        if self.needs_merge and started >= self.next_merge_time and self.folder_watcher.is_quiet():
            self.needs_merge = self.store.merge_search()
            self.next_merge_time = time.monotonic() + MERGE_REST_FACTOR * (
                time.monotonic() - started
            )

    def _list_search_pending(self, keys: deque[int]) -> Iterator[tuple[str, bytes]]:
        """What is kept of entries that search lacks, the newest batch first; their *keys* are noted in that order."""
        below = MAX_KEY
        while found := self.store.select_search_pending(SEARCH_TRANSACTION_SIZE, below):
            below = found[-1][0]
            for key, path, kept in reversed(
                found
            ):  # ascending: a key below the one before it makes FTS5 write what it has
                keys.append(key)
                yield path, kept

    def _insert_batch(
        self, keys: deque[int], texts: Iterator[tuple[str, bytes]], until: Callable[[], bool]
    ) -> None:
        """Tells search one batch of texts as they come; fewer of them where others are waiting."""
        self.db.execute("BEGIN IMMEDIATE")
        count = 0
        while few := list(islice(texts, SEARCH_BATCH_SIZE)):
            said = [(keys.popleft(), *text) for text in few]
            self.store.insert_search_texts(said)
            for key, _, _ in said:
                self.scanner.report_progress(key)
            count += len(said)
            if not until():
                break
        if (
            count < SEARCH_TRANSACTION_SIZE
            or time.monotonic() - self.last_generation_time > GENERATION_INTERVAL_SECONDS
        ):
            # readers look again: while much is missing not at every batch
            self.store.set_meta("generation", self.store.get_meta("generation", 0) + 1)
            self.last_generation_time = time.monotonic()
        self.db.execute("COMMIT")
        self.needs_merge = True


def pack_search_texts(
    root: Path, kept: Sequence[tuple[str, bytes]], settings: Settings
) -> Iterator[tuple[str, bytes]]:
    """The words of entries as search is told them, and packed as they are kept."""
    for words in read_search_texts(root, kept, settings):
        text = split_cjk(words)
        yield text, compress_text(text)


def make_confirm_path(index: str) -> Path:
    """The file by which `feedsvc index` asks a running writer for a confirmed look."""
    return Path(f"{index}.confirm")


def refresh_index(
    settings: Settings, *, confirmed: bool = False, seen: Callable[[object], None] | None = None
) -> int:
    """Brings the index up to date in this process; 0 where a running writer does so (asked to, if *confirmed*)."""
    index = str(prepare_index_path(settings))
    request, asked = make_confirm_path(index), False
    try:
        while True:
            with acquire_writer_lock(index) as lock:
                if lock is not None:
                    return _refresh_in_process(settings, index, confirmed, seen)
            if not confirmed or (asked and not request.exists()):
                return 0
            request.touch()
            asked = True
            time.sleep(0.1)
    finally:
        if asked:
            request.unlink(missing_ok=True)


def _refresh_in_process(
    settings: Settings, index: str, confirmed: bool, seen: Callable[[object], None] | None
) -> int:
    writer = Writer(settings, index)
    if seen is not None:
        writer.scanner.report_progress = seen
    changed = writer.scanner.scan_all(confirmed=confirmed)
    enable_checkpoints(writer.db)
    writer.fill_search(until=lambda: True)
    writer.db.close()
    remove_unused_indexes(index)
    return changed


def main() -> None:
    """Reads the settings from standard input and runs until that closes."""
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent gets it too, and closes the pipe
    parent, handed, tables = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_exit_with_parent, args=(parent,), daemon=True).start()
    settings = build_settings(tables)
    index = str(prepare_index_path(settings))
    gc.freeze()  # what is loaded stays, and rows are no cycles: looking for some at every few takes a tenth of the time
    gc.set_threshold(100_000, 20)
    if handed is not None:
        os.set_inheritable(
            handed, False
        )  # the lock is this process's own, not that of those it starts
        Writer(settings, index).run()
        return
    with acquire_writer_lock(index) as lock:
        if lock is not None:
            Writer(settings, index).run()


def _exit_with_parent(parent: int) -> None:
    """Ends the process when the pipe closes, or the parent has gone although its children keep the pipe open."""
    while os.getppid() == parent and not select.select([sys.stdin], [], [], 0.5)[0]:
        pass
    os._exit(0)  # SQLite survives it: a transaction is there whole or not at all


if __name__ == "__main__":
    main()
