"""What listings, pages and addresses ask of the index, from one consistent state of it.

Comes in: a `Listing`, an address or a key, and the second it is asked for.
Goes out: rows and facts, newest first.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from feedsvc.index.conditions import (
    ENTRY_COLUMNS,
    IS_PUBLIC_SQL,
    MAX_KEY,
    MAX_SORTED_ROWS,
    EntryRow,
    ListingQueries,
    build_term_condition,
)
from feedsvc.index.rows import STATE_KIND, unpack_terms
from feedsvc.index.schema import KEY_HASH_BITS, NEVER
from feedsvc.listing import Listing, make_period, parse_time_range


class TombstoneRow(NamedTuple):
    """A retracted entry."""

    path: str
    id: str
    url: str
    moment: str
    reason: str


class FileRow(NamedTuple):
    """What an address leads to: an entry's file, its state, and its hash and key where it is listed."""

    path: str
    state: str
    hash: bytes
    key: int | None
    place: str


class Queries(ListingQueries):
    """Questions to one connection; *now* in seconds decides what is public."""

    # -- names -----------------------------------------------------------------------

    def select_terms(self, kind: str) -> list[tuple[str, str, int]]:
        """(slug, name, entries public now) of every name that has any, the most used first."""
        hidden = Counter(self._select_hidden_terms(kind))
        found = self.db.execute(
            "SELECT term, slug, count FROM term WHERE kind = ? AND count > 0", (kind,)
        ).fetchall()
        names = [(slug, self._select_spelling(term), n - hidden[term]) for term, slug, n in found]
        return sorted((name for name in names if name[2] > 0), key=lambda name: (-name[2], name[0]))

    def _select_hidden_terms(self, kind: str) -> Iterator[int]:
        """The terms of scheduled and expired entries, which the stored counts include."""
        query = (
            "SELECT terms, lead FROM entry WHERE starts > :now"
            " UNION ALL SELECT terms, lead FROM entry INDEXED BY entry_ends"
            f" WHERE ends <= :now AND ends < {NEVER} AND starts <= :now"
        )
        for terms, lead in self.db.execute(query, {"now": self.now}).fetchall():
            slugs = (slug for of, slug, _ in unpack_terms(terms) if of == kind)
            if lead or kind == "language":
                yield from (
                    term for slug in slugs if (term := self.select_term_id(kind, slug)) is not None
                )

    def _select_spelling(self, term: int) -> str:
        """The most frequent spelling of a name, of equally frequent ones the first in order."""
        query = "SELECT name FROM spelling WHERE term = ? AND count > 0 ORDER BY count DESC, name LIMIT 1"
        found = self.db.execute(query, (term,)).fetchone()
        return found[0] if found else ""

    def select_spellings(self, listing: Listing) -> dict[tuple[str, str], str]:
        """Display names of all slugs of *listing* that are known."""
        wanted = [(kind, slug) for kind, slugs in listing.names for slug in slugs]
        wanted += [
            (kind, slug) for slug in listing.without for kind in ("tag", "category", "author")
        ]
        found: dict[tuple[str, str], str] = {}
        for kind, slug in wanted:
            term = self.select_term_id(kind, slug)
            if term is not None and (name := self._select_spelling(term)):
                found[kind, slug] = name
        return found

    def is_known(self, listing: Listing) -> bool:
        """Whether the name or period in the listing's path is one that a public entry bears, or bore.

        A subscriber whose last entry was withdrawn or has expired is told so by an empty feed, not by 404.
        """
        whole = Listing(folder=listing.folder)
        if not listing.folder or self.select_entries(whole, 1) or self.select_tombstones(whole, 1):
            return True
        return self.select_last_expiry(whole) > 0

    # -- history ---------------------------------------------------------------------

    def select_newest_omitted(
        self, listing: Listing, shown: Iterable[int], most: int
    ) -> EntryRow | None:
        """The newest entry of the listing's whole history that is not among the *shown* keys."""
        keys = set(shown)
        for row in self.select_entries(listing.archived_listing, most + 1):
            if row.key not in keys:
                return row
        return None

    def select_adjacent_periods(self, listing: Listing, cut: str) -> tuple[str, str]:
        """The nearest older and newer archive periods that have entries, "" where there are none."""
        first, after = parse_time_range(listing.period, self.zone)
        whole = listing.archived_listing
        bound = self._build_key_range(whole)
        older = (
            self.select_entries(_limit_to_before(whole, first << KEY_HASH_BITS), 1)
            if bound[0] < first << KEY_HASH_BITS
            else []
        )
        newer = self.select_entries(whole, 1, above=(after << KEY_HASH_BITS) - 1)
        previous = make_period(older[0].key >> KEY_HASH_BITS, cut, self.zone) if older else ""
        following = make_period(newer[0].key >> KEY_HASH_BITS, cut, self.zone) if newer else ""
        return previous, following

    # -- one entry -------------------------------------------------------------------

    def select_by_permalink(self, place: str) -> FileRow | None:
        query = (
            "SELECT path, state, hash, key, place FROM file WHERE place = ? AND state <> 'error'"
        )
        found = self.db.execute(query, (place,)).fetchone()
        return None if found is None else FileRow(*found)

    def resolve_alias(self, place: str) -> str | None:
        """The permalink that an old address leads to now."""
        query = (
            "SELECT file.place FROM alias JOIN file USING (path) WHERE alias.place = ? AND file.state <> 'error'"
            " ORDER BY path LIMIT 1"
        )
        found = self.db.execute(query, (place,)).fetchone()
        return None if found is None else found[0]

    def resolve_slug(self, slug: str) -> str | None:
        """The permalink of the only entry whose address ends in *slug*, for one re-dated since."""
        query = "SELECT place FROM file WHERE slug = ? AND place IS NOT NULL AND state <> 'error' LIMIT 2"
        found = self.db.execute(query, (slug,)).fetchall()
        return found[0][0] if len(found) == 1 else None

    def is_public(self, key: int) -> bool:
        query = f"SELECT 1 FROM entry e WHERE e.key = :key AND {IS_PUBLIC_SQL}"
        return self.db.execute(query, {"key": key, "now": self.now}).fetchone() is not None

    def select_adjacent_entries(self, key: int) -> tuple[EntryRow | None, EntryRow | None]:
        """The next older and next newer public entries of the unfiltered listing."""
        older = self.select_entries(Listing(before=key), 1)
        newer = self.select_entries(Listing(), 1, above=key)
        return (older[0] if older else None), (newer[0] if newer else None)

    def select_translations(self, shown: Iterable[EntryRow]) -> dict[str, list[tuple[str, str]]]:
        """(language, permalink's path) of the public entries of each story among *shown* that has several."""
        query = (
            "SELECT e.language, file.place FROM entry e CROSS JOIN file USING (path)"
            # the index is of stories that are not empty: only so does SQLite take it
            f" WHERE e.story = :story AND e.story <> '' AND {IS_PUBLIC_SQL} AND file.place IS NOT NULL"
            " ORDER BY e.language, e.path"
        )
        found = {}
        for story in {row.story for row in shown if row.story}:
            members = self.db.execute(query, {"story": story, "now": self.now}).fetchall()
            if len(members) > 1:
                found[story] = members
        return found

    def select_entry(self, key: int) -> EntryRow | None:
        found = self.db.execute(
            f"SELECT {ENTRY_COLUMNS} FROM entry e WHERE e.key = ?", (key,)
        ).fetchone()
        return None if found is None else EntryRow(*found)

    def select_packed_entries(self, keys: Sequence[int | None]) -> dict[tuple[str, bytes], bytes]:
        """What is kept of the entries with *keys*, by path and hash."""
        query = "SELECT path, hash, kept FROM entry WHERE key IN (SELECT value FROM json_each(?))"
        return {
            (path, digest): kept
            for path, digest, kept in self.db.execute(query, (json.dumps(keys),))
        }

    def is_asset_used(self, asset: str) -> bool:
        """Whether a public or unlisted entry uses *asset*."""
        query = "SELECT state, key FROM uses JOIN file USING (path) WHERE asset = ?"
        found = self.db.execute(query, (asset,)).fetchall()
        return any(
            state == "unlisted" or (key is not None and self.is_public(key)) for state, key in found
        )

    # -- withdrawn, and time ---------------------------------------------------------

    def select_tombstones(self, listing: Listing, most: int) -> list[TombstoneRow]:
        """The latest retractions of what *listing* showed, newest first; words are not remembered, and so not asked."""
        found = []
        low, high = self._build_key_range(replace(listing, before=0))
        values = {
            "latest": (self.now + 1) << KEY_HASH_BITS,
            "low": low >> KEY_HASH_BITS,
            "high": high >> KEY_HASH_BITS,
        }
        query = (
            "SELECT path, id, url, moment, reason, terms FROM gone"
            " WHERE key < :latest AND published >= :low AND published < :high ORDER BY key DESC LIMIT 2000"
        )
        for *facts, terms in self.db.execute(query, values):
            if _matches_terms(listing, {(kind, slug) for kind, slug, _ in unpack_terms(terms)}):
                found.append(TombstoneRow(*facts))
                if len(found) == most:
                    break
        return found

    def select_next_change(self) -> int | None:
        """The next second at which an entry becomes public or expires."""
        query = (
            "SELECT min(moment) FROM (SELECT min(starts) AS moment FROM entry WHERE starts > :now UNION ALL"
            f" SELECT min(ends) FROM entry INDEXED BY entry_ends WHERE ends > :now AND ends < {NEVER})"
        )
        found = self.db.execute(query, {"now": self.now}).fetchone()
        return None if found[0] is None else int(found[0])

    def select_last_expiry(self, listing: Listing) -> int:
        """The second at which the listing last lost an entry to its expiry date, 0 if never."""
        terms = [
            [term for slug in slugs if (term := self.select_term_id(kind, slug))]
            for kind, slugs in listing.names
        ]
        if not all(terms):  # a name that no entry bears
            return 0
        few = [of[0] for of, (kind, slugs) in zip(terms, listing.names, strict=True)
               if len(slugs) == 1 and self._count_term_entries(slugs, kind) <= MAX_SORTED_ROWS]  # fmt: skip
        source = "entry e INDEXED BY entry_ends"  # few entries expire at all
        if few and self._count_expired(MAX_SORTED_ROWS) == MAX_SORTED_ROWS:
            source = "mark m CROSS JOIN entry e ON e.key = m.key AND m.term = :driver"
        low, high = self._build_key_range(listing)
        names = "".join(" AND " + build_term_condition(of) for of in terms)
        query = (
            f"SELECT e.ends FROM {source} WHERE e.ends <= :now AND e.ends < {NEVER}{names}"
            " AND e.key >= :low AND e.key < :high ORDER BY e.ends DESC LIMIT 1"
        )
        values = {"now": self.now, "low": low, "high": high, "driver": few[0] if few else 0}
        found = self.db.execute(query, values).fetchone()
        return int(found[0]) if found else 0

    def _count_expired(self, most: int) -> int:
        """How many public entries have expired, counted up to *most*."""
        expired = f"SELECT 1 FROM entry INDEXED BY entry_ends WHERE ends <= :now AND ends < {NEVER} AND starts <= :now"
        values = {"now": self.now, "most": most}
        return int(
            self.db.execute(f"SELECT count(*) FROM ({expired} LIMIT :most)", values).fetchone()[0]
        )

    def select_last_change(self) -> int | None:
        """The latest second that any entry tells of: published, updated, retracted, expired."""
        changed = f"SELECT changed FROM entry e INDEXED BY entry_changed WHERE {IS_PUBLIC_SQL} ORDER BY changed DESC LIMIT 1"
        gone = f"SELECT key >> {KEY_HASH_BITS} FROM gone WHERE key < (:now + 1) << {KEY_HASH_BITS} ORDER BY key DESC LIMIT 1"
        found = [self.db.execute(query, {"now": self.now}).fetchone() for query in (changed, gone)]
        moments = [int(row[0]) for row in found if row is not None]
        return max([*moments, self.select_last_expiry(Listing())]) or None

    def count_states(self) -> dict[str, int]:
        """How many files are in each state, as the files say; scheduled and expired ones by the clock."""
        query = "SELECT slug, count FROM term WHERE kind = ? AND count > 0 ORDER BY slug"
        counts = dict(self.db.execute(query, (STATE_KIND,)).fetchall())
        total = counts.pop("public", 0)
        scheduled = self.db.execute(
            "SELECT count(*) FROM entry WHERE starts > ?", (self.now,)
        ).fetchone()[0]
        expired = self._count_expired(total)
        return {
            "public": total - scheduled - expired,
            "scheduled": scheduled,
            "expired": expired,
            **counts,
        }

    def select_sitemap_entries(self, most: int, skip: int = 0) -> list[tuple[str, int]]:
        """Permalink and second of the last change of *most* public entries, those first out first, for sitemaps."""
        page = f"SELECT key, path, changed FROM entry e WHERE {IS_PUBLIC_SQL} ORDER BY starts, key LIMIT :most OFFSET :skip"
        query = f"SELECT file.place, changed FROM ({page}) JOIN file USING (path) WHERE place IS NOT NULL"
        return self.db.execute(query, {"now": self.now, "most": most, "skip": skip}).fetchall()

    def select_sitemap_parts(self, most: int) -> list[tuple[int, int]]:
        """Number, from 1, and second of the last change of each *most* public entries, those first out first."""
        part = "(row_number() OVER (ORDER BY starts, key) - 1) / :most + 1 AS part"
        numbered = f"SELECT changed, {part} FROM entry e WHERE {IS_PUBLIC_SQL}"
        query = f"SELECT part, max(changed) FROM ({numbered}) GROUP BY part ORDER BY part"
        return self.db.execute(query, {"now": self.now, "most": most}).fetchall()


def _matches_terms(listing: Listing, terms: set[tuple[str, str]]) -> bool:
    """Whether an entry with *terms* meets the names that *listing* asks for and leaves out."""
    if not all(any((kind, slug) in terms for slug in slugs) for kind, slugs in listing.names):
        return False
    return not any(
        (kind, slug) in terms for slug in listing.without for kind in ("tag", "category", "author")
    )


def _limit_to_before(listing: Listing, key: int) -> Listing:
    return replace(listing, before=min(listing.before or MAX_KEY, key))
