"""Text as content systems print it: a title, labels (`Release Time:2023-03-02Source:Clicks:1398`).

Comes in: text without any other header. Goes out: its labels as fields, its
title, the paragraphs as they stand. Without labels it is plain text, whose
first line is the title.
"""

from __future__ import annotations

import re
from itertools import takewhile

from msgspec import Struct

from feedsvc.dialects.field_names import FIELD_NAMES, build_field_name_table, normalize_field_name
from feedsvc.dialects.types import Field, ParsedText, SourceText, make_parsed_text
from feedsvc.model import Markup

ENGLISH_LABELS = (
    "Release (?:Time|Date)|Publish(?:ed|ing)?(?: (?:Time|Date|on|at))?|Publication (?:Time|Date)"
    "|Posted(?: on)?|Issued?(?: on)?|Date(?: Published| Posted)?|Time"
    "|(?:Last )?Updated?(?: Time| Date| on| at)?|(?:Last )?Modified|Source|Origin|From"
    "|Clicks?(?: Count)?|(?:Page ?)?[Vv]iews?(?: Count)?|Hits|Reads?|Visits|Authors?|Writer"
    "|Editors?|Reporter|Byline|By|Category|Section|Column|Tags?|Keywords?|Title|Headline|Summary|Abstract"
)
PRINTED_NAMES = sorted(
    {
        name
        for names in FIELD_NAMES.values()
        for name in names.split()
        if "_" in name or not name.isascii()
    },
    key=lambda name: (-len(name), name),
)
EAST_ASIAN_LETTER = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
WORD_LABELS = f"{ENGLISH_LABELS}|" + "|".join(
    re.escape(name.strip("_").replace("_", " "))
    for name in PRINTED_NAMES
    if not EAST_ASIAN_LETTER.match(name)
)
CJK_LABELS = "|".join(
    r"[ \u3000]*".join(map(re.escape, name))  # 来 源, set wide
    for name in PRINTED_NAMES
    if EAST_ASIAN_LETTER.match(name)
)
# A label within a line stands after anything but a letter, or begins with a capital: `JaneSource:`
LABEL_WITHIN_LINE = re.compile(
    rf"(?:(?<![^\W\d_])(?i:{WORD_LABELS})|(?<=[A-Za-z])(?=[A-Z])(?:{ENGLISH_LABELS}))[ \t]*[:：]"
    rf"|(?:{CJK_LABELS})[ \t\u3000]*[:：]"
)
LABEL_AT_START = re.compile(
    rf"(?:{WORD_LABELS})[ \t]*[:：]|(?:{CJK_LABELS})[ \t\u3000]*[:：]", re.IGNORECASE
)
# The label that words before a date end with: `Posted on `, `发布时间：`
LABEL_BEFORE_VALUE = re.compile(
    rf"(?P<label>(?<![^\W\d_])(?:{WORD_LABELS}|{CJK_LABELS})|(?:{CJK_LABELS})(?=\s*[:：]))"
    r"\s*(?P<colon>[:：])?\s*(?:[^\W\d_]{2,12}[,.]\s*)?$",  # a weekday may stand between
    re.IGNORECASE,
)
EDGE_CHARACTERS = " \t\u3000\xa0|·•,;，；/[]【】()（）*_-–—"
MAX_LINES_ABOVE, MAX_LINES_BELOW = 6, 8  # lines with words above the labels; labels below a text
MAX_TITLE_CHARACTERS = 300
MARKDOWN_HEADING = re.compile(r"#{1,6}\s+(.*?)\s*#*$")
HORIZONTAL_RULE = re.compile(r"\s*([=\-_*#~])\1{2,}\s*$")
UNDERLINE = re.compile(r"\s*(=+|-{3,})\s*")
SECTION_SEPARATOR = re.compile(r"\s*[>»›]+\s*|\s+/\s+")


class LabelBlock(Struct, frozen=True, kw_only=True):
    """A run of lines with labels, by the indexes of its first and last one, and their fields."""

    first: int
    last: int
    fields: list[Field]


class Heading(Struct, frozen=True, kw_only=True):
    """The indexes of the line of the title, and of that of the section if one stands above."""

    title: int
    section: int | None = None


def parse_labelled(source: SourceText) -> ParsedText | None:
    """Return a text by its labels above or below the body; None if it has none."""
    lines = source.text.split("\n")
    block = detect_label_block(lines)
    if block is None:
        return None
    above = [
        index
        for index, words in enumerate(lines[: block.first])
        if words.strip() and not HORIZONTAL_RULE.match(words)
    ]
    is_titled = any(normalize_field_name(one.name) in TITLE_FIELD_NAMES for one in block.fields)
    heading, start = None, block.last + 1
    if is_trailing_block(lines, above, start):
        lines, start = lines[: block.first], 0
        heading = None if is_titled else detect_heading_above_text(lines, above)
    elif above and not is_titled:
        heading = detect_heading_above_labels(lines, above)
        if heading.section is None:  # lines between title and labels belong to the text
            lines[start:start] = [lines[index] for index in above[1:]]
    elif not is_titled:
        heading = detect_heading_below_labels(lines, start)
    fields = block.fields
    if heading is not None:
        start = max(start, heading.title + 1)
        fields = [*build_heading_fields(lines, heading), *fields]
    while start < len(lines) and (
        not lines[start].strip() or (heading and HORIZONTAL_RULE.match(lines[start]))
    ):
        start += 1
    return make_parsed_text("labelled", fields, lines, start, source.markup or "text")


