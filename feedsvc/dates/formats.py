"""The readers of dates, the most certain first: a draft's rest becomes year, month and day.

Each takes a draft and the rules, and gives back what it found, or a sentence why
these words are none of its kind. It raises `DateError` where they are its kind and
name no day for certain: nobody further down is asked to guess then.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from feedsvc.dates.dateutil_fallback import read_lastly
from feedsvc.dates.month_names import (
    CONTRADICTION,
    TOKEN,
    Sense,
    find_order,
    find_senses,
    fold,
    is_word,
)
from feedsvc.dates.normalize import parse_half
from feedsvc.dates.types import Clock, DateRules, Draft, Found, refuse

Reader = Callable[[Draft, DateRules], Found | str]

SPACED = r"(?:\s?[-/._]\s?|\s)"
YEAR_FIRST = re.compile(rf"(\d{{4}}){SPACED}0?(\d{{1,2}}){SPACED}(\d{{1,2}})", re.ASCII)
YEAR_MONTH = re.compile(r"(\d{4})(?:\s?[-/.]\s?(\d{1,2}))?", re.ASCII)
MONTH_YEAR = re.compile(r"(\d{1,2})\s?[-/.]\s?(\d{4})", re.ASCII)
PACKED = re.compile(r"(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?", re.ASCII)
WEEK = re.compile(r"(\d{4})-?W(\d\d)(?:-?(\d))?", re.ASCII | re.IGNORECASE)
ORDINAL = re.compile(r"(\d{4})-?(\d{3})", re.ASCII)
TRUNCATED = re.compile(r"(\d\d)(-?)(\d\d)\2(\d\d)|-(\d\d)-?(\d\d)|(0\d)(\d{3})", re.ASCII)
YEAR_LAST = re.compile(rf"(\d{{1,2}})({SPACED})(\d{{1,2}}){SPACED}(\d{{4}})", re.ASCII)
NO_CENTURY = re.compile(rf"\d{{1,2}}{SPACED}\d{{1,2}}{SPACED}\d{{1,2}}", re.ASCII)
EPOCH = re.compile(r"(\d{9,10}|\d{13})(?:\.\d+)?", re.ASCII)
PACKED_DAY = re.compile(r"(?:19|20|21)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d\d?", re.ASCII)


def read_iso(draft: Draft, rules: DateRules) -> Found | str:
    """Year, month, day in that order: `2024-4-09`, `2006/09/15`, `20260102`, `2026-03`, `2026`."""
    if match := YEAR_FIRST.fullmatch(draft.rest):
        return Found(int(match[1]), int(match[2]), int(match[3]))
    if match := YEAR_MONTH.fullmatch(draft.rest):
        return Found(int(match[1]), int(match[2]) if match[2] else None)
    if match := PACKED.fullmatch(draft.rest):
        clock = (
            Clock(int(match[4]), int(match[5]), int(match[6]) if match[6] else None)
            if match[4]
            else None
        )
        if clock and draft.clock:
            raise refuse(draft, "has two times of day")
        return Found(int(match[1]), int(match[2]), int(match[3]), clock)
    return "is not year, month, day"


def read_iso_rare(draft: Draft, rules: DateRules) -> Found | str:
    """ISO 8601's weeks and ordinal days, and what its edition of 1988 left out of a year."""
    try:
        if match := WEEK.fullmatch(draft.rest):
            if not match[3]:
                raise refuse(
                    draft, "names a week, not a day", f"add the day: {match[1]}-W{match[2]}-1"
                )
            day = date.fromisocalendar(*map(int, match.groups()))
            return Found(day.year, day.month, day.day)
        if match := ORDINAL.fullmatch(draft.rest):
            return _count_days(int(match[1]), int(match[2]))
        if match := TRUNCATED.fullmatch(draft.rest):
            return _read_truncated(draft, *match.groups())
    except (ValueError, OverflowError):
        raise refuse(draft, "names no day of the calendar") from None
    return "is neither a week nor a day of the year"


def _count_days(year: int, number: int) -> Found:
    day = date(year, 1, 1) + timedelta(days=number - 1)
    if not number or day.year != year:
        raise ValueError(number)
    return Found(day.year, day.month, day.day)


def _read_truncated(draft: Draft, *groups: str | None) -> Found:
    year, _, month, day, year_of_month, only_month, year_of_days, days = groups
    if year_of_month and only_month:
        return Found(_find_century(draft, year_of_month), int(only_month))
    if year_of_days and days:
        return _count_days(_find_century(draft, year_of_days), int(days))
    # 31 and above can be no day and no month: only then is the order certain
    if not (year and month and day) or int(year) > 29 or not 29 < int(day) < 32:
        raise _no_century(draft)
    return Found(_find_century(draft, year), int(month), int(day))


def _find_century(draft: Draft, year: str) -> int:
    """1970 to 2029; a year between names no century for certain."""
    if 29 < int(year) < 70:
        raise _no_century(draft)
    return int(year) + (2000 if int(year) < 70 else 1900)


def _no_century(draft: Draft) -> Exception:
    reason = "may be read in more than one order and century"
    return refuse(draft, reason, "write the year with four digits: 2023-03-02")


