"""Texts in every dialect: fields with lines that are in the text, and a body that is of it."""

from __future__ import annotations

from typing import get_args

from feedsvc.dialects import parse_text
from feedsvc.dialects.field_names import FieldNameTable, get_field_name_table
from feedsvc.dialects.types import ParsedText, Value
from feedsvc.errors import EntryError
from feedsvc.model import Markup
from feedsvc.reading import decode_text
from fuzz.folders import FILE_MARK, choose_name
from fuzz.reading import check_problem
from fuzz.target import Target

TABLE: FieldNameTable = get_field_name_table({})


def check_dialects(data: bytes) -> None:
    """Take *data* for one file under the name in its first line."""
    mark = FILE_MARK.match(data)
    path = choose_name(mark[1]) if mark else "a.md"
    try:
        text = decode_text(data[mark.end() :] if mark else data).text
        parsed = parse_text(text, path, TABLE)
    except EntryError as error:
        assert error.message
        assert error.line is None or error.line >= 1
        return
    assert parse_text(text, path, TABLE) == parsed
    check_parsed(parsed, text.count("\n") + 1)


def check_parsed(parsed: ParsedText, lines: int) -> None:
    """Assert that *parsed* has what a text of so many *lines* can have."""
    assert parsed.markup in get_args(Markup)
    assert 1 <= parsed.body_line <= lines + 1
    if parsed.body.strip():
        last = parsed.body_line + parsed.body.rstrip("\n").count("\n")
        assert last <= lines, f"the body has the lines to {last} of {lines}"
    for field in parsed.fields:
        assert 1 <= field.line <= lines, field
        check_value(field.value)
    for problem in parsed.problems:
        check_problem(problem, lines)


def check_value(value: Value) -> None:
    """Assert that *value* is words, or lists and tables of words."""
    if isinstance(value, dict):
        assert all(isinstance(key, str) for key in value)
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            check_value(one)
    else:
        assert isinstance(value, str), value


TARGET = Target(
    name="dialects", check=check_dialects, words_of="reading", max_bytes=1024, examples=200
)
