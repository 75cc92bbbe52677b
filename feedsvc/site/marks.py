"""What a preview shows beside each entry that is not public yet; elsewhere there are no marks.

Comes in: items, and the second that decides. Goes out: words for pages, titles for feeds.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from feedsvc.feeds import drop_empty
from feedsvc.model import Entry, Item
from feedsvc.pages import l10n
from feedsvc.site.recipes import RecipeContext


def make_mark(entry: Entry, now: int) -> str:
    """Return "Draft", "Scheduled for …", or "" for what is public at the second *now*."""
    if entry.state == "draft":
        return "Draft" if entry.published.source != "mtime" else "Draft without a date"
    due = entry.not_before or entry.published
    return f"Scheduled for {l10n.format_moment(due, 'en')}" if due.seconds > now else ""


def list_marks(items: Iterable[Item], context: RecipeContext) -> dict[str, str]:
    """Return the marks of *items* by the paths of their entries, {} outside of a preview."""
    if not context.settings.preview:
        return {}
    return drop_empty({one.entry.path: make_mark(one.entry, context.now) for one in items})


def mark_titles(items: tuple[Item, ...], context: RecipeContext) -> tuple[Item, ...]:
    """Return *items* with "[Draft]" or "[Scheduled]" before the titles of those entries.

    A feed reader has no other place to show it.
    """
    marks = list_marks(items, context)
    if not marks:
        return items
    return tuple(
        replace(
            item,
            entry=replace(item.entry, title=f"[{mark.partition(' ')[0]}] {item.entry.title}"),
        )
        if (mark := marks.get(item.entry.path))
        else item
        for item in items
    )
