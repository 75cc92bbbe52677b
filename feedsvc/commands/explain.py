"""`feedsvc explain`: one file, what was read of it, from which words, and why."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from feedsvc.commands.check import build_report
from feedsvc.index import WalkedFile, read_walked_files, stat_file
from feedsvc.reading import classify, explain_entry
from feedsvc.settings import Settings

MAX_TEXT_CHARACTERS = 100
NOT_AN_ENTRY_REASONS = {
    "asset": "it is a file to go with entries",
    "sidecar": "it gives fields to the entry of its name",
    "defaults": "it gives fields to the entries of its folder",
    "ignored": "its name says so",
    "entry": "nothing in it says that it is one",
}


def explain_file(file: Path, settings: Settings) -> Iterator[str]:
    """Yield lines on *file*, which lies below the entries folder or anywhere."""
    full = Path(os.path.realpath(file.parent)) / file.name
    root = Path(os.path.realpath(settings.entries))
    root = root if full.is_relative_to(root) else full.parent
    path = full.relative_to(root).as_posix()
    walked = stat_file(root, path) or WalkedFile(path)
    report = build_report(next(read_walked_files(root, [walked], settings)))
    state = report.state
    yield f"{path} in {root}"
    yield f"  state      {state}" + (
        f": no entry, {NOT_AN_ENTRY_REASONS[classify(path)]}" if state == "ignored" else ""
    )
    for name, value in (("dialect", report.dialect), ("encoding", report.encoding)):
        if value:
            yield f"  {name:<10} {value}"
    if state != "ignored" and report.dialect:
        yield from format_field_lines(explain_entry(root, path, settings))
    if report.problems:
        yield from ("", "Problems")
    for problem in report.problems:
        where = f"line {problem.line}: " if problem.line else ""
        yield f"  {where}{problem.sentence} [{problem.code}]"


def format_field_lines(rows: list[tuple[str, str, int | None, str, str]]) -> Iterator[str]:
    """Yield what is published, then each field; under a date what each format makes of it."""
    own = {name for name, _, line, _, _ in rows if line}
    results = [
        (name, reading, why)
        for name, words, line, reading, why in rows
        if not words and line is None
    ]
    sources = {
        "id": "its own"
        if "id" in own or "exactid" in own
        else "made of the path: no field gives one"
    }
    for name, reading, why in results:
        source = sources.get(name, why if name == "published" else "")
        shown = "permalink" if name == "url" else name
        yield f"  {shown:<10} {reading}" + (f" ({source})" if source else "")
    yield from ("", "Fields")
    for name, words, line, reading, why in rows:
        if why.startswith("read as "):
            yield f"      as {why.removeprefix('read as ')}: {reading}"
        elif words or line is not None:
            came_to = f" → {truncate(reading)}" if reading not in ("", words) else ""
            where = f"line {line}, " if line else ""
            yield f"  {name or '(unused)':<10} {where}{truncate(words)!r}{came_to}: {why}"


def truncate(text: str) -> str:
    return text if len(text) <= MAX_TEXT_CHARACTERS else text[: MAX_TEXT_CHARACTERS - 1] + "…"
