"""An address becomes a document: the one place that dispatches between the families of pages."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from feedsvc import __version__, pages
from feedsvc.errors import EntryChangedError
from feedsvc.index import IndexClient
from feedsvc.listing import Listing, parse_listing, parse_slashless_listing
from feedsvc.settings import Settings
from feedsvc.site.documents import CachedDocument, DocumentCache
from feedsvc.site.entries import make_entry_recipe
from feedsvc.site.exceptions import DocumentMoved, DocumentNotFound
from feedsvc.site.listings import make_listing_recipe
from feedsvc.site.loader import EntryLoader
from feedsvc.site.maps import resolve_map
from feedsvc.site.recipes import Recipe, RecipeContext, make_fingerprint
from feedsvc.site.terms import make_subscribe_recipe, make_terms_recipe, parse_subscription
from feedsvc.urls import FEED_ALIASES, TERM_FOLDERS, Route, join_url, make_permalink_path

RESCAN_WAIT_SECONDS = 1.0  # for the index to notice a file that has just changed
# The same where there are no last bytes and another writer has to begin first.
WRITER_TAKEOVER_SECONDS = 5.0


class Publisher:
    """The documents of one site; *clock* returns the seconds since 1970."""

    def __init__(
        self, settings: Settings, index: IndexClient, clock: Callable[[], float] = time.time
    ) -> None:
        self.settings = settings
        self.index = index
        self.clock = clock
        self.document_cache = DocumentCache()
        self.loader = EntryLoader(settings)
        self.fingerprint = make_fingerprint(__version__, settings)

    def get_document(self, path: str, query: Mapping[str, Sequence[str]]) -> CachedDocument:
        """Return the document at *path*, which is decoded and has no slash first.

        Raises DocumentNotFound, DocumentGone, DocumentMoved, ListingError, IndexNotReadyError,
        and EntryChangedError where a file's change is waited for in vain and there are no
        last bytes.
        """
        key, make_recipe = self._resolve(path, query)
        started = time.monotonic()
        while True:
            token = self.index.refresh()
            try:
                return self.document_cache.get(
                    key, token, self.clock(), lambda: make_recipe(self.make_context())
                )
            except EntryChangedError:
                waited = time.monotonic() - started
                last = self.document_cache.documents.get(key)
                if waited > WRITER_TAKEOVER_SECONDS or (
                    waited > RESCAN_WAIT_SECONDS and (last is not None or self.index.is_current())
                ):
                    if last is None:
                        raise
                    last.token = token
                    return last
                time.sleep(0.02)

    def make_context(self) -> RecipeContext:
        """Return what recipes are made from at this moment."""
        return RecipeContext(
            settings=self.settings,
            fingerprint=self.fingerprint,
            index=self.index,
            loader=self.loader,
            now=int(self.clock()),
        )

    def _resolve(
        self, path: str, query: Mapping[str, Sequence[str]]
    ) -> tuple[str, Callable[[RecipeContext], Recipe]]:
        """Return the canonical spelling of an address, and what makes its recipe."""
        make_map_recipe = resolve_map(path)
        if make_map_recipe is not None:
            return path, make_map_recipe
        if path == Route.SUBSCRIBE:
            listing = parse_subscription(query, self.settings)
            key = pages.make_subscribe_path(listing)
            return key, partial(make_subscribe_recipe, listing=listing)
        feeds = self.settings.feeds
        segments = FEED_ALIASES.get(path, path).split("/")
        parsed = parse_listing(segments, query, limit=feeds.limit, content=feeds.content)
        if parsed is not None:
            listing, format_ = parsed
            key = listing.make_path(format_)
            return key, partial(make_listing_recipe, listing=listing, format_=format_)
        folder = path.strip("/")
        if folder in TERM_FOLDERS or folder == Route.SUBSCRIBE:
            if path == folder or folder == Route.SUBSCRIBE:
                slash = "/" if folder in TERM_FOLDERS else ""
                raise DocumentMoved(join_url(self.settings.site.url, folder + slash))
            return path, partial(make_terms_recipe, folder=folder)
        key = make_permalink_path(path)
        if (slashless := parse_slashless_listing(path)) is not None:
            return key, partial(make_slashless_recipe, path=key, listing=slashless)
        return key, partial(make_entry_recipe, path=key)


def make_slashless_recipe(context: RecipeContext, path: str, listing: Listing) -> Recipe:
    """Return the recipe of an entry at *path*, which is that of *listing* but for its last slash.

    Raises DocumentMoved to the listing where there is no entry, ListingNotFound without both.
    """
    try:
        return make_entry_recipe(context, path)
    except DocumentNotFound:
        make_listing_recipe(context, listing, "html")
        raise DocumentMoved(join_url(context.url, listing.make_path())) from None
