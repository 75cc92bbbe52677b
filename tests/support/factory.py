"""Make values: `make_entry(3, tags=("a",))` is the third entry, with what the test is about."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from feedsvc.content.pictures import shows_picture
from feedsvc.model import Author, Channel, Content, Entry, Feed, Item, Moment, Precision

SITE = "https://news.example.com/"
ZONE = timezone(timedelta(hours=8))


def make_moment(words: str, precision: Precision = "minute") -> Moment:
    """Reads RFC 3339: `make_moment("2026-01-02T10:00:00+08:00")`."""
    return Moment(
        when=datetime.fromisoformat(words), precision=precision, source="field:date", words=words
    )


def make_entry(number: int = 1, **changes: Any) -> Entry:
    """Entry *number* of an invented company, published *number* days after the start of 2026."""
    published = Moment(
        when=datetime(2026, 1, 1, 10, tzinfo=ZONE) + timedelta(days=number), precision="minute"
    )
    permalink_path = f"/{published.when:%Y/%m}/story-{number}/"
    values: dict[str, Any] = {
        "path": f"{published.when:%Y}/story-{number}.md",
        "dialect": "markdown",
        "encoding": "utf-8",
        "state": "public",
        "id": f"tag:news.example.com,2026:story-{number}",
        "url": SITE.rstrip("/") + permalink_path,
        "permalink_path": permalink_path,
        "slug": f"story-{number}",
        "title": f"Story {number}",
        "published": published,
        "language": "en",
        "body": f"Text of story {number}.",
        "markup": "markdown",
    }
    return Entry(**values | changes)


def make_item(number: int = 1, *, html: str = "", summary: str = "", **changes: Any) -> Item:
    """Entry *number* with rendered content."""
    html = html or f"<p>Text of story {number}.</p>"
    entry = make_entry(number, **changes)
    shows_image = entry.image is not None and shows_picture(html, entry.image.url)
    summary = summary or f"Text {number}."
    content = Content(html=html, summary=summary, has_entry_image=shows_image)
    return Item(entry=entry, content=content)


def make_channel(**changes: Any) -> Channel:
    values: dict[str, Any] = {
        "id": "tag:news.example.com,2026:",
        "title": "Example News Center",
        "home": SITE,
        "site": SITE,
        "author": Author(name="Example News Center"),
        "urls": (
            ("rss", f"{SITE}rss.xml"),
            ("atom", f"{SITE}atom.xml"),
            ("json", f"{SITE}feed.json"),
        ),
        "description": "News of an invented company",
    }
    return Channel(**values | changes)


def make_feed(*items: Item, **changes: Any) -> Feed:
    """A feed of *items*, or of stories 3, 2 and 1; `title=` and the like go to its channel."""
    items = items or tuple(make_item(number) for number in (3, 2, 1))
    of_feed = {name: changes.pop(name) for name in list(changes) if name in Feed.__struct_fields__}
    moments = [item.entry.changed for item in items]
    values: dict[str, Any] = {
        "channel": make_channel(**changes),
        "items": items,
        "updated": max(moments, key=lambda moment: moment.seconds),
    }
    return Feed(**values | of_feed)
