"""Queries for listings, pages and addresses, from one consistent state of the index.

Comes in: a `Listing`, an address or a key, and the second that decides what is public.
Goes out: rows and facts, newest first.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from feedsvc.index.queries.conditions import (
    BY_TERM,
    ENTRY_COLUMNS,
    EXCLUDABLE_KINDS,
    IS_PUBLIC_SQL,
    MAX_KEY,
    MAX_SORTED_ROWS,
    Conditions,
    build_precedence,
    build_term_condition,
)
from feedsvc.index.rows import NOINDEX_TERM, STATE_KIND, unpack_terms, unseal
from feedsvc.index.schema import (
    END_OF_TIME,
    KEY_HASH_BITS,
    NEVER,
    Connection,
    get_meta,
    select_value,
)
from feedsvc.listing import Listing, make_period, parse_time_range
from feedsvc.urls import LOST_CHARACTER

IS_INDEXED_SQL = (  # evaluated once per query: few entries have the mark
    "e.key NOT IN (SELECT key FROM entry_term JOIN term USING (term_id)"
    f" WHERE kind = '{NOINDEX_TERM[0]}')"
)
IS_OVER_SQL = f"e.public_until <= :now AND e.public_until < {NEVER}"
# an entry that ends before it begins was never public, and leaves no trace
IS_EXPIRED_SQL = f"{IS_OVER_SQL} AND e.public_from < e.public_until"
# a scheduled or expired entry is treated as missing
IS_ADDRESSABLE_SQL = (
    "file.state <> 'error' AND file.public_from <= :horizon AND file.public_until > :now"
)
MAX_TRANSLATIONS = 200  # of an entry; each page lists all of them
# states whose text and files may be seen; drafts only in a preview
IS_READABLE_SQL = "state IN ('public', 'unlisted', :draft)"
EXPIRED_ENTRIES = "entry e INDEXED BY entry_public_until"  # few entries expire at all


class EntryRow(Struct, frozen=True):  # positional, as the other rows: a row of SQLite
    """An entry's row in a listing; *changed* in seconds, *seen* in milliseconds."""

    key: int
    path: str
    hash: bytes
    changed: int
    translation_group: str
    seen: int


class FileRow(Struct, frozen=True):
    """The file that an address leads to, its state, and its hash and key if it is listed."""

    path: str
    state: str
    hash: bytes
    key: int | None
    permalink_path: str
    public_until: int


class TombstoneRow(Struct, frozen=True):
    """A retracted entry, or one that has otherwise left a listing, which has no title here.

    *url* may be a permalink path; *published* in seconds.
    """

    path: str
    id: str
    url: str
    retracted_at: str
    reason: str
    title: str = ""
    language: str = ""
    published: int = 0

    @property
    def retracted_seconds(self) -> int:
        """Return the second since 1970 of its retraction."""
        return int(datetime.fromisoformat(self.retracted_at).timestamp())


