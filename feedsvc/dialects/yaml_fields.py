"""YAML as the author's words: front matter and sidecars. The only importer of PyYAML.

The fields are built from the events of libyaml's parser, so that words stay as
they stand (a date stays `2023-03-02`) and have lines. What aliases multiply is
counted, so that a short text cannot become a huge value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import yaml
from yaml import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from feedsvc.content.characters import drop_forbidden
from feedsvc.dialects.simple_yaml import NULL_WORDS, parse_simple_yaml
from feedsvc.dialects.types import (
    MAX_NAME_CHARACTERS,
    Field,
    Fields,
    Value,
    refuse_long_front_matter,
)
from feedsvc.errors import EntryError
from feedsvc.model import Problem

MAX_VALUES, MAX_DEPTH = 20_000, 40
# By what libyaml says where it misses the end of something
OPEN_REMEDIES = {
    "unexpected end of stream": "close the quotation mark",
    "expected ',' or": "close the bracket",
    "could not find expected ':'": "write `name: value`, with a space after the colon",
}


def parse_yaml(text: str, first: int = 1) -> tuple[Fields, tuple[Problem, ...]] | None:
    """Return fields and problems of *text*, whose first line is number *first*.

    None if it is no mapping; raise `EntryError`.
    """
    refuse_long_front_matter(len(text), first)
    simple = parse_simple_yaml(text, first)
    return (simple, ()) if simple is not None else parse_any_yaml(text, first)


def parse_any_yaml(text: str, first: int = 1) -> tuple[Fields, tuple[Problem, ...]] | None:
    """Return what `parse_yaml` does, by the parser alone."""
    try:
        builder = FieldBuilder(text, first)
        is_mapping = builder.build_document()
    except yaml.YAMLError as error:
        raise make_yaml_error(error, text, first) from None
    except ValueError as error:
        raise EntryError(
            "yaml-broken", f"the front matter is not YAML: {error}", line=first
        ) from None
    return (tuple(builder.fields.values()), tuple(builder.problems)) if is_mapping else None


class FieldBuilder:
    """Builds the fields of one document from the events of the parser, in one pass."""

    def __init__(self, text: str, first: int) -> None:
        # Any: to the stubs every event may be None and has neither anchor nor mark
        self.next_event: Callable[[], Any] = yaml.CBaseLoader(text).get_event
        self.first = first
        self.fields: dict[str, Field] = {}
        self.problems: list[Problem] = []
        self.anchored: dict[str, tuple[Value, int]] = {}  # values, and how many are in each
        self.value_count = 0

    def build_document(self) -> bool:
        """Build the fields of the whole text; return whether it is one mapping, or empty."""
        self.next_event()  # the stream starts
        if isinstance(self.next_event(), yaml.StreamEndEvent):
            return True
        root = self.next_event()
        is_mapping = isinstance(root, MappingStartEvent)
        if is_mapping:
            self._build_fields()
        else:
            self._build_value(root, 1)
        self.next_event()  # the document ends
        if not isinstance(more := self.next_event(), yaml.StreamEndEvent):
            reason = "but found another document"
            raise yaml.MarkedYAMLError(problem=reason, problem_mark=more.start_mark)
        return is_mapping

    def _build_fields(self) -> None:
        """Build a field of each name of the outermost mapping; of two the later counts."""
        fields = self.fields
        for line, name, value in self._build_pairs(1):
            if name is None:
                message, remedy = "a field's name is a list or a mapping", "write `name: value`"
                self.problems.append(
                    Problem(code="field-name", message=message, remedy=remedy, line=line)
                )
            elif name == "<<":
                for inner, merged in merge_mappings(value).items():
                    fields.setdefault(inner, Field(inner, merged, line))
            else:
                if name in fields:
                    first = fields[name].line
                    message = (
                        f"{name!r} is given twice (first on line {first}); the later one counts"
                    )
                    self.problems.append(
                        Problem(code="field-twice", message=message, field=name, line=line)
                    )
                fields[name] = Field(name, value, line)

    def _build_pairs(self, depth: int) -> Iterator[tuple[int, str | None, Value]]:
        """Yield line, name (None for a list or a mapping) and value of what is in a mapping."""
        while not isinstance(key := self.next_event(), MappingEndEvent):
            name = (
                drop_forbidden(key.value[:MAX_NAME_CHARACTERS])
                if isinstance(key, ScalarEvent)
                else self._build_value(key, depth)
            )
            value = self._build_value(self.next_event(), depth)
            line = self.first + key.start_mark.line
            yield line, name if isinstance(name, str) else None, value

    def _build_value(self, event: Any, depth: int) -> Value:
        """Return the value that begins with *event*, *depth* collections deep."""
        before = self.value_count
        if isinstance(event, ScalarEvent):
            self.value_count += 1
            value: Value = get_scalar_text(event)
        elif isinstance(event, AliasEvent):
            return self._get_anchored(event)
        else:
            self._count_values(1, depth)
            value = (
                self._build_list(depth)
                if isinstance(event, SequenceStartEvent)
                else self._build_mapping(depth)
            )
        if event.anchor:
            self.anchored[event.anchor] = value, self.value_count - before
        return value

    def _build_list(self, depth: int) -> list[Value]:
        items: list[Value] = []
        while not isinstance(item := self.next_event(), SequenceEndEvent):
            items.append(self._build_value(item, depth + 1))
        return items

    def _build_mapping(self, depth: int) -> dict[str, Value]:
        pairs: dict[str, Value] = {}
        for _, name, value in self._build_pairs(depth + 1):
            if name == "<<":
                for inner, merged in merge_mappings(value).items():
                    pairs.setdefault(inner, merged)
            else:
                pairs[name or ""] = value
        return pairs

    def _get_anchored(self, event: AliasEvent) -> Value:
        if event.anchor not in self.anchored:
            mark: Any = event.start_mark
            raise yaml.MarkedYAMLError(problem="found undefined alias", problem_mark=mark)
        value, count = self.anchored[event.anchor]
        self._count_values(count, 0)
        return value

    def _count_values(self, count: int, depth: int) -> None:
        self.value_count += count
        if self.value_count > MAX_VALUES or depth > MAX_DEPTH:
            message = "the front matter is nested or repeated beyond measure"
            remedy = "nest it less deeply and without aliases"
            raise EntryError("yaml-broken", message, remedy, line=self.first)


def merge_mappings(value: Value) -> dict[str, Value]:
    """Return what `<<` brings in: one mapping, or several of which the first counts most."""
    merged: dict[str, Value] = {}
    for mapping in value if isinstance(value, list) else [value]:
        if isinstance(mapping, dict):
            for name, inner in mapping.items():
                merged.setdefault(name, inner)
    return merged


def get_scalar_text(event: ScalarEvent) -> str:
    """Return the words of a scalar; "" for a plain null."""
    words: str = event.value
    return "" if not event.style and words in NULL_WORDS else words


def make_yaml_error(error: yaml.YAMLError, text: str, first: int) -> EntryError:
    """Return the parser's *error* with the line of the file, the words there and a remedy."""
    reason = str(getattr(error, "problem", None) or error).strip().split("\n")[0]
    remedy, mark = "", None
    for part, open_remedy in OPEN_REMEDIES.items():
        if part in reason:  # what is open began before
            remedy, mark = open_remedy, getattr(error, "context_mark", None)
    mark = mark or getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line, words = first, ""
    if mark is not None:
        lines = text.split("\n")
        line, words = first + mark.line, lines[min(mark.line, len(lines) - 1)]
    shown = f" ({words.strip()[:60]!r})" if words else ""
    message = f"the front matter is not YAML: {reason}{shown}"
    return EntryError("yaml-broken", message, remedy or suggest_yaml(reason, words), line=line)


def suggest_yaml(reason: str, words: str) -> str:
    """Return the remedy of an error for this *reason* in the line of *words*."""
    if "\t" in words:
        return "indent with spaces, not with tabs"
    if "escape" in reason or "hexdecimal" in reason:  # in double quotes
        return r"write the character itself, `\\` for a backslash, or use single quotes"
    if "mapping values" in reason and words.count(": ") < 2:
        return "write the line before as `name: value`, and align the names"
    if any(part in reason for part in ("mapping values", "expected <block end>", "expected key")):
        return "put values with ': ', '#' or quotes into quotation marks, and align the names"
    return "put the value into quotation marks"
