"""What an entry is known by, for ever: its id, its slug, its permalink, and what its translations share.

Values only. All of it follows from the path, the fields and the settings, so
that another machine comes to the same.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from feedsvc.dates import PathDate
from feedsvc.file_kinds import MARKUP_BY_EXTENSION, get_extension
from feedsvc.urls import make_slug

RESERVED_SEGMENTS = frozenset(  # first segments of URLs that are not an entry's
    "rss.xml atom.xml feed.json feed feed.xml index.xml rss index.rss atom feed.atom index.json tags categories authors"
    " languages archive files static subscribe opml.xml sitemap.xml news-sitemap.xml robots.txt favicon.ico healthz"
    " readyz metrics search".split()
)
LISTING_PATH = re.compile(r"/\d{4}/(?:(?:0[1-9]|1[0-2])/)?(?:(?:rss|atom)\.xml|feed\.json)?$")
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!#-;=?-Z\[\]_a-z~]+$")  # RFC 3986
PLAIN_PATH = re.compile(r"[\w./-]*$", re.ASCII)
PLAIN_SLUG = re.compile(r"\w(?:[\w-]*\w)?", re.ASCII)
SAFE_IN_TAG_URI = "/:@!$&'()*+,;=-._~"  # RFC 4151, specific: what a URI's path and query may hold
SAFE_IN_PATH = "/:@!$&'()*+,;=-._~%"  # RFC 3986, pchar; what is encoded already stays so
NOT_A_PATH = re.compile(r"[\s{}<>?#]|^$|(?:^|/)\.\.?(?:/|$)")
STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
LANGUAGE_CODES = frozenset(  # ISO 639-1, without those that are the names of departments or English words
    "af ar az be bg bn bs ca cs cy da de el en eo es et eu fa fi fr ga gl he hi hu hy id it ja ka kk km ko ky lo lt lv"
    " mk mn ms my nb ne nl nn pl ps pt ro ru si sk sl sq sr sv sw ta te th tl tr uk ur uz vi zh".split()
)
LANGUAGE_BY_ENGLISH_NAME = dict(
    pair.split(":")
    for pair in (
        "arabic:ar armenian:hy basque:eu bulgarian:bg catalan:ca chinese:zh croatian:hr czech:cs danish:da dutch:nl"
        " english:en esperanto:eo estonian:et finnish:fi french:fr galician:gl georgian:ka german:de greek:el hebrew:he"
        " hindi:hi hungarian:hu indonesian:id italian:it japanese:ja korean:ko latvian:lv lithuanian:lt norwegian:nb"
        " persian:fa polish:pl portuguese:pt romanian:ro russian:ru serbian:sr slovak:sk slovene:sl slovenian:sl"
        " spanish:es swedish:sv tamil:ta thai:th turkish:tr ukrainian:uk vietnamese:vi"
    ).split()
)
LANGUAGE_TAG = re.compile(
    r"([a-z]{2,3})(?:[-_]([a-z]{4}))?(?:[-_]([a-z]{2}|\d{3}))?$", re.IGNORECASE
)
PAGE_SUFFIX = re.compile(r"\.(?:x?html?|php\d?|aspx?|jsp|cgi|md|txt|xml|json)$", re.IGNORECASE)


class PathFacts(NamedTuple):
    """What a path says by itself: without date, ending and language."""

    stem: str  # the path without its ending and `/index`, NFC
    slug: str
    language: str  # "" if the path names none
    story: str  # the path that the translations of one story share


def normalize_language(words: str) -> str:
    """`zh_cn` as the BCP 47 tag "zh-CN"; "" for what is no language."""
    match = LANGUAGE_TAG.match(words.strip().split(".")[0])
    if match is None:
        return ""
    script = f"-{match[2].title()}" if match[2] else ""
    return match[1].lower() + script + (f"-{match[3].upper()}" if match[3] else "")


@lru_cache(maxsize=256)
def detect_language(segment: str) -> str:
    """The language whose code or English name *segment* is, "" if it is none."""
    name = segment.casefold()
    if name in LANGUAGE_BY_ENGLISH_NAME:
        return LANGUAGE_BY_ENGLISH_NAME[name]
    match = LANGUAGE_TAG.match(name)
    return normalize_language(name) if match and match[1] in LANGUAGE_CODES else ""


def parse_path(path: str, found: PathDate | None) -> PathFacts:
    """What *path* says; *found* is the date that it holds."""
    stem = path if path.isascii() else unicodedata.normalize("NFC", path)
    ending = get_extension(stem)
    if ending in MARKUP_BY_EXTENSION or ending == "json":
        stem = stem[: -len(ending) - 1]
    folders, _, last = stem.rpartition("/")
    slug = found.stem if found is not None else last
    language = ""
    if "." in last:
        bare, _, suffix = last.rpartition(".")
        language = (
            detect_language(suffix)
            if bare and suffix.casefold() not in LANGUAGE_BY_ENGLISH_NAME
            else ""
        )
        if language:
            last, slug = bare, slug.removesuffix(f".{suffix}")
    if last.casefold() == "index" and folders:
        if slug.casefold() == "index":
            slug = folders.rpartition("/")[2]
        if not language:
            stem = folders
    story = f"{folders}/{last}" if folders else last
    for number, segment in enumerate(folders.split("/", 2)[:2] if folders else ()):
        if not language and (language := detect_language(segment)):
            parts = story.split("/")
            story = "/".join(parts[:number] + parts[number + 1 :])
    return PathFacts(stem, slug, language, story.removesuffix("/index"))


def make_id(own: str, stem: str, authority: str) -> str:
    """The entry's own id if it is a URI, else a tag URI of its bare value or of its path (RFC 4151)."""
    if own and URI.match(own):
        return own
    return f"tag:{authority}:{quote_path(unicodedata.normalize('NFC', own) if own else stem)}"


