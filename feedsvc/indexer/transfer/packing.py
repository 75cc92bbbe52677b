"""The file of an exported index: one frame of Zstandard, with a checksum at its end.

It has a line of JSON with the settings and version that it is for, then the database.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from msgspec import DecodeError, Struct
from msgspec.json import decode, encode
from msgspec.structs import replace

from feedsvc import __version__
from feedsvc.errors import IndexFileError
from feedsvc.fields.links import list_link_roots
from feedsvc.index import zstd
from feedsvc.index.schema import SCHEMA_VERSION, get_relevant_settings
from feedsvc.reading import make_digest
from feedsvc.settings import Settings

FORMAT = "feedsvc index"
LEVEL = 3
BLOCK_BYTES = 1 << 20
MAX_HEADER_BYTES = 4096
EXPORT_AGAIN = "export it again with `feedsvc index --export`, and copy the whole file"


class Header(Struct, frozen=True, kw_only=True):
    """The description of the index in a file; *size* in bytes."""

    format: str
    schema: int
    version: str
    settings: str
    size: int


def pack(copy: str, header: Header, file: Path) -> None:
    """Write *header* and the database *copy* to *file*, atomically; raises OSError.

    Like the index, only its owner may read it: it has unpublished entries.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{file.name}-", suffix=".tmp", dir=file.parent)
        try:
            with os.fdopen(handle, "wb") as raw:
                with zstd.open_writer(raw, level=LEVEL) as packed, open(copy, "rb") as source:
                    packed.write(encode(header) + b"\n")
                    shutil.copyfileobj(source, packed, BLOCK_BYTES)
                raw.flush()
                os.fsync(raw.fileno())
            os.replace(name, file)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(name)
    except OSError as error:
        error.filename = str(file)  # the user knows of no other file
        raise


def unpack(raw: BinaryIO, copy: str, settings: Settings, file: str) -> None:
    """Write the database in the export *raw* to *copy*; raises IndexFileError."""
    try:
        with zstd.open_reader(raw) as packed, open(copy, "wb") as target:
            header = parse_header(packed.readline(MAX_HEADER_BYTES), settings, file)
            if header.size > shutil.disk_usage(os.path.dirname(copy)).free:
                message = f"the disk has no room for its {header.size:,} bytes"
                raise make_refusal(file, message, "free some, or set `index` in [site]")
            left = header.size
            while left and (block := packed.read(min(BLOCK_BYTES, left))):
                target.write(block)
                left -= len(block)
            if left or packed.read(1):  # reads to the end, where the checksum is
                raise make_refusal(file, "its length is not the one that it states")
    except (zstd.ZstdError, EOFError) as error:
        raise make_refusal(file, f"it is damaged or incomplete ({error})") from error


def parse_header(line: bytes, settings: Settings, file: str) -> Header:
    """Return the header in *line*; raises IndexFileError if it is not for *settings*."""
    try:
        header = decode(line, type=Header)
    except (DecodeError, UnicodeDecodeError):
        raise make_refusal(file, "it is not what `feedsvc index --export` writes") from None
    own = make_header(settings, header.size)
    if header.format != FORMAT or header.size < 0:
        raise make_refusal(file, "it is not what `feedsvc index --export` writes")
    if (header.version, header.schema) != (own.version, own.schema):
        message = (
            f"feedsvc {header.version} (tables {header.schema}) wrote it,"
            f" and this is {own.version} (tables {own.schema})"
        )
        remedy = "install the same version on both nodes, or build the index with `feedsvc index`"
        raise make_refusal(file, message, remedy)
    if header.settings != own.settings:
        message = "it was written with other settings, or of a folder with another name"
        remedy = (
            "take feedsvc.toml from that node; the last three names of the folder's path have to be"
            " the same, too"
        )
        raise make_refusal(file, message, remedy)
    return header


def make_header(settings: Settings, size: int) -> Header:
    """Return the header of an index of *size* bytes under *settings*.

    Of the folder's path it has only its last names, with which links in texts may begin.
    """
    relevant = get_relevant_settings(settings)
    roots = list_link_roots(relevant.site.entries, "")
    relevant = replace(
        relevant, base=Path(), site=replace(relevant.site, entries="/".join(roots[-1:]))
    )
    digest = make_digest(repr(relevant).encode(errors="surrogateescape")).hex()
    return Header(
        format=FORMAT, schema=SCHEMA_VERSION, version=__version__, settings=digest, size=size
    )


def make_refusal(file: str, reason: str, remedy: str = EXPORT_AGAIN) -> IndexFileError:
    """Return the error for a *file* that cannot be imported."""
    return IndexFileError(file, f"it cannot be imported: {reason}", remedy)
