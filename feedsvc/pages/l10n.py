"""Dates, numbers and names in the forms of their language, dates in their own precision."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global
from babel.dates import format_date, format_skeleton
from babel.dates import format_time as format_clock
from babel.numbers import format_decimal
from babel.units import format_unit
from msgspec import Struct
from msgspec.structs import replace

from feedsvc.memo import remember_short
from feedsvc.model import PRECISION_LENGTHS, Item, Moment
from feedsvc.words import detect_locale

RTL_SCRIPTS = frozenset("adlm arab aran armi hebr mand nkoo rohg samr syrc thaa".split())
LIKELY_SUBTAGS = {"pnb": "pnb_Arab_PK", **get_global("likely_subtags")}  # CLDR lacks the first
SIZES = (("gigabyte", 10**9), ("megabyte", 10**6), ("kilobyte", 10**3))
TIME_PRECISIONS = ("second", "minute")
ALIGNED_CELL = re.compile(r'<(t[dh]) align="(left|center|right)"')


class DayGroup(Struct, frozen=True, kw_only=True):
    """Entries under one heading; *weekday* is "" if the date has no day."""

    label: str
    weekday: str
    iso_date: str
    items: tuple[Item, ...]


@remember_short(256)
def resolve_locale(language: str) -> Locale:
    """Return the locale of *language*, else of the tag shortened from its end, else English."""
    return detect_locale(language) or Locale("en")


@remember_short(256)
def get_direction(language: str) -> str:
    """Return "rtl" or "ltr" by the script in the tag (BCP 47) or the usual one of its language."""
    first, *rest = language.lower().split("-")
    likely = LIKELY_SUBTAGS.get(first, "").lower().split("_")
    script = next((part for part in (*rest, *likely) if len(part) == 4 and part.isalpha()), "")
    return "rtl" if script in RTL_SCRIPTS else "ltr"


def get_language_name(language: str) -> str:
    """Return a language's name for itself, `العربية`; its tag if none is known."""
    locale = resolve_locale(language)
    known = language.lower().split("-")[0] == locale.language
    return (locale.get_display_name() if known else None) or language


def format_day(moment: Moment, language: str) -> str:
    """Return the date in its own precision: `March 2, 2023`, `2023年3月`, `2023`."""
    return _format_date(moment.when.date().isoformat(), moment.precision, language)


@remember_short(2048)  # every headline has one, and many share it
def _format_date(day: str, precision: str, language: str) -> str:
    locale, when = resolve_locale(language), datetime.fromisoformat(day).replace(tzinfo=UTC)
    match precision:
        case "year":
            return format_skeleton("y", when, locale=locale)
        case "month":
            return format_skeleton("yMMMM", when, locale=locale)
        case "weekday":
            return format_date(when, "EEEE", locale=locale)
    return format_date(when, "long", locale=locale)


def format_period(period: str, language: str) -> str:
    """Return a calendar period in words: `March 2023` for "2023-03"."""
    year, _, month = period.partition("-")
    when = datetime(int(year), int(month or 1), 1, tzinfo=UTC)
    return format_day(Moment(when=when, precision="month" if month else "year"), language)


def get_month_name(month: int, language: str) -> str:
    """Return the bare name of a month, counted from 1: `März`."""
    return str(resolve_locale(language).months["stand-alone"]["wide"][month])


def format_time(moment: Moment, language: str) -> str:
    """Return the time with its zone, `10:05 UTC+8`; "" if the moment has no time."""
    if moment.precision not in TIME_PRECISIONS:
        return ""
    has_seconds = moment.precision == "second"
    clock = moment.when.time().isoformat("seconds" if has_seconds else "minutes")
    return f"{_format_clock(clock, language)} {_format_offset(moment)}"


@remember_short(8_192)  # an entry's page and its headline have the same
def _format_clock(clock: str, language: str) -> str:
    when = time.fromisoformat(clock)
    style = "medium" if when.second else "short"
    return format_clock(when, style, locale=resolve_locale(language))


def format_moment(moment: Moment, language: str) -> str:
    """Return date, time and zone as far as they are known."""
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
    """Return the moment for `<time datetime>` and JSON-LD, cut to its precision: `2023-03`."""
    return str(moment)[: PRECISION_LENGTHS.get(moment.precision)]


def format_number(number: int, language: str) -> str:
    """Return a count in the form of *language*: `12,000`, `12 000`."""
    return _format_number(language, number)


@remember_short(4_096)  # a page of the calendar has hundreds, most of them on every other page, too
def _format_number(language: str, number: int) -> str:
    return format_decimal(number, locale=resolve_locale(language))


def format_size(length: int, language: str) -> str:
    """Return a number of bytes in the form of *language*: `12 kB`, `3,4 Mo`."""
    unit, size = next((one for one in SIZES if length >= one[1]), ("byte", 1))
    shown = format_unit(
        length / size, f"digital-{unit}", "short", "#,##0.#", locale=resolve_locale(language)
    )
    return shown.replace(" ", "\N{NO-BREAK SPACE}")


def group_by_day(
    items: Iterable[Item], zone: ZoneInfo, language: str, *, by_change: bool = False
) -> list[DayGroup]:
    """Return *items* in their order, those of one day in *zone* under one heading."""
    groups: list[tuple[str, Moment, list[Item]]] = []
    for item in items:
        moment = item.entry.changed if by_change else item.entry.published
        if has_time := moment.precision in TIME_PRECISIONS:
            when = moment.when.astimezone(zone)
            iso_date = when.date().isoformat()
        else:
            iso_date = format_iso(moment)
        if not groups or groups[-1][0] != iso_date:
            day = replace(moment, when=when, precision="day") if has_time else moment
            groups.append((iso_date, day, []))
        groups[-1][2].append(item)
    return [
        DayGroup(
            label=format_day(moment, language),
            weekday=_format_date(moment.when.date().isoformat(), "weekday", language)
            if moment.precision == "day"
            else "",
            iso_date=iso_date,
            items=tuple(members),
        )
        for iso_date, moment, members in groups
    ]


def style_cells(html: str) -> str:
    """Return *html* with classes in place of the obsolete `align` of table cells."""
    return ALIGNED_CELL.sub(r'<\1 class="\2"', html)


class DateNames(Struct, frozen=True, kw_only=True):
    """The names of months and weekdays (from Monday), a table for each form."""

    months: tuple[tuple[str, ...], ...]
    weekdays: tuple[tuple[str, ...], ...]


@remember_short(64)
def list_date_names(language: str) -> DateNames:
    """Return the names, casefolded and without dots, of *language* and of English."""
    months, weekdays = [], []
    for locale in (resolve_locale(language), Locale("en")):
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                months.append(_list_names(locale.months[context][width], range(1, 13)))
                weekdays.append(_list_names(locale.days[context][width], range(7)))
    return DateNames(months=tuple(months), weekdays=tuple(weekdays))


def _list_names(names: Mapping[int, str], numbers: Iterable[int]) -> tuple[str, ...]:
    return tuple(names[number].casefold().rstrip(".") for number in numbers)
