"""Zstandard: in the standard library from Python 3.14 on, `backports.zstd` before.

Bytes in, bytes out. The only importer of both.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import BinaryIO, cast

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

__all__ = ["ZstdError", "compress", "decompress", "make_compressor", "open_reader", "open_writer"]


def compress(data: bytes, *, level: int) -> bytes:
    """Return *data* as one frame whose header has the size of the content."""
    return zstd.compress(data, level)


def make_compressor(level: int) -> Callable[[bytes], bytes]:
    """Return a function that does the same; for many small texts it takes half the time."""
    return partial(zstd.ZstdCompressor(level).compress, mode=zstd.ZstdCompressor.FLUSH_FRAME)


decompress = zstd.decompress
ZstdError = zstd.ZstdError


def open_writer(file: BinaryIO, *, level: int) -> BinaryIO:
    """Return a file whose bytes are compressed into *file*, with a checksum at the end."""
    parameter = zstd.CompressionParameter
    options: dict[int, int] = {parameter.compression_level: level, parameter.checksum_flag: 1}
    return cast("BinaryIO", zstd.open(file, "wb", options=options))


def open_reader(file: BinaryIO) -> BinaryIO:
    """Return a file with the decompressed bytes of *file*.

    It raises `ZstdError` for damaged bytes, EOFError if their end is missing.
    """
    return cast("BinaryIO", zstd.open(file, "rb"))
