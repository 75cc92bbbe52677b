"""Which entries a page or feed shows: a URL becomes a `Listing`, a listing its canonical URL.

Values only. Terms are slugs here; the index knows which entries have them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from feedsvc.errors import ListingError
from feedsvc.model import EPOCH, PRECISION_LENGTHS, TermKind
from feedsvc.urls import (
    LISTING_FILES,
    MAX_NAME_CHARACTERS,
    TERM_FOLDERS,
    Route,
    add_query,
    make_listing_path,
    parse_slug,
)
from feedsvc.words import make_message

Query: TypeAlias = Mapping[str, Sequence[str]]  # parameters of an address and their values
KIND_BY_PARAMETER: dict[str, TermKind] = {
    "tag": "tag",
    "category": "category",
    "author": "author",
    "lang": "language",
}
PARAMETER_BY_KIND = {kind: parameter for parameter, kind in KIND_BY_PARAMETER.items()}
FORMAT_BY_FILE_NAME = {name: format_ for format_, name in LISTING_FILES.items()}
MAX_DOCUMENT_ENTRIES = 500  # entries in one document
MAX_NUMBER = (1 << 63) - 1  # of SQLite
MAX_QUERY_TERMS = 32  # in one query, to bound the cost of a listing
MAX_QUERY_BYTES = 4_096  # as requested, and in the addresses of a document
_ISO_DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?(Z|[+-]\d\d:?\d\d)?)?)?)?",
    re.ASCII,
)
_CALENDAR_FOLDER = re.compile(r"(?!9999)[1-9][0-9]{3}(?:/(?:0[1-9]|1[0-2]))?")
_ARCHIVE = re.compile(  # a period, and the part number if above 1
    r"([0-9]{4}(?:-(?:0[1-9]|1[0-2])(?:-[0-3][0-9])?)?)(?:/(?!1$)([1-9][0-9]{0,5}))?"
)
# What no term has, since reading drops it: XML forbids the last ones (section 2.2)
_NOT_IN_NAMES = re.compile("[\x80-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_UNITS = {3: timedelta(days=1), 5: timedelta(minutes=1), 6: timedelta(seconds=1)}


class Listing(Struct, frozen=True, kw_only=True):
    """Conditions that entries meet; equal listings have equal URLs.

    *groups* are ANDed, the slugs within one are ORed; *period* is a calendar
    period of the site's zone ("2023", "2023-03", "2023-03-02").
    """

    folder: str = ""  # the part of the path that names the listing: "tags/wind", "2023/03", ""
    groups: tuple[tuple[TermKind, tuple[str, ...]], ...] = ()
    without: tuple[str, ...] = ()
    words: str = ""
    since: str = ""
    until: str = ""
    sort: str = ""  # "updated", or "" for published
    limit: int = 0  # 0: the setting
    content: str = ""  # "full", "summary", or "" for the setting
    before: int = 0  # a key: the HTML page shows entries below it
    # with *sort*: the time of the change at which the page before ended, in seconds; if the listing
    # tracks changes, in milliseconds, and *before* may be another rank
    before_change: int | None = None
    period: str = ""  # an archive document's
    part: int = 1

    @property
    def names(self) -> tuple[tuple[TermKind, tuple[str, ...]], ...]:
        """Return all groups, including the path's."""
        own = self.path_term
        return ((own[0], (own[1],)), *self.groups) if own else self.groups

    @property
    def path_term(self) -> tuple[TermKind, str] | None:
        """Return (kind, slug) if the path names a tag, category, author or language."""
        head, _, slug = self.folder.partition("/")
        return (TERM_FOLDERS[head], slug) if head in TERM_FOLDERS else None

    @property
    def path_period(self) -> str:
        """Return the period that the path names, "2023-03" for `/2023/03/`, "" for none."""
        return self.folder.replace("/", "-") if self.folder[:1].isdigit() else ""

    @property
    def tracks_changes(self) -> bool:
        """Return whether *since* and *until* select by time of change, not of publication."""
        return bool(self.sort and (self.since or self.until))

    @property
    def archived_kind(self) -> str:
        """Return the name in `feeds.archives_of` for listings of this kind."""
        return "calendar" if self.path_period else self.folder.split("/")[0] or "everything"

    @property
    def archived_listing(self) -> Listing:
        """Return the listing whose archives complete this one: without order, limit and page."""
        return replace(self.first_page, sort="", limit=0)

    @property
    def first_page(self) -> Listing:
        """Return the listing itself, of which this is a later page or an archive."""
        return replace(self, before=0, before_change=None, period="", part=1)

    @property
    def subscribed(self) -> Listing:
        """Return the listing to subscribe to, of which this may be an archive."""
        return replace(self, period="", part=1)

    def make_path(self, format_: str = "html") -> str:
        """Return the canonical path and query: `tags/wind/atom.xml?limit=5`."""
        path = make_listing_path(format_, self.folder, self.period, self.part)
        return add_query(path, self.list_parameters())

    def make_query(self) -> str:
        """Return the canonical query without its `?`, "" for none."""
        return add_query("", self.list_parameters()).removeprefix("?")

    def list_parameters(self) -> list[tuple[str, str]]:
        """Return (name, value) of each query parameter in canonical order; some values are ""."""
        pairs = [(PARAMETER_BY_KIND[kind], ",".join(slugs)) for kind, slugs in self.groups]
        pairs += [("not", slug) for slug in self.without]
        pairs += [("q", self.words), ("since", self.since), ("until", self.until)]
        pairs += [("limit", str(self.limit or "")), ("content", self.content), ("sort", self.sort)]
        if self.before_change is not None:
            return [*pairs, ("before", f"{self.before_change}.{self.before}")]
        return [*pairs, ("before", str(self.before or ""))]


