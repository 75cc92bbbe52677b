"""A listing and what the index says of it become a `Feed`: items, history links, tombstones, validity."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from feedsvc import __version__
from feedsvc.index.conditions import EntryRow
from feedsvc.index.queries import Queries, TombstoneRow
from feedsvc.index.schema import KEY_HASH_BITS
from feedsvc.listing import (
    MAX_DOCUMENT_ENTRIES,
    Listing,
    describe_listing,
    make_period,
    parse_time_range,
)
from feedsvc.model import Author, Channel, Feed, Item, Moment, Tombstone
from feedsvc.settings import Settings
from feedsvc.site.loader import ItemLoader
from feedsvc.urls import FEED_FILES, join_url, make_static_path

MAX_TOMBSTONES = 30
MAX_COUNTED_ENTRIES = 10_000_000  # entries of one period
FINISHED_MAX_AGE_SECONDS = 86_400  # seconds that an archive of a finished period may be cached: a retraction must get through


class Outline(Struct, frozen=True, kw_only=True):
    """Everything of one feed document that the index knows, from one consistent state of it."""

    listing: Listing
    rows: tuple[EntryRow, ...]
    gone: tuple[TombstoneRow, ...]
    title: str
    language: str
    translations: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]  # (story, (language, place)…)
    previous: Listing | None
    next: Listing | None
    last_expiry: int  # seconds; 0 for none
    until: int | None
    finished: bool

    def make_fingerprint(self, kind: str, settings: Settings) -> bytes:
        """What the document depends on, digested; equal digests have equal bytes."""
        facts = (
            __version__, kind, settings, self.listing, self.title, self.language, self.gone, self.previous, self.next,
            self.last_expiry, [(row.key, row.path, row.hash) for row in self.rows], self.translations,
        )  # fmt: skip
        return hashlib.blake2b(
            repr(facts).encode("utf-8", "surrogatepass"), digest_size=16
        ).digest()

    @property
    def modified(self) -> int | None:
        """The latest second that the entries tell of: published, updated, retracted, expired."""
        seconds = [row.changed for row in self.rows]
        seconds += [int(datetime.fromisoformat(one.moment).timestamp()) for one in self.gone]
        latest = max([*seconds, self.last_expiry])
        return latest or None


def read_listing(
    query: Queries, listing: Listing, settings: Settings, *, linked: bool = False
) -> Outline | None:
    """Asks the index for all that *listing*'s document needs; None where a path names nothing known.

    *linked* asks for translations too: pages link them, feeds do not.
    """
    if not query.is_known(listing):
        return None
    cut = settings.feeds.archive
    previous: Listing | None
    following: Listing | None = None
    if listing.period:
        rows, parts = _select_archive_part(query, listing)
        if not rows:
            return None
        previous, following = _select_adjacent_archives(query, listing, parts, cut)
    else:
        rows = query.select_entries(listing, listing.limit or settings.feeds.limit)
        missing = query.select_newest_omitted(listing, [row.key for row in rows], len(rows))
        previous = _resolve_archive(query, listing, missing, cut) if missing else None
    stories = query.select_translations(rows) if linked else {}
    finished = bool(listing.period) and parse_time_range(listing.period, query.zone)[1] <= query.now
    spellings = query.select_spellings(listing)
    return Outline(
        listing=listing,
        rows=tuple(rows),
        gone=() if listing.period else tuple(query.select_tombstones(listing, MAX_TOMBSTONES)),
        title=_make_title(settings, describe_listing(listing, spellings)),
        language=_resolve_language(listing, spellings) or settings.site.language,
        translations=tuple(sorted((story, tuple(members)) for story, members in stories.items())),
        previous=previous,
        next=following,
        last_expiry=query.select_last_expiry(listing),
        until=query.select_next_change(),
        finished=finished,
    )


def _make_title(settings: Settings, about: str) -> str:
    return f"{settings.site.title}: {about}" if about else settings.site.title


def _resolve_language(listing: Listing, spellings: Mapping[tuple[str, str], str]) -> str:
    """The one language of all entries of *listing*, "" where it may be any."""
    languages = {slugs for kind, slugs in listing.names if kind == "language"}
    slug = (
        next(iter(languages))[0] if len(languages) == 1 and len(next(iter(languages))) == 1 else ""
    )
    return spellings.get(("language", slug), "")


def _select_archive_part(query: Queries, listing: Listing) -> tuple[list[EntryRow], int]:
    """The entries of one part of an archive, newest first, and the number of a part that has any after it."""
    # counted from the oldest, so that an addition touches only the newest part
    rows = query.select_entries(
        listing,
        MAX_DOCUMENT_ENTRIES + 1,
        above=_make_floor_key(query, listing),
        skip=MAX_DOCUMENT_ENTRIES * (listing.part - 1),
    )
    return rows[:MAX_DOCUMENT_ENTRIES][::-1], listing.part + (len(rows) > MAX_DOCUMENT_ENTRIES)


def _make_floor_key(query: Queries, listing: Listing) -> int:
    """The key below the oldest that the listing's period can hold."""
    return (parse_time_range(listing.period, query.zone)[0] << KEY_HASH_BITS) - 1


