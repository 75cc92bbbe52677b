"""Addresses of a partner's documents, and the links that stand in them.

No document has a key in it: it is the same for all keys. Where the client has put its key into the
path, links from one document to the next are relative, and so lead to addresses with the key.
"""

from __future__ import annotations

from collections.abc import Container
from typing import cast

from msgspec import Struct

from feedsvc.feeds.profiles import FeedFormat
from feedsvc.listing import Listing, Query, parse_listing
from feedsvc.model import Pairs
from feedsvc.urls import (
    FEED_FILES,
    Route,
    add_query,
    join_url,
    make_partner_path,
)

# With which a client asks for what is new to it
TIME_PARAMETERS = ("since", "until", "sort", "before")


class PartnerAddress(Struct, frozen=True, kw_only=True):
    """A document of a partner's feed: the newest entries, or an archive."""

    name: str
    format: FeedFormat
    bounds: Listing  # nothing but its time, its order, and an archive's period
    has_key: bool = False  # the client has put a key into the path

    @property
    def path(self) -> str:
        """The canonical path with its query, without a key."""
        return self._make_path(self.format, self.bounds)

    def _make_path(self, format_: str, bounds: Listing) -> str:
        path = make_partner_path(self.name, format_, bounds.period, bounds.part)
        pairs = [pair for pair in bounds.list_parameters() if pair[0] in TIME_PARAMETERS]
        return add_query(path, pairs)

    def list_urls(self, url: str, target: Listing | None) -> Pairs:
        """Return (format, link) of the documents with the period of *target*, () for None.

        *url* is the site's.
        """
        if target is None:
            return ()
        paths = {format_: self._make_path(format_, target) for format_ in FEED_FILES}
        if self.has_key:
            return tuple((one, make_relative_path(path, self.path)) for one, path in paths.items())
        return tuple((one, join_url(url, path)) for one, path in paths.items())


class RequestedFeed(Struct, frozen=True, kw_only=True):
    """An address together with the key that stands in it."""

    address: PartnerAddress
    key: str


def resolve_partner(path: str, query: Query, partners: Container[str]) -> RequestedFeed | None:
    """Return what is asked for at *path*, None where none of *partners* has that address.

    Addresses are `partners/NAME/rss.xml`, `partners/NAME/archive/2023-03/rss.xml`, and both with a
    key behind the name. Of the *query* only what bounds the time counts, and the order; raises
    ListingError for a bad value.
    """
    first, *segments = path.split("/")
    if first != Route.PARTNERS or len(segments) < 2 or not all(segments):
        return None
    name, *rest = segments
    has_key = rest[0] != Route.ARCHIVE and rest[0] not in FEED_FILES.values()
    key = rest.pop(0) if has_key else ""
    if not rest or name not in partners:
        return None
    found = parse_listing(rest, {one: query[one] for one in TIME_PARAMETERS if one in query})
    if found is None or found[0].folder or found[1] == "html":
        return None
    listing, format_ = found
    address = PartnerAddress(
        name=name, format=cast(FeedFormat, format_), bounds=listing, has_key=has_key
    )
    return RequestedFeed(address=address, key=key)


def make_relative_path(path: str, start: str) -> str:
    """Return the reference to *path* from the document at *start*, of one partner both.

    A client that has the key in the path resolves it to an address that has it, too (RFC 3986,
    section 5.2).
    """
    base = "/".join(start.split("/")[:2]) + "/"
    up = start.partition("?")[0].removeprefix(base).count("/")
    return "../" * up + path.removeprefix(base)
