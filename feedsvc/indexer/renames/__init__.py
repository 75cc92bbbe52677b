"""Files that were renamed without an id of their own: `tracker` notes them, `former_files` asks."""

from feedsvc.indexer.renames.former_files import FormerFiles
from feedsvc.indexer.renames.tracker import Rename, RenameTracker, log_renames

__all__ = ["FormerFiles", "Rename", "RenameTracker", "log_renames"]
