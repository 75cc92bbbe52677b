"""Fields that an entry has from elsewhere: a sidecar beside it, defaults of the folders above it.

Comes in: an entry's path. Goes out: layers of fields, the nearer first, and the
bytes they came from, since a change in them changes the entry.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from pathlib import Path

from feedsvc.dialects import parse_text
from feedsvc.dialects.data import parse_json, parse_toml
from feedsvc.dialects.field_names import build_field_name_table
from feedsvc.dialects.nikola import METADATA_LINE
from feedsvc.dialects.types import Field, Value
from feedsvc.dialects.yaml_fields import parse_yaml
from feedsvc.errors import EntryError
from feedsvc.file_kinds import MARKUP_BY_EXTENSION, SIDECAR_SUFFIXES, get_extension
from feedsvc.model import Problem
from feedsvc.reading.encoding import decode_text
from feedsvc.reading.files import read_bytes

DEFAULTS_FILES = ("_index.md", "_index.html", "_index.adoc", "_index.org")
MAX_SIDECAR_BYTES = 1024 * 1024
LOOKUPS_BEFORE_LISTING, MAX_LISTED_NAMES = (
    2,
    2_000,
)  # questions to a folder before it is listed, and the most names that are


@dataclass
class InheritedFields:
    """Layers of fields behind an entry's own, and the bytes that they came from."""

    layers: list[tuple[Field, ...]] = field(default_factory=list)
    sources: list[bytes] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


class FolderCache:
    """What stands beside and above the files that are read together, each folder looked at once for all of them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.asked: Counter[str] = Counter()
        self.names: dict[str, frozenset[str] | None] = {}
        self.defaults: dict[str, tuple[str, ...]] = {}

    def list_defaults(self, folder: str) -> tuple[str, ...]:
        """Files with defaults for what lies in *folder*, the nearer first."""
        if folder not in self.defaults:
            above, _, own = folder.rpartition("/")
            names = (
                (*DEFAULTS_FILES, f"{own}.json", f"{own}.11tydata.json") if own else DEFAULTS_FILES
            )
            found = (
                *self.list_existing(folder, names),
                *(self.list_defaults(above) if folder else ()),
            )
            self.defaults[folder] = found
        return self.defaults[folder]

    def list_existing(self, folder: str, names: Iterable[str]) -> list[str]:
        """Paths of those of *names* that are in *folder*."""
        self.asked[folder] += 1
        if (
            self.asked[folder] > LOOKUPS_BEFORE_LISTING
            and (there := self._list_names(folder)) is not None
        ):
            names = [name for name in names if name in there]
        below = folder + "/" if folder else ""
        return [below + name for name in names if os.access(f"{self.root}/{below}{name}", os.F_OK)]

    def _list_names(self, folder: str) -> frozenset[str] | None:
        """The names in *folder*; None where they are so many that asking for each is quicker."""
        if folder not in self.names:
            names = frozenset[str]()
            with suppress(OSError), os.scandir(f"{self.root}/{folder}") as entries:
                names = frozenset(entry.name for entry in islice(entries, MAX_LISTED_NAMES + 1))
            self.names[folder] = names if len(names) <= MAX_LISTED_NAMES else None
        return self.names[folder]


def read_inherited(path: str, neighbours: FolderCache) -> InheritedFields:
    """What *path* inherits; a broken sidecar raises `EntryError`, a folder's broken defaults are a problem."""
    found = InheritedFields()
    folder, _, name = path.rpartition("/")
    ending = get_extension(name)
    stem = name[: -len(ending) - 1] if ending else name
    for sidecar in neighbours.list_existing(folder, [stem + suffix for suffix in SIDECAR_SUFFIXES]):
        if sidecar != path:
            add_layer(found, neighbours.root, sidecar)
    for default in neighbours.list_defaults(folder):
        if default != path:
            add_defaults(found, neighbours.root, default, path)
    return found


def add_defaults(found: InheritedFields, root: Path, path: str, entry: str) -> None:
    """One bad file must not cost a folder: its defaults are left out, and that is said."""
    try:
        add_layer(found, root, path, entry)
    except EntryError as error:
        found.problems.append(
            Problem(
                code="defaults-broken",
                message=f"in {path!r}: {error.message}",
                remedy=error.remedy,
                line=error.line,
            )
        )


def add_layer(found: InheritedFields, root: Path, path: str, entry: str = "") -> None:
    data = read_bytes(root, path, MAX_SIDECAR_BYTES)
    found.sources.append(path.encode(errors="surrogateescape") + b"\0" + data)
    if not data.strip():
        return
    try:
        fields = parse_sidecar(
            data, get_extension(path), path.rpartition("/")[2].startswith("_index.")
        )
    except EntryError as error:
        if entry:
            raise
        message = f"in the sidecar {path!r}: {error}"
        raise EntryError("sidecar-broken", message) from None
    if entry and path.rpartition("/")[2].startswith("_index."):
        found.layers += [
            cascade
            for one in fields
            if one.name == "cascade"
            for cascade in build_cascade_layers(one, entry)
        ]
    else:
        found.layers.append(fields)


@lru_cache(maxsize=256)  # by content: a folder's defaults are asked for once an entry
def parse_sidecar(data: bytes, ending: str, front: bool) -> tuple[Field, ...]:
    """The fields of a sidecar, or of the front matter of a folder's own page; raises `EntryError`."""
    text = decode_text(data).text
    if front and ending in MARKUP_BY_EXTENSION:
        return parse_text(text, f"x.{ending}", build_field_name_table()).fields
    if ending == "toml":
        return parse_toml(text)
    if ending == "json":
        found = parse_json(text, len(text) - len(text.lstrip()))
        return found[0] if found else ()
    if ending == "meta" and (
        lines := [match for line in text.split("\n") if (match := METADATA_LINE.match(line))]
    ):
        return tuple(Field(match[1], match[2].strip(), 1) for match in lines)
    read = parse_yaml(text)
    if read is None:
        raise EntryError("sidecar", "fields are expected; write `name: value`", line=1)
    return read[0]


def build_cascade_layers(cascade: Field, entry: str) -> list[tuple[Field, ...]]:
    """What Hugo's `cascade` gives to *entry*: one table, or several with targets."""
    tables = cascade.value if isinstance(cascade.value, list) else [cascade.value]
    return [
        tuple(
            Field(name, value, cascade.line)
            for name, value in table.items()
            if name not in ("_target", "target")
        )
        for table in tables
        if isinstance(table, dict)
        and is_cascade_target(table.get("_target") or table.get("target") or "", entry)
    ]


def is_cascade_target(target: Value, entry: str) -> bool:
    """Whether a cascade's target takes in *entry*: `path` is a pattern, `kind` is about pages."""
    if not isinstance(target, dict):
        return True
    kind, pattern = target.get("kind", "page"), target.get("path", "")
    if kind not in ("page", "{page,section}", "*", "**") or not isinstance(pattern, str):
        return False
    place = "/" + entry.rpartition(".")[0].removesuffix("/index")
    parts = re.split(r"(\*\*|\*|\?)", pattern)
    expression = "".join(
        {"**": ".*", "*": "[^/]*", "?": "[^/]"}.get(part, re.escape(part)) for part in parts
    )
    return not pattern or re.fullmatch(expression, place) is not None
