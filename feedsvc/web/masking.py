"""Addresses for logs: without partners' keys, whether feedsvc or the operator made them."""

from __future__ import annotations

import re

from feedsvc.urls import FEED_FILES, Route

# A key in an address: what follows a partner's name and is no feed and no archive; and, anywhere,
# what has the form of keys that `feedsvc key` makes
_PARTNER_KEY = re.compile(
    rf"((?:^|/){Route.PARTNERS}/[^/]*/)"
    rf"(?!(?:{'|'.join(map(re.escape, FEED_FILES.values()))})$|{Route.ARCHIVE}/)[^/]+",
    re.IGNORECASE,
)
_KEY_FORM = re.compile(r"(?<![0-9a-f])[0-9a-f]{48}(?![0-9a-f])")
MASK = "***"


def mask_keys(address: str) -> str:
    """Return *address* for logs: `***` in place of what may be a partner's key."""
    return _KEY_FORM.sub(MASK, _PARTNER_KEY.sub(rf"\1{MASK}", address))
