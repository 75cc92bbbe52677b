"""The last format, python-dateutil, behind guards: what it would have to guess is refused.

The only importer of dateutil, and only when a text reaches it. It is called four times,
with two defaults and both orders of day and month, and the results must agree: so
nothing is filled in, and no order chosen. It never gets a zone, because it reads
`UTC+8` as -08:00, and `CST` by the machine it runs on.
"""

from __future__ import annotations

import re
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from feedsvc.dates.types import DateParts, DateRules, DateText, TimeOfDay

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_DATEUTIL_CHARACTERS = 64
TRIAL_DEFAULTS = (  # never in a result
    datetime(2001, 1, 1),  # noqa: DTZ001
    datetime(2002, 8, 19, 11, 11, 11),  # noqa: DTZ001
)


def parse_with_dateutil(text: DateText, rules: DateRules) -> DateParts | str:
    """Return dateutil's result for a short text with a year of four digits, if it is certain."""
    date_part = text.date_part
    years = re.findall(r"(?<!\d)\d{4}(?!\d)", date_part)
    if len(date_part) > MAX_DATEUTIL_CHARACTERS or not date_part.isascii() or len(years) != 1:
        return "is not short ASCII with one year of four digits"
    if not re.search(r"[A-Za-z]{3}", date_part):
        return "names no month"
    answers = [
        call_dateutil(date_part, default, day_first)
        for default in TRIAL_DEFAULTS
        for day_first in (True, False)
    ]
    first = answers[0]
    dates = {answer.date() for answer in answers if answer}
    if first is None or None in answers:
        return "is not understood"
    if len(dates) != 1 or first.year != int(years[0]):
        return "leaves out a part of the date, or its order is in doubt"
    parts = DateParts(year=first.year, month=first.month, day=first.day)
    times = {answer.time() for answer in answers if answer}
    if times == {default.time() for default in TRIAL_DEFAULTS}:
        return parts
    if len(times) > 1 or text.time_of_day:
        return "leaves out a part of the time, or has two"
    time_of_day = TimeOfDay(
        hour=first.hour, minute=first.minute, second=first.second, microsecond=first.microsecond
    )
    return replace(parts, time_of_day=time_of_day)


def call_dateutil(text: str, default: datetime, day_first: bool) -> datetime | None:
    """Return dateutil's naive result for *text*, None if it refuses."""
    try:
        answer = _load_parser()(text, default=default, dayfirst=day_first, tzinfos=_refuse_zone)
    except (ValueError, OverflowError, ArithmeticError, TypeError, AttributeError, IndexError):
        return None
    return answer if isinstance(answer, datetime) and answer.tzinfo is None else None


def _refuse_zone(name: str | None, offset: int | None) -> tzinfo | None:
    """Raise ValueError for every zone that dateutil meets: it never reads one by its own rules."""
    if name is None and offset is None:
        return None
    raise ValueError(name)


@lru_cache(maxsize=1)
def _load_parser() -> Callable[..., Any]:
    from dateutil.parser import parse

    return parse
