"""The page of one entry, and what its former addresses are answered with."""

from __future__ import annotations

from functools import partial

from msgspec.structs import replace

from feedsvc import pages
from feedsvc.errors import EntryChangedError
from feedsvc.index import EntryOutline, Redirect, read_entry
from feedsvc.model import Item
from feedsvc.site.channels import build_channel
from feedsvc.site.exceptions import DocumentGone, DocumentMoved, DocumentNotFound
from feedsvc.site.loader import EntryLoader, link_translations
from feedsvc.site.recipes import Recipe, RecipeContext, Rendering
from feedsvc.urls import join_url


def make_entry_recipe(context: RecipeContext, path: str) -> Recipe:
    """Return the recipe of the page at the permalink path *path*.

    Raises DocumentNotFound, DocumentGone or DocumentMoved where there is no page.
    """
    with context.open_snapshot() as queries:
        outline = read_entry(queries, path, loaded=context.loader.loaded)
    if outline is None:
        raise DocumentNotFound(
            "There is no page at this address.", "It may have moved, or never been here."
        )
    if isinstance(outline, Redirect):
        raise DocumentMoved(join_url(context.url, outline.target))
    if outline.file.state == "retracted":
        raise _make_gone(outline, context.loader)
    facts = replace(outline, packed_entries={}, next_change=None)
    return context.make_recipe(
        pages.HTML_MEDIA_TYPE,
        facts,
        partial(_render_page, outline, context.loader),
        next_change=outline.next_change,
    )


def _make_gone(outline: EntryOutline, loader: EntryLoader) -> DocumentGone:
    try:
        (item,) = loader.load_entries([outline.file], outline.packed_entries, outline.links)
    except EntryChangedError:
        return DocumentGone("This entry was withdrawn.")
    entry = item.entry
    when = f" on {entry.retracted.when.date()}" if entry.retracted is not None else ""
    return DocumentGone(f"“{entry.title}” was withdrawn{when}.", entry.reason)


def _render_page(outline: EntryOutline, loader: EntryLoader) -> Rendering:
    settings, packed, links = loader.settings, outline.packed_entries, outline.links

    (item,) = loader.load_entries([outline.file], packed, links)
    item = link_translations(item, outline.translations, settings.site.url)
    older, newer = (
        _make_neighbor(loader.load_entries([row], packed, links)[0]) if row is not None else None
        for row in (outline.older, outline.newer)
    )
    page = pages.EntryPage(
        channel=build_channel(settings),
        title=item.entry.title,
        canonical=item.entry.url,
        robots="noindex" if item.entry.noindex or outline.file.state == "unlisted" else "",
        item=item,
        older=older,
        newer=newer,
    )
    return pages.render_page(page, settings), item.entry.changed.seconds


def _make_neighbor(item: Item) -> pages.Neighbor:
    return pages.Neighbor(title=item.entry.title, url=item.entry.url)
