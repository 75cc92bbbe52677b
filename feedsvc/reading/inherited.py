"""Fields that an entry has from elsewhere: a sidecar beside it, defaults of the folders above it.

Comes in: an entry's path. Goes out: layers of fields, the nearer first, and the
bytes they came from, since a change in them changes the entry.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from pathlib import Path

from feedsvc.errors import EntryError
from feedsvc.model import Problem
from feedsvc.reading.folders import MARKUPS, SIDECARS, find_ending
from feedsvc.reading.parsed import Field, Value
from feedsvc.reading.source import decode, read_bytes

DEFAULTS = ("_index.md", "_index.html", "_index.adoc", "_index.org")
MOST = 1024 * 1024
NAMES = 5_000  # remembered of one folder; of all together four times as many
NIKOLA = re.compile(r"[ \t]*\.\.[ \t]+([\w-]+):[ \t]*(.*)")


@dataclass
class Inherited:
    """Layers of fields behind an entry's own, and the bytes that they came from."""

    layers: list[tuple[Field, ...]] = field(default_factory=list)
    sources: list[bytes] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def find_inherited(root: Path, path: str) -> Inherited:
    """What *path* inherits; a broken sidecar raises `EntryError`, a folder's broken defaults are a problem."""
    found = Inherited()
    folder, _, name = path.rpartition("/")
    ending = find_ending(name)
    stem = name[: -len(ending) - 1] if ending else name
    for sidecar in find_existing(root, folder, [stem + suffix for suffix in SIDECARS]):
        if sidecar != path:
            add(found, root, sidecar)
    for default in find_defaults(root, folder):
        if default != path:
            try_add(found, root, default, path)
    return found


def find_defaults(root: Path, folder: str) -> tuple[str, ...]:
    """Files with defaults for what lies in *folder*, the nearer first."""
    if _seen is not None and folder in _seen.defaults:
        return _seen.defaults[folder]
    above, _, own = folder.rpartition("/")
    names = (*DEFAULTS, f"{own}.json", f"{own}.11tydata.json") if own else DEFAULTS
    found = (*find_existing(root, folder, names), *(find_defaults(root, above) if folder else ()))
    if _seen is not None:
        _seen.defaults[folder] = found
    return found


def find_existing(root: Path, folder: str, names: Iterable[str]) -> list[str]:
    """Paths of those of *names* that are in *folder*."""
    below = folder + "/" if folder else ""
    if _seen is not None and (there := _seen.find_names(f"{root}/{folder}")) is not None:
        names = [name for name in names if name in there]
    return [below + name for name in names if os.access(f"{root}/{below}{name}", os.F_OK)]


class Seen:
    """What folders hold, each looked at once while many of its files are read; a few are remembered at a time."""

    def __init__(self) -> None:
        self.names: dict[str, frozenset[str] | None] = {}
        self.count = 0
        self.defaults: dict[str, tuple[str, ...]] = {}

    def find_names(self, folder: str) -> frozenset[str] | None:
        """The names in *folder*; None where they are too many to remember."""
        if folder not in self.names:
            if self.count > 4 * NAMES:
                self.names.clear()
                self.defaults.clear()
                self.count = 0
            try:
                with os.scandir(folder) as entries:
                    names = frozenset(entry.name for entry in islice(entries, NAMES + 1))
            except OSError:
                names = frozenset()
            self.names[folder] = names if len(names) <= NAMES else None
            self.count += min(len(names), NAMES) + 1
        return self.names[folder]


_seen: Seen | None = None


def remember_folders() -> None:
    """From now on this process lists a folder once instead of asking it twenty times for each of its files.

    For one that reads files only after another has listed their folders, and ends soon: what changes
    later is met by a later look.
    """
    global _seen
    _seen = Seen()


def try_add(found: Inherited, root: Path, path: str, entry: str) -> None:
    """One bad file must not cost a folder: its defaults are left out, and that is said."""
    try:
        add(found, root, path, entry)
    except EntryError as error:
        found.problems.append(Problem(code="defaults-broken", message=f"in {path!r}: {error.message}", line=error.line))


def add(found: Inherited, root: Path, path: str, entry: str = "") -> None:
    data = read_bytes(root, path, MOST)
    found.sources.append(path.encode(errors="surrogateescape") + b"\0" + data)
    if not data.strip():
        return
    try:
        fields = parse_fields(data, find_ending(path), path.rpartition("/")[2].startswith("_index."))
    except EntryError as error:
        if entry:
            raise
        message = f"in the sidecar {path!r}: {error}"
        raise EntryError("sidecar-broken", message) from None
    if entry and path.rpartition("/")[2].startswith("_index."):
        found.layers += [cascade for one in fields if one.name == "cascade" for cascade in read_cascade(one, entry)]
    else:
        found.layers.append(fields)


@lru_cache(maxsize=256)  # by content: a folder's defaults are asked for once an entry
def parse_fields(data: bytes, ending: str, front: bool) -> tuple[Field, ...]:
    """The fields of a sidecar, or of the front matter of a folder's own page; raises `EntryError`."""
    from feedsvc.reading.dialects.data import parse_json, parse_toml
    from feedsvc.reading.dialects.yaml_words import parse_yaml

    text = decode(data).text
    if front and ending in MARKUPS:
        from feedsvc.reading.dialects import parse_text
        from feedsvc.reading.fields import make_table

        return parse_text(text, f"x.{ending}", make_table()).fields
    if ending == "toml":
        return parse_toml(text)
    if ending == "json":
        found = parse_json(text, len(text) - len(text.lstrip()))
        return found[0] if found else ()
    if ending == "meta" and (lines := [match for line in text.split("\n") if (match := NIKOLA.match(line))]):
        return tuple(Field(match[1], match[2].strip(), 1) for match in lines)
    read = parse_yaml(text)
    if read is None:
        raise EntryError("sidecar", "fields are expected; write `name: value`", line=1)
    return read[0]


def read_cascade(cascade: Field, entry: str) -> list[tuple[Field, ...]]:
    """What Hugo's `cascade` gives to *entry*: one table, or several with targets."""
    tables = cascade.value if isinstance(cascade.value, list) else [cascade.value]
    return [
        tuple(Field(name, value, cascade.line) for name, value in table.items() if name not in ("_target", "target"))
        for table in tables
        if isinstance(table, dict) and is_target(table.get("_target") or table.get("target") or "", entry)
    ]


def is_target(target: Value, entry: str) -> bool:
    """Whether a cascade's target takes in *entry*: `path` is a pattern, `kind` is about pages."""
    if not isinstance(target, dict):
        return True
    kind, pattern = target.get("kind", "page"), target.get("path", "")
    if kind not in ("page", "{page,section}", "*", "**") or not isinstance(pattern, str):
        return False
    place = "/" + entry.rpartition(".")[0].removesuffix("/index")
    parts = re.split(r"(\*\*|\*|\?)", pattern)
    expression = "".join({"**": ".*", "*": "[^/]*", "?": "[^/]"}.get(part, re.escape(part)) for part in parts)
    return not pattern or re.fullmatch(expression, place) is not None
