"""An entry in few bytes: its fields, and where in its file the body begins.

The index keeps them, so that an entry which is to be shown or searched needs
no second reading: the body is taken from the file, if that is as it was.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from msgspec.json import Decoder, Encoder

from feedsvc.errors import EntryError
from feedsvc.model import Entry
from feedsvc.reading.source import decode, read_bytes

SIZE = 16  # bytes of a digest
ENCODER, DECODER = Encoder(), Decoder(tuple[int, Entry])


def make_digest(data: bytes) -> bytes:
    """What tells one file from another."""
    return hashlib.sha256(data).digest()[:SIZE]  # most processors have instructions for it


def pack_entry(entry: Entry, text: str, digest: bytes) -> bytes:
    """*entry*, read from *text*, the words of the file with that *digest*; b"" where they do not end with its body."""
    if not text.endswith(entry.body):
        return b""  # some dialects make another text of it
    try:
        return digest + ENCODER.encode((len(text) - len(entry.body), entry._replace(path="", body="")))
    except UnicodeEncodeError:  # a name beside it that is not UTF-8
        return b""


def read_packed(root: Path, path: str, packed: bytes) -> Entry | None:
    """The entry that was packed, with its body from its file; None where that is another now."""
    try:
        data = read_bytes(root, path)
        text = decode(data).text if make_digest(data) == packed[:SIZE] else None
    except EntryError:
        return None
    if text is None:
        return None
    start, entry = DECODER.decode(packed[SIZE:])
    return entry._replace(path=path, body=text[start:])
