"""The outbox: notifies the configured receivers of changes when these are visible.

`changes` detects what a commit or the clock has changed for subscribers, `receivers` turns that
into messages for each kind of receiver (WebSub hub, webhook, CDN, IndexNow), `outbox` keeps them
across restarts until a thread per receiver has sent them, and `requests` sends one message.
"""

from feedsvc.indexer.push.changes import Change, ChangeLog, ChangeSet
from feedsvc.indexer.push.outbox import Delivery, Outbox, make_outbox_path, read_deliveries
from feedsvc.indexer.push.receivers import list_receivers
from feedsvc.indexer.push.requests import check_receivers

__all__ = [
    "Change",
    "ChangeLog",
    "ChangeSet",
    "Delivery",
    "Outbox",
    "check_receivers",
    "list_receivers",
    "make_outbox_path",
    "read_deliveries",
]
