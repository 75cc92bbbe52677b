"""`feedsvc explain`: one file, what was read of it, from which words, and why."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from feedsvc.commands.reports import build_report
from feedsvc.index import WalkedFile, read_walked_files, stat_file
from feedsvc.reading import ExplainLine, classify, explain_fields
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
        yield from format_field_lines(explain_fields(root, path, settings))
    if report.problems:
        yield from ("", "Problems")
    for problem in report.problems:
        where = f"line {problem.line}: " if problem.line else ""
        yield f"  {where}{problem.sentence} [{problem.code}]"


def format_field_lines(lines: list[ExplainLine]) -> Iterator[str]:
    """Yield what is published, then each field; under a date what each date format makes of it."""
    own = {one.field for one in lines if one.line}
    has_id = "id" in own or "exactid" in own
    for one in lines:
        if one.kind == "result":
            shown = "permalink" if one.field == "url" else one.field
            source = one.reason if one.field == "published" else ""
            if one.field == "id":
                source = "its own" if has_id else "made of the path: no field gives one"
            yield f"  {shown:<10} {one.result}" + (f" ({source})" if source else "")
    yield from ("", "Fields")
    for one in lines:
        if one.kind == "date format":
            yield f"      as {one.reason}: {one.result}"
        elif one.kind != "result":
            result = f" → {truncate(one.result)}" if one.result not in ("", one.words) else ""
            where = f"line {one.line}, " if one.line else ""
            name = one.field or "(unused)"
            yield f"  {name:<10} {where}{truncate(one.words)!r}{result}: {one.reason}"


def truncate(text: str) -> str:
    return text if len(text) <= MAX_TEXT_CHARACTERS else text[: MAX_TEXT_CHARACTERS - 1] + "…"
