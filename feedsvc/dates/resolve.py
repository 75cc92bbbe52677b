"""Turns date parts into a `Moment`: checks calendar, time of day, zone and plausibility.

Comes in: year, month, day and their text. Goes out: an aware moment with a fixed
offset in whole minutes, or a `DateError`.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from feedsvc.dates.normalize import parse_microseconds
from feedsvc.dates.timezones import (
    localize,
    localize_in_named_zone,
    make_zone_from_offset,
    parse_offset,
)
from feedsvc.dates.types import (
    MAX_YEAR,
    MIN_YEAR,
    DateParts,
    DateRules,
    DateText,
    ParsedDate,
    TimeOfDay,
    make_date_error,
)
from feedsvc.model import Moment, Precision

RFC3339_LIKE = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:([T ])(\d{1,2}):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?"
    r"(?: ?(?:([Zz])|([+-])(\d\d):?(\d\d)))?)?",
    re.ASCII,
)
WEEKDAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MIN_YEAR_WITHOUT_DAY = 1900  # a year or month alone: 1398 is a count of clicks


def parse_rfc3339(words: str, rules: DateRules, source: str) -> ParsedDate | None:
    """Return the date of RFC 3339 and similar forms, None for all that the formats must parse."""
    match = RFC3339_LIKE.fullmatch(words)
    if match is None:
        return None
    year, month, day, mark, hour, minute, second, fraction, utc, sign, hours, minutes = (
        match.groups()
    )
    if not MIN_YEAR <= int(year) <= MAX_YEAR or (sign == "-" and not second and mark == " "):
        return None
    precision: Precision = "second" if second else "minute"
    if not hour:
        precision = "day"
        hour, minute = rules.default_time.hour, rules.default_time.minute
    micro = parse_microseconds(fraction) if fraction else 0
    numbers = int(year), int(month), int(day), int(hour), int(minute), int(second or 0), micro
    try:
        if utc:
            zone: tzinfo | None = UTC
        elif sign:
            zone = parse_offset(sign, hours, minutes)
        else:  # None in a gap or a fold
            offset = rules.zone.utcoffset(datetime(*numbers))  # noqa: DTZ001
            later = rules.zone.utcoffset(datetime(*numbers, fold=1))  # noqa: DTZ001
            zone = make_zone_from_offset(offset) if offset == later else None
        if zone is None:
            return None
        when = datetime(*numbers, tzinfo=zone)
    except ValueError:
        return None
    return ParsedDate(moment=Moment(when=when, precision=precision, source=source, words=words))


def resolve_moment(parts: DateParts, text: DateText, rules: DateRules, source: str) -> ParsedDate:
    """Return the moment of the *parts* that a format found in *text*; raise `DateError`."""
    clock = parts.time_of_day or text.time_of_day
    refuse_implausible_year(parts, text)
    precision: Precision = "day" if parts.day is not None else "month"
    if parts.month is None:
        precision = "year"
    if precision != "day" and clock:
        raise make_date_error(text, "has a time, but names no day")
    try:
        day = date(
            parts.year,
            1 if parts.month is None else parts.month,
            1 if parts.day is None else parts.day,
        )
    except ValueError:
        raise make_date_error(text, "names a day that does not exist") from None
    if clock is not None:
        precision = "minute" if clock.second is None else "second"
        local = combine_day_and_time(day, clock, text)
    else:
        start = rules.default_time if precision == "day" else time.min
        local = datetime.combine(day, time(start.hour, start.minute))
    when, remark = apply_zone(parts, text, local, rules.zone)
    remarks = [describe_weekday_mismatch(parts, day), remark if clock else ""]
    moment = Moment(when=when, precision=precision, source=source, words=text.original)
    return ParsedDate(moment=moment, remarks=tuple(filter(None, remarks)))


def refuse_implausible_year(parts: DateParts, text: DateText) -> None:
    """Raise `DateError` for years that are probably a count, or of another calendar."""
    first = MIN_YEAR_WITHOUT_DAY if parts.day is None else MIN_YEAR
    if first <= parts.year <= MAX_YEAR or (parts.is_gregorian and 100 <= parts.year <= 9998):
        return
    reason = f"expected a year from {first} to {MAX_YEAR} of the Gregorian calendar"
    raise make_date_error(text, f"names the year {parts.year}, {reason}")


def describe_weekday_mismatch(parts: DateParts, day: date) -> str:
    """Return the remark on a weekday that is not the day's, "" if it is."""
    if parts.weekday is None or parts.weekday == day.weekday():
        return ""
    named, actual = WEEKDAY_NAMES[parts.weekday], WEEKDAY_NAMES[day.weekday()]
    return f"says {named}, but {day} is a {actual}: the date stands"


def combine_day_and_time(day: date, clock: TimeOfDay, text: DateText) -> datetime:
    """Return *day* at *clock*, naive; 24:00 is the end of the day. Leap seconds are refused."""
    hour, minute, second = clock.hour, clock.minute, clock.second or 0
    if (hour, minute, second, clock.microsecond) == (24, 0, 0, 0):
        return datetime.combine(day, time.min) + timedelta(days=1)
    try:
        return datetime.combine(day, time(hour, minute, second, clock.microsecond))
    except ValueError:
        reason = f"names no time of day: {hour:02}:{minute:02}:{second:02}"
        raise make_date_error(text, reason) from None


def apply_zone(
    parts: DateParts, text: DateText, local: datetime, site_zone: ZoneInfo
) -> tuple[datetime, str]:
    """Return *local* in the zone that *parts* or *text* name, else the site's, and a remark."""
    if parts.utc_offset is not None:
        return local.replace(tzinfo=make_zone_from_offset(parts.utc_offset)), ""
    if text.zone:
        return localize_in_named_zone(text, local, site_zone)
    return localize(local, site_zone)
