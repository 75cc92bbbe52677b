"""Turns an author's words into a `DateText`: normalized, with time of day and zone split off.

Comes in: any text. Goes out: a `DateText`, or a `DateError` for text that cannot be a date,
or has an ambiguous time of day. The formats decide which day it is.
"""

from __future__ import annotations

import re
import unicodedata

from msgspec.structs import replace

from feedsvc.dates.cjk import rewrite_cjk, rewrite_roc_year
from feedsvc.dates.local_forms import rewrite_local_forms
from feedsvc.dates.timezones import is_zone_name
from feedsvc.dates.types import DateRules, DateText, TimeOfDay, make_date_error

MAX_DATE_CHARACTERS = 128  # dateutil needs half a minute for a million digits
ASCII_PUNCTUATION = str.maketrans("‐‑‒–—―−،、‘’“”", "-------,,''\"\"")
ENCLOSING_PAIRS = ('""', "''", "()", "[]", "<>")  # Org mode writes <2023-03-02 Thu>

DAY_PERIOD = r"[AaPp]\.?\s?[Mm]\b\.?"
TIME_OF_DAY = re.compile(
    rf"""
    (?P<lead> (?<=\d)[Tt_] | (?<=\d)- | (?<![^\s,(]) )
    (?: (?P<before>{DAY_PERIOD}) \s* )?
    (?: (?P<hour>\d{{1,2}}) (?: : | \s?[hH]\s? ) (?P<minute>\d{{1,2}}) (?!\s?[mM]\s?\d)
        (?: :(?P<second>\d{{1,2}}) (?:[.,](?P<fraction>\d{{1,9}}))? )?
        (?: \s*(?P<after>{DAY_PERIOD}) )?
      | (?<!-) (?P<hour12>\d{{1,2}}) \s*
        (?: (?P<after12>{DAY_PERIOD}) (?!\s*\d{{1,2}}:) | [hH]\b )
      | (?<=[Tt]) (?P<packed>\d{{4}}(?:\d\d)?) (?:[.,]\d{{1,9}})?
    )
    (?! [\d:] | [.,]\d )
    """,
    re.VERBOSE | re.ASCII,
)
ZONE_AFTER_TIME = re.compile(
    r"""
    \s* \(? (?:
        (?P<offset> (?: (?:UTC|GMT|UT)\s? )? [+-]\d{1,2}(?::?\d\d)? (?![\d:]) )
      | (?P<name> [A-Za-z]+(?:/[A-Za-z0-9_+-]+){1,2} | [A-Za-z]{1,5} ) (?![\w/])
    ) \)?
    (?(offset) (?: \s*\([^()]*\) | \s*\[[\w/+-]*\] | \s+[A-Z]{3,5}$ )? )
    """,
    re.VERBOSE | re.ASCII | re.IGNORECASE,
)
BEIJING_TIME = re.compile(
    r"(?<=[\d分秒])\s*[(（]?\s*(?:北京[时時][间間]|beijing time)\s*[)）]?\s*$", re.IGNORECASE
)
MILITARY_ZONE = re.compile("[A-Y]")  # RFC 1123, 5.2.14: not reliable
TRAILING_ZONE = re.compile(
    r"(?:(?<=\d)|\s\(?)(Z|UTC|GMT|UT|(?<=\d)\+\d\d:\d\d)\)?$", re.ASCII | re.IGNORECASE
)


def build_date_text(words: str, rules: DateRules) -> DateText:
    """Return *words* in the form for the formats; raise `DateError` if they have no digit."""
    text = DateText(original=words.strip())
    if len(text.original) > MAX_DATE_CHARACTERS:
        reason = f"is {len(text.original)} characters long, too long for a date"
        raise make_date_error(text, reason)
    normalized = normalize_text(text, rules.language)
    if not any(character.isdigit() for character in normalized):
        reason = "names no day: it has no digits" if normalized else "is empty"
        raise make_date_error(text, reason)
    text = replace(text, normalized=normalized, date_part=normalized)
    text = extract_time_and_zone(text, rules)
    return text if text.zone else extract_trailing_zone(text)


