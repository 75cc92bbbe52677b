"""Every address of the service: routes, aliases, slugs, listings, archives, files, permalinks.

Comes in: names, dates, paths and the site's URL. Goes out: a *path* below the site's
URL ("tags/wind/atom.xml", no slash first), a *permalink path* ("/2023/03/quay/"), or
a URL, which is the site's URL joined with one of them. Only the index knows whether
something is there; no setting is read here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from urllib.parse import quote, unquote, urlsplit

from feedsvc.memo import remember_short
from feedsvc.model import Precision, TermKind


class Route(StrEnum):
    """First segments of the addresses that are fixed; `search` is kept free."""

    ARCHIVE = "archive"
    FAVICON = "favicon.ico"
    FILES = "files"
    HEALTH = "healthz"
    METRICS = "metrics"
    NEWS_SITEMAP = "news-sitemap.xml"
    OPENAPI = "openapi.json"
    OPML = "opml.xml"
    PARTNERS = "partners"
    READINESS = "readyz"
    ROBOTS = "robots.txt"
    SEARCH = "search"
    SITEMAP = "sitemap.xml"
    STATIC = "static"
    SUBSCRIBE = "subscribe"


FEED_FILES = {"rss": "rss.xml", "atom": "atom.xml", "json": "feed.json"}  # by format
LISTING_FILES = {"html": "", **FEED_FILES}
FEED_ALIASES = {  # addresses that feed readers try; the same bytes as the feed of everything
    **dict.fromkeys(
        ("feed", "feed/", "feed.xml", "index.xml", "rss", "rss/", "index.rss"), FEED_FILES["rss"]
    ),
    **dict.fromkeys(("atom", "atom/", "feed.atom"), FEED_FILES["atom"]),
    "index.json": FEED_FILES["json"],
}
TERM_FOLDERS: dict[str, TermKind] = {
    "tags": "tag",
    "categories": "category",
    "authors": "author",
    "languages": "language",
}
FOLDER_BY_KIND = {kind: folder for folder, kind in TERM_FOLDERS.items()}
RESERVED_SEGMENTS = frozenset(  # first segments that are taken; `is_reserved` is the whole rule
    {*Route, *FEED_FILES.values(), *(alias.strip("/") for alias in FEED_ALIASES), *TERM_FOLDERS}
)

OPENAPI_MEDIA_TYPE = "application/vnd.oai.openapi+json"
RSL_MEDIA_TYPE = "application/rsl+xml"  # Really Simple Licensing 1.0, section 2.2

_CALENDAR_PATH = re.compile(
    rf"/\d{{4}}/(?:(?:0[1-9]|1[0-2])/)?(?:{'|'.join(map(re.escape, FEED_FILES.values()))})?$"
)
MAX_LABEL_CHARACTERS = 63  # RFC 1035, section 2.3.4
MAX_NAME_CHARACTERS = 200  # of a slug in an address
_PATH_CHARACTERS = "/:@!$&'()*+,;=-._~"  # unencoded in a URL's path (RFC 3986, pchar)
_ENCODED_PATH = _PATH_CHARACTERS + "%"  # for already encoded paths
LOST_CHARACTER = quote("\ufffd")
_PLAIN_PATH = re.compile(r"[\w./-]*", re.ASCII)
_PLAIN_URL = re.compile(r"[\w:/.?&=#,;~+-]*", re.ASCII)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.ASCII | re.IGNORECASE)
# The schemes allowed in output: all others run scripts, hold data or mean something on the reader's
# own machine
LINK_SCHEMES = frozenset(
    "http https mailto tel sms geo ftp news xmpp irc ircs magnet gemini".split()
)
LINK_URL = re.compile(rf"(?:{'|'.join(sorted(LINK_SCHEMES))}):", re.IGNORECASE | re.ASCII)
WEB_URL = re.compile(r"https?://[^/]", re.IGNORECASE | re.ASCII)  # what is fetched, or a page
_WEB_URL_HOST = re.compile(r"https?://([^\s/?#]+)", re.ASCII | re.IGNORECASE)
_PLAIN_HOST = re.compile(r"[\w.-]+", re.ASCII)
_HOST = re.compile(r"([^/?#]*)(.*)", re.DOTALL)
_ASCII_HOST = re.compile(r"(?:[A-Za-z0-9!$&'()*+,;=:@\[\]._~-]|%[0-9A-Fa-f]{2})*+")
_PLAIN_SLUG = re.compile(r"\w(?:[\w-]*\w)?", re.ASCII)
_SPACES = re.compile(r"\s+")
_ESCAPED_IN_SLUG = re.compile(r"[/\\?#%,+~\x00-\x1f\x7f]|^\.")
_SLUG_ESCAPE = re.compile(r"~([0-7][0-9a-f])")
_NOT_A_PATH = re.compile(r"[^\S ]|^[^/].* |[{}<>?#]|^$|(?:^|/)\.\.?(?:/|$)")
_DOT_SEGMENT = re.compile(r"/\.\.?(?:/|$)")
_WEB_ORIGIN = re.compile(r"(https?)://([^/?#]*)", re.ASCII | re.IGNORECASE)
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_PAGE_SUFFIX = re.compile(r"\.(?:x?html?|php\d?|aspx?|jsp|cgi|md|txt|xml|json)$", re.IGNORECASE)
# Placeholders for what a date lacks, with the separator beside them
_DAY, _MONTH = (
    re.compile(rf"(/)\{{{name}\}}[-_.]|[-_./]?\{{{name}\}}") for name in ("day", "month")
)
MISSING_DATE_PARTS: dict[Precision, tuple[re.Pattern[str], ...]] = {
    "month": (_DAY,),
    "year": (_DAY, _MONTH),
}
_SITEMAP_PART = re.compile(r"sitemap-([1-9][0-9]{0,4})\.xml", re.ASCII)


# -- names --------------------------------------------------------------------------


@remember_short(4096, 64)  # a slug may be eighteen times as long (NFKC of U+FDFA)
def make_slug(name: str) -> str:
    """Return *name* as URLs have it: NFKC, casefolded, spaces as `-`.

    What would take a path or a query apart is `~` and two hex digits.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    dashed = _SPACES.sub("-", folded.strip())
    return _ESCAPED_IN_SLUG.sub(lambda match: f"~{ord(match[0]):02x}", dashed)