def quote_path(words: str) -> str:
    """*words* as the path of a URI."""
    return (
        words
        if PLAIN_PATH.match(words)
        else quote(words, safe=SAFE_IN_TAG_URI, errors="surrogateescape")
    )


def clean_slug(words: str) -> str:
    """A slug that is one segment of a path."""
    if PLAIN_SLUG.fullmatch(words):
        return words
    return re.sub(r"[\s/\\?#%]+", "-", unicodedata.normalize("NFC", words)).strip("-.")


def format_permalink(pattern: str, when: datetime, slug: str, category: str, stem: str) -> str:
    """The permalink of *pattern*; *when* is in the site's zone."""
    parts = {
        "year": f"{when.year:04}",
        "month": f"{when.month:02}",
        "day": f"{when.day:02}",
        "slug": quote_path(slug),
    }
    if "{path}" not in pattern and "{category}" not in pattern:
        return pattern.format_map(parts)
    parts |= {"category": quote_path(make_slug(category)), "path": quote_path(stem)}
    scheme, mark, rest = pattern.rpartition("://")
    return scheme + mark + re.sub(r"/{2,}", "/", rest.format_map(parts))


def parse_own_permalink(words: str, site: str) -> tuple[str, str] | None:
    """(place, URL) of an address that an entry names for itself; None for what is no address."""
    if words.startswith(site):
        words = "/" + words[len(site) :]
    if re.match(r"https?://[^/\s]+", words, re.IGNORECASE):
        return "", quote(words, safe=SAFE_IN_PATH + "?#[]")
    if ":" in words.split("/")[0] or words.startswith("//") or NOT_A_PATH.search(words):
        return None
    place = quote(STRAY_PERCENT.sub("%25", "/" + words.lstrip("/")), safe=SAFE_IN_PATH)
    if "/" not in words.strip("/") and not words.startswith("/") and not PAGE_SUFFIX.search(words):
        return None  # Jekyll's "pretty", or a word that is no path
    return place, site + place[1:]


def add_trailing_slash(place: str) -> str:
    """*place* with the slash that a page without an ending has."""
    return place if place.endswith("/") or PAGE_SUFFIX.search(place) else place + "/"


def is_reserved(place: str) -> bool:
    """Whether *place* is taken by a route of the service."""
    return (
        place == "/"
        or place.split("/", 2)[1] in RESERVED_SEGMENTS
        or LISTING_PATH.match(place) is not None
    )


def normalize_alias(words: str, site: str) -> str:
    """An old address as a path on this site, "" if it is elsewhere."""
    if words.startswith(site):
        words = words[len(site) :]
    elif re.match(r"[a-z][a-z0-9+.-]*:|//", words, re.IGNORECASE):
        return ""
    path = urlsplit("/" + words.lstrip("/")).path if words.strip() else ""
    return quote(path, safe=SAFE_IN_PATH) if path and path != "/" else ""