def read_epoch(draft: Draft, rules: DateRules) -> Found | str:
    """Seconds (9 or 10 digits) or milliseconds (13) since 1970."""
    match = EPOCH.fullmatch(draft.rest)
    if not match or draft.clock or draft.zone:
        return "is not a number of seconds"
    if PACKED_DAY.fullmatch(match[1]):
        raise refuse(draft, "may count seconds since 1970 or be year, month, day and more")
    seconds = int(match[1]) // (1000 if len(match[1]) == 13 else 1)
    when = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).astimezone(rules.zone)
    clock = Clock(when.hour, when.minute, when.second)
    return Found(when.year, when.month, when.day, clock, when.utcoffset())


def read_numbers(draft: Draft, rules: DateRules) -> Found | str:
    """Day, month and year in numbers, the year last: what order, is a question of certainty."""
    if match := MONTH_YEAR.fullmatch(draft.rest):
        return Found(int(match[2]), int(match[1]))
    if NO_CENTURY.fullmatch(draft.rest):
        raise _no_century(draft)
    if not (match := YEAR_LAST.fullmatch(draft.rest)):
        return "is not day, month, year in numbers"
    first, second, year = int(match[1]), int(match[3]), int(match[4])
    order, why = _choose_order(draft, rules, match[2].strip(), first, second, year)
    return (
        Found(year, second, first, why=why)
        if order == "dmy"
        else Found(year, first, second, why=why)
    )


def _choose_order(
    draft: Draft, rules: DateRules, mark: str, first: int, second: int, year: int
) -> tuple[str, str]:
    readings = {"dmy": f"{year}-{second:02}-{first:02}", "mdy": f"{year}-{first:02}-{second:02}"}
    if rules.order:
        return rules.order, f"{rules.order} is the setting"
    if mark == ".":
        return "dmy", "dots mean day first"
    if first == second or first > 12 or second > 12:
        return ("dmy" if first > 12 or first == second else "mdy"), "there is no other order"
    if order := find_order(rules.language):
        other = readings["mdy" if order == "dmy" else "dmy"]
        return order, f"{order} by the language {rules.language!r}; {other} rejected"
    both = f"may mean {readings['dmy']} (day first) or {readings['mdy']} (month first)"
    raise refuse(draft, both, 'write it as one of these, or set [dates] order = "dmy" or "mdy"')


def read_names(draft: Draft, rules: DateRules) -> Found | str:
    """A month by its name, or numbers with a weekday beside them, in any language of CLDR."""
    if not any(character.isalpha() for character in draft.rest):
        return "names no month"
    if not re.search(r"(?<!\d)\d{4}(?!\d)", draft.rest) and not (draft.clock and draft.zone):
        return "has no year of four digits"
    words = [word for token in TOKEN.findall(draft.rest) if (word := fold(token))]
    senses = find_senses(words, rules.language)
    weekdays = {sense.weekday for sense in senses}
    senses = {sense._replace(weekday=None) for sense in senses}
    if len(senses) > 1:
        raise refuse(
            draft, "means different days in different languages", "set the entry's language"
        )
    if not senses:
        return _find_fault(draft, words)
    sense = senses.pop()
    if sense.month == CONTRADICTION:
        return "names more than one month"
    if sense.half and not draft.clock:
        return "says a.m. or p.m., but no time"
    clock = (
        parse_half(draft, draft.clock, sense.half) if draft.clock and sense.half else draft.clock
    )
    found = _join(draft, sense) if sense.month else _read_beside(draft, rules)
    return (
        found._replace(weekday=weekdays.pop() if len(weekdays) == 1 else None, clock=clock)
        if isinstance(found, Found)
        else found
    )


def _find_fault(draft: Draft, words: list[str]) -> str:
    for token in TOKEN.findall(draft.rest):
        if (word := fold(token)) and not is_word(word):
            zone = re.fullmatch("[A-Z]{2,5}", token)
            return f"has {token!r} in it, which is not a {'time zone that is known here' if zone else 'month or weekday'}"
    return "has words of more than one language"


def _read_beside(draft: Draft, rules: DateRules) -> Found | str:
    bare = draft._replace(rest=re.sub(r"[^\W\d_][^\s\d]*|[()]", " ", draft.rest).strip(" ,."))
    for reader in (read_iso, read_numbers):
        if (
            isinstance(found := reader(bare, rules), Found)
            and found.day is not None
            and not found.clock
        ):
            return found
    return "names no month"


def _join(draft: Draft, sense: Sense) -> Found | str:
    years = [number for number in sense.numbers if len(number) == 4]
    days = [number for number in sense.numbers if len(number) < 3]
    if len(years) == 1 and len(days) + 1 == len(sense.numbers) <= 2:
        stamp = (
            draft.clock is not None
            and draft.clock.second is not None
            and draft.zone != ""
            and draft.text.isascii()
        )
        return Found(int(years[0]), sense.month, int(days[0]) if days else None, any_year=stamp)
    header = re.fullmatch(r"\D*?(\d{1,2})\D+(\d\d)", draft.rest)
    if header and len(sense.numbers) == 2 and draft.clock and draft.zone:
        # RFC 5322, 4.3: 00 to 49 are 20xx; only in the full form of a mail header
        return Found(
            int(header[2]) + (2000 if int(header[2]) < 50 else 1900), sense.month, int(header[1])
        )
    return "does not name one day, one month and one year of four digits"


READERS: tuple[tuple[str, Reader], ...] = (
    ("year first", read_iso),
    ("week, day of the year", read_iso_rare),
    ("seconds since 1970", read_epoch),
    ("numbers", read_numbers),
    ("names", read_names),
    ("dateutil", read_lastly),
)
