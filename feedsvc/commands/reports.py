"""What is known of one file of the folder, for the commands that read all files."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from feedsvc.index import WalkedFile
from feedsvc.indexer import ReaderPool, read_walked_files, walk_files
from feedsvc.model import Entry, Problem
from feedsvc.reading import Link, Reading, make_failed_reading
from feedsvc.settings import Settings

COUNTABLE_STATES = ("draft", "error")  # nouns


class FileReport(Struct, frozen=True, kw_only=True):
    """What is known of one file; names and order are those of `--format json`, None is null."""

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
    # not in the JSON
    own_id: str = ""  # of what is no entry yet
    permalink_path: str = ""  # for conflicts
    links: tuple[Link, ...] = ()  # to files of entries
    asset_paths: tuple[str, ...] = ()  # other files that the entry refers to
    is_episode: bool = False  # it has fields that only podcasts use


def format_count(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def format_states(counts: Mapping[str, int]) -> str:
    """Return how many files are in each state, `2 errors, 1 public`, without ignored ones."""
    return ", ".join(
        format_count(count, state, "" if state in COUNTABLE_STATES else state)
        for state, count in sorted(counts.items())
        if count and state != "ignored"
    )


def read_reports(settings: Settings) -> Iterator[FileReport]:
    """Yield the report of every file in path order, each read independently of the others."""
    root = settings.entries
    with closing(ReaderPool(root, settings)) as pool:
        yield from pool.map_files(walk_files(root), _read_reports, _make_failed_report)


def _read_reports(
    root: Path, files: Sequence[WalkedFile], settings: Settings
) -> Iterator[FileReport]:
    return map(build_report, read_walked_files(root, files, settings))


def _make_failed_report(file: WalkedFile, reason: str) -> FileReport:
    return build_report(make_failed_reading(file.path, reason))


def build_report(reading: Reading) -> FileReport:
    report = FileReport(
        path=reading.path,
        state=reading.state,
        dialect=reading.dialect or None,
        encoding=reading.encoding or None,
        problems=reading.problems,
        links=reading.links,
        asset_paths=reading.asset_paths,
    )
    entry = reading.entry
    if entry is None:
        named = {name: str(reading.raw_fields.get(name) or "") for name in ("title", "language")}
        own_id = reading.raw_fields.get("own_id", "")
        return replace(
            report, own_id=own_id, **{name: value or None for name, value in named.items()}
        )
    state = get_present_state(entry)
    return replace(
        report,
        state=state,
        problems=(*report.problems, *list_dates_to_come(entry, state)),
        id=entry.id,
        title=entry.title,
        published=str(entry.published),
        precision=entry.published.precision,
        date_source=entry.published.source,
        updated=str(entry.updated) if entry.updated else None,
        language=entry.language,
        authors=tuple(author.name for author in entry.authors),
        category=next(iter(entry.categories), None),
        tags=entry.tags,
        permalink_path=entry.permalink_path,
        is_episode=entry.episode is not None,
    )


def list_dates_to_come(entry: Entry, state: str) -> Iterator[Problem]:
    """Yield a problem for each date to come of what the entry, in its present *state*, already is.

    Only a command knows the time: a reading, and so the log of a service, does not.
    """
    now = int(time.time())
    if state in ("public", "unlisted") and entry.updated and entry.updated.seconds > now:
        message = f"it was updated ({entry.updated.words}) later than now, and feeds say so"
        remedy = "write when it was changed; `date` is when it is to appear"
        field = entry.updated.source.removeprefix("field:")
        yield Problem(code="updated-late", message=message, remedy=remedy, field=field)
    if state == "retracted" and entry.retracted and entry.retracted.seconds > now:
        message = f"it is withdrawn already, not only from {entry.retracted.words} on"
        remedy = "to show it until then, write `expires` in place of it, and no status"
        field = entry.retracted.source.removeprefix("field:")
        yield Problem(code="retracted-late", message=message, remedy=remedy, field=field)


def get_present_state(entry: Entry) -> str:
    """Return the state of *entry* now: a public one may be "scheduled" or "expired"."""
    now = int(time.time())
    if entry.state != "public":
        return entry.state
    if (entry.not_before or entry.published).seconds > now:
        return "scheduled"
    return "expired" if entry.expires and entry.expires.seconds <= now else "public"