def parse_listing(
    segments: Sequence[str],
    query: Query,
    *,
    limit: int = 30,
    content: str = "full",
    has_archive_pages: bool = False,
) -> tuple[Listing, str] | None:
    """Return the listing and format of a URL path, given as *segments*, None if it has none.

    *limit* and *content* are the settings: a parameter that repeats them is not
    part of the canonical URL. With *has_archive_pages* archives have pages, too.
    Raise `ListingError` for a bad value.
    """
    *head, last = segments or [""]
    if last not in FORMAT_BY_FILE_NAME:
        return None
    folders, period, part = _split_archive(head)
    folder = _parse_listing_folder(folders)
    if folder is None or (period and not last and not has_archive_pages):
        return None
    listing = Listing(folder=folder, period=period, part=part)
    return parse_query(listing, query, limit, content), FORMAT_BY_FILE_NAME[last]


def parse_slashless_listing(path: str) -> Listing | None:
    """Return the listing whose page is at *path* plus a slash, None if there is none."""
    parsed = parse_listing([*path.split("/"), ""], {})
    return parsed[0] if parsed is not None else None


def _split_archive(folders: Sequence[str]) -> tuple[Sequence[str], str, int]:
    """Return the listing's folders, and the period and part of its archive, "" and 1 for none.

    The last "archive" counts, and only with a period: a tag may have that name.
    """
    at = max((n for n, folder in enumerate(folders) if folder == Route.ARCHIVE), default=None)
    match = _ARCHIVE.fullmatch("/".join(folders[at + 1 :])) if at is not None else None
    if match is None or not _is_time_range(match[1]):
        return folders, "", 1
    return folders[:at], match[1], int(match[2] or 1)


def _parse_listing_folder(folders: Sequence[str]) -> str | None:
    """Return the canonical folder of the path's *folders*, None if no listing has them."""
    folder = "/".join(folders)
    if not folders or _CALENDAR_FOLDER.fullmatch(folder):
        return folder
    match folders:
        case [_, name] if _NOT_IN_NAMES.search(name):
            return None
        case [head, name] if head in TERM_FOLDERS and (slug := _parse_name(name)):
            return f"{head}/{slug}"
    return None


def parse_query(listing: Listing, query: Query, limit: int, content: str) -> Listing:
    """Return *listing* filtered by *query*; the last value of a single-valued parameter counts."""
    groups = [
        (kind, slugs)
        for parameter, kind in KIND_BY_PARAMETER.items()
        for slugs in sorted({_split_slugs(parameter, one) for one in query.get(parameter, ())})
        if slugs and (kind, slugs) not in listing.names
    ]
    without = {slug for value in query.get("not", ()) for slug in _split_slugs("not", value)}
    if sum(len(slugs) for _, slugs in groups) + len(without) > MAX_QUERY_TERMS:
        message = make_message(
            "more than %(most)s names in one query; ask for fewer", most=MAX_QUERY_TERMS
        )
        raise ListingError("tag", message)
    values = {name: texts[-1].strip() for name, texts in query.items() if texts}
    wanted = min(_parse_number(values, "limit", limit), MAX_DOCUMENT_ENTRIES)
    if wanted < 1:
        message = make_message(
            "expected a whole number from 1 to %(most)s, got %(value)s",
            most=MAX_DOCUMENT_ENTRIES,
            value=wanted,
        )
        raise ListingError("limit", message)
    shape = _parse_choice(values, "content", ("full", "summary"))
    narrowed = replace(
        listing,
        groups=tuple(groups),
        without=tuple(sorted(without)),
        words=_parse_search_words(values.get("q", "")),
        since=_parse_time_parameter(values, "since"),
        until=_parse_time_parameter(values, "until"),
        content="" if shape == content else shape,
    )
    if not listing.period:  # an archive is bounded by the calendar alone
        sort = _parse_choice(values, "sort", ("updated", "published"))
        narrowed = replace(
            narrowed,
            limit=0 if wanted == limit else wanted,
            sort="updated" if sort == "updated" else "",
        )
        narrowed = _add_position(narrowed, values)
    if query and len(narrowed.make_query()) > MAX_QUERY_BYTES:
        message = make_message(
            "the query as a whole has more than %(most)s bytes", most=MAX_QUERY_BYTES
        )
        raise ListingError("", message)
    return narrowed


