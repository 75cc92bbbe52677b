"""An address becomes a document: which listing, entry or list it names, and how that is made.

The one place that knows every URL. It asks the index, hands what it says to
feeds or pages, and lets `documents` keep the result.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence

from msgspec.structs import replace

from feedsvc import __version__, feeds, pages
from feedsvc.errors import EntryChangedError
from feedsvc.index.client import IndexClient
from feedsvc.index.conditions import EntryRow
from feedsvc.index.queries import FileRow, Queries
from feedsvc.listing import MAX_DOCUMENT_ENTRIES, Listing, describe_listing, parse_listing
from feedsvc.model import Item
from feedsvc.settings import Settings
from feedsvc.site.documents import Document, DocumentCache, Recipe, Rendering
from feedsvc.site.listings import (
    FINISHED_MAX_AGE_SECONDS,
    Outline,
    build_channel,
    build_feed,
    load_items,
    read_listing,
)
from feedsvc.site.loader import ItemLoader
from feedsvc.site.maps import Sitemaps, make_recipe
from feedsvc.site.terms import list_periods, list_terms, parse_subscription
from feedsvc.urls import (
    FEED_ALIASES,
    TERM_FOLDERS,
    Route,
    is_dated,
    join_url,
    make_listing_path,
    make_permalink_path,
)

FEED_RENDERERS: Mapping[str, Callable[..., bytes]] = {
    "rss": feeds.render_rss,
    "atom": feeds.render_atom,
    "json": feeds.render_json,
}
RESCAN_WAIT_SECONDS = 1.0  # seconds for the index to notice a file that has just changed
WRITER_TAKEOVER_SECONDS = (
    5.0  # the same where there are no last bytes and another writer has to begin first
)


class DocumentNotFound(Exception):  # noqa: N818 - an answer, not an error
    """Nothing is at this address (404), or it was withdrawn (410)."""

    def __init__(self, status: int, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.remedy = remedy


class MovedPermanently(Exception):  # noqa: N818 - an answer, not an error
    """What was here has another address for good (301)."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


