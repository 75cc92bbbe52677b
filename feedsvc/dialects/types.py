"""What goes into a dialect and what comes out: a text, and its named fields with the body.

A dialect interprets nothing: values stay the author's words (YAML's `2023-03-02`
is a string here), so that `reading` alone gives them meaning.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from msgspec import Struct

from feedsvc.dialects.field_names import FieldNameTable
from feedsvc.errors import EntryError
from feedsvc.model import Markup, Problem

Value: TypeAlias = "str | list[Value] | dict[str, Value]"
MAX_FRONT_MATTER_CHARACTERS = 256 * 1024
MAX_NAME_CHARACTERS = 200  # of a field, or in its table: a longer one is cut, and nothing reads it


class SourceText(Struct, frozen=True, kw_only=True):
    """The decoded text of a file, and where its first line with words begins."""

    text: str
    start: int  # offset behind leading white space, and a license above front matter
    line: int  # number of the line in which *start* lies, counted from 1
    extension: str  # lower case, without the dot
    markup: Markup | None  # what the extension promises; None if nothing
    field_names: FieldNameTable

    def startswith(self, *prefixes: str) -> bool:
        """Return whether the first line with words begins with one of *prefixes*."""
        return self.text.startswith(prefixes, self.start)

    def get_line(self, offset: int) -> int:
        """Return the number of the line in which *offset* lies."""
        return 1 + self.text.count("\n", 0, offset)


class Field(Struct, frozen=True):  # positional: every file makes some; always name, value, line
    """One field as written: "Release Time", its words, and the line of its name."""

    name: str
    value: Value
    line: int


Fields: TypeAlias = tuple[Field, ...]


class ParsedText(Struct, frozen=True, kw_only=True):
    """A file taken apart: *fields* in the order of the file, the body and its markup."""

    dialect: str
    fields: Fields
    body: str
    markup: Markup
    body_line: int = 1
    problems: tuple[Problem, ...] = ()
    is_ordered: bool = False  # of two fields with one meaning the first counts, whatever its name
    no_article: str = ""  # why a page is no entry unless something else dates it: "it is a list …"


def refuse_long_front_matter(characters: int, line: int) -> None:
    """Raise `EntryError` if front matter of so many *characters*, from *line* on, is too long."""
    if characters > MAX_FRONT_MATTER_CHARACTERS:
        message = (
            f"the front matter has {characters:,} characters, more than the"
            f" {MAX_FRONT_MATTER_CHARACTERS:,} that are read"
        )
        raise EntryError("front-matter-too-long", message, "move the text below it", line=line)


def make_parsed_text(
    dialect: str,
    fields: Iterable[Field],
    lines: list[str],
    count: int,
    markup: Markup,
    *,
    first: int = 1,
    problems: tuple[Problem, ...] = (),
) -> ParsedText:
    """Return the text whose first *count* of *lines*, from line *first* on, are its header."""
    return ParsedText(
        dialect=dialect,
        fields=tuple(fields),
        body="\n".join(lines[count:]),
        markup=markup,
        body_line=first + count,
        problems=problems,
    )
