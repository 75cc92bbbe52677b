"""One table of names for all dialects: "Release Time", `pubDate` and 发布时间 are the same field.

Comes in: fields as their authors spelt them, in layers (the entry's own before
those of a sidecar, and these before a folder's). Goes out: what stands for each
field of an entry, the most telling name first.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter

from feedsvc.dialects.field_names import (
    CONTAINER_FIELDS,
    DOTTED_CONTAINERS,
    FIELD_NAMES,
    FieldNameTable,
    normalize_field_name,
)
from feedsvc.dialects.types import Field, Value


class EntryFields:
    """The fields of one entry by their canonical names, those that are not empty, the one that counts first."""

    __slots__ = ("_found", "_table")

    def __init__(self, layers: Iterable[Iterable[Field]], table: FieldNameTable) -> None:
        self._table = table
        self._found: dict[
            str, list[tuple[int, int, Field]]
        ] = {}  # layer (0: the entry's own), rank, field
        for layer, fields in enumerate(layers):
            for field in fields:
                self._add(field, field.name, field.value, layer, 0)
        for found in self._found.values():
            if len(found) > 1:
                found.sort(key=BY_LAYER_AND_RANK)  # stable: the earlier of equals counts

    def _add(self, field: Field, name: str, value: Value, layer: int, later: int) -> None:
        if isinstance(value, dict):
            self._open(field, name, value, layer, later)
        elif value and (known := self._table.get(normalize_field_name(name))):
            canonical, rank = known
            if canonical in self._found:
                self._found[canonical].append((layer, rank + later, field))
            else:
                self._found[canonical] = [(layer, rank + later, field)]

    def _open(
        self, field: Field, name: str, table: dict[str, Value], layer: int, later: int
    ) -> None:
        """A table in the place of a value: Hugo's `params`, `date: {created: …}`, or a value with parts."""
        container = normalize_field_name(name)
        known = self._table.get(container)
        if container in CONTAINER_FIELDS and later < NESTED_RANK_OFFSET:
            for inner, words in table.items():
                self._add(
                    Field(f"{name}.{inner}", words, field.line),
                    inner,
                    words,
                    layer,
                    later + NESTED_RANK_OFFSET,
                )
        elif container in DOTTED_CONTAINERS:
            for inner, words in table.items():
                dotted = Field(f"{name}.{inner}", words, field.line)
                self._add(dotted, f"{container}.{inner}", words, layer, later + 100)
            if container == "date":
                return
        if known is not None and table:
            self._found.setdefault(known[0], []).append((layer, known[1] + later, field))

    def known(self) -> list[str]:
        """The fields of which something is said, in the order of the table."""
        return [canonical for canonical in FIELD_NAMES if canonical in self._found]

    def find(self, canonical: str) -> list[Field]:
        """All fields that stand for *canonical*."""
        found = self._found.get(canonical)
        return [field for _, _, field in found] if found else NO_FIELDS

    def first(self, canonical: str) -> Field | None:
        """The field that counts."""
        found = self._found.get(canonical)
        return found[0][2] if found else None

    def has_none_of(self, names: frozenset[str]) -> bool:
        """Whether nothing is said of any of the canonical *names*."""
        return self._found.keys().isdisjoint(names)

    def get_repeated(self, canonical: str) -> list[Field]:
        """All fields of the name that counts: repeated header lines add up."""
        found = self.find(canonical)
        if len(found) < 2:
            return found
        return [
            one
            for one in found
            if normalize_field_name(one.name) == normalize_field_name(found[0].name)
        ]


NO_FIELDS: list[Field] = []
NESTED_RANK_OFFSET = 1000  # ranks after all that stand outside of a container
BY_LAYER_AND_RANK = itemgetter(0, 1)
