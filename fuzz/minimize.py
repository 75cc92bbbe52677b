"""The few inputs that reach what many reach: the corpus is kept small enough to read."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable
from pathlib import Path
from types import FrameType
from typing import Any

from fuzz.target import Target

MAX_FILES, MAX_BYTES = 60, 60_000  # of one corpus
PACKAGE = f"{Path(__file__).parent.parent / 'feedsvc'}/"
Step = tuple[str, int, int]  # a file, and two lines that ran one after the other


def minimize_corpus(target: Target, found: Path) -> str:
    """Put into the corpus of *target* the inputs of *found* that add most; return a line on it.

    What is in the corpus under a name that is no hash was put there by hand, and stays.
    """
    seeds = target.list_seeds()
    own = [path for path in seeds if not is_hash(path.name)]
    others = [path for path in seeds if is_hash(path.name)] + sorted(found.glob("*"))
    reached = {path: trace_steps(target, path.read_bytes()) for path in (*own, *others)}
    known = set[Step]().union(*(reached[path] for path in own))
    count, size = len(own), sum(path.stat().st_size for path in own)
    chosen = list[bytes]()
    while others and count < MAX_FILES:
        # the most new steps a byte, but a short input is no better than one of 20 bytes
        best = max(others, key=lambda path: len(reached[path] - known) / (path.stat().st_size + 20))
        data = best.read_bytes()
        others = [path for path in others if path != best and reached[path] - known]
        if not reached[best] - known or size + len(data) > MAX_BYTES:
            continue
        known |= reached[best]
        count, size = count + 1, size + len(data)
        chosen.append(data)
    write_chosen(target, seeds, chosen)
    every = len(set[Step]().union(*reached.values()))
    return f"{target.name}: {count} files, {size:,} bytes, {len(known):,} of {every:,} steps"


def write_chosen(target: Target, seeds: Iterable[Path], chosen: Iterable[bytes]) -> None:
    """Replace the files whose names are hashes by the *chosen*."""
    for path in seeds:
        if is_hash(path.name):
            path.unlink()
    for data in chosen:
        (target.corpus / hashlib.sha256(data).hexdigest()[:12]).write_bytes(data)


def is_hash(name: str) -> bool:
    """Return whether *name* is one that `write_chosen` gives."""
    return len(name) == 12 and set(name) <= set("0123456789abcdef")


def trace_steps(target: Target, data: bytes) -> set[Step]:
    """Return the steps from line to line in feedsvc that *data* takes; a failure ends them."""
    steps = set[Step]()
    last: dict[int, int] = {}

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        file = frame.f_code.co_filename
        if not file.startswith(PACKAGE):
            return None
        if event == "line":
            steps.add((file, last.get(id(frame), 0), frame.f_lineno))
            last[id(frame)] = frame.f_lineno
        elif event == "return":
            last.pop(id(frame), None)
        return trace

    sys.settrace(trace)
    try:
        target.check(data)
    except Exception:  # what a crash has reached counts, too
        return steps
    finally:
        sys.settrace(None)
    return steps
