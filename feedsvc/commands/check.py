"""`feedsvc check`: each file of the folder, what was understood of it, and what is wrong.

Comes in: the folder, read anew; an index is never written, and asked only for the former names
of files. Goes out: reports in path order, one file at a time, so that a large folder needs
little memory.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, cached_property, partial
from itertools import chain
from pathlib import Path

import click
from msgspec.structs import asdict, replace

from feedsvc.commands.podcast import check_settings
from feedsvc.commands.reports import FileReport, format_count, format_states, read_reports
from feedsvc.commands.unread import list_unread_files, note_unread_files
from feedsvc.index import Queries, has_entry, is_asset, select_ignored, select_owner
from feedsvc.indexer import (
    FormerFiles,
    NamedEntries,
    describe_duplicate,
    stat_file,
    walk_files,
)
from feedsvc.log_lines import escape_controls
from feedsvc.model import PRECISION_LENGTHS, Problem
from feedsvc.reading import HOLDING_CODES, Link, describe_missing_links, list_names
from feedsvc.settings import Settings
from feedsvc.site.root_files import check_root_file, list_root_files
from feedsvc.urls import make_permalink_path

STATE_COLORS = {"public": "green", "scheduled": "cyan", "expired": "cyan", "error": "red"}
STATES_WITHOUT_IDENTITY = ("draft", "error", "ignored")  # they occupy no id or permalink
ENDINGS = {"error": " is not published", "ignored": " is passed over"}


def check_entries(settings: Settings) -> Iterator[FileReport]:
    """Yield the report of every file in path order.

    If two entries share an id or a permalink, the first keeps it and the second is an error.
    """
    owners: dict[tuple[str, str], str] = {}
    targets = LinkTargets(settings.entries)
    former = FormerFiles(settings)
    has_episodes = False
    for report in note_unread_files(read_reports(settings), settings.entries):
        if report.links:
            report = replace(report, problems=(*report.problems, *targets.check(report)))
        has_episodes |= report.is_episode
        if report.state not in STATES_WITHOUT_IDENTITY:
            problems = former.list_problems(report.path, report.id)
            report = replace(report, problems=(*report.problems, *problems))
            report = check_identity(report, owners)
        yield report
    yield from check_root(settings, lambda address: owners.get(("permalink", address), ""))
    yield from check_settings(settings, has_episodes=has_episodes)


def check_root(settings: Settings, get_owner: Callable[[str], str]) -> Iterator[FileReport]:
    """Yield a report of each file of the root folder that is not served.

    *get_owner* returns the path of the entry with a permalink path, "" if there is none. Paths are
    relative to entries/.
    """
    paths = list(list_root_files(settings))
    license_ = settings.site.license.removeprefix("/")
    if settings.has_rsl_license and settings.site.license[0] == "/" and license_ not in paths:
        paths.append(license_)
    for path in paths:
        if problem := check_root_file(path, settings, get_owner(make_permalink_path(path))):
            file = os.path.relpath(settings.base / settings.site.root / path, settings.entries)
            yield FileReport(path=file, state="ignored", problems=(problem,))


def count_files_with_problems(settings: Settings, queries: Queries) -> int:
    """Return how many files `check` would report problems of, by the index behind *queries*.

    Fields of episodes without a podcast in the settings are not counted.
    """
    unread = list_unread_files(
        select_ignored(queries),
        settings.entries,
        is_used=partial(is_asset, queries),
        has_entry=cache(partial(has_entry, queries)),
        is_without_entries=not sum((queries.count_states() | {"ignored": 0}).values()),
    )
    settings_reports = chain(
        check_root(settings, partial(select_owner, queries)),
        check_settings(settings, has_episodes=False),
    )
    others = sum(1 for _ in chain(unread, settings_reports))
    return queries.count_files_with_problems() + others


class LinkTargets:
    """The possible targets of links: files of the folder, and entries by name (if needed)."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @cached_property
    def named(self) -> NamedEntries:
        """The entries, by each name that a template tag or a wiki link may use."""
        return NamedEntries(file.path for file in walk_files(self.root))

    def check(self, report: FileReport) -> Iterator[Problem]:
        """Yield a problem for each link of *report* that must lead to an entry and does not."""
        missing = [
            link
            for link in report.links
            if link.is_required and not self._is_there(link, report.path)
        ]
        yield from describe_missing_links(missing, report.path, self._list_folder)

    def _list_folder(self, folder: str) -> Sequence[str]:
        return list_names(str(self.root), folder)

    def _is_there(self, link: Link, path: str) -> bool:
        return any(stat_file(self.root, one) for one in link.candidates) or bool(
            self.named.resolve(link, path)
        )


