"""Files at the site's root: the operator's robots.txt, ads.txt, `.well-known` and the like.

Comes in: a path that no document has, and the folder `site.root`. Goes out: the file as a finished
document, or None. Known names only, nothing outside of the folder, nothing hidden in it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from feedsvc.errors import EntryError
from feedsvc.file_kinds import MEDIA_TYPES
from feedsvc.memo import BoundedCache
from feedsvc.model import Problem
from feedsvc.reading import read_bytes, resolve_inside
from feedsvc.settings import Settings
from feedsvc.site.documents import CachedDocument, Document, make_etag
from feedsvc.urls import RSL_MEDIA_TYPE, Route, is_reserved, make_permalink_path

WELL_KNOWN = ".well-known"  # RFC 8615: the one folder whose name may begin with a dot
MAX_FILE_BYTES = 1024 * 1024
MAX_CACHE_BYTES = 4 * 1024 * 1024
TEXT = "text/plain; charset=utf-8"
JSON = "application/json"
TYPES_BY_EXTENSION = {
    **{
        ending: MEDIA_TYPES[ending]
        for ending in ("ico", "png", "svg", "jpg", "jpeg", "gif", "webp", "avif", "pdf")
    },
    "txt": TEXT,
    **dict.fromkeys(("html", "htm"), "text/html; charset=utf-8"),
    "xml": "application/xml",
    "json": JSON,
    "webmanifest": "application/manifest+json",
    "rsl": RSL_MEDIA_TYPE,
    "asc": "application/pgp-keys",  # RFC 3156, section 7; what security.txt names
}
TYPES_WITHOUT_EXTENSION = {  # in .well-known; of other names there it is text
    **dict.fromkeys(("apple-app-site-association", "matrix/client", "matrix/server"), JSON),
    **dict.fromkeys(("nodeinfo", "openid-configuration", "oauth-authorization-server"), JSON),
    "webfinger": "application/jrd+json",  # RFC 7033, section 10.2
    "host-meta": "application/xrd+xml",  # RFC 6415, section 2
    "api-catalog": "application/linkset+json",  # RFC 9727
    "traffic-advice": "application/trafficadvice+json",
}
PREFERRED = (Route.ROBOTS, Route.FAVICON)  # the operator's file wins over ours


class RootFiles:
    """The files of one site's root folder; their codings are cached."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.cache: BoundedCache[str, CachedDocument] = BoundedCache(
            MAX_CACHE_BYTES, lambda _, cached: cached.memory_bytes
        )

    def get(self, path: str) -> CachedDocument | None:
        """Return the current file at *path*, which has no leading slash; None if there is none."""
        folder, media_type = self.settings.root, get_root_media_type(path, self.settings)
        body = _read_file(folder, path) if folder is not None and media_type else None
        if body is None:
            return None
        etag = make_etag(body)
        cached = self.cache.get(path)
        # by its bytes: two versions of a file may have the same time and length
        if cached is None or cached.document.etag != etag:
            cached = self._make_document(path, media_type, body, etag)
            self.cache.add(path, cached)
        return cached

    def _make_document(self, path: str, media_type: str, body: bytes, etag: str) -> CachedDocument:
        feeds = self.settings.feeds
        document = Document(
            media_type=media_type,
            body=body,
            etag=etag,
            modified=None,  # the time of a file differs between nodes
            headers=(),
            max_age=feeds.max_age,
            shared_max_age=feeds.shared_age,
            next_change=None,
            fingerprint=b"",
        )
        return CachedDocument(key=path, document=document, token=0, since=0)


def get_root_media_type(path: str, settings: Settings) -> str:
    """Return the media type of a file at *path* of the root folder, "" if it may not be there."""
    segments = path.split("/")
    is_well_known = segments[0] == WELL_KNOWN and len(segments) > 1
    names = segments[1:] if is_well_known else segments
    if any(not name or name.startswith(".") for name in names) or not path.isprintable():
        return ""
    if settings.has_rsl_license and f"/{path}" == settings.site.license:
        return RSL_MEDIA_TYPE
    stem, dot, extension = names[-1].rpartition(".")
    if dot:
        return TYPES_BY_EXTENSION.get(extension.lower(), "") if stem else ""
    name = "/".join(names)
    if is_well_known:
        return TYPES_WITHOUT_EXTENSION.get(name, TEXT)
    # Apple's systems ask for it at both places
    return JSON if name == "apple-app-site-association" else ""


def _read_file(folder: Path, path: str) -> bytes | None:
    """Return the bytes of a file inside *folder*, also after following links; else None."""
    try:
        file = resolve_inside(os.path.join(folder, path), str(folder))
        return read_bytes(Path(file).parent, Path(file).name, MAX_FILE_BYTES) if file else None
    except (EntryError, ValueError):  # it cannot be read; no name of a file
        return None


def list_root_files(settings: Settings) -> Iterator[str]:
    """Yield the path of every file of the root folder that is not hidden, served or not."""
    folder = settings.root
    if folder is None:
        return
    for parent, folders, files in os.walk(folder):
        is_top = parent == str(folder)
        hidden = [name for name in folders if name.startswith(".")]
        folders[:] = sorted(
            name for name in folders if name not in hidden or (is_top and name == WELL_KNOWN)
        )
        for name in sorted(name for name in files if not name.startswith(".")):
            yield os.path.relpath(os.path.join(parent, name), folder).replace(os.sep, "/")


def check_root_file(path: str, settings: Settings, owner: str = "") -> Problem | None:
    """Return why the file at *path* of the root folder is not served, None if it is.

    *owner* is the entry whose permalink has this address.
    """
    if not get_root_media_type(path, settings):
        known = ", ".join(TYPES_BY_EXTENSION)
        return _make_problem(
            f"a file of this name is not served at /{path}",
            f"use one of the endings {known}, or none in {WELL_KNOWN}/; no other name may begin"
            " with a dot, and none has control characters or bytes that are no UTF-8",
        )
    if is_reserved(make_permalink_path(path)) and path not in PREFERRED:
        return _make_problem(f"/{path} is an address of the service itself", "rename the file")
    if owner:
        return _make_problem(
            f"/{path} is the permalink of {owner}, which takes precedence", "rename one of the two"
        )
    folder = settings.root
    if folder is None or not os.path.lexists(folder / path):
        return _make_problem(
            f"/{path}, which site.license names, is not there",
            f"put it into the folder {settings.site.root!r}",
        )
    if _read_file(folder, path) is None:
        return _make_problem(
            f"/{path} is not served: it cannot be read, leads out of the folder, or is longer than"
            f" {MAX_FILE_BYTES:,} bytes",
            "put a readable, smaller file there, not a link that leads elsewhere",
        )
    return None


def _make_problem(message: str, remedy: str) -> Problem:
    return Problem(code="root-file", message=message, remedy=remedy)
