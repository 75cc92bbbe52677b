"""Which entries meet a listing's conditions, newest first, by the index's keys alone.

Nothing here sorts or scans what it does not return; a query costs what its
rarest condition and its limit make it cost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from feedsvc.index.schema import KEY_HASH_BITS, Connection
from feedsvc.listing import Listing, parse_time_range

SqlParameters = dict[str, Any]
MAX_KEY = (1 << 63) - 1
MAX_SORTED_ROWS = 4_000  # marks that may be sorted in memory
CJK_CHARACTER = re.compile(
    r"([\u2e80-\u30ff\u3100-\u318f\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])"
)
IS_PUBLIC_SQL = "e.starts <= :now AND e.ends > :now"


class EntryRow(NamedTuple):
    """An entry as a listing knows it; times in seconds."""

    key: int
    path: str
    hash: bytes
    starts: int
    changed: int
    language: str
    story: str


ENTRY_COLUMNS = "e.key, e.path, e.hash, e.starts, e.changed, e.language, e.story"


def split_cjk(text: str) -> str:
    """Text as search sees it: each Chinese or Japanese character a word of its own."""
    return text if text.isascii() else CJK_CHARACTER.sub(r" \1 ", text)


class ListingQueries:
    """Questions to one connection; *now* in seconds decides what is public."""

    def __init__(self, db: Connection, zone: ZoneInfo, now: int) -> None:
        self.db = db
        self.zone = zone
        self.now = now

    # -- listings --------------------------------------------------------------------

    def select_entries(
        self, listing: Listing, most: int, *, above: int | None = None, skip: int = 0
    ) -> list[EntryRow]:
        """The first *most* entries of *listing*; *above* is a key that they all lie above, oldest first then."""
        built = self.build_statement(listing, most, above, skip)
        return [EntryRow(*row) for row in self.db.execute(*built)] if built is not None else []

    def build_statement(
        self, listing: Listing, most: int, above: int | None = None, skip: int = 0
    ) -> tuple[str, SqlParameters] | None:
        """The SQL of `find_entries` and its values; None where no entry can meet the conditions."""
        condition, values = self._build_condition(listing)
        if condition is None:
            return None
        source, order = self._choose_driving_table(listing, values)
        if above is not None:
            # of two lower bounds SQLite would search by one, and read all that lies between them
            values["low"] = max(values["low"], above + 1)
            order = "{key} ASC"
        key = (
            "s.rowid"
            if source.startswith("search")
            else "m.key"
            if source.startswith("mark")
            else "e.key"
        )
        values |= {"most": most, "skip": skip}
        text = f"SELECT {ENTRY_COLUMNS} FROM {source} WHERE {condition} ORDER BY {order} LIMIT :most OFFSET :skip"
        return text.replace("{key}", key), values

    def count_entries(self, listing: Listing, most: int, *, above: int | None = None) -> int:
        """How many entries *listing* has, counted up to *most*; *above* as in `find_entries`."""
        built = self.build_statement(listing, most, above)
        return (
            int(self.db.execute(f"SELECT count(*) FROM ({built[0]})", built[1]).fetchone()[0])
            if built
            else 0
        )

    def _choose_driving_table(self, listing: Listing, values: SqlParameters) -> tuple[str, str]:
        """The table that drives the query, and its order: the rarest name, else words, else time."""
        rarest = min(
            (
                (self._count_term_entries(slugs, kind), kind, slugs)
                for kind, slugs in listing.names
                if len(slugs) == 1
            ),
            default=None,
        )
        if listing.sort:
            if rarest is not None and rarest[0] <= MAX_SORTED_ROWS:
                values["driver"] = self.select_term_id(rarest[1], rarest[2][0])
                source = "mark m CROSS JOIN entry e ON e.key = m.key AND m.term = :driver"
                return source, "e.changed DESC, e.key DESC"
            return "entry e INDEXED BY entry_changed", "e.changed DESC, e.key DESC"
        if listing.words and (rarest is None or rarest[0] > MAX_SORTED_ROWS):
            return (
                "search s CROSS JOIN entry e ON e.key = s.rowid AND s.search MATCH :match",
                "{key} DESC",
            )
        if rarest is not None:
            values["driver"] = self.select_term_id(rarest[1], rarest[2][0])
            return "mark m CROSS JOIN entry e ON e.key = m.key AND m.term = :driver", "{key} DESC"
        return "entry e", "{key} DESC"

    def _build_condition(self, listing: Listing) -> tuple[str | None, SqlParameters]:
        low, high = self._build_key_range(listing)
        values: SqlParameters = {"now": self.now, "low": low, "high": high}
        parts = [IS_PUBLIC_SQL, "{key} >= :low AND {key} < :high"]
        if not any(kind == "language" for kind, _ in listing.names):
            parts.append("e.lead = 1")
        for kind, slugs in listing.names:
            terms = [
                term for slug in slugs if (term := self.select_term_id(kind, slug)) is not None
            ]
            if not terms:
                return None, values
            parts.append(build_term_condition(terms))
        without = [
            term for slug in listing.without for kind in ("tag", "category", "author")
            if (term := self.select_term_id(kind, slug)) is not None
        ]  # fmt: skip
        if without:
            parts.append("NOT " + build_term_condition(without))
        if listing.words:
            values["match"] = " ".join(f'"{word}"' for word in _parse_search_phrases(listing.words))
            if not values["match"]:
                return None, values
            if "search" not in self._choose_driving_table(listing, {})[0]:
                parts.append(
                    "EXISTS (SELECT 1 FROM search f WHERE f.search MATCH :match AND f.rowid = e.key)"
                )
        return " AND ".join(parts), values

    def _build_key_range(self, listing: Listing) -> tuple[int, int]:
        """The keys between which all entries of *listing* lie, the upper one not included."""
        low, high = -MAX_KEY, min(MAX_KEY, (self.now + 1) << KEY_HASH_BITS)
        for words in filter(None, (listing.path_period, listing.period)):
            first, after = parse_time_range(words, self.zone)
            low, high = max(low, first << KEY_HASH_BITS), min(high, after << KEY_HASH_BITS)
        if listing.since:
            low = max(low, parse_time_range(listing.since, self.zone)[0] << KEY_HASH_BITS)
        if listing.until:
            high = min(high, parse_time_range(listing.until, self.zone)[1] << KEY_HASH_BITS)
        if listing.before:
            high = min(high, listing.before)
        return low, high

    # -- terms -----------------------------------------------------------------------

    def select_term_id(self, kind: str, slug: str) -> int | None:
        found = self.db.execute(
            "SELECT term FROM term WHERE kind = ? AND slug = ?", (kind, slug)
        ).fetchone()
        return None if found is None else int(found[0])

    def _count_term_entries(self, slugs: Iterable[str], kind: str) -> int:
        query = "SELECT count FROM term WHERE kind = ? AND slug = ?"
        return sum(
            found[0] for slug in slugs if (found := self.db.execute(query, (kind, slug)).fetchone())
        )


def build_term_condition(terms: Iterable[int]) -> str:
    numbers = ",".join(str(int(term)) for term in terms)
    return f"EXISTS (SELECT 1 FROM mark x WHERE x.term IN ({numbers}) AND x.key = e.key)"


def _parse_search_phrases(words: str) -> list[str]:
    """Each word as a phrase of search's own; a word without letter or digit finds nothing and is left out."""
    plain = (word.replace('"', " ") for word in words.split())
    return [split_cjk(word).strip() for word in plain if re.search(r"\w", word)]
