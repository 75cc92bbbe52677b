"""A folder that is unmounted and back, and a writer that is stopped for a while."""

from __future__ import annotations

import os
import random
import signal
import time
from functools import partial
from pathlib import Path

from torture.answers import FEEDS, check_answer, parse_page, wait_for_truth
from torture.editor import ENTRIES, edit_at_random, run_editor
from torture.folder import Folder
from torture.result import Result, Tally
from torture.site import Answer, Site
from torture.visitors import Visitors, run_visitors

AWAY_SECONDS = (0.05, 0.5, 3.0)  # that the folder is not there
STOPPED_SECONDS = 60.0
PATHS = (*FEEDS, "/atom.xml?limit=2", "/tags/")


def run_unmount(count: int, folder: Path, seed: int) -> Result:
    """Take the folder away *count* times: its name is gone, or an empty one stands there."""
    draw, tally = random.Random(seed), Tally()
    edited = Folder(folder / "entries", seed)
    edited.fill(ENTRIES)
    outage = Outage(edited, tally)
    slowest_truth = 0.0
    with Site(folder, edited.root) as site:
        wait_for_truth(site, edited.truth, tally)
        visitors = Visitors(site.port, outage.check, paths=PATHS)
        with run_visitors(visitors):
            for number in range(count):
                away = edited.root.with_name("away")
                edited.root.rename(away)
                is_emptied = number % 2 == 0
                if is_emptied:  # as a mount point is
                    edited.root.mkdir()
                time.sleep(draw.choice(AWAY_SECONDS))
                if is_emptied:
                    edited.root.rmdir()
                away.rename(edited.root)
                edit_at_random(edited)
                slowest_truth = max(slowest_truth, wait_for_truth(site, edited.truth, tally))
        site.stop()
    return tally.make_result(
        count,
        entries_left_out_meanwhile=outage.left_out,
        slowest_answer_in_s=round(visitors.slowest, 2),
        slowest_way_to_the_truth_in_s=round(slowest_truth, 2),
    )


class Outage:
    """What has to be true of answers while the folder is not there: no 5xx, nothing made up.

    A text that is not in memory any more cannot be shown; an entry may then be left out.
    """

    def __init__(self, edited: Folder, tally: Tally) -> None:
        self.tally = tally
        self.edited = edited
        self.left_out = 0

    def check(self, answer: Answer) -> None:
        if answer.status >= 500:
            self.tally.count_answer()
            self.tally.add_server_error(f"{answer.path}: {answer.status}")
            return
        if answer.status != 200 or answer.path not in FEEDS:
            self.tally.count_answer(
                [f"{answer.path}: {answer.status}"] if answer.status != 200 else []
            )
            return
        items = parse_page(answer).items
        known = {
            (identity, stay.version.title, stay.version.published)
            for identity, stays in list(self.edited.truth.stays.items())
            for stay in list(stays)
        }
        made_up = [
            f"{answer.path}: {item}"
            for item in items
            if (item.id, item.version.title, item.version.published) not in known
        ]
        self.left_out += max(0, len(self.edited.truth.present) - len(items))
        self.tally.count_answer(made_up)


def run_stop(count: int, folder: Path, seed: int) -> Result:
    """Stop the writer *count* times for a minute under edits and load, then let it go on."""
    return stop_writer(count, folder, seed, STOPPED_SECONDS)


def stop_writer(count: int, folder: Path, seed: int, seconds: float) -> Result:
    """Stop the writer *count* times for *seconds*; what was indexed is served meanwhile."""
    tally = Tally()
    edited = Folder(folder / "entries", seed)
    edited.fill(ENTRIES)
    slowest_truth = 0.0
    check = partial(check_answer, truth=edited.truth, tally=tally, catch_up=seconds + 10.0)
    with Site(folder, edited.root) as site:
        visitors = Visitors(site.port, check)
        with run_visitors(visitors):
            for _ in range(count):
                (writer,) = site.list_writers()
                os.kill(writer, signal.SIGSTOP)
                try:
                    with run_editor(edited, pause=0.2) as editor:
                        editor.ended.wait(seconds)
                finally:
                    os.kill(writer, signal.SIGCONT)
                slowest_truth = max(slowest_truth, wait_for_truth(site, edited.truth, tally))
        if site.list_writers() != [writer]:
            tally.add_lost("the writer that was stopped is gone")
        site.stop()
    return tally.make_result(
        count,
        seconds_of_each_stop=seconds,
        edits=edited.edits,
        slowest_answer_in_s=round(visitors.slowest, 2),
        slowest_way_to_the_truth_in_s=round(slowest_truth, 2),
    )
