"""Fields that an entry inherits: from a sidecar beside it, and from defaults of folders above it.

Comes in: an entry's path. Goes out: layers of fields, the nearer first, and the bytes that they
came from, since a change of these changes the entry.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from types import MappingProxyType

from msgspec.structs import replace

from feedsvc.dialects import parse_text
from feedsvc.dialects.characters import clean_fields
from feedsvc.dialects.data import parse_json, parse_toml
from feedsvc.dialects.field_names import build_field_name_table
from feedsvc.dialects.nikola import METADATA_LINE
from feedsvc.dialects.types import Field, Fields, Value
from feedsvc.dialects.yaml_fields import parse_yaml
from feedsvc.errors import EntryError
from feedsvc.fields.draft import EntryDraft, make_problem
from feedsvc.fields.entry_fields import NOTHING_INHERITED, EntryFields, InheritedFields
from feedsvc.fields.values import list_values
from feedsvc.file_kinds import (
    MARKUP_BY_EXTENSION,
    MEDIA_TYPES,
    SIDECAR_SUFFIXES,
    classify,
    get_extension,
    strip_extension,
)
from feedsvc.memo import remember_short
from feedsvc.model import Author, Problem
from feedsvc.reading.encoding import decode_text
from feedsvc.reading.files import MAX_ENTRY_BYTES, read_bytes
from feedsvc.reading.saved_pages import is_part_of_saved_page

DEFAULTS_FILES = ("_index.md", "_index.html", "_index.adoc", "_index.org")
DATE_FIELDS = frozenset({"published", "release"})
TEXT_FIELDS = frozenset({"summary", "tags", "categories"})
MAX_SIDECAR_BYTES = 1024 * 1024
MAX_FOLDERS = 1_000  # that are remembered
# A listing takes 1 µs per name, the look-up of a file's possible sidecars 12 µs: when so many files
# of a folder were read, it is listed, unless it has more than so many names for each of them
LISTED_AT = frozenset({10, 100, 1_000, 10_000})
MAX_LISTED = 100
NOTHING_UNSAVED: Mapping[str, bytes] = MappingProxyType({})


class FolderFacts:
    """What is beside and above the files of one folder."""

    def __init__(self, defaults: tuple[str, ...], *, is_saved_with_page: bool) -> None:
        self.defaults = defaults  # paths of the files with defaults, the nearer first
        self.is_saved_with_page = is_saved_with_page
        self.count = 0  # of files that were read in it
        self.may_have_sidecars = True


class FolderCache:
    """What is beside and above the files of one scan, looked up once per folder.

    Looking it up for each file takes 45 µs, a third of the time of a reading. It is not for a
    longer time than a scan: what is new in a folder then is found by the next one.
    """

    def __init__(self, root: Path, unsaved: Mapping[str, bytes] = NOTHING_UNSAVED) -> None:
        self.root = root
        self.unsaved = unsaved  # contents not yet written, by path; see `read_file`
        self._facts: dict[str, FolderFacts] = {}
        self.known_authors: Mapping[str, Author] | None = None  # see `get_known_authors`

    def read_bytes(self, path: str, limit: int = MAX_ENTRY_BYTES) -> bytes:
        """Return the bytes of *path*, at most *limit*; raise `EntryError`."""
        data = self.unsaved.get(path)
        return read_bytes(self.root, path, limit) if data is None else data

    def list_existing(self, folder: str, names: Iterable[str]) -> list[str]:
        """Return the paths of those *names* that exist in *folder*."""
        below = f"{folder}/" if folder else ""
        return [below + name for name in names if os.access(f"{self.root}/{below}{name}", os.F_OK)]

    def get_facts(self, folder: str) -> FolderFacts:
        """Return what is known of *folder*, "" for the root."""
        facts = self._facts.get(folder)
        if facts is None:
            if len(self._facts) >= MAX_FOLDERS:
                self._facts.clear()
            facts = self._facts[folder] = self._make_facts(folder)
        return facts

    def _make_facts(self, folder: str) -> FolderFacts:
        above, _, own = folder.rpartition("/")
        own_names = (f"{own}.json", f"{own}.11tydata.json") if own else ()
        found = tuple(self.list_existing(folder, (*DEFAULTS_FILES, *own_names)))
        return FolderFacts(
            found + (self.get_facts(above).defaults if folder else ()),
            is_saved_with_page=is_part_of_saved_page(self.root, f"{folder}/"),
        )

    def may_have_sidecars(self, folder: str) -> bool:
        """Return whether *folder*, from which a file is read, may have a sidecar."""
        facts = self.get_facts(folder)
        facts.count += 1
        if facts.count in LISTED_AT and facts.may_have_sidecars:
            facts.may_have_sidecars = self._has_sidecars(folder, MAX_LISTED * facts.count)
        return facts.may_have_sidecars

    def _has_sidecars(self, folder: str, most: int) -> bool:
        """Return whether *folder* has a name of a sidecar, or *most* names or more."""
        try:
            with os.scandir(f"{self.root}/{folder}") as found:
                names = [file.name for file in islice(found, most)]
        except OSError:
            return True
        # without case, as some file systems compare names
        return len(names) == most or any(
            name.casefold().endswith(SIDECAR_SUFFIXES) for name in names
        )


def _split_sidecar_path(path: str) -> tuple[str, str]:
    """Return the folder of a sidecar, and its name without the sidecar's ending."""
    folder, _, name = path.rpartition("/")
    suffix = next(one for one in reversed(SIDECAR_SUFFIXES) if name.lower().endswith(one))
    return folder, name[: -len(suffix)]


