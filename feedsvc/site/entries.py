"""The page of one entry, and the answers at its former addresses."""

from __future__ import annotations

from functools import partial

from msgspec.structs import replace

from feedsvc import pages
from feedsvc.errors import EntryChangedError
from feedsvc.index import EntryOutline, Redirect, make_entry_key, read_entry
from feedsvc.model import Entry, Item
from feedsvc.site.exceptions import DocumentGone, DocumentMoved, DocumentNotFound
from feedsvc.site.loader import link_translations
from feedsvc.site.marks import list_marks
from feedsvc.site.recipes import Recipe, RecipeContext, Rendering
from feedsvc.urls import join_url
from feedsvc.words import make_message

IMAGE_PREVIEW = "max-image-preview:"


def make_entry_recipe(context: RecipeContext, path: str) -> Recipe:
    """Return the recipe of the page at the permalink path *path*.

    Raises DocumentNotFound, DocumentGone or DocumentMoved where there is no page.
    """
    with context.open_snapshot() as queries:
        outline = read_entry(queries, path, loaded=context.loader.loaded)
    if outline is None:
        raise DocumentNotFound(
            remedy=make_message("It may have moved, or may never have been here.")
        )
    if isinstance(outline, Redirect):
        raise DocumentMoved(join_url(context.url, outline.target))
    if outline.file.state == "retracted":
        raise _make_gone(outline, context)
    facts = replace(outline, packed_entries={}, next_change=None)
    return context.make_recipe(
        pages.HTML_MEDIA_TYPE,
        facts,
        partial(_render_page, outline, context),
        next_change=outline.next_change,
        keys=[make_entry_key(row.path) for row in outline.rows],
    )


def _make_gone(outline: EntryOutline, context: RecipeContext) -> DocumentGone:
    (item,) = context.loader.load_entries(
        [outline.file], outline.packed_entries, outline.links, accepts_unread=True
    ).items
    if item is None:
        return DocumentGone(make_message("This entry was withdrawn."))
    entry = item.entry
    if entry.retracted is None:
        message = make_message("“%(title)s” was withdrawn.", title=entry.title)
    else:
        message = make_message(
            "“%(title)s” was withdrawn on %(date)s.",
            title=entry.title,
            date=entry.retracted.when.date(),
        )
    return DocumentGone(message, entry.reason)


def _render_page(outline: EntryOutline, context: RecipeContext) -> Rendering:
    settings = context.settings
    rows = outline.rows
    loaded = context.load_entries(rows, outline.packed_entries, outline.links)
    by_path = {row.path: item for row, item in zip(rows, loaded.items, strict=True)}
    item = by_path[outline.file.path]
    if item is None:
        raise EntryChangedError(outline.file.path)
    item = link_translations(item, outline.translations, settings.site.url)
    older, newer = (
        _make_neighbor(by_path[row.path]) if row is not None else None
        for row in (outline.older, outline.newer)
    )
    page = pages.EntryPage(
        channel=context.channel,
        title=item.entry.title,
        canonical=item.entry.url,
        robots=make_robots(item.entry, outline.file.state),
        marks=list_marks([item], context),
        item=item,
        older=older,
        newer=newer,
    )
    return Rendering(
        body=pages.render_page(page, settings),
        modified=item.entry.changed.seconds,
        is_provisional=loaded.is_provisional,
    )


def make_robots(entry: Entry, state: str) -> str:
    """Return the robots meta of an entry's page: its own words, and permission for large pictures.

    Google Discover shows a large picture only where a page allows it
    (https://developers.google.com/search/docs/appearance/google-discover).
    """
    if entry.noindex or state == "unlisted":
        return ", ".join(("noindex", *entry.robots))
    has_own = any(one == "noimageindex" or one.startswith(IMAGE_PREVIEW) for one in entry.robots)
    return ", ".join(entry.robots if has_own else (*entry.robots, f"{IMAGE_PREVIEW}large"))


def _make_neighbor(item: Item | None) -> pages.Neighbor | None:
    if item is None:
        return None
    return pages.Neighbor(title=item.entry.title, url=item.entry.url)
