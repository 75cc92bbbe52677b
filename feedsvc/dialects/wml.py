"""WML as Debian's site uses it: `<define-tag name>`, and attributes of `#use wml::…::header`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from feedsvc.dialects.types import Field, ParsedText, SourceText
from feedsvc.patterns import compile_lazily

START = compile_lazily(
    r"(?:\s++|#(?!use)[^\n]*+\n|(?><!--.*?-->))*+(?:#use\s+wml::|<define-tag\b)", re.DOTALL
)
DEFINE_TAG = compile_lazily(
    r"<define-tag\s+([\w-]{1,100}+)[^<>]*+>"
    r"([^<]*+(?:<(?!/?define-tag)[^<]*+)*+)</define-tag>[ \t]*",
    re.IGNORECASE,
)
USE_DIRECTIVE = compile_lazily(r"^#use\s+(wml::\S++)((?:[^\n\\]|\\.|\\\n)*+)$", re.MULTILINE)
USE_ATTRIBUTE = compile_lazily(
    r"""(?<![\w-])([\w-]{1,100}+)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|(\S++))"""
)
COMMENT_LINE = compile_lazily(r"^#(?![a-z]+\{).*$", re.MULTILINE)


def is_wml(source: SourceText) -> bool:
    """Return whether a `#use` or `<define-tag` is the first that is no comment."""
    maybe = source.extension == "wml" or source.startswith("#u", "<d", "# ")
    return maybe and START.match(source.text) is not None


def parse_wml(source: SourceText) -> ParsedText:
    """Return tags and attributes, and a body with as many lines as before, for their numbers."""
    text = source.text
    fields = [
        Field(match[1], match[2].replace("\\\n", "").strip(), line)
        for line, match in list_numbered(DEFINE_TAG, text)
    ]
    for line, match in list_numbered(USE_DIRECTIVE, text):
        if "translation-check" in match[1]:  # its attributes are about the original
            continue
        for name, *values in USE_ATTRIBUTE.findall(match[2].replace("\\\n", "")):
            value = "".join(values)
            if not value.startswith("<"):  # `title="<pagetitle>"` repeats a define-tag
                fields.append(Field(name, value, line))
    body = USE_DIRECTIVE.sub(_keep_newlines, DEFINE_TAG.sub(_keep_newlines, text))
    body = COMMENT_LINE.sub("", body)
    skipped = len(body) - len(body.lstrip("\n"))
    return ParsedText(
        dialect="wml",
        fields=tuple(fields),
        body=body[skipped:],
        markup="wml",
        body_line=1 + skipped,
    )


def list_numbered(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, re.Match[str]]]:
    """Yield each match of *pattern* in *text* with the number of its line."""
    line, offset = 1, 0
    for match in pattern.finditer(text):
        line += text.count("\n", offset, match.start())
        offset = match.start()
        yield line, match


def _keep_newlines(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n")
