"""Renders a Feed as JSON Feed 1.1; what that has no name for is under `_feedsvc`."""

from __future__ import annotations

import json
from typing import Any

from feedsvc.feeds.parts import build_full_html, drop_empty, format_utc, get_self_url
from feedsvc.model import Author, Enclosure, Feed, Image, Item, Tombstone, get_license
from feedsvc.urls import Route, join_url

JSON_FEED_VERSION = "https://jsonfeed.org/version/1.1"


def render_json(feed: Feed) -> bytes:
    """Return *feed* as JSON Feed 1.1, its version first as the specification recommends."""
    channel = feed.channel
    extension = {
        "about": join_url(channel.site, Route.SUBSCRIBE),
        "license": channel.license,
        "deleted": [_build_tombstone(tombstone) for tombstone in feed.tombstones],
        "next_since": format_utc(feed.next_since),
        "known_since": format_utc(feed.known_since),
        "service_desc": join_url(channel.site, Route.OPENAPI) if feed.known_since else "",
    }
    document = {
        "version": JSON_FEED_VERSION,
        "title": channel.title,
        "home_page_url": channel.home,
        "feed_url": get_self_url(feed, "json"),
        "description": channel.description,
        "icon": channel.image,
        "favicon": join_url(channel.site, Route.FAVICON),
        **_build_authors((channel.author,)),
        "language": channel.language,
        "next_url": dict(feed.next_page or feed.previous).get("json"),
        "hubs": [{"type": "WebSub", "url": hub} for hub in channel.hubs],
        "_feedsvc": drop_empty(extension),
    }
    document = drop_empty(document) | {"items": [_build_item(item, feed) for item in feed.items]}
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8")


def _build_tombstone(tombstone: Tombstone) -> dict[str, str]:
    facts = {
        "id": tombstone.id,
        "url": tombstone.url,
        "date_deleted": str(tombstone.when),
        "reason": tombstone.reason,
    }
    return drop_empty(facts)


def _build_item(item: Item, feed: Feed) -> dict[str, Any]:
    entry, image, origin = item.entry, item.image, item.entry.origin
    summary = item.content.summary
    facts = {
        "url": entry.url,
        "external_url": origin and origin.url,
        "title": entry.title,
        "summary": summary,
        "image": image and image.url,
        "date_published": str(entry.published),
        "date_modified": str(entry.changed),
        **_build_authors(entry.authors),
        "tags": list(dict.fromkeys((*entry.categories, *entry.tags))),
        "language": entry.language if entry.language != feed.channel.language else None,
        "attachments": [_build_attachment(enclosure) for enclosure in entry.enclosures],
        "_feedsvc": {"precision": entry.published.precision}
        | drop_empty(
            {
                "source": origin.title if origin else "",
                "license": get_license(entry, feed.channel),
                "categories": list(entry.categories),
                "embargo": str(item.embargo or ""),
                "expires": str(entry.expires or ""),
                "image": _build_size(image),
            }
        ),
    }
    html = build_full_html(item, feed)
    # an item needs one of the two; the title is what Atom has in its place
    content = {"content_html": html} if html else {"content_text": summary or entry.title}
    return {"id": entry.id} | content | drop_empty(facts)


def _build_size(image: Image | None) -> dict[str, int]:
    """Return the size in pixels of the item's `image`, for which JSON Feed has no name."""
    return drop_empty({"width": image.width, "height": image.height}) if image is not None else {}


def _build_authors(authors: tuple[Author, ...]) -> dict[str, Any]:
    """Return `authors`, and the first one as `author` for readers of version 1.0."""
    people = [drop_empty({"name": author.name, "url": author.uri}) for author in authors]
    return {"authors": people, "author": people[0]} if people else {}


def _build_attachment(enclosure: Enclosure) -> dict[str, Any]:
    facts = {
        "title": enclosure.title,
        "size_in_bytes": enclosure.length,
        "duration_in_seconds": enclosure.duration,
    }
    return {"url": enclosure.url, "mime_type": enclosure.type} | drop_empty(facts)
