"""Edits of every kind under load."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from torture.answers import check_answer, wait_for_truth
from torture.editor import ENTRIES, edit_at_random
from torture.folder import EntryFile, Folder
from torture.result import Result, Tally
from torture.site import Site
from torture.visitors import Visitors, run_visitors

MOVABLE_ENTRIES = 20
FIRST_MOVABLE, FIRST_CHECKED_OUT = 1_001, 2_001  # numbers of entries; odd: with ids of their own
CHECKOUT_SECONDS = 30.0  # between two
TRUTH_CHECK_SECONDS = 10.0  # between two moments at which nothing is edited and all is compared


def run(count: int, folder: Path, seed: int) -> Result:
    """Edit for *count* seconds; 2,000 files at once by `git checkout` every half minute."""
    tally = Tally()
    edited = Folder(folder / "entries", seed)
    edited.fill(ENTRIES)
    for number in range(FIRST_MOVABLE, FIRST_MOVABLE + 2 * MOVABLE_ENTRIES, 2):
        edited.add(number, "moved-0")
    checkout = Checkout(edited, files=2_000 if count >= CHECKOUT_SECONDS else 100)
    slowest_truth, moves, checks, checkouts = 0.0, 0, 0, 0
    with Site(folder, edited.root) as site:
        visitors = Visitors(site.port, lambda answer: check_answer(answer, edited.truth, tally))
        with run_visitors(visitors):
            deadline = time.monotonic() + count
            next_checkout = time.monotonic()
            while time.monotonic() < deadline:
                until = min(deadline, time.monotonic() + TRUTH_CHECK_SECONDS)
                while time.monotonic() < until:
                    for _ in range(20):
                        edit_at_random(edited)
                        time.sleep(0.01)
                    edited.move_folder(f"moved-{moves}", f"moved-{moves + 1}")
                    moves += 1
                    if time.monotonic() >= next_checkout:
                        checkout.switch()
                        checkouts += 1
                        next_checkout = time.monotonic() + CHECKOUT_SECONDS
                slowest_truth = max(slowest_truth, wait_for_truth(site, edited.truth, tally))
                checks += 1
        site.stop()
    return tally.make_result(
        count,
        edits=edited.edits,
        moves_of_a_folder=moves,
        checkouts=checkouts,
        comparisons_of_the_whole_site=checks,
        slowest_way_to_the_truth_in_s=round(slowest_truth, 2),
        slowest_answer_in_s=round(visitors.slowest, 2),
        requests_without_an_answer=visitors.refused,
    )


class Checkout:
    """Two branches of a git repository in the folder that differ in *files* entries."""

    def __init__(self, edited: Folder, files: int) -> None:
        self.edited = edited
        self.branches: list[dict[str, EntryFile]] = [{}, {}]  # by id
        self.current = 1
        self._run_git("init", "-q")
        numbers = range(FIRST_CHECKED_OUT, FIRST_CHECKED_OUT + files)
        common = numbers[: files * 8 // 10]
        for branch, own in enumerate((numbers[0::2], numbers[1::2])):
            chosen = {*common, *own}
            self._run_git("checkout", "-q", "--orphan", f"branch-{branch}")
            self._run_git("rm", "-rfq", "--ignore-unmatch", "checked-out")
            self._write_branch(branch, sorted(chosen))
            self._run_git("add", "checked-out")
            self._run_git("commit", "-qm", f"branch {branch}")
        # what was written by hand above is there since the folder has been
        for file in self.branches[1].values():
            edited.truth.confirm(file.identity, file.version)

    def _write_branch(self, branch: int, numbers: list[int]) -> None:
        for number in numbers:
            path = f"checked-out/{number // 100}/e{number:05}.md"
            file = self.edited.make_file(number, path)
            self.branches[branch][file.identity] = file
            target = self.edited.root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(file.text, encoding="utf-8")

    def switch(self) -> None:
        """Check the other branch out."""
        truth = self.edited.truth
        old, self.current = self.branches[self.current], 1 - self.current
        new = self.branches[self.current]
        versions = {
            identity: new[identity].version if identity in new else None for identity in old | new
        }
        for identity, version in versions.items():
            truth.announce(identity, version)
        self._run_git("checkout", "-qf", f"branch-{self.current}")
        for identity, version in versions.items():
            truth.confirm(identity, version)
        self.edited.edits += 1

    def _run_git(self, *words: str) -> None:
        identity = ("-c", "user.name=Torture", "-c", "user.email=torture@example.com")
        subprocess.run(
            ["git", *identity, *words], cwd=self.edited.root, check=True, capture_output=True
        )
