"""The permanent identity of an entry: its id, slug, language and translation key.

Values only. All follow from the path, the fields and the settings, so that every machine gets
the same.
"""

from __future__ import annotations

import re
import unicodedata

from msgspec import Struct

from feedsvc.dates import PathDate
from feedsvc.file_kinds import MARKUP_BY_EXTENSION, get_extension
from feedsvc.memo import remember_short
from feedsvc.urls import quote_path

URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!#-;=?-Z\[\]_a-z~]+")  # RFC 3986
# ISO 639-1, without those that are the names of departments or English words
LANGUAGE_CODES = frozenset(
    "af ar az be bg bn bs ca cs cy da de el en eo es et eu fa fi fr ga gl he hi hu hy id it ja"
    " ka kk km ko ky lo lt lv mk mn ms my nb ne nl nn pl ps pt ro ru si sk sl sq sr sv sw ta te"
    " th tl tr uk ur uz vi zh".split()
)
LANGUAGE_BY_ENGLISH_NAME = dict(
    pair.split(":")
    for pair in (
        "arabic:ar armenian:hy basque:eu bulgarian:bg catalan:ca chinese:zh croatian:hr czech:cs"
        " danish:da dutch:nl english:en esperanto:eo estonian:et finnish:fi french:fr galician:gl"
        " georgian:ka german:de greek:el hebrew:he hindi:hi hungarian:hu indonesian:id italian:it"
        " japanese:ja korean:ko latvian:lv lithuanian:lt norwegian:nb persian:fa polish:pl"
        " portuguese:pt romanian:ro russian:ru serbian:sr slovak:sk slovene:sl slovenian:sl"
        " spanish:es swedish:sv tamil:ta thai:th turkish:tr ukrainian:uk vietnamese:vi"
    ).split()
)
LANGUAGE_TAG = re.compile(
    r"([a-z]{2,3})(?:[-_]([a-z]{4}))?(?:[-_]([a-z]{2}|\d{3}))?$", re.IGNORECASE
)


class PathFacts(Struct, frozen=True, kw_only=True):
    """The parts of a path: the rest without date, ending and language; language, key."""

    stem: str  # the path without its ending and `/index`, NFC
    slug: str
    language: str  # "" if the path names none
    translation_key: str  # the path that the translations of one entry share


def normalize_language(words: str) -> str:
    """Return `zh_cn` as the BCP 47 tag "zh-CN", "" for what is no language."""
    match = LANGUAGE_TAG.match(words.strip().split(".")[0])
    if match is None:
        return ""
    language, script, region = match[1].lower(), (match[2] or "").title(), (match[3] or "").upper()
    return "-".join(filter(None, (language, script, region)))


@remember_short(256)
def detect_language(segment: str) -> str:
    """Return the language whose code or English name *segment* is, "" if it is none."""
    name = segment.casefold()
    if name in LANGUAGE_BY_ENGLISH_NAME:
        return LANGUAGE_BY_ENGLISH_NAME[name]
    match = LANGUAGE_TAG.match(name)
    return normalize_language(name) if match and match[1] in LANGUAGE_CODES else ""


def parse_path(path: str, date: PathDate | None) -> PathFacts:
    """Return the facts in *path*, whose date is *date*."""
    stem = path if path.isascii() else unicodedata.normalize("NFC", path)
    ending = get_extension(stem)
    if ending in MARKUP_BY_EXTENSION or ending == "json":
        stem = stem[: -len(ending) - 1]
    folders, _, name = stem.rpartition("/")
    slug = date.stem if date is not None else name
    bare, _, suffix = name.rpartition(".")
    language = ""
    if bare and suffix.casefold() not in LANGUAGE_BY_ENGLISH_NAME:
        language = detect_language(suffix)
        if language:
            name, slug = bare, slug.removesuffix(f".{suffix}")
    if name.casefold() == "index" and folders:
        if slug.casefold() == "index":
            slug = folders.rpartition("/")[2]
        if not language:
            stem = folders
    if not language:
        language, folders = split_language(folders)
    key = f"{folders}/{name}" if folders else name
    return PathFacts(
        stem=stem, slug=slug, language=language, translation_key=key.removesuffix("/index")
    )


@remember_short(64, 1_000)  # files are read folder by folder
def split_language(folders: str) -> tuple[str, str]:
    """Return the language that the first or second of *folders* names, and the others."""
    segments = folders.split("/")
    for number, segment in enumerate(segments[:2]):
        if language := detect_language(segment):
            del segments[number]
            return language, "/".join(segments)
    return "", folders


def is_uri(text: str) -> bool:
    """Return whether all of *text* is a URI (RFC 3986)."""
    return URI.fullmatch(text) is not None


def make_id(own: str, stem: str, authority: str) -> str:
    """Return the entry's *own* id if it is a URI, else a tag URI (RFC 4151) of it or the path."""
    if is_uri(own):
        return own
    specific = unicodedata.normalize("NFC", own) if own else stem
    return f"tag:{authority}:{quote_path(specific)}"
