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

from feedsvc.errors import StoreError
from feedsvc.index.conditions import LAST, split_words
from feedsvc.index.ledger import pack_text
from feedsvc.index.lock import open_lock, read_token, remove_unused
from feedsvc.index.scanner import Scanner, read_files
from feedsvc.index.schema import (
    DatabaseError,
    begin_checkpoints,
    find_index,
    find_inode,
    open_writer,
)
from feedsvc.index.store import Store
from feedsvc.index.watcher import Events
from feedsvc.reading import read_search_texts
from feedsvc.settings import Settings, load_tables

log = logging.getLogger("feedsvc")
POLL, POLL_MOST = 1.0, 30.0  # seconds between two looks where no events come
ASKED = 0.5  # seconds between two looks whether `feedsvc index` asks for one, and ten of these until it has given up
SAFETY = 60.0  # seconds between two whole looks where events come
REST = 9  # times as long as it has merged does the writer leave the machine to others
BATCH, FEW = 2_000, 100  # texts told to search in one transaction, and at a time
SHOW = 2.0  # seconds between two batches that readers are told of


class Writer:
    """Scanner, store and search of one folder, kept current until told to stop."""

    def __init__(self, settings: Settings, index: str) -> None:
        self.settings = settings
        self.root = settings.entries
        self.index = index
        self.db = open_writer(index)
        self.inode = find_inode(index)
        self.store = Store(self.db, settings.site.language)
        self.scanner = Scanner(self.root, self.store, settings, index=index)
        self.events = Events(self.root, settings.site.watch)
        self.shown = 0.0
        self.untidy = True  # search may lie in many pieces
        self.rested = 0.0  # by time.monotonic; from then on they may be merged

    def run(self) -> None:
        """Keeps the index current until it is deleted or replaced."""
        self._note(current=0, writer=read_token(self.index))
        self.events.start()
        looked = time.monotonic()
        self.scan()
        self._note(current=1)
        begin_checkpoints(self.db)
        cost = time.monotonic() - looked
        remove_unused(self.index)
        while find_inode(self.index) == self.inode:
            self._note(polling=int(self.events.polling))
            self.fill_search(until=self.events.is_quiet)
            self._tidy_search()
            self._obey()
            due = looked + self._choose_interval(cost)
            if self.untidy:
                due = min(due, self.rested)
            paths = self.events.wait(min(ASKED, max(0.0, due - time.monotonic())))
            if not paths and time.monotonic() < looked + self._choose_interval(cost):
                continue
            if paths and "" not in paths:
                self._attempt(lambda paths=paths: self.scanner.scan_paths(paths))  # type: ignore[misc]
            else:
                looked = time.monotonic()
                self.scan()
                cost = time.monotonic() - looked
        log.warning("the index %s is not there any more: it is built anew", self.index)

    def _choose_interval(self, cost: float) -> float:
        """Seconds between two whole looks that take *cost* seconds."""
        if self.settings.site.watch == "off":
            return float("inf")
        return (
            min(max(POLL, 10 * cost), POLL_MOST) if self.events.polling else max(SAFETY, 100 * cost)
        )

    def scan(self, *, confirmed: bool = False) -> None:
        """Compares the whole folder with the index."""
        self._attempt(lambda: self.scanner.scan_all(confirmed=confirmed))

    def _attempt(self, work: Callable[[], int]) -> None:
        started, held = time.monotonic(), self.scanner.held
        try:
            changed = work()
        except DatabaseError:
            raise
        except StoreError as error:
            if (
                find_inode(self.index) == self.inode
            ):  # else it has just been deleted, and `run` ends
                log.warning("%s", error)
                self.events.look_again("")
            return
        except Exception:
            # one boundary of two: a defect costs this look, not the service
            log.exception("the folder %s could not be read", self.root)
            self.events.look_again("")
            return
        for path in self.scanner.fresh:
            self.events.look_again(path)
        if changed:
            log.info("%d files read in %.3f s", changed, time.monotonic() - started)
        if self.scanner.held and not held:
            log.warning(
                "%d files are gone from %s, which is missing, empty or on another device: their entries stay until"
                " they are back, or `feedsvc index` confirms it", self.scanner.held, self.root,
            )  # fmt: skip

    def _note(self, **facts: int) -> None:
        for name, value in facts.items():
            if self.store.get_meta(name, -1) != value:
                self.store.set_meta(name, value)

    def _obey(self) -> None:
        """Compares the whole folder when `feedsvc index` asks for it; what vanished is confirmed as deleted."""
        request = find_request(self.index)
        try:
            age = time.time() - request.stat().st_mtime
        except FileNotFoundError:
            return
        if age < 10 * ASKED:  # else who asked has gone, and nobody confirms anything
            self.scan(confirmed=True)
            self.fill_search(until=self.events.is_quiet)
        request.unlink(missing_ok=True)

    # -- search ----------------------------------------------------------------------

    def fill_search(self, until: Callable[[], bool]) -> None:
        """Tells search the texts that it lacks, newest first, as long as nothing else is waiting."""
        keys: deque[int] = deque()
        filled = self.store.get_meta("searchable", 0)
        if not filled:
            self.store.tune_search(filling=True)
        processes = len(os.sched_getaffinity(0))  # the writer is the slowest of them
        with closing(
            read_files(self._find_unsaid(keys), read_texts, self.root, self.settings, processes)
        ) as texts:
            while first := next(texts, None):
                self._say(keys, chain([first], islice(texts, BATCH - 1)), until)
                if not until():
                    return
        if not filled:
            self.store.tune_search(filling=False)
            self._note(searchable=1)

    def _tidy_search(self) -> None:
        """Merges some of the pieces that new texts have left, if nothing else is waiting, and rests after that."""
        started = time.monotonic()
        if self.untidy and started >= self.rested and self.events.is_quiet():
            self.untidy = self.store.merge_search()
            self.rested = time.monotonic() + REST * (time.monotonic() - started)

    def _find_unsaid(self, keys: deque[int]) -> Iterator[tuple[str, bytes]]:
        """What is kept of entries that search lacks, the newest batch first; their *keys* are noted in that order."""
        below = LAST
        while found := self.store.find_unsaid(BATCH, below):
            below = found[-1][0]
            for key, path, kept in reversed(
                found
            ):  # ascending: a key below the one before it makes FTS5 write what it has
                keys.append(key)
                yield path, kept

    def _say(
        self, keys: deque[int], texts: Iterator[tuple[str, bytes]], until: Callable[[], bool]
    ) -> None:
        """Tells search one batch of texts as they come; fewer of them where others are waiting."""
        self.db.execute("BEGIN IMMEDIATE")
        count = 0
        while few := list(islice(texts, FEW)):
            said = [(keys.popleft(), *text) for text in few]
            self.store.say_texts(said)
            for key, _, _ in said:
                self.scanner.seen(key)
            count += len(said)
            if not until():
                break
        if count < BATCH or time.monotonic() - self.shown > SHOW:
            # readers look again: while much is missing not at every batch
            self.store.set_meta("generation", self.store.get_meta("generation", 0) + 1)
            self.shown = time.monotonic()
        self.db.execute("COMMIT")
        self.untidy = True


