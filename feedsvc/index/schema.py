"""The index file: its path, its tables, and its connections. The only importer of sqlite3.

An entry's integer key sorts as listings do: the seconds of `published`, then bits of a
hash of its id. Entries, terms and search rows are therefore read newest first by key,
without sorting, however many there are.
"""

from __future__ import annotations

import hashlib
import logging
import os
import sqlite3
import stat
import tempfile
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from feedsvc import __version__
from feedsvc.errors import IndexFileError
from feedsvc.settings import Settings

log = logging.getLogger(__name__)
DatabaseError = sqlite3.DatabaseError

SCHEMA_VERSION = 23  # of these tables, and of a packed `Entry`
# hash bits below the seconds: two entries of one second collide once in a million
KEY_HASH_BITS = 20
SIDE_FILES = ("-wal", "-shm")  # SQLite's, beside the file itself
# SQLite's error codes (primary, and two extended ones) for a damaged file; and for a resource of
# the machine that is temporarily missing
DAMAGE_CODES = frozenset(
    (
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_FORMAT,
        sqlite3.SQLITE_IOERR_SHORT_READ,
        sqlite3.SQLITE_IOERR_CORRUPTFS,
    )
)
ENVIRONMENT_CODES = frozenset(
    (
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
    )
)
PRIVATE_FOLDER_MODE, PRIVATE_FILE_MODE = 0o700, 0o600  # an index has unpublished entries
END_OF_TIME = (1 << 42) - 1  # seconds; the last before NEVER
NEVER = 1 << 42  # seconds; later than any date, so that "no end" needs no NULL


class Connection(sqlite3.Connection):
    """A connection that closes itself when it is garbage: each thread has its own.

    From Python 3.13 on, sqlite3 warns if it is still open then.
    """

    def __del__(self) -> None:
        """Close it, from whatever thread."""
        try:
            self.close()
        except sqlite3.ProgrammingError:
            return  # it could not be opened


