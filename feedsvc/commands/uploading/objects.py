"""The objects of a built site: their keys, what they hold, and the headers they are sent with.

A key is the address: a store needs no ending to know a type. An address that ends in "/" has the
key of `index.html` below it, which every store and CDN can be set to send. A store does not
negotiate: each object has one coding. It sends 200 for every object: an old address has a page
that redirects, a withdrawn entry one that says so and asks not to be indexed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from urllib.parse import quote, unquote

from msgspec import Struct

from feedsvc import pages
from feedsvc.commands.building.addresses import get_index_path, is_file_address
from feedsvc.commands.building.manifest import BuiltFile
from feedsvc.commands.uploading.manifest import MANIFEST_KEY
from feedsvc.settings import Settings
from feedsvc.site.recipes import make_fingerprint
from feedsvc.urls import FEED_ALIASES
from feedsvc.web.responses import make_file_cache_control

ERROR_PAGE = "404.html"
MAX_KEY_BYTES = 1_024  # S3's, Google's and Azure's limit
MOVED_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Moved</title>
<meta http-equiv="refresh" content="0; url={url}"><link rel="canonical" href="{url}"></head>
<body><p>This page has moved: <a href="{url}">{url}</a></p></body>
</html>
"""


class SiteObject(Struct, frozen=True, kw_only=True):
    """One object: a *file* below the folder, or the redirecting page of an old address."""

    key: str
    file: str = ""
    body: bytes = b""  # of an object without a file
    attributes: dict[str, str]
    fingerprint: bytes
    is_file: bool  # an asset: documents link to it, and it links to nothing


def list_objects(
    settings: Settings, files: Mapping[str, BuiltFile], *, compresses: bool
) -> tuple[list[SiteObject], list[str]]:
    """Return the objects of a build, by key, and the addresses that no store can have.

    With *compresses*, texts are stored as gzip.
    """
    caching = make_file_cache_control(settings.feeds)
    objects: dict[str, SiteObject] = {}
    problems = []
    for address, one in _list_stored(files):
        key = make_key(address)
        if key is None:
            problems.append(f"{address[:200]}: no object can have this name")
            continue
        if key in objects:  # an old address that is in use again
            continue
        attributes = {
            "Content-Type": one.media_type or pages.HTML_MEDIA_TYPE,
            "Cache-Control": caching,
        }
        if compresses and is_text(attributes["Content-Type"]):
            attributes["Content-Encoding"] = "gzip"
        body = b"" if one.file else _render_moved_page(one.target)
        facts = one.digest if one.file else body
        objects[key] = SiteObject(
            key=key,
            file=unquote(one.file),
            body=body,
            attributes=attributes,
            fingerprint=make_fingerprint(facts, sorted(attributes.items())),
            is_file=is_file_address(address),
        )
    return list(objects.values()), problems


def _list_stored(files: Mapping[str, BuiltFile]) -> Iterator[tuple[str, BuiltFile]]:
    """Yield the addresses that have an object, redirects last."""
    for address, one in files.items():
        if one.file and not address.startswith("//"):
            yield address, one
    for alias, name in FEED_ALIASES.items():
        if alias.endswith("/") and (feed := files.get(f"/{name}")):
            yield f"/{alias}", feed
    yield f"/{ERROR_PAGE}", files[f"//{ERROR_PAGE}"]
    yield from ((address, one) for address, one in files.items() if one.target)


def make_key(address: str) -> str | None:
    """Return the key of *address*, None if some store would refuse it."""
    key = get_index_path(address)
    try:
        size = len(key.encode())
    except UnicodeEncodeError:
        return None
    is_plain = all(part not in ("", ".", "..") for part in key.split("/"))
    # some stores treat a backslash as a slash; none need accept control characters
    is_safe = key.isprintable() and "\\" not in key and key != MANIFEST_KEY
    return key if is_plain and is_safe and size <= MAX_KEY_BYTES else None


def is_text(media_type: str) -> bool:
    return media_type.startswith("text/") or any(
        word in media_type for word in ("xml", "json", "javascript")
    )


def _render_moved_page(target: str) -> bytes:
    url = escape(quote(target, safe="/:?#[]@!$&'()*+,;=%~"))
    return MOVED_PAGE.format(url=url).encode()
