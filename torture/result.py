"""What a fault is, and what a run of it came to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from msgspec import Struct

MAX_NOTES = 20


class Result(Struct, frozen=True, kw_only=True):
    """What a run of a fault came to; clean where *wrong*, *lost* and *server_errors* are 0."""

    times: int  # how often the fault was made; seconds for a fault that lasts
    answers: int  # that were checked
    wrong: int  # answers and states that nothing in the folder explains
    lost: int  # entries, edits or processes that were not there when they had to be
    server_errors: int  # 5xx
    figures: dict[str, float] = {}  # further numbers, by what they are, with the unit
    notes: tuple[str, ...] = ()  # the first of what was wrong

    @property
    def is_clean(self) -> bool:
        return self.wrong == self.lost == self.server_errors == 0


class Fault(Struct, frozen=True, kw_only=True):
    """One fault; `run(count, folder, seed)` makes it *count* times, with files in *folder*."""

    name: str
    summary: str  # what is done, in one sentence for RELIABILITY.md
    run: Callable[[int, Path, int], Result]
    count: int  # of `make torture`
    full_count: int  # of the figures in RELIABILITY.md
    suite_count: int = 0  # of `make test`; 0: not there, it takes too long
    program: str = ""  # that has to be installed


class Tally:
    """Counts what the threads of a run find."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.slowest_change = 0.0  # seconds that an answer was behind the folder
        self.textless = 0  # entries in answers that were without their text
        self.answers = self.wrong = self.lost = self.server_errors = 0
        self.notes: list[str] = []

    def count_answer(self, wrong: Iterable[str] = (), lost: Iterable[str] = ()) -> None:
        """Count one answer, and what is *wrong* with it or *lost* in it."""
        with self.lock:
            self.answers += 1
        self.add_wrong(*wrong)
        self.add_lost(*lost)

    def add_wrong(self, *notes: str) -> None:
        with self.lock:
            self.wrong += len(notes)
            self._note(notes)

    def add_lost(self, *notes: str) -> None:
        with self.lock:
            self.lost += len(notes)
            self._note(notes)

    def add_server_error(self, note: str) -> None:
        with self.lock:
            self.server_errors += 1
            self._note([note])

    def _note(self, notes: Iterable[str]) -> None:
        self.notes += list(notes)[: MAX_NOTES - len(self.notes)]

    def make_result(self, times: int, **figures: float) -> Result:
        """Return what was counted; *figures* are named with `_` for spaces."""
        if self.slowest_change:
            figures["longest_that_an_answer_was_behind_in_s"] = round(self.slowest_change, 2)
        if self.textless:
            figures["entries_without_their_text_in_answers"] = self.textless
        with self.lock:
            return Result(
                times=times,
                answers=self.answers,
                wrong=self.wrong,
                lost=self.lost,
                server_errors=self.server_errors,
                figures={name.replace("_", " "): value for name, value in figures.items()},
                notes=tuple(self.notes),
            )
