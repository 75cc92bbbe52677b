"""The short way for the YAML of most front matter: fields of one line, and lists of such lines.

A fast path before libyaml's parser in `yaml_fields`, which stays the reference: it saves 13 of
about 100 µs an entry of the first index. It leaves uncertain text to the parser;
`tests/test_yaml.py` holds that both ways agree.
"""

from __future__ import annotations

import re

from feedsvc.dialects.types import Field, Fields, Value

NULL_WORDS = frozenset({"", "~", "null", "Null", "NULL"})
# One plain scalar of YAML 1.1 that can be nothing else, and quoted ones without escapes
PLAIN = r"""[^\s\-?:,\[\]{}#&*!|>'"%@`][^\n\t:#]*+(?:(?::(?=\S)|(?<=\S)\#)[^\n\t:#]*+)*+"""
SCALAR = rf"""(?:"[^"\\\n\t]*+"|'[^'\n\t]*+'|{PLAIN})"""
FLOW_SCALAR = (
    r"""(?:"[^"\\\n\t]*"[ ]*+|'[^'\n\t]*'[ ]*+"""
    r"""|[^\s\-?:,\[\]{}#&*!|>'"%@`][^\n\t?:,\[\]{}#]*+)"""
)
FLOW_ITEMS = rf"(?:{FLOW_SCALAR}(?:,[ ]*+{FLOW_SCALAR})*+)?"
FIELD = re.compile(
    rf"""(?P<name>[A-Za-z_][\w-]*):"""
    rf"""(?:[ ]+(?:(?P<scalar>{SCALAR})|\[[ ]*+(?P<flow>{FLOW_ITEMS})\]))?[ ]*\n"""
    rf"""(?P<block>(?<=:\n)(?P<indent>[ ]*)-[ ]+{SCALAR}[ ]*\n"""
    rf"""(?:(?P=indent)-[ ]+{SCALAR}[ ]*\n)*)?""",
    re.ASCII,
)
BLOCK_ITEM = re.compile(rf"^ *- +({SCALAR})", re.MULTILINE)
FLOW_ITEM = re.compile(FLOW_SCALAR, re.ASCII)
YAML11_LINE_BREAKS = re.compile("[\x85\u2028\u2029]")  # end a line in YAML 1.1


def parse_simple_yaml(text: str, first: int) -> Fields | None:
    """Return the fields of *text*, whose first line is number *first*; None if it is not simple."""
    fields: dict[str, Field] = {}
    offset, line = 0, first
    if not text.isascii() and YAML11_LINE_BREAKS.search(text):
        return None
    while match := FIELD.match(text, offset):
        name, scalar, flow, block, _ = match.groups()
        if name in fields:
            return None  # the parser decides which of the two counts
        value: Value = unquote(scalar) if scalar else ""
        if block:
            value = [unquote(item) for item in BLOCK_ITEM.findall(block)]
        elif flow is not None:
            value = [unquote(item) for item in FLOW_ITEM.findall(flow)]
        fields[name] = Field(name, value, line)
        offset, line = match.end(), line + 1 + (block.count("\n") if block else 0)
    return tuple(fields.values()) if offset == len(text) else None


def unquote(words: str) -> str:
    """Return the words of a scalar as they were written; "" for a plain null."""
    words = words.rstrip(" ")
    if words[:1] in ("'", '"'):
        return words[1:-1]
    return "" if words in NULL_WORDS else words
