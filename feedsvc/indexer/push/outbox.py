"""Messages that wait to be sent: one thread per receiver sends them until they are accepted or old.

They are stored in a file beside the index, which survives restarts and a new index. If it is lost,
subscribers learn of changes at their next poll. Adding a message never waits for the network. A
slow receiver delays only itself; the others wait for caches, but no longer than `CACHE_SECONDS`,
since those notified may request from a cache at once.
"""

from __future__ import annotations

import logging
import os
import random
import threading
import time
from collections.abc import Callable, Sequence

import msgspec
from msgspec import Struct, field

from feedsvc.index.faults import FaultReporter
from feedsvc.indexer.push.changes import ChangeSet
from feedsvc.indexer.push.receivers import Items, Receiver
from feedsvc.indexer.push.requests import Failure, Message, describe_host, send_message

log = logging.getLogger(__name__)
# After a commit, workers need up to a tenth of a second to show it, and other files of the same
# change follow: sending waits that long
QUIET_SECONDS = 0.2
INTERVAL_SECONDS = 1.0  # between two batches to a receiver
CACHE_SECONDS = 2.0  # the longest that others wait for the caches
MIN_BACKOFF_SECONDS, MAX_BACKOFF_SECONDS = 1.0, 60.0  # after a failure, doubled each time
MAX_WAITING_SECONDS = 86_400.0  # after which an item is dropped
MAX_ITEMS = 10_000  # per receiver; the oldest are dropped


class Delivery(Struct, frozen=True, kw_only=True):
    """The results so far of the messages to one receiver, of *kind* and at *host*."""

    kind: str
    host: str
    sent: int = 0
    failed: int = 0  # attempts; one message may fail several times
    waiting: int = 0  # items


class Waiting(Struct):
    """The items of one mailbox in the file; *since* is the second of the oldest."""

    items: Items = field(default_factory=dict)
    since: float = 0.0
    delivery: Delivery | None = None


class State(Struct):
    """The file's content: all mailboxes by the names of their receivers."""

    seen: int = 0  # the second up to which changes were added
    mail: dict[str, Waiting] = field(default_factory=dict)


class Mailbox:
    """The items for one *receiver*; times are those of time.monotonic."""

    def __init__(self, receiver: Receiver, waiting: Waiting) -> None:
        self.receiver = receiver
        self.items = waiting.items
        self.since = waiting.since
        self.sent = waiting.delivery.sent if waiting.delivery else 0
        self.failed = waiting.delivery.failed if waiting.delivery else 0
        self.numbers: dict[str, int] = {}  # of the addition that each item came with
        self.additions = 0
        self.ready_time = 0.0
        self.next_time = 0.0
        self.failures = 0  # in a row
        self.thread: threading.Thread | None = None
        self.reporter = FaultReporter(log)

    def add(self, new: Items) -> None:
        if not self.items:
            self.since = time.time()
        self.additions += 1
        for key, value in new.items():
            waiting = self.items.pop(key, None)
            self.items[key] = value if waiting is None else self.receiver.merge(waiting, value)
            self.numbers[key] = self.additions
        while len(self.items) > MAX_ITEMS:
            self._drop(next(iter(self.items)))
        self.ready_time = time.monotonic() + QUIET_SECONDS

    def _drop(self, key: str) -> None:
        del self.items[key]
        self.numbers.pop(key, None)

    def drop_sent(self, keys: Sequence[str], upto: int) -> None:
        """Drop the items of *keys*, except those replaced by an addition after *upto*."""
        for key in keys:
            if key in self.items and self.numbers.get(key, 0) <= upto:
                self._drop(key)

    def drop_old(self) -> None:
        if self.items and time.time() - self.since > MAX_WAITING_SECONDS:
            log.warning("%s: %d pings are a day old, and are dropped", self.label, len(self.items))
            self.items.clear()
            self.numbers.clear()

    @property
    def label(self) -> str:
        return f"push to {describe_host(self.receiver.url)} ({self.receiver.kind})"

    @property
    def delivery(self) -> Delivery:
        return Delivery(
            kind=self.receiver.kind,
            host=describe_host(self.receiver.url),
            sent=self.sent,
            failed=self.failed,
            waiting=len(self.items),
        )

    def note_failure(self, failure: Failure) -> None:
        self.failures += 1
        backoff = min(MIN_BACKOFF_SECONDS * 2 ** min(self.failures - 1, 10), MAX_BACKOFF_SECONDS)
        pause = max(backoff * random.uniform(0.75, 1.0), failure.retry_after)
        self.next_time = time.monotonic() + pause
        self.log_failure(failure, "tried again")

    def note_success(self) -> None:
        if self.failures:
            log.info("%s works again", self.label)
        self.failures = 0
        self.next_time = time.monotonic() + INTERVAL_SECONDS

    def log_failure(self, failure: Failure, consequence: str) -> None:
        """Log *failure*, each kind once a minute, even if it comes and goes."""
        self.reporter.report(f"{self.label}: {failure.reason}; {consequence}")


