"""What the last build made, in a file beside its folder: by it the next one knows what to make."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct

from feedsvc.commands.file_writing import write_atomically

MANIFEST_FORM = 2  # goes up where a file has to be made again to say all that a `BuiltFile` has


class BuiltFile(Struct, frozen=True, array_like=True):
    """What was made for one address: its *file*, or where it leads (*target*), or neither."""

    file: str = ""  # as bytes of UTF-8 allow it: percent-encoded where it has others
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
    """All that was made, by address; *base* is a digest of what every page depends on.

    *state* is one of the state that it was made from, b"" where nobody knows it.
    """

    base: bytes = b""
    files: dict[str, BuiltFile] = {}
    state: bytes = b""


def read_manifest(path: Path) -> Manifest | None:
    """Return the manifest at *path*, None where none can be read: then all is made again."""
    try:
        return msgspec.msgpack.decode(path.read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError):
        return None


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Write *manifest* to *path*, whole or not at all."""
    write_atomically(path, msgspec.msgpack.encode(manifest))