TABLES = (
    """
CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;  -- see feedsvc.index
CREATE TABLE file (            -- every file met, to skip what did not change
  path TEXT PRIMARY KEY, size INTEGER, mtime INTEGER, ctime INTEGER,
  state TEXT,                  -- of its reading; "error" too where it is a duplicate
  hash BLOB, id TEXT, permalink_path TEXT, slug TEXT, key INTEGER,
  url TEXT,                    -- of an entry whose address is on another site
  public_from INTEGER, public_until INTEGER,  -- as in `entry`, also where it is in no listing
  file_hash BLOB               -- of its bytes alone; empty where other times mean to read it
) WITHOUT ROWID;
CREATE TABLE entry (           -- what listings show, scheduled and expired ones included
  key INTEGER PRIMARY KEY, path TEXT, hash BLOB,
  public_from INTEGER, public_until INTEGER,  -- seconds; the second one is not included
  changed INTEGER,                            -- seconds; for sort=updated and Last-Modified
  language TEXT,
  translation_group TEXT,
  translation_rank INTEGER,  -- in its group, from 0: a listing shows the first that it has
  repeated TEXT,  -- terms that a translation before it has, too, a line each: kind, tab, slug
  -- the entry without its body, to be shown without a second reading; may be empty; see rows.seal
  packed BLOB,
  terms TEXT,   -- see pack_terms
  seen INTEGER  -- milliseconds; see indexer/history.py
);
CREATE TABLE tombstone (       -- retracted entries, newest retraction first
  key INTEGER PRIMARY KEY, path TEXT, id TEXT,
  url TEXT,                    -- on this site from its root on
  title TEXT, language TEXT,
  retracted_at TEXT, reason TEXT, published INTEGER, terms TEXT
);
CREATE TABLE turn (            -- when an entry may replace a translation, or be replaced by one:
  path TEXT, second INTEGER,   -- one before it becomes public later, or expires
  PRIMARY KEY (path, second)
) WITHOUT ROWID;
CREATE TABLE departure (       -- entries that have left listings, or may have; see history.py
  number INTEGER PRIMARY KEY, id TEXT UNIQUE, seen INTEGER,
  url TEXT,     -- or the permalink path
  terms TEXT,   -- all that it had while listings had it
  common TEXT   -- of these, what it had all that time
);
CREATE TABLE term (
  term_id INTEGER PRIMARY KEY, kind TEXT, slug TEXT, count INTEGER DEFAULT 0, UNIQUE (kind, slug)
);
CREATE TABLE spelling (
  term_id INTEGER, name TEXT, count INTEGER, PRIMARY KEY (term_id, name)
) WITHOUT ROWID;
CREATE TABLE entry_term (
  term_id INTEGER, key INTEGER, PRIMARY KEY (term_id, key)
) WITHOUT ROWID;
CREATE TABLE alias (
  old_permalink_path TEXT, path TEXT, PRIMARY KEY (old_permalink_path, path)
) WITHOUT ROWID;
CREATE TABLE asset_use (asset TEXT, path TEXT, PRIMARY KEY (asset, path)) WITHOUT ROWID;
CREATE TABLE link (            -- references of entries to the files of entries
  path TEXT, reference TEXT, candidates TEXT,  -- what may be meant, a line each, see Link
  is_required INTEGER, line INTEGER,
  target TEXT,                 -- the path that is meant; '' for none, NULL until it is resolved
  PRIMARY KEY (path, reference)
) WITHOUT ROWID;
CREATE TABLE problem (
  path TEXT, number INTEGER, code TEXT, field TEXT, line INTEGER, message TEXT,
  PRIMARY KEY (path, number)
) WITHOUT ROWID;
CREATE TABLE rename (          -- files that were others, without ids of their own; see renames
  path TEXT PRIMARY KEY, former TEXT, former_id TEXT
) WITHOUT ROWID;
CREATE TABLE search_pending (key INTEGER PRIMARY KEY);  -- entries that `search` lacks
-- the text of each row of `search`, which a table without content needs to delete it
CREATE TABLE search_text (key INTEGER PRIMARY KEY, compressed_text BLOB);
-- columnsize is for ranks: results are in order of key
CREATE VIRTUAL TABLE search USING fts5(text, content='', columnsize=0, tokenize='unicode61');
-- fewer and larger segments; none merged while a change waits, nor the largest every few changes
INSERT INTO search (search, rank) VALUES ('hashsize', 16777216);
INSERT INTO search (search, rank) VALUES ('crisismerge', 1900);
INSERT INTO search (search, rank) VALUES ('usermerge', 16);
"""
    + f"PRAGMA user_version = {SCHEMA_VERSION};"
)
INDEXES = (
    "CREATE INDEX IF NOT EXISTS file_id ON file (id) WHERE id IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS file_permalink_path ON file (permalink_path)"
    " WHERE permalink_path IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS file_slug ON file (slug) WHERE slug IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS entry_changed ON entry (changed, key)",
    "CREATE INDEX IF NOT EXISTS entry_seen ON entry (seen, key)",
    "CREATE INDEX IF NOT EXISTS departure_seen ON departure (seen, number)",
    # covers the columns of sitemaps, so that the much wider rows are not read for them
    "CREATE INDEX IF NOT EXISTS entry_public_from"
    " ON entry (public_from, key, public_until, changed)",
    "CREATE INDEX IF NOT EXISTS entry_public_until"
    f" ON entry (public_until) WHERE public_until < {NEVER}",
    "CREATE INDEX IF NOT EXISTS entry_translation_group"
    " ON entry (translation_group, translation_rank)"
    " WHERE translation_group <> ''",
    "CREATE INDEX IF NOT EXISTS alias_path ON alias (path)",
    "CREATE INDEX IF NOT EXISTS asset_use_path ON asset_use (path)",
    "CREATE INDEX IF NOT EXISTS tombstone_path ON tombstone (path)",
    "CREATE INDEX IF NOT EXISTS turn_second ON turn (second, path)",
)


def prepare_index_path(settings: Settings) -> Path:
    """Return the file of this folder's index under *settings*; make its folder.

    Another schema, version or setting has another file: a WAL database is never replaced
    while it has readers. Raises IndexFileError.
    """
    folder = settings.base / settings.site.index if settings.site.index else _get_cache_folder()
    try:
        folder.mkdir(mode=PRIVATE_FOLDER_MODE, parents=True, exist_ok=True)
        if not settings.site.index or _is_in_shared_folder(folder):
            _ensure_private(folder)
    except OSError as error:
        message = f"the folder for the index cannot be made: {error.strerror}"
        remedy = "set `index` in [site] to a folder on a local disk that this user can write to"
        raise IndexFileError(str(folder), message, remedy) from error
    relevant = get_relevant_settings(settings)
    # not the real path: a link that moves from one checkout to the next is one folder
    root = _hash(os.path.abspath(settings.entries))
    return folder / f"{root}-{_hash(f'{SCHEMA_VERSION} {__version__} {relevant!r}')}.sqlite"


