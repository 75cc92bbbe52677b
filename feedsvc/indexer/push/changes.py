"""What has changed for subscribers: compares two states of the index, each at its second.

Comes in: the paths that a scan writes, before and after its commit, and the clock. Goes out: a
`ChangeSet`. It reveals nothing of entries that readers are not shown: drafts, scheduled ones and
errors.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import islice
from typing import Literal

from msgspec import Struct

from feedsvc.index.queries import Queries
from feedsvc.index.rows import NOINDEX_TERM, list_folders, unpack_terms, unseal
from feedsvc.index.schema import KEY_HASH_BITS, NEVER, Connection
from feedsvc.listing import make_period
from feedsvc.model import Pairs
from feedsvc.reading import classify, unpack_fields
from feedsvc.settings import Settings
from feedsvc.urls import join_url

MAX_CHANGES = 1_000  # named in a change set; beyond that it has only their number
MAX_COMPARED_PATHS = 20_000  # if one commit writes more, all count as changed
MAX_MISSED_SECONDS = 86_400  # after an outage: what fell due earlier is not reported
Event = Literal["published", "updated", "withdrawn", "expired", "removed", ""]
State = Literal["public", "retracted", "expired", "gone"]
STATES: dict[str, State] = {  # of the entry after an event; why it is not public is not revealed
    "published": "public",
    "updated": "public",
    "withdrawn": "retracted",
    "expired": "expired",
}
FACTS_SQL = (
    "SELECT file.path, state, file.hash, file.id, coalesce(permalink_path, ''),"
    " coalesce(file.url, tombstone.url, ''), file.public_from, file.public_until, file.key,"
    " coalesce(entry.terms, tombstone.terms, ''),"
    " CASE WHEN :packed THEN coalesce(entry.packed, x'') ELSE x'' END,"
    " (SELECT group_concat(asset, char(10)) FROM asset_use WHERE asset_use.path = file.path)"
    " FROM file LEFT JOIN entry ON entry.key = file.key"
    " LEFT JOIN tombstone ON tombstone.path = file.path WHERE file.path = :path"
)
MAX_USERS = 50  # entries that link to a changed one; caches drop their pages, too
USERS_SQL = f"SELECT path FROM asset_use WHERE asset = ? LIMIT {MAX_USERS}"
DUE_SQL = (  # what becomes public, or expires, by the clock alone
    "SELECT path FROM entry WHERE public_from > :seen AND public_from <= :now"
    " UNION SELECT path FROM entry WHERE public_until > :seen AND public_until <= :now"
    f" AND public_until < {NEVER} LIMIT {MAX_COMPARED_PATHS}"
)


class EntryFacts(Struct, frozen=True):  # positional: a row of SQLite
    """The facts of an entry that are compared; times in seconds."""

    path: str
    state: str
    hash: bytes
    id: str | None
    permalink_path: str
    own_url: str
    public_from: int
    public_until: int
    key: int | None
    terms: str
    packed: bytes
    used_files: str | None  # its pictures, enclosures and link targets, one per line

    @property
    def output(self) -> tuple[object, ...]:
        """All that documents show of it, including its addresses."""
        return self.state, self.hash, self.id, self.permalink_path, self.own_url, self.terms

    def is_out(self, second: int, state: str = "public") -> bool:
        """Return whether readers see it in *state* at *second*."""
        return self.state == state and self.public_from <= second < self.public_until

    def make_url(self, site: str) -> str:
        return join_url(site, self.permalink_path) if self.permalink_path else self.own_url

    def get_title(self, site: str) -> str:
        return unpack_fields(self.path, unseal(self.packed), site).title if self.packed else ""


class Change(Struct, frozen=True, kw_only=True):
    """An entry and what happened to it; *event* is "" if only its page has changed."""

    event: Event
    path: str
    id: str
    url: str
    title: str
    state: State
    is_indexed: bool = True  # search engines may list it
    former_url: str = ""  # if it differs
    folders: tuple[str, ...] = ()  # of the listings that have or had it, that of everything first
    periods: tuple[str, ...] = ()  # of the archives
    neighbors: Pairs = ()  # (path, URL) of pages that mention it
    assets: tuple[str, ...] = ()  # paths of the files that it uses, or used


class ChangeSet(Struct, frozen=True, kw_only=True):
    """The changes of one commit, the newest entries first."""

    changes: tuple[Change, ...] = ()
    omitted: int = 0  # further changes, not named

    def __bool__(self) -> bool:
        return bool(self.changes or self.omitted)


class ChangeLog:
    """Compares what was visible with what is, and reports the difference.

    *db* is the writer's connection, *known* reads the last committed state; *seen* is the second up
    to which changes were reported, 0 for none. *report* takes a change set and the second up to
    which it goes.
    """

    def __init__(
        self,
        db: Connection,
        known: Connection,
        settings: Settings,
        seen: int,
        report: Callable[[ChangeSet, int], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.db = db
        self.known = known
        self.settings = settings
        self.report = report
        self.clock = clock
        self.seen = max(seen, int(clock()) - MAX_MISSED_SECONDS) if seen else int(clock())
        self.next_change: int | None = None  # the second of the next scheduled one
        self.former: dict[str, EntryFacts | None] = {}
        self.uncompared = 0

    def note_former(self, paths: Collection[str]) -> None:
        """Note the state of *paths* before a scan commits a new one."""
        self.uncompared = max(0, len(paths) - MAX_COMPARED_PATHS)
        with_titles = len(paths) <= MAX_CHANGES
        self.former = {
            path: _select_facts(self.known, path, with_title=with_titles)
            for path in islice(sorted(paths), MAX_COMPARED_PATHS)
        }

    def skip(self) -> None:
        """Treat all present entries as reported: the first index of a folder is no news."""
        self.seen = int(self.clock())
        self.former = {}
        self._select_next_change()
        self.report(ChangeSet(), self.seen)

    def is_due(self) -> bool:
        """Whether an entry has become public, or expired, by the clock."""
        return self.next_change is not None and self.next_change <= self.clock()

    def get_wait_seconds(self) -> float:
        """Return the seconds until the next scheduled change."""
        if self.next_change is None:
            return float("inf")
        return max(0.0, self.next_change - self.clock())

    def report_changes(self) -> None:
        """Report the changes of the noted paths, and what has fallen due."""
        now = int(self.clock())
        seen = min(self.seen, now)  # a clock that was set back
        former, self.former = self.former, {}
        found = list(self._iterate_changed(former, seen, now))
        found.sort(key=lambda pair: _get_order(pair[2]), reverse=True)
        changes = tuple(
            self._build_change(*pair, seen=seen, now=now) for pair in found[:MAX_CHANGES]
        )
        omitted = len(found) - len(changes) + self.uncompared
        self.seen, self.uncompared = now, 0
        self._select_next_change()
        self.report(ChangeSet(changes=changes, omitted=omitted), now)

    def _iterate_changed(
        self, former: dict[str, EntryFacts | None], seen: int, now: int
    ) -> Iterator[tuple[Event, EntryFacts | None, EntryFacts | None]]:
        due = self.db.execute(DUE_SQL, {"seen": seen, "now": now}).fetchall()
        paths = (*former, *(path for (path,) in due if path not in former))
        for path in paths:
            after = _select_facts(self.db, path)
            before = former.get(path, after)
            event = detect_event(before, after, seen, now)
            if event is not None:
                yield event, before, after

    def _select_next_change(self) -> None:
        self.next_change = Queries(self.db, self.settings.site.zone, self.seen).select_next_change()

    def _build_change(
        self,
        event: Event,
        before: EntryFacts | None,
        after: EntryFacts | None,
        *,
        seen: int,
        now: int,
    ) -> Change:
        is_out = after is not None and (after.is_out(now) or after.is_out(now, "unlisted"))
        # of an entry that is no longer visible, only report what was public
        shown = after if is_out or event == "withdrawn" else before
        assert shown is not None  # `detect_event` returns an event only for what is or was shown
        site = self.settings.site.url
        url = shown.make_url(site)
        former_url = before.make_url(site) if before is not None else ""
        sides = [one for one in (after, before) if one is not None and _is_listed(one, seen, now)]
        terms = [term for one in sides for term in unpack_terms(one.terms)]
        return Change(
            event=event,
            path=shown.path,
            id=shown.id or "",
            url=url,
            title=shown.get_title(site) or (before.get_title(site) if before is not None else ""),
            state=STATES.get(event, "gone"),
            is_indexed=NOINDEX_TERM[0] not in {kind for kind, _, _ in terms},
            former_url=former_url if former_url != url else "",
            folders=tuple(list_folders(terms)) if event else (),
            periods=tuple(dict.fromkeys(self._list_periods(sides))),
            neighbors=tuple(self._list_neighbors(sides, now)) if self.settings.push.cdn else (),
            assets=tuple(_list_assets(one for one in (after, before) if one is not None)),
        )

    def _list_periods(self, sides: Iterable[EntryFacts]) -> Iterator[str]:
        for one in sides:
            if one.key is not None:
                cut, zone = self.settings.feeds.archive, self.settings.site.zone
                yield make_period(one.key >> KEY_HASH_BITS, cut, zone)

    def _list_neighbors(self, sides: Iterable[EntryFacts], now: int) -> Iterator[tuple[str, str]]:
        """Yield the entry's neighbors, and the entries that link to it."""
        queries = Queries(self.db, self.settings.site.zone, now)
        paths: dict[str, None] = {}
        for key in {one.key for one in sides if one.key is not None}:
            paths |= {row.path: None for row in queries.select_adjacent_entries(key) if row}
        for path in {one.path for one in sides}:
            paths |= dict.fromkeys(one for (one,) in self.db.execute(USERS_SQL, (path,)))
        for path in paths:
            facts = _select_facts(self.db, path, with_title=False)
            if facts is not None and _is_listed(facts, now, now):
                yield path, facts.make_url(self.settings.site.url)


