"""An author's words become a draft: normalised text, with the time of day and the zone cut out.

Comes in: any text. Goes out: a `Draft`, or a `DateError` for what cannot be a
date at all. What day it is, is the readers' business.
"""

from __future__ import annotations

import re
import unicodedata

from feedsvc.dates.cjk import rewrite_east
from feedsvc.dates.timezones import is_zone
from feedsvc.dates.types import Clock, DateRules, Draft, refuse
from feedsvc.errors import DateError

LONGEST = 128  # dateutil needs half a minute for a million digits
DASHES = dict.fromkeys(range(0x2010, 0x2016), "-") | {
    0x2212: "-",
    0x060C: ",",
    0x3001: ",",
    0x2018: "'",
    0x2019: "'",
    0x201C: '"',
    0x201D: '"',
}
QUOTES = ('""', "''", "()", "[]", "<>")  # Org mode writes <2023-03-02 Thu>
PERIOD = re.compile(
    r"(?:start|end)=([^;=]+)(?:;\s*scheme=W3C-DTF)?;?", re.IGNORECASE
)  # DCMI Period, one end only

HALF = r"[AaPp]\.?\s?[Mm]\b\.?"
CLOCK = re.compile(
    rf"""
    (?P<lead> (?<=\d)[Tt_] | (?<=\d)- | (?<![^\s,(]) )
    (?: (?P<before>{HALF}) \s* )?
    (?: (?P<hour>\d{{1,2}}) (?: : | \s?[hH]\s? ) (?P<minute>\d{{1,2}}) (?!\s?[mM]\s?\d)
        (?: :(?P<second>\d{{1,2}}) (?:[.,](?P<micro>\d{{1,9}}))? )?
        (?: \s*(?P<after>{HALF}) )?
      | (?<!-) (?P<hour12>\d{{1,2}}) \s* (?: (?P<after12>{HALF}) (?!\s*\d{{1,2}}:) | [hH]\b )
      | (?<=[Tt]) (?P<packed>\d{{4}}(?:\d\d)?) (?:[.,]\d{{1,9}})?
    )
    (?! [\d:] | [.,]\d )
    """,
    re.VERBOSE | re.ASCII,
)
ZONE = re.compile(
    r"""
    \s* \(? (?:
        (?P<offset> (?: (?:UTC|GMT|UT)\s? )? [+-]\d{1,2}(?::?\d\d)? (?![\d:]) )
      | (?P<name> [A-Za-z]+(?:/[A-Za-z0-9_+-]+){1,2} | [A-Za-z]{1,5} ) (?![\w/])
    ) \)?
    (?(offset) (?: \s*\([^()]*\) | \s*\[[\w/+-]*\] | \s+[A-Z]{3,5}$ )? )
    """,
    re.VERBOSE | re.ASCII | re.IGNORECASE,
)
TAIL = re.compile(
    r"(?:(?<=\d)|\s\(?)(Z|UTC|GMT|UT|(?<=\d)\+\d\d:\d\d)\)?$", re.ASCII | re.IGNORECASE
)


def build_draft(words: str, rules: DateRules) -> Draft:
    """*words* as a draft for the readers."""
    draft = Draft(words.strip(), "", "")
    if len(draft.words) > LONGEST:
        raise refuse(draft, f"is {len(draft.words)} characters long, which no date is")
    text = normalise(draft)
    if not any(character.isdigit() for character in text):
        raise refuse(draft, "names no day: it has no digits" if text else "is empty")
    return cut_clock(draft._replace(text=text, rest=text), rules)


def normalise(draft: Draft) -> str:
    """One spelling for every script's digits, spaces, dashes and quotes."""
    text = draft.words
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(DASHES)
        visible = (character for character in text if unicodedata.category(character) != "Cf")
        text = rewrite_east(
            "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in visible)
        )
    text = " ".join(text.split())
    if any(unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn") for character in text):
        raise refuse(draft, "has characters in it that cannot be printed")
    while len(text) > 1 and text[0] + text[-1] in QUOTES:
        text = text[1:-1].strip()
    if period := PERIOD.fullmatch(text):
        text = period[1]
    return text.rstrip(" ,;.-")


def cut_clock(draft: Draft, rules: DateRules) -> Draft:
    """The draft with its time of day and zone taken out of the rest."""
    text = draft.text
    match = CLOCK.search(text)
    if match is None:
        return cut_tail(draft)
    clock = parse_clock(draft, match)
    end, zone = match.end(), ""
    found = ZONE.match(text, end)
    if found and (
        found["offset"] or is_zone(found["name"], rules.zone, last=found.end() == len(text))
    ):
        end, zone = found.end(), found["offset"] or found["name"]
    if error := find_doubt(draft, match, clock, zone, end):
        raise error
    draft = draft._replace(
        rest=f"{text[: match.start()]} {text[end:]}".strip(" ,"), clock=clock, zone=zone
    )
    return draft if zone else cut_tail(draft)


def cut_tail(draft: Draft) -> Draft:
    """The draft without a zone that ends it: `2023-03-02Z`, `10:00, 26 July 2013 (UTC)`."""
    tail = TAIL.search(draft.rest)
    return draft._replace(rest=draft.rest[: tail.start()].strip(), zone=tail[1]) if tail else draft


def parse_clock(draft: Draft, match: re.Match[str]) -> Clock:
    """The time of day of a match of CLOCK, in 24 hours."""
    if packed := match["packed"]:
        return Clock(int(packed[:2]), int(packed[2:4]), int(packed[4:]) if packed[4:] else None)
    clock = Clock(int(match["hour"] or match["hour12"]), int(match["minute"] or 0))
    if match["second"]:
        clock = clock._replace(second=int(match["second"]), micro=parse_micro(match["micro"]))
    half = match["before"] or match["after"] or match["after12"]
    return parse_half(draft, clock, "am" if half[0] in "aA" else "pm") if half else clock


def parse_half(draft: Draft, clock: Clock, half: str) -> Clock:
    """*clock* in 24 hours, when its words call it "am" or "pm"; 14:30 p.m. is allowed, for it is no doubt."""
    if clock.hour > 12 and half == "pm":
        return clock
    if clock.hour > 12 or half not in ("am", "pm"):
        raise refuse(draft, f"says {clock.hour} o'clock and a.m. at once")
    return clock._replace(hour=clock.hour % 12 + (12 if half == "pm" else 0))


def parse_micro(digits: str | None) -> int:
    """Microseconds of a fraction's digits, cut off and not rounded."""
    return int(digits[:6].ljust(6, "0")) if digits else 0


def find_doubt(
    draft: Draft, match: re.Match[str], clock: Clock, zone: str, end: int
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
        return refuse(
            draft, "may mean a time of day or an offset from UTC", "put a space before the time"
        )
    later = re.fullmatch(r"-\d\d:\d\d", zone) and zone[1:] > f"{clock.hour:02}:{clock.minute:02}"
    if later and minutes_only and match["lead"] not in ("T", "t"):
        return refuse(
            draft,
            f"may mean until {zone[1:]} or an offset from UTC",
            "write seconds before an offset",
        )
    return None
