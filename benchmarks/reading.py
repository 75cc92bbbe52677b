"""Measure how fast entries are read (not rendered), beside PyYAML's C loader on their headers.

python -m benchmarks.reading [COUNT]
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from feedsvc.reading import read_files
from feedsvc.settings import Settings, Site, resolve_addresses

WORDS = (
    "wind solar grid power turbine report quarter plant north "
    "opens company record energy harbour pier"
).split()
ROUNDS = 3


def main() -> None:
    """Prints seconds of processor time, the best of some rounds, and their ratio."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    settings = resolve_addresses(Settings(site=Site(timezone="Asia/Shanghai")))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        heads = write_entries(root, count)
        names = sorted(path.name for path in root.iterdir())
        loading = measure(lambda: [yaml.load(head, Loader=yaml.CSafeLoader) for head in heads])
        reading = measure(lambda: [one.state for one in read_files(root, names, settings)])
    ratio = reading / loading
    print(
        f"{count:,} entries: read {reading:.2f} s, "
        f"yaml.load of the headers {loading:.2f} s, ratio {ratio:.2f}"
    )


def write_entries(root: Path, count: int) -> list[str]:
    """Writes entries of about 2.5 KB, the same each time; returns their headers."""
    chance = random.Random(1)
    heads = []
    for number in range(count):
        day = f"20{10 + number % 14}-{1 + number % 12:02}-{1 + number % 28:02}"
        head = (
            f'title: "{" ".join(chance.sample(WORDS, 6)).title()} {number}"\n'
            f"date: {day}T{number % 24:02}:30:00+02:00\n"
            f"author: Mara Lind {number % 50}\n"
            f"tags:\n  - {chance.choice(WORDS)}\n  - {chance.choice(WORDS)}\n"
            f"category: News\nsummary: {' '.join(chance.choices(WORDS, k=15))}\ndraft: false\n"
        )
        body = "\n\n".join(" ".join(chance.choices(WORDS, k=60)) for _ in range(6))
        text = (
            f"---\n{head}---\n\n{body}\n\nMore of it [there](https://harbour.example/{number}).\n"
        )
        (root / f"{day}-entry-{number}.md").write_text(text, encoding="utf-8")
        heads.append(head)
    return heads


def measure(work: Callable[[], object]) -> float:
    """Seconds of processor time that *work* takes at best."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


if __name__ == "__main__":
    main()
