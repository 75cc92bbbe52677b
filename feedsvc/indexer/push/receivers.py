"""The kinds of receiver: what each is sent about a change, and the requests for it.

A receiver turns a `ChangeSet` into items by key, so that a waiting item is sent once however often
it changes meanwhile; and items into messages, the most important first.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice, product
from typing import Any
from urllib.parse import urlencode, urlsplit

from feedsvc.index import FRONT_KEY, SITE_KEY, make_entry_key, make_listing_key
from feedsvc.indexer.push.changes import Change, ChangeSet
from feedsvc.indexer.push.requests import Message
from feedsvc.listing import Listing
from feedsvc.settings import Settings
from feedsvc.urls import (
    FEED_ALIASES,
    FEED_FILES,
    LISTING_FILES,
    TERM_FOLDERS,
    Route,
    join_url,
    make_file_path,
    make_partner_path,
)

Items = dict[str, Any]  # by key; a value is JSON
MAX_TOPICS_PER_CHANGE = 50
MAX_URLS_PER_CHANGE = 300
MAX_WEBHOOK_CHANGES = 500  # in one request
MAX_INDEXNOW_URLS = 10_000  # the protocol's limit
FASTLY_API = "https://api.fastly.com"
CLOUDFLARE_API = "https://api.cloudflare.com/client/v4"
ALL = "*"  # the item that makes a cache drop everything
OMITTED = "omitted"  # a webhook's item with the number of unnamed changes; no URI
_JSON = {"Content-Type": "application/json; charset=utf-8"}


class Receiver:
    """A receiver of changes, identified by *kind* and *url*; subclasses have further fields."""

    kind = ""
    is_cache = False  # notified before the others, which may request from it at once

    def __init__(self, settings: Settings, url: str) -> None:
        self.site = settings.site.url
        self.settings = settings
        self.url = url

    @property
    def name(self) -> str:
        """The name of its mailbox across restarts, without secrets that the URL may have."""
        digest = hashlib.blake2b(self.url.encode(), digest_size=8).hexdigest()
        return f"{self.kind}-{digest}"

    def list_items(self, found: ChangeSet) -> Items:
        raise NotImplementedError

    def merge(self, waiting: Any, new: Any) -> Any:  # noqa: ARG002 - others look at both
        """Return the item to send in place of two with the same key."""
        return new

    def make_messages(self, items: Items) -> Iterator[Message]:
        raise NotImplementedError


class WebSubHub(Receiver):
    """A hub of `feeds.hubs`: one ping for each feed that has, or had, the entry (WebSub, 7)."""

    kind = "WebSub"

    def list_items(self, found: ChangeSet) -> Items:
        topics: Items = {}
        fronts = [("",)] if found.omitted else []
        for folders in chain(fronts, (one.folders for one in found.changes)):
            ranked = ((rank, self._list_feeds(folder)) for rank, folder in enumerate(folders))
            urls = ((rank, url) for rank, feeds in ranked for url in feeds)
            for rank, url in islice(urls, MAX_TOPICS_PER_CHANGE):
                topics[url] = min(rank, topics.get(url, rank))
        return topics

    def _list_feeds(self, folder: str) -> list[str]:
        listing = Listing(folder=folder)
        return [join_url(self.site, listing.make_path(format_)) for format_ in FEED_FILES]

    def make_messages(self, items: Items) -> Iterator[Message]:
        for topic in sorted(items, key=lambda one: int(items[one])):
            # the parameter of WebSub, and that of PubSubHubbub 0.4
            form = {"hub.mode": "publish", "hub.topic": topic, "hub.url": topic}
            yield Message(
                url=self.url,
                keys=(topic,),
                headers={"Content-Type": "application/x-www-form-urlencoded"},
                body=urlencode(form).encode(),
            )


class Webhook(Receiver):
    """Any program: gets the changes as signed JSON."""

    kind = "webhook"

    def list_items(self, found: ChangeSet) -> Items:
        items: Items = {
            one.id or one.url: {
                "event": one.event,
                "id": one.id,
                "url": one.url,
                "title": one.title,
                "state": one.state,
            }
            for one in reversed(found.changes)  # the newest last, in the order of events
            if one.event
        }
        return items | ({OMITTED: found.omitted} if found.omitted else {})

    def merge(self, waiting: Any, new: Any) -> Any:
        if isinstance(waiting, int):
            return waiting + new
        if (waiting["event"], new["event"]) == ("published", "updated"):
            return {**new, "event": "published"}
        return new

    def make_messages(self, items: Items) -> Iterator[Message]:
        named = [key for key in items if key != OMITTED]
        omitted = items.get(OMITTED, 0)
        for keys in _cut(named, MAX_WEBHOOK_CHANGES) if named else [()]:
            body = {"site": self.site, "changes": [items[key] for key in keys], OMITTED: omitted}
            done = (*keys, OMITTED) if omitted else keys
            yield self._sign(json.dumps(body, ensure_ascii=False).encode(), done)
            omitted = 0

    def _sign(self, body: bytes, keys: Sequence[str]) -> Message:
        """Return the message with *body*, signed so that the receiver can check origin and time."""
        moment = str(int(time.time()))
        signed = moment.encode() + b"." + body
        digest = hmac.new(self.settings.push.webhook_secret.encode(), signed, "sha256").hexdigest()
        headers = {
            **_JSON,
            "X-Feedsvc-Timestamp": moment,
            "X-Feedsvc-Signature": f"sha256={digest}",
            # the same when it is sent again, so that duplicates are recognized
            "X-Feedsvc-Delivery": hashlib.sha256(body).hexdigest()[:32],
        }
        return Message(url=self.url, keys=keys, headers=headers, body=body)


class IndexNow(Receiver):
    """Search engines (indexnow.org): get the addresses of new, changed and removed entries."""

    kind = "IndexNow"

    def list_items(self, found: ChangeSet) -> Items:
        reported = (one for one in found.changes if one.event and one.is_indexed)
        urls = (url for one in reported for url in (one.url, one.former_url))
        # one address of another host would make them refuse all
        return {url: 1 for url in urls if url.startswith(self.site)}

    def make_messages(self, items: Items) -> Iterator[Message]:
        key = self.settings.push.indexnow_key
        for urls in _cut(list(items), MAX_INDEXNOW_URLS):
            body = {
                "host": urlsplit(self.site).hostname,
                "key": key,
                "keyLocation": join_url(self.site, f"{key}.txt"),
                "urlList": urls,
            }
            yield Message(url=self.url, keys=urls, headers=_JSON, body=json.dumps(body).encode())


class Cache(Receiver):
    """A cache that drops what changed: by surrogate keys if responses have them, else by URL."""

    is_cache = True
    max_keys = max_urls = 1  # in one request

    @property
    def by_keys(self) -> bool:
        return bool(self.settings.push.surrogate_keys)

    def list_items(self, found: ChangeSet) -> Items:
        if found.omitted:
            return {SITE_KEY if self.by_keys else ALL: 1}
        list_names = _list_keys if self.by_keys else self._list_urls
        return {name: 1 for one in found.changes for name in list_names(one)}

    def _list_urls(self, change: Change) -> Iterable[str]:
        """Return the addresses that show *change*, the entry's own and the front's first.

        Of archives, only those of its period; filtered listings have too many addresses.
        """
        files = (join_url(self.site, make_file_path(path)) for path in change.assets)
        own = [change.url, change.former_url, *files, *(url for _, url in change.neighbors)]
        paths = chain(*(_list_listing_paths(folder, change.periods) for folder in change.folders))
        fixed = _FRONT_PATHS if change.event else ()
        partners = self._list_partner_paths(change.periods) if change.event else ()
        all_paths = chain([""], fixed, partners, paths)
        urls = chain(own, (join_url(self.site, path) for path in all_paths))
        here = (url for url in urls if url.startswith(self.site))
        return islice(dict.fromkeys(here), MAX_URLS_PER_CHANGE)

    def _list_partner_paths(self, periods: Iterable[str]) -> Iterator[str]:
        """Yield the feeds of partners that caches may hold: those without keys."""
        for name, partner in self.settings.partners.items():
            if partner.get("keys") is None:
                for format_, period in product(FEED_FILES, ("", *periods)):
                    yield make_partner_path(name, format_, period)

    def make_messages(self, items: Items) -> Iterator[Message]:
        names = list(items)
        if ALL in items:
            yield self.drop_all(names)
        elif self.by_keys:
            yield from map(self.drop_keys, _cut(names, self.max_keys))
        else:
            yield from map(self.drop_urls, _cut(names, self.max_urls))

    def drop_all(self, keys: Sequence[str]) -> Message:
        """Return the message that empties the cache, and so delivers all of *keys*."""
        raise NotImplementedError

    def drop_keys(self, keys: Sequence[str]) -> Message:
        raise NotImplementedError

    def drop_urls(self, urls: Sequence[str]) -> Message:
        raise NotImplementedError


_FRONT_PATHS = (  # pages that change with every entry, beside the front page and its feeds
    *FEED_ALIASES,
    *(f"{folder}/" for folder in TERM_FOLDERS),
    *(Route.OPML, Route.SITEMAP, Route.NEWS_SITEMAP),
)


def _list_listing_paths(folder: str, periods: Iterable[str]) -> Iterator[str]:
    listing = Listing(folder=folder)
    for format_ in LISTING_FILES:
        yield listing.make_path(format_)
    for period in periods:
        for format_ in FEED_FILES:
            yield Listing(folder=folder, period=period).make_path(format_)


def _list_keys(change: Change) -> Iterator[str]:
    if change.event:
        yield FRONT_KEY  # also the key of documents with too many keys
    for path in (change.path, *change.assets, *(path for path, _ in change.neighbors)):
        yield make_entry_key(path)
    yield from map(make_listing_key, change.folders)


class Fastly(Cache):
    """https://www.fastly.com/documentation/reference/api/purging/"""

    kind = "Fastly"
    max_keys = 256

    def _make(self, path: str, keys: Sequence[str], body: object = None) -> Message:
        headers = {"Fastly-Key": self.settings.push.cdn_token, "Accept": "application/json"}
        return Message(
            url=self.url.rstrip("/") + path,
            keys=keys,
            headers=headers | (_JSON if body else {}),
            body=json.dumps(body).encode() if body else b"",
        )

    def drop_all(self, keys: Sequence[str]) -> Message:
        return self._make(f"/service/{self.settings.push.cdn_id}/purge_all", keys)

    def drop_keys(self, keys: Sequence[str]) -> Message:
        path = f"/service/{self.settings.push.cdn_id}/purge"
        return self._make(path, keys, {"surrogate_keys": keys})

    def drop_urls(self, urls: Sequence[str]) -> Message:
        return self._make("/purge/" + urls[0].partition("://")[2], urls)


