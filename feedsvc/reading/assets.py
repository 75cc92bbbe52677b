"""References to files of the folder: which file is meant, how large it is, and its address under /files/.

The only stage that looks at files beside the entry's own; it looks only for
those that the entry names.
"""

from __future__ import annotations

import os
import posixpath
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urljoin

from feedsvc.file_kinds import get_media_type
from feedsvc.model import Entry
from feedsvc.settings import Settings
from feedsvc.urls import join_url, make_file_path

EXTERNAL_REFERENCE = re.compile(r"[a-z][a-z0-9+.-]*:|//|#|\?", re.IGNORECASE)
PELICAN_PREFIX = re.compile(
    r"^(?:\{(?:static|attach|filename)\}|\|(?:static|attach|filename)\|)", re.IGNORECASE
)
ROOT_PREFIXES = ("", "static/")  # where a reference that begins with a slash is looked for


class Asset(NamedTuple):
    """A file that an entry uses; *size* is -1 while it is not there."""

    path: str
    size: int
    type: str


def resolve_asset(root: Path, path: str, reference: str) -> Asset | None:
    """The file that *reference* means in the entry *path*; None if it is no file of the folder's."""
    if EXTERNAL_REFERENCE.match(reference):
        return None
    words = PELICAN_PREFIX.sub("", unquote(re.split(r"[?#]", reference, maxsplit=1)[0]))
    kind = get_media_type(words)
    if not kind or "\0" in words:
        return None
    if words.startswith("/"):
        tries = [place + words.lstrip("/") for place in ROOT_PREFIXES]
    else:
        tries = [posixpath.join(posixpath.dirname(path), words), words]
    missing = None
    for one in tries:
        candidate = posixpath.normpath(one)
        if candidate.startswith(("../", "/")):
            continue
        size = get_file_size(root, candidate)
        if size >= 0:
            return Asset(candidate, size, kind)
        missing = missing or Asset(candidate, -1, kind)
    return missing


def get_file_size(root: Path, path: str) -> int:
    """The size of a file in the folder, -1 if there is none, or if it is a link out of the folder."""
    full = f"{root}/{path}"
    try:
        facts = os.lstat(full)
        if stat.S_ISLNK(facts.st_mode):
            if not os.path.realpath(full).startswith(os.path.realpath(root) + os.sep):
                return -1
            facts = os.lstat(os.path.realpath(full))
    except (OSError, ValueError):
        return -1
    return facts.st_size if stat.S_ISREG(facts.st_mode) else -1


def make_resolver(root: Path, entry: Entry, settings: Settings) -> Callable[[str], str]:
    """Makes references in *entry*'s body absolute: to /files/ for files of the folder, else from the permalink."""
    site = settings.site.url

    def resolve(reference: str) -> str:
        asset = resolve_asset(root, entry.path, reference)
        if asset is not None and asset.size >= 0:
            return join_url(site, make_file_path(asset.path))
        reference = PELICAN_PREFIX.sub("", reference)
        if reference.startswith("/") and not reference.startswith("//"):
            return join_url(site, reference)
        try:
            return urljoin(entry.url, reference)
        except ValueError:  # brackets that are no IPv6 address
            return reference

    return resolve
