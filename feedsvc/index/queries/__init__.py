"""Queries of the index: `conditions` turns a `Listing` into SQL, `select` reads rows by it.

`changes` reads what is new to a client that keeps a copy, `overview` the files with their
problems, for a preview, and `facts` what is shown of each file, to compare two states.
"""

from feedsvc.index.queries.changes import (
    ChangePage,
    has_departures,
    select_changes,
)
from feedsvc.index.queries.conditions import MAX_KEY
from feedsvc.index.queries.facts import (
    FileFacts,
    select_facts,
    select_members,
    select_permalinks_around,
)
from feedsvc.index.queries.overview import (
    FileOverview,
    ProblemRow,
    count_problems,
    has_entry,
    is_asset,
    select_files,
    select_ignored,
    select_owner,
    select_problems,
)
from feedsvc.index.queries.select import EntryRow, FileRow, Queries, TombstoneRow

__all__ = [
    "MAX_KEY",
    "ChangePage",
    "EntryRow",
    "FileFacts",
    "FileOverview",
    "FileRow",
    "ProblemRow",
    "Queries",
    "TombstoneRow",
    "count_problems",
    "has_departures",
    "has_entry",
    "is_asset",
    "select_changes",
    "select_facts",
    "select_files",
    "select_ignored",
    "select_members",
    "select_owner",
    "select_permalinks_around",
    "select_problems",
]
