"""What a page leads on to: names and periods with their counts, and the listing that a subscriber puts together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from feedsvc.index.queries import Queries
from feedsvc.listing import Listing, parse_listing
from feedsvc.pages import Term
from feedsvc.settings import Settings
from feedsvc.urls import (
    TERM_FOLDERS,
    join_url,
    make_listing_path,
    make_period_path,
    make_term_folder,
)


def list_terms(query: Queries, folder: str, url: str) -> tuple[Term, ...]:
    """All names of one kind, the most used first; *url* is the site's."""
    return tuple(
        Term(
            slug=slug,
            name=name,
            count=count,
            url=join_url(url, make_listing_path(folder=f"{folder}/{slug}")),
        )
        for slug, name, count in query.select_terms(TERM_FOLDERS[folder])
    )


def list_periods(
    query: Queries, listing: Listing, url: str
) -> tuple[tuple[Term, ...], tuple[Term, ...]]:
    """The years that have entries and the months of the listing's year; none where it is not everything of a time."""
    if replace(listing, folder="", before=0) != Listing() or (
        listing.folder and not listing.path_period
    ):
        return (), ()
    months = {slug: count for slug, _, count in query.select_terms("month")}
    years: Counter[str] = Counter()
    for month, count in months.items():
        years[month[:4]] += count
    year = listing.path_period[:4]
    return _make_periods(years, url), _make_periods(
        {m: n for m, n in months.items() if year and m[:4] == year}, url
    )


def _make_periods(counts: Mapping[str, int], url: str) -> tuple[Term, ...]:
    """Newest first."""
    return tuple(
        Term(
            slug=period,
            name=period,
            count=counts[period],
            url=join_url(url, make_period_path(period)),
        )
        for period in sorted(counts, reverse=True)
    )


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
            return replace(listing, folder=make_term_folder(kind, slug), groups=())
    return listing
