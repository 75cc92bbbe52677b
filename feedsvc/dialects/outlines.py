"""AsciiDoc and Org: the header of the document; the body stays as it is."""

from __future__ import annotations

import re

from feedsvc.dialects.types import Field, ParsedText, Value

ASCIIDOC_ATTRIBUTE = re.compile(r":([\w][\w -]*)(!?):(?:[ \t]+(.*))?$")
ASCIIDOC_AUTHOR = re.compile(r"[^\W\d_][\w.'-]*(?: [\w.'-]+){0,3}(?: <[^<>\s]+>)?(?:; .+)?$")
ASCIIDOC_REVISION = re.compile(r"(?:v[\w.]+,\s*)?(.*\d{4}.*?)(?::\s.*)?$|v[\w.]+(?::.*)?$")
ORG_KEYWORD = re.compile(r"#\+([\w-]+)(\[\])?:[ \t]*(.*)$")
ORG_TIMESTAMP = re.compile(
    r"[<\[](\d{4}-\d\d-\d\d)(?:[ \t]+[^\W\d_.]+\.?)?(?:[ \t]+(\d\d?:\d\d)(?:-\d\d?:\d\d)?)?[^>\]]*[>\]]$"
)
ORG_PROPERTY = re.compile(r":([\w-]+):[ \t]*(.*)$")


def parse_asciidoc(text: str) -> ParsedText:
    """The document title, author and revision lines, and the attributes up to the first empty line."""
    fields: list[Field] = []
    lines = text.split("\n")
    number, titled = 0, 0
    while number < len(lines):
        words = lines[number]
        if not words.strip():
            if fields and titled:
                break
        elif words.startswith("= ") and not titled:
            fields.append(Field("title", words[2:].strip(), number + 1))
            titled = number + 1
        elif match := ASCIIDOC_ATTRIBUTE.match(words):
            value = match[3] or ""
            while value.endswith(" \\") and number + 1 < len(lines):
                number += 1
                value = f"{value[:-2]} {lines[number].strip()}"
            fields.append(Field(match[1], "" if match[2] else value.strip(), number + 1))
        elif titled and number == titled and ASCIIDOC_AUTHOR.match(words):
            fields.append(Field("author", words.strip(), number + 1))
        elif (
            titled
            and number == titled + 1
            and fields[-1].name == "author"
            and (match := ASCIIDOC_REVISION.match(words))
        ):
            fields.append(Field("revdate", (match[1] or "").strip(), number + 1))
        elif not words.startswith(("//", "include::", "[", "ifdef::", "ifndef::", "endif::")):
            break
        number += 1
    body = "\n".join(lines[number:])
    return ParsedText(
        dialect="asciidoc", fields=tuple(fields), body=body, markup="asciidoc", body_line=number + 1
    )


def parse_org(text: str) -> ParsedText:
    """The `#+KEYWORD:` lines at the top and the property drawer before them."""
    fields: list[Field] = []
    lines = text.split("\n")
    number, drawer = 0, False
    while number < len(lines):
        words = lines[number].strip()
        if match := ORG_KEYWORD.match(words):
            if match[1].casefold().startswith(("begin_", "begin-", "caption", "attr_", "include")):
                break
            value = match[3].strip()
            read: Value = [*value.split()] if match[2] else _parse_org_timestamp(value)
            fields.append(Field(match[1], read, number + 1))
        elif words.upper() in (":PROPERTIES:", ":END:"):
            drawer = words.upper() == ":PROPERTIES:"
        elif drawer and (match := ORG_PROPERTY.match(words)):
            fields.append(Field(match[1], _parse_org_timestamp(match[2].strip()), number + 1))
        elif words and not (words.startswith("#") and words[1:2] in ("", " ")):
            break
        number += 1
    untitled = not any(one.name.casefold() == "title" for one in fields) and number < len(lines)
    if untitled and (match := re.match(r"\* (.*)", lines[number])):
        fields.append(Field("title", match[1].strip(), number + 1))
        number += 1
    body = "\n".join(lines[number:])
    return ParsedText(
        dialect="org", fields=tuple(fields), body=body, markup="org", body_line=number + 1
    )


def _parse_org_timestamp(words: str) -> str:
    """`<2024-01-02 Tue 10:00>` without its brackets and weekday."""
    match = ORG_TIMESTAMP.match(words)
    return f"{match[1]} {match[2]}" if match and match[2] else match[1] if match else words
