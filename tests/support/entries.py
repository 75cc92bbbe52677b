"""Write entry files: `write_entry(folder, "a/story.md", "Title", date="2026-03-02")`."""

from __future__ import annotations

from pathlib import Path

BODY = "Some words."


def write_file(folder: Path, path: str, content: str | bytes) -> Path:
    """Write a file below *folder*, and the folders on the way; return where it is."""
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return file


def format_entry(
    title: str = "Story", body: str = BODY, *, date: str = "2026-03-02", **fields: object
) -> str:
    """Return Markdown with YAML front matter; values are written as they are, not quoted."""
    lines = [
        f"{name}: {value}\n" for name, value in {"title": title, "date": date, **fields}.items()
    ]
    return f"---\n{''.join(lines)}---\n\n{body}\n"


def write_entry(folder: Path, path: str, title: str = "Story", **parts: str) -> Path:
    """Write the entry that `format_entry` makes of *title* and *parts*."""
    return write_file(folder, path, format_entry(title, **parts))


def write_story(folder: Path, number: int, title: str = "") -> Path:
    """Write `story-NUMBER.md`, one a month from January 2026 on."""
    return write_entry(
        folder, f"story-{number}.md", title or f"Story {number}", date=f"2026-0{number + 1}-02"
    )
