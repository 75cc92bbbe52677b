"""WML as Debian's site uses it: `<define-tag name>`, and attributes of `#use wml::…::header`."""

from __future__ import annotations

import re

from feedsvc.dialects.types import Field, ParsedText

DEFINE_TAG = re.compile(
    r"<define-tag\s+([\w-]+)[^>]*>([^<]*+(?:<(?!/?define-tag)[^<]*+)*+)</define-tag>[ \t]*",
    re.IGNORECASE,
)
USE_DIRECTIVE = re.compile(r"^#use\s+(wml::\S+)((?:[^\n\\]|\\.|\\\n)*)$", re.MULTILINE)
USE_ATTRIBUTE = re.compile(r"""([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|(\S+))""")
COMMENT_LINE = re.compile(r"^#(?![a-z]+\{).*$", re.MULTILINE)


def parse_wml(text: str) -> ParsedText:
    """A page in the Website Meta Language; the body keeps its lines, so that their numbers stay right."""
    fields = [
        Field(
            match[1], match[2].replace("\\\n", "").strip(), text.count("\n", 0, match.start()) + 1
        )
        for match in DEFINE_TAG.finditer(text)
    ]
    for match in USE_DIRECTIVE.finditer(text):
        if "translation-check" in match[1]:  # its attributes speak of the translation's source
            continue
        line = text.count("\n", 0, match.start()) + 1
        for name, *values in USE_ATTRIBUTE.findall(match[2].replace("\\\n", "")):
            value = next(filter(None, values), "")
            if not value.startswith("<"):  # `title="<pagetitle>"` repeats what is defined
                fields.append(Field(name, value, line))
    body = USE_DIRECTIVE.sub(_replace_with_newlines, DEFINE_TAG.sub(_replace_with_newlines, text))
    body = COMMENT_LINE.sub("", body)
    lines = len(body) - len(body.lstrip("\n"))
    return ParsedText(
        dialect="wml", fields=tuple(fields), body=body[lines:], markup="wml", body_line=1 + lines
    )


def _replace_with_newlines(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n")
