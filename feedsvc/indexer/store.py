"""The writer's changes to the index: rows put and removed, one transaction, one new generation.

The result depends only on the set of rows, never on their order, so that two machines agree.
Nothing is read from the folder here: `resolve_conflicts` returns what must be read again.
"""

from __future__ import annotations

import posixpath
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import asdict, replace

from feedsvc.index.queries.conditions import MAX_LEADING_TRANSLATIONS
from feedsvc.index.rows import MONTH_KIND, STATE_KIND, Row, WalkedFile, unpack_terms
from feedsvc.index.schema import (
    INDEXES,
    KEY_HASH_BITS,
    Connection,
    get_meta,
    make_key,
    select_value,
    set_meta,
)
from feedsvc.index.search import Search
from feedsvc.indexer.history import TURNS_SQL, History
from feedsvc.indexer.known_files import PATH_END
from feedsvc.model import Problem
from feedsvc.reading import (
    ANY_FOLDER,
    MAX_NAMES,
    PAGE_END,
    Link,
    classify,
    describe_missing_links,
    get_dependency,
    list_entry_names,
    list_page_files,
    list_page_names,
    make_entry_name,
    split_page,
)
from feedsvc.urls import clean_slug

MAX_TRACKED_VALUES = 2_000  # checked one by one; with more, all values are checked
INSERT_BATCH_SIZE = 500  # rows: a third of the cost of single inserts; readers wait for more
MAX_NAMESAKES = 100  # files below a folder that a link without a date may mean
# the number of a duplicate's problem, after those from reading the file
DUPLICATE_PROBLEM_NUMBER = 1_000
MISSING_LINK_PROBLEM_NUMBER = 2_000  # of the first one
INSERT_FILE = (
    "INSERT INTO file VALUES (:path, :size, :mtime, :ctime, :state, :hash, :id, :permalink_path,"
    " :slug, :key, iif(:permalink_path IS NULL, :url, NULL), :public_from, :public_until,"
    " :file_hash)"
)
INSERT_ENTRY = (
    "INSERT OR IGNORE INTO entry VALUES (:key, :path, :hash, :public_from, :public_until,"
    " :changed, :language, :translation_group, 0, '', :packed, :terms, {seen})"
)
INSERT_TOMBSTONE = (
    "INSERT INTO tombstone VALUES (:key, :path, :id, :url, :title, :language, :retracted_at,"
    " :reason, :published, :terms)"
)


