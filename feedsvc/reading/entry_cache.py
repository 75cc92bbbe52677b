"""An entry in few bytes: its fields, and where in its file the body begins.

The index keeps them, so that an entry which is to be shown or searched needs
no second reading: the body is taken from the file, if that is as it was.
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

DIGEST_BYTES = 16  # bytes of a digest
ENCODER, DECODER = Encoder(), Decoder(tuple[int, bool, Entry])


def make_digest(data: bytes) -> bytes:
    """What tells one file from another."""
    return hashlib.sha256(data).digest()[:DIGEST_BYTES]  # most processors have instructions for it


def pack_entry(entry: Entry, data: bytes, text: str, digest: bytes) -> bytes:
    """*entry*, read from a file's *data*, its *text* and its *digest*; b"" where neither ends with its body."""
    body = entry.body.encode()
    exact = data.endswith(body)
    if not (exact or text.endswith(entry.body)):
        return b""  # some dialects make another text of it
    start = len(data) - len(body) if exact else len(text) - len(entry.body)
    try:
        packed = ENCODER.encode((start, exact, replace(entry, path="", body="")))
    except UnicodeEncodeError:  # a name beside it that is not UTF-8
        return b""
    for mark, words in _list_substitutions(entry.path):
        packed = packed.replace(words, mark)
    return digest + packed


def read_packed_entry(root: Path, path: str, packed: bytes) -> Entry | None:
    """The entry that was packed, with its body from its file; None where that is another now."""
    try:
        data = read_bytes(root, path)
    except EntryError:
        return None
    if make_digest(data) != packed[:DIGEST_BYTES]:
        return None
    packed = packed[DIGEST_BYTES:]
    for mark, words in _list_substitutions(path):
        packed = packed.replace(mark, words)
    start, exact, entry = DECODER.decode(packed)
    return replace(
        entry, path=path, body=data[start:].decode() if exact else decode_text(data).text[start:]
    )


def _list_substitutions(path: str) -> list[tuple[bytes, bytes]]:
    """Words that id, permalink and slug have from *path*, and what stands for each: no JSON has it as it is."""
    stem, _, _ = path.encode("utf-8", "surrogateescape").rpartition(b".")
    return [
        (mark, words) for mark, words in ((b"\0", stem), (b"\1", stem.rpartition(b"/")[2])) if words
    ]
