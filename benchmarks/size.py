"""The size of the package in AST nodes, which packing lines does not change.

`python -m benchmarks.size` prints the nodes of each module and package;
`--at REV` beside them those of another revision.
"""

from __future__ import annotations

import argparse
import ast
import subprocess
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent


def count_nodes(source: str) -> int:
    """Return the number of nodes in the syntax tree of *source*."""
    return sum(1 for _ in ast.walk(ast.parse(source)))


def measure_tree() -> dict[str, int]:
    """Return the nodes of each module of the work tree, by its path."""
    files = sorted((ROOT / "feedsvc").rglob("*.py"))
    return {
        str(path.relative_to(ROOT)): count_nodes(path.read_text(encoding="utf-8")) for path in files
    }


def measure_revision(revision: str) -> dict[str, int]:
    """Return the nodes of each module at *revision*, by its path."""
    listed = run_git("ls-tree", "-r", "--name-only", revision, "feedsvc").split("\n")
    return {
        path: count_nodes(run_git("show", f"{revision}:{path}"))
        for path in listed
        if path.endswith(".py")
    }


def run_git(*arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(ROOT), *arguments], check=True, capture_output=True)
    return done.stdout.decode()


def sum_packages(modules: dict[str, int]) -> Counter[str]:
    """Return the nodes of each package and top module."""
    sums: Counter[str] = Counter()
    for path, nodes in modules.items():
        sums[path.split("/")[1].removesuffix(".py")] += nodes
    return sums


def main() -> None:
    parser = argparse.ArgumentParser(description="Count the AST nodes of the package.")
    parser.add_argument("--at", metavar="REV", help="compare with this revision")
    parser.add_argument("--modules", action="store_true", help="list every module, too")
    arguments = parser.parse_args()
    modules = measure_tree()
    if arguments.modules:
        for path, nodes in modules.items():
            print(f"{nodes:8,} {path}")
    packages = sum_packages(modules)
    before = measure_revision(arguments.at) if arguments.at else {}
    old = sum_packages(before)
    for name in sorted(packages | old):
        print(f"{packages[name]:8,} {name}" + (f" ({old[name]:,})" if before else ""))
    print(f"{packages.total():8,} feedsvc" + (f" ({old.total():,})" if before else ""))


if __name__ == "__main__":
    main()