def parse_slug(text: str) -> str:
    """Return the slug of a name or of a slug: `~2f` stays, `/` becomes it."""
    return make_slug(_SLUG_ESCAPE.sub(lambda match: chr(int(match[1], 16)), text))


def clean_slug(text: str) -> str:
    """Return *text* as one segment of a permalink: NFC, what is no part of a segment as `-`."""
    if _PLAIN_SLUG.fullmatch(text):
        return text
    return re.sub(r"[\s/\\?#%]+", "-", unicodedata.normalize("NFC", text)).strip("-.")


def quote_path(text: str) -> str:
    """Return *text* as the path of a URI, percent-encoded where it must be."""
    if _PLAIN_PATH.fullmatch(text):
        return text
    return quote(text, safe=_PATH_CHARACTERS, errors="surrogateescape")


def quote_url(url: str) -> str:
    """Return *url* as a URI: the host by IDNA, spaces and what is beyond ASCII percent-encoded.

    What is encoded already stays.
    """
    if _PLAIN_URL.fullmatch(url):
        return url
    scheme, mark, rest = url.partition("://") if _SCHEME.match(url) else ("", "", url)
    host, rest = _HOST.match(rest).groups() if mark else ("", rest)  # type: ignore[union-attr]
    try:
        host = encode_host(host)
    except ValueError:
        host = quote(_STRAY_PERCENT.sub("%25", host), safe="@:[]%")
    rest = quote(_STRAY_PERCENT.sub("%25", rest), safe=_ENCODED_PATH + "?#[]")
    return scheme + mark + host + rest


def encode_host(host: str) -> str:
    """Return *host*, with user and port if it has them, in ASCII (IDNA).

    Raise ValueError where it has no such form.
    """
    if _ASCII_HOST.fullmatch(host):
        return host
    user, mark, name = host.rpartition("@")
    labels = re.split("[.。．｡]", name)
    return quote(user, safe=_ENCODED_PATH) + mark + ".".join(map(_encode_label, labels))


