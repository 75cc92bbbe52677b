"""The readers of dates, the most certain first: a draft's rest becomes year, month and day.

Each takes a draft and the rules, and gives back what it found, or a sentence why
these words are none of its kind. It raises `DateError` where they are its kind and
name no day for certain: nobody further down is asked to guess then.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

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
from feedsvc.dates.normalize import convert_to_24_hours
from feedsvc.dates.types import DateParts, DateRules, DateText, TimeOfDay, make_date_error

FormatParser = Callable[[DateText, DateRules], DateParts | str]

SEPARATOR = r"(?:\s?[-/._]\s?|\s)"
YEAR_FIRST = re.compile(rf"(\d{{4}}){SEPARATOR}0?(\d{{1,2}}){SEPARATOR}(\d{{1,2}})", re.ASCII)
YEAR_MONTH = re.compile(r"(\d{4})(?:\s?[-/.]\s?(\d{1,2}))?", re.ASCII)
MONTH_YEAR = re.compile(r"(\d{1,2})\s?[-/.]\s?(\d{4})", re.ASCII)
ISO_BASIC = re.compile(r"(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?", re.ASCII)
ISO_WEEK = re.compile(r"(\d{4})-?W(\d\d)(?:-?(\d))?", re.ASCII | re.IGNORECASE)
ISO_ORDINAL = re.compile(r"(\d{4})-?(\d{3})", re.ASCII)
ISO_TRUNCATED = re.compile(r"(\d\d)(-?)(\d\d)\2(\d\d)|-(\d\d)-?(\d\d)|(0\d)(\d{3})", re.ASCII)
YEAR_LAST = re.compile(rf"(\d{{1,2}})({SEPARATOR})(\d{{1,2}}){SEPARATOR}(\d{{4}})", re.ASCII)
TWO_DIGIT_YEAR = re.compile(rf"\d{{1,2}}{SEPARATOR}\d{{1,2}}{SEPARATOR}\d{{1,2}}", re.ASCII)
EPOCH = re.compile(r"(\d{9,10}|\d{13})(?:\.\d+)?", re.ASCII)
ISO_BASIC_DATE = re.compile(
    r"(?:19|20|21)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d\d?", re.ASCII
)


def parse_year_first(draft: DateText, rules: DateRules) -> DateParts | str:
    """Year, month, day in that order: `2024-4-09`, `2006/09/15`, `20260102`, `2026-03`, `2026`."""
    if match := YEAR_FIRST.fullmatch(draft.rest):
        return DateParts(int(match[1]), int(match[2]), int(match[3]))
    if match := YEAR_MONTH.fullmatch(draft.rest):
        return DateParts(int(match[1]), int(match[2]) if match[2] else None)
    if match := ISO_BASIC.fullmatch(draft.rest):
        clock = (
            TimeOfDay(int(match[4]), int(match[5]), int(match[6]) if match[6] else None)
            if match[4]
            else None
        )
        if clock and draft.clock:
            raise make_date_error(draft, "has two times of day")
        return DateParts(int(match[1]), int(match[2]), int(match[3]), clock)
    return "is not year, month, day"


def parse_rare_iso(draft: DateText, rules: DateRules) -> DateParts | str:
    """ISO 8601's weeks and ordinal days, and what its edition of 1988 left out of a year."""
    try:
        if match := ISO_WEEK.fullmatch(draft.rest):
            if not match[3]:
                raise make_date_error(
                    draft, "names a week, not a day", f"add the day: {match[1]}-W{match[2]}-1"
                )
            day = date.fromisocalendar(*map(int, match.groups()))
            return DateParts(day.year, day.month, day.day)
        if match := ISO_ORDINAL.fullmatch(draft.rest):
            return _build_ordinal_date(int(match[1]), int(match[2]))
        if match := ISO_TRUNCATED.fullmatch(draft.rest):
            return _parse_truncated(draft, *match.groups())
    except (ValueError, OverflowError):
        raise make_date_error(draft, "names no day of the calendar") from None
    return "is neither a week nor a day of the year"


def _build_ordinal_date(year: int, number: int) -> DateParts:
    day = date(year, 1, 1) + timedelta(days=number - 1)
    if not number or day.year != year:
        raise ValueError(number)
    return DateParts(day.year, day.month, day.day)


def _parse_truncated(draft: DateText, *groups: str | None) -> DateParts:
    year, _, month, day, year_of_month, only_month, year_of_days, days = groups
    if year_of_month and only_month:
        return DateParts(_parse_two_digit_year(draft, year_of_month), int(only_month))
    if year_of_days and days:
        return _build_ordinal_date(_parse_two_digit_year(draft, year_of_days), int(days))
    # 31 and above can be no day and no month: only then is the order certain
    if not (year and month and day) or int(year) > 29 or not 29 < int(day) < 32:
        raise _make_century_error(draft)
    return DateParts(_parse_two_digit_year(draft, year), int(month), int(day))


def _parse_two_digit_year(draft: DateText, year: str) -> int:
    """1970 to 2029; a year between names no century for certain."""
    if 29 < int(year) < 70:
        raise _make_century_error(draft)
    return int(year) + (2000 if int(year) < 70 else 1900)


def _make_century_error(draft: DateText) -> Exception:
    reason = "may be read in more than one order and century"
    return make_date_error(draft, reason, "write the year with four digits: 2023-03-02")


def parse_epoch(draft: DateText, rules: DateRules) -> DateParts | str:
    """Seconds (9 or 10 digits) or milliseconds (13) since 1970."""
    match = EPOCH.fullmatch(draft.rest)
    if not match or draft.clock or draft.zone:
        return "is not a number of seconds"
    if ISO_BASIC_DATE.fullmatch(match[1]):
        raise make_date_error(draft, "may count seconds since 1970 or be year, month, day and more")
    seconds = int(match[1]) // (1000 if len(match[1]) == 13 else 1)
    when = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).astimezone(rules.zone)
    clock = TimeOfDay(when.hour, when.minute, when.second)
    return DateParts(when.year, when.month, when.day, clock, when.utcoffset())


