"""A file of the folder, and the row that the index keeps of its reading.

Comes in: a `WalkedFile` and its `Reading`. Goes out: a `Row` for the store. No SQL here.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from feedsvc.index.schema import NEVER, make_damage_error, make_key
from feedsvc.memo import remember_short
from feedsvc.model import Entry, Moment, Problem, TermKind
from feedsvc.urls import make_lossy_path, make_slug, make_term_folder

if TYPE_CHECKING:  # a client reads no entries: without these a server starts its writer sooner
    from feedsvc.reading import Link, Reading

MONTH_KIND = "month"  # a term that is only counted: the calendar itself is read by key
NOINDEX_TERM = ("robots", "noindex")  # of entries that no sitemap has
SEAL_BYTES = 4  # of a CRC-32
STATE_KIND = "state"  # another that is only counted, of all files
STATES_WITH_IDENTITY = ("public", "unlisted", "retracted")  # they occupy an id and a permalink
FAULTS = {  # why a file is not opened, and the remedy
    "folder-unreadable": (
        "the folder cannot be listed", "give the service permission to read it"
    ),
    "folder-link": ("a link to a folder is not followed", "put the folder itself here"),
    "link-outside": ("the link leads out of the entries folder", "put the file itself here"),
    "link-broken": ("the link leads nowhere", "put the file itself here or remove the link"),
    "name-encoding": (
        "the name, or that of a link's target, is not UTF-8; all of such a folder is passed over",
        "rename it",
    ),
    "not-a-file": ("this is neither a file nor a folder", "remove it"),
}  # fmt: skip
# the fields of a WalkedFile: tuples take a quarter of the time to make, and compare with SQLite's
# rows, so that a run of unchanged files is one comparison
FileTuple: TypeAlias = tuple[str, int, int, int, str, str]
UNKNOWN_TIME = -1  # of the files in an imported index


class WalkedFile(Struct, frozen=True):  # positional: made from a FileTuple
    """A file of the folder.

    Size, mtime and ctime show that it has changed, without opening it; the ctime also changes
    if the others are preserved: `cp -p`, `mv`, `chmod`.
    """

    path: str
    size: int = -1  # bytes
    mtime: int = -1  # nanoseconds
    ctime: int = -1  # nanoseconds
    fault: str = ""  # a key of FAULTS
    target: str = ""  # path of a link's target

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problem for its fault."""
        message, remedy = FAULTS[self.fault]
        return (Problem(code=self.fault, message=message, remedy=remedy),)


class Row(Struct, frozen=True):  # positional: so it is pickled in half the time
    """One file as the index keeps it; times in seconds since 1970.

    Only states with an identity have more than the facts of the file.
    """

    path: str
    size: int
    mtime: int
    ctime: int
    state: str
    hash: bytes = b""
    file_hash: bytes = b""  # see the column
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
    title: str = ""  # this and the next: of a retracted entry
    retracted: int | None = None
    retracted_at: str = ""  # the same in ISO 8601, with its offset
    reason: str = ""
    aliases: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    problems: tuple[Problem, ...] = ()


