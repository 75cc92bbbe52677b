"""The lists around the feeds: OPML, sitemaps, robots.txt, each as a recipe for its document."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

from feedsvc import __version__, feeds
from feedsvc.index.client import IndexClient
from feedsvc.index.schema import KEY_HASH_BITS
from feedsvc.listing import Listing
from feedsvc.model import Item, Moment
from feedsvc.settings import Settings
from feedsvc.site.documents import Recipe, Rendering
from feedsvc.site.loader import ItemLoader
from feedsvc.urls import TERM_FOLDERS, Route, join_url, make_sitemap_path, parse_sitemap_path

MAX_OPML_FEEDS_PER_KIND = 5_000  # of each kind, in the list of all feeds
NEWS_AGE_SECONDS = 2 * 86_400  # seconds an article stays in the news sitemap
MAX_SITEMAP_ENTRIES = feeds.MAX_SITEMAP_URLS - 1  # entries; the home page needs a place too


def make_recipe(
    settings: Settings,
    media_type: str,
    facts: object,
    render: Callable[[], Rendering],
    until: int | None = None,
) -> Recipe:
    """A recipe for what depends on *facts*, the settings and this version."""
    text = repr((__version__, settings, facts))
    return Recipe(
        media_type=media_type,
        fingerprint=hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest(),
        render=render,
        max_age=settings.feeds.max_age,
        until=until,
    )


class Sitemaps:
    """Makes the recipes; each asks one consistent state of the index."""

    def __init__(
        self, settings: Settings, index: IndexClient, clock: Callable[[], float], loader: ItemLoader
    ) -> None:
        self.settings, self.index, self.clock, self.loader = settings, index, clock, loader
        self.url = settings.site.url

    def find(self, path: str) -> Callable[[], Recipe | None] | None:
        """What makes the list at *path*, None where there is none; a sitemap beyond the last makes None."""
        part = parse_sitemap_path(path)
        if part is not None:
            return lambda: self.build_sitemap_part_recipe(part)
        builders: dict[str, Callable[[], Recipe]] = {
            Route.OPML: self.build_opml_recipe,
            Route.SITEMAP: self.build_sitemap_recipe,
            Route.NEWS_SITEMAP: self.build_news_sitemap_recipe,
            Route.ROBOTS: self.build_robots_recipe,
        }
        return builders.get(path)

    def build_opml_recipe(self) -> Recipe:
        title = self.settings.site.title
        with self.index.open_snapshot(int(self.clock())) as query:
            listings = [(Listing(), title, query.count_states()["public"])]
            for folder, kind in TERM_FOLDERS.items():
                for slug, name, count in query.select_terms(kind)[:MAX_OPML_FEEDS_PER_KIND]:
                    listings.append((Listing(folder=f"{folder}/{slug}"), f"{title}: {name}", count))
            modified, until = query.select_last_change(), query.select_next_change()

        def render() -> Rendering:
            outlines = [
                feeds.OpmlOutline(
                    title=name,
                    xml_url=self.url + listing.make_path("atom"),
                    html_url=self.url + listing.make_path(),
                    count=count,
                )
                for listing, name, count in listings
            ]
            return Rendering(
                feeds.render_opml(title, outlines, self._make_moment(modified)), modified
            )

        return make_recipe(
            self.settings, feeds.MEDIA_TYPES["opml"], (listings, modified), render, until
        )

    def build_sitemap_recipe(self) -> Recipe:
        """All pages in one file, or where they are too many the list of such files."""
        with self.index.open_snapshot(int(self.clock())) as query:
            parts = query.select_sitemap_parts(MAX_SITEMAP_ENTRIES)
            if len(parts) < 2:
                return self._make_urlset_recipe(
                    query.select_sitemap_entries(MAX_SITEMAP_ENTRIES),
                    query.select_next_change(),
                    last=True,
                )
            until = query.select_next_change()
        places = [
            (join_url(self.url, make_sitemap_path(part)), self._make_moment(changed))
            for part, changed in parts
        ]
        modified = max(changed for _, changed in parts)
        return self._make_xml_recipe(
            parts, lambda: Rendering(feeds.render_sitemap_index(places), modified), until
        )

    def build_sitemap_part_recipe(self, part: int) -> Recipe | None:
        """One file of many, counted from the oldest entry, so that an addition touches only the last."""
        with self.index.open_snapshot(int(self.clock())) as query:
            rows = query.select_sitemap_entries(
                MAX_SITEMAP_ENTRIES + 1, MAX_SITEMAP_ENTRIES * (part - 1)
            )
            until = query.select_next_change()
        return (
            self._make_urlset_recipe(
                rows[:MAX_SITEMAP_ENTRIES], until, last=len(rows) <= MAX_SITEMAP_ENTRIES
            )
            if rows
            else None
        )

    def _make_urlset_recipe(
        self, rows: list[tuple[str, int]], until: int | None, *, last: bool
    ) -> Recipe:
        modified = max((changed for _, changed in rows), default=None)

        def render() -> Rendering:
            addresses = [
                (join_url(self.url, place), self._make_moment(changed)) for place, changed in rows
            ]
            home = [(self.url, self._make_moment(modified))] if last else []
            return Rendering(feeds.render_sitemap(home + addresses), modified)

        return self._make_xml_recipe((rows, last), render, until)

    def build_news_sitemap_recipe(self) -> Recipe:
        """The articles of the last two days; it changes with time alone, and Last-Modified with it."""
        now = int(self.clock())
        with self.index.open_snapshot(now) as query:
            rows = query.select_entries(
                Listing(since=_format_utc(now - NEWS_AGE_SECONDS + 1)), feeds.MAX_NEWS_ARTICLES
            )
            aged = query.select_entries(Listing(until=_format_utc(now - NEWS_AGE_SECONDS)), 1)
            change = query.select_next_change()
        ages = [(row.key >> KEY_HASH_BITS) + NEWS_AGE_SECONDS for row in rows]
        until = min([*ages, *([change] if change is not None else [])], default=None)
        moments = [
            *(row.changed for row in rows),
            *((row.key >> KEY_HASH_BITS) + NEWS_AGE_SECONDS for row in aged),
        ]
        modified = max(moments, default=None)

        def render() -> Rendering:
            loaded = self.loader.load_entries(rows)
            items = [Item(entry=entry, content=content) for entry, content in loaded]
            return Rendering(feeds.render_news_sitemap(self.settings.site.title, items), modified)

        return self._make_xml_recipe(
            ([(row.key, row.hash) for row in rows], modified), render, until
        )

    def build_robots_recipe(self) -> Recipe:
        text = f"User-agent: *\nAllow: /\n\nSitemap: {self.url}{Route.SITEMAP}\nSitemap: {self.url}{Route.NEWS_SITEMAP}\n"
        return make_recipe(
            self.settings, "text/plain; charset=utf-8", text, lambda: Rendering(text.encode())
        )

    def _make_xml_recipe(
        self, facts: object, render: Callable[[], Rendering], until: int | None
    ) -> Recipe:
        return make_recipe(self.settings, feeds.MEDIA_TYPES["sitemap"], facts, render, until)

    def _make_moment(self, seconds: int | None) -> Moment | None:
        if seconds is None:
            return None
        return Moment(
            when=datetime.fromtimestamp(seconds, self.settings.site.zone), precision="second"
        )


def _format_utc(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
