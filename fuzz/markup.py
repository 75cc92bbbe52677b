"""Bodies in every markup: HTML of nothing but what is allowed, as a browser takes it apart."""

from __future__ import annotations

import re
from html import unescape
from typing import get_args

import html5lib

from feedsvc.content.characters import FORBIDDEN_IN_XML
from feedsvc.content.references import (
    extract_references,
    extract_search_text,
    extract_shown_references,
)
from feedsvc.content.render import render_content
from feedsvc.content.sanitize import (
    ALLOWED_ATTRIBUTES,
    ALLOWED_TAGS,
    SRCSET_CANDIDATE,
    sanitize_html,
)
from feedsvc.content.template_tags import replace_template_tags
from feedsvc.model import Markup
from feedsvc.reading import make_resolver
from feedsvc.urls import LINK_SCHEMES
from fuzz.folders import SETTINGS
from fuzz.target import Target
from tests.support.factory import make_entry

MARKUPS: dict[str, Markup] = {markup[0]: markup for markup in get_args(Markup)}  # by first letter
PAGE = "https://news.example.com/2026/01/story-1/"
TAGS = {name.lower() for name in ALLOWED_TAGS}
ATTRIBUTES = {
    tag.lower(): {name.lower() for name in names} for tag, names in ALLOWED_ATTRIBUTES.items()
}
# what HTML's rules add around a fragment or a table's rows, though nobody wrote it
IMPLIED_TAGS = {"html", "head", "body", "tbody", "colgroup", "tr"}
MEDIA_SCHEMES = {"http", "https"}
URL_ATTRIBUTES = {"href", "src", "poster", "cite", "srcset", "xlink:href", "action", "formaction"}
IGNORED_IN_URL = re.compile("[\t\n\r]")  # URL Standard, 4.4: before its scheme is looked for
SCHEME = re.compile(r"[\x00- ]*([a-zA-Z][a-zA-Z0-9+.-]*):")
MAX_GROWTH, MAX_ADDED = 60, 5_000  # characters of HTML for one of markup, and of any markup


def check_markup(data: bytes) -> None:
    """Take the first byte for the markup, by its first letter, and the rest for a body."""
    markup = MARKUPS.get(chr(data[0]), "markdown") if data else "markdown"
    body = FORBIDDEN_IN_XML.sub("", data[1:].decode("utf-8", "replace"))
    entry = make_entry(1, body=body, markup=markup, url=PAGE, title="Quay")
    resolve = make_resolver(SETTINGS.entries, entry, SETTINGS, {})
    content = render_content(entry, resolve)
    assert render_content(entry, resolve) == content
    html, summary = content.html, content.summary
    for text in (html, summary):
        assert not FORBIDDEN_IN_XML.search(text), f"no XML can have it: {text!r}"
    assert "\n" not in summary
    assert len(html) <= MAX_ADDED + MAX_GROWTH * len(body), f"{len(html)} of {len(body)}"
    check_html(html)
    if content.image is not None:
        check_url("src", content.image.url)
    once = sanitize_html(html, resolve, PAGE)
    if once != html:
        check_html(once)
        assert sanitize_html(once, resolve, PAGE) == once, "not the same when sanitized again"
    extract_search_text(markup, body)
    shown = extract_shown_references(markup, body)
    assert len(set(shown)) == len(shown)
    extract_references(markup, body)
    replace_template_tags(body, "markdown")


def check_html(html: str) -> None:
    """Assert that a browser sees allowed elements, attributes and addresses only."""
    fragment = html5lib.parseFragment(html, namespaceHTMLElements=False)
    for element in fragment.iter():
        assert isinstance(element.tag, str), f"a comment: {html!r}"
        tag = element.tag.rpartition("}")[2].lower()
        if tag == "document_fragment":
            continue
        assert tag in TAGS or tag in IMPLIED_TAGS, f"<{tag}> in {html!r}"
        for name, value in element.attrib.items():
            check_attribute(tag, str(name).lower(), value)


def check_attribute(tag: str, name: str, value: str) -> None:
    """Assert that an element of *tag* may have this attribute."""
    assert name in ATTRIBUTES["*"] | ATTRIBUTES.get(tag, set()), f"<{tag} {name}>"
    if name == "srcset":
        for url, _ in SRCSET_CANDIDATE.findall(value):
            check_url(name, url)
    elif name in URL_ATTRIBUTES:
        check_url(name, value)
    else:
        assert "javascript:" not in value.lower() or name in ("title", "alt", "class", "id")


def check_url(name: str, value: str) -> None:
    """Assert that a browser on *PAGE* would go by an allowed scheme to *value*."""
    match = SCHEME.match(IGNORED_IN_URL.sub("", unescape(value)))
    schemes = LINK_SCHEMES if name == "href" else MEDIA_SCHEMES
    assert match, f"{name}={value!r} is relative, and readers know no base"
    assert match[1].lower() in schemes, f"{name}={value!r}"


TARGET = Target(
    name="markup",
    check=check_markup,
    max_bytes=512,
    examples=150,
)
