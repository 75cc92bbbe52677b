"""What a reader found becomes a `Moment`: calendar, clock, zone and plausibility are checked here.

Comes in: year, month, day and their draft. Goes out: an aware moment with a fixed
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
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:([T ])(\d{1,2}):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?: ?(?:([Zz])|([+-])(\d\d):?(\d\d)))?)?",
    re.ASCII,
)
WEEKDAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MIN_YEAR_WITHOUT_DAY = 1900  # a year or month alone: 1398 is a count of clicks


def parse_rfc3339(words: str, rules: DateRules, source: str) -> ParsedDate | None:
    """The reading of RFC 3339 and what comes near it; None for all that needs a second look."""
    match = RFC3339_LIKE.fullmatch(words)
    if match is None:
        return None
    year, month, day, mark, hour, minute, second, fraction, utc, sign, hours, minutes = (
        match.groups()
    )
    precision: Precision = "day" if hour is None else "second" if second else "minute"
    if hour is None:
        fields = (int(year), int(month), int(day), rules.clock.hour, rules.clock.minute, 0, 0)
    elif second is None:
        fields = (int(year), int(month), int(day), int(hour), int(minute), 0, 0)
    else:
        micro = parse_microseconds(fraction) if fraction else 0
        fields = (int(year), int(month), int(day), int(hour), int(minute), int(second), micro)
    if not MIN_YEAR <= fields[0] <= MAX_YEAR or (sign == "-" and not second and mark == " "):
        return None
    try:
        if utc:
            zone: tzinfo | None = UTC
        elif sign:
            zone = parse_offset(sign, hours, minutes)
        else:
            offset = rules.zone.utcoffset(datetime(*fields))  # noqa: DTZ001
            later = rules.zone.utcoffset(datetime(*fields, fold=1))  # noqa: DTZ001
            zone = make_zone_from_offset(offset) if offset == later else None
        if zone is None:  # in a gap or a fold, or an offset that no place has
            return None
        when = datetime(*fields, tzinfo=zone)
    except ValueError:
        return None
    return ParsedDate(Moment(when=when, precision=precision, source=source, words=words), ())


def resolve_moment(found: DateParts, draft: DateText, rules: DateRules, source: str) -> ParsedDate:
    """The moment of what a reader *found* in *draft*."""
    clock = found.clock or draft.clock
    check_year(found, draft)
    precision: Precision = (
        "year" if found.month is None else "month" if found.day is None else "day"
    )
    if precision != "day" and clock:
        raise make_date_error(draft, "has a time, but names no day")
    try:
        day = date(
            found.year,
            1 if found.month is None else found.month,
            1 if found.day is None else found.day,
        )
    except ValueError:
        raise make_date_error(draft, "names no day of the calendar") from None
    remarks = [describe_weekday_mismatch(found, day)]
    if clock is None:
        start = rules.clock if precision == "day" else time.min
        local = datetime.combine(day, start.replace(second=0, microsecond=0, tzinfo=None))
    else:
        precision = "minute" if clock.second is None else "second"
        local, remark = combine_day_and_time(day, clock, draft)
        remarks.append(remark)
    when, remark = apply_zone(found, draft, local, rules.zone)
    if remark and clock:
        remarks.append(remark)
    if clock and clock.second == 60:
        check_leap_second(when, draft)
    moment = Moment(when=when, precision=precision, source=source, words=draft.words)
    return ParsedDate(moment, tuple(filter(None, remarks)))


def check_year(found: DateParts, draft: DateText) -> None:
    """Refuse years that are a count of something, or of another calendar."""
    first = MIN_YEAR_WITHOUT_DAY if found.day is None else MIN_YEAR
    if first <= found.year <= MAX_YEAR or (found.any_year and 100 <= found.year <= 9998):
        return
    raise make_date_error(
        draft, f"names the year {found.year}, which is absurd (or of another calendar)"
    )


def describe_weekday_mismatch(found: DateParts, day: date) -> str:
    """The remark on a weekday that is not the day's."""
    if found.weekday is None or found.weekday == day.weekday():
        return ""
    return f"says {WEEKDAY_NAMES[found.weekday]}, but {day} is a {WEEKDAY_NAMES[day.weekday()]}: the date stands"


def combine_day_and_time(day: date, clock: TimeOfDay, draft: DateText) -> tuple[datetime, str]:
    """*day* at *clock*, naive; 24:00 ends it, a leap second is held on :59."""
    hour, minute, second = clock.hour, clock.minute, clock.second or 0
    if (hour, minute, second, clock.micro) == (24, 0, 0, 0):
        return datetime.combine(day, time.min) + timedelta(days=1), ""
    if hour > 23 or minute > 59 or second > 60:
        raise make_date_error(draft, f"names no time of the day: {hour:02}:{minute:02}:{second:02}")
    remark = "a leap second, read as the second before it" if second == 60 else ""
    return datetime.combine(day, time(hour, minute, min(second, 59), clock.micro)), remark


def check_leap_second(when: datetime, draft: DateText) -> None:
    """Refuse :60 but where the earth can have a leap second: the end of a month in UTC."""
    after = when.astimezone(UTC) + timedelta(seconds=1)
    if (after.day, after.hour, after.minute) != (1, 0, 0):
        raise make_date_error(draft, "names a 61st second where no leap second can be")


def apply_zone(
    found: DateParts, draft: DateText, local: datetime, own: ZoneInfo
) -> tuple[datetime, str]:
    """*local* in the zone that the reader or the words name, else in the site's *own*."""
    if found.offset is not None:
        return local.replace(tzinfo=make_zone_from_offset(found.offset)), ""
    return localize_in_named_zone(draft, local, own) if draft.zone else localize(local, own)
