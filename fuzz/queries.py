"""Addresses of listings with their queries: a `Listing` with one spelling, or a 400."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, unquote_to_bytes
from zoneinfo import ZoneInfo

from feedsvc.content.characters import FORBIDDEN_IN_XML
from feedsvc.errors import ListingError
from feedsvc.listing import (
    MAX_DOCUMENT_ENTRIES,
    MAX_QUERY_TERMS,
    Listing,
    parse_listing,
    parse_slashless_listing,
    parse_time_range,
)
from feedsvc.settings import Settings
from feedsvc.site.titles import describe_listing
from fuzz.target import Target, check_sentence

SETTINGS = Settings()
ZONES = tuple(map(ZoneInfo, ("UTC", "Pacific/Kiritimati", "Etc/GMT+12")))


def check_queries(data: bytes) -> None:
    """Take *data* for path and query of a request, as they stand in its first line."""
    path, _, query = data.partition(b"?")
    segments = unquote_to_bytes(path).decode("utf-8", "replace").lstrip("/").split("/")
    parameters = parse_qs(query.decode("utf-8", "replace"), keep_blank_values=True)
    try:
        parsed = parse_listing(segments, parameters)
    except ListingError as error:
        check_sentence(error)
        assert error.status == 400
        return
    parse_slashless_listing("/".join(segments))
    if parsed is None:
        return
    listing, format_ = parsed
    check_spelling(listing, format_)
    check_bounds(listing)
    more = {**parameters, "utm_source": ["x"]}
    assert parse_listing(segments, more) == parsed, "an unknown parameter changes the listing"
    turned = {name: parameters[name] for name in reversed(parameters)}
    assert parse_listing(segments, turned) == parsed, "the order of parameters counts"


def check_spelling(listing: Listing, format_: str) -> None:
    """Assert that the canonical address of *listing* names it again, and is spelt as itself."""
    address = listing.make_path(format_)
    assert address.isascii()
    assert address.isprintable()
    path, _, query = address.partition("?")
    segments = [unquote(segment) for segment in path.split("/")]
    again = parse_listing(segments, parse_qs(query, keep_blank_values=True))
    assert again == (listing, format_), (address, again)
    archived = listing.archived_listing
    assert archived.archived_listing == archived


def check_bounds(listing: Listing) -> None:
    """Assert that what *listing* costs is bounded, and that its times are some in any zone."""
    assert 0 <= listing.limit <= MAX_DOCUMENT_ENTRIES
    names = sum(len(slugs) for _, slugs in listing.groups) + len(listing.without)
    assert names <= MAX_QUERY_TERMS
    assert not FORBIDDEN_IN_XML.search(describe_listing(listing, {}, SETTINGS))
    for words in filter(None, (listing.since, listing.until, listing.period, listing.path_period)):
        for zone in ZONES:
            first, after = parse_time_range(words, zone)
            assert first < after


TARGET = Target(name="queries", check=check_queries, max_bytes=300, examples=200)
