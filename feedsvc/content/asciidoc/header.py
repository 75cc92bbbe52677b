"""The header of an AsciiDoc document: title, author, revision and attributes.

Comes in: lines, of which the header are those up to the first empty one behind the title. Goes
out: `AsciiDocHeader`, for the fields of an entry as for the attributes that its text names.
"""

from __future__ import annotations

from msgspec import Struct

from feedsvc.patterns import compile_lazily

MAX_ATTRIBUTE_CHARACTERS = 20_000
ATTRIBUTE = compile_lazily(r":(!?)(\w[\w -]*?)(!?):(?:[ \t]+(.*))?$")
# Letters with what stands on them, which is a character of its own in Hindi, Thai and decomposed
# text; no punctuation but that of names
NAME_PART = r"[^\s!-&(-,/:-@\[-^`{-~“”«»…–—。、，！？；：（）]+"
NAME = rf"(?=[^\W\d_]){NAME_PART}(?: {NAME_PART}){{0,3}}(?: <[^<>\s]+\s?>)?"
AUTHOR = compile_lazily(rf"{NAME}(?:; {NAME})*;?\s*$")
REVISION = compile_lazily(r"(?:v[\w.]+,\s*)?(.*\d{4}.*?)(?::\s.*)?$|v[\w.]+(?::.*)?$")
PASSED_OVER = ("//", "include::", "[", "ifdef::", "ifndef::", "ifeval::", "endif::")


# Attributes that the text need not name
SILENT_ATTRIBUTES = frozenset({"imagesdir", "source-language", "language"})


class HeaderField(Struct, frozen=True, kw_only=True):
    """A part of the header as written, by the name of its attribute, and its line from 0."""

    name: str
    value: str
    number: int
    is_attribute: bool = True


class AsciiDocHeader(Struct, frozen=True, kw_only=True):
    """The header's fields in their order, and the number of its lines."""

    fields: tuple[HeaderField, ...]
    count: int


def parse_attribute(line: str) -> tuple[str, str | None] | None:
    """Return the name that *line* sets, and its value, None to unset it; None for other lines."""
    match = ATTRIBUTE.match(line)
    if not match:
        return None
    value = None if match[1] or match[3] else (match[4] or "").strip().removesuffix("@")
    return match[2], value[:MAX_ATTRIBUTE_CHARACTERS] if value else value


def parse_header(lines: list[str]) -> AsciiDocHeader:
    """Return the header that begins *lines*; one without lines if there is none."""
    fields: list[HeaderField] = []
    number, title_end, end = 0, 0, 0
    while number < len(lines):
        line, start = lines[number].rstrip(), number
        if not line.strip() and title_end:
            break
        if line.startswith("= ") and not title_end:
            fields.append(_make_part("title", line[2:], start))
            title_end = number + 1
        elif ATTRIBUTE.match(line):
            while line.endswith((" \\", " +")) and number + 1 < len(lines):
                number += 1
                line = f"{line[:-2].rstrip()} {lines[number].strip()}"
            name, value = parse_attribute(line) or ("", None)
            fields.append(HeaderField(name=name, value=value or "", number=start))
        elif part := _parse_byline(line, number - title_end if title_end else -1, fields):
            fields.append(part)
        elif not line.strip() or line.startswith(PASSED_OVER):
            number += 1
            continue
        else:
            break
        number += 1
        end = number
    # without a title, what is passed over belongs to the text
    return AsciiDocHeader(fields=tuple(fields), count=number if title_end else end)


def is_header_used(header: AsciiDocHeader, lines: list[str]) -> bool:
    """Return whether the text below *header* in *lines* may name an attribute of it."""
    names = {field.name for field in header.fields if field.is_attribute}
    if names & SILENT_ATTRIBUTES:
        return True
    return any(
        "{" in line or line.startswith(("ifdef", "ifndef")) for line in lines[header.count :]
    )


def drop_header(body: str) -> str:
    """Return *body* without its header."""
    lines = body.split("\n")
    return "\n".join(lines[parse_header(lines).count :])


def _make_part(name: str, value: str, number: int) -> HeaderField:
    return HeaderField(name=name, value=value.strip(), number=number, is_attribute=False)


def _parse_byline(line: str, offset: int, fields: list[HeaderField]) -> HeaderField | None:
    """Return the author or revision that *line*, *offset* lines below the title, is."""
    if offset == 0 and AUTHOR.match(line):
        return _make_part("author", line, fields[-1].number + 1)
    if offset == 1 and fields[-1].name == "author" and not fields[-1].is_attribute:
        match = REVISION.match(line)
        return _make_part("revdate", match[1] or "", fields[-1].number + 1) if match else None
    return None
