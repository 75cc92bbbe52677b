"""AsciiDoc: title, author, revision and attributes of the document's header."""

from __future__ import annotations

import re

from feedsvc.dialects.types import Field, ParsedText, SourceText, make_parsed_text

ATTRIBUTE = re.compile(r":([\w][\w -]*)(!?):(?:[ \t]+(.*))?$")
AUTHOR = re.compile(r"[^\W\d_][\w.'-]*(?: [\w.'-]+){0,3}(?: <[^<>\s]+>)?(?:; .+)?$")
REVISION = re.compile(r"(?:v[\w.]+,\s*)?(.*\d{4}.*?)(?::\s.*)?$|v[\w.]+(?::.*)?$")
PASSED_OVER = ("//", "include::", "[", "ifdef::", "ifndef::", "endif::")


def is_asciidoc(source: SourceText) -> bool:
    """Return whether the extension promises AsciiDoc, or a document title begins a plain text."""
    return source.markup == "asciidoc" or (
        source.markup in (None, "text") and source.startswith("= ")
    )


def parse_asciidoc(source: SourceText) -> ParsedText:
    """Return the header up to the first empty line behind the title, and the body below."""
    fields: list[Field] = []
    lines = source.text.split("\n")
    number, titled = 0, 0
    while number < len(lines):
        words = lines[number]
        if not words.strip():
            if fields and titled:
                break
        elif words.startswith("= ") and not titled:
            fields.append(Field("title", words[2:].strip(), number + 1))
            titled = number + 1
        elif match := ATTRIBUTE.match(words):
            value = match[3] or ""
            while value.endswith(" \\") and number + 1 < len(lines):
                number += 1
                value = f"{value[:-2]} {lines[number].strip()}"
            fields.append(Field(match[1], "" if match[2] else value.strip(), number + 1))
        elif titled and number == titled and AUTHOR.match(words):
            fields.append(Field("author", words.strip(), number + 1))
        elif (
            titled
            and number == titled + 1
            and fields[-1].name == "author"
            and (match := REVISION.match(words))
        ):
            fields.append(Field("revdate", (match[1] or "").strip(), number + 1))
        elif not words.startswith(PASSED_OVER):
            break
        number += 1
    return make_parsed_text("asciidoc", fields, lines, number, "asciidoc")
