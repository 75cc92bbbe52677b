"""A built site goes to an object store: what has changed, in an order that leaves no dead link.

`objects` says which objects a site has, `store` speaks to S3, Google or Azure, `manifest` is what
the store itself remembers of them, and `upload` compares both.
"""

from feedsvc.commands.uploading.store import ObjectStore
from feedsvc.commands.uploading.upload import UploadReport, upload_site

__all__ = ["ObjectStore", "UploadReport", "upload_site"]
