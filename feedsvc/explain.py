"""`feedsvc explain`: one file, each field with its words and what they came to, above all the date."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from feedsvc.check import find_span, find_state
from feedsvc.dates import explain_date
from feedsvc.errors import EntryError
from feedsvc.index.database import NEVER
from feedsvc.model import Author, Enclosure, Entry, Image, Moment, Origin, Problem
from feedsvc.reading import Reader, Reading, classify
from feedsvc.reading.entry import EntryBuilder
from feedsvc.reading.fields import ALIASES
from feedsvc.reading.parsed import Field
from feedsvc.reading.shapes import to_words
from feedsvc.settings import Settings

SHOWN = 100  # characters of one value
KINDS = {
    "asset": "a file to go with entries",
    "sidecar": "it gives fields to the entry of its name",
    "defaults": "it gives fields to the entries of its folder",
    "ignored": "its name says so",
    "entry": "nothing in it says that it is one",
}


def explain_file(file: Path, settings: Settings) -> Iterator[str]:
    """Lines on *file*, which lies below the entries folder or anywhere."""
    full = Path(os.path.realpath(file.parent)) / file.name
    root = Path(os.path.realpath(settings.entries))
    root = root if full.is_relative_to(root) else full.parent
    path = full.relative_to(root).as_posix()
    reader = Reader(root, path, settings)
    try:
        reading = reader.read() if classify(path) == "entry" else Reading(path=path, hash=b"", state="ignored")
    except EntryError as error:
        reading = reader.give_up(Problem(code=error.code, message=error.message, field=error.field, line=error.line))
    yield f"{path} in {root}"
    starts, ends = find_span(reading.entry) if reading.entry is not None else (0, NEVER)
    state = find_state(reading.state, starts, ends, int(time.time()))
    yield f"  state      {state}" + (f": no entry, {KINDS[classify(path)]}" if reading.state == "ignored" else "")
    if reading.dialect:
        yield f"  dialect    {reading.dialect}"
    if reading.encoding:
        yield f"  encoding   {reading.encoding}"
    if reader.builder is not None and reading.state != "ignored":
        yield from explain_entry(reader.builder, reading.entry)
    for asset in reading.uses:
        yield f"  uses       {asset}"
    if reading.problems:
        yield from ("", "Problems")
    for problem in reading.problems:
        yield f"  {'line ' + str(problem.line) + ': ' if problem.line else ''}{problem.message} [{problem.code}]"


def explain_entry(builder: EntryBuilder, entry: Entry | None) -> Iterator[str]:
    """Where each thing that is known of an entry comes from."""
    if entry is not None:
        own = builder.fields.first("exactid") or builder.fields.first("id")
        yield f"  id         {entry.id} ({describe_source(own) if own else 'made of the path: no field gives one'})"
        yield f"  permalink  {entry.url}"
        yield f"  title      {entry.title!r}"
        yield f"  language   {entry.language}"
    yield from ("", "Fields")
    own_fields = {(one.name, one.line) for one in builder.parsed.fields}
    used: set[tuple[str, int]] = set()
    for canonical in ALIASES:
        for number, field in enumerate(builder.fields.find(canonical)):
            words = shorten(to_words(field.value))
            verdict = describe_value(canonical, words, entry) if number == 0 else ", passed over"
            place = next((one for one in own_fields if is_part(field, one)), None)
            where = describe_source(field) if place else f"{field.name!r} of a sidecar or the folder"
            used |= {place} if place else set()
            yield f"  {canonical:<10} {where}: {words!r}{verdict}"
    for field in builder.parsed.fields:
        if (field.name, field.line) not in used:
            reason = "it is empty" if field.value in ("", [], {}) else "no field of an entry has this name"
            yield f"  {'(unused)':<10} {describe_source(field)}: {reason}"
    yield from ("", "Date")
    yield from explain_moment(builder, entry)


def is_part(field: Field, own: tuple[str, int]) -> bool:
    """Whether *field* is one of the file's *own*, or stands within it: `params.date` in `params`."""
    return field.line == own[1] and (field.name == own[0] or field.name.startswith(own[0] + "."))


def explain_moment(builder: EntryBuilder, entry: Entry | None) -> Iterator[str]:
    """What the date was read from, what each reader of dates says to it, and which others were there."""
    field = builder.fields.first("published") or builder.fields.first("release")
    words = to_words(field.value) if field is not None else ""
    if entry is not None:
        moment = entry.published
        words = moment.words
        yield f"  {moment}, exact to the {moment.precision}; source {moment.source}, words {words!r}"
    else:
        yield f"  the words {words!r} were not understood" if words else "  no date was understood"
    if words:
        rules = builder.rules
        order = rules.order or "the language's"
        yield f"  by the rules: zone {rules.zone.key}, order {order}, language {rules.language or 'none'}"
        for name, verdict in explain_date(words, rules):
            yield f"    {name}: {verdict}"
    if builder.name_date is not None:
        known = entry is not None and entry.published.source == builder.name_date.source
        yield f"  the {builder.name_date.source} says {builder.name_date.words}{', which counts' if known else ''}"


def describe_source(field: Field) -> str:
    return f"line {field.line}, {field.name!r}"


def describe_value(canonical: str, words: str, entry: Entry | None) -> str:
    """What the *words* of a field came to; "" where that is nothing else."""
    value = getattr(entry, {"release": "not_before"}.get(canonical, canonical), None)
    values = value if isinstance(value, tuple) else (value,) if value not in (None, "") else ()
    shown = shorten(", ".join(map(describe_one, values)))
    return f" → {shown}" if shown not in ("", words) else ""


def describe_one(value: object) -> str:
    if isinstance(value, Author):
        return " ".join(filter(None, (value.name, value.email, value.uri)))
    if isinstance(value, (Image, Enclosure)):
        return value.url
    if isinstance(value, Origin):
        return f"{value.title} {value.url}".strip()
    return f"{value} ({value.precision})" if isinstance(value, Moment) else str(value)


def shorten(words: str) -> str:
    return words if len(words) <= SHOWN else words[: SHOWN - 1] + "…"
