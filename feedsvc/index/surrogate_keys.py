"""Surrogate keys, by which a CDN drops all cached documents of a listing or an entry at once.

Responses have them in a header, and the writer's pushes name them; both make them here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from urllib.parse import quote

from feedsvc.model import Pairs

SITE_KEY = "feedsvc"  # of every document
FRONT_KEY = "front"  # of all that shows entries of any kind, and so changes with each change
MAX_KEY_CHARACTERS = 40
MAX_HEADER_CHARACTERS = 500  # so that the whole head stays below nginx' 4 KB
SEPARATORS = {"Surrogate-Key": " ", "Cache-Tag": ","}  # Fastly and Varnish; Cloudflare


def make_listing_key(folder: str) -> str:
    """Return the key of the listing *folder* ("tags/wind", "2023/03"), "" for everything."""
    key = quote(folder, safe="/~") or FRONT_KEY
    return key if len(key) <= MAX_KEY_CHARACTERS else f"l-{_hash(key)}"


def make_entry_key(path: str) -> str:
    """Return the key of what shows the entry of the file *path*: its page and adjacent ones.

    For a picture or an enclosure, the key of the file itself.
    """
    return f"e-{_hash(path)}"


def make_key_header(name: str, keys: Iterable[str]) -> Pairs:
    """Return the header *name* with *keys*, () for no name.

    If they are too many, the document has the keys of what changes with every change.
    """
    if not name:
        return ()
    value = SEPARATORS[name].join((SITE_KEY, *dict.fromkeys(keys)))
    if len(value) > MAX_HEADER_CHARACTERS:
        value = SEPARATORS[name].join((SITE_KEY, FRONT_KEY))
    return ((name, value),)


def _hash(text: str) -> str:
    data = text.encode("utf-8", "surrogateescape")
    return hashlib.blake2b(data, digest_size=8).hexdigest()
