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
    r"desks?|streets?|houses?|rooms?|doors?": "command, layer, package, module, importer",
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
PATTERNS = {
    re.compile(rf"\b({words})\b", re.IGNORECASE): instead for words, instead in RETIRED.items()
}
FILES = sorted(
    file.relative_to(ROOT).as_posix()
    for folder in ("feedsvc", "benchmarks", "scripts", "tests")
    for file in (ROOT / folder).rglob("*.py")
    if file != Path(__file__)
)
# Not gone through yet; the list is empty when every package has been.
NOT_YET: tuple[str, ...] = (
    "feedsvc/commands/",
    "feedsvc/content/",
    "feedsvc/dates/",
    "feedsvc/dialects/",
    "feedsvc/feeds/",
    "feedsvc/file_kinds.py",
    "feedsvc/index/",
    "feedsvc/listing.py",
    "feedsvc/pages/",
    "feedsvc/reading/",
    "feedsvc/settings.py",
    "feedsvc/site/",
    "feedsvc/web/",
)


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


def list_faults(source: str) -> list[str]:
    """Return "line: word, instead …" for each function called find_ and each retired word."""
    tree = ast.parse(source)
    faults = [
        f"{node.lineno}: {node.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and FIND.match(node.name)
    ]
    for line, text in (*iterate_docstrings(tree), *iterate_comments(source)):
        for pattern, instead in PATTERNS.items():
            faults += [
                f"{line}: {match[0]!r}, not {instead}: {text}" for match in pattern.finditer(text)
            ]
    return faults


@pytest.mark.parametrize("file", [file for file in FILES if not file.startswith(NOT_YET)])
def test_words_are_the_fields(file: str) -> None:
    assert list_faults((ROOT / file).read_text(encoding="utf-8")) == []
