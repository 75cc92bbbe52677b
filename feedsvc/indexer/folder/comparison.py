"""The folder beside the index: which files differ.

`FolderComparison` compares the whole folder in steps, so that a change meanwhile waits for one step
and not for all of them.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from msgspec.structs import astuple

from feedsvc.index.rows import FileTuple, WalkedFile
from feedsvc.index.schema import open_read_connection
from feedsvc.indexer.folder.walk import walk_tuples
from feedsvc.indexer.known_files import KnownFiles

BATCH_SIZE = 500  # files per comparison
MAX_PATHS = 5_000  # that are scanned one by one; the whole folder is not much more
# what was found, and what is known of the same path; None where one lacks it
Pair: TypeAlias = tuple[WalkedFile | None, FileTuple | None]


class FolderComparison:
    """Finds how the folder *root* differs from the index at *index_path*, and changes neither.

    The state of the index is that at the beginning: a connection of its own keeps it, while
    changes that are reported meanwhile are written. What differs is therefore scanned once more.
    """

    def __init__(self, root: Path, index_path: str) -> None:
        self.started = time.monotonic()
        self.cost = 0.0  # seconds of all steps
        self.paths: set[str] = set()  # that differ, "" for the whole folder
        self.connection = open_read_connection(index_path)
        known = KnownFiles(self.connection).iterate_below("")
        self.pairs = skip_unlisted(compare_files(walk_tuples(root), known))

    def advance(self, seconds: float) -> bool:
        """Compare for *seconds*, at least a batch; return whether that was the last."""
        started = time.monotonic()
        is_over = True
        for file, known in self.pairs:
            if differs(file, known):
                self._note(file, known)
            if time.monotonic() >= started + seconds:
                is_over = False
                break
        self.cost += time.monotonic() - started
        return is_over

    def _note(self, file: WalkedFile | None, known: FileTuple | None) -> None:
        if file is None and known is not None:
            self.paths.add(known[0])
        elif file is not None:
            # the path of a fault may not be that of one file
            self.paths.add("" if file.fault else file.path)
        if len(self.paths) > MAX_PATHS:
            self.paths = {""}

    def close(self) -> None:
        self.connection.close()


def differs(file: WalkedFile | None, known: FileTuple | None) -> bool:
    """Return whether *file* is new, changed, or missing."""
    if file is None:
        return known is not None
    return known is None or astuple(file)[:4] != known[:4]


def skip_unlisted(pairs: Iterable[Pair]) -> Iterator[Pair]:
    """Yield *pairs* but for files that seem missing because their folder cannot be listed."""
    folders: list[str] = []
    for file, known in pairs:
        if file is not None and file.fault == "folder-unreadable":
            folders.append("" if file.path == "." else file.path + "/")
            if known is not None and known[1] >= 0:
                continue  # in a folder that can no longer be read
        if file is not None or known is None or not known[0].startswith(tuple(folders)):
            yield file, known


def compare_files(
    found: Iterator[FileTuple],
    known: Iterator[FileTuple],
    recheck: Collection[str] = (),
    batch_size: int = BATCH_SIZE,
) -> Iterator[Pair]:
    """Yield (found, known) wherever they differ, None for the one that lacks the path.

    Both are in path order. Files whose paths are in *recheck* are yielded even if they do not
    differ; (None, None) is yielded after a run of files that do not.
    """
    while True:
        here, there = deque(islice(found, batch_size)), deque(islice(known, batch_size))
        if not here and not there:
            return
        if here == there and not recheck:  # a run of unchanged files costs one comparison
            yield None, None
            continue
        while here or there:
            # the shorter list is padded, so that both end together
            here.extend(islice(found, 0 if here else len(there)))
            there.extend(islice(known, 0 if there else len(here)))
            if not there or (here and here[0][0] < there[0][0]):
                yield WalkedFile(*here.popleft()), None
            elif not here or there[0][0] < here[0][0]:
                yield None, there.popleft()
            else:
                one, other = here.popleft(), there.popleft()
                if one != other or one[0] in recheck:
                    yield WalkedFile(*one), other
