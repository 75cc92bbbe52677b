"""The list of all feeds as OPML 2.0, for readers that import or follow such a list."""

from __future__ import annotations

from collections.abc import Iterable
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr

from msgspec import Struct

from feedsvc.model import Moment


class OpmlOutline(Struct, frozen=True, kw_only=True):
    """One feed in the list; *description* says how many entries it has."""

    title: str
    xml_url: str
    html_url: str
    description: str


def render_opml(title: str, outlines: Iterable[OpmlOutline], modified: Moment | None) -> bytes:
    """Return OPML 2.0 with *outlines* in their order."""
    date = f"<dateModified>{format_datetime(modified.when)}</dateModified>" if modified else ""
    lines = [
        "<?xml version='1.0' encoding='UTF-8'?>",
        f'<opml version="2.0"><head><title>{escape(title)}</title>{date}</head><body>',
        *(_build_outline(outline) for outline in outlines),
        "</body></opml>\n",
    ]
    return "\n".join(lines).encode("utf-8")


def _build_outline(outline: OpmlOutline) -> str:
    attributes = {
        "text": outline.title,
        "title": outline.title,
        "xmlUrl": outline.xml_url,
        "htmlUrl": outline.html_url,
        "description": outline.description,
    }
    written = " ".join(f"{name}={quoteattr(value)}" for name, value in attributes.items() if value)
    return f'<outline type="rss" {written}/>'
