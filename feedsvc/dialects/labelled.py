"""Text as content systems print it: a title, labels (`Release Time:2023-03-02Source:Clicks:1398`).

Comes in: text without any other header. Goes out: its labels as fields, its
title, the paragraphs as they stand. Without labels it is plain text, whose
first line is the title.
"""

from __future__ import annotations

import re
from itertools import islice

from msgspec import Struct

from feedsvc.dates import is_date_like
from feedsvc.dialects.html.page_words import STEP, TAG_LABEL
from feedsvc.dialects.labels import (
    EDGE_CHARACTERS,
    MAX_LINES_ABOVE,
    detect_label_block,
    get_label_field,
    match_kind_line,
)
from feedsvc.dialects.types import Field, ParsedText, SourceText, make_parsed_text
from feedsvc.model import Markup

MAX_OPENING_LINES = 5  # of a plain text, among which its title is
MAX_TITLE_CHARACTERS = 300
MARKDOWN_HEADING = re.compile(r"#{1,6}\s+(.*)$")
HORIZONTAL_RULE = re.compile(r"\s*([=\-_*#~])\1{2,}\s*$")
UNDERLINE = re.compile(r"\s*(=+|-{3,})\s*")
SECTION_SEPARATOR = re.compile(r"\s*[>»›]+\s*|\s+/\s+")


class Heading(Struct, frozen=True, kw_only=True):
    """The indexes of the line of the title, and of that of the section if one stands above."""

    title: int
    section: int | None = None


def parse_labelled(source: SourceText) -> ParsedText | None:
    """Return a text by its labels above or below the body; None if it has none."""
    lines = source.text.split("\n")
    block = detect_label_block(lines, source.field_names)
    if block is None:
        return None
    above = [
        index
        for index, words in enumerate(lines[: block.first])
        if words.strip() and not HORIZONTAL_RULE.match(words)
    ]
    kinds = [index for index in above if match_kind_line(lines[index])]
    kinds_above = frozenset(kinds)
    above = [index for index in above if index not in kinds_above]
    is_titled = any(
        get_label_field(one.name, source.field_names) == "title" for one in block.fields
    )
    heading, start, moved = None, block.last + 1, list[str]()
    if is_trailing_block(lines, above, start):
        lines, start = lines[: block.first], 0
        heading = None if is_titled else detect_heading_above_text(lines, above)
    elif above and not is_titled:
        heading = detect_heading_above_labels(lines, above)
        # other lines between title and labels belong to the text
        own = (heading.title, heading.section)
        moved = [lines[index] for index in above if index not in own]
    elif not is_titled:
        heading = detect_heading_below_labels(lines, start)
    fields = [*block.fields, *build_kind_fields(lines, kinds)]
    if heading is not None:
        start = max(start, heading.title + 1)
        fields = [*build_heading_fields(lines, heading), *fields]
    # in place of labels, so that the lines behind them keep their numbers
    start -= len(moved)
    lines[start : start + len(moved)] = moved
    while start < len(lines) and (
        not lines[start].strip() or (heading and HORIZONTAL_RULE.match(lines[start]))
    ):
        start += 1
    lines = drop_trailing_steps(lines, start)
    return make_parsed_text("labelled", fields, lines, start, source.markup or "text")


def drop_trailing_steps(lines: list[str], start: int) -> list[str]:
    """Return *lines* without links to other pages, or to share this one, at their end."""
    end = len(lines)
    while end > start and (not lines[end - 1].strip() or is_step(lines[end - 1])):
        end -= 1
    return lines[:end] if any(words.strip() for words in lines[end:]) else lines


def is_step(words: str) -> bool:
    """Return whether a line leads to another page: `Previous: …`, 下一篇：…, `Share: …`."""
    if len(words) > MAX_TITLE_CHARACTERS or TAG_LABEL.search(words):
        return False
    return STEP.search(words) is not None


def detect_heading_above_text(lines: list[str], above: list[int]) -> Heading:
    """Return the heading of a text that has its labels below."""
    if len(above) > 2 and is_section_like(lines[above[0]]) and is_title_like(lines[above[1]]):
        return Heading(title=above[1], section=above[0])
    return Heading(title=above[0])


def detect_heading_above_labels(lines: list[str], above: list[int]) -> Heading:
    """Return the heading of a text that has its labels above."""
    marked = [index for index in above if MARKDOWN_HEADING.match(lines[index])]
    if marked and marked[0] != above[0]:
        is_section = marked[0] == above[1] and is_section_like(lines[above[0]])
        return Heading(title=marked[0], section=above[0] if is_section else None)
    if len(above) > 1 and is_section_like(lines[above[0]]):
        return Heading(title=above[-1], section=above[0])
    return Heading(title=above[0])


