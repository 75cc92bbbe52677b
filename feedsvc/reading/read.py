"""A file becomes a `Reading`, step by step: bytes, text, dialect, fields, entry.

The first of the two boundaries at which a defect of ours is caught: it is logged, and costs
that file.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import islice, zip_longest
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from feedsvc.content.links import TAG_PREFIX
from feedsvc.content.markdown_spans import drop_hidden, drop_jsx
from feedsvc.content.pictures import drop_code, list_lost_pictures, restore_pictures
from feedsvc.content.references import extract_references
from feedsvc.content.template_tags import replace_template_tags
from feedsvc.dialects import parse_text
from feedsvc.dialects.field_names import get_field_name_table, normalize_field_name
from feedsvc.dialects.types import ParsedText
from feedsvc.errors import EntryError
from feedsvc.file_kinds import AUTHOR_PAGE, get_extension
from feedsvc.model import Entry, Problem, State
from feedsvc.reading.draft import EntryDraft
from feedsvc.reading.encoding import decode_text
from feedsvc.reading.entry import build_entry
from feedsvc.reading.entry_cache import make_digest, pack_entry
from feedsvc.reading.files import read_bytes
from feedsvc.reading.known_authors import get_known_authors
from feedsvc.reading.links import Link, list_link_roots, parse_link
from feedsvc.reading.media import parse_body_enclosures, use_asset
from feedsvc.reading.sidecars import (
    FolderCache,
    is_json_sidecar,
    is_nikola_sidecar,
    read_inherited,
)
from feedsvc.reading.status import parse_state
from feedsvc.reading.template_fields import get_template_field
from feedsvc.settings import Settings

log = logging.getLogger(__name__)
TITLE_AND_DATE, DATE = frozenset({"title", "published"}), frozenset({"published"})
# Reading 25 files together takes 103 µs of processor time for each, one by one 134: a tenth of a
# first index of 20,000 entries
BATCH_FILES = 25
DATES = frozenset({"published", "release"})
NO_CONTENT = make_digest(b"")
REQUIRED_STARTS = (TAG_PREFIX, "{filename}", "|filename|", "@/")  # never a page of another site
NO_RAW_FIELDS: Mapping[str, str] = MappingProxyType({})


class Reading(Struct, frozen=True, kw_only=True):
    """What a file came to: an entry, or *raw_fields* (title and language) and its problems."""

    path: str
    content_hash: bytes = b""  # of the file, its sidecars and defaults, its assets' paths and sizes
    state: State | Literal["ignored", "error"]
    dialect: str = ""
    encoding: str = ""
    entry: Entry | None = None
    has_own_id: bool = False  # the entry's id is from a field, and not from its path
    raw_fields: Mapping[str, str] = NO_RAW_FIELDS
    problems: tuple[Problem, ...] = ()
    asset_paths: tuple[str, ...] = ()  # files that the entry refers to, also those that are missing
    links: tuple[Link, ...] = ()  # to files of other entries
    packed_entry: bytes = b""  # see `entry_cache`


def read_file(root: Path, path: str, settings: Settings) -> Reading:
    """Return the reading of *path* below *root*; raise nothing, whatever the file holds."""
    *_, reading = read_safely(path, FolderCache(root), settings)
    return reading


def read_files(root: Path, paths: Iterable[str], settings: Settings) -> Iterator[Reading]:
    """Yield what `read_file` returns for each of *paths*, in their order.

    Some files take each step together, so that what a step needs stays in the processor's caches.
    """
    folders = FolderCache(root)
    waiting = iter(paths)
    while batch := list(islice(waiting, BATCH_FILES)):
        steps = [read_safely(path, folders, settings) for path in batch]
        readings = list(map(next, steps))
        for known in zip_longest(*steps):
            readings = [new or old for new, old in zip(known, readings, strict=True)]
        yield from readings


def read_safely(path: str, folders: FolderCache, settings: Settings) -> Iterator[Reading]:
    """Yield what is known of *path* after each step, the whole reading last; raise nothing."""
    reading = Reading(path=path, content_hash=NO_CONTENT, state="error")
    try:
        for known in read_in_steps(path, folders, settings):
            reading = known
            yield reading
        return
    except EntryError as error:
        problem = Problem(
            code=error.code,
            message=error.message,
            remedy=error.remedy,
            field=error.field,
            line=error.line,
        )
    except Exception:
        log.exception("reading %s failed", path)
        message = "the program failed on this file (the log has the traceback)"
        problem = Problem(code="defect", message=message, remedy="please report it")
    yield replace(reading, state="error", problems=(*reading.problems, problem))


def read_in_steps(path: str, folders: FolderCache, settings: Settings) -> Iterator[Reading]:
    """Yield what is known of *path* after each step, the whole reading last; raise `EntryError`."""
    data = read_bytes(folders.root, path)
    digest = make_digest(data)
    reading = Reading(path=path, content_hash=digest, state="error")
    yield reading
    if is_json_sidecar(path, folders):
        yield replace(reading, state="ignored")
        return

    decoded = decode_text(data)
    reading = replace(reading, encoding=decoded.encoding, problems=decoded.problems)
    yield reading

    parsed = parse_text(decoded.text, path, get_field_name_table(settings.fields))
    if not parsed.dialect:
        yield replace(reading, state="ignored", problems=())
        return
    problems = decoded.problems + parsed.problems
    reading = replace(reading, dialect=parsed.dialect, problems=problems)
    yield reading

    draft = make_draft(path, decoded.text, parsed, folders, settings)
    state = parse_state(draft)
    if not is_entry(draft):
        yield replace(add_draft(reading, draft), state="ignored", dialect="", problems=())
        return
    if parsed.no_article and not is_dated(draft):
        problem = make_no_article_problem(parsed.no_article)
        yield replace(add_draft(reading, draft), state="ignored", dialect="", problems=(problem,))
        return
    try:
        entry = build_entry_if_ready(draft, decoded.encoding, state)
    except EntryError:
        yield replace(add_draft(reading, draft), raw_fields=get_raw_fields(draft))
        raise
    if entry is None:
        raw_fields = get_raw_fields(draft)
        yield replace(add_draft(reading, draft), state="draft", raw_fields=raw_fields)
        return

    text = replace_tags(draft)
    if not entry.enclosures and "<audio" in text and entry.markup in ("html", "markdown"):
        entry = replace(entry, enclosures=parse_body_enclosures(draft, text))
    use_references(draft, text)
    if draft.variables:
        entry = replace(entry, variables=tuple(sorted(draft.variables.items())))
    note_lost_pictures(draft)
    yield replace(
        add_draft(reading, draft),
        state=state,
        entry=entry,
        has_own_id=bool(draft.fields.get_first("id") or draft.fields.get_first("exactid")),
        packed_entry=pack_entry(entry, data, decoded.text, digest),
    )


def make_draft(
    path: str, text: str, parsed: ParsedText, folders: FolderCache, settings: Settings
) -> EntryDraft:
    """Return the draft of *parsed* with what it inherits; raise `EntryError`.

    Where a sidecar is the header of a plain *text*, its first line is no title but text.
    """
    inherited = read_inherited(path, folders)
    names = {normalize_field_name(field.name) for layer in inherited.layers for field in layer}
    if parsed.markup == "text" and any(map(is_nikola_sidecar, inherited.inputs)):
        parsed = ParsedText(dialect="nikola", fields=(), body=text, markup="rst")
    elif parsed.dialect == "plain" and "title" in names:
        parsed = replace(parsed, fields=(), body=text, body_line=1)
    known_authors = partial(get_known_authors, folders, settings)
    return EntryDraft(folders.root, path, parsed, inherited, settings, known_authors)


def is_entry(draft: EntryDraft) -> bool:
    """Return whether the file has more than a redirect in its header, and an ending or a date.

    The page of an author has a name instead.
    """
    fields = draft.fields
    if fields.get_first("redirect") and fields.has_none_of(TITLE_AND_DATE):
        return False
    if AUTHOR_PAGE.fullmatch(draft.path) and not is_dated(draft):
        return False
    is_marked = draft.parsed.dialect != "plain" and not fields.has_none_of(DATE)
    return is_marked or get_extension(draft.path) != ""


def make_no_article_problem(reason: str) -> Problem:
    """Return what is to be known of a page that is ignored, and why."""
    message = f"this page is not an article: {reason}"
    remedy = "leave it out of the folder, or write its date if it is an entry"
    return Problem(code="no-article", message=message, remedy=remedy)


def is_dated(draft: EntryDraft) -> bool:
    """Return whether a field, or the file's name, has a date of publication."""
    return not draft.fields.has_none_of(DATES) or draft.path_date is not None


