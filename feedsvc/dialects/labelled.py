"""Text as content systems print it: a title, a line of labels (`Release Time:2023-03-02Source:Clicks:1398`), a text.

Comes in: text without any other header. Goes out: its labels as fields, its
title, the paragraphs as they stand. Without labels it is plain text, whose
first line is the title.
"""

from __future__ import annotations

import re

from feedsvc.dialects.field_names import FIELD_NAMES, build_field_name_table, normalize_field_name
from feedsvc.dialects.types import Field, ParsedText
from feedsvc.model import Markup

ENGLISH_LABELS = (
    "Release (?:Time|Date)|Publish(?:ed|ing)?(?: (?:Time|Date|on|at))?|Publication (?:Time|Date)|Posted(?: on)?"
    "|Issued?(?: on)?|Date(?: Published| Posted)?|Time|(?:Last )?Updated?(?: Time| Date| on| at)?|(?:Last )?Modified"
    "|Source|Origin|From|Clicks?(?: Count)?|(?:Page ?)?[Vv]iews?(?: Count)?|Hits|Reads?|Visits|Authors?|Writer|Editors?"
    "|Reporter|Byline|By|Category|Section|Column|Tags?|Keywords?|Title|Headline|Summary|Abstract"
)
CJK_LABELS = "|".join(
    r"[ \u3000]*".join(map(re.escape, name))  # 来 源, set wide
    for name in sorted(
        {one for names in FIELD_NAMES.values() for one in names.split() if one[0] > "\x7f"}, key=len
    )[::-1]
)
# A label within a line stands after anything but a letter, or begins with a capital: `JaneSource:`
LABEL_WITHIN_LINE = re.compile(
    rf"(?:(?<![^\W\d_])(?i:{ENGLISH_LABELS})|(?<=[A-Za-z])(?=[A-Z])(?:{ENGLISH_LABELS}))[ \t]*[:：]|(?:{CJK_LABELS})[ \t\u3000]*[:：]"
)
LABEL_AT_START = re.compile(
    rf"(?:{ENGLISH_LABELS})[ \t]*[:：]|(?:{CJK_LABELS})[ \t\u3000]*[:：]", re.IGNORECASE
)
EDGE_CHARACTERS = " \t\u3000\xa0|·•,;，；/[]【】()（）*_-–—"
MAX_LINES_ABOVE, MAX_TITLE_CHARACTERS = 6, 300  # lines above the labels; characters of a title
MARKDOWN_HEADING = re.compile(r"#{1,6}\s+(.*?)\s*#*$")
HORIZONTAL_RULE = re.compile(r"\s*([=\-_*#~])\1{2,}\s*$")


def parse_labelled(text: str, line: int, markup: Markup) -> ParsedText | None:
    """*text*, whose first line is number *line*, by its labels above or below the body; None if it has none."""
    lines = text.split("\n")
    block = detect_label_block(lines)
    if block is None:
        return None
    first, last, fields = block
    fields = [Field(one.name, one.value, one.line + line) for one in fields]
    has_title = any(normalize_field_name(one.name) in TITLE_FIELD_NAMES for one in fields)
    above = [
        (number, words)
        for number, words in enumerate(lines[:first])
        if words.strip() and not HORIZONTAL_RULE.match(words)
    ]
    start = last + 1
    if is_trailing_block(lines[last + 1 :], above):
        title, start, lines = (-1, ""), 0, lines[:first]
        if not has_title:
            second = (
                above[1]
                if len(above) > 2
                and is_title_like(above[1][1])
                and not is_too_long_for_section(above[0][1])
                else None
            )
            title = second or above[0]
            if second is not None:
                fields.insert(0, Field("category", parse_section(above[0][1]), line + above[0][0]))
    elif has_title:
        title = (-1, "")
    elif above:
        title = above[0] if len(above) > 1 and is_too_long_for_section(above[0][1]) else above[-1]
        if len(above) > 1 and title is above[-1]:
            fields.insert(0, Field("category", parse_section(above[0][1]), line + above[0][0]))
        elif len(above) > 1:  # what stands between title and labels belongs to the text
            lines[last + 1 : last + 1] = [words for _, words in above[1:]]
    else:
        number = next((number for number in range(start, len(lines)) if lines[number].strip()), -1)
        title = (
            (number, lines[number])
            if number >= 0 and len(lines[number]) <= MAX_TITLE_CHARACTERS
            else (-1, "")
        )
        start = max(start, title[0] + 1)
    if title[1]:
        fields.insert(0, Field("title", strip_heading_markup(title[1]), line + title[0]))
        start = max(start, title[0] + 1)
    while start < len(lines) and (
        not lines[start].strip() or (title[1] and HORIZONTAL_RULE.match(lines[start]))
    ):
        start += 1
    body = "\n".join(lines[start:])
    return ParsedText(
        dialect="labelled", fields=tuple(fields), body=body, markup=markup, body_line=line + start
    )


