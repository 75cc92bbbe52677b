"""The record of the uploaded objects: one object beside them in the store.

It does not name them: readers of a public bucket must not learn the addresses of unlisted
entries. Its table has a digest of each key, and a digest of the object.
"""

from __future__ import annotations

import hashlib

from msgspec import Struct, field

MANIFEST_KEY = ".feedsvc/manifest"
FORM = 1  # of manifest and objects: increase it when all objects must be written again
# Instead of a fingerprint, during an upload or after an interrupted one
MAYBE_THERE = b"maybe"  # new: it may be missing, and nothing links to it yet
UNCERTAIN = b"there"  # it exists, in its old or its new form


class ObjectManifest(Struct, frozen=True):
    """The fingerprint of each object by the digest of its key."""

    form: int = FORM
    objects: dict[bytes, bytes] = field(default_factory=dict)


def make_key_digest(key: str) -> bytes:
    return hashlib.blake2b(key.encode(), digest_size=16).digest()
