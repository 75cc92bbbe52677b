"""Names of tags, categories, authors and languages as they stand in URLs."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_SPACES = re.compile(r"\s+")
_RESERVED = re.compile(r"[/\\?#%,+~\x00-\x1f\x7f]|^\.")


@lru_cache(maxsize=8192)
def make_slug(name: str) -> str:
    """NFKC, casefolded, spaces to `-`; what a path or query would take apart as `~` and two hex digits."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return _RESERVED.sub(lambda match: f"~{ord(match[0]):02x}", _SPACES.sub("-", folded.strip()))
