"""A reading reduced to the row that the index keeps of it.

Comes in: a file of the folder and its `Reading`. Goes out: a `Row` for the store. No SQL here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from feedsvc.index.schema import NEVER, make_key
from feedsvc.index.walk import WalkedFile
from feedsvc.model import Entry, Problem
from feedsvc.reading import Reading
from feedsvc.urls import make_slug

MONTH_KIND = "month"  # a kind of term that is only counted: the calendar itself is read by key
STATE_KIND = "state"  # another, for files of all kinds
STATES_WITH_IDENTITY = ("public", "unlisted", "retracted")  # whose id and permalink are taken


class Retraction(Struct, frozen=True, kw_only=True):
    """When, as seconds and as ISO 8601, and why an entry was retracted."""

    seconds: int
    moment: str
    reason: str


class Row(Struct, frozen=True, kw_only=True):
    """One file as the index keeps it; times in seconds since 1970."""

    file: WalkedFile
    state: str
    hash: bytes = b""
    id: str | None = None
    permalink_path: str | None = None
    slug: str | None = None
    key: int | None = None  # of a public entry
    url: str = ""
    published: int = 0
    public_from: int = 0
    public_until: int = NEVER
    changed: int = 0
    language: str = ""
    translation_group: str = ""
    packed: bytes = b""  # see the column
    terms: str = ""  # see pack_terms
    aliases: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()
    retraction: Retraction | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def path(self) -> str:
        return self.file.path


def build_row(reading: Reading, file: WalkedFile, zone: ZoneInfo) -> Row:
    """Return the row of *reading*: what listings and addresses need of its entry, without its text.

    *zone* is the site's: its calendar is cut in it.
    """
    entry = reading.entry
    assets = (*reading.asset_paths, file.target) if file.target else reading.asset_paths
    if entry is None:
        return Row(
            file=file,
            state=reading.state,
            hash=reading.content_hash,
            assets=assets,
            problems=reading.problems,
        )
    published = entry.published.seconds
    public_from = max(published, entry.not_before.seconds) if entry.not_before else published
    return Row(
        file=file,
        state=reading.state,
        hash=reading.content_hash,
        id=entry.id,
        permalink_path=entry.permalink_path,
        slug=entry.slug,
        key=make_key(published, entry.id) if reading.state == "public" else None,
        url=entry.url,
        published=published,
        public_from=public_from,
        public_until=entry.expires.seconds if entry.expires else NEVER,
        changed=max(public_from, entry.changed.seconds) if entry.updated else public_from,
        language=entry.language,
        translation_group=entry.translation,
        packed=reading.packed_entry,
        terms=_pack_entry_terms(entry, entry.published.when.astimezone(zone)),
        aliases=entry.aliases,
        assets=assets,
        retraction=_make_retraction(entry),
        problems=reading.problems,
    )


def _make_retraction(entry: Entry) -> Retraction | None:
    moment = entry.retracted
    if moment is None:
        return None
    return Retraction(seconds=moment.seconds, moment=str(moment), reason=entry.reason)


def _pack_entry_terms(entry: Entry, local: datetime) -> str:
    terms = [(MONTH_KIND, f"{local.year:04}-{local.month:02}")]
    terms += [("tag", tag) for tag in entry.tags]
    terms += [("category", category) for category in entry.categories]
    terms += [("author", author.name) for author in entry.authors]
    terms += [("language", entry.language)]
    return pack_terms(terms)


def pack_terms(terms: Iterable[tuple[str, str]]) -> str:
    """Return "kind, tab, slug, tab, name" of each (kind, name), a line each.

    Of names that share a slug the first is kept. A name has no tab and no line end.
    """
    lines: dict[str, str] = {}
    for kind, name in terms:
        if slug := make_slug(name):
            lines.setdefault(f"{kind}\t{slug}", name)
    return "\n".join([f"{term}\t{name}" for term, name in lines.items()])


def unpack_terms(packed: str) -> list[list[str]]:
    """Return [kind, slug, name] of each term of an entry."""
    return [line.split("\t") for line in packed.split("\n")] if packed else []
