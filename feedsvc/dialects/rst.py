"""reStructuredText: the document title and the field list at the top, without docutils."""

from __future__ import annotations

import re
import string
from itertools import takewhile

from feedsvc.content.headings import heading_to_text
from feedsvc.dialects.myst import make_post_fields
from feedsvc.dialects.types import Field, ParsedText, SourceText, make_parsed_text

FIELD_LINE = re.compile(r":([^:\s][^:\n]{0,60}):(?:[ \t]+(.*))?$")
ADORNMENT_CHARACTERS = set(string.punctuation)
ABLOG_POST = re.compile(r"^\.\. post::(.*)\n((?:[ \t]+:.*(?:\n|\Z))*)", re.MULTILINE)
# What may stand before a title and shows nothing
SILENT_DIRECTIVE = re.compile(
    r"\.\. (?:post|meta|tags|author|categories|index|contents|highlight|default-role|role|title)::"
)
MAX_FIELD_OFFSET = 4000  # characters in which a plain text shows that it has a field list


def is_rst(source: SourceText) -> bool:
    """Return whether the extension promises reStructuredText, or a plain text may be some."""
    if source.markup in (None, "text"):
        return "\n:" in source.text[:MAX_FIELD_OFFSET]
    return source.markup == "rst"


def parse_rst(source: SourceText) -> ParsedText | None:
    """Return title and fields in either order, with comments passed over.

    None if nothing but a title shows that a plain text is reStructuredText.
    """
    text = source.text
    lines = text.split("\n")
    fields: list[Field] = []
    number, titled = 0, False
    while number < len(lines):
        words = lines[number]
        if not words.strip():
            number += 1
        elif match := FIELD_LINE.match(words):
            indented = _list_indented(lines, number)
            value = "\n".join([match[2] or "", *map(str.strip, indented)]).strip()
            fields.append(_make_field(match[1], value, number))
            number += 1 + len(indented)
        elif is_invisible(words, titled=titled):
            number += 1 + len(_list_indented(lines, number))
        elif not titled and (rows := _count_title_lines(lines[number : number + 3])):
            titled, at = True, number + rows - 2
            fields.insert(0, _make_field("title", lines[at].strip(), at))
            number += rows
        else:
            break
    if post := ABLOG_POST.search(text):  # ABlog: `.. post:: May 4, 2024`, with options at
        fields += make_post_fields(post[1], post[2], source.get_line(post.start()))
    if source.markup != "rst" and all(field.name == "title" for field in fields):
        return None
    return make_parsed_text("rst", fields, lines, number, "rst")


def is_invisible(line: str, *, titled: bool) -> bool:
    """Return whether *line* begins a comment, or above the title a directive without text."""
    if not line.startswith(".. "):
        return False
    return "::" not in line or (not titled and SILENT_DIRECTIVE.match(line) is not None)


def _make_field(name: str, words: str, number: int) -> Field:
    return Field(name, heading_to_text(words, "rst"), number + 1)


def _list_indented(lines: list[str], number: int) -> list[str]:
    """Return the indented lines that follow line *number*."""
    following = (lines[index] for index in range(number + 1, len(lines)))
    return list(takewhile(lambda line: line.startswith((" ", "\t")), following))


def _count_title_lines(lines: list[str]) -> int:
    """Return 2 for a title above a line of punctuation, 3 for one between two; 0 for none."""
    first, second, third = (line.rstrip() for line in (*lines, "", "")[:3])
    if _is_adornment(first):
        return 3 if second and _is_adornment(third) and third[0] == first[0] else 0
    return 2 if _is_adornment(second) and len(second) >= min(4, len(first.strip())) else 0


def _is_adornment(line: str) -> bool:
    return len(line) > 1 and line[0] in ADORNMENT_CHARACTERS and set(line) == {line[0]}
