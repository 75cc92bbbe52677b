"""A date that stands in the text itself: on a line of its own near the title, in a dateline, or at the very end."""

from __future__ import annotations

import re
from collections.abc import Iterator

MONTH = r"[^\W\d_]{3,12}\.?"
DAY = r"\d{1,2}(?:st|nd|rd|th)?\.?"
CLOCK = r"\d\d?:\d\d(?::\d\d)?"
DATE = (
    rf"(?:{MONTH} {DAY},? \d{{4}}|{DAY} (?:de )?{MONTH},? (?:de )?\d{{4}}|\d{{4}}-\d\d-\d\d"
    r"|\d{4} ?年 ?\d{1,2} ?月 ?\d{1,2} ?日)"
)
# YANGZHONG, March 2, 2023 (Wire) -- …  and  新华社北京2023年3月2日电
DATELINE = re.compile(
    rf"(?P<place>[^\n!?。]{{0,80}}?)[\s,，(（/–—-]*(?P<date>{DATE})[)）]?"
    r"(?:\s*(?:/[^/\n]{2,40}/|\([^)\n]{2,40}\))?\s*(?:--|—|–|- |:)|(?P<wire>\s*[电訊讯電]))"
)
DATE_LINE = re.compile(
    rf"(?:{MONTH},? )?{DATE}(?:,? {CLOCK})?|\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}(?:[ T]{CLOCK})?"
)
SENTENCE_OPENERS = frozenset(
    "In On At Since By From Until The A An As For After Before Effective Updated".split()
)
DATE_PREFIX = re.compile(
    r"(?:(?:posted |published |written )?by [^\n\d]{2,60}?(?: on |[,|–—-]) ?|on |published |posted |date ?[:：]? ?)+",
    re.IGNORECASE,
)
EDGE_CHARACTERS = " \t\u3000()（）[]【】*_-–—|·"


def detect_text_dates(body: str, line: int) -> Iterator[tuple[str, int]]:
    """(words, line) of what can be the date of a text, the more telling first; *line* is its first one's."""
    head = body[:2000].split("\n")
    filled = [(number, words.strip()) for number, words in enumerate(head) if words.strip()][:3]
    for number, words in filled:
        if len(words) <= 60 and (found := extract_date_line(words)):
            yield found, line + number
    if (
        filled
        and (match := DATELINE.match(filled[0][1]))
        and (match["wire"] or is_place_name(match["place"]))
    ):
        yield match["date"], line + filled[0][0]
    last = body.rstrip()
    place = last.rfind("\n") + 1
    if place and len(last) - place <= 60 and (found := extract_date_line(last[place:])):
        yield found, line + last.count("\n")


def is_place_name(words: str) -> bool:
    """Whether *words* before a date are a place, `NEW YORK, N.Y.`, and not the beginning of a sentence."""
    parts = [part for part in re.split(r"[\s,/()]+", words) if part]
    return len(parts) < 8 and all(
        part[0].isupper() and part not in SENTENCE_OPENERS for part in parts
    )


def extract_date_line(words: str) -> str:
    """The date that is all of *words*, "" if there is more or none."""
    words = DATE_PREFIX.sub("", words.strip(EDGE_CHARACTERS), count=1).strip(EDGE_CHARACTERS)
    return words if DATE_LINE.fullmatch(words) else ""
