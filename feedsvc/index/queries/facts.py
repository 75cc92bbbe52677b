"""What documents show of each file, to compare two states of the folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator

from msgspec import Struct

from feedsvc.index.queries.conditions import MAX_KEY
from feedsvc.index.queries.select import IS_ADDRESSABLE_SQL, IS_READABLE_SQL, Queries
from feedsvc.index.schema import KEY_HASH_BITS
from feedsvc.settings import Settings

DAY_SECONDS = 86_400
# The first columns are those of a `FileFacts`; the digest covers all. Some depend on the time:
# whether an entry is public, and whether its retraction is known, and still recent
FACTS_SQL = (
    "SELECT f.path, f.key, coalesce(f.permalink_path, ''),"
    " (SELECT coalesce(group_concat(old_permalink_path, char(10)), '') FROM alias"
    " WHERE alias.path = f.path), coalesce(e.terms, t.terms, ''),"
    " coalesce(e.translation_group, ''),"
    " f.public_from <= :horizon, f.public_until > :now, f.state, f.hash, f.id, f.slug, f.url,"
    " f.public_until, e.language, e.translation_rank, e.repeated, e.changed, t.url, t.retracted_at,"
    " t.reason,"
    f" t.title, t.published, t.key < (:now + 1) << {KEY_HASH_BITS},"
    f" t.key >= (:notice_start + 1) << {KEY_HASH_BITS},"
    " (SELECT group_concat(reference || char(9) || is_required || char(9) || CASE"
    f" WHEN file.path IS NULL THEN '' WHEN {IS_READABLE_SQL} AND {IS_ADDRESSABLE_SQL}"
    " THEN '+' || coalesce(permalink_path, url, '') ELSE '-' END, char(10))"
    " FROM link LEFT JOIN file ON file.path = target WHERE link.path = f.path),"
    # files that entries use: their bytes are in no entry
    " CASE WHEN f.state = 'ignored' THEN f.size || ' ' || f.mtime || ' ' || f.ctime END"
    " FROM file f LEFT JOIN entry e ON e.key = f.key LEFT JOIN tombstone t ON t.path = f.path"
)
MEMBERS_SQL = (
    " WHERE f.path IN (SELECT path FROM entry WHERE translation_group <> '' AND"
    " translation_group IN (SELECT value FROM json_each(:groups)))"
)


class FileFacts(Struct, frozen=True, array_like=True):
    """The keys and addresses of one file's documents, and a digest of all that they show of it."""

    path: str
    key: int | None  # of a public entry
    permalink_path: str  # "" for none
    aliases: str  # one per line
    terms: str  # see pack_terms
    translation_group: str
    digest: bytes


def select_facts(queries: Queries, settings: Settings) -> Iterator[FileFacts]:
    """Yield the facts of every file in the index."""
    return _iterate_facts(queries, settings, FACTS_SQL)


def select_members(
    queries: Queries, settings: Settings, groups: Iterable[str]
) -> Iterator[FileFacts]:
    """Yield the facts of the entries of translation *groups*."""
    query = FACTS_SQL + MEMBERS_SQL
    return _iterate_facts(queries, settings, query, groups=json.dumps(list(groups)))


def _iterate_facts(
    queries: Queries, settings: Settings, query: str, **parameters: object
) -> Iterator[FileFacts]:
    notice_start = queries.now - settings.feeds.withdrawn_days * DAY_SECONDS
    for row in queries.execute(query, notice_start=notice_start, **parameters):
        digest = hashlib.blake2b(repr(row).encode("utf-8", "surrogatepass"), digest_size=12)
        yield FileFacts(*(*row[:6], digest.digest()))


def select_permalinks_around(queries: Queries, key: int) -> list[str]:
    """Return the paths of the pages of *key* and of its neighbors.

    A translation has neighbors in the listing of everything, without being in it.
    """
    older, newer = queries.select_adjacent_entries(key)
    query = (
        "SELECT permalink_path FROM entry CROSS JOIN file USING (path)"
        " WHERE entry.key >= ? AND entry.key <= ? AND permalink_path IS NOT NULL"
    )
    low, high = older.key if older else -MAX_KEY, newer.key if newer else MAX_KEY
    return [path for (path,) in queries.db.execute(query, (low, high))]
