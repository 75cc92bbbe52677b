"""What the one writer does to the index: rows in, one transaction, one new generation.

Comes in: `Row`, a reading reduced to what listings need. Every outcome depends
on the set of rows alone, never on their order, so that two machines agree.
"""

from __future__ import annotations

import json
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from feedsvc.index.database import INDEXES, KEY_BITS, NEVER, Connection, KeyTaken, make_key
from feedsvc.names import make_slug

PLURALS = {"tag": "tags", "category": "categories", "author": "authors", "language": "languages"}
LISTED = "public"
LAST_PROBLEM = 1_000  # the number of what the store adds, after what a file's own reading found
CLAIMING = ("public", "unlisted", "retracted")


class Stat(NamedTuple):
    """What tells a file from its changed self without opening it."""

    size: int
    mtime: int  # nanoseconds
    ctime: int  # nanoseconds; also moved by what keeps mtime: cp -p, mv, chmod


class Row(NamedTuple):
    """One file as the index keeps it; times in seconds since 1970."""

    path: str
    stat: Stat
    state: str
    hash: bytes = b""
    id: str | None = None
    place: str | None = None
    slug: str | None = None
    url: str = ""
    published: int = 0
    starts: int = 0
    ends: int = NEVER
    changed: int = 0
    language: str = ""
    story: str = ""
    terms: tuple[tuple[str, str], ...] = ()  # (kind, name as written)
    aliases: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    retracted: tuple[int, str, str] | None = None  # seconds, the moment, the reason
    problems: tuple[tuple[str, str | None, int | None, str], ...] = ()


