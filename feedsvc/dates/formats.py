"""The date formats, the most certain first: parse a date part into year, month and day.

Each parser takes a `DateText` and the rules, and returns the parts, or a sentence why
the text is not in its format. It raises `DateError` for text in its format that names
no certain day: then no later format is tried.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from msgspec.structs import replace

from feedsvc.dates.dateutil_fallback import parse_with_dateutil
from feedsvc.dates.month_names import (
    DATE_TOKEN,
    SEVERAL_MONTHS,
    PhraseMeaning,
    fold_name,
    get_cldr_order,
    is_date_word,
    resolve_phrase,
)
from feedsvc.dates.normalize import convert_to_24_hours, parse_packed_time
from feedsvc.dates.timezones import ABBREVIATION_HOURS, ZONE_REMEDY, suggest_zone
from feedsvc.dates.types import DateParts, DateRules, DateText, TimeOfDay, make_date_error

FormatParser = Callable[[DateText, DateRules], DateParts | str]

SEPARATOR = r"(?:\s?[-/._]\s?|\s)"
YEAR_FIRST = re.compile(
    rf"""
      (?P<y1>\d{{4}}) {SEPARATOR} 0?(?P<m1>\d{{1,2}}) {SEPARATOR} (?P<d1>\d{{1,2}})
    | (?P<y2>\d{{4}}) (?: \s?[-/.]\s? (?P<m2>\d{{1,2}}) )?
    | (?P<y3>\d{{4}}) (?P<m3>\d\d) (?P<d3>\d\d) (?P<time>\d{{4}}(?:\d\d)?)?
    """,
    re.ASCII | re.VERBOSE,
)
MONTH_YEAR = re.compile(r"(\d{1,2})\s?[-/.]\s?(\d{4})", re.ASCII)
ISO_WEEK = re.compile(r"(\d{4})-?W(\d\d)(?:-?(\d))?", re.ASCII | re.IGNORECASE)
ISO_ORDINAL = re.compile(r"(\d{4})-?(\d{3})", re.ASCII)
YEAR_LAST = re.compile(rf"(\d{{1,2}})({SEPARATOR})(\d{{1,2}}){SEPARATOR}(\d{{4}})", re.ASCII)
TWO_DIGIT_YEAR = re.compile(rf"\d{{1,2}}{SEPARATOR}\d{{1,2}}{SEPARATOR}\d{{1,2}}", re.ASCII)
# Also as .NET writes it: /Date(1714989600000)/
EPOCH = re.compile(
    r"(?P<opened>/Date\()?(?P<count>\d{9,10}|\d{13})(?:\.\d+)?(?(opened)\)/)", re.ASCII
)
ISO_BASIC_DATE = re.compile(
    r"(?:19|20|21)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d\d?", re.ASCII
)
FOUR_DIGITS = re.compile(r"(?<!\d)\d{4}(?!\d)")
MAIL_DATE = re.compile(r"\D*?(\d{1,2})\D+(\d\d)")
ABBREVIATION = re.compile("[A-Z]{2,5}")
TRAILING_NAME = re.compile(r"[^\W\d_]+(?:[ _/-][^\W\d_]+)*(?=\)?$)")
WORDS = re.compile(r"[^\W\d_][^\s\d]*|[()]")


def parse_year_first(text: DateText, rules: DateRules) -> DateParts | str:
    """Parse year, month, day: `2024-4-09`, `2006/09/15`, `20260102`, `2026-03`, `2026`."""
    match = YEAR_FIRST.fullmatch(text.date_part)
    if match is None:
        return "is not year, month, day"
    if match["time"] and text.time_of_day:
        raise make_date_error(text, "has two times of day")
    month, day = match["m1"] or match["m2"] or match["m3"], match["d1"] or match["d3"]
    return DateParts(
        year=int(match["y1"] or match["y2"] or match["y3"]),
        month=int(month) if month else None,
        day=int(day) if day else None,
        time_of_day=parse_packed_time(match["time"]) if match["time"] else None,
    )


def parse_week_or_ordinal(text: DateText, rules: DateRules) -> DateParts | str:
    """Parse ISO 8601's weeks and days of the year: `2023-W09-4`, `2023-061`."""
    try:
        if match := ISO_WEEK.fullmatch(text.date_part):
            year, week, weekday = match.groups()
            if weekday is None:
                remedy = f"add the day: {year}-W{week}-1"
                raise make_date_error(text, "names a week, not a day", remedy)
            return _split_date(date.fromisocalendar(int(year), int(week), int(weekday)))
        if match := ISO_ORDINAL.fullmatch(text.date_part):
            day = date(int(match[1]), 1, 1) + timedelta(days=int(match[2]) - 1)
            if day.year == int(match[1]):
                return _split_date(day)
            raise ValueError(day)
    except (ValueError, OverflowError):
        raise make_date_error(text, "names a day that does not exist") from None
    return "is neither a week nor a day of the year"