def _encode_label(label: str) -> str:
    """Return one label of a host (its port, if any, included) as DNS has it.

    Letters keep what newer rules tell apart (`ß`), as browsers do (UTS 46, nontransitional).
    """
    if label.isascii():
        if not _ASCII_HOST.fullmatch(label):
            raise ValueError(f"{label!r} is not a valid part of a host name")
        return label
    name, mark, port = label.partition(":")
    if not _ASCII_HOST.fullmatch(port):
        raise ValueError(f"{port!r} is not a port")
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", name).lower())
    encoded = "xn--" + folded.encode("punycode").decode("ascii") if not folded.isascii() else folded
    if len(encoded) > MAX_LABEL_CHARACTERS or not all(map(_is_host_character, folded)):
        raise ValueError(f"{label!r} is not a valid part of a host name")
    return encoded + mark + port


def _is_host_character(character: str) -> bool:
    """Whether a host may have *character*: a letter, mark, digit or emoji, a hyphen or joiner."""
    category = unicodedata.category(character)
    return category[0] in "LMN" or category == "So" or character in "-\u200c\u200d\u00b7\u30fb"


def is_web_url(text: str) -> bool:
    """Return whether *text* begins with http or https and a host, and can be taken apart."""
    match = _WEB_URL_HOST.match(text)
    return match is not None and bool(_PLAIN_HOST.fullmatch(match[1]) or is_splittable(text))


def is_splittable(url: str) -> bool:
    """Whether *url* can be taken apart: brackets hold an IPv6 address, the port is a number."""
    try:
        return urlsplit(url).port != -1  # which asks for both
    except ValueError:
        return False


# -- addresses below the site's URL -------------------------------------------------


def join_url(site: str, path: str) -> str:
    """Return the URL of *path*, with or without its first slash, on *site* (ends in "/")."""
    return site + path.lstrip("/")


def make_listing_path(
    format_: str = "html", folder: str = "", period: str = "", part: int = 1
) -> str:
    """Return the path of a listing's page or feed: `tags/wind/archive/2023-03/2/atom.xml`."""
    segments = [folder] if folder else []
    if period:
        segments += [Route.ARCHIVE, period] + ([str(part)] if part > 1 else [])
    return "".join(map(_quote_folder, segments)) + LISTING_FILES[format_]


@remember_short(4_096)  # each entry has links to the listings of its names
def _quote_folder(folder: str) -> str:
    return quote(folder, safe="/~!$&'()*:@;=") + "/"


def add_query(path: str, pairs: Iterable[tuple[str, str]]) -> str:
    """Return *path* with those of *pairs* that have a value as its query."""
    query = "&".join(f"{name}={quote(value, safe=',~:')}" for name, value in pairs if value)
    return f"{path}?{query}" if query else path


def make_term_folder(kind: TermKind, slug: str) -> str:
    """Return the folder of a name's listing: `tags/wind`."""
    return f"{FOLDER_BY_KIND[kind]}/{slug}"


def make_term_path(kind: TermKind, name: str) -> str:
    """Return the path of the page that lists all entries with *name*: `tags/wind/`."""
    return make_listing_path(folder=make_term_folder(kind, make_slug(name)))


def make_period_path(period: str) -> str:
    """Return the path of the page of a year or month ("2023-03"): `2023/03/`."""
    return make_listing_path(folder=period.replace("-", "/"))


def make_file_path(path: str) -> str:
    """Return the path of a file of the entries folder: `files/2023/quay.png`."""
    return f"{Route.FILES}/{quote(path, safe='/')}"


def make_static_path(name: str, mark: str = "") -> str:
    """Return the path of a static file; *mark* differs when its content does."""
    return f"{Route.STATIC}/{quote_path(name)}" + (f"?{mark}" if mark else "")


def make_sitemap_path(part: int) -> str:
    """Return the path of one of many sitemaps, counted from 1."""
    return f"sitemap-{part}.xml"


def parse_sitemap_path(path: str) -> int | None:
    """Return the part that *path* names, None where it is none of many sitemaps."""
    match = _SITEMAP_PART.fullmatch(path)
    return int(match[1]) if match else None


# -- feeds of partners --------------------------------------------------------------


def make_partner_path(name: str, format_: str, period: str = "", part: int = 1) -> str:
    """Return the path of a partner's feed or archive: `partners/msn/archive/2023-03/rss.xml`."""
    return f"{Route.PARTNERS}/{name}/{make_listing_path(format_, '', period, part)}"


# -- permalinks ---------------------------------------------------------------------


