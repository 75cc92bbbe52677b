"""The folder beside the index: which files differ.

`FolderComparison` compares the whole folder in a thread of its own: changes of files, which the
system reports meanwhile, do not wait for it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing
from itertools import islice, takewhile
from pathlib import Path
from threading import Event

from msgspec import Struct
from msgspec.structs import astuple

from feedsvc.index.daemon import call_in_daemon
from feedsvc.index.rows import FileTuple, WalkedFile
from feedsvc.index.schema import open_read_connection
from feedsvc.indexer.folder.walk import walk_tuples
from feedsvc.indexer.known_files import KnownFiles

BATCH_SIZE = 500  # files per comparison
MAX_PATHS = 5_000  # that are scanned one by one; the whole folder is not much more


class Difference(Struct, frozen=True):  # positional: a first scan makes one for each file
    """A path at which folder and index may differ: what is there and what is known, or None."""

    path: str
    file: WalkedFile | None
    known: FileTuple | None

    @property
    def is_real(self) -> bool:
        """Whether the file is new, changed or missing."""
        return self.file is None or self.known is None or astuple(self.file)[:4] != self.known[:4]


class FolderComparison:
    """Finds how the folder *root* differs from the index at *index_path*, and changes neither.

    The state of the index is that at the beginning: a connection of its own keeps it, while
    changes that are reported meanwhile are written. What differs is therefore scanned once more.
    """

    def __init__(self, root: Path, index_path: str) -> None:
        self.root = root
        self.index_path = index_path
        self.started = time.monotonic()
        self.cost = 0.0  # seconds, as soon as it is over
        self.is_closed = Event()
        self.running = call_in_daemon(self._list_paths)

    def is_over(self) -> bool:
        return self.running.done()

    def get_paths(self) -> set[str]:
        """Return the paths that differ, "" for the whole folder, once the comparison is over.

        Raises DatabaseError and OSError if that has ended it.
        """
        return self.running.result()

    def close(self) -> None:
        """End the comparison at the next file."""
        self.is_closed.set()

    def _list_paths(self) -> set[str]:
        paths: set[str] = set()
        # what is found after `close` does not matter
        found = takewhile(lambda _: not self.is_closed.is_set(), walk_tuples(self.root))
        with closing(open_read_connection(self.index_path)) as connection:
            known = KnownFiles(connection).iterate_below("")
            for one in skip_unlisted(compare_files(found, known)):
                if one.is_real:
                    paths.add(one.path)
                # the path of a fault may not be that of one file
                if len(paths) > MAX_PATHS or (one.is_real and one.file and one.file.fault):
                    paths = {""}
                    break
        self.cost = time.monotonic() - self.started
        return paths


def skip_unlisted(differences: Iterable[Difference]) -> Iterator[Difference]:
    """Yield *differences* but for files that seem missing because their folder cannot be listed."""
    folders: list[str] = []
    for one in differences:
        if one.file is not None and one.file.fault == "folder-unreadable":
            folders.append("" if one.path == "." else one.path + "/")
            if one.known is not None and one.known[1] >= 0:
                continue  # in a folder that can no longer be read
        if one.file is not None or not one.path.startswith(tuple(folders)):
            yield one


def compare_files(
    found: Iterator[FileTuple],
    known: Iterator[FileTuple],
    recheck: Collection[str] = (),
    batch_size: int = BATCH_SIZE,
) -> Iterator[Difference]:
    """Yield the differences between *found* and *known*, both in path order.

    Files whose paths are in *recheck* are yielded even if they do not differ.
    """
    while True:
        here, there = deque(islice(found, batch_size)), deque(islice(known, batch_size))
        if not here and not there:
            return
        if here == there and not recheck:  # a run of unchanged files costs one comparison
            continue
        while here or there:
            # the shorter list is padded, so that both end together
            here.extend(islice(found, 0 if here else len(there)))
            there.extend(islice(known, 0 if there else len(here)))
            if not there or (here and here[0][0] < there[0][0]):
                file = WalkedFile(*here.popleft())
                yield Difference(file.path, file, None)
            elif not here or there[0][0] < here[0][0]:
                yield Difference(there[0][0], None, there.popleft())
            else:
                one, other = here.popleft(), there.popleft()
                if one != other or one[0] in recheck:
                    yield Difference(one[0], WalkedFile(*one), other)
