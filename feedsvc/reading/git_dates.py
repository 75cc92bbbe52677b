"""Dates from outside of an entry, for sites that ask for them: the first commit in git, or the file's mtime."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path


def read_external_date(root: Path, path: str, source: str) -> str:
    """RFC 3339 of the *source* "git" or "mtime", "" if it knows none."""
    if source == "mtime":
        seconds = (root / path).stat().st_mtime
        return datetime.fromtimestamp(int(seconds), UTC).isoformat()
    command = [
        "git",
        "-C",
        str(root),
        "log",
        "--follow",
        "--diff-filter=A",
        "--format=%aI",
        "--",
        path,
    ]
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return result.stdout.strip().rpartition("\n")[2]
