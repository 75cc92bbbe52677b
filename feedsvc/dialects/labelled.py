"""Text as content systems print it: a title, a line of labels (`Release Time:2023-03-02Source:Clicks:1398`), a text.

Comes in: text without any other header. Goes out: its labels as fields, its
title, the paragraphs as they stand. Without labels it is plain text, whose
first line is the title.
"""

from __future__ import annotations

import re

from feedsvc.dialects.field_names import ALIASES, make_table, normalise
from feedsvc.dialects.types import Field, Parsed
from feedsvc.model import Markup

ENGLISH = (
    "Release (?:Time|Date)|Publish(?:ed|ing)?(?: (?:Time|Date|on|at))?|Publication (?:Time|Date)|Posted(?: on)?"
    "|Issued?(?: on)?|Date(?: Published| Posted)?|Time|(?:Last )?Updated?(?: Time| Date| on| at)?|(?:Last )?Modified"
    "|Source|Origin|From|Clicks?(?: Count)?|(?:Page ?)?[Vv]iews?(?: Count)?|Hits|Reads?|Visits|Authors?|Writer|Editors?"
    "|Reporter|Byline|By|Category|Section|Column|Tags?|Keywords?|Title|Headline|Summary|Abstract"
)
EASTERN = "|".join(
    r"[ \u3000]*".join(map(re.escape, name))  # 来 源, set wide
    for name in sorted(
        {one for names in ALIASES.values() for one in names.split() if one[0] > "\x7f"}, key=len
    )[::-1]
)
# A label within a line stands after anything but a letter, or begins with a capital: `JaneSource:`
LABEL = re.compile(
    rf"(?:(?<![^\W\d_])(?i:{ENGLISH})|(?<=[A-Za-z])(?=[A-Z])(?:{ENGLISH}))[ \t]*[:：]|(?:{EASTERN})[ \t\u3000]*[:：]"
)
LABEL_HERE = re.compile(rf"(?:{ENGLISH})[ \t]*[:：]|(?:{EASTERN})[ \t\u3000]*[:：]", re.IGNORECASE)
EDGES = " \t\u3000\xa0|·•,;，；/[]【】()（）*_-–—"
MOST_ABOVE, MOST_TITLE = 6, 300  # lines above the labels; characters of a title
HEADING = re.compile(r"#{1,6}\s+(.*?)\s*#*$")
RULE = re.compile(r"\s*([=\-_*#~])\1{2,}\s*$")


def parse_labelled(text: str, line: int, markup: Markup) -> Parsed | None:
    """*text*, whose first line is number *line*, by its labels above or below the body; None if it has none."""
    lines = text.split("\n")
    block = find_block(lines)
    if block is None:
        return None
    first, last, fields = block
    fields = [Field(one.name, one.value, one.line + line) for one in fields]
    has_title = any(normalise(one.name) in TITLES for one in fields)
    above = [
        (number, words)
        for number, words in enumerate(lines[:first])
        if words.strip() and not RULE.match(words)
    ]
    start = last + 1
    if closes_text(lines[last + 1 :], above):
        title, start, lines = (-1, ""), 0, lines[:first]
        if not has_title:
            second = (
                above[1]
                if len(above) > 2 and is_title(above[1][1]) and not is_headline(above[0][1])
                else None
            )
            title = second or above[0]
            if second is not None:
                fields.insert(0, Field("category", find_section(above[0][1]), line + above[0][0]))
    elif has_title:
        title = (-1, "")
    elif above:
        title = above[0] if len(above) > 1 and is_headline(above[0][1]) else above[-1]
        if len(above) > 1 and title is above[-1]:
            fields.insert(0, Field("category", find_section(above[0][1]), line + above[0][0]))
        elif len(above) > 1:  # what stands between title and labels belongs to the text
            lines[last + 1 : last + 1] = [words for _, words in above[1:]]
    else:
        number = next((number for number in range(start, len(lines)) if lines[number].strip()), -1)
        title = (
            (number, lines[number])
            if number >= 0 and len(lines[number]) <= MOST_TITLE
            else (-1, "")
        )
        start = max(start, title[0] + 1)
    if title[1]:
        fields.insert(0, Field("title", strip_heading(title[1]), line + title[0]))
        start = max(start, title[0] + 1)
    while start < len(lines) and (
        not lines[start].strip() or (title[1] and RULE.match(lines[start]))
    ):
        start += 1
    body = "\n".join(lines[start:])
    return Parsed(
        dialect="labelled", fields=tuple(fields), body=body, markup=markup, body_line=line + start
    )


