"""A listing's conditions as SQL, over keys only: newest first, without sorting.

The cost of a query depends on its rarest condition and its limit; it neither scans nor sorts
rows that it does not return.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from feedsvc.content.search_words import split_cjk
from feedsvc.index.schema import KEY_HASH_BITS, NEVER, Connection, select_value
from feedsvc.listing import Listing, parse_time_range

SqlParameters = dict[str, Any]
MAX_KEY = (1 << 63) - 1
MAX_SORTED_ROWS = 4_000  # the most that may be sorted in memory
MAX_LEADING_TRANSLATIONS = 32  # of a group: those that may stand for the others in a listing
EXCLUDABLE_KINDS = ("tag", "category", "author")  # kinds of terms that `not` may exclude
# `:horizon` is the current second; in a preview the end of time, so that all is public
IS_PUBLIC_SQL = "e.public_from <= :horizon AND e.public_until > :now"
KEY_BOUNDS_SQL = " AND p.key >= :first AND p.key < :after"
IS_FOUND_SQL = "EXISTS (SELECT 1 FROM search f WHERE f.search MATCH :match AND f.rowid = e.key)"
ENTRY_COLUMNS = "e.key, e.path, e.hash, e.changed, e.translation_group, e.seen"


class Driver(Struct, frozen=True, kw_only=True):
    """The table that a query iterates, and its expression for an entry's key."""

    tables: str
    key: str


BY_TIME = Driver(tables="entry e", key="e.key")
BY_CHANGE = Driver(tables="entry e INDEXED BY entry_changed", key="e.key")
BY_SEEN = Driver(tables="entry e INDEXED BY entry_seen", key="e.key")
BY_TERM = Driver(
    tables="entry_term t CROSS JOIN entry e ON e.key = t.key AND t.term_id = :driver", key="t.key"
)
BY_SEARCH = Driver(
    tables="search s CROSS JOIN entry e ON e.key = s.rowid AND s.search MATCH :match", key="s.rowid"
)


class Term(Struct, frozen=True, kw_only=True):
    """A term's number, and its count of entries, including scheduled and expired ones."""

    id: int
    count: int


class Selection(Struct, frozen=True, kw_only=True):
    """The entries of a listing as SQL."""

    driver: Driver
    condition: str
    order: str
    parameters: SqlParameters

    def build_statement(
        self, limit: int, above: int | None = None, skip: int = 0
    ) -> tuple[str, SqlParameters]:
        """Return SQL and parameters of the first *limit* entries after *skip*.

        With *above*, a key, return only entries with larger keys, oldest first.
        """
        order, low = self.order, self.parameters["low"]
        if above is not None:
            # of two lower bounds SQLite would search by one, and read all between them
            order, low = f"{self.driver.key} ASC", max(low, above + 1)
        text = (
            f"SELECT {ENTRY_COLUMNS} FROM {self.driver.tables} WHERE {self.condition}"
            f" ORDER BY {order} LIMIT :limit OFFSET :skip"
        )
        return text, self.parameters | {"low": low, "limit": limit, "skip": skip}

    def is_met(self, db: Connection, identity: str) -> bool:
        """Whether the selection has the entry with the id *identity*."""
        keys = "SELECT key FROM file WHERE id = :id AND key IS NOT NULL"
        query = (
            f"SELECT 1 FROM {self.driver.tables} WHERE {self.condition}"
            f" AND {self.driver.key} IN ({keys})"
        )
        return select_value(db, query, self.parameters | {"id": identity}) is not None


