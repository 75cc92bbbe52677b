"""The files that an entry refers to, and the pictures and enclosures that its fields name.

Files beside the entry's own are looked up only if the entry names them.
"""

from __future__ import annotations

import os
import posixpath
import re
import stat
from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from urllib.parse import unquote, urljoin, urlsplit

from msgspec import Struct

from feedsvc.content.characters import unescape
from feedsvc.content.links import TAG_PREFIX, UNKNOWN_PREFIX, is_from_tag
from feedsvc.content.template_tags import remove_code
from feedsvc.dialects.types import Field, Value
from feedsvc.fields.draft import MAX_LOCATED_REFERENCES, EntryDraft
from feedsvc.fields.links import apply_link, make_link_key
from feedsvc.fields.links.near_misses import make_remedy, suggest_file
from feedsvc.fields.measures import Measure, measure_file
from feedsvc.fields.values import (
    HTTP_URL,
    get_part,
    list_values,
    parse_number,
    split_parts,
    to_plain_text,
    value_to_text,
)
from feedsvc.file_kinds import MEDIA_TYPES, get_media_type
from feedsvc.model import Enclosure, Entry, Image, TermKind
from feedsvc.settings import Settings
from feedsvc.urls import Route, join_url, make_file_path, make_term_path, quote_url

EXTERNAL_REFERENCE = re.compile(r"[a-z][a-z0-9+.-]*:|//|#|\?", re.ASCII | re.IGNORECASE)
SCHEME = re.compile(r"[a-z]{2,}:", re.ASCII | re.IGNORECASE)
PELICAN_PREFIX = re.compile(
    r"^(?:\{(?:static|attach|filename)\}|\|(?:static|attach|filename)\|)", re.IGNORECASE
)
BRACES = re.compile(r"%7[BCD]", re.IGNORECASE)
LINK_PREFIX = re.compile(r"(?:[{|]|%7[BC])(?:ref|filename)(?:[}|]|%7[DC])|@/", re.IGNORECASE)
PELICAN_LISTING = re.compile(r"[{|](?:(tag|category|author)[}|]/?(.+)|index[}|])")
LISTING_KINDS: dict[str, TermKind] = {"tag": "tag", "category": "category", "author": "author"}
NO_LINKS: Mapping[str, str] = MappingProxyType({})
ROOTED_REMEDY = "put it there; or, if the site's root has it, set `entries` to the site's root"
FILES = f"{Route.FILES}/"
ROOT_FOLDERS = ("", "static/")  # where a reference that begins with a slash is looked up
IMAGE_KEYS = "path url src feature image file href thumbnail contenturl".split()
CREDIT_KEYS = "credit credittext credits photographer creator author copyrightnotice".split()
ENCLOSURE_KEYS = "url src path href file".split()
AUDIO_START = re.compile(r"<audio(?=[\s>])", re.IGNORECASE)
MAX_MEASURED_FILES = 200
MAX_AUDIO_ELEMENTS = 50  # of a text, which are looked at
MAX_AUDIO_CHARACTERS = 4000  # of an element, in which its source is looked for
AUDIO_SOURCE = re.compile(
    r"""\ssrc\s{0,9}=\s{0,9}(?:"([^"]{1,2000})"|'([^']{1,2000})'|([^\s"'<>]{1,2000}))""",
    re.IGNORECASE,
)
# What an enclosure says of itself, else a field of the entry says of it
LENGTH_KEYS = "length size sizeinbytes".split()
TYPE_KEYS = "type mimetype".split()
SIZE = re.compile(r"(\d[\d,. ]{0,15}?)\s?(|[kmgt]i?[bo]?|b|bytes?|octets?|o)", re.I | re.A)
ONE_BYTE_UNITS = frozenset("b byte bytes octet octets o".split())
SHORT_DECIMAL = re.compile(r"\d{1,6}(?:[.,]\d{1,2})?")
THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+")
SILENT_TYPES = (
    *("image/", "text/", "application/pdf", "application/zip", "application/epub"),
    *("application/msword", "application/vnd.ms-", "application/vnd.o"),
)
DURATION_KEYS = "duration durationinseconds".split()
DURATION_FORMS = "seconds, or 1:02:03"
CLOCK_DURATION = re.compile(r"(?:(?:(\d{1,5}):)?(\d{1,5}):)?(\d{1,5})(?:\.\d{1,9})?", re.ASCII)
UNIT_DURATION = re.compile(  # "1 hr 5 min", and "PT1H5M" of ISO 8601
    r"(?:PT)?(?:(\d{1,5}) ?h(?:(?:ou)?rs?)?\.?,? ?)?(?:(\d{1,5}) ?m(?:in(?:ute)?s?)?\.?,? ?)?"
    r"(?:(\d{1,5})(?:\.\d{1,9})? ?s(?:ec(?:ond)?s?)?\.?)?",
    re.ASCII | re.IGNORECASE,
)


