"""YAML front matter as the author's words: the only importer of PyYAML.

The C parser composes nodes, and an own walk takes the words as they stand (a
date stays `2023-03-02`), with their lines. The walk is bounded, so that aliases
cannot multiply without end.
"""

from __future__ import annotations

import re

import yaml
from yaml._yaml import CParser
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from feedsvc.content.characters import drop_forbidden
from feedsvc.dialects.types import Field, Value
from feedsvc.errors import EntryError
from feedsvc.model import Problem

MAX_NODES, MAX_DEPTH = 20_000, 40
TOO_DEEP_MESSAGE = (
    "the front matter is nested or repeated beyond measure; write it flat and without aliases"
)
# What needs no parser: YAML 1.1, plain and quoted scalars of one line, lists of them. Anything else goes to libyaml.
PLAIN_SCALAR = r"""[^\s\-?:,\[\]{}#&*!|>'"%@`][^\n\t:#]*(?:(?::(?=\S)|(?<=\S)\#)[^\n\t:#]*)*"""
ONE_LINE_SCALAR = rf"""(?:"[^"\\\n\t]*"|'[^'\n\t]*'|{PLAIN_SCALAR})"""
FLOW_SCALAR = (
    r"""(?:"[^"\\\n\t]*"[ ]*+|'[^'\n\t]*'[ ]*+|[^\s\-?:,\[\]{}#&*!|>'"%@`][^\n\t?:,\[\]{}#]*+)"""
)
SIMPLE_FIELD = re.compile(
    rf"""([A-Za-z_][\w-]*):"""
    rf"""(?:[ ]+(?:"([^"\\\n\t]*)"|'([^'\n\t]*)'|({PLAIN_SCALAR})|\[[ ]*+((?:{FLOW_SCALAR}(?:,[ ]*+{FLOW_SCALAR})*+)?)\]))?[ ]*\n"""
    rf"""((?<=:\n)([ ]*)-[ ]+{ONE_LINE_SCALAR}[ ]*\n(?:\7-[ ]+{ONE_LINE_SCALAR}[ ]*\n)*)?""",
    re.ASCII,
)
BLOCK_ITEM = re.compile(rf"^ *- +({ONE_LINE_SCALAR})", re.MULTILINE)
FLOW_ITEM = re.compile(FLOW_SCALAR, re.ASCII)
YAML11_LINE_BREAKS = re.compile("[\x85\u2028\u2029]")  # end a line in YAML 1.1
NULL_WORDS = frozenset({"", "~", "null", "Null", "NULL"})


class Composer(CParser):
    """The C parser alone: PyYAML's resolver costs half of the time, and tags say nothing here."""

    # Called thrice a node; a method of a string takes any arguments, and costs a third of one of ours
    resolve = descend_resolver = ascend_resolver = "".format


def parse_yaml(text: str, first: int = 1) -> tuple[tuple[Field, ...], tuple[Problem, ...]] | None:
    """The fields of *text*, whose first line is number *first*; None if it is no mapping, raises `EntryError`."""
    if (simple := parse_simple_yaml(text, first)) is not None:
        return simple, ()
    try:
        if len(text) > 2000:
            check_depth(text, first)
        node = Composer(text).get_single_node()
    except yaml.YAMLError as error:
        raise make_yaml_error(error, text, first) from None
    except (ValueError, RecursionError) as error:
        raise EntryError(
            "yaml-broken", f"the front matter is not YAML: {error}", line=first
        ) from None
    if node is None:
        return (), ()
    if not isinstance(node, MappingNode):
        return None
    walk = NodeWalk(first)
    return walk.build_top_fields(node), tuple(walk.problems)


def parse_simple_yaml(text: str, first: int) -> tuple[Field, ...] | None:
    """The fields of *text* if each is one line or a list of such lines; None if the C parser is to decide."""
    fields: dict[str, Field] = {}
    place, line = 0, first
    if not text.isascii() and YAML11_LINE_BREAKS.search(text):
        return None
    while match := SIMPLE_FIELD.match(text, place):
        name, double, single, plain, flow, items, _ = match.groups()
        if name in fields:
            return None
        if items:
            value: Value = [unquote_scalar(item) for item in BLOCK_ITEM.findall(items)]
        elif flow is not None:
            value = [unquote_scalar(item) for item in FLOW_ITEM.findall(flow)]
        else:
            value = double or single or (unquote_scalar(plain) if plain else "")
        fields[name] = Field(name, value, line)
        place, line = match.end(), line + 1 + (len(value) if items else 0)
    return tuple(fields.values()) if place == len(text) else None


