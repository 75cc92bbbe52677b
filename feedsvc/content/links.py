"""The internal form of references to entries, between the steps from a body to HTML.

A template tag, a wiki link or a role that names an entry becomes an ordinary link to
`{ref}NAME`, which `resolve` turns into the entry's permalink, or drops. A target that only the
old tool knew becomes `{unknown}`, which is always dropped; a link's words stay.
"""

from __future__ import annotations

import re
from urllib.parse import quote

TAG_PREFIX = "{ref}"
UNKNOWN_PREFIX = "{unknown}"
# A wiki link as Obsidian, Foam and MediaWiki have it: `[[Page]]`, `[[page#part|label]]`
WIKI_LINK = re.compile(
    r"(?P<embed>!?)\[\[(?P<target>[^\[\]|\n]{1,300})(?:\|(?P<label>[^\[\]\n]{0,300}))?\]\](?![(\[:])"
)
NO_PAGE_NAME = re.compile(r"[\W\d_]*$|_*toc_*$|[-\s]|.*\s$", re.IGNORECASE)
EMBEDDED_SIZE = re.compile(r"\d+(?:x\d+)?")
MEDIA_NAME = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg|bmp)$", re.IGNORECASE)

# A slip in a scheme: `htps://a.example`, `https//a.example`, `http:/a.example`
SCHEME_SLIP = re.compile(
    r"(?!https?://)(?:h{1,2}t{1,3}|tt{1,2})p{1,2}s{0,2}(?:[:;.,]{1,2}/+|//+)\w", re.IGNORECASE
)


def make_tag_reference(name: str) -> str:
    """Return the reference to the entry *name*, with or without ending and fragment."""
    return TAG_PREFIX + quote(name.strip(), safe="/#?=&@~+:,;!$'*")


def render_wiki_link(match: re.Match[str]) -> str:
    """Return a match of `WIKI_LINK` as Markdown; unchanged if it can name no page."""
    target, label = match["target"], (match["label"] or "").strip()
    if NO_PAGE_NAME.match(target) and not label:
        return match[0]
    name, _, part = target.partition("#")
    if match["embed"] and MEDIA_NAME.search(name):
        alt = "" if EMBEDDED_SIZE.fullmatch(label) else label
        return f"![{alt}](<{quote(name.strip(), safe='/')}>)"
    words = label or (
        name.strip() if not part else f"{name.strip()} › {part.strip('#^ ')}".strip(" ›")
    )
    if not name:
        return words  # a heading of the same page, whose id only the old tool knew
    return f"[{words}](<{make_tag_reference(name)}>)"


def is_from_tag(reference: str) -> bool:
    """Return whether *reference* comes from a template tag, perhaps after a whole URL."""
    return (
        "ref%7D" in reference
        or "unknown%7D" in reference
        or "ref}" in reference
        or "unknown}" in reference
    )
