"""An author's words for a date become a `Moment`, or a `DateError`: nothing is guessed.

RFC 3339 and its near relatives are read by one pattern. All else is normalised
(`words`, `east`), loses its time of day and zone, and goes to the `readers`, the
most certain first; python-dateutil is the last of them, behind guards.

| what | policy |
| --- | --- |
| no zone | the site's zone |
| no time | `clock` of the rules, precision "day" |
| month or year alone | its start, 00:00, precision "month" or "year"; a year alone only from 1900 to 2199 |
| years | 1583 to 2199; 100 to 9998 in a full RFC 822 stamp (month by name, seconds, zone), as no other calendar has |
| year of two digits | in an RFC 822 date with time and zone (00-49 are 20xx), and in ISO 8601:1988's short forms |
|   | where no other order fits (03-12-31, -0312, 03335; 1970 to 2029); else refused |
| 03/04/2026 | the setting; dots: day first; the only possible order; the language, if CLDR has no doubt; else refused |
| month and weekday names | the entry's language, English, then all if they agree; abbreviated to 3 letters or more |
| numeric offsets | up to 14 hours; `UTC+8` and `GMT+0800` are +08:00 |
| zone names | the site's own abbreviations, RFC 822's, CET and its like, ET/CT/MT/PT/AT, IANA names; else refused |
| DST gap | the offset before it (RFC 5545), shown after it: 02:30 is 03:30; remark |
| DST fold | the first pass; remark |
| local mean time | the offset in whole minutes |
| 24:00 | 00:00 of the next day |
| 23:59:60 | a leap second can be there: read as :59, remark; elsewhere refused |
| fractions of a second | kept to the microsecond, cut off behind it |
| seconds since 1970 | 9 or 10 digits, 13 for milliseconds, not beginning as YYYYMMDD; shown in the site's zone |
| weekday that contradicts | the date stands; remark |
| a week, a day without a year, a span | refused |
| length | 128 characters; dateutil sees 64 |
"""

from __future__ import annotations

from feedsvc.dates.filenames import PathDate, parse_path_date
from feedsvc.dates.formats import DATE_FORMATS
from feedsvc.dates.normalize import build_date_text
from feedsvc.dates.resolve import parse_rfc3339, resolve_moment
from feedsvc.dates.types import DATE_REMEDY, DateParts, DateRules, DateText, ParsedDate
from feedsvc.errors import DateError

__all__ = ["DateRules", "ParsedDate", "PathDate", "explain_date", "parse_date", "parse_path_date"]


def parse_date(words: str, rules: DateRules, *, source: str = "") -> ParsedDate:
    """The moment that *words* name under *rules*; raises `DateError`, and nothing else, for all other text."""
    if reading := parse_rfc3339(words, rules, source):
        return reading
    draft = build_date_text(words, rules)
    reasons = []
    for _, reader in DATE_FORMATS:
        found = reader(draft, rules)
        if isinstance(found, DateParts):
            return resolve_moment(found, draft, rules, source)
        reasons.append(found)
    raise DateError(draft.words, choose_refusal_reason(draft, reasons), DATE_REMEDY)


def choose_refusal_reason(draft: DateText, reasons: list[str]) -> str:
    """The refusal that helps most: that of the reader of names for text with letters."""
    if any(character.isalpha() for character in draft.rest):
        return reasons[-2]
    return "is not a date" if draft.rest else "names a time, but no day"


def explain_date(words: str, rules: DateRules) -> list[tuple[str, str]]:
    """Each reader's verdict on *words*, in the order they are asked: (name, what it would say)."""
    simple = parse_rfc3339(words, rules, "")
    verdicts = [("RFC 3339", describe_parsed_date(simple) if simple else "is not in this form")]
    try:
        draft = build_date_text(words, rules)
    except DateError as error:
        return [*verdicts, ("words", f"refused: {error}")]
    decided = bool(simple)
    for name, reader in DATE_FORMATS:
        try:
            found = reader(draft, rules)
            read = isinstance(found, DateParts)
            verdict = (
                describe_parsed_date(resolve_moment(found, draft, rules, ""), found.why)
                if isinstance(found, DateParts)
                else found
            )
        except DateError as error:
            read, verdict = True, f"refused: {error}"
        verdicts.append((name, f"not asked; would say: {verdict}" if decided else verdict))
        decided = decided or read
    return verdicts


def describe_parsed_date(reading: ParsedDate, why: str = "") -> str:
    """A reading in one line."""
    remarks = "".join(f"; {remark}" for remark in (why, *reading.remarks) if remark)
    return f"{reading.moment} ({reading.moment.precision}){remarks}"
