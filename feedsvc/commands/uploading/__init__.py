"""Upload a built site to an object store: only changes, in an order that leaves no dead link.

`objects` lists the objects of a site, `store` talks to S3, Google or Azure, `manifest` is the
record in the store of what was uploaded, and `upload` compares both.
"""

from feedsvc.commands.uploading.store import ObjectStore
from feedsvc.commands.uploading.upload import UploadReport, upload_site

__all__ = ["ObjectStore", "UploadReport", "upload_site"]
