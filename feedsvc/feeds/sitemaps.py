"""Sitemaps for search engines: all pages, the list of such files, and Google News' two days."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape

from feedsvc.model import Item, Moment

MAX_SITEMAP_URLS = 50_000  # addresses in one file (sitemaps.org)
MAX_NEWS_ARTICLES = 1_000  # articles in a news sitemap (Google)
XML_DECLARATION = "<?xml version='1.0' encoding='UTF-8'?>\n"
SITEMAP_XMLNS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
NEWS_XMLNS = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'


def render_sitemap(urls: Iterable[tuple[str, Moment | None]]) -> bytes:
    """Renders up to `SITEMAP_LIMIT` addresses, each with its last change."""
    lines = [f"<url>{_build_loc(url, modified)}</url>\n" for url, modified in urls]
    return f"{XML_DECLARATION}<urlset {SITEMAP_XMLNS}>\n{''.join(lines)}</urlset>\n".encode()


def render_sitemap_index(urls: Iterable[tuple[str, Moment | None]]) -> bytes:
    """Renders the list of sitemaps."""
    lines = [f"<sitemap>{_build_loc(url, modified)}</sitemap>\n" for url, modified in urls]
    return f"{XML_DECLARATION}<sitemapindex {SITEMAP_XMLNS}>\n{''.join(lines)}</sitemapindex>\n".encode()


def render_news_sitemap(publication: str, items: Iterable[Item]) -> bytes:
    """Renders the articles of the last two days; which those are is the caller's choice, up to `NEWS_LIMIT`."""
    lines = [_build_news_url(publication, item) for item in items]
    return f"{XML_DECLARATION}<urlset {SITEMAP_XMLNS} {NEWS_XMLNS}>\n{''.join(lines)}</urlset>\n".encode()


def _build_loc(url: str, modified: Moment | None) -> str:
    date = f"<lastmod>{modified}</lastmod>" if modified is not None else ""
    return f"<loc>{escape(url)}</loc>{date}"


def _build_news_url(publication: str, item: Item) -> str:
    entry = item.entry
    name = f"<news:name>{escape(publication)}</news:name>"
    language = f"<news:language>{_normalize_news_language(entry.language)}</news:language>"
    return (
        f"<url>{_build_loc(entry.url, None)}<news:news><news:publication>{name}{language}</news:publication>"
        f"<news:publication_date>{entry.published}</news:publication_date>"
        f"<news:title>{escape(entry.title)}</news:title></news:news></url>\n"
    )


def _normalize_news_language(language: str) -> str:
    """Returns the code that Google News knows: ISO 639, but Chinese by its script."""
    primary, *rest = (language or "en").lower().split("-")
    if primary != "zh":
        return primary
    return "zh-tw" if {"hant", "tw", "hk", "mo"} & set(rest) else "zh-cn"
