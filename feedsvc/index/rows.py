"""A reading reduced to the row that the index keeps of it.

Comes in: a file of the folder and its `Reading`. Goes out: a `Row` for the store. No SQL here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from feedsvc.index.schema import NEVER, make_key
from feedsvc.index.walk import WalkedFile
from feedsvc.model import Entry, Problem
from feedsvc.reading import Link, Reading
from feedsvc.urls import make_slug

MONTH_KIND = "month"  # a kind of term that is only counted: the calendar itself is read by key
NOINDEX_TERM = ("robots", "noindex")  # of entries that no sitemap has
STATE_KIND = "state"  # another, for files of all kinds
STATES_WITH_IDENTITY = ("public", "unlisted", "retracted")  # whose id and permalink are taken


class Row(Struct, frozen=True, kw_only=True):
    """One file as the index keeps it; times in seconds since 1970.

    Only a state with an identity has more than what is known of the file.
    """

    path: str
    size: int
    mtime: int
    ctime: int
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
    retracted: int | None = None  # of a retracted entry
    retracted_at: str = ""  # the same in ISO 8601, with its offset
    reason: str = ""
    aliases: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    problems: tuple[Problem, ...] = ()


def build_row(reading: Reading, file: WalkedFile, zone: ZoneInfo) -> Row:
    """Return the row of *reading*: what listings and addresses need of its entry, without its text.

    *zone* is the site's: its calendar is cut in it.
    """
    entry = reading.entry
    row = Row(
        path=file.path,
        size=file.size,
        mtime=file.mtime,
        ctime=file.ctime,
        state=reading.state,
        hash=reading.content_hash,
        assets=(*reading.asset_paths, file.target) if file.target else reading.asset_paths,
        links=reading.links,
        problems=reading.problems,
    )
    if entry is None or reading.state not in STATES_WITH_IDENTITY:
        return row
    published = entry.published.seconds
    public_from = max(published, entry.not_before.seconds) if entry.not_before else published
    row = replace(
        row,
        id=entry.id,
        permalink_path=entry.permalink_path or None,
        slug=entry.slug if entry.permalink_path else None,
        key=make_key(published, entry.id) if reading.state == "public" else None,
        url=entry.url,
        published=published,
        public_from=public_from,
        # what was retracted stays so
        public_until=entry.expires.seconds
        if entry.expires and reading.state != "retracted"
        else NEVER,
        changed=max(public_from, entry.changed.seconds) if entry.updated else public_from,
        language=entry.language,
        translation_group=entry.translation,
        packed=reading.packed_entry,
        terms=_pack_entry_terms(entry, entry.published.when.astimezone(zone)),
        aliases=entry.aliases,
    )
    moment = entry.retracted
    if reading.state != "retracted" or moment is None:
        return row
    return replace(row, retracted=moment.seconds, retracted_at=str(moment), reason=entry.reason)


def _pack_entry_terms(entry: Entry, local: datetime) -> str:
    terms = [(MONTH_KIND, f"{local.year:04}-{local.month:02}")]
    terms += [("tag", tag) for tag in entry.tags]
    terms += [("category", category) for category in entry.categories]
    terms += [("author", author.name) for author in entry.authors]
    terms += [("language", entry.language)]
    if entry.noindex:
        terms.append(NOINDEX_TERM)
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
