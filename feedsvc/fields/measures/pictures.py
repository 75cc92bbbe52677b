"""The width and height of a picture, as a browser shows it.

The only importer of imagesize, which turns pictures by their EXIF orientation. It takes the first
`width` in an SVG for that of the picture, so SVG is read here.
"""

from __future__ import annotations

import re
from typing import Any

from feedsvc.content.pictures import parse_attributes
from feedsvc.fields.measures.bounded import BoundedFile, TooMuchReadError

MAX_PIXELS = 65_535  # per side; a file that claims more is damaged, or a decompression bomb
SVG_HEAD_BYTES = 8_192
SVG_ROOT = re.compile(r"<(?:svg:)?svg\b((?:[^<>\"']|\"[^\"]*+\"|'[^']*+')*+)>")
SVG_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
LENGTH = re.compile(r"(\d{1,6}(?:\.\d{1,9})?)(|px|pt|pc|in|cm|mm)", re.ASCII)
PIXELS_BY_UNIT = dict(
    zip(
        ("", "px", "pt", "pc", "in", "cm", "mm"),
        (1, 1, 96 / 72, 16, 96, 96 / 2.54, 9.6 / 2.54),
        strict=True,
    )
)


def measure_picture(file: BoundedFile, media_type: str) -> tuple[int, int]:
    """Return (width, height) in pixels, (0, 0) for what is not known."""
    if media_type == "image/svg+xml":
        width, height = _measure_svg(file)
    else:
        import imagesize  # takes 30 ms, and most entries have no picture

        source: Any = file
        width, height = imagesize.get(source)  # (-1, -1) for what it cannot read
    if 0 < width <= MAX_PIXELS and 0 < height <= MAX_PIXELS:
        return int(width), int(height)
    return 0, 0


def _measure_svg(file: BoundedFile) -> tuple[int, int]:
    """Return the size that the root element states in absolute units.

    One that has a `viewBox` alone fills the width of the page: a size would make it smaller.
    """
    try:
        head = file.read(SVG_HEAD_BYTES).decode("utf-8", "replace")
    except (OSError, TooMuchReadError):
        return 0, 0
    root = SVG_ROOT.search(SVG_COMMENT.sub("", head))
    if root is None:
        return 0, 0
    written = parse_attributes(root[1])
    sizes = [LENGTH.fullmatch(written.get(name, "")) for name in ("width", "height")]
    width, height = (
        round(float(size[1]) * PIXELS_BY_UNIT[size[2]]) if size is not None else 0 for size in sizes
    )
    return width, height