def _select_adjacent_archives(
    query: Queries, listing: Listing, parts: int, cut: str
) -> tuple[Listing | None, Listing | None]:
    """The archive documents before and after one: older and newer."""
    older, newer = query.select_adjacent_periods(listing, cut)
    previous = following = None
    if listing.part > 1:
        previous = replace(listing, part=listing.part - 1)
    elif older:
        whole = replace(listing, period=older, part=1)
        count = query.count_entries(whole, MAX_COUNTED_ENTRIES, above=_make_floor_key(query, whole))
        previous = replace(whole, part=max(1, -(-count // MAX_DOCUMENT_ENTRIES)))
    if parts > listing.part:
        following = replace(listing, part=listing.part + 1)
    elif newer:
        following = replace(listing, period=newer, part=1)
    return previous, following


def _resolve_archive(query: Queries, listing: Listing, row: EntryRow, cut: str) -> Listing:
    """The archive document that holds *row*."""
    whole = replace(
        listing.archived_listing, period=make_period(row.key >> KEY_HASH_BITS, cut, query.zone)
    )
    older = query.count_entries(
        replace(whole, before=row.key), MAX_COUNTED_ENTRIES, above=_make_floor_key(query, whole)
    )
    return replace(whole, part=older // MAX_DOCUMENT_ENTRIES + 1)


def build_channel(listing: Listing, title: str, settings: Settings, language: str = "") -> Channel:
    """What *listing* says of itself; the same for its subscription and archive documents."""
    site, whole = settings.site, replace(listing, period="", part=1)
    return Channel(
        id=f"tag:{site.id_authority}:/{whole.archived_listing.make_path()}",
        title=title,
        home=site.url + whole.make_path(),
        site=site.url,
        urls=tuple((kind, site.url + whole.make_path(kind)) for kind in FEED_FILES),
        description=site.description or site.title,
        language=language or site.language,
        author=Author(name=site.author or site.title),
        rights=site.rights,
        image=site.image
        if "://" in site.image or not site.image
        else join_url(site.url, site.image),
        ttl=max(1, settings.feeds.max_age // 60),
        hubs=settings.feeds.hubs,
        stylesheet=join_url(site.url, make_static_path("feed.css")),
    )


def load_items(outline: Outline, loader: ItemLoader) -> tuple[Item, ...]:
    """The outline's entries, read and rendered."""
    stories = dict(outline.translations)
    url = loader.settings.site.url
    items = []
    loaded = loader.load_entries(outline.rows)
    for row, (entry, content) in zip(outline.rows, loaded, strict=True):
        others = tuple(
            (language, join_url(url, place))
            for language, place in stories.get(row.story, ())
            if place != entry.permalink_path
        )
        items.append(Item(entry=entry, content=content, translations=others))
    return tuple(items)


def build_feed(outline: Outline, items: tuple[Item, ...], settings: Settings) -> Feed:
    """The feed document, before it has a format."""
    listing, url = outline.listing, settings.site.url
    content = listing.content or settings.feeds.content

    def address(where: Listing | None) -> tuple[tuple[str, str], ...]:
        return (
            tuple((kind, url + where.make_path(kind)) for kind in FEED_FILES)
            if where is not None
            else ()
        )

    zone = settings.site.zone
    modified = outline.modified
    return Feed(
        channel=build_channel(listing, outline.title, settings, outline.language),
        items=items,
        tombstones=tuple(
            Tombstone(id=one.id, url=one.url, when=_parse_moment(one.moment), reason=one.reason)
            for one in outline.gone
        ),
        updated=None
        if modified is None
        else Moment(when=datetime.fromtimestamp(modified, zone), precision="second"),
        full=content == "full",
        archive=bool(listing.period),
        self_urls=address(listing),
        current=address(replace(listing, period="", part=1)) if listing.period else (),
        previous=address(outline.previous),
        next=address(outline.next),
    )


def _parse_moment(words: str) -> Moment:
    return Moment(when=datetime.fromisoformat(words), precision="second")
