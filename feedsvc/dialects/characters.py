"""Takes from fields the characters that no feed may carry, and says what was lost.

A file's text has none of them any more. These are made of it by escapes (`"\\ufffe"` in YAML, TOML
and JSON), references (`&#1;` in HTML) and the encoded words of mail.
"""

from __future__ import annotations

from msgspec.structs import replace

from feedsvc.content.characters import FORBIDDEN_IN_FEEDS, drop_forbidden, pair_surrogates
from feedsvc.dialects.types import Field, Fields, ParsedText, Value
from feedsvc.model import Problem


def clean_parsed_text(parsed: ParsedText, text: str) -> ParsedText:
    """Return *parsed*, from *text*, with clean fields, and the problems of these among its own."""
    if not ("\\" in text or "&" in text or parsed.dialect == "headers"):
        return parsed  # without an escape or a reference; headers have encoded words
    fields, problems = clean_fields(parsed.fields)
    if fields is parsed.fields:
        return parsed
    return replace(parsed, fields=fields, problems=(*parsed.problems, *problems))


def clean_fields(fields: Fields) -> tuple[Fields, list[Problem]]:
    """Return *fields* without forbidden characters, and a problem for each that has lost one."""
    if not any(has_forbidden(field.value) for field in fields):
        return fields, []
    cleaned, problems = [], []
    for field in fields:
        lost: list[str] = []
        cleaned.append(Field(field.name, clean_value(field.value, lost), field.line))
        if lost:
            message = f"the character U+{ord(lost[0]):04X} is here, which no feed may carry"
            problem = Problem(code="control-character", message=message, remedy="remove it")
            problems.append(replace(problem, field=field.name, line=field.line))
    return tuple(cleaned), problems


def has_forbidden(value: Value) -> bool:
    """Return whether a character in *value* is forbidden."""
    if isinstance(value, str):
        # the two tests take far less time than the search, and most words pass them
        is_plain = value.isascii() and value.isprintable()
        return not is_plain and FORBIDDEN_IN_FEEDS.search(value) is not None
    return any(map(has_forbidden, value if isinstance(value, list) else value.values()))


def clean_value(value: Value, lost: list[str]) -> Value:
    """Return *value* without forbidden characters, which are added to *lost*."""
    if isinstance(value, str):
        lost += FORBIDDEN_IN_FEEDS.findall(pair_surrogates(value))
        return drop_forbidden(value)
    if isinstance(value, list):
        return [clean_value(part, lost) for part in value]
    return {name: clean_value(part, lost) for name, part in value.items()}
