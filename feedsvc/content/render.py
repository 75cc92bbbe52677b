"""Renders an entry's body as safe HTML with absolute URLs, a summary and a first picture.

Comes in: the author's text and its markup. Goes out: `Content`. Everything is
sanitized at the end; a converter's output with plain elements only is checked against a list of
these instead of being parsed again (see `sanitize`).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec.structs import replace

from feedsvc.content.asciidoc import asciidoc_to_markdown
from feedsvc.content.characters import FORBIDDEN_IN_XML, unescape
from feedsvc.content.markdown import link_bare_urls, markdown_to_html
from feedsvc.content.markdown.extensions import replace_extensions
from feedsvc.content.org import org_to_markdown
from feedsvc.content.output_limit import OutputLimitError, check_size
from feedsvc.content.pictures import (
    ATTRIBUTE_PAIR,
    IMG_TAG,
    add_sizes,
    is_named_as_no_picture,
    shows_picture,
)
from feedsvc.content.plaintext import text_to_html
from feedsvc.content.sanitize import Resolve, sanitize_converted, sanitize_html
from feedsvc.content.summary import extract_prose, extract_summary, html_to_text, strip_tags
from feedsvc.content.template_tags import replace_template_tags
from feedsvc.content.wml import wml_to_html
from feedsvc.model import Content, Entry, Image, Markup

TEASER_MARK = re.compile(
    r"<!--\s*(?:more|TEASER_END|truncate|excerpt)\b[^<>]{0,80}-->", re.IGNORECASE
)
# Match only what the sanitizer writes: every attribute as name="value", no quote inside
LEADING_H1 = re.compile(
    r'(\s*(?:<(?:article|section|header|main|div)(?: [^"=>]+="[^"]*")*>\s*)*)'
    r"<h1[^>]*>(.*?)</h1>\s*",
    re.DOTALL,
)


def render_content(entry: Entry, resolve: Resolve) -> Content:
    """Return the body of *entry* as readers get it; *resolve* makes its references absolute.

    A body whose HTML would be far larger than its source is shown as plain text.
    """
    try:
        return _render_body(entry, entry.body, entry.markup, resolve)
    except OutputLimitError:
        words = unescape(strip_tags(entry.body)) if "<" in entry.body else entry.body
        return replace(_render_body(entry, words, "text", resolve), is_plain=True)


def _render_body(entry: Entry, body: str, markup: Markup, resolve: Resolve) -> Content:
    written = body
    if markup == "markdown":
        body = replace_extensions(body)
    if markup in ("markdown", "html"):
        body, _ = replace_template_tags(body, markup, dict(entry.variables).get)
    raw = CONVERTERS[markup](body)
    check_size(raw, written)
    is_tagless = markup == "text" or (markup == "markdown" and not ("<" in body or "{" in body))
    sanitize = sanitize_converted if is_tagless else sanitize_html
    html = _drop_title(sanitize(raw, resolve, entry.url), entry.title)
    if markup in ("markdown", "asciidoc", "org"):
        html = link_bare_urls(html)
    if entry.pictures and "<img" in html:
        html = add_sizes(html, entry.pictures)
    check_size(html, written)
    # Each search for more than one letter takes 2 µs of 33, so a single one goes before it.
    # Only by a reference can allowed characters produce a forbidden one
    if "&" in body and "&#" in body:
        html = FORBIDDEN_IN_XML.sub("", html)
    summary = " ".join(FORBIDDEN_IN_XML.sub("", entry.summary).split())
    if not summary and "!" in raw and (teaser := TEASER_MARK.search(raw)):
        opening = sanitize_html(raw[: teaser.start()], resolve, entry.url)
        summary = FORBIDDEN_IN_XML.sub("", extract_prose(_drop_title(opening, entry.title)))
    image = None if is_tagless and "!" not in body else _get_image(html, entry)
    return Content(
        html=html,
        summary=summary or extract_summary(html),
        image=image,
        has_entry_image=entry.image is not None and shows_picture(html, entry.image.url),
    )


def _rst_to_html(body: str) -> str:
    # docutils takes 80 ms to import, and most folders hold no reStructuredText
    from feedsvc.content.rst import rst_to_html

    return rst_to_html(body)


# From markup to HTML that is yet to be sanitized
CONVERTERS: dict[Markup, Callable[[str], str]] = {
    "markdown": markdown_to_html,
    "html": str,
    "text": text_to_html,
    "rst": _rst_to_html,
    "asciidoc": lambda body: markdown_to_html(asciidoc_to_markdown(body)),
    "org": lambda body: markdown_to_html(org_to_markdown(body)),
    "wml": wml_to_html,
}


def _drop_title(html: str, title: str) -> str:
    """Return *html* without a first heading that only repeats the title."""
    match = LEADING_H1.match(html)
    if match and html_to_text(match[2]).casefold() == " ".join(title.split()).casefold():
        return match[1].lstrip() + html[match.end() :]
    return html


def _get_image(html: str, entry: Entry) -> Image | None:
    """Return the first picture of *html* that is no tracking pixel, icon or the like.

    Its size is the measured one of the file, if known, not that in the text.
    """
    for match in IMG_TAG.finditer(html):
        written = dict(ATTRIBUTE_PAIR.findall(match[1]))
        sizes = written.get("width", ""), written.get("height", "")
        if "src" in written and "1" not in sizes and not is_named_as_no_picture(written["src"]):
            url, alt = unescape(written["src"]), unescape(written.get("alt", ""))
            for picture in entry.pictures:
                if picture.url == url:
                    return replace(picture, alt=alt)
            width, height = (int(size) if size.isdecimal() else 0 for size in sizes)
            return Image(url=url, alt=alt, width=width, height=height)
    return None
