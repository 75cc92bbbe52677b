"""Edits at random, one after the other."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from torture.folder import Folder

ENTRIES = 60  # of which at least half are always there


class Editor:
    """A thread that edits a folder until `ended` is set, each time in another way."""

    def __init__(self, edited: Folder, pause: float = 0.02) -> None:
        self.edited = edited
        self.pause = pause
        self.ended = threading.Event()
        self.errors: list[BaseException] = []
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        try:
            while not self.ended.is_set():
                edit_at_random(self.edited)
                self.ended.wait(self.pause)
        except BaseException as error:  # of the harness: the run must not pass for clean
            self.errors.append(error)
            raise


def edit_at_random(edited: Folder) -> None:
    """Write, write slowly, delete, restore or swap; folders are left as they are."""
    draw = edited.draw
    there = list(edited.files)
    match draw.choice(("rename", "rename", "in place", "slow", "delete", "restore", "swap")):
        case "delete" if len(there) > ENTRIES // 2:
            edited.delete(draw.choice(there))
        case "restore" if edited.deleted:
            edited.restore(draw.choice(list(edited.deleted)))
        case "swap":
            own = [identity for identity in there if "/" not in identity]
            edited.swap(*draw.sample(own, 2))
        case "rename" | "in place" | "slow" as how:
            edited.edit(draw.choice(there), how)
        case _:
            edited.edit(draw.choice(there))


@contextmanager
def run_editor(edited: Folder, pause: float = 0.02) -> Iterator[Editor]:
    """Let *edited* be edited until the block ends."""
    editor = Editor(edited, pause)
    editor.thread.start()
    try:
        yield editor
    finally:
        editor.ended.set()
        editor.thread.join()
    if editor.errors:
        raise editor.errors[0]
