"""Text as content systems print it: a title, labels (`Release Time:2023-03-02Source:Clicks:1398`).

Comes in: text without any other header. Goes out: its labels as fields, its
title, the paragraphs as they stand.
"""

from __future__ import annotations

import re

from msgspec import Struct

from feedsvc.content.headings import heading_to_text, strip_closing_marks
from feedsvc.dates import is_date_like
from feedsvc.dialects.html.page_words import STEP, TAG_LABEL
from feedsvc.dialects.labelled.labels import (
    MAX_LINES_ABOVE,
    UNSPACED,
    VENUE_LABEL,
    detect_label_block,
    get_label_field,
    match_kind_line,
)
from feedsvc.dialects.types import Field, ParsedText, SourceText, make_parsed_text
from feedsvc.model import Markup
from feedsvc.patterns import compile_lazily

MAX_TITLE_CHARACTERS = 300
MAX_DATE_CHARACTERS = 40  # of a line that is only a date; asking takes a twentieth of a reading
MAX_SENTENCE_TITLE_CHARACTERS = 45  # "Port buys Skarvik Ferries Inc." is a title
MARKDOWN_HEADING = compile_lazily(r"#{1,6}\s+(.*)$")
# Or the edge of a comment
HORIZONTAL_RULE = compile_lazily(r"\s*(?:([=\-_*#~])\1{2,}|<!--|-->)\s*$")
SECTION_SEPARATOR = compile_lazily(r"\s*[>»›]+\s*|\s+/\s+")
# One of a language that is written without spaces has about two characters
WORD = compile_lazily(rf"{UNSPACED.pattern}{{1,2}}|[^\W\d_]{{2,}}")
BYLINE_ALONE = compile_lazily(
    r"(?:[Bb]y|BY|[Vv]on|[Pp]ar|[Pp]or|[Dd]oor|[Aa]v|[Aa]f|[Dd]i)"
    r"(?: (?:and|und|et|y|e|en|och|og|&|van|de|der|la|di)| [^\W\d_a-z]\S*)+"
)


# The way to a page: `Home > News`, 当前位置：首页 > 新闻
WAY = compile_lazily(
    r"(?:[^\n:：]{0,20}[:：]\s*)?(?:home(?: ?page)?|start(?:seite)?|accueil|inicio|início|hjem"
    r"|etusivu|strona główna|главная|首页|首頁|ホーム|トップ|홈)\s*[>»›][^\n]{1,100}$",
    re.IGNORECASE,
)


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
        fields = [*build_heading_fields(lines, heading, source.markup or "text"), *fields]
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
    title, *below = marked or above
    heading = Heading(title=title)
    for index in below:
        if not is_section_above(lines[heading.title], lines[index], heading.section is None):
            break
        heading = Heading(title=index, section=heading.title)
    return heading


def is_section_above(words: str, below: str, is_first: bool) -> bool:
    """Return whether *words* name a section and *below* is a title, no by-line or paragraph.

    Else *words* are the title. A section is named by a word or two, or by several that stand first
    and are no more than half of the title's.
    """
    below = below.strip()
    if (
        not is_section_like(words)
        or BYLINE_ALONE.fullmatch(below)
        or VENUE_LABEL.match(below)
        or (len(below) <= MAX_DATE_CHARACTERS and is_date_like(below))
    ):
        return False
    words, below = strip_heading_markup(words), strip_heading_markup(below)
    count = len(WORD.findall(words))
    is_sentence = below.endswith((*"。.",))
    if count <= 2 or SECTION_SEPARATOR.search(words):
        return not is_sentence or len(below) <= MAX_SENTENCE_TITLE_CHARACTERS
    return is_first and not is_sentence and 2 * count <= len(WORD.findall(below))


def detect_heading_below_labels(lines: list[str], start: int) -> Heading | None:
    """Return the first line with words from index *start* on; None if it is too long."""
    for index in range(start, len(lines)):
        if lines[index].strip() and not HORIZONTAL_RULE.match(lines[index]):
            return Heading(title=index) if len(lines[index]) <= MAX_TITLE_CHARACTERS else None
    return None


def build_heading_fields(lines: list[str], heading: Heading, markup: Markup) -> list[Field]:
    """Return title and category."""
    title = heading_to_text(strip_heading_markup(lines[heading.title]), markup)
    fields = [Field("title", title, heading.title + 1)]
    if heading.section is not None:
        steps = SECTION_SEPARATOR.split(strip_heading_markup(lines[heading.section]))
        fields.append(Field("category", steps[-1].strip(), heading.section + 1))
    return fields


def build_kind_fields(lines: list[str], kinds: list[int]) -> list[Field]:
    """Return the kinds of document as categories; "For immediate release" has no name of ours."""
    matches = [(index, match) for index in kinds if (match := match_kind_line(lines[index]))]
    return [
        Field("category" if match["kind"] else "", match["kind"] or match[0], index + 1)
        for index, match in matches
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
    """Return whether *words* are short enough for the name of a section, or the way to it."""
    if WAY.match(words.strip()):
        return True
    return len(words.split()) <= 6 and len(words) <= 40 and not words.startswith(("```", "~~~"))


def is_title_like(words: str) -> bool:
    """Return whether a paragraph reads as a title: a short line, no sentence, markup or address."""
    is_short = len(words) <= 120 and "://" not in words
    return is_short and not words.endswith((*".。:,;",)) and words[:1].isalnum()


def strip_heading_markup(words: str) -> str:
    """Return *words* without the signs of a Markdown heading."""
    words = words.strip()
    match = MARKDOWN_HEADING.match(words)
    return strip_closing_marks(match[1]) if match else words
