"""Characters that no feed may carry, and those that are two columns wide."""

from __future__ import annotations

import html
import re

# C0 and C1 controls, noncharacters, and U+FFFD, which says that a character was lost before us
FORBIDDEN_IN_FEEDS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffd-\uffff]"
)
# XML 1.0, 2.2 Char; CR too, which XML parsers and lxml treat each in their own way. Not the same
# as above: U+FFFD is what HTML's rules make of a bad reference, and readers are to see that.
FORBIDDEN_IN_XML = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]")
WIDE_CHARACTER = re.compile(
    "[\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)
# More digits than any number that `html.unescape` can take
LONG_REFERENCE = re.compile(r"&#[0-9]{1000,}+;?")


def unescape(text: str) -> str:
    """Return *text* with the characters that its references mean, as HTML's rules have it.

    Not `html.unescape` alone, which raises ValueError for a number of more than 4,300 digits.
    """
    return html.unescape(LONG_REFERENCE.sub("\ufffd", text) if "&#" in text else text)


def drop_forbidden(words: str) -> str:
    """Return *words*, of escapes such as `\\u0000`, without what feeds forbid; pair surrogates."""
    if not FORBIDDEN_IN_FEEDS.search(words):
        return words
    paired = words.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    return FORBIDDEN_IN_FEEDS.sub("", paired)
