"""Front matter between fences: YAML `---`, TOML `+++`, JSON `;;;`."""

from __future__ import annotations

import re

from feedsvc.dialects.data import parse_json, parse_toml
from feedsvc.dialects.types import Field, ParsedText, SourceText
from feedsvc.dialects.yaml_fields import parse_yaml
from feedsvc.errors import EntryError
from feedsvc.model import Problem

CLOSING_FENCES = {
    "---": re.compile(r"\n(?:---|\.\.\.)[ \t]*(?:\n|$)"),
    "+++": re.compile(r"\n\+\+\+[ \t]*(?:\n|$)"),
    ";;;": re.compile(r"\n;;;[ \t]*(?:\n|$)"),
}
DIALECTS_BY_FENCE = {"---": "yaml", "+++": "toml", ";;;": "json"}
FIELD_LINE = re.compile(r"[\w.-]+[ \t]*[:=]")


def is_fenced(source: SourceText) -> bool:
    """Return whether a fence begins the text."""
    return source.startswith(*CLOSING_FENCES)


def parse_fenced(source: SourceText) -> ParsedText | None:
    """Return front matter and body; None if the fence opens none, raise `EntryError`."""
    text, start, line = source.text, source.start, source.line
    fence = text[start : start + 3]
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
    parsed = _parse_front_matter(head, dialect, line + 1)
    if parsed is None:
        return None
    fields, problems = parsed
    return ParsedText(
        dialect=dialect,
        fields=fields,
        body=text[closing.end() :],
        markup=source.markup or "markdown",
        body_line=line + 2 + head.count("\n"),
        problems=problems,
    )


def _parse_front_matter(
    head: str, dialect: str, line: int
) -> tuple[tuple[Field, ...], tuple[Problem, ...]] | None:
    """Return fields and problems of *head*, which begins in *line*; None if it has no fields."""
    if dialect == "yaml":
        return parse_yaml(head, line)
    if dialect == "toml":
        return parse_toml(head, line), ()
    found = parse_json(head.strip() or "{}", 0, line)
    return (found[0], ()) if found else None