def parse_year_last(draft: DateText, rules: DateRules) -> DateParts | str:
    """Day, month and year in numbers, the year last: what order, is a question of certainty."""
    if match := MONTH_YEAR.fullmatch(draft.rest):
        return DateParts(int(match[2]), int(match[1]))
    if TWO_DIGIT_YEAR.fullmatch(draft.rest):
        raise _make_century_error(draft)
    if not (match := YEAR_LAST.fullmatch(draft.rest)):
        return "is not day, month, year in numbers"
    first, second, year = int(match[1]), int(match[3]), int(match[4])
    order, why = _detect_order(draft, rules, match[2].strip(), first, second, year)
    return (
        DateParts(year, second, first, why=why)
        if order == "dmy"
        else DateParts(year, first, second, why=why)
    )


def _detect_order(
    draft: DateText, rules: DateRules, mark: str, first: int, second: int, year: int
) -> tuple[str, str]:
    readings = {"dmy": f"{year}-{second:02}-{first:02}", "mdy": f"{year}-{first:02}-{second:02}"}
    if rules.order:
        return rules.order, f"{rules.order} is the setting"
    if mark == ".":
        return "dmy", "dots mean day first"
    if first == second or first > 12 or second > 12:
        return ("dmy" if first > 12 or first == second else "mdy"), "there is no other order"
    if order := get_cldr_order(rules.language):
        other = readings["mdy" if order == "dmy" else "dmy"]
        return order, f"{order} by the language {rules.language!r}; {other} rejected"
    both = f"may mean {readings['dmy']} (day first) or {readings['mdy']} (month first)"
    raise make_date_error(
        draft, both, 'write it as one of these, or set [dates] order = "dmy" or "mdy"'
    )


def parse_month_name(draft: DateText, rules: DateRules) -> DateParts | str:
    """A month by its name, or numbers with a weekday beside them, in any language of CLDR."""
    if not any(character.isalpha() for character in draft.rest):
        return "names no month"
    if not re.search(r"(?<!\d)\d{4}(?!\d)", draft.rest) and not (draft.clock and draft.zone):
        return "has no year of four digits"
    words = [word for token in DATE_TOKEN.findall(draft.rest) if (word := fold_name(token))]
    senses = resolve_phrase(words, rules.language)
    weekdays = {sense.weekday for sense in senses}
    senses = {sense._replace(weekday=None) for sense in senses}
    if len(senses) > 1:
        raise make_date_error(
            draft, "means different days in different languages", "set the entry's language"
        )
    if not senses:
        return _describe_unknown_word(draft, words)
    sense = senses.pop()
    if sense.month == SEVERAL_MONTHS:
        return "names more than one month"
    if sense.half and not draft.clock:
        return "says a.m. or p.m., but no time"
    clock = (
        convert_to_24_hours(draft, draft.clock, sense.half)
        if draft.clock and sense.half
        else draft.clock
    )
    found = (
        _build_date_parts(draft, sense) if sense.month else _parse_weekday_and_numbers(draft, rules)
    )
    return (
        found._replace(weekday=weekdays.pop() if len(weekdays) == 1 else None, clock=clock)
        if isinstance(found, DateParts)
        else found
    )


def _describe_unknown_word(draft: DateText, words: list[str]) -> str:
    for token in DATE_TOKEN.findall(draft.rest):
        if (word := fold_name(token)) and not is_date_word(word):
            zone = re.fullmatch("[A-Z]{2,5}", token)
            return f"has {token!r} in it, which is not a {'time zone that is known here' if zone else 'month or weekday'}"
    return "has words of more than one language"


def _parse_weekday_and_numbers(draft: DateText, rules: DateRules) -> DateParts | str:
    bare = draft._replace(rest=re.sub(r"[^\W\d_][^\s\d]*|[()]", " ", draft.rest).strip(" ,."))
    for reader in (parse_year_first, parse_year_last):
        if (
            isinstance(found := reader(bare, rules), DateParts)
            and found.day is not None
            and not found.clock
        ):
            return found
    return "names no month"


def _build_date_parts(draft: DateText, sense: PhraseMeaning) -> DateParts | str:
    years = [number for number in sense.numbers if len(number) == 4]
    days = [number for number in sense.numbers if len(number) < 3]
    if len(years) == 1 and len(days) + 1 == len(sense.numbers) <= 2:
        stamp = (
            draft.clock is not None
            and draft.clock.second is not None
            and draft.zone != ""
            and draft.text.isascii()
        )
        return DateParts(int(years[0]), sense.month, int(days[0]) if days else None, any_year=stamp)
    header = re.fullmatch(r"\D*?(\d{1,2})\D+(\d\d)", draft.rest)
    if header and len(sense.numbers) == 2 and draft.clock and draft.zone:
        # RFC 5322, 4.3: 00 to 49 are 20xx; only in the full form of a mail header
        return DateParts(
            int(header[2]) + (2000 if int(header[2]) < 50 else 1900), sense.month, int(header[1])
        )
    return "does not name one day, one month and one year of four digits"


DATE_FORMATS: tuple[tuple[str, FormatParser], ...] = (
    ("year first", parse_year_first),
    ("week, day of the year", parse_rare_iso),
    ("seconds since 1970", parse_epoch),
    ("numbers", parse_year_last),
    ("names", parse_month_name),
    ("dateutil", parse_with_dateutil),
)