def get_relevant_settings(settings: Settings) -> Settings:
    """Return *settings* with defaults for those that do not affect an index."""
    # rows have addresses without the site's URL, which in development mode differs by its port
    url = "" if settings.development else settings.site.url
    return replace(
        settings,
        feeds=type(settings.feeds)(),
        push=type(settings.push)(),
        metrics=type(settings.metrics)(),
        log=type(settings.log)(),
        partners={},
        podcasts={},
        profiles={},
        site=replace(
            settings.site,
            url=url,
            title="",
            description="",
            author="",
            rights="",
            license="",
            image="",
            index="",
            watch="auto",
            theme="",
            root="",
            static=False,
        ),
    )


def copy_index(index: str, copy: str) -> None:
    """Write one consistent state of *index* to the file *copy*, even while it is being written.

    Raises IndexFileError and DatabaseError.
    """
    with closing(open_read_connection(index)) as source, closing(_connect(copy)) as target:
        source.backup(target)


def list_definitions(connection: Connection) -> list[tuple[str, ...]]:
    """Return all definitions in the database: tables, indexes, and any that do not belong there."""
    query = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"
    return connection.execute(query).fetchall()


def list_own_definitions() -> list[tuple[str, ...]]:
    """Return the result of `list_definitions` for an index of this version."""
    with closing(_connect(":memory:")) as connection:
        connection.executescript(TABLES + ";".join(INDEXES))
        return list_definitions(connection)


def replace_index(new: str, index: str) -> None:
    """Replace *index*, whose lock is held, by the closed index *new*; raises OSError.

    Readers of the old one notice by its inode.
    """
    if is_no_file(index):
        move_aside(index)
    Path(index).unlink(missing_ok=True)
    _remove_side_files(index)
    os.rename(new, index)


def get_inode(path: str) -> int:
    """Return the inode of the file at *path*, 0 if there is none."""
    try:
        return os.stat(path).st_ino
    except OSError:
        return 0


def _get_size(path: str) -> int:
    """Return the size in bytes of the file at *path*, 0 if there is none."""
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def is_replaced(path: str, inode: int) -> bool:
    """Whether the file of *inode* is no longer at *path*; False if that cannot be seen."""
    try:
        return os.stat(path).st_ino != inode
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:  # a lost permission, a disk that does not answer
        return False


def make_damage_error(message: str) -> DatabaseError:
    """Return the error that SQLite raises for a damaged file."""
    error = DatabaseError(message)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


def is_no_file(path: str) -> bool:
    """Whether *path* is something other than a file, such as a folder."""
    return os.path.exists(path) and not os.path.isfile(path)


def move_aside(path: str) -> None:
    """Rename what is at *path*, the place of one of our files, since it may be somebody's.

    Raises OSError.
    """
    names = (f"{path}.aside{number}" for number in count(1))
    other = next(name for name in names if not os.path.lexists(name))
    os.rename(path, other)
    log.warning("%s is not a file of ours, and has been renamed to %s", path, other)


