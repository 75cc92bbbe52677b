"""Statistics as tables and a chart for the terminal, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import to_builtins

from feedsvc.commands.statistics.counting import DAY, FEED, READER, Statistics, Tally
from feedsvc.log_lines import escape_controls

MAX_ROWS = 20  # of a table
MAX_TEXT = 60  # characters of a name
COUNTS = ("requests", "unchanged", "sent")
UNITS = ("bytes", "KB", "MB", "GB", "TB")


def make_tables(statistics: Statistics, width: int, bar: str) -> Iterator[str]:
    """Yield the lines: feeds, subscribers by day as *bar*s within *width*, readers, wasteful ones.

    Names come from clients, so control characters of a terminal are escaped.
    """
    days = [str(day) for day in statistics.days]
    last = days[-1]
    by_feed = statistics.count_subscribers(DAY, FEED)
    by_reader = statistics.count_subscribers(DAY, READER)
    by_day = statistics.count_subscribers(DAY)
    yield f"Feeds, {days[0]} to {last}"
    yield from _make_table(
        ("feed", *COUNTS, f"subscribers on {last}"),
        [
            (feed, *_format_counts(tally), f"{by_feed[last, feed]:,}")
            for (feed,), tally in statistics.sum_by(FEED).items()
        ],
    )
    yield ""
    yield "Subscribers, as aggregators report them"
    yield from make_chart({day: by_day[day,] for day in days}, width, bar)
    yield ""
    yield "Readers"
    yield from _make_table(
        ("reader", "kind", *COUNTS, f"subscribers on {last}"),
        [
            (
                reader,
                statistics.kinds[reader],
                *_format_counts(tally),
                f"{by_reader[last, reader]:,}",
            )
            for (reader,), tally in statistics.sum_by(READER).items()
        ],
        left=2,
    )
    wasteful = statistics.list_wasteful()
    if wasteful:
        yield ""
        yield "Fetch the whole feed every time, more than once an hour"
        yield from _make_table(
            ("reader", "feed", "requests a day", "sent"),
            [
                (one.reader, one.feed, f"{one.requests / one.days:,.0f}", format_size(one.bytes))
                for one in wasteful
            ],
            left=2,
        )


def make_json_statistics(statistics: Statistics) -> str:
    """Return the statistics as one JSON object; sizes are in bytes, days in order."""
    by_feed = statistics.count_subscribers(DAY, FEED)
    by_reader = statistics.count_subscribers(DAY, READER)
    days: dict[str, Any] = {}
    for (day, feed), tally in sorted(statistics.sum_by(DAY, FEED).items()):
        days.setdefault(day, {})[feed] = _list_counts(tally, by_feed[day, feed])
    last = max(days)
    readers = [
        {
            "name": reader,
            "kind": statistics.kinds[reader],
            **_list_counts(tally, by_reader[last, reader]),
        }
        for (reader,), tally in statistics.sum_by(READER).items()
    ]
    wasteful = [to_builtins(one) for one in statistics.list_wasteful()]
    content = {"days": days, "readers": readers, "wasteful": wasteful}
    return json.dumps(content, ensure_ascii=False, indent=2)


def _list_counts(tally: Tally, subscribers: int) -> dict[str, int]:
    return {
        "requests": tally.requests,
        "unchanged": tally.unchanged,
        "bytes": tally.size,
        "subscribers": subscribers,
    }


def _format_counts(tally: Tally) -> tuple[str, str, str]:
    share = f"{100 * tally.unchanged / tally.requests:.0f} %"
    return f"{tally.requests:,}", share, format_size(tally.size)


def make_chart(values: dict[str, int], width: int, bar: str) -> Iterator[str]:
    """Yield a line for each of *values*: name, bar, number."""
    longest = max(values.values(), default=0)
    room = max(10, width - max(map(len, values), default=0) - len(f"{longest:,}") - 4)
    for name, value in values.items():
        bars = bar * -(-value * room // longest) if longest else ""
        yield f"{name}  {bars} {value:,}" if bars else f"{name}  {value:,}"


def format_size(size: float) -> str:
    """Return *size*, in bytes, in the unit in which it is below 1000."""
    for unit in UNITS:
        if size < 1_000 or unit == UNITS[-1]:
            return f"{size:,.0f} {unit}" if unit == "bytes" or size >= 100 else f"{size:.1f} {unit}"
        size /= 1_000
    raise AssertionError("the last unit takes all")


def _make_table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1
) -> Iterator[str]:
    """Yield *heads* and up to `MAX_ROWS` *rows* as columns, only the first *left* left-aligned."""
    shown = [[_shorten(cell) for cell in row] for row in (heads, *rows[:MAX_ROWS])]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    for row in shown:
        cells = [
            cell.ljust(widths[at]) if at < left else cell.rjust(widths[at])
            for at, cell in enumerate(row)
        ]
        yield "  ".join(cells).rstrip()
    if len(rows) > MAX_ROWS:
        yield f"and {len(rows) - MAX_ROWS:,} more"


def _shorten(text: str) -> str:
    text = escape_controls(text)
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 3]}..."
