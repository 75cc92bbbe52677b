"""Nikola's metadata in comments: lines `.. title: …`, in HTML and Markdown within `<!-- … -->`."""

from __future__ import annotations

import re

from feedsvc.dialects.types import Field, ParsedText, SourceText, make_parsed_text

METADATA_LINE = re.compile(r"[ \t]*\.\.[ \t]+([\w-]{1,100}):[ \t]*(.*)")


def is_nikola(source: SourceText) -> bool:
    """Return whether a comment of HTML or reStructuredText begins the text."""
    return source.startswith("<!-", ".. ")


def parse_nikola(source: SourceText) -> ParsedText | None:
    """Return the fields of the comment and the text below; None if no field is an entry's."""
    lines = source.text[source.start :].split("\n")
    commented = lines[0].startswith("<!--")
    lines[0] = lines[0].removeprefix("<!--")
    fields: list[Field] = []
    count, closing = 0, ""
    while count < len(lines) and not closing:
        words = lines[count]
        if commented:
            words, closing, _ = words.partition("-->")
        if match := METADATA_LINE.match(words):
            fields.append(Field(match[1], match[2].strip(), source.line + count))
        elif words.strip() or (not commented and fields):
            break
        count += 1
    if not any(field.name in ("title", "date", "slug") for field in fields):
        return None
    # Nikola's posts in .txt are reStructuredText
    is_text = source.markup in (None, "text") and not commented
    markup = "rst" if is_text else source.markup or "rst"
    return make_parsed_text("nikola", fields, lines, count, markup, first=source.line)
