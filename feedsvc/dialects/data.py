"""TOML and JSON, values as written: front matter, sidecars, and entries that are one object."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from typing import Any

from feedsvc.content.characters import drop_forbidden
from feedsvc.dialects.envelopes import get_date_words, unwrap
from feedsvc.dialects.types import (
    MAX_NAME_CHARACTERS,
    Field,
    Fields,
    ParsedText,
    SourceText,
    Value,
    refuse_long_front_matter,
)
from feedsvc.errors import EntryError
from feedsvc.model import Markup, Problem

TOML_KEY = re.compile(
    r"""^[ \t]*(?:\[+[ \t]*)?["']?([\w-]++)["']?[^\n=:\]]*+[=:\]]""", re.MULTILINE
)
# A key of more parts than any table is deep
DEEP_TOML_KEY = re.compile(
    r"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){41}"""
)
TRAILING_COMMA = "there is a comma too many before the closing bracket"
JSON_KEY = re.compile(r'"([^"\\\n]+)"\s*:')
MAX_DEPTH = 40
# Fields that hold the body of an exported entry, the first that has words wins.
BODY_FIELDS: dict[str, Markup] = {
    **dict.fromkeys(("content_html", "html", "contenthtml", "body_html", "body_xhtml"), "html"),
    **dict.fromkeys(("content_markdown", "markdown", "body_markdown", "md"), "markdown"),
    **dict.fromkeys(("content_text", "text", "plaintext", "articleBody", "body_text"), "text"),
    **dict.fromkeys(("content", "body"), "html"),
}
WRAPPED_BODY = ("rendered", "html", "raw")  # WordPress's table of one text
ENTRY_FIELD_NAMES = frozenset(
    "title headline name date published published_at date_published datePublished".split()
)
HTML_TAG = re.compile(r"</?[a-z][a-z0-9]*(?:\s[^<>]*)?/?>", re.IGNORECASE)
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


def parse_toml(text: str, first: int = 1) -> Fields:
    """Return the fields of *text*, whose first line is number *first*; raise `EntryError`."""
    refuse_long_front_matter(len(text), first)
    try:
        if DEEP_TOML_KEY.search(text):  # parsing takes quadratic time in its parts
            raise RecursionError
        table = tomllib.loads(text, parse_float=str)
    except (ValueError, RecursionError) as error:
        reason, line = str(error) or "nested too deep", 1
        if at := re.search(r" \(at line (\d+), column \d+\)$", reason):  # counted from *text* on
            line = int(at[1])
            words = text.split("\n")[line - 1].strip()[:60]
            reason = f"{reason[: at.start()]} ({words!r})"
        message, remedy = f"the TOML cannot be read: {reason}", 'write `name = "value"`'
        raise EntryError("toml-broken", message, remedy, line=first + line - 1) from None
    return build_fields(table, TOML_KEY, text, first)


def parse_json(text: str, start: int = 0, first: int = 1) -> tuple[Fields, int] | None:
    """Return the fields of the object at offset *start*, in line *first*, and where it ends.

    None if there is another value than an object; raise `EntryError`.
    """
    decoder = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str, strict=False)
    try:
        table, end = decoder.raw_decode(text, start)
    except json.JSONDecodeError as error:
        offset, reason = _locate(error, text, start)
        line = first + text.count("\n", start, offset)
        message = f"the JSON cannot be read: {reason}"
        raise EntryError("json-broken", message, "check quotes and commas", line=line) from None
    except RecursionError:
        message = "the JSON is nested too deep"
        raise EntryError("json-broken", message, "nest it less deeply", line=first) from None
    if not isinstance(table, dict):
        return None
    return build_fields(unwrap(table), JSON_KEY, text[start:end], first), end


def _locate(error: json.JSONDecodeError, text: str, start: int) -> tuple[int, str]:
    """Return the place and kind of the error in *text*, in the same words for each Python.

    From 3.13 on, a comma before a closing bracket has an error and a place of its own.
    """
    if error.msg.startswith("Illegal trailing comma"):
        return error.pos, TRAILING_COMMA
    before = text[start : error.pos].rstrip()
    if before.endswith(",") and text[error.pos : error.pos + 1] in ("}", "]"):
        return start + len(before) - 1, TRAILING_COMMA
    return error.pos, error.msg


