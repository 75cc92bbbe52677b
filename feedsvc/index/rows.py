"""A reading reduced to the row that the index keeps of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from feedsvc.index.schema import NEVER, make_key
from feedsvc.model import Entry
from feedsvc.reading import Reading
from feedsvc.urls import make_slug

MONTH_KIND = "month"  # a kind of term that is only counted: the calendar itself is read by key
STATE_KIND = "state"  # another, for files of all kinds


# what tells a file from its changed self without opening it: bytes, and nanoseconds of mtime and of ctime, which is
# also moved by what keeps the other: cp -p, mv, chmod
FileStat: TypeAlias = tuple[int, int, int]
PATH_END = "\U0010ffff"  # after every path
FileTuple: TypeAlias = tuple[
    str, int, int, int, str, str
]  # path and stat of a file, and nothing that is odd about it


class Row(NamedTuple):
    """One file as the index keeps it; times in seconds since 1970."""

    path: str
    stat: FileStat
    state: str
    hash: bytes = b""
    id: str | None = None
    place: str | None = None
    slug: str | None = None
    key: int | None = None  # of a public entry
    url: str = ""
    published: int = 0
    starts: int = 0
    ends: int = NEVER
    changed: int = 0
    language: str = ""
    story: str = ""
    kept: bytes = b""  # of a public entry: what it is shown from
    terms: str = ""  # see pack_terms
    aliases: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    retracted: tuple[int, str, str] | None = None  # seconds, the moment, the reason
    problems: tuple[tuple[str, str | None, int | None, str], ...] = ()


def build_row(reading: Reading, stat: FileStat, zone: ZoneInfo) -> Row:
    """The row of *reading*; what listings and addresses need of its entry, nothing of its text.

    *zone* is the site's, in which its calendar is cut.
    """
    problems = tuple((one.code, one.field, one.line, one.sentence) for one in reading.problems)
    entry = reading.entry
    if entry is None:
        return Row(
            reading.path,
            stat,
            reading.state,
            reading.content_hash,
            uses=reading.asset_paths,
            problems=problems,
        )
    published = entry.published.seconds
    starts = max(published, entry.not_before.seconds) if entry.not_before else published
    changed = starts if entry.updated is None else max(starts, entry.changed.seconds)
    retracted = None
    if entry.retracted is not None:
        retracted = (entry.retracted.seconds, str(entry.retracted), entry.reason)
    return Row(
        path=reading.path,
        stat=stat,
        state=reading.state,
        hash=reading.content_hash,
        id=entry.id,
        place=entry.permalink_path,
        slug=entry.slug,
        key=make_key(published, entry.id) if reading.state == "public" else None,
        url=entry.url,
        published=published,
        starts=starts,
        ends=entry.expires.seconds if entry.expires else NEVER,
        changed=changed,
        language=entry.language,
        story=entry.translation,
        kept=reading.packed_entry,
        terms=_pack_entry_terms(entry, entry.published.when.astimezone(zone)),
        aliases=entry.aliases,
        uses=reading.asset_paths,
        retracted=retracted,
        problems=problems,
    )


def _pack_entry_terms(entry: Entry, local: datetime) -> str:
    names = [(MONTH_KIND, f"{local.year:04}-{local.month:02}")]
    names += [("tag", tag) for tag in entry.tags]
    names += [("category", category) for category in entry.categories]
    names += [("author", author.name) for author in entry.authors]
    if entry.language:
        names.append(("language", entry.language))
    return pack_terms(names)


def pack_terms(names: Iterable[tuple[str, str]]) -> str:
    """(kind, name) of each term as the index keeps them, a line for each; of those that share a slug the first."""
    found: dict[str, str] = {}
    for kind, name in names:  # a name has no tab and no line end
        if slug := make_slug(name):
            found.setdefault(f"{kind}\t{slug}", name)
    return "\n".join([f"{term}\t{name}" for term, name in found.items()])


def unpack_terms(packed: str) -> list[list[str]]:
    """[kind, slug, name] of each of the terms of an entry."""
    return [line.split("\t") for line in packed.split("\n")] if packed else []
