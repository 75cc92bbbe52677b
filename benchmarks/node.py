"""What a new node costs: from nothing, with an imported index, with files whose times differ.

python -m benchmarks.node [--count N]

The files are given other times in place, as on another node, since a second copy of a million
files and their indexes do not fit into the page cache. Search is filled, too.
"""

from __future__ import annotations

import argparse
import os
import shutil
from pathlib import Path

from benchmarks.__main__ import WORK, ensure_entries, measure


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.node", description=__doc__)
    arguments.add_argument("--count", type=int, default=10_000)
    count = arguments.parse_args().count
    entries = ensure_entries(count)
    work = WORK / "node"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    one, other, empty = [write_config(work, name) for name in ("one", "other", "empty")]
    carried, folder = work / "carried", str(entries)
    print(f"{count:,} entries")
    print(f"{'work':42} {'seconds':>8} {'CPU s':>8} {'largest process, MB':>20}")
    measure("render /atom.xml, no index there", empty, "render", "/atom.xml", folder)
    shutil.rmtree(work / "empty")
    measure("index, no index there", one, "index", folder)
    measure("index, nothing changed", one, "index", folder)
    measure("index --export", one, "index", folder, "--export", str(carried))
    index = max((work / "one").glob("*.sqlite"), key=lambda path: path.stat().st_size)
    sizes = [path.stat().st_size / 1e6 for path in (index, carried)]
    shutil.rmtree(work / "one")
    touch(entries)
    measure("index --import, all times differ", other, "index", folder, "--import", str(carried))
    measure("render /atom.xml after it", other, "render", "/atom.xml", folder)
    touch(entries)
    measure("index, all files touched", other, "index", folder)
    for path in entries.rglob("*.md"):
        path.chmod(0o600)  # changes the ctime alone, as does a copy that keeps the mtime
        path.chmod(0o644)
    measure("index, a copy that keeps times", other, "index", folder)
    print(f"index {sizes[0]:,.0f} MB, carried {sizes[1]:,.0f} MB")
    shutil.rmtree(work)


def touch(entries: Path) -> None:
    """Give all files of *entries* other times."""
    for path in entries.rglob("*.md"):
        os.utime(path)


def write_config(work: Path, name: str) -> Path:
    """Writes settings whose index is in a folder *name* of its own; returns their file."""
    config = work / f"{name}.toml"
    config.write_text(f'[site]\nindex = "{work / name}"\n', encoding="utf-8")
    return config


if __name__ == "__main__":
    main()
