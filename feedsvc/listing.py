"""Which entries a page or feed shows: a URL becomes a `Listing`, and a listing its one canonical URL.

Values only. Names are slugs here; whether an entry bears them, the index knows.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from feedsvc.errors import ListingError
from feedsvc.model import EPOCH, TermKind
from feedsvc.urls import (
    LISTING_FILES,
    TERM_FOLDERS,
    Route,
    add_query,
    make_listing_path,
    parse_slug,
)

KIND_BY_PARAMETER: dict[str, TermKind] = {
    "tag": "tag",
    "category": "category",
    "author": "author",
    "lang": "language",
}
FORMAT_BY_FILE_NAME = {name: format_ for format_, name in LISTING_FILES.items()}
TWO_DIGIT_MONTHS = tuple(f"{month:02}" for month in range(1, 13))
MAX_DOCUMENT_ENTRIES = 500  # entries in one document
MAX_QUERY_TERMS = 32  # names in one query: what a listing may cost is bounded
_ISO_DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?(Z|[+-]\d\d:?\d\d)?)?)?)?",
    re.ASCII,
)


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
    before: int = 0  # a key: the HTML page continues below it
    period: str = ""  # an archive document's
    part: int = 1

    @property
    def names(self) -> tuple[tuple[TermKind, tuple[str, ...]], ...]:
        """All groups, the one of the path included."""
        own = self.path_term
        return ((own[0], (own[1],)), *self.groups) if own else self.groups

    @property
    def path_term(self) -> tuple[TermKind, str] | None:
        """(kind, slug) where the path names a tag, category, author or language."""
        head, _, slug = self.folder.partition("/")
        return (TERM_FOLDERS[head], slug) if head in TERM_FOLDERS else None

    @property
    def path_period(self) -> str:
        """The period that the path names, "2023-03" for `/2023/03/`."""
        return self.folder.replace("/", "-") if self.folder[:1].isdigit() else ""

    @property
    def archived_listing(self) -> Listing:
        """The listing whose archives complete this one: without what only shapes the subscription document."""
        return replace(self, sort="", limit=0, before=0, period="", part=1)

    def make_path(self, format_: str = "html") -> str:
        """The canonical path and query below the site's URL: `tags/wind/atom.xml?limit=5`."""
        path = make_listing_path(format_, self.folder, self.period, self.part)
        return add_query(path, self.list_parameters())

    def make_query(self) -> str:
        """The canonical query without its `?`, "" for none."""
        return add_query("", self.list_parameters()).removeprefix("?")

    def list_parameters(self) -> list[tuple[str, str]]:
        """Name and value of each query parameter in canonical order; some values are ""."""
        by_kind = {kind: parameter for parameter, kind in KIND_BY_PARAMETER.items()}
        pairs = [(by_kind[kind], ",".join(slugs)) for kind, slugs in self.groups]
        pairs += [("not", slug) for slug in self.without]
        pairs += [("q", self.words), ("since", self.since), ("until", self.until)]
        pairs += [("limit", str(self.limit or "")), ("content", self.content), ("sort", self.sort)]
        return [*pairs, ("before", str(self.before or ""))]


def parse_listing(
    segments: Sequence[str],
    query: Mapping[str, Sequence[str]],
    *,
    limit: int = 30,
    content: str = "full",
) -> tuple[Listing, str] | None:
    """The listing and format of a URL path taken apart at its slashes, None where the path is no listing's.

    *limit* and *content* are the settings: a parameter that repeats them is not
    part of the canonical spelling. Raises ListingError for a bad value.
    """
    *folders, last = segments or [""]
    if last not in FORMAT_BY_FILE_NAME:
        return None
    period, part = "", 1
    if Route.ARCHIVE in folders:
        at = folders.index(Route.ARCHIVE)
        archive = _parse_archive(folders[at + 1 :])
        if archive is None or not last:
            return None
        folders, (period, part) = folders[:at], archive
    folder = _parse_listing_folder(folders)
    if folder is None:
        return None
    listing = Listing(folder=folder, period=period, part=part)
    return _add_query(listing, query, limit, content), FORMAT_BY_FILE_NAME[last]


