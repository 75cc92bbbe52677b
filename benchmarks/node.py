"""What a new node costs: from nothing, with an imported index, with files whose times differ.

python -m benchmarks.node [--count N]

The other node has the same files at other times; everything is in the page cache. `index` fills
search too; `render` answers before that.
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
    # the last names of its path are the same, as links in texts may begin with them
    other = work / "other" / entries.parent.parent.name / entries.parent.name / entries.name
    shutil.copytree(entries, other, copy_function=shutil.copyfile)
    configs = [write_config(work, name) for name in ("one", "other", "empty")]
    one, second, empty = configs
    file = work / "carried"
    print(f"{count:,} entries")
    print(f"{'work':42} {'seconds':>8} {'CPU s':>8} {'largest process, MB':>20}")
    measure("render /atom.xml, no index there", empty, "render", "/atom.xml", str(entries))
    measure("index, no index there", one, "index", str(entries))
    measure("index, nothing changed", one, "index", str(entries))
    measure("index --export", one, "index", str(entries), "--export", str(file))
    measure("index --import, all times differ", second, "index", str(other), "--import", str(file))
    measure("render /atom.xml after it", second, "render", "/atom.xml", str(other))
    for path in other.rglob("*.md"):
        os.utime(path)
    measure("index, all files touched", second, "index", str(other))
    copy = other.with_name("copy")
    shutil.copytree(other, copy)  # keeps the mtime, and cannot keep the ctime
    shutil.rmtree(other)
    copy.rename(other)
    measure("index, a copy that keeps times", second, "index", str(other))
    index = max((work / "one").glob("*.sqlite"), key=lambda path: path.stat().st_size)
    print(
        f"index {index.stat().st_size / 1e6:,.0f} MB, carried {file.stat().st_size / 1e6:,.0f} MB"
    )
    shutil.rmtree(work)


def write_config(work: Path, name: str) -> Path:
    """Writes settings whose index is in a folder *name* of its own; returns their file."""
    config = work / f"{name}.toml"
    config.write_text(f'[site]\nindex = "{work / name}"\n', encoding="utf-8")
    return config


if __name__ == "__main__":
    main()
