"""A listing's or an entry's part of the index: all that its document needs, from one snapshot.

Comes in: a `Listing` or a permalink path, and the second that decides what is public.
Goes out: an `Outline` or an `EntryOutline`. Reads no file, and depends on no format.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import TypeAlias
from urllib.parse import unquote

from msgspec import Struct
from msgspec.structs import replace

from feedsvc.content.search_words import list_matches, list_phrases
from feedsvc.index.queries import (
    ChangePage,
    EntryRow,
    FileRow,
    Queries,
    TombstoneRow,
    has_departures,
    select_changes,
)
from feedsvc.index.schema import KEY_HASH_BITS, NEVER, get_meta
from feedsvc.listing import (
    MAX_DOCUMENT_ENTRIES,
    Listing,
    make_period,
    parse_time_range,
)
from feedsvc.settings import Feeds
from feedsvc.urls import is_dated, make_lossy_path

MAX_TOMBSTONES = 30
# A client asks again for changes up to so long before the last one that it knows: nodes notice
# changes at different times, and caches may answer with an older page
OVERLAP_SECONDS = 600
DAY_SECONDS = 86_400
MAX_COUNTED_ENTRIES = 10_000_000  # entries of one period
LinkAddress: TypeAlias = tuple[str, str]  # reference, and address of `select_links`
LinkAddresses: TypeAlias = Mapping[str, tuple[LinkAddress, ...]]  # by the entries' paths
Translation: TypeAlias = tuple[str, str]  # language and permalink path


class EntryKey(Struct, frozen=True):
    """What a rendered text depends on: the file's path and hash, and the targets of its links."""

    path: str
    hash: bytes
    links: tuple[LinkAddress, ...] = ()


class Progress(Struct, frozen=True, kw_only=True):
    """How a client that keeps a copy of a listing continues; times in seconds.

    It requests next the changes since *next_since*, which only the first page has, and starts over
    if it would need changes from before *known_since*.
    """

    next_page: Listing | None
    next_since: int | None
    known_since: int
    newest: int | None  # the last change on this page


class Outline(Struct, frozen=True, kw_only=True):
    """What the index knows of one listing's document."""

    listing: Listing
    spellings: Mapping[tuple[str, str], str]  # names of the listing's terms, by kind and slug
    language: str  # of all its entries; "" if it may be any
    rows: tuple[EntryRow, ...]
    links: LinkAddresses  # of the *rows* that link to entries, by path
    packed_entries: Mapping[str, bytes]  # by path, of *rows* that the caller has not loaded
    retractions: tuple[TombstoneRow, ...]  # with tracked changes: all that left the listing
    notices: tuple[TombstoneRow, ...]  # those *retractions* that RSS still shows
    progress: Progress | None  # only with tracked changes
    translation_groups: Mapping[str, tuple[Translation, ...]]
    previous_archive: Listing | None
    next_archive: Listing | None
    last_expiry: int  # seconds; 0 for none
    next_change: int | None  # the second at which an entry becomes public or expires
    is_finished: bool  # an archive of a period that is over
    month_counts: Mapping[str, int]  # entries by month, for pages with links to the calendar
    count: int | None  # results of a page's search, as far as they are counted

    @property
    def facts(self) -> tuple[Outline, list[tuple[int, str, bytes]]]:
        """All that goes into a document's fingerprint: for entries, their hashes."""
        bare = replace(self, rows=(), packed_entries={}, next_change=None)
        return bare, [(row.key, row.path, row.hash) for row in self.rows]

    @property
    def next_page(self) -> Listing | None:
        """The page that continues this one, if changes are tracked."""
        return self.progress.next_page if self.progress is not None else None

    @property
    def modified(self) -> int | None:
        """The latest second in the entries: published, updated, retracted, expired.

        If changes are tracked, that of the last change on the page.
        """
        if self.progress is not None:
            return self.progress.newest
        seconds = [row.changed for row in self.rows]
        seconds += [one.retracted_seconds for one in self.retractions]
        return max([*seconds, *filter(None, [self.last_expiry])], default=None)


