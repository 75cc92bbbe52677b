"""Results of runs as a table for people, as JSON, and as the rows of RELIABILITY.md."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
import subprocess
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

import msgspec
from msgspec import Struct

from torture.result import Fault, Result

ROOT = Path(__file__).parent.parent
RELIABILITY = ROOT / "RELIABILITY.md"
BEGIN, END = "<!-- figures: python -m torture --write -->", "<!-- end of figures -->"
MACHINE = re.compile("^Machine: (.*)$", re.MULTILINE)
LIBRARIES = ("flask", "granian", "watchfiles")
COLUMNS = ("fault", "times", "answers", "wrong", "lost", "5xx", "seconds")


class Record(Struct, frozen=True, kw_only=True):
    """A result with what has to be known of its run."""

    result: Result
    seconds: float
    date: str
    revision: str
    machine: str


def describe_machine() -> str:
    """Return cores, system and versions, in one line."""
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        f"{len(os.sched_getaffinity(0))} cores, {platform.system()},"
        f" Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {libraries}"
    )


def get_revision() -> str:
    """Return the commit of the work tree, with + where it has changes of its own."""
    words = ["git", "describe", "--always", "--dirty=+", "--exclude=*"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def read_records(file: Path) -> dict[str, Record]:
    """Return the last record of each fault, by its name."""
    if not file.exists():
        return {}
    return msgspec.json.decode(file.read_bytes(), type=dict[str, Record])


def write_records(file: Path, records: dict[str, Record]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(msgspec.json.format(msgspec.json.encode(records), indent=1) + b"\n")


def format_row(name: str, record: Record) -> str:
    """Return one line of the table that a run prints."""
    result = record.result
    values = (result.times, result.answers, result.wrong, result.lost, result.server_errors)
    return f"{name:<12}" + "".join(f"{value:>9}" for value in (*values, round(record.seconds)))


def format_header() -> str:
    return f"{COLUMNS[0]:<12}" + "".join(f"{name:>9}" for name in COLUMNS[1:])


def format_details(record: Record) -> Iterable[str]:
    """Yield further figures and the first of what was wrong, a line each."""
    for name, value in record.result.figures.items():
        yield f"    {name}: {value:g}"
    for note in record.result.notes:
        yield f"    ! {note}"


# -- RELIABILITY.md ------------------------------------------------------------------------


def list_rows(text: str) -> dict[str, str]:
    """Return the rows of the table of figures in *text*, by fault."""
    table = text.partition(BEGIN)[2].partition(END)[0]
    return {row[1]: row[0] for row in re.finditer(r"^\| `([\w-]+)` \|.*$", table, re.MULTILINE)}


def write_reliability(faults: Sequence[Fault], records: dict[str, Record]) -> None:
    """Write what the *faults* are and the rows of *records*; other rows stay as they are."""
    text = RELIABILITY.read_text(encoding="utf-8")
    rows = list_rows(text) | {name: _make_row(name, one) for name, one in records.items()}
    machines = {record.machine for record in records.values()} or set(MACHINE.findall(text))
    header = (*COLUMNS, "more", "run")
    lines = [
        *(f"- `{fault.name}`: {fault.summary}" for fault in faults),
        "",
        *(f"Machine: {machine}" for machine in sorted(machines)),
        "",
        "| " + " | ".join(header) + " |",
        "| --- |" + " ---: |" * (len(COLUMNS) - 1) + " --- | --- |",
        *(rows.get(fault.name, _make_empty_row(fault.name)) for fault in faults),
    ]
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    RELIABILITY.write_text(
        f"{before}{BEGIN}\n" + "\n".join(lines) + f"\n{END}{after}", encoding="utf-8"
    )


def _make_row(name: str, record: Record) -> str:
    result = record.result
    values = (result.times, result.answers, result.wrong, result.lost, result.server_errors)
    more = "; ".join(f"{figure}: {value:g}" for figure, value in result.figures.items())
    numbers = " | ".join(f"{value:,}" for value in (*values, round(record.seconds)))
    return f"| `{name}` | {numbers} | {more} | {record.date}, {record.revision} |"


def _make_empty_row(name: str) -> str:
    return f"| `{name}` |" + " |" * (len(COLUMNS) - 1) + " | not run yet |"
