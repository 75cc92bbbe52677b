"""What the operating system tells of changes in the folder; the only importer of watchfiles.

Comes out: paths below the root that may have changed, in batches that wait for
no more than a tenth of a second. Where nothing tells, *polling* is set, and
who asks has to look.
"""

from __future__ import annotations

import logging
import os
import queue
import sys
import threading
import time
from collections.abc import Iterable
from contextlib import closing, suppress
from pathlib import Path

from watchfiles._rust_notify import RustNotify

log = logging.getLogger(__name__)
STEP_MILLISECONDS, DEBOUNCE_MILLISECONDS = (
    10,
    100,
)  # milliseconds: quiet that ends a batch, and the most that one may wait
ROOT_CHECK_MILLISECONDS = (
    250  # milliseconds between two looks whether the root is still the same folder
)
RESCAN_DELAYS_SECONDS = (
    0.2,
    2.0,
)  # seconds until a folder named by an event, or a fresh file, is looked at once more
MAX_BATCH_PATHS = 5_000  # paths in one batch, from which on the system may have lost some
RETRY_DELAYS_SECONDS = (
    1.0,
    60.0,
)  # seconds until watching is tried again: where the root is missing, where watches are exhausted
MAX_WATCHED_FOLDERS = 1_000 if sys.platform == "linux" else 0  # watched one by one, at 0.05 ms each
LINK_COUNT_FILESYSTEMS = (
    "ext",
    "xfs",
    "tmpfs",
)  # file systems on which a folder's links tell how many folders are in it
REMOTE_FILESYSTEMS = (
    "nfs",
    "cifs",
    "smb",
    "fuse",
    "9p",
    "vboxsf",
    "virtiofs",
    "afs",
    "ceph",
    "gluster",
    "lustre",
)


class FolderWatcher:
    """Paths below *root*, "" for the root itself, that may have changed."""

    def __init__(self, root: Path, watch: str) -> None:
        self.root = root
        self.watch = watch
        self.polling = watch == "poll"
        self.queue: queue.SimpleQueue[set[str]] = queue.SimpleQueue()
        self.rescan_times: dict[str, float] = {}  # paths to look at once more, and when

    def start(self) -> None:
        """Begins to watch; returns once that has begun or is known to be impossible."""
        if self.watch != "auto":
            return
        remote = detect_filesystem(self.root)
        if remote.startswith(REMOTE_FILESYSTEMS):
            log.warning(
                "%s lies on %s, which does not tell of changes: looking every few seconds",
                self.root,
                remote,
            )
            self.polling = True
            return
        begun = threading.Event()
        threading.Thread(target=self._watch, args=(begun,), daemon=True).start()
        begun.wait()

    def wait(self, seconds: float) -> set[str]:
        """Paths to look at, as soon as there are any; none after *seconds*."""
        now = time.monotonic()
        paths = {path for path, moment in self.rescan_times.items() if moment <= now}
        for path in paths:
            del self.rescan_times[path]
        if not paths:
            until = min([now + seconds, *self.rescan_times.values()])
            try:
                paths = self.queue.get(timeout=max(0.0, until - now))
            except queue.Empty:
                return set()
            paths |= self._drain_queue()
            self._schedule_rescans(paths)
        return paths

    def is_quiet(self) -> bool:
        """Whether nothing waits to be looked at."""
        return self.queue.empty() and not any(
            moment <= time.monotonic() for moment in self.rescan_times.values()
        )

    def rescan_later(self, path: str) -> None:
        """Names *path* once more, a moment later."""
        self.rescan_times.setdefault(path, time.monotonic() + RESCAN_DELAYS_SECONDS[0])

    def _drain_queue(self) -> set[str]:
        paths: set[str] = set()
        while not self.queue.empty():
            paths |= self.queue.get()
        return paths

    def _schedule_rescans(self, paths: set[str]) -> None:
        """A folder's name means its subtree; inotify misses files in fresh folders, so once more later."""
        now = time.monotonic()
        if len(paths) > MAX_BATCH_PATHS:
            self.rescan_times[""] = now + RESCAN_DELAYS_SECONDS[1]
        for path in paths:
            if path and (self.root / path).is_dir():
                self.rescan_times[path] = now + RESCAN_DELAYS_SECONDS[0]

    # -- the thread --------------------------------------------------------------------

    def _watch(self, begun: threading.Event) -> None:
        while True:
            pause = 0.0
            try:
                self._watch_root(begun)
            except FileNotFoundError:
                self._switch_to_polling("it is not there")
                pause = RETRY_DELAYS_SECONDS[0]
            except (OSError, RuntimeError) as error:
                self._switch_to_polling(str(error))
                pause = RETRY_DELAYS_SECONDS[1]
            begun.set()
            time.sleep(pause)

    def _watch_root(self, begun: threading.Event) -> None:
        """Hands on what is told of the folder that the root is now; returns when it is another."""
        folder = get_folder_id(self.root)
        base = os.path.realpath(self.root)
        with_slash = len(base.rstrip("/")) + 1
        with closing(NotifyWatch(base)) as watched:
            self.polling = False
            if begun.is_set():  # again: what happened in between nobody has told
                log.info("%s is watched", self.root)
                self.queue.put({""})
            begun.set()
            while get_folder_id(self.root) == folder:
                if changed := watched.wait():
                    paths = {path[with_slash:] for path in changed}
                    self.queue.put({path for path in paths if "/." not in "/" + path})
            self.queue.put({""})

    def _switch_to_polling(self, reason: str) -> None:
        if not self.polling:
            log.warning(
                "%s cannot be watched (%s): looking every few seconds instead", self.root, reason
            )
            self.polling = True
        self.queue.put({""})