def detect_heading_below_labels(lines: list[str], start: int) -> Heading | None:
    """Return the first line with words from index *start* on; None if it is too long."""
    for index in range(start, len(lines)):
        if lines[index].strip():
            return Heading(title=index) if len(lines[index]) <= MAX_TITLE_CHARACTERS else None
    return None


def build_heading_fields(lines: list[str], heading: Heading) -> list[Field]:
    """Return title and category."""
    fields = [Field("title", strip_heading_markup(lines[heading.title]), heading.title + 1)]
    if heading.section is not None:
        steps = SECTION_SEPARATOR.split(strip_heading_markup(lines[heading.section]))
        fields.append(Field("category", steps[-1].strip(), heading.section + 1))
    return fields


def build_kind_fields(lines: list[str], kinds: list[int]) -> list[Field]:
    """Return the kinds of document as categories; "For immediate release" has no name of ours."""
    matches = [(index, match) for index in kinds if (match := match_kind_line(lines[index]))]
    return [
        Field("category" if match["kind"] else "", match[0], index + 1) for index, match in matches
    ]


def is_trailing_block(lines: list[str], above: list[int], below: int) -> bool:
    """Return whether labels stand at the end of a text, not between title and first paragraph."""
    characters = sum(len(lines[index]) for index in above)
    if len(above) > MAX_LINES_ABOVE or characters > 2 * MAX_TITLE_CHARACTERS:
        return True
    return (
        len(above) > 1
        and not is_title_like(lines[above[-1]])
        and not any(words.strip() for words in lines[below:])
    )


def is_section_like(words: str) -> bool:
    """Return whether *words* are short enough for the name of a section."""
    return len(words.split()) <= 6 and len(words) <= 40 and not words.startswith(("```", "~~~"))


def is_title_like(words: str) -> bool:
    """Return whether a paragraph reads as a title: a short line, no sentence and no markup."""
    return len(words) <= 120 and not words.endswith((*".。:,;",)) and words[:1].isalnum()


def strip_heading_markup(words: str) -> str:
    """Return *words* without the signs of a Markdown heading."""
    words = words.strip()
    match = MARKDOWN_HEADING.match(words)
    return match[1].rstrip("#").rstrip() if match else words


def parse_plain(source: SourceText) -> ParsedText:
    """Return text by its title line: the first; in Markdown only if it reads as a heading.

    Above it may stand a date, which stays in the text, and what kind of document it is.
    """
    markup = source.markup or "text"
    lines = source.text.split("\n")
    filled = (number for number, words in enumerate(lines) if words.strip())
    opening = list(islice(filled, MAX_OPENING_LINES))
    kinds: list[int] = []
    dates: list[int] = []
    while len(opening) > 1 and (kind := detect_opening(lines[opening[0]], markup)):
        (dates if kind == "date" else kinds).append(opening.pop(0))
    start = opening[0] if opening else 0
    fields = build_kind_fields(lines, kinds)
    title = parse_title_line(lines[start].strip(), "".join(lines[start + 1 : start + 2]), markup)
    if title:
        fields.insert(0, Field("title", title, start + 1))
    if title is not None:
        start += 1
    if title and start < len(lines) and HORIZONTAL_RULE.match(lines[start]):
        start += 1
    if dates:
        start -= len(dates)
        lines[start : start + len(dates)] = [lines[index] for index in dates]
    return make_parsed_text("plain", fields, lines, start, markup)


def detect_opening(words: str, markup: Markup) -> str:
    """Return "date" or "kind" for a line of a plain text that stands above its title, else ""."""
    if markup != "text":
        return ""
    if match_kind_line(words):
        return "kind"
    return "date" if is_date_like(words.strip(EDGE_CHARACTERS)) or is_date_like(words) else ""


def parse_title_line(words: str, below: str, markup: Markup) -> str | None:
    """Return the title that the first line of a text is; None if it belongs to the text."""
    if markup == "markdown":
        if MARKDOWN_HEADING.match(words):
            return strip_heading_markup(words)
        if UNDERLINE.fullmatch(below) or (not below.strip() and is_title_like(words)):
            return words
    elif markup == "text" and len(words) <= MAX_TITLE_CHARACTERS:
        return words
    return None
