"""The fields of an entry with audio or video as an episode of a podcast.

Comes in: the draft of an entry that has an audio or video file. Goes out: an `Episode`, or None
if there is no such field. The names of the fields are in `dialects/field_names.json`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeVar

from feedsvc.dialects.types import Field, Value
from feedsvc.fields.draft import EntryDraft
from feedsvc.fields.media import DURATION_FORMS, parse_duration, resolve_media
from feedsvc.fields.values import (
    HTTP_URL,
    get_part,
    list_values,
    parse_authors,
    parse_flag,
    split_parts,
    to_plain_text,
    value_to_text,
)
from feedsvc.file_kinds import CHAPTERS_TYPE, get_extension
from feedsvc.model import Enclosure, Episode, Person, Transcript
from feedsvc.urls import quote_url

NUMBER = re.compile(r"\D{0,20}(\d{1,6})\D{0,20}", re.ASCII)  # "12", "#12", "Episode 12"
FILE_NAME = re.compile(r"[^\s:]+\.[a-z]\w{1,9}", re.ASCII | re.IGNORECASE)
EXPLICIT_WORDS = {"clean": False, "explicit": True}  # Apple's values before true and false
EPISODE_TYPES = ("full", "trailer", "bonus")
URL_KEYS = "url src href file path".split()
PICTURE_KEYS = "img image picture avatar photo".split()
ROLES = {"hosts": "host", "guests": "guest", "people": ""}  # by the canonical name of the field
EPISODE_FIELDS = frozenset(
    {
        *ROLES,
        *("episode", "season", "episodetype", "explicit", "episodeimage", "transcripts"),
        "chapters",
    }
)
# https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/tags/transcript.md
TRANSCRIPT_TYPES = {
    "vtt": "text/vtt",
    "srt": "application/x-subrip",
    "json": "application/json",
    "txt": "text/plain",
    **dict.fromkeys(("html", "htm"), "text/html"),
}
MAX_PEOPLE = 50
MAX_TRANSCRIPTS = 20
MAX_NAME_CHARACTERS = 128  # directories truncate longer ones
T = TypeVar("T")


def is_sound(enclosure: Enclosure) -> bool:
    """Return whether *enclosure* is audio or video."""
    return enclosure.type.startswith(("audio/", "video/"))


def parse_episode(draft: EntryDraft) -> Episode | None:
    """Return the episode that the fields describe, None without such fields."""
    _parse_field(draft, "duration", parse_duration, DURATION_FORMS)  # the enclosure has it
    if draft.fields.has_none_of(EPISODE_FIELDS):
        return None
    return Episode(
        number=_parse_field(draft, "episode", _parse_count, "a whole number, 1 or more") or 0,
        season=_parse_field(draft, "season", _parse_count, "a whole number, 1 or more") or 0,
        type=_parse_field(draft, "episodetype", _parse_type, "full, trailer or bonus") or "",
        explicit=_parse_field(draft, "explicit", _parse_explicit, "true or false"),
        image=_parse_address(draft, "episodeimage", "image/"),
        transcripts=tuple(_list_transcripts(draft))[:MAX_TRANSCRIPTS],
        chapters=_parse_address(draft, "chapters", CHAPTERS_TYPE),
        people=tuple(dict.fromkeys(_list_people(draft)))[:MAX_PEOPLE],
    )


def _note(draft: EntryDraft, field: Field, expected: str) -> None:
    words = value_to_text(field.value)
    message = f"{words[:100]!r} is not understood, and is left out"
    draft.add_problem("episode-unreadable", message, f"write {expected}", field)


def _parse_field(
    draft: EntryDraft, canonical: str, parse: Callable[[str], T | None], expected: str
) -> T | None:
    """Return what *parse* makes of a field, None without one; note one that it returns None for."""
    field = draft.fields.get_first(canonical)
    if field is None:
        return None
    value = parse(value_to_text(field.value))
    if value is None:
        _note(draft, field, expected)
    return value


def _parse_count(words: str) -> int | None:
    match = NUMBER.fullmatch(words)
    return int(match[1]) if match is not None else None


def _parse_type(words: str) -> str | None:
    words = words.casefold()
    return words if words in EPISODE_TYPES else None


def _parse_explicit(words: str) -> bool | None:
    return EXPLICIT_WORDS.get(words.casefold(), parse_flag(words))


def _parse_address(draft: EntryDraft, canonical: str, media_type: str) -> str:
    """Return the address that a field names, of a file whose type begins with *media_type*."""
    field = draft.fields.get_first(canonical)
    if field is None:
        return ""
    parts = split_parts(field.value)
    words = get_part(parts, URL_KEYS) if parts else value_to_text(field.value)
    if HTTP_URL.match(words):
        return quote_url(words)
    media = resolve_media(draft, words, field) if words else None
    if media is not None and media.type.startswith(media_type):
        return media.url
    is_noted = any(one.code == "asset-missing" for one in draft.problems)
    # some themes write the chapters themselves into the field, which no feed has a place for
    if not is_noted and (canonical != "chapters" or FILE_NAME.fullmatch(words)):
        kind = "a picture" if canonical != "chapters" else "a file named ….chapters.json"
        _note(draft, field, f"{kind} beside the entry, or its URL")
    return ""


def _list_transcripts(draft: EntryDraft) -> Iterator[Transcript]:
    for field in draft.fields.get_repeated("transcripts"):
        for value in list_values(field.value):
            parts = split_parts(value)
            words = get_part(parts, URL_KEYS) if parts else value_to_text(value)
            if transcript := _parse_transcript(draft, words, parts, field):
                yield transcript


def _parse_transcript(
    draft: EntryDraft, words: str, parts: dict[str, str], field: Field
) -> Transcript | None:
    """Return the transcript at the address *words*, which the table *parts* describes."""
    by_name = TRANSCRIPT_TYPES.get(get_extension(re.split("[?#]", words)[0]), "")
    type_ = get_part(parts, ("type", "mimetype")) or by_name
    if HTTP_URL.match(words):
        url = quote_url(words)
    else:
        count = len(draft.problems)
        media = resolve_media(draft, words, field) if words else None
        url = media.url if media is not None else ""
        if not url and len(draft.problems) > count:  # the file is missing
            return None
    if not url or not type_:
        _note(draft, field, "the name of a .vtt or .srt file beside the entry, or a URL")
        return None
    return Transcript(
        url=url,
        type=type_,
        language=get_part(parts, ("language", "lang")),
        is_captions=get_part(parts, ("rel",)).casefold() == "captions",
    )


def _list_people(draft: EntryDraft) -> Iterator[Person]:
    for canonical, role in ROLES.items():
        for field in draft.fields.get_repeated(canonical):
            for value in list_values(field.value):
                yield from _parse_people(draft, value, role)


def _parse_people(draft: EntryDraft, value: Value, role: str) -> Iterator[Person]:
    parts = split_parts(value)
    image = get_part(parts, PICTURE_KEYS)
    for written in parse_authors(value):
        for person in draft.resolve_author(written):
            address = person.uri or get_part(parts, ("href",))
            yield Person(
                name=person.name[:MAX_NAME_CHARACTERS],
                role=to_plain_text(get_part(parts, ("role",))) or role,
                group=to_plain_text(get_part(parts, ("group",))),
                url=quote_url(address) if HTTP_URL.match(address) else "",
                image=quote_url(image) if HTTP_URL.match(image) else "",
            )
