"""The fields that a profile may name: values of an entry, of a feed, of a picture.

Comes in: an item and its channel. Goes out: a text, a number, some texts, or None for an unknown
value. A partner that needs another value needs one more line in a table here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from email.utils import format_datetime
from functools import partial
from html import unescape
from operator import attrgetter
from pathlib import PurePosixPath
from typing import Any, Literal, TypeAlias
from urllib.parse import urlsplit

from msgspec import Struct

from feedsvc.feeds.parts import build_html, build_notice_html, format_period, format_utc
from feedsvc.model import Channel, Entry, Image, Item, Moment, Tombstone, get_license

Kind = Literal["text", "number", "texts"]
FieldValue: TypeAlias = str | float | tuple[str, ...] | None  # "": none; None: unknown
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*+)>")
ATTRIBUTE = re.compile(r"([a-z]+)=(?:\"([^\"]*)\"|'([^']*)')")
REGION = re.compile(r"[a-z]{2,8}(?:-[a-z]{4})?-([a-z]{2}|[0-9]{3})(?:-.*)?", re.I | re.S)
SPACES = re.compile(r"\s+")
BLOCKS = frozenset(
    "address article aside blockquote br caption dd div dl dt figcaption figure footer h1 h2 h3 h4"
    " h5 h6 header hr li main nav ol p pre section table tbody td th thead tr ul".split()
)
DAY_SECONDS = 86_400


class Subject(Struct, frozen=True, kw_only=True):
    """The source of fields; *now*, in epoch seconds, gives the entry's age."""

    item: Item
    channel: Channel
    values: Mapping[str, str] = {}  # of the partner's table in the settings
    now: int = 0

    @property
    def entry(self) -> Entry:
        return self.item.entry


class NoticeSubject(Struct, frozen=True, kw_only=True):
    """The source of the fields of a withdrawn entry."""

    notice: Tombstone
    channel: Channel


class Field(Struct, frozen=True):  # positional: lines of a table
    """A field: the kind of its value, and how to get it."""

    kind: Kind
    get: Callable[[Any], FieldValue]


def _make_field(
    kind: Kind, get: str | Callable[[Any], Any], form: Callable[[Any], FieldValue] | None = None
) -> Field:
    """Return a field whose value is an attribute, named by its path, or what a function returns.

    With *form*, a function too, its value is put into that form.
    """
    read: Callable[[Any], Any] = attrgetter(get) if isinstance(get, str) else get
    return Field(kind, read if form is None else lambda one: form(read(one)))


_text = partial(_make_field, "text")
_number = partial(_make_field, "number")
_texts = partial(_make_field, "texts")


# -- forms of values ----------------------------------------------------------------


def format_w3c(moment: Moment | None) -> str:
    """Return a moment in the form of RFC 3339, "" for None."""
    return str(moment) if moment is not None else ""


def format_rfc822(moment: Moment | None) -> str:
    """Return a moment in the form of RSS: `Mon, 02 Mar 2026 14:30:00 +0800`."""
    return format_datetime(moment.when.replace(microsecond=0)) if moment is not None else ""


def format_clock(seconds: int) -> str:
    """Return a duration in seconds as `1:02:03`, "" for 0."""
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if seconds else ""


def strip_tags(html: str) -> str:
    """Return the text of sanitized HTML, with single spaces."""
    words = TAG.sub(lambda tag: " " if tag[2].lower() in BLOCKS else "", html)
    return SPACES.sub(" ", unescape(words)).strip()


def list_elements(html: str) -> tuple[str, ...]:
    """Return the names of the elements in sanitized HTML, each once, in order."""
    names = (tag[2].lower() for tag in TAG.finditer(html) if not tag[1])
    return tuple(dict.fromkeys(names))


def build_feed_html(one: Subject) -> str:
    """Return the HTML of an entry, "" if its author restricts feeds to a summary."""
    return "" if one.entry.summary_only else build_html(one.item, one.channel)


def get_foreign_host(url: str, site: str) -> str:
    """Return the host of *url* if it differs from that of *site*, else ""."""
    host = urlsplit(url).hostname or ""
    return "" if host == urlsplit(site).hostname else host


def get_scheme(url: str) -> str:
    return urlsplit(url).scheme


def get_known(number: int) -> int | None:
    """Return *number*, None for 0, which stands for one that is not known."""
    return number or None


