"""Make every fault many times, and print what came of it.

python -m torture [--only NAME] [--count N | --full] [--seed N] [--write]

By default counts are such that all of it takes about 40 minutes; `--full` are those of the figures
in RELIABILITY.md, which `--write` brings up to date from the last results. Exit 1 where an answer
was wrong, something lost, or a 5xx sent.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from torture.faults import FAULTS
from torture.report import (
    Record,
    describe_machine,
    format_details,
    format_header,
    format_row,
    get_revision,
    read_records,
    write_records,
    write_reliability,
)
from torture.result import Fault

WORK = Path(__file__).parent / "work"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the faults that *arguments* name; return the exit status."""
    options = parse_arguments(arguments)
    # a shell makes background jobs ignore it, servers inherit that, and are ended by it
    signal.signal(signal.SIGINT, signal.default_int_handler)
    results = options.work / "results.json"
    is_clean = True
    if not (options.write and options.only is None and options.count is None and not options.full):
        print(describe_machine(), format_header(), sep="\n", flush=True)
        for name in options.only or FAULTS:
            fault = FAULTS[name]
            if fault.program and shutil.which(fault.program) is None:
                print(f"{name:<12} left out: {fault.program} is not installed")
                continue
            count = options.count or (fault.full_count if options.full else fault.count)
            record = run_fault(fault, count, options.work / name, options.seed)
            write_records(results, {**read_records(results), name: record})
            print(format_row(name, record), *format_details(record), sep="\n", flush=True)
            is_clean = is_clean and record.result.is_clean
    if options.write:
        write_reliability(tuple(FAULTS.values()), read_records(results))
    return 0 if is_clean else 1


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m torture",
        description="Make faults many times, and print what came of it.",
        epilog="Faults: " + "; ".join(f"{name}: {one.summary}" for name, one in FAULTS.items()),
    )
    parser.add_argument("--only", action="append", choices=FAULTS, help="this fault; repeatable")
    parser.add_argument("--count", type=int, help="how often, or for how many seconds")
    parser.add_argument("--full", action="store_true", help="as often as for RELIABILITY.md")
    parser.add_argument("--seed", type=int, default=1, help="of everything that is random")
    parser.add_argument("--work", type=Path, default=WORK, help="folder for files and results")
    parser.add_argument("--write", action="store_true", help="write RELIABILITY.md's table")
    return parser.parse_args(arguments)


def run_fault(fault: Fault, count: int, folder: Path, seed: int) -> Record:
    """Make *fault* *count* times in an empty *folder*, which stays only where it was not clean."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    started = time.monotonic()
    result = fault.run(count, folder.absolute(), seed)
    if result.is_clean:
        shutil.rmtree(folder, ignore_errors=True)
    return Record(
        result=result,
        seconds=round(time.monotonic() - started, 1),
        date=datetime.now(UTC).date().isoformat(),
        revision=get_revision(),
        machine=describe_machine(),
    )


if __name__ == "__main__":
    sys.exit(main())
