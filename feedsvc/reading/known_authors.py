"""The people that a site knows by short keys: `author: jd` is Jane Doe.

Comes in: the setting [authors], and the files in which site tools keep authors, in the entries
folder or in the site's root above it. Goes out: an `Author` for a key.

- `authors.yml`, `_data/authors.json`, `data/authors.toml`: a table of people by key
- `_data/authors/jd.yml`, `data/authors/jd.json`: a person a file
- `authors/jd.md`, `author/jd.md`, `authors/jd/_index.md`: a person a page
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from feedsvc.dialects.characters import clean_fields
from feedsvc.dialects.field_names import normalize_field_name
from feedsvc.dialects.types import Fields, Value
from feedsvc.errors import EntryError
from feedsvc.fields.values import build_authors, parse_author
from feedsvc.file_kinds import AUTHOR_BASES, AUTHOR_DATA_EXTENSIONS, get_extension
from feedsvc.memo import remember_short
from feedsvc.model import Author
from feedsvc.reading.sidecars import FolderCache, parse_fields, read_input
from feedsvc.settings import Settings
from feedsvc.urls import make_slug

OUTER_BASES = (
    "../",
    "../../",
)  # to the site's root, if the entries are in `_posts` or `content/blog`
DATA_FOLDERS = ("", "_data/", "data/")
PERSON_FOLDERS = ("_data/authors", "data/authors", "authors", "author", "_authors")
PAGE_NAMES = ("_index.md", "index.md")
KEY_FIELDS = frozenset({"id", "key", "slug", "username", "shortname", "login"})


def get_known_authors(folders: FolderCache, settings: Settings) -> Mapping[str, Author]:
    """Return the people of settings and files by the slugs of their keys, looked up once."""
    if folders.known_authors is None:
        known: dict[str, Author] = {}
        for key, value in settings.authors.items():
            person = value if isinstance(value, str) else {
                "name": value.name, "email": value.email, "url": value.url
            }  # fmt: skip
            add_person(known, key, person)
        for path in list_author_files(folders):
            try:
                data = read_input(folders, path)
            except EntryError:
                continue  # it has a problem of its own, or is outside of the folder
            for slug, author in parse_author_file(data, path).items():
                known.setdefault(slug, author)
        folders.known_authors = known
    return folders.known_authors


def digest_outer_authors(root: Path) -> int:
    """Return a hash of the authors' files above the entries folder, which are not watched.

    It is 0 if there are none.
    """
    outer = [path for path in list_author_files(FolderCache(root)) if path.startswith("../")]
    parts = []
    for path in outer:
        with suppress(EntryError):
            parts.append(read_input(FolderCache(root), path))
    digest = hashlib.blake2b(b"\0".join(parts), digest_size=7).digest()
    return int.from_bytes(digest, "big") if parts else 0


def list_author_files(folders: FolderCache) -> Iterator[str]:
    """Yield the files with authors, those in the entries folder first."""
    for base in (*AUTHOR_BASES, *OUTER_BASES):
        if base and not os.path.isdir(f"{folders.root}/{base}"):
            continue
        names = [f"{data}authors.{ext}" for data in DATA_FOLDERS for ext in AUTHOR_DATA_EXTENSIONS]
        yield from folders.list_existing(base.rstrip("/"), names)
        for folder in PERSON_FOLDERS:
            yield from list_person_files(folders, base + folder)


def list_person_files(folders: FolderCache, folder: str) -> Iterator[str]:
    """Yield the files of *folder* that describe a person each, in their order."""
    try:
        names = sorted(os.listdir(f"{folders.root}/{folder}"))
    except OSError:
        return
    for name in names:
        if get_extension(name) in ("md", "html", *AUTHOR_DATA_EXTENSIONS):
            yield f"{folder}/{name}"
        elif "." not in name:
            yield from folders.list_existing(f"{folder}/{name}", PAGE_NAMES)


@remember_short(64, 262_144)  # by content: called for every batch of files
def parse_author_file(source: bytes, path: str) -> Mapping[str, Author]:
    """Return the people of one file by the slugs of their keys; nothing if it is broken."""
    try:
        fields, _ = clean_fields(parse_fields(source.partition(b"\0")[2], get_extension(path)))
    except EntryError:
        return {}
    known: dict[str, Author] = {}
    folder, _, name = path.rpartition("/")
    if name.rpartition(".")[0] == "authors" and folder.rpartition("/")[2] != "authors":
        for field in fields:
            add_person(known, field.name, field.value)
        return known
    stem = name.rpartition(".")[0]
    key = folder.rpartition("/")[2] if name in PAGE_NAMES else stem
    person = {field.name: field.value for field in fields}
    for own in (key, *list_own_keys(fields)):
        add_person(known, own, person)
    return known


def list_own_keys(fields: Fields) -> list[str]:
    """Return the keys that a person's own fields give."""
    return [
        field.value
        for field in fields
        if normalize_field_name(field.name) in KEY_FIELDS and isinstance(field.value, str)
    ]


def add_person(known: dict[str, Author], key: str, value: Value | Mapping[str, Value]) -> None:
    """Add the person of *value*, a name or a table, under the slug of *key*."""
    people = build_authors(value) if isinstance(value, Mapping) else parse_author(value)
    if len(people) == 1 and re.search(r"\w", key):
        known.setdefault(make_slug(key), people[0])
