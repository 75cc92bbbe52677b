"""An entry in few bytes: its fields, and where in its file the body begins.

The index keeps them, so that an entry which is shown or searched is not read a second
time (23 µs beside 150 µs): the body is taken from the file, if that is unchanged.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from msgspec.json import Decoder, Encoder
from msgspec.structs import replace

from feedsvc.errors import EntryError
from feedsvc.model import Entry
from feedsvc.reading.encoding import decode_text
from feedsvc.reading.files import read_bytes

DIGEST_BYTES = 16
ENCODER = Encoder()
DECODER = Decoder(tuple[int, bool, Entry])  # start of the body, in bytes of the file or not, entry


def make_digest(data: bytes) -> bytes:
    """Return the first bytes of the SHA-256, for which most processors have instructions."""
    return hashlib.sha256(data).digest()[:DIGEST_BYTES]


def pack_entry(entry: Entry, data: bytes, text: str, digest: bytes) -> bytes:
    """Return *entry* as bytes; b"" if neither *data* nor its *text* ends with the body.

    *digest* is that of *data*, all bytes of the entry's file.
    """
    body = entry.body.encode()
    exact = data.endswith(body)
    if not (exact or text.endswith(entry.body)):
        return b""  # some dialects make another text of it
    start = len(data) - len(body) if exact else len(text) - len(entry.body)
    try:
        packed = ENCODER.encode((start, exact, replace(entry, path="", body="")))
    except UnicodeEncodeError:  # a file's name that is not UTF-8
        return b""
    return digest + packed


def read_packed_entry(root: Path, path: str, packed: bytes) -> Entry | None:
    """Return the entry that was packed, with its body from its file; None if that has changed."""
    try:
        data = read_bytes(root, path)
    except EntryError:
        return None
    if make_digest(data) != packed[:DIGEST_BYTES]:
        return None
    start, exact, entry = DECODER.decode(packed[DIGEST_BYTES:])
    body = data[start:].decode() if exact else decode_text(data).text[start:]
    return replace(entry, path=path, body=body)
