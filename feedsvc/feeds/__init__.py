"""Renders a Feed or a list of addresses as the bytes of a document.

Nothing here depends on a clock, a folder or a request: the same values give the
same bytes in every process, thread and locale.
"""

from collections.abc import Callable

from feedsvc.feeds.jsonfeed import render_json
from feedsvc.feeds.opml import OpmlOutline, render_opml
from feedsvc.feeds.parts import MEDIA_TYPES, drop_empty, get_link_type
from feedsvc.feeds.podcasts import Show, list_channel_elements
from feedsvc.feeds.rss_atom import render_atom, render_rss
from feedsvc.feeds.sitemaps import (
    MAX_NEWS_ARTICLES,
    MAX_SITEMAP_URLS,
    render_news_sitemap,
    render_sitemap,
    render_sitemap_index,
)
from feedsvc.model import Feed

RENDERERS: dict[str, Callable[[Feed], bytes]] = {
    "rss": render_rss,
    "atom": render_atom,
    "json": render_json,
}
__all__ = [
    "MAX_NEWS_ARTICLES",
    "MAX_SITEMAP_URLS",
    "MEDIA_TYPES",
    "RENDERERS",
    "OpmlOutline",
    "Show",
    "drop_empty",
    "get_link_type",
    "list_channel_elements",
    "render_atom",
    "render_json",
    "render_news_sitemap",
    "render_opml",
    "render_rss",
    "render_sitemap",
    "render_sitemap_index",
]