def is_json_sidecar(path: str, folders: FolderCache) -> bool:
    """Return whether *path* is a JSON file that belongs to an entry of the same name beside it."""
    if get_extension(path) != "json":
        return False
    folder, stem = _split_sidecar_path(path)
    return bool(folders.list_existing(folder, [f"{stem}.{ext}" for ext in MARKUP_BY_EXTENSION]))


def is_orphan_sidecar(root: Path, path: str) -> bool:
    """Return whether the sidecar *path* has no entry beside it, and seems to be meant for one.

    That is one with a picture or another file of its name beside it, with a date, or with a title
    and another field of an entry: other YAML files are data or settings of a site tool.
    """
    folders = FolderCache(root)
    folder, stem = _split_sidecar_path(path)
    entries = [stem, *(f"{stem}.{one}" for one in (*MARKUP_BY_EXTENSION, "json"))]
    if any(
        classify(other) == "entry" and other != path
        for other in folders.list_existing(folder, entries)
    ):
        return False
    files = [stem, *(f"{stem}.{extension}" for extension in MEDIA_TYPES)] if stem else []
    if folders.list_existing(folder, files):
        return True
    try:
        fields = parse_fields(read_bytes(root, path, MAX_SIDECAR_BYTES), get_extension(path))
    except EntryError:
        return False
    known = EntryFields([fields], build_field_name_table())
    return not known.has_none_of(DATE_FIELDS) or (
        known.get_first("title") is not None and not known.has_none_of(TEXT_FIELDS)
    )


def read_inherited(path: str, folders: FolderCache) -> InheritedFields:
    """Return the fields that *path* inherits; raise `EntryError` for a broken sidecar.

    Broken defaults of a folder are a problem of each entry below, but do not stop any.
    """
    folder, _, name = path.rpartition("/")
    sidecars = []
    if folders.may_have_sidecars(folder):
        stem = strip_extension(name)
        sidecars = folders.list_existing(folder, [stem + suffix for suffix in SIDECAR_SUFFIXES])
    defaults = folders.get_facts(folder).defaults
    if not sidecars and not defaults:
        return NOTHING_INHERITED
    layers: list[Fields] = []
    files: list[str] = []
    inputs: list[bytes] = []
    problems: list[Problem] = []
    for file in sidecars:
        if file != path:
            inputs.append(read_input(folders, file))
            layers.append(parse_sidecar(inputs[-1], file))
            files.append(file)
    for file in defaults:
        if file != path:
            try:
                inputs.append(read_input(folders, file))
                layers += parse_defaults(inputs[-1], file, path)
                files += [file] * (len(layers) - len(files))
            except EntryError as error:
                broken = replace(make_problem(error), code="defaults-broken")
                problems.append(move_problem(broken, file))
    for index, (fields, lost) in enumerate(map(clean_fields, layers)):
        layers[index] = fields
        problems += lost
    return InheritedFields(
        layers=tuple(layers), files=tuple(files), inputs=tuple(inputs), problems=tuple(problems)
    )


def locate_problem(problem: Problem, draft: EntryDraft) -> Problem:
    """Return *problem* with the file of its field in its message if *draft* inherited the field."""
    file = get_field_file(draft, problem.field, problem.line) if problem.field else ""
    return move_problem(problem, file) if file else problem


def locate_error(error: EntryError, draft: EntryDraft) -> None:
    """Change *error* as `locate_problem` does a problem."""
    problem = locate_problem(make_problem(error), draft)
    error.message, error.line = problem.message, problem.line


