"""What the readers of dates share: the rules of a site, what a reader found, and how to refuse.

Values only; nothing here looks at words.
"""

from __future__ import annotations

from datetime import time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Struct

from feedsvc.errors import DateError
from feedsvc.model import Moment

DATE_REMEDY = "write it as 2023-03-02 or 2023-03-02T14:30:00+08:00"
MIN_YEAR, MAX_YEAR = 1583, 2199  # ISO 8601 counts on the Gregorian calendar from 1583 on


class DateRules(Struct, frozen=True, kw_only=True):
    """How a site reads its dates; *language* is the entry's own (BCP 47), empty if unknown."""

    zone: ZoneInfo
    order: str = ""  # "dmy" or "mdy"
    clock: time = time(0)
    language: str = ""


class ParsedDate(NamedTuple):
    """A moment, and what its author should know about it (a weekday that contradicts, a DST gap)."""

    moment: Moment
    remarks: tuple[str, ...]


class TimeOfDay(NamedTuple):
    """A time of day as written; *second* is None where only hour and minute stand."""

    hour: int
    minute: int
    second: int | None = None
    micro: int = 0


class DateText(NamedTuple):
    """Words on their way: normalised, with clock and zone cut out of the *rest*."""

    words: str
    text: str
    rest: str
    clock: TimeOfDay | None = None
    zone: str = ""


class DateParts(NamedTuple):
    """What a reader made of a draft; None for what the words do not name."""

    year: int
    month: int | None = None
    day: int | None = None
    clock: TimeOfDay | None = None
    offset: timedelta | None = None  # where the reader knows better than the draft
    weekday: int | None = None  # 0 is Monday
    any_year: bool = False  # only the Gregorian calendar can be meant, however far the year
    why: str = ""  # for `explain`: what decided, and what was rejected


def make_date_error(draft: DateText, reason: str, remedy: str = DATE_REMEDY) -> DateError:
    """The error for *draft* in its author's words."""
    return DateError(draft.words, reason, remedy)