def get_suffix(url: str) -> str:
    """Return the ending of the file that *url* names, in lower case, without the dot."""
    return PurePosixPath(urlsplit(url).path).suffix[1:].lower()


def get_region(language: str) -> str:
    """Return the region of a language tag, "" if it has none (BCP 47, section 2.2.4)."""
    match = REGION.fullmatch(language)
    return match[1].upper() if match is not None else ""


def list_images(item: Item) -> list[Image]:
    """Return the main picture of *item*, and those of its text, each address once."""
    found = {item.image.url: item.image} if item.image is not None else {}
    for tag in TAG.finditer(item.content.html):
        if tag[2].lower() == "img" and not tag[1]:
            facts = {one[1]: unescape(one[2] or one[3] or "") for one in ATTRIBUTE.finditer(tag[3])}
            url = facts.get("src", "")
            width, height = (
                int(size) if size.isascii() and size.isdigit() and len(size) < 6 else 0
                for size in (facts.get("width", ""), facts.get("height", ""))
            )
            image = Image(url=url, alt=facts.get("alt", ""), width=width, height=height)
            found.setdefault(url, image)
    return [image for url, image in found.items() if url]


# -- the tables ---------------------------------------------------------------------

IMAGE_FIELDS: dict[str, Field] = {
    "url": _text("url"),
    "type": _text("type"),
    "bytes": _number("length", get_known),
    "width": _number("width", get_known),
    "height": _number("height", get_known),
    "shorter": _number(lambda image: min(image.width, image.height) or None),
    "ratio": _number(
        lambda image: round(image.width / image.height, 3) if image.width and image.height else None
    ),
    "scheme": _text("url", get_scheme),
    "title": _text(lambda image: image.caption or image.alt),
    "alt": _text("alt"),
    "caption": _text("caption"),
    "credit": _text("credit"),
}
ENCLOSURE_FIELDS: dict[str, Field] = {
    "url": _text("url"),
    "type": _text("type"),
    "suffix": _text("url", get_suffix),
    "medium": _text(lambda enclosure: enclosure.type.partition("/")[0]),
    "bytes": _number("length", get_known),
    "title": _text("title"),
    "duration": _number("duration", get_known),
    "duration.clock": _text("duration", format_clock),
}
AUTHOR_FIELDS: dict[str, Field] = {
    "name": _text("name"),
    "email": _text("email"),
    "url": _text("uri"),
}
NAME_FIELDS: dict[str, Field] = {"name": _text(lambda name: name)}
# What an element may be repeated for: how to list it, and its fields
REPEATED: dict[str, tuple[Callable[[Item], Sequence[Any]], dict[str, Field]]] = {
    "images": (list_images, IMAGE_FIELDS),
    "lead": (lambda item: [item.image] if item.image is not None else [], IMAGE_FIELDS),
    "enclosures": (attrgetter("entry.enclosures"), ENCLOSURE_FIELDS),
    "authors": (attrgetter("entry.authors"), AUTHOR_FIELDS),
    "categories": (attrgetter("entry.categories"), NAME_FIELDS),
    "tags": (attrgetter("entry.tags"), NAME_FIELDS),
}


def _name_first(prefix: str, repeated: str) -> Iterator[tuple[str, Field]]:
    """Yield the fields of the first item of a repeated kind, "" if there is none."""
    list_all, fields = REPEATED[repeated]
    for name, field in fields.items():
        yield f"{prefix}.{name}", Field(field.kind, partial(_get_first, list_all, field))


def _get_first(
    list_all: Callable[[Item], Sequence[Any]], field: Field, subject: Subject
) -> FieldValue:
    first = next(iter(list_all(subject.item)), None)
    return "" if first is None else field.get(first)


def _write_moment(name: str, path: str) -> Iterator[tuple[str, Field]]:
    """Yield the fields of the moment at *path*, one for each form."""
    for ending, write in (("", format_w3c), (".utc", format_utc), (".rfc822", format_rfc822)):
        yield name + ending, _text(path, write)


