"""`feedsvc stamp`: write an entry's id, made of its path or from the site's old feed, into it.

Comes in: the folder, and perhaps a feed. Goes out: changed files, in which no other byte differs,
and sidecars where a dialect has no place for an id. Each result is read again, and undone if
anything but the position of the body has changed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from msgspec import Struct
from msgspec.structs import replace

from feedsvc.commands.editing.text_file import decode_file, has_same_text, insert_field
from feedsvc.commands.file_writing import (
    NO_ROOM_ERRORS,
    PERMISSIONS_REMEDY,
    write_atomically,
)
from feedsvc.commands.import_ import read_feed
from feedsvc.commands.new import format_yaml_value
from feedsvc.dialects import parse_text
from feedsvc.dialects.field_names import get_field_name_table
from feedsvc.errors import EntryError
from feedsvc.file_kinds import strip_extension
from feedsvc.indexer import FormerFiles, refresh_index, walk_files
from feedsvc.model import Entry
from feedsvc.reading import classify, decode_text, is_uri, read_file
from feedsvc.settings import Settings


class StampResult(Struct, frozen=True, kw_only=True):
    """The file that was written; or the entry's file and the *problem* that prevented it."""

    path: str
    problem: str = ""


def stamp_renamed(settings: Settings) -> Iterator[StampResult]:
    """Write its former id into every entry whose file was renamed and has no id of its own.

    The index, which is brought up to date first, knows the former name.
    """
    refresh_index(settings)
    for path, rename in FormerFiles(settings).renames.items():
        reading = read_file(settings.entries, path, settings)
        if reading.entry is not None and not reading.has_own_id:
            entry = replace(reading.entry, id=rename.former_id)
            yield stamp_entry(settings.entries, entry, settings)


def stamp_entries(
    settings: Settings, old_ids: dict[str, str] | None = None
) -> Iterator[StampResult]:
    """Write its present id into every entry without one; yield results in path order.

    With *old_ids*, ids by `make_address_key`, write only the entries at these addresses; ids that
    match no entry are left in *old_ids*.
    """
    root, ids = settings.entries, set[str]()
    files = [one for one in walk_files(root) if not one.fault and classify(one.path) == "entry"]
    names = Counter(one.target or one.path for one in files)  # links give a file more than one
    for found in files:
        reading = read_file(root, found.path, settings)
        entry = reading.entry
        if entry is None:
            continue  # `check` says why
        if old_ids is not None:
            old_id = take_old_id(entry, old_ids)
            entry = entry if reading.has_own_id else replace(entry, id=old_id)
        if entry.id and entry.id not in ids and not reading.has_own_id:
            is_shared = names[found.target or found.path] > 1
            yield stamp_entry(root, entry, settings, is_shared=is_shared)
        ids.add(entry.id)


def read_old_ids(feed: Path) -> dict[str, str]:
    """Return the ids of the items in the file *feed*, by `make_address_key`; raise `FileError`."""
    items = (item.fields for item in read_feed(feed).items)
    return {
        make_address_key(str(fields["url"])): str(fields["id"])
        for fields in items
        if fields.get("url") and fields.get("id")
    }


def take_old_id(entry: Entry, old_ids: dict[str, str]) -> str:
    """Remove the ids of the addresses of *entry* from *old_ids*; return the first, "" for none."""
    keys = map(make_address_key, (entry.url, *entry.aliases))
    found = [old_ids.pop(key) for key in dict.fromkeys(keys) if key in old_ids]
    return found[0] if found else ""


def make_address_key(url: str) -> str:
    """Return the key by which spellings of one address of the site compare: its path."""
    return unquote(urlsplit(url).path).removesuffix("index.html").rstrip("/") or "/"


def stamp_entry(
    root: Path, entry: Entry, settings: Settings, *, is_shared: bool = False
) -> StampResult:
    """Write the id of *entry* into its file, or else into a sidecar.

    A file that *is_shared* has another name, by a link, and under that another id.
    """
    sidecar = root / f"{strip_extension(entry.path)}.yaml"
    try:
        for file, data in (
            (root / entry.path, None if is_shared else render_stamped_entry(root, entry, settings)),
            (sidecar, render_stamped_sidecar(sidecar, entry)),
        ):
            if data is not None and write_if_equal(file, data, root, entry, settings):
                return StampResult(path=file.relative_to(root).as_posix())
    except OSError as error:
        if error.errno in NO_ROOM_ERRORS:
            error.filename = error.filename or str(root / entry.path)
            raise  # every other file would fail, too
        problem = f"the id cannot be written: {error.strerror}; {PERMISSIONS_REMEDY}"
        return StampResult(path=entry.path, problem=problem)
    problem = "the id cannot be added without changing anything else"
    return StampResult(path=entry.path, problem=f"{problem}; write {entry.id!r} into it yourself")


def write_if_equal(file: Path, data: bytes, root: Path, entry: Entry, settings: Settings) -> bool:
    """Write *data* to *file*; if *entry* then reads differently, undo that and return False."""
    old = file.read_bytes() if file.exists() else None
    write_atomically(file, data)
    after = read_file(root, entry.path, settings).entry
    if (
        after is not None
        and has_same_text(after.body, entry.body, entry.markup)
        and replace(after, body=entry.body, body_line=entry.body_line) == entry
    ):
        return True
    if old is None:
        file.unlink()
    else:
        write_atomically(file, old)
    return False


def render_stamped_entry(root: Path, entry: Entry, settings: Settings) -> bytes | None:
    """Return the file of *entry* with its id in it, None if the dialect has no place for one."""
    file = decode_file((root / entry.path).read_bytes(), entry.encoding)
    stamped = insert_field(file, entry.dialect, get_id_field(entry), entry.id) if file else None
    if stamped is None:
        return None
    try:
        text = decode_text(stamped).text
        parsed = parse_text(text, entry.path, get_field_name_table(settings.fields))
    except EntryError:
        return None
    is_same = parsed.dialect == entry.dialect and has_same_text(
        parsed.body, entry.body, entry.markup
    )
    return stamped if is_same else None


def render_stamped_sidecar(file: Path, entry: Entry) -> bytes:
    """Return the content of the sidecar *file*, new or existing, with the id as first field."""
    old = file.read_bytes() if file.exists() else b""
    fence = re.match(rb"(?:\xef\xbb\xbf)?(?:---[ \t]*\r?\n)?", old)
    offset = fence.end() if fence else 0
    line = f"{get_id_field(entry)}: {format_yaml_value(entry.id)}\n"
    return old[:offset] + line.encode() + old[offset:]


def get_id_field(entry: Entry) -> str:
    """Return the field that keeps the id as it is: ids of old feeds may be no URI."""
    return "id" if is_uri(entry.id) else "exact_id"