def _get_cache_folder() -> Path:
    """Return a writable folder of this user: the cache folder, else a temporary one."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "feedsvc")
    try:
        folder.mkdir(mode=PRIVATE_FOLDER_MODE, parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK)
    except OSError:
        writable = False
    if writable:
        return folder
    other = Path(tempfile.gettempdir(), f"feedsvc-{os.getuid()}")
    log.warning("the cache folder %s cannot be written, so the index is in %s", folder, other)
    return other


def _is_in_shared_folder(folder: Path) -> bool:
    """Whether every user may create files beside *folder*, as in /tmp."""
    return bool(folder.parent.stat().st_mode & stat.S_IWOTH)


def _ensure_private(folder: Path) -> None:
    """Raise IndexFileError if others could put an index into *folder*; deny them to read it.

    An index has unpublished entries, and its content is served.
    """
    is_shared = _is_in_shared_folder(folder)
    facts = os.lstat(folder) if is_shared else os.stat(folder)  # anybody may have made a link there
    problem = ""
    if not stat.S_ISDIR(facts.st_mode):
        problem = "it is a link"
    elif facts.st_uid != os.getuid():
        problem = f"it belongs to user {facts.st_uid}"
    elif facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        problem = f"others may write into it (mode {stat.S_IMODE(facts.st_mode):o})"
    if problem:
        remedy = "remove it, or set `index` in [site] to a folder that is yours alone"
        raise IndexFileError(str(folder), f"an index here is not safe: {problem}", remedy)
    if facts.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        folder.chmod(PRIVATE_FOLDER_MODE)


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode(errors="surrogateescape"), digest_size=8).hexdigest()


def open_write_connection(path: str) -> Connection:
    """Open the one connection that writes; create missing tables.

    Raises IndexFileError, OSError, and DatabaseError, also for tables of another version.
    """
    if is_no_file(path):
        move_aside(path)
    elif not _get_size(path):
        Path(path).unlink(missing_ok=True)  # truncated: its readers notice the new inode
    if not os.path.exists(path):
        _make_file(path)
    connection = _connect(path)
    try:
        for pragma in (
            "journal_mode=WAL",
            "cell_size_check=1",  # a damaged page fails when it is read, not when it is shown
            "synchronous=NORMAL",  # a power cut may lose the last change; the next scan repeats it
            "cache_size=-16000",
            "wal_autocheckpoint=0",
            "journal_size_limit=67108864",  # the first index of a large folder leaves a large log
        ):
            connection.execute(f"PRAGMA {pragma}")
        if select_value(connection, "SELECT 1 FROM sqlite_master") is None:
            connection.executescript(f"BEGIN; {TABLES} COMMIT;")
        version = select_value(connection, "PRAGMA user_version")
        if version != SCHEMA_VERSION:
            raise make_damage_error(f"its tables are of version {version}, not {SCHEMA_VERSION}")
    except BaseException:
        connection.close()
        raise
    return connection


def _make_file(path: str) -> None:
    """Put a database without tables at *path*, and nothing beside it; raises OSError.

    It is never empty: SQLite (pagerOpenWalIfPresent), asked for an empty file, deletes the log
    beside its name, even if that already belongs to another file.
    """
    new = f"{path}.new"
    for ending in ("", "-journal", *SIDE_FILES):
        Path(new + ending).unlink(missing_ok=True)
    # SQLite gives its log and shared memory this file's mode
    os.close(os.open(new, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, PRIVATE_FILE_MODE))
    with closing(_connect(new)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    _remove_side_files(path)
    os.rename(new, path)


def _remove_side_files(path: str) -> None:
    """Remove what is left beside a deleted file, though its readers may still have it open."""
    for ending in SIDE_FILES:
        if is_no_file(path + ending):
            move_aside(path + ending)
        else:
            Path(path + ending).unlink(missing_ok=True)


def enable_checkpoints(connection: Connection) -> None:
    """Enable automatic WAL checkpoints; they are off during the first build."""
    connection.execute("PRAGMA wal_autocheckpoint=4000")


def open_read_connection(path: str) -> Connection:
    """Open a read-only connection; raises IndexFileError if there is no index yet.

    Raises DatabaseError if it is damaged.
    """
    # a FIFO would block, and an empty file must not be opened: see _make_file
    if not os.path.isfile(path) or not _get_size(path):
        raise IndexFileError(path, "there is no index yet")
    connection = _connect(f"{Path(path).as_uri()}?mode=ro")
    try:
        connection.execute("PRAGMA query_only=1")
        connection.execute("PRAGMA cell_size_check=1")
        connection.execute("PRAGMA cache_size=-4000")
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(path: str) -> Connection:
    try:
        # autocommit: transactions are explicit
        return sqlite3.connect(
            path,
            isolation_level=None,
            check_same_thread=False,
            uri=path.startswith("file:"),
            factory=Connection,
        )
    except sqlite3.Error as error:
        raise IndexFileError(path, f"the index cannot be opened: {error}") from error


def select_value(connection: Connection, query: str, parameters: Any = ()) -> Any:
    """Return the first value of the first row of *query*, None without a row."""
    found = connection.execute(query, parameters).fetchone()
    return None if found is None else found[0]


def get_meta(connection: Connection, name: str) -> int:
    """Return the number in the row *name* of `meta`, 0 if there is none."""
    return int(select_value(connection, "SELECT value FROM meta WHERE name = ?", (name,)) or 0)


def set_meta(connection: Connection, **values: int) -> None:
    """Write those *values* to `meta` that differ."""
    for name, value in values.items():
        if get_meta(connection, name) != value:
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?,?)", (name, value))


def make_key(seconds: int, identity: str) -> int:
    """Return the integer that sorts as listings do."""
    digest = hashlib.blake2b(identity.encode(), digest_size=8).digest()
    return (seconds << KEY_HASH_BITS) | (int.from_bytes(digest, "big") & ((1 << KEY_HASH_BITS) - 1))
