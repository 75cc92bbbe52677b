"""Parses an author's words for a date into a `Moment`, or raises `DateError`: nothing is guessed.

RFC 3339 and similar forms are parsed by one pattern. All else is normalized (`normalize`, `cjk`,
`local_forms`), its time of day and zone are split off, and the `formats` are tried, the most
certain first; python-dateutil is the last of them, behind guards.

| what | policy |
| --- | --- |
| no zone | the site's zone |
| no time | `default_time` of the rules, precision "day" |
| month or year alone | its start, 00:00, from 1900 to 2199 |
| years | 1583 to 2199; 100 to 9998 in a full RFC 822 date (month by name, seconds, zone) |
| year of two digits | only in an RFC 822 date with time and zone (00-49 are 20xx) |
| 03/04/2026 | the setting; dots: day first; the only possible order; the language, if CLDR |
|   | leaves no doubt; else refused |
| month and weekday names | the entry's language, English, then all if they agree; abbreviated |
|   | to 3 letters or more |
| numeric offsets | up to 14 hours; `UTC+8` and `GMT+0800` are +08:00 |
| zone names | the site's own abbreviations, RFC 822's, CET and its like, ET/CT/MT/PT/AT, |
|   | IANA names; else refused |
| military letters | refused, but Z |
| Thai Buddhist years | 2400 to 2799 on a Thai site or beside Thai words: less 543 |
| 113-05-06 | 2024 on a site of Taiwan or beside 民國; 2024年(令和6年) if both are one year |
| 10.30 with a dot | a time of day beside a word for it (Uhr, kl., godz.) or a zone |
| (月), 월, 周一 | a weekday, never a month; behind a day without a mark refused |
| a word of several languages | the one whose weekday is the day's; a language of which CLDR has |
|   | few data counts if the entry is in it, or no other has the word, of 5 letters or more |
| DST gap | the offset before it (RFC 5545), shown after it: 02:30 is 03:30; remark |
| DST fold | the first pass; remark |
| local mean time | the offset in whole minutes |
| 24:00 | 00:00 of the next day |
| 23:59:60 | refused |
| fractions of a second | kept to the microsecond, cut off behind it |
| seconds since 1970 | 9 or 10 digits, 13 for milliseconds, not beginning as YYYYMMDD; |
|   | shown in the site's zone |
| weekday that contradicts | the date stands; remark |
| a week, a day without a year, a span | refused |
| length | 128 characters; dateutil sees 64 |
"""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

from feedsvc.dates.filenames import PathDate, parse_path_date
from feedsvc.dates.formats import DATE_FORMATS
from feedsvc.dates.month_names import (
    DATE_TOKEN,
    fold_name,
    is_date_word,
    load_name_table,
    resolve_phrase,
)
from feedsvc.dates.normalize import build_date_text
from feedsvc.dates.resolve import parse_rfc3339, resolve_moment
from feedsvc.dates.timezones import make_zone_from_offset
from feedsvc.dates.types import (
    DATE_REMEDY,
    MAX_YEAR,
    MIN_YEAR,
    DateParts,
    DateRules,
    DateText,
    ParsedDate,
    make_date_error,
)
from feedsvc.errors import DateError

__all__ = [
    "DATE_REMEDY",
    "MAX_YEAR",
    "MIN_YEAR",
    "DateRules",
    "ParsedDate",
    "PathDate",
    "explain_date",
    "is_date_like",
    "is_date_meant",
    "list_named_months",
    "make_zone_from_offset",
    "parse_date",
    "parse_path_date",
]
ANY_RULES = DateRules(zone=ZoneInfo("UTC"))
MAX_DATE_LIKE_CHARACTERS = 64
# a year of four digits, or three numbers: a part of these is a price or a version
FULL_NUMBERS = re.compile(
    r"(?<!\d)\d{4}(?!\d)|(?<!\d)\d{8}(?!\d)"
    # not 2.1.3, 192.168.1.10
    r"|(?<![\d.])(?:1?\d\d[-./]\d{1,2}[-./]\d{1,2}|\d[-./]\d{1,2}[-./]\d\d)(?![-./]?\d)"
)
ZONE_NAME = re.compile("[A-Z]{1,5}")
DAY_AND_MONTH = re.compile(r"\d{1,2}[./]\d{1,2}")
SHORT_YEAR_MARK = re.compile(r"'(?=\d\d$)")  # 2 March '23


