"""Splits a text into fields and body, by the dialect that its beginning shows.

`DIALECTS` is the one list of dialects, one module a family; a new dialect is a
module and a line there. Nothing here gives a field its meaning: `reading` does.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import Struct

from feedsvc.dialects.asciidoc import is_asciidoc, parse_asciidoc
from feedsvc.dialects.data import is_json, parse_json_file
from feedsvc.dialects.fenced import is_fenced, parse_fenced
from feedsvc.dialects.field_names import FieldNameTable
from feedsvc.dialects.franklin import is_franklin, parse_franklin
from feedsvc.dialects.headers import parse_headers
from feedsvc.dialects.html import is_html, parse_html
from feedsvc.dialects.labelled.plain import parse_plain
from feedsvc.dialects.labelled.text import parse_labelled
from feedsvc.dialects.myst import is_myst, parse_myst
from feedsvc.dialects.nikola import is_nikola, parse_nikola
from feedsvc.dialects.org import is_org, parse_org
from feedsvc.dialects.pandoc import is_pandoc, parse_pandoc
from feedsvc.dialects.rst import is_rst, parse_rst
from feedsvc.dialects.types import ParsedText, SourceText
from feedsvc.dialects.wml import is_wml, parse_wml
from feedsvc.file_kinds import MARKUP_BY_EXTENSION, get_extension

LICENSE_COMMENT = re.compile(
    r"(?:<!--(?:(?!-->|\.\. \w+:).)*+-->\s*+)++(?=---\n|\+\+\+\n)", re.DOTALL
)


class Dialect(Struct, frozen=True):  # positional: lines of a table
    """A way to write fields and body: *matches* is a cheap guess; *parse* may return None."""

    name: str
    matches: Callable[[SourceText], bool]
    parse: Callable[[SourceText], ParsedText | None]


def is_anything(_: SourceText) -> bool:
    """Return True, for dialects that only parsing tells apart."""
    return True


# The first that parses the text wins, so the most certain come first.
DIALECTS = (
    Dialect("fenced", is_fenced, parse_fenced),
    Dialect("franklin", is_franklin, parse_franklin),
    Dialect("json", is_json, parse_json_file),
    Dialect("nikola", is_nikola, parse_nikola),
    Dialect("wml", is_wml, parse_wml),
    Dialect("html", is_html, parse_html),
    Dialect("pandoc", is_pandoc, parse_pandoc),
    # Before AsciiDoc and headers: `#+` begins nothing else, `:name:` and `name:` are in both
    Dialect("org", is_org, parse_org),
    Dialect("asciidoc", is_asciidoc, parse_asciidoc),
    # Before reStructuredText: Pelican has headers without fences in .rst files too
    Dialect("headers", is_anything, parse_headers),
    Dialect("rst", is_rst, parse_rst),
    Dialect("myst", is_myst, parse_myst),
    Dialect("labelled", is_anything, parse_labelled),
)


def parse_text(text: str, path: str, field_names: FieldNameTable) -> ParsedText:
    """Return fields and body of *text*, the content of *path*; raise `EntryError`."""
    extension = get_extension(path)
    start = len(text) - len(text.lstrip())
    if text.startswith("<!--", start) and (comment := LICENSE_COMMENT.match(text, start)):
        start = comment.end()
    source = SourceText(
        text=text,
        start=start,
        line=1 + text.count("\n", 0, start),
        extension=extension,
        markup=MARKUP_BY_EXTENSION.get(extension),
        field_names=field_names,
    )
    for dialect in DIALECTS:
        if dialect.matches(source) and (parsed := dialect.parse(source)) is not None:
            return parsed
    return parse_plain(source)  # any text is plain text
