"""The architecture, held: imports go down the street, each outside library has one door, modules stay small."""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "feedsvc"
STREET = [  # a house may import from those before it, and within itself
    {"errors", "model", "names"},
    {"settings"},
    {"dates"},
    {"reading"},
    {"listing"},
    {"index"},
    {"items"},
    {"feeds", "pages"},
    {"documents"},
    {"browse", "maps"},
    {"publish"},
    {"front"},
    {"web"},
    {"check", "explain", "oldfeed", "serve"},
    {"desk"},
    {"stamp"},
    {"cli"},
    {"__main__"},
]
DOORS = {  # library → the only modules that import it
    "dateutil": {"dates.lastly"},
    "feedgen": {"feeds.rss_atom", "feeds.wire"},
    "lxml": {"feeds.wire"},
    "sqlite3": {"index.database"},
    "watchfiles": {"index.events"},
    "granian": {"serve"},
    "yaml": {"reading.dialects.yaml_words"},
    "msgspec": {"reading.kept"},
    "nh3": {"reading.sanitise"},
    "pyromark": {"reading.markup"},
    "docutils": {"reading.rst"},
    "charset_normalizer": {"reading.source"},
    "brotli": {"documents"},
    "zstandard": {"documents", "index.ledger"},
}
MOST_LINES = 320
MODULES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}


def find_imports(path: Path) -> set[str]:
    """Every module that *path* imports, also inside functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def find_house(module: str) -> str:
    return module.split(".")[0]


def find_number(house: str) -> int:
    return next(number for number, houses in enumerate(STREET) if house in houses)


@pytest.mark.parametrize("module", [module for module in MODULES if module != "__init__"])
def test_imports_go_down_the_street(module: str) -> None:
    house = find_house(module)
    for name in find_imports(MODULES[module]):
        if not name.startswith("feedsvc.") or name == "feedsvc.__version__":
            continue
        other = find_house(name.removeprefix("feedsvc."))
        assert other == house or find_number(other) < find_number(house), f"{module} imports {name}"


def test_each_library_has_one_door() -> None:
    users: defaultdict[str, set[str]] = defaultdict(set)
    for module, path in MODULES.items():
        for name in find_imports(path):
            library = name.split(".")[0]
            if library not in sys.stdlib_module_names or library == "sqlite3":
                users[library].add(module)

    assert {library: users[library] for library in DOORS} == DOORS


@pytest.mark.parametrize("module", MODULES)
def test_a_module_fits_the_head(module: str) -> None:
    assert len(MODULES[module].read_text(encoding="utf-8").splitlines()) <= MOST_LINES