def build_entry_if_ready(draft: EntryDraft, encoding: str, state: State) -> Entry | None:
    """Return the entry, None for a draft that cannot be one yet; raise `EntryError` for others."""
    try:
        return build_entry(draft, encoding, state)
    except EntryError as error:
        if state != "draft":
            raise
        if error.code != "no-date":
            draft.add_problem(error.code, error.message, error.remedy)
        return None


def replace_tags(draft: EntryDraft) -> str:
    """Return the body without template tags, and note those that are left out as a problem each."""
    parsed = draft.parsed
    if parsed.markup not in ("markdown", "html"):
        return parsed.body
    # Both keep the number of lines
    body = drop_jsx(drop_hidden(parsed.body)) if parsed.markup == "markdown" else parsed.body
    text, dropped = replace_template_tags(body, parsed.markup, partial(get_template_field, draft))
    for line, name in dropped:
        message = f"the template tag {name!r} means nothing outside its site tool"
        remedy = "it is left out of the text"
        draft.add_problem("template-tag", message, remedy, line=line + parsed.body_line - 1)
    return text


def use_references(draft: EntryDraft, text: str) -> None:
    """Note the files of the folder and the other entries to which *text*, the body, refers."""
    site = draft.settings.site
    roots = list_link_roots(site.entries, site.url)
    draft.text = text
    for reference in extract_references(draft.parsed.markup, text):
        link = parse_link(reference, draft.path, roots)
        if link is None:
            use_asset(draft, reference, None)
            continue
        if link.is_required and draft.is_in_code(reference):
            continue
        if draft.is_elsewhere:  # a page of that site may have the name
            link = replace(link, is_required=link.reference.startswith(REQUIRED_STARTS))
        line = draft.get_line(reference) if link.is_required else None
        draft.links.setdefault(link.reference, replace(link, line=line))


