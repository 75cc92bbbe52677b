"""What every dialect makes of a file: named fields with the author's words, and the body.

A dialect does not interpret: values stay the words that were written (YAML's
`2023-03-02` is a string here), so that one place, `fields`, gives them meaning.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from feedsvc.model import Markup, Problem

Value: TypeAlias = "str | list[Value] | dict[str, Value]"


class Field(NamedTuple):
    """One field as written: "Release Time", its words, and the line it stands in."""

    name: str
    value: Value
    line: int


class ParsedText(NamedTuple):
    """A file taken apart: *fields* in the order of the file, the body and how it is marked up."""

    dialect: str
    fields: tuple[Field, ...]
    body: str
    markup: Markup
    body_line: int = 1
    problems: tuple[Problem, ...] = ()
