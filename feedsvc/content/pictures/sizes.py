"""Pictures in sanitized HTML get their width and height, so that a page does not jump.

Comes in: HTML as the sanitizer writes it, and the pictures whose files were measured. Goes out:
the same with the attributes that their author did not write.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from feedsvc.content.characters import unescape
from feedsvc.model import Image

# Match only what the sanitizer writes: every attribute as name="value", no quote inside
IMG_TAG = re.compile(r'<img((?: [^"=>]+="[^"]*")*)>')
ATTRIBUTE_PAIR = re.compile(r' ([^"=>]+)="([^"]*)"')
PIXELS = re.compile(r"[1-9]\d{0,4}", re.ASCII)


def add_sizes(html: str, pictures: Iterable[Image]) -> str:
    """Return *html* with width and height of each of *pictures* that it shows."""
    by_url = {picture.url: picture for picture in pictures}
    return IMG_TAG.sub(lambda match: _add_size(match[0], match[1], by_url), html)


def _add_size(tag: str, attributes: str, by_url: Mapping[str, Image]) -> str:
    """Return an `<img>` with both sizes; of an author's single one the other keeps the shape."""
    written = dict(ATTRIBUTE_PAIR.findall(attributes))
    picture = by_url.get(unescape(written.get("src", "")))
    if picture is None or ("width" in written and "height" in written):
        return tag
    width, height = picture.width, picture.height
    own = written.get("width", written.get("height"))
    if own is not None:
        if not PIXELS.fullmatch(own):  # "50%"
            return tag
        if "width" in written:
            height = max(1, round(int(own) * height / width))
            return f'<img{attributes} height="{height}">'
        width = max(1, round(int(own) * width / height))
        return f'<img{attributes} width="{width}">'
    return f'<img{attributes} width="{width}" height="{height}">'
