"""Front matter between fences: YAML `---`, TOML `+++`, JSON `{…}`."""

from __future__ import annotations

import re

from feedsvc.dialects.types import Field, ParsedText
from feedsvc.dialects.yaml_fields import parse_yaml
from feedsvc.errors import EntryError
from feedsvc.model import Problem

CLOSING_FENCES = {
    "---": re.compile(r"\n(?:---|\.\.\.)[ \t]*(?:\n|$)"),
    "+++": re.compile(r"\n\+\+\+[ \t]*(?:\n|$)"),
    ";;;": re.compile(r"\n;;;[ \t]*(?:\n|$)"),
}
FENCE_FORMATS = {"---": "yaml", "+++": "toml", ";;;": "json"}
FIELD_LINE = re.compile(r"[\w.-]+[ \t]*[:=]")


def parse_fenced(text: str, start: int, line: int) -> ParsedText | None:
    """The front matter whose fence stands at *start*, in *line*; None if it is no fence, raises `EntryError`."""
    fence = text[start : start + 3]
    end = text.find("\n", start)
    if end < 0:
        return None
    kind = text[start + 3 : end].strip().lower() or FENCE_FORMATS[fence]
    if kind not in ("yaml", "toml", "json"):
        if kind in ("js", "javascript"):
            raise EntryError(
                "front-matter", "front matter in JavaScript is not run; write it as YAML", line=line
            )
        return None
    closing = CLOSING_FENCES[fence].search(text, end)
    if closing is None:
        if not FIELD_LINE.match(text, end + 1):
            return None
        message = f"the front matter that {fence!r} opens is not closed; put {fence!r} after its last field"
        raise EntryError("front-matter", message, line=line)
    head, body = text[end + 1 : closing.start() + 1], text[closing.end() :]
    parsed = parse_front_matter(head, kind, line + 1)
    if parsed is None:
        return None
    fields, problems = parsed
    lines = line + 1 + head.count("\n") + 1
    return ParsedText(
        dialect=kind,
        fields=fields,
        body=body,
        markup="markdown",
        body_line=lines,
        problems=problems,
    )


def parse_front_matter(
    head: str, kind: str, line: int
) -> tuple[tuple[Field, ...], tuple[Problem, ...]] | None:
    """The fields of *head*, which is in *kind*; None if they are none."""
    if kind == "yaml":
        return parse_yaml(head, line)
    from feedsvc.dialects.data import parse_json, parse_toml

    if kind == "toml":
        return parse_toml(head, line), ()
    found = parse_json(head.strip() or "{}", 0, line)
    return (found[0], ()) if found else None


def parse_json_front_matter(text: str, start: int, line: int) -> ParsedText | None:
    """Front matter that is a JSON object, with a body behind it."""
    from feedsvc.dialects.data import parse_json

    found = parse_json(text, start, line)
    if found is None:
        return None
    fields, end = found
    body = text[end:]
    lines = line + text.count("\n", start, end)
    if body.startswith("\n"):
        body, lines = body[1:], lines + 1
    return ParsedText(dialect="json", fields=fields, body=body, markup="markdown", body_line=lines)
