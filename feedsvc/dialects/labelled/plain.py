"""Plain text: the first line is its title, below lines with its date, its kind or the way to it.

Comes in: text without header and labels. Goes out: title, category, body.
"""

from __future__ import annotations

import re
from itertools import islice

from feedsvc.content.headings import heading_to_text, strip_emphasis
from feedsvc.dates import is_date_like
from feedsvc.dialects.labelled.labels import EDGE_CHARACTERS, match_dated_kind, match_kind_line
from feedsvc.dialects.labelled.text import (
    HORIZONTAL_RULE,
    MARKDOWN_HEADING,
    MAX_TITLE_CHARACTERS,
    SECTION_SEPARATOR,
    WAY,
    build_kind_fields,
    is_title_like,
    strip_heading_markup,
)
from feedsvc.dialects.types import Field, ParsedText, SourceText, make_parsed_text
from feedsvc.model import Markup
from feedsvc.patterns import compile_lazily

MAX_OPENING_LINES = 12  # among which the title is
# Whom to ask, above the title of a press release, and how to reach them
CONTACT = compile_lazily(
    r"(?:(?:media|press|presse)[ -]?)?(?:contacts?|kontakt|contacto|contatto|contato|yhteyshenkilö)"
    r"(?: (?:presse|de prensa|stampa|information|details|person))?\s*[:：]"
    r"|(?:ansprechpartner(?:in)?|rückfragen|phone|tel(?:ephone|efon|éfono|éphone|efono)?|tlf|mobile?|mobil"
    r"|cell|e-?mail|courriel|fax|web(?:site)?|联系人|联系方式|电话|邮箱|問い合わせ先|문의|연락처)\.?\s*[:：]",
    re.IGNORECASE,
)
REACHABLE = compile_lazily(r"@|\d{2}.?\d{2}|[:：]\s*$")
# Berlin, 2. März 2026, which a letter has above its subject
TOWN_AND_DATE = compile_lazily(
    r"[^\W\d_][^\d\n,]{1,40}, ?(?:(?:le|den|dne|dnia|lì|ngày) )?(?P<date>[^,\s].{5,30})"
)
UNDERLINE = compile_lazily(r"\s*(=+|-{3,})\s*")


def parse_plain(source: SourceText) -> ParsedText:
    """Return text by its title line: the first; in Markdown only if it reads as a heading.

    Above it may stand a date, which stays in the text, the kind of document, and the way to it; and
    whom to ask, which goes to the end.
    """
    markup = source.markup or "text"
    lines = source.text.split("\n")
    found, start = split_opening(lines, markup)
    title = parse_title_line(lines, start, markup)
    if title is None and markup == "markdown" and any(found.values()):  # no title is below them
        start, found = min(index for some in found.values() for index in some), {}
        title = parse_title_line(lines, start, markup)
    dates, contacts = found.get("date", []), found.get("contact", [])
    fields = build_kind_fields(lines, found.get("kind", []))
    for index in found.get("way", []):
        fields.append(Field("category", SECTION_SEPARATOR.split(lines[index])[-1], index + 1))
    if title:
        fields.insert(0, Field("title", title, start + 1))
    if title is not None:
        start += 1
    if title and start < len(lines) and HORIZONTAL_RULE.match(lines[start]):
        start += 1
    contact = [lines[index] for index in contacts]
    if dates:
        start -= len(dates)
        lines[start : start + len(dates)] = [lines[index] for index in dates]
    if contacts:
        lines += ["", *contact]
    return make_parsed_text("plain", fields, lines, start, markup)


def split_opening(lines: list[str], markup: Markup) -> tuple[dict[str, list[int]], int]:
    """Return the indexes of the lines above a title by what they are, and that of the title."""
    filled = (number for number, words in enumerate(lines) if words.strip())
    opening = list(islice(filled, MAX_OPENING_LINES))
    found: dict[str, list[int]] = {"date": [], "kind": [], "way": [], "contact": []}
    while len(opening) > 1:
        first, second = opening[:2]
        if kind := detect_opening(lines[first], lines[second], markup):
            found[kind].append(opening.pop(0))
        elif is_contact(lines, opening, is_below=any(found.values())):
            found["contact"].append(opening.pop(0))
        else:
            break
    return found, opening[0] if opening else 0


def is_contact(lines: list[str], opening: list[int], *, is_below: bool) -> bool:
    """Return whether the first of the *opening* lines says whom to ask, or goes on with that.

    Below another line of the opening a name is enough; else `Contact: …` may be a title.
    """
    words, below = (lines[index].strip(" \t*_") for index in opening[:2])
    if CONTACT.match(words):
        return is_below or REACHABLE.search(words) is not None or CONTACT.match(below) is not None
    above = lines[opening[0] - 1].strip(" \t*_") if opening[0] else ""
    first = opening[0]
    while first and lines[first - 1].strip():  # its paragraph
        first -= 1
    return bool(above) and is_bare_contact(lines[first])


def is_bare_contact(words: str) -> bool:
    """Return whether a line is only the label of those to ask, who stand below it."""
    words = words.strip(" \t*_")
    return words.endswith((":", "：")) and CONTACT.fullmatch(words) is not None


def detect_opening(words: str, below: str, markup: Markup) -> str:
    """Return "date", "kind" or "way" for a line above the title of a text, else ""."""
    is_heading = markup == "markdown" and MARKDOWN_HEADING.match(words)
    if is_heading or markup not in ("text", "markdown"):
        return ""
    if WAY.match(words.strip()):
        return "way"
    if match_kind_line(words):
        return "kind"
    if words.lstrip(EDGE_CHARACTERS).startswith(("보도시점", "보도일시")):  # an embargo
        return "date"
    if is_date_like(words.strip(EDGE_CHARACTERS)) or is_date_like(words):
        return "date"
    if (match := TOWN_AND_DATE.fullmatch(words.strip())) and is_date_like(match["date"]):
        return "date"
    if words.rstrip().endswith((":", "：")) and is_date_like(below.strip()):
        return "date"  # a label, whose date is in the next line
    # above a paragraph `Statement of 2 March 2026` is the title
    is_above_title = is_title_like(strip_heading_markup(below))
    return "date" if is_above_title and match_dated_kind(words) else ""


def parse_title_line(lines: list[str], index: int, markup: Markup) -> str | None:
    """Return the title that the line of *index* is; None if it belongs to the text."""
    words, below = lines[index].strip(), "".join(lines[index + 1 : index + 2])
    bare = strip_emphasis(strip_heading_markup(words))
    if markup == "markdown":
        is_heading = MARKDOWN_HEADING.match(words) or UNDERLINE.fullmatch(below)
        is_shown = is_heading or (not below.strip() and is_title_like(bare))
    else:
        is_shown = markup == "text" and len(words) <= MAX_TITLE_CHARACTERS
    # a picture stays in the text
    return (heading_to_text(bare, markup) or None) if is_shown and "![" not in bare[:3] else None
