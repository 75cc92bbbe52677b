"""What became of each field of one file, in words: for `feedsvc explain`."""

from __future__ import annotations

from feedsvc.dates import explain_date
from feedsvc.dialects.field_names import normalise
from feedsvc.dialects.types import Field
from feedsvc.model import Author, Entry, Moment
from feedsvc.reading.context import Context
from feedsvc.reading.dateline import find_text_dates
from feedsvc.reading.values import to_words

Line = tuple[str, str, int | None, str, str]
DATES = ("published", "release", "updated", "expires", "retracted")
LAYERS = ("in the file", "from a sidecar or a folder's defaults")


def explain_context(context: Context, entry: Entry | None) -> list[Line]:
    """(field, words, line, reading, why) of everything that was met, in the order of the table of fields."""
    found = list[Line]()
    own = {id(field) for field in context.parsed.fields}
    for canonical in context.fields.known():
        fields = context.fields.find(canonical)
        for number, field in enumerate(fields):
            place = LAYERS[id(field) not in own and "." not in field.name]
            why = f"{field.name!r} {place}" + (
                f"; {fields[0].name!r} goes before it" if number else ""
            )
            reading = (
                describe(getattr(entry, canonical, None))
                if entry is not None and number == 0
                else ""
            )
            found.append((canonical, to_words(field.value), field.line, reading, why))
            if canonical in DATES:
                found += explain_words(context, canonical, to_words(field.value), field.line)
    if context.name_date is not None:
        date = context.name_date
        found.append(
            ("published", date.words, None, "", f"stands in the {date.source} of {context.path!r}")
        )
    for words, line in find_text_dates(context.parsed.body, context.parsed.body_line):
        found.append(("published", words, line, "", "stands in the text"))
    known = {
        normalise(field.name)
        for canonical in context.fields.known()
        for field in context.fields.find(canonical)
    }
    found += [
        unknown(field) for field in context.parsed.fields if normalise(field.name) not in known
    ]
    if entry is not None:
        for name in ("id", "url", "slug", "title", "published", "language"):
            why = entry.published.source if name == "published" else "as published"
            found.append((name, "", None, describe(getattr(entry, name)), why))
    return found


def explain_words(context: Context, canonical: str, words: str, line: int) -> list[Line]:
    """Each reader's verdict on the words of a date."""
    return [
        (canonical, words, line, verdict, f"read as {name}")
        for name, verdict in explain_date(words, context.rules)
    ]


def unknown(field: Field) -> Line:
    return (
        "",
        f"{field.name}: {to_words(field.value)}",
        field.line,
        "",
        "is empty, or stands for no field of an entry",
    )


def describe(value: object) -> str:
    """A value in one line."""
    if isinstance(value, Moment):
        return f"{value} ({value.precision})"
    if isinstance(value, Author):
        return " ".join(filter(None, (value.name, value.email, value.uri)))
    if isinstance(value, tuple):
        return ", ".join(map(describe, value))
    return "" if value is None else str(value)