class EntryOutline(Struct, frozen=True, kw_only=True):
    """What the index knows of one entry's page."""

    file: FileRow
    older: EntryRow | None
    newer: EntryRow | None
    translations: tuple[Translation, ...]  # with the entry's own; () if it has none
    links: LinkAddresses  # of the entry and the two beside it, by path
    packed_entries: Mapping[str, bytes]
    next_change: int | None

    @property
    def rows(self) -> list[EntryRow | FileRow]:
        """The rows of the entry and of those beside it."""
        return list(filter(None, (self.file, self.older, self.newer)))


class Redirect(Struct, frozen=True, kw_only=True):
    """An old, slashless or re-dated address; *target* is the permalink path of its entry."""

    target: str


def read_listing(
    queries: Queries,
    listing: Listing,
    feeds: Feeds,
    *,
    for_page: bool = False,
    loaded: Container[EntryKey] = (),
    part_size: int = MAX_DOCUMENT_ENTRIES,
) -> Outline | None:
    """Return the outline of *listing*, None if its path names nothing known.

    *for_page* adds what only pages show: translations, the calendar, and whether there are older
    entries if `feeds.archives_of` gives the listing no archives. *loaded* are entries whose packed
    form is not needed; *part_size* bounds an archive document.
    """
    has_archives = for_page or listing.archived_kind in feeds.archives_of
    is_known = queries.is_known(listing) or (
        listing.tracks_changes and has_departures(queries, Listing(folder=listing.folder))
    )
    if not is_known or (listing.period and not has_archives):
        return None
    previous = following = None
    changes: ChangePage | None = None
    if listing.tracks_changes:
        changes = select_changes(queries, listing, listing.limit or feeds.limit)
        rows = list(changes.rows)
    elif listing.period:
        rows = _select_archive_part(queries, listing, part_size)
        if not rows:
            return None
        has_more = len(rows) > part_size
        rows = rows[:part_size][::-1]
        previous, following = _select_adjacent_archives(
            queries, listing, feeds.archive, part_size, has_more=has_more
        )
    else:
        rows = queries.select_entries(listing, listing.limit or feeds.limit)
        if has_archives:
            previous = _select_first_archive(queries, listing, rows, feeds.archive, part_size)
    spellings = queries.select_spellings(listing)
    retractions = _select_retractions(queries, listing, changes)
    notices, notice_end = _choose_notices(retractions, listing, feeds, queries.now)
    links = select_links(queries, rows)
    # an empty listing must not reveal that an expired entry matched; the address of a tag does
    # already, since it is known only from its entries
    is_known_from_entries = bool(listing.folder) and not listing.make_query()
    shows_expiry = changes is None and (bool(rows) or is_known_from_entries)
    return Outline(
        listing=listing,
        spellings=spellings,
        language=_get_language(listing, spellings),
        rows=tuple(rows),
        links=links,
        packed_entries=_select_packed_entries(queries, rows, links, loaded),
        retractions=retractions,
        notices=notices,
        progress=_make_progress(queries, listing, feeds, changes),
        translation_groups=_select_translation_groups(queries, rows) if for_page else {},
        previous_archive=previous,
        next_archive=following,
        last_expiry=queries.select_last_expiry(listing) if shows_expiry else 0,
        next_change=min(filter(None, (queries.select_next_change(), notice_end)), default=None),
        is_finished=bool(listing.period)
        and parse_time_range(listing.period, queries.zone)[1] <= queries.now,
        month_counts=_select_month_counts(queries, listing) if for_page else {},
        count=queries.count_entries(listing.first_page, MAX_DOCUMENT_ENTRIES)
        if for_page and listing.words
        else None,
    )


