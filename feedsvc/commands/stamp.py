"""`feedsvc stamp`: the id that an entry has by its path is written into it.

Comes in: the folder. Goes out: changed files, in which no other byte differs, and sidecars
where a dialect has no place for an id. Each result is read again, and taken back if anything
but the place of the body has changed.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from html import escape
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from feedsvc.commands.new import format_yaml_value
from feedsvc.content.asciidoc_header import drop_header
from feedsvc.dialects import parse_text
from feedsvc.dialects.field_names import get_field_name_table
from feedsvc.errors import EntryError
from feedsvc.file_kinds import get_extension
from feedsvc.index import walk_files
from feedsvc.model import Entry
from feedsvc.reading import classify, decode_text, read_file
from feedsvc.settings import Settings

FIRST_LINE = r"[^\r\n]*(?:\r\n|\r|\n)"
# dialect: what stands before the id, and the id; "space" is repeated after it
INSERTIONS = {
    "yaml": (FIRST_LINE, "id: {quoted}{newline}"),
    "toml": (FIRST_LINE, "id = {quoted}{newline}"),
    "json": (r"(?:[-;]{3}\w*\s*)?\{(?P<space>\s*)", '"id": {quoted},'),
    "headers": (r"", "id: {id}{newline}"),
    "nikola": (r"(?:<!--\s*)?(?=\.\. )", ".. id: {id}{newline}"),
    "org": (r"(?s:.*?)^(?=#\+)", "#+id: {id}{newline}"),
    "rst": (r"(?s:.*?)^(?=:[^:\s][^:\r\n]*:[ \t])", ":id: {id}{newline}"),
    "asciidoc": (r"(?s:.*?)^(?=:\w[^:\r\n]*:)", ":id: {id}{newline}"),
    "html": (
        r"(?is:.*?)<head(?:\s[^<>]*)?>(?P<space>\s*)",
        '<meta name="id" content="{escaped}">',
    ),
}


class StampResult(Struct, frozen=True, kw_only=True):
    """The file that was written, or the entry's file and the *problem* that prevented it."""

    path: str
    problem: str = ""


def stamp_entries(settings: Settings) -> Iterator[StampResult]:
    """Write its present id into every entry without one; yield results in path order."""
    root, ids = settings.entries, set[str]()
    for found in walk_files(root):
        if found.fault or classify(found.path) != "entry":
            continue
        reading = read_file(root, found.path, settings)
        entry = reading.entry
        if entry is None:
            continue  # `check` says why
        if entry.id not in ids and not reading.has_own_id:
            yield stamp_entry(root, entry, settings)
        ids.add(entry.id)


def stamp_entry(root: Path, entry: Entry, settings: Settings) -> StampResult:
    """Write *entry*'s id into its file, else into a sidecar."""
    extension = get_extension(entry.path)
    stem = entry.path[: -len(extension) - 1] if extension else entry.path
    sidecar = root / f"{stem}.yaml"
    try:
        for file, data in (
            (root / entry.path, render_stamped_entry(root, entry, settings)),
            (sidecar, render_stamped_sidecar(sidecar, entry)),
        ):
            if data is not None and write_if_equal(file, data, root, entry, settings):
                return StampResult(path=file.relative_to(root).as_posix())
    except OSError as error:
        problem = f"the id cannot be written: {error.strerror}; check the rights of file and folder"
        return StampResult(path=entry.path, problem=problem)
    problem = "the id cannot be added without changing more"
    return StampResult(path=entry.path, problem=f"{problem}; write {entry.id!r} into it yourself")


def write_if_equal(file: Path, data: bytes, root: Path, entry: Entry, settings: Settings) -> bool:
    """Write *data* to *file*; take it back and return False if *entry* then reads otherwise."""
    old = file.read_bytes() if file.exists() else None
    write_atomically(file, data)
    after = read_file(root, entry.path, settings).entry
    if (
        after is not None
        and has_same_text(after.body, entry)
        and replace(after, body=entry.body, body_line=entry.body_line) == entry
    ):
        return True
    if old is None:
        file.unlink()
    else:
        write_atomically(file, old)
    return False


def has_same_text(body: str, entry: Entry) -> bool:
    """Return whether *body* is *entry*'s, in AsciiDoc apart from the header, which has the id."""
    if entry.markup != "asciidoc":
        return body == entry.body
    return drop_header(body) == drop_header(entry.body)


def render_stamped_entry(root: Path, entry: Entry, settings: Settings) -> bytes | None:
    """Return *entry*'s file with its id, None where its dialect has no place for one."""
    data = (root / entry.path).read_bytes()
    codec = entry.encoding.removesuffix("-sig")
    if codec in ("utf-16", "utf-32"):
        codec += "-le" if data[:1] == b"\xff" else "-be"
    try:
        text = data.decode(codec)
        offset, insertion = build_id_insertion(text, entry)
        stamped = text[:offset] + insertion + text[offset:]
        if not insertion or text.encode(codec) != data:
            return None
        added = stamped.encode(codec)
        parsed = parse_text(
            decode_text(added).text, entry.path, get_field_name_table(settings.fields)
        )
    except (UnicodeError, LookupError, EntryError):
        return None
    return added if parsed.dialect == entry.dialect and has_same_text(parsed.body, entry) else None


def build_id_insertion(text: str, entry: Entry) -> tuple[int, str]:
    """Return an offset in *text* and what goes there; "" where there is no place."""
    pattern, insertion = INSERTIONS.get(entry.dialect, (r"(?!)", ""))
    start = len(text) - len(text.lstrip("\ufeff \t\r\n"))
    match = re.compile(pattern, re.MULTILINE).match(text, start)
    if match is None:
        return 0, ""
    newline = re.search(r"\r\n|\r|\n", text)
    insertion = insertion.format(
        id=entry.id,
        quoted=format_yaml_value(entry.id),
        escaped=escape(entry.id),
        newline=newline[0] if newline else "\n",
    )
    return match.end(), insertion + (match.groupdict().get("space") or "")


def render_stamped_sidecar(file: Path, entry: Entry) -> bytes:
    """Return a sidecar, there already or not, with the id atop."""
    old = file.read_bytes() if file.exists() else b""
    fence = re.match(rb"(?:\xef\xbb\xbf)?(?:---[ \t]*\r?\n)?", old)
    offset = fence.end() if fence else 0
    return old[:offset] + f"id: {format_yaml_value(entry.id)}\n".encode() + old[offset:]


def write_atomically(file: Path, data: bytes) -> None:
    """Replace the content of *file* at once, keeping its mode; a link stays one."""
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
