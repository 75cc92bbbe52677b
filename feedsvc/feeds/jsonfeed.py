"""A Feed becomes JSON Feed 1.1; what that lacks stands under `_feedsvc`."""

from __future__ import annotations

import json
from typing import Any

from feedsvc.feeds.parts import build_html, get_image, get_self_url
from feedsvc.model import Author, Enclosure, Feed, Item, Tombstone
from feedsvc.urls import Route, join_url

JSON_FEED_VERSION = "https://jsonfeed.org/version/1.1"


def render_json(feed: Feed) -> bytes:
    """Renders *feed* as JSON Feed 1.1, its version first as the specification asks."""
    channel = feed.channel
    document = {
        "version": JSON_FEED_VERSION,
        "title": channel.title,
        "home_page_url": channel.home,
        "feed_url": get_self_url(feed, "json"),
        "description": channel.description,
        "icon": channel.image,
        "favicon": f"{channel.site or channel.home}favicon.ico",
        **_build_authors((channel.author,) if channel.author is not None else ()),
        "language": channel.language,
        "next_url": dict(feed.previous).get("json"),
        "hubs": [{"type": "WebSub", "url": hub} for hub in channel.hubs],
        "_feedsvc": _build_extension(feed),
    }
    document = _drop_empty(document) | {"items": [_build_item(item, feed) for item in feed.items]}
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8")


def _build_extension(feed: Feed) -> dict[str, Any]:
    about = join_url(feed.channel.site or feed.channel.home, Route.SUBSCRIBE)
    return _drop_empty(
        {"about": about, "deleted": [_build_tombstone(tombstone) for tombstone in feed.tombstones]}
    )


def _build_tombstone(tombstone: Tombstone) -> dict[str, str]:
    facts = {
        "id": tombstone.id,
        "url": tombstone.url,
        "date_deleted": str(tombstone.when),
        "reason": tombstone.reason,
    }
    return _drop_empty(facts)


def _build_item(item: Item, feed: Feed) -> dict[str, Any]:
    entry, picture = item.entry, get_image(item)
    content = (
        {"content_html": build_html(item)} if feed.full else {"content_text": item.content.summary}
    )
    facts = {
        "url": entry.url,
        "external_url": entry.origin.url if entry.origin is not None else None,
        "title": entry.title,
        "summary": item.content.summary,
        "image": picture.url if picture is not None else None,
        "date_published": str(entry.published),
        "date_modified": str(entry.changed),
        **_build_authors(entry.authors),
        "tags": list(dict.fromkeys((*entry.categories, *entry.tags))),
        "language": entry.language if entry.language != feed.channel.language else None,
        "attachments": [_build_attachment(enclosure) for enclosure in entry.enclosures],
        "_feedsvc": {"precision": entry.published.precision}
        | ({"source": entry.origin.title} if entry.origin is not None else {}),
    }
    return {"id": entry.id} | content | _drop_empty(facts)


def _build_authors(authors: tuple[Author, ...]) -> dict[str, Any]:
    """Returns `authors`, and the first as `author` for readers of version 1.0."""
    people = [_drop_empty({"name": author.name, "url": author.uri}) for author in authors]
    return {"authors": people, "author": people[0]} if people else {}


def _build_attachment(enclosure: Enclosure) -> dict[str, Any]:
    size, seconds = enclosure.length, enclosure.duration
    facts = {"title": enclosure.title, "size_in_bytes": size, "duration_in_seconds": seconds}
    return {"url": enclosure.url, "mime_type": enclosure.type} | _drop_empty(facts)


def _drop_empty(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if value}
