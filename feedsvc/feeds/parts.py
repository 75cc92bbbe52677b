"""Parts that all formats share: HTML, categories, addresses, media types."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from html import escape
from typing import TypeVar

from feedsvc.model import Channel, Feed, Image, Item, Moment, Tombstone
from feedsvc.urls import join_url, make_listing_path
from feedsvc.words import Words, get_words

Value = TypeVar("Value")
MEDIA_TYPES = {
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json",  # no charset: JSON is UTF-8 (RFC 8259, section 11)
    "html": "text/html; charset=utf-8",
    "opml": "text/x-opml; charset=utf-8",
    "sitemap": "application/xml",
}


def get_link_type(kind: str) -> str:
    """Return the media type of a format for links, without a charset."""
    return MEDIA_TYPES[kind].partition(";")[0]


def drop_empty(facts: Mapping[str, Value]) -> dict[str, Value]:
    """Return those of *facts* that have a value."""
    return {name: value for name, value in facts.items() if value}


def get_self_url(feed: Feed, kind: str) -> str:
    """Return the address of this document: an archive's own, else the listing's."""
    return dict(feed.self_urls or feed.channel.urls)[kind]


def format_utc(moment: Moment | None) -> str:
    """Return *moment* in UTC, `2026-03-02T06:30:00Z`, so that times sort as text; "" for None."""
    if moment is None:
        return ""
    return moment.when.astimezone(UTC).isoformat(timespec="seconds").removesuffix("+00:00") + "Z"


def format_period(start: Moment | None, end: Moment | None) -> str:
    """Return a period in Dublin Core's form: `start=…; end=…; scheme=W3C-DTF` (DCMI Period)."""
    parts = [f"start={start}"] if start is not None else []
    parts += [f"end={end}"] if end is not None else []
    return "; ".join([*parts, "scheme=W3C-DTF"]) if parts else ""


def list_categories(item: Item, channel: Channel) -> list[tuple[str, str]]:
    """Return categories and tags, each with its scheme: the URL of the page that lists them."""
    return [
        (name, join_url(channel.site, make_listing_path(folder=folder)))
        for folder, names in (("categories", item.entry.categories), ("tags", item.entry.tags))
        for name in names
    ]


def build_full_html(item: Item, feed: Feed) -> str:
    """Return the whole HTML of *item*, "" where the site or the author allows only a summary."""
    is_full = feed.full and not item.entry.summary_only
    return build_html(item, feed.channel) if is_full else ""


def build_html(item: Item, channel: Channel) -> str:
    """Return the whole HTML of *item*: correction, picture if the text lacks it, text.

    Our own words are in the item's language, or in that of *channel* if it has no translation.
    """
    entry, html = item.entry, item.content.html
    if entry.image is not None and not item.content.has_entry_image:
        html = f"{_build_figure(entry.image)}\n{html}"
    if entry.correction:
        label = escape(_get_own_words(item, channel).gettext("Correction:"), quote=False)
        html = f"<p><strong>{label}</strong> {escape(entry.correction, quote=False)}</p>\n{html}"
    return html


def build_notice_html(notice: Tombstone, channel: Channel) -> str:
    """Return the notice in place of a withdrawn entry, in its language."""
    words = get_words(notice.language, channel.theme)
    return escape(notice.reason or words.gettext("This entry was withdrawn."), quote=False)


def _get_own_words(item: Item, channel: Channel) -> Words:
    words = get_words(item.entry.language, channel.theme)
    if words.fits(item.entry.language):
        return words
    return get_words(channel.language, channel.theme)


def _build_figure(image: Image) -> str:
    size = f' width="{image.width}" height="{image.height}"' if image.width and image.height else ""
    words = escape(" ".join(filter(None, (image.caption, image.credit))), quote=False)
    caption = f"<figcaption>{words}</figcaption>" if words else ""
    picture = f'<img src="{escape(image.url)}" alt="{escape(image.alt)}"{size}>'
    return f"<figure>{picture}{caption}</figure>"
