"""WML (Website Meta Language) becomes HTML: without directives, definitions, code, variables."""

from __future__ import annotations

import re

from feedsvc.content.summary import drop_spans

DIRECTIVE_LINE = re.compile(r"^#.*\n?", re.MULTILINE)
VARIABLE = re.compile(r"\$\([^()\n]{0,100}\)")
DROPPED_SPANS = (
    ("<define-tag", "</define-tag>"),
    ("<set-var", ">"),
    ("<:", ":>"),
    ("{#", "#}"),
    ("<protect>", "</protect>"),
)


def wml_to_html(body: str) -> str:
    """Return HTML that is yet to be sanitized; that drops the tags that are WML's own."""
    return VARIABLE.sub("", DIRECTIVE_LINE.sub("", drop_spans(body, DROPPED_SPANS)))