def _add_position(listing: Listing, values: Mapping[str, str]) -> Listing:
    """Return *listing* continued at the position in `before`."""
    change, mark, rank = values.get("before", "").rpartition(".")
    if not (mark and listing.sort):
        return replace(listing, before=_parse_number(values, "before", 0))
    numbers = [_parse_number({"before": number or "."}, "before", 0) for number in (change, rank)]
    return replace(listing, before_change=numbers[0], before=numbers[1])


def _split_slugs(parameter: str, value: str) -> tuple[str, ...]:
    if _NOT_IN_NAMES.search(value):
        message = make_message("%(value)r has a character that no name can have", value=value[:40])
        raise ListingError(parameter, message)
    slugs = {_parse_name(name) for name in value.split(",")}
    if None in slugs:
        message = make_message("a name has more than %(most)s characters", most=MAX_NAME_CHARACTERS)
        raise ListingError(parameter, message)
    return tuple(sorted(filter(None, slugs)))


def _parse_name(text: str) -> str | None:
    """Return the slug of a name, "" for an empty one, None if it is too long.

    A slug may be shorter than its name (`~2f`), or longer (ligatures of Unicode).
    """
    if len(text) > len("~00") * MAX_NAME_CHARACTERS:
        return None
    slug = parse_slug(text)
    return slug if len(slug) <= MAX_NAME_CHARACTERS else None


def _parse_number(values: Mapping[str, str], name: str, default: int) -> int:
    value = values.get(name, "")
    if not value:
        return default
    if not re.fullmatch(r"-?[0-9]{1,19}", value, re.ASCII):
        message = make_message("expected a whole number, got %(value)r", value=value[:40])
        raise ListingError(name, message)
    return max(-MAX_NUMBER, min(int(value), MAX_NUMBER))  # keys are negative before 1970


def _parse_choice(values: Mapping[str, str], name: str, choices: tuple[str, str]) -> str:
    value = values.get(name, "")
    if value and value not in choices:
        message = make_message(
            "expected %(one)r or %(other)r, got %(value)r",
            one=choices[0],
            other=choices[1],
            value=value[:40],
        )
        raise ListingError(name, message)
    return value


def _parse_search_words(value: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", value).casefold())
    words = "".join(character if character.isprintable() else " " for character in folded).split()
    text = " ".join(words)
    if len(text) > 200 or len(words) > 16:
        message = make_message("more than 16 words or 200 characters; search for fewer")
        raise ListingError("q", message)
    return text


def _parse_time_parameter(values: Mapping[str, str], name: str) -> str:
    value = values.get(name, "")
    if "T" in value:
        value = value.replace(" ", "+")  # the plus of an offset that was not encoded
    if value and not _is_time_range(value):
        message = make_message(
            "expected a date such as '2023-03', '2023-03-02' or '2023-03-02T14:30Z', got %(value)r",
            value=value[:40],
        )
        raise ListingError(name, message)
    return value


# -- the calendar -------------------------------------------------------------------


def parse_time_range(words: str, zone: ZoneInfo) -> tuple[int, int]:
    """Return the first second of an ISO 8601 time (year to second), and the first one after it.

    Words without an offset are in *zone*. Raise ValueError.
    """
    match = _ISO_DATE.fullmatch(words)
    if match is None:
        raise ValueError(words)
    *numbers, offset = match.groups()
    year, month, day, hour, minute, second = numbers
    start = datetime(  # noqa: DTZ001 - its zone follows, when the calendar is done with
        int(year),
        int(month or 1),
        int(day or 1),
        int(hour or 0),
        int(minute or 0),
        int(second or 0),
    )
    try:
        if month is None:
            end = start.replace(year=start.year + 1)
        elif day is None:
            end = (start + timedelta(days=31)).replace(day=1)
        else:
            end = start + _UNITS[sum(number is not None for number in numbers)]
    except (OverflowError, ValueError):
        # the end of 9999, which people write for "for ever"
        end = datetime.max  # noqa: DTZ901 - its zone follows too
    tzinfo = datetime.fromisoformat(f"2000-01-01T00:00{offset}").tzinfo if offset else zone
    first, after = (
        int((one.replace(tzinfo=tzinfo) - EPOCH).total_seconds()) for one in (start, end)
    )
    return first, after


def _is_time_range(words: str) -> bool:
    """Whether `parse_time_range` takes *words* in any zone."""
    try:
        parse_time_range(words, ZoneInfo("UTC"))
    except ValueError:
        return False
    return True


def make_period(seconds: int, cut: str, zone: ZoneInfo) -> str:
    """Return the period, of the size *cut* ("day", "month" or "year"), of a second: `2023-03`."""
    local = (EPOCH + timedelta(seconds=seconds)).astimezone(zone)
    return local.isoformat()[: PRECISION_LENGTHS[cut]]
