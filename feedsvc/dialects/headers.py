"""Header lines without a fence: Pelican, MultiMarkdown, RFC 822, and Nikola's `.. title: …`.

Comes in: the text and where its first line begins. A block counts as a header
if it begins the file, all its lines are `Name: value` or folded ones, and a
name among them is one that entries have.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from feedsvc.dialects.types import Field, ParsedText
from feedsvc.dialects.yaml_fields import parse_yaml

HEADER_LINE = re.compile(
    r"([^\W\d_][\w .\-/]{0,39}?)[ \t]*(?:[:：])(?:[ \t]+|$|(?<=：)|(?=[^\s/:]))(.*)"
)
NIKOLA_LINE = re.compile(r"[ \t]*\.\.[ \t]+([\w-]+):[ \t]*(.*)")
JBAKE_LINE = re.compile(r"([a-z][\w.-]*)=(.*)")
LIST_ITEM = re.compile(r"(-)[ \t]+(.*)")
CLOSING_FENCE = re.compile(r"(?:---+|~{3,})[ \t]*$")
MAX_HEADER_LINES = 200


def parse_headers(
    text: str, start: int, line: int, is_known: Callable[[str], bool]
) -> ParsedText | None:
    """The header block at *start*, which is in *line*; None if there is none. *is_known* tells names of fields."""
    fields: list[Field] = []
    place, number = start, line
    while number - line < MAX_HEADER_LINES and place < len(text):
        end = text.find("\n", place)
        end = len(text) if end < 0 else end
        words = text[place:end]
        if not words.strip():
            break
        if fields and CLOSING_FENCE.match(
            words
        ):  # Hexo: YAML that no fence opens; JBake: `name=value` above tildes
            return parse_closed_header(text, start, line, place, end, number)
        if words[0] in " \t" and fields:
            last = fields[-1]
            fields[-1] = Field(last.name, f"{last.value}\n{words.strip()}".strip(), last.line)
        elif (
            match := HEADER_LINE.match(words)
            or JBAKE_LINE.match(words)
            or (fields and LIST_ITEM.match(words))
        ):
            fields.append(Field(match[1].strip(), match[2].strip(), number))
        else:
            return None
        place, number = end + 1, number + 1
    known = sum(is_known(one.name) for one in fields)
    if (
        not known
        or known * 3 < len(fields)
        or ("title" not in (one.name.casefold() for one in fields) and known < 2)
    ):
        return None
    return ParsedText(
        dialect="headers",
        fields=tuple(fields),
        body=text[place:],
        markup="markdown",
        body_line=number,
    )


def parse_closed_header(
    text: str, start: int, line: int, place: int, end: int, number: int
) -> ParsedText | None:
    """A header from *start* that the fence from *place* to *end*, in line *number*, closes and none opens."""
    if text[place] == "-":
        found = parse_yaml(text[start:place], line)
        if found is None:
            return None
        kind, (fields, problems) = "yaml", found
    else:
        lines = [
            (line + count, JBAKE_LINE.match(words))
            for count, words in enumerate(text[start:place].split("\n"))
        ]
        kind, problems = "headers", ()
        fields = tuple(
            Field(match[1], match[2].strip(), at) for at, match in lines if match is not None
        )
    if not any(one.name.casefold() in ("title", "date") for one in fields):
        return None
    body = text[end + 1 :]
    return ParsedText(
        dialect=kind,
        fields=fields,
        body=body,
        markup="markdown",
        body_line=number + 1,
        problems=problems,
    )


def parse_nikola(text: str, start: int, line: int) -> ParsedText | None:
    """Nikola's comment lines at *start*, also within `<!-- … -->`; None if there are none."""
    commented = text.startswith("<!--", start)
    place, number = start, line
    fields: list[Field] = []
    while place < len(text):
        end = text.find("\n", place)
        end = len(text) if end < 0 else end
        words = text[place:end]
        if number == line and commented:
            words = words.removeprefix("<!--")
        closed = commented and "-->" in words
        if closed:
            words = words.partition("-->")[0]
        if match := NIKOLA_LINE.match(words):
            fields.append(Field(match[1], match[2].strip(), number))
        elif words.strip() or (not commented and fields):
            break
        place, number = end + 1, number + 1
        if closed:
            break
    if not any(one.name in ("title", "date", "slug") for one in fields):
        return None
    return ParsedText(
        dialect="nikola", fields=tuple(fields), body=text[place:], markup="rst", body_line=number
    )
