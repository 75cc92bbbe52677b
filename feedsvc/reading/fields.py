"""One table of names for all dialects: "Release Time", `pubDate` and 发布时间 are the same field.

Comes in: fields as their authors spelt them, in layers (the entry's own before
those of a sidecar, and these before a folder's). Goes out: what stands for each
field of an entry, the most telling name first.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter

from feedsvc.dialects.field_names import ALIASES, CONTAINERS, DOTTED, Table, normalise
from feedsvc.dialects.types import Field, Value


class Fields:
    """The fields of one entry by their canonical names, those that are not empty, the one that counts first."""

    __slots__ = ("_found", "_table")

    def __init__(self, layers: Iterable[Iterable[Field]], table: Table) -> None:
        self._table = table
        self._found: dict[
            str, list[tuple[int, int, Field]]
        ] = {}  # layer (0: the entry's own), rank, field
        for layer, fields in enumerate(layers):
            for field in fields:
                self._add(field, field.name, field.value, layer, 0)
        for found in self._found.values():
            if len(found) > 1:
                found.sort(key=ORDER)  # stable: the earlier of equals counts

    def _add(self, field: Field, name: str, value: Value, layer: int, later: int) -> None:
        if isinstance(value, dict):
            self._open(field, name, value, layer, later)
        elif value and (known := self._table.get(normalise(name))):
            canonical, rank = known
            if canonical in self._found:
                self._found[canonical].append((layer, rank + later, field))
            else:
                self._found[canonical] = [(layer, rank + later, field)]

    def _open(
        self, field: Field, name: str, table: dict[str, Value], layer: int, later: int
    ) -> None:
        """A table in the place of a value: Hugo's `params`, `date: {created: …}`, or a value with parts."""
        container = normalise(name)
        known = self._table.get(container)
        if container in CONTAINERS and later < NESTED:
            for inner, words in table.items():
                self._add(
                    Field(f"{name}.{inner}", words, field.line), inner, words, layer, later + NESTED
                )
        elif container in DOTTED:
            for inner, words in table.items():
                dotted = Field(f"{name}.{inner}", words, field.line)
                self._add(dotted, f"{container}.{inner}", words, layer, later + 100)
            if container == "date":
                return
        if known is not None and table:
            self._found.setdefault(known[0], []).append((layer, known[1] + later, field))

    def known(self) -> list[str]:
        """The fields of which something is said, in the order of the table."""
        return [canonical for canonical in ALIASES if canonical in self._found]

    def find(self, canonical: str) -> list[Field]:
        """All fields that stand for *canonical*."""
        found = self._found.get(canonical)
        return [field for _, _, field in found] if found else NONE

    def first(self, canonical: str) -> Field | None:
        """The field that counts."""
        found = self._found.get(canonical)
        return found[0][2] if found else None

    def lack(self, names: frozenset[str]) -> bool:
        """Whether nothing is said of any of the canonical *names*."""
        return self._found.keys().isdisjoint(names)

    def same(self, canonical: str) -> list[Field]:
        """All fields of the name that counts: repeated header lines add up."""
        found = self.find(canonical)
        if len(found) < 2:
            return found
        return [one for one in found if normalise(one.name) == normalise(found[0].name)]


NONE: list[Field] = []
NESTED = 1000  # ranks after all that stand outside of a container
ORDER = itemgetter(0, 1)
