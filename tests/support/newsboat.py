"""Newsboat, a feed reader for terminals."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


def run_newsboat(program: str, folder: Path, *arguments: str) -> str:
    """Return what *program* prints; *folder* has its `urls`, and its cache from then on."""
    (folder / "config").write_text("")
    files = {"-u": "urls", "-C": "config", "-c": "cache.db"}
    options = [word for option, name in files.items() for word in (option, str(folder / name))]
    done = subprocess.run(
        [program, *options, *arguments],
        check=True,
        capture_output=True,
        text=True,
        timeout=200,
        env={**os.environ, "HOME": str(folder)},
    )
    return done.stdout
