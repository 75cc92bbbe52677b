"""The text of a file with its original line ends, and the places where it may be changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from msgspec import Struct

from feedsvc.commands.new import format_yaml_value
from feedsvc.content.asciidoc.header import drop_header

FIRST_LINE = r"[^\r\n]*(?:\r\n|\r|\n)"
LINE_END = re.compile(r"\r\n|\r|\n")
MAX_VALUE_LINES = 4  # to search for the words of a field, from the line of its name on
# by dialect: the text before a field, and the field; group "space" is repeated after it
INSERTIONS = {
    "yaml": (FIRST_LINE, "{name}: {yaml}{newline}"),
    "toml": (FIRST_LINE, "{name} = {toml}{newline}"),
    "json": (r"(?:[-;]{3}\w*\s*)?\{(?P<space>\s*)", '"{name}": {json},'),
    "headers": (r"", "{name}: {value}{newline}"),
    "nikola": (r"(?:<!--\s*)?(?=\.\. )", ".. {name}: {value}{newline}"),
    "org": (r"(?s:.*?)^(?=#\+)", "#+{name}: {value}{newline}"),
    "rst": (r"(?s:.*?)^(?=:[^:\s][^:\r\n]*:(?:[ \t\r\n]|\Z))", ":{name}: {value}{newline}"),
    "asciidoc": (r"(?s:.*?)^(?=:\w[^:\r\n]*:)", ":{name}: {value}{newline}"),
    "html": (
        r"(?is:.*?)<head(?:\s[^<>]*)?>(?P<space>\s*)",
        '<meta name="{name}" content="{escaped}">',
    ),
}


class TextFile(Struct, frozen=True, kw_only=True):
    """A file's text with its byte order mark and line ends, and its codec."""

    text: str
    codec: str

    def encode(self, text: str) -> bytes | None:
        """Return *text* in the file's encoding, None if that lacks a character."""
        try:
            return text.encode(self.codec)
        except UnicodeError:
            return None

    def replace(self, span: tuple[int, int], new: str) -> bytes | None:
        """Return the file with *new* in place of *span*, a pair of offsets."""
        start, end = span
        return self.encode(self.text[:start] + new + self.text[end:])

    def replace_words(
        self, line: int, words: str, new: str, lines: int = MAX_VALUE_LINES
    ) -> Iterator[bytes]:
        """Yield the file once for each occurrence of *words*, with *new* in its place.

        A space in *words* stands for any number of them. Searches *lines* lines from *line* on.
        Reading each result shows which occurrence is meant.
        """
        if words:
            pattern = re.compile(r"[ \t]+".join(map(re.escape, words.split(" "))))
            yield from self.replace_matches(line, pattern, new, lines)

    def replace_matches(
        self, line: int, pattern: re.Pattern[str], new: str, lines: int = 1
    ) -> Iterator[bytes]:
        """Yield the file with *new* in place of a match of *pattern*, as `replace_words` does."""
        spans = self._list_line_spans()[line - 1 : line - 1 + lines]
        for match in pattern.finditer(self.text, spans[0][0], spans[-1][1]) if spans else ():
            if (data := self.replace(match.span(), new)) is not None:
                yield data

    def _list_line_spans(self) -> list[tuple[int, int]]:
        """Return the offsets of each line, with its line end."""
        ends = [match.end() for match in LINE_END.finditer(self.text)]
        return list(zip([0, *ends], [*ends, len(self.text)], strict=True))


def decode_file(data: bytes, encoding: str) -> TextFile | None:
    """Return the text of *data* in *encoding*; None if encoding it again gives other bytes."""
    codec = encoding.removesuffix("-sig")
    if codec in ("utf-16", "utf-32"):
        codec += "-le" if data[:1] == b"\xff" else "-be"
    try:
        file = TextFile(text=data.decode(codec), codec=codec)
    except (UnicodeError, LookupError):
        return None
    return file if file.encode(file.text) == data else None


def has_same_text(one: str, other: str, markup: str) -> bool:
    """Return whether two bodies are equal; AsciiDoc's header, which has fields, may differ."""
    return drop_header(one) == drop_header(other) if markup == "asciidoc" else one == other


def insert_field(file: TextFile, dialect: str, name: str, value: str) -> bytes | None:
    """Return *file* with one more field, None if *dialect* has no place for it.

    A *value* without letters is written without quotes if the dialect has dates.
    """
    pattern, insertion = INSERTIONS.get(dialect, (r"(?!)", ""))
    text = file.text
    start = len(text) - len(text.lstrip("\ufeff \t\r\n"))
    match = re.compile(pattern, re.MULTILINE).match(text, start)
    if match is None:
        return None
    newline = LINE_END.search(text)
    quoted = format_yaml_value(value)
    bare = value if re.fullmatch(r"\d{4}-\d\d-\d\d[T\d:.+-]*", value) else quoted
    insertion = insertion.format(
        name=name,
        value=value,
        yaml=bare,
        toml=bare,
        json=quoted if quoted.startswith('"') else f'"{value}"',
        escaped=escape(value),
        newline=newline[0] if newline else "\n",
    )
    return file.replace(
        (match.end(), match.end()), insertion + (match.groupdict().get("space") or "")
    )
