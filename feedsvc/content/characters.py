"""Characters that no feed may carry."""

from __future__ import annotations

import re

# C0 and C1 controls, noncharacters, and U+FFFD, which says that a character was lost before us
FORBIDDEN_IN_FEEDS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffd-\uffff]"
)


def drop_forbidden(words: str) -> str:
    """*words* that escapes such as `\\u0000` have made, without what no feed may carry; surrogates are paired."""
    if not FORBIDDEN_IN_FEEDS.search(words):
        return words
    return FORBIDDEN_IN_FEEDS.sub(
        "", words.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    )
