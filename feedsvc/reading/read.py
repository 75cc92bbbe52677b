"""Turns a file into a `Reading`, step by step: bytes, text, dialect, fields, entry.

The first of the two boundaries at which an unexpected exception is caught: it is logged, and
costs only that file.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import chain, islice
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from feedsvc.content.links import TAG_PREFIX
from feedsvc.content.markdown.spans import drop_hidden, drop_jsx
from feedsvc.content.pictures import (
    drop_code,
    list_lost_in_markdown,
    list_lost_pictures,
    restore_pictures,
)
from feedsvc.content.references import extract_references
from feedsvc.content.template_tags import replace_template_tags
from feedsvc.dialects import parse_text
from feedsvc.dialects.characters import clean_parsed_text
from feedsvc.dialects.field_names import get_field_name_table, normalize_field_name
from feedsvc.dialects.types import ParsedText
from feedsvc.errors import EntryError
from feedsvc.fields.addresses import keep_web_addresses
from feedsvc.fields.draft import EntryDraft, make_problem
from feedsvc.fields.entry_fields import InheritedFields
from feedsvc.fields.links import Link, list_link_roots, parse_link
from feedsvc.fields.media import parse_body_enclosures, use_asset
from feedsvc.fields.media.episodes import is_sound, parse_episode
from feedsvc.fields.status import HOLDING_CODES, parse_state
from feedsvc.fields.template_fields import get_template_field
from feedsvc.file_kinds import AUTHOR_PAGE, get_extension
from feedsvc.model import Entry, Problem, State
from feedsvc.reading.embargo import add_marks, note_embargo
from feedsvc.reading.encoding import decode_text
from feedsvc.reading.entry import build_entry
from feedsvc.reading.entry_cache import make_digest, pack_entry
from feedsvc.reading.known_authors import get_known_authors
from feedsvc.reading.sidecars import (
    NOTHING_UNSAVED,
    FolderCache,
    is_json_sidecar,
    is_nikola_sidecar,
    locate_error,
    locate_problem,
    read_inherited,
)
from feedsvc.settings import Settings

log = logging.getLogger(__name__)
TITLE_AND_DATE, DATE = frozenset({"title", "published"}), frozenset({"published"})
# Reading 50 files together takes 83 µs of processor time for each, 25 take 86, 12 92; one by one
# takes a third more than 25
BATCH_FILES = 50
DATES = frozenset({"published", "release"})
MAX_PROBLEMS = 100  # of one file
MAX_MESSAGE_CHARACTERS = 500
NO_CONTENT = make_digest(b"")
REQUIRED_STARTS = (TAG_PREFIX, "{filename}", "|filename|", "@/")  # must be entries of this site
NO_RAW_FIELDS: Mapping[str, str] = MappingProxyType({})


class Reading(Struct, frozen=True, kw_only=True):
    """The result for a file: an entry, or *raw_fields* (title and language); and problems."""

    path: str
    file_hash: bytes = b""  # of the file's own bytes, empty if these must be read again
    content_hash: bytes = b""  # of the file, its sidecars and defaults, its assets' paths and sizes
    state: State | Literal["ignored", "error"]
    dialect: str = ""
    encoding: str = ""
    entry: Entry | None = None
    has_own_id: bool = False  # the entry's id comes from a field, not from its path
    raw_fields: Mapping[str, str] = NO_RAW_FIELDS
    problems: tuple[Problem, ...] = ()
    asset_paths: tuple[str, ...] = ()  # files that the entry refers to, including missing ones
    links: tuple[Link, ...] = ()  # to files of other entries
    packed_entry: bytes = b""  # see `entry_cache`


def read_file(
    root: Path, path: str, settings: Settings, unsaved: Mapping[str, bytes] = NOTHING_UNSAVED
) -> Reading:
    """Return the reading of *path* below *root*; raise nothing, whatever the file contains.

    *unsaved* files, by path, are read as if they were already written.
    """
    (reading,) = read_files(root, [path], settings, FolderCache(root, unsaved))
    return reading


def make_unsaved_draft(
    root: Path, path: str, unsaved: Mapping[str, bytes], settings: Settings
) -> EntryDraft:
    """Return the draft of *path* as if *unsaved* were written already; raise `EntryError`."""
    folders = FolderCache(root, unsaved)
    text = decode_text(folders.read_bytes(path)).text
    parsed = parse_text(text, path, get_field_name_table(settings.fields))
    draft = make_draft(path, text, parsed, folders, settings)
    add_marks(draft, text)
    return draft


def read_files(
    root: Path, paths: Iterable[str], settings: Settings, folders: FolderCache | None = None
) -> Iterator[Reading]:
    """Yield what `read_file` returns for each of *paths*, in their order.

    Files go through each step in groups, so that its code and data stay in the processor's caches.
    *folders* has what earlier calls of the same scan have looked up.
    """
    folders = folders or FolderCache(root)
    waiting = iter(paths)
    while batch := list(islice(waiting, BATCH_FILES)):
        readings = [Reading(path=path, content_hash=NO_CONTENT, state="error") for path in batch]
        steps = [read_in_steps(path, folders, settings) for path in batch]
        unfinished = list(range(len(batch)))
        while unfinished:
            going_on = []
            for number in unfinished:
                try:
                    readings[number] = next(steps[number])
                    going_on.append(number)
                except StopIteration:
                    pass
                except Exception as error:
                    readings[number] = make_error_reading(readings[number], error)
            unfinished = going_on
        for reading in readings:
            yield limit_problems(reading) if reading.problems else reading


def make_failed_reading(path: str, reason: str) -> Reading:
    """Return the reading of a file whose reading ended the process, for *reason*."""
    message = f"the file cannot be read: {reason}"
    remedy = "remove what is unusual in it, and please report it"
    problem = Problem(code="reading-ended", message=message, remedy=remedy)
    return Reading(path=path, content_hash=NO_CONTENT, state="error", problems=(problem,))


def make_error_reading(known: Reading, error: Exception) -> Reading:
    """Return the reading of a file whose next step raised *error*; log an unexpected one."""
    if isinstance(error, EntryError):
        problem = make_problem(error)
    else:
        log.error("reading %s failed", known.path, exc_info=error)
        message = "the program failed on this file (the log has the traceback)"
        problem = Problem(code="defect", message=message, remedy="please report it")
    return replace(known, state="error", file_hash=b"", problems=(*known.problems, problem))


def limit_problems(reading: Reading) -> Reading:
    """Return *reading* with its last and first problems, in messages of some lines at most."""
    problems = reading.problems
    if len(problems) > MAX_PROBLEMS:
        message = f"more problems that are not listed: {len(problems) - MAX_PROBLEMS:,}"
        more = Problem(code="more-problems", message=message, remedy="correct those above first")
        # the reason why an entry is held back is the last one, or in its fields
        held = [one for one in problems[MAX_PROBLEMS - 1 : -1] if one.code in HOLDING_CODES][:1]
        problems = (*problems[: MAX_PROBLEMS - 1], *held, problems[-1], more)
    return replace(reading, problems=tuple(map(shorten_message, problems)))


def shorten_message(problem: Problem) -> Problem:
    """Return *problem* with long quotes of the author's words shortened."""
    if max(len(problem.message), len(problem.remedy)) <= MAX_MESSAGE_CHARACTERS:
        return problem
    message, remedy = (
        words if len(words) <= MAX_MESSAGE_CHARACTERS else words[:MAX_MESSAGE_CHARACTERS] + " …"
        for words in (problem.message, problem.remedy)
    )
    return replace(problem, message=message, remedy=remedy)


