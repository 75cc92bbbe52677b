"""What the way from files to feeds costs on this machine.

python -m benchmarks [--count N]

Entries are generated once into benchmarks/work/ and read once before anything is timed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from pathlib import Path

from benchmarks.generate import write_entries

WORK = Path(__file__).parent / "work"


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    arguments.add_argument("--count", type=int, default=10_000)
    count = arguments.parse_args().count
    entries = ensure_entries(count)
    index = WORK / "index"
    shutil.rmtree(index, ignore_errors=True)
    config = WORK / "feedsvc.toml"
    config.write_text(f'[site]\nindex = "{index}"\n', encoding="utf-8")
    size = sum(path.stat().st_size for path in entries.rglob("*.md")) / count
    print(f"{count:,} entries of {size:,.0f} bytes")
    print(f"{'work':42} {'seconds':>8} {'CPU s':>8} {'largest process, MB':>20}")
    measure("feedsvc index, no index there", config, "index", str(entries))
    measure("feedsvc index, nothing changed", config, "index", str(entries))
    measure("feedsvc render /atom.xml", config, "render", "/atom.xml", str(entries))


def ensure_entries(count: int) -> Path:
    """The folder of *count* generated entries, in the page cache."""
    entries = WORK / f"entries-{count}"
    if not entries.exists():
        unfinished = WORK / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        write_entries(unfinished, count)
        unfinished.rename(entries)
    for path in entries.rglob("*.md"):
        path.read_bytes()
    return entries


def measure(label: str, config: Path, command: str, *arguments: str) -> None:
    """Runs one command to its end and prints its row."""
    null = os.open(os.devnull, os.O_WRONLY)
    start = time.perf_counter()
    process = os.posix_spawn(
        sys.executable,
        [sys.executable, "-m", "feedsvc", command, "--config", str(config), *arguments],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_DUP2, null, 1), (os.POSIX_SPAWN_DUP2, null, 2)],
    )
    _, status, used = os.wait4(process, 0)
    seconds = time.perf_counter() - start
    os.close(null)
    if status:
        sys.exit(f"{label}: exit {os.waitstatus_to_exitcode(status)}")
    print(
        f"{label:42} {seconds:8.2f} {used.ru_utime + used.ru_stime:8.2f} "
        f"{used.ru_maxrss / 1024:20.0f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
