"""The index is damaged in every way, or its disk refuses, while running and before a start.

What is promised: no answer that the folder does not explain, the truth again within 30 seconds, and
a log without tracebacks. While none can be built an answer may be 503 with Retry-After.
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from itertools import product
from pathlib import Path

from msgspec import Struct

from tests.support.disks import fill_disk, mount_tmpfs
from torture.answers import check_answer, wait_for_truth
from torture.damages import DAMAGES, FATAL_DAMAGES
from torture.editor import ENTRIES, edit_at_random, run_editor
from torture.folder import Folder
from torture.kill import check_index
from torture.result import Result, Tally
from torture.site import Answer, Site, wait_until
from torture.visitors import Visitors, run_visitors

HOLD_SECONDS = 3.0  # that a disk refuses
HEAL_SECONDS = 45.0  # from a fault to the truth, on a machine that does much else
DISK_SIZE = "4m"
# root too has to keep to the permissions of files then
NO_OVERRIDE = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
ALL_DAMAGES = {**DAMAGES, **FATAL_DAMAGES}


class Scene:
    """A server over a folder of entries, whose index lies on a disk of its own if that may be."""

    def __init__(self, folder: Path, seed: int, stack: ExitStack) -> None:
        self.tally = Tally()
        self.draw = random.Random(seed)
        self.edited = Folder(folder / "entries", seed)
        self.edited.fill(ENTRIES)
        self.copy = folder / "copy.sqlite"
        self.real, self.disk = folder / "real", folder / "disk"
        self.disk.mkdir()
        try:
            stack.enter_context(mount_tmpfs(self.real, DISK_SIZE))
            self.bind()
            stack.callback(self.unbind)
            self.has_disk = True
        except PermissionError:
            self.has_disk = False
        prefix = () if os.getuid() or shutil.which(NO_OVERRIDE[0]) is None else NO_OVERRIDE
        index = self.disk / "index"
        self.site = Site(folder, self.edited.root, index=index, prefix=prefix)
        self.keeps_permissions = bool(os.getuid() or prefix)
        self.told_to_return = 0
        self.slowest_answer = self.slowest_truth = 0.0

    def bind(self) -> None:
        subprocess.run(["mount", "--bind", self.real, self.disk], check=True)

    def unbind(self) -> None:
        subprocess.run(["umount", "-l", self.disk], check=False, capture_output=True)

    def check(self, answer: Answer) -> None:
        if answer.status == 503 and "retry-after" in answer.headers:
            self.told_to_return += 1
            self.tally.count_answer()
        else:
            check_answer(answer, self.edited.truth, self.tally, catch_up=HEAL_SECONDS)

    def wait_for_truth(self, what: str) -> None:
        """Wait until the whole site is the truth and its index current; count what is not."""
        lost = self.tally.lost + self.tally.wrong
        seconds = wait_for_truth(self.site, self.edited.truth, self.tally, seconds=HEAL_SECONDS)
        self.slowest_truth = max(self.slowest_truth, seconds)
        if self.tally.lost + self.tally.wrong > lost:
            self.tally.add_lost(f"after {what}: {self.site.read_log_end(3)}")
        wait_until(self.is_current, HEAL_SECONDS, self.site.read_log_end)

    def is_current(self) -> bool:
        """Whether a writer keeps an index at the path, all of which is in its log or itself."""
        try:
            return b'"current":1' in self.site.get("/readyz").body.replace(b" ", b"") and (
                self.site.get_index_file().is_file() and len(self.site.list_writers()) == 1
            )
        except (OSError, ValueError):
            return False


# what is called makes it and returns what ends it, None where it ends by itself
Condition = Callable[[Scene], Callable[[], object] | None]


class Step(Struct, frozen=True, kw_only=True):
    """One fault: a damage, or a condition that is made and, by what it returns, ended."""

    name: str
    moment: str  # "running" or "before a start"
    is_written: bool = False  # the log of the index goes into its file before
    condition: Condition


def make_damage_condition(name: str) -> Condition:
    """Return what makes the damage *name*, which ends by itself."""

    def damage(scene: Scene) -> None:
        # the last one has ended its log, and nothing was written since
        with suppress(FileNotFoundError):
            ALL_DAMAGES[name](scene.site.get_index_file())

    return damage


def change_modes(folder_mode: int, file_mode: int) -> Condition:
    """Return what takes permissions of the index, and gives them back."""

    def begin(scene: Scene) -> Callable[[], object]:
        index = scene.site.index
        modes = {path: path.stat().st_mode & 0o777 for path in (index, *index.iterdir())}
        for path in modes:
            path.chmod(folder_mode if path == index else file_mode)

        def end() -> None:
            index.chmod(modes[index])
            for path, mode in modes.items():
                with suppress(FileNotFoundError):
                    path.chmod(mode)

        return end

    return begin


def take_entries(scene: Scene) -> Callable[[], object]:
    """Take the permission to read the folder of entries."""
    root, mode = scene.edited.root, scene.edited.root.stat().st_mode & 0o777
    root.chmod(0)
    return lambda: root.chmod(mode)


def fill(scene: Scene) -> Callable[[], object]:
    filler = scene.real / "filler"
    fill_disk(filler)
    return filler.unlink


def fill_without_index(scene: Scene) -> Callable[[], object]:
    """Fill the disk, on which there is no index: the next one is the first."""
    for path in scene.site.index.glob("*.sqlite*"):
        if path.is_file():
            path.unlink()
    return fill(scene)


def unmount(scene: Scene) -> Callable[[], object]:
    scene.unbind()
    return scene.bind


def make_read_only(scene: Scene) -> Callable[[], object]:
    """Make the disk read-only, which the system grants only while nobody writes."""
    remount = "mount", "-o"
    subprocess.run([*remount, "remount,bind,ro", scene.disk], check=True)
    return lambda: subprocess.run([*remount, "remount,bind,rw", scene.disk], check=True)


def limit_files(scene: Scene) -> Callable[[], object]:
    """Let the writer write no more than a few bytes: for SQLite as a quota that is used up."""
    writers = scene.site.list_writers()
    for writer in writers:
        resource.prlimit(writer, resource.RLIMIT_FSIZE, (4_096, resource.RLIM_INFINITY))

    def end() -> None:
        for writer in writers:
            with suppress(ProcessLookupError):
                unlimited = resource.RLIM_INFINITY
                resource.prlimit(writer, resource.RLIMIT_FSIZE, (unlimited, unlimited))

    return end


PERMISSIONS: dict[str, Condition] = {
    "its folder and files read-only": change_modes(0o500, 0o400),
    "no permission for its folder": change_modes(0, 0o600),
    "no permission for its files": change_modes(0o700, 0),
    "no permission for the entries": take_entries,
}
DISKS: dict[str, Condition] = {
    "its disk full": fill,
    "its disk full, and no index": fill_without_index,
    "its disk unmounted": unmount,
    "its disk read-only": make_read_only,
}
# what is written to keeps a disk from being made read-only; there is nobody to be limited yet; and
# `serve` says that it cannot read the folder, and ends
IMPOSSIBLE = {
    ("its disk read-only", "running"),
    ("a limit to the size of files", "before a start"),
    ("no permission for the entries", "before a start"),
}


def checkpoint(index: Path) -> None:
    """Have SQLite write what is in the log of *index* into its file."""
    with closing(sqlite3.connect(index, timeout=10.0)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def run(count: int, folder: Path, seed: int) -> Result:
    """Make *count* faults, each in turn in an order of chance."""
    with ExitStack() as stack:
        scene = Scene(folder, seed, stack)
        steps = list_steps(scene)
        scene.draw.shuffle(steps)
        with scene.site as site:
            scene.wait_for_truth("the start")
            for number in range(count):
                step = steps[number % len(steps)]
                try:
                    make_fault(scene, step)
                except (RuntimeError, TimeoutError) as error:  # the next ones are made all the same
                    scene.tally.add_lost(f"{step.name}: {error}")
                    site.stop()
                    site.start()
            left = site.stop()
        scene.tally.add_lost(*(f"process {pid} is left behind" for pid in left))
        words = site.log.read_text(encoding="utf-8", errors="replace")
        if "Traceback" in words:
            scene.tally.add_wrong("a traceback in the log")
    return scene.tally.make_result(
        count,
        kinds_of_faults=len(steps),
        answers_503_with_Retry_After=scene.told_to_return,
        slowest_answer_in_s=round(scene.slowest_answer, 2),
        slowest_way_to_the_truth_in_s=round(scene.slowest_truth, 2),
        lines_of_log_for_each=round(len(words.splitlines()) / count, 1),
    )


def list_steps(scene: Scene) -> list[Step]:
    """Return every fault that can be made on this machine."""
    steps = [
        Step(
            name=f"{name}{', written' if is_written else ''}, {moment}",
            moment=moment,
            is_written=is_written,
            condition=make_damage_condition(name),
        )
        for name, moment, is_written in product(
            ALL_DAMAGES, ("running", "before a start"), (False, True)
        )
    ]
    conditions = {
        **(PERMISSIONS if scene.keeps_permissions else {}),
        **(DISKS if scene.has_disk else {}),
        "a limit to the size of files": limit_files,
    }
    steps += [
        Step(name=f"{name}, {moment}", moment=moment, condition=condition)
        for (name, condition), moment in product(conditions.items(), ("running", "before a start"))
        if (name, moment) not in IMPOSSIBLE
    ]
    return steps


def make_fault(scene: Scene, step: Step) -> None:
    """Make one fault under load, and see that it is healed."""
    site = scene.site
    started = time.monotonic()
    visitors = Visitors(site.port, scene.check, count=2)
    if step.is_written:
        checkpoint(site.get_index_file())
    edit_at_random(scene.edited)
    if step.moment == "running":
        with run_visitors(visitors):
            time.sleep(scene.draw.uniform(0.0, 0.3))
            end = step.condition(scene)
            with run_editor(scene.edited, pause=0.2) as editor:
                editor.ended.wait(HOLD_SECONDS if end is not None else 0.5)
            if end is not None:
                end()
            scene.wait_for_truth(step.name)
    else:
        scene.tally.add_wrong(*(f"process {pid} outlives its server" for pid in site.kill()))
        end = step.condition(scene)
        edit_at_random(scene.edited)
        timer = threading.Timer(HOLD_SECONDS, end or (lambda: None))
        timer.start()
        site.start()
        timer.join()
        with run_visitors(visitors):
            scene.wait_for_truth(step.name)
    scene.slowest_answer = max(scene.slowest_answer, visitors.slowest)
    check_index(site.get_index_file(), scene.copy, scene.tally)
    print(f"  {step.name}: {time.monotonic() - started:.1f} s", flush=True)
