"""When each entry last changed, and which have left listings: for clients that keep a copy.

The dates of entries do not show it: a file added today may be dated last week, an edit may keep
the date, and a deleted file has none. So the writer records the time of each commit, in
milliseconds that always increase. The first index of a folder has no history, and uses the dates
of entries (`changed`), up to the time of its building; `known_since` is the time from which on the
history is complete.

- `entry.seen`: when its present form became visible; its time of publication if that is later.
- `departure`: an entry that was public, and is changed or gone. Whether a listing still has it is
decided when the departure is read; `terms` are all that it ever had, and `common` those that
it had always, so that each listing which had it reports it. An entry that never was public leaves
no trace.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from feedsvc.index.schema import KEY_HASH_BITS, Connection, get_meta, set_meta

PENDING = 1 << 62  # in place of the time, until the transaction ends
KEPT_MILLISECONDS = 366 * 86_400_000  # for which departures are kept
TURNS_SQL = "(SELECT group_concat(second) FROM turn WHERE turn.path = {table}.path)"
FACTS_SQL = (
    "SELECT file.state, file.hash, file.id, coalesce(permalink_path, file.url, ''), file.key,"
    " file.public_from, file.public_until, coalesce(entry.terms, tombstone.terms, ''),"
    f" entry.translation_rank, entry.repeated, {TURNS_SQL.format(table='file')},"
    " EXISTS (SELECT 1 FROM link WHERE link.path = file.path), entry.packed,"
    " entry.seen FROM file LEFT JOIN entry ON entry.key = file.key"
    " LEFT JOIN tombstone ON tombstone.path = file.path WHERE file.path = ?"
)
FIRST_DEPARTURES_SQL = (
    "INSERT OR IGNORE INTO departure (id, seen, url, terms, common) SELECT id,"
    f" 1000 * min(key >> {KEY_HASH_BITS}, :now / 1000), url, terms, terms FROM tombstone"
)
FORGET_SQL = "DELETE FROM departure WHERE seen < ? AND id NOT IN (SELECT id FROM tombstone)"


class Facts(Struct, frozen=True):  # positional: a row of SQLite
    """What listings show of an entry or its tombstone; seconds, and *seen* in milliseconds."""

    state: str
    hash: bytes
    id: str | None
    address: str
    key: int | None
    public_from: int
    public_until: int
    terms: str
    translation_rank: int | None
    repeated: str | None
    turns: str | None
    has_links: int
    packed: int  # a hash of the packed entry
    seen: int | None

    @property
    def output(self) -> tuple[object, ...]:
        """All that determines a listing's documents, except the targets of links."""
        window = (self.public_from, self.public_until)
        names = (self.id, self.address, self.terms)
        order = (self.translation_rank, self.repeated, self.turns)
        return self.state, self.hash, self.packed, *window, *names, *order

    def was_listed(self, second: int) -> bool:
        """Whether it is public, or has expired: a client may not have asked since then."""
        return self.key is not None and self.public_from <= min(second, self.public_until - 1)


class History:
    """Records what a transaction of the writer changes; *clock* returns the seconds since 1970."""

    def __init__(self, db: Connection, clock: Callable[[], float]) -> None:
        self.db = db
        self.clock = clock

    def begin(self) -> None:
        """Begin a transaction: forget what was noted."""
        self.former: dict[str, Facts | None] = {}
        self.is_recording = bool(get_meta(self.db, "known_since"))
        # the inserted entries, as SQL
        now = int(1000 * self.clock())
        first = f"max(1000 * :public_from, min(1000 * :changed, {now}))"
        self.seen_sql = str(PENDING) if self.is_recording else first

    def note(self, path: str) -> None:
        """Note the state of *path* before it is changed."""
        if self.is_recording and path not in self.former:
            self.former[path] = self._select_facts(path)

    def record(self) -> None:
        """Record what the transaction has changed, as its last step."""
        now = max(int(1000 * self.clock()), get_meta(self.db, "seen") + 1)
        if not self.is_recording:
            self.db.execute(FIRST_DEPARTURES_SQL, {"now": now})
            set_meta(self.db, known_since=now // 1000, seen=now)
            return
        for path, before in self.former.items():
            self._record_path(path, before, now)
        update = "UPDATE entry SET seen = max(1000 * public_from, ?) WHERE seen = ?"
        self.db.execute(update, (now, PENDING))
        horizon = now - KEPT_MILLISECONDS
        if self.db.execute(FORGET_SQL, (horizon,)).rowcount:
            set_meta(self.db, known_since=max(get_meta(self.db, "known_since"), horizon // 1000))
        set_meta(self.db, seen=now)

    def _record_path(self, path: str, before: Facts | None, now: int) -> None:
        after = self._select_facts(path)
        is_same = before is not None and after is not None and before.output == after.output
        if after is not None and after.key is not None and before is not None:
            is_kept = is_same and not after.has_links and before.seen is not None
            update = "UPDATE entry SET seen = ? WHERE key = ?"
            self.db.execute(update, (before.seen if is_kept else PENDING, after.key))
            if is_kept:
                return
        if before is not None and before.was_listed(now // 1000):
            self._add_departure(before, now)
        if after is not None and after.state == "retracted" and not is_same:
            self._add_departure(after, now)

    def _add_departure(self, facts: Facts, now: int) -> None:
        query = "SELECT terms, common FROM departure WHERE id = ?"
        known = self.db.execute(query, (facts.id,)).fetchone() or ("", facts.terms)
        terms, common = ([*filter(None, words.split("\n"))] for words in known)
        own = facts.terms.split("\n")
        terms = [*dict.fromkeys((*filter(None, own), *terms))]
        if facts.key is not None:  # a retracted entry is in no listing any more
            common = [line for line in common if line in own]
        self.db.execute(
            "INSERT INTO departure (id, seen, url, terms, common) VALUES (?,?,?,?,?)"
            " ON CONFLICT (id) DO UPDATE SET seen = excluded.seen, url = excluded.url,"
            " terms = excluded.terms, common = excluded.common",
            (facts.id, now, facts.address, "\n".join(terms), "\n".join(common)),
        )

    def _select_facts(self, path: str) -> Facts | None:
        found = self.db.execute(FACTS_SQL, (path,)).fetchone()
        if found is None:
            return None
        *facts, packed, seen = found
        values: tuple[Any, ...] = (*facts, hash(packed), seen)
        return Facts(*values)
