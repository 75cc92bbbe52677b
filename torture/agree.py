"""Two servers over one index: what one has shown, the other shows too 100 ms later."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path

from torture.answers import FEEDS, check_answer, parse_page, wait_for_truth
from torture.editor import ENTRIES
from torture.folder import Folder
from torture.result import Result, Tally
from torture.site import Answer, Connection, Site

MAX_DISAGREEMENT_SECONDS = 0.1
CROWD = 4  # clients of each server
INDEXED_SECONDS = 0.4  # until a change is surely in the index
BUSY_SECONDS = 0.5  # that a server is asked without a pause, an edit in the middle


def run(count: int, folder: Path, seed: int) -> Result:
    """Edit one entry *count* times, and let crowds ask two servers of one worker over one index.

    Half of the times they ask all the while; else nobody asks until the change is in the index,
    and then several ask at once.
    """
    tally, draw = Tally(), random.Random(seed)
    edited = Folder(folder / "entries", seed)
    edited.fill(ENTRIES)
    number = ENTRIES - 1
    comparison = Comparison(f"e{number:05}")
    (identity,) = (one for one in edited.files if one.endswith(comparison.ending))
    one = Site(folder, edited.root, name="one", workers=1)
    other = Site(folder, edited.root, name="other", workers=1)
    with one, other, ThreadPoolExecutor(2 * CROWD) as threads:
        crowds = [[Connection(site.port) for _ in range(CROWD)] for site in (one, other)]
        for _ in range(count):
            draw.shuffle(crowds)
            path = draw.choice(FEEDS)
            if draw.random() < 0.5:
                asked = ask_after_pause(edited, identity, crowds, path, threads)
            else:
                asked = ask_all_the_while(edited, identity, crowds, path, threads)
            for answers in asked:
                for answer in answers:
                    check_answer(answer, edited.truth, tally)
            tally.add_wrong(*comparison.compare(asked))
        for connection in chain(*crowds):
            connection.close()
        for site in (one, other):
            wait_for_truth(site, edited.truth, tally)
    return tally.make_result(
        count,
        answers_behind_the_other_server=comparison.behind,
        longest_disagreement_in_ms=round(1_000 * comparison.longest),
    )


def ask_after_pause(
    edited: Folder,
    identity: str,
    crowds: Sequence[Sequence[Connection]],
    path: str,
    threads: ThreadPoolExecutor,
) -> list[list[Answer]]:
    """Return the answers of both servers, where nobody asked while the entry was edited."""
    edited.edit(identity)
    time.sleep(INDEXED_SECONDS)
    asked = []
    for crowd in crowds:
        asked.append(list(threads.map(lambda connection: connection.get(path), crowd)))
        time.sleep(MAX_DISAGREEMENT_SECONDS)
    return asked


def ask_all_the_while(
    edited: Folder,
    identity: str,
    crowds: Sequence[Sequence[Connection]],
    path: str,
    threads: ThreadPoolExecutor,
) -> list[list[Answer]]:
    """Return the answers of both servers, which are asked before and after an edit."""
    deadline = time.monotonic() + BUSY_SECONDS

    def ask(connection: Connection) -> list[Answer]:
        answers = []
        while time.monotonic() < deadline:
            answers.append(connection.get(path))
            time.sleep(0.005)
        return answers

    running = [[threads.submit(ask, connection) for connection in crowd] for crowd in crowds]
    time.sleep(BUSY_SECONDS / 4)
    edited.edit(identity)
    return [[answer for future in crowd for answer in future.result()] for crowd in running]


class Comparison:
    """The versions of one entry that two servers show, and when; *ending* is that of its id."""

    def __init__(self, ending: str) -> None:
        self.ending = ending
        self.longest = 0.0  # seconds
        self.behind = 0  # answers

    def compare(self, asked: Sequence[Sequence[Answer]]) -> list[str]:
        """Return what is wrong: answers behind what the other server had shown 100 ms before."""
        shown = [[(self.get_version(answer), answer) for answer in answers] for answers in asked]
        wrong = []
        for own, others in (shown, shown[::-1]):
            for version, answer in own:
                newer = [other.received for number, other in others if number > version]
                late = answer.sent - min(newer, default=answer.sent)
                if late > 0:
                    self.behind += 1
                    self.longest = max(self.longest, late)
                if late > MAX_DISAGREEMENT_SECONDS:
                    wrong.append(f"version {version} {late:.3f} s after the other had a newer one")
        return wrong

    def get_version(self, answer: Answer) -> int:
        """Return the number in the title of the entry."""
        items = parse_page(answer).items if answer.status == 200 else ()
        titles = [item.version.title for item in items if item.id.endswith(self.ending)]
        return int(titles[0].rpartition(" ")[2]) if titles else 0