def closes_text(below: list[str], above: list[tuple[int, str]]) -> bool:
    """Whether the labels stand at the end of a text, not between its title and its first paragraph."""
    if len(above) > MOST_ABOVE or sum(len(words) for _, words in above) > 2 * MOST_TITLE:
        return True
    return (
        len(above) > 1 and not is_title(above[-1][1]) and not any(words.strip() for words in below)
    )


def find_block(lines: list[str]) -> tuple[int, int, list[Field]] | None:
    """(first line, last line, fields) of the labels; near the top of *lines*, or at their very end."""
    filled = [number for number, words in enumerate(lines) if words.strip()]
    for number in filled[: MOST_ABOVE + 1]:
        if LABEL_HERE.match(lines[number].lstrip(EDGES)) and (block := read_block(lines, number)):
            return block
    best = None
    for number in reversed(filled[MOST_ABOVE + 1 :][-8:]):
        if not LABEL_HERE.match(lines[number].lstrip(EDGES)):
            break
        best = number
    return read_block(lines, best) if best is not None else None


def read_block(lines: list[str], first: int) -> tuple[int, int, list[Field]] | None:
    """The run of label lines from *first* on; None if they tell neither a date nor two things."""
    fields: list[Field] = []
    last = first
    for number in range(first, len(lines)):
        words = lines[number]
        if not words.strip():
            continue
        found = split_labels(words)
        if not found or (len(fields) >= 1 and any(len(value) > MOST_TITLE for _, value in found)):
            break
        fields += [Field(name, value, number) for name, value in found]
        last = number
    kinds = {TABLE[normalise(one.name)][0] for one in fields if normalise(one.name) in TABLE}
    if "published" in kinds or len(kinds) > 1:
        return first, last, fields
    return None


def split_labels(words: str) -> list[tuple[str, str]]:
    """The labels of one line with their values; [] if the line does not begin with one."""
    words = words.strip().lstrip(EDGES)
    here = LABEL_HERE.match(words)
    if here is None:
        return []
    marks = [here, *(match for match in LABEL.finditer(words, here.end()))]
    ends = [match.start() for match in marks[1:]] + [len(words)]
    return [
        (
            match[0].rstrip(" \t\u3000:：").replace("\u3000", ""),
            words[match.end() : end].strip(EDGES),
        )
        for match, end in zip(marks, ends, strict=True)
    ]


def is_headline(words: str) -> bool:
    """Whether *words* are too long for the name of a section."""
    return len(words.split()) > 6 or len(words) > 40


def find_section(words: str) -> str:
    """The last step of `Home > News Center`."""
    return re.split(r"\s*[>»›]+\s*|\s+/\s+", strip_heading(words))[-1].strip()


def strip_heading(words: str) -> str:
    match = HEADING.match(words.strip())
    return match[1] if match else words.strip()


def parse_plain(text: str, line: int, markup: Markup) -> Parsed:
    """Text with a title line: the first line, or in Markdown the first heading if it opens the text."""
    place = len(text) - len(text.lstrip("\n"))
    end = text.find("\n", place)
    end = len(text) if end < 0 else end
    first = text[place:end].strip()
    at = line + text.count("\n", 0, place)
    body, body_line = text[end + 1 :], at + 1
    heading = HEADING.match(first) if markup == "markdown" else None
    below = body.split("\n", 1)[0]
    if heading:
        first = heading[1]
    elif markup == "markdown":
        if not (
            re.fullmatch(r"\s*(=+|-{3,})\s*", below) or (not below.strip() and is_title(first))
        ):
            first, body, body_line = "", text[place:], at
    elif markup != "text" or len(first) > MOST_TITLE:
        first, body, body_line = "", text[place:], at
    if first and RULE.match(below):
        body, body_line = body.partition("\n")[2], body_line + 1
    fields = (Field("title", first, at),) if first else ()
    return Parsed(dialect="plain", fields=fields, body=body, markup=markup, body_line=body_line)


def is_title(words: str) -> bool:
    """Whether a paragraph of its own reads as a title: one short line that is no sentence and no markup."""
    return (
        len(words) <= 120 and not words.endswith((".", "。", ":", ",", ";")) and words[:1].isalnum()
    )


TABLE = make_table()
TITLES = frozenset(name for name, (canonical, _) in TABLE.items() if canonical == "title")
