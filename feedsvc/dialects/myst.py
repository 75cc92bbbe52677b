"""MyST Markdown with ABlog's directive ` ```{post} DATE `, whose options are fields."""

from __future__ import annotations

import re

from feedsvc.content.headings import heading_to_text, strip_closing_marks
from feedsvc.dialects.types import Field, ParsedText, SourceText, make_parsed_text

POST_DIRECTIVE = re.compile(
    r"^(?:`{3,}|:{3,})[ \t]*\{post\}(.*)\n((?:[ \t]*:[\w-]+:.*(?:\n|\Z))*+)", re.MULTILINE
)
HEAD = re.compile(
    r"\s*(?:#[ \t].*\n\s*)?(?P<fence>`{3,}|:{3,})[ \t]*\{post\}.*\n"
    r"(?:[ \t]*:[\w-]+:.*\n|[ \t]*\n)*+(?P=fence)[ \t]*(?:\n|\Z)"
)
HEADING = re.compile(r"^#[ \t]++(\S.*)", re.MULTILINE)
OPTION = re.compile(r":([\w-]{1,100}):(.*)")
# Numbers of a picture and of paragraphs in the text
COUNTING_OPTIONS = frozenset({"image", "excerpt"})


def is_myst(source: SourceText) -> bool:
    """Return whether a Markdown text may have the directive."""
    return source.markup == "markdown" and "{post}" in source.text


def parse_myst(source: SourceText) -> ParsedText | None:
    """Return the options of the directive, wherever it stands; None if there is none."""
    if not (fields := list_post_fields(source.text, 1)):
        return None
    lines = source.text.split("\n")
    return make_parsed_text("myst", fields, lines, _count_head_lines(source.text), "markdown")


def _count_head_lines(text: str) -> int:
    """Return how many lines a heading and the directive take that begin *text*; 0 if others do."""
    head = HEAD.match(text)
    return text.count("\n", 0, head.end()) if head else 0


def list_post_fields(text: str, line: int) -> list[Field]:
    """Return date and options of the directive in *text*, which begins in *line*."""
    match = POST_DIRECTIVE.search(text)
    if match is None:
        return []
    fields = make_post_fields(match[1], match[2], line + text.count("\n", 0, match.start()))
    heading = HEADING.search(text, 0, match.start()) or HEADING.search(text, match.end())
    if heading:  # also behind the directive, whose fence seems to begin code
        title = heading_to_text(strip_closing_marks(heading[1]), "markdown")
        fields.insert(0, Field("title", title, line + text.count("\n", 0, heading.start())))
    return fields


def make_post_fields(date: str, options: str, line: int) -> list[Field]:
    """Return the fields that ABlog makes of the words behind `post` and the options below."""
    # ABlog: "If no date is given, the post is a draft"
    fields = [Field("date", date.strip(), line) if date.strip() else Field("draft", "true", line)]
    fields += [
        Field(name, words.strip(), line)
        for name, words in OPTION.findall(options)
        if name not in COUNTING_OPTIONS
    ]
    return fields
