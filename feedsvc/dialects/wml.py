"""WML as Debian's site uses it: `<define-tag name>`, and attributes of `#use wml::…::header`."""

from __future__ import annotations

import re

from feedsvc.dialects.types import Field, Parsed

DEFINED = re.compile(
    r"<define-tag\s+([\w-]+)[^>]*>([^<]*+(?:<(?!/?define-tag)[^<]*+)*+)</define-tag>[ \t]*",
    re.IGNORECASE,
)
USE = re.compile(r"^#use\s+(wml::\S+)((?:[^\n\\]|\\.|\\\n)*)$", re.MULTILINE)
ATTRIBUTE = re.compile(r"""([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|(\S+))""")
COMMENT = re.compile(r"^#(?![a-z]+\{).*$", re.MULTILINE)


def parse_wml(text: str) -> Parsed:
    """A page in the Website Meta Language; the body keeps its lines, so that their numbers stay right."""
    fields = [
        Field(
            match[1], match[2].replace("\\\n", "").strip(), text.count("\n", 0, match.start()) + 1
        )
        for match in DEFINED.finditer(text)
    ]
    for match in USE.finditer(text):
        if "translation-check" in match[1]:  # its attributes speak of the translation's source
            continue
        line = text.count("\n", 0, match.start()) + 1
        for name, *values in ATTRIBUTE.findall(match[2].replace("\\\n", "")):
            value = next(filter(None, values), "")
            if not value.startswith("<"):  # `title="<pagetitle>"` repeats what is defined
                fields.append(Field(name, value, line))
    body = USE.sub(_keep_lines, DEFINED.sub(_keep_lines, text))
    body = COMMENT.sub("", body)
    lines = len(body) - len(body.lstrip("\n"))
    return Parsed(
        dialect="wml", fields=tuple(fields), body=body[lines:], markup="wml", body_line=1 + lines
    )


def _keep_lines(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n")
