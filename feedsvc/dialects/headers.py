"""Headers without an opening fence: Pelican, MultiMarkdown, RFC 822; Hexo and JBake close them.

A block is a header if it begins the file, all its lines are `Name: value` or
folded ones, and a name among them is one that entries have.
"""

from __future__ import annotations

import re

from msgspec.structs import replace

from feedsvc.content.headings import heading_to_text, strip_emphasis
from feedsvc.dates import is_date_like
from feedsvc.dialects.field_names import FieldNameTable, normalize_field_name
from feedsvc.dialects.labelled.labels import (
    COLON,
    PLAIN_DATE_NAMES,
    get_label_field,
    is_event,
    parse_label_line,
)
from feedsvc.dialects.labelled.text import is_title_like
from feedsvc.dialects.mail import decode_body, is_mail, select_mail_fields
from feedsvc.dialects.types import Field, ParsedText, SourceText, make_parsed_text
from feedsvc.dialects.yaml_fields import parse_yaml
from feedsvc.model import Problem

HEADER_LINE = re.compile(
    r"([^\W\d_][\w .\-/]{0,39}?)[ \t]*(?:::|[:：])(?:[ \t]+|$|(?<=：)|(?=[^\s/:]))(.*)"
)
JBAKE_LINE = re.compile(r"([a-z][\w.-]{0,100})=(.*)")
LIST_ITEM = re.compile(r"(-)[ \t]+(.*)")
# The lines above each mail in a mailbox, and above a forwarded one in Outlook
MAIL_START = re.compile(r"From \S+ .*\d\d:\d\d|_{10,}\s*$|-{3,}[^-\n]{3,40}-{3,}\s*$")
CLOSING_FENCE = re.compile(r"(?:---+|~{3,})[ \t]*$")
MAX_HEADER_LINES = 200


def parse_headers(source: SourceText) -> ParsedText | None:
    """Return the header block and the text below; None if there is none, raise `EntryError`."""
    lines = source.text[source.start :].split("\n", MAX_HEADER_LINES)
    fields: list[Field] = []
    count, end = int(MAIL_START.match(lines[0]) is not None), min(len(lines), MAX_HEADER_LINES)
    while count < end and (words := lines[count]).strip():
        if fields and CLOSING_FENCE.match(words):
            return _parse_closed_header(source, lines, count)
        if fields and words[0] in " \t":
            last = fields[-1]
            fields[-1] = Field(last.name, f"{last.value}\n{words.strip()}".strip(), last.line)
        elif match := (
            HEADER_LINE.match(words)
            or JBAKE_LINE.match(words)
            or (fields and LIST_ITEM.match(words))
        ):
            fields.append(Field(match[1].strip(), match[2].strip(), source.line + count))
        else:
            return None
        count += 1
    written, fields = fields, select_mail_fields(fields)
    known = sum(normalize_field_name(field.name) in source.field_names for field in fields)
    titled = any(field.name.casefold() == "title" for field in fields)
    if known + titled < 2 or known * 3 < len(fields):
        return None
    names = [get_label_field(field.name, source.field_names) for field in fields]
    is_untitled = "title" not in names
    if is_untitled and is_event_header(fields, lines[:count]):
        return None  # of the labels of an event none is the date of a text
    markup = source.markup or "text"
    split = [one for field in fields for one in split_labels(field, source.field_names)]
    split = split if markup != "rst" else list(map(strip_title, split))
    if is_mail(written):
        parsed = make_parsed_text("headers", split, lines, count, markup, first=source.line)
        return replace(parsed, body=decode_body(written, parsed.body))
    if is_untitled and markup in ("text", "markdown"):
        start = next((at for at in range(count, len(lines) - 1) if lines[at].strip()), 0)
        words = strip_emphasis(lines[start])
        if start and is_title_like(words) and not lines[start + 1].strip():
            title = heading_to_text(words, markup)
            split, count = [*split, Field("title", title, source.line + start)], start + 1
    return make_parsed_text("headers", split, lines, count, markup, first=source.line)


def is_event_header(fields: list[Field], lines: list[str]) -> bool:
    """Return whether the *lines* of a header name a venue, and a date by a label of any date."""
    return is_event(lines, 0, len(lines) - 1) and any(
        normalize_field_name(field.name) in PLAIN_DATE_NAMES for field in fields
    )


def strip_title(field: Field) -> Field:
    """Return *field* of reStructuredText; a title without its marks."""
    if field.name.casefold() != "title":
        return field
    return Field(field.name, heading_to_text(str(field.value), "rst"), field.line)


def split_labels(field: Field, names: FieldNameTable) -> list[Field]:
    """Return the labels in a date's line, `Date: 2026-03-02 Source: Port`, else *field* alone."""
    words = str(field.value)
    if field.name.casefold() == "data" and is_date_like(words):
        return [Field("date", words, field.line)]
    if get_label_field(field.name, names) != "published" or not COLON.search(words):
        return [field]
    labels = parse_label_line(f"{field.name}: {words}", field.line, names)
    is_split = len(labels) > 1 and is_date_like(str(labels[0].value)) and not is_date_like(words)
    return labels if is_split else [field]


def _parse_closed_header(source: SourceText, lines: list[str], count: int) -> ParsedText | None:
    """Return the first *count* of *lines* as header: YAML above dashes, `name=value` above tildes.

    None if they have neither title nor date.
    """
    problems: tuple[Problem, ...] = ()
    if lines[count].startswith("-"):
        found = parse_yaml("\n".join(lines[:count]) + "\n", source.line)
        if found is None:
            return None
        dialect, (fields, problems) = "yaml", found
    else:
        dialect = "headers"
        fields = tuple(
            Field(match[1], match[2].strip(), line)
            for line, words in enumerate(lines[:count], source.line)
            if (match := JBAKE_LINE.match(words))
        )
    if not any(field.name.casefold() in ("title", "date") for field in fields):
        return None
    markup, line = source.markup or "text", source.line
    return make_parsed_text(
        dialect, fields, lines, count + 1, markup, first=line, problems=problems
    )