def parse_epoch(text: DateText, rules: DateRules) -> DateParts | str:
    """Parse seconds (9 or 10 digits) or milliseconds (13) since 1970."""
    match = EPOCH.fullmatch(text.date_part)
    if not match or text.time_of_day or text.zone:
        return "is not a number of seconds"
    if ISO_BASIC_DATE.fullmatch(match["count"]):
        raise make_date_error(text, "may count seconds since 1970 or be year, month, day and more")
    seconds = int(match["count"]) // (1000 if len(match["count"]) == 13 else 1)
    when = datetime.fromtimestamp(seconds, UTC).astimezone(rules.zone)
    return replace(
        _split_date(when),
        time_of_day=TimeOfDay(hour=when.hour, minute=when.minute, second=when.second),
        utc_offset=when.utcoffset(),
    )


def parse_year_last(text: DateText, rules: DateRules) -> DateParts | str:
    """Parse day, month and year in numbers, the year last, if their order is certain."""
    if match := MONTH_YEAR.fullmatch(text.date_part):
        return DateParts(year=int(match[2]), month=int(match[1]))
    if TWO_DIGIT_YEAR.fullmatch(text.date_part):
        reason = "may be read in more than one order and century"
        raise make_date_error(text, reason, "write the year with four digits: 2023-03-02")
    if not (match := YEAR_LAST.fullmatch(text.date_part)):
        return "is not day, month, year in numbers"
    first, mark, second, year = int(match[1]), match[2].strip(), int(match[3]), int(match[4])
    dmy = DateParts(year=year, month=second, day=first)
    mdy = DateParts(year=year, month=first, day=second)
    if rules.order:
        order, reason = rules.order, f"{rules.order} is the setting"
    elif mark == ".":
        order, reason = "dmy", "dots mean day first"
    elif first == second or first > 12 or second > 12:
        order = "mdy" if second > 12 >= first else "dmy"
        reason = "there is no other order"
    else:
        order, reason = _resolve_order_by_language(text, rules, dmy, mdy)
    return replace(dmy if order == "dmy" else mdy, reason=reason)


def _resolve_order_by_language(
    text: DateText, rules: DateRules, dmy: DateParts, mdy: DateParts
) -> tuple[str, str]:
    """Return the order of the entry's language and the reason; raise `DateError` if in doubt."""
    day_first, month_first = (f"{it.year}-{it.month:02}-{it.day:02}" for it in (dmy, mdy))
    if order := get_cldr_order(rules.language):
        rejected = month_first if order == "dmy" else day_first
        return order, f"{order} by the language {rules.language!r}; {rejected} rejected"
    reason = f"may mean {day_first} (day first) or {month_first} (month first)"
    remedy = 'write it as one of these, or set [dates] order = "dmy" or "mdy"'
    raise make_date_error(text, reason, remedy)


def parse_month_name(text: DateText, rules: DateRules) -> DateParts | str:
    """Parse a month's name, or numbers with a weekday beside them, in any language of CLDR."""
    if not any(character.isalpha() for character in text.date_part):
        return "names no month"
    if not FOUR_DIGITS.search(text.date_part) and not (text.time_of_day and text.zone):
        return "has no year of four digits"
    words = [word for token in DATE_TOKEN.findall(text.date_part) if (word := fold_name(token))]
    meanings = resolve_phrase(words, rules.language)
    if len(meanings) > 1:
        meanings = _select_by_evidence(meanings, text)
    _refuse_month_beside_day(text, rules, words, meanings)
    weekdays = {meaning.weekday for meaning in meanings}
    meanings = {replace(meaning, weekday=None) for meaning in meanings}
    if len(meanings) > 1:
        reason = "means different days in different languages"
        raise make_date_error(text, reason, "set the entry's language")
    if not meanings:
        return _describe_unknown_word(text)
    parts = _build_parts(text, rules, meanings.pop())
    if isinstance(parts, str):
        return parts
    return replace(parts, weekday=weekdays.pop() if len(weekdays) == 1 else None)


def _select_by_evidence(meanings: set[PhraseMeaning], text: DateText) -> set[PhraseMeaning]:
    """Return the *meanings* that the text supports: Gusii's p.m. is German for Monday.

    A word for a.m. or p.m. needs a time of day, and a matching weekday is no coincidence.
    """
    if not text.time_of_day:
        meanings = {one for one in meanings if not one.day_period} or meanings
    return {one for one in meanings if _has_its_weekday(one)} or meanings