def _parse_listing_folder(folders: Sequence[str]) -> str | None:
    match folders:
        case []:
            return ""
        case [head, name] if head in TERM_FOLDERS:
            slug = parse_slug(name)
            return f"{head}/{slug}" if slug else None
        case [year] if re.fullmatch(r"[1-9][0-9]{3}", year) and year != "9999":
            return year
        case [year, month] if (
            re.fullmatch(r"[1-9][0-9]{3}", year) and year != "9999" and month in TWO_DIGIT_MONTHS
        ):
            return f"{year}/{month}"
    return None


def _parse_archive(rest: Sequence[str]) -> tuple[str, int] | None:
    match rest:
        case [period]:
            part = "1"
        case [period, part] if re.fullmatch(r"[1-9][0-9]{0,5}", part) and part != "1":
            pass
        case _:
            return None
    if not re.fullmatch(r"[0-9]{4}(-(0[1-9]|1[0-2])(-[0-3][0-9])?)?", period):
        return None
    try:
        parse_time_range(period, ZoneInfo("UTC"))
    except ValueError:
        return None
    return period, int(part)


def _add_query(
    listing: Listing, query: Mapping[str, Sequence[str]], limit: int, content: str
) -> Listing:
    groups: set[tuple[TermKind, tuple[str, ...]]] = set()
    for parameter, kind in KIND_BY_PARAMETER.items():
        for value in query.get(parameter, ()):
            slugs = _split_slugs(value)
            if slugs and (kind, slugs) not in listing.names:
                groups.add((kind, slugs))
    without = {slug for value in query.get("not", ()) for slug in _split_slugs(value)}
    if sum(len(slugs) for _, slugs in groups) + len(without) > MAX_QUERY_TERMS:
        raise ListingError("tag", f"more than {MAX_QUERY_TERMS} names in one query; ask for fewer")
    order = list(KIND_BY_PARAMETER.values())
    wanted = _parse_number(query, "limit")
    if wanted is not None and wanted < 1:
        raise ListingError(
            "limit",
            f"{wanted} stands where a whole number from 1 to {MAX_DOCUMENT_ENTRIES} is expected",
        )
    shape = _parse_choice(query, "content", ("full", "summary"))
    return replace(
        listing,
        groups=tuple(sorted(groups, key=lambda group: (order.index(group[0]), group[1]))),
        without=tuple(sorted(without)),
        words=_parse_search_words(query),
        since=_parse_time_parameter(query, "since"),
        until=_parse_time_parameter(query, "until"),
        limit=0
        if wanted is None or listing.period or min(wanted, MAX_DOCUMENT_ENTRIES) == limit
        else min(wanted, MAX_DOCUMENT_ENTRIES),
        content="" if shape == content else shape,
        sort=""
        if listing.period or _parse_choice(query, "sort", ("updated", "published")) != "updated"
        else "updated",
        before=0 if listing.period else _parse_number(query, "before") or 0,
    )


def _split_slugs(value: str) -> tuple[str, ...]:
    return tuple(sorted({slug for slug in map(parse_slug, value.split(",")) if slug}))


def _get_last_value(query: Mapping[str, Sequence[str]], name: str) -> str:
    values = query.get(name, ())
    return values[-1].strip() if values else ""


def _parse_number(query: Mapping[str, Sequence[str]], name: str) -> int | None:
    value = _get_last_value(query, name)
    if not value:
        return None
    if not re.fullmatch(r"[0-9]{1,19}", value):
        raise ListingError(name, f"{value[:40]!r} stands where a whole number is expected")
    return min(int(value), (1 << 63) - 1)


