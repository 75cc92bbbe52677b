"""The process that keeps the index equal to the folder.

When a file changes, `watcher` reports its path, and `writer` passes it to `scanner`, which reads
the file again and commits; then the workers' `index.client` notices a new generation, and `push`
notifies the hubs, webhooks, caches and search engines of the settings.
"""

from feedsvc.indexer.folder.walk import stat_file, walk_files
from feedsvc.indexer.owners import check_duplicate
from feedsvc.indexer.pool import ReaderPool
from feedsvc.indexer.renames import FormerFiles
from feedsvc.indexer.scanner import read_walked_files
from feedsvc.indexer.store import NamedEntries, describe_duplicate
from feedsvc.indexer.transfer import export_index, import_index
from feedsvc.indexer.writer import refresh_index

__all__ = [
    "FormerFiles",
    "NamedEntries",
    "ReaderPool",
    "check_duplicate",
    "describe_duplicate",
    "export_index",
    "import_index",
    "read_walked_files",
    "refresh_index",
    "stat_file",
    "walk_files",
]
