"""Lazy loading of the pictures further down a page.

Only of those with a known size: another would move the text when it is loaded.
"""

from __future__ import annotations

import re

from feedsvc.content.pictures import IMG_TAG


def load_lazily(html: str, *, has_picture_above: bool) -> str:
    """Return *html* with lazily loaded pictures, except for the first one of the page.

    A reader sees the first at once, and lazy loading would delay it
    (https://web.dev/articles/browser-level-image-lazy-loading).
    """
    if "<img" not in html:
        return html
    first = -1 if has_picture_above else html.find("<img")

    def add_loading(match: re.Match[str]) -> str:
        attributes = match[1]
        is_sized = " width=" in attributes and " height=" in attributes
        if match.start() == first or not is_sized or " loading=" in attributes:
            return match[0]
        return f'<img{attributes} loading="lazy">'

    return IMG_TAG.sub(add_loading, html)
