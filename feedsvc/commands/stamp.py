"""`feedsvc stamp`: the id that an entry has by its path is written into it, so that it survives a rename.

No other byte changes: the result is read again before it lets it stand.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from html import escape
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from feedsvc.commands.new import format_yaml_value
from feedsvc.dialects import parse_text
from feedsvc.dialects.field_names import get_field_name_table
from feedsvc.errors import EntryError
from feedsvc.file_kinds import get_extension
from feedsvc.index.walk import walk_files
from feedsvc.model import Entry
from feedsvc.reading import classify, read_file
from feedsvc.reading.encoding import decode_text
from feedsvc.reading.reader import parse_files
from feedsvc.settings import Settings


class StampResult(NamedTuple):
    """A file that now says its entry's id, or the *problem* that kept it from it."""

    path: str
    problem: str = ""


def stamp_entries(settings: Settings) -> Iterator[StampResult]:
    """Writes its present id into every entry that has none of its own, file by file in path order."""
    root, ids = settings.entries, set[str]()
    for found in walk_files(root):
        if found.fault or classify(found.path) != "entry":
            continue
        (reader,) = parse_files(root, [found.path], settings)
        entry = reader.entry
        if entry is None or reader.context is None:
            continue  # `check` says why
        fields = reader.context.fields
        if entry.id not in ids and fields.first("id") is None and fields.first("exactid") is None:
            yield stamp_entry(root, entry, settings)
        ids.add(entry.id)


def stamp_entry(root: Path, entry: Entry, settings: Settings) -> StampResult:
    """Writes *entry*'s id into its file, else into a sidecar; both stay as they were if that would change more."""
    ending = get_extension(entry.path)
    stem = entry.path.removesuffix(entry.path[-len(ending) - 1 :]) if ending else entry.path
    sidecar = root / f"{stem}.yaml"
    try:
        for file, data in (
            (root / entry.path, render_stamped_entry(root, entry, settings)),
            (sidecar, render_stamped_sidecar(sidecar, entry)),
        ):
            if data is None:
                continue
            old = file.read_bytes() if file.exists() else None
            write_atomically(file, data)
            after = read_file(root, entry.path, settings).entry
            if after is not None and replace(after, body_line=entry.body_line) == entry:
                return StampResult(file.relative_to(root).as_posix())
            if old is None:
                file.unlink()
            else:
                write_atomically(file, old)
    except OSError as error:
        return StampResult(
            entry.path,
            f"the id cannot be written: {error.strerror}; check the rights of file and folder",
        )
    return StampResult(
        entry.path,
        f"the id cannot be added without changing more; write {entry.id!r} into it yourself",
    )


def render_stamped_entry(root: Path, entry: Entry, settings: Settings) -> bytes | None:
    """The bytes of *entry*'s file with its id, in the manner of its dialect; None where that has no place for it."""
    data = (root / entry.path).read_bytes()
    codec = entry.encoding.removesuffix("-sig")
    if codec in ("utf-16", "utf-32"):
        codec += "-le" if data[:1] == b"\xff" else "-be"
    try:
        text = data.decode(codec)
        place, words = build_id_insertion(text, entry)
        stamped = text[:place] + words + text[place:]
        if not words or text.encode(codec) != data:
            return None
        added = stamped.encode(codec)
        parsed = parse_text(
            decode_text(added).text, entry.path, get_field_name_table(settings.fields)
        )
    except (UnicodeError, LookupError, EntryError):
        return None
    return added if parsed.dialect == entry.dialect and parsed.body == entry.body else None


def build_id_insertion(text: str, entry: Entry) -> tuple[int, str]:
    """Where the id goes, and the words that say it; "" where there is no place."""
    found = re.search(r"\r\n|\r|\n", text)
    ending = found[0] if found else "\n"
    start = len(text) - len(text.lstrip("\ufeff \t\r\n"))
    pattern, words = {
        "yaml": (r"[^\r\n]*(?:\r\n|\r|\n)", f"id: {format_yaml_value(entry.id)}{ending}"),
        "toml": (r"[^\r\n]*(?:\r\n|\r|\n)", f"id = {format_yaml_value(entry.id)}{ending}"),
        "json": (r"(?:[-;]{3}\w*\s*)?\{(?P<space>\s*)", f'"id": {format_yaml_value(entry.id)},'),
        "headers": (r"", f"id: {entry.id}{ending}"),
        "nikola": (r"(?:<!--\s*)?(?=\.\. )", f".. id: {entry.id}{ending}"),
        "org": (r"(?s:.*?)^(?=#\+)", f"#+id: {entry.id}{ending}"),
        "rst": (r"(?s:.*?)^(?=:[^:\s][^:\r\n]*:[ \t])", f":id: {entry.id}{ending}"),
        "asciidoc": (r"(?s:.*?)^(?=:\w[^:\r\n]*:)", f":id: {entry.id}{ending}"),
        "html": (
            r"(?is:.*?)<head(?:\s[^<>]*)?>(?P<space>\s*)",
            f'<meta name="id" content="{escape(entry.id)}">',
        ),
    }.get(entry.dialect, (r"(?!)", ""))
    match = re.compile(pattern, re.MULTILINE).match(text, start)
    if match is None:
        return 0, ""
    return match.end(), words + (match.groupdict().get("space") or "")


def render_stamped_sidecar(file: Path, entry: Entry) -> bytes:
    """The bytes of a sidecar, there already or not, with the id atop."""
    old = file.read_bytes() if file.exists() else b""
    fence = re.match(rb"(?:\xef\xbb\xbf)?(?:---[ \t]*\r?\n)?", old)
    place = fence.end() if fence else 0
    return old[:place] + f"id: {format_yaml_value(entry.id)}\n".encode() + old[place:]


def write_atomically(file: Path, data: bytes) -> None:
    """Puts *data* in the place of *file* at once, with its mode; a link stays one."""
    file = Path(os.path.realpath(file))
    mode = file.stat().st_mode & 0o7777 if file.exists() else 0o644
    handle, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as writing:
            writing.write(data)
        Path(name).chmod(mode)
        Path(name).replace(file)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(name).unlink()
        raise
