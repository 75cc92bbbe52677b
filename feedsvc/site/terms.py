"""Pages that lead to listings: names with counts, the calendar and the subscribe page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from msgspec import Struct
from msgspec.structs import replace

from feedsvc import pages
from feedsvc.index import Queries
from feedsvc.listing import MAX_DOCUMENT_ENTRIES, Listing, Query, parse_query
from feedsvc.model import TermKind
from feedsvc.pages import Term
from feedsvc.settings import Settings
from feedsvc.site.channels import build_channel
from feedsvc.site.recipes import Recipe, RecipeContext, Rendering
from feedsvc.site.titles import describe_listing, make_page_title, make_title
from feedsvc.urls import (
    TERM_FOLDERS,
    join_url,
    make_listing_path,
    make_period_path,
    make_term_folder,
)

MAX_TERMS = 5_000  # on the page of all names of a kind; one more is read to know of the rest


class Calendar(Struct, frozen=True, kw_only=True):
    """Years that have entries, and the months of the listing's year; newest first."""

    years: tuple[Term, ...]
    months: tuple[Term, ...]


def make_terms_recipe(context: RecipeContext, folder: str) -> Recipe:
    """Return the recipe of the page that lists all names of one kind, such as `tags/`."""
    with context.open_snapshot() as queries:
        terms = list_terms(queries, TERM_FOLDERS[folder], context.url, MAX_TERMS + 1)
        modified, next_change = queries.select_last_change(), queries.select_next_change()
    settings = context.settings
    heading = pages.get_folder_names(settings.words)[folder]
    page = pages.TermsPage(
        channel=build_channel(settings),
        title=make_page_title(settings, heading),
        heading=heading,
        canonical=join_url(context.url, make_listing_path(folder=folder)),
        kind=TERM_FOLDERS[folder],
        terms=terms[:MAX_TERMS],
        is_cut=len(terms) > MAX_TERMS,
    )
    return _make_page_recipe(context, page, modified, next_change)


def make_subscribe_recipe(context: RecipeContext, listing: Listing) -> Recipe:
    """Return the recipe of the subscribe page with *listing* filled in."""
    with context.open_snapshot() as queries:
        chosen = {slug for _, slugs in listing.names for slug in slugs}
        terms = {
            kind: list_terms(queries, kind, context.url, pages.MAX_CHOICES, chosen)
            for kind in TERM_FOLDERS.values()
        }
        about = describe_listing(listing, queries.select_spellings(listing), context.settings)
        count = queries.count_entries(listing, MAX_DOCUMENT_ENTRIES)
        modified, next_change = queries.select_last_change(), queries.select_next_change()
    title = make_title(context.settings, about)
    page = pages.SubscribePage(
        channel=build_channel(context.settings, listing, title),
        title=make_page_title(
            context.settings, context.settings.words.pgettext("heading", "Subscribe"), title
        ),
        canonical=join_url(context.url, pages.make_subscribe_path(listing)),
        robots="noindex" if about else "",
        terms=terms,
        listing=listing,
        about=about,
        count=count,
        max_count=MAX_DOCUMENT_ENTRIES,
    )
    return _make_page_recipe(context, page, modified, next_change)


def _make_page_recipe(
    context: RecipeContext, page: pages.Page, modified: int | None, next_change: int | None
) -> Recipe:
    """Return the recipe of a page without entries: *page* itself is its fingerprint."""
    return context.make_recipe(
        pages.HTML_MEDIA_TYPE,
        (page, modified),
        lambda: Rendering(body=pages.render_page(page, context.settings), modified=modified),
        next_change=next_change,
    )


def list_terms(
    queries: Queries, kind: TermKind, url: str, limit: int, chosen: Collection[str] = ()
) -> tuple[Term, ...]:
    """Return *limit* names of one kind, the most used first, and *chosen* slugs' besides.

    *url* is the site's.
    """
    return tuple(
        Term(
            slug=slug,
            name=name,
            count=count,
            url=join_url(url, make_listing_path(folder=make_term_folder(kind, slug))),
        )
        for slug, name, count in queries.select_terms(kind, limit, chosen)
    )


def list_periods(month_counts: Mapping[str, int], listing: Listing, url: str) -> Calendar:
    """Return the years of *month_counts* and the months of the listing's own year."""
    years: Counter[str] = Counter()
    for month, count in month_counts.items():
        years[month[:4]] += count
    year = listing.path_period[:4]
    months = {month: n for month, n in month_counts.items() if month[:4] == year}
    return Calendar(years=_make_periods(years, url), months=_make_periods(months, url))


def _make_periods(counts: Mapping[str, int], url: str) -> tuple[Term, ...]:
    return tuple(
        Term(
            slug=period,
            name=period,
            count=counts[period],
            url=join_url(url, make_period_path(period)),
        )
        for period in sorted(counts, reverse=True)
    )


def parse_subscription(query: Query, settings: Settings) -> Listing:
    """Return the listing that the subscribe page's form, or a link to it, asks for.

    A form repeats what is ticked, which means AND in a listing's address: `match=any`
    makes it OR. One name alone becomes its own folder. Raises ListingError.
    """
    if query.get("match", [""])[-1] == "any":
        query = {**query, "tag": [",".join(query.get("tag", ()))]}
    listing = parse_query(Listing(), query, settings.feeds.limit, settings.feeds.content).first_page
    match listing.groups:
        case ((kind, (slug,)),):
            return replace(listing, folder=make_term_folder(kind, slug), groups=())
    return listing
