"""The lists around the feeds: OPML, sitemaps, robots.txt, each as a recipe for its document."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime

from feedsvc import __version__, feeds
from feedsvc.index.client import LiveIndex
from feedsvc.index.schema import KEY_BITS
from feedsvc.listing import FOLDERS, Listing
from feedsvc.model import Item, Moment
from feedsvc.settings import Settings
from feedsvc.site.documents import Recipe, Rendered
from feedsvc.site.loader import ItemLoader

LISTED_FEEDS = 5_000  # of each kind, in the list of all feeds
NEWS_AGE = 2 * 86_400  # seconds an article stays in the news sitemap
IN_SITEMAP = feeds.SITEMAP_LIMIT - 1  # entries; the home page needs a place too
_SITEMAP_PART = re.compile(r"sitemap-([1-9][0-9]{0,4})\.xml", re.ASCII)


def make_recipe(
    settings: Settings,
    media_type: str,
    facts: object,
    render: Callable[[], Rendered],
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


class Maps:
    """Makes the recipes; each asks one consistent state of the index."""

    def __init__(
        self, settings: Settings, index: LiveIndex, clock: Callable[[], float], loader: ItemLoader
    ) -> None:
        self.settings, self.index, self.clock, self.loader = settings, index, clock, loader
        self.url = settings.site.url

    def find(self, path: str) -> Callable[[], Recipe | None] | None:
        """What makes the list at *path*, None where there is none; a sitemap beyond the last makes None."""
        part = _SITEMAP_PART.fullmatch(path)
        if part is not None:
            return lambda: self.make_sitemap_part(int(part[1]))
        return {
            "opml.xml": self.make_opml,
            "sitemap.xml": self.make_sitemap,
            "news-sitemap.xml": self.make_news_sitemap,
            "robots.txt": self.make_robots,
        }.get(path)

    def make_opml(self) -> Recipe:
        title = self.settings.site.title
        with self.index.open_query(int(self.clock())) as query:
            listings = [(Listing(), title, query.count_states()["public"])]
            for folder in FOLDERS:
                for slug, name, count in query.find_names(FOLDERS[folder])[:LISTED_FEEDS]:
                    listings.append((Listing(folder=f"{folder}/{slug}"), f"{title}: {name}", count))
            modified, until = query.find_last_change(), query.find_next_change()

        def render() -> Rendered:
            outlines = [
                feeds.OpmlOutline(
                    title=name,
                    xml_url=self.url + listing.make_path("atom"),
                    html_url=self.url + listing.make_path(),
                    count=count,
                )
                for listing, name, count in listings
            ]
            return Rendered(
                feeds.render_opml(title, outlines, self._make_moment(modified)), modified
            )

        return make_recipe(
            self.settings, feeds.MEDIA_TYPES["opml"], (listings, modified), render, until
        )

    def make_sitemap(self) -> Recipe:
        """All pages in one file, or where they are too many the list of such files."""
        with self.index.open_query(int(self.clock())) as query:
            parts = query.find_address_parts(IN_SITEMAP)
            if len(parts) < 2:
                return self._make_addresses(
                    query.find_addresses(IN_SITEMAP), query.find_next_change(), last=True
                )
            until = query.find_next_change()
        places = [
            (f"{self.url}sitemap-{part}.xml", self._make_moment(changed)) for part, changed in parts
        ]
        modified = max(changed for _, changed in parts)
        return self._make_xml(
            parts, lambda: Rendered(feeds.render_sitemap_index(places), modified), until
        )

    def make_sitemap_part(self, part: int) -> Recipe | None:
        """One file of many, counted from the oldest entry, so that an addition touches only the last."""
        with self.index.open_query(int(self.clock())) as query:
            rows = query.find_addresses(IN_SITEMAP + 1, IN_SITEMAP * (part - 1))
            until = query.find_next_change()
        return (
            self._make_addresses(rows[:IN_SITEMAP], until, last=len(rows) <= IN_SITEMAP)
            if rows
            else None
        )

    def _make_addresses(
        self, rows: list[tuple[str, int]], until: int | None, *, last: bool
    ) -> Recipe:
        modified = max((changed for _, changed in rows), default=None)

        def render() -> Rendered:
            addresses = [
                (self.url + place.lstrip("/"), self._make_moment(changed))
                for place, changed in rows
            ]
            home = [(self.url, self._make_moment(modified))] if last else []
            return Rendered(feeds.render_sitemap(home + addresses), modified)

        return self._make_xml((rows, last), render, until)

    def make_news_sitemap(self) -> Recipe:
        """The articles of the last two days; it changes with time alone, and Last-Modified with it."""
        now = int(self.clock())
        with self.index.open_query(now) as query:
            rows = query.find_entries(
                Listing(since=_write_second(now - NEWS_AGE + 1)), feeds.NEWS_LIMIT
            )
            aged = query.find_entries(Listing(until=_write_second(now - NEWS_AGE)), 1)
            change = query.find_next_change()
        ages = [(row.key >> KEY_BITS) + NEWS_AGE for row in rows]
        until = min([*ages, *([change] if change is not None else [])], default=None)
        moments = [
            *(row.changed for row in rows),
            *((row.key >> KEY_BITS) + NEWS_AGE for row in aged),
        ]
        modified = max(moments, default=None)

        def render() -> Rendered:
            loaded = self.loader.load_all(rows)
            items = [Item(entry=entry, content=content) for entry, content in loaded]
            return Rendered(feeds.render_news_sitemap(self.settings.site.title, items), modified)

        return self._make_xml(([(row.key, row.hash) for row in rows], modified), render, until)

    def make_robots(self) -> Recipe:
        text = f"User-agent: *\nAllow: /\n\nSitemap: {self.url}sitemap.xml\nSitemap: {self.url}news-sitemap.xml\n"
        return make_recipe(
            self.settings, "text/plain; charset=utf-8", text, lambda: Rendered(text.encode())
        )

    def _make_xml(self, facts: object, render: Callable[[], Rendered], until: int | None) -> Recipe:
        return make_recipe(self.settings, feeds.MEDIA_TYPES["sitemap"], facts, render, until)

    def _make_moment(self, seconds: int | None) -> Moment | None:
        if seconds is None:
            return None
        return Moment(
            when=datetime.fromtimestamp(seconds, self.settings.site.zone), precision="second"
        )


def _write_second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