def read_texts(
    root: Path, kept: Sequence[tuple[str, bytes]], settings: Settings
) -> Iterator[tuple[str, bytes]]:
    """The words of entries as search is told them, and packed as they are kept."""
    for words in read_search_texts(root, kept, settings):
        text = split_words(words)
        yield text, pack_text(text)


def find_request(index: str) -> Path:
    """The file by which `feedsvc index` asks a running writer for a confirmed look."""
    return Path(f"{index}.confirm")


def refresh_index(
    settings: Settings, *, confirmed: bool = False, seen: Callable[[object], None] | None = None
) -> int:
    """Brings the index up to date in this process; 0 where a running writer does so (asked to, if *confirmed*)."""
    index = str(find_index(settings))
    request, asked = find_request(index), False
    try:
        while True:
            with open_lock(index) as lock:
                if lock is not None:
                    return _refresh_here(settings, index, confirmed, seen)
            if not confirmed or (asked and not request.exists()):
                return 0
            request.touch()
            asked = True
            time.sleep(0.1)
    finally:
        if asked:
            request.unlink(missing_ok=True)


def _refresh_here(
    settings: Settings, index: str, confirmed: bool, seen: Callable[[object], None] | None
) -> int:
    writer = Writer(settings, index)
    if seen is not None:
        writer.scanner.seen = seen
    changed = writer.scanner.scan_all(confirmed=confirmed)
    begin_checkpoints(writer.db)
    writer.fill_search(until=lambda: True)
    writer.db.close()
    remove_unused(index)
    return changed


def main() -> None:
    """Reads the settings from standard input and runs until that closes."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent gets it too, and closes the pipe
    parent, handed, tables = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    settings = load_tables(tables)
    index = str(find_index(settings))
    gc.freeze()  # what is loaded stays, and rows are no cycles: looking for some at every few takes a tenth of the time
    gc.set_threshold(100_000, 20)
    if handed is not None:
        os.set_inheritable(
            handed, False
        )  # the lock is this process's own, not that of those it starts
        Writer(settings, index).run()
        return
    with open_lock(index) as lock:
        if lock is not None:
            Writer(settings, index).run()


def _end_with(parent: int) -> None:
    """Ends the process when the pipe closes, or the parent has gone although its children keep the pipe open."""
    while os.getppid() == parent and not select.select([sys.stdin], [], [], 0.5)[0]:
        pass
    os._exit(0)  # SQLite survives it: a transaction is there whole or not at all


if __name__ == "__main__":
    main()
