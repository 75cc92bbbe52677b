"""What became of each field of one file, in words: for `feedsvc explain`."""

from __future__ import annotations

from feedsvc.dates import explain_date
from feedsvc.dialects.field_names import normalize_field_name
from feedsvc.dialects.types import Field
from feedsvc.model import Author, Entry, Moment
from feedsvc.reading.context import EntryDraft
from feedsvc.reading.dateline import detect_text_dates
from feedsvc.reading.values import value_to_text

Explanation = tuple[str, str, int | None, str, str]
DATE_FIELDS = ("published", "release", "updated", "expires", "retracted")
LAYER_NAMES = ("in the file", "from a sidecar or a folder's defaults")


def explain_fields(context: EntryDraft, entry: Entry | None) -> list[Explanation]:
    """(field, words, line, reading, why) of everything that was met, in the order of the table of fields."""
    found = list[Explanation]()
    own = {id(field) for field in context.parsed.fields}
    for canonical in context.fields.known():
        fields = context.fields.find(canonical)
        for number, field in enumerate(fields):
            place = LAYER_NAMES[id(field) not in own and "." not in field.name]
            why = f"{field.name!r} {place}" + (
                f"; {fields[0].name!r} goes before it" if number else ""
            )
            reading = (
                describe_value(getattr(entry, canonical, None))
                if entry is not None and number == 0
                else ""
            )
            found.append((canonical, value_to_text(field.value), field.line, reading, why))
            if canonical in DATE_FIELDS:
                found += explain_date_field(
                    context, canonical, value_to_text(field.value), field.line
                )
    if context.path_date is not None:
        date = context.path_date
        found.append(
            (
                "published",
                date.date_text,
                None,
                "",
                f"stands in the {date.source} of {context.path!r}",
            )
        )
    for words, line in detect_text_dates(context.parsed.body, context.parsed.body_line):
        found.append(("published", words, line, "", "stands in the text"))
    known = {
        normalize_field_name(field.name)
        for canonical in context.fields.known()
        for field in context.fields.find(canonical)
    }
    found += [
        explain_unknown_field(field)
        for field in context.parsed.fields
        if normalize_field_name(field.name) not in known
    ]
    if entry is not None:
        for name in ("id", "url", "slug", "title", "published", "language"):
            why = entry.published.source if name == "published" else "as published"
            found.append((name, "", None, describe_value(getattr(entry, name)), why))
    return found


def explain_date_field(
    context: EntryDraft, canonical: str, words: str, line: int
) -> list[Explanation]:
    """Each reader's verdict on the words of a date."""
    return [
        (canonical, words, line, verdict, f"read as {name}")
        for name, verdict in explain_date(words, context.date_rules)
    ]


def explain_unknown_field(field: Field) -> Explanation:
    return (
        "",
        f"{field.name}: {value_to_text(field.value)}",
        field.line,
        "",
        "is empty, or stands for no field of an entry",
    )


def describe_value(value: object) -> str:
    """A value in one line."""
    if isinstance(value, Moment):
        return f"{value} ({value.precision})"
    if isinstance(value, Author):
        return " ".join(filter(None, (value.name, value.email, value.uri)))
    if isinstance(value, tuple):
        return ", ".join(map(describe_value, value))
    return "" if value is None else str(value)
