"""Who reads the feeds, from access logs: nothing is counted while requests are answered.

`access_lines` reads a log, `agents` interprets a User-Agent, `counting` adds up by feed, day and
reader, `tables` shows the sums. Clients' addresses are never read, so no table has them.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from feedsvc.commands.statistics.access_lines import LineReader
from feedsvc.commands.statistics.counting import count_requests
from feedsvc.commands.statistics.tables import make_json_statistics, make_tables
from feedsvc.settings import Settings


def report_statistics(
    settings: Settings, logs: Sequence[Path], *, days: int, is_json: bool
) -> list[str]:
    """Return the lines of a report on the last *days* days in *logs*; none without a request.

    Raises OSError if a log cannot be read.
    """
    reader = LineReader(settings.site.zone)
    base_path = urlsplit(settings.site.url).path
    statistics = count_requests(reader.read_files(logs), base_path)
    statistics.keep_days(days)
    if not statistics.tallies:
        return []
    if is_json:
        return [make_json_statistics(statistics)]
    bar = "█" if (sys.stdout.encoding or "").casefold().startswith("utf") else "#"
    return list(make_tables(statistics, shutil.get_terminal_size().columns, bar))