def get_field_file(draft: EntryDraft, name: str, line: int | None) -> str:
    """Return the path of the file from which *draft* inherited a field, "" for one of its own.

    *name* may be that of a field inside a table.
    """
    inherited = draft.inherited
    if not inherited.layers or _has_field(draft.parsed.fields, name, line):
        return ""
    pairs = zip(inherited.files, inherited.layers, strict=True)
    return next((file for file, layer in pairs if _has_field(layer, name, line)), "")


def _has_field(fields: Fields, name: str, line: int | None) -> bool:
    return any(one.line == line and f"{name}.".startswith(f"{one.name}.") for one in fields)


def move_problem(problem: Problem, file: str) -> Problem:
    """Return *problem* of an entry, with its line in another *file* in the message."""
    line = f", line {problem.line}" if problem.line else ""
    return replace(problem, message=f"in {file!r}{line}: {problem.message}", line=None)


def is_nikola_sidecar(source: bytes) -> bool:
    """Return whether an input is Nikola's metadata, so that the text is reStructuredText."""
    path, _, data = source.partition(b"\0")
    return path.endswith(b".meta") and data.lstrip(b"\xef\xbb\xbf \r\n").startswith(b".. ")


def read_input(folders: FolderCache, path: str) -> bytes:
    """Return path and content of a file, separated by a zero byte; raise `EntryError`."""
    data = folders.read_bytes(path, MAX_SIDECAR_BYTES)
    return path.encode(errors="surrogateescape") + b"\0" + data


def parse_sidecar(source: bytes, path: str) -> Fields:
    """Return the fields of the sidecar *path*; raise `EntryError`."""
    try:
        return parse_fields(source.partition(b"\0")[2], get_extension(path))
    except EntryError as error:
        where = f", line {error.line}" if error.line else ""
        reason = error.message.replace("the front matter", "it", 1)
        message = f"in the sidecar {path!r}{where}: {reason}"
        raise EntryError("sidecar-broken", message, error.remedy) from None


def parse_defaults(source: bytes, path: str, entry: str) -> list[Fields]:
    """Return the layers of defaults in the file *path* for *entry*; raise `EntryError`."""
    ending = get_extension(path)
    fields = parse_fields(source.partition(b"\0")[2], ending)
    if ending not in MARKUP_BY_EXTENSION:
        return [fields]
    cascades = [field for field in fields if field.name == "cascade"]
    return [layer for cascade in cascades for layer in build_cascade_layers(cascade, entry)]


@remember_short(256, 65_536)  # by content: called with a folder's defaults for each entry
def parse_fields(data: bytes, ending: str) -> Fields:
    """Return the fields of a sidecar, or of the front matter of a page; raise `EntryError`."""
    if not data.strip():
        return ()
    text = decode_text(data).text
    if ending in MARKUP_BY_EXTENSION:
        return parse_text(text, f"x.{ending}", build_field_name_table()).fields
    if ending == "toml":
        return parse_toml(text)
    if ending == "json":
        found = parse_json(text, len(text) - len(text.lstrip()))
        return found[0] if found else ()
    if ending == "meta":
        lines = filter(None, map(METADATA_LINE.match, text.split("\n")))
        if fields := tuple(Field(name=m[1], value=m[2].strip(), line=1) for m in lines):
            return fields
    read = parse_yaml(text)
    if read is None:
        raise EntryError("sidecar", "fields are expected", "write `name: value`", line=1)
    return read[0]


def build_cascade_layers(cascade: Field, entry: str) -> list[Fields]:
    """Return the layers of Hugo's `cascade` for *entry*: one table, or several with targets."""
    return [
        tuple(
            Field(name=name, value=value, line=cascade.line)
            for name, value in table.items()
            if name not in ("_target", "target")
        )
        for table in list_values(cascade.value)
        if isinstance(table, dict)
        and is_cascade_target(table.get("_target") or table.get("target") or "", entry)
    ]


def is_cascade_target(target: Value, entry: str) -> bool:
    """Return whether a cascade's target includes *entry*: `path` is a pattern, `kind` a page's."""
    if not isinstance(target, dict):
        return True
    kind, pattern = target.get("kind", "page"), target.get("path", "")
    if kind not in ("page", "{page,section}", "*", "**") or not isinstance(pattern, str):
        return False
    page_path = "/" + entry.rpartition(".")[0].removesuffix("/index")
    wildcards = {"**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = (wildcards.get(part, re.escape(part)) for part in re.split(r"(\*\*|\*|\?)", pattern))
    return not pattern or re.fullmatch("".join(parts), page_path) is not None