def is_trailing_block(below: list[str], above: list[tuple[int, str]]) -> bool:
    """Whether the labels stand at the end of a text, not between its title and its first paragraph."""
    if (
        len(above) > MAX_LINES_ABOVE
        or sum(len(words) for _, words in above) > 2 * MAX_TITLE_CHARACTERS
    ):
        return True
    return (
        len(above) > 1
        and not is_title_like(above[-1][1])
        and not any(words.strip() for words in below)
    )


def detect_label_block(lines: list[str]) -> tuple[int, int, list[Field]] | None:
    """(first line, last line, fields) of the labels; near the top of *lines*, or at their very end."""
    filled = [number for number, words in enumerate(lines) if words.strip()]
    for number in filled[: MAX_LINES_ABOVE + 1]:
        if LABEL_AT_START.match(lines[number].lstrip(EDGE_CHARACTERS)) and (
            block := parse_label_block(lines, number)
        ):
            return block
    best = None
    for number in reversed(filled[MAX_LINES_ABOVE + 1 :][-8:]):
        if not LABEL_AT_START.match(lines[number].lstrip(EDGE_CHARACTERS)):
            break
        best = number
    return parse_label_block(lines, best) if best is not None else None


def parse_label_block(lines: list[str], first: int) -> tuple[int, int, list[Field]] | None:
    """The run of label lines from *first* on; None if they tell neither a date nor two things."""
    fields: list[Field] = []
    last = first
    for number in range(first, len(lines)):
        words = lines[number]
        if not words.strip():
            continue
        found = split_labels(words)
        if not found or (
            len(fields) >= 1 and any(len(value) > MAX_TITLE_CHARACTERS for _, value in found)
        ):
            break
        fields += [Field(name, value, number) for name, value in found]
        last = number
    kinds = {
        FIELD_NAME_TABLE[normalize_field_name(one.name)][0]
        for one in fields
        if normalize_field_name(one.name) in FIELD_NAME_TABLE
    }
    if "published" in kinds or len(kinds) > 1:
        return first, last, fields
    return None


def split_labels(words: str) -> list[tuple[str, str]]:
    """The labels of one line with their values; [] if the line does not begin with one."""
    words = words.strip().lstrip(EDGE_CHARACTERS)
    here = LABEL_AT_START.match(words)
    if here is None:
        return []
    marks = [here, *(match for match in LABEL_WITHIN_LINE.finditer(words, here.end()))]
    ends = [match.start() for match in marks[1:]] + [len(words)]
    return [
        (
            match[0].rstrip(" \t\u3000:：").replace("\u3000", ""),
            words[match.end() : end].strip(EDGE_CHARACTERS),
        )
        for match, end in zip(marks, ends, strict=True)
    ]


def is_too_long_for_section(words: str) -> bool:
    """Whether *words* are too long for the name of a section."""
    return len(words.split()) > 6 or len(words) > 40


def parse_section(words: str) -> str:
    """The last step of `Home > News Center`."""
    return re.split(r"\s*[>»›]+\s*|\s+/\s+", strip_heading_markup(words))[-1].strip()


def strip_heading_markup(words: str) -> str:
    match = MARKDOWN_HEADING.match(words.strip())
    return match[1] if match else words.strip()


def parse_plain(text: str, line: int, markup: Markup) -> ParsedText:
    """Text with a title line: the first line, or in Markdown the first heading if it opens the text."""
    place = len(text) - len(text.lstrip("\n"))
    end = text.find("\n", place)
    end = len(text) if end < 0 else end
    first = text[place:end].strip()
    at = line + text.count("\n", 0, place)
    body, body_line = text[end + 1 :], at + 1
    heading = MARKDOWN_HEADING.match(first) if markup == "markdown" else None
    below = body.split("\n", 1)[0]
    if heading:
        first = heading[1]
    elif markup == "markdown":
        if not (
            re.fullmatch(r"\s*(=+|-{3,})\s*", below) or (not below.strip() and is_title_like(first))
        ):
            first, body, body_line = "", text[place:], at
    elif markup != "text" or len(first) > MAX_TITLE_CHARACTERS:
        first, body, body_line = "", text[place:], at
    if first and HORIZONTAL_RULE.match(below):
        body, body_line = body.partition("\n")[2], body_line + 1
    fields = (Field("title", first, at),) if first else ()
    return ParsedText(dialect="plain", fields=fields, body=body, markup=markup, body_line=body_line)


def is_title_like(words: str) -> bool:
    """Whether a paragraph of its own reads as a title: one short line that is no sentence and no markup."""
    return (
        len(words) <= 120 and not words.endswith((".", "。", ":", ",", ";")) and words[:1].isalnum()
    )


FIELD_NAME_TABLE = build_field_name_table()
TITLE_FIELD_NAMES = frozenset(
    name for name, (canonical, _) in FIELD_NAME_TABLE.items() if canonical == "title"
)