# -- files of the folder --------------------------------------------------------------


class Asset(Struct, frozen=True, kw_only=True):
    """A file that an entry refers to; *size* in bytes, -1 while it is not there."""

    path: str
    size: int
    type: str


def resolve_asset(root: Path, path: str, reference: str, site: str) -> Asset | None:
    """Return the file that *reference* means in the entry *path*; None if it means none.

    A file outside the folder is as one that is not there. A reference from the root may begin
    with the path of *site*, the site's URL.
    """
    if EXTERNAL_REFERENCE.match(reference):
        return None
    target = PELICAN_PREFIX.sub("", make_link_key(reference))
    if target.startswith(TAG_PREFIX):  # Jekyll's `link`, which names files from the root
        target = "/" + target.removeprefix(TAG_PREFIX)
    media_type = get_media_type(target)
    if not media_type or "\0" in target:
        return None
    if target.startswith("/"):
        starts = dict.fromkeys((urlsplit(site).path, "/"))
        below = [target[len(start) :] for start in starts if target.startswith(start)]
        below += [one[len(FILES) :] for one in below if one.startswith(FILES)]
        candidates = [folder + one.lstrip("/") for one in below for folder in ROOT_FOLDERS]
    else:
        candidates = [posixpath.join(posixpath.dirname(path), target), target]
    candidates = list(map(posixpath.normpath, candidates))
    inside = [one for one in candidates if not one.startswith(("../", "/"))]
    for candidate in inside:
        size = get_file_size(root, candidate)
        if size >= 0:
            return Asset(path=candidate, size=size, type=media_type)
    return Asset(path=(inside or candidates)[0], size=-1, type=media_type) if candidates else None


def get_file_size(root: Path, path: str) -> int:
    """Return the bytes of a file in the folder, -1 for none and for a link out of the folder."""
    full = f"{root}/{path}"
    try:
        status = os.lstat(full)
        if stat.S_ISLNK(status.st_mode):
            target = os.path.realpath(full)
            if not target.startswith(os.path.realpath(root) + os.sep):
                return -1
            status = os.lstat(target)
    except (OSError, ValueError):
        return -1
    return status.st_size if stat.S_ISREG(status.st_mode) else -1


def make_resolver(
    root: Path, entry: Entry, settings: Settings, links: Mapping[str, str] = NO_LINKS
) -> Callable[[str], str]:
    """Return a function that makes references in *entry*'s body absolute.

    Those to files of entries lead where *links* says, those to other files of the folder to
    /files/; the rest is resolved against the permalink (RFC 3986, section 5.2). The function
    raises ValueError for a reference without a target.
    """
    site = settings.site.url

    def resolve(reference: str) -> str:
        if is_from_tag(reference):
            reference = unquote(reference)
            if UNKNOWN_PREFIX in reference:
                raise ValueError(reference)
            reference = TAG_PREFIX + reference.rpartition(TAG_PREFIX)[2]
        url = apply_link(reference, links)
        if url is not None:
            return url
        asset = resolve_asset(root, entry.path, reference, site)
        if asset is not None and asset.size >= 0:
            return join_url(site, make_file_path(asset.path))
        if LINK_PREFIX.match(reference):
            raise ValueError(reference)
        if listing := PELICAN_LISTING.fullmatch(unquote(reference)):
            kind, name = listing.groups()
            return join_url(site, make_term_path(LISTING_KINDS[kind], name) if kind else "")
        return urljoin(entry.url, PELICAN_PREFIX.sub("", unquote_braces(reference)))

    return resolve


def unquote_braces(reference: str) -> str:
    """Return *reference* with Pelican's braces and bars as they were written."""
    return (
        BRACES.sub(lambda match: unquote(match[0]), reference) if "%7" in reference else reference
    )


