"""Rows of the index, put in and taken out: files, entries and their keys, names and their counts, texts for search.

Comes in: a `Row`. What entries contend for is settled by the store, afterwards.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import zstandard

from feedsvc.index.rows import MONTH_KIND, PATH_END, STATE_KIND, FileTuple, Row, unpack_terms
from feedsvc.index.schema import KEY_HASH_BITS, Connection, make_key

MAX_TRACKED_VALUES = 2_000  # names that are remembered and looked at one by one; above it all are
INSERT_BATCH_SIZE = 2_000  # rows that are put in together
TEXT_COMPRESSOR = zstandard.ZstdCompressor(
    level=1
)  # one for all: to make one takes longer than to use it
EntryValues: TypeAlias = tuple[Any, ...]  # a row of `entry`, the key first
STATES_WITH_IDENTITY = ("public", "unlisted", "retracted")


class TermIds(dict[tuple[str, str], int]):
    """The number of each (kind, slug), given at its first use."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self.db = connection

    def __missing__(self, term: tuple[str, str]) -> int:
        self.db.execute("INSERT OR IGNORE INTO term (kind, slug) VALUES (?,?)", term)
        number = int(
            self.db.execute("SELECT term FROM term WHERE kind = ? AND slug = ?", term).fetchone()[0]
        )
        self[term] = number
        return number


