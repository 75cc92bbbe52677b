"""Suggests the existing file that a wrong name probably means: `ferry.jpg` for `Ferry.JPG`.

Comes in: a path that does not exist, and a function that lists a folder. Goes out: an existing
path, "" for none. Only wrong names come here. Folders with more than `MAX_NAMES` names are not
searched.
"""

from __future__ import annotations

import os
import posixpath
import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from urllib.parse import unquote

ListFolder = Callable[[str], Sequence[str]]
MAX_NAMES = 20_000  # of a folder
MAX_LETTERS_CHARACTERS = 100  # of a name in which one letter may be wrong
MIN_LETTERS = 4  # of such a name, without its extension
MAX_FOLDERS = 4  # that are remembered
SEPARATORS = re.compile(r"[\s_-]+")
# Extensions of one kind; those of the first group are the same
SAME_EXTENSIONS = (("jpg", "jpeg", "jpe"), ("tif", "tiff"), ("htm", "html"), ("yml", "yaml"),
    ("md", "markdown"), ("mpg", "mpeg"), ("txt", "text"))  # fmt: skip
CANONICAL_EXTENSION = {one: group[0] for group in SAME_EXTENSIONS for one in group}
PICTURES = frozenset("jpg png gif webp avif svg tif bmp".split())
# Folders beside or below the one that is meant, in which pictures lie
NEAR_FOLDERS = ("..", "images", "img", "assets", "static", "media", "files", "pictures")


def suggest_file(root: str, path: str) -> str:
    """Return the file below *root* that *path*, a missing one, may mean; "" for none."""
    return suggest_path(path, lambda folder: list_names(root, folder))


def suggest_path(path: str, list_folder: ListFolder) -> str:
    """Return the existing path that *path* may mean, "" for none.

    First one that differs in case, spaces, hyphens, percent-encoding, Unicode's form or the
    spelling of the extension; then one of that name nearby; then one with a letter that is
    another, or a picture of another type.
    """
    if found := _resolve_folded(path, list_folder):
        return found
    folder, _, name = path.rpartition("/")
    for other in NEAR_FOLDERS:
        near = posixpath.normpath(posixpath.join(folder, other))
        if near.startswith("../"):
            continue
        beside = "" if near in (".", "..") else near
        if beside != folder and (found := _choose(name, list_folder(beside))):
            return posixpath.join(beside, found)
    found = _choose_similar(name, list_folder(folder))
    return posixpath.join(folder, found) if found else ""


def _resolve_folded(path: str, list_folder: ListFolder) -> str:
    """Return *path* with each of its segments as a folder has it, "" where one has none."""
    folder = ""
    for segment in path.split("/"):
        names = list_folder(folder)
        name = segment if segment in names else _choose(segment, names)
        if not name:
            return ""
        folder = posixpath.join(folder, name)
    return folder


def _choose(name: str, names: Sequence[str]) -> str:
    """Return which of *names* is *name* but for its spelling, "" for none or several."""
    folded = fold_name(name)
    found = [
        one for one, other in zip(names, _fold_all(tuple(names)), strict=True) if other == folded
    ]
    return found[0] if len(found) == 1 else ""


def _choose_similar(name: str, names: Sequence[str]) -> str:
    """Return the one of *names* in which one letter is another, or the type of the picture."""
    stem, _, extension = fold_name(name).rpartition(".")
    if not stem or len(name) > MAX_LETTERS_CHARACTERS:
        return ""
    found = []
    for one, other in zip(names, _fold_all(tuple(names)), strict=True):
        other_stem, _, other_extension = other.rpartition(".")
        if other_extension == extension:
            if len(stem) >= MIN_LETTERS and is_one_slip(stem, other_stem):
                found.append(one)
        elif other_stem == stem and {extension, other_extension} <= PICTURES:
            found.append(one)
    return found[0] if len(found) == 1 else ""


def fold_name(name: str) -> str:
    """Return *name* in the form by which spellings of one file name compare."""
    folded = unicodedata.normalize("NFC", unquote(name)).casefold()
    stem, dot, extension = SEPARATORS.sub("-", folded).rpartition(".")
    return f"{stem}{dot}{CANONICAL_EXTENSION.get(extension, extension)}"


@lru_cache(maxsize=MAX_FOLDERS)
def _fold_all(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(fold_name, names))


def is_one_slip(one: str, other: str) -> bool:
    """Return whether *one* and *other* differ by one slip in writing.

    That is one letter more, less or another, or two that change places. A digit is no slip:
    `photo-2` is not `photo-1`.
    """
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    start = min(len(one), len(other)) if start is None else start
    if any(letter.isdigit() for letter in (one[start : start + 1] + other[start : start + 1])):
        return False
    rests = one[start:], other[start:]
    return (
        rests[0][1:] == rests[1][1:]
        or rests[0][1:] == rests[1]
        or rests[0] == rests[1][1:]
        or (rests[0][:2] == rests[1][:2][::-1] and rests[0][2:] == rests[1][2:])
    )


def list_names(root: str, folder: str) -> Sequence[str]:
    """Return the names in *folder* below *root*, () for none, or for too many."""
    try:
        changed = os.stat(f"{root}/{folder}").st_mtime_ns
    except (OSError, ValueError):
        return ()
    return _list_names(f"{root}/{folder}", changed)


@lru_cache(maxsize=MAX_FOLDERS)
def _list_names(folder: str, _changed: int) -> Sequence[str]:
    try:
        with os.scandir(folder) as found:
            names = [one.name for one, _ in zip(found, range(MAX_NAMES + 1), strict=False)]
    except OSError:
        return ()
    return tuple(sorted(names)) if len(names) <= MAX_NAMES else ()


def make_remedy(found: str, path: str, *, is_rooted: bool) -> str:
    """Return what to write in the entry *path* to refer to the file *found*."""
    words = f"/{found}" if is_rooted else posixpath.relpath(found, posixpath.dirname(path) or ".")
    return f"there is {words!r}: write that, or rename the file"
