"""What a store remembers of the objects that were uploaded: one object beside them.

It names none of them: whoever reads a public bucket must not learn the addresses of unlisted
entries. Both sides of its table are digests, of a key and of what the object is.
"""

from __future__ import annotations

import hashlib

import msgspec
from msgspec import Struct, field

MANIFEST_KEY = ".feedsvc/manifest"
FORM = 1  # of it, and of what is stored: goes up where every object has to be written again
# Instead of a fingerprint, while an upload runs or after one that was ended
MAYBE_THERE = b"maybe"  # new: nothing links to it before it is there
UNCERTAIN = b"there"  # it is there, in its old form or in the new one


class ObjectManifest(Struct, frozen=True):
    """The fingerprint of each object by the digest of its key."""

    form: int = FORM
    objects: dict[bytes, bytes] = field(default_factory=dict)


def make_key_digest(key: str) -> bytes:
    return hashlib.blake2b(key.encode(), digest_size=16).digest()


def parse_manifest(body: bytes) -> ObjectManifest:
    """Return the manifest in *body*; raises `msgspec.DecodeError` for what is none."""
    return msgspec.msgpack.decode(body, type=ObjectManifest)


def render_manifest(manifest: ObjectManifest) -> bytes:
    return msgspec.msgpack.encode(manifest)