def check_identity(report: FileReport, owners: dict[tuple[str, str], str]) -> FileReport:
    """Return *report* as an error if *owners* has its id or permalink; else add it to them."""
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
    """Write one JSON object per line; return how many problems there are."""
    count = 0
    for report in reports:
        count += len(report.problems)
        write_json_line(report, report.problems)
    sys.stdout.buffer.flush()
    return count


def write_json_line(report: FileReport, problems: Iterable[Problem], **more: str) -> None:
    """Write the JSON object of one file, with *problems* as its problems, and *more* fields."""
    fields = asdict(report)
    for name in ("own_id", "permalink_path", "links", "asset_paths", "is_episode"):
        del fields[name]
    fields["problems"] = [
        {
            "code": one.code,
            "field": one.field,
            "line": one.line,
            "message": one.sentence,
            "remedy": one.remedy,
        }
        for one in problems
    ]
    line = json.dumps(fields | more, ensure_ascii=False)
    # UTF-8, whatever the locale is
    sys.stdout.buffer.write(line.encode("utf-8", "backslashreplace") + b"\n")


def write_report_line(report: FileReport, state: str, color: str | None) -> None:
    """Write the line of one file, with *state* in *color*."""
    styled = click.style(f"{state:<9}", fg=color)
    named = escape_controls(f"{report.path}  {report.title or ''}")
    click.echo(f"{styled}  {format_published(report):<16}  {named}".rstrip())


def write_text(reports: Iterable[FileReport]) -> int:
    """Write a line for each entry, then the problems by file; return how many there are."""
    states: Counter[str] = Counter()
    wrong: list[FileReport] = []
    for report in reports:
        if report.state != "settings":
            states[report.state] += 1
        if report.state not in ("ignored", "settings"):
            write_report_line(report, report.state, STATE_COLORS.get(report.state))
        if report.problems:
            wrong.append(report)
    for report in wrong:
        is_held = report.state == "draft" and any(
            problem.code in HOLDING_CODES for problem in report.problems
        )
        ending = ENDINGS.get("error" if is_held else report.state, "")
        write_problems(report.path, ending, report.problems)
    count = sum(len(report.problems) for report in wrong)
    if states:
        click.echo()
    click.secho(summarize(states, count, len(wrong)), fg="red" if count else "green")
    return count


def write_problems(name: str, ending: str, problems: Iterable[Problem]) -> None:
    """Write *name*, what has the problems, with *ending*; then message and remedy of each."""
    click.echo("\n" + click.style(escape_controls(name), bold=True) + ending)
    for problem in problems:
        where = [f"line {problem.line}"] if problem.line else []
        where += [f"field {problem.field!r}"] if problem.field else []
        start = click.style(", ".join(where) + ": " if where else "", fg="yellow")
        remedy = f"\n    → {escape_controls(problem.remedy)}" if problem.remedy else ""
        click.echo("  " + start + escape_controls(problem.message) + remedy)


def format_published(report: FileReport) -> str:
    """Return the date in the file's precision: `2023-03`, `2023-03-02 14:30`."""
    if report.published is None:
        return "no date"
    length = PRECISION_LENGTHS.get(report.precision or "", 16)
    return report.published[:length].replace("T", " ")


def summarize(states: Counter[str], problems: int, files: int) -> str:
    """Return a sentence that sums up all files."""
    other = states.pop("ignored", 0)
    if not states and not problems:
        return "There is no entry in this folder."
    if not states:
        passed = format_count(other, "file was", "files were")
        return f"There is no entry in this folder; {passed} passed over."
    verdict = f"{format_count(problems, 'problem')} in {format_count(files, 'file')}"
    others = f" (and {format_count(other, 'other file')})"
    entries = format_count(states.total(), "entry", "entries") + (others if other else "")
    return f"{entries}: {format_states(states)}; {verdict if files else 'no problem'}."