def build_fields(table: Mapping[str, Any], key: re.Pattern[str], text: str, first: int) -> Fields:
    """Return the fields of *table*, each with the line of *text* where its *key* first stands."""
    lines: dict[str, int] = {}
    line, offset = first, 0
    for match in key.finditer(text):
        line += text.count("\n", offset, match.start(1))
        offset = match.start(1)
        lines.setdefault(match[1], line)
    return tuple(
        Field(
            drop_forbidden(name[:MAX_NAME_CHARACTERS]),
            build_field_value(value),
            lines.get(name, first),
        )
        for name, value in table.items()
    )


def build_field_value(value: object, depth: int = 0) -> Value:
    """Return *value* nearly as written: booleans, numbers and dates become words."""
    if isinstance(value, str):
        return value
    if value is None or depth > MAX_DEPTH:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, Mapping):
        if len(value) < 4 and (words := get_date_words(value)):
            return words
        return {
            drop_forbidden(str(name)[:MAX_NAME_CHARACTERS]): build_field_value(inner, depth + 1)
            for name, inner in value.items()
        }
    if isinstance(value, Iterable):
        return [build_field_value(inner, depth + 1) for inner in value]
    return str(value)


def is_json(source: SourceText) -> bool:
    """Return whether an object begins the text, and no template tag."""
    return source.startswith("{") and not source.startswith("{{", "{%", "{#")


def parse_json_file(source: SourceText) -> ParsedText | None:
    """Return a `.json` file that is one entry, else front matter that is an object.

    A `.json` file that is not an entry has the dialect "".
    """
    found = parse_json(source.text, source.start, source.line)
    if found is None:
        return None
    fields, end = found
    if source.extension == "json":
        return NO_ENTRY if source.text[end:].strip() else build_json_entry(list(fields))
    refuse_long_front_matter(end - source.start, source.line)
    if source.text.startswith("\n", end):
        end += 1
    return ParsedText(
        dialect="json",
        fields=fields,
        body=source.text[end:],
        markup=source.markup or "markdown",
        body_line=source.get_line(end),
    )


NO_ENTRY = ParsedText(dialect="", fields=(), body="", markup="text")


def build_json_entry(fields: list[Field]) -> ParsedText:
    """Return the entry that *fields* are, in the names of the common exports; else `NO_ENTRY`."""
    names = {field.name: field for field in fields}
    if "items" in names and isinstance(names["items"].value, list) and "version" in names:
        raise EntryError(
            "many-entries",
            "the file is a feed of many entries",
            "turn it into entries with `feedsvc import`",
        )
    if not ENTRY_FIELD_NAMES & names.keys():
        return NO_ENTRY
    utc = names["date_gmt"].value if "date_gmt" in names else ""
    if "date" in names and isinstance(utc, str) and DATE_TIME.fullmatch(utc):
        # WordPress writes `date` without a zone, and the same in UTC as `date_gmt`
        at = fields.index(names["date"])
        fields[at] = Field("date", f"{utc}Z", names["date"].line)
    for name, markup in BODY_FIELDS.items():
        if name in names and (body := get_body_text(names[name].value)):
            if name in ("content", "body") and not HTML_TAG.search(body):
                markup = "markdown"
            fields.remove(names[name])
            return ParsedText(
                dialect="json",
                fields=tuple(fields),
                body=body,
                markup=markup,
                body_line=names[name].line,
            )
    problems = tuple(_list_unread_bodies(names))
    return ParsedText(
        dialect="json", fields=tuple(fields), body="", markup="text", problems=problems
    )


def _list_unread_bodies(names: Mapping[str, Field]) -> Iterator[Problem]:
    """Yield a problem for the first body that is a table of its editor's: Lexical, Portable Text.

    Comes in: the fields by name.
    """
    for field in filter(None, map(names.get, BODY_FIELDS)):
        value = field.value
        if isinstance(value, dict) and not value.keys().isdisjoint(WRAPPED_BODY):
            continue
        if value and not isinstance(value, str):
            message = f"the text in {field.name!r} is in the form of its editor, which is not read"
            yield Problem(
                code="body-unread",
                message=message,
                remedy="export it as HTML or Markdown",
                field=field.name,
                line=field.line,
            )
            return


def get_body_text(value: Value) -> str:
    """Return the text of a body, which WordPress wraps as `{"rendered": …}`; "" for others."""
    if isinstance(value, dict):
        value = next((text for name in WRAPPED_BODY if (text := value.get(name))), "")
    return drop_forbidden(value) if isinstance(value, str) else ""
