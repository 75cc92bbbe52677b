"""AsciiDoc: title, author, revision and attributes of the document's header are fields."""

from __future__ import annotations

from feedsvc.content.asciidoc.header import (
    AsciiDocHeader,
    HeaderField,
    is_header_used,
    parse_header,
)
from feedsvc.content.headings import heading_to_text
from feedsvc.dialects.types import Field, ParsedText, SourceText, make_parsed_text

# Of the listings (`:language: java`); a document's own is `:lang:`
LISTING_FIELDS = frozenset({"language", "source-language"})


def is_asciidoc(source: SourceText) -> bool:
    """Return whether the extension is AsciiDoc's, or a document title begins a plain text."""
    return source.markup == "asciidoc" or (
        source.markup in (None, "text") and source.startswith("= ")
    )


def parse_asciidoc(source: SourceText) -> ParsedText:
    """Return the fields of the header; it stays in a body that may name its attributes."""
    lines = source.text.split("\n")
    header = parse_header(lines)
    count = 0 if is_header_used(header, lines) else header.count
    return make_parsed_text("asciidoc", make_fields(header, 1), lines, count, "asciidoc")


def format_value(field: HeaderField) -> str:
    """Return the words of *field*; of the title, those that it shows."""
    is_title = field.name == "title" and not field.is_attribute
    return heading_to_text(field.value, "asciidoc") if is_title else field.value


def make_fields(header: AsciiDocHeader, line: int) -> list[Field]:
    """Return the fields of *header*, which begins in *line*."""
    return [
        Field(field.name, format_value(field), line + field.number)
        for field in header.fields
        if field.name not in LISTING_FIELDS
    ]
