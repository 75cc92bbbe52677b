"""Org: the `#+KEYWORD:` lines at the top and the property drawer before them."""

from __future__ import annotations

import re

from feedsvc.content.headings import heading_to_text
from feedsvc.dialects.types import Field, ParsedText, SourceText, Value, make_parsed_text

KEYWORD = re.compile(r"#\+([\w-]{1,100})(\[\])?:[ \t]*(.*)$")
CONTENT_KEYWORDS = ("begin_", "begin-", "caption", "attr_", "include")
TIMESTAMP = re.compile(
    r"[<\[](\d{4}-\d\d-\d\d)(?:[ \t]+[^\W\d_.]++\.?+)?+"
    r"(?:[ \t]+(\d\d?:\d\d)(?:-\d\d?:\d\d)?)?[^>\]]*[>\]]$"
)
TAGS = re.compile(r":(?:[\w@#%]+:)+")  # behind a heading
PROPERTY = re.compile(r":([\w-]{1,100}):[ \t]*(.*)$")


def is_org(source: SourceText) -> bool:
    """Return whether the extension promises Org, or a keyword begins the text."""
    return source.markup == "org" or (source.markup != "asciidoc" and source.startswith("#+"))


def parse_org(source: SourceText) -> ParsedText:
    """Return keywords and properties, and the first heading as title if none of them is one."""
    fields: list[Field] = []
    lines = source.text.split("\n")
    number, in_drawer = 0, False
    while number < len(lines):
        words = lines[number].strip()
        if match := KEYWORD.match(words):
            if match[1].casefold().startswith(CONTENT_KEYWORDS):
                break
            value = match[3].strip()
            read: Value = [*value.split()] if match[2] else _parse_timestamp(value)
            if match[1].casefold() == "title" and isinstance(read, str):
                read = heading_to_text(read, "org")
            fields.append(Field(match[1], read, number + 1))
        elif words.upper() in (":PROPERTIES:", ":END:"):
            in_drawer = words.upper() == ":PROPERTIES:"
        elif in_drawer and (match := PROPERTY.match(words)):
            fields.append(Field(match[1], _parse_timestamp(match[2].strip()), number + 1))
        elif words and not (words.startswith("#") and words[1:2] in ("", " ")):
            break
        number += 1
    if number < len(lines) and not any(field.name.casefold() == "title" for field in fields):
        heading = lines[number]
        if heading.startswith("* "):
            fields += parse_heading(heading[2:], number + 1)
            number += 1
    return make_parsed_text("org", fields, lines, number, "org")


def parse_heading(words: str, line: int) -> list[Field]:
    """Return the title that a heading is, and its tags: `The quay opens :harbour:news:`."""
    words = words.strip()
    before, _, last = words.rpartition(" ")
    is_tagged = before and TAGS.fullmatch(last)
    title = Field("title", heading_to_text(before if is_tagged else words, "org"), line)
    return [title, Field("filetags", last, line)] if is_tagged else [title]


def _parse_timestamp(words: str) -> str:
    """Return `<2024-01-02 Tue 10:00>` without its brackets and weekday; other *words* unchanged."""
    match = TIMESTAMP.match(words)
    return " ".join(filter(None, match.groups())) if match else words
