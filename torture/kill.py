"""`kill -9` of the writer, its readers, a worker, the main process, under edits and load."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path

from torture.answers import check_answer, wait_for_truth
from torture.editor import ENTRIES, run_editor
from torture.folder import Folder
from torture.result import Result, Tally
from torture.site import Site, wait_until
from torture.visitors import Visitors, run_visitors

TARGETS = ("writer", "reader", "worker", "main")  # a reader reads files for the writer
MAX_DELAY_SECONDS = 0.6  # from the beginning of the edits to the kill
RETURN_SECONDS = 20.0  # until as many processes are there again


def run(count: int, folder: Path, seed: int) -> Result:
    """Kill *count* times, a random process at a random moment; look after each for the truth."""
    draw, tally = random.Random(seed), Tally()
    edited = Folder(folder / "entries", seed)
    edited.fill(ENTRIES)
    killed: Counter[str] = Counter()
    slowest_start = slowest_truth = 0.0
    refused = 0
    with Site(folder, edited.root) as site:
        for _ in range(count):
            target = draw.choice(TARGETS)
            killed[target] += 1
            visitors = Visitors(
                site.port, lambda answer: check_answer(answer, edited.truth, tally), count=2
            )
            with run_visitors(visitors), run_editor(edited) as editor:
                editor.ended.wait(draw.uniform(0.0, MAX_DELAY_SECONDS))
                seconds = kill_process(site, target, draw, tally)
                editor.ended.wait(0.1)
            refused += visitors.refused
            slowest_start = max(slowest_start, seconds)
            slowest_truth = max(slowest_truth, wait_for_truth(site, edited.truth, tally))
            check_index(site.get_index_file(), folder / "copy.sqlite", tally)
        left = site.stop()
        tally.add_lost(*(f"process {pid} is left behind" for pid in left))
    return tally.make_result(
        count,
        requests_without_an_answer=refused,
        slowest_start_in_s=round(slowest_start, 2),
        slowest_way_to_the_truth_in_s=round(slowest_truth, 2),
        **{f"kills of {target}": killed[target] for target in TARGETS},
    )


def kill_process(site: Site, target: str, draw: random.Random, tally: Tally) -> float:
    """Kill one process; return the seconds until the server is as it was."""
    if target == "main":
        left = site.kill()
        tally.add_wrong(*(f"process {pid} outlives its server" for pid in left))
        return site.start()
    lists = {
        "writer": site.list_writers,
        "reader": site.list_readers,
        "worker": site.list_workers,
    }
    if target != "reader":
        wait_until(lambda: bool(lists[target]()), RETURN_SECONDS, site.read_log_end)
    listed = lists[target]()
    with suppress(ProcessLookupError, IndexError):  # a reader may just have done its work
        os.kill(draw.choice(listed), signal.SIGKILL)
    try:
        return wait_until(
            lambda: len(site.list_writers()) == 1 and len(site.list_workers()) >= site.workers,
            RETURN_SECONDS,
            site.read_log_end,
        )
    except TimeoutError:
        tally.add_lost(f"no new {target} came: {site.read_log_end(3)}")
    if site.has_ended():
        tally.add_lost(f"the server ended when a {target} was killed")
        site.kill()
        site.start()
    return RETURN_SECONDS


def check_index(index: Path, copy: Path, tally: Tally) -> None:
    """Count what SQLite finds wrong with *index* and its full text, in a *copy* of it."""
    copy.unlink(missing_ok=True)
    with closing(sqlite3.connect(index)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        try:
            found = [row[0] for row in target.execute("PRAGMA integrity_check")]
            target.execute("INSERT INTO search (search) VALUES ('integrity-check')")
        except sqlite3.DatabaseError as error:
            found = [str(error)]
    if found != ["ok"]:
        tally.add_wrong(f"the index is damaged: {found[:3]}")
        shutil.copy(copy, copy.with_name("damaged.sqlite"))
