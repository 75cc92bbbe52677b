"""The kind of a file in the folder, by its name alone.

Comes in: a path below the entries folder. Goes out: entry, asset, sidecar, defaults of a
folder, or ignored. Every scan classifies every file, so nothing is read from the disk.
"""

from __future__ import annotations

import re
from typing import Literal

from feedsvc.memo import remember_short
from feedsvc.model import Markup

FileKind = Literal["entry", "asset", "sidecar", "defaults", "ignored"]

MARKUP_BY_EXTENSION: dict[str, Markup] = {
    **dict.fromkeys(("md", "markdown", "mdown", "mkd", "mkdn", "mdx"), "markdown"),
    **dict.fromkeys(("html", "htm", "xhtml"), "html"),
    **dict.fromkeys(("txt", "text"), "text"),
    **dict.fromkeys(("rst", "rest"), "rst"),
    **dict.fromkeys(("adoc", "asciidoc"), "asciidoc"),
    "org": "org",
    "wml": "wml",
}
MEDIA_TYPES = {  # of the files that /files/ serves; the system's own table differs between machines
    **{ending: f"image/{ending}" for ending in ("png", "gif", "webp", "avif", "bmp", "jxl")},
    **dict.fromkeys(("jpg", "jpeg"), "image/jpeg"),
    **dict.fromkeys(("tif", "tiff"), "image/tiff"),
    "svg": "image/svg+xml",
    "ico": "image/x-icon",
    "mp3": "audio/mpeg",
    **dict.fromkeys(("m4a", "m4b"), "audio/mp4"),
    **dict.fromkeys(("ogg", "oga", "opus"), "audio/ogg"),
    **{ending: f"audio/{ending}" for ending in ("aac", "flac", "wav")},
    **dict.fromkeys(("mp4", "m4v"), "video/mp4"),
    "webm": "video/webm",
    "ogv": "video/ogg",
    "mov": "video/quicktime",
    "vtt": "text/vtt",
    "srt": "application/x-subrip",
    "csv": "text/csv",
    "ics": "text/calendar",
    "pdf": "application/pdf",
    "zip": "application/zip",
    "epub": "application/epub+zip",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    **{f"od{key}": f"application/vnd.oasis.opendocument.{name}" for key, name in
       (("t", "text"), ("s", "spreadsheet"), ("p", "presentation"))},
}  # fmt: skip
# https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/tags/chapters.md
CHAPTERS_TYPE = "application/json+chapters"
CHAPTERS_NAME = re.compile(r"(?:^|[/.])chapters\.json$", re.IGNORECASE)
SIDECAR_SUFFIXES = (".yaml", ".yml", ".json", ".toml", ".meta", ".11tydata.json")
KIND_BY_EXTENSION: dict[str, FileKind] = {  # JSON depends on more of the path
    "": "entry",
    **dict.fromkeys(MARKUP_BY_EXTENSION, "entry"),
    **dict.fromkeys(MEDIA_TYPES, "asset"),
    **dict.fromkeys(("yaml", "yml", "toml", "meta"), "sidecar"),
}
HIDDEN_PREFIXES = ("", *"._~#")
TEMPORARY_EXTENSIONS = frozenset({"swp", "bak", "orig", "tmp", "part"})
NON_ENTRY_NAMES = re.compile(
    r"(?:readme|licen[cs]e|copying|changelog|contributing|code_of_conduct|security|makefile"
    r"|dockerfile|gemfile|rakefile|cname|humans|robots|requirements|package|package-lock|tsconfig"
    r"|composer|manifest|cmakelists|codeowners|owners)"
    r"(?:[.-][^/]*)?$",
    re.IGNORECASE,
)
# What Syncthing, Dropbox and Nextcloud leave of a file that was changed in two places
CONFLICT_COPY = re.compile(r"\.sync-conflict-\d{8}-\d{6}|\(.{0,80}conflicted copy.{0,30}\)")
TOOL_FOLDERS = re.compile(  # folders of site tools without entries
    r"(?:^|/)(?:\.[^/]*|_(?:layouts|includes|data|sass|site|plugins)|node_modules|__pycache__)/"
)
# Where site tools keep their authors, below the site's root
AUTHOR_BASES = ("", "content/", "src/", "source/", "site/", "blog/")
AUTHOR_DATA_EXTENSIONS = ("yml", "yaml", "json", "toml")
AUTHOR_DATA = re.compile(
    rf"(?:{'|'.join(AUTHOR_BASES)})(?:_?data/)?authors(?:/[^/]+)?"
    rf"\.(?:{'|'.join(AUTHOR_DATA_EXTENSIONS)})"
)
AUTHOR_PAGE = re.compile(
    rf"(?:{'|'.join(AUTHOR_BASES)})(?:_?authors|author)/[^/]+(?:/_?index)?\.(?:md|html)"
)
EXTENSION = re.compile(r"\.([A-Za-z][A-Za-z0-9]{0,9})$")


@remember_short(64, 1_000)  # each step of a reading calls it
def get_extension(path: str) -> str:
    """Return the extension of *path*, lower case and without the dot; "" for `release-1.2`."""
    match = EXTENSION.search(path)
    return match[1].lower() if match else ""


def strip_extension(path: str) -> str:
    """Return *path* without its extension and the dot."""
    extension = get_extension(path)
    return path[: -len(extension) - 1] if extension else path


def get_media_type(path: str) -> str:
    """Return the media type of an asset, "" for other files."""
    extension = get_extension(path)
    if extension == "json" and CHAPTERS_NAME.search(path):
        return CHAPTERS_TYPE
    return MEDIA_TYPES.get(extension, "")


def classify(path: str) -> FileKind:
    """Return what *path* can be."""
    folder, _, name = path.rpartition("/")
    if "authors" in path and AUTHOR_DATA.fullmatch(path):
        return "defaults"
    if ("_" in folder or "." in folder) and TOOL_FOLDERS.search(folder + "/"):
        return "ignored"
    extension = get_extension(name)
    if name.startswith("_index.") and extension in MARKUP_BY_EXTENSION:
        return "defaults"
    if (
        name[:1] in HIDDEN_PREFIXES
        or name[-1:] == "~"
        or extension in TEMPORARY_EXTENSIONS
        or NON_ENTRY_NAMES.match(name)
        or ("conflict" in name and CONFLICT_COPY.search(name))
    ):
        return "ignored"
    if extension == "json":
        return _classify_json(folder, name)
    return KIND_BY_EXTENSION.get(extension, "ignored")


def _classify_json(folder: str, name: str) -> FileKind:
    """Return the kind of a JSON file: Eleventy has data for a folder, and for one page."""
    if CHAPTERS_NAME.search(name):
        return "asset"
    if name.removesuffix(".json").removesuffix(".11tydata") == folder.rpartition("/")[2]:
        return "defaults"
    return "sidecar" if name.endswith(".11tydata.json") else "entry"


def get_affected_entries(path: str) -> tuple[Literal["stem", "folder"], str] | None:
    """Return which entries must be read again when *path* changes.

    ("stem", "a/b"): those named `a/b.*`; ("folder", "a/"): all below; None: only
    those that use the file.
    """
    kind = classify(path)
    if "author" in path and (AUTHOR_DATA.fullmatch(path) or AUTHOR_PAGE.fullmatch(path)):
        return "folder", ""
    if kind == "defaults":
        folder = path.rpartition("/")[0]
        return "folder", folder + "/" if folder else ""
    if kind == "sidecar" or path.endswith(".json"):
        for ending in reversed(SIDECAR_SUFFIXES):
            if path.lower().endswith(ending):
                return "stem", path[: -len(ending)]
    return None