def read_in_steps(path: str, folders: FolderCache, settings: Settings) -> Iterator[Reading]:
    """Yield what is known of *path* after each step, the whole reading last; raise `EntryError`.

    A step is as much work as has its code in the processor's caches, even if nothing more is known.
    """
    if folders.get_facts(path.rpartition("/")[0]).is_saved_with_page:
        yield Reading(path=path, state="ignored")
        return
    data = folders.read_bytes(path)
    digest = make_digest(data)
    reading = Reading(path=path, file_hash=digest, content_hash=digest, state="error")
    yield reading
    if is_json_sidecar(path, folders):
        yield replace(reading, state="ignored")
        return

    decoded = decode_text(data)
    reading = replace(reading, encoding=decoded.encoding, problems=decoded.problems)
    yield reading

    parsed = parse_text(decoded.text, path, get_field_name_table(settings.fields))
    parsed = clean_parsed_text(parsed, decoded.text)
    if not parsed.dialect:
        yield replace(reading, state="ignored", problems=())
        return
    problems = decoded.problems + parsed.problems
    reading = replace(reading, dialect=parsed.dialect, problems=problems)
    yield reading

    draft = make_draft(path, decoded.text, parsed, folders, settings)
    yield reading
    state = resolve_state(draft, decoded.text)
    if not is_entry(draft):
        yield replace(add_draft(reading, draft), state="ignored", dialect="", problems=())
        return
    if parsed.no_article and not is_dated(draft):
        problem = make_no_article_problem(parsed.no_article)
        yield replace(add_draft(reading, draft), state="ignored", dialect="", problems=(problem,))
        return
    yield reading
    try:
        entry = build_entry_if_ready(draft, decoded.encoding, state)
    except EntryError as error:
        yield replace(add_draft(reading, draft), raw_fields=get_raw_fields(draft))
        locate_error(error, draft)
        raise
    if entry is None:
        raw_fields = get_raw_fields(draft)
        yield replace(add_draft(reading, draft), state="draft", raw_fields=raw_fields)
        return

    yield reading
    text = replace_tags(draft)
    entry = add_sound(draft, entry, text)
    entry = keep_web_addresses(draft, entry)
    use_references(draft, text)
    if draft.pictures:
        entry = replace(entry, pictures=tuple(draft.pictures.values()))
    if draft.variables:
        entry = replace(entry, variables=tuple(sorted(draft.variables.items())))
    note_lost_pictures(draft)
    yield replace(
        add_draft(reading, draft),
        state=state,
        entry=entry,
        has_own_id=bool(draft.fields.get_first("id") or draft.fields.get_first("exactid")),
        packed_entry=pack_entry(entry, data, decoded.text, digest, draft.settings.site.url),
    )


