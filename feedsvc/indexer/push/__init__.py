"""The outbox: who wants to know of changes is notified, once they are visible.

`changes` says what a commit or the clock has changed for subscribers, `addresses` what that means
for each kind of address (WebSub hub, webhook, CDN, IndexNow), `outbox` keeps it until it is sent,
over restarts, by a thread for each address, and `requests` sends one.
"""

from feedsvc.indexer.push.addresses import list_addresses
from feedsvc.indexer.push.changes import Change, ChangeLog, ChangeSet
from feedsvc.indexer.push.outbox import Delivery, Outbox, make_outbox_path, read_deliveries
from feedsvc.indexer.push.requests import check_addresses

__all__ = [
    "Change",
    "ChangeLog",
    "ChangeSet",
    "Delivery",
    "Outbox",
    "check_addresses",
    "list_addresses",
    "make_outbox_path",
    "read_deliveries",
]
