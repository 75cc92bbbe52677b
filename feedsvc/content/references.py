"""Cheap looks at a body, for indexing: what it refers to, and its words. Nothing is rendered.

Comes in: markup and body. Goes out: candidates rather than certainties; a few
more references than the rendered HTML has do no harm.
"""

from __future__ import annotations

import re
from html import unescape
from itertools import chain

from feedsvc.content.sanitize import ABSOLUTE, CANDIDATE, PELICAN
from feedsvc.content.summary import FORBIDDEN, strip_tags

LINK_TARGET = re.compile(r"\]\(\s*(?:<([^<>\n]{1,500})>|([^\s()]{1,500}))")
NEAR = re.compile(r"\]\((?!https?://)")  # most links are full URLs, and none of those is ours
DEFINITION = re.compile(r"\]:[ \t]*<?([^\s<>]{1,500})")
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


def find_references(markup: str, body: str) -> tuple[str, ...]:
    """Images and links of *body* that are not full URLs, as written, each once; nothing is rendered."""
    found: list[str] = []
    if markup in ("markdown", "html", "wml"):
        if "]" in body:  # one letter is found ten times faster than two
            if NEAR.search(body):
                found += (a or b for a, b in LINK_TARGET.findall(body))
            found += DEFINITION.findall(body)
        if "<" in body:
            found += chain.from_iterable(map(_find_attributes, START_TAG.findall(body)))
        if "{" in body and ("{{" in body or "{%" in body):
            found += _find_attributes(body)
            found += QUOTED_FILE.findall(body)
    elif markup == "rst":
        found += chain.from_iterable(RST_TARGET.findall(body))
    elif markup == "asciidoc":
        found += ASCIIDOC_TARGET.findall(body)
    elif markup == "org":
        found += ORG_TARGET.findall(body)
    wanted = (PELICAN.sub("", url) for url in found if url and url[0] not in "#{")
    return tuple(
        dict.fromkeys(url for url in wanted if url and not ABSOLUTE.match(url) and url[:2] != "//")
    )


def _find_attributes(text: str) -> list[str]:
    found = list[str]()
    for name, a, b, c in ATTRIBUTE.findall(text):
        value = unescape(a or b or c)
        found += (
            (url for url, _ in CANDIDATE.findall(value)) if name.lower() == "srcset" else [value]
        )
    return found


URL_OF_LINK = re.compile(r"\]\([^()\n]{0,1000}\)|\]:[^\n]*")
TEMPLATE_TAG = re.compile(r"\{\{[<%]?[^{}]{0,1000}\}\}|\{%[^{}]{0,1000}%\}")
LIGHT_MARKUP = re.compile(
    r"^[ \t]*(?:[=*+-]+[ \t]+|\.\. [^\n]*|:[\w -]+:[^\n]*$|#\+[^\n]*)|[*`]+", re.MULTILINE
)


def extract_text(markup: str, body: str) -> str:
    """The words of *body* for the full-text search: cheap, and not exact in its spaces."""
    if markup == "text":
        return body.strip()
    if "{" in body:
        body = TEMPLATE_TAG.sub(" ", body)
    if markup == "markdown":
        if "]" in body:
            body = URL_OF_LINK.sub("]", body)
        body = body.replace("*", "").replace(
            "`", ""
        )  # which may stand within words; others are no words
    elif markup in ("rst", "asciidoc", "org"):
        body = LIGHT_MARKUP.sub("", body)
    body = strip_tags(body)
    return FORBIDDEN.sub("", unescape(body)).strip() if "&" in body else body.strip()
