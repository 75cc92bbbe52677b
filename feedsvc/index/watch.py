"""The writer: a process of its own that scans the folder, watches it, and keeps the index current.

Started by whoever finds that nobody holds the lock, told its settings on
standard input, and ended when that pipe closes. Watching begins before the
first scan, so that nothing falls between the two.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import watchfiles

from feedsvc.index.database import DatabaseError, find_index, open_writer
from feedsvc.index.live import open_lock
from feedsvc.index.query import split_words
from feedsvc.index.scan import Scanner
from feedsvc.index.store import Store
from feedsvc.reading import read_entry
from feedsvc.reading.markup import extract_text
from feedsvc.settings import Settings, load_tables

log = logging.getLogger("feedsvc")
STEP, DEBOUNCE = 10, 100  # milliseconds: quiet that ends a batch, and the most that one may wait
AGAIN = 0.2  # seconds until a folder named by an event is looked at once more
POLL, POLL_MOST = 1.0, 30.0  # seconds between two looks where no events come
ASKED = 0.5  # seconds between two looks whether `feedsvc index` asks for one, and ten of these until it has given up
SAFETY = 60.0  # seconds between two whole looks where events come
BATCH = 200  # texts told to search in one transaction
REMOTE = ("nfs", "cifs", "smb", "fuse", "9p", "vboxsf", "afs", "ceph", "gluster", "lustre")


class Writer:
    """Scanner, store and search of one folder, kept current until told to stop."""

    def __init__(self, settings: Settings, index: str) -> None:
        self.settings = settings
        self.root = settings.entries
        self.index = index
        self.db = open_writer(index)
        self.store = Store(self.db, settings.site.language)
        self.scanner = Scanner(self.root, self.store, settings, index=index)
        self.events: queue.SimpleQueue[set[str] | None] = queue.SimpleQueue()
        self.again: dict[str, float] = {}  # folders to look at once more, and when
        self.polling = settings.site.watch == "poll"

    def run(self) -> None:
        self._note(current=0)
        if self.settings.site.watch == "auto":
            self._start_watching()
        self.scan()
        self._note(current=1, polling=int(self.polling))
        self.fill_search(until=self.events.empty)
        while self.settings.site.watch == "off":
            self.fill_search(until=lambda: True)
            self._obey()
            time.sleep(ASKED)
        looked, cost = time.monotonic(), 0.0
        while True:
            interval = min(max(POLL, 10 * cost), POLL_MOST) if self.polling else max(SAFETY, 100 * cost)
            paths = self._wait(looked + interval)
            if paths is None:
                looked = time.monotonic()
                self.scan()
                cost = time.monotonic() - looked
            else:
                self._scan_paths(paths)
            self.fill_search(until=self.events.empty)

    def scan(self) -> None:
        """Compares the whole folder with the index."""
        self._attempt(lambda: self.scanner.scan_all())

    def _scan_paths(self, paths: set[str]) -> None:
        self._attempt(lambda: self.scanner.scan_paths(paths))

    def _attempt(self, work: Callable[[], int]) -> None:
        started = time.monotonic()
        try:
            changed = work()
        except DatabaseError:
            raise
        except Exception:
            # one boundary of two: a defect costs this look, not the service
            log.exception("the folder %s could not be read", self.root)
            return
        if changed:
            log.info("%d files read in %.3f s", changed, time.monotonic() - started)

    def _note(self, **facts: int) -> None:
        for name, value in facts.items():
            self.store.set_meta(name, value)

    # -- events ----------------------------------------------------------------------

    def _start_watching(self) -> None:
        remote = find_filesystem(self.root)
        if remote.startswith(REMOTE):
            log.warning("%s lies on %s, which does not tell of changes: looking every few seconds", self.root, remote)
            self.polling = True
            return
        started = threading.Event()
        threading.Thread(target=self._watch, args=(started,), daemon=True).start()
        started.wait(30)

    def _watch(self, started: threading.Event) -> None:
        base = os.path.realpath(self.root)
        while True:
            try:
                watcher = watchfiles.watch(
                    base, step=STEP, debounce=DEBOUNCE, rust_timeout=50 if not started.is_set() else 1_000,
                    yield_on_timeout=True, watch_filter=None, raise_interrupt=False, ignore_permission_denied=True,
                )  # fmt: skip
                for changes in watcher:
                    if self.polling or not started.is_set():
                        self.polling = False
                        started.set()
                        self.events.put({""})
                    if changes:
                        self.events.put({os.path.relpath(path, base) for _, path in changes})
                    elif not os.path.isdir(base):
                        break
            except (OSError, RuntimeError) as error:
                if not self.polling:
                    log.warning("%s cannot be watched (%s): looking every few seconds instead", self.root, error)
            self.polling = True
            started.set()
            self.events.put({""})
            time.sleep(POLL)

    def _wait(self, deadline: float) -> set[str] | None:
        """The next paths to look at; None when it is time to look at everything."""
        while True:
            self._obey()
            now = time.monotonic()
            due = {folder for folder, moment in self.again.items() if moment <= now}
            if due:
                for folder in due:
                    del self.again[folder]
                return due
            until = min([deadline, *self.again.values()])
            if now >= deadline:
                return None
            try:
                paths = self.events.get(timeout=min(max(0.0, until - now), ASKED))
            except queue.Empty:
                continue
            return self._widen(paths or {""})

    def _obey(self) -> None:
        """Compares the whole folder when `feedsvc index` asks for it; what vanished is confirmed as deleted."""
        request = find_request(self.index)
        try:
            age = time.time() - request.stat().st_mtime
        except FileNotFoundError:
            return
        if age < 10 * ASKED:  # else who asked has gone, and nobody confirms anything
            self._attempt(lambda: self.scanner.scan_all(confirmed=True))
            self.fill_search(until=self.events.empty)
        request.unlink(missing_ok=True)

    def _widen(self, paths: Iterable[str]) -> set[str]:
        """Takes all waiting events in; a folder's name means its subtree, now and once more later."""
        wanted = set(paths)
        while not self.events.empty():
            wanted |= self.events.get() or {""}
        wanted = {"" if path == "." else path for path in wanted}
        for path in wanted:
            if path and (self.root / path).is_dir():
                self.again[path] = time.monotonic() + AGAIN
        return wanted

    # -- search ----------------------------------------------------------------------

    def fill_search(self, until: Callable[[], bool]) -> None:
        """Tells search the texts that it lacks, in batches, as long as nothing else is waiting."""
        while until():
            batch = self.store.find_unsaid(BATCH)
            if not batch:
                if not self.store.get_meta("searchable", 0):
                    self._note(searchable=1)
                return
            self.db.execute("BEGIN IMMEDIATE")
            for key, path in batch:
                self.store.say_text(key, self._find_text(path))
                self.scanner.seen(key)
            self.store.set_meta("generation", self.store.get_meta("generation", 0) + 1)
            self.db.execute("COMMIT")

    def _find_text(self, path: str) -> str:
        entry = read_entry(self.root, path, self.settings).entry
        if entry is None:
            return ""
        return split_words(f"{entry.title}\n{entry.summary}\n{extract_text(entry.markup, entry.body)}")