class Cloudflare(Cache):
    """https://developers.cloudflare.com/api/resources/cache/methods/purge/"""

    kind = "Cloudflare"
    max_keys = max_urls = 30

    def _make(self, keys: Sequence[str], body: object) -> Message:
        headers = {"Authorization": f"Bearer {self.settings.push.cdn_token}", **_JSON}
        return Message(
            url=f"{self.url.rstrip('/')}/zones/{self.settings.push.cdn_id}/purge_cache",
            keys=keys,
            headers=headers,
            body=json.dumps(body).encode(),
        )

    def drop_all(self, keys: Sequence[str]) -> Message:
        return self._make(keys, {"purge_everything": True})

    def drop_keys(self, keys: Sequence[str]) -> Message:
        return self._make(keys, {"tags": keys})

    def drop_urls(self, urls: Sequence[str]) -> Message:
        return self._make(urls, {"files": urls})


class Varnish(Cache):
    """`deploy/varnish.vcl`: PURGE an address, BAN all with a key, BAN without keys for all.

    nginx, Squid and Traffic Server can be configured to accept PURGE of an address, too.
    """

    kind = "Varnish"
    max_keys = 50

    def _make(self, method: str, path: str, keys: Sequence[str], pattern: str = "") -> Message:
        headers = {"Host": urlsplit(self.site).netloc}
        if pattern:
            headers["X-Feedsvc-Keys"] = pattern
        return Message(
            url=self.url.rstrip("/") + "/" + path.lstrip("/"),
            keys=keys,
            method=method,
            headers=headers,
        )

    def drop_all(self, keys: Sequence[str]) -> Message:
        return self._make("BAN", "", keys)

    def drop_keys(self, keys: Sequence[str]) -> Message:
        return self._make("BAN", "", keys, "|".join(map(re.escape, keys)))

    def drop_urls(self, urls: Sequence[str]) -> Message:
        parts = urlsplit(urls[0])
        return self._make("PURGE", parts.path + (f"?{parts.query}" if parts.query else ""), urls)


_CACHES: Mapping[str, tuple[Callable[[Settings, str], Receiver], tuple[str, ...]]] = {
    "fastly": (Fastly, (FASTLY_API,)),
    "cloudflare": (Cloudflare, (CLOUDFLARE_API,)),
    "varnish": (Varnish, ()),
}


def list_receivers(settings: Settings) -> list[Receiver]:
    """Return every receiver to notify of changes, caches first."""
    push = settings.push
    if not push.active:
        return []
    receivers: list[Receiver] = []
    if push.cdn:
        make, urls = _CACHES[push.cdn]
        receivers += [make(settings, url) for url in push.cdn_urls or urls]
    receivers += [WebSubHub(settings, url) for url in settings.feeds.hubs]
    receivers += [Webhook(settings, url) for url in push.webhooks]
    if push.indexnow_key:
        receivers.append(IndexNow(settings, push.indexnow_url))
    return receivers


def _cut(values: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (values[start : start + size] for start in range(0, len(values), size))