ENTRY_FIELDS: dict[str, Field] = {
    "id": _text("entry.id"),
    "url": _text("entry.url"),
    "scheme": _text("entry.url", get_scheme),
    "host": _text(lambda one: urlsplit(one.entry.url).hostname),
    "slug": _text("entry.slug"),
    "host.foreign": _text(lambda one: get_foreign_host(one.entry.url, one.channel.site)),
    "title": _text("entry.title"),
    "title.elements": _texts("entry.title", list_elements),
    "summary": _text("item.content.summary"),
    "html": _text(build_feed_html),
    "html.elements": _texts(build_feed_html, list_elements),
    "text": _text(lambda one: "" if one.entry.summary_only else strip_tags(one.item.content.html)),
    **dict(_write_moment("published", "entry.published")),
    **dict(_write_moment("modified", "entry.changed")),
    **dict(_write_moment("expires", "entry.expires")),
    "valid": _text(
        lambda one: (
            format_period(one.item.embargo or one.entry.published, one.entry.expires)
            if one.entry.expires
            else ""
        )
    ),
    "embargo": _text("item.embargo", format_w3c),
    "age": _number(lambda one: -((one.entry.published.seconds - one.now) // DAY_SECONDS)),
    "language": _text("entry.language"),
    "language.primary": _text(lambda one: one.entry.language.partition("-")[0].lower()),
    "authors": _texts(lambda one: tuple(author.name for author in one.entry.authors)),
    "categories": _texts("entry.categories"),
    "tags": _texts("entry.tags"),
    "keywords": _texts(lambda one: tuple(dict.fromkeys((*one.entry.categories, *one.entry.tags)))),
    "images": _texts(lambda one: tuple(image.url for image in list_images(one.item))),
    "enclosures": _texts(lambda one: tuple(file.url for file in one.entry.enclosures)),
    "source.title": _text(lambda one: one.entry.origin and one.entry.origin.title),
    "source.url": _text(lambda one: one.entry.origin and one.entry.origin.url),
    "rights": _text("entry.rights"),
    "license": _text(lambda one: get_license(one.entry, one.channel)),
    "comments": _text("entry.comments"),
    "correction": _text("entry.correction"),
    "noindex": _text(lambda one: "true" if one.entry.noindex else ""),
    **dict(_name_first("image", "lead")),
    **dict(_name_first("enclosure", "enclosures")),
    **dict(_name_first("author", "authors")),
    **dict(_name_first("category", "categories")),
}
SITE_FIELDS: dict[str, Field] = {  # of a Channel
    "site.title": _text("title"),
    "site.url": _text("site"),
    "site.scheme": _text("site", get_scheme),
    "site.page": _text("home"),
    "site.description": _text("description"),
    "site.language": _text("language"),
    "site.language.region": _text("language", get_region),
    "site.author": _text("author.name"),
    "site.email": _text("author.email"),
    "site.rights": _text("rights"),
    "site.image": _text("image"),
    "site.ttl": _number("ttl"),
}
NOTICE_FIELDS: dict[str, Field] = {  # of a withdrawn entry
    "id": _text("notice.id"),
    "url": _text("notice.url"),
    "title": _text("notice.title"),
    "html": _text(lambda one: build_notice_html(one.notice, one.channel)),
    "reason": _text("notice.reason"),
    "language": _text("notice.language"),
    **dict(_write_moment("published", "notice.published")),
    **dict(_write_moment("retracted", "notice.when")),
}
FEED_FIELDS: dict[str, Kind] = {  # only rules may name them
    "feed.entries": "number",
    "feed.bytes": "number",
    "feed.languages": "texts",
}


def get_field(name: str, subject: Subject) -> FieldValue:
    """Return the value of a field of an entry or the site, "" for none, None if unknown."""
    if name in ENTRY_FIELDS:
        return ENTRY_FIELDS[name].get(subject)
    return get_site_field(name, subject.channel, subject.values)


def get_notice_field(
    name: str, notice: Tombstone, channel: Channel, values: Mapping[str, str]
) -> FieldValue:
    """Return the value of a field of a withdrawn entry, or of the site."""
    if name in NOTICE_FIELDS:
        return NOTICE_FIELDS[name].get(NoticeSubject(notice=notice, channel=channel))
    return get_site_field(name, channel, values)


def get_site_field(name: str, channel: Channel, values: Mapping[str, str]) -> FieldValue:
    """Return the value of a field that does not depend on an entry."""
    if name in SITE_FIELDS:
        return SITE_FIELDS[name].get(channel)
    return values.get(name.removeprefix("set."), "")


def format_value(value: FieldValue) -> str:
    """Return a field's value as text for an element; several are joined by commas."""
    if isinstance(value, tuple):
        return ", ".join(value)
    return str(value) if value else ""
