"""Zstandard: in the standard library from Python 3.14 on, `backports.zstd` before.

Bytes in, bytes out. The only importer of both.
"""

from __future__ import annotations

import sys

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

__all__ = ["compress", "decompress"]


def compress(data: bytes, *, level: int) -> bytes:
    """Return *data* as one frame that states its content's size."""
    return zstd.compress(data, level)


decompress = zstd.decompress
