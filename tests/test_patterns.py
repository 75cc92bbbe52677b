"""Patterns that are compiled when they are first used."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from feedsvc import patterns
from feedsvc.patterns import compile_lazily, compile_rest

METHODS = {
    "search": "a1b22",
    "match": "1b22",
    "fullmatch": "22",
    "split": "a1b22",
    "findall": "a1b22",
}


@pytest.fixture(autouse=True)
def waiting(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Only the patterns of a test wait to be compiled."""
    kept: list[object] = []
    monkeypatch.setattr(patterns, "_not_compiled", kept)
    return kept


@pytest.mark.parametrize(("method", "text"), METHODS.items())
def test_it_finds_what_the_compiled_one_finds(method: str, text: str) -> None:
    lazy, compiled = compile_lazily(r"([A-Z])?\d+", re.ASCII), re.compile(r"([A-Z])?\d+", re.ASCII)

    for _ in range(2):  # compiled by the first
        found, right = getattr(lazy, method)(text), getattr(compiled, method)(text)
        assert repr(found) == repr(right)


def test_it_replaces_what_the_compiled_one_replaces() -> None:
    lazy = compile_lazily("b", re.IGNORECASE)

    assert lazy.sub("c", "aBb") == "acc"
    assert lazy.subn("c", "aBb", count=1) == ("acb", 1)
    assert [match.start() for match in lazy.finditer("aBb")] == [1, 2]


def test_a_part_of_another_pattern_is_not_compiled() -> None:
    word = compile_lazily("(")  # would be an error

    assert word.pattern == "("
    with pytest.raises(re.error, match="unterminated"):
        word.search("(")


def test_what_a_lazy_pattern_has_not_is_said() -> None:
    with pytest.raises(AttributeError, match="'scanner'"):
        compile_lazily("a").scanner("a")  # type: ignore[attr-defined]


def test_the_rest_is_compiled_while_there_is_time(waiting: list[object]) -> None:
    first, last = compile_lazily("a"), compile_lazily("b")
    times = iter([True, False])

    compile_rest(lambda: next(times))

    assert ["search" in vars(one) for one in (first, last)] == [False, True]
    compile_rest(lambda: True)
    assert "search" in vars(first)
    assert waiting == []


def test_every_pattern_of_the_package_can_be_compiled() -> None:
    code = """
from feedsvc import patterns
import feedsvc.indexer.writer, feedsvc.web
waiting = list(patterns._not_compiled)
patterns.compile_rest(lambda: True)
print(len(waiting), all("search" in vars(one) for one in waiting))
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    count, all_compiled = ran.stdout.split()
    assert int(count) > 100
    assert all_compiled == "True"
