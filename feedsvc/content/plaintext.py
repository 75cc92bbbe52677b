"""Plain text becomes paragraphs of HTML, in linear time; addresses in it become links."""

from __future__ import annotations

import re
from html import escape

from feedsvc.content.characters import WIDE_CHARACTER
from feedsvc.patterns import compile_lazily

URL_IN_TEXT = compile_lazily(
    r"(?a:https?)://(?:[^\s<>\"'（）「」『』《》，。；、！？“”\[]++|\[(?!/))++", re.IGNORECASE
)
BLANK_LINES = compile_lazily(r"\n[ \t\u3000\xa0]*\n\s*")
BULLET = compile_lazily(r"(?:[-*•·–]|\(?\d{1,3}[.)）、])\s*\S")
SENTENCE_STOPS = tuple('.!?。！？…:：;；"”’」』）)')
MORE_LINE = compile_lazily(
    r"(?:<!--\s*(?:more|TEASER_END)\b.{0,80}-->|\.\. TEASER_END.{0,80})", re.IGNORECASE
)
MAX_SHORT_LINE, MIN_WRAP_WIDTH, MAX_WRAP_WIDTH = 60, 24, 100  # columns


def text_to_html(body: str) -> str:
    """Return paragraphs: by blank lines, or by lines where each line is one."""
    blocks = [block for block in BLANK_LINES.split(body.strip("\n")) if block.strip()]
    return "\n".join(_block_to_html(block, alone=len(blocks) == 1) for block in blocks)


def _block_to_html(block: str, *, alone: bool) -> str:
    lines = [stripped for line in block.split("\n") if (stripped := line.strip())]
    if any(map(MORE_LINE.fullmatch, lines)):
        return "\n".join(
            "<!--more-->" if MORE_LINE.fullmatch(line) else _paragraph(line) for line in lines
        )
    is_list = any(map(BULLET.match, lines[1:]))
    if not is_list and _is_hard_wrapped(lines):
        return _paragraph(_join_lines(lines))
    is_verse = not alone and max(map(_get_width, lines)) <= MAX_SHORT_LINE  # or an address
    if is_list or is_verse:
        return f"<p>{'<br>'.join(map(link_urls, lines))}</p>"
    return "\n".join(map(_paragraph, lines))


def _is_hard_wrapped(lines: list[str]) -> bool:
    """Return whether all lines but the last are about full, and most of them end in a sentence."""
    widths = [_get_width(line) for line in lines[:-1]]
    if not widths:
        return False
    ended = sum(line.endswith(SENTENCE_STOPS) for line in lines[:-1])
    fullest = max(widths)
    return (
        fullest <= MAX_WRAP_WIDTH
        and min(widths) >= fullest * 0.6 >= MIN_WRAP_WIDTH
        and ended * 2 < len(widths) + 1
    )


def _get_width(line: str) -> int:
    return len(line) + len(WIDE_CHARACTER.findall(line))


def _join_lines(lines: list[str]) -> str:
    """Join lines; Chinese and Japanese without a space where they meet."""
    joined = lines[0]
    for line in lines[1:]:
        is_wide = WIDE_CHARACTER.match(joined[-1]) and WIDE_CHARACTER.match(line)
        joined += line if is_wide else f" {line}"
    return joined


def _paragraph(text: str) -> str:
    return f"<p>{link_urls(text)}</p>"


def link_urls(text: str) -> str:
    """Return *text* escaped, each URL in it a link."""
    parts, position = list[str](), 0
    for match in URL_IN_TEXT.finditer(text):
        address = trim_url(match[0])
        parts.append(escape(text[position : match.start()], quote=False))
        parts.append(f'<a href="{escape(address)}">{escape(address, quote=False)}</a>')
        position = match.start() + len(address)
    return "".join((*parts, escape(text[position:], quote=False)))


def trim_url(text: str) -> str:
    """Return a URL in prose without the punctuation of its sentence; an opened bracket closes."""
    address = text.rstrip(".,;:!?)]}*_~")
    return address + ")" if "(" in address and text[len(address) :].startswith(")") else address
