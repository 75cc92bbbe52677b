"""Values that the date modules share: the site's rules, the text, its parts, and the result.

Values only; nothing here parses text.
"""

from __future__ import annotations

from datetime import time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from feedsvc.errors import DateError
from feedsvc.model import Moment

DATE_REMEDY = "write it as 2023-03-02 or 2023-03-02T14:30:00+08:00"
MIN_YEAR, MAX_YEAR = 1583, 2199  # ISO 8601 counts on the Gregorian calendar from 1583 on


class DateRules(Struct, frozen=True, kw_only=True):
    """How a site reads its dates; *language* is the entry's own (BCP 47), "" if unknown."""

    zone: ZoneInfo
    order: str = ""  # "dmy" or "mdy"
    default_time: time = time(0)  # for a date without a time
    language: str = ""


class ParsedDate(Struct, frozen=True, kw_only=True):
    """A moment, and remarks for its author: a wrong weekday, a DST gap."""

    moment: Moment
    remarks: tuple[str, ...] = ()


class TimeOfDay(Struct, frozen=True, kw_only=True):
    """A time of day as written, not yet checked; *second* is None if none is written."""

    hour: int
    minute: int
    second: int | None = None
    microsecond: int = 0


class DateText(Struct, frozen=True, kw_only=True):
    """A date's text; *date_part* is the rest without time of day and zone."""

    original: str  # without surrounding spaces
    normalized: str = ""
    date_part: str = ""
    time_of_day: TimeOfDay | None = None
    zone: str = ""  # as written, "" for none


class DateParts(Struct, frozen=True, kw_only=True):
    """What a date format found; None for what the text does not name."""

    year: int
    month: int | None = None
    day: int | None = None
    time_of_day: TimeOfDay | None = None
    utc_offset: timedelta | None = None  # if the format implies it
    weekday: int | None = None  # 0 is Monday
    is_gregorian: bool = False  # certainly no other calendar, whatever the year
    reason: str = ""  # for `explain`: what decided, and what was rejected


def make_date_error(text: DateText, reason: str, remedy: str = DATE_REMEDY) -> DateError:
    """Return the error for *text*, quoted as its author wrote it."""
    return DateError(text.original, reason, remedy)
