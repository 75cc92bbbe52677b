"""Pictures and enclosures that an entry names in its fields."""

from __future__ import annotations

import re
from urllib.parse import urljoin

from feedsvc.dialects.field_names import normalize_field_name
from feedsvc.dialects.types import Field, Value
from feedsvc.file_kinds import get_media_type
from feedsvc.model import Enclosure, Image
from feedsvc.reading.context import EntryDraft
from feedsvc.reading.values import parse_number, to_plain_text, value_to_text
from feedsvc.urls import join_url, make_file_path

HTTP_URL = re.compile(r"https?://[^\s/]+", re.IGNORECASE)


def resolve_media(context: EntryDraft, words: str, field: Field) -> tuple[str, str, int] | None:
    """(URL, type, length) of a picture or enclosure; None for words that are no reference."""
    site = context.settings.site.url
    if HTTP_URL.match(words):
        return words, get_media_type(words.partition("?")[0]), 0
    if not get_media_type(re.split("[?#]", words)[0]) or re.match(
        r"[a-z]{2,}:", words, re.IGNORECASE
    ):
        return None
    asset = context.resolve_asset(words, field)
    if asset is not None and asset.size >= 0:
        return join_url(site, make_file_path(asset.path)), asset.type, asset.size
    if asset is not None and not words.startswith("/"):
        return None
    kind = asset.type if asset is not None else ""
    try:
        return urljoin(site, words), kind, 0
    except ValueError:
        return None


def build_image(context: EntryDraft) -> Image | None:
    for field in context.fields.find("image"):
        value: Value = field.value
        if isinstance(value, list):
            value = value[0] if value else ""
        known = (
            {name.casefold(): value_to_text(one) for name, one in value.items()}
            if isinstance(value, dict)
            else {}
        )
        names = (
            "path",
            "url",
            "src",
            "feature",
            "image",
            "file",
            "href",
            "thumbnail",
            "contenturl",
        )
        words = (
            next((known[name] for name in names if known.get(name)), "")
            if known
            else value_to_text(value)
        )
        media = resolve_media(context, words, field) if words else None
        if media is not None:
            alt = known.get("alt") or known.get("caption") or context.get_text("imagealt")
            width, height = (
                parse_number(known.get("width", "")) or 0,
                parse_number(known.get("height", "")) or 0,
            )
            return Image(
                url=media[0],
                alt=to_plain_text(alt),
                type=media[1],
                length=media[2],
                width=width,
                height=height,
            )
    return None


def build_enclosures(context: EntryDraft) -> tuple[Enclosure, ...]:
    found: dict[str, Enclosure] = {}
    for field in context.fields.find("enclosures"):
        values = field.value if isinstance(field.value, list) else [field.value]
        for value in values:
            enclosure = build_enclosure(context, value, field)
            if enclosure is not None:
                found.setdefault(enclosure.url, enclosure)
    return tuple(found.values())


def build_enclosure(context: EntryDraft, value: Value, field: Field) -> Enclosure | None:
    known = (
        {normalize_field_name(name): value_to_text(one) for name, one in value.items()}
        if isinstance(value, dict)
        else {}
    )
    if isinstance(value, str):  # WordPress: the URL, length and type in three lines
        words, *more = value.split("\n") if "\n" in value else [value.strip()]
        known = dict(zip(("length", "type"), more, strict=False))
    else:
        words = next(
            (known[name] for name in ("url", "src", "path", "href", "file") if known.get(name)), ""
        )
    media = resolve_media(context, words.strip(), field) if words else None
    if media is None:
        return None
    url, kind, length = media
    said = (known.get("length") or known.get("size") or known.get("sizeinbytes")
            or context.get_text("enclosurelength"))  # fmt: skip
    kind = known.get("type") or known.get("mimetype") or context.get_text("enclosuretype") or kind
    duration = (
        known.get("duration") or known.get("durationinseconds") or context.get_text("duration")
    )
    return Enclosure(
        url=url,
        type=kind or "application/octet-stream",
        length=length or parse_number(said or "") or 0,
        title=to_plain_text(known.get("title", "")),
        duration=parse_duration(duration),
    )


def parse_duration(words: str) -> int:
    """Seconds of `1:02:03`, `62:03` or `3723`."""
    parts = words.strip().split(":")
    if not 1 <= len(parts) <= 3 or not all(
        part.isascii() and part.isdigit() and len(part) < 6 for part in parts
    ):
        return 0
    seconds = 0
    for part in parts:
        seconds = seconds * 60 + int(part)
    return seconds
