"""What all formats say of a feed or an item, worked out once: HTML, picture, names, addresses."""

from __future__ import annotations

from html import escape

from feedsvc.model import Author, Channel, Feed, Image, Item
from feedsvc.urls import join_url, make_listing_path

MEDIA_TYPES = {
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json",  # JSON is UTF-8 and its type has no charset (RFC 8259, section 11)
    "opml": "text/x-opml; charset=utf-8",
    "sitemap": "application/xml",
}


def get_self_url(feed: Feed, kind: str) -> str:
    """Returns the one address of this document: an archive's own, else the listing's."""
    return dict(feed.self_urls or feed.channel.urls)[kind]


def get_image(item: Item) -> Image | None:
    """Returns the picture that stands for *item*: the one it names, else the first of its text."""
    return item.entry.image or item.content.image


def get_author(channel: Channel) -> Author:
    """Returns who answers for *channel*; Atom wants somebody (RFC 4287, 4.1.1)."""
    return channel.author or Author(name=channel.title)


def list_categories(item: Item, channel: Channel) -> list[tuple[str, str]]:
    """Returns categories and tags of *item*, each with its scheme: the page that lists all of its kind."""
    site = channel.site or channel.home
    categories = [
        (name, join_url(site, make_listing_path(folder="categories")))
        for name in item.entry.categories
    ]
    return categories + [
        (name, join_url(site, make_listing_path(folder="tags"))) for name in item.entry.tags
    ]


def build_html(item: Item) -> str:
    """Returns the whole HTML of *item*: correction, picture where the text lacks it, text."""
    entry, html = item.entry, item.content.html
    if entry.image is not None and f'src="{escape(entry.image.url)}"' not in html:
        html = f"{_build_figure(entry.image)}\n{html}"
    if entry.correction:
        html = (
            f"<p><strong>Correction:</strong> {escape(entry.correction, quote=False)}</p>\n{html}"
        )
    return html


def _build_figure(image: Image) -> str:
    size = f' width="{image.width}" height="{image.height}"' if image.width and image.height else ""
    return f'<figure><img src="{escape(image.url)}" alt="{escape(image.alt)}"{size}></figure>'
