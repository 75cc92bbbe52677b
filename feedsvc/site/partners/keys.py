"""Keys of partners: made once, kept as hashes, compared in constant time.

A key is 192 random bits. Nobody guesses one, and so SHA-256 keeps it as well as a slow hash would,
at 1 µs a request.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import date

from msgspec import Struct

from feedsvc.site.partners.tables import PartnerKey

KEY_BYTES = 24


class KeyCheck(Struct, frozen=True, kw_only=True):
    """What came of a key: whether it opens the feed, and if not, why, for the log alone."""

    is_valid: bool
    reason: str = ""


def make_key() -> str:
    """Return a new key, in letters that need no encoding in a path, a header or a shell."""
    return secrets.token_hex(KEY_BYTES)


def hash_key(key: str) -> str:
    """Return what the settings have of *key*: `sha256:` and 64 digits."""
    # bytes of a path that are no UTF-8 are surrogates
    digest = hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()
    return f"sha256:{digest}"


def check_key(key: str, known: Mapping[str, str | PartnerKey], today: date) -> KeyCheck:
    """Return whether *key* is one of those *known*, by their names, and has not ended.

    All are compared, whichever fits: the time says nothing of how many there are before it.
    """
    hashed = hash_key(key)
    found: list[tuple[str, date | None]] = []
    for name, one in known.items():
        of, expires = (one.hash, one.expires) if isinstance(one, PartnerKey) else (one, None)
        if hmac.compare_digest(of, hashed):
            found.append((name, expires))
    if not found:
        return KeyCheck(is_valid=False, reason="its key is not known" if key else "it has no key")
    if all(expires is not None and expires < today for _, expires in found):
        return KeyCheck(is_valid=False, reason=f"its key {found[0][0]!r} has expired")
    return KeyCheck(is_valid=True)
