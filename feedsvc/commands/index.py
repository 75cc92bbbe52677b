"""`feedsvc index`: the index brought up to date, with a progress bar where somebody looks."""

from __future__ import annotations

import sys
import time
from contextlib import closing
from pathlib import Path

import click

from feedsvc.index import (
    Queries,
    open_read_connection,
    prepare_index_path,
    refresh_index,
    walk_files,
)
from feedsvc.settings import Settings


def build_index(settings: Settings) -> Path:
    """Bring the index up to date and return its path; what vanished is confirmed as deleted."""
    started = time.monotonic()
    path = prepare_index_path(settings)
    if sys.stderr.isatty():
        files = sum(1 for _ in walk_files(settings.entries))
        # each file is read once for the listings, and once more for the full-text search
        with click.progressbar(
            length=2 * files, label="Reading", file=sys.stderr, update_min_steps=50
        ) as bar:
            refresh_index(settings, confirmed=True, report_progress=lambda _: bar.update(1))
            bar.update(2 * files)
    else:
        refresh_index(settings, confirmed=True)
    with closing(open_read_connection(str(path))) as connection:
        counts = Queries(connection, settings.site.zone, int(time.time())).count_states()
    shown = ", ".join(f"{count:,} {state}" for state, count in counts.items() if count)
    elapsed = time.monotonic() - started
    click.echo(f"The index has {shown or 'no file'}; it took {elapsed:.1f} s.", err=True)
    return path
