"""A clock that jumps, both ways, over everything that calendars have in store (libfaketime).

The clock stands still between two jumps, so that what is public is known to the second.
"""

from __future__ import annotations

import os
import random
import re
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from torture.answers import parse_page, read_whole_site
from torture.result import Result, Tally
from torture.site import AUTHORITY, Answer, Connection, Site

LIBRARIES = ("/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/lib*/faketime/libfaketimeMT.so.1")
SETTINGS = 'timezone = "Europe/Berlin"'
CONNECTIONS = 6  # so that each worker is asked, as good as surely
DELTAS = (-86_400, -3_600, -2, -1, 0, 1, 2, 3_600, 86_400)  # seconds from a moment to a jump
FOREVER = 1 << 40


class Period(Struct, frozen=True, kw_only=True):
    """When an entry is public, in the words of its author and in UTC."""

    date: str
    begins: str
    expires: str = ""
    ends: str = ""

    @property
    def seconds(self) -> tuple[int, int]:
        return parse_utc(self.begins), parse_utc(self.ends) if self.ends else FOREVER


PERIODS = (
    Period(date="2026-03-01", begins="2026-02-28T23:00:00"),
    # the night in which summer time begins: there is no 02:30, which counts as 03:30
    Period(date="2026-03-29 01:59:59", begins="2026-03-29T00:59:59"),
    Period(date="2026-03-29 02:30", begins="2026-03-29T01:30:00"),
    Period(date="2026-03-29 03:00", begins="2026-03-29T01:00:00"),
    Period(
        date="2026-03-02",
        begins="2026-03-01T23:00:00",
        expires="2026-03-29 03:00",
        ends="2026-03-29T01:00:00",
    ),
    # the night in which it ends: there are two 02:30, of which the first is meant
    Period(date="2026-10-25 02:30", begins="2026-10-25T00:30:00"),
    Period(date="2026-10-25T02:30:00+01:00", begins="2026-10-25T01:30:00"),
    Period(date="2026-10-25 03:00", begins="2026-10-25T02:00:00"),
    Period(
        date="2026-03-03",
        begins="2026-03-02T23:00:00",
        expires="2026-10-25 02:30",
        ends="2026-10-25T00:30:00",
    ),
    Period(date="2026-12-31 23:59:59", begins="2026-12-31T22:59:59"),
    Period(date="2027-01-01", begins="2026-12-31T23:00:00"),
    Period(date="2027-01-01T00:00:00Z", begins="2027-01-01T00:00:00"),
    Period(date="2028-02-29", begins="2028-02-28T23:00:00"),
    Period(date="2028-02-29 12:00", begins="2028-02-29T11:00:00"),
    Period(date="2028-03-01", begins="2028-02-29T23:00:00"),
    Period(
        date="2028-02-29 06:00",
        begins="2028-02-29T05:00:00",
        expires="2028-03-01",
        ends="2028-02-29T23:00:00",
    ),
    Period(date="2038-01-19T03:14:07Z", begins="2038-01-19T03:14:07"),  # 2 ** 31 - 1
    Period(date="2038-01-19T03:14:08Z", begins="2038-01-19T03:14:08"),
)


def parse_utc(words: str) -> int:
    return int(datetime.fromisoformat(words).replace(tzinfo=UTC).timestamp())


def locate_library() -> str:
    """Return the path of libfaketime; raises FileNotFoundError where it is not installed."""
    for pattern in LIBRARIES:
        for path in Path("/").glob(pattern.removeprefix("/")):
            return str(path)
    raise FileNotFoundError("libfaketime is not there: sudo apt-get install faketime")


def run(count: int, folder: Path, seed: int) -> Result:
    """Let the clock jump *count* times to a moment at which something changes, or close to it."""
    draw, tally = random.Random(seed), Tally()
    entries = folder / "entries"
    public = write_periods(entries)
    moments = sorted({second for period in public.values() for second in period} - {FOREVER})
    clock = Clock(folder / "clock")
    clock.set(moments[0] + 1)
    back, last = 0, 0
    with Site(folder, entries, site=SETTINGS, environ=clock.environ) as site:
        connections = [Connection(site.port) for _ in range(CONNECTIONS)]
        for _ in range(count):
            now = draw.choice(moments) + draw.choice(DELTAS)
            back += now < last
            last = now
            clock.set(now)
            wanted = {one for one, (begins, ends) in public.items() if begins <= now < ends}
            for connection in connections:
                path = draw.choice(("/atom.xml", "/rss.xml", "/feed.json"))
                check(connection.get(path), wanted, now, moments, tally)
            check_archives(site, wanted, now, tally)
        for connection in connections:
            connection.close()
    return tally.make_result(count, jumps_back=back, changes_of_what_is_public=len(moments))


class Clock:
    """The clock of processes that have `environ`, which shows what *file* names."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.environ = {
            "LD_PRELOAD": locate_library(),
            "FAKETIME_TIMESTAMP_FILE": str(file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
            "TZ": "UTC",
        }

    def set(self, seconds: int) -> None:
        """Set the clock to *seconds*, where it stands still."""
        hidden = self.file.with_suffix(".new")
        words = f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}\n"
        hidden.write_text(words, encoding="ascii")
        os.replace(hidden, self.file)


def write_periods(entries: Path) -> dict[str, tuple[int, int]]:
    """Write an entry for each of PERIODS; return by id from when to when it is public."""
    entries.mkdir()
    public = {}
    for number, period in enumerate(PERIODS):
        expires = f"expires: {period.expires}\n" if period.expires else ""
        text = f"---\ntitle: Entry {number}\ndate: {period.date}\n{expires}---\n\nWords.\n"
        (entries / f"e{number:02}.md").write_text(text, encoding="utf-8")
        public[f"tag:{AUTHORITY}:e{number:02}"] = period.seconds
    return public


def check(answer: Answer, wanted: set[str], now: int, moments: list[int], tally: Tally) -> None:
    """Count a feed that is not what is public at *now*, or that may be kept beyond a change."""
    if answer.status != 200:
        tally.count_answer()
        tally.add_server_error(f"{answer.path}: {answer.status}")
        return
    shown = {item.id for item in parse_page(answer).items}
    max_age = re.search(r"max-age=(\d+)", answer.headers.get("cache-control", ""))
    next_change = min((moment for moment in moments if moment > now), default=FOREVER)
    wrong = [f"{answer.path} at {now} has {one}" for one in shown - wanted]
    if max_age is None or int(max_age[1]) > next_change - now:
        wrong.append(f"{answer.path} at {now}: {max_age}, and {next_change} is the next change")
    tally.count_answer(wrong, [f"{answer.path} at {now} lacks {one}" for one in wanted - shown])


def check_archives(site: Site, wanted: set[str], now: int, tally: Tally) -> None:
    """Count what the shortest feed and its archives have, or lack, together."""
    shown = {item.id for item in read_whole_site(site, "/atom.xml?limit=2")}
    tally.count_answer(
        [f"the archives at {now} have {one}" for one in shown - wanted],
        [f"the archives at {now} lack {one}" for one in wanted - shown],
    )
