"""Safe HTML becomes the few plain sentences that stand for it in lists.

Comes in: HTML as the sanitiser writes it (well nested, attributes quoted).
Goes out: one line of plain text. Any text may be passed to `strip_tags`.
"""

from __future__ import annotations

import re
import unicodedata
from html import unescape

MAX_SUMMARY_CHARS = 280  # characters at most, before the ellipsis
MIN_SUMMARY_CHARS = 160  # a sentence that ends beyond this is a better place to stop

SAFE_TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)((?: [^"=>]+="[^"]*")*)>')
SKIPPED_ELEMENTS = frozenset(
    "h1 h2 h3 h4 h5 h6 table pre figure figcaption rt rp audio video details".split()
)
INLINE_ELEMENTS = frozenset(
    "a abbr b bdi bdo cite code del dfn em i ins kbd mark q ruby s samp small span strike strong sub sup time tt u var"
    " wbr".split()
)
FOOTNOTE = re.compile(r'class="footnote-(?:reference|definition)"')
SENTENCE_END = re.compile(r"[.!?…](?<=\w{3}.)[\"'”’»)]*(?=\s)|[。！？｡][」』”’）]*")
WIDE_CHARACTER = re.compile(
    "[\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)
# XML 1.0, 2.2 Char; CR too, which XML parsers and lxml treat each in their own way
FORBIDDEN_IN_XML = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]")
ANY_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,5000}>|<![a-zA-Z\[][^<>]{0,1000}>|<\?[^<>]{0,1000}>")
BLOCK_END = re.compile(r"</(?:p|div|li|h[1-6]|td|th|tr|dd|dt|blockquote)\b|<br\b", re.IGNORECASE)


def extract_summary(html: str, *, limit: int | None = MAX_SUMMARY_CHARS) -> str:
    """The opening of *html*'s prose; never headings, tables, code or captions."""
    enough = 4000 if limit is None else limit + 40
    text = _extract_opening(html, enough)
    if limit is None or len(text) <= limit:
        return text
    return _truncate(text, limit)


def _extract_opening(html: str, enough: int) -> str:
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


def _truncate(text: str, limit: int) -> str:
    """*text* up to the end of a sentence, else of a word, else of a character as people see it."""
    ends = [match.end() for match in SENTENCE_END.finditer(text, MIN_SUMMARY_CHARS - 1, limit + 1)]
    if ends:
        return text[: ends[-1]] + ("…" if WIDE_CHARACTER.match(text[ends[-1] - 1]) else " …")
    end = limit
    space = text.rfind(" ", MIN_SUMMARY_CHARS, limit + 1)
    if space != -1 and not WIDE_CHARACTER.match(text[limit]):
        end = space
    while end > MIN_SUMMARY_CHARS and _is_one_character(text[end - 1], text[end]):
        end -= 1
    return text[:end].rstrip(" ,;:，、；：–—-") + "…"


def _is_one_character(before: str, after: str) -> bool:
    """Whether a cut between the two would tear one visible character apart (UAX 29, in short)."""
    if unicodedata.category(after)[0] == "M" or "\u200d" in (before, after):
        return True
    both = "\U0001f1e6" <= before <= "\U0001f1ff" and "\U0001f1e6" <= after <= "\U0001f1ff"
    return both or "\U0001f3fb" <= after <= "\U0001f3ff" or "\u1160" <= after <= "\u11ff"


def strip_tags(text: str) -> str:
    """Any *text*, also broken HTML, without comments, scripts and tags; entities stay."""
    if "<" not in text:
        return text
    for opening, closing in (("<!--", "-->"), ("<script", "</script>"), ("<style", "</style>")):
        text = drop_spans(text, opening, closing)
    return ANY_TAG.sub("", BLOCK_END.sub(" \\g<0>", text))


def drop_spans(text: str, opening: str, closing: str) -> str:
    """*text* without what stands from *opening* to *closing*; in linear time, also when many are not closed."""
    if opening not in text:
        return text
    parts, position = list[str](), 0
    while (start := text.find(opening, position)) != -1 and (
        end := text.find(closing, start + len(opening))
    ) != -1:
        parts.append(text[position:start])
        position = end + len(closing)
    return "".join((*parts, text[position:]))
