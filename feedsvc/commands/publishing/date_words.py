"""Writes a date in the form of another: its order, separators, names, precision and zone.

Comes in: the words of a date, the moment that they name, and another time. Goes out: words for
that time. The caller checks that they are read as that time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from feedsvc.model import PRECISION_LENGTHS, Moment
from feedsvc.pages.l10n import list_date_names

CLOCK = re.compile(
    r"(?P<H>\d{1,2})(?P<c>[:.时時点])(?P<M>\d\d)(?:[:.分](?P<S>\d\d)(?:\.(?P<f>\d{1,9}))?)?"
    r"(?:\s?(?P<ap>[AP]\.?M\b\.?))?",
    re.IGNORECASE,
)
DATES = (  # the first that matches is used; "n" is a month's name
    re.compile(r"(?<!\d)(?P<y>\d{4})(?P<s>[-/.]|\s?[年년]\s?)(?P<m>\d{1,2})(?:[-/.]|\s?[月월]\s?)(?P<d>\d{1,2})(?!\d)"),
    re.compile(r"(?<!\d)(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)(?!\d)"),
    re.compile(r"(?<!\d)(?P<d>\d{1,2})(?P<s>[-/.])(?P<m>\d{1,2})[-/.](?P<y>\d{4})(?!\d)"),
    re.compile(r"(?<!\d)(?P<m>\d{1,2})(?P<s>[-/.])(?P<d>\d{1,2})[-/.](?P<y>\d{4})(?!\d)"),
    re.compile(r"(?<!\d)(?P<y>\d{4})[-/.](?P<m>\d\d)(?![\d/.-])"),
    re.compile(r"(?P<n>[^\W\d_]{3,12})\.?\s(?P<d>\d{1,2})(?:st|nd|rd|th)?,?\s(?P<y>\d{4})(?!\d)"),
    re.compile(r"(?<!\d)(?P<d>\d{1,2})(?P<s>\.?\s|-)(?:de\s)?(?P<n>[^\W\d_]{3,12})\.?,?[\s-](?:de\s)?(?P<y>\d{4})(?!\d)"),
    re.compile(r"(?P<n>[^\W\d_]{3,12})\.?,?\s(?P<y>\d{4})(?!\d)"),
    re.compile(r"(?<!\d)(?P<y>\d{4})(?!\d)"),
)  # fmt: skip
ZONE = re.compile(r"(?<=[\d\sZz])(?P<z>[+-]\d\d:?\d\d)\b|(?<=\d)[Zz]\b|\b(?:UTC|GMT|[A-Z]{2,5}T)\b")
WORD = re.compile(r"[^\W\d_]+")
TIMESTAMP = re.compile(r"\d{10}(?:\d{3})?")
ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th)\b", re.IGNORECASE)


def list_date_words(
    words: str, old: Moment | None, now: datetime, zone: ZoneInfo, language: str
) -> Iterator[str]:
    """Yield *now* written in the form of *words*, the likeliest first; *zone* is the site's.

    Those after the first are for an unknown form, and for *words* that are no date: then *old* is
    None.
    """
    precision = old.precision if old is not None else "minute"
    if TIMESTAMP.fullmatch(words):
        yield str(int(now.timestamp() * 10 ** (len(words) - 10)))
    zoned = ZONE.search(words)
    if old is not None:
        local = now.astimezone(get_zone(old, zone) if zoned else zone)
        for pattern in DATES:
            match = pattern.search(words)
            if match is not None and names_day(match, old.when):
                yield rewrite(words, match, local, language)
    local = now.astimezone(zone)
    if precision in PRECISION_LENGTHS:
        yield str(local)[: PRECISION_LENGTHS[precision]]
    if precision != "second":
        yield local.isoformat(timespec="minutes")
    yield local.isoformat(timespec="seconds")  # TOML has no time without them


def names_day(match: re.Match[str], when: datetime) -> bool:
    """Return whether the numbers of *match* are those of *when*: its month is not its day."""
    numbers = {"y": when.year, "m": when.month, "d": when.day}
    return all(
        int(words) == numbers[name] for name, words in match.groupdict().items() if name in numbers
    )


def get_zone(old: Moment, zone: ZoneInfo) -> tzinfo:
    """Return the zone for a date that names one: *zone*, or the one that *old* names.

    It is *zone*, with its current offset, where *old* has the offset that *zone* had then.
    """
    offset = old.when.utcoffset() or timedelta()
    is_own = old.when.astimezone(zone).utcoffset() == offset
    own = old.when.tzinfo
    return own if own is not None and not is_own else zone


def rewrite(words: str, match: re.Match[str], new: datetime, language: str) -> str:
    """Return *words* with *match*, the date in them, rewritten for the time *new*."""
    numbers = {"y": new.year, "m": new.month, "d": new.day}
    spans = [
        (match.span(name), _pad(match[name], number, match.groupdict()))
        for name, number in numbers.items()
        if match.groupdict().get(name)
    ]
    names = list_date_names(language)
    found = [word[0].casefold() for word in WORD.finditer(words)]
    # "May" is long and short: beside "Mon" it is short
    is_short = any(word in table for table in names.weekdays[1::2] for word in found)
    months = names.months[1::2] + names.months[::2] if is_short else names.months
    if month := match.groupdict().get("n"):
        spans.append((match.span("n"), _rename(month, months, new.month - 1)))
    rest = words[match.end() :]
    clock = CLOCK.search(words, match.end()) or CLOCK.search(words[: match.start()])
    if clock is not None:
        spans += _list_clock_spans(clock, new)
    for word in WORD.finditer(words):
        day = _rename(word[0], names.weekdays, new.weekday())
        if day != word[0] and not match.start() <= word.start() < match.end():
            spans.append((word.span(), day))
    if rest and (zone := ZONE.search(words, match.end())) and zone["z"]:
        spans.append((zone.span("z"), _format_offset(zone["z"], new)))
    for (start, end), text in sorted(spans, reverse=True):
        words = words[:start] + text + words[end:]
    return ORDINAL.sub(_get_ordinal(new.day), words)


def _pad(written: str, number: int, parts: dict[str, str | None]) -> str:
    """Return *number*, with a leading zero if *written*, or the month beside it, would have one."""
    if len(written) > 2:
        return f"{number:04}"
    month = parts.get("m") or ""
    is_padded = written.startswith("0") or (
        len(written) == 2 and len(month) != 1 and not parts.get("n")
    )
    return f"{number:02}" if is_padded else str(number)


def _list_clock_spans(clock: re.Match[str], new: datetime) -> list[tuple[tuple[int, int], str]]:
    half = clock["ap"]
    hour = (new.hour % 12 or 12) if half else new.hour
    spans = [
        (clock.span("H"), f"{hour:02}" if len(clock["H"]) == 2 else str(hour)),
        (clock.span("M"), f"{new.minute:02}"),
    ]
    if clock["S"]:
        spans.append((clock.span("S"), f"{new.second:02}"))
    if clock["f"]:
        spans.append((clock.span("f"), f"{new.microsecond:06}000"[: len(clock["f"])]))
    if half:
        letter = "p" if new.hour >= 12 else "a"
        letter = letter.upper() if half[0].isupper() else letter
        spans.append((clock.span("ap"), letter + half[1:]))
    return spans


def _rename(word: str, tables: tuple[tuple[str, ...], ...], number: int) -> str:
    """Return name *number* of the table that has *word*, in its case; else *word*."""
    for table in tables:
        if word.casefold() in table:
            name = table[number]
            if word.isupper() and len(word) > 1:
                return name.upper()
            return name.capitalize() if word[:1].isupper() else name
    return word


def _format_offset(written: str, new: datetime) -> str:
    text = f"{new:%z}"
    return f"{text[:3]}:{text[3:5]}" if ":" in written else text[:5]


def _get_ordinal(day: int) -> str:
    return "th" if 10 < day < 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
