"""Words for dates: a moment that reads back as itself, or a `DateError`."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from zoneinfo import ZoneInfo

from feedsvc.dates import (
    DateRules,
    ParsedDate,
    explain_date,
    is_date_like,
    list_named_months,
    parse_date,
    parse_path_date,
)
from feedsvc.dates.types import MAX_YEAR, MIN_YEAR
from feedsvc.errors import DateError
from fuzz.target import Target, check_sentence

RULES = tuple(
    DateRules(zone=ZoneInfo(zone), order=order, language=language, default_time=clock)
    for zone, order, language, clock in (
        ("UTC", "", "en", time(0)),
        ("Asia/Shanghai", "", "zh", time(0)),
        ("America/New_York", "mdy", "en", time(9, 30)),
        ("Europe/Berlin", "dmy", "de", time(2, 30)),
        ("Asia/Bangkok", "", "th", time(0)),
        ("Asia/Tokyo", "", "ja", time(0)),
        ("America/St_Johns", "", "fr", time(0)),
        ("Australia/Lord_Howe", "", "ru", time(2, 15)),  # clocks move by half an hour
        ("Africa/Monrovia", "", "", time(0)),  # until 1972 44½ minutes behind UTC
        ("Pacific/Apia", "dmy", "ar", time(0)),  # there was no 2011-12-30
    )
)


def check_dates(data: bytes) -> None:
    """Take the first byte for the site's rules, the rest for an author's words, or a path."""
    rules = RULES[(data[0] - 48) % len(RULES)] if data else RULES[0]
    words = data[1:].decode("utf-8", "replace")
    try:
        parsed = parse_date(words, rules)
    except DateError as error:
        check_sentence(error)
        assert error.remedy
        assert error.text == words.strip()
        outcome = None
    else:
        check_moment(parsed, words, rules)
        assert parse_date(words, rules) == parsed, "the same words are another moment now"
        outcome = f"{parsed.moment} ({parsed.moment.precision})"
    check_explanation(words, rules, outcome)
    is_date_like(words)
    assert all(1 <= month <= 12 for month in list_named_months(words, rules.language))
    parse_path_date(words)


def check_moment(parsed: ParsedDate, words: str, rules: DateRules) -> None:
    """Assert that what *words* came to is in range, and the same in each form that feeds write."""
    moment = parsed.moment
    offset = moment.when.utcoffset()
    assert offset is not None
    assert offset % timedelta(minutes=1) == timedelta(0), "no format writes such an offset"
    assert abs(offset) <= timedelta(hours=14)
    assert 100 <= moment.when.year <= 9999
    assert all(remark.isprintable() for remark in parsed.remarks)
    if MIN_YEAR <= moment.when.year <= MAX_YEAR:  # beyond them only RFC 822 names a year for sure
        rfc3339 = parse_date(str(moment), rules).moment
        assert rfc3339.seconds == moment.seconds, f"{words!r} is {moment}, then {rfc3339}"
    rfc822 = format_datetime(moment.when.replace(microsecond=0))
    assert parse_date(rfc822, rules).moment.seconds == moment.seconds, rfc822
    assert parsedate_to_datetime(rfc822).timestamp() == moment.seconds, rfc822
    assert datetime.fromisoformat(str(moment)).timestamp() == moment.seconds


def check_explanation(words: str, rules: DateRules, outcome: str | None) -> None:
    """Assert that `explain` shows the same *outcome*, None for no date, in printable lines."""
    verdicts = [verdict for _, verdict in explain_date(words, rules)]
    assert all(verdict.isprintable() for verdict in verdicts), verdicts
    decided = [verdict for verdict in verdicts if not verdict.startswith("not asked")]
    if outcome is None:
        assert not any(verdict[:4].isdecimal() for verdict in decided), verdicts
    else:
        assert any(verdict.startswith(outcome) for verdict in decided), (outcome, verdicts)


TARGET = Target(name="dates", check=check_dates, max_bytes=140, examples=80)
