"""What the index knows of renamed files, for commands, while the service may be running."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

from feedsvc.errors import EntryError, IndexFileError
from feedsvc.index.schema import (
    Connection,
    DatabaseError,
    open_read_connection,
    prepare_index_path,
)
from feedsvc.indexer.renames.tracker import Rename, select_renames
from feedsvc.model import Problem
from feedsvc.reading import make_digest, read_bytes
from feedsvc.settings import Settings


class FormerFiles:
    """What the index of *settings*, if there is one, knows of files under former names."""

    def __init__(self, settings: Settings) -> None:
        self.root = settings.entries
        self.renames: dict[str, Rename] = {}
        self.known: dict[str, str] = {}  # id by path
        self.by_hash: dict[bytes, list[str]] = {}
        try:
            path = prepare_index_path(settings)
            if not path.is_file():
                return
            with closing(open_read_connection(str(path))) as connection:
                self._read(connection)
        except (DatabaseError, IndexFileError):  # damaged or incomplete: nothing is known
            self.renames, self.known, self.by_hash = {}, {}, {}

    def _read(self, connection: Connection) -> None:
        self.renames = {one.path: one for one in select_renames(connection)}
        query = "SELECT path, id, file_hash FROM file WHERE id IS NOT NULL"
        for path, id_, file_hash in connection.execute(query):
            self.known[path] = id_
            if file_hash:
                self.by_hash.setdefault(bytes(file_hash), []).append(path)

    def list_problems(self, path: str, id_: str | None) -> tuple[Problem, ...]:
        """Return the problem if the file *path*, whose entry has *id_*, was renamed."""
        rename = self.get_rename(path, id_) if id_ else None
        return () if rename is None else (rename.problem,)

    def get_rename(self, path: str, id_: str) -> Rename | None:
        """Return the rename of the file *path*, whose entry has *id_*, None without one."""
        noted = self.renames.get(path)
        if noted is not None:
            return noted if noted.former_id != id_ else None
        if not self.known or path in self.known:
            return None
        try:
            file_hash = make_digest(read_bytes(self.root, path))
        except EntryError:
            return None
        for former in self.by_hash.get(file_hash, ()):
            if self.known[former] != id_ and not os.path.lexists(Path(self.root, former)):
                return Rename(path=path, former=former, former_id=self.known[former])
        return None
