"""Every address of the site without a query, and the file that holds its response.

An address is a path with its first slash, percent-encoded ("/tags/wind/atom.xml"). Links from "/"
reach all of them but the unlisted entries, the old addresses, and those that programs try.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import unquote

from msgspec import Struct
from msgspec.structs import replace

from feedsvc import pages
from feedsvc.file_kinds import classify
from feedsvc.index import KEY_HASH_BITS, Queries
from feedsvc.listing import MAX_DOCUMENT_ENTRIES, Listing, make_period, parse_time_range
from feedsvc.settings import Settings
from feedsvc.site.channels import list_channel_image_files
from feedsvc.site.maps import MAX_SITEMAP_ENTRIES
from feedsvc.site.partners import load_partners
from feedsvc.site.root_files import list_root_files
from feedsvc.urls import (
    FEED_ALIASES,
    LISTING_FILES,
    TERM_FOLDERS,
    Route,
    make_file_path,
    make_partner_path,
    make_sitemap_path,
    make_static_path,
    make_term_folder,
    quote_path,
)

MAX_NAME_BYTES = 255 - len(".html.zst")  # of a file, on every file system that is used
MAX_PATH_BYTES = 1_024  # below the folder, which has as much again
OWN_FILES = frozenset({"_headers", "_redirects", "_nginx.conf", "404.html"})
GONE_FOLDER = "_gone"  # the pages of retracted entries
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
CODING_SUFFIXES = {"gzip": ".gz", "br": ".br", "zstd": ".zst"}


class SiteAddresses(Struct, frozen=True, kw_only=True):
    """Every address, and what its document depends on."""

    files: dict[str, str | None]  # "": an old address leads on; None: no file can have its name
    listings: dict[str, dict[str, list[str]]]  # by folder, and by an archive's period, "" for none
    other: frozenset[str]  # what neither an entry, nor a listing, nor a file of the folder has
    keys: dict[str, int | None]  # of entries, by the addresses of their pages


def list_addresses(queries: Queries, settings: Settings) -> SiteAddresses:
    """Return every address with its file, what others link to before what links to it."""
    used = {f"/{path}" for path in _list_file_paths(queries.select_used_assets())}
    other = [f"/{path}" for path in _list_plain_paths(queries, settings)]
    found = {address: make_file_name(address, is_page=False) for address in (*sorted(used), *other)}
    other.append(f"/{Route.SUBSCRIBE}")
    keys = queries.select_permalinks()
    for address in (*keys, f"/{Route.SUBSCRIBE}"):
        found[address] = make_file_name(address, is_page=True)
    listings = _list_listing_addresses(queries, settings)
    names = [f"/{folder}/" for folder in TERM_FOLDERS]
    partners = list(_list_partner_addresses(queries, settings))
    other += [*names, *partners]
    for address in (*_sort_listings(listings), *names, *partners):
        found[address] = make_file_name(address, is_page=False)
    for address in queries.select_aliases():
        found.setdefault(address, "")
    return SiteAddresses(
        files=drop_conflicts(found), listings=listings, other=frozenset(other), keys=keys
    )


def _list_file_paths(files: Iterable[str]) -> Iterator[str]:
    """Yield the paths of *files* that are published: those that entries use or link to."""
    yield from (make_file_path(file) for file in files if classify(file) == "asset")


def _list_plain_paths(queries: Queries, settings: Settings) -> Iterator[str]:
    """Yield the paths of everything but pages, feeds of listings and pictures of entries."""
    yield from _list_file_paths(sorted(list_channel_image_files(settings)))
    yield from (make_static_path(name) for name in pages.list_static_files(settings))
    yield from (alias for alias in FEED_ALIASES if not alias.endswith("/"))
    parts = len(queries.select_sitemap_parts(MAX_SITEMAP_ENTRIES))
    yield from (make_sitemap_path(part) for part in range(1, parts + 1) if parts > 1)
    yield from map(quote_path, list_root_files(settings))
    yield from (Route.FAVICON, Route.ROBOTS, Route.SITEMAP, Route.NEWS_SITEMAP, Route.OPML)


def _list_listing_addresses(
    queries: Queries, settings: Settings
) -> dict[str, dict[str, list[str]]]:
    """Return the addresses of listings: of their feeds, and of their pages, which end in "/"."""
    return {
        listing.folder: {
            "": [f"/{listing.make_path(format_)}" for format_ in reversed(LISTING_FILES)],
            **(_list_archives(queries, listing, settings) if count > settings.feeds.limit else {}),
        }
        for listing, count in _list_listings(queries)
    }


def _sort_listings(listings: dict[str, dict[str, list[str]]]) -> Iterator[str]:
    """Yield the addresses of *listings*, archives first, of one period after the other.

    An entry stands in those of its period alone, so that a process has it at hand for all of them.
    """
    archives = [
        (period, address)
        for periods in listings.values()
        for period, addresses in periods.items()
        for address in addresses
        if period
    ]
    yield from (address for _, address in sorted(archives))
    for periods in reversed(listings.values()):
        yield from periods[""]


def _list_listings(queries: Queries) -> Iterator[tuple[Listing, int]]:
    """Yield every listing that has an address of its own, with at least its number of entries."""
    yield Listing(), queries.count_states()["public"]
    months = [(month, count) for month, _, count in queries.select_terms("month")]
    years = sorted({month[:4] for month, _ in months})
    for period, count in [
        *((year, sum(count for month, count in months if month[:4] == year)) for year in years),
        *sorted(months),
    ]:
        yield Listing(folder=period.replace("-", "/")), count
    for kind in TERM_FOLDERS.values():
        for slug, _, count in sorted(queries.select_terms(kind)):
            yield Listing(folder=make_term_folder(kind, slug)), count


def _list_archives(queries: Queries, listing: Listing, settings: Settings) -> dict[str, list[str]]:
    """Return the addresses of the archives of *listing* by period.

    None where its own document has everything. Feeds have them where `feeds.archives_of` says so,
    and pages always, since they continue there.
    """
    has_feeds = listing.archived_kind in settings.feeds.archives_of
    formats = tuple(LISTING_FILES) if has_feeds else ("html",)
    found: dict[str, list[str]] = {}
    for period, part in _list_archive_parts(queries, listing, settings, settings.feeds.limit):
        archive = replace(listing, period=period, part=part)
        addresses = found.setdefault(period, [])
        addresses += (f"/{archive.make_path(format_)}" for format_ in formats)
    return found


def _list_partner_addresses(queries: Queries, settings: Settings) -> Iterator[str]:
    """Yield the addresses of partners' feeds without a key: files are public."""
    for name, selection in load_partners(settings).items():
        if selection.is_private:
            continue
        limit = selection.listing.limit
        parts = list(_list_archive_parts(queries, selection.listing, settings, limit))
        for period, part in (*parts, ("", 1)):
            paths = (make_partner_path(name, one, period, part) for one in selection.formats)
            yield from (f"/{path}" for path in paths)


