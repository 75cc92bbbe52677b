"""How each field of one file was read, for `feedsvc explain`: the words, the result, the reason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from msgspec import Struct

from feedsvc.dates import explain_date
from feedsvc.dialects import parse_text
from feedsvc.dialects.field_names import get_field_name_table, normalize_field_name
from feedsvc.dialects.types import Field
from feedsvc.errors import EntryError
from feedsvc.fields.draft import EntryDraft
from feedsvc.fields.media import (
    CREDIT_KEYS,
    DURATION_KEYS,
    ENCLOSURE_KEYS,
    IMAGE_KEYS,
    LENGTH_KEYS,
    TYPE_KEYS,
)
from feedsvc.fields.published import detect_text_dates
from feedsvc.fields.slips import suggest_guarding_name, suggest_main_name
from feedsvc.fields.values import AUTHOR_NAME_KEYS, AUTHOR_URL_KEYS, list_values, value_to_text
from feedsvc.file_kinds import MEDIA_TYPES
from feedsvc.model import Author, Entry, Moment
from feedsvc.reading.encoding import decode_text
from feedsvc.reading.files import read_bytes
from feedsvc.reading.read import make_draft, read_file
from feedsvc.reading.sidecars import FolderCache, get_field_file
from feedsvc.settings import Settings

DATE_FIELDS = ("published", "release", "updated", "expires", "retracted")
# By canonical field: the names within its tables that are read
INNER_NAMES = {
    "image": frozenset((*IMAGE_KEYS, *CREDIT_KEYS, *"alt caption width height".split())),
    "enclosures": frozenset(
        (*ENCLOSURE_KEYS, *LENGTH_KEYS, *TYPE_KEYS, *DURATION_KEYS, *MEDIA_TYPES, "title")
    ),
    "authors": frozenset((*AUTHOR_NAME_KEYS, *AUTHOR_URL_KEYS, "email", "mail")),
    "origin": frozenset("title name url link".split()),
}
RESULTS = ("id", "url", "slug", "title", "published", "language")


class ExplainLine(Struct, frozen=True, kw_only=True):
    """One fact about a field.

    The kinds are a "field" of the entry, what a "date format" makes of the words of the field
    above, a "date" beside the fields, an "unused" field, and a "result" that is published.
    """

    kind: Literal["field", "date format", "date", "unused", "result"]
    field: str = ""  # canonical name
    words: str = ""  # as the author wrote them
    line: int | None = None
    result: str = ""
    reason: str = ""  # of a "date format" its name


def explain_fields(root: Path, path: str, settings: Settings) -> list[ExplainLine]:
    """Return the lines on each field of *path*; none for a file without fields."""
    folders = FolderCache(root)
    try:
        text = decode_text(read_bytes(root, path)).text
        parsed = parse_text(text, path, get_field_name_table(settings.fields))
        draft = make_draft(path, text, parsed, folders, settings)
    except EntryError:
        return []
    return list(explain_draft(draft, read_file(root, path, settings).entry))


def explain_draft(draft: EntryDraft, entry: Entry | None) -> Iterator[ExplainLine]:
    """Yield the lines on *draft*, fields in the order of their table, results last."""
    known = set[str]()
    for canonical in draft.fields.list_known():
        yield from explain_field(draft, canonical, entry)
        known |= {normalize_field_name(one.name) for one in draft.fields.get_all(canonical)}
    if (date := draft.path_date) is not None:
        reason = f"is in the {date.source} of {draft.path!r}"
        yield ExplainLine(kind="date", field="published", words=date.date_text, reason=reason)
    for found in detect_text_dates(draft):
        line = draft.parsed.body_line + found.index
        yield ExplainLine(
            kind="date",
            field="published",
            words=found.words,
            line=line,
            reason="is in the text",
        )
    table = get_field_name_table(draft.settings.fields)
    for field in draft.parsed.fields:
        name = normalize_field_name(field.name)
        if name not in known:
            yield make_unused_line(field, table.get(name, ("",))[0])
    for canonical in INNER_NAMES:
        for field in draft.fields.get_all(canonical):
            yield from list_unused_inner_fields(canonical, field)
    if entry is not None:
        for name in RESULTS:
            reason = entry.published.source if name == "published" else "as published"
            result = describe_value(getattr(entry, name))
            yield ExplainLine(kind="result", field=name, result=result, reason=reason)


def make_unused_line(field: Field, canonical: str) -> ExplainLine:
    """Return the line of an unused *field*; *canonical* is its canonical name."""
    meant = suggest_guarding_name(normalize_field_name(field.name)) or suggest_main_name(
        normalize_field_name(field.name)
    )
    reason = "is empty" if canonical and not field.value else "is not a field of an entry"
    if meant and not canonical:
        reason += f"; did you mean {meant!r}?"
    words = f"{field.name}: {value_to_text(field.value)}"
    return ExplainLine(kind="unused", words=words, line=field.line, reason=reason)


def list_unused_inner_fields(canonical: str, field: Field) -> Iterator[ExplainLine]:
    """Yield a line for each name within the tables of *field* that nothing reads."""
    for value in list_values(field.value):
        for inner, words in value.items() if isinstance(value, dict) else ():
            name = normalize_field_name(inner)
            if name not in INNER_NAMES[canonical] and not isinstance(words, dict):
                unused = Field(f"{field.name}.{inner}", words, field.line)
                yield make_unused_line(unused, "")


def explain_field(draft: EntryDraft, canonical: str, entry: Entry | None) -> Iterator[ExplainLine]:
    """Yield the fields for *canonical*; after a date, the result of each date format."""
    fields = draft.fields.get_all(canonical)
    for field in fields:
        file = get_field_file(draft, field.name, field.line)
        reason = f"{field.name!r} in {repr(file) if file else 'the file'}"
        if field is not fields[0]:
            reason += f"; {fields[0].name!r} takes precedence"
        words = value_to_text(field.value)
        yield ExplainLine(
            kind="field",
            field=canonical,
            words=words,
            line=field.line,
            result=describe_value(getattr(entry, canonical, None)) if field is fields[0] else "",
            reason=reason,
        )
        if canonical in DATE_FIELDS:
            for name, verdict in explain_date(words, draft.date_rules):
                yield ExplainLine(kind="date format", field=canonical, result=verdict, reason=name)


def describe_value(value: object) -> str:
    """Return a value in one line."""
    if isinstance(value, Moment):
        return f"{value} ({value.precision})"
    if isinstance(value, Author):
        return " ".join(filter(None, (value.name, value.email, value.uri)))
    if isinstance(value, tuple):
        return ", ".join(map(describe_value, value))
    return "" if value is None else str(value)
