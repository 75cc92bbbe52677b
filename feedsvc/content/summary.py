"""Safe HTML becomes the few plain sentences that stand for it in lists.

Comes in: HTML as the sanitizer writes it (well nested, attributes quoted).
Goes out: one line of plain text. `html_to_text` and `strip_tags` take any text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from feedsvc.content.characters import FORBIDDEN_IN_XML, WIDE_CHARACTER, unescape

MAX_SUMMARY_CHARACTERS = 280  # before the ellipsis
MIN_SUMMARY_CHARACTERS = 160  # a sentence that ends beyond this is a better end
MAX_TEASER_CHARACTERS = 4000

SAFE_TAG = re.compile(r'<(/?)([a-z][a-z0-9]*+)((?: [^"=<>]++="[^"]*+")*+)>')
SKIPPED_ELEMENTS = frozenset(
    "h1 h2 h3 h4 h5 h6 table pre figure figcaption rt rp audio video details svg annotation".split()
)
INLINE_ELEMENTS = frozenset(
    "a abbr b bdi bdo cite code del dfn em i ins kbd mark q ruby s samp small span strike strong"
    " sub sup time tt u var"
    " wbr math mi mn mo ms mtext mrow msub msup msubsup mfrac msqrt mroot semantics".split()
)
FOOTNOTE = re.compile(r'class="footnote-(?:reference|definition)"')
SENTENCE_END = re.compile(r"[.!?…](?<=\w{3}.)[\"'”’»)]*(?=\s)|[。！？｡][」』”’）]*")
ANY_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,5000}>|<![a-zA-Z\[][^<>]{0,1000}>|<\?[^<>]{0,1000}>")
UNSEEN = (
    ("<!--", "-->"),
    ("<script", "</script>"),
    ("<style", "</style>"),
    ("<template", "</template>"),
)
BLOCK_END = re.compile(r"</(?:p|div|li|h[1-6]|td|th|tr|dd|dt|blockquote)\b|<br\b", re.IGNORECASE)


def extract_summary(html: str) -> str:
    """Return the opening of *html*'s prose; never headings, tables, code or captions."""
    text = extract_prose(html, MAX_SUMMARY_CHARACTERS + 40)
    return text if len(text) <= MAX_SUMMARY_CHARACTERS else _truncate(text)


def extract_prose(html: str, enough: int = MAX_TEASER_CHARACTERS) -> str:
    """Return *html*'s prose on one line, with *enough* characters if there are as many."""
    parts: list[str] = []
    inside: list[str] = []  # open elements, from the skipped one inwards that bear its name
    size = position = 0
    for match in SAFE_TAG.finditer(html):
        if not inside:
            parts.append(unescape(html[position : match.start()]))
            size += len(parts[-1])
            if size > enough:  # white space counts once
                text = "".join(parts)
                parts = [" ".join(text.split()), " " if text[-1:].isspace() else ""]
                size = len(parts[0])
                if size > enough:
                    return parts[0]
        position = match.end()
        closing, name, attributes = match.groups()
        if inside:
            if name == inside[0]:
                inside.pop() if closing else inside.append(name)
        elif not closing and (name in SKIPPED_ELEMENTS or FOOTNOTE.search(attributes)):
            inside.append(name)
        if name not in INLINE_ELEMENTS:
            parts.append(" ")
    parts.append("" if inside else unescape(html[position:]))
    return " ".join("".join(parts).split())


def _truncate(text: str) -> str:
    """Return *text* to the end of a sentence, else a word, else a character as one sees it."""
    limit = MAX_SUMMARY_CHARACTERS
    sentences = SENTENCE_END.finditer(text, MIN_SUMMARY_CHARACTERS - 1, limit + 1)
    if ends := [match.end() for match in sentences]:
        return text[: ends[-1]] + ("…" if WIDE_CHARACTER.match(text[ends[-1] - 1]) else " …")
    end = limit
    space = text.rfind(" ", MIN_SUMMARY_CHARACTERS, limit + 1)
    if space != -1 and not WIDE_CHARACTER.match(text[limit]):
        end = space
    while end > MIN_SUMMARY_CHARACTERS and _is_one_character(text[end - 1], text[end]):
        end -= 1
    return text[:end].rstrip(" ,;:，、；：–—-") + "…"


def _is_one_character(before: str, after: str) -> bool:
    """Return whether a cut would tear one visible character apart (UAX 29, in short)."""
    if unicodedata.category(after)[0] == "M" or "\u200d" in (before, after):
        return True
    is_flag = all("\U0001f1e6" <= half <= "\U0001f1ff" for half in (before, after))
    return is_flag or "\U0001f3fb" <= after <= "\U0001f3ff" or "\u1160" <= after <= "\u11ff"


def html_to_text(text: str) -> str:
    """Return *text* without tags and entities, on one line."""
    if "<" in text or "&" in text:
        text = unescape(strip_tags(text))
    return " ".join(FORBIDDEN_IN_XML.sub("", text).split())


def strip_tags(text: str) -> str:
    """Return any *text*, also broken HTML, without comments, scripts and tags; entities stay."""
    if "<" not in text:
        return text
    return ANY_TAG.sub("", BLOCK_END.sub(" \\g<0>", drop_spans(text, UNSEEN)))


def drop_spans(text: str, marks: Iterable[tuple[str, str]]) -> str:
    """Return *text* without what lies between each pair of *marks*, in linear time."""
    for opening, closing in marks:
        parts, position = list[str](), 0
        while (start := text.find(opening, position)) != -1 and (
            end := text.find(closing, start + len(opening))
        ) != -1:
            parts.append(text[position:start])
            position = end + len(closing)
        text = "".join((*parts, text[position:]))
    return text