def detect_heading_above_text(lines: list[str], above: list[int]) -> Heading:
    """Return the heading of a text that has its labels below."""
    if len(above) > 2 and is_section_like(lines[above[0]]) and is_title_like(lines[above[1]]):
        return Heading(title=above[1], section=above[0])
    return Heading(title=above[0])


def detect_heading_above_labels(lines: list[str], above: list[int]) -> Heading:
    """Return the heading of a text that has its labels above."""
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


def detect_label_block(lines: list[str]) -> LabelBlock | None:
    """Return the labels near the top of *lines*, or at their very end; None if there are none."""
    filled = [number for number, words in enumerate(lines) if words.strip()]
    for number in filled[: MAX_LINES_ABOVE + 1]:
        if match_label(lines[number]) and (block := parse_label_block(lines, number)):
            return block
    last = filled[MAX_LINES_ABOVE + 1 :][-MAX_LINES_BELOW:]
    run = list(takewhile(lambda number: match_label(lines[number]), reversed(last)))
    return parse_label_block(lines, run[-1]) if run else None


def match_label(words: str) -> re.Match[str] | None:
    """Match the label that *words* begin with."""
    return LABEL_AT_START.match(words.lstrip(EDGE_CHARACTERS))


def parse_label_block(lines: list[str], first: int) -> LabelBlock | None:
    """Return the labels from index *first* on; None if they give neither a date nor two facts."""
    fields: list[Field] = []
    last = first
    for index in range(first, len(lines)):
        if not lines[index].strip():
            continue
        labels = split_labels(lines[index], index + 1)
        if not labels or (
            fields and any(len(str(label.value)) > MAX_TITLE_CHARACTERS for label in labels)
        ):
            break
        fields += labels
        last = index
    names = (normalize_field_name(field.name) for field in fields)
    kinds = {FIELD_NAME_TABLE[name][0] for name in names if name in FIELD_NAME_TABLE}
    if "published" in kinds or len(kinds) > 1:
        return LabelBlock(first=first, last=last, fields=fields)
    return None


def split_labels(words: str, line: int) -> list[Field]:
    """Return the labels of *line*, each with its value; [] if none begins its *words*."""
    words = words.strip().lstrip(EDGE_CHARACTERS)
    label = LABEL_AT_START.match(words)
    if label is None:
        return []
    labels = [label, *LABEL_WITHIN_LINE.finditer(words, label.end())]
    ends = [*(label.start() for label in labels[1:]), len(words)]
    return [
        Field(
            label[0].rstrip(" \t\u3000:：").replace("\u3000", ""),
            words[label.end() : end].strip(EDGE_CHARACTERS),
            line,
        )
        for label, end in zip(labels, ends, strict=True)
    ]


def is_section_like(words: str) -> bool:
    """Return whether *words* are short enough for the name of a section."""
    return len(words.split()) <= 6 and len(words) <= 40


def is_title_like(words: str) -> bool:
    """Return whether a paragraph reads as a title: a short line, no sentence and no markup."""
    return len(words) <= 120 and not words.endswith((*".。:,;",)) and words[:1].isalnum()


def strip_heading_markup(words: str) -> str:
    """Return *words* without the signs of a Markdown heading."""
    match = MARKDOWN_HEADING.match(words.strip())
    return match[1] if match else words.strip()


def parse_plain(source: SourceText) -> ParsedText:
    """Return text by its title line: the first; in Markdown only if it reads as a heading."""
    markup = source.markup or "text"
    text = source.text.lstrip("\n")
    line = 1 + len(source.text) - len(text)
    first, _, body = text.partition("\n")
    below = body.split("\n", 1)[0]
    title = parse_title_line(first.strip(), below, markup)
    if title is None:
        return ParsedText(dialect="plain", fields=(), body=text, markup=markup, body_line=line)
    body_line = line + 1
    if title and HORIZONTAL_RULE.match(below):
        body, body_line = body.partition("\n")[2], body_line + 1
    fields = (Field("title", title, line),) if title else ()
    return ParsedText(dialect="plain", fields=fields, body=body, markup=markup, body_line=body_line)


def parse_title_line(words: str, below: str, markup: Markup) -> str | None:
    """Return the title that the first line of a text is; None if it belongs to the text."""
    if markup == "markdown":
        if heading := MARKDOWN_HEADING.match(words):
            return heading[1]
        if UNDERLINE.fullmatch(below) or (not below.strip() and is_title_like(words)):
            return words
    elif markup == "text" and len(words) <= MAX_TITLE_CHARACTERS:
        return words
    return None


FIELD_NAME_TABLE = build_field_name_table()
TITLE_FIELD_NAMES = frozenset(
    name for name, (canonical, _) in FIELD_NAME_TABLE.items() if canonical == "title"
)
