"""The fields of an entry by canonical name, whatever their author calls them.

Comes in: fields as their authors spelt them, in layers (the entry's own before those of a
sidecar, and these before a folder's), and the table of names. Goes out: all fields for a
canonical name, the one that counts first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from feedsvc.dialects.field_names import (
    CONTAINER_FIELDS,
    DOTTED_CONTAINERS,
    FIELD_NAMES,
    FieldNameTable,
    normalize_field_name,
)
from feedsvc.dialects.types import Field, Fields, Value
from feedsvc.model import Problem

DOTTED_RANK = 100  # ranks after the table's names
NESTED_RANK = 1000  # ranks after all outside of a container
LAYER_RANK = 10_000  # ranks after all of the layer before
MAX_PLAIN_PARTS = 20
MAX_FIELD_CHARACTERS = 10_000  # of one field, with all that is in its lists and tables
NO_FIELDS: Sequence[Field] = ()


class InheritedFields(Struct, frozen=True, kw_only=True):
    """Layers of fields after an entry's own, and the bytes that they came from."""

    layers: tuple[Fields, ...] = ()
    files: tuple[str, ...] = ()  # the path of each layer
    inputs: tuple[bytes, ...] = ()
    problems: tuple[Problem, ...] = ()


NOTHING_INHERITED = InheritedFields()


class EntryFields:
    """The fields of one entry that are not empty."""

    __slots__ = ("_by_name", "_is_ordered", "_table", "too_long", "unknown")

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
        self.too_long: list[tuple[str, Field]] = []  # canonical name, and the whole field
        self._by_name: dict[str, list[Field]] = {}
        ranks: dict[str, list[int]] = {}  # of these fields
        for layer, fields in enumerate(layers):
            for field in fields:
                self._add(ranks, field, field.name, layer * LAYER_RANK)
        for canonical, found in self._by_name.items():
            if len(found) > 1:  # stable: the earlier of equals counts
                order = sorted(range(len(found)), key=ranks[canonical].__getitem__)
                found[:] = [found[number] for number in order]

    def count_all(self) -> int:
        """Return the number of fields, including unknown ones."""
        return len(self.unknown) + sum(map(len, self._by_name.values()))

    def list_known(self) -> list[str]:
        """Return the canonical names that have a field, in the order of the table."""
        return [canonical for canonical in FIELD_NAMES if canonical in self._by_name]

    def get_all(self, canonical: str) -> Sequence[Field]:
        """Return all fields for *canonical*, the one that counts first."""
        return self._by_name.get(canonical, NO_FIELDS)

    def get_first(self, canonical: str) -> Field | None:
        """Return the field that counts for *canonical*."""
        fields = self._by_name.get(canonical)
        return fields[0] if fields else None

    def get_repeated(self, canonical: str) -> Sequence[Field]:
        """Return all fields with the name of the first: repeated header lines add up."""
        fields = self.get_all(canonical)
        if len(fields) < 2:
            return fields
        name = normalize_field_name(fields[0].name)
        return [field for field in fields if normalize_field_name(field.name) == name]

    def get_canonical(self, name: str) -> str:
        """Return the canonical name of the normalized *name*, "" for an unknown one."""
        return self._table.get(name, ("", 0))[0]

    def has_none_of(self, names: frozenset[str]) -> bool:
        """Return whether there is no field for any of the canonical *names*."""
        return self._by_name.keys().isdisjoint(names)

    def _add(self, ranks: dict[str, list[int]], field: Field, name: str, rank: int) -> None:
        """Add *field* under the canonical name of *name*; for a container, also its fields."""
        key = name if name in self._table else normalize_field_name(name)
        if isinstance(field.value, dict):  # Hugo's `params`, `date: {created: …}`, or a value
            is_open = key in CONTAINER_FIELDS and rank % LAYER_RANK < NESTED_RANK
            if is_open or key in DOTTED_CONTAINERS:
                prefix, offset = ("", NESTED_RANK) if is_open else (f"{key}.", DOTTED_RANK)
                for inner, value in field.value.items():
                    nested = Field(f"{name}.{inner}", value, field.line)
                    self._add(ranks, nested, prefix + inner, rank + offset)
            if key == "date":
                return
        known = self._table.get(key)
        if known is None:
            self.unknown.append((key, field))
        elif field.value:
            canonical, own_rank = known
            value = field.value
            # most are a few words: no function is called for them
            if len(value) > MAX_FIELD_CHARACTERS if type(value) is str else not is_short(value):
                self.too_long.append((canonical, field))
                field = Field(field.name, cut_value(field.value, MAX_FIELD_CHARACTERS), field.line)
            if self._is_ordered and rank < LAYER_RANK:
                own_rank = min(own_rank, 0)  # names of the settings are below 0
            self._by_name.setdefault(canonical, []).append(field)
            ranks.setdefault(canonical, []).append(rank + own_rank)


def is_short(value: Value) -> bool:
    """Return whether *value* has no more than `MAX_FIELD_CHARACTERS`."""
    if isinstance(value, str):
        return len(value) <= MAX_FIELD_CHARACTERS
    if isinstance(value, list) and len(value) < MAX_PLAIN_PARTS:
        count = 0
        for part in value:  # most are a few words; quicker than the builtins for so few
            if type(part) is not str:
                break
            count += len(part) + 1
        else:
            return count < MAX_FIELD_CHARACTERS
    return count_characters(value, MAX_FIELD_CHARACTERS + 1) <= MAX_FIELD_CHARACTERS


def count_characters(value: Value, enough: int) -> int:
    """Return the characters of all words in *value*, and one for each of its parts.

    Stop at *enough*: aliases of YAML can make a small file huge.
    """
    if isinstance(value, str):
        return len(value) + 1
    count = 1
    for part in value if isinstance(value, list) else (*value, *value.values()):
        count += count_characters(part, enough - count)
        if count >= enough:
            break
    return count


def cut_value(value: Value, count: int) -> Value:
    """Return the beginning of *value*, of no more than *count* characters."""
    if isinstance(value, str):
        return value[: max(0, count)]
    if isinstance(value, list):
        return list(_cut_parts(value, count))
    return dict(zip(value, _cut_parts(value.values(), count), strict=False))


def _cut_parts(parts: Iterable[Value], count: int) -> Iterator[Value]:
    for part in parts:
        if count <= 0:
            return
        yield cut_value(part, count)
        count -= count_characters(part, count)
