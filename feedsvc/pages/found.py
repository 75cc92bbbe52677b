"""Marks the words of a search in titles and excerpts."""

from __future__ import annotations

from collections.abc import Sequence
from html import unescape

from markupsafe import Markup, escape

from feedsvc.content.search_words import Phrase, list_matches
from feedsvc.content.summary import strip_tags
from feedsvc.model import Item

MAX_SEARCHED_CHARACTERS = 50_000  # of a text, to select a passage
PASSAGE_CHARACTERS = 240
BEFORE_CHARACTERS = 80  # of the passage before the match


def mark_words(text: str, phrases: Sequence[Phrase]) -> Markup:
    """Return *text* as HTML, *phrases* marked in it."""
    parts, end = [], 0
    for start, stop in list_matches(text, phrases):
        parts += [escape(text[end:start]), Markup("<mark>{}</mark>").format(text[start:stop])]
        end = stop
    return Markup("").join([*parts, escape(text[end:])])


def get_passage(item: Item, phrases: Sequence[Phrase]) -> str:
    """Return the passage of the item's text with *phrases*.

    "" if title and summary have all of them, or the text has none.
    """
    shown = f"{item.entry.title}\n{item.content.summary}"
    hidden = [phrase for phrase in phrases if not list_matches(shown, [phrase])]
    if not hidden:
        return ""
    text = " ".join(unescape(strip_tags(item.content.html[:MAX_SEARCHED_CHARACTERS])).split())
    found = list_matches(text, hidden)
    return _cut(text, found[0][0]) if found else ""


def _cut(text: str, at: int) -> str:
    """Return the part of *text* around the position *at*, cut between words if possible."""
    start = max(0, at - BEFORE_CHARACTERS)
    if start:
        start = min(max(start, text.find(" ", start, at) + 1), at)
    end = min(len(text), start + PASSAGE_CHARACTERS)
    if end < len(text):
        end = max(text.rfind(" ", at + 1, end), at + 1) if " " in text[at + 1 : end] else end
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"
