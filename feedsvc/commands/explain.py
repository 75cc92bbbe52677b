"""`feedsvc explain`: what was read in one file, from which words, and why."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from feedsvc.commands.check import LinkTargets
from feedsvc.commands.reports import build_report, read_reports
from feedsvc.commands.unread import can_be_unread, note_unread_files
from feedsvc.index import WalkedFile
from feedsvc.indexer import FormerFiles, read_walked_files, stat_file
from feedsvc.reading import (
    ExplainLine,
    classify,
    explain_fields,
    get_saved_page,
    is_part_of_saved_page,
)
from feedsvc.settings import Settings

MAX_TEXT_CHARACTERS = 100
NOT_AN_ENTRY_REASONS = {
    "asset": "it is a file for entries to use",
    "sidecar": "it gives fields to the entry of the same name",
    "defaults": "it gives fields to the entries of its folder",
    "ignored": "its name says so",
    "entry": "nothing in it says that it is one",
}


def explain_file(file: Path, settings: Settings) -> Iterator[str]:
    """Yield the lines about *file*, which may lie in the entries folder or elsewhere."""
    full = Path(os.path.realpath(file.parent)) / file.name
    root = Path(os.path.realpath(settings.entries))
    is_inside = full.is_relative_to(root)
    root = root if is_inside else full.parent
    path = full.relative_to(root).as_posix()
    walked = stat_file(root, path) or WalkedFile(path)
    report = build_report(next(read_walked_files(root, [walked], settings)))
    state = report.state
    if state == "ignored" and can_be_unread(path):
        # only reading all entries shows whether one refers to it
        reports = note_unread_files(read_reports(settings) if is_inside else [report], root)
        report = next((one for one in reports if one.path == path), report)
    yield f"{path} in {root}"
    yield f"  state      {state}" + (
        f": not an entry: {get_reason(root, path)}" if state == "ignored" else ""
    )
    for name, value in (("dialect", report.dialect), ("encoding", report.encoding)):
        if value:
            yield f"  {name:<10} {value}"
    if state != "ignored" and report.dialect:
        yield from format_field_lines(explain_fields(root, path, settings))
    problems = report.problems
    if is_inside:
        problems += tuple(LinkTargets(root).check(report))
        problems += FormerFiles(settings).list_problems(path, report.id)
    if problems:
        yield from ("", "Problems")
    for problem in problems:
        where = f"line {problem.line}: " if problem.line else ""
        yield f"  {where}{problem.sentence} [{problem.code}]"


def get_reason(root: Path, path: str) -> str:
    """Return why *path* is no entry."""
    if is_part_of_saved_page(root, path):
        return f"it was saved with the page {get_saved_page(path)!r}"
    return NOT_AN_ENTRY_REASONS[classify(path)]


def format_field_lines(lines: list[ExplainLine]) -> Iterator[str]:
    """Yield what is published, then each field; below a date, the result of each date format."""
    own = {one.field for one in lines if one.line}
    has_id = "id" in own or "exactid" in own
    for one in lines:
        if one.kind == "result":
            shown = "permalink" if one.field == "url" else one.field
            source = one.reason if one.field == "published" else ""
            if one.field == "id":
                source = "its own" if has_id else "made from the path, because no field gives one"
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