class Outbox:
    """The mailboxes of *receivers*, kept in the file *path*."""

    def __init__(
        self,
        receivers: Sequence[Receiver],
        path: str,
        send: Callable[[Message], Failure | None] = send_message,
    ) -> None:
        self.path = path
        self.send = send
        self.changed = threading.Condition()
        self.reporter = FaultReporter()
        self.has_started = False
        state = _read_state(path)
        self.seen = state.seen
        self.mailboxes = [Mailbox(one, state.mail.get(one.name, Waiting())) for one in receivers]

    def add(self, found: ChangeSet, seen: int) -> None:
        """Add the changes *found* up to the second *seen*, to be sent soon."""
        with self.changed:
            is_first, self.seen = not self.seen, seen
            if not found and not is_first:
                return
            for mailbox in self.mailboxes:
                if items := mailbox.receiver.list_items(found):
                    mailbox.add(items)
            self._save()
            self.changed.notify_all()
        if self.has_started:
            self.start()

    def start(self) -> None:
        """Start sending, with a thread for each receiver that has none yet."""
        self.has_started = True
        for mailbox in self.mailboxes:
            if mailbox.thread is None:
                thread = threading.Thread(target=self._run, args=(mailbox,), daemon=True)
                try:
                    thread.start()
                except RuntimeError as error:  # no more threads: tried again at the next change
                    mailbox.log_failure(Failure(reason=str(error)), "tried again")
                else:
                    mailbox.thread = thread

    def _run(self, mailbox: Mailbox) -> None:
        while True:
            with self.changed:
                while (pause := self._get_pause(mailbox)) > 0:
                    self.changed.wait(None if pause == float("inf") else pause)
                mailbox.drop_old()
                items, upto = dict(mailbox.items), mailbox.additions
            try:
                self._deliver(mailbox, items, upto)
            except Exception:
                # the boundary of a receiver: a defect of ours stops one receiver, not the others
                log.exception("%s failed because of a defect", mailbox.label)
                mailbox.note_failure(Failure(reason="a defect"))

    def _get_pause(self, mailbox: Mailbox) -> float:
        """Return the seconds until the next batch of *mailbox*, infinity if none waits."""
        if not mailbox.items:
            return float("inf")
        now = time.monotonic()
        until = max(mailbox.ready_time, mailbox.next_time)
        if not mailbox.receiver.is_cache:
            caches = (one for one in self.mailboxes if one.receiver.is_cache)
            if any(one.items and not one.failures for one in caches):
                until = max(until, mailbox.ready_time + CACHE_SECONDS)
        return until - now

    def _deliver(self, mailbox: Mailbox, items: Items, upto: int) -> None:
        """Send *items*; stop at the first failure that is worth another attempt."""
        failure = None
        for message in mailbox.receiver.make_messages(items):
            failure = self.send(message)
            mailbox.sent += failure is None
            mailbox.failed += failure is not None
            if failure is not None and not failure.is_final:
                break
            if failure is not None:
                mailbox.log_failure(failure, "not tried again")
            with self.changed:
                mailbox.drop_sent(message.keys, upto)
        with self.changed:
            if failure is not None and not failure.is_final:
                mailbox.note_failure(failure)
            else:
                mailbox.note_success()
            self._save()
            self.changed.notify_all()

    def _save(self) -> None:
        mail = {
            one.receiver.name: Waiting(items=one.items, since=one.since, delivery=one.delivery)
            for one in self.mailboxes
        }
        data = msgspec.json.encode(State(seen=self.seen, mail=mail))
        try:
            _replace_private_file(self.path, data)
            self.reporter.report_end(f"the outbox {self.path} can be written again")
        except OSError as error:
            # the items are still in memory
            self.reporter.report(f"the outbox {self.path} cannot be written: {error.strerror}")


def make_outbox_path(index_path: str) -> str:
    """Return the path of the outbox of the index at *index_path*."""
    return f"{index_path}.outbox"


def read_deliveries(index_path: str) -> list[Delivery]:
    """Return the deliveries for the index at *index_path*, [] without an outbox."""
    try:
        state = _load_state(make_outbox_path(index_path))
    except (OSError, msgspec.DecodeError):
        return []  # the writer logs that
    return [one.delivery for one in state.mail.values() if one.delivery]


def _load_state(path: str) -> State:
    with open(path, "rb") as file:
        return msgspec.json.decode(file.read(), type=State)


def _read_state(path: str) -> State:
    """Return the content of the file at *path*; an empty state if it is damaged or missing."""
    try:
        return _load_state(path)
    except FileNotFoundError:
        return State()
    except (OSError, msgspec.DecodeError) as error:
        log.warning(
            "the outbox %s cannot be read, so what waited in it is not sent: %s", path, error
        )
        return State()


def _replace_private_file(path: str, data: bytes) -> None:
    """Replace the content of *path* atomically; only its owner may read it. Raises OSError."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(f"{path}.new", flags, 0o600), "wb") as file:
        file.write(data)
    os.replace(f"{path}.new", path)
