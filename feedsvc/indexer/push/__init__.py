"""The outbox: notifies the configured addresses of changes when these are visible.

`changes` detects what a commit or the clock has changed for subscribers, `addresses` turns that
into messages for each kind of address (WebSub hub, webhook, CDN, IndexNow), `outbox` keeps them
across restarts until a thread per address has sent them, and `requests` sends one message.
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
