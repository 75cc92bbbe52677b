"""What the index knows of files, for a scan: the last committed state.

The writer may be in a transaction meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from feedsvc.index.rows import FileTuple
from feedsvc.index.schema import Connection, select_value

PATH_END = "\U0010ffff"  # sorts after every path


class KnownFiles:
    """The files of one index, on a read-only connection."""

    def __init__(self, connection: Connection) -> None:
        self.db = connection

    def iterate_below(self, top: str) -> Iterator[FileTuple]:
        """Yield the file *top*, or the files below the folder *top*, in path order; "" for all."""
        query = "SELECT path, size, mtime, ctime, '', '' FROM file"
        if not top:
            return self.db.execute(f"{query} ORDER BY path")
        return self.db.execute(
            f"{query} WHERE path = ? UNION ALL {query} WHERE path > ? AND path < ? ORDER BY path",
            (top, f"{top}/", f"{top}0"),  # "0" follows "/"
        )

    def select_paths(self, prefix: str) -> list[str]:
        """Return the paths that begin with *prefix*, in their order."""
        query = "SELECT path FROM file WHERE path >= ? AND path < ? ORDER BY path"
        return [path for (path,) in self.db.execute(query, (prefix, prefix + PATH_END))]

    def select_hash(self, path: str) -> bytes | None:
        """Return the hash of the content at *path*, None if it is not known."""
        found: bytes | None = self._select("hash", path)
        return found

    def select_file_hash(self, path: str) -> bytes:
        """Return the hash of the bytes of the file at *path*, b"" if they must be read."""
        return bytes(self._select("file_hash", path) or b"")

    def select_state(self, path: str) -> str:
        """Return the state of the file at *path*, "" if it is not known."""
        return self._select("state", path) or ""

    def select_id(self, path: str) -> str:
        """Return the id of the entry in the file at *path*, "" if it has none or is not known."""
        return self._select("id", path) or ""

    def _select(self, column: str, path: str) -> Any:
        return select_value(self.db, f"SELECT {column} FROM file WHERE path = ?", (path,))

    def select_users(self, *names: str) -> list[str]:
        """Return the paths of the entries that use one of *names*: files, or "*/" and a name."""
        marks = ",".join("?" * len(names))
        query = f"SELECT DISTINCT path FROM asset_use WHERE asset IN ({marks})"
        return [path for (path,) in self.db.execute(query, names)]