def parse_date(words: str, rules: DateRules, *, source: str = "") -> ParsedDate:
    """Return the moment that *words* name under *rules*; raise `DateError` for all other text.

    *source* is where the words stood ("field:date"), kept in the moment.
    """
    if parsed := parse_rfc3339(words, rules, source):
        return parsed
    text = build_date_text(words, rules)
    reasons = []
    for _, parser in DATE_FORMATS:
        parts = parser(text, rules)
        if isinstance(parts, DateParts):
            return resolve_moment(parts, text, rules, source)
        reasons.append(parts)
    raise make_date_error(text, select_reason(text, reasons))


def _get_date_part(words: str) -> str:
    """Return the part of a short text with a digit that can be a date, "" for none."""
    if len(words) > MAX_DATE_LIKE_CHARACTERS or not any(map(str.isdigit, words)):
        return ""
    try:
        return build_date_text(words, ANY_RULES).date_part
    except DateError:
        return ""


def is_date_like(words: str) -> bool:
    """Return whether *words* are nothing but a date, in any language, even an ambiguous one."""
    date_part = _get_date_part(words)
    if not (date_part and FULL_NUMBERS.search(date_part)):
        return False
    tokens = DATE_TOKEN.findall(date_part)
    if len(tokens) > 1 and ZONE_NAME.fullmatch(tokens[-1]):
        tokens.pop()
    return all(not (word := fold_name(token)) or is_date_word(word) for token in tokens)


def is_date_meant(words: str) -> bool:
    """Return whether *words* are nothing but a date, or a part of one: `March 2`, `2.3.`."""
    if is_date_like(words):
        return True
    date_part = _get_date_part(words)
    if not date_part:
        return False
    names = map(fold_name, DATE_TOKEN.findall(SHORT_YEAR_MARK.sub("", date_part)))
    return DAY_AND_MONTH.fullmatch(date_part) is not None or any(
        one.month or one.weekday is not None
        for one in resolve_phrase(list(filter(None, names)), "")
    )


def list_named_months(words: str, language: str) -> list[int]:
    """Return the months, from 1, that *words* name in *language* or in English."""
    names = [fold_name(token) for token in DATE_TOKEN.findall(words)]
    tables = [load_name_table(tag) for tag in (language, "en")]
    return [
        found.month
        for name in names
        for table in tables
        if (found := table.get(name)) and found.month
    ]


def select_reason(text: DateText, reasons: list[str]) -> str:
    """Return the most helpful refusal: for text with letters, that of the format of names."""
    if any(character.isalpha() for character in text.date_part):
        return reasons[-2]
    return "is not a date" if text.date_part else "names a time, but no day"


def explain_date(words: str, rules: DateRules) -> list[tuple[str, str]]:
    """Return (format, result) of each format for *words*, in the order of trial."""
    parsed = parse_rfc3339(words, rules, "")
    verdicts = [("RFC 3339", describe_date(parsed) if parsed else "is not in this form")]
    try:
        text = build_date_text(words, rules)
    except DateError as error:
        return [*verdicts, ("words", f"refused: {error}")]
    is_decided = parsed is not None
    for name, parser in DATE_FORMATS:
        try:
            parts = parser(text, rules)
            is_read = isinstance(parts, DateParts)
            if isinstance(parts, DateParts):
                verdict = describe_date(resolve_moment(parts, text, rules, ""), parts.reason)
            else:
                verdict = parts
        except DateError as error:
            is_read, verdict = True, f"refused: {error}"
        verdicts.append((name, f"not asked; would say: {verdict}" if is_decided else verdict))
        is_decided = is_decided or is_read
    return verdicts


def describe_date(parsed: ParsedDate, reason: str = "") -> str:
    """Return *parsed* in one line, with the *reason* that decided and its remarks."""
    remarks = "".join(f"; {remark}" for remark in (reason, *parsed.remarks) if remark)
    return f"{parsed.moment} ({parsed.moment.precision}){remarks}"
