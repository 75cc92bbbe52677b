"""Markdown becomes HTML, and bare addresses in HTML links. The only importer of pyromark."""

from __future__ import annotations

import re

import pyromark

from feedsvc.content.code_spans import CODE_FLAGS, CODE_START, CodeSkipper
from feedsvc.content.plaintext import trim_url

# Not ENABLE_GFM: its alerts lose their label. Not ENABLE_MATH: prices become formulas
OPTIONS = (
    pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_FOOTNOTES
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_TASKLISTS
    | pyromark.Options.ENABLE_HEADING_ATTRIBUTES
)
OPTIONS_WITH_DEFINITIONS = OPTIONS | pyromark.Options.ENABLE_DEFINITION_LIST
# With one letter at the beginning the search jumps to it
DEFINITION_LINE = re.compile(r"\n[ \t>]*+:[ \t]")
# pyromark needs no space behind the colon of a definition, PHP Markdown Extra does
COLON_MARK = re.compile(
    CODE_START + r"|^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*+(?P<colon>:)(?![ \t])",
    CODE_FLAGS,
)
# What of an address browsers and readers take apart: a host of words, and a port
BARE_ADDRESS = re.compile(
    r"(?:https?://|(?=www\.))(?:[\w.~!$'()*+,;=:%-]{1,200}@)?\w[\w.-]*+(?::\d{1,5})?(?:[/?#]|$)",
    re.IGNORECASE,
)
# Elements and attributes, to be skipped, or an address. It begins with h or w rather than with a
# look behind, so that the search can jump to these letters
SKIPPED_OR_BARE_URL = re.compile(
    r'<(?:(a|code|pre)(?=[ >]).*?</\1>|\w+(?: [^"=>]+="[^"]*")+>)'
    r"|(?:h(?<![\w/=].)ttps?://|w(?<![\w/=].)ww\.)"
    # a bracket and a slash end a shortcode: `[embed]https://…[/embed]`
    r"(?:[^\s<>\"'（）「」『』《》，。；、！？“”&\[]++|&amp;|\[(?!/))++",
    re.DOTALL,
)
BARE_URL = re.compile(r'://(?<!="http://)(?<!="https://)')
BARE_HOST = re.compile(r"www\.(?<!//www\.)")


def markdown_to_html(body: str) -> str:
    """Return HTML that is yet to be sanitized: GitHub's dialect with footnotes and definitions."""
    options = OPTIONS
    if DEFINITION_LINE.search(body):
        body, options = ColonEscaper(body).escape(), OPTIONS_WITH_DEFINITIONS
    html: str = pyromark.html(body, options=options)
    # of a table's cells; the sanitizer drops all styles
    return html.replace(' style="text-align: ', ' align="')


class ColonEscaper(CodeSkipper):
    """Walks once over a body, from colon to colon at the beginning of lines."""

    def escape(self) -> str:
        """Return the body with a backslash before each colon that begins no definition."""
        position = 0
        while match := COLON_MARK.search(self.body, position):
            position = match.end()
            if match.lastgroup == "colon":
                self.put(position - 1, position, "\\:")
            else:
                position = self.skip_code(match)
        return self.finish()


def link_bare_urls(html: str) -> str:
    """Return safe *html* with bare addresses as links (GFM 6.9), which pyromark leaves alone."""
    if not (BARE_URL.search(html) or BARE_HOST.search(html)):
        return html
    return SKIPPED_OR_BARE_URL.sub(_link_bare_url, html)


def _link_bare_url(match: re.Match[str]) -> str:
    shown = trim_url(match[0])
    if match[0][0] == "<" or not BARE_ADDRESS.match(shown):
        return match[0]
    address = shown if shown.startswith("http") else f"http://{shown}"
    return f'<a href="{address}">{shown}</a>{match[0][len(shown) :]}'
