"""TOML and JSON as the author's words: front matter, sidecars, and entries that are one JSON object."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any

from feedsvc.content.characters import drop_forbidden
from feedsvc.dialects.types import Field, ParsedText, Value
from feedsvc.errors import EntryError
from feedsvc.model import Markup, Problem

TOML_KEY = re.compile(r"""^[ \t]*(?:\[+[ \t]*)?["']?([\w-]+)["']?[^\n=:]*[=:\]]""", re.MULTILINE)
JSON_KEY = re.compile(r'"([^"\\\n]+)"\s*:')
BODY_FIELDS: tuple[tuple[str, Markup], ...] = (
    ("content_html", "html"),
    ("html", "html"),
    ("contenthtml", "html"),
    ("body_html", "html"),
    ("content_markdown", "markdown"),
    ("markdown", "markdown"),
    ("body_markdown", "markdown"),
    ("md", "markdown"),
    ("content_text", "text"),
    ("text", "text"),
    ("plaintext", "text"),
    ("articleBody", "text"),
    ("content", "html"),
    ("body", "html"),
)
ENTRY_FIELD_NAMES = frozenset(
    {
        "title",
        "headline",
        "name",
        "date",
        "published",
        "published_at",
        "date_published",
        "datePublished",
    }
)
HTML_TAG = re.compile(r"</?[a-z][a-z0-9]*(?:\s[^<>]*)?/?>", re.IGNORECASE)


def parse_toml(text: str, first: int = 1) -> tuple[Field, ...]:
    """The fields of *text*, whose first line is number *first*; raises `EntryError`."""
    try:
        table = tomllib.loads(text, parse_float=str)
    except (tomllib.TOMLDecodeError, ValueError, RecursionError) as error:
        at = re.search(r"at line (\d+)", str(error))
        message = (
            f'the TOML cannot be read: {str(error) or "nested too deep"}; write `name = "value"`'
        )
        raise EntryError(
            "toml-broken", message, line=first + int(at[1]) - 1 if at else first
        ) from None
    return build_fields(table, TOML_KEY, text, first)


def parse_json(text: str, start: int = 0, first: int = 1) -> tuple[tuple[Field, ...], int] | None:
    """The fields of the object at *start*, and where it ends; None if it is no object, raises `EntryError`."""
    decoder = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str, strict=False)
    try:
        table, end = decoder.raw_decode(text, start)
    except json.JSONDecodeError as error:
        message = f"the JSON cannot be read: {error.msg}; check quotes and commas"
        raise EntryError(
            "json-broken", message, line=first + text.count("\n", start, error.pos)
        ) from None
    except RecursionError:
        raise EntryError(
            "json-broken", "the JSON is nested too deep; write it flat", line=first
        ) from None
    return (
        (build_fields(table, JSON_KEY, text[start:end], first), end)
        if isinstance(table, dict)
        else None
    )


def build_fields(
    table: Mapping[str, Any], pattern: re.Pattern[str], text: str, first: int
) -> tuple[Field, ...]:
    """Fields of *table*, each with the line in which its name first stands."""
    lines: dict[str, int] = {}
    line, place = first, 0
    for match in pattern.finditer(text):
        line += text.count("\n", place, match.start(1))
        place = match.start(1)
        lines.setdefault(match[1], line)
    return tuple(
        Field(name, build_field_value(value), lines.get(name, first))
        for name, value in table.items()
    )


def build_field_value(value: object, depth: int = 0) -> Value:
    """A value as it was written, near enough: true, numbers and dates are their words."""
    if isinstance(value, str):
        return drop_forbidden(value)
    if value is None or depth > 40:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): build_field_value(one, depth + 1) for name, one in value.items()}
    if isinstance(value, Iterable):
        return [build_field_value(one, depth + 1) for one in value]
    return str(value)


def parse_json_entry(text: str, start: int) -> ParsedText | None:
    """A file that is one JSON object, in the field names of the common exports; None if it is no entry."""
    found = parse_json(text, start, 1 + text.count("\n", 0, start))
    if found is None or text[found[1] :].strip():
        return None
    fields = [Field("date", get_wordpress_utc_date(found[0]) or one.value, one.line) if one.name == "date" else one
              for one in found[0]]  # fmt: skip
    names = {one.name: one for one in fields}
    if (
        isinstance(names.get("items"), Field)
        and isinstance(names["items"].value, list)
        and "version" in names
    ):
        message = "the file is a feed of many entries; turn it into entries with `feedsvc import`"
        raise EntryError("many-entries", message)
    if not ENTRY_FIELD_NAMES & names.keys():
        return None
    problems: tuple[Problem, ...] = ()
    for name, markup in BODY_FIELDS:
        field = names.get(name)
        body = get_body_text(field.value) if field is not None else ""
        if field is None or not body:
            continue
        if name in ("content", "body", "text") and not HTML_TAG.search(body):
            markup = "text" if name == "text" else "markdown"
        rest = tuple(one for one in fields if one is not field)
        return ParsedText(
            dialect="json",
            fields=rest,
            body=body,
            markup=markup,
            body_line=field.line,
            problems=problems,
        )
    return ParsedText(
        dialect="json", fields=tuple(fields), body="", markup="text", problems=problems
    )


def get_wordpress_utc_date(fields: tuple[Field, ...]) -> str:
    """WordPress writes `date` without a zone, and the same in UTC as `date_gmt`."""
    words = next((one.value for one in fields if one.name == "date_gmt"), "")
    return (
        f"{words}Z"
        if isinstance(words, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", words)
        else ""
    )


def get_body_text(value: Value) -> str:
    """The text of a body, which WordPress wraps as `{"rendered": …}`."""
    if isinstance(value, dict):
        value = value.get("rendered") or value.get("html") or value.get("raw") or ""
    return value if isinstance(value, str) else ""