def use_asset(draft: EntryDraft, reference: str, field: Field | None) -> Asset | None:
    """Return the file of the folder that *reference* means, and note that the entry uses it.

    The first reference to a missing file is a problem, unless the entry has its address on another
    site, or the text refers from the root to something other than a picture: the rest of the site
    may serve that.
    """
    asset = resolve_asset(draft.root, draft.path, reference, draft.settings.site.url)
    if asset is None:
        return None
    is_rooted = PELICAN_PREFIX.sub("", make_link_key(reference)).startswith("/")
    if (
        asset.size < 0
        and asset.path not in draft.asset_sizes
        and not draft.is_elsewhere
        and (field is not None or not is_rooted or asset.type.startswith("image/"))
        and not (field is None and draft.is_in_code(reference))
    ):
        remedy = ROOTED_REMEDY if is_rooted else "put it beside the entry"
        is_inside = not asset.path.startswith(("../", "/"))
        is_listed = is_inside and len(draft.problems) < MAX_LOCATED_REFERENCES
        if is_listed and (near := suggest_file(str(draft.root), asset.path)):
            remedy = make_remedy(near, draft.path, is_rooted=is_rooted)
        what = f"the file {reference!r}"
        message = (
            f"{what} is not there" if field else f"{what}, to which the text refers, is not there"
        )
        line = None if field else draft.get_line(reference)
        draft.add_problem("asset-missing", message, remedy, field, line)
    draft.asset_sizes[asset.path] = asset.size
    if asset.size >= 0 and asset.type.startswith("image/"):
        use_picture(draft, asset, is_shown=field is None)
    return asset


def use_picture(draft: EntryDraft, asset: Asset, *, is_shown: bool) -> None:
    """Note the size of a picture, and whether the text shows it, as far as it can be read."""
    measure = get_measure(draft, asset)
    if is_shown and measure.width and asset.path not in draft.pictures:
        draft.pictures[asset.path] = Image(
            url=join_url(draft.settings.site.url, make_file_path(asset.path)),
            type=asset.type,
            length=asset.size,
            width=measure.width,
            height=measure.height,
        )


def get_measure(draft: EntryDraft, asset: Asset) -> Measure:
    """Return what the header of a file says; of no more than `MAX_MEASURED_FILES` of an entry."""
    known = draft.measures.get(asset.path)
    if known is None:
        if len(draft.measures) >= MAX_MEASURED_FILES:
            return Measure()
        known = draft.measures[asset.path] = measure_file(draft.root, asset.path, asset.type)
    return known


# -- fields ---------------------------------------------------------------------------


class Media(Struct, frozen=True, kw_only=True):
    """A picture or enclosure that a field names; *measure* is empty for one on another site."""

    url: str
    type: str = ""
    length: int = 0  # bytes
    measure: Measure = Measure()


def resolve_media(draft: EntryDraft, reference: str, field: Field) -> Media | None:
    """Return the picture or enclosure that *reference* means; None if it is none."""
    site = draft.settings.site.url
    if HTTP_URL.match(reference):
        media_type = get_media_type(re.split("[?#]", reference)[0])
        return Media(url=quote_url(reference), type=media_type)
    if not get_media_type(re.split("[?#]", reference)[0]) or SCHEME.match(reference):
        return None
    asset = use_asset(draft, reference, field)
    if asset is not None and asset.size >= 0:
        return Media(
            url=join_url(site, make_file_path(asset.path)),
            type=asset.type,
            length=asset.size,
            measure=get_measure(draft, asset),
        )
    if asset is not None and not reference.startswith("/") and not draft.is_elsewhere:
        return None
    try:
        url = quote_url(urljoin(draft.url, PELICAN_PREFIX.sub("", reference)))
    except ValueError:  # brackets that are no IPv6 address
        return None
    return Media(url=url, type=asset.type if asset is not None else "")


def parse_image(draft: EntryDraft, canonical: str) -> Image | None:
    """Return the picture of the first field for *canonical* that names one."""
    for field in draft.fields.get_all(canonical):
        value: Value = field.value
        if isinstance(value, list):
            value = value[0] if value else ""
        parts = split_parts(value)
        reference = get_part(parts, IMAGE_KEYS) if parts else value_to_text(value)
        media = resolve_media(draft, reference, field) if reference else None
        if media is not None:
            width, height = parse_picture_size(parts, media.measure)
            return Image(
                url=media.url,
                alt=to_plain_text(
                    get_part(parts, ("alt", "caption")) or draft.get_text("imagealt")
                ),
                caption=to_plain_text(
                    get_part(parts, ("caption",)) or draft.get_text("imagecaption")
                ),
                credit=to_plain_text(get_part(parts, CREDIT_KEYS) or draft.get_text("imagecredit")),
                type=media.type,
                length=media.length,
                width=width,
                height=height,
            )
    return None


