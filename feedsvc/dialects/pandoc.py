"""Pandoc's title block: the lines `% title`, `% authors` and `% date` at the top of Markdown."""

from __future__ import annotations

import re

from feedsvc.content.headings import heading_to_text
from feedsvc.dates import is_date_like
from feedsvc.dialects.types import Field, ParsedText, SourceText, make_parsed_text

# Title and authors go on in lines that begin with a space
PART = r"%[ \t]*+(?P<{}>[^\n]*+(?:\n[ \t]++[^\n]*+)*+)\n"
TITLE_BLOCK = re.compile(
    f"{PART.format('title')}{PART.format('authors')}" r"%[ \t]*+(?P<date>[^\n]*+)"
)


def is_pandoc(source: SourceText) -> bool:
    """Return whether Markdown begins with a line of a title block, or a comment of MyST."""
    return source.markup == "markdown" and source.startswith("%")


def parse_pandoc(source: SourceText) -> ParsedText | None:
    """Return title, authors, date and the text below; None if the third line is no date."""
    match = TITLE_BLOCK.match(source.text, source.start)
    if match is None or not is_date_like(match["date"].strip()):
        return None
    authors = [one.strip() for one in re.split(r"[;\n]", match["authors"]) if one.strip()]
    fields = [
        Field(name, value, source.line + source.text.count("\n", source.start, match.start(group)))
        for name, group, value in (
            ("title", "title", heading_to_text(" ".join(match["title"].split()), "markdown")),
            ("author", "authors", authors),
            ("date", "date", match["date"].strip()),
        )
        if value
    ]
    lines = source.text[source.start :].split("\n")
    count = match[0].count("\n") + 1
    return make_parsed_text("pandoc", fields, lines, count, "markdown", first=source.line)
