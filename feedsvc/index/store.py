"""What the one writer does to the index: rows in, contention settled, one transaction, one new generation.

Every outcome depends on the set of rows alone, never on their order, so that
two machines agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from feedsvc.index.ledger import MAX_TRACKED_VALUES, RowStore
from feedsvc.index.rows import STATE_KIND, Row, unpack_terms
from feedsvc.index.schema import INDEXES, Connection

CONFLICT_PROBLEM_NUMBER = (
    1_000  # the number of what the store adds, after what a file's own reading found
)


class Store(RowStore):
    """The writer's view: `begin`, any number of `put` and `remove`, then `commit`."""

    def commit(self, read: Callable[[str], Row]) -> None:
        """Settles what entries contend for and makes the change visible; *read* reads a path again."""
        self._flush()
        if self.fresh:  # filled first: sorting once is cheaper than finding each row's place
            self.db.execute("INSERT OR IGNORE INTO unsaid SELECT key FROM entry")
            for statement in INDEXES:
                self.db.execute(statement)
        self._resolve_conflicts(read)
        self._choose_primary_translations()
        self._flush()
        self.set_meta("generation", self.get_meta("generation", 0) + 1)
        self.db.execute("COMMIT")

    # -- what entries contend for --------------------------------------------------

    def _resolve_conflicts(self, read: Callable[[str], Row]) -> None:
        """Of the entries with one id or one permalink the first by path keeps it; the others are errors."""
        for members in self._select_conflict_groups():
            taken: dict[tuple[str, str], str] = {}
            for path, identity, place, state in members:
                wanted = [
                    (name, value) for name, value in (("id", identity), ("place", place)) if value
                ]
                rival = next(
                    ((name, value) for name, value in wanted if (name, value) in taken), None
                )
                if rival is None:
                    taken.update(dict.fromkeys(wanted, path))
                    if state == "error":
                        self._delete_file(path)
                        self.put(read(path))
                        self._flush()
                else:
                    self._reject_duplicate(path, *rival, taken[rival])

    def _reject_duplicate(self, path: str, name: str, value: str, owner: str) -> None:
        key, state = self.db.execute(
            "SELECT key, state FROM file WHERE path = ?", (path,)
        ).fetchone()
        self._delete_entry(path, key)
        self.count_changes[self.terms[STATE_KIND, state]] -= 1
        self.count_changes[self.terms[STATE_KIND, "error"]] += 1
        self.db.execute("UPDATE file SET state = 'error' WHERE path = ?", (path,))
        code, message = describe_duplicate(name, value, owner)
        self.db.execute(
            "DELETE FROM problem WHERE path = ? AND number = ?", (path, CONFLICT_PROBLEM_NUMBER)
        )
        self.db.execute(
            "INSERT INTO problem VALUES (?,?,?,NULL,NULL,?)",
            (path, CONFLICT_PROBLEM_NUMBER, code, message),
        )

    def _select_conflict_groups(self) -> Iterator[list[tuple[str, str, str | None, str]]]:
        """Groups of files, by path, that share an id or a permalink among them."""
        done: set[str] = set()
        for name in ("id", "place"):
            for value in self._select_shared_values(name):
                group: dict[str, tuple[str, str, str | None, str]] = {}
                waiting = [(name, value)]
                while waiting:
                    column, shared = waiting.pop()
                    for member in self.db.execute(
                        f"SELECT path, id, place, state FROM file WHERE {column} = ?", (shared,)
                    ).fetchall():
                        if member[0] not in group:
                            group[member[0]] = member
                            waiting += [
                                pair
                                for pair in (("id", member[1]), ("place", member[2]))
                                if pair[1]
                            ]
                if not done.issuperset(group):
                    done.update(group)
                    yield [group[path] for path in sorted(group)]

    def _select_shared_values(self, name: str) -> list[str]:
        touched = self.pending_checks[name]
        if self.fresh or len(touched) > MAX_TRACKED_VALUES:
            found = self.db.execute(
                f"SELECT {name} FROM file WHERE {name} IS NOT NULL GROUP BY {name}"
                " HAVING count(*) > 1 OR max(state = 'error')"
            ).fetchall()
            return [value for (value,) in found]
        # one claimant counts too: it may have been an error until its rival went
        count = f"SELECT count(*), max(state = 'error') FROM file WHERE {name} = ?"
        results = [
            (value, self.db.execute(count, (value,)).fetchone()) for value in sorted(touched)
        ]
        return [value for value, (claimants, demoted) in results if claimants > 1 or demoted]

    def _choose_primary_translations(self) -> None:
        """Of a story's translations one leads: the site's language first, else the first by language and path."""
        stories: Iterable[str] = sorted(self.pending_checks["story"])
        if self.fresh or len(self.pending_checks["story"]) > MAX_TRACKED_VALUES:
            query = "SELECT story FROM entry WHERE story <> '' GROUP BY story HAVING count(*) > 1"
            stories = [story for (story,) in self.db.execute(query).fetchall()]
        for story in stories:
            members = self.db.execute(
                "SELECT language, path, key, lead FROM entry WHERE story = ? AND story <> ''",
                (story,),
            ).fetchall()
            order = sorted(
                members,
                key=lambda member: (member[0].lower() != self.language, member[0], member[1]),
            )
            for number, (_, _, key, lead) in enumerate(order):
                if lead != (number == 0):
                    self._set_primary(key, number == 0)

    def _set_primary(self, key: int, lead: bool) -> None:
        self.db.execute("UPDATE entry SET lead = ? WHERE key = ?", (int(lead), key))
        terms = unpack_terms(
            self.db.execute("SELECT terms FROM entry WHERE key = ?", (key,)).fetchone()[0]
        )
        for kind, slug, _ in terms:
            term = self.terms[kind, slug]
            if not self._get_term_weight(term, 0):
                self.count_changes[term] += 1 if lead else -1


def describe_duplicate(name: str, value: str, owner: str) -> tuple[str, str]:
    """Code and message of the problem that the *value* of an id or a place is that of the entry *owner*."""
    if name == "id":
        return (
            "duplicate-id",
            f"the id {value!r} is that of {owner!r} already; give this entry its own id",
        )
    message = f"the permalink {value!r} is that of {owner!r} already; give this entry its own slug"
    return "duplicate-permalink", message


def select_first_problems(
    db: Connection, most: int
) -> tuple[int, list[tuple[str, int | None, str]]]:
    """How many files have problems; path, line and message of the first problem of the first *most* of them."""
    count = db.execute("SELECT count(DISTINCT path) FROM problem").fetchone()[0]
    query = (
        "SELECT path, min(number), line, message FROM problem GROUP BY path ORDER BY path LIMIT ?"
    )
    return count, [(path, line, message) for path, _, line, message in db.execute(query, (most,))]
