"""The state of the folder from which a build was made, and what has changed since.

It is a file beside the built folder: what all documents have in common, then one line for each file
of the entries folder. The lines that differ between two states lead to every document that may have
changed; its fingerprint decides. If the common part differs (settings or version), every document
is checked.
"""

from __future__ import annotations

import hashlib
import os
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import msgspec
from msgspec import Struct

from feedsvc.commands.building.addresses import SiteAddresses
from feedsvc.index import (
    KEY_HASH_BITS,
    FileFacts,
    Queries,
    list_folders,
    select_facts,
    select_members,
    select_permalinks_around,
    unpack_terms,
)
from feedsvc.listing import make_period
from feedsvc.settings import Settings
from feedsvc.site.recipes import make_fingerprint
from feedsvc.urls import TERM_FOLDERS, make_file_path, make_term_folder

MAX_CHANGED_FILES = 5_000  # above this, a comparison is no faster than checking every document


class Basis(Struct, frozen=True, kw_only=True):
    """What documents show beside entries: *digest* of what all do, and what some lists do."""

    digest: bytes
    names: dict[str, str]  # of listings, by their folders
    months: dict[str, int]  # entries of each, on the pages of the calendar


class Difference(Struct, frozen=True, kw_only=True):
    """What a state has of files that another does not have, and what lists show beside."""

    facts: tuple[FileFacts, ...]  # of a file that has changed both
    folders: frozenset[str]  # of listings that have another name
    has_other_months: bool


def write_state(path: Path, queries: Queries, settings: Settings, base: bytes) -> bytes:
    """Write the present state to *path*; return its digest. *base* is of what all documents show.

    Only its owner may read it: it names entries that are not public.
    """
    names = {
        make_term_folder(kind, slug): name
        for kind in TERM_FOLDERS.values()
        for slug, name, _ in queries.select_terms(kind)
    }
    months = {month: count for month, _, count in queries.select_terms("month")}
    basis = Basis(digest=make_fingerprint(base, settings), names=names, months=months)
    encoder, digest = msgspec.json.Encoder(), hashlib.blake2b(digest_size=16)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        for line in chain([basis], select_facts(queries, settings)):
            encoded = encoder.encode(line) + b"\n"
            digest.update(encoded)
            file.write(encoded)
    return digest.digest()


def compare_states(last: Path, digest: bytes, present: Path) -> Difference | None:
    """Return how *present* differs from *last*, None if everything may have changed.

    *digest* is that of the state that the last build was made from.
    """
    if not digest or not last.exists():
        return None
    read = hashlib.blake2b(digest_size=16)
    with last.open("rb") as file:
        read.update(first := file.readline())
        former: set[bytes] = set()
        for line in file:
            read.update(line)
            former.add(line)
    if read.digest() != digest:
        return None
    before = msgspec.json.decode(first, type=Basis)
    changed: list[bytes] = []
    with present.open("rb") as file:
        after = msgspec.json.decode(file.readline(), type=Basis)
        for line in file:
            if line in former:
                former.remove(line)
            else:
                changed.append(line)
    changed += former
    if after.digest != before.digest or len(changed) > MAX_CHANGED_FILES:
        return None
    names = before.names.items() ^ after.names.items()
    return Difference(
        facts=tuple(msgspec.json.decode(line, type=FileFacts) for line in changed),
        folders=frozenset(folder for folder, _ in names),
        has_other_months=before.months != after.months,
    )


def list_affected(
    found: SiteAddresses, difference: Difference, queries: Queries, settings: Settings
) -> set[str]:
    """Return those addresses, and some besides, whose documents *difference* can have changed."""
    facts = list(difference.facts)
    groups = {one.translation_group for one in facts} - {""}
    facts += select_members(queries, settings, groups)
    affected = set(found.other)
    for one in facts:
        pages = [one.permalink_path, *one.aliases.split("\n")]
        affected |= {path for page in pages for path in (page, page.rstrip("/"), f"{page}/")}
        affected.add(f"/{make_file_path(one.path)}")
    keys = {one.key for one in facts if one.key is not None}
    for key in keys:
        affected.update(select_permalinks_around(queries, key))
    affected.update(_list_listings(found, facts, settings))
    for folder in difference.folders:
        affected.update(*found.listings.get(folder, {}).values())
    if difference.has_other_months:
        years = (folder for folder in found.listings if not folder or folder[0].isdigit())
        affected.update(*(found.listings[folder][""] for folder in years))
    return affected


def _list_listings(
    found: SiteAddresses, facts: Iterable[FileFacts], settings: Settings
) -> Iterator[str]:
    """Yield the addresses of listings that have one of *facts*, or had it.

    Of archives those of its period, and those before and after, which lead to them.
    """
    cut, zone = settings.feeds.archive, settings.site.zone
    periods = {
        (folder, "" if one.key is None else make_period(one.key >> KEY_HASH_BITS, cut, zone))
        for one in facts
        if one.terms
        for folder in list_folders(unpack_terms(one.terms))
    }
    for folder, period in periods:
        listings = found.listings.get(folder, {})
        archives = sorted(listings)[1:]
        low, high = bisect_left(archives, period), bisect_right(archives, period)
        beside = archives[max(0, low - 1) : high + 1] if period else []
        for name in ("", *beside):
            yield from listings.get(name, ())
