"""`feedsvc build`: the site as files or objects, with a progress bar on a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click

from feedsvc.commands.building import BuildReport, build_site
from feedsvc.commands.reports import format_count
from feedsvc.commands.uploading import ObjectStore, upload_site
from feedsvc.indexer import refresh_index
from feedsvc.settings import Settings
from feedsvc.site.partners import load_partners


def write_site(settings: Settings, out: Path, processes: int, *, compresses: bool) -> int:
    """Bring the index and then *out* up to date; return how many addresses could not be built.

    *processes* is how many render; 0 means one per core.
    """
    started = time.monotonic()
    # pages that are files offer no search: only a partner's feed may be one
    fills_search = any(one.listing.words for one in load_partners(settings).values())
    refresh_index(settings, fills_search=fills_search)
    with _show_progress("Building") as report_progress:
        report = build_site(
            settings,
            out,
            processes=processes,
            compresses=compresses,
            report_progress=report_progress,
        )
    _write_problems(report.problems)
    click.echo(_describe(report, time.monotonic() - started, settings), err=True)
    click.echo(out)
    return len(report.problems)


def upload(
    settings: Settings, out: Path, store: ObjectStore, *, compresses: bool, is_dry_run: bool
) -> int:
    """Upload what is built in *out* to *store*; return how many addresses it cannot store.

    A dry run prints what would be done, one object per line.
    """
    started = time.monotonic()
    with _show_progress("Uploading") as report_progress:
        report = upload_site(
            settings,
            out,
            store,
            compresses=compresses,
            is_dry_run=is_dry_run,
            report_progress=report_progress,
        )
    _write_problems(report.problems)
    if is_dry_run:
        for verb, keys in (("write", report.written), ("delete", report.deleted)):
            for key in keys:
                click.echo(f"{verb} {key}")
    would = "would be " if is_dry_run else ""
    counts = (
        f"{format_count(len(report.written), 'object')} {would}written,"
        f" {len(report.deleted):,} {would}deleted,"
        f" {report.unchanged:,} unchanged"
    )
    click.echo(f"{counts}; it took {time.monotonic() - started:.1f} s.", err=True)
    if not is_dry_run:
        click.echo(store.url)
    return len(report.problems)


def _write_problems(problems: Iterable[str]) -> None:
    for problem in problems:
        click.echo(f"feedsvc: {problem}", err=True)


@contextmanager
def _show_progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """Yield a function that takes (done, total), and shows them on a terminal."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    with click.progressbar(length=1, label=label, file=sys.stderr, update_min_steps=50) as bar:

        def report_progress(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield report_progress


def _describe(report: BuildReport, elapsed: float, settings: Settings) -> str:
    text = (
        f"{format_count(report.addresses, 'address', 'addresses')},"
        f" {format_count(report.written, 'file')} written,"
        f" {report.removed:,} removed; it took {elapsed:.1f} s."
    )
    if report.next_change is None:
        return text
    due = datetime.fromtimestamp(report.next_change, settings.site.zone)
    return f"{text} Build again at {due:%Y-%m-%d %H:%M:%S %Z}, when an entry appears or expires."
