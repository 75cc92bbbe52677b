"""Rewrites local forms of times and years as the formats read them.

Comes in: normalized text. Goes out: the same text with times of day that have a dot or no
minutes (`10.30 Uhr`, `kl. 10`), Vietnamese numbers of weekdays and the Thai calendar rewritten.
"""

from __future__ import annotations

import re
from functools import partial

from feedsvc.patterns import compile_lazily

WORDS_BEFORE_CLOCK = (
    r"um|gegen|ab|kl|klo|kello|klokka|klokken|klockan|o\sgodz|godz|godzina|at|à|a\slas|alle\sore|ore"
    r"|alle|às|om|o|v|ve|в|о|об|lúc|เวลา|pukul|saat|ob|ora"
)
WORDS_BEHIND_CLOCK = r"uhr|uur|hod|godz|hrs?|hs|hours|heures?|horas|(?-i:h)|น"
# After a number with a dot these make it a time of day
ZONES = r"utc|gmt|wib|wita|wit|ces?t|mes?z|ees?t|wes?t|[ecmp][sd]t|[ap]\.?m"
DOTTED_CLOCK = compile_lazily(
    rf"""
    (?<![\w.,:/-]) (?: (?P<before> (?:{WORDS_BEFORE_CLOCK}) )\.?\s* (?=\d) )?
    (?P<hour>[01]?\d|2[0-4]) (?: (?P<mark>[.:]) (?P<minute>[0-5]\d) (?:\.(?P<second>[0-5]\d))? )?
    (?![\d:./-]|,\d)
    (?: \s* (?P<behind> (?:{WORDS_BEHIND_CLOCK}) ) (?!\w) \.?
        (?: \s? (?P<more>[0-5]\d) (?![\d.:/-]) )? )?
    (?P<zone> (?= \s* (?:{ZONES}) (?!\w) ) )?
    """,
    re.VERBOSE | re.IGNORECASE,
)
# Before a single number these make it an hour, and no day of the month: "kl. 10", not "om 10"
SURE_WORDS = compile_lazily(
    r"kl|klo|kello|klokka|klokken|klockan|(?:o\s)?godz|godzina|pukul|เวลา", re.I
)
HOUR_WORDS = compile_lazily(r"uhr|uur|hod|godz|heures?|horas|น", re.IGNORECASE)
# Months in Roman numerals: 6.V.2024, in Polish also 6 V 2024, in Hungarian 2024. V. 6.
ROMAN_MONTHS = {
    name: number for number, name in enumerate("I II III IV V VI VII VIII IX X XI XII".split(), 1)
}
ROMAN = "(?P<month>XI{0,2}|IX|IV|VI{0,3}|I{1,3})"
ROMAN_MONTH = compile_lazily(
    rf"(?<![\w.])(?P<day>\d{{1,2}})(?P<mark>\.\s?|/|-|\s){ROMAN}(?P=mark)(?P<year>\d{{4}})(?!\d)"
    rf"|(?<!\d)(?P<first>\d{{4}})\.\s?{ROMAN.replace('month', 'middle')}\.\s?(?P<last>\d\d?)(?!\d)"
)
CAMERA_DAY = compile_lazily(r"^(\d{4}):(\d\d):(\d\d)(?= \d\d:)")  # Exif
GERMAN_ON = compile_lazily(r"am (?=\d{1,2}\.)")  # no a.m.
VIETNAMESE_WEEKDAY = compile_lazily(r"\b(?:thứ|thu)\s?([2-7])(?!\d)\s?,?", re.IGNORECASE)
WEEKDAYS = {"2": "Mon", "3": "Tue", "4": "Wed", "5": "Thu", "6": "Fri", "7": "Sat"}
ARABIC_ERA = compile_lazily(r"(?<=\d{4})\s?م(?!\w)")  # behind a year it is no p.m.
THAI_CHARACTER = compile_lazily("[\u0e01-\u0e4f]")
THAI_FILLER = compile_lazily(r"พ\s?\.?\s?ศ\s?\.?|วันที่|ที่")  # the era, "on the"
# Western years have no such digits, and Thai dates no western year of that size
BUDDHIST_YEAR = compile_lazily(r"(?<!\d)(2[4-7]\d\d)(?!\d)")
BUDDHIST_OFFSET_YEARS = 543


def rewrite_local_forms(text: str, language: str) -> str:
    """Return *text*, of an entry in *language*, with local times, weekdays and years rewritten."""
    text = GERMAN_ON.sub("", text, count=1) if text.startswith("am ") else text
    text = DOTTED_CLOCK.sub(_format_clock, CAMERA_DAY.sub(r"\1-\2-\3", text))
    if "V" in text or "I" in text or "X" in text:
        is_polish = language.partition("-")[0].casefold() == "pl"
        text = ROMAN_MONTH.sub(partial(_format_roman_month, is_spaced=is_polish), text)
    if "th" in text or "Th" in text:
        text = VIETNAMESE_WEEKDAY.sub(lambda match: f"{WEEKDAYS[match[1]]}, ", text)
    if "م" in text:
        text = ARABIC_ERA.sub(" ", text)
    if language.partition("-")[0].casefold() == "th" or THAI_CHARACTER.search(text):
        text = THAI_FILLER.sub(" ", text)
        text = BUDDHIST_YEAR.sub(lambda match: str(int(match[1]) - BUDDHIST_OFFSET_YEARS), text)
    return text


def _format_roman_month(match: re.Match[str], *, is_spaced: bool) -> str:
    """Return a date in numbers; the match itself between spaces, unless *is_spaced*."""
    if match["first"]:
        return f"{match['first']}-{ROMAN_MONTHS[match['middle']]}-{match['last']}"
    if match["mark"].isspace() and not is_spaced:
        return match[0]
    return f"{match['year']}-{ROMAN_MONTHS[match['month']]}-{match['day']}"


def _format_clock(match: re.Match[str]) -> str:
    """Return a time of day with colons; the match itself if no word or zone marks it as one."""
    before, behind = match["before"] or "", match["behind"] or ""
    minute = match["minute"] or match["more"]
    if minute:
        is_zoned = match["zone"] is not None and match["mark"] == "."
        is_clock = bool(before or behind or is_zoned)
    else:
        is_clock = bool(SURE_WORDS.fullmatch(before) or HOUR_WORDS.fullmatch(behind))
    if not is_clock:
        return match[0]
    seconds = f":{match['second']}" if match["second"] else ""
    return f" {match['hour']}:{minute or '00'}{seconds} "
