"""Bytes become a small folder of entry files: `%%% NAME` begins each, in a line of its own."""

from __future__ import annotations

import re
import tempfile
from functools import cache
from pathlib import Path
from zlib import crc32

from feedsvc.settings import Settings, Site

# An entry in every markup, and what goes with entries: sidecars, defaults, translations, dates
NAMES = (
    *(f"a.{ending}" for ending in ("md", "txt", "html", "rst", "adoc", "org", "wml", "json")),
    *("a", "a.mdx", "2023-03-02-quay.md", "2023/03/02/quay/index.md", "quay.zh.md", "quay.fr.md"),
    *("_index.md", "a.yaml", "a.toml", "2023/03/02/quay/_index.md", "authors.yaml", "b.md"),
)
FILE_MARK = re.compile(rb"^%%% ([^\n]{0,40})\n", re.MULTILINE)
SETTINGS = Settings(
    site=Site(
        url="https://news.example.com/",
        id_authority="news.example.com,2023",
        timezone="Asia/Shanghai",
        permalink="/{year}/{month}/{category}/{slug}/",
    )
)


@cache
def make_temporary_folder() -> tempfile.TemporaryDirectory[str]:
    """Return a folder, in memory where the machine has one, that goes when the process ends."""
    memory = Path("/dev/shm")
    return tempfile.TemporaryDirectory(prefix="fuzz-", dir=memory if memory.is_dir() else None)


class Case:
    """The files of one input, on disk while the block runs."""

    def __init__(self, data: bytes) -> None:
        first, *parts = FILE_MARK.split(data)
        texts = [first] if first or not parts else []
        names = ["a.md"] * len(texts) + list(map(choose_name, parts[::2]))
        self.files = dict(zip(names, texts + parts[1::2], strict=True))
        self.root = Path(make_temporary_folder().name)
        self.settings = SETTINGS

    def __enter__(self) -> Case:
        for name, data in self.files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return self

    def __exit__(self, *_: object) -> None:
        for name in self.files:
            (self.root / name).unlink()


def choose_name(written: bytes) -> str:
    """Return one of `NAMES`: as *written*, or any, the same each time."""
    name = written.decode("latin-1")
    return name if name in NAMES else NAMES[crc32(written) % len(NAMES)]
