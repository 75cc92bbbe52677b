"""`feedsvc publish`: remove the draft mark, set the date to now, and change no other byte.

`marks` detects what makes an entry a draft and what replaces it, `date_words` writes a date in
the form of another, `publish` tries each change in memory, and reads the result, before anything
is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from feedsvc.commands.file_writing import NO_ROOM_ERRORS, PERMISSIONS_REMEDY
from feedsvc.commands.publishing.publish import Published, publish_file
from feedsvc.errors import EntryError, join_remedy
from feedsvc.pages import l10n
from feedsvc.settings import Settings


class Result(Struct, frozen=True, kw_only=True):
    """The outcome for one file, a line of text, and its remaining problems, a line each.

    *path* is where the file is now, "" if publishing failed.
    """

    path: str
    lines: tuple[str, ...]


def publish_files(files: Iterable[Path], settings: Settings, *, at_once: bool) -> Iterator[Result]:
    """Publish each of *files* and yield its result."""
    for file in files:
        try:
            found = publish_file(file, settings, datetime.now(UTC), at_once=at_once)
        except EntryError as error:
            yield refuse(file, str(error))
        except OSError as error:
            if error.errno in NO_ROOM_ERRORS:
                raise  # every other file would fail, too
            yield refuse(file, join_remedy(f"{error.strerror}", PERMISSIONS_REMEDY))
        else:
            path = settings.entries / found.path
            yield Result(path=str(path), lines=(describe_published(found), *list_problems(found)))


def refuse(file: Path, reason: str) -> Result:
    return Result(path="", lines=(f"feedsvc: {file} is unchanged: {reason}",))


def describe_published(found: Published) -> str:
    """Return a line on a file that is public, or will be."""
    if found.due is not None:
        due = l10n.format_moment(found.due, "en")
        return f"{found.path} will be public on {due}; `--now` publishes it at once"
    now = "is public" if found.is_changed else "was public already"
    return f"{found.path} {now}{'' if found.is_listed else ', in no list'}: {found.url}"


def list_problems(found: Published) -> list[str]:
    return [f"  {f'line {one.line}: ' if one.line else ''}{one.sentence}" for one in found.problems]
