"""What search engines and link previews read of an entry: JSON-LD for the one, Open Graph for the other."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from feedsvc.model import Author, Channel, Image, Item
from feedsvc.pages.l10n import format_iso, resolve_locale

# Inside a script element only `<` can end or confuse it; `&` and the two separators trip lesser parsers.
ESCAPES = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def get_image(item: Item) -> Image | None:
    """The picture that stands for *item*: the one it names, else the first of its text."""
    return item.entry.image or item.content.image


def render_json_ld(item: Item, channel: Channel) -> Markup:
    """Renders schema.org's NewsArticle for a `script` element of type application/ld+json."""
    entry, picture = item.entry, get_image(item)
    publisher = {
        "@type": "Organization",
        "name": channel.author.name if channel.author else channel.title,
        "url": channel.site or channel.home,
        **({"logo": channel.image} if channel.image else {}),
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
        "publisher": publisher
        | {"url": channel.site or channel.home}
        | ({"logo": channel.image} if channel.image else {}),
        "image": _build_image_object(picture) if picture is not None else None,
        "articleSection": list(entry.categories),
        "keywords": list(entry.tags),
        "isBasedOn": entry.origin.url if entry.origin is not None else None,
        "correction": entry.correction,
        "copyrightNotice": entry.rights,
    }
    text = json.dumps({name: value for name, value in facts.items() if value}, ensure_ascii=False)
    return Markup(text.translate(ESCAPES))


def _build_person(author: Author) -> dict[str, Any]:
    return {"@type": "Person", "name": author.name} | ({"url": author.uri} if author.uri else {})


def _build_image_object(image: Image) -> dict[str, Any]:
    sizes = {"width": image.width, "height": image.height}
    facts = {"caption": image.alt, **(sizes if all(sizes.values()) else {})}
    return {"@type": "ImageObject", "url": image.url} | {
        name: value for name, value in facts.items() if value
    }


def list_open_graph(item: Item, channel: Channel) -> Sequence[tuple[str, str]]:
    """(property, content) of Open Graph's meta elements, in their order."""
    entry, picture = item.entry, get_image(item)
    locale = resolve_locale(entry.language)
    pairs = [
        ("og:type", "article"),
        ("og:title", entry.title),
        ("og:url", entry.url),
        ("og:site_name", channel.title),
        ("og:description", item.content.summary),
        ("og:locale", f"{locale.language}_{locale.territory}" if locale.territory else ""),
    ]
    if picture is not None:
        sizes = [("og:image:width", picture.width), ("og:image:height", picture.height)]
        pairs += [("og:image", picture.url), ("og:image:alt", picture.alt)]
        pairs += [(name, str(size or "")) for name, size in sizes]
    elif channel.image:
        pairs.append(("og:image", channel.image))
    pairs.append(("article:published_time", format_iso(entry.published)))
    if entry.updated is not None:
        pairs.append(("article:modified_time", format_iso(entry.changed)))
    pairs += [("article:section", name) for name in entry.categories[:1]]
    pairs += [("article:tag", name) for name in entry.tags]
    return [(name, content) for name, content in pairs if content]
