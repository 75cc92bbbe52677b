"""A listing's page and feeds: an `Outline` becomes a `ListingPage` or a `Feed`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from msgspec.structs import replace

from feedsvc import feeds, pages
from feedsvc.index import Outline, TombstoneRow, make_listing_key, read_listing
from feedsvc.listing import MAX_DOCUMENT_ENTRIES, Listing
from feedsvc.model import Feed, Item, Moment, Pairs, Tombstone
from feedsvc.settings import Settings
from feedsvc.site.channels import build_channel, list_feed_urls, list_hub_links, make_moment
from feedsvc.site.exceptions import ListingNotFound
from feedsvc.site.loader import link_translations
from feedsvc.site.marks import list_marks, mark_titles
from feedsvc.site.recipes import Recipe, RecipeContext, Rendering, RenderItems
from feedsvc.site.terms import list_periods
from feedsvc.site.titles import describe_listing, make_title
from feedsvc.urls import RSL_MEDIA_TYPE, join_url, make_term_folder

# An archive of a period that is over changes only by a retraction. That gets through: shared caches
# keep an archive no longer than any other document.
FINISHED_MAX_AGE_SECONDS = 86_400
MAX_LINK_BYTES = 2_400  # the whole head stays below the 4 KB that nginx takes of a response's


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
    return context.make_recipe(
        feeds.MEDIA_TYPES[format_],
        outline.facts,
        partial(_render_page, outline, context)
        if format_ == "html"
        else partial(_render_feed, outline, context, format_),
        next_change=outline.next_change,
        max_age=FINISHED_MAX_AGE_SECONDS if outline.is_finished else None,
        headers=_make_link_header(listing, format_, context.settings),
        keys=list_keys(listing),
    )


def list_keys(listing: Listing) -> list[str]:
    """Return surrogate keys; a change to any entry of *listing* purges at least one."""
    if listing.names:
        # an entry has a name of each group: the smallest will do
        kind, slugs = min(listing.names, key=lambda group: len(group[1]))
        return [make_listing_key(make_term_folder(kind, slug)) for slug in slugs]
    return [make_listing_key(listing.folder if listing.path_period else "")]


def list_items(outline: Outline, items: Iterable[Item | None], url: str) -> tuple[Item, ...]:
    """Return the *items* of *outline* that are not None, with links to their translations.

    *url* is the site's.
    """
    groups = outline.translation_groups
    return tuple(
        link_translations(item, groups.get(row.translation_group, ()), url)
        for row, item in zip(outline.rows, items, strict=True)
        if item is not None
    )


def build_feed(outline: Outline, items: tuple[Item, ...], settings: Settings) -> Feed:
    """Return the feed document of *outline*, before it has a format."""
    listing = outline.listing
    whole = listing.subscribed if listing.period else None
    progress = outline.progress
    about = describe_listing(listing, outline.spellings, settings)
    return Feed(
        channel=build_channel(settings, listing, make_title(settings, about), outline.language),
        items=items,
        tombstones=_build_tombstones(outline.retractions, settings),
        notices=_build_tombstones(outline.notices, settings),
        updated=make_moment(outline.modified, settings),
        full=(listing.content or settings.feeds.content) == "full",
        archive=bool(listing.period),
        self_urls=list_feed_urls(settings, listing),
        current=list_feed_urls(settings, whole),
        previous=list_feed_urls(settings, outline.previous_archive),
        next=list_feed_urls(settings, outline.next_archive),
        next_page=list_feed_urls(settings, outline.next_page),
        next_since=make_moment(progress.next_since if progress else None, settings),
        known_since=make_moment(progress.known_since if progress else None, settings),
    )


def _build_tombstones(rows: Iterable[TombstoneRow], settings: Settings) -> tuple[Tombstone, ...]:
    return tuple(
        Tombstone(
            id=row.id,
            url=join_url(settings.site.url, row.url) if row.url.startswith("/") else row.url,
            when=Moment(when=datetime.fromisoformat(row.retracted_at), precision="second"),
            reason=row.reason,
            title=row.title,
            language=row.language,
            published=make_moment(row.published, settings) if row.title else None,
        )
        for row in rows
    )


def _render_items(
    outline: Outline,
    context: RecipeContext,
    render: RenderItems,
    format_: str,
) -> Rendering:
    loaded = context.load_entries(outline.rows, outline.packed_entries, outline.links)
    items = list_items(outline, loaded.items, context.url)
    path = "/" + outline.listing.make_path(format_)
    return Rendering(
        body=context.render_items(items, render, path),
        modified=outline.modified,
        is_provisional=loaded.is_provisional,
    )


def _render_feed(outline: Outline, context: RecipeContext, format_: str) -> Rendering:
    def render(items: tuple[Item, ...]) -> bytes:
        marked = mark_titles(items, context)
        return feeds.RENDERERS[format_](build_feed(outline, marked, context.settings))

    return _render_items(outline, context, render, format_)


def _render_page(outline: Outline, context: RecipeContext) -> Rendering:
    settings, listing = context.settings, outline.listing
    newest = listing.first_page
    older = _get_older_page(outline, is_static=settings.site.static)
    calendar = list_periods(outline.month_counts, listing, settings.site.url)
    about = describe_listing(listing, outline.spellings, settings)
    title = make_title(settings, about)
    page = pages.ListingPage(
        channel=build_channel(settings, newest, title, outline.language),
        title=title,
        canonical=join_url(settings.site.url, listing.make_path()),
        robots="noindex" if newest.make_query() else "",
        items=(),
        listing=listing,
        about=about,
        count=outline.count,
        max_count=MAX_DOCUMENT_ENTRIES,
        older=join_url(settings.site.url, older.make_path()) if older is not None else "",
        newest="" if newest == listing else join_url(settings.site.url, newest.make_path()),
        years=calendar.years,
        months=calendar.months,
    )

    def render(items: tuple[Item, ...]) -> bytes:
        marked = replace(page, items=items, marks=list_marks(items, context))
        return pages.render_page(marked, settings)

    return _render_items(outline, context, render, "html")


def _get_older_page(outline: Outline, *, is_static: bool) -> Listing | None:
    """Return the page that continues that of *outline*, None where nothing is older.

    It has a query, `?before=`; among files it is the archive that has the next older entry.
    """
    if is_static:
        return outline.previous_archive
    if outline.progress is not None:
        return outline.next_page
    if outline.previous_archive is None or not outline.rows:
        return None
    last = outline.rows[-1]
    change = last.changed if outline.listing.sort else None
    return replace(outline.listing, before=last.key, before_change=change)


def _make_link_header(listing: Listing, format_: str, settings: Settings) -> Pairs:
    """Return `Link`: itself, other formats, hubs, license (RFC 8288; WebSub, section 4; RSL, 4.5).

    Of long addresses only itself, hubs and license, then only itself, then no header: the documents
    have the same links.
    """
    itself: list[str] = []
    others: list[str] = []
    if format_ == "html":  # an archive's page leads to the feeds to subscribe to, as all do
        listing = listing.subscribed
    for name, url in list_feed_urls(settings, listing):
        links = itself if name == format_ else others
        relation = "self" if name == format_ else "alternate"
        links.append(f'<{url}>; rel="{relation}"; type="{feeds.get_link_type(name)}"')
    hubs: list[str] = []
    if format_ != "html":
        page = join_url(settings.site.url, listing.subscribed.make_path())
        others.append(f'<{page}>; rel="alternate"; type="text/html"')
        hubs = list_hub_links(settings)
        if url := settings.license_url:
            type_ = f'; type="{RSL_MEDIA_TYPE}"' if settings.has_rsl_license else ""
            hubs.append(f'<{url}>; rel="license"{type_}')
    choices = (", ".join(links) for links in ([*itself, *others, *hubs], [*itself, *hubs], itself))
    value = next((value for value in choices if len(value) <= MAX_LINK_BYTES), "")
    return (("Link", value),) if value else ()
