"""The fields that a profile may name: values of an entry, of a feed, of a picture.

Comes in: an item and its channel. Goes out: a text, a number, some texts, or None for an unknown
value. A partner that needs another value needs one more line in a table here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC
from email.utils import format_datetime
from functools import partial
from html import unescape
from pathlib import PurePosixPath
from typing import Any, Literal, TypeAlias
from urllib.parse import urlsplit

from msgspec import Struct

from feedsvc.feeds.parts import build_html, build_notice_html, format_period
from feedsvc.model import Channel, Image, Item, Moment, Tombstone, get_license

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


class Field(Struct, frozen=True):  # positional: lines of a table
    """A field: the kind of its value, and how to get it."""

    kind: Kind
    get: Callable[[Any], FieldValue]


def _text(get: Callable[[Any], FieldValue]) -> Field:
    return Field("text", get)


def _number(get: Callable[[Any], FieldValue]) -> Field:
    return Field("number", get)


def _texts(get: Callable[[Any], FieldValue]) -> Field:
    return Field("texts", get)


# -- forms of values ----------------------------------------------------------------


def format_w3c(moment: Moment | None) -> str:
    """Return a moment in the form of RFC 3339, "" for None."""
    return str(moment) if moment is not None else ""


def format_utc(moment: Moment | None) -> str:
    """Return a moment in the form of RFC 3339 in UTC: `2026-03-02T06:30:00Z`."""
    if moment is None:
        return ""
    return moment.when.astimezone(UTC).isoformat(timespec="seconds").removesuffix("+00:00") + "Z"


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


def build_feed_html(item: Item, channel: Channel) -> str:
    """Return the HTML of *item*, "" if its author restricts feeds to a summary."""
    return "" if item.entry.summary_only else build_html(item, channel)


def get_foreign_host(url: str, site: str) -> str:
    """Return the host of *url* if it differs from that of *site*, else ""."""
    host = urlsplit(url).hostname or ""
    return "" if host == urlsplit(site).hostname else host


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
    "url": _text(lambda image: image.url),
    "type": _text(lambda image: image.type),
    "bytes": _number(lambda image: image.length or None),
    "width": _number(lambda image: image.width or None),
    "height": _number(lambda image: image.height or None),
    "shorter": _number(lambda image: min(image.width, image.height) or None),
    "ratio": _number(
        lambda image: round(image.width / image.height, 3) if image.width and image.height else None
    ),
    "scheme": _text(lambda image: urlsplit(image.url).scheme),
    "title": _text(lambda image: image.caption or image.alt),
    "alt": _text(lambda image: image.alt),
    "caption": _text(lambda image: image.caption),
    "credit": _text(lambda image: image.credit),
}
ENCLOSURE_FIELDS: dict[str, Field] = {
    "url": _text(lambda enclosure: enclosure.url),
    "type": _text(lambda enclosure: enclosure.type),
    "suffix": _text(lambda enclosure: get_suffix(enclosure.url)),
    "medium": _text(lambda enclosure: enclosure.type.partition("/")[0]),
    "bytes": _number(lambda enclosure: enclosure.length or None),
    "title": _text(lambda enclosure: enclosure.title),
    "duration": _number(lambda enclosure: enclosure.duration or None),
    "duration.clock": _text(lambda enclosure: format_clock(enclosure.duration)),
}
AUTHOR_FIELDS: dict[str, Field] = {
    "name": _text(lambda author: author.name),
    "email": _text(lambda author: author.email),
    "url": _text(lambda author: author.uri),
}
NAME_FIELDS: dict[str, Field] = {"name": _text(lambda name: name)}
# What an element may be repeated for: how to list it, and its fields
REPEATED: dict[str, tuple[Callable[[Item], Sequence[Any]], dict[str, Field]]] = {
    "images": (list_images, IMAGE_FIELDS),
    "lead": (lambda item: [item.image] if item.image is not None else [], IMAGE_FIELDS),
    "enclosures": (lambda item: item.entry.enclosures, ENCLOSURE_FIELDS),
    "authors": (lambda item: item.entry.authors, AUTHOR_FIELDS),
    "categories": (lambda item: item.entry.categories, NAME_FIELDS),
    "tags": (lambda item: item.entry.tags, NAME_FIELDS),
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


def _write_moment(name: str, get: Callable[[Any], Moment | None]) -> Iterator[tuple[str, Field]]:
    """Yield the fields of a moment, one for each form."""
    for ending, write in (("", format_w3c), (".utc", format_utc), (".rfc822", format_rfc822)):
        yield name + ending, _text(partial(_get_written, write, get))


def _get_written(
    write: Callable[[Moment | None], str], get: Callable[[Any], Moment | None], one: object
) -> str:
    return write(get(one))


ENTRY_FIELDS: dict[str, Field] = {
    "id": _text(lambda one: one.item.entry.id),
    "url": _text(lambda one: one.item.entry.url),
    "scheme": _text(lambda one: urlsplit(one.item.entry.url).scheme),
    "host": _text(lambda one: urlsplit(one.item.entry.url).hostname),
    "slug": _text(lambda one: one.item.entry.slug),
    "host.foreign": _text(lambda one: get_foreign_host(one.item.entry.url, one.channel.site)),
    "title": _text(lambda one: one.item.entry.title),
    "title.elements": _texts(lambda one: list_elements(one.item.entry.title)),
    "summary": _text(lambda one: one.item.content.summary),
    "html": _text(lambda one: build_feed_html(one.item, one.channel)),
    "html.elements": _texts(lambda one: list_elements(build_feed_html(one.item, one.channel))),
    "text": _text(
        lambda one: "" if one.item.entry.summary_only else strip_tags(one.item.content.html)
    ),
    **dict(_write_moment("published", lambda one: one.item.entry.published)),
    **dict(_write_moment("modified", lambda one: one.item.entry.changed)),
    **dict(_write_moment("expires", lambda one: one.item.entry.expires)),
    "valid": _text(
        lambda one: (
            format_period(one.item.embargo or one.item.entry.published, one.item.entry.expires)
            if one.item.entry.expires
            else ""
        )
    ),
    "embargo": _text(lambda one: format_w3c(one.item.embargo)),
    "age": _number(lambda one: -((one.item.entry.published.seconds - one.now) // DAY_SECONDS)),
    "language": _text(lambda one: one.item.entry.language),
    "language.primary": _text(lambda one: one.item.entry.language.partition("-")[0].lower()),
    "authors": _texts(lambda one: tuple(author.name for author in one.item.entry.authors)),
    "categories": _texts(lambda one: one.item.entry.categories),
    "tags": _texts(lambda one: one.item.entry.tags),
    "keywords": _texts(
        lambda one: tuple(dict.fromkeys((*one.item.entry.categories, *one.item.entry.tags)))
    ),
    "images": _texts(lambda one: tuple(image.url for image in list_images(one.item))),
    "enclosures": _texts(lambda one: tuple(file.url for file in one.item.entry.enclosures)),
    "source.title": _text(lambda one: one.item.entry.origin and one.item.entry.origin.title),
    "source.url": _text(lambda one: one.item.entry.origin and one.item.entry.origin.url),
    "rights": _text(lambda one: one.item.entry.rights),
    "license": _text(lambda one: get_license(one.item.entry, one.channel)),
    "comments": _text(lambda one: one.item.entry.comments),
    "correction": _text(lambda one: one.item.entry.correction),
    "noindex": _text(lambda one: "true" if one.item.entry.noindex else ""),
    **dict(_name_first("image", "lead")),
    **dict(_name_first("enclosure", "enclosures")),
    **dict(_name_first("author", "authors")),
    **dict(_name_first("category", "categories")),
}
SITE_FIELDS: dict[str, Field] = {  # of a Channel
    "site.title": _text(lambda channel: channel.title),
    "site.url": _text(lambda channel: channel.site),
    "site.scheme": _text(lambda channel: urlsplit(channel.site).scheme),
    "site.page": _text(lambda channel: channel.home),
    "site.description": _text(lambda channel: channel.description),
    "site.language": _text(lambda channel: channel.language),
    "site.language.region": _text(lambda channel: get_region(channel.language)),
    "site.author": _text(lambda channel: channel.author.name),
    "site.email": _text(lambda channel: channel.author.email),
    "site.rights": _text(lambda channel: channel.rights),
    "site.image": _text(lambda channel: channel.image),
    "site.ttl": _number(lambda channel: channel.ttl),
}
NOTICE_FIELDS: dict[str, Field] = {  # of a withdrawn entry
    "id": _text(lambda one: one[0].id),
    "url": _text(lambda one: one[0].url),
    "title": _text(lambda one: one[0].title),
    "html": _text(lambda one: build_notice_html(*one)),
    "reason": _text(lambda one: one[0].reason),
    "language": _text(lambda one: one[0].language),
    **dict(_write_moment("published", lambda one: one[0].published)),
    **dict(_write_moment("retracted", lambda one: one[0].when)),
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
        return NOTICE_FIELDS[name].get((notice, channel))
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
