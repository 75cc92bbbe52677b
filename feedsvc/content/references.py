"""Cheap looks at a body, for indexing: what it refers to, and its words. Nothing is rendered.

Comes in: markup and body. Goes out: candidates rather than certainties; a few
more references than the rendered HTML has do no harm.
"""

from __future__ import annotations

import re
from html import unescape
from itertools import chain

from feedsvc.content.sanitize import ABSOLUTE_URL, PELICAN_PREFIX, SRCSET_CANDIDATE
from feedsvc.content.summary import FORBIDDEN_IN_XML, strip_tags

LINK_TARGET = re.compile(r"\]\(\s*(?:<([^<>\n]{1,500})>|([^\s()]{1,500}))")
RELATIVE_LINK = re.compile(
    r"\]\((?!https?://)"
)  # most links are full URLs, and none of those is ours
LINK_DEFINITION = re.compile(r"\]:[ \t]*<?([^\s<>]{1,500})")
START_TAG = re.compile(r"<[a-zA-Z][^<>]{1,4000}>")
ATTRIBUTE = re.compile(
    r"""\b(srcset|src|href|poster)\s*=\s*(?:"([^"]{1,2000})"|'([^']{1,2000})'|([^\s"'<>]{1,500}))""",
    re.I,
)
QUOTED_FILE = re.compile(
    r"""["']([^"'\n]{1,500}\.(?:jpe?g|png|gif|webp|avif|svg|mp[34]|pdf))["']""", re.IGNORECASE
)
RST_TARGET = re.compile(
    r"^[ \t]*\.\. (?:\|[^|\n]*\| )?(?:image|figure|_[^:\n]{1,200})::? +(\S{1,500})|<([^\s<>]{1,500})>`_",
    re.M,
)
ASCIIDOC_TARGET = re.compile(r"\b(?:image|link|video|audio)::?([^\s\[\]]{1,500})\[")
ORG_TARGET = re.compile(r"\[\[(?:file:)?([^\[\]\n]{1,500})\]")


def extract_references(markup: str, body: str) -> tuple[str, ...]:
    """Images and links of *body* that are not full URLs, as written, each once; nothing is rendered."""
    found: list[str] = []
    if markup in ("markdown", "html", "wml"):
        if "]" in body:  # one letter is found ten times faster than two
            if RELATIVE_LINK.search(body):
                found += (a or b for a, b in LINK_TARGET.findall(body))
            found += LINK_DEFINITION.findall(body)
        if "<" in body:
            found += chain.from_iterable(map(_extract_attribute_urls, START_TAG.findall(body)))
        if "{" in body and ("{{" in body or "{%" in body):
            found += _extract_attribute_urls(body)
            found += QUOTED_FILE.findall(body)
    elif markup == "rst":
        found += chain.from_iterable(RST_TARGET.findall(body))
    elif markup == "asciidoc":
        found += ASCIIDOC_TARGET.findall(body)
    elif markup == "org":
        found += ORG_TARGET.findall(body)
    wanted = (PELICAN_PREFIX.sub("", url) for url in found if url and url[0] not in "#{")
    return tuple(
        dict.fromkeys(
            url for url in wanted if url and not ABSOLUTE_URL.match(url) and url[:2] != "//"
        )
    )


def _extract_attribute_urls(text: str) -> list[str]:
    found = list[str]()
    for name, a, b, c in ATTRIBUTE.findall(text):
        value = unescape(a or b or c)
        found += (
            (url for url, _ in SRCSET_CANDIDATE.findall(value))
            if name.lower() == "srcset"
            else [value]
        )
    return found


LINK_URL = re.compile(r"\]\([^()\n]{0,1000}\)|\]:[^\n]*")
TEMPLATE_TAG = re.compile(r"\{\{[<%]?[^{}]{0,1000}\}\}|\{%[^{}]{0,1000}%\}")
LINE_MARKUP = re.compile(
    r"^[ \t]*(?:[=*+-]+[ \t]+|\.\. [^\n]*|:[\w -]+:[^\n]*$|#\+[^\n]*)|[*`]+", re.MULTILINE
)


def extract_search_text(markup: str, body: str) -> str:
    """The words of *body* for the full-text search: cheap, and not exact in its spaces."""
    if markup == "text":
        return body.strip()
    if "{" in body:
        body = TEMPLATE_TAG.sub(" ", body)
    if markup == "markdown":
        if "]" in body:
            body = LINK_URL.sub("]", body)
        body = body.replace("*", "").replace(
            "`", ""
        )  # which may stand within words; others are no words
    elif markup in ("rst", "asciidoc", "org"):
        body = LINE_MARKUP.sub("", body)
    body = strip_tags(body)
    return FORBIDDEN_IN_XML.sub("", unescape(body)).strip() if "&" in body else body.strip()
