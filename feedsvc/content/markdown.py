"""Markdown becomes HTML, and bare addresses in HTML links. The only importer of pyromark."""

from __future__ import annotations

import re

import pyromark

from feedsvc.content.plaintext import trim_url

OPTIONS = (
    pyromark.Options.ENABLE_GFM
    | pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_FOOTNOTES
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_TASKLISTS
    | pyromark.Options.ENABLE_HEADING_ATTRIBUTES
    | pyromark.Options.ENABLE_DEFINITION_LIST
)
# Elements and attributes, to be skipped, or an address. It begins with h or w rather than with a
# look behind, so that the search can jump to these letters
SKIPPED_OR_BARE_URL = re.compile(
    r'<(?:(a|code|pre)(?=[ >]).*?</\1>|\w+(?: [^"=>]+="[^"]*")+>)'
    r"|(?:h(?<![\w/=].)ttps?://|w(?<![\w/=].)ww\.)"
    r"(?:[^\s<>\"'（）「」『』《》，。；、！？“”&]|&amp;)+",
    re.DOTALL,
)
BARE_URL = re.compile(r'://(?<!="http://)(?<!="https://)')
BARE_HOST = re.compile(r"www\.(?<!//www\.)")


def markdown_to_html(body: str) -> str:
    """Return HTML that is yet to be sanitized: GitHub's dialect with footnotes and definitions."""
    html: str = pyromark.html(body, options=OPTIONS)
    # of a table's cells; the sanitizer drops all styles
    return html.replace(' style="text-align: ', ' align="')


def link_bare_urls(html: str) -> str:
    """Return safe *html* with bare addresses as links (GFM 6.9), which pyromark leaves alone."""
    if not (BARE_URL.search(html) or BARE_HOST.search(html)):
        return html
    return SKIPPED_OR_BARE_URL.sub(_link_bare_url, html)


def _link_bare_url(match: re.Match[str]) -> str:
    shown = trim_url(match[0])
    if match[0][0] == "<" or shown.endswith("://") or shown == "www":
        return match[0]
    address = shown if shown.startswith("http") else f"http://{shown}"
    return f'<a href="{address}">{shown}</a>{match[0][len(shown) :]}'
