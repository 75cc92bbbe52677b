"""The index: the folder's files, entries, names and texts in one SQLite file.

What other packages use is imported from here.

What happens when a file changes: `watcher` names its path, `writer` hands it to `scanner`, which
reads the file again and commits; then `client` sees another generation. A push after a change (to a
WebSub hub,
a cache) has its place in `writer`, after that commit.

What processes share, everything of it:

=====================  ==========================  ===========================================
what                   written by                  read by, and why
=====================  ==========================  ===========================================
tables of the file     the writer                  all: entries, in snapshots
`meta` generation      the writer, at each commit  clients: something has changed (entries, or
                                                   texts for search), so they ask again
`meta` complete        the writer, once            clients: the first build is whole
`meta` device          the writer                  the writer: an absence on another device is
                                                   no deletion
`meta`                 the writer                  /readyz: files that are gone and whose
pending_deletions                                  entries stay until it is confirmed
`meta` outer_authors   the writer                  the writer: authors' files above the folder
                                                   have changed
`meta` polling         the writer                  /readyz: the system reports no changes
`meta` searchable      the writer, once            the writer and /readyz: search is filled
`PRAGMA data_version`  SQLite                      clients: cheap sign to compare generations
inode of the file      the file system             all: the index was deleted or replaced
NAME.lock, its flock   whoever starts a writer,    all: there is one writer at most
                       handed down to it
NAME.lock, its size    0 by who takes the lock,    clients: the whole folder was compared since
                       more by the writer          the writer began
NAME.confirm, mtime    `feedsvc index`             the writer: deletions are confirmed; a file,
                                                   as a row would wait for its transaction
argv of the writer     whoever starts it           the writer: parent, lock, settings
parent process         the system                  writer and pool: they end with it
=====================  ==========================  ===========================================
"""

from feedsvc.index.client import IndexClient
from feedsvc.index.lock import LOG_FORMAT, exit_with_parent, fork_lock, start_writer
from feedsvc.index.outline import (
    EntryKey,
    EntryOutline,
    LinkAddress,
    Outline,
    Redirect,
    Translation,
    read_entry,
    read_listing,
    select_links,
)
from feedsvc.index.pool import map_files
from feedsvc.index.queries import EntryRow, FileRow, Queries
from feedsvc.index.scanner import read_walked_files
from feedsvc.index.schema import KEY_HASH_BITS, NEVER, open_read_connection, prepare_index_path
from feedsvc.index.store import describe_duplicate, group_by_name, resolve_named
from feedsvc.index.walk import WalkedFile, stat_file, walk_files
from feedsvc.index.writer import refresh_index

__all__ = [
    "KEY_HASH_BITS",
    "LOG_FORMAT",
    "NEVER",
    "EntryKey",
    "EntryOutline",
    "EntryRow",
    "FileRow",
    "IndexClient",
    "LinkAddress",
    "Outline",
    "Queries",
    "Redirect",
    "Translation",
    "WalkedFile",
    "describe_duplicate",
    "exit_with_parent",
    "fork_lock",
    "group_by_name",
    "map_files",
    "open_read_connection",
    "prepare_index_path",
    "read_entry",
    "read_listing",
    "read_walked_files",
    "refresh_index",
    "resolve_named",
    "select_links",
    "start_writer",
    "stat_file",
    "walk_files",
]
