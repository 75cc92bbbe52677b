"""What a page leads on to: names and periods with their counts, and the listing that a subscriber puts together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from feedsvc.index.database import KEY_BITS
from feedsvc.index.query import Query
from feedsvc.listing import FOLDERS, Listing, find_bounds, find_period, parse_listing
from feedsvc.pages import Name
from feedsvc.settings import Settings

EVERY = 1 << 40  # more entries than there are


def list_names(query: Query, folder: str, url: str) -> tuple[Name, ...]:
    """All names of one kind, the most used first; *url* is the site's."""
    return tuple(
        Name(slug=slug, name=name, count=count, url=url + Listing(folder=f"{folder}/{slug}").make_path())
        for slug, name, count in query.find_names(FOLDERS[folder])
    )


def list_periods(query: Query, listing: Listing, url: str) -> tuple[tuple[Name, ...], tuple[Name, ...]]:
    """The years that have entries and the months of the listing's year; none where it is not everything of a time."""
    if replace(listing, folder="", before=0) != Listing() or (listing.folder and not listing.calendar):
        return (), ()
    year = listing.calendar[:4]
    return _list_periods(query, "", url), _list_periods(query, year, url) if year else ()


def _list_periods(query: Query, within: str, url: str) -> tuple[Name, ...]:
    """Newest first; what has no entry costs nothing, what has some costs counting them."""
    found = []
    where = Listing(folder=within)
    while rows := query.find_entries(where, 1):
        period = find_period(rows[0].key >> KEY_BITS, "month" if within else "year", query.zone)
        period_listing = Listing(folder=period.replace("-", "/"))
        count = query.count_entries(period_listing, EVERY)
        found.append(Name(slug=period, name=period, count=count, url=url + period_listing.make_path()))
        first = find_bounds(period, query.zone)[0]
        where = replace(where, before=first << KEY_BITS or -1)
    return tuple(found)


def parse_subscription(query: Mapping[str, Sequence[str]], settings: Settings) -> Listing:
    """The listing that the subscribe page's form, or a link to it, asks for; raises ListingError.

    A form repeats what is ticked, which means AND in a listing's address:
    `match=any` makes it OR. One name alone is better known by its own folder.
    """
    if query.get("match", [""])[-1] == "any":
        query = {**query, "tag": [",".join(query.get("tag", ()))]}
    parsed = parse_listing([""], query, limit=settings.feeds.limit, content=settings.feeds.content)
    listing = replace(parsed[0], before=0) if parsed is not None else Listing()
    match listing.groups:
        case ((kind, (slug,)),):
            folder = next(folder for folder, of in FOLDERS.items() if of == kind)
            return replace(listing, folder=f"{folder}/{slug}", groups=())
    return listing