def parse_picture_size(parts: Mapping[str, str], measure: Measure) -> tuple[int, int]:
    """Return (width, height) that the author states, else those of the file."""
    width = parse_number(parts.get("width", "")) or 0
    height = parse_number(parts.get("height", "")) or 0
    return (width, height) if width or height else (measure.width, measure.height)


def parse_enclosures(draft: EntryDraft, canonical: str) -> tuple[Enclosure, ...]:
    """Return the enclosures that the fields for *canonical* name, each address once."""
    found: dict[str, Enclosure] = {}
    for field in draft.fields.get_all(canonical):
        for value in list_values(field.value):
            for one in split_formats(value):
                if enclosure := parse_enclosure(draft, one, field):
                    found.setdefault(enclosure.url, enclosure)
    return tuple(found.values())


def split_formats(value: Value) -> list[Value]:
    """Return the files of `audio: {mp3: …, ogg: …}` (Octopod), of other values just the value."""
    files = (
        [one for name, one in value.items() if one and name.lower() in MEDIA_TYPES]
        if isinstance(value, dict)
        else []
    )
    return files or [value]


def parse_body_enclosures(draft: EntryDraft, text: str) -> tuple[Enclosure, ...]:
    """Return the file that the first `<audio>` of *text* plays, as an enclosure."""
    if draft.parsed.markup == "markdown":
        text = remove_code(text)
    for element in islice(AUDIO_START.finditer(text), MAX_AUDIO_ELEMENTS):
        inside = text[element.start() : element.start() + MAX_AUDIO_CHARACTERS]
        if source := AUDIO_SOURCE.search(inside.partition("</audio")[0]):
            reference = unescape(source[1] or source[2] or source[3] or "").strip()
            line = draft.get_line(reference) or draft.parsed.body_line
            found = parse_enclosure(draft, reference, Field("audio", reference, line))
            if found is not None:
                return (found,)
    return ()


def parse_enclosure(draft: EntryDraft, value: Value, field: Field) -> Enclosure | None:
    """Return the enclosure that *value* names: a reference, a table, or WordPress's three lines."""
    parts: Mapping[str, str] = {}
    if isinstance(value, str):
        reference, *more = value.split("\n") if "\n" in value else [value]
        parts = dict(zip(("length", "type"), more, strict=False))
    else:
        parts = split_parts(value)
        reference = get_part(parts, ENCLOSURE_KEYS)
    media = resolve_media(draft, reference.strip(), field) if reference else None
    if media is None:
        return None
    length = get_part(parts, LENGTH_KEYS) or draft.get_text("enclosurelength")
    media_type = get_part(parts, TYPE_KEYS) or draft.get_text("enclosuretype") or media.type
    duration = get_part(parts, DURATION_KEYS)
    if duration and parse_duration(duration) is None:
        message = f"the duration {duration[:100]!r} is not understood, and is left out"
        draft.add_problem("episode-unreadable", message, f"write {DURATION_FORMS}", field)
    if not media_type.startswith(SILENT_TYPES):  # the entry's is that of its sound, not of a PDF
        duration = duration or draft.get_text("duration")
    return Enclosure(
        url=media.url,
        type=media_type or "application/octet-stream",
        length=media.length or parse_size(length),
        title=to_plain_text(parts.get("title", "")),
        duration=parse_duration(duration) or media.measure.duration,
    )


def parse_size(words: str) -> int:
    """Return the bytes of `12345`, `1,234,567 bytes` or `12.5 MB`, 0 for what is not certain."""
    match = SIZE.fullmatch(words.strip())
    if match is None:
        return 0
    number, unit = match[1], match[2].lower()
    if not unit or unit in ONE_BYTE_UNITS:
        return int(re.sub(r"\D", "", number))
    factor: int = 1024 ** ("kmgt".find(unit[0]) + 1)
    if SHORT_DECIMAL.fullmatch(number):
        return round(float(number.replace(",", ".")) * factor)
    return int(number.replace(",", "")) * factor if THOUSANDS.fullmatch(number) else 0


def parse_duration(words: str) -> int | None:
    """Return the whole seconds of `1:02:03`, `62:03`, `3723`, `1 h 2 min` or `PT1H2M`.

    None for other *words*.
    """
    words = words.strip()
    match = CLOCK_DURATION.fullmatch(words) or UNIT_DURATION.fullmatch(words)
    if match is None or not any(match.groups()):
        return None
    hours, minutes, seconds = (int(number or 0) for number in match.groups())
    return (hours * 60 + minutes) * 60 + seconds
