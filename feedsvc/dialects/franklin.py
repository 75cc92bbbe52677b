"""Franklin: lines `@def name = value` at the top, in Julia's words."""

from __future__ import annotations

import re

from feedsvc.dialects.types import Field, ParsedText, SourceText, Value, make_parsed_text

DEFINITION = re.compile(r"@def[ \t]+(\w{1,100})[ \t]*=[ \t]*(.*)")
DATE = re.compile(r"\b(?:Date|DateTime)\(\s*(\d{4})((?:\s*,\s*\d{1,2}){1,5})\s*\)")
# Also one that is not closed, so that no other begins within it
STRING = re.compile(r'"((?:[^"\\]|\\.)*+)(?:"|\\?$)')
MAX_VALUE_LINES = 100


def is_franklin(source: SourceText) -> bool:
    """Return whether a definition begins the text."""
    return source.startswith("@def ")


def parse_franklin(source: SourceText) -> ParsedText | None:
    """Return the definitions that begin the text, and what is below."""
    lines = source.text[source.start :].split("\n")
    fields: list[Field] = []
    count = 0
    while count < len(lines):
        match = DEFINITION.match(lines[count])
        if match is None:
            if lines[count].strip():
                break
            count += 1
            continue
        first, value = count, match[2]
        end = min(len(lines), first + MAX_VALUE_LINES)
        depth = value.count("[") - value.count("]")
        parts = [value]
        while depth > 0 and count + 1 < end:
            count += 1
            parts.append(lines[count].strip())
            depth += parts[-1].count("[") - parts[-1].count("]")
        value = " ".join(parts)
        fields.append(Field(match[1], parse_julia(value.strip()), source.line + first))
        count += 1
    if not fields:
        return None
    markup = source.markup or "markdown"
    return make_parsed_text("franklin", fields, lines, count, markup, first=source.line)


def parse_julia(words: str) -> Value:
    """Return the value of a literal: a string, a list of strings, a date; else *words*."""
    if words.startswith(("[", "(")):
        return list(STRING.findall(words))
    if string := STRING.match(words):
        return string[1].replace('\\"', '"')
    return replace_dates(words)


def replace_dates(words: str) -> str:
    """Return *words* with `Date(2026, 3, 2)` as 2026-03-02."""
    return DATE.sub(_format_date, words)


def _format_date(match: re.Match[str]) -> str:
    parts = [part.strip().zfill(2) for part in match[2].split(",")[1:]]
    day = "-".join((match[1], *parts[:2]))
    return f"{day}T{':'.join((*parts[2:], '00'))}" if len(parts) > 3 else day
