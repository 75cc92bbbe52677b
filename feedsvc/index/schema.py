"""The index file: where it lies, its tables, and how it is opened. The only importer of sqlite3.

An entry's integer key sorts as listings do: the seconds of `published`, then
bits of a hash of its id, so that entries, marks and search rows are all read
newest first by key, without sorting, at any size.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import tempfile
from dataclasses import replace
from pathlib import Path

from feedsvc import __version__
from feedsvc.errors import IndexFileError
from feedsvc.settings import Settings

Connection = sqlite3.Connection
DatabaseError = sqlite3.DatabaseError

SCHEMA_VERSION = 8  # of these tables, and of what is kept of an `Entry`
KEY_HASH_BITS = (
    20  # hash bits below the seconds: two entries of one second share a key once in a million
)
NEVER = 1 << 42  # seconds; later than any date, so that "no end" needs no NULL

TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE file (            -- every file met, to skip what did not change
  path TEXT PRIMARY KEY, size INTEGER, mtime INTEGER, ctime INTEGER,
  state TEXT,                  -- of a Reading; "error" too where another file has its id or permalink
  hash BLOB, id TEXT, place TEXT, slug TEXT, key INTEGER
) WITHOUT ROWID;
CREATE TABLE entry (           -- what listings show, scheduled and expired ones included
  key INTEGER PRIMARY KEY, path TEXT, hash BLOB,
  starts INTEGER, ends INTEGER,  -- seconds; public from, and no longer from
  changed INTEGER,               -- seconds; for sort=updated and Last-Modified
  language TEXT, story TEXT, lead INTEGER,  -- translations share a story, one of them leads
  kept BLOB,                     -- what an entry is shown from without a second reading; may be empty
  terms TEXT                     -- see pack_terms
);
CREATE TABLE gone (            -- retracted entries, newest retraction first
  key INTEGER PRIMARY KEY, path TEXT, id TEXT, url TEXT, moment TEXT, reason TEXT, published INTEGER, terms TEXT
);
CREATE TABLE term (
  term INTEGER PRIMARY KEY, kind TEXT, slug TEXT, count INTEGER DEFAULT 0, UNIQUE (kind, slug)
);
CREATE TABLE spelling (term INTEGER, name TEXT, count INTEGER, PRIMARY KEY (term, name)) WITHOUT ROWID;
CREATE TABLE mark (term INTEGER, key INTEGER, PRIMARY KEY (term, key)) WITHOUT ROWID;
CREATE TABLE alias (place TEXT, path TEXT, PRIMARY KEY (place, path)) WITHOUT ROWID;
CREATE TABLE uses (asset TEXT, path TEXT, PRIMARY KEY (asset, path)) WITHOUT ROWID;
CREATE TABLE problem (
  path TEXT, number INTEGER, code TEXT, field TEXT, line INTEGER, message TEXT, PRIMARY KEY (path, number)
) WITHOUT ROWID;
CREATE TABLE unsaid (key INTEGER PRIMARY KEY);        -- entries that `search` does not know yet
CREATE TABLE said (key INTEGER PRIMARY KEY, text BLOB);  -- what `search` was told, to take it back
CREATE VIRTUAL TABLE search USING fts5(text, content='', tokenize='unicode61');
INSERT INTO search (search, rank) VALUES ('hashsize', 16777216);  -- fewer, larger pieces to merge
INSERT INTO search (search, rank) VALUES ('crisismerge', 1900);  -- all at once, while others wait: not if it can wait
INSERT INTO search (search, rank) VALUES ('usermerge', 16);      -- of four, every few changes would move the largest
"""
INDEXES = (
    "CREATE INDEX IF NOT EXISTS file_id ON file (id) WHERE id IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS file_place ON file (place) WHERE place IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS file_slug ON file (slug) WHERE slug IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS entry_changed ON entry (changed, key)",
    # with what sitemaps need to be cut, so that the much wider rows themselves are left alone
    "CREATE INDEX IF NOT EXISTS entry_starts ON entry (starts, key, ends, changed)",
    f"CREATE INDEX IF NOT EXISTS entry_ends ON entry (ends) WHERE ends < {NEVER}",
    "CREATE INDEX IF NOT EXISTS entry_story ON entry (story) WHERE story <> ''",
    "CREATE INDEX IF NOT EXISTS alias_path ON alias (path)",
    "CREATE INDEX IF NOT EXISTS uses_path ON uses (path)",
    "CREATE INDEX IF NOT EXISTS gone_path ON gone (path)",
)