class Publisher:
    """Finds documents for addresses below the site's URL; *clock* tells the seconds since 1970."""

    def __init__(
        self, settings: Settings, index: IndexClient, clock: Callable[[], float] = time.time
    ) -> None:
        self.settings = settings
        self.index = index
        self.clock = clock
        self.document_cache = DocumentCache()
        self.loader = ItemLoader(settings, index)
        self.sitemaps = Sitemaps(settings, index, clock, self.loader)

    def find(self, path: str, query: Mapping[str, Sequence[str]]) -> Document:
        """The document at *path* (without leading slash); raises Missing, Moved, ListingError, IndexNotReadyError."""
        listed = self.sitemaps.find(path)
        if listed is not None:
            return self._get_current(path, lambda: _require_recipe(listed()))
        if path == Route.SUBSCRIBE:
            narrowed = parse_subscription(query, self.settings)
            return self._get_current(
                pages.make_subscribe_path(narrowed), lambda: self._build_subscribe_recipe(narrowed)
            )
        limits = self.settings.feeds
        parsed = parse_listing(
            FEED_ALIASES.get(path, path).split("/"),
            query,
            limit=limits.limit,
            content=limits.content,
        )
        if parsed is not None:
            listing, kind = parsed
            return self._get_current(
                listing.make_path(kind), lambda: self._build_listing_recipe(listing, kind)
            )
        if path.strip("/") in TERM_FOLDERS:
            if not path.endswith("/"):
                raise MovedPermanently(self.settings.site.url + path + "/")
            return self._get_current(path, lambda: self._build_terms_recipe(path.strip("/")))
        place = make_permalink_path(path)
        return self._get_current(place, lambda: self._build_entry_recipe(place))

    def _get_current(self, key: str, make: Callable[[], Recipe]) -> Document:
        """The document of *key*; a file that changed under the index is waited for; in vain, the last bytes stay."""
        started = time.monotonic()
        while True:
            token = self.index.refresh()
            try:
                return self.document_cache.get(key, token, self.clock(), make)
            except EntryChangedError:
                waited, last = time.monotonic() - started, self.document_cache.known.get(key)
                if waited > WRITER_TAKEOVER_SECONDS or (
                    waited > RESCAN_WAIT_SECONDS and (last is not None or self.index.is_current())
                ):
                    if last is None:
                        raise
                    last.token = token
                    return last
                time.sleep(0.02)

    # -- listings --------------------------------------------------------------------

    def _build_listing_recipe(self, listing: Listing, kind: str) -> Recipe:
        with self.index.open_snapshot(int(self.clock())) as query:
            outline = read_listing(query, listing, self.settings, linked=kind == "html")
            if outline is None:
                raise _make_not_found()
            about = describe_listing(listing, query.select_spellings(listing))
            periods = (
                list_periods(query, listing, self.settings.site.url) if kind == "html" else ((), ())
            )
        fingerprint = outline.make_fingerprint(kind, self.settings) + repr(periods).encode()
        return Recipe(
            media_type=pages.HTML_MEDIA_TYPE if kind == "html" else feeds.MEDIA_TYPES[kind],
            fingerprint=fingerprint,
            render=lambda: (
                self._render_listing_page(outline, about, periods)
                if kind == "html"
                else self._render_feed(outline, kind)
            ),
            max_age=FINISHED_MAX_AGE_SECONDS if outline.finished else self.settings.feeds.max_age,
            until=outline.until,
            headers=self._make_link_headers(listing, kind),
        )

    def _render_feed(self, outline: Outline, kind: str) -> Rendering:
        feed = build_feed(outline, load_items(outline, self.loader), self.settings)
        return Rendering(FEED_RENDERERS[kind](feed), outline.modified)

    def _render_listing_page(
        self, outline: Outline, about: str, periods: Sequence[tuple[pages.Term, ...]]
    ) -> Rendering:
        listing, url = outline.listing, self.settings.site.url
        items = load_items(outline, self.loader)
        more = outline.previous is not None and outline.rows
        older = replace(listing, before=outline.rows[-1].key) if more else None
        page = pages.ListingPage(
            channel=build_channel(
                replace(listing, before=0), outline.title, self.settings, outline.language
            ),
            title=outline.title,
            canonical=url + listing.make_path(),
            robots="noindex" if replace(listing, before=0).make_query() else "",
            items=items,
            listing=listing,
            about=about,
            words=listing.words,
            older=url + older.make_path() if older else "",
            newest=url + replace(listing, before=0).make_path() if listing.before else "",
            years=periods[0],
            months=periods[1],
        )
        return Rendering(pages.render_page(page, self.settings), outline.modified)

    def _make_link_headers(self, listing: Listing, kind: str) -> tuple[tuple[str, str], ...]:
        """`Link` headers of a feed: itself, its other forms, its hubs (RFC 8288; WebSub, section 4)."""
        url = self.settings.site.url
        if kind == "html":
            others = [(form, "alternate") for form in FEED_RENDERERS]
        else:
            others = [(form, "self" if form == kind else "alternate") for form in FEED_RENDERERS]
        links = [
            f'<{url}{listing.make_path(form)}>; rel="{rel}"; type="{feeds.MEDIA_TYPES[form].partition(";")[0]}"'
            for form, rel in others
        ]
        if kind != "html":
            links += [f'<{url}{listing.make_path()}>; rel="alternate"; type="text/html"']
            links += [f'<{hub}>; rel="hub"' for hub in self.settings.feeds.hubs]
        return (("Link", ", ".join(links)),)

    # -- one entry -------------------------------------------------------------------

    def _build_entry_recipe(self, place: str) -> Recipe:
        with self.index.open_snapshot(int(self.clock())) as query:
            found = query.select_by_permalink(place)
            if found is None:
                self._redirect(query, place)
                raise DocumentNotFound(
                    404,
                    "There is no page at this address.",
                    "It may have moved, or never been here.",
                )
            if found.key is not None and not query.is_public(found.key):
                raise DocumentNotFound(404, "There is no page at this address now.")
            beside = (
                query.select_adjacent_entries(found.key) if found.key is not None else (None, None)
            )
            shown = query.select_entry(found.key) if found.key is not None else None
            stories = query.select_translations([shown]) if shown is not None else {}
            until = query.select_next_change()
        if found.state == "retracted":
            raise self._make_gone(found)
        facts = (
            __version__,
            self.settings,
            found,
            [row and (row.key, row.hash) for row in beside],
            stories,
        )
        return Recipe(
            media_type=pages.HTML_MEDIA_TYPE,
            fingerprint=hashlib.blake2b(
                repr(facts).encode("utf-8", "surrogatepass"), digest_size=16
            ).digest(),
            render=lambda: self._render_entry_page(found, beside, next(iter(stories.values()), [])),
            max_age=self.settings.feeds.max_age,
            until=until,
        )

    def _redirect(self, query: Queries, place: str) -> None:
        """Raises Moved where *place* is an old, slashless or re-dated address of an entry."""
        slashed = place if place.endswith("/") else place + "/"
        other = query.select_by_permalink(slashed) or query.select_by_permalink(place.rstrip("/"))
        target = (
            other.place
            if other is not None
            else query.resolve_alias(place) or query.resolve_alias(slashed)
        )
        if target is None and is_dated(place):
            target = query.resolve_slug(place.rstrip("/").rpartition("/")[2])
        if target is not None and target != place:
            raise MovedPermanently(join_url(self.settings.site.url, target))

    def _make_gone(self, found: FileRow) -> DocumentNotFound:
        try:
            entry, _ = self.loader.load(found)
        except EntryChangedError:
            return DocumentNotFound(410, "This entry was withdrawn.")
        when = f" on {entry.retracted.when.date()}" if entry.retracted is not None else ""
        return DocumentNotFound(410, f"“{entry.title}” was withdrawn{when}.", entry.reason)

    def _render_entry_page(
        self,
        found: FileRow,
        beside: tuple[EntryRow | None, EntryRow | None],
        translations: list[tuple[str, str]],
    ) -> Rendering:
        entry, content = self.loader.load(found)
        url = self.settings.site.url
        others = tuple(
            (lang, join_url(url, place))
            for lang, place in translations
            if place != entry.permalink_path
        )
        older, newer = (self._make_neighbor(row) for row in beside)
        page = pages.EntryPage(
            channel=build_channel(Listing(), self.settings.site.title, self.settings),
            title=entry.title,
            canonical=entry.url,
            robots="noindex" if found.state == "unlisted" else "",
            item=Item(entry=entry, content=content, translations=others),
            older=older,
            newer=newer,
        )
        return Rendering(pages.render_page(page, self.settings), entry.changed.seconds)

    def _make_neighbor(self, row: EntryRow | None) -> pages.Neighbor | None:
        if row is None:
            return None
        entry, _ = self.loader.load(row)
        return pages.Neighbor(title=entry.title, url=entry.url)

    # -- lists -----------------------------------------------------------------------

    def _build_terms_recipe(self, folder: str) -> Recipe:
        with self.index.open_snapshot(int(self.clock())) as query:
            names = list_terms(query, folder, self.settings.site.url)
            modified, until = query.select_last_change(), query.select_next_change()
        title = f"{folder.capitalize()}: {self.settings.site.title}"

        def render() -> Rendering:
            page = pages.TermsPage(
                channel=build_channel(Listing(), self.settings.site.title, self.settings),
                title=title,
                canonical=join_url(self.settings.site.url, make_listing_path(folder=folder)),
                kind=TERM_FOLDERS[folder],
                names=names,
            )
            return Rendering(pages.render_page(page, self.settings), modified)

        return make_recipe(
            self.settings, pages.HTML_MEDIA_TYPE, (folder, names, modified), render, until
        )

    def _build_subscribe_recipe(self, listing: Listing) -> Recipe:
        url = self.settings.site.url
        with self.index.open_snapshot(int(self.clock())) as query:
            names = {kind: list_terms(query, folder, url) for folder, kind in TERM_FOLDERS.items()}
            about = describe_listing(listing, query.select_spellings(listing))
            count = query.count_entries(listing, MAX_DOCUMENT_ENTRIES)
            modified, until = query.select_last_change(), query.select_next_change()
        title = f"{self.settings.site.title}: {about}" if about else self.settings.site.title

        def render() -> Rendering:
            page = pages.SubscribePage(
                channel=build_channel(listing, title, self.settings),
                title=f"Subscribe: {title}",
                canonical=url + pages.make_subscribe_path(listing),
                robots="noindex" if about else "",
                names=names,
                listing=listing,
                about=about,
                count=count,
            )
            return Rendering(pages.render_page(page, self.settings), modified)

        return make_recipe(
            self.settings,
            pages.HTML_MEDIA_TYPE,
            (names, listing, about, count, modified),
            render,
            until,
        )


def _require_recipe(recipe: Recipe | None) -> Recipe:
    if recipe is None:
        raise _make_not_found()
    return recipe


def _make_not_found() -> DocumentNotFound:
    return DocumentNotFound(
        404,
        "Nothing is listed under this name.",
        "It may be spelt otherwise, or not used any more.",
    )