class Queries:
    """Queries on one connection; *now* in seconds decides what is public.

    *previews* includes drafts and scheduled entries, *shows_scheduled* only the latter.
    """

    def __init__(
        self,
        db: Connection,
        zone: ZoneInfo,
        now: int,
        *,
        previews: bool = False,
        shows_scheduled: bool = False,
    ) -> None:
        self.db = db
        self.zone = zone
        self.now = now
        self.horizon = END_OF_TIME if previews or shows_scheduled else now
        # parameters of every statement
        self.facts = {
            "now": now,
            "horizon": self.horizon,
            "draft": "draft" if previews else "public",
        }
        self.conditions = Conditions(db, zone, now, self.horizon)

    def execute(self, query: str, **parameters: object) -> Any:
        """Return a cursor over the rows of *query*; `:now`, `:horizon` and `:draft` are defined."""
        return self.db.execute(query, self.facts | parameters)

    def _select_one(self, query: str, **parameters: object) -> Any:
        """Return the first row, None if there is none."""
        return self.execute(query, **parameters).fetchone()

    def get_generation(self) -> int:
        """Return a number that differs after each change."""
        return get_meta(self.db, "generation")

    # -- listings --------------------------------------------------------------------

    def select_entries(
        self, listing: Listing, limit: int, *, above: int | None = None, skip: int = 0
    ) -> list[EntryRow]:
        """Return the first *limit* entries of *listing* after *skip*.

        With *above*, a key, return only entries with larger keys, oldest first.
        """
        selection = self.conditions.build_selection(listing)
        if selection is None:
            return []
        statement = selection.build_statement(limit, above, skip)
        return [EntryRow(*row) for row in self.db.execute(*statement)]

    def select_scheduled(self, keys: Sequence[int]) -> frozenset[int]:
        """Return those *keys* whose entries are not public yet."""
        query = (
            "SELECT key FROM entry WHERE public_from > :now"
            " AND key IN (SELECT value FROM json_each(:keys))"
        )
        return frozenset(key for (key,) in self.execute(query, keys=json.dumps(keys)))

    def count_entries(self, listing: Listing, limit: int, *, above: int | None = None) -> int:
        """Return how many entries *listing* has, counted up to *limit*; *above* as before."""
        selection = self.conditions.build_selection(listing)
        if selection is None:
            return 0
        query, parameters = selection.build_statement(limit, above)
        return int(select_value(self.db, f"SELECT count(*) FROM ({query})", parameters))

    def is_known(self, listing: Listing) -> bool:
        """Whether a public entry has, or had, the term or period in the listing's path.

        If the last entry was withdrawn or has expired, subscribers get an empty feed, not 404.
        """
        whole = Listing(folder=listing.folder)
        if not listing.folder or self.select_entries(whole, 1) or self.select_tombstones(whole, 1):
            return True
        return self.select_last_expiry(whole) > 0

    def select_keys(self, listing: Listing) -> list[int]:
        """Return the keys of all entries of *listing*."""
        selection = self.conditions.build_selection(listing)
        if selection is None:
            return []
        query, parameters = selection.build_statement(-1)
        return [key for (key,) in self.db.execute(f"SELECT key FROM ({query})", parameters)]

    def select_newest_omitted(
        self, listing: Listing, shown: Iterable[int], limit: int
    ) -> EntryRow | None:
        """Return the newest entry of the listing's whole history whose key is not in *shown*."""
        keys = set(shown)
        rows = self.select_entries(listing.archived_listing, limit + 1)
        return next((row for row in rows if row.key not in keys), None)

    def select_adjacent_periods(self, listing: Listing, cut: str) -> tuple[str, str]:
        """Return the nearest older and newer archive periods with entries, "" for none."""
        first, after = (
            second << KEY_HASH_BITS for second in parse_time_range(listing.period, self.zone)
        )
        whole = listing.archived_listing
        older: list[EntryRow] = []
        if self.conditions.get_key_range(whole)[0] < first:
            before = min(whole.before or MAX_KEY, first)
            older = self.select_entries(replace(whole, before=before), 1)
        newer = self.select_entries(whole, 1, above=after - 1)
        previous, following = (
            make_period(rows[0].key >> KEY_HASH_BITS, cut, self.zone) if rows else ""
            for rows in (older, newer)
        )
        return previous, following

    # -- names -----------------------------------------------------------------------

    def select_terms(
        self, kind: str, limit: int | None = None, chosen: Collection[str] = ()
    ) -> list[tuple[str, str, int]]:
        """Return (slug, name, number of entries now public) of terms in use, most used first.

        With *limit*, only so many, followed by those with one of the *chosen* slugs.
        """
        hidden = Counter(self._select_hidden_terms(kind))
        query = "SELECT term_id, slug, count FROM term WHERE kind = ? AND count > 0"
        # more, since terms move down when their hidden entries are subtracted
        most = -1 if limit is None else limit + len(hidden)
        found = self.db.execute(f"{query} ORDER BY count DESC, slug LIMIT ?", (kind, most))
        counts = {(slug, term): count - hidden[slug] for term, slug, count in found}
        for slug in chosen:
            found = self.db.execute(f"{query} AND slug = ?", (kind, slug))
            counts |= {(slug, term): count - hidden[slug] for term, _, count in found}
        shown = sorted((-count, slug, term) for (slug, term), count in counts.items() if count > 0)
        if limit is not None:
            shown = shown[:limit] + [one for one in shown[limit:] if one[1] in chosen]
        return [(slug, self._select_spelling(term), -count) for count, slug, term in shown]

    def _select_hidden_terms(self, kind: str) -> Iterator[str]:
        """Yield the slugs of scheduled and expired entries, which the stored counts include.

        Without those that a public translation has, too.
        """
        columns = (
            "terms, repeated, (SELECT group_concat(p.repeated, char(10)) FROM entry p"
            " WHERE p.translation_group = e.translation_group AND p.translation_group <> ''"
            " AND p.translation_rank > e.translation_rank"
            " AND p.public_from <= :horizon AND p.public_until > :now)"
        )
        query = (
            f"SELECT {columns} FROM entry e WHERE public_from > :horizon"
            f" UNION ALL SELECT {columns} FROM {EXPIRED_ENTRIES}"
            f" WHERE {IS_OVER_SQL} AND public_from <= :horizon"
        )
        for terms, *others in self.execute(query).fetchall():
            kept = {line for lines in filter(None, others) for line in lines.split("\n")}
            for of, slug, _ in unpack_terms(terms):
                if of == kind and f"{of}\t{slug}" not in kept:
                    yield slug

    def _select_spelling(self, term: int) -> str:
        """Return the most frequent spelling in a public entry, "" if none is public.

        Among equally frequent ones, the first in order.
        """
        query = (
            "SELECT name, kind || char(9) || slug || char(9) || name FROM spelling"
            " JOIN term USING (term_id) WHERE term_id = ? AND spelling.count > 0"
            " ORDER BY spelling.count DESC, name"
        )
        is_used = (
            "SELECT 1 FROM entry_term t CROSS JOIN entry e ON e.key = t.key"
            f" WHERE t.term_id = :term AND {IS_PUBLIC_SQL}"
            " AND instr(char(10) || e.terms || char(10), char(10) || :line || char(10))"
            " ORDER BY t.key DESC LIMIT 1"
        )
        names = self.db.execute(query, (term,)).fetchall()
        used = (name for name, line in names if self._select_one(is_used, term=term, line=line))
        return next(used, "")

    def select_spellings(self, listing: Listing) -> dict[tuple[str, str], str]:
        """Return the display names, by kind and slug, of terms of *listing* in public use."""
        wanted: list[tuple[str, str]]
        wanted = [(kind, slug) for kind, slugs in listing.names for slug in slugs]
        wanted += [(kind, slug) for slug in listing.without for kind in EXCLUDABLE_KINDS]
        found: dict[tuple[str, str], str] = {}
        for kind, slug in wanted:
            term = self.conditions.select_term(kind, slug)
            if term is not None and (name := self._select_spelling(term.id)):
                found[kind, slug] = name
        return found

    # -- one entry -------------------------------------------------------------------

    def select_by_permalink(self, permalink_path: str) -> FileRow | None:
        """Return the file that *permalink_path* leads to now."""
        query = (
            "SELECT path, state, hash, key, permalink_path, public_until FROM file"
            f" WHERE permalink_path = :path AND {IS_ADDRESSABLE_SQL}"
        )
        found = self._select_one(query, path=permalink_path)
        return None if found is None else FileRow(*found)

    def select_permalinks(self) -> dict[str, int | None]:
        """Return the key of each permalink path in use now, including those of retracted entries.

        It is None for an entry that is in no listing.
        """
        query = (
            "SELECT permalink_path, key FROM file WHERE permalink_path IS NOT NULL"
            f" AND {IS_ADDRESSABLE_SQL} ORDER BY permalink_path"
        )
        return dict(self.execute(query))

    def select_aliases(self) -> list[str]:
        """Return every old address of an entry that has a current one."""
        query = (
            "SELECT DISTINCT old_permalink_path FROM alias JOIN file USING (path)"
            f" WHERE permalink_path IS NOT NULL AND {IS_ADDRESSABLE_SQL}"
            f" AND instr(old_permalink_path, '{LOST_CHARACTER}') = 0 ORDER BY 1"
        )
        return [path for (path,) in self.execute(query)]

    def select_used_assets(self) -> list[str]:
        """Return the files that public and unlisted entries use."""
        query = (
            "SELECT DISTINCT asset FROM asset_use JOIN file USING (path)"
            f" WHERE {IS_READABLE_SQL} AND {IS_ADDRESSABLE_SQL} ORDER BY asset"
        )
        return [asset for (asset,) in self.execute(query)]

    def resolve_alias(self, old_permalink_path: str) -> str | None:
        """Return the permalink that an old address leads to now.

        If several entries have that address, the first by path counts; none if it lost bytes.
        """
        query = (
            "SELECT file.permalink_path FROM alias JOIN file USING (path)"
            f" WHERE alias.old_permalink_path = :path AND {IS_ADDRESSABLE_SQL}"
            " ORDER BY path LIMIT 2"
        )
        found = self.execute(query, path=old_permalink_path).fetchall()
        is_certain = len(found) == 1 or LOST_CHARACTER not in old_permalink_path
        return found[0][0] if found and is_certain else None

    def resolve_slug(self, slug: str) -> str | None:
        """Return the permalink of the only entry with *slug*, for an address with a former date."""
        query = (
            "SELECT permalink_path FROM file"
            f" WHERE slug = :slug AND permalink_path IS NOT NULL AND {IS_ADDRESSABLE_SQL} LIMIT 2"
        )
        found = self.execute(query, slug=slug).fetchall()
        return found[0][0] if len(found) == 1 else None

    def select_adjacent_entries(self, key: int) -> tuple[EntryRow | None, EntryRow | None]:
        """Return the next older and next newer public entries of the unfiltered listing."""
        end = (self.horizon + 1) << KEY_HASH_BITS
        query = (
            f"SELECT {ENTRY_COLUMNS} FROM entry e WHERE {IS_PUBLIC_SQL}"
            f" AND {build_precedence()} AND"
        )
        older = self._select_one(
            f"{query} e.key < :key ORDER BY e.key DESC LIMIT 1", key=min(key, end)
        )
        newer = self._select_one(
            f"{query} e.key > :key AND e.key < :end ORDER BY e.key LIMIT 1", key=key, end=end
        )
        return older and EntryRow(*older), newer and EntryRow(*newer)

    def select_translations(self, shown: Iterable[EntryRow]) -> dict[str, list[tuple[str, str]]]:
        """Return (language, permalink_path) of each translation group among *shown*.

        Each language has its first public entry by path. Groups of one language are left out.
        """
        groups = {row.translation_group for row in shown if row.translation_group}
        query = (
            "SELECT e.translation_group, e.language, file.permalink_path, min(e.path)"
            " FROM json_each(:groups) CROSS JOIN entry e ON e.translation_group = value"
            # repeats the condition of the partial index, or SQLite would not use it
            " AND e.translation_group <> '' CROSS JOIN file ON file.path = e.path"
            f" WHERE {IS_PUBLIC_SQL} AND file.permalink_path IS NOT NULL"
            # the index alone tells that most are of one entry
            " AND (SELECT count(*) FROM entry WHERE translation_group = value"
            " AND translation_group <> '') > 1"
            " GROUP BY 1, 2 ORDER BY 1, 2"
        )
        found: dict[str, list[tuple[str, str]]] = {}
        rows = self.execute(query, groups=json.dumps(list(groups)))
        for group, language, permalink, _ in rows:
            found.setdefault(group, []).append((language, permalink))
        return {
            group: members[:MAX_TRANSLATIONS] for group, members in found.items() if members[1:]
        }

    def select_entry(self, key: int) -> EntryRow | None:
        """Return the entry with *key*."""
        found = self._select_one(f"SELECT {ENTRY_COLUMNS} FROM entry e WHERE e.key = :key", key=key)
        return None if found is None else EntryRow(*found)

    def select_packed_entries(self, keys: Sequence[int | None]) -> dict[str, bytes]:
        """Return the packed entries with *keys*, by path; raises DatabaseError at damage."""
        query = "SELECT path, packed FROM entry WHERE key IN (SELECT value FROM json_each(?))"
        found = self.db.execute(query, (json.dumps(keys),)).fetchall()
        return {path: unseal(sealed) for path, sealed in found}

    def select_links(self, paths: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
        """Return (reference, address) of the links of each of *paths* to files of entries.

        An address is a permalink path, a URL of another site, or "" for no link: the entry is
        neither public nor unlisted, or the file is missing.
        """
        query = (
            "SELECT link.path, reference, is_required, file.path, permalink_path, url,"
            f" {IS_READABLE_SQL} AND {IS_ADDRESSABLE_SQL} FROM link"
            " LEFT JOIN file ON file.path = target"
            " WHERE link.path IN (SELECT value FROM json_each(:paths)) ORDER BY 1, 2"
        )
        found: dict[str, list[tuple[str, str]]] = {}
        rows = self.execute(query, paths=json.dumps(paths))
        for path, reference, is_required, target, permalink_path, url, is_visible in rows:
            if target is not None or is_required:
                address = (permalink_path or url) if is_visible else ""
                found.setdefault(path, []).append((reference, address or ""))
        return found

    def is_asset_used(self, asset: str) -> bool:
        """Whether a public or unlisted entry uses *asset*."""
        query = (
            "SELECT 1 FROM asset_use JOIN file USING (path) WHERE asset = :asset"
            f" AND {IS_READABLE_SQL} AND {IS_ADDRESSABLE_SQL} LIMIT 1"
        )
        return self._select_one(query, asset=asset) is not None

    # -- retractions and changes -----------------------------------------------------

    def select_tombstones(self, listing: Listing, limit: int) -> list[TombstoneRow]:
        """Return the latest retractions of entries that *listing* had, newest first.

        Their text is not kept, so `q` is ignored.
        """
        low, high = self.conditions.get_key_range(replace(listing, before=0))
        query = (
            "SELECT path, id, url, retracted_at, reason, title, language, published, terms"
            " FROM tombstone"
            " WHERE key < :latest AND published >= :low AND published < :high"
            " ORDER BY key DESC LIMIT 2000"
        )
        rows = self.execute(
            query,
            latest=(self.now + 1) << KEY_HASH_BITS,
            low=low >> KEY_HASH_BITS,
            high=high >> KEY_HASH_BITS,
        )
        matching = (TombstoneRow(*facts) for *facts, terms in rows if matches_terms(listing, terms))
        return list(islice(matching, limit))

    def select_next_change(self) -> int | None:
        """Return the next second at which an entry becomes public or expires."""
        query = (
            "SELECT min(second) FROM (SELECT min(public_from) AS second FROM entry"
            " WHERE public_from > :now UNION ALL SELECT min(public_until) FROM"
            f" {EXPIRED_ENTRIES} WHERE public_until > :now AND public_until < {NEVER})"
        )
        (found,) = self._select_one(query)
        return None if found is None else int(found)

    def select_last_expiry(self, listing: Listing) -> int:
        """Return the second at which an entry of the listing last expired, 0 if never."""
        named = [self.conditions.select_terms(kind, slugs) for kind, slugs in listing.names]
        if not all(named):  # a term that no entry has
            return 0
        rare = [
            terms[0].id
            for terms, (_, slugs) in zip(named, listing.names, strict=True)
            if len(slugs) == 1 and terms[0].count <= MAX_SORTED_ROWS
        ]
        tables = EXPIRED_ENTRIES
        if rare and self._count_expired(MAX_SORTED_ROWS) == MAX_SORTED_ROWS:
            tables = BY_TERM.tables
        low, high = self.conditions.get_key_range(listing)
        names = "".join(" AND " + build_term_condition(terms) for terms in named)
        query = (
            f"SELECT e.public_until FROM {tables} WHERE {IS_EXPIRED_SQL}{names}"
            " AND e.key >= :low AND e.key < :high ORDER BY e.public_until DESC LIMIT 1"
        )
        found = self._select_one(query, low=low, high=high, driver=next(iter(rare), 0))
        return int(found[0]) if found else 0

    def _count_expired(self, limit: int) -> int:
        """Return how many entries have expired or never were public, counted up to *limit*."""
        expired = f"SELECT 1 FROM {EXPIRED_ENTRIES} WHERE {IS_OVER_SQL} AND public_from <= :now"
        return int(self._select_one(f"SELECT count(*) FROM ({expired} LIMIT :n)", n=limit)[0])

    def select_last_change(self) -> int | None:
        """Return the latest second in any entry: published, updated, retracted, expired."""
        changed = (
            "SELECT changed FROM entry e INDEXED BY entry_changed"
            f" WHERE {IS_PUBLIC_SQL} ORDER BY changed DESC LIMIT 1"
        )
        retracted = (
            f"SELECT key >> {KEY_HASH_BITS} FROM tombstone"
            f" WHERE key < (:now + 1) << {KEY_HASH_BITS} ORDER BY key DESC LIMIT 1"
        )
        found = [self._select_one(query) for query in (changed, retracted)]
        seconds = [int(row[0]) for row in found if row is not None]
        # see `read_listing`
        expiry = self.select_last_expiry(Listing()) if found[0] is not None else 0
        return max([*seconds, *filter(None, [expiry])], default=None)

    # -- the whole -------------------------------------------------------------------

    def count_states(self) -> dict[str, int]:
        """Return how many files are in each state, scheduled and expired at *now* included."""
        query = "SELECT slug, count FROM term WHERE kind = ? AND count > 0 ORDER BY slug"
        counts = dict(self.db.execute(query, (STATE_KIND,)).fetchall())
        total = counts.pop("public", 0)
        (scheduled,) = self._select_one("SELECT count(*) FROM entry WHERE public_from > :now")
        expired = self._count_expired(total)
        return {
            "public": total - scheduled - expired,
            "scheduled": scheduled,
            "expired": expired,
            **counts,
        }

    def count_listed(self) -> int:
        """Return how many public entries there are, one of each group of translations."""
        query = (
            "SELECT count(*) - count(DISTINCT translation_group) FROM entry e"
            f" WHERE translation_group <> '' AND {IS_PUBLIC_SQL}"
        )
        return self.count_states()["public"] - int(self._select_one(query)[0])

    def select_sitemap_entries(self, limit: int, skip: int = 0) -> list[tuple[str, int]]:
        """Return (permalink path, second of the last change) of public entries.

        Those are *limit* entries after *skip*, the earliest published first, so that additions move
        nothing.
        """
        page = (
            f"SELECT key, path, changed FROM entry e WHERE {IS_PUBLIC_SQL} AND {IS_INDEXED_SQL}"
            " ORDER BY public_from, key LIMIT :limit OFFSET :skip"
        )
        query = (
            f"SELECT file.permalink_path, changed FROM ({page}) JOIN file USING (path)"
            " WHERE permalink_path IS NOT NULL"
        )
        found: list[tuple[str, int]] = self.execute(query, limit=limit, skip=skip).fetchall()
        return found

    def select_sitemap_parts(self, size: int) -> list[tuple[int, int]]:
        """Return (number from 1, second of the last change) of each part of *size* entries."""
        part = "(row_number() OVER (ORDER BY public_from, key) - 1) / :size + 1 AS part"
        where = f"{IS_PUBLIC_SQL} AND {IS_INDEXED_SQL}"
        numbered = f"SELECT changed, {part} FROM entry e WHERE {where}"
        query = f"SELECT part, max(changed) FROM ({numbered}) GROUP BY part ORDER BY part"
        found: list[tuple[int, int]] = self.execute(query, size=size).fetchall()
        return found

    def count_search_pending(self) -> int:
        """Return how many entries are not in the full-text index yet."""
        return int(select_value(self.db, "SELECT count(*) FROM search_pending"))

    def count_files_with_problems(self) -> int:
        """Return how many files have problems."""
        return int(select_value(self.db, "SELECT count(DISTINCT path) FROM problem"))


def matches_terms(listing: Listing, packed: str) -> bool:
    """Whether *packed* terms have all terms that *listing* requires and none that it excludes."""
    terms = {(kind, slug) for kind, slug, _ in unpack_terms(packed)}
    return all(
        any((kind, slug) in terms for slug in slugs) for kind, slugs in listing.names
    ) and not any((kind, slug) in terms for slug in listing.without for kind in EXCLUDABLE_KINDS)
