"""`feedsvc index`: bring the index up to date, with a progress bar on a terminal."""

from __future__ import annotations

import sys
import time
from contextlib import closing
from pathlib import Path

import click

from feedsvc.commands.reports import format_states
from feedsvc.index import Queries, open_read_connection, prepare_index_path
from feedsvc.indexer import import_index, refresh_index, walk_files
from feedsvc.settings import Settings


def build_index(settings: Settings) -> Path:
    """Bring the index up to date and return its path; missing files are confirmed as deleted."""
    started = time.monotonic()
    path = prepare_index_path(settings)
    if sys.stderr.isatty():
        files = sum(1 for _ in walk_files(settings.entries))
        # files are read twice: for the listings, and for the full-text search
        with click.progressbar(
            length=2 * files, label="Reading", file=sys.stderr, update_min_steps=50
        ) as bar:
            refresh_index(settings, confirmed=True, report_progress=lambda _: bar.update(1))
            bar.update(2 * files)
    else:
        refresh_index(settings, confirmed=True)
    print_counts(settings, path, started)
    return path


def take_index(settings: Settings, file: Path) -> Path:
    """Import the index that another node has exported to *file*; return its path here."""
    started = time.monotonic()
    path = import_index(settings, file)
    print_counts(settings, path, started)
    return path


def print_counts(settings: Settings, path: Path, started: float) -> None:
    """Print what the index at *path* has, and the seconds since *started*."""
    with closing(open_read_connection(str(path))) as connection:
        counts = Queries(connection, settings.site.zone, int(time.time())).count_states()
    elapsed = time.monotonic() - started
    shown = format_states(counts) or "no entry"
    click.echo(f"The index has {shown}; it took {elapsed:.1f} s.", err=True)