class Conditions:
    """Builds the conditions of listings at the second *now*.

    Entries that are public by the second *horizon* are included.
    """

    def __init__(self, connection: Connection, zone: ZoneInfo, now: int, horizon: int) -> None:
        self.db = connection
        self.zone = zone
        self.now = now
        self.horizon = horizon

    def build_selection(self, listing: Listing) -> Selection | None:
        """Return the selection of *listing*, None if no entry can meet its conditions."""
        named = [self.select_terms(kind, slugs) for kind, slugs in listing.names]
        match = _build_match(listing.words)
        if not all(named) or (listing.words and not match):
            return None
        single = (
            (terms[0], kind, slugs)
            for terms, (kind, slugs) in zip(named, listing.names, strict=True)
            if len(slugs) == 1
        )
        rarest, *_ = min(single, key=lambda one: (one[0].count, *one[1:]), default=(None, "", ()))
        driver = _choose_driver(listing, rarest)
        low, high = self.get_key_range(listing)
        parameters: SqlParameters = {
            "now": self.now,
            "horizon": self.horizon,
            "low": low,
            "high": high,
            "match": match,
        }
        if rarest is not None:
            parameters["driver"] = rarest.id
        found = [IS_FOUND_SQL] if match else []
        conditions = [IS_PUBLIC_SQL, f"{driver.key} >= :low AND {driver.key} < :high"]
        if not any(kind == "language" for kind, _ in listing.names):
            conditions.append(
                build_precedence([*map(build_term_condition, named), *found], KEY_BOUNDS_SQL)
            )
            parameters["first"], parameters["after"] = self.get_key_range(listing.first_page)
        # the name that drives the query is met by each of its rows
        met = [rarest] if driver is BY_TERM else []
        conditions += [build_term_condition(terms) for terms in named if terms != met]
        moment = "e.seen" if listing.tracks_changes else "e.changed"
        if listing.tracks_changes:
            conditions.append("e.seen >= :since AND e.seen < :until")
            parameters["since"], parameters["until"] = get_change_range(listing, self.zone)
        if listing.before_change is not None:
            # SQLite searches by both bounds of the first column; a row value has only one
            conditions.append(f"{moment} <= :change AND ({moment}, e.key) < (:change, :before)")
            parameters |= {"change": listing.before_change, "before": listing.before}
        excluded = [self.select_terms(kind, listing.without) for kind in EXCLUDABLE_KINDS]
        if without := [*chain(*excluded)]:
            conditions.append("NOT " + build_term_condition(without))
        if driver is not BY_SEARCH:
            conditions += found
        return Selection(
            driver=driver,
            condition=" AND ".join(conditions),
            order=f"{moment} DESC, e.key DESC" if listing.sort else f"{driver.key} DESC",
            parameters=parameters,
        )

    def get_key_range(self, listing: Listing) -> tuple[int, int]:
        """Return the range of keys of *listing*, the upper bound excluded."""
        periods = (listing.path_period, listing.period)
        since, until = ("", "") if listing.tracks_changes else (listing.since, listing.until)
        firsts = [parse_time_range(words, self.zone)[0] for words in (*periods, since) if words]
        afters = [parse_time_range(words, self.zone)[1] for words in (*periods, until) if words]
        low = max(firsts) << KEY_HASH_BITS if firsts else -MAX_KEY
        high = min([self.horizon + 1, *afters]) << KEY_HASH_BITS
        before = listing.before if listing.before_change is None else 0
        return low, min(high, before or MAX_KEY)

    def select_term(self, kind: str, slug: str) -> Term | None:
        """Return the term, None if it does not exist."""
        query = "SELECT term_id, count FROM term WHERE kind = ? AND slug = ?"
        found = self.db.execute(query, (kind, slug)).fetchone()
        return None if found is None else Term(id=found[0], count=found[1])

    def select_terms(self, kind: str, slugs: Iterable[str]) -> list[Term]:
        """Return the existing terms among *slugs*."""
        return [term for slug in slugs if (term := self.select_term(kind, slug)) is not None]


def get_change_range(listing: Listing, zone: ZoneInfo) -> tuple[int, int]:
    """Return the range of milliseconds of the changes in *listing*, the upper bound excluded."""
    since = parse_time_range(listing.since, zone)[0] if listing.since else -NEVER
    until = parse_time_range(listing.until, zone)[1] if listing.until else NEVER
    return 1000 * since, 1000 * until


def _choose_driver(listing: Listing, rarest: Term | None) -> Driver:
    """Return what drives the query: the rarest term, else search, else time."""
    is_rare = rarest is not None and rarest.count <= MAX_SORTED_ROWS
    if listing.sort:
        by_change = BY_SEEN if listing.tracks_changes else BY_CHANGE
        return BY_TERM if is_rare else by_change
    if listing.words and not is_rare:
        return BY_SEARCH
    return BY_TIME if rarest is None else BY_TERM


def build_term_condition(terms: Iterable[Term]) -> str:
    """Return the condition that an entry has one of *terms*."""
    numbers = ",".join(str(term.id) for term in terms)
    return f"EXISTS (SELECT 1 FROM entry_term x WHERE x.term_id IN ({numbers}) AND x.key = e.key)"


def build_precedence(conditions: Iterable[str] = (), bounds: str = "") -> str:
    """Return the condition that an entry is the first of its translations that meet *conditions*.

    They are about `e`; *bounds*, about `p`, are those of keys. Languages are no condition here.
    """
    met = " AND ".join([IS_PUBLIC_SQL, *conditions]).replace("e.", "p.")
    return (
        "(e.translation_rank = 0 OR NOT EXISTS (SELECT 1 FROM entry p"
        # repeats the condition of the partial index, or SQLite would not use it
        " WHERE p.translation_group = e.translation_group AND p.translation_group <> ''"
        f" AND p.translation_rank < min(e.translation_rank, {MAX_LEADING_TRANSLATIONS})"
        f" AND {met}{bounds}))"
    )


def _build_match(words: str) -> str:
    """Return the FTS5 query for *words*, each a phrase; "" if none has a letter or digit."""
    plain = (word.replace('"', " ") for word in words.split())
    return " ".join(f'"{split_cjk(word).strip()}"' for word in plain if re.search(r"\w", word))
