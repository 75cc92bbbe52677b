"""The words of the code: one verb, one meaning; the field's word where there is one."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FIND = re.compile(r"_*find(_|$)")
# Words that meant something in this code alone, and the field's words for it. Only those are here
# that no sentence about files, feeds or SQL needs in their plain meaning.
RETIRED = {
    r"streets?|houses?|rooms?|doors?": "command, layer, package, module, importer",
    r"find_\w*": "get_, select_, parse_, detect_, resolve_",
    r"(un)?said|unsaid": "search_text, search_pending, indexed",
    r"told|tells? of": "stored, indexed, reported, returned",
    r"contend\w*|rivals?|demot\w+": "conflict, duplicate",
    r"lay(s|ing)? out|mov(e|es|ing) keys": "renumber colliding keys",
    r"spared?|spares": "stale while revalidating",
    r"settl(e|es|ed|ing)": "resolve",
    r"looks? (again|round|through)|(first|next) look": "scan, rescan, collect references",
    r"lastly": "last",
    r"ledgers?": "store, search",
}
# The same as parts of a name of the package: `contend_again`, `told`.
RETIRED_IN_NAMES = frozenset(
    "contend contending demote demoted lastly lead ledger look place places rival rivals said "
    "settle settled settles spare spared story stories told unsaid".split()
)
PATTERNS = {
    re.compile(rf"\b({words})\b", re.IGNORECASE): instead for words, instead in RETIRED.items()
}
FILES = sorted(
    file.relative_to(ROOT).as_posix()
    for folder in ("feedsvc", "benchmarks", "scripts", "tests", "torture")
    for file in (ROOT / folder).rglob("*.py")
    if file != Path(__file__)
)
# Not gone through yet; the list is empty when every package has been.
NOT_YET: tuple[str, ...] = ()


def iterate_docstrings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and text of every docstring."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node)
            if text:
                yield getattr(node, "lineno", 1), text


def iterate_comments(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of every comment."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def iterate_names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and name of everything that the code defines."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield node.lineno, name
            case ast.ClassDef(name=name) | ast.arg(arg=name):
                yield node.lineno, name
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield node.lineno, name


def list_name_faults(file: str, tree: ast.AST) -> list[str]:
    """Return "line: name" for find_ names and, in the package, those with a retired part."""
    retired = RETIRED_IN_NAMES if file.startswith("feedsvc/") else frozenset()
    return [
        f"{line}: {name}"
        for line, name in iterate_names(tree)
        if FIND.match(name) or not retired.isdisjoint(re.findall(r"[A-Z]?[a-z]+", name.lower()))
    ]


def list_prose_faults(source: str, tree: ast.AST) -> list[str]:
    """Return "line: word, not …: text" for each retired word in a docstring or comment."""
    faults = []
    for line, text in (*iterate_docstrings(tree), *iterate_comments(source)):
        for pattern, instead in PATTERNS.items():
            faults += [
                f"{line}: {match[0]!r}, not {instead}: {text}" for match in pattern.finditer(text)
            ]
    return faults


@pytest.mark.parametrize("file", [file for file in FILES if not file.startswith(NOT_YET)])
def test_words_are_the_fields(file: str) -> None:
    source = (ROOT / file).read_text(encoding="utf-8")
    tree = ast.parse(source)

    assert list_name_faults(file, tree) + list_prose_faults(source, tree) == []