def find_filesystem(path: Path) -> str:
    """The type of the file system that *path* lies on, "" where that cannot be told."""
    try:
        mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    full = os.path.realpath(path)
    best = ("", "")
    for line in mounts:
        parts = line.split(" ")
        if len(parts) > 2 and (full + "/").startswith(parts[1].rstrip("/") + "/") and len(parts[1]) >= len(best[0]):
            best = (parts[1], parts[2])
    return best[1]


def find_request(index: str) -> Path:
    """The file by which `feedsvc index` asks a running writer for a confirmed look."""
    return Path(f"{index}.confirm")


def refresh_index(settings: Settings, *, confirmed: bool = False, seen: Callable[[object], None] | None = None) -> int:
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


def _refresh_here(settings: Settings, index: str, confirmed: bool, seen: Callable[[object], None] | None) -> int:
    writer = Writer(settings, index)
    if seen is not None:
        writer.scanner.seen = seen
    changed = writer.scanner.scan_all(confirmed=confirmed)
    writer.fill_search(until=lambda: True)
    writer.db.close()
    return changed


def main() -> None:
    """Reads the settings from standard input and runs until that closes."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent gets it too, and closes the pipe
    settings = load_tables(json.loads(sys.stdin.buffer.readline()))
    index = str(find_index(settings))
    with open_lock(index) as lock:
        if lock is None:
            return
        threading.Thread(target=_end_with_parent, daemon=True).start()
        Writer(settings, index).run()


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)  # SQLite survives it: a transaction is there whole or not at all


if __name__ == "__main__":
    main()