class Store:
    """The writer's view: `begin`, any number of `put` and `remove`, then `commit`."""

    def __init__(self, connection: Connection, language: str) -> None:
        self.db = connection
        self.language = language.lower()
        self.terms: dict[tuple[str, str], int] = {}

    def begin(self) -> None:
        self.db.execute("BEGIN IMMEDIATE")
        self.fresh = not self.db.execute("SELECT 1 FROM file LIMIT 1").fetchone()
        self.touched: dict[str, set[str]] = {"id": set(), "place": set(), "story": set()}
        self.marks: list[tuple[int, int]] = []
        self.counts: Counter[int] = Counter()
        self.spellings: Counter[tuple[int, str]] = Counter()

    def rollback(self) -> None:
        self.terms.clear()
        if self.db.in_transaction:
            self.db.execute("ROLLBACK")

    def put(self, row: Row) -> None:
        """Takes *row* in place of whatever its path was before."""
        if not self.fresh:
            self._drop(row.path)
        claims = row.state in CLAIMING
        identity, place = (row.id, row.place or None) if claims else (None, None)
        self.db.execute(
            "INSERT INTO file VALUES (?,?,?,?,?,?,?,?,?,NULL)",
            (row.path, *row.stat, row.state, row.hash, identity, place, row.slug if place else None),
        )
        self._put_problems(row.path, row.problems)
        if row.uses:
            self.db.executemany("INSERT OR IGNORE INTO uses VALUES (?,?)", [(asset, row.path) for asset in row.uses])
        if claims:
            self._touch(row.id, place, row.story)
            self._publish(row)

    def remove(self, path: str) -> None:
        self._drop(path)

    def commit(self, read: Callable[[str], Row]) -> None:
        """Settles what entries contend for and makes the change visible; *read* reads a path again."""
        self._flush()
        if self.fresh:  # filled first: sorting once is cheaper than finding each row's place
            for statement in INDEXES:
                self.db.execute(statement)
        self._settle_claims(read)
        self._settle_stories()
        self._flush()
        self.set_meta("generation", self.get_meta("generation", 0) + 1)
        self.db.execute("COMMIT")

    # -- one file -----------------------------------------------------------------

    def _publish(self, row: Row) -> None:
        self.db.executemany("INSERT OR IGNORE INTO alias VALUES (?,?)", [(old, row.path) for old in row.aliases])
        if row.state == "retracted" and row.retracted is not None:
            seconds, moment, reason = row.retracted
            slugs = json.dumps([(kind, make_slug(name)) for kind, name in row.terms], ensure_ascii=False)
            gone = (row.path, row.id, row.url, moment, reason, row.published, slugs)
            self._insert(
                "INSERT INTO gone VALUES (?,?,?,?,?,?,?,?)", "gone", make_key(seconds, row.id or row.path), gone
            )
        if row.state != LISTED:
            return
        terms = json.dumps(row.terms, ensure_ascii=False)
        values = (row.path, row.hash, row.starts, row.ends, row.changed, row.language, row.story, 1, terms)
        key = self._insert(
            "INSERT INTO entry VALUES (?,?,?,?,?,?,?,?,?,?)",
            "entry",
            make_key(row.published, row.id or row.path),
            values,
        )
        self.db.execute("UPDATE file SET key = ? WHERE path = ?", (key, row.path))
        self.db.execute("INSERT OR IGNORE INTO unsaid VALUES (?)", (key,))
        for term, name in self._find_terms(row.terms):
            self.marks.append((term, key))
            self.counts[term] += 1
            self.spellings[term, name] += 1
        if len(self.marks) > 20_000:
            self._flush()

    def _insert(self, statement: str, table: str, key: int, values: tuple[object, ...]) -> int:
        try:
            self.db.execute(statement, (key, *values))
        except KeyTaken:  # the same second and hash: the cluster is laid out anew, by id
            free = key
            while self.db.execute(f"SELECT 1 FROM {table} WHERE key = ?", (free,)).fetchone():
                free += 1
            self.db.execute(statement, (free, *values))
            if table == "entry":
                self.db.execute("UPDATE file SET key = ? WHERE path = ?", (free, values[0]))
                self._flush()
                self._lay_out(free)
                key = self.db.execute("SELECT key FROM file WHERE path = ?", (values[0],)).fetchone()[0]
            else:
                key = free
        return key

    def _drop(self, path: str) -> None:
        known = self.db.execute("SELECT id, place, key FROM file WHERE path = ?", (path,)).fetchone()
        if known is None:
            return
        identity, place, key = known
        self._touch(identity, place, "")
        self._withdraw(path, key)
        for table in ("file", "problem", "uses"):
            self.db.execute(f"DELETE FROM {table} WHERE path = ?", (path,))

    def _withdraw(self, path: str, key: int | None) -> None:
        """Takes the entry of *path* out of every listing; its file row stays."""
        self.db.execute("DELETE FROM alias WHERE path = ?", (path,))
        self.db.execute("DELETE FROM gone WHERE path = ?", (path,))
        if key is None:
            return
        self._flush()
        terms, story, lead = self.db.execute("SELECT terms, story, lead FROM entry WHERE key = ?", (key,)).fetchone()
        self._touch(None, None, story)
        for term, name in self._find_terms(json.loads(terms)):
            self.db.execute("DELETE FROM mark WHERE term = ? AND key = ?", (term, key))
            self.counts[term] -= self._counts_for(term, lead)
            self.spellings[term, name] -= 1
        self.db.execute("DELETE FROM entry WHERE key = ?", (key,))
        self.db.execute("UPDATE file SET key = NULL WHERE path = ?", (path,))
        self.forget_text(key)
        if self.db.execute("SELECT 1 FROM entry WHERE key = ?", (key + 1,)).fetchone():
            self._lay_out(key)

    def _put_problems(self, path: str, problems: Iterable[tuple[str, str | None, int | None, str]]) -> None:
        for number, problem in enumerate(problems):
            self.db.execute("INSERT INTO problem VALUES (?,?,?,?,?,?)", (path, number, *problem))

    def _touch(self, identity: str | None, place: str | None, story: str) -> None:
        for name, value in (("id", identity), ("place", place), ("story", story)):
            if value:
                self.touched[name].add(value)

    # -- terms ---------------------------------------------------------------------

    def _find_terms(self, terms: Iterable[Iterable[str]]) -> Iterator[tuple[int, str]]:
        """The number and spelling of each term, once for each slug."""
        seen: set[tuple[str, str]] = set()
        for kind, name in terms:
            slug = make_slug(name)
            if slug and (kind, slug) not in seen:
                seen.add((kind, slug))
                yield self._number(kind, slug), name

    def _number(self, kind: str, slug: str) -> int:
        number = self.terms.get((kind, slug))
        if number is None:
            self.db.execute("INSERT OR IGNORE INTO term (kind, slug) VALUES (?,?)", (kind, slug))
            found = self.db.execute("SELECT term FROM term WHERE kind = ? AND slug = ?", (kind, slug)).fetchone()
            number = self.terms[kind, slug] = int(found[0])
        return number

    def _counts_for(self, term: int, lead: int) -> int:
        """1 where an entry counts for *term*: a language counts all of its entries, other names one a story."""
        kind = self.db.execute("SELECT kind FROM term WHERE term = ?", (term,)).fetchone()[0]
        return 1 if lead or kind == "language" else 0

    def _flush(self) -> None:
        self.marks.sort()
        self.db.executemany("INSERT INTO mark VALUES (?,?)", self.marks)
        self.db.executemany(
            "UPDATE term SET count = count + ? WHERE term = ?", [(n, term) for term, n in self.counts.items() if n]
        )
        self.db.executemany(
            "INSERT INTO spelling VALUES (?,?,?) ON CONFLICT DO UPDATE SET count = count + excluded.count",
            [(term, name, n) for (term, name), n in self.spellings.items() if n],
        )
        self.marks.clear()
        self.counts.clear()
        self.spellings.clear()

    # -- what entries contend for --------------------------------------------------

    def _lay_out(self, key: int) -> None:
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
        for home, _, old, path in sorted((make_key(k >> KEY_BITS, i), i, k, p) for k, i, p in cluster):
            free = max(free, home)
            wanted.append((old, free, path))
            free += 1
        moves = [(old, new, path) for old, new, path in wanted if old != new]
        for old, _, path in moves:
            self._move(old, -old - 1, path)  # aside first, so that no two meet
        for old, new, path in moves:
            self._move(-old - 1, new, path)

    def _move(self, old: int, new: int, path: str) -> None:
        terms = json.loads(self.db.execute("SELECT terms FROM entry WHERE key = ?", (old,)).fetchone()[0])
        self.forget_text(old)
        self.db.execute("UPDATE entry SET key = ? WHERE key = ?", (new, old))
        self.db.execute("UPDATE file SET key = ? WHERE path = ?", (new, path))
        for term, _ in self._find_terms(terms):
            self.db.execute("UPDATE mark SET key = ? WHERE term = ? AND key = ?", (new, term, old))
        self.db.execute("INSERT OR IGNORE INTO unsaid VALUES (?)", (new,))

    def _settle_claims(self, read: Callable[[str], Row]) -> None:
        """Of the entries with one id or one permalink the first by path keeps it; the others are errors."""
        for members in self._find_contenders():
            taken: dict[tuple[str, str], str] = {}
            for path, identity, place, state in members:
                wanted = [(name, value) for name, value in (("id", identity), ("place", place)) if value]
                rival = next(((name, value) for name, value in wanted if (name, value) in taken), None)
                if rival is None:
                    taken.update(dict.fromkeys(wanted, path))
                    if state == "error":
                        self._drop(path)
                        self.put(read(path))
                else:
                    self._demote(path, *rival, taken[rival])

    def _demote(self, path: str, name: str, value: str, owner: str) -> None:
        key = self.db.execute("SELECT key FROM file WHERE path = ?", (path,)).fetchone()[0]
        self._withdraw(path, key)
        self.db.execute("UPDATE file SET state = 'error' WHERE path = ?", (path,))
        code, message = describe_rival(name, value, owner)
        self.db.execute("DELETE FROM problem WHERE path = ? AND number = ?", (path, LAST_PROBLEM))
        self.db.execute("INSERT INTO problem VALUES (?,?,?,NULL,NULL,?)", (path, LAST_PROBLEM, code, message))

    def _find_contenders(self) -> Iterator[list[tuple[str, str, str | None, str]]]:
        """Groups of files, by path, that share an id or a permalink among them."""
        done: set[str] = set()
        for name in ("id", "place"):
            for value in self._find_contended(name):
                group: dict[str, tuple[str, str, str | None, str]] = {}
                waiting = [(name, value)]
                while waiting:
                    column, shared = waiting.pop()
                    for member in self.db.execute(
                        f"SELECT path, id, place, state FROM file WHERE {column} = ?", (shared,)
                    ).fetchall():
                        if member[0] not in group:
                            group[member[0]] = member
                            waiting += [pair for pair in (("id", member[1]), ("place", member[2])) if pair[1]]
                if not done.issuperset(group):
                    done.update(group)
                    yield [group[path] for path in sorted(group)]

    def _find_contended(self, name: str) -> list[str]:
        touched = self.touched[name]
        if len(touched) > 2_000:
            found = self.db.execute(
                f"SELECT {name} FROM file WHERE {name} IS NOT NULL GROUP BY {name} HAVING count(*) > 1"
            ).fetchall()
            return [value for (value,) in found]
        # one claimant counts too: it may have been an error until its rival went
        count = f"SELECT count(*), max(state = 'error') FROM file WHERE {name} = ?"
        results = [(value, self.db.execute(count, (value,)).fetchone()) for value in sorted(touched)]
        return [value for value, (claimants, demoted) in results if claimants > 1 or demoted]

    def _settle_stories(self) -> None:
        """Of a story's translations one leads: the site's language first, else the first by language and path."""
        stories: Iterable[str] = sorted(self.touched["story"])
        if len(self.touched["story"]) > 2_000:
            query = "SELECT story FROM entry WHERE story <> '' GROUP BY story HAVING count(*) > 1"
            stories = [story for (story,) in self.db.execute(query).fetchall()]
        for story in stories:
            members = self.db.execute(
                "SELECT language, path, key, lead FROM entry WHERE story = ?", (story,)
            ).fetchall()
            order = sorted(members, key=lambda member: (member[0].lower() != self.language, member[0], member[1]))
            for number, (_, _, key, lead) in enumerate(order):
                if lead != (number == 0):
                    self._set_lead(key, number == 0)

    def _set_lead(self, key: int, lead: bool) -> None:
        self.db.execute("UPDATE entry SET lead = ? WHERE key = ?", (int(lead), key))
        terms = json.loads(self.db.execute("SELECT terms FROM entry WHERE key = ?", (key,)).fetchone()[0])
        for term, _ in self._find_terms(terms):
            if not self._counts_for(term, 0):
                self.counts[term] += 1 if lead else -1

    # -- search --------------------------------------------------------------------

    def find_unsaid(self, most: int) -> list[tuple[int, str]]:
        """Keys and paths of entries that search does not know yet, newest first."""
        query = "SELECT key, path FROM unsaid JOIN entry USING (key) ORDER BY key DESC LIMIT ?"
        return self.db.execute(query, (most,)).fetchall()

    def say_text(self, key: int, text: str) -> None:
        self.db.execute("DELETE FROM unsaid WHERE key = ?", (key,))
        self.db.execute("INSERT INTO search (rowid, text) VALUES (?,?)", (key, text))
        self.db.execute("INSERT INTO said VALUES (?,?)", (key, zlib.compress(text.encode(), 1)))

    def forget_text(self, key: int) -> None:
        self.db.execute("DELETE FROM unsaid WHERE key = ?", (key,))
        said = self.db.execute("SELECT text FROM said WHERE key = ?", (key,)).fetchone()
        if said is not None:  # a table without content is told what to forget
            text = zlib.decompress(said[0]).decode()
            self.db.execute("INSERT INTO search (search, rowid, text) VALUES ('delete',?,?)", (key, text))
            self.db.execute("DELETE FROM said WHERE key = ?", (key,))

    # -- facts about the index -----------------------------------------------------

    def get_meta(self, name: str, default: int) -> int:
        found = self.db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return default if found is None else int(found[0])

    def set_meta(self, name: str, value: int) -> None:
        self.db.execute("INSERT OR REPLACE INTO meta VALUES (?,?)", (name, value))

    def find_known(self, below: str = "") -> Iterator[tuple[str, Stat]]:
        """Path and stat of every file below a folder prefix, in path order."""
        query = "SELECT path, size, mtime, ctime FROM file WHERE path >= ? AND path < ? ORDER BY path"
        # its own cursor, read to the end before the writer goes on: memory stays that of one row
        for path, size, mtime, ctime in self.db.execute(query, (below, below + "\U0010ffff")):
            yield path, Stat(size, mtime, ctime)

    def find_below(self, top: str = "") -> Iterator[tuple[str, Stat]]:
        """Path and stat of the file *top* and of every one in the folder *top*, in path order; of all for ""."""
        below = f"{top}/", f"{top}0"  # "0" follows "/"
        query = "SELECT path, size, mtime, ctime FROM file"
        if top:
            query += " WHERE path = ? UNION ALL SELECT path, size, mtime, ctime FROM file WHERE path > ? AND path < ?"
        for path, *stat in self.db.execute(f"{query} ORDER BY path", (top, *below) if top else ()):
            yield path, Stat(*stat)

    def find_hash(self, path: str) -> bytes | None:
        found = self.db.execute("SELECT hash FROM file WHERE path = ?", (path,)).fetchone()
        return None if found is None else bytes(found[0])

    def find_users(self, asset: str) -> list[str]:
        return [path for (path,) in self.db.execute("SELECT path FROM uses WHERE asset = ?", (asset,))]


def describe_rival(name: str, value: str, owner: str) -> tuple[str, str]:
    """Code and message of the problem that the *value* of an id or a place is that of the entry *owner*."""
    if name == "id":
        return "duplicate-id", f"the id {value!r} is that of {owner!r} already; give this entry its own id"
    message = f"the permalink {value!r} is that of {owner!r} already; give this entry its own slug"
    return "duplicate-permalink", message


def group_problems(db: Connection) -> dict[str, list[tuple[str, str | None, int | None, str]]]:
    """Every problem by path, in the order in which its file tells them."""
    found: defaultdict[str, list[tuple[str, str | None, int | None, str]]] = defaultdict(list)
    for path, *problem in db.execute("SELECT path, code, field, line, message FROM problem ORDER BY path, number"):
        found[path].append(tuple(problem))
    return dict(found)
