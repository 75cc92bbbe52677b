"""Characters that no feed may carry, and those that are two columns wide."""

from __future__ import annotations

import html
import re

from feedsvc.patterns import compile_lazily

# C0 and C1 controls, noncharacters, and U+FFFD, which says that a character was lost before us
FORBIDDEN_IN_FEEDS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffd-\uffff]"
)
# XML 1.0, 2.2 Char; CR too, which XML parsers and lxml treat each in their own way. Not the same
# as above: U+FFFD is what HTML's rules make of a bad reference, and readers are to see that.
FORBIDDEN_IN_XML = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]")
WIDE_CHARACTER = compile_lazily(
    "[\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)
# Characters that show nothing: at the beginning of a line they do nothing either, but hide what a
# field is called. Those of direction do, before words that go the other way.
UNSEEN = "\u00ad\u200b\u2060\ufeff"
DIRECTION = "\u200e\u200f\u202a-\u202e\u2066-\u2069"
UNSEEN_AT_START = re.compile(f"\n([ \t]*)[{UNSEEN}]+")
UNSEEN_IN_HEADER = re.compile(f"\n([ \t]*)[{UNSEEN}{DIRECTION}]+")
NOTHING_SEEN = re.compile(
    f"[\\s{UNSEEN}{DIRECTION}\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200c\u200d\u206a-\u206f\u2800"
    "\u3164\ufe00-\ufe0f\uffa0]*"
)
# More digits than any number that `html.unescape` can take
LONG_REFERENCE = re.compile(r"&#[0-9]{1000,}+;?")


def strip_unseen(words: str) -> str:
    """Return *words* without what shows nothing at their ends; "" if all of them do so."""
    words = words.strip(f"{UNSEEN} ")
    return "" if NOTHING_SEEN.fullmatch(words) else words


def drop_unseen_at_start(text: str) -> str:
    """Return *text* without what shows nothing at the beginning of a line.

    Up to the first empty line, where a header may be, marks of direction go, too.
    """
    text = UNSEEN_AT_START.sub("\n\\1", f"\n{text}")
    end = text.find("\n\n", len(text) - len(text.lstrip()))
    head, rest = (text, "") if end < 0 else (text[:end], text[end:])
    return (UNSEEN_IN_HEADER.sub("\n\\1", head) + rest)[1:]


def unescape(text: str) -> str:
    """Return *text* with the characters that its references mean, as HTML's rules have it.

    Not `html.unescape` alone, which raises ValueError for a number of more than 4,300 digits.
    """
    return html.unescape(LONG_REFERENCE.sub("\ufffd", text) if "&#" in text else text)


def drop_forbidden(words: str) -> str:
    """Return *words*, of escapes such as `\\u0000`, without what feeds forbid; pair surrogates."""
    return FORBIDDEN_IN_FEEDS.sub(replace_forbidden, pair_surrogates(words))


def replace_forbidden(match: re.Match[str]) -> str:
    """Return a space for a character between words (vertical tab, form feed), else nothing."""
    return " " if match[0] in "\x0b\x0c" else ""


def pair_surrogates(words: str) -> str:
    """Return *words*, of escapes, with one character for each two that are a pair."""
    if words.isascii():
        return words
    return words.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
