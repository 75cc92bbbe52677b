"""The fields of an entry by the one name that each has for us, whatever its author calls it.

Comes in: fields as their authors spelt them, in layers (the entry's own before those of a
sidecar, and these before a folder's), and the table of names. Goes out: all fields for a
canonical name, the one that counts first.
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
from feedsvc.dialects.types import Field

DOTTED_RANK = 100  # ranks after the table's names
NESTED_RANK = 1000  # ranks after all that stand outside of a container
LAYER_RANK = 10_000  # ranks after all of the layer before
NO_FIELDS: list[Field] = []


class EntryFields:
    """The fields of one entry that are not empty."""

    __slots__ = ("_by_name", "_is_ordered", "_table", "unknown")

    def __init__(
        self,
        layers: Iterable[Iterable[Field]],
        table: FieldNameTable,
        *,
        is_ordered: bool = False,
    ) -> None:
        self._table = table
        self._is_ordered = is_ordered  # in the first layer: the names of our table are equals
        self.unknown: list[tuple[str, Field]] = []  # normalized name, of those in no table
        ranked: dict[str, list[tuple[int, Field]]] = {}
        for layer, fields in enumerate(layers):
            for field in fields:
                self._add(ranked, field, field.name, layer * LAYER_RANK)
        for found in ranked.values():
            if len(found) > 1:
                found.sort(key=itemgetter(0))  # stable: the earlier of equals counts
        self._by_name = ranked

    def list_known(self) -> list[str]:
        """Return the canonical names that have a field, in the order of the table."""
        return [canonical for canonical in FIELD_NAMES if canonical in self._by_name]

    def get_all(self, canonical: str) -> list[Field]:
        """Return all fields for *canonical*, the one that counts first."""
        ranked = self._by_name.get(canonical)
        return [field for _, field in ranked] if ranked else NO_FIELDS

    def get_first(self, canonical: str) -> Field | None:
        """Return the field that counts for *canonical*."""
        ranked = self._by_name.get(canonical)
        return ranked[0][1] if ranked else None

    def get_repeated(self, canonical: str) -> list[Field]:
        """Return all fields with the very name that counts: repeated header lines add up."""
        fields = self.get_all(canonical)
        if len(fields) < 2:
            return fields
        name = normalize_field_name(fields[0].name)
        return [field for field in fields if normalize_field_name(field.name) == name]

    def get_canonical(self, name: str) -> str:
        """Return the canonical name of the normalized *name*, "" for one of no field."""
        return self._table.get(name, ("", 0))[0]

    def has_none_of(self, names: frozenset[str]) -> bool:
        """Return whether there is no field for any of the canonical *names*."""
        return self._by_name.keys().isdisjoint(names)

    def _add(
        self, ranked: dict[str, list[tuple[int, Field]]], field: Field, name: str, rank: int
    ) -> None:
        """Add *field* under what *name* stands for; of a container, the fields in it, too."""
        key = normalize_field_name(name)
        if isinstance(field.value, dict):  # Hugo's `params`, `date: {created: …}`, or a value
            is_open = key in CONTAINER_FIELDS and rank % LAYER_RANK < NESTED_RANK
            if is_open or key in DOTTED_CONTAINERS:
                prefix, offset = ("", NESTED_RANK) if is_open else (f"{key}.", DOTTED_RANK)
                for inner, value in field.value.items():
                    nested = Field(f"{name}.{inner}", value, field.line)
                    self._add(ranked, nested, prefix + inner, rank + offset)
            if key == "date":
                return
        known = self._table.get(key)
        if known is None:
            self.unknown.append((key, field))
        elif field.value:
            canonical, own_rank = known
            if self._is_ordered and rank < LAYER_RANK:
                own_rank = min(own_rank, 0)  # names of the settings are below 0
            ranked.setdefault(canonical, []).append((rank + own_rank, field))