def build_row(reading: Reading, file: WalkedFile, zone: ZoneInfo, *, previews: bool = False) -> Row:
    """Return the row of *reading*: what listings and addresses need of its entry, without its text.

    *zone*, the site's, bounds the periods of the calendar. With *previews* a draft is listed as it
    will be once published, whatever its date.
    """
    entry = reading.entry
    row = Row(
        path=file.path,
        size=file.size,
        mtime=file.mtime,
        ctime=file.ctime,
        state=reading.state,
        hash=reading.content_hash,
        file_hash=b"" if file.target else reading.file_hash,
        assets=(*reading.asset_paths, file.target) if file.target else reading.asset_paths,
        links=reading.links,
        problems=reading.problems,
    )
    is_shown_draft = previews and reading.state == "draft"
    if entry is None or not (is_shown_draft or reading.state in STATES_WITH_IDENTITY):
        return row
    published = entry.published.seconds
    public_from = max(published, entry.not_before.seconds) if entry.not_before else published
    row = replace(
        row,
        id=entry.id,
        permalink_path=entry.permalink_path or None,
        slug=entry.slug if entry.permalink_path else None,
        key=make_key(published, entry.id) if is_shown_draft or reading.state == "public" else None,
        url=entry.url,
        published=published,
        public_from=public_from,
        # a retracted entry stays retracted
        public_until=entry.expires.seconds
        if entry.expires and reading.state != "retracted"
        else NEVER,
        changed=max(public_from, entry.changed.seconds) if entry.updated else public_from,
        language=entry.language,
        translation_group=entry.translation,
        packed=seal(reading.packed_entry),
        terms=_pack_entry_terms(entry, entry.published.when.astimezone(zone)),
        aliases=(*entry.aliases, *_list_lossy_paths(entry)),
    )
    if is_shown_draft:
        return replace(row, public_from=0, public_until=NEVER)
    if reading.state != "retracted" or entry.retracted is None:
        return row
    retracted = _get_retraction(entry, entry.retracted)
    return replace(
        row,
        title=entry.title,
        url=entry.permalink_path or entry.url,
        retracted=retracted.seconds,
        retracted_at=str(retracted),
        reason=entry.reason,
    )


def _list_lossy_paths(entry: Entry) -> tuple[str, ...]:
    """Return the alternative forms of the addresses of *entry* that are not UTF-8, each once."""
    paths = [path for path in (entry.permalink_path, *entry.aliases) if "%" in path]
    if not paths:
        return ()
    found = dict.fromkeys(lossy for path in paths if (lossy := make_lossy_path(path)) != path)
    return tuple(lossy for lossy in found if lossy not in entry.aliases)


def _get_retraction(entry: Entry, retracted: Moment) -> Moment:
    """Return a moment after the last change of *entry*, even if *retracted* is only a day.

    Readers that have the entry ignore an older tombstone.
    """
    if retracted.when > entry.changed.when:
        return retracted
    return replace(entry.changed, when=entry.changed.when + timedelta(seconds=1))


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
    """Return "kind, tab, slug, tab, name" for each (kind, name), one per line.

    Among names that share a slug the first is kept.
    """
    lines: dict[str, str] = {}
    for kind, words in terms:
        term, line = _make_term_line(words, kind)
        if term:
            lines.setdefault(term, line)
    return "\n".join(lines.values())


@remember_short(4_096)  # entries share most of their names
def _make_term_line(words: str, kind: str) -> tuple[str, str]:
    """Return "kind, tab, slug" for the name *words*, and the same with the name; "" without one."""
    name = " ".join(words.split())  # without a tab or a line end
    slug = make_slug(name)
    return (f"{kind}\t{slug}", f"{kind}\t{slug}\t{name}") if slug else ("", "")


def seal(packed: bytes) -> bytes:
    """Return *packed* with its checksum before it; b"" stays b""."""
    return zlib.crc32(packed).to_bytes(SEAL_BYTES, "big") + packed if packed else b""


def unseal(sealed: bytes) -> bytes:
    """Return the bytes that `seal` was given; raises DatabaseError if they were changed.

    SQLite notices damage of its own structure, but not of values in a row, which readers would
    see.
    """
    packed = sealed[SEAL_BYTES:]
    if sealed != seal(packed):
        raise make_damage_error("an entry in it is not as it was written")
    return packed


def unpack_terms(packed: str) -> list[list[str]]:
    """Return [kind, slug, name] of each term of an entry."""
    return [line.split("\t") for line in packed.split("\n")] if packed else []


def list_folders(terms: Iterable[list[str]]) -> Iterable[str]:
    """Return the URL folders of the listings of *terms*, that of everything first."""
    folders: dict[str, None] = {"": None}
    found = [(kind, slug) for kind, slug, _ in terms]
    kinds: tuple[TermKind, ...] = ("category", "tag", "author", "language")
    for name in kinds:
        folders |= {make_term_folder(name, slug): None for of, slug in found if of == name}
    for kind, slug in found:
        if kind == MONTH_KIND:
            folders |= {slug.partition("-")[0]: None, slug.replace("-", "/"): None}
    return folders