def prepare_index_path(settings: Settings) -> Path:
    """The file of this folder's index under these settings; another schema or setting is another file."""
    folder = (
        Path(settings.base / settings.site.index)
        if settings.site.index
        else _prepare_cache_folder()
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise IndexFileError(
            str(folder), f"the folder for the index cannot be made: {error.strerror}"
        ) from error
    neutral = replace(
        settings,
        feeds=type(settings.feeds)(),
        site=replace(settings.site, index="", watch="auto", theme=""),
    )
    # not the real path: behind a link that is turned from one checkout to the next it is still this folder
    root = _hash(os.path.abspath(settings.entries))
    return folder / f"{root}-{_hash(f'{SCHEMA_VERSION} {__version__} {neutral!r}')}.sqlite"


def get_inode(path: str) -> int:
    """What tells a file from another that takes its name; 0 where there is none."""
    try:
        return os.stat(path).st_ino
    except OSError:
        return 0


def _prepare_cache_folder() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    folder = Path(home) / "feedsvc"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.gettempdir()) / f"feedsvc-{os.getuid()}"
    return (
        folder
        if os.access(folder, os.W_OK)
        else Path(tempfile.gettempdir()) / f"feedsvc-{os.getuid()}"
    )


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode(errors="surrogateescape"), digest_size=8).hexdigest()


def open_write_connection(path: str) -> Connection:
    """The one connection that writes; makes the tables where there are none."""
    if not os.path.exists(
        path
    ):  # left beside a file that was deleted, and still in its readers' hands
        for rest in ("-wal", "-shm"):
            Path(path + rest).unlink(missing_ok=True)
    connection = _connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    # NORMAL: a power cut may lose the last change, and the next scan finds it again
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA cache_size=-16000")
    connection.execute("PRAGMA wal_autocheckpoint=0")
    connection.execute(
        "PRAGMA journal_size_limit=67108864"
    )  # the first index of a large folder leaves a large log
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
        connection.executescript(f"BEGIN; {TABLES} COMMIT;")
    return connection


def enable_checkpoints(connection: Connection) -> None:
    """From now on what is written moves from the log to its place in the file; before, nobody waits for that."""
    connection.execute("PRAGMA wal_autocheckpoint=4000")


def open_read_connection(path: str) -> Connection:
    """A connection that only reads; raises IndexFileError where there is no index yet."""
    if not os.path.exists(path):
        raise IndexFileError(path, "there is no index yet")
    connection = _connect(f"{Path(path).as_uri()}?mode=ro")
    connection.execute("PRAGMA query_only=1")
    connection.execute("PRAGMA cache_size=-4000")
    return connection


def _connect(path: str) -> Connection:
    try:
        # autocommit: transactions are begun and ended by name, where they matter
        return sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, uri=path.startswith("file:")
        )
    except sqlite3.Error as error:
        raise IndexFileError(path, f"the index cannot be opened: {error}") from error


def make_key(seconds: int, identity: str) -> int:
    """The integer that sorts as listings do."""
    digest = hashlib.blake2b(identity.encode(), digest_size=8).digest()
    return (seconds << KEY_HASH_BITS) | (int.from_bytes(digest, "big") & ((1 << KEY_HASH_BITS) - 1))
