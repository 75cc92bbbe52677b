"""The last reader, python-dateutil, behind guards: what it would have to guess is refused.

The only importer of dateutil, and only when words reach it. Asked four times,
with two defaults and both orders of day and month, its answers must agree: so
nothing is ever filled in, and no order chosen. It never sees a zone, because it
reads `UTC+8` as -08:00, and `CST` by the machine it runs on.
"""

from __future__ import annotations

import re
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from feedsvc.dates.types import DateParts, DateRules, DateText, TimeOfDay

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_DATEUTIL_CHARACTERS = 64
TRIAL_DEFAULTS = (datetime(2001, 1, 1), datetime(2002, 8, 19, 11, 11, 11))  # noqa: DTZ001 - never seen in an answer


def parse_with_dateutil(draft: DateText, rules: DateRules) -> DateParts | str:
    """What dateutil makes of a short text with a year of four digits, if it is sure."""
    years = re.findall(r"(?<!\d)\d{4}(?!\d)", draft.rest)
    if len(draft.rest) > MAX_DATEUTIL_CHARACTERS or not draft.rest.isascii() or len(years) != 1:
        return "is not short ASCII with one year of four digits"
    if not re.search(r"[A-Za-z]{3}", draft.rest):
        return "names no month"
    answers = [
        call_dateutil(draft.rest, default, day_first)
        for default in TRIAL_DEFAULTS
        for day_first in (True, False)
    ]
    if None in answers:
        return "is not understood"
    first = answers[0]
    if (
        first is None
        or len({answer.date() for answer in answers if answer}) != 1
        or first.year != int(years[0])
    ):
        return "leaves out a part of the date, or its order is in doubt"
    clocks = {answer.time() for answer in answers if answer}
    if clocks == {default.time() for default in TRIAL_DEFAULTS}:
        return DateParts(first.year, first.month, first.day)
    if len(clocks) > 1 or draft.clock:
        return "leaves out a part of the time, or has two"
    return DateParts(
        first.year,
        first.month,
        first.day,
        TimeOfDay(first.hour, first.minute, first.second, first.microsecond),
    )


def call_dateutil(text: str, default: datetime, day_first: bool) -> datetime | None:
    """dateutil's answer for *text*, or None for any of its refusals."""
    try:
        answer = _load_parser()(text, default=default, dayfirst=day_first, tzinfos=_refuse_zone)
    except (ValueError, OverflowError, ArithmeticError, TypeError, AttributeError, IndexError):
        return None
    return answer if isinstance(answer, datetime) and answer.tzinfo is None else None


def _refuse_zone(name: str | None, offset: int | None) -> tzinfo | None:
    """No zone by dateutil's own rules; asked for every text, so it never warns of unknown ones."""
    if name is None and offset is None:
        return None
    raise ValueError(name)


@lru_cache(maxsize=1)
def _load_parser() -> Callable[..., Any]:
    from dateutil.parser import parse

    return parse