def _has_its_weekday(meaning: PhraseMeaning) -> bool:
    years = [int(number) for number in meaning.numbers if len(number) == 4]
    days = [int(number) for number in meaning.numbers if len(number) < 3]
    if meaning.weekday is None or len(years) != 1 or len(days) != 1 or meaning.month < 1:
        return False
    try:
        return date(years[0], meaning.month, days[0]).weekday() == meaning.weekday
    except ValueError:
        return False


def _refuse_month_beside_day(
    text: DateText, rules: DateRules, words: list[str], meanings: set[PhraseMeaning]
) -> None:
    """Raise `DateError` if a number of a whole date might belong to a month: `2026/3/2月`."""
    count = sum(word.isdigit() for word in words)
    if not any(meaning.month > 0 and len(meaning.numbers) < count for meaning in meanings):
        return
    bare = _parse_numbers_beside_weekday(text, rules)
    if isinstance(bare, DateParts) and any(bare.month != meaning.month for meaning in meanings):
        reason = "may name a month or a weekday after the day"
        raise make_date_error(text, reason)


def _describe_unknown_word(text: DateText) -> str:
    """Return which word of *text* is in the dates of no language."""
    for token in DATE_TOKEN.findall(text.date_part):
        if (word := fold_name(token)) and not is_date_word(word):
            _refuse_zone(text, token)
            return f"has {token!r} in it, which is not a month or weekday"
    return "has words of more than one language"


def _refuse_zone(text: DateText, token: str) -> None:
    """Raise `DateError` if the unknown *token* of *text* is, or begins, a time zone's name."""
    behind = TRAILING_NAME.search(text.date_part) if text.time_of_day else None
    words = behind[0] if behind and token in behind[0] else token
    meant = suggest_zone(words) if behind else ""
    if behind and words.upper() in ABBREVIATION_HOURS:
        meant = words.upper()
    if not text.time_of_day and words in ABBREVIATION_HOURS:
        reason = f"names the time zone {words!r}, but no time of day"
        raise make_date_error(text, reason, "add the time, or remove the zone")
    if meant or ABBREVIATION.fullmatch(words):
        reason = f"has {words!r} in it, which is not a time zone that is known here"
        raise make_date_error(text, reason, f"write {meant!r}" if meant else ZONE_REMEDY)


def _build_parts(text: DateText, rules: DateRules, meaning: PhraseMeaning) -> DateParts | str:
    """Return the parts of a phrase with its a.m. or p.m. applied to the time of day."""
    if meaning.month == SEVERAL_MONTHS:
        return "names more than one month"
    clock = text.time_of_day
    if meaning.day_period:
        if not clock:
            return "says a.m. or p.m., but no time"
        clock = convert_to_24_hours(text, clock, meaning.day_period)
    if meaning.month:
        parts = _parse_numbers_of_month(text, meaning)
    else:
        parts = _parse_numbers_beside_weekday(text, rules)
    return parts if isinstance(parts, str) else replace(parts, time_of_day=clock)


def _parse_numbers_beside_weekday(text: DateText, rules: DateRules) -> DateParts | str:
    bare = replace(text, date_part=WORDS.sub(" ", text.date_part).strip(" ,."))
    for parser in (parse_year_first, parse_year_last):
        parts = parser(bare, rules)
        if isinstance(parts, DateParts) and parts.day is not None and not parts.time_of_day:
            return parts
    return "names no month"


def _parse_numbers_of_month(text: DateText, meaning: PhraseMeaning) -> DateParts | str:
    """Return the day and year beside a month's name."""
    clock = text.time_of_day
    years = [number for number in meaning.numbers if len(number) == 4]
    days = [number for number in meaning.numbers if len(number) < 3]
    if len(years) == 1 and len(days) + 1 == len(meaning.numbers) <= 2:
        has_seconds = clock is not None and clock.second is not None
        return DateParts(
            year=int(years[0]),
            month=meaning.month,
            day=int(days[0]) if days else None,
            is_gregorian=has_seconds and text.zone != "" and text.normalized.isascii(),
        )
    mail = MAIL_DATE.fullmatch(text.date_part)
    if mail and len(meaning.numbers) == 2 and clock and text.zone:
        # RFC 5322, 4.3: 00 to 49 are 20xx; only in the full form of a mail header
        year = int(mail[2]) + (2000 if int(mail[2]) < 50 else 1900)
        return DateParts(year=year, month=meaning.month, day=int(mail[1]))
    return "does not name one day, one month and one year of four digits"


def _split_date(day: date) -> DateParts:
    return DateParts(year=day.year, month=day.month, day=day.day)


DATE_FORMATS: tuple[tuple[str, FormatParser], ...] = (
    ("year first", parse_year_first),
    ("week, day of the year", parse_week_or_ordinal),
    ("seconds since 1970", parse_epoch),
    ("numbers", parse_year_last),
    ("names", parse_month_name),
    ("dateutil", parse_with_dateutil),
)
