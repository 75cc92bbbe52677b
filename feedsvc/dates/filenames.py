"""The date in a file's name, or else in its folders': `2024-01-02-title.md`, `2024/01/02/title.md`.

Comes in: a path with "/". Goes out: the date's words in a form that `parse_date`
reads, where they stood, and the name without them. A year of two digits, and
numbers that are no day of the calendar, are part of the name.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import NamedTuple

TIME_IN_NAME = r"(?P<hour>[01]\d|2[0-3])[-.:_h]?(?P<minute>[0-5]\d)[-.:_m]?(?P<second>[0-5]\d)"
DATED_NAME = re.compile(
    rf"""
    (?P<year>(?:19|20|21)\d\d)
    (?: (?P<mark>[-_.]) (?P<month>\d{{1,2}}) (?P=mark) (?P<day>\d{{1,2}}) | (?P<month8>\d\d) (?P<day8>\d\d) )
    (?! \d )
    (?: [-T_\s] {TIME_IN_NAME} (?:\.\d{{1,9}})? (?P<zone>Z|[+-]\d\d:?\d\d)? (?!\d) )?
    """,
    re.VERBOSE | re.ASCII,
)
DATED_FOLDERS = re.compile(r"(?:^|/)((?:19|20|21)\d\d)/(\d{1,2})(?:/(\d{1,2}))?$", re.ASCII)
LANGUAGE_SUFFIX = re.compile(r"\.[a-z]{2,3}(?:[-_]\w{2,4})?", re.ASCII)
EXTENSION = re.compile(r"\.[A-Za-z]\w{0,11}$", re.ASCII)


class PathDate(NamedTuple):
    """A date found in a path: its words, "filename" or "path", and the name without it."""

    words: str
    source: str
    stem: str


def parse_path_date(path: str) -> PathDate | None:
    """The date in *path*, the file's own name first, then the nearest folder, or None.

    *stem* is the name (of the folder, for `index`) without date and ending; a name
    that is nothing but a date is kept whole, and a language (`title.fr`) stays.
    """
    folders, _, name = path.rpartition("/")
    stem = EXTENSION.sub("", name)
    if found := _parse_name(stem):
        return PathDate(found[0], "filename", found[1])
    found_above = _parse_folders(folders)
    if found_above is None:
        return None
    words, folder, rest = found_above
    bundle = (
        folders.rpartition("/")[2]
        if stem.partition(".")[0].casefold() in ("index", "_index")
        else ""
    )
    if not folder:
        return PathDate(words, "path", bundle if bundle and not bundle.isdigit() else stem)
    return PathDate(words, "path", rest if bundle == folder else bundle or stem)


@lru_cache(maxsize=256)  # many files lie in one folder
def _parse_folders(folders: str) -> tuple[str, str, str] | None:
    """Words of the date in the nearest of *folders*, and the one that holds it with more in its name, and that."""
    while folders:
        if match := DATED_FOLDERS.search(folders):
            words = "-".join(part.zfill(2) for part in match.groups() if part)
            if _is_calendar_date(*match.groups()):
                return words, "", ""
        folders, _, last = folders.rpartition("/")
        if found := _parse_name(last):
            return found[0], last, found[1]
    return None


def _parse_name(name: str) -> tuple[str, str] | None:
    match = DATED_NAME.match(name)
    if match is None:
        return None
    year, month, day = (
        match["year"],
        match["month"] or match["month8"],
        match["day"] or match["day8"],
    )
    if not _is_calendar_date(year, month, day):
        return None
    words = f"{year}-{month:0>2}-{day:0>2}"
    if match["hour"]:
        words += f"T{match['hour']}:{match['minute']}:{match['second']}{match['zone'] or ''}"
    rest = name[match.end() :]
    if "A" <= rest[:1].upper() <= "Z" and len(rest) > 1 and match["month8"] is None:
        return None  # 2024-01-02nd is no date and something
    stem = "" if LANGUAGE_SUFFIX.fullmatch(rest) else rest.strip(" -_.")
    return words, stem if len(stem) > 1 else name


def _is_calendar_date(year: str, month: str, day: str | None) -> bool:
    try:
        date(int(year), int(month), int(day or 1))
    except ValueError:
        return False
    return True
