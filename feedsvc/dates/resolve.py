"""What a reader found becomes a `Moment`: calendar, clock, zone and plausibility are checked here.

Comes in: year, month, day and their draft. Goes out: an aware moment with a fixed
offset in whole minutes, or a `DateError`.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from feedsvc.dates.normalize import parse_micro
from feedsvc.dates.timezones import fix, fix_signed, place, place_named
from feedsvc.dates.types import (
    FIRST_YEAR,
    LAST_YEAR,
    Clock,
    DateReading,
    DateRules,
    Draft,
    Found,
    refuse,
)
from feedsvc.model import Moment, Precision

SIMPLE = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:([T ])(\d{1,2}):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?: ?(?:([Zz])|([+-])(\d\d):?(\d\d)))?)?",
    re.ASCII,
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
BARE_FIRST_YEAR = 1900  # a year or month alone: 1398 is a count of clicks


def settle_simple(words: str, rules: DateRules, source: str) -> DateReading | None:
    """The reading of RFC 3339 and what comes near it; None for all that needs a second look."""
    match = SIMPLE.fullmatch(words)
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
        micro = parse_micro(fraction) if fraction else 0
        fields = (int(year), int(month), int(day), int(hour), int(minute), int(second), micro)
    if not FIRST_YEAR <= fields[0] <= LAST_YEAR or (sign == "-" and not second and mark == " "):
        return None
    try:
        if utc:
            zone: tzinfo | None = UTC
        elif sign:
            zone = fix_signed(sign, hours, minutes)
        else:
            offset = rules.zone.utcoffset(datetime(*fields))  # noqa: DTZ001
            later = rules.zone.utcoffset(datetime(*fields, fold=1))  # noqa: DTZ001
            zone = fix(offset) if offset == later else None
        if zone is None:  # in a gap or a fold, or an offset that no place has
            return None
        when = datetime(*fields, tzinfo=zone)
    except ValueError:
        return None
    return DateReading(Moment(when=when, precision=precision, source=source, words=words), ())


def settle(found: Found, draft: Draft, rules: DateRules, source: str) -> DateReading:
    """The moment of what a reader *found* in *draft*."""
    clock = found.clock or draft.clock
    check_year(found, draft)
    precision: Precision = (
        "year" if found.month is None else "month" if found.day is None else "day"
    )
    if precision != "day" and clock:
        raise refuse(draft, "has a time, but names no day")
    try:
        day = date(
            found.year,
            1 if found.month is None else found.month,
            1 if found.day is None else found.day,
        )
    except ValueError:
        raise refuse(draft, "names no day of the calendar") from None
    remarks = [contradict(found, day)]
    if clock is None:
        start = rules.clock if precision == "day" else time.min
        local = datetime.combine(day, start.replace(second=0, microsecond=0, tzinfo=None))
    else:
        precision = "minute" if clock.second is None else "second"
        local, remark = tell_time(day, clock, draft)
        remarks.append(remark)
    when, remark = find_place(found, draft, local, rules.zone)
    if remark and clock:
        remarks.append(remark)
    if clock and clock.second == 60:
        check_leap_second(when, draft)
    moment = Moment(when=when, precision=precision, source=source, words=draft.words)
    return DateReading(moment, tuple(filter(None, remarks)))


def check_year(found: Found, draft: Draft) -> None:
    """Refuse years that are a count of something, or of another calendar."""
    first = BARE_FIRST_YEAR if found.day is None else FIRST_YEAR
    if first <= found.year <= LAST_YEAR or (found.any_year and 100 <= found.year <= 9998):
        return
    raise refuse(draft, f"names the year {found.year}, which is absurd (or of another calendar)")


def contradict(found: Found, day: date) -> str:
    """The remark on a weekday that is not the day's."""
    if found.weekday is None or found.weekday == day.weekday():
        return ""
    return f"says {DAYS[found.weekday]}, but {day} is a {DAYS[day.weekday()]}: the date stands"


def tell_time(day: date, clock: Clock, draft: Draft) -> tuple[datetime, str]:
    """*day* at *clock*, naive; 24:00 ends it, a leap second is held on :59."""
    hour, minute, second = clock.hour, clock.minute, clock.second or 0
    if (hour, minute, second, clock.micro) == (24, 0, 0, 0):
        return datetime.combine(day, time.min) + timedelta(days=1), ""
    if hour > 23 or minute > 59 or second > 60:
        raise refuse(draft, f"names no time of the day: {hour:02}:{minute:02}:{second:02}")
    remark = "a leap second, read as the second before it" if second == 60 else ""
    return datetime.combine(day, time(hour, minute, min(second, 59), clock.micro)), remark


def check_leap_second(when: datetime, draft: Draft) -> None:
    """Refuse :60 but where the earth can have a leap second: the end of a month in UTC."""
    after = when.astimezone(UTC) + timedelta(seconds=1)
    if (after.day, after.hour, after.minute) != (1, 0, 0):
        raise refuse(draft, "names a 61st second where no leap second can be")


def find_place(found: Found, draft: Draft, local: datetime, own: ZoneInfo) -> tuple[datetime, str]:
    """*local* in the zone that the reader or the words name, else in the site's *own*."""
    if found.offset is not None:
        return local.replace(tzinfo=fix(found.offset)), ""
    return place_named(draft, local, own) if draft.zone else place(local, own)