def read_entry(
    queries: Queries, path: str, *, loaded: Container[EntryKey] = ()
) -> EntryOutline | Redirect | None:
    """Return the outline of the entry with the permalink path *path*, or its redirect.

    None if there is nothing, also for an entry that is scheduled or has expired.
    """
    file = queries.select_by_permalink(path)
    if file is None:
        redirect = _select_redirect(queries, path)
        if redirect is None or make_lossy_path(redirect.target) != path:
            return redirect
        file = queries.select_by_permalink(redirect.target)  # it would redirect to itself for ever
    if file is None:
        return None
    older = newer = None
    translations: Sequence[Translation] = ()
    if file.key is not None:
        older, newer = queries.select_adjacent_entries(file.key)
        row = queries.select_entry(file.key)
        groups = queries.select_translations([row] if row is not None else [])
        translations = next(iter(groups.values()), ())
    rows = [row for row in (file, older, newer) if row is not None]
    links = select_links(queries, rows)
    # its own expiry, too: the index's next change is only that of entries in listings
    end = file.public_until if file.public_until < NEVER else None
    changes = (queries.select_next_change(), end)
    return EntryOutline(
        file=file,
        older=older,
        newer=newer,
        translations=tuple(translations),
        links=links,
        packed_entries=_select_packed_entries(queries, rows, links, loaded),
        next_change=min(filter(None, changes), default=None),
    )


def select_links(
    queries: Queries, rows: Iterable[EntryRow | FileRow]
) -> dict[str, tuple[LinkAddress, ...]]:
    """Return the links to entries, by path of those *rows* that have any."""
    found = queries.select_links([row.path for row in rows])
    return {path: tuple(links) for path, links in found.items()}


def _select_packed_entries(
    queries: Queries,
    rows: Iterable[EntryRow | FileRow],
    links: LinkAddresses,
    loaded: Container[EntryKey],
) -> Mapping[str, bytes]:
    keys = [
        row.key
        for row in rows
        if EntryKey(row.path, row.hash, links.get(row.path, ())) not in loaded
    ]
    return queries.select_packed_entries(keys) if keys else {}


def _select_retractions(
    queries: Queries, listing: Listing, changes: ChangePage | None
) -> tuple[TombstoneRow, ...]:
    if changes is not None:
        return changes.tombstones
    return () if listing.period else tuple(queries.select_tombstones(listing, MAX_TOMBSTONES))


def _choose_notices(
    retractions: Iterable[TombstoneRow], listing: Listing, feeds: Feeds, now: int
) -> tuple[tuple[TombstoneRow, ...], int | None]:
    """Return the recent *retractions*, and the second at which the next of them is too old.

    A search has those with its words in their titles, which are all that is kept of a text.
    """
    phrases = list_phrases(listing.words)
    ends = {
        row: row.retracted_seconds + feeds.withdrawn_days * DAY_SECONDS
        for row in retractions
        if row.title and all(list_matches(row.title, [phrase]) for phrase in phrases)
    }
    shown = {row: end for row, end in ends.items() if end > now}
    return tuple(shown), min(shown.values(), default=None)


def _make_progress(
    queries: Queries, listing: Listing, feeds: Feeds, changes: ChangePage | None
) -> Progress | None:
    if changes is None:
        return None
    overlap = OVERLAP_SECONDS + max(feeds.max_age, feeds.shared_age)
    known_since = get_meta(queries.db, "known_since") - overlap
    is_first = listing.before_change is None and not listing.until
    asked = parse_time_range(listing.since, queries.zone)[0] if listing.since else known_since
    newest = changes.newest - overlap if changes.newest is not None else known_since
    return Progress(
        next_page=changes.next_page,
        next_since=max(asked, newest, known_since) if is_first else None,
        known_since=known_since,
        newest=changes.newest,
    )


def _select_translation_groups(
    queries: Queries, rows: Iterable[EntryRow]
) -> dict[str, tuple[Translation, ...]]:
    groups = queries.select_translations(rows)
    return {name: tuple(groups[name]) for name in sorted(groups)}


def _select_month_counts(queries: Queries, listing: Listing) -> dict[str, int]:
    """Return the number of entries by month, {} for a listing with conditions other than time.

    Also {} for an archive: an addition would change all archives.
    """
    is_calendar = (not listing.folder or bool(listing.path_period)) and not listing.period
    if not is_calendar or replace(listing.first_page, folder="") != Listing():
        return {}
    return {month: count for month, _, count in queries.select_terms("month")}


