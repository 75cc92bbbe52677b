"""HTML as Word and Outlook write it: lists that are paragraphs with their marks as text, and gaps.

Comes in: HTML with `class=MsoListParagraph` or `mso-list`. Goes out: the same with real lists,
without paragraphs that have nothing but a space that does not break.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from feedsvc.patterns import compile_lazily

HARD_SPACE = r"(?:&nbsp;|&\#160;|\xa0)"
SPACE = rf"(?:\s|{HARD_SPACE})"
OFFICE_GAP = compile_lazily(rf"<o:p\b[^<>]*>{SPACE}*+</o:p\s*>|</?o:p\b[^<>]*>", re.IGNORECASE)
EMPTY_PARAGRAPH = compile_lazily(
    rf"<p\b[^<>]*>(?:{SPACE}|</?(?:span|b|i|u|strong|em)\b[^<>]*>)*+</p\s*>\s*", re.IGNORECASE
)
# What stands around a mark: spans, and `<![if !supportLists]>` or the same as a comment
FRAME = r"\s|</?span\b[^<>]*>|<!(?:--)?\[[^<>]*>"
LIST_PARAGRAPH = compile_lazily(
    rf"""<p\b(?P<attributes>(?=[^<>]*(?:MsoList|mso-list))[^<>]*)>
    (?:{FRAME})*+
    (?P<mark>
        (?:[·•§‣▪■◦–-]|&(?:middot|bull|\#183|\#8226|sect);|[0-9]{{1,3}}[.)]|[A-Za-z]{{1,4}}[.)])
        (?=(?:{FRAME})*+{HARD_SPACE})
      | [oØüv] (?=(?:{FRAME})*+{HARD_SPACE}{{2}}) )  # "o" before one space is a word too
    (?:{FRAME}|{HARD_SPACE})*+
    (?P<words>(?:(?!</?p\b).)*+)</p\s*>\s*""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
LEVEL = compile_lazily(
    r"mso-list:[^;\"']{0,20}level(\d)|MsoList(?:Bullet|Number)(\d)", re.IGNORECASE
)
LETTERS = frozenset("aAiI")


class Item(Struct, frozen=True, kw_only=True):
    """An item of a list: its level from 1, the start tag of its list, and its HTML."""

    level: int
    tag: str
    words: str


def rewrite_word(html: str) -> str:
    """Return the *html* of Word with lists in place of paragraphs with marks, and without gaps."""
    html = EMPTY_PARAGRAPH.sub("", OFFICE_GAP.sub("", html))
    parts, items, kept = list[str](), list[Item](), 0
    for match in LIST_PARAGRAPH.finditer(html):
        if match.start() > kept:
            parts += [*build_lists(items), html[kept : match.start()]]
            items = []
        items.append(make_item(match))
        kept = match.end()
    return "".join((*parts, *build_lists(items), html[kept:]))


def make_item(match: re.Match[str]) -> Item:
    """Return the item of a paragraph."""
    level, mark = LEVEL.search(match["attributes"]), match["mark"]
    tag = "ul"
    if mark[-1] in ".)":
        tag = f'ol type="{mark[0]}"' if mark[0] in LETTERS else "ol"
        tag = f'ol start="{mark[:-1]}"' if mark[0].isdigit() and mark[:-1] != "1" else tag
    return Item(level=int(level[1] or level[2]) if level else 1, tag=tag, words=match["words"])


def build_lists(items: Iterable[Item]) -> Iterator[str]:
    """Yield the HTML of lists of *items*; one of a deeper level lies within the one before it."""
    opened: list[str] = []
    for item in items:
        while opened and (
            len(opened) > item.level or (len(opened) == item.level and opened[-1] != item.tag[:2])
        ):
            yield f"</li></{opened.pop()}>"
        if opened and len(opened) == item.level:
            yield f"</li><li>{item.words}"
        else:
            opened.append(item.tag[:2])
            yield f"<{item.tag}><li>{item.words}"
    yield from (f"</li></{name}>" for name in reversed(opened))