def normalize_text(text: DateText, language: str) -> str:
    """Return one spelling for every script's digits, spaces, dashes and quotes."""
    words = BEIJING_TIME.sub(" Asia/Shanghai", text.original)
    words = rewrite_roc_year(words, language)
    if not words.isascii():
        words = unicodedata.normalize("NFKC", words).translate(ASCII_PUNCTUATION)
        visible = (character for character in words if unicodedata.category(character) != "Cf")
        words = rewrite_cjk(
            "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in visible)
        )
    words = " ".join(rewrite_local_forms(words, language).split())
    if any(unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn") for character in words):
        raise make_date_error(text, "has characters that cannot be printed")
    while len(words) > 1 and words[0] + words[-1] in ENCLOSING_PAIRS:
        words = words[1:-1].strip()
    return words.rstrip(" ,;.-")


def extract_time_and_zone(text: DateText, rules: DateRules) -> DateText:
    """Return *text* with its time of day, and the zone after it, removed from the date part."""
    words = text.normalized
    match = TIME_OF_DAY.search(words)
    if match is None:
        return text
    end, zone = match.end(), ""
    found = ZONE_AFTER_TIME.match(words, end)
    if found and (
        found["offset"]
        or is_zone_name(found["name"], rules.zone, is_last=found.end() == len(words))
    ):
        end, zone = found.end(), found["offset"] or found["name"]
    elif found and MILITARY_ZONE.fullmatch(found["name"]) and found.end() == len(words):
        reason = f"names the military time zone {found['name']!r}, which RFC 822 defined backwards"
        raise make_date_error(text, reason, "write the offset in numbers: +01:00")
    time_of_day = parse_time_of_day(text, match)
    if time_of_day.second is None:
        refuse_ambiguous_hyphen(text, match, time_of_day, zone, is_last=end == len(words))
    date_part = f"{words[: match.start()]} {words[end:]}".strip(" ,-|./@·•")
    return replace(text, date_part=date_part, time_of_day=time_of_day, zone=zone)


def extract_trailing_zone(text: DateText) -> DateText:
    """Return *text* without a zone that ends it: `2023-03-02Z`, `10:00, 26 July 2013 (UTC)`."""
    match = TRAILING_ZONE.search(text.date_part)
    if match is None:
        return text
    return replace(text, date_part=text.date_part[: match.start()].strip(), zone=match[1])


def parse_time_of_day(text: DateText, match: re.Match[str]) -> TimeOfDay:
    """Return the time of day of a *match* of TIME_OF_DAY, in 24 hours."""
    if packed := match["packed"]:
        return parse_packed_time(packed)
    time_of_day = TimeOfDay(
        hour=int(match["hour"] or match["hour12"]),
        minute=int(match["minute"] or 0),
        second=int(match["second"]) if match["second"] else None,
        microsecond=parse_microseconds(match["fraction"]),
    )
    period = match["before"] or match["after"] or match["after12"]
    if not period:
        return time_of_day
    return convert_to_24_hours(text, time_of_day, "am" if period[0] in "aA" else "pm")


def parse_packed_time(digits: str) -> TimeOfDay:
    """Return the time of day of `1430` or `143005`."""
    second = int(digits[4:]) if digits[4:] else None
    return TimeOfDay(hour=int(digits[:2]), minute=int(digits[2:4]), second=second)


def convert_to_24_hours(text: DateText, time_of_day: TimeOfDay, period: str) -> TimeOfDay:
    """Return *time_of_day* in 24 hours if *period* is "am" or "pm"; 14:30 p.m. is 14:30."""
    hour = time_of_day.hour
    if hour > 12 and period == "pm":
        return time_of_day
    if hour > 12 or period not in ("am", "pm"):
        raise make_date_error(text, f"says {hour} o'clock and a.m. at once")
    return replace(time_of_day, hour=hour % 12 + (12 if period == "pm" else 0))


def parse_microseconds(digits: str | None) -> int:
    """Return the microseconds of a fraction's digits, truncated, not rounded."""
    return int(digits[:6].ljust(6, "0")) if digits else 0


def refuse_ambiguous_hyphen(
    text: DateText, match: re.Match[str], time_of_day: TimeOfDay, zone: str, *, is_last: bool
) -> None:
    """Raise `DateError` for hours and minutes after an ambiguous hyphen."""
    hour, minute = time_of_day.hour, time_of_day.minute
    # 2023-03-02-05:00 is a date with an offset in XML Schema; 2019-12-01-19:48 cannot be one
    is_offset_like = len(match["hour"] or "") == 2 and hour <= 14 and minute in (0, 15, 30, 45)
    if match["lead"] == "-" and is_offset_like and is_last and not zone:
        reason = "may mean a time of day or an offset from UTC"
        raise make_date_error(text, reason, "put a space before the time")
    is_later_time = re.fullmatch(r"-\d\d:\d\d", zone) and zone[1:] > f"{hour:02}:{minute:02}"
    if is_later_time and match["lead"] not in ("T", "t"):
        reason = f"may mean until {zone[1:]} or an offset from UTC"
        raise make_date_error(text, reason, "write seconds before an offset")
