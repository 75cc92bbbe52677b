"""The index: the folder's files, entries, names and texts in one SQLite file.

What other packages use is imported from here. What fills it is the package `indexer`.

All state that processes share:

=====================  ==========================  ===========================================
what                   written by                  read by, and why
=====================  ==========================  ===========================================
tables of the file     the writer                  all: entries, in snapshots
`meta` generation      the writer, at each commit  clients: something has changed (entries, or
                                                   texts for search), so they ask again
`meta` complete        the writer, once            clients: the first build is finished
`meta` device          the writer                  the writer: an absence on another device is
                                                   no deletion
`meta`                 the writer                  /readyz: files that are gone and whose
pending_deletions                                  entries stay until it is confirmed
`meta` outer_authors   the writer                  the writer: authors' files above the folder
                                                   have changed
`meta` known_since,    the writer                  clients: since when all changes are known; the
seen                                               writer: the moment of the last one
`meta` polling         the writer                  /readyz: the system reports no changes
`meta` scans, scan_ms,  the writer, where metrics  /metrics: scans so far, their time, the files
files_read, scanned    are counted                 they read, when the whole folder was compared
`meta` searchable      the writer, once            the writer and /readyz: search is filled
`PRAGMA data_version`  SQLite                      clients: cheap sign to compare generations
inode of the file      the file system             all: the index was deleted or replaced
NAME.lock, its flock   whoever starts a writer,    all: there is one writer at most
                       handed down to it
NAME.lock, its text    "running" by who takes it,  clients: whether the whole folder was compared
                       "current" or "faulty" by    since the writer began, or cannot be
                       the writer
NAME, its removal      any that finds it damaged   all: as if it had been deleted
NAME.confirm, mtime    `feedsvc index`             the writer: deletions are confirmed; a file,
                                                   as a row would wait for its transaction
argv of the writer     the process that starts it  the writer: parent, lock, index
stdin of the writer    the process that starts it  the writer: settings, which may have secrets
NAME.outbox            the writer                  the writer after it: what is still to be sent;
                                                   it may be deleted, and outlives the index
ROOT.counts-NUMBER,    a worker, which holds it     all workers: /metrics adds them up; a worker
its flock              as long as it lives          that starts counts on in one that nobody holds
parent process         the system                  writer, its readers, its watch: they end with it
=====================  ==========================  ===========================================
"""

from feedsvc.index.client import IndexClient
from feedsvc.index.faults import FaultReporter
from feedsvc.index.lock import exit_with_parent, fork_lock, start_writer
from feedsvc.index.outline import (
    EntryKey,
    EntryOutline,
    LinkAddresses,
    Outline,
    Redirect,
    Translation,
    read_entry,
    read_listing,
    select_archives,
    select_links,
)
from feedsvc.index.queries import (
    EntryRow,
    FileFacts,
    FileOverview,
    FileRow,
    ProblemRow,
    Queries,
    TombstoneRow,
    count_problems,
    has_entry,
    is_asset,
    select_facts,
    select_files,
    select_ignored,
    select_members,
    select_owner,
    select_permalinks_around,
    select_problems,
)
from feedsvc.index.rows import WalkedFile, list_folders, unpack_terms
from feedsvc.index.schema import KEY_HASH_BITS, NEVER, open_read_connection, prepare_index_path
from feedsvc.index.surrogate_keys import (
    FRONT_KEY,
    SITE_KEY,
    make_entry_key,
    make_key_header,
    make_listing_key,
)

__all__ = [
    "FRONT_KEY",
    "KEY_HASH_BITS",
    "NEVER",
    "SITE_KEY",
    "EntryKey",
    "EntryOutline",
    "EntryRow",
    "FaultReporter",
    "FileFacts",
    "FileOverview",
    "FileRow",
    "IndexClient",
    "LinkAddresses",
    "Outline",
    "ProblemRow",
    "Queries",
    "Redirect",
    "TombstoneRow",
    "Translation",
    "WalkedFile",
    "count_problems",
    "exit_with_parent",
    "fork_lock",
    "has_entry",
    "is_asset",
    "list_folders",
    "make_entry_key",
    "make_key_header",
    "make_listing_key",
    "open_read_connection",
    "prepare_index_path",
    "read_entry",
    "read_listing",
    "select_archives",
    "select_facts",
    "select_files",
    "select_ignored",
    "select_links",
    "select_members",
    "select_owner",
    "select_permalinks_around",
    "select_problems",
    "start_writer",
    "unpack_terms",
]
