"""A listing's page and feeds: an `Outline` becomes a `ListingPage` or a `Feed`."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from msgspec.structs import replace

from feedsvc import feeds, pages
from feedsvc.index import Outline, read_listing
from feedsvc.listing import Listing
from feedsvc.model import Feed, Item, Moment, Tombstone
from feedsvc.settings import Settings
from feedsvc.site.channels import build_channel, list_feed_urls, make_moment, make_title
from feedsvc.site.exceptions import ListingNotFound
from feedsvc.site.loader import EntryLoader, link_translations
from feedsvc.site.recipes import Recipe, RecipeContext, Rendering
from feedsvc.site.terms import list_periods
from feedsvc.urls import join_url

# An archive of a period that is over changes only by a retraction. That gets through: shared caches
# keep an archive no longer than any other document.
FINISHED_MAX_AGE_SECONDS = 86_400


def make_listing_recipe(context: RecipeContext, listing: Listing, format_: str) -> Recipe:
    """Return the recipe of *listing* as "html", "rss", "atom" or "json"; raises ListingNotFound."""
    with context.open_snapshot() as queries:
        outline = read_listing(
            queries,
            listing,
            context.settings.feeds,
            for_page=format_ == "html",
            loaded=context.loader.loaded,
        )
    if outline is None:
        raise ListingNotFound
    bare = replace(outline, rows=(), packed_entries={}, next_change=None)
    hashes = [(row.key, row.path, row.hash) for row in outline.rows]
    return context.make_recipe(
        pages.HTML_MEDIA_TYPE if format_ == "html" else feeds.MEDIA_TYPES[format_],
        (bare, hashes),
        partial(_render_page, outline, context.loader)
        if format_ == "html"
        else partial(_render_feed, outline, context.loader, format_),
        next_change=outline.next_change,
        max_age=FINISHED_MAX_AGE_SECONDS if outline.is_finished else None,
        headers=(("Link", ", ".join(_list_links(listing, format_, context.settings))),),
    )


def load_items(outline: Outline, loader: EntryLoader) -> tuple[Item, ...]:
    """Return the entries of *outline*, read and rendered; raises EntryChangedError."""
    groups, url = outline.translation_groups, loader.settings.site.url
    items = loader.load_entries(outline.rows, outline.packed_entries, outline.links)
    return tuple(
        link_translations(item, groups.get(row.translation_group, ()), url)
        for row, item in zip(outline.rows, items, strict=True)
    )


def build_feed(outline: Outline, items: tuple[Item, ...], settings: Settings) -> Feed:
    """Return the feed document of *outline*, before it has a format."""
    listing = outline.listing
    whole = replace(listing, period="", part=1) if listing.period else None
    tombstones = (
        Tombstone(
            id=row.id,
            url=row.url,
            when=Moment(when=datetime.fromisoformat(row.retracted_at), precision="second"),
            reason=row.reason,
        )
        for row in outline.retractions
    )
    return Feed(
        channel=build_channel(
            settings, listing, make_title(settings, outline.about), outline.language
        ),
        items=items,
        tombstones=tuple(tombstones),
        updated=make_moment(outline.modified, settings),
        full=(listing.content or settings.feeds.content) == "full",
        archive=bool(listing.period),
        self_urls=list_feed_urls(settings, listing),
        current=list_feed_urls(settings, whole),
        previous=list_feed_urls(settings, outline.previous_archive),
        next=list_feed_urls(settings, outline.next_archive),
    )


def _render_feed(outline: Outline, loader: EntryLoader, format_: str) -> Rendering:
    feed = build_feed(outline, load_items(outline, loader), loader.settings)
    return feeds.RENDERERS[format_](feed), outline.modified


def _render_page(outline: Outline, loader: EntryLoader) -> Rendering:
    settings, listing = loader.settings, outline.listing
    newest = replace(listing, before=0)
    older = ""
    if outline.previous_archive is not None and outline.rows:
        older = join_url(
            settings.site.url, replace(listing, before=outline.rows[-1].key).make_path()
        )
    calendar = list_periods(outline.month_counts, listing, settings.site.url)
    title = make_title(settings, outline.about)
    page = pages.ListingPage(
        channel=build_channel(settings, newest, title, outline.language),
        title=title,
        canonical=join_url(settings.site.url, listing.make_path()),
        robots="noindex" if newest.make_query() else "",
        items=load_items(outline, loader),
        listing=listing,
        about=outline.about,
        older=older,
        newest=join_url(settings.site.url, newest.make_path()) if listing.before else "",
        years=calendar.years,
        months=calendar.months,
    )
    return pages.render_page(page, settings), outline.modified


def _list_links(listing: Listing, format_: str, settings: Settings) -> list[str]:
    """Return the values of `Link`: itself, other formats, hubs (RFC 8288; WebSub, section 4)."""
    urls = dict(list_feed_urls(settings, listing))
    links = [
        f'<{url}>; rel="{"self" if name == format_ else "alternate"}"; type="{_get_type(name)}"'
        for name, url in urls.items()
    ]
    if format_ == "html":
        return links
    page = join_url(settings.site.url, replace(listing, period="", part=1).make_path())
    links.append(f'<{page}>; rel="alternate"; type="text/html"')  # archives have no page
    return links + [f'<{hub}>; rel="hub"' for hub in settings.feeds.hubs]


def _get_type(format_: str) -> str:
    return feeds.MEDIA_TYPES[format_].partition(";")[0]