def make_draft(
    path: str, text: str, parsed: ParsedText, folders: FolderCache, settings: Settings
) -> EntryDraft:
    """Return the draft of *parsed* with its inherited fields; raise `EntryError`.

    If a sidecar is the header of a plain *text*, the first line of that is text, not a title.
    """
    inherited = read_inherited(path, folders)
    if parsed.markup == "text" and any(map(is_nikola_sidecar, inherited.inputs)):
        parsed = ParsedText(dialect="nikola", fields=(), body=text, markup="rst")
    elif parsed.dialect == "plain" and has_title(inherited):
        parsed = replace(parsed, fields=(), body=text, body_line=1)
    known_authors = partial(get_known_authors, folders, settings)
    return EntryDraft(folders.root, path, parsed, inherited, settings, known_authors)


def has_title(inherited: InheritedFields) -> bool:
    """Return whether a sidecar, or a folder, gives a title."""
    fields = chain.from_iterable(inherited.layers)
    return any(normalize_field_name(field.name) == "title" for field in fields)


def resolve_state(draft: EntryDraft, text: str) -> State:
    """Return the state that the fields of the entry give, or an embargo in its *text*.

    A retraction stays one: it shows nothing of the text, and readers that have it must hear of it.
    """
    add_marks(draft, text)
    state = parse_state(draft)
    is_shown = state in ("public", "unlisted")
    return "draft" if is_shown and note_embargo(draft, text) else state


def is_entry(draft: EntryDraft) -> bool:
    """Return whether the file has more than a redirect in its header, and an ending or a date.

    False for the page of an author without a date.
    """
    fields = draft.fields
    if fields.get_first("redirect") and fields.has_none_of(TITLE_AND_DATE):
        return False
    if "author" in draft.path and AUTHOR_PAGE.fullmatch(draft.path) and not is_dated(draft):
        return False
    has_extension = get_extension(draft.path) != ""
    return has_extension or (draft.parsed.dialect != "plain" and not fields.has_none_of(DATE))


def make_no_article_problem(reason: str) -> Problem:
    """Return the problem of a page that is ignored for *reason*."""
    message = f"this page is not an article: {reason}"
    remedy = "take it out of the folder, or add its date if it is an entry"
    return Problem(code="no-article", message=message, remedy=remedy)


