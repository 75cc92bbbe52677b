"""The changes of a listing, the last one first: its entries, and those that have left it.

A position is the time of a change, in milliseconds, and a rank within it: the key of an entry, or
for a departure a number below all keys. What changes while a client reads page after page moves to
the front: no page skips anything, and the client gets it with its next request.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from heapq import merge
from itertools import islice

from msgspec import Struct
from msgspec.structs import replace

from feedsvc.index.queries.conditions import ENTRY_COLUMNS, Selection, get_change_range
from feedsvc.index.queries.select import (
    EXPIRED_ENTRIES,
    IS_EXPIRED_SQL,
    EntryRow,
    Queries,
    TombstoneRow,
    matches_terms,
)
from feedsvc.listing import MAX_NUMBER, Listing

LOWEST_RANK = -MAX_NUMBER - 1
EXPIRED_SQL = (
    "SELECT 1000 * e.public_until, e.key, f.id, coalesce(f.permalink_path, f.url, ''), e.terms"
    f" FROM {EXPIRED_ENTRIES} CROSS JOIN file f ON f.path = e.path"
    f" WHERE {IS_EXPIRED_SQL} AND e.public_until >= :since / 1000"
    " AND e.public_until < :until / 1000 AND e.public_until <= :seen / 1000"
    " AND (1000 * e.public_until, e.key) < (:seen, :rank)"
    " ORDER BY e.public_until DESC, e.key DESC"
)
DEPARTURES_SQL = (
    f"SELECT d.seen, d.number + {LOWEST_RANK}, d.id, d.url, d.terms, d.common, t.path, t.url,"
    " t.retracted_at, t.reason, t.title, t.language, t.published,"
    " EXISTS (SELECT 1 FROM file x JOIN entry e ON e.key = x.key WHERE x.id = d.id"
    " AND e.public_until <= :now) FROM departure d"
    " LEFT JOIN file f ON f.id = d.id AND f.state = 'retracted'"
    " LEFT JOIN tombstone t ON t.path = f.path"
    " WHERE d.seen >= :since AND d.seen < :until AND d.seen <= :seen"
    f" AND (d.seen < :seen OR d.number + {LOWEST_RANK} < :rank)"
    " ORDER BY d.seen DESC, d.number DESC"
)
TURNS_SQL = (
    "SELECT 1000 * t.second, f.id, coalesce(f.permalink_path, f.url, ''), e.terms,"
    f" {ENTRY_COLUMNS} FROM turn t CROSS JOIN file f ON f.path = t.path"
    " CROSS JOIN entry e ON e.key = f.key WHERE t.second <= :now AND t.second >= :since / 1000"
    " AND t.second < :until / 1000 AND t.second <= :seen / 1000"
    " AND (1000 * t.second, e.key) < (:seen, :rank)"
    " ORDER BY t.second DESC, e.key DESC"
)


class Change(Struct, frozen=True, kw_only=True):
    """An entry of a listing, or the tombstone of one that has left it."""

    seen: int  # milliseconds
    rank: int
    row: EntryRow | None = None
    tombstone: TombstoneRow | None = None


class ChangePage(Struct, frozen=True, kw_only=True):
    """The first changes of a listing, the last one first."""

    rows: tuple[EntryRow, ...]
    tombstones: tuple[TombstoneRow, ...]
    newest: int | None  # the second of the latest change up to now
    next_page: Listing | None


def select_changes(queries: Queries, listing: Listing, limit: int) -> ChangePage:
    """Return the first *limit* changes of *listing*, which tracks them, after its position."""
    found = list(islice(_iterate_changes(queries, listing, limit + 1), limit + 1))
    shown = found[:limit]
    last = shown[-1] if len(found) > limit else None
    return ChangePage(
        rows=tuple(one.row for one in shown if one.row is not None),
        tombstones=tuple(one.tombstone for one in shown if one.tombstone is not None),
        newest=_get_newest(queries, listing, shown),
        next_page=replace(listing, before=last.rank, before_change=last.seen) if last else None,
    )


def _get_newest(queries: Queries, listing: Listing, shown: list[Change]) -> int | None:
    """Return the second of the last change up to now.

    A scheduled entry changes when it becomes public, and precedes all changes until then.
    """
    if shown and shown[0].seen // 1000 > queries.now:
        present = replace(listing, before=MAX_NUMBER, before_change=1000 * queries.now + 999)
        shown = list(islice(_iterate_changes(queries, present, 1), 1))
    return shown[0].seen // 1000 if shown else None


def has_departures(queries: Queries, listing: Listing) -> bool:
    """Whether an entry has left *listing*, or may have."""
    rows = queries.db.execute(DEPARTURES_SQL, _make_parameters(queries, Listing()))
    return any(_matches(listing, row[4], row[5]) for row in rows)


def _iterate_changes(queries: Queries, listing: Listing, limit: int) -> Iterator[Change]:
    entries = (
        Change(seen=row.seen, rank=row.key, row=row)
        for row in queries.select_entries(listing, limit)
    )
    sources = (
        entries,
        _iterate_expired(queries, listing),
        _iterate_departed(queries, listing),
        _iterate_turns(queries, listing),
    )
    return merge(*sources, key=lambda one: (one.seen, one.rank), reverse=True)


def _iterate_expired(queries: Queries, listing: Listing) -> Iterator[Change]:
    """Yield tombstones of expired entries."""
    found = queries.db.execute(EXPIRED_SQL, _make_parameters(queries, listing))
    for seen, rank, identity, url, terms in found:
        if _matches(listing, terms, terms):
            tombstone = TombstoneRow("", identity, url, _format_time(seen), "expired")
            yield Change(seen=seen, rank=rank, tombstone=tombstone)


def _iterate_departed(queries: Queries, listing: Listing) -> Iterator[Change]:
    """Yield tombstones of retracted entries, and of others that have left *listing*."""
    selection = _build_present(queries, listing)
    found = queries.db.execute(DEPARTURES_SQL, _make_parameters(queries, listing))
    for seen, rank, identity, url, terms, common, path, *retraction, is_over in found:
        if not _matches(listing, terms, common):
            continue
        if path is not None:
            tombstone = TombstoneRow(path, identity, *retraction)
        elif selection is not None and selection.is_met(queries.db, identity):
            continue
        else:
            reason = "expired" if is_over else "removed"
            tombstone = TombstoneRow("", identity, url, _format_time(seen), reason)
        yield Change(seen=seen, rank=rank, tombstone=tombstone)


def _iterate_turns(queries: Queries, listing: Listing) -> Iterator[Change]:
    """Yield the translations that have replaced another by the time alone, or were replaced."""
    selection = _build_present(queries, listing)
    found = queries.db.execute(TURNS_SQL, _make_parameters(queries, listing))
    for seen, identity, url, terms, *row in found:
        if not _matches(listing, terms, terms):
            continue
        entry = EntryRow(*row)
        if selection is not None and selection.is_met(queries.db, identity):
            yield Change(seen=seen, rank=entry.key, row=entry)
        else:
            tombstone = TombstoneRow("", identity, url, _format_time(seen), "removed")
            yield Change(seen=seen, rank=entry.key, tombstone=tombstone)


def _build_present(queries: Queries, listing: Listing) -> Selection | None:
    """Return the selection of what *listing* has now, whenever it changed."""
    present = replace(listing, since="", until="", sort="", before=0, before_change=None)
    return queries.conditions.build_selection(present)


def _make_parameters(queries: Queries, listing: Listing) -> dict[str, object]:
    since, until = get_change_range(listing, queries.zone)
    has_position = listing.before_change is not None
    return {
        "now": queries.now,
        "since": since,
        "until": until,
        "seen": listing.before_change if has_position else MAX_NUMBER,
        "rank": listing.before if has_position else MAX_NUMBER,
    }


def _matches(listing: Listing, terms: str, common: str) -> bool:
    """Whether an entry may have been in *listing*; its text is not known.

    *terms* are all that it had at any time, *common* those that it had always; both packed.
    """
    if (period := listing.path_period) and f"\nmonth\t{period}" not in f"\n{terms}":
        return False
    without = Listing(without=listing.without)
    return matches_terms(replace(listing, without=()), terms) and matches_terms(without, common)


def _format_time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds // 1000, UTC).isoformat()
