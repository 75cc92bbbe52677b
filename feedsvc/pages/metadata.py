"""An entry's metadata for search engines and link previews: JSON-LD and Open Graph."""

from __future__ import annotations

import json
from typing import Any

from markupsafe import Markup

from feedsvc.feeds import drop_empty
from feedsvc.model import Author, Channel, Image, Item, get_license
from feedsvc.pages.l10n import format_iso, resolve_locale

# Inside a script element only `<` can end or confuse it; `&` and the two separators trip
# lesser parsers.
ESCAPES = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def render_json_ld(item: Item, channel: Channel) -> Markup:
    """Return schema.org's NewsArticle for a `script` element of type application/ld+json."""
    entry, image = item.entry, item.image
    publisher = {
        "@type": "Organization",
        "name": channel.author.name,
        "url": channel.site,
        "logo": channel.image,
    }
    facts = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": entry.title,
        "description": item.content.summary,
        "url": entry.url,
        "mainEntityOfPage": entry.url,
        "datePublished": format_iso(entry.published),
        "dateModified": format_iso(entry.changed),
        "inLanguage": entry.language,
        "author": [_build_person(author) for author in entry.authors],
        "publisher": drop_empty(publisher),
        "image": image and _build_image_object(image),
        "articleSection": list(entry.categories),
        "keywords": list(entry.tags),
        "isBasedOn": entry.origin and entry.origin.url,
        "correction": entry.correction,
        "copyrightNotice": entry.rights,
        "license": get_license(entry, channel),
    }
    text = json.dumps(drop_empty(facts), ensure_ascii=False)
    return Markup(text.translate(ESCAPES))


def _build_person(author: Author) -> dict[str, Any]:
    return drop_empty({"@type": "Person", "name": author.name, "url": author.uri})


def _build_image_object(image: Image) -> dict[str, Any]:
    facts = {
        "@type": "ImageObject",
        "url": image.url,
        "caption": image.caption or image.alt,
        "creditText": image.credit,
    }
    size = {"width": image.width, "height": image.height} if image.width and image.height else {}
    return drop_empty(facts) | size


def list_open_graph(item: Item, channel: Channel) -> list[tuple[str, str]]:
    """Return (property, content) of Open Graph's meta elements, in their order."""
    entry, image = item.entry, item.image
    locale = resolve_locale(entry.language)
    pairs = [
        ("og:type", "article"),
        ("og:title", entry.title),
        ("og:url", entry.url),
        ("og:site_name", channel.title),
        ("og:description", item.content.summary),
        ("og:locale", f"{locale.language}_{locale.territory}" if locale.territory else ""),
        ("og:image", image.url if image is not None else channel.image),
    ]
    if image is not None:
        pairs += [
            ("og:image:alt", image.alt),
            ("og:image:width", str(image.width or "")),
            ("og:image:height", str(image.height or "")),
        ]
    pairs += [
        ("article:published_time", format_iso(entry.published)),
        ("article:modified_time", format_iso(entry.changed) if entry.updated else ""),
        *(("article:section", name) for name in entry.categories[:1]),
        *(("article:tag", name) for name in entry.tags),
    ]
    return [(name, content) for name, content in pairs if content]
