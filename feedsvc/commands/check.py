"""`feedsvc check`: each file of the folder, what was understood of it, and what is wrong.

Comes in: the folder, read anew; no index is asked or written. Goes out: reports in path order,
one file at a time, so that a large folder needs little memory.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import click
from msgspec.structs import asdict, replace

from feedsvc.commands.reports import FileReport, read_reports
from feedsvc.commands.unread import note_unread_files
from feedsvc.index import (
    describe_duplicate,
    group_by_name,
    map_files,
    resolve_named,
    stat_file,
    walk_files,
)
from feedsvc.model import Problem
from feedsvc.reading import Link, describe_missing_link
from feedsvc.settings import Settings

STATE_COLORS = {"public": "green", "scheduled": "cyan", "expired": "cyan", "error": "red"}
STATES_WITHOUT_IDENTITY = ("draft", "error", "ignored")  # their id and permalink are not taken
ENDINGS = {"error": " is not published", "ignored": " is passed over"}
PRECISION_LENGTHS = {"year": 4, "month": 7, "day": 10}


def check_entries(settings: Settings) -> Iterator[FileReport]:
    """Yield the report of every file in path order.

    Of two entries with one id or permalink the first keeps it, the second is an error.
    """
    owners: dict[tuple[str, str], str] = {}
    targets = LinkTargets(settings.entries)
    files = walk_files(settings.entries)
    reports = map_files(files, read_reports, settings.entries, settings)
    for report in note_unread_files(reports, settings.entries):
        if report.links:
            report = replace(report, problems=(*report.problems, *targets.check(report)))
        yield report if report.state in STATES_WITHOUT_IDENTITY else check_identity(report, owners)


class LinkTargets:
    """What links may lead to: files of the folder, and entries by name, looked up at first use."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @cached_property
    def named(self) -> Mapping[str, Sequence[str]]:
        """The entries by each name that a tag or a wiki link may use."""
        return group_by_name(file.path for file in walk_files(self.root))

    def check(self, report: FileReport) -> Iterator[Problem]:
        """Yield a problem for each link of *report* that has to lead to an entry and does not."""
        for link in report.links:
            if link.is_required and not self._is_there(link, report.path):
                yield describe_missing_link(link)

    def _is_there(self, link: Link, path: str) -> bool:
        return any(stat_file(self.root, one) for one in link.candidates) or bool(
            resolve_named(link, path, self.named)
        )


def check_identity(report: FileReport, owners: dict[tuple[str, str], str]) -> FileReport:
    """Return *report*, as an error where its id or permalink has one of *owners*, else add it."""
    keys = [("id", report.id or ""), ("permalink", report.permalink_path)]
    keys = [(name, value) for name, value in keys if value]
    duplicate = next((key for key in keys if key in owners), None)
    if duplicate is None:
        owners.update(dict.fromkeys(keys, report.path))
        return report
    problems = (*report.problems, describe_duplicate(*duplicate, owners[duplicate]))
    return replace(report, state="error", problems=problems)


# ---- two formats


def write_json(reports: Iterable[FileReport]) -> int:
    """Write one JSON object a line; return how many problems there are."""
    out = sys.stdout.buffer  # UTF-8, whatever the locale is
    count = 0
    for report in reports:
        count += len(report.problems)
        fields = asdict(report)
        del fields["permalink_path"], fields["links"], fields["asset_paths"]
        fields["problems"] = [
            {
                "code": one.code,
                "field": one.field,
                "line": one.line,
                "message": one.sentence,
                "remedy": one.remedy,
            }
            for one in report.problems
        ]
        line = json.dumps(fields, ensure_ascii=False)
        out.write(line.encode("utf-8", "backslashreplace") + b"\n")
    out.flush()
    return count


def write_text(reports: Iterable[FileReport]) -> int:
    """Write a line for each entry, then the problems by file; return how many there are."""
    states: Counter[str] = Counter()
    wrong: list[FileReport] = []
    for report in reports:
        states[report.state] += 1
        if report.state != "ignored":
            state = click.style(f"{report.state:<9}", fg=STATE_COLORS.get(report.state))
            line = f"{state}  {format_published(report):<16}  {report.path}  {report.title or ''}"
            click.echo(line.rstrip())
        if report.problems:
            wrong.append(report)
    for report in wrong:
        ending = ENDINGS.get(report.state, "")
        click.echo("\n" + click.style(report.path, bold=True) + ending)
        for problem in report.problems:
            write_problem(problem)
    count = sum(len(report.problems) for report in wrong)
    if states:
        click.echo()
    click.secho(summarize(states, count, len(wrong)), fg="red" if count else "green")
    return count


def write_problem(problem: Problem) -> None:
    """Write message and remedy of one problem, each on its line."""
    where = [f"line {problem.line}"] if problem.line else []
    where += [f"field {problem.field!r}"] if problem.field else []
    start = click.style(", ".join(where) + ": " if where else "", fg="yellow")
    click.echo("  " + start + problem.message)
    if problem.remedy:
        click.echo("    → " + problem.remedy)


def format_published(report: FileReport) -> str:
    """Return the date as exactly as the file has it: `2023-03`, `2023-03-02 14:30`."""
    if report.published is None:
        return "no date"
    length = PRECISION_LENGTHS.get(report.precision or "", 16)
    return report.published[:length].replace("T", " ")


def summarize(states: Counter[str], problems: int, files: int) -> str:
    """Return one sentence on all files."""
    other = states.pop("ignored", 0)
    if not states and not problems:
        return "There is no entry in this folder."
    if not states:
        passed = "1 file was" if other == 1 else f"{other:,} files were"
        return f"There is no entry in this folder; {passed} passed over."
    parts = ", ".join(f"{count:,} {state}" for state, count in sorted(states.items()))
    verdict = f"{format_count(problems, 'problem')} in {format_count(files, 'file')}"
    others = f" ({format_count(other, 'other file')} {'is' if other == 1 else 'are'} none)"
    entries = format_count(states.total(), "entry", "entries") + (others if other else "")
    return f"{entries}: {parts}; {verdict if files else 'no problem'}."


def format_count(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"
