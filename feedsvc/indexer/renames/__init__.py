"""Files renamed without an id of their own: `tracker` records, `former_files` reads them."""

from feedsvc.indexer.renames.former_files import FormerFiles
from feedsvc.indexer.renames.tracker import Rename, RenameTracker, log_renames

__all__ = ["FormerFiles", "Rename", "RenameTracker", "log_renames"]