class NotifyWatch:
    """What the system tells of everything below *base*; raises FileNotFoundError and other OSErrors.

    Few folders are watched one by one: of a folder that is watched whole watchfiles looks at every file first, which
    takes half as long as a scan.
    """

    def __init__(self, base: str) -> None:
        self.base = base
        self.has_link_counts = detect_filesystem(Path(base)).startswith(LINK_COUNT_FILESYSTEMS)
        self.watched_folders: set[str] = set()  # none where all is watched whole
        self.notify: RustNotify | None = None
        self._watch({base})

    def _watch(self, new: set[str]) -> set[str]:
        """Watches the *new* folders too, and those below them; full paths of what has changed meanwhile."""
        changed: set[str] = set()
        found = list_folders(new, self.has_link_counts)
        while True:
            self.watched_folders = {*filter(os.path.isdir, self.watched_folders), *found}
            last, self.notify = self.notify, self._open()
            if last is not None:
                changed |= _read_changes(last, 1, 1, 1)
                last.close()
            found = list_folders(new, self.has_link_counts)
            if (
                not self.watched_folders or found <= self.watched_folders
            ):  # else one was made before the one above it was watched
                return changed

    def _open(self) -> RustNotify:
        if len(self.watched_folders) <= MAX_WATCHED_FOLDERS:
            with suppress(FileNotFoundError):  # one has just gone
                return RustNotify(sorted(self.watched_folders), False, False, 0, False, True)
        self.watched_folders = set()
        return RustNotify([self.base], False, False, 0, True, True)

    def wait(self) -> set[str]:
        """Full paths of what has changed, as soon as anything has; none after a while."""
        assert self.notify is not None
        changed = _read_changes(
            self.notify, DEBOUNCE_MILLISECONDS, STEP_MILLISECONDS, ROOT_CHECK_MILLISECONDS
        )
        new = {path for path in changed if os.path.isdir(path)} if self.watched_folders else set()
        return changed | self._watch(new) if new else changed

    def close(self) -> None:
        if self.notify is not None:
            self.notify.close()


def _read_changes(watcher: RustNotify, debounce: int, step: int, timeout: int) -> set[str]:
    changes = watcher.watch(debounce, step, timeout, None)
    return {path for _, path in changes} if isinstance(changes, set) else set()


def list_folders(tops: Iterable[str], counting: bool) -> set[str]:
    """*tops* and the folders below them that count; stops when they are more than are watched one by one.

    With *counting* a folder's links tell that there is none in it: its files need not be looked through.
    """
    found: set[str] = set()
    waiting = list(tops)
    while waiting and len(found) <= MAX_WATCHED_FOLDERS:
        found.add(folder := waiting.pop())
        with suppress(OSError):  # gone, or closed to us: the scan says so
            if (
                counting and os.stat(folder).st_nlink == 2
            ):  # its name and its own "."; each folder in it adds a ".."
                continue
            with os.scandir(folder) as entries:
                waiting += [
                    one.path
                    for one in entries
                    if one.is_dir(follow_symlinks=False) and one.name[0] != "."
                ]
    return found


def get_folder_id(root: Path) -> tuple[int, int]:
    """What tells the folder from another that takes its place."""
    stat = os.stat(root)
    return stat.st_dev, stat.st_ino


def detect_filesystem(path: Path) -> str:
    """The type of the file system that *path* lies on, "" where that cannot be told."""
    try:
        mounts = (
            Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
        )
    except OSError:
        return ""
    full = os.path.realpath(path)
    best = ("", "")
    for line in mounts:
        parts = line.split(" ")
        if (
            len(parts) > 2
            and (full + "/").startswith(parts[1].rstrip("/") + "/")
            and len(parts[1]) >= len(best[0])
        ):
            best = (parts[1], parts[2])
    return best[1]
