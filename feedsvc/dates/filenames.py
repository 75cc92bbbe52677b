"""The date in a file's name, or else in its folders': `2024-01-02-title.md`, `2024/01/02/title.md`.

Comes in: a path with "/". Goes out: the date's text in a form that `parse_date`
reads, where it stood, and the name without it. A year of two digits, and numbers
that are no day of the calendar, are part of the name.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Literal

from msgspec import Struct

from feedsvc.memo import remember_short

# 10h15m30, or with the same mark twice: in `2026-03-02_2026-03-05` the second date is no time
TIME_IN_NAME = (
    r"(?P<hour>[01]\d|2[0-3])(?:(?P<colon>[-.:_]?)|h)(?P<minute>[0-5]\d)(?(colon)(?P=colon)|m)"
    r"(?P<second>[0-5]\d)"
)
DATED_NAME = re.compile(
    rf"""
    (?P<year>(?:19|20|21)\d\d)
    (?: (?P<mark>[-_.]) (?P<month>\d{{1,2}}) (?P=mark) (?P<day>\d{{1,2}})
      | (?P<month8>\d\d) (?P<day8>\d\d) )
    (?! \d )
    (?: [-T_\s] {TIME_IN_NAME} (?:\.\d{{1,9}})? (?P<zone>Z|[+-]\d\d:?\d\d)? (?!\d) )?
    """,
    re.VERBOSE | re.ASCII,
)
DATED_FOLDERS = re.compile(r"(?:^|/)((?:19|20|21)\d\d)/(\d{1,2})(?:/(\d{1,2}))?$", re.ASCII)
DATE_START = re.compile(r"(?:19|20|21)\d\d([-_.])\d{1,2}\1\d{1,2}(?!\d)", re.ASCII)
LANGUAGE_SUFFIX = re.compile(r"\.[a-z]{2,3}(?:[-_]\w{2,4})?", re.ASCII)
EXTENSION = re.compile(r"\.[A-Za-z]\w{0,11}$", re.ASCII)


class PathDate(Struct, frozen=True, kw_only=True):
    """A date in a path, where it stood, and the name without it."""

    date_text: str
    source: Literal["filename", "path"]
    stem: str


def parse_path_date(path: str) -> PathDate | None:
    """Return the date in *path*, the file's own name first, then the nearest folder, or None.

    *stem* is the name (of the folder, for `index`) without date and extension; a name
    that is nothing but a date is kept whole, and a language (`title.fr`) stays.
    """
    folders, _, name = path.rpartition("/")
    stem = EXTENSION.sub("", name)
    if found := _parse_name(stem):
        return found
    above = _parse_folders(folders)
    if above is None:
        return None
    found, dated_folder = above
    is_index = stem.partition(".")[0].casefold() in ("index", "_index")
    bundle = folders.rpartition("/")[2] if is_index else ""
    if dated_folder and bundle == dated_folder:
        stem = found.stem
    elif bundle and (dated_folder or not bundle.isdigit()):
        stem = bundle
    return PathDate(date_text=found.date_text, source="path", stem=stem)


def list_doubtful_name_dates(path: str) -> list[str]:
    """Return what begins the name of *path* as a date does, whatever it is: `2026-02-30`."""
    match = DATE_START.match(path.rpartition("/")[2])
    return [match[0]] if match else []


@remember_short(256, 1_000)  # many files lie in one folder
def _parse_folders(folders: str) -> tuple[PathDate, str] | None:
    """Return the date in the nearest of *folders*, and the folder if its name has more than that.

    The folder is "" if the date consists of whole folders: `2024/01/02`.
    """
    while folders:
        match = DATED_FOLDERS.search(folders)
        if match and _is_calendar_date(*match.groups()):
            date_text = "-".join(part.zfill(2) for part in match.groups() if part)
            return PathDate(date_text=date_text, source="path", stem=""), ""
        folders, _, last = folders.rpartition("/")
        if found := _parse_name(last):
            return found, last
    return None


def _parse_name(name: str) -> PathDate | None:
    """Return the date that *name*, which has no extension, begins with."""
    match = DATED_NAME.match(name)
    if match is None:
        return None
    year, month, day = (
        match["year"],
        match["month"] or match["month8"],
        match["day"] or match["day8"],
    )
    rest = name[match.end() :]
    is_ordinal = match["month8"] is None and re.match("[A-Za-z].", rest)  # 2024-01-02nd
    if is_ordinal or not _is_calendar_date(year, month, day):
        return None
    date_text = f"{year}-{month:0>2}-{day:0>2}"
    if match["hour"]:
        date_text += f"T{match['hour']}:{match['minute']}:{match['second']}{match['zone'] or ''}"
    stem = "" if LANGUAGE_SUFFIX.fullmatch(rest) else rest.strip(" -_.")
    # `-x` is a name, `20240102b` and `2024-01-02-2` are two of one day
    is_name = len(stem) > 1 or (stem.isalpha() and not rest.startswith(stem))
    return PathDate(date_text=date_text, source="filename", stem=stem if is_name else name)


def _is_calendar_date(year: str, month: str, day: str | None) -> bool:
    try:
        date(int(year), int(month), int(day or 1))
    except ValueError:
        return False
    return True
