"""reStructuredText: the document title and the field list at the top, without docutils."""

from __future__ import annotations

import re
import string

from feedsvc.dialects.types import Field, ParsedText

FIELD_LINE = re.compile(r":([^:\s][^:\n]{0,60}):(?:[ \t]+(.*))?$")
ADORNMENT_CHARACTERS = set(string.punctuation)
ABLOG_POST = re.compile(r"^\.\. post::(.*)\n((?:[ \t]+:.*(?:\n|\Z))*)", re.MULTILINE)
DIRECTIVE_OPTION = re.compile(r":([\w-]+):(.*)")
INLINE_MARKUP = re.compile(r"(\*\*|\*|``|`)(?=\S)(.+?)(?<=\S)\1")


def parse_rst(text: str) -> ParsedText:
    """Title, then fields, or fields, then title; comments and directives before them are passed over."""
    lines = text.split("\n")
    fields: list[Field] = []
    number, title = 0, None
    while number < len(lines):
        words = lines[number]
        if not words.strip():
            number += 1
        elif match := FIELD_LINE.match(words):
            number, field = _parse_field(lines, number, match)
            fields.append(field)
        elif words.startswith(".. ") and "::" not in words:  # a comment
            number = _skip_indented(lines, number + 1)
        elif title is None and (found := _parse_title(lines, number)):
            number, title = found
        else:
            break
    if title is not None:
        fields.insert(0, title)
    if post := ABLOG_POST.search(text):  # ABlog: `.. post:: May 4, 2024`, with options below
        line = text.count("\n", 0, post.start()) + 1
        fields.append(Field("date", post[1].strip(), line))
        fields += [
            Field(name, words.strip(), line) for name, words in DIRECTIVE_OPTION.findall(post[2])
        ]
    body = "\n".join(lines[number:])
    return ParsedText(
        dialect="rst", fields=tuple(fields), body=body, markup="rst", body_line=number + 1
    )


def _parse_field(lines: list[str], number: int, match: re.Match[str]) -> tuple[int, Field]:
    """One field with its indented lines; and the number of the line after them."""
    end = _skip_indented(lines, number + 1)
    words = "\n".join([match[2] or "", *(line.strip() for line in lines[number + 1 : end])]).strip()
    return end, Field(match[1], INLINE_MARKUP.sub(r"\2", words), number + 1)


def _skip_indented(lines: list[str], number: int) -> int:
    """The first line after the indented ones."""
    while number < len(lines) and lines[number][:1] in (" ", "\t"):
        number += 1
    return number


def _is_adornment(words: str) -> bool:
    words = words.rstrip()
    return len(words) > 1 and words[0] in ADORNMENT_CHARACTERS and set(words) == {words[0]}


def _parse_title(lines: list[str], number: int) -> tuple[int, Field] | None:
    """A title under a line, or between two; and the number of the line after it."""
    following = [*lines[number + 1 : number + 3], "", ""]
    if _is_adornment(lines[number]):
        if (
            following[0].strip()
            and _is_adornment(following[1])
            and following[1][0] == lines[number][0]
        ):
            return number + 3, Field(
                "title", INLINE_MARKUP.sub(r"\2", following[0].strip()), number + 2
            )
        return None
    if _is_adornment(following[0]) and len(following[0].rstrip()) >= min(
        4, len(lines[number].strip())
    ):
        return number + 2, Field(
            "title", INLINE_MARKUP.sub(r"\2", lines[number].strip()), number + 1
        )
    return None