class RowStore:
    """Files, entries, names and texts, each change of which leaves no trace of what was before."""

    def __init__(self, connection: Connection, language: str) -> None:
        self.db = connection
        self.language = language.lower()
        self.terms = TermIds(connection)

    def begin(self) -> None:
        self.db.execute("BEGIN IMMEDIATE")
        self.fresh = not self.db.execute("SELECT 1 FROM file LIMIT 1").fetchone()
        self.pending_checks: dict[str, set[str]] = {"id": set(), "place": set(), "story": set()}
        self.files: list[tuple[object, ...]] = []
        self.entries: list[EntryValues] = []
        self.count_changes: Counter[int] = Counter()
        self.spelling_changes: Counter[tuple[int, str]] = Counter()

    def rollback(self) -> None:
        self.terms.clear()
        if self.db.in_transaction:
            self.db.execute("ROLLBACK")

    def put(self, row: Row) -> None:
        """Takes *row* in place of whatever its path was before."""
        if not self.fresh:
            self._delete_file(row.path)
        self.count_changes[self.terms[STATE_KIND, row.state]] += 1
        claims = row.state in STATES_WITH_IDENTITY
        identity, place, slug = (
            (row.id, row.place or None, row.slug) if claims else (None, None, None)
        )
        self.files.append(
            (
                row.path,
                *row.stat,
                row.state,
                row.hash,
                identity,
                place,
                slug if place else None,
                row.key,
            )
        )
        if row.problems:
            self._insert_problems(row.path, row.problems)
        if row.uses:
            self.db.executemany(
                "INSERT OR IGNORE INTO uses VALUES (?,?)", [(asset, row.path) for asset in row.uses]
            )
        if row.aliases and claims:
            self.db.executemany(
                "INSERT OR IGNORE INTO alias VALUES (?,?)", [(old, row.path) for old in row.aliases]
            )
        if claims:
            self._schedule_check(row.id, place, row.story)
        if row.key is not None:
            told = (
                row.starts,
                row.ends,
                row.changed,
                row.language,
                row.story,
                1,
                row.kept,
                row.terms,
            )
            self.entries.append((row.key, row.path, row.hash, *told))
        elif row.state == "retracted" and row.retracted is not None:
            self._insert_tombstone(row, *row.retracted)
        if len(self.files) >= INSERT_BATCH_SIZE:
            self._flush()

    def remove(self, path: str) -> None:
        self._delete_file(path)

    # -- rows put in ----------------------------------------------------------------

    def _flush(self) -> None:
        """Puts in what waits: many rows at once cost a third of as many single ones."""
        self.db.executemany("INSERT INTO file VALUES (?,?,?,?,?,?,?,?,?,?)", self.files)
        self.files.clear()
        entries, self.entries = sorted(self.entries), []
        self._insert_entries(entries)
        self.db.executemany(
            "UPDATE term SET count = count + ? WHERE term = ?",
            [(n, term) for term, n in self.count_changes.items() if n],
        )
        self.db.executemany(
            "INSERT INTO spelling VALUES (?,?,?) ON CONFLICT DO UPDATE SET count = count + excluded.count",
            [(term, name, n) for (term, name), n in self.spelling_changes.items() if n],
        )
        self.count_changes.clear()
        self.spelling_changes.clear()

    def _insert_entries(self, entries: list[EntryValues]) -> None:
        before = self.db.total_changes
        self.db.executemany("INSERT OR IGNORE INTO entry VALUES (?,?,?,?,?,?,?,?,?,?,?)", entries)
        beside: list[EntryValues] = []
        if self.db.total_changes - before < len(entries):  # the same second and hash as another's
            query = "SELECT path FROM entry WHERE key = ?"
            beside = [
                one for one in entries if self.db.execute(query, one[:1]).fetchone() != one[1:2]
            ]
            entries = [one for one in entries if one not in beside]
        self._insert_terms(entries)
        for values in beside:
            free = values[0]
            while self.db.execute("SELECT 1 FROM entry WHERE key = ?", (free,)).fetchone():
                free += 1
            self.db.execute("INSERT INTO entry VALUES (?,?,?,?,?,?,?,?,?,?,?)", (free, *values[1:]))
            self.db.execute("UPDATE file SET key = ? WHERE path = ?", (free, values[1]))
            self._insert_terms([(free, *values[1:])])
            self._renumber_keys(free)

    def _insert_terms(self, entries: list[EntryValues]) -> None:
        """Notes and counts the terms of *entries*, and that search is yet to be told of them."""
        keys: defaultdict[str, list[int]] = defaultdict(list)  # by the line of a term
        for key, *_, terms in entries:
            for line in terms.split("\n") if terms else ():
                keys[line].append(key)
        marks: defaultdict[int, list[int]] = defaultdict(list)
        for line, members in keys.items():
            kind, slug, name = line.split("\t")
            term = self.terms[kind, slug]
            self.count_changes[term] += len(members)
            self.spelling_changes[term, name] += len(members)
            if kind != MONTH_KIND:
                marks[term] += members
        ordered = (
            (term, key) for term, members in sorted(marks.items()) for key in sorted(members)
        )
        self.db.executemany("INSERT INTO mark VALUES (?,?)", ordered)
        if not self.fresh:
            self.db.executemany(
                "INSERT OR IGNORE INTO unsaid VALUES (?)", [one[:1] for one in entries]
            )

    def _insert_tombstone(self, row: Row, seconds: int, moment: str, reason: str) -> None:
        key = make_key(seconds, row.id or row.path)
        while self.db.execute("SELECT 1 FROM gone WHERE key = ?", (key,)).fetchone():
            key += 1
        values = (key, row.path, row.id, row.url, moment, reason, row.published, row.terms)
        self.db.execute("INSERT INTO gone VALUES (?,?,?,?,?,?,?,?)", values)

    # -- one file -----------------------------------------------------------------

    def _delete_file(self, path: str) -> None:
        if self.files:
            self._flush()
        known = self.db.execute(
            "SELECT state, id, place, key FROM file WHERE path = ?", (path,)
        ).fetchone()
        if known is None:
            return
        state, identity, place, key = known
        self.count_changes[self.terms[STATE_KIND, state]] -= 1
        self._schedule_check(identity, place, "")
        self._delete_entry(path, key)
        for table in ("file", "problem", "uses"):
            self.db.execute(f"DELETE FROM {table} WHERE path = ?", (path,))

    def _delete_entry(self, path: str, key: int | None) -> None:
        """Takes the entry of *path* out of every listing; its file row stays."""
        self.db.execute("DELETE FROM alias WHERE path = ?", (path,))
        self.db.execute("DELETE FROM gone WHERE path = ?", (path,))
        if key is None:
            return
        terms, story, lead = self.db.execute(
            "SELECT terms, story, lead FROM entry WHERE key = ?", (key,)
        ).fetchone()
        self._schedule_check(None, None, story)
        for kind, slug, name in unpack_terms(terms):
            term = self.terms[kind, slug]
            self.db.execute("DELETE FROM mark WHERE term = ? AND key = ?", (term, key))
            self.count_changes[term] -= self._get_term_weight(term, lead)
            self.spelling_changes[term, name] -= 1
        self.db.execute("DELETE FROM entry WHERE key = ?", (key,))
        self.db.execute("UPDATE file SET key = NULL WHERE path = ?", (path,))
        self.delete_search_text(key)
        if self.db.execute("SELECT 1 FROM entry WHERE key = ?", (key + 1,)).fetchone():
            self._renumber_keys(key)

    def _insert_problems(
        self, path: str, problems: Iterable[tuple[str, str | None, int | None, str]]
    ) -> None:
        for number, problem in enumerate(problems):
            self.db.execute("INSERT INTO problem VALUES (?,?,?,?,?,?)", (path, number, *problem))

    def _schedule_check(self, identity: str | None, place: str | None, story: str) -> None:
        if self.fresh:
            return  # all are looked at in the end, and none is remembered: memory does not grow with the folder
        for name, value in (("id", identity), ("place", place), ("story", story)):
            if value and len(self.pending_checks[name]) <= MAX_TRACKED_VALUES:
                self.pending_checks[name].add(value)

    def _get_term_weight(self, term: int, lead: int) -> int:
        """1 where an entry counts for *term*: a language counts all of its entries, other names one a story."""
        kind = self.db.execute("SELECT kind FROM term WHERE term = ?", (term,)).fetchone()[0]
        return 1 if lead or kind == "language" else 0

    # -- keys ----------------------------------------------------------------------

    def _renumber_keys(self, key: int) -> None:
        """Puts the run of keys around *key* in the one order that their ids give, whichever came first.

        *key* may be a hole that a deletion has left: the run is closed again.
        """
        low = high = key
        while self.db.execute("SELECT 1 FROM entry WHERE key = ?", (low - 1,)).fetchone():
            low -= 1
        while self.db.execute("SELECT 1 FROM entry WHERE key = ?", (high + 1,)).fetchone():
            high += 1
        cluster = self.db.execute(
            "SELECT entry.key, id, entry.path FROM entry JOIN file USING (path) WHERE entry.key BETWEEN ? AND ?",
            (low, high),
        ).fetchall()
        wanted = []
        free = low
        for home, _, old, path in sorted(
            (make_key(k >> KEY_HASH_BITS, i), i, k, p) for k, i, p in cluster
        ):
            free = max(free, home)
            wanted.append((old, free, path))
            free += 1
        moves = [(old, new, path) for old, new, path in wanted if old != new]
        for old, _, path in moves:
            self._change_key(old, -old - 1, path)  # aside first, so that no two meet
        for old, new, path in moves:
            self._change_key(-old - 1, new, path)

    def _change_key(self, old: int, new: int, path: str) -> None:
        terms = unpack_terms(
            self.db.execute("SELECT terms FROM entry WHERE key = ?", (old,)).fetchone()[0]
        )
        self.delete_search_text(old)
        self.db.execute("UPDATE entry SET key = ? WHERE key = ?", (new, old))
        self.db.execute("UPDATE file SET key = ? WHERE path = ?", (new, path))
        for kind, slug, _ in terms:
            term = self.terms[kind, slug]
            self.db.execute("UPDATE mark SET key = ? WHERE term = ? AND key = ?", (new, term, old))
        self.db.execute("INSERT OR IGNORE INTO unsaid VALUES (?)", (new,))

    # -- search --------------------------------------------------------------------

    def select_search_pending(self, most: int, below: int) -> list[tuple[int, str, bytes]]:
        """Key, path and what is kept of entries that search does not know yet, newest first, from *below* on."""
        query = "SELECT key, path, kept FROM unsaid JOIN entry USING (key) WHERE key < ? ORDER BY key DESC LIMIT ?"
        return self.db.execute(query, (below, most)).fetchall()

    def insert_search_texts(self, texts: Sequence[tuple[int, str, bytes]]) -> None:
        """Tells search the texts of entries, by their keys, and what `pack_text` made of each."""
        self.db.executemany(
            "INSERT INTO search (rowid, text) VALUES (?,?)", [(key, text) for key, text, _ in texts]
        )
        self.db.executemany(
            "INSERT INTO said VALUES (?,?)", [(key, packed) for key, _, packed in texts]
        )
        self.db.executemany("DELETE FROM unsaid WHERE key = ?", [(key,) for key, _, _ in texts])

    def set_search_automerge(self, *, filling: bool) -> None:
        """While search is filled its pieces are not merged, later a little at each change."""
        self.db.execute(
            "INSERT INTO search (search, rank) VALUES ('automerge', ?)", (0 if filling else 16,)
        )

    def merge_search(self) -> bool:
        """Merges some pages of search's pieces, in a few hundredths of a second; False when nothing is left to do."""
        before = self.db.total_changes
        self.db.execute("INSERT INTO search (search, rank) VALUES ('merge', 200)")
        return self.db.total_changes - before > 1  # as FTS5's documentation has it

    def delete_search_text(self, key: int) -> None:
        self.db.execute("DELETE FROM unsaid WHERE key = ?", (key,))
        said = self.db.execute("SELECT text FROM said WHERE key = ?", (key,)).fetchone()
        if said is not None:  # a table without content is told what to forget
            text = zstandard.decompress(said[0]).decode()
            self.db.execute(
                "INSERT INTO search (search, rowid, text) VALUES ('delete',?,?)", (key, text)
            )
            self.db.execute("DELETE FROM said WHERE key = ?", (key,))

    # -- facts about the index -----------------------------------------------------

    def get_meta(self, name: str, default: int) -> int:
        found = self.db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return default if found is None else int(found[0])

    def set_meta(self, name: str, value: int) -> None:
        self.db.execute("INSERT OR REPLACE INTO meta VALUES (?,?)", (name, value))

    def select_paths(self, below: str) -> Iterator[str]:
        """Paths of the files that begin with *below*, in their order."""
        query = "SELECT path FROM file WHERE path >= ? AND path < ? ORDER BY path"
        return (path for (path,) in self.db.execute(query, (below, below + "\U0010ffff")))

    def select_files_below(self, top: str) -> Iterator[FileTuple]:
        """What is known of the file *top* and of every one in the folder *top*, in path order; of all for ""."""
        if not top:
            return self.select_files_between("", PATH_END)
        query = "SELECT path, size, mtime, ctime, '', '' FROM file"
        query = (
            f"{query} WHERE path = ? UNION ALL {query} WHERE path > ? AND path < ? ORDER BY path"
        )
        return self.db.execute(query, (top, f"{top}/", f"{top}0"))  # "0" follows "/"

    def select_files_between(self, low: str, high: str) -> Iterator[FileTuple]:
        """What is known of the files from the path *low* to before *high*, in path order; memory is that of one row."""
        query = "SELECT path, size, mtime, ctime, '', '' FROM file WHERE path >= ? AND path < ? ORDER BY path"
        return self.db.execute(query, (low, high))

    def select_range_bounds(self, step: int) -> Iterator[str]:
        """Every *step*-th path, between which many files can be looked at in parts."""
        query, path = "SELECT path FROM file WHERE path > ? ORDER BY path LIMIT 1 OFFSET ?", ""
        while found := self.db.execute(query, (path, step)).fetchone():
            (path,) = found
            yield path

    def select_hash(self, path: str) -> bytes | None:
        found = self.db.execute("SELECT hash FROM file WHERE path = ?", (path,)).fetchone()
        return None if found is None else bytes(found[0])

    def select_asset_users(self, asset: str) -> list[str]:
        return [
            path for (path,) in self.db.execute("SELECT path FROM uses WHERE asset = ?", (asset,))
        ]


def compress_text(text: str) -> bytes:
    """What is kept of a text that search was told, to take it back word for word."""
    return TEXT_COMPRESSOR.compress(text.encode())