def note_lost_pictures(draft: EntryDraft) -> None:
    """Note each picture of the text that has no address, and so is in no feed."""
    parsed = draft.parsed
    if parsed.markup not in ("markdown", "html") or "<img" not in parsed.body:
        return
    body = drop_code(parsed.body) if parsed.markup == "markdown" else parsed.body
    for line in list_lost_pictures(restore_pictures(body)):
        message = "a picture has no address, or its data instead of one, and is left out"
        remedy = "put the file beside the entry, and its name into `src`"
        draft.add_problem("picture-lost", message, remedy, line=line + parsed.body_line)


def add_draft(reading: Reading, draft: EntryDraft) -> Reading:
    """Return *reading* with the problems of *draft*, and what it was read from beside its file."""
    assets = sorted(draft.asset_sizes.items())
    inputs = draft.inputs.copy()
    inputs += [f"{path}\0{size}\0".encode(errors="surrogateescape") for path, size in assets]
    digest = reading.content_hash
    return replace(
        reading,
        content_hash=make_digest(digest + b"".join(inputs)) if inputs else digest,
        problems=reading.problems + tuple(draft.problems),
        asset_paths=tuple([path for path, _ in assets]),
        links=tuple(draft.links.values()),
    )


def get_raw_fields(draft: EntryDraft) -> dict[str, str]:
    """Return what is known of a file that is no entry."""
    return {"title": draft.get_text("title"), "language": draft.language}