def detect_event(
    before: EntryFacts | None, after: EntryFacts | None, seen: int, now: int
) -> Event | None:
    """Return what happened to an entry between *seen* and *now*, None if nothing is visible."""
    was_out = before is not None and before.is_out(seen)
    if after is not None and after.is_out(now):
        if not was_out:
            return "published"
        return "updated" if before is not None and before.output != after.output else None
    if after is not None and after.state == "retracted":
        is_known = before is not None and before.output == after.output
        return None if is_known else "withdrawn"
    if was_out:
        is_over = after is not None and after.state == "public" and after.public_until <= now
        return "expired" if is_over else "removed"
    if before is not None and before.state == "retracted":
        return "removed"
    was_page = before is not None and before.is_out(seen, "unlisted")
    is_page = after is not None and after.is_out(now, "unlisted")
    return "" if (was_page or is_page) and before != after else None


def _is_listed(facts: EntryFacts, seen: int, now: int) -> bool:
    """Return whether listings have, or had, the entry or its tombstone."""
    return facts.is_out(seen) or facts.is_out(now) or facts.state == "retracted"


def _list_assets(sides: Iterable[EntryFacts]) -> dict[str, None]:
    used = (path for one in sides for path in (one.used_files or "").split("\n"))
    return {path: None for path in used if classify(path) == "asset"}


def _get_order(facts: EntryFacts | None) -> int:
    return facts.key or 0 if facts is not None else 0


def _select_facts(db: Connection, path: str, *, with_title: bool = True) -> EntryFacts | None:
    found = db.execute(FACTS_SQL, {"path": path, "packed": with_title}).fetchone()
    return None if found is None else EntryFacts(*found)
