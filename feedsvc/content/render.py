"""An entry's body becomes safe HTML with absolute URLs, a summary and a first picture.

Comes in: the author's text and its markup. Goes out: `Content`. Everything is
sanitized at the end; what a converter wrote with plain elements alone is compared with a list of
them instead of parsed again (see `sanitize`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

from feedsvc.content.asciidoc import asciidoc_to_markdown
from feedsvc.content.characters import FORBIDDEN_IN_XML
from feedsvc.content.markdown import link_bare_urls, markdown_to_html
from feedsvc.content.markdown_extensions import replace_extensions
from feedsvc.content.org import org_to_markdown
from feedsvc.content.pictures import is_named_as_no_picture, shows_picture
from feedsvc.content.plaintext import text_to_html
from feedsvc.content.sanitize import IMG_TAG, Resolve, sanitize_converted, sanitize_html
from feedsvc.content.summary import extract_prose, extract_summary, html_to_text
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
ATTRIBUTE_PAIR = re.compile(r' ([^"=>]+)="([^"]*)"')


def render_content(entry: Entry, resolve: Resolve) -> Content:
    """Return *entry*'s body as readers get it; *resolve* makes each of its references absolute."""
    body, markup = entry.body, entry.markup
    if markup == "markdown":
        body = replace_extensions(body)
    if markup in ("markdown", "html"):
        body, _ = replace_template_tags(body, markup, dict(entry.variables).get)
    raw = CONVERTERS[markup](body)
    is_tagless = markup == "text" or (markup == "markdown" and not ("<" in body or "{" in body))
    sanitize = sanitize_converted if is_tagless else sanitize_html
    html = _drop_title(sanitize(raw, resolve, entry.url), entry.title)
    if markup in ("markdown", "asciidoc", "org"):
        html = link_bare_urls(html)
    # Each search for more than one letter takes 2 µs of 33, so a single one goes before it.
    # A reference is the one way by which allowed characters make a forbidden one
    if "&" in body and "&#" in body:
        html = FORBIDDEN_IN_XML.sub("", html)
    summary = " ".join(FORBIDDEN_IN_XML.sub("", entry.summary).split())
    if not summary and "!" in raw and (teaser := TEASER_MARK.search(raw)):
        opening = sanitize_html(raw[: teaser.start()], resolve, entry.url)
        summary = FORBIDDEN_IN_XML.sub("", extract_prose(_drop_title(opening, entry.title)))
    image = None if is_tagless and "!" not in body else _get_image(html)
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


def _get_image(html: str) -> Image | None:
    """Return the first picture of *html* that is no pixel that counts visits, icon or the like."""
    for match in IMG_TAG.finditer(html):
        written = dict(ATTRIBUTE_PAIR.findall(match[1]))
        sizes = written.get("width", ""), written.get("height", "")
        if "src" in written and "1" not in sizes and not is_named_as_no_picture(written["src"]):
            width, height = (int(size) if size.isdecimal() else 0 for size in sizes)
            return Image(
                url=unescape(written["src"]),
                alt=unescape(written.get("alt", "")),
                width=width,
                height=height,
            )
    return None
