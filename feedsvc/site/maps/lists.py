"""The lists around the feeds: OPML, sitemaps, robots.txt, each as a recipe for its document."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TypeAlias

from msgspec.structs import replace

from feedsvc import feeds
from feedsvc.index import KEY_HASH_BITS, EntryRow, select_links
from feedsvc.listing import Listing
from feedsvc.model import Item, Moment
from feedsvc.site.channels import make_moment
from feedsvc.site.exceptions import ListingNotFound
from feedsvc.site.maps.openapi import make_openapi_recipe
from feedsvc.site.recipes import MakeRecipe, Recipe, RecipeContext, Rendering
from feedsvc.site.titles import describe_listing, make_count, make_title
from feedsvc.urls import (
    TERM_FOLDERS,
    Route,
    join_url,
    make_sitemap_path,
    make_term_folder,
    parse_sitemap_path,
)

MAX_OPML_FEEDS_PER_KIND = 5_000  # of each kind, in the list of all feeds
NEWS_AGE_SECONDS = 2 * 86_400  # an article stays in the news sitemap
MAX_SITEMAP_ENTRIES = feeds.MAX_SITEMAP_URLS - 1  # the home page is one of the URLs

Changes: TypeAlias = Sequence[tuple[str, int]]  # path and second of the last change


def resolve_map(path: str) -> MakeRecipe | None:
    """Return what makes the recipe of the list at *path*, None where none is there."""
    part = parse_sitemap_path(path)
    return _RECIPES.get(path) if part is None else partial(make_sitemap_part_recipe, part=part)


def make_opml_recipe(context: RecipeContext) -> Recipe:
    """Return the recipe of the list of all feeds with their counts."""
    title = context.settings.site.title
    with context.open_snapshot() as queries:
        total = queries.count_listed()
        outlines = [_make_outline(context, Listing(), title, total)]
        for kind in TERM_FOLDERS.values():
            for slug, name, count in queries.select_terms(kind, MAX_OPML_FEEDS_PER_KIND):
                listing = Listing(folder=make_term_folder(kind, slug))
                about = describe_listing(listing, {(kind, slug): name}, context.settings)
                shown = make_title(context.settings, about)
                outlines.append(_make_outline(context, listing, shown, count))
        modified, next_change = queries.select_last_change(), queries.select_next_change()
    return context.make_recipe(
        feeds.MEDIA_TYPES["opml"],
        (outlines, modified),
        lambda: Rendering(
            body=feeds.render_opml(title, outlines, make_moment(modified, context.settings)),
            modified=modified,
        ),
        next_change=next_change,
    )


def make_sitemap_recipe(
    context: RecipeContext, *, max_entries: int = MAX_SITEMAP_ENTRIES
) -> Recipe:
    """Return the recipe of all pages in one file, or of the list of such files.

    One file holds *max_entries*.
    """
    with context.open_snapshot() as queries:
        parts = queries.select_sitemap_parts(max_entries)
        next_change = queries.select_next_change()
        rows = queries.select_sitemap_entries(max_entries) if len(parts) < 2 else []
    if len(parts) < 2:
        return _make_urlset_recipe(context, rows, next_change, is_last=True)
    files = [(make_sitemap_path(part), changed) for part, changed in parts]
    return _make_sitemap_recipe(context, feeds.render_sitemap_index, files, next_change)


def make_sitemap_part_recipe(
    context: RecipeContext, *, part: int, max_entries: int = MAX_SITEMAP_ENTRIES
) -> Recipe:
    """Return the recipe of one file of many; raises ListingNotFound beyond the last.

    Parts are counted from the oldest entry, so that an addition touches only the last.
    """
    with context.open_snapshot() as queries:
        rows = queries.select_sitemap_entries(max_entries + 1, max_entries * (part - 1))
        next_change = queries.select_next_change()
    if not rows:
        raise ListingNotFound
    is_last = len(rows) <= max_entries
    return _make_urlset_recipe(context, rows[:max_entries], next_change, is_last=is_last)


def make_news_sitemap_recipe(context: RecipeContext) -> Recipe:
    """Return the recipe of the last two days' articles; time alone changes it.

    Each translation is an article of its own, as it is not where no language is named.
    """
    oldest = context.now - NEWS_AGE_SECONDS
    with context.open_snapshot() as queries:
        languages = tuple(slug for slug, *_ in queries.select_terms("language"))
        every = Listing(groups=(("language", languages),))
        recent = replace(every, since=_format_utc(oldest + 1))
        rows = queries.select_entries(recent, feeds.MAX_NEWS_ARTICLES)
        aged = queries.select_entries(replace(every, until=_format_utc(oldest)), 1)
        packed = queries.select_packed_entries([row.key for row in rows])
        links = select_links(queries, rows)
        next_change = queries.select_next_change()

    def render_articles() -> Rendering:
        loaded = context.load_entries(rows, packed, links)
        items = [item for item in loaded.items if item is not None and _is_indexed(item)]
        render = partial(feeds.render_news_sitemap, context.settings.site.title)
        return Rendering(
            body=context.render_items(items, render, f"/{Route.NEWS_SITEMAP}"),
            modified=modified,
            is_provisional=loaded.is_provisional,
        )

    leaving = [_get_leaving_time(row) for row in rows]
    changes = [*(row.changed for row in rows), *(_get_leaving_time(row) for row in aged)]
    modified = max(changes, default=None)
    return context.make_recipe(
        feeds.MEDIA_TYPES["sitemap"],
        ([(row.key, row.hash) for row in rows], modified),
        render_articles,
        next_change=min(filter(None, [*leaving, next_change]), default=None),
    )


def make_robots_recipe(context: RecipeContext) -> Recipe:
    """Return the recipe of robots.txt, which allows all and names the sitemaps."""
    sitemaps = "".join(
        f"Sitemap: {join_url(context.url, path)}\n" for path in (Route.SITEMAP, Route.NEWS_SITEMAP)
    )
    settings = context.settings
    # before the groups: it is for all of them (RSL 1.0, section 4.4)
    license_ = f"License: {settings.license_url}\n\n" if settings.has_rsl_license else ""
    body = f"{license_}User-agent: *\nAllow: /\n\n{sitemaps}".encode()
    return context.make_recipe(
        "text/plain; charset=utf-8", body, lambda: Rendering(body=body, modified=None)
    )


_RECIPES: dict[str, MakeRecipe] = {
    Route.OPML: make_opml_recipe,
    Route.SITEMAP: make_sitemap_recipe,
    Route.NEWS_SITEMAP: make_news_sitemap_recipe,
    Route.ROBOTS: make_robots_recipe,
    Route.OPENAPI: make_openapi_recipe,
}


def _make_urlset_recipe(
    context: RecipeContext, rows: Changes, next_change: int | None, *, is_last: bool
) -> Recipe:
    home = [("", max((changed for _, changed in rows), default=None))] if is_last else []
    return _make_sitemap_recipe(context, feeds.render_sitemap, [*home, *rows], next_change)


def _make_sitemap_recipe(
    context: RecipeContext,
    render: Callable[[list[tuple[str, Moment | None]]], bytes],
    changes: Sequence[tuple[str, int | None]],
    next_change: int | None,
) -> Recipe:
    def render_urls() -> Rendering:
        urls = [
            (join_url(context.url, path), make_moment(changed, context.settings))
            for path, changed in changes
        ]
        modified = max((changed for _, changed in changes if changed is not None), default=None)
        return Rendering(body=render(urls), modified=modified)

    media_type = feeds.MEDIA_TYPES["sitemap"]
    return context.make_recipe(media_type, changes, render_urls, next_change=next_change)


def _make_outline(
    context: RecipeContext, listing: Listing, title: str, count: int
) -> feeds.OpmlOutline:
    return feeds.OpmlOutline(
        title=title,
        xml_url=join_url(context.url, listing.make_path("atom")),
        html_url=join_url(context.url, listing.make_path()),
        description=make_count(context.settings, count),
    )


def _is_indexed(item: Item) -> bool:
    """Whether search engines may have *item*, at an address of this site (sitemaps.org)."""
    return bool(item.entry.permalink_path) and not item.entry.noindex


def _get_leaving_time(row: EntryRow) -> int:
    """Return the second at which *row* leaves the news sitemap."""
    return (row.key >> KEY_HASH_BITS) + NEWS_AGE_SECONDS


def _format_utc(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
