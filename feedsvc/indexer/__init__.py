"""The process that keeps the index equal to the folder.

What happens when a file changes: `watcher` names its path, `writer` hands it to `scanner`, which
reads the file again and commits; then the workers' `index.client` sees another generation, and
`push` notifies hubs, webhooks, caches and search engines, where the settings name any.
"""

from feedsvc.indexer.pool import ReaderPool
from feedsvc.indexer.renames import FormerFiles
from feedsvc.indexer.scanner import read_walked_files
from feedsvc.indexer.store import NamedEntries, describe_duplicate
from feedsvc.indexer.transfer import export_index, import_index
from feedsvc.indexer.walk import stat_file, walk_files
from feedsvc.indexer.writer import refresh_index

__all__ = [
    "FormerFiles",
    "NamedEntries",
    "ReaderPool",
    "describe_duplicate",
    "export_index",
    "import_index",
    "read_walked_files",
    "refresh_index",
    "stat_file",
    "walk_files",
]
