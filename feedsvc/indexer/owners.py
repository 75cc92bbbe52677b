"""Which entry has an id or a permalink already, for commands, while the service may be running."""

from __future__ import annotations

from contextlib import closing

from feedsvc.errors import IndexFileError
from feedsvc.index import open_read_connection, prepare_index_path
from feedsvc.index.rows import STATES_WITH_IDENTITY
from feedsvc.index.schema import DatabaseError
from feedsvc.indexer.store import describe_duplicate
from feedsvc.model import Entry, Problem
from feedsvc.reading import read_file
from feedsvc.settings import Settings


def check_duplicate(entry: Entry, settings: Settings) -> Problem | None:
    """Return the problem if another entry has the id or permalink of *entry*.

    The index, if there is one, knows which; that file is read, since it may have changed.
    """
    for column in ("id", "permalink_path"):
        value: str = getattr(entry, column)
        for path in _list_paths(column, value, settings) if value else ():
            other = read_file(settings.entries, path, settings)
            is_same = other.entry is not None and getattr(other.entry, column) == value
            if path != entry.path and is_same and other.state in STATES_WITH_IDENTITY:
                return describe_duplicate(column, value, path)
    return None


def _list_paths(column: str, value: str, settings: Settings) -> list[str]:
    query = f"SELECT path FROM file WHERE {column} = ? AND state != 'error' ORDER BY path"
    index = str(prepare_index_path(settings))
    try:
        with closing(open_read_connection(index)) as connection:
            return [path for (path,) in connection.execute(query, (value,))]
    except (DatabaseError, IndexFileError):  # missing or damaged: nothing is known
        return []
