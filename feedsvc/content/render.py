"""An entry's body becomes safe HTML with absolute URLs, a summary and a first picture.

The only importer of pyromark. Comes in: the author's text and its markup.
Goes out: `Content`. Whatever the markup, everything passes one sanitiser at
the end, so no converter before it has to be trusted.
"""

from __future__ import annotations

import re
from html import unescape

import pyromark

from feedsvc.content.converters import (
    asciidoc_to_markdown,
    org_to_markdown,
    text_to_html,
    trim_url,
    wml_to_html,
)
from feedsvc.content.references import extract_references, extract_search_text
from feedsvc.content.rst import rst_to_html
from feedsvc.content.sanitize import IMG_TAG, Resolve, is_plain, sanitize_html, serialize_plain
from feedsvc.content.summary import FORBIDDEN_IN_XML, extract_summary, strip_tags
from feedsvc.content.template_tags import list_dropped_tags, replace_template_tags
from feedsvc.model import Content, Entry, Image, Problem

__all__ = ["extract_references", "extract_search_text", "list_dropped_tags", "render_content"]

MARKDOWN_OPTIONS = (
    pyromark.Options.ENABLE_GFM
    | pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_FOOTNOTES
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_TASKLISTS
    | pyromark.Options.ENABLE_HEADING_ATTRIBUTES
    | pyromark.Options.ENABLE_DEFINITION_LIST
)

TEASER_MARK = re.compile(
    r"<!--\s*(?:more|TEASER_END|truncate|excerpt)\b[^<>]{0,80}-->", re.IGNORECASE
)

# Match only what the sanitiser writes: every attribute as name="value", no quote inside
LEADING_H1 = re.compile(
    r'(\s*(?:<(?:article|section|header|main|div)(?: [^"=>]+="[^"]*")*>\s*)*)<h1[^>]*>(.*?)</h1>\s*',
    re.S,
)
ATTRIBUTE_PAIR = re.compile(r' ([^"=>]+)="([^"]*)"')


def render_content(entry: Entry, resolve: Resolve) -> Content:
    """Render *entry*'s body; *resolve* makes each of its references absolute."""
    raw, dropped = _render_raw(entry)
    tagless = entry.markup == "text" or (
        entry.markup == "markdown" and not ("<" in entry.body or "{" in entry.body)
    )
    plain = tagless and is_plain(raw)
    html = _drop_title(
        serialize_plain(raw) if plain else sanitize_html(raw, resolve, entry.url), entry.title
    )
    if entry.markup in ("markdown", "asciidoc", "org"):
        html = link_bare_urls(html)
    # the one way by which a parser makes forbidden characters of allowed ones; one letter is found ten times faster
    if "&" in entry.body and "&#" in entry.body:
        html = FORBIDDEN_IN_XML.sub("", html)
    summary = html_to_text(entry.summary)
    if not (summary or plain) and "<!--" in raw and (teaser := TEASER_MARK.search(raw)):
        before = _drop_title(sanitize_html(raw[: teaser.start()], resolve, entry.url), entry.title)
        summary = FORBIDDEN_IN_XML.sub("", extract_summary(before, limit=None))
    return Content(
        html=html,
        summary=summary or extract_summary(html),
        image=None if plain else _extract_image(html),
        problems=tuple(_make_problem(line + entry.body_line - 1, name) for line, name in dropped),
    )


def _make_problem(line: int, name: str) -> Problem:
    message = f"template tag {name!r} is left out; write its text as Markdown or HTML"
    return Problem(code="template-tag", message=message, line=line)


def _render_raw(entry: Entry) -> tuple[str, tuple[tuple[int, str], ...]]:
    """The body as HTML that is yet to be sanitised, and the template tags that were left out."""
    body, markup = entry.body, entry.markup
    dropped: tuple[tuple[int, str], ...] = ()
    if markup in ("markdown", "html"):
        body, dropped = replace_template_tags(body, markup)
    if markup == "text":
        return text_to_html(body), dropped
    if markup == "html":
        return body, dropped
    if markup == "wml":
        return wml_to_html(body), dropped
    if markup == "rst":
        return rst_to_html(body, _markdown_to_html), dropped
    if markup == "asciidoc":
        body = asciidoc_to_markdown(body)
    elif markup == "org":
        body = org_to_markdown(body)
    return _markdown_to_html(body), dropped


def _markdown_to_html(body: str) -> str:
    html: str = pyromark.html(body, options=MARKDOWN_OPTIONS)
    return html.replace(
        ' style="text-align: ', ' align="'
    )  # of a table's cells; the sanitiser knows no styles


# Elements and attributes to be passed over, or (h, w: first, so that the search can skip) an address
SKIPPED_OR_BARE_URL = re.compile(
    r'<(?:(a|code|pre)(?=[ >]).*?</\1>|\w+(?: [^"=>]+="[^"]*")+>)'
    r"|(?:h(?<![\w/=].)ttps?://|w(?<![\w/=].)ww\.)(?:[^\s<>\"'（）「」『』《》，。；、！？“”&]|&amp;)+",
    re.DOTALL,
)


BARE_URL = re.compile(r'://(?<!="http://)(?<!="https://)')
BARE_HOST = re.compile(r"www\.(?<!//www\.)")


def link_bare_urls(html: str) -> str:
    """Safe *html* with bare addresses in its text as links (GFM 6.9), which its parser leaves alone."""
    if not (BARE_URL.search(html) or BARE_HOST.search(html)):
        return html
    return SKIPPED_OR_BARE_URL.sub(_link_bare_url, html)


def _link_bare_url(match: re.Match[str]) -> str:
    if match[0][0] == "<":
        return match[0]
    shown = trim_url(match[0])
    if shown.endswith("://") or shown == "www":
        return match[0]
    address = shown if shown.startswith("http") else f"http://{shown}"
    return f'<a href="{address}">{shown}</a>{match[0][len(shown) :]}'


def _drop_title(html: str, title: str) -> str:
    """*html* without a first heading that only says the title again."""
    match = LEADING_H1.match(html)
    if match and _fold(html_to_text(match[2])) == _fold(title):
        return match[1].lstrip() + html[match.end() :]
    return html


def _fold(text: str) -> str:
    return " ".join(text.split()).casefold()


def _extract_image(html: str) -> Image | None:
    for match in IMG_TAG.finditer(html) if "<img" in html else ():
        found = dict(ATTRIBUTE_PAIR.findall(match[1]))
        width, height = (
            int(text) if text.isdecimal() else 0
            for text in (found.get("width", ""), found.get("height", ""))
        )
        if "src" in found and "1" not in (
            found.get("width"),
            found.get("height"),
        ):  # 1 pixel: a counter
            return Image(
                url=unescape(found["src"]),
                alt=unescape(found.get("alt", "")),
                width=width,
                height=height,
            )
    return None


def html_to_text(text: str) -> str:
    """*text* without tags and entities, on one line."""
    if "<" in text or "&" in text:
        text = unescape(strip_tags(text))
    return " ".join(FORBIDDEN_IN_XML.sub("", text).split())
