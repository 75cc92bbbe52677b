"""Sitemaps for search engines: all pages, their index, and Google News' of the last two days."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape

from feedsvc.model import Item, Moment

MAX_SITEMAP_URLS = 50_000  # in one file (sitemaps.org)
MAX_NEWS_ARTICLES = 1_000  # in a news sitemap (Google)
SITEMAP_XMLNS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
NEWS_XMLNS = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'


def render_sitemap(urls: Iterable[tuple[str, Moment | None]]) -> bytes:
    """Return the sitemap of up to `MAX_SITEMAP_URLS` URLs, each with its last change."""
    return _render("urlset", SITEMAP_XMLNS, "url", (_build_loc(*url) for url in urls))


def render_sitemap_index(urls: Iterable[tuple[str, Moment | None]]) -> bytes:
    """Return the index of sitemaps, each with its last change."""
    return _render("sitemapindex", SITEMAP_XMLNS, "sitemap", (_build_loc(*url) for url in urls))


def render_news_sitemap(publication: str, items: Iterable[Item]) -> bytes:
    """Return the news sitemap of up to `MAX_NEWS_ARTICLES` articles of the last two days."""
    articles = (_build_article(publication, item) for item in items)
    return _render("urlset", f"{SITEMAP_XMLNS} {NEWS_XMLNS}", "url", articles)


def _render(root: str, namespaces: str, element: str, contents: Iterable[str]) -> bytes:
    lines = "".join(f"<{element}>{content}</{element}>\n" for content in contents)
    declaration = "<?xml version='1.0' encoding='UTF-8'?>"
    return f"{declaration}\n<{root} {namespaces}>\n{lines}</{root}>\n".encode()


def _build_loc(url: str, modified: Moment | None = None) -> str:
    date = f"<lastmod>{modified}</lastmod>" if modified is not None else ""
    return f"<loc>{escape(url)}</loc>{date}"


def _build_article(publication: str, item: Item) -> str:
    entry = item.entry
    name = f"<news:name>{escape(publication)}</news:name>"
    language = f"<news:language>{_normalize_news_language(entry.language)}</news:language>"
    return (
        f"{_build_loc(entry.url)}<news:news>"
        f"<news:publication>{name}{language}</news:publication>"
        f"<news:publication_date>{entry.published}</news:publication_date>"
        f"<news:title>{escape(entry.title)}</news:title></news:news>"
    )


def _normalize_news_language(language: str) -> str:
    """Return the code that Google News expects: ISO 639, but Chinese by its script."""
    primary, *rest = (language or "en").lower().split("-")
    if primary != "zh":
        return primary
    return "zh-tw" if {"hant", "tw", "hk", "mo"} & set(rest) else "zh-cn"