def is_dated(draft: EntryDraft) -> bool:
    """Return whether a field, or the file's name, has a date of publication."""
    return not draft.fields.has_none_of(DATES) or draft.path_date is not None


def build_entry_if_ready(draft: EntryDraft, encoding: str, state: State) -> Entry | None:
    """Return the entry; if it is invalid, None for a draft, else raise `EntryError`."""
    try:
        return build_entry(draft, encoding, state)
    except EntryError as error:
        if state != "draft":
            raise
        if error.code != "no-date":
            draft.problems.append(make_problem(error))
        return None


def replace_tags(draft: EntryDraft) -> str:
    """Return the body without template tags, and note a problem for each that is left out."""
    parsed = draft.parsed
    if parsed.markup not in ("markdown", "html"):
        return parsed.body
    # Both keep the number of lines
    body = drop_jsx(drop_hidden(parsed.body)) if parsed.markup == "markdown" else parsed.body
    text, dropped = replace_template_tags(body, parsed.markup, partial(get_template_field, draft))
    for line, name in dropped:
        message = f"the template tag {name!r} means nothing outside its site generator"
        remedy = "it is left out of the text"
        draft.add_problem("template-tag", message, remedy, line=line + parsed.body_line - 1)
    return text


def add_sound(draft: EntryDraft, entry: Entry, text: str) -> Entry:
    """Return *entry* with the audio in *text*, its body, and its fields as an episode."""
    if not entry.enclosures and has_tag(text, "<audio") and entry.markup in ("html", "markdown"):
        entry = replace(entry, enclosures=parse_body_enclosures(draft, text))
    if any(map(is_sound, entry.enclosures)):
        entry = replace(entry, episode=parse_episode(draft))
    return entry


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
        if draft.is_elsewhere:  # a page of that site may have that name
            link = replace(link, is_required=link.reference.startswith(REQUIRED_STARTS))
        line = draft.get_line(reference) if link.is_required else None
        draft.links.setdefault(link.reference, replace(link, line=line))


def has_tag(text: str, start: str) -> bool:
    """Return whether *text* has the *start* of a tag; the search for one letter is the quickest."""
    return "<" in text and start in text


def note_lost_pictures(draft: EntryDraft) -> None:
    """Note each picture in the text without an address, which no feed can show."""
    parsed, is_markdown = draft.parsed, draft.parsed.markup == "markdown"
    has_html = parsed.markup in ("markdown", "html") and has_tag(parsed.body, "<img")
    # of one letter first, which is forty times as quick to look for
    has_marks = is_markdown and "!" in parsed.body and "![" in parsed.body
    if not (has_html or has_marks):
        return
    body = drop_code(parsed.body) if is_markdown else parsed.body
    lines = list(list_lost_pictures(restore_pictures(body))) if has_html else []
    lines += list_lost_in_markdown(body) if has_marks else ()
    for line in sorted(lines):
        message = "a picture is left out, because it has no address that a reader can open"
        remedy = "put the file beside the entry, and its name into the text"
        draft.add_problem("picture-lost", message, remedy, line=line + parsed.body_line)


def add_draft(reading: Reading, draft: EntryDraft) -> Reading:
    """Return *reading* with the problems of *draft*, and the other files that it was read from."""
    assets = sorted(draft.asset_sizes.items())
    # a picture may change and keep its number of bytes
    facts = (*assets, *sorted(draft.measures.items()))
    inputs = draft.inputs + [
        f"{path}\0{one}\0".encode(errors="surrogateescape") for path, one in facts
    ]
    digest = reading.content_hash
    return replace(
        reading,
        content_hash=make_digest(b"".join((digest, *inputs))) if inputs else digest,
        problems=reading.problems + tuple([locate_problem(one, draft) for one in draft.problems]),
        asset_paths=tuple([path for path, _ in assets]),
        links=tuple(draft.links.values()),
    )


def get_raw_fields(draft: EntryDraft) -> dict[str, str]:
    """Return title, language and own id, as far as known, of a file that is no entry."""
    own_id = draft.get_words("exactid") or draft.get_words("id")
    return {"title": draft.get_text("title"), "language": draft.language, "own_id": own_id}
