"""One target under libFuzzer, led by coverage of feedsvc: `python -m fuzz.engine NAME FOLDER …`.

A process of its own, since atheris instruments modules as they are imported and ends the process
when it is done. An input that breaks an invariant is written into FOLDER/crashes, one for each
place that raised, and the search goes on.
"""

from __future__ import annotations

import hashlib
import logging
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import atheris

SLOW_SECONDS = 1.0  # for at most a few kilobytes, under instrumentation


class Recorder:
    """Calls *check*, and keeps the first input that fails at each place, or is slow."""

    def __init__(self, check: Callable[[bytes], None], folder: Path) -> None:
        self.check = check
        self.folder = folder
        self.places: set[str] = set()

    def __call__(self, data: bytes) -> None:
        started = time.process_time()
        try:
            self.check(data)
        except Exception as error:
            place = get_place(error)
            report = "".join(traceback.format_exception(error, limit=-12))
            self.record(place, data, report)
        seconds = time.process_time() - started
        if seconds > SLOW_SECONDS:
            self.record(f"slow-{int(seconds)}", data, f"{seconds:.1f} s of processor time\n")

    def record(self, place: str, data: bytes, report: str) -> None:
        """Write *data* and *report* where *place* is new."""
        if place in self.places:
            return
        self.places.add(place)
        name = f"{place}-{hashlib.sha256(data).hexdigest()[:10]}"
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_bytes(data)
        (self.folder / f"{name}.txt").write_text(report, encoding="utf-8", errors="replace")
        print(f"CRASH {name} {data[:80]!r}\n{report}", file=sys.stderr, flush=True)


def get_place(error: BaseException) -> str:
    """Return the kind of *error* and the innermost line of ours that raised it."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [one for one in frames if "/feedsvc/" in one.filename or "/fuzz/" in one.filename]
    frame = (ours or frames)[-1]
    return f"{type(error).__name__}-{Path(frame.filename).stem}-{frame.lineno}"


def main() -> None:
    name, folder, *options = sys.argv[1:]
    with atheris.instrument_imports(include=["feedsvc"]):
        from fuzz.targets import TARGETS
    logging.disable()  # a defect that is caught is an invariant broken, told once
    target = TARGETS[name]
    atheris.Setup([sys.argv[0], *options], Recorder(target.check, Path(folder) / "crashes"))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
