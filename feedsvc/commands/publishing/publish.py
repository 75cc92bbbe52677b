"""Publish one draft: collect the changes, try them in memory, and then write them together.

A future date is kept, so that an embargo ends when it says; with *at_once* it becomes now, too.
Raises `NotPublishedError` with the reason why a file stays as it is.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import islice
from pathlib import Path

from msgspec import Struct

from feedsvc.commands.editing import TextFile, decode_file, has_same_text, insert_field
from feedsvc.commands.file_writing import write_atomically, write_moved
from feedsvc.commands.publishing.date_words import list_date_words
from feedsvc.commands.publishing.marks import UNFINISHED_TAG, Mark, NotPublishedError, get_mark
from feedsvc.dates import parse_date
from feedsvc.dialects.field_names import BOOLEAN_WORDS, normalize_field_name
from feedsvc.dialects.types import Field
from feedsvc.errors import DateError, EntryError
from feedsvc.fields.draft import EntryDraft
from feedsvc.fields.values import value_to_text
from feedsvc.file_kinds import SIDECAR_SUFFIXES, get_extension, strip_extension
from feedsvc.indexer import check_duplicate, stat_file
from feedsvc.model import Entry, Moment, Problem
from feedsvc.reading import (
    HOLDING_CODES,
    Reading,
    classify,
    decode_text,
    locate_error,
    make_unsaved_draft,
    parse_sidecar_fields,
    read_bytes,
    read_file,
)
from feedsvc.settings import Settings

MAX_MARKS = 8  # of one file
MAX_TEXT_DATES = 20  # places in a text where its date may be
SECONDS = {"second": 1, "minute": 60, "day": 172_800, "month": 2_764_800, "year": 31_708_800}
WRITTEN_DATE = re.compile(
    r"\d{4}-\d\d-\d\d(?: [^\W\d_]{2,12}\.?)?(?:[Tt ][\d:.]{5,18})?(?:[Zz]| ?[+-]\d\d:?\d\d)?"
)
EMPTY_VALUE = re.compile(
    r"""(?<=[:=])[ \t]{0,99}(?:""|''|null|~)?[ \t]{0,99}(?=[\r\n]|\Z)""", re.IGNORECASE
)
EMPTY_JSON_VALUE = re.compile(r"""(?:(?<=:)|(?<=: ))(?:""|null)(?=\s{0,99}(?:[,}]|\Z))""")
WHOLE_LINE = re.compile(r".+", re.DOTALL)
NAME_DATE = re.compile(r"(?<!\d)\d{4}([-_.]?)\d\d\1\d\d(?!\d)")
STATES = {
    "ignored": ("it is not an entry", "see `feedsvc explain`"),
    "retracted": ("it was withdrawn", "remove `status: retracted` and its date first"),
    "unlisted": (
        "it is already served at its address",
        "remove the mark that keeps it out of lists",
    ),
}


class Published(Struct, frozen=True, kw_only=True):
    """A published file: *path* is where it is now; *due* is when it will be out, None for now."""

    path: str
    url: str
    due: Moment | None
    is_changed: bool
    is_listed: bool  # False for an entry that only its address shows
    problems: tuple[Problem, ...] = ()


def publish_file(
    file: Path, settings: Settings, now: datetime, *, at_once: bool = False
) -> Published:
    """Publish the entry in *file* at the time *now*; raise `NotPublishedError` and OSError."""
    root, path = locate(file, settings)
    if classify(path) != "entry":
        raise NotPublishedError(*STATES["ignored"])
    found = stat_file(root, path)
    if found is not None and found.fault:  # its name, or what a link leads to
        raise NotPublishedError.of(*found.problems)
    if found is not None and found.target and classify(found.target) == "entry":
        raise NotPublishedError(f"it is a link to {found.target!r}", "publish that file")
    reading = read_file(root, path, settings)
    refuse_state(reading)
    seconds = int(now.timestamp())
    if reading.entry is not None and reading.state == "public":
        is_out = get_release(reading.entry).seconds <= seconds
        if is_out or not at_once:
            refuse_duplicate(reading.entry, settings)
            return describe(reading, path, seconds, is_changed=False)
    work = Work(root, path, settings, now)
    try:
        work.set_dates(at_once=at_once)
        work.take_marks()
        work.move()
    except NotPublishedError as error:
        locate_error(error, work.draft)
        raise
    after = work.check(reading.entry)
    if after.entry is not None:
        refuse_duplicate(after.entry, settings)
    work.write()
    return describe(after, work.path, seconds, is_changed=True)


def locate(file: Path, settings: Settings) -> tuple[Path, str]:
    """Return the entries folder and the path of *file* below it; raise `NotPublishedError`."""
    root = Path(os.path.realpath(settings.entries))
    full = Path(os.path.realpath(file.parent)) / file.name
    if not full.is_relative_to(root):
        message = f"it is not in the entries folder {str(settings.entries)!r}"
        raise NotPublishedError(message, "name another folder in the setting `entries`")
    return root, full.relative_to(root).as_posix()


def refuse_state(reading: Reading) -> None:
    """Raise `EntryError` unless *reading* is a draft, scheduled or public entry."""
    if reading.state in STATES:
        raise NotPublishedError(*STATES[reading.state])
    if reading.state == "error":
        raise NotPublishedError.of(reading.problems[-1])


def refuse_duplicate(entry: Entry, settings: Settings) -> None:
    """Raise `NotPublishedError` if the index has another entry with the id or permalink."""
    if problem := check_duplicate(entry, settings):
        raise NotPublishedError.of(problem)


def get_release(entry: Entry) -> Moment:
    return entry.not_before or entry.published


def describe(reading: Reading, path: str, now: int, *, is_changed: bool) -> Published:
    entry = reading.entry
    assert entry is not None
    release = get_release(entry)
    return Published(
        path=path,
        url=entry.url,
        due=release if release.seconds > now else None,
        is_changed=is_changed,
        is_listed=reading.state == "public",
        problems=reading.problems,
    )


class Work:
    """The changes to one entry's files; nothing is written before all are known."""

    def __init__(self, root: Path, path: str, settings: Settings, now: datetime) -> None:
        self.root = root
        self.path = path  # of the entry once published
        self.settings = settings
        self.now = now
        self.original = {path: read_bytes(root, path)}
        self.unsaved = dict(self.original)
        self.draft = self._read_draft(self.unsaved)
        self.stays_dated = False  # its date, a future one, is kept
        self.is_named_after_date = False  # only the file's name has the date

    def _read_draft(self, unsaved: dict[str, bytes]) -> EntryDraft:
        return make_unsaved_draft(self.root, self.path, unsaved, self.settings)

    def _get_bytes(self, path: str) -> bytes:
        return self.unsaved.get(path) or read_bytes(self.root, path)

    # -- the date --------------------------------------------------------------------

    def set_dates(self, *, at_once: bool) -> None:
        """Set the date of publication to now; keep a future one, unless *at_once*."""
        published = self._list_date_fields("published")
        release = self._list_date_fields("release")
        moments = [self._parse(value_to_text(field.value)) for field in published[:1] + release[:1]]
        moments.append(self._parse_name_date())
        to_come = [one for one in moments if one and one.seconds > self.now.timestamp()]
        if to_come and not at_once:
            self.stays_dated = True
            return
        date = self.draft.path_date
        if published or release:
            # a file name that had the field's day gets the new one, too
            self.is_named_after_date = self._is_named_after(moments[0])
            for field in (published or release)[:1] + (
                release[:1] if published and to_come else []
            ):
                self._set_date(field)
        elif (empty := self._get_empty_date_field()) is not None:
            self._set_date(empty)
        elif date is not None and date.source == "filename":
            self.is_named_after_date = True
        else:
            self._insert_date()

    def _is_named_after(self, moment: Moment | None) -> bool:
        """Return whether the file's name has the day of *moment*, and may be changed."""
        date, name = self.draft.path_date, self.path.rpartition("/")[2]
        if moment is None or date is None or date.source != "filename":
            return False
        days = (moment.when, moment.when.astimezone(self.settings.site.zone))
        return (
            any(date.date_text[:10] == f"{day:%Y-%m-%d}" for day in days)
            and NAME_DATE.search(name) is not None
            and not self._list_sidecars(self.path)
        )

    def _list_date_fields(self, canonical: str) -> list[Field]:
        """Return the fields named *canonical*, a canonical name, that are no flags."""
        fields = self.draft.fields.get_all(canonical)
        return [one for one in fields if value_to_text(one.value).casefold() not in BOOLEAN_WORDS]

    def _get_empty_date_field(self) -> Field | None:
        """Return the date field that is still empty, None if there is none."""
        names = self.draft.fields
        return next(
            (
                one
                for one in self.draft.parsed.fields
                if not one.value
                and names.get_canonical(normalize_field_name(one.name)) == "published"
            ),
            None,
        )

    def _parse(self, words: str) -> Moment | None:
        with suppress(DateError):
            return parse_date(words, self.draft.date_rules).moment
        return None

    def _parse_name_date(self) -> Moment | None:
        date = self.draft.path_date
        return self._parse(date.date_text) if date is not None else None

    def _is_now(self, moment: Moment | None) -> bool:
        """Return whether *moment* is now, within its own precision."""
        if moment is None:
            return False
        return 0 <= self.now.timestamp() - moment.seconds < SECONDS[moment.precision]

    def _set_date(self, field: Field) -> None:
        """Set *field* to now; its line may have more than the dialect reads, such as `Mon`."""
        old, zone = self._parse(value_to_text(field.value)), self.settings.site.zone
        for words in self._list_written_dates(field):
            for new in list_date_words(words, old, self.now, zone, self.draft.language):
                if self._is_now(self._parse(new.strip("<>[]"))) and self._change(
                    field, words, new, lambda value: self._is_now(self._parse(value))
                ):
                    return
        message = "the date cannot be changed without changing anything else"
        raise NotPublishedError(message, "write it yourself", field)

    def _list_written_dates(self, field: Field) -> list[str]:
        """Return the words of *field*, and the dates in its line that may be their source."""
        path, _ = self._locate_field(field)
        line = decode_text(self._get_bytes(path)).text.split("\n")[field.line - 1]
        return [value_to_text(field.value), *WRITTEN_DATE.findall(line)]

    def _insert_date(self) -> None:
        dialect = self.draft.parsed.dialect
        local = self.now.astimezone(self.settings.site.zone)
        words = local.isoformat(timespec="seconds" if dialect == "toml" else "minutes")
        if self._has_text_date():
            return
        file = _decode(self.unsaved[self.path])
        data = file and insert_field(file, dialect, "date", words)
        if data:
            unsaved = self.unsaved | {self.path: data}
            after = self._read_draft(unsaved)
            fields = [one for one in after.parsed.fields if one.name.lower() != "date"]
            if self._is_same_text(after) and _strip(fields) == _strip(self.draft.parsed.fields):
                self.unsaved, self.draft = unsaved, after
                return
        if "_drafts" not in self.path.split("/"):
            message = "it has no date, and a file of this form has no place for one"
            remedy = f"begin the file's name with it: {words[:10]}-{self.path.rpartition('/')[2]}"
            raise NotPublishedError(message, remedy)

    def _has_text_date(self) -> bool:
        """Return whether the date was in the text itself, and replace it there with now."""
        reading = read_file(self.root, self.path, self.settings, self.unsaved)
        entry = reading.entry
        if entry is None or entry.published.source != "text":
            return False
        file = _decode(self.unsaved[self.path])
        old, zone = entry.published, self.settings.site.zone
        for new in list_date_words(old.words, old, self.now, zone, self.draft.language):
            if file is None or not self._is_now(self._parse(new)):
                continue
            changes = file.replace_words(1, old.words, new, lines=len(file.text))
            for data in islice(changes, MAX_TEXT_DATES):
                unsaved = self.unsaved | {self.path: data}
                found = read_file(self.root, self.path, self.settings, unsaved).entry
                if found is not None and self._is_now(found.published):
                    self.unsaved, self.draft = unsaved, self._read_draft(unsaved)
                    return True
        return False

    # -- the marks -------------------------------------------------------------------

    def take_marks(self) -> None:
        """Remove the draft marks; raise `NotPublishedError` if the entry is held back otherwise."""
        for _ in range(MAX_MARKS):
            path = self._get_new_path()
            reading = read_file(self.root, path, self.settings, self._move_unsaved(path))
            if reading.state != "draft":
                return
            for problem in reading.problems:
                if problem.code in HOLDING_CODES:
                    raise NotPublishedError.of(problem)
            mark = get_mark(
                make_unsaved_draft(self.root, path, self._move_unsaved(path), self.settings)
            )
            self._take(mark)
        raise NotPublishedError("it stays a draft", "see `feedsvc explain`")

    def _take(self, mark: Mark) -> None:
        expected = value_to_text(mark.field.value).replace(mark.words, mark.new or "", 1)
        if not self._change(mark.field, mark.words, mark.new, lambda value: value == expected):
            message = f"`{mark.field.name}` cannot be changed without changing anything else"
            raise NotPublishedError(message, "change it yourself", mark.field)

    # -- changes ---------------------------------------------------------------------

    def _is_same_text(self, after: EntryDraft) -> bool:
        """Return whether *after* differs in its fields only."""
        before, parsed = self.draft.parsed, after.parsed
        return before.dialect == parsed.dialect and has_same_text(
            before.body, parsed.body, before.markup
        )

    def _change(
        self, field: Field, words: str, new: str | None, is_right: Callable[[str], bool]
    ) -> bool:
        """Change *field* from *words* to *new* (None: remove it); return whether that succeeded."""
        path, fields = self._locate_field(field)
        data = self._get_bytes(path)
        self.original.setdefault(path, data)
        number = next(index for index, one in enumerate(fields) if one == field)
        for changed in _list_changes(data, field, words, new):
            unsaved = self.unsaved | {path: changed}
            after = self._read_fields(path, unsaved)
            if after is None or not _is_one_changed(fields, after, number, new, is_right):
                continue
            draft = self._read_draft(unsaved)
            if self._is_same_text(draft):
                self.unsaved, self.draft = unsaved, draft
                return True
        return False

    def _read_fields(self, path: str, unsaved: dict[str, bytes]) -> Sequence[Field] | None:
        with suppress(EntryError):
            if path == self.path:
                return self._read_draft(unsaved).parsed.fields
            return parse_sidecar_fields(unsaved[path], get_extension(path))
        return None

    def _locate_field(self, field: Field) -> tuple[str, Sequence[Field]]:
        """Return the file that has *field*, and all fields in it; raise `NotPublishedError`."""
        shown, table = f"`{field.name}: {value_to_text(field.value)}`", field.name.split(".")[0]
        for path in (self.path, *self._list_sidecars(self.path)):
            unsaved = {path: read_bytes(self.root, path)} | self.unsaved
            fields = self._read_fields(path, unsaved) or ()
            if field in fields:
                return path, fields
            if any((one.name, one.line) == (table, field.line) for one in fields):
                message = f"{shown} is inside the field `{table}`"
                raise NotPublishedError(message, "change it yourself", field)
        text = decode_text(self._get_bytes(self.path)).text.split("\n")
        if field.name in "".join(text[field.line - 1 : field.line]):
            raise NotPublishedError(f"{shown} stands in the text", "remove that line", field)
        message = f"{shown} is given by its folder"
        raise NotPublishedError(message, "set it in the file itself", field)

    def _list_sidecars(self, path: str) -> list[str]:
        names = (strip_extension(path) + suffix for suffix in SIDECAR_SUFFIXES)
        return [one for one in names if one != path and os.path.isfile(self.root / one)]

    # -- the file --------------------------------------------------------------------

    def _get_new_path(self) -> str:
        """Return the new path: `_posts/` in place of `_drafts/`, with the day in its name."""
        folder, _, name = self.path.rpartition("/")
        folders = folder.split("/")
        is_in_drafts = "_drafts" in folders
        if not (is_in_drafts or self.is_named_after_date):
            return self.path
        day = self._get_day()
        if is_in_drafts:
            at = len(folders) - 1 - folders[::-1].index("_drafts")
            folders[at] = "_posts"
        if NAME_DATE.search(name):
            name = NAME_DATE.sub(lambda match: day.strftime(f"%Y{match[1]}%m{match[1]}%d"), name, 1)
        elif is_in_drafts and name.partition(".")[0] != "index":
            name = f"{day:%Y-%m-%d}-{name}"
        return "/".join([*folders, name]) if folder else name

    def _get_day(self) -> datetime:
        fields = self._list_date_fields("published")
        moment = self._parse(value_to_text(fields[0].value)) if fields else None
        if moment is None and self.stays_dated:
            moment = self._parse_name_date()
        return (moment.when if moment else self.now).astimezone(self.settings.site.zone)

    def _move_unsaved(self, path: str) -> dict[str, bytes]:
        """Return the unsaved files, with the entry's own at *path*."""
        if path == self.path:
            return self.unsaved
        rest = {name: data for name, data in self.unsaved.items() if name != self.path}
        return {path: self.unsaved[self.path], **rest}

    def move(self) -> None:
        """Choose the file's new path; raise `NotPublishedError` if it cannot be moved there."""
        path = self._get_new_path()
        if path == self.path:
            return
        if sidecars := self._list_sidecars(self.path):
            message = f"it would move to {path!r}, and {sidecars[0]!r} has to move with it"
            raise NotPublishedError(message, "move both, then publish it")
        if os.path.lexists(self.root / path):
            message = f"it would move to {path!r}, which already exists"
            raise NotPublishedError(message, "rename one of them")
        self.unsaved, self.path = self._move_unsaved(path), path

    def check(self, before: Entry | None) -> Reading:
        """Return what would be read; raise `NotPublishedError` if that is not as intended."""
        reading = read_file(self.root, self.path, self.settings, self.unsaved)
        if reading.state != "unlisted":
            refuse_state(reading)
        entry = reading.entry
        is_dated = entry is not None and (self.stays_dated or self._is_now(entry.published))
        if entry is None or reading.state == "draft" or not is_dated:
            message = "it would still not be read as published"
            raise NotPublishedError(message, "remove the mark yourself")
        unfinished = {UNFINISHED_TAG}  # outside Nikola it is a tag like any other, and stays
        if before is not None and set(before.tags) - unfinished != set(entry.tags) - unfinished:
            raise NotPublishedError("more than its date would change", "edit it yourself")
        return reading

    def write(self) -> None:
        """Write the changed files; raise `NotPublishedError` if one changed since it was read."""
        for path, data in self.original.items():
            if read_bytes(self.root, path) != data:
                message = "it has just been changed, and was left alone"
                raise NotPublishedError(message, "publish it again")
        own = next(iter(self.original))
        for path, data in self.unsaved.items():
            if path != self.path and data != self.original.get(path):
                write_atomically(self.root / path, data)
        if self.path != own:
            write_moved(self.root / own, self.root / self.path, self.unsaved[self.path])
        elif self.unsaved[own] != self.original[own]:
            write_atomically(self.root / own, self.unsaved[own])


