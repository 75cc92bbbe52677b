"""Check the index of another machine before it is used.

An index decides what is shown of a folder; it must not lead out of the folder, nor run code.
"""

from __future__ import annotations

from contextlib import closing

from feedsvc.index.rows import UNKNOWN_TIME
from feedsvc.index.schema import (
    Connection,
    list_definitions,
    list_own_definitions,
    open_read_connection,
    open_write_connection,
    select_value,
    set_meta,
)
from feedsvc.indexer.transfer.packing import make_refusal

# Columns with paths of files below the folder; "*/" and a name stands for a file in any folder
PATH_COLUMNS = (
    *(("file", "path"), ("entry", "path"), ("tombstone", "path"), ("alias", "path")),
    *(("asset_use", "path"), ("asset_use", "asset"), ("link", "path"), ("link", "target")),
    ("problem", "path"),
)
# Tables whose rows belong to a row of `file`, and are deleted with that of a missing file
FILE_TABLES = ("entry", "tombstone", "alias", "asset_use", "link", "problem")


def adopt(copy: str, file: str) -> None:
    """Check the database *copy* of *file*, and drop what only applies to the other machine.

    Raises DatabaseError, and IndexFileError if it is damaged or would lead out of the folder.
    """
    check_definitions(copy, file)
    with closing(open_write_connection(copy)) as connection:
        found = select_value(connection, "PRAGMA quick_check(1)")
        if found != "ok":
            raise make_refusal(file, f"it is damaged ({found})")
        check_paths(connection, file)
        connection.execute("BEGIN IMMEDIATE")
        times = {"time": UNKNOWN_TIME}
        connection.execute("UPDATE file SET mtime = :time, ctime = :time", times)
        set_meta(connection, device=0, pending_deletions=0, polling=0, outer_authors=0)
        connection.execute("COMMIT")


def check_definitions(copy: str, file: str) -> None:
    """Raise IndexFileError if *copy* has other tables than ours, or triggers or views."""
    with closing(open_read_connection(copy)) as connection:
        if list_definitions(connection) != list_own_definitions():
            raise make_refusal(file, "its tables are not those of an index")


def check_paths(connection: Connection, file: str) -> None:
    """Raise IndexFileError if a path leads out of the folder, or belongs to no file."""
    for table, column in PATH_COLUMNS:
        query = (
            f"SELECT 1 FROM {table} WHERE typeof({column}) NOT IN ('text', 'null')"
            f" OR {column} LIKE '/%' OR instr('/' || {column} || '/', '/../')"
            f" OR instr({column}, char(0)) LIMIT 1"
        )
        if select_value(connection, query):
            raise make_refusal(file, "a path in it leads out of the folder")
    for table in FILE_TABLES:
        query = f"SELECT 1 FROM {table} WHERE path NOT IN (SELECT path FROM file) LIMIT 1"
        if select_value(connection, query):
            raise make_refusal(file, f"its table {table!r} has rows that belong to no file")
    query = "SELECT 1 FROM entry JOIN file USING (path) WHERE entry.key IS NOT file.key LIMIT 1"
    if select_value(connection, query):
        raise make_refusal(file, "it has two entries for one file")
