"""The files of the folder with their states and problems, for their authors."""

from __future__ import annotations

from msgspec import Struct

from feedsvc.index.queries.select import Queries
from feedsvc.index.rows import unseal

# As `count_states` counts: scheduled and expired entries have states of their own
STATE_SQL = (
    "CASE WHEN file.state <> 'public' THEN file.state"
    " WHEN file.public_from > :now THEN 'scheduled'"
    " WHEN file.public_until <= :now THEN 'expired' ELSE 'public' END"
)


class FileOverview(Struct, frozen=True):  # positional: a row of SQLite
    """A file that is an entry, or should be one; *packed* is empty if no listing has it."""

    path: str
    state: str
    permalink_path: str | None
    url: str | None  # of an entry whose address is on another site
    packed: bytes


class KnownFile(Struct, frozen=True):
    """A file with its state, whether it has problems, and the files that it uses."""

    path: str
    state: str
    permalink_path: str
    has_problems: bool
    asset_paths: tuple[str, ...]


class ProblemRow(Struct, frozen=True):
    """A problem of a file; *message* includes the remedy."""

    path: str
    state: str  # of the file, by the clock
    line: int | None
    field: str | None
    code: str
    message: str


def select_files(queries: Queries, state: str, limit: int, skip: int = 0) -> list[FileOverview]:
    """Return *limit* files in *state* ("" for any) after *skip*; the last changed come first."""
    query = (
        f"SELECT file.path, {STATE_SQL} AS present, permalink_path, file.url,"
        " coalesce(entry.packed, x'') FROM file LEFT JOIN entry ON entry.key = file.key"
        " WHERE file.state <> 'ignored' AND (:state = '' OR present = :state)"
        " ORDER BY mtime DESC, file.path LIMIT :limit OFFSET :skip"
    )
    parameters = queries.facts | {"state": state, "limit": limit, "skip": skip}
    rows = queries.db.execute(query, parameters).fetchall()
    return [
        FileOverview(path, present, permalink_path, url, unseal(sealed))
        for path, present, permalink_path, url, sealed in rows
    ]


def select_problems(queries: Queries, limit: int) -> list[ProblemRow]:
    """Return the first *limit* problems by file: those of errors first, then the last changed."""
    query = (
        f"SELECT path, {STATE_SQL}, line, field, code, message FROM problem JOIN file USING (path)"
        " ORDER BY file.state = 'error' DESC, mtime DESC, path, number LIMIT :limit"
    )
    rows = queries.db.execute(query, queries.facts | {"limit": limit}).fetchall()
    return [ProblemRow(*row) for row in rows]


def select_known_files(queries: Queries) -> list[KnownFile]:
    """Return every file of the folder in path order."""
    used: dict[str, list[str]] = {}
    for path, asset in queries.db.execute("SELECT path, asset FROM asset_use"):
        used.setdefault(path, []).append(asset)
    query = (
        "SELECT path, state, permalink_path, path IN (SELECT path FROM problem) FROM file"
        " ORDER BY path"
    )
    return [
        KnownFile(path, state, permalink_path or "", bool(is_wrong), tuple(used.get(path, ())))
        for path, state, permalink_path, is_wrong in queries.db.execute(query)
    ]


def count_problems(queries: Queries) -> int:
    """Return how many problems all files have together."""
    return int(queries.db.execute("SELECT count(*) FROM problem").fetchone()[0])
