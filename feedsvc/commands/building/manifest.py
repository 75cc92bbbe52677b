"""The manifest: what the last build made, in a file beside its folder, for the next build."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
from msgspec import Struct

from feedsvc.commands.file_writing import write_atomically

MANIFEST_FORM = 2  # raise it if files must be made again to fill all fields of `BuiltFile`


def hash_bytes(data: bytes) -> bytes:
    """Return the digest of a document or a file."""
    return hashlib.sha256(data).digest()[:16]


class BuiltFile(Struct, frozen=True, array_like=True):
    """The result for one address: a *file*, a redirect to *target*, or neither."""

    file: str = ""  # percent-encoded where its name is not UTF-8
    fingerprint: bytes = b""  # of the document or the file; b"" where it is to be made again
    modified: int = 0  # the file's time
    codings: tuple[str, ...] = ()
    target: str = ""  # of a redirect
    digest: bytes = b""  # of the file's bytes, the same on every machine
    media_type: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether it need not be made again."""
        return bool(self.fingerprint or self.target)


class Manifest(Struct, frozen=True):
    """All results by address; *base* is a digest of what every page depends on.

    *state* is one of the state that it was made from, b"" where nobody knows it.
    """

    base: bytes = b""
    files: dict[str, BuiltFile] = {}
    state: bytes = b""


def read_manifest(path: Path) -> Manifest | None:
    """Return the manifest at *path*, None if it cannot be read: then everything is made again."""
    try:
        return msgspec.msgpack.decode(path.read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError):
        return None


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Write *manifest* to *path*, whole or not at all."""
    write_atomically(path, msgspec.msgpack.encode(manifest))