def _parse_choice(query: Mapping[str, Sequence[str]], name: str, choices: tuple[str, ...]) -> str:
    value = _get_last_value(query, name)
    if value and value not in choices:
        raise ListingError(
            name, f"{value[:40]!r} stands where {' or '.join(map(repr, choices))} is expected"
        )
    return value


def _parse_search_words(query: Mapping[str, Sequence[str]]) -> str:
    folded = unicodedata.normalize(
        "NFKC", unicodedata.normalize("NFKC", _get_last_value(query, "q")).casefold()
    )
    words = "".join(character if character.isprintable() else " " for character in folded).split()
    text = " ".join(words)
    if len(text) > 200 or len(words) > 16:
        raise ListingError("q", "more than 16 words or 200 characters; search for fewer")
    return text


def _parse_time_parameter(query: Mapping[str, Sequence[str]], name: str) -> str:
    value = (
        _get_last_value(query, name).replace(" ", "+")
        if "T" in _get_last_value(query, name)
        else _get_last_value(query, name)
    )
    if not value:
        return ""
    try:
        parse_time_range(value, ZoneInfo("UTC"))
    except ValueError:
        problem = f"{value[:40]!r} stands where a date such as '2023-03', '2023-03-02' or '2023-03-02T14:30Z' is expected"
        raise ListingError(name, problem) from None
    return value


# -- the calendar -------------------------------------------------------------------


def parse_time_range(words: str, zone: ZoneInfo) -> tuple[int, int]:
    """First second of an ISO 8601 year, month, day, minute or second, and the first after it.

    Words without an offset are meant in *zone*. Raises ValueError.
    """
    match = _ISO_DATE.fullmatch(words)
    if match is None:
        raise ValueError(words)
    year, month, day, hour, minute, second, offset = match.groups()
    numbers = (
        int(year),
        int(month or 1),
        int(day or 1),
        int(hour or 0),
        int(minute or 0),
        int(second or 0),
    )
    start = datetime(*numbers)  # noqa: DTZ001 - its zone follows, when the calendar is done with
    if month is None:
        end = start.replace(year=start.year + 1)
    elif day is None:
        end = (start + timedelta(days=31)).replace(day=1)
    else:
        unit = (
            timedelta(days=1)
            if hour is None
            else timedelta(minutes=1)
            if second is None
            else timedelta(seconds=1)
        )
        end = start + unit
    tzinfo = datetime.fromisoformat(f"2000-01-01T00:00{offset}").tzinfo if offset else zone
    first, after = (
        int((one.replace(tzinfo=tzinfo) - EPOCH).total_seconds()) for one in (start, end)
    )
    return first, after


def make_period(seconds: int, cut: str, zone: ZoneInfo) -> str:
    """The calendar period ("month", "year" or "day") in *zone* that a second lies in: `2023-03`."""
    length = {"year": 4, "month": 7, "day": 10}[cut]
    return (EPOCH + timedelta(seconds=seconds)).astimezone(zone).isoformat()[:length]


def describe_listing(listing: Listing, names: Mapping[tuple[str, str], str]) -> str:
    """What a listing is about, for its title: `Wind + (Solar or Tides), without Coal`; "" for everything."""

    def show(kind: str, slugs: Iterable[str]) -> str:
        shown = [names.get((kind, slug), slug) for slug in slugs]
        return shown[0] if len(shown) == 1 else f"({' or '.join(shown)})"

    parts = (
        [" + ".join(show(kind, slugs) for kind, slugs in listing.names)] if listing.names else []
    )
    if listing.path_period:
        parts.append(listing.path_period)
    if listing.words:
        parts.append(f"“{listing.words}”")
    if listing.since or listing.until:
        parts.append(f"{listing.since} \N{EN DASH} {listing.until}".strip())
    if listing.without:
        kinds = ("tag", "category", "author")
        shown = (
            next((names[k, slug] for k in kinds if (k, slug) in names), slug)
            for slug in listing.without
        )
        parts.append("without " + ", ".join(shown))
    if listing.sort:
        parts.append("recently updated")
    return ", ".join(parts)