class TermIds(dict[tuple[str, str], int]):
    """The number of each (kind, slug), assigned at its first use."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self.db = connection

    def __missing__(self, term: tuple[str, str]) -> int:
        self.db.execute("INSERT OR IGNORE INTO term (kind, slug) VALUES (?,?)", term)
        query = "SELECT term_id FROM term WHERE kind = ? AND slug = ?"
        self[term] = number = int(select_value(self.db, query, term))
        return number


class Identity(Struct, frozen=True):  # positional: a row of `file`
    """The values that no two entries may share, and the state of the entry at *path*."""

    path: str
    id: str | None
    permalink_path: str | None
    state: str

    @property
    def values(self) -> list[tuple[str, str]]:
        """(column, value) of each value that it has."""
        pairs = (("id", self.id), ("permalink_path", self.permalink_path))
        return [(column, value) for column, value in pairs if value]


class Store:
    """The writer's tables: `put` and `remove` in a `transaction`, whose last step is `commit`."""

    def __init__(
        self, connection: Connection, language: str, clock: Callable[[], float] = time.time
    ) -> None:
        self.db = connection
        self.language = language.lower()
        self.history = History(connection, clock)
        self.search = Search(connection)
        self.term_ids = TermIds(connection)
        self._reset()

    def _reset(self) -> None:
        self.is_first_build = self._is_empty()
        self.pending_checks: defaultdict[str, set[str]] = defaultdict(set)
        self.pending_rows: list[Row] = []
        self.written_paths: set[str] = set()  # put, removed or rejected; not tracked if all are
        self.count_changes: Counter[int] = Counter()
        self.spelling_changes: Counter[tuple[int, str]] = Counter()
        self.history.begin()
        self.insert_entry = INSERT_ENTRY.format(seen=self.history.seen_sql)

    def _is_empty(self) -> bool:
        return select_value(self.db, "SELECT 1 FROM file LIMIT 1") is None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run the block in a transaction; roll back what it has not committed."""
        self.db.execute("BEGIN IMMEDIATE")
        self._reset()
        try:
            yield
        finally:
            if self.db.in_transaction:
                self.term_ids.clear()
                self.db.execute("ROLLBACK")
            self.is_first_build = self._is_empty()

    def put(self, row: Row) -> None:
        """Store *row* in place of the former row of its path."""
        if not self.is_first_build:
            self.remove(row.path)
        self._count(STATE_KIND, row.state, 1)
        self.pending_rows.append(row)
        self.insert_problems(row.path, enumerate(row.problems))
        self._insert_pairs("asset_use", row.assets, row.path)
        self._insert_pairs("alias", row.aliases, row.path)
        if row.links:
            self._insert_links(row.path, row.links)
        self._schedule_checks(
            id=row.id, permalink_path=row.permalink_path, translation_group=row.translation_group
        )
        if row.retracted is not None:
            key = self._get_free_key("tombstone", make_key(row.retracted, row.id or row.path))
            self.db.execute(INSERT_TOMBSTONE, asdict(replace(row, key=key)))
        if len(self.pending_rows) >= INSERT_BATCH_SIZE:
            self._flush()

    def remove(self, path: str) -> None:
        """Delete everything of *path*."""
        self.written_paths.add(path)
        if self.pending_rows:
            self._flush()
        self.history.note(path)
        query = "SELECT state, id, permalink_path, key FROM file WHERE path = ?"
        for state, identity, permalink_path, key in self.db.execute(query, (path,)).fetchall():
            self._count(STATE_KIND, state, -1)
            self._schedule_checks(id=identity, permalink_path=permalink_path)
            self._delete_entry(path, key)
            for table in ("file", "problem", "asset_use", "link"):
                self.db.execute(f"DELETE FROM {table} WHERE path = ?", (path,))

    def set_times(self, files: Iterable[WalkedFile]) -> None:
        """Store the times of *files* with unchanged bytes; no listing depends on them."""
        times = [(file.mtime, file.ctime, file.path) for file in files]
        self.db.executemany("UPDATE file SET mtime = ?, ctime = ? WHERE path = ?", times)

    def commit(self) -> None:
        """Rank translations and make the change visible as a new generation."""
        self._rank_translations()
        self._flush()
        self._resolve_links()
        self.history.record()
        set_meta(self.db, generation=get_meta(self.db, "generation") + 1)
        self.db.execute("COMMIT")

    # -- inserting ------------------------------------------------------------------

    def _flush(self) -> None:
        """Insert the waiting rows."""
        rows, self.pending_rows = self.pending_rows, []
        self.db.executemany(INSERT_FILE, map(asdict, rows))
        entries = [(row.key, row) for row in rows if row.key is not None]
        self._insert_entries(sorted(entries, key=lambda entry: entry[0]))
        self.db.executemany(
            "UPDATE term SET count = count + ? WHERE term_id = ?",
            [(n, term) for term, n in self.count_changes.items() if n],
        )
        self.db.executemany(
            "INSERT INTO spelling VALUES (?,?,?)"
            " ON CONFLICT DO UPDATE SET count = count + excluded.count",
            [(term, name, n) for (term, name), n in self.spelling_changes.items() if n],
        )
        self.count_changes.clear()
        self.spelling_changes.clear()

    def _insert_entries(self, entries: list[tuple[int, Row]]) -> None:
        """Insert entries, pairs of key and row, with their terms."""
        before = self.db.total_changes
        self.db.executemany(self.insert_entry, [asdict(row) for _, row in entries])
        if self.db.total_changes - before == len(entries):
            self._insert_terms(entries)
            return
        # some share second and hash bits with another entry, which has their key
        query = "SELECT path FROM entry WHERE key = ?"
        owners = [select_value(self.db, query, (key,)) for key, _ in entries]
        stored, colliding = (
            [
                one
                for one, owner in zip(entries, owners, strict=True)
                if (one[1].path == owner) is is_owner
            ]
            for is_owner in (True, False)
        )
        self._insert_terms(stored)
        for home, row in colliding:
            key = self._get_free_key("entry", home)
            self.db.execute(self.insert_entry, asdict(replace(row, key=key)))
            self.db.execute("UPDATE file SET key = ? WHERE path = ?", (key, row.path))
            self._insert_terms([(key, row)])
            self._renumber_keys(key)

    def _insert_terms(self, entries: list[tuple[int, Row]]) -> None:
        """Store and count the terms of *entries*, and mark these for the full-text index."""
        keys: defaultdict[str, list[int]] = defaultdict(list)  # by line of a term
        for key, row in entries:
            for line in row.terms.split("\n") if row.terms else ():
                keys[line].append(key)
        pairs: list[tuple[int, int]] = []
        for line, members in keys.items():
            kind, slug, name = line.split("\t")
            term = self._count(kind, slug, len(members))
            self.spelling_changes[term, name] += len(members)
            if kind != MONTH_KIND:
                pairs += [(term, key) for key in members]
        self.db.executemany("INSERT INTO entry_term VALUES (?,?)", sorted(pairs))
        if not self.is_first_build:
            self.search.add_pending(key for key, _ in entries)

    def _insert_pairs(self, table: str, values: Iterable[str], path: str) -> None:
        for value in values:
            self.db.execute(f"INSERT OR IGNORE INTO {table} VALUES (?,?)", (value, path))

    def _insert_links(self, path: str, links: Iterable[Link]) -> None:
        """Store *links*, to be resolved; a new target of one is a change of the entry."""
        for one in links:
            candidates = "\n".join(one.candidates)
            values = (path, one.reference, candidates, one.is_required, one.line)
            self.db.execute("INSERT OR REPLACE INTO link VALUES (?,?,?,?,?,NULL)", values)
            self._insert_pairs("asset_use", map(get_dependency, one.candidates), path)

    def insert_problems(self, path: str, problems: Iterable[tuple[int, Problem]]) -> None:
        """Store problems of the file at *path*, each in place of the one with the same number."""
        for number, one in problems:
            self.db.execute(
                "INSERT OR REPLACE INTO problem VALUES (?,?,?,?,?,?)",
                (path, number, one.code, one.field, one.line, one.sentence),
            )

    def _count(self, kind: str, slug: str, change: int) -> int:
        """Add *change* to the count of a term; return its number."""
        term = self.term_ids[kind, slug]
        self.count_changes[term] += change
        return term

    def _schedule_checks(self, **values: str | None) -> None:
        """Note ids, permalinks and translation groups that may now be, or no longer be, shared."""
        if self.is_first_build:
            return  # all will be checked, so none is noted, to save memory
        for name, value in values.items():
            if value and len(self.pending_checks[name]) <= MAX_TRACKED_VALUES:
                self.pending_checks[name].add(value)

    def _must_check_all(self, name: str) -> bool:
        return self.is_first_build or len(self.pending_checks[name]) > MAX_TRACKED_VALUES

    # -- deleting --------------------------------------------------------------------

    def _delete_entry(self, path: str, key: int | None) -> None:
        """Delete the entry of *path* from every listing; its row of `file` stays."""
        self.db.execute("DELETE FROM alias WHERE path = ?", (path,))
        self.db.execute("DELETE FROM tombstone WHERE path = ?", (path,))
        self.db.execute("DELETE FROM turn WHERE path = ?", (path,))
        if key is None:
            return
        query = "SELECT terms, translation_group, repeated FROM entry WHERE key = ?"
        terms, translation_group, repeated = self.db.execute(query, (key,)).fetchone()
        self._schedule_checks(translation_group=translation_group)
        uncounted = repeated.split("\n")
        for kind, slug, name in unpack_terms(terms):
            # a language counts all its entries, other terms one entry of each translation group
            term = self._count(kind, slug, 0 if f"{kind}\t{slug}" in uncounted else -1)
            self.db.execute("DELETE FROM entry_term WHERE term_id = ? AND key = ?", (term, key))
            self.spelling_changes[term, name] -= 1
        self.db.execute("DELETE FROM entry WHERE key = ?", (key,))
        self.db.execute("UPDATE file SET key = NULL WHERE path = ?", (path,))
        self.search.delete(key)
        if self._has_key("entry", key + 1):
            self._renumber_keys(key)

    # -- keys ----------------------------------------------------------------------

    def _has_key(self, table: str, key: int) -> bool:
        return select_value(self.db, f"SELECT 1 FROM {table} WHERE key = ?", (key,)) is not None

    def _get_free_key(self, table: str, key: int) -> int:
        while self._has_key(table, key):
            key += 1
        return key

    def _renumber_keys(self, key: int) -> None:
        """Renumber the run of adjacent keys around *key* in the order of their ids.

        *key* may be a gap that a deletion left, which is then closed.
        """
        low = high = key
        while self._has_key("entry", low - 1):
            low -= 1
        while self._has_key("entry", high + 1):
            high += 1
        query = (
            "SELECT entry.key, id, entry.path FROM entry JOIN file USING (path)"
            " WHERE entry.key BETWEEN ? AND ?"
        )
        moves = []
        for home, _, old, path in sorted(
            (make_key(old >> KEY_HASH_BITS, identity), identity, old, path)
            for old, identity, path in self.db.execute(query, (low, high)).fetchall()
        ):
            low = max(low, home)
            if old != low:
                moves.append((old, low, path))
            low += 1
        for old, _, path in moves:
            self._change_key(old, -old - 1, path)  # to temporary keys first, so that none collide
        for old, new, path in moves:
            self._change_key(-old - 1, new, path)

    def _change_key(self, old: int, new: int, path: str) -> None:
        terms = select_value(self.db, "SELECT terms FROM entry WHERE key = ?", (old,))
        self.search.delete(old)
        self.search.add_pending([new])
        self.db.execute("UPDATE entry SET key = ? WHERE key = ?", (new, old))
        self.db.execute("UPDATE file SET key = ? WHERE path = ?", (new, path))
        update = "UPDATE entry_term SET key = ? WHERE term_id = ? AND key = ?"
        for kind, slug, _ in unpack_terms(terms):
            self.db.execute(update, (new, self.term_ids[kind, slug], old))

    # -- duplicates ------------------------------------------------------------------

    def resolve_conflicts(self) -> list[str]:
        """Of entries that share an id or permalink keep the first by path; make the others errors.

        Return the paths of entries that are no longer such errors. Read and put them, and call
        this again until it returns none, before `commit`.
        """
        self._flush()
        if self.is_first_build:
            self.search.add_all_pending()
            for statement in INDEXES:  # building an index once is cheaper than row by row
                self.db.execute(statement)
        freed = []
        for group in self._select_conflict_groups():
            owners: dict[tuple[str, str], str] = {}
            for member in group:
                taken = next((value for value in member.values if value in owners), None)
                if taken is not None:
                    self._reject_duplicate(member, describe_duplicate(*taken, owners[taken]))
                    continue
                owners.update(dict.fromkeys(member.values, member.path))
                if member.state == "error":
                    freed.append(member.path)
        return freed

    def _reject_duplicate(self, member: Identity, problem: Problem) -> None:
        path = member.path
        self.written_paths.add(path)
        self.history.note(path)
        key = select_value(self.db, "SELECT key FROM file WHERE path = ?", (path,))
        self._delete_entry(path, key)
        self._count(STATE_KIND, member.state, -1)
        self._count(STATE_KIND, "error", 1)
        self.db.execute("UPDATE file SET state = 'error' WHERE path = ?", (path,))
        self.insert_problems(path, [(DUPLICATE_PROBLEM_NUMBER, problem)])

    def _select_conflict_groups(self) -> Iterator[list[Identity]]:
        """Yield groups of entries, by path, that shared ids or permalinks connect."""
        asked: set[tuple[str, str]] = set()  # so that a large group is not read for each member
        for column in ("id", "permalink_path"):
            for value in self._select_shared_values(column):
                group: dict[str, Identity] = {}
                waiting = [(column, value)]
                while waiting:
                    pair = waiting.pop()
                    if pair in asked:
                        continue
                    asked.add(pair)
                    query = f"SELECT path, id, permalink_path, state FROM file WHERE {pair[0]} = ?"
                    for row in self.db.execute(query, pair[1:]).fetchall():
                        member = Identity(*row)
                        if member.path not in group:
                            group[member.path] = member
                            waiting += member.values
                if group:
                    yield [group[path] for path in sorted(group)]

    def _select_shared_values(self, column: str) -> list[str]:
        """Return the values that several files have, or that a former duplicate has."""
        if self._must_check_all(column):
            query = f"SELECT {column} FROM file WHERE {column} IS NOT NULL GROUP BY {column}"
            # the first build has no former ones, and the state of each file is not at hand
            more = "" if self.is_first_build else " OR max(state = 'error')"
            query += f" HAVING count(*) > 1{more}"
            return [value for (value,) in self.db.execute(query).fetchall()]
        query = f"SELECT count(*) > 1 OR max(state = 'error') FROM file WHERE {column} = ?"
        return [
            value
            for value in sorted(self.pending_checks[column])
            if select_value(self.db, query, (value,))
        ]

    # -- links -----------------------------------------------------------------------

    def _resolve_links(self) -> None:
        """Store the target of each new link; a required link without one is a problem."""
        query = (
            "SELECT path, reference, candidates, is_required, line FROM link WHERE target IS NULL"
            " ORDER BY path, reference"
        )
        named: NamedEntries | None = None
        missing: dict[str, list[Link]] = {}
        for path, reference, candidates, is_required, line in self.db.execute(query).fetchall():
            link = Link(
                reference=reference,
                candidates=tuple(filter(None, candidates.split("\n"))),
                is_required=bool(is_required),
                line=line,
            )
            target = next(filter(None, map(self._get_file, link.candidates)), "")
            if not target and any(one.startswith(ANY_FOLDER) for one in link.candidates):
                if named is None:
                    files = self.db.execute("SELECT path FROM file")
                    named = NamedEntries(one for (one,) in files)
                target = named.resolve(link, path)
            self.db.execute(
                "UPDATE link SET target = ? WHERE path = ? AND reference = ?",
                (target, path, reference),
            )
            if is_required and not target:
                missing.setdefault(path, []).append(link)
        list_folder = lru_cache(maxsize=4)(self._list_folder)
        for path, links in missing.items():
            problems = describe_missing_links(links, path, list_folder)
            self.insert_problems(path, enumerate(problems, MISSING_LINK_PROBLEM_NUMBER))

    def _list_folder(self, folder: str) -> Sequence[str]:
        """Return the names of files and folders in *folder*, () if there are too many."""
        prefix = f"{folder}/" if folder else ""
        query = (
            "SELECT DISTINCT iif(instr(rest, '/'), substr(rest, 1, instr(rest, '/') - 1), rest)"
            " FROM (SELECT substr(path, :length) AS rest FROM file"
            " WHERE path >= :first AND path < :last) LIMIT :most"
        )
        parameters = {
            "length": len(prefix) + 1,
            "first": prefix,
            "last": f"{folder}0" if folder else PATH_END,  # "0" follows "/"
            "most": MAX_NAMES + 1,
        }
        names = [name for (name,) in self.db.execute(query, parameters)]
        return tuple(names) if len(names) <= MAX_NAMES else ()

    def _get_file(self, candidate: str) -> str:
        """Return the path of the file that *candidate* means, "" if it is not there."""
        files = list_page_files(candidate) if candidate.endswith(PAGE_END) else [candidate]
        query = f"SELECT path FROM file WHERE path IN ({','.join('?' * len(files))})"
        found = {path for (path,) in self.db.execute(query, files)}
        file = next(filter(found.__contains__, files), "")
        return file or (self._get_dated_file(candidate) if candidate.endswith(PAGE_END) else "")

    def _get_dated_file(self, page: str) -> str:
        """Return the path of the only file that has the address *page* without its date, or ""."""
        folder, name = split_page(page)
        query = "SELECT path FROM file WHERE slug = ? AND path >= ? AND path < ? LIMIT ?"
        end = f"{folder[:-1]}0" if folder else PATH_END  # "0" follows "/"
        files = self.db.execute(query, (clean_slug(name), folder, end, MAX_NAMESAKES)).fetchall()
        found = [path for (path,) in files if page in list_page_names(path)]
        return found[0] if len(found) == 1 and len(files) < MAX_NAMESAKES else ""

    # -- translations ----------------------------------------------------------------

    def _rank_translations(self) -> None:
        """Put the translations of each group in order: the site's language first, then by language.

        Each term of a group, but languages, is counted once: for the first that has it.
        """
        groups = sorted(self.pending_checks["translation_group"])
        if self._must_check_all("translation_group"):
            query = (
                "SELECT translation_group FROM entry WHERE translation_group <> ''"
                " GROUP BY translation_group HAVING count(*) > 1"
            )
            groups = [group for (group,) in self.db.execute(query).fetchall()]
        query = (
            "SELECT language, path, key, terms, public_from, public_until, translation_rank,"
            f" repeated, {TURNS_SQL.format(table='entry')} FROM entry"
            # repeats the condition of the partial index, or SQLite would not use it
            " WHERE translation_group = ? AND translation_group <> ''"
        )
        for group in groups:
            members = self.db.execute(query, (group,)).fetchall()
            members.sort(key=lambda one: (one[0].lower() != self.language, *one[:2]))
            before: set[tuple[str, str]] = set()
            seconds: set[int] = set()  # at which one of the first begins or ends
            for rank, (_, path, key, terms, start, end, *former) in enumerate(members):
                own = [(kind, slug) for kind, slug, _ in unpack_terms(terms) if kind != "language"]
                repeated = "\n".join(map("\t".join, filter(before.__contains__, own)))
                turns = sorted(second for second in seconds if start < second < end)
                before.update(own)
                if rank < MAX_LEADING_TRANSLATIONS:
                    seconds |= {start, end}
                if former != [rank, repeated, ",".join(map(str, turns)) or None]:
                    self.history.note(path)
                    self._set_rank(key, rank, former[1], repeated)
                    self.db.execute("DELETE FROM turn WHERE path = ?", (path,))
                    rows = [(path, second) for second in turns]
                    self.db.executemany("INSERT INTO turn VALUES (?,?)", rows)

    def _set_rank(self, key: int, rank: int, former: str, repeated: str) -> None:
        """Set the rank of an entry, and which of its terms are *repeated*, and so not counted."""
        update = "UPDATE entry SET translation_rank = ?, repeated = ? WHERE key = ?"
        self.db.execute(update, (rank, repeated, key))
        for lines, change in ((former, 1), (repeated, -1)):
            for line in filter(None, lines.split("\n")):
                kind, _, slug = line.partition("\t")
                self._count(kind, slug, change)


class NamedEntries:
    """The entries among *paths* by the names that tags and wiki links use: `notes`, `2023/notes`.

    Grouped once for each number of folders in a name, since many links may use one.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        entries = (path for path in paths if classify(path) == "entry")
        self._paths = sorted(entries, key=lambda path: (path.count("/"), path))
        self._max_folders = self._paths[-1].count("/") if self._paths else 0
        self._groups: dict[int, dict[str, dict[str, str]]] = {}

    def resolve(self, link: Link, path: str) -> str:
        """Return the path of the entry that *link*, in the entry *path*, means, "" for none."""
        found = (self._choose(one, path) for one in link.candidates if one.startswith(ANY_FOLDER))
        return next(filter(None, found), "")

    def _choose(self, candidate: str, path: str) -> str:
        """Return the nearest: in the same folder, else below the fewest folders, else the first."""
        name = candidate.removeprefix(ANY_FOLDER)
        if not name or name.count("/") > self._max_folders:
            return ""
        named = self._group(name.count("/")).get(name, {})
        return named.get(posixpath.dirname(path)) or next(iter(named.values()), "")

    def _group(self, folders: int) -> dict[str, dict[str, str]]:
        """Return, by names with so many *folders*, the first path of each folder, in order."""
        if folders not in self._groups:
            groups = self._groups[folders] = defaultdict[str, dict[str, str]](dict)
            for path in self._paths:
                *parents, _ = make_entry_name(path).split("/")
                if len(parents) >= folders:
                    shown = parents[len(parents) - folders :]
                    for name in list_entry_names(path):
                        named = groups["/".join((*shown, name))]
                        named.setdefault(posixpath.dirname(path), path)
        return self._groups[folders]


def describe_duplicate(column: str, value: str, owner: str) -> Problem:
    """Return the problem of an entry that has the id or permalink of the entry *owner*."""
    noun = "id" if column == "id" else "permalink"
    remedy = {
        "id": "give this entry its own id; where one is a copy of the other, remove the id from it",
        "permalink": "give this entry its own slug, or add what tells them apart to the setting"
        " `permalink`: `{day}` or `{path}`",
    }[noun]
    return Problem(
        code=f"duplicate-{noun}",
        message=f"the {noun} {value!r} already belongs to {owner!r}",
        remedy=remedy,
    )