def _list_archive_parts(
    queries: Queries, listing: Listing, settings: Settings, limit: int
) -> Iterator[tuple[str, int]]:
    """Yield period and part of the archives of *listing*, whose own document has *limit* entries.

    There are none where that has everything.
    """
    keys = sorted(queries.select_keys(listing))
    if len(keys) <= limit:
        return
    end = len(keys)
    while end:
        newest = keys[end - 1] >> KEY_HASH_BITS
        period = make_period(newest, settings.feeds.archive, queries.zone)
        first, _ = parse_time_range(period, queries.zone)
        start = bisect_left(keys, first << KEY_HASH_BITS)
        for part in range(1, -(-(end - start) // MAX_DOCUMENT_ENTRIES) + 1):
            yield period, part
        end = start


def is_file_address(address: str) -> bool:
    """Whether *address* is that of a file of the entries folder or the program, not a document."""
    return address.startswith((f"/{Route.FILES}/", f"/{Route.STATIC}/")) or (
        address == f"/{Route.FAVICON}"
    )


def get_index_path(address: str) -> str:
    """Return the path of *address*, decoded, of a folder that of `index.html` in it."""
    path = unquote(address, errors="surrogateescape").removeprefix("/")
    return path + "index.html" if not path or path.endswith("/") else path


def make_file_name(address: str, *, is_page: bool) -> str | None:
    """Return the file of *address* below the folder, None where none can have such a name.

    A page's name ends in ".html", so that every server knows its type: "/about" is `about.html`,
    as hosts of static sites have it.
    """
    name = get_index_path(address)
    if is_page and not name.endswith((".html", ".htm")):
        name += ".html"
    encoded = name.encode("utf-8", "surrogateescape")
    is_own = name in OWN_FILES or name.startswith(f"{GONE_FOLDER}/")
    if is_own or len(encoded) > MAX_PATH_BYTES or _CONTROL.search(name):
        return None
    segments = encoded.split(b"/")
    are_names = (0 < len(one) <= MAX_NAME_BYTES and one not in (b".", b"..") for one in segments)
    return name if all(are_names) else None


def drop_conflicts(names: Mapping[str, str | None]) -> dict[str, str | None]:
    """Return *names*, files by address, with None for those that cannot stand beside others.

    Of two addresses with one file the later has it; none has a file where another has a folder.
    """
    by_file = {name: address for address, name in names.items() if name}
    folders: set[str] = set()
    for name in by_file:
        folder = name.rpartition("/")[0]
        while folder and folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    return {
        address: None if name and (by_file[name] != address or name in folders) else name
        for address, name in names.items()
    }
