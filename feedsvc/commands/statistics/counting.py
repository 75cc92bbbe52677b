"""Requests for feeds, added up by day, feed and reader."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from urllib.parse import urlsplit

from msgspec import Struct, field

from feedsvc.commands.statistics.access_lines import Request
from feedsvc.commands.statistics.agents import Agent, AgentKind, parse_agent
from feedsvc.urls import FEED_ALIASES, FEED_FILES, Route

MAX_FEEDS, MAX_READERS = 5_000, 5_000  # counted separately: clients choose both names
OTHERS = "(others)"
POLITE_REQUESTS = 24  # per day and feed, none of them answered 304
NOT_MODIFIED = 304
DAY, FEED, READER = range(3)  # parts of the keys


class Tally(Struct):
    """Requests, how many of them were answered 304, and the bytes of all responses."""

    requests: int = 0
    unchanged: int = 0
    size: int = 0

    def add(self, other: Tally) -> None:
        self.requests += other.requests
        self.unchanged += other.unchanged
        self.size += other.size


class Wasteful(Struct, frozen=True, kw_only=True):
    """A *reader* that fetches the whole *feed* each time, on *days* days."""

    reader: str
    feed: str
    requests: int
    bytes: int
    days: int


class Statistics(Struct):
    """The counts of access logs, by feed, day and reader."""

    tallies: dict[tuple[date, str, str], Tally] = field(default_factory=dict)  # day, feed, reader
    # the highest number reported; a reader may have several ids for one feed
    reports: dict[tuple[date, str, str, str], int] = field(default_factory=dict)
    kinds: dict[str, AgentKind] = field(default_factory=dict)  # by reader
    feeds: set[str] = field(default_factory=set)

    def add(self, request: Request, feed: str) -> None:
        """Count *request* for *feed*."""
        feed = _choose_name(feed, self.feeds, MAX_FEEDS)
        self.feeds.add(feed)
        agent = parse_agent(request.agent)
        reader = _choose_name(agent.name, self.kinds, MAX_READERS)
        if self.kinds.get(reader) != "aggregator":
            self.kinds[reader] = agent.kind
        key = request.day, feed, reader
        unchanged = int(request.status == NOT_MODIFIED)
        tally = Tally(requests=1, unchanged=unchanged, size=request.size)
        self.tallies.setdefault(key, Tally()).add(tally)
        self._add_report(key, agent)

    def _add_report(self, key: tuple[date, str, str], agent: Agent) -> None:
        if agent.subscribers is None:
            return
        report = (*key, agent.feed_id)
        if report in self.reports or len(self.reports) < MAX_FEEDS * 20:
            self.reports[report] = max(agent.subscribers, self.reports.get(report, 0))

    def keep_days(self, count: int) -> None:
        """Forget all but the last *count* days."""
        for day in self.days[:-count]:
            self.tallies = {key: one for key, one in self.tallies.items() if key[0] != day}
            self.reports = {key: one for key, one in self.reports.items() if key[0] != day}

    @property
    def days(self) -> list[date]:
        return sorted({day for day, *_ in self.tallies})

    def sum_by(self, *parts: int) -> dict[tuple[str, ...], Tally]:
        """Return the sums by *parts* of the key (`DAY`, `FEED`, `READER`), most requests first."""
        sums: dict[tuple[str, ...], Tally] = {}
        for key, tally in self.tallies.items():
            sums.setdefault(_select_parts(key, parts), Tally()).add(tally)
        return dict(sorted(sums.items(), key=lambda one: (-one[1].requests, one[0])))

    def count_subscribers(self, *parts: int) -> Counter[tuple[str, ...]]:
        """Return the reported subscribers, by *parts* of the key."""
        counts: Counter[tuple[str, ...]] = Counter()
        for key, count in self.reports.items():
            counts[_select_parts(key, parts)] += count
        return counts

    def list_wasteful(self) -> list[Wasteful]:
        """Return readers that make no conditional requests, most bytes first.

        They requested a feed more than `POLITE_REQUESTS` times a day and never got 304 (RFC 9110,
        section 13), so that each response was the whole feed.
        """
        found: dict[tuple[str, str], list[Tally]] = {}
        for (_, feed, reader), tally in self.tallies.items():
            if tally.requests > POLITE_REQUESTS and not tally.unchanged:
                found.setdefault((reader, feed), []).append(tally)
        rows = [
            Wasteful(
                reader=reader,
                feed=feed,
                requests=sum(one.requests for one in tallies),
                bytes=sum(one.size for one in tallies),
                days=len(tallies),
            )
            for (reader, feed), tallies in found.items()
        ]
        return sorted(rows, key=lambda row: (-row.bytes, row.reader, row.feed))


def count_requests(requests: Iterable[Request], base_path: str) -> Statistics:
    """Return the statistics of the *requests* that were answered with a feed or 304.

    *base_path* is the path of the site's URL: "/" or "/news/".
    """
    statistics = Statistics()
    for request in requests:
        if 200 <= request.status < 300 or request.status == NOT_MODIFIED:
            feed = parse_feed(request.target, base_path)
            if feed:
                statistics.add(request, feed)
    return statistics


def parse_feed(target: str, base_path: str) -> str:
    """Return the feed that *target* names, as a path with its query below the site; "" for none.

    An alias counts as its feed, an archive as the feed it belongs to. A partner's key is removed.
    """
    path, mark, query = target.partition("?")
    if "://" in path:
        path = urlsplit(path).path
    if not path.startswith(base_path):
        return ""
    path = path.removeprefix(base_path)
    path = FEED_ALIASES.get(path, path)
    *folders, name = path.split("/")
    if name not in FEED_FILES.values():
        return ""
    if folders and folders[0] == Route.PARTNERS:
        return f"/{'/'.join([*folders[:2], name])}"
    if Route.ARCHIVE in folders:
        folders, mark, query = folders[: folders.index(Route.ARCHIVE)], "", ""
    return f"/{'/'.join([*folders, name])}{mark}{query}"[:200]


def _select_parts(key: Sequence[object], parts: Iterable[int]) -> tuple[str, ...]:
    return tuple(str(key[part]) for part in parts)


def _choose_name(name: str, known: Collection[str], limit: int) -> str:
    return name if name in known or len(known) < limit else OTHERS
