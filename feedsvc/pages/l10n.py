"""Dates, numbers and names in words, each as its own language writes them; nothing is more exact than it was."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.dates import format_time as format_clock
from babel.numbers import format_decimal
from msgspec import Struct
from msgspec.structs import replace

from feedsvc.model import Item, Moment

RTL_SCRIPTS = frozenset("adlm arab aran hebr mand nkoo rohg samr syrc thaa".split())
RTL_LANGUAGES = frozenset(
    "ar arc azb bal ckb dv fa glk he iw khw ks lrc mzn nqo pnb ps sd syr ug ur yi".split()
)
TIME_PRECISIONS = ("second", "minute")
ALIGNED_CELL = re.compile(r'<(t[dh]) align="(left|center|right)"')


class DayGroup(Struct, frozen=True, kw_only=True):
    """Entries under one heading; *weekday* is "" where the date is no more exact than a month."""

    label: str
    weekday: str
    iso_date: str
    items: tuple[Item, ...]


@lru_cache(maxsize=256)
def resolve_locale(language: str) -> Locale:
    """How *language* writes; a tag that is not known is shortened from its end, at last to English."""
    parts = language.split("-")
    while parts:
        try:
            return Locale.parse("_".join(parts))
        except (UnknownLocaleError, ValueError):
            parts.pop()
    return Locale("en")


@lru_cache(maxsize=256)
def get_direction(language: str) -> str:
    """`rtl` or `ltr`: the script decides where the tag names one (BCP 47), else the language."""
    first, *rest = language.lower().split("-")
    scripts = [part for part in rest if len(part) == 4 and part.isalpha()]
    rtl = scripts[0] in RTL_SCRIPTS if scripts else first in RTL_LANGUAGES
    return "rtl" if rtl else "ltr"


def get_language_name(language: str) -> str:
    """A language's name for itself: `العربية`; the bare tag where nobody has told it."""
    locale = resolve_locale(language)
    known = language.lower().split("-")[0] == locale.language
    return (locale.get_display_name() if known else None) or language


def format_day(moment: Moment, language: str) -> str:
    """The date alone, no more exact than it is: `March 2, 2023`, `2023年3月`, `2023`."""
    locale = resolve_locale(language)
    match moment.precision:
        case "year":
            return format_skeleton("y", moment.when, locale=locale)
        case "month":
            return format_skeleton("yMMMM", moment.when, locale=locale)
    return format_date(moment.when, "long", locale=locale)


def format_period(period: str, language: str) -> str:
    """A calendar period in words: "2023-03" is `March 2023`."""
    year, _, month = period.partition("-")
    when = datetime(int(year), int(month or 1), 1, tzinfo=UTC)
    return format_day(Moment(when=when, precision="month" if month else "year"), language)


def get_month_name(month: int, language: str) -> str:
    """The bare name of a month, counted from 1: `März`."""
    return str(resolve_locale(language).months["stand-alone"]["wide"][month])


def format_time(moment: Moment, language: str) -> str:
    """The time of day with its zone, `10:05 UTC+8`; "" where the moment is not that exact."""
    if moment.precision not in TIME_PRECISIONS:
        return ""
    style = "medium" if moment.precision == "second" and moment.when.second else "short"
    clock = format_clock(
        moment.when.timetz(), style, tzinfo=moment.when.tzinfo, locale=resolve_locale(language)
    )
    return f"{clock} {_format_offset(moment)}"


def format_moment(moment: Moment, language: str) -> str:
    """Date, time and zone as far as they are known."""
    day, time = format_day(moment, language), format_time(moment, language)
    if not time:
        return day
    pattern = str(resolve_locale(language).datetime_formats["medium"])
    return pattern.replace("'", "").replace("{1}", day).replace("{0}", time)


def _format_offset(moment: Moment) -> str:
    minutes = round((moment.when.utcoffset() or moment.when - moment.when).total_seconds() / 60)
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '−'}{hours}" + (f":{rest:02}" if rest else "")


def format_iso(moment: Moment) -> str:
    """The moment for `<time datetime>` and JSON-LD, cut where it is not known any more: `2023-03`."""
    text = str(moment)
    return text[: {"year": 4, "month": 7, "day": 10}.get(moment.precision, len(text))]


def format_number(number: int, language: str) -> str:
    return format_decimal(number, locale=resolve_locale(language))


def format_size(length: int) -> str:
    """Bytes for people: `12 kB`, `3.4 MB`."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if length >= size:
            return f"{length / size:.1f}".removesuffix(".0") + f"\N{NO-BREAK SPACE}{unit}"
    return f"{length}\N{NO-BREAK SPACE}bytes"


def group_by_day(
    items: Iterable[Item], zone: ZoneInfo, language: str, *, by_change: bool = False
) -> list[DayGroup]:
    """Neighbours of one day in *zone* come under one heading, in *language*."""
    groups: list[tuple[Moment, list[Item]]] = []
    for item in items:
        moment = item.entry.changed if by_change else item.entry.published
        if moment.precision in TIME_PRECISIONS:
            moment = replace(moment, when=moment.when.astimezone(zone), precision="day")
        if not groups or format_iso(groups[-1][0]) != format_iso(moment):
            groups.append((moment, []))
        groups[-1][1].append(item)
    return [
        DayGroup(
            label=format_day(moment, language),
            weekday=format_date(moment.when, "EEEE", locale=resolve_locale(language))
            if moment.precision == "day"
            else "",
            iso_date=format_iso(moment),
            items=tuple(members),
        )
        for moment, members in groups
    ]


def style_cells(html: str) -> str:
    """The alignment of table cells as classes: readers want the attribute, which HTML has given up."""
    return ALIGNED_CELL.sub(r'<\1 class="\2"', html)