def _decode(data: bytes) -> TextFile | None:
    """Return the text of a file, None if it cannot be written as it is."""
    with suppress(EntryError):
        return decode_file(data, decode_text(data).encoding)
    return None


def _list_changes(data: bytes, field: Field, words: str, new: str | None) -> Iterator[bytes]:
    """Yield candidates for *data* with *new* in place of *words* in *field* (None: without it)."""
    file = _decode(data)
    if file is None:
        return
    if new is None:
        yield from file.replace_matches(field.line, WHOLE_LINE, "")
        return
    yield from file.replace_words(field.line, words, new)
    if not words:
        yield from file.replace_matches(field.line, EMPTY_VALUE, f" {new}")
        yield from file.replace_matches(field.line, EMPTY_JSON_VALUE, f'"{new}"')


def _strip(fields: Sequence[Field]) -> list[tuple[str, object]]:
    return [(one.name, one.value) for one in fields]


def _is_one_changed(
    before: Sequence[Field],
    after: Sequence[Field],
    number: int,
    new: str | None,
    is_right: Callable[[str], bool],
) -> bool:
    """Return whether only field *number* differs, and is as wanted (None: is removed)."""
    expected, changed = _strip(before), _strip(after)
    name, _ = expected.pop(number)
    if new is None:
        return changed == expected
    return (
        len(after) == len(before)
        and changed.pop(number)[0] == name
        and changed == expected
        and is_right(value_to_text(after[number].value))
    )
