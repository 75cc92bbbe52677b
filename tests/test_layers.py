"""The architecture, held: imports point one way, each outside library has one importer."""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "feedsvc"
LAYERS = [  # a package may import from those before it, and within itself
    {"log_lines", "memo", "patterns"},
    {"errors"},
    {"words"},
    {"model"},
    {"urls", "file_kinds"},
    {"feeds"},
    {"listing", "dates", "content"},
    {"settings"},
    {"dialects", "pages"},
    {"fields"},
    {"reading"},
    {"index"},
    {"indexer"},
    {"site"},
    {"web"},
    {"commands", "wsgi"},
    {"__main__"},
]
IMPORTERS = {  # library → the only modules that import it
    "dateutil": {"dates.dateutil_fallback"},
    "feedgen": {"feeds.rss_atom", "feeds.feedgen_fixes"},
    "feedparser": {"commands.feed_file"},
    "lxml": {"feeds.feedgen_fixes", "dialects.html.page_tree"},
    "sqlite3": {"index.schema"},
    "watchfiles": {"indexer.folder.watcher"},
    "granian": {"commands.serving.http_worker", "commands.serving.core_metrics"},
    "yaml": {"dialects.yaml_fields"},
    "nh3": {"content.sanitize"},
    "pyromark": {"content.markdown"},
    "docutils": {"content.rst"},
    "chardet": {"reading.encoding"},
    "webencodings": {"reading.encoding"},
    "prometheus_client": {"web.metrics.exposition"},
    "brotli": {"site.documents"},
    "obstore": {"commands.uploading.store"},
    "imagesize": {"fields.measures.pictures"},
    "tinytag": {"fields.measures.sound"},
    "backports": {"index.zstd"},
}
MODULES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}


def list_imports(path: Path) -> set[str]:
    """Every module that *path* imports, also inside functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def get_package(module: str) -> str:
    return module.split(".")[0]


def get_layer(package: str) -> int:
    return next(number for number, packages in enumerate(LAYERS) if package in packages)


@pytest.mark.parametrize("module", [module for module in MODULES if module != "__init__"])
def test_imports_point_one_way(module: str) -> None:
    package = get_package(module)
    for name in list_imports(MODULES[module]):
        if not name.startswith("feedsvc.") or name == "feedsvc.__version__":
            continue
        other = get_package(name.removeprefix("feedsvc."))
        assert other == package or get_layer(other) < get_layer(package), f"{module} imports {name}"


def test_each_library_has_one_importer() -> None:
    users: defaultdict[str, set[str]] = defaultdict(set)
    for module, path in MODULES.items():
        for name in list_imports(path):
            library = name.split(".")[0]
            if library not in sys.stdlib_module_names or library == "sqlite3":
                users[library].add(module)

    assert {library: users[library] for library in IMPORTERS} == IMPORTERS


FACES = {"feedsvc.index"}  # others, but for what fills the index, import from it as a whole


@pytest.mark.parametrize("module", MODULES)
def test_others_import_from_the_face_of_a_package(module: str) -> None:
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

    assert not {
        name
        for name in imported
        for face in FACES
        if name and name.startswith(face + ".") and not f"feedsvc.{module}".startswith(face)
    }


@pytest.mark.parametrize("module", MODULES)
def test_no_choice_stands_within_another(module: str) -> None:
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    choices = [node for node in ast.walk(tree) if isinstance(node, ast.IfExp)]

    nested = (ast.IfExp,)
    assert [
        node.lineno
        for node in choices
        if any(isinstance(part, nested) for part in (node.test, node.body, node.orelse))
    ] == []


PACKAGES = sorted(path.parent for path in PACKAGE.rglob("__init__.py"))


def test_packages_stay_small() -> None:
    """A package is read in one sitting, and `ls` shows the whole of it."""
    lines = {
        str(folder.relative_to(PACKAGE)): sum(
            len(path.read_text(encoding="utf-8").splitlines()) for path in folder.glob("*.py")
        )
        for folder in PACKAGES
    }

    assert {name: count for name, count in lines.items() if count > 2_400} == {}
    assert len([folder for folder in PACKAGES if folder.parent == PACKAGE]) <= 12