def unquote_scalar(words: str) -> str:
    words = words.rstrip(" ")
    return words[1:-1] if words[:1] in ("'", '"') else "" if words in NULL_WORDS else words


def check_depth(text: str, first: int) -> None:
    """Refuses what is nested deeper than the composing C code may recurse."""
    parser, depth = CParser(text), 0
    while (event := parser.get_event()) is not None:
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise EntryError("yaml-broken", TOO_DEEP_MESSAGE, line=first)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def make_yaml_error(error: yaml.YAMLError, text: str, first: int) -> EntryError:
    """The error of the parser with the line of the file and a remedy."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = first + mark.line if mark is not None else first
    lines = text.split("\n")
    words = lines[min(mark.line, len(lines) - 1)] if mark is not None else ""
    reason = str(getattr(error, "problem", None) or error).strip().split("\n")[0]
    if "\t" in words:
        remedy = "indent with spaces, not with tabs"
    elif "mapping values" in reason or "expected <block end>" in reason or "did not find" in reason:
        remedy = "put values with ': ', '#' or quotes into quotation marks, and align the names"
    else:
        remedy = "put the value into quotation marks"
    shown = f" ({words.strip()[:60]!r})" if words else ""
    return EntryError(
        "yaml-broken", f"the front matter is not YAML: {reason}{shown}; {remedy}", line=line
    )


def get_scalar_text(node: ScalarNode) -> str:
    words: str = node.value
    if not node.style:
        return "" if words in NULL_WORDS else words
    return drop_forbidden(words) if node.style == '"' else words


class NodeWalk:
    """One walk over a document's nodes; counts them, since an alias can name a node again and again."""

    def __init__(self, first: int) -> None:
        self.first = first
        self.node_count = 0
        self.problems: list[Problem] = []

    def build_top_fields(self, node: MappingNode) -> tuple[Field, ...]:
        """The fields of the outermost mapping; of two with one name the later stands."""
        fields: dict[str, Field] = {}
        for key, value in node.value:
            line = self.first + key.start_mark.line
            if isinstance(key, ScalarNode):
                name = key.value
                if isinstance(value, ScalarNode) and name not in fields and name != "<<":
                    fields[name] = Field(name, get_scalar_text(value), line)
                    continue
                if name == "<<":
                    for inner, words in self.build_merged(value, 1).items():
                        fields.setdefault(inner, Field(inner, words, line))
                    continue
                if name in fields:
                    message = f"{name!r} stands twice (first in line {fields[name].line}); the later one counts"
                    self.problems.append(
                        Problem(code="field-twice", message=message, field=name, line=line)
                    )
                fields[name] = Field(name, self.build_value(value, 1), line)
            else:
                message = "a field's name is a list or a mapping; write `name: value`"
                self.problems.append(Problem(code="field-name", message=message, line=line))
        return tuple(fields.values())

    def build_value(self, node: Node, depth: int) -> Value:
        self.node_count += 1
        if self.node_count > MAX_NODES or depth > MAX_DEPTH:
            raise EntryError("yaml-broken", TOO_DEEP_MESSAGE, line=self.first)
        if isinstance(node, ScalarNode):
            return get_scalar_text(node)
        if isinstance(node, SequenceNode):
            return [self.build_value(one, depth + 1) for one in node.value]
        pairs: dict[str, Value] = {}
        for key, value in node.value:
            if key.value == "<<":
                pairs = {**self.build_merged(value, depth), **pairs}
            else:
                name = key.value if isinstance(key, ScalarNode) else ""
                pairs[name] = self.build_value(value, depth + 1)
        return pairs

    def build_merged(self, node: Node, depth: int) -> dict[str, Value]:
        """What `<<` brings in: one mapping, or several of which the first counts most."""
        found = self.build_value(node, depth + 1)
        merged: dict[str, Value] = {}
        for one in found if isinstance(found, list) else [found]:
            if isinstance(one, dict):
                merged = {**one, **merged}
        return merged
