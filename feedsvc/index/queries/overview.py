"""The files of the folder with their states and problems, for their authors."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from feedsvc.index.queries.select import Queries
from feedsvc.index.rows import unseal
from feedsvc.index.schema import select_value

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
    rows = queries.execute(query, state=state, limit=limit, skip=skip).fetchall()
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
    rows = queries.execute(query, limit=limit).fetchall()
    return [ProblemRow(*row) for row in rows]


def select_ignored(queries: Queries) -> Iterator[str]:
    """Yield the path of each file that was ignored without a problem, in path order."""
    query = (
        "SELECT path FROM file WHERE state = 'ignored'"
        " AND path NOT IN (SELECT path FROM problem) ORDER BY path"
    )
    return (path for (path,) in queries.db.execute(query))


def is_asset(queries: Queries, path: str) -> bool:
    """Return whether an entry refers to the file at *path*."""
    query = "SELECT EXISTS (SELECT 1 FROM asset_use WHERE asset = ?)"
    return bool(select_value(queries.db, query, (path,)))


def has_entry(queries: Queries, folder: str) -> bool:
    """Return whether an entry, or what should be one, is in *folder* itself; "" is the whole's."""
    start = f"{folder}/" if folder else ""
    query = (
        "SELECT EXISTS (SELECT 1 FROM file WHERE state <> 'ignored' AND path >= :start"
        " AND substr(path, 1, :length) = :start AND instr(substr(path, :length + 1), '/') = 0"
        " AND (:end = '' OR path < :end))"
    )
    end = f"{folder}0" if folder else ""  # "0" follows "/"
    rows = queries.execute(query, start=start, end=end, length=len(start))
    return bool(rows.fetchone()[0])


def select_owner(queries: Queries, permalink_path: str) -> str:
    """Return the path of a file with *permalink_path*, "" if there is none."""
    query = "SELECT path FROM file WHERE permalink_path = ?"
    return select_value(queries.db, query, (permalink_path,)) or ""


def count_problems(queries: Queries) -> int:
    """Return how many problems all files have together."""
    return int(select_value(queries.db, "SELECT count(*) FROM problem"))
