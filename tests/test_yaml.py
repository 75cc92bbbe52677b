"""YAML as its authors wrote it: the parser's words, and the short way that must agree with it."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise

import pytest
import yaml
from hypothesis import given, settings, strategies

from feedsvc.dialects.simple_yaml import NULL_WORDS, parse_simple_yaml
from feedsvc.dialects.yaml_fields import parse_any_yaml, parse_yaml
from feedsvc.errors import EntryError

pytestmark = pytest.mark.no_cover  # many runs of what other tests cover

SCALARS = strategies.text(alphabet="ab1 :#-'\"\\[]{},~&*!|>%@?\té\u2028", max_size=8)
LINES = strategies.one_of(
    strategies.builds("{}: {}".format, strategies.sampled_from("abcd"), SCALARS),
    strategies.builds(
        "{}: {} ".format,
        strategies.sampled_from("abcd"),
        strategies.sampled_from(["~", "null", "\u3000"]),
    ),
    strategies.builds("{}:".format, strategies.sampled_from("abcd")),
    strategies.builds("{}: [{}, {}]".format, strategies.sampled_from("abcd"), SCALARS, SCALARS),
    strategies.builds("  - {}".format, SCALARS),
    SCALARS,
)


def drop_nulls(value: object) -> object:
    """Return what PyYAML loads, with the words of a null as no words."""
    if isinstance(value, dict):
        return {name: drop_nulls(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [drop_nulls(inner) for inner in value]
    return "" if value in NULL_WORDS else value


@settings(max_examples=500, deadline=None)
@given(lines=strategies.lists(LINES, max_size=6))
def test_yaml_has_the_words_that_pyyaml_loads(lines: list[str]) -> None:
    text = "".join(f"{line}\n" for line in lines)
    try:
        loaded = yaml.load(text, Loader=yaml.CBaseLoader)
    except yaml.YAMLError:
        with suppress(EntryError):  # an anchor that stands twice and a key that is a list are read
            parse_yaml(text)
        return
    parsed = parse_yaml(text)

    if loaded is not None and not isinstance(loaded, dict):
        assert parsed is None
    elif not any(words in text for words in ("'", '"')):  # quoted words of a null are words
        assert parsed is not None
        assert {field.name: field.value for field in parsed[0]} == drop_nulls(loaded or {})


HUGE = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in pairwise("abcdefgh")
)


@pytest.mark.parametrize(
    "text", [HUGE, "a: &a [*a]\n", f"a: {'[' * 50}{']' * 50}\n"], ids=["wide", "self", "deep"]
)
def test_yaml_that_aliases_or_nesting_make_huge_is_refused(text: str) -> None:
    with pytest.raises(EntryError, match="front matter"):
        parse_yaml(text)


BROKEN = {  # the line that is named, counted from 7, and how the remedy begins
    'a: "C:\\Users\\x"\nb: 1\n': (7, "write the character itself"),
    'a: "\\d"\n': (7, "write the character itself"),
    'b: 1\na: "x\nc: 1\nd: 1\n': (8, "close the quotation mark"),
    "b: 1\na: 'x\nc: 1\n": (8, "close the quotation mark"),
    "a: [b, c\nd: 1\n": (7, "close the bracket"),
    "a: {b: c\nd: 1\n": (7, "close the bracket"),
    "a: 1\nb:2\n": (8, "write `name: value`, with a space"),
    "a:1\nb: 2\n": (8, "write the line before as `name: value`"),
    "a 1\nb: 2\n": (8, "write the line before as `name: value`"),
    "a: x\n b: 2\n": (8, "write the line before as `name: value`, and align"),
    "a: b: c\n": (7, "put values with ': '"),
    'a: "b" c\n': (7, "put values with ': '"),
    "a: @b\n": (7, "put the value into quotation marks"),
    "a: *b* c\n": (7, "put the value into quotation marks"),
    "a: b\n\tc: d\n": (8, "indent with spaces"),
}


@pytest.mark.parametrize("text", BROKEN)
def test_an_error_names_where_it_begins_and_what_would_be_right(text: str) -> None:
    line, remedy = BROKEN[text]

    with pytest.raises(EntryError) as caught:
        parse_yaml(text, 7)

    assert caught.value.line == line
    assert caught.value.remedy.startswith(remedy)
    assert repr(text.split("\n")[line - 7].strip()) in caught.value.message


@settings(max_examples=1500, deadline=None)
@given(lines=strategies.lists(LINES, max_size=6))
def test_the_short_way_reads_what_the_parser_reads(lines: list[str]) -> None:
    text = "".join(f"{line}\n" for line in lines)
    simple = parse_simple_yaml(text, 7)

    if simple is not None:
        assert (simple, ()) == parse_any_yaml(text, 7)


def test_usual_front_matter_takes_the_short_way() -> None:
    text = "title: A ferry\ndate: 2026-03-02\ntags: [a, 'b, c']\nauthors:\n  - Ada\n  - \"Bo\"\n"
    simple = parse_simple_yaml(text, 2)

    assert simple is not None
    assert [field.line for field in simple] == [2, 3, 4, 5]
    assert (simple, ()) == parse_any_yaml(text, 2)
