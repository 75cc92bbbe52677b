"""Files that will not be published: documents of unknown formats, sidecars without an entry.

Comes in: the reports of all files in path order. Goes out: the same, with a problem for each file
that was ignored and probably should not be. Only names and sidecars are examined.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from msgspec.structs import replace

from feedsvc.commands.reports import FileReport
from feedsvc.commands.xml_root import FIRST_ELEMENT
from feedsvc.errors import EntryError
from feedsvc.file_kinds import MARKUP_BY_EXTENSION, MEDIA_TYPES, classify, get_extension
from feedsvc.model import Problem
from feedsvc.reading import is_orphan_sidecar, is_part_of_saved_page, suggest_file
from feedsvc.reading.files import open_file

DOCUMENT_EXTENSIONS = frozenset(
    "docx doc docm dotx odt ott fodt rtf pdf eml msg pages wps wpd mht mhtml epub gdoc".split()
)
# Formats of documents that no dialect reads: reported in a folder that has nothing else
UNKNOWN_EXTENSIONS = frozenset(
    "xml rss atom rdf lr textile wiki mediawiki creole tex dbk docbook dita rdoc pod ipynb php"
    " asp aspx jsp shtml cfm sgml nitf typ pug haml slim".split()
)
# Folders with a site's downloads: entries may link to their files by absolute URLs
DOWNLOAD_FOLDERS = frozenset(
    "static assets public files file uploads upload downloads download media images img pdf pdfs"
    " attachments resources wp-content documents docs".split()
)
FEED_EXTENSIONS = ("xml", "rss", "atom", "rdf")
FEED_ROOTS = ("rss", "feed", "rdf")
# Site tools write these beside the entries, or make them from a template
SITE_FEED_NAMES = ("feed", "rss", "atom", "index")
TEMPLATE_MARK = re.compile(r"\{[{%]|<%|<\?php")
HEAD_BYTES = 4096  # in which a feed has its first element
MIN_GROUP_FILES = 2
DOCUMENT_REMEDY = "save it as text, HTML or Markdown, or link to it from an entry"
SIDECAR_REMEDY = "put the entry's text beside it under the same name, or remove it"
FEED_REMEDY = "turn it into entries with `feedsvc import`, and take it out of the folder"
GROUP_REMEDY = "turn them into HTML, Markdown or text; for an old feed, use `feedsvc import`"


def note_unread_files(reports: Iterable[FileReport], root: Path) -> Iterator[FileReport]:
    """Yield *reports* of the folder *root*, with a problem for each file that is not read.

    Reports are held from the first such file on, since a later entry may refer to it; and as
    long as there is no entry.
    """
    waiting: list[FileReport] = []
    used: set[str] = set()
    entry_folders: set[str] = set()
    is_waiting = False
    for report in reports:
        used.update(report.asset_paths)
        if report.state != "ignored":
            entry_folders.add(_get_folder(report.path))
        waiting.append(report)
        is_waiting = is_waiting or (report.state == "ignored" and can_be_unread(report.path))
        if entry_folders and not is_waiting:
            yield from waiting
            waiting.clear()
    paths = [one.path for one in waiting if one.state == "ignored" and not one.problems]
    problems = dict(
        list_unread_files(
            paths,
            root,
            is_used=used.__contains__,
            has_entry=entry_folders.__contains__,
            is_without_entries=not entry_folders,
        )
    )
    for report in waiting:
        problem = problems.get(report.path)
        yield replace(report, problems=(*report.problems, problem)) if problem else report


def list_unread_files(
    paths: Iterable[str],
    root: Path,
    *,
    is_used: Callable[[str], bool],
    has_entry: Callable[[str], bool],
    is_without_entries: bool,
) -> Iterator[tuple[str, Problem]]:
    """Yield the path and problem of each of *paths* that has one: files ignored without a problem.

    *is_used* returns whether an entry refers to a path, *has_entry* whether one is directly in a
    folder, "" for *root* itself.
    """
    groups: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for path in paths:
        folder, extension = _get_folder(path), get_extension(path)
        if not _is_plain_name(path) or is_part_of_saved_page(root, path):
            continue
        if extension in DOCUMENT_EXTENSIONS:
            if not is_used(path) and not _is_download(folder):
                yield path, _make_document_problem(extension)
        elif classify(path) == "sidecar" and is_orphan_sidecar(root, path):
            message = "it has the fields of an entry, but there is no entry of the same name"
            remedy = suggest_entry(root, path) or SIDECAR_REMEDY
            yield path, Problem(code="sidecar-orphan", message=message, remedy=remedy)
        elif _is_old_feed(root, path, is_alone=is_without_entries):
            message = "the file is a feed of many entries"
            yield path, Problem(code="many-entries", message=message, remedy=FEED_REMEDY)
        elif (is_without_entries and extension not in MEDIA_TYPES) or (
            extension in UNKNOWN_EXTENSIONS and not has_entry(folder)
        ):
            groups["" if is_without_entries else folder, extension].append(path)
    for (folder, extension), group in groups.items():
        if len(group) >= MIN_GROUP_FILES or is_without_entries:
            yield group[0], _make_group_problem(folder, extension, len(group))


def can_be_unread(path: str) -> bool:
    extension = get_extension(path)
    return (
        extension in DOCUMENT_EXTENSIONS
        or extension in UNKNOWN_EXTENSIONS
        or classify(path) == "sidecar"
    )


def suggest_entry(root: Path, path: str) -> str:
    """Return how to attach the sidecar *path* to its probable entry, "" for none."""
    stem = path.rpartition(".")[0]
    for extension in MARKUP_BY_EXTENSION:
        near = suggest_file(str(root), f"{stem}.{extension}")
        if near and classify(near) == "entry":
            own = near.rpartition(".")[0] + path[len(stem) :]
            return f"there is {near!r}: rename it to {own!r} if it belongs to that"
    return ""


def _is_plain_name(path: str) -> bool:
    """Return whether only its format keeps the file from being an entry."""
    extension = get_extension(path)
    return classify(f"{path[: -len(extension)]}md" if extension else path) == "entry"


def _is_old_feed(root: Path, path: str, *, is_alone: bool) -> bool:
    """Return whether the file *path* is a feed that may be meant to be imported.

    Not meant are a site tool's own feed (by its usual name, a folder of built files, or template
    tags) and one beside the settings, kept for `stamp --feed`. With *is_alone*, where the folder
    has nothing else, names and places do not count.
    """
    if get_extension(path) not in FEED_EXTENSIONS:
        return False
    folder, _, name = path.lower().rpartition("/")
    is_of_site = _is_download(folder) or name.partition(".")[0] in SITE_FEED_NAMES
    if not is_alone and (is_of_site or (root / path).with_name("feedsvc.toml").exists()):
        return False
    with suppress(OSError, EntryError), os.fdopen(open_file(f"{root}/{path}", f"{root}")) as file:
        head = os.read(file.fileno(), HEAD_BYTES).replace(b"\0", b"").decode("latin-1")
        first = FIRST_ELEMENT.match(head.lstrip("\xef\xbb\xbf\xff\xfe"))  # byte order marks
        name = first[1].rpartition(":")[2].lower() if first else ""
        return name in FEED_ROOTS and not TEMPLATE_MARK.search(head)
    return False


def _is_download(folder: str) -> bool:
    return not DOWNLOAD_FOLDERS.isdisjoint(folder.lower().split("/"))


def _get_folder(path: str) -> str:
    return path.rpartition("/")[0]


def _make_document_problem(extension: str) -> Problem:
    message = f"a .{extension} document is not read, so nobody sees it"
    return Problem(code="document-unread", message=message, remedy=DOCUMENT_REMEDY)


def _make_group_problem(folder: str, extension: str, count: int) -> Problem:
    files = f"{count:,} .{extension} files" if count > 1 else f"1 .{extension} file"
    where = f"the folder {folder!r}" if folder else "the whole folder"
    message = f"{files} were passed over, and nothing else in {where} was understood"
    return Problem(code="dialect-unknown", message=message, remedy=GROUP_REMEDY)