def format_permalink(
    pattern: str, when: datetime, precision: Precision, slug: str, category: str, stem: str
) -> str:
    """Return the permalink of *pattern*: a path, or a URL where the pattern is one.

    *when* is in the site's zone, and a part that its *precision* does not have is left out;
    *stem* is the entry's path without its ending.
    """
    for part in MISSING_DATE_PARTS.get(precision, ()):
        pattern = part.sub(r"\1", pattern)
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
    # an empty category leaves two slashes
    return scheme + mark + re.sub(r"/{2,}", "/", rest.format_map(parts))


def parse_own_permalink(text: str, site: str) -> tuple[str, str] | None:
    """Return (permalink path, URL) of the address that an entry names for itself, None for none.

    The path of an address on another site is "".
    """
    text = strip_site(text, site)
    if is_web_url(text):
        return "", text
    if ":" in text.split("/")[0] or text.startswith("//") or _NOT_A_PATH.search(text):
        return None
    is_word = "/" not in text.strip("/") and not text.startswith("/")
    if is_word and not _PAGE_SUFFIX.search(text):
        return None  # Jekyll's "pretty"
    path = _normalize_path(text)
    return None if _DOT_SEGMENT.search(path) else (path, join_url(site, path))


def parse_alias(text: str, site: str) -> str:
    """Return an old address as a permalink path, "" if it is elsewhere."""
    text = strip_site(text, site)
    if re.match(r"[a-z][a-z0-9+.-]*:|//", text, re.ASCII | re.IGNORECASE):
        return ""
    path = _normalize_path(re.split("[?#]", text, maxsplit=1)[0]) if text.strip() else "/"
    return path if path != "/" else ""


def strip_site(text: str, site: str) -> str:
    """Return *text*, a URL as a URI, from its path on where it lies on *site*.

    Scheme and host may be in any case, and the port the scheme's own (RFC 3986, 6.2.2.1, 6.2.3).
    http and https are one site: most have moved from the one to the other.
    """
    if not _SCHEME.match(text):
        return text
    text = quote_url(text)
    known, below = (url.partition("://")[2] for url in (normalize_url(text), site))
    is_here = known.startswith(below) and _WEB_ORIGIN.match(text)
    return "/" + known[len(below) :] if is_here else text


def normalize_url(url: str) -> str:
    """Return *url* in its usual form, if the web has it.

    Scheme and host are in lower case, it has a path, and no port that is the scheme's own.
    """
    origin = _WEB_ORIGIN.match(url)
    if origin is None:
        return url
    scheme, rest = origin[1].lower(), url[origin.end() :]
    host = origin[2].lower().removesuffix(_DEFAULT_PORTS[scheme])
    return f"{scheme}://{host}{'/' * (rest[:1] != '/')}{rest}"


def _normalize_path(path: str) -> str:
    """Return *path* in the form in which a request for it is looked up (RFC 3986, 6.2.2).

    What need not be encoded is not, and the rest is in capitals: servers hand over a decoded path.
    """
    decoded = unquote(_STRAY_PERCENT.sub("%25", path), errors="surrogateescape")
    return make_permalink_path(decoded.lstrip("/"))


def make_permalink_path(path: str) -> str:
    """Return the permalink path of a requested *path*, which is decoded and has no slash first.

    Bytes that are no UTF-8, as old sites' addresses have them, are surrogates in it (PEP 383).
    """
    return "/" + quote_path(path)


def make_lossy_path(permalink_path: str) -> str:
    """Return *permalink_path* as `feedsvc serve` is asked for it: with U+FFFD for what is no UTF-8.

    Granian's protocol RSGI hands over no other form of an address.
    """
    return make_permalink_path(unquote(permalink_path).lstrip("/"))


def add_trailing_slash(path: str) -> str:
    """Return *path* with the slash that a page without an ending has."""
    return path if path.endswith("/") or _PAGE_SUFFIX.search(path) else path + "/"


def is_reserved(permalink_path: str) -> bool:
    """Return whether *permalink_path* is taken by a route of the service."""
    first = permalink_path.split("/", 2)[1]
    return (
        not first
        or first in RESERVED_SEGMENTS
        or _SITEMAP_PART.fullmatch(first) is not None
        or _CALENDAR_PATH.match(permalink_path) is not None
    )


def is_dated(permalink_path: str) -> bool:
    """Whether *permalink_path* begins with a year, as "/2023/03/quay/" does, and goes on."""
    return re.match(r"/+[0-9]{4}/(?!(?:0[1-9]|1[0-2])?/*$)", permalink_path) is not None
