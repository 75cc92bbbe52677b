"""An author's words become a draft: normalised text, with the time of day and the zone cut out.

Comes in: any text. Goes out: a `Draft`, or a `DateError` for what cannot be a
date at all. What day it is, is the readers' business.
"""

from __future__ import annotations

import re
import unicodedata

from feedsvc.dates.cjk import rewrite_cjk
from feedsvc.dates.timezones import is_zone_name
from feedsvc.dates.types import DateRules, DateText, TimeOfDay, make_date_error
from feedsvc.errors import DateError

MAX_DATE_CHARACTERS = 128  # dateutil needs half a minute for a million digits
ASCII_PUNCTUATION = dict.fromkeys(range(0x2010, 0x2016), "-") | {
    0x2212: "-",
    0x060C: ",",
    0x3001: ",",
    0x2018: "'",
    0x2019: "'",
    0x201C: '"',
    0x201D: '"',
}
ENCLOSING_PAIRS = ('""', "''", "()", "[]", "<>")  # Org mode writes <2023-03-02 Thu>
DCMI_PERIOD = re.compile(
    r"(?:start|end)=([^;=]+)(?:;\s*scheme=W3C-DTF)?;?", re.IGNORECASE
)  # DCMI Period, one end only

DAY_PERIOD = r"[AaPp]\.?\s?[Mm]\b\.?"
TIME_OF_DAY = re.compile(
    rf"""
    (?P<lead> (?<=\d)[Tt_] | (?<=\d)- | (?<![^\s,(]) )
    (?: (?P<before>{DAY_PERIOD}) \s* )?
    (?: (?P<hour>\d{{1,2}}) (?: : | \s?[hH]\s? ) (?P<minute>\d{{1,2}}) (?!\s?[mM]\s?\d)
        (?: :(?P<second>\d{{1,2}}) (?:[.,](?P<micro>\d{{1,9}}))? )?
        (?: \s*(?P<after>{DAY_PERIOD}) )?
      | (?<!-) (?P<hour12>\d{{1,2}}) \s* (?: (?P<after12>{DAY_PERIOD}) (?!\s*\d{{1,2}}:) | [hH]\b )
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
TRAILING_ZONE = re.compile(
    r"(?:(?<=\d)|\s\(?)(Z|UTC|GMT|UT|(?<=\d)\+\d\d:\d\d)\)?$", re.ASCII | re.IGNORECASE
)


def build_date_text(words: str, rules: DateRules) -> DateText:
    """*words* as a draft for the readers."""
    draft = DateText(words.strip(), "", "")
    if len(draft.words) > MAX_DATE_CHARACTERS:
        raise make_date_error(draft, f"is {len(draft.words)} characters long, which no date is")
    text = normalize_text(draft)
    if not any(character.isdigit() for character in text):
        raise make_date_error(draft, "names no day: it has no digits" if text else "is empty")
    return extract_time_and_zone(draft._replace(text=text, rest=text), rules)


def normalize_text(draft: DateText) -> str:
    """One spelling for every script's digits, spaces, dashes and quotes."""
    text = draft.words
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(ASCII_PUNCTUATION)
        visible = (character for character in text if unicodedata.category(character) != "Cf")
        text = rewrite_cjk(
            "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in visible)
        )
    text = " ".join(text.split())
    if any(unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn") for character in text):
        raise make_date_error(draft, "has characters in it that cannot be printed")
    while len(text) > 1 and text[0] + text[-1] in ENCLOSING_PAIRS:
        text = text[1:-1].strip()
    if period := DCMI_PERIOD.fullmatch(text):
        text = period[1]
    return text.rstrip(" ,;.-")


def extract_time_and_zone(draft: DateText, rules: DateRules) -> DateText:
    """The draft with its time of day and zone taken out of the rest."""
    text = draft.text
    match = TIME_OF_DAY.search(text)
    if match is None:
        return extract_trailing_zone(draft)
    clock = parse_time_of_day(draft, match)
    end, zone = match.end(), ""
    found = ZONE_AFTER_TIME.match(text, end)
    if found and (
        found["offset"] or is_zone_name(found["name"], rules.zone, last=found.end() == len(text))
    ):
        end, zone = found.end(), found["offset"] or found["name"]
    if error := detect_ambiguity(draft, match, clock, zone, end):
        raise error
    draft = draft._replace(
        rest=f"{text[: match.start()]} {text[end:]}".strip(" ,"), clock=clock, zone=zone
    )
    return draft if zone else extract_trailing_zone(draft)


def extract_trailing_zone(draft: DateText) -> DateText:
    """The draft without a zone that ends it: `2023-03-02Z`, `10:00, 26 July 2013 (UTC)`."""
    tail = TRAILING_ZONE.search(draft.rest)
    return draft._replace(rest=draft.rest[: tail.start()].strip(), zone=tail[1]) if tail else draft


def parse_time_of_day(draft: DateText, match: re.Match[str]) -> TimeOfDay:
    """The time of day of a match of CLOCK, in 24 hours."""
    if packed := match["packed"]:
        return TimeOfDay(int(packed[:2]), int(packed[2:4]), int(packed[4:]) if packed[4:] else None)
    clock = TimeOfDay(int(match["hour"] or match["hour12"]), int(match["minute"] or 0))
    if match["second"]:
        clock = clock._replace(
            second=int(match["second"]), micro=parse_microseconds(match["micro"])
        )
    half = match["before"] or match["after"] or match["after12"]
    return convert_to_24_hours(draft, clock, "am" if half[0] in "aA" else "pm") if half else clock


def convert_to_24_hours(draft: DateText, clock: TimeOfDay, half: str) -> TimeOfDay:
    """*clock* in 24 hours, when its words call it "am" or "pm"; 14:30 p.m. is allowed, for it is no doubt."""
    if clock.hour > 12 and half == "pm":
        return clock
    if clock.hour > 12 or half not in ("am", "pm"):
        raise make_date_error(draft, f"says {clock.hour} o'clock and a.m. at once")
    return clock._replace(hour=clock.hour % 12 + (12 if half == "pm" else 0))


def parse_microseconds(digits: str | None) -> int:
    """Microseconds of a fraction's digits, cut off and not rounded."""
    return int(digits[:6].ljust(6, "0")) if digits else 0


def detect_ambiguity(
    draft: DateText, match: re.Match[str], clock: TimeOfDay, zone: str, end: int
) -> DateError | None:
    """What is wrong with a clock whose hyphen can be meant in two ways, or None."""
    minutes_only = clock.second is None
    # 2023-03-02-05:00 is a date with an offset to XML Schema; 2019-12-01-19:48 cannot be one
    offset_like = (
        len(match["hour"] or "") == 2 and clock.hour <= 14 and clock.minute in (0, 15, 30, 45)
    )
    if (
        match["lead"] == "-"
        and minutes_only
        and offset_like
        and not zone
        and end == len(draft.text)
    ):
        return make_date_error(
            draft, "may mean a time of day or an offset from UTC", "put a space before the time"
        )
    later = re.fullmatch(r"-\d\d:\d\d", zone) and zone[1:] > f"{clock.hour:02}:{clock.minute:02}"
    if later and minutes_only and match["lead"] not in ("T", "t"):
        return make_date_error(
            draft,
            f"may mean until {zone[1:]} or an offset from UTC",
            "write seconds before an offset",
        )
    return None
