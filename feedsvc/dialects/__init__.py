"""Which dialect a text is in, by its content; each family of dialects is one module here.

The first line decides, and the order of the questions is the order of their
certainty. A dialect takes a text apart and gives nothing a meaning: `fields` does.
"""

from __future__ import annotations

import re

from feedsvc.dialects.fenced import parse_fenced, parse_json_front_matter
from feedsvc.dialects.field_names import FieldNameTable, normalize_field_name
from feedsvc.dialects.types import ParsedText
from feedsvc.file_kinds import MARKUP_BY_EXTENSION, get_extension
from feedsvc.model import Markup

LICENSE_COMMENT = re.compile(
    r"(?:<!--(?:(?!-->|\.\. \w+:).)*+-->\s*+)++(?=---\n|\+\+\+\n)", re.DOTALL
)
WHITESPACE = re.compile(r"\s*")
WML_START = re.compile(
    r"(?:\s++|#(?!use)[^\n]*+\n|(?><!--.*?-->))*+(?:#use\s+wml::|<define-tag\b)", re.DOTALL
)


def parse_text(text: str, path: str, table: FieldNameTable) -> ParsedText:
    """*text*, which stood in *path*, taken apart; raises `EntryError`."""
    ending = get_extension(path)
    markup = MARKUP_BY_EXTENSION.get(ending)
    parsed = parse_by_first_line(text, ending, markup, table)
    if parsed.dialect in ("yaml", "toml", "json", "headers", "nikola") and markup not in (
        None,
        parsed.markup,
    ):
        return parsed._replace(markup=markup)
    return parsed


def parse_by_first_line(
    text: str, ending: str, markup: Markup | None, table: FieldNameTable
) -> ParsedText:
    """The dialect that the beginning of *text* shows, else that which the ending promises."""
    start = WHITESPACE.match(text).end()  # type: ignore[union-attr]
    if text.startswith("<!--", start) and (comment := LICENSE_COMMENT.match(text, start)):
        start = comment.end()  # a licence may stand above the front matter
    line = 1 + text.count("\n", 0, start) if start else 1
    mark = text[start : start + 3]
    parsed = None
    if mark in ("---", "+++", ";;;"):
        parsed = parse_fenced(text, start, line)
    elif mark[:1] == "{" and mark[1:2] not in ("{", "%", "#"):
        parsed = _parse_json(text, start, line, ending)
    elif mark == "<!-" or mark == ".. ":
        from feedsvc.dialects.headers import parse_nikola

        parsed = parse_nikola(text, start, line)
    if (
        parsed is None
        and (ending == "wml" or mark[:2] in ("#u", "<d", "# "))
        and WML_START.match(text)
    ):
        from feedsvc.dialects.wml import parse_wml

        parsed = parse_wml(text)
    return parsed or _parse_unfenced(text, start, line, markup, table)


def _parse_json(text: str, start: int, line: int, ending: str) -> ParsedText | None:
    from feedsvc.dialects.data import parse_json_entry

    if ending == "json":
        return parse_json_entry(text, start) or ParsedText(
            dialect="", fields=(), body="", markup="text"
        )
    return parse_json_front_matter(text, start, line)


def _parse_unfenced(
    text: str, start: int, line: int, markup: Markup | None, table: FieldNameTable
) -> ParsedText:
    """Dialects whose header no fence marks."""
    if markup == "html" or (text[start : start + 1] == "<" and _is_html(text, start)):
        from feedsvc.dialects.html import parse_html

        return parse_html(text, 1)
    if markup in ("asciidoc", "org") or text.startswith(("#+", "= "), start):
        from feedsvc.dialects.outlines import parse_asciidoc, parse_org

        if markup == "org" or (markup != "asciidoc" and text.startswith("#+", start)):
            return parse_org(text)
        if markup in ("asciidoc", None, "text"):
            return parse_asciidoc(text)
    from feedsvc.dialects.headers import parse_headers
    from feedsvc.dialects.labelled import parse_labelled, parse_plain

    parsed = parse_headers(text, start, line, lambda name: normalize_field_name(name) in table)
    if parsed is not None:
        return parsed if markup else parsed._replace(markup="text")
    if markup == "rst" or (markup in (None, "text") and "\n:" in text[:4000]):
        from feedsvc.dialects.rst import parse_rst

        found = parse_rst(text)
        if markup == "rst" or any(one.name != "title" for one in found.fields):
            return found
    return parse_labelled(text, 1, markup or "text") or parse_plain(text, 1, markup or "text")


def _is_html(text: str, start: int) -> bool:
    from feedsvc.dialects.html import is_html_document

    return is_html_document(text, start)
