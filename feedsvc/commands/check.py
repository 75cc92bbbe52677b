"""What `check` and `index` tell: each file of the folder, what was understood of it, and what is wrong.

Comes in: the folder, read anew; no index is asked or written. Goes out: facts
in path order, one file at a time, so that a large folder needs little memory.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import click

from feedsvc.index.ledger import STATES_WITH_IDENTITY
from feedsvc.index.queries import Queries
from feedsvc.index.scanner import map_files, read_walked_files
from feedsvc.index.schema import NEVER, open_read_connection, prepare_index_path
from feedsvc.index.store import describe_duplicate
from feedsvc.index.walk import NO_STAT, WalkedFile, stat_file, walk_files
from feedsvc.model import Entry, Problem
from feedsvc.reading import Reading, classify, explain_entry
from feedsvc.settings import Settings

STATE_COLORS = {"public": "green", "scheduled": "cyan", "expired": "cyan", "error": "red"}


class FileReport(NamedTuple):
    """What is known of one file; the names and their order are those of `--format json`."""

    path: str
    state: str
    dialect: str | None = None
    encoding: str | None = None
    id: str | None = None
    title: str | None = None
    published: str | None = None
    precision: str | None = None
    date_source: str | None = None
    updated: str | None = None
    language: str | None = None
    authors: tuple[str, ...] = ()
    category: str | None = None
    tags: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    place: str = ""  # from here on for `check_entries` alone
    starts: int = 0
    ends: int = NEVER


JSON_FIELDS = FileReport._fields[: FileReport._fields.index("place")]


def check_entries(settings: Settings) -> Iterator[FileReport]:
    """The facts of every file met, in path order; of two entries with one id or permalink the first keeps it."""
    now = int(time.time())
    taken: dict[tuple[str, str], str] = {}
    for facts in map_files(walk_files(settings.entries), read_reports, settings.entries, settings):
        if facts.state in STATES_WITH_IDENTITY:
            claims = [
                (name, value) for name, value in (("id", facts.id), ("place", facts.place)) if value
            ]
            rival = next((claim for claim in claims if claim in taken), None)
            if rival is not None:
                code, message = describe_duplicate(*rival, taken[rival])
                problems = (*facts.problems, Problem(code=code, message=message))
                facts = facts._replace(state="error", problems=problems)
            else:
                taken.update(dict.fromkeys(claims, facts.path))
        yield facts._replace(state=get_state_at(facts.state, facts.starts, facts.ends, now))


def get_state_at(state: str, starts: int, ends: int, now: int) -> str:
    """The state of a file, those that the clock decides among them."""
    if state != "public" or starts <= now < ends:
        return state
    return "scheduled" if starts > now else "expired"


def get_public_interval(entry: Entry) -> tuple[int, int]:
    """The seconds from which, and before which, *entry* is public."""
    return (
        entry.not_before or entry.published
    ).seconds, entry.expires.seconds if entry.expires else NEVER


def read_reports(
    root: Path, files: Sequence[WalkedFile], settings: Settings
) -> Iterator[FileReport]:
    """The facts of each of *files*, by itself."""
    return map(build_report, read_walked_files(root, files, settings))


def build_report(reading: Reading) -> FileReport:
    facts = FileReport(
        reading.path, reading.state, reading.dialect or None, reading.encoding or None
    )
    if reading.entry is None:
        title, language = (
            str(reading.raw_fields.get(name) or "") or None for name in ("title", "language")
        )
        return facts._replace(title=title, language=language, problems=reading.problems)
    return add_entry_fields(facts, reading.entry)._replace(problems=reading.problems)


def add_entry_fields(facts: FileReport, entry: Entry) -> FileReport:
    starts, ends = get_public_interval(entry)
    return facts._replace(
        id=entry.id,
        title=entry.title,
        published=str(entry.published),
        precision=entry.published.precision,
        date_source=entry.published.source,
        updated=str(entry.updated) if entry.updated else None,
        language=entry.language,
        authors=tuple(author.name for author in entry.authors),
        category=entry.categories[0] if entry.categories else None,
        tags=entry.tags,
        place=entry.permalink_path,
        starts=starts,
        ends=ends,
    )


# ---- two ways to say it


def write_json(facts: Iterable[FileReport], settings: Settings) -> int:
    """Writes one JSON object a line; returns how many problems there are."""
    out = sys.stdout.buffer  # UTF-8, whatever the locale is
    count = 0
    for one in facts:
        count += len(one.problems)
        problems = [
            {
                "code": p.code,
                "field": p.field,
                "line": p.line,
                "message": p.sentence,
                "remedy": p.remedy,
            }
            for p in one.problems
        ]
        shown = dict(zip(JSON_FIELDS, one, strict=False)) | {"problems": problems}
        out.write(json.dumps(shown, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n")
    out.flush()
    return count


def write_text(facts: Iterable[FileReport], settings: Settings) -> int:
    """Writes a line for each entry, then what is wrong, file by file; returns how many problems there are."""
    states: Counter[str] = Counter()
    wrong: list[FileReport] = []
    for one in facts:
        states[one.state] += 1
        if one.state != "ignored":
            state = click.style(f"{one.state:<9}", fg=STATE_COLORS.get(one.state))
            click.echo(
                f"{state}  {format_published(one):<16}  {one.path}  {one.title or ''}".rstrip()
            )
        if one.problems:
            wrong.append(one)
    for one in wrong:
        click.echo()
        click.echo(
            click.style(one.path, bold=True) + (" is not published" if one.state == "error" else "")
        )
        for problem in one.problems:
            write_problem(problem)
    count = sum(len(one.problems) for one in wrong)
    if states:
        click.echo()
    click.secho(summarize(states, count, len(wrong)), fg="red" if count else "green")
    return count


def write_problem(problem: Problem) -> None:
    """Writes cause and remedy of one problem, each on its line."""
    where = [f"line {problem.line}"] if problem.line else []
    where += [f"field {problem.field!r}"] if problem.field else []
    cause, _, remedy = problem.sentence.rpartition("; ")
    cause, remedy = (cause, remedy) if cause else (remedy, "")
    click.echo("  " + click.style(", ".join(where) + ": " if where else "", fg="yellow") + cause)
    if remedy:
        click.echo("    → " + remedy)


def format_published(facts: FileReport) -> str:
    """The date with its real precision, as the file has it."""
    if facts.published is None:
        return "no date"
    length = {"year": 4, "month": 7, "day": 10}.get(facts.precision or "", 16)
    return facts.published[:length].replace("T", " ")


def summarize(states: Counter[str], problems: int, files: int) -> str:
    """One sentence on all files."""
    entries = states.total() - states["ignored"]
    if not entries:
        return "There is no entry in this folder."
    parts = ", ".join(
        f"{count:,} {state}" for state, count in sorted(states.items()) if state != "ignored"
    )
    verdict = (
        f"{problems:,} problem{'s' * (problems != 1)} in {files:,} file{'s' * (files != 1)}"
        if files
        else "no problem"
    )
    other = states["ignored"]
    others = f" ({other:,} other file{'s are' if other != 1 else ' is'} none)" if other else ""
    return f"{entries:,} entr{'ies' if entries != 1 else 'y'}{others}: {parts}; {verdict}."


# ---- one file

NOT_AN_ENTRY_REASONS = {
    "asset": "it is a file to go with entries",
    "sidecar": "it gives fields to the entry of its name",
    "defaults": "it gives fields to the entries of its folder",
    "ignored": "its name says so",
    "entry": "nothing in it says that it is one",
}


def explain_file(file: Path, settings: Settings) -> Iterator[str]:
    """Lines on *file*, which lies below the entries folder or anywhere: what was read, from which words, and why."""
    full = Path(os.path.realpath(file.parent)) / file.name
    root = Path(os.path.realpath(settings.entries))
    root = root if full.is_relative_to(root) else full.parent
    path = full.relative_to(root).as_posix()
    found = stat_file(root, path)
    facts = next(read_reports(root, [found or WalkedFile(path, *NO_STAT)], settings))
    state = get_state_at(facts.state, facts.starts, facts.ends, int(time.time()))
    yield f"{path} in {root}"
    yield f"  state      {state}" + (
        f": no entry, {NOT_AN_ENTRY_REASONS[classify(path)]}" if state == "ignored" else ""
    )
    for name, value in (("dialect", facts.dialect), ("encoding", facts.encoding)):
        if value:
            yield f"  {name:<10} {value}"
    if state != "ignored" and facts.dialect:
        yield from format_field_lines(explain_entry(root, path, settings))
    if facts.problems:
        yield from ("", "Problems")
    for problem in facts.problems:
        yield f"  {'line ' + str(problem.line) + ': ' if problem.line else ''}{problem.message} [{problem.code}]"


def format_field_lines(rows: list[tuple[str, str, int | None, str, str]]) -> Iterator[str]:
    """What came of each field; under the words of a date what each reader of dates says to them."""
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


def truncate(words: str) -> str:
    return words if len(words) <= 100 else words[:99] + "…"


# ---- the index


def build_index(settings: Settings) -> Path:
    """Brings the index up to date, with a bar where someone looks; what vanished is confirmed as deleted."""
    from feedsvc.index.writer import refresh_index  # its libraries are for this command alone

    started = time.monotonic()
    path = prepare_index_path(settings)
    if sys.stderr.isatty():
        files = sum(1 for _ in walk_files(settings.entries))
        # each file is read once for the listings, and once more for its words
        with click.progressbar(
            length=2 * files, label="Reading", file=sys.stderr, update_min_steps=50
        ) as bar:
            refresh_index(settings, confirmed=True, seen=lambda _: bar.update(1))
            bar.update(2 * files)
    else:
        refresh_index(settings, confirmed=True)
    with closing(open_read_connection(str(path))) as reader:
        counts = Queries(reader, settings.site.zone, int(time.time())).count_states()
    shown = ", ".join(f"{count:,} {state}" for state, count in counts.items() if count)
    click.echo(
        f"The index has {shown or 'no file'}; it took {time.monotonic() - started:.1f} s.", err=True
    )
    return path
