"""Changes in the folder that the operating system reports. The only importer of watchfiles.

Goes out: paths below the root that may have changed, in batches that wait for at most a tenth of a
second. If the system cannot report changes (network mounts, watches exhausted), `polling` is set
and the writer scans on a timer.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import watchfiles

from feedsvc.indexer.pool import start_child

log = logging.getLogger(__name__)
# the pause that ends a batch, the longest wait of one, and how often the root is checked
STEP_MILLISECONDS, DEBOUNCE_MILLISECONDS, ROOT_CHECK_MILLISECONDS = 10, 100, 250
# until a folder named by an event, or a recently modified file, is scanned once more
RESCAN_SECONDS = 0.2
MAX_BATCH_PATHS = 5_000  # from which on the system may have lost some: everything is scanned,
OVERFLOW_RESCAN_SECONDS = 2.0  # so much later
# until watching is tried again if the root is missing, or watches are exhausted
MISSING_RETRY_SECONDS, EXHAUSTED_RETRY_SECONDS = 1.0, 60.0
TRIAL_SECONDS = 1.0  # that watching must work before polling ends
BEGIN_SECONDS = 20.0  # after which the folder is polled until watching begins
REMOTE_FILESYSTEMS = tuple("nfs cifs smb fuse 9p vboxsf virtiofs afs ceph gluster lustre".split())


Changes = set[tuple[watchfiles.Change, str]]


def watch_in_child(path: str, root: Path, **options: Any) -> Generator[Changes, None, None]:
    """Yield what `watchfiles.watch` does, from a child process; raises what that raises.

    It looks at every file before it returns, 0.35 s for 100,000, in which no other thread of its
    process runs. Ends when *root*, of which *path* is the real path, is moved or another folder;
    raises EOFError if the child is killed.
    """
    child, connection = start_child(_send_changes, path, root, options)
    try:
        while isinstance(changes := connection.recv(), set):
            yield changes
        if changes is not None:
            raise changes
    finally:
        child.kill()
        child.join()
        connection.close()


def _send_changes(connection: Any, path: str, root: Path, options: dict[str, Any]) -> None:
    try:
        folder = get_folder_id(path)
        for changes in watchfiles.watch(path, **options):
            connection.send(changes)
            # moved: what is watched may be a folder that was here for a moment only
            is_moved = (watchfiles.Change.deleted, path) in changes
            if is_moved or os.path.realpath(root) != path or get_folder_id(path) != folder:
                break
        connection.send(None)
    except BaseException as error:  # a panic of Rust is no Exception, and cannot be sent
        connection.send(error if isinstance(error, OSError) else RuntimeError(str(error)))


class FolderWatcher:
    """Reports paths below *root*, "" for the root itself, that may have changed.

    *mode* is the setting `watch`: "auto", "poll" or "off". *watch* is called as `watch_in_child`.
    """

    def __init__(
        self,
        root: Path,
        mode: str,
        watch: Callable[..., Generator[Changes, None, None]] = watch_in_child,
    ) -> None:
        self.root = root
        self.mode = mode
        self.watch = watch
        self.polling = mode == "poll"
        self.has_started = False
        self.begun = threading.Event()  # or it is known to be impossible
        self.queue: queue.SimpleQueue[set[str]] = queue.SimpleQueue()
        self.rescan_times: dict[str, float] = {}  # by time.monotonic

    def start(self) -> None:
        """Begin to watch in a thread, which sets `begun`.

        Earlier changes are unknown: when watching has begun, "" is reported.
        """
        if self.mode != "auto" or self.has_started:
            return
        self.has_started = True
        filesystem = detect_filesystem(self.root)
        if filesystem.startswith(REMOTE_FILESYSTEMS):
            log.warning(
                "%s is on %s, which does not report changes: scanning every few seconds",
                self.root,
                filesystem,
            )
            self.polling = True
            self.begun.set()
            return
        timer = threading.Timer(BEGIN_SECONDS, self._poll_until_begun)
        timer.daemon = True
        try:
            timer.start()
            threading.Thread(target=self._run, daemon=True).start()
        except RuntimeError as error:  # no more threads
            self._switch_to_polling(str(error))

    def _poll_until_begun(self) -> None:
        if not self.begun.is_set():
            self._switch_to_polling("starting takes too long")

    def wait(self, seconds: float) -> set[str]:
        """Return paths to scan as soon as there are any, or none after *seconds*."""
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
            while not self.queue.empty():
                paths |= self.queue.get()
            self._schedule_rescans(paths)
        return paths

    def is_quiet(self) -> bool:
        """Whether nothing waits to be scanned."""
        now = time.monotonic()
        return self.queue.empty() and all(moment > now for moment in self.rescan_times.values())

    def rescan_later(self, path: str, seconds: float = RESCAN_SECONDS) -> None:
        """Report *path* once more, *seconds* later."""
        self.rescan_times.setdefault(path, time.monotonic() + seconds)

    def _schedule_rescans(self, paths: set[str]) -> None:
        """Schedule another scan of folders: inotify misses files in new ones."""
        now = time.monotonic()
        if len(paths) > MAX_BATCH_PATHS:
            self.rescan_times[""] = now + OVERFLOW_RESCAN_SECONDS
        for path in paths:
            # `Path.is_dir` raises if a folder above may not be searched
            if path and os.path.isdir(self.root / path):
                self.rescan_times[path] = now + RESCAN_SECONDS

    # -- the thread --------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            pause = 0.0
            try:
                self._watch_root()
            except FileNotFoundError:
                self._switch_to_polling("it is not there")
                pause = MISSING_RETRY_SECONDS
            except EOFError:  # at the end of this process, too, when nobody needs to know it
                self.polling = True
                self.queue.put({""})
                pause = MISSING_RETRY_SECONDS
            except BaseException as error:
                # any exception, even a panic of Rust: without this thread no change is noticed
                self._switch_to_polling(str(error) or repr(error))
                pause = EXHAUSTED_RETRY_SECONDS
            time.sleep(pause)

    def _watch_root(self) -> None:
        """Report changes in the root folder; return when it is moved or replaced by another.

        What changed before watching has begun is unknown: "" is reported then.
        """
        base = os.path.realpath(self.root)
        prefix_length = len(base.rstrip("/")) + 1
        changes = self.watch(
            base,
            self.root,
            watch_filter=None,
            step=STEP_MILLISECONDS,
            debounce=DEBOUNCE_MILLISECONDS,
            rust_timeout=ROOT_CHECK_MILLISECONDS,
            yield_on_timeout=True,  # to check the root; the first timeout means: begun
            raise_interrupt=False,
            force_polling=False,
            # else an unreadable folder, or exhausted watches, would silently leave all later
            # folders unwatched
            ignore_permission_denied=False,
        )
        started = time.monotonic()
        with closing(changes):
            for number, batch in enumerate(changes):
                is_tried = time.monotonic() - started > TRIAL_SECONDS
                has_begun = is_tried if self.polling else number == 0
                if has_begun:
                    self._report_begin()
                paths = {path[prefix_length:] for _, path in batch}
                if visible := {path for path in paths if "/." not in "/" + path}:
                    self.queue.put(visible)
                if any(change == watchfiles.Change.added for change, _ in batch):
                    self._check_new_folders(base, visible)
        self.queue.put({""})

    def _check_new_folders(self, base: str, paths: set[str]) -> None:
        """Raise OSError if a folder in *paths* cannot be watched, which watchfiles ignores."""
        folder = next((path for path in sorted(paths) if os.path.isdir(f"{base}/{path}")), None)
        if folder is None:
            return
        trial = watchfiles.watch(
            f"{base}/{folder}", recursive=False, rust_timeout=1, yield_on_timeout=True
        )
        with closing(trial), suppress(FileNotFoundError):  # it may have gone again
            next(trial)

    def _report_begin(self) -> None:
        if self.polling:
            log.info("%s is watched", self.root)
        self.polling = False
        self.queue.put({""})
        self.begun.set()

    def _switch_to_polling(self, reason: str) -> None:
        if not self.polling:
            log.warning(
                "%s cannot be watched (%s): scanning every few seconds instead", self.root, reason
            )
            self.polling = True
        self.queue.put({""})
        self.begun.set()


def get_folder_id(path: str) -> tuple[int, int]:
    """Return device and inode of *path*, which another folder in its place would not have."""
    stat = os.stat(path)
    return stat.st_dev, stat.st_ino


def detect_filesystem(path: Path, mounts: Path = Path("/proc/self/mounts")) -> str:
    """Return the type of the file system of *path*, "" if it is unknown."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    full = os.path.realpath(path) + "/"
    found = ("", "")
    for line in lines:
        _, mount_point, filesystem, *_ = [*line.split(" "), "", "", ""]
        if full.startswith(mount_point.rstrip("/") + "/") and len(mount_point) >= len(found[0]):
            found = (mount_point, filesystem)
    return found[1]
