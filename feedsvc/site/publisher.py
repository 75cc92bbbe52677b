"""Turn an address into a document: the one place that dispatches between kinds of pages."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from feedsvc import __version__, pages
from feedsvc.errors import EntryChangedError, IndexNotReadyError
from feedsvc.index import IndexClient
from feedsvc.listing import Listing, Query, parse_listing, parse_slashless_listing
from feedsvc.settings import Settings
from feedsvc.site.channels import build_channel
from feedsvc.site.documents import CachedDocument, Document, DocumentCache, render_document
from feedsvc.site.entries import make_entry_recipe
from feedsvc.site.exceptions import DocumentMoved, DocumentNotFound
from feedsvc.site.listings import make_listing_recipe
from feedsvc.site.loader import EntryLoader
from feedsvc.site.maps import resolve_map
from feedsvc.site.partners import (
    PartnerAddress,
    load_partners,
    make_partner_recipe,
    resolve_partner,
)
from feedsvc.site.podcasts import read_podcasts
from feedsvc.site.recipes import MakeRecipe, Recipe, RecipeContext, make_fingerprint
from feedsvc.site.root_files import RootFiles
from feedsvc.site.terms import make_subscribe_recipe, make_terms_recipe, parse_subscription
from feedsvc.urls import FEED_ALIASES, TERM_FOLDERS, Route, join_url, make_permalink_path
from feedsvc.words import make_message

RESCAN_WAIT_SECONDS = 1.0  # for the index to notice a file that has just changed
# The same where there are no last bytes and another writer has to begin first.
WRITER_TAKEOVER_SECONDS = 5.0
LAST_BYTES_SECONDS = 10.0  # how long they replace a document that lacks an unreadable text


class Publisher:
    """The documents of one site; *clock* returns the seconds since 1970."""

    def __init__(
        self, settings: Settings, index: IndexClient, clock: Callable[[], float] = time.time
    ) -> None:
        self.settings = settings
        self.index = index
        self.clock = clock
        self.document_cache = DocumentCache(get_token_time=index.get_token_time)
        self.loader = EntryLoader(settings)
        self.root_files = RootFiles(settings)
        self.partners = load_partners(settings)
        read_podcasts(settings)  # a wrong podcast stops the start
        self.fingerprint = make_fingerprint(__version__, settings)
        self.channel = build_channel(settings)

    def get_document(self, path: str, query: Query) -> CachedDocument:
        """Return the document at *path*, which is decoded and has no slash first.

        Raises DocumentNotFound, DocumentGone, DocumentMoved, ListingError, IndexNotReadyError,
        and EntryChangedError where the index does not have enough of the one entry that a page is
        about, and its file cannot be read.
        """
        return self._get_document(*self._resolve(path, query))

    def get_partner_document(self, address: PartnerAddress) -> CachedDocument:
        """Return a partner's document; access was checked. Raises as `get_document`."""
        # two documents: one has absolute links, the other relative links
        key = address.path + (" by key" if address.has_key else "")
        return self._get_document(key, self._bind_partner(address))

    def _get_document(self, key: str, make_recipe: MakeRecipe) -> CachedDocument:
        started = time.monotonic()
        accepts_unread = False
        while True:
            token = self.index.refresh()
            make = partial(self._make_recipe, make_recipe, accepts_unread=accepts_unread)
            try:
                return self.document_cache.get(key, token, self.clock(), make)
            except IndexNotReadyError:
                last = self.document_cache.documents.get(key)
                if last is not None and last.is_servable(last.token, self.clock()):
                    return last
                # a damaged index was removed: wait for the next one
                if time.monotonic() - started > RESCAN_WAIT_SECONDS:
                    raise
                time.sleep(0.02)
            except EntryChangedError:
                if accepts_unread:
                    raise
                last = self.document_cache.documents.get(key)
                if self._is_rescan_expected(time.monotonic() - started, last):
                    time.sleep(0.02)
                elif last is not None and self._extend_last_bytes(last):
                    return last
                else:
                    accepts_unread = True

    def render_changed(self, path: str, fingerprint: bytes) -> Document | None:
        """Return the document at *path*, None where it still has *fingerprint*.

        For who keeps documents elsewhere: none is cached here, and no file is waited for. Raises
        what `get_document` does.
        """
        _, make = self._resolve(path, {})
        recipe = self._make_recipe(make, accepts_unread=False)
        if recipe.fingerprint == fingerprint:
            return None
        try:
            return render_document(recipe, self.clock())
        except EntryChangedError:
            return render_document(self._make_recipe(make, accepts_unread=True), self.clock())

    def _is_rescan_expected(self, waited: float, last: CachedDocument | None) -> bool:
        """Return whether the index may still notice a change of a file, after *waited* seconds."""
        if self.index.is_holding():
            return False
        is_short = last is not None or self.index.is_current()
        return waited < (RESCAN_WAIT_SECONDS if is_short else WRITER_TAKEOVER_SECONDS)

    def _extend_last_bytes(self, last: CachedDocument) -> bool:
        """Return whether *last*, not renewable because of an unreadable file, may still be sent."""
        now = time.monotonic()
        if last.unread_since is None:
            last.unread_since = now
        if self.index.is_holding() or now - last.unread_since > LAST_BYTES_SECONDS:
            return False
        last.stale_until = now + RESCAN_WAIT_SECONDS
        return True

    def _make_recipe(self, make: MakeRecipe, *, accepts_unread: bool) -> Recipe:
        return make(self.make_context(accepts_unread=accepts_unread))

    def make_context(self, *, accepts_unread: bool = False) -> RecipeContext:
        """Return the inputs of recipes at this moment."""
        return RecipeContext(
            settings=self.settings,
            fingerprint=self.fingerprint,
            channel=self.channel,
            index=self.index,
            loader=self.loader,
            now=int(self.clock()),
            accepts_unread=accepts_unread,
        )

    def _resolve(self, path: str, query: Query) -> tuple[str, MakeRecipe]:
        """Return the canonical spelling of an address, and the function that makes its recipe."""
        key = make_permalink_path(path)
        path = path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        make_map_recipe = resolve_map(path)
        if make_map_recipe is not None:
            return path, make_map_recipe
        if path.startswith(f"{Route.PARTNERS}/"):
            return self._resolve_partner(path, query)
        if path == Route.SUBSCRIBE:
            listing = parse_subscription(query, self.settings)
            return pages.make_subscribe_path(listing), partial(
                make_subscribe_recipe, listing=listing
            )
        feeds = self.settings.feeds
        segments = FEED_ALIASES.get(path, path).split("/")
        parsed = parse_listing(
            segments,
            query,
            limit=feeds.limit,
            content=feeds.content,
            has_archive_pages=self.settings.site.static,
        )
        if parsed is not None:
            listing, format_ = parsed
            return listing.make_path(format_), partial(
                make_listing_recipe, listing=listing, format_=format_
            )
        folder = path.strip("/")
        if folder in TERM_FOLDERS or folder == Route.SUBSCRIBE:
            if path == folder or folder == Route.SUBSCRIBE:
                slash = "/" if folder in TERM_FOLDERS else ""
                raise DocumentMoved(join_url(self.settings.site.url, folder + slash))
            return path, partial(make_terms_recipe, folder=folder)
        if (slashless := parse_slashless_listing(path)) is not None:
            return key, partial(make_slashless_recipe, path=key, listing=slashless)
        return key, partial(make_entry_recipe, path=key)

    def _resolve_partner(self, path: str, query: Query) -> tuple[str, MakeRecipe]:
        """Return the document of a partner whose feed needs no key; raise DocumentNotFound.

        For those with a key only `get_partner_document` is, once the key has been checked.
        """
        found = resolve_partner(path, query, self.partners)
        if found is None or found.key or self.partners[found.address.name].is_private:
            raise DocumentNotFound(make_message("There is no feed at this address."))
        return found.address.path, self._bind_partner(found.address)

    def _bind_partner(self, address: PartnerAddress) -> MakeRecipe:
        selection = self.partners[address.name]
        return partial(make_partner_recipe, address=address, selection=selection)


def make_slashless_recipe(context: RecipeContext, path: str, listing: Listing) -> Recipe:
    """Return the recipe of an entry at *path*, which is that of *listing* but for its last slash.

    Raises DocumentMoved to the listing where there is no entry, ListingNotFound without both.
    """
    try:
        return make_entry_recipe(context, path)
    except DocumentNotFound:
        make_listing_recipe(context, listing, "html")
        raise DocumentMoved(join_url(context.url, listing.make_path())) from None