def _get_language(listing: Listing, spellings: Mapping[tuple[str, str], str]) -> str:
    """Return the one language of all entries of *listing*, "" if it may be any."""
    languages = {slugs for kind, slugs in listing.names if kind == "language"}
    if len(languages) != 1:
        return ""
    (slugs,) = languages
    return spellings.get(("language", slugs[0]), "") if len(slugs) == 1 else ""


# -- archives (RFC 5005) ------------------------------------------------------------


def _select_first_archive(
    queries: Queries, listing: Listing, rows: Sequence[EntryRow], cut: str, part_size: int
) -> Listing | None:
    """Return the archive document of the newest entry that is not among *rows*."""
    omitted = queries.select_newest_omitted(listing, [row.key for row in rows], len(rows))
    if omitted is None:
        return None
    return select_archives(queries, listing, [omitted], cut, part_size)[omitted.path]


def select_archives(
    queries: Queries,
    listing: Listing,
    rows: Iterable[EntryRow],
    cut: str,
    part_size: int = MAX_DOCUMENT_ENTRIES,
) -> dict[str, Listing]:
    """Return the archive document of each of *rows*, by path.

    Where *rows* skip entries it may be a later part of the same period, which leads to that.
    """
    newest: dict[str, tuple[Listing, int]] = {}  # by period, and the entries before its newest row
    archives: dict[str, Listing] = {}
    for row in sorted(rows, key=lambda one: -one.key):
        period = make_period(row.key >> KEY_HASH_BITS, cut, queries.zone)
        if period not in newest:
            whole = replace(listing.archived_listing, period=period)
            newest[period] = whole, _count_period(queries, replace(whole, before=row.key))
        whole, older = newest[period]
        archives[row.path] = replace(whole, part=older // part_size + 1)
        newest[period] = whole, older - 1
    return archives


def _select_archive_part(queries: Queries, listing: Listing, part_size: int) -> list[EntryRow]:
    """Return the rows of an archive document, oldest first, and the row after them, if any.

    Parts are counted from the oldest entry, so that an addition touches only the newest part.
    """
    floor, skip = _make_floor_key(queries, listing), part_size * (listing.part - 1)
    return queries.select_entries(listing, part_size + 1, above=floor, skip=skip)


def _select_adjacent_archives(
    queries: Queries, listing: Listing, cut: str, part_size: int, *, has_more: bool
) -> tuple[Listing | None, Listing | None]:
    """Return the archives before and after *listing*; *has_more*: its own period goes on."""
    older, newer = queries.select_adjacent_periods(listing, cut)
    previous = following = None
    if listing.part > 1:
        previous = replace(listing, part=listing.part - 1)
    elif older:
        whole = replace(listing, period=older, part=1)
        previous = replace(whole, part=max(1, -(-_count_period(queries, whole) // part_size)))
    if has_more:
        following = replace(listing, part=listing.part + 1)
    elif newer:
        following = replace(listing, period=newer, part=1)
    return previous, following


def _count_period(queries: Queries, listing: Listing) -> int:
    """Return how many entries the listing's period has, below the key *before* if it is set."""
    floor = _make_floor_key(queries, listing)
    return queries.count_entries(listing, MAX_COUNTED_ENTRIES, above=floor)


def _make_floor_key(queries: Queries, listing: Listing) -> int:
    """Return the key below the oldest that the listing's period can hold."""
    return (parse_time_range(listing.period, queries.zone)[0] << KEY_HASH_BITS) - 1


# -- redirects ----------------------------------------------------------------------


def _select_redirect(queries: Queries, path: str) -> Redirect | None:
    slashed = path if path.endswith("/") else path + "/"
    other = queries.select_by_permalink(slashed) or queries.select_by_permalink(path.rstrip("/"))
    if other is not None:
        target: str | None = other.permalink_path
    else:
        target = queries.resolve_alias(path) or queries.resolve_alias(slashed)
    if target is None and is_dated(path):
        target = queries.resolve_slug(unquote(path.rstrip("/").rpartition("/")[2]))
    return Redirect(target=target) if target is not None and target != path else None
