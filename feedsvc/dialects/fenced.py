"""Front matter between fences: YAML `---`, TOML `+++`, JSON `;;;`, any of them in a code block.

A code block at the top (```` ```toml ````) is front matter only if it has a date of publication,
perhaps in a table of its own: advisories and decision records have that form.
"""

from __future__ import annotations

import re

from feedsvc.content.asciidoc.header import parse_header
from feedsvc.dialects.asciidoc import make_fields
from feedsvc.dialects.data import parse_json, parse_toml
from feedsvc.dialects.field_names import get_canonical_name
from feedsvc.dialects.franklin import replace_dates
from feedsvc.dialects.headers import HEADER_LINE
from feedsvc.dialects.myst import list_post_fields
from feedsvc.dialects.types import Field, Fields, ParsedText, SourceText
from feedsvc.dialects.yaml_fields import parse_yaml
from feedsvc.errors import EntryError
from feedsvc.model import Problem

CLOSING_FENCES = {
    "---": re.compile(r"\n(?:---|\.\.\.)[ \t]*(?:\n|$)"),
    "+++": re.compile(r"\n\+\+\+[ \t]*(?:\n|$)"),
    ";;;": re.compile(r"\n;;;[ \t]*(?:\n|$)"),
}
DIALECTS_BY_FENCE = {"---": "yaml", "+++": "toml", ";;;": "json"}
CODE_BLOCK = re.compile(r"```[ \t]*(yaml|toml|json)[ \t]*\n(.*?\n)```[ \t]*(?:\n|$)", re.DOTALL)
YAML_NAME = re.compile(r"[a-z0-9_.-]+")
FIELD_LINE = re.compile(r"[\w.-]+[ \t]*[:=]")


def is_fenced(source: SourceText) -> bool:
    """Return whether a fence begins the text."""
    return source.startswith(*CLOSING_FENCES, "```")


def parse_fenced(source: SourceText) -> ParsedText | None:
    """Return front matter and body; None if the fence opens none, raise `EntryError`."""
    text, start, line = source.text, source.start, source.line
    fence = text[start : start + 3]
    if fence == "```":
        return parse_code_block(source)
    end = text.find("\n", start)
    if end < 0:
        return None
    dialect = text[start + 3 : end].strip().lower() or DIALECTS_BY_FENCE[fence]
    if dialect in ("js", "javascript"):
        message = "front matter in JavaScript is not run"
        raise EntryError("front-matter", message, "write it as YAML", line=line)
    if dialect not in DIALECTS_BY_FENCE.values():
        return None
    closing = CLOSING_FENCES[fence].search(text, end)
    if closing is None:
        if not FIELD_LINE.match(text, end + 1):
            return None
        message = f"the front matter that {fence!r} opens is not closed"
        remedy = f"put {fence!r} after its last field"
        raise EntryError("front-matter", message, remedy, line=line)
    head = text[end + 1 : closing.start() + 1]
    parsed = _parse_head(head, dialect, source)
    if parsed is None:
        return None
    fields, problems = parsed
    body, body_line = text[closing.end() :], line + 2 + head.count("\n")
    fields += list_further_fields(source, fields, body, body_line)
    return ParsedText(
        dialect=dialect,
        fields=fields,
        body=body,
        markup=source.markup or "markdown",
        body_line=body_line,
        problems=problems,
    )


def parse_code_block(source: SourceText) -> ParsedText | None:
    """Return front matter in a code block, None for other code, which stays text."""
    match = CODE_BLOCK.match(source.text, source.start)
    if match is None:
        return None
    try:
        parsed = _parse_front_matter(match[2], match[1], source.line + 1)
    except EntryError:
        return None
    fields = _open_tables(parsed[0], source) if parsed else ()
    if not any(
        get_canonical_name(field.name, source.field_names) == "published" for field in fields
    ):
        return None
    return ParsedText(
        dialect=match[1],
        fields=fields,
        body=source.text[match.end() :],
        markup=source.markup or "markdown",
        body_line=source.line + match[0].count("\n"),
        problems=parsed[1] if parsed else (),
    )


def _open_tables(fields: Fields, source: SourceText) -> Fields:
    """Return *fields* with those in tables that are not fields themselves: `[advisory]`."""
    opened: list[Field] = []
    for field in fields:
        if isinstance(field.value, dict) and not get_canonical_name(field.name, source.field_names):
            opened += [Field(name, value, field.line) for name, value in field.value.items()]
        else:
            opened.append(field)
    return tuple(opened)


def list_further_fields(source: SourceText, fields: Fields, body: str, line: int) -> Fields:
    """Return the fields that *body* has and front matter does not: in AsciiDoc, in MyST."""
    if source.markup == "asciidoc":
        further = make_fields(parse_header(body.split("\n")), line)
    elif "{" in body and "{post}" in body:  # one letter is quicker than six
        further = list_post_fields(body, line)
    else:
        return ()
    known = {get_canonical_name(field.name, source.field_names) for field in fields}
    return tuple(
        field
        for field in further
        if get_canonical_name(field.name, source.field_names) not in {"", *known}
    )


def parse_lines(head: str, source: SourceText) -> Fields | None:
    """Return the fields of a block all of whose lines are `Name: value`; None for another.

    Tools that read lines need no quotes: `Title: Nord: a ship`. But a block with all names in
    YAML's usual form (`title:`), or with an unclosed quote, is broken YAML.
    """
    fields: list[Field] = []
    for line, words in enumerate(head.split("\n"), source.line + 1):
        if not words.strip():
            continue
        match = HEADER_LINE.match(words)
        if match is None or not _is_balanced(match[2].strip()):
            return None
        fields.append(Field(match[1].strip(), match[2].strip(), line))
    if all(YAML_NAME.fullmatch(field.name) for field in fields):
        return None
    known = sum(get_canonical_name(field.name, source.field_names) != "" for field in fields)
    return tuple(fields) if known > 1 and known * 3 >= len(fields) else None


def _parse_head(
    head: str, dialect: str, source: SourceText
) -> tuple[Fields, tuple[Problem, ...]] | None:
    """Return fields and problems of *head*, also of lines that are not YAML; None for none."""
    try:
        parsed = _parse_front_matter(head, dialect, source.line + 1)
    except EntryError:
        lines = parse_lines(head, source) if dialect == "yaml" else None
        if lines is None:
            raise
        return lines, ()
    if parsed is None and (lines := parse_lines(head, source)) is not None:
        return lines, ()
    return parsed


def _is_balanced(value: str) -> bool:
    """Return whether the quotes and brackets that begin *value* end in it."""
    first = value[:1]
    if first in ('"', "'"):
        return first != "" and value.count(first) % 2 == 0
    closing = {"[": "]", "{": "}"}.get(first)
    return closing is None or value.count(first) == value.count(closing)


def _parse_front_matter(
    head: str, dialect: str, line: int
) -> tuple[Fields, tuple[Problem, ...]] | None:
    """Return fields and problems of *head*, which begins in *line*; None if it has no fields."""
    if dialect == "yaml":
        return parse_yaml(head, line)
    if dialect == "toml":
        # Franklin's are Julia
        return parse_toml(replace_dates(head) if "(" in head else head, line), ()
    found = parse_json(head.strip() or "{}", 0, line)
    return (found[0], ()) if found else None
