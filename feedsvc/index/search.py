"""The full-text index (FTS5): its rows, the texts needed to delete them, and its segments.

Comes in: texts by the key of their entry. Runs in the caller's transaction, if one is open.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from feedsvc.content.search_words import split_cjk
from feedsvc.index.rows import unseal
from feedsvc.index.schema import Connection
from feedsvc.index.zstd import decompress, make_compressor

COMPRESS = make_compressor(level=1)
AUTOMERGE_SEGMENTS = 16  # from this number on FTS5 merges some at each change
MERGE_PAGES = 200  # per step: a few hundredths of a second


class SearchText(Struct, frozen=True, kw_only=True):
    """The text of an entry as indexed, and compressed as stored."""

    text: str
    compressed: bytes


class PendingText(Struct, frozen=True, kw_only=True):
    """An entry whose text is not indexed yet."""

    key: int
    path: str
    packed: bytes


class Search:
    """The full-text index of one database, for the writer."""

    def __init__(self, connection: Connection) -> None:
        self.db = connection

    def add_pending(self, keys: Iterable[int]) -> None:
        """Mark the entries with *keys* as not indexed yet."""
        self.db.executemany(
            "INSERT OR IGNORE INTO search_pending VALUES (?)", [(key,) for key in keys]
        )

    def add_all_pending(self) -> None:
        """Mark every entry as not indexed yet."""
        self.db.execute("INSERT OR IGNORE INTO search_pending SELECT key FROM entry")

    def select_pending(self, limit: int, below: int) -> list[PendingText]:
        """Return the newest *limit* entries with keys below *below* that are not indexed yet."""
        query = (
            "SELECT key, path, packed FROM search_pending JOIN entry USING (key)"
            " WHERE key < ? ORDER BY key DESC LIMIT ?"
        )
        return [
            PendingText(key=key, path=path, packed=unseal(sealed))
            for key, path, sealed in self.db.execute(query, (below, limit)).fetchall()
        ]

    def add(self, texts: Iterable[tuple[int, SearchText]]) -> None:
        """Index the texts, pairs of an entry's key and its text."""
        rows = list(texts)
        self.db.executemany(
            "INSERT INTO search (rowid, text) VALUES (?,?)", [(key, one.text) for key, one in rows]
        )
        self.db.executemany(
            "INSERT INTO search_text VALUES (?,?)", [(key, one.compressed) for key, one in rows]
        )
        self.db.executemany("DELETE FROM search_pending WHERE key = ?", [(key,) for key, _ in rows])

    def delete(self, key: int) -> None:
        """Delete the entry with *key* from the index, and from those to be indexed."""
        self.db.execute("DELETE FROM search_pending WHERE key = ?", (key,))
        query = "SELECT compressed_text FROM search_text WHERE key = ?"
        for (compressed,) in self.db.execute(query, (key,)).fetchall():
            # a contentless table needs the original text to delete a row
            self.db.execute(
                "INSERT INTO search (search, rowid, text) VALUES ('delete',?,?)",
                (key, decompress(compressed).decode()),
            )
        self.db.execute("DELETE FROM search_text WHERE key = ?", (key,))

    def set_automerge(self, enabled: bool) -> None:
        """Set whether each change merges some segments; off while the whole index is filled."""
        segments = AUTOMERGE_SEGMENTS if enabled else 0
        self.db.execute("INSERT INTO search (search, rank) VALUES ('automerge', ?)", (segments,))

    def merge(self) -> bool:
        """Merge some pages of the segments; return False when nothing is left to merge."""
        before = self.db.total_changes
        self.db.execute("INSERT INTO search (search, rank) VALUES ('merge', ?)", (MERGE_PAGES,))
        return self.db.total_changes - before > 1  # the test that FTS5's documentation gives


def make_search_text(words: str) -> SearchText:
    """Return *words* as indexed and as stored."""
    text = split_cjk(words)
    return SearchText(text=text, compressed=COMPRESS(text.encode()))
