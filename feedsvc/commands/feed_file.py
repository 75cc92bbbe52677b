"""A site's old feed, taken apart: RSS of any version, Atom, JSON Feed, WordPress's export.

Comes in: the bytes of a feed file. Goes out: for each item the fields of an entry in our own
names, and its body as HTML. Ids and dates stay as they were written. Feedparser reads XML: it
sanitizes nothing here, since reading the entries does, and opens nothing but the given bytes.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from html import escape, unescape
from html.entities import html5
from typing import Any
from xml.sax import SAXParseException

import feedparser
from msgspec import Struct

from feedsvc.content.plaintext import text_to_html
from feedsvc.content.summary import strip_tags
from feedsvc.errors import EntryError
from feedsvc.reading import decode_text

ItemFields = dict[str, Any]
REMEDY = "give the file of an RSS, Atom or JSON feed"
XML_DECLARATION = re.compile(r"<\?xml[^>]*\?>")
WORDPRESS_NAMESPACES = "http://wordpress.org/export/"  # of each version, and of its excerpts
WORDPRESS_PUBLIC_STATES = ("", "publish", "future")  # a date to come holds an entry back by itself
FIRST_ELEMENT = re.compile(r"(?:\s|<!--.*?-->|<[?!][^>]*>)*<([^\s/>]+)", re.DOTALL)
BLOCK_MARKUP = re.compile(r"<(?:p|div|ul|ol|table|h[1-6])\b|<!-- wp:", re.IGNORECASE)
# What feedparser must not see as it stands: entities that XML does not know, for which it would
# give up XML, and elements that it mixes up with an item's own description. CDATA is passed over.
AMENDED = re.compile(
    r"<!\[CDATA\[.*?\]\]>|</?(?:itunes:|media:(?=description\b))"
    r"|&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);)(\w+;)?",
    re.DOTALL,
)


# our names of fields: those of the source
JSON_ENCLOSURE = {
    "url": "url",
    "type": "mime_type",
    "length": "size_in_bytes",
    "title": "title",
    "duration": "duration_in_seconds",
}
XML_ENCLOSURE = {"url": "href", "type": "type", "length": "length", "title": "title"}
XML_PERSON = {"name": "name", "email": "email", "url": "href"}
XML_SOURCE = {"title": "title", "url": "href"}


class FeedItem(Struct, frozen=True, kw_only=True):
    """One item: the fields of an entry, the empty ones left out, and the body."""

    fields: ItemFields
    html: str


def parse_feed(data: bytes) -> list[FeedItem]:
    """Return the items of a feed file in its order; raise EntryError where it is no feed."""
    text = decode_text(data).text.lstrip()
    items = parse_json_feed(text) if text.startswith("{") else parse_xml_feed(text)
    return [FeedItem(fields=drop_empty(**one.fields), html=one.html) for one in items]


def drop_empty(**fields: Any) -> ItemFields:
    """Return those of *fields* that have a value."""
    return {name: value for name, value in fields.items() if value}


def rename_fields(source: ItemFields, names: Mapping[str, str]) -> ItemFields:
    """Return the fields of *source* under our *names*, as text, empty ones and "0" left out."""
    renamed = {own: str(source.get(name) or "") for own, name in names.items()}
    return {name: value for name, value in renamed.items() if value not in ("", "0")}


# ---- JSON Feed


def parse_json_feed(text: str) -> list[FeedItem]:
    try:
        feed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise EntryError("not-a-feed", f"the file is not JSON ({error})", REMEDY) from None
    items = feed.get("items")
    if not isinstance(items, list):
        raise EntryError("not-a-feed", "the file is JSON without a list of items", REMEDY)
    return [build_json_item(item, feed) for item in items if isinstance(item, dict)]


def build_json_item(item: ItemFields, feed: ItemFields) -> FeedItem:
    get = item.get
    people = get("authors") or get("author") or feed.get("authors") or feed.get("author") or []
    content, summary = get("content_html") or get("content_text"), get("summary") or ""
    fields = {
        "title": escape_literal(str(get("title") or "")),
        "published": get("date_published"),
        "updated": get("date_modified"),
        "id": str(get("id") or get("url") or ""),
        "url": get("url") or get("external_url"),
        "language": get("language") or feed.get("language"),
        "authors": [
            rename_fields(one, {"name": "name", "url": "url"})
            for one in (people if isinstance(people, list) else [people])
            if isinstance(one, dict)
        ],
        "tags": get("tags"),
        "summary": summary if content else "",
        "image": get("image") or get("banner_image"),
        "enclosures": [rename_fields(one, JSON_ENCLOSURE) for one in get("attachments") or ()],
    }
    html = get("content_html") or text_to_html(str(content or summary))
    return FeedItem(fields=fields, html=html)


# ---- XML


def parse_xml_feed(text: str) -> list[FeedItem]:
    # a declaration of its own line keeps feedparser from adding one, which would shift all lines
    text = '<?xml version="1.0"?>' + AMENDED.sub(_amend, XML_DECLARATION.sub("", text, count=1))
    feed = feedparser.parse(
        io.BytesIO(text.encode("utf-8", "replace")),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        resolve_relative_uris=False,
        sanitize_html=False,
    )
    error = feed.get("bozo_exception")
    if isinstance(error, SAXParseException):
        message = f"the feed is not well-formed XML at column {error.getColumnNumber()}"
        raise EntryError(
            "not-a-feed",
            f"{message} ({error.getMessage()})",
            REMEDY,
            line=error.getLineNumber(),
        )
    if not feed.version:
        root = FIRST_ELEMENT.match(text)
        message = f"the file begins with {root[1] if root else ''!r}, which is no feed"
        raise EntryError("not-a-feed", message, REMEDY)
    spaces = feed.namespaces.items()
    prefixes = tuple(f"{prefix}_" for prefix, uri in spaces if uri.startswith(WORDPRESS_NAMESPACES))
    # plain dicts: one of feedparser answers for a missing "updated" with "published"
    entries = [(dict(entry), get_wordpress_fields(entry, prefixes)) for entry in feed.entries]
    return [
        build_item(entry, feed, wordpress)
        for entry, wordpress in entries
        if wordpress.get("post_type", "post") == "post"
    ]


def _amend(match: re.Match[str]) -> str:
    if match[0].startswith("<!"):
        return match[0]
    if match[0].startswith("<"):
        return match[0].replace(":", "-")
    return escape(html5[match[1]]) if match[1] in html5 else "&amp;" + (match[1] or "")


def get_wordpress_fields(entry: ItemFields, prefixes: tuple[str, ...]) -> ItemFields:
    """Return the fields of *entry* in WordPress's namespaces, by local name."""
    return {
        name.partition("_")[2]: value for name, value in entry.items() if name.startswith(prefixes)
    }


def build_item(entry: ItemFields, feed: ItemFields, wordpress: ItemFields) -> FeedItem:
    """Return the item of one of feedparser's entries, RSS and Atom alike."""
    get = entry.get
    is_atom = feed["version"].startswith("atom")
    contents = [one for one in get("content", ()) if one["value"]]
    summary = get("summary_detail", {"value": "", "type": "text/html"})
    body = contents[0] if contents else summary
    links = [(one.get("rel"), one) for one in get("links", ()) if one.get("href")]
    alternates = [one["href"] for rel, one in links if rel == "alternate"]
    url = alternates[0] if alternates else "" if is_atom else get("link", "")
    title = get("title_detail", {"value": "", "type": "text/html"})
    is_text = is_atom and title["type"] == "text/plain"
    source = get("source", {})
    gmt = wordpress.get("post_date_gmt")
    terms = [(one.get("scheme"), one.get("label") or one.get("term")) for one in get("tags", ())]
    is_public = wordpress.get("status", "") in WORDPRESS_PUBLIC_STATES
    own_summary = get("summary", "") if contents else ""
    fields = {
        "title": escape_literal(title["value"]) if is_text else title["value"],
        "published": get("published") or get("updated") or (f"{gmt}Z" if gmt else ""),
        "updated": get("updated"),
        "id": get("id") or url,
        "url": url,
        "status": "" if is_public and not wordpress.get("post_password") else "draft",
        "language": get("language") or title.get("language") or feed["feed"].get("language"),
        "authors": build_atom_authors(entry, feed) if is_atom else build_rss_authors(entry),
        "categories": [name for scheme, name in terms if scheme != "post_tag"],
        "tags": [name for scheme, name in terms if scheme == "post_tag"],
        # feedparser copies a content to a summary that is not there
        "summary": html_to_text(
            wordpress.get("encoded") or (own_summary if own_summary != body["value"] else "")
        ),
        "image": next((one.get("url") for one in get("media_thumbnail", ())), None),
        "enclosures": [
            rename_fields(one, XML_ENCLOSURE) for rel, one in links if rel == "enclosure"
        ],
        "origin": rename_fields({"href": source.get("id"), **source}, XML_SOURCE),
        "comments": get("comments"),
        "rights": get("rights"),
    }
    return FeedItem(fields=fields, html=render_body(body, is_atom, bool(wordpress)))


def build_atom_authors(entry: ItemFields, feed: ItemFields) -> list[ItemFields]:
    """Return the authors of *entry*, else of its source, else of the feed (RFC 4287, 4.2.1)."""
    sources = (entry, entry.get("source", {}), feed["feed"])
    people = next((one["authors"] for one in sources if any(one.get("authors", ()))), ())
    return [rename_fields(one, XML_PERSON) for one in people]


def build_rss_authors(entry: ItemFields) -> list[Any]:
    """Return who is named without an address, else the last author as written.

    Feedparser takes addresses out of a text, and cuts off a top-level domain that has more
    than four letters.
    """
    people = entry.get("authors", ())
    named = [{"name": one["name"]} for one in people if one.get("name") and "email" not in one]
    return named or ([entry["author"]] if entry.get("author") else [])


def render_body(body: ItemFields, is_atom: bool, is_wordpress: bool) -> str:
    """Return a body as HTML: of Atom by its type, of RSS as HTML if it has a tag, else as text."""
    value = body["value"]
    if is_atom:
        return text_to_html(value) if body["type"] == "text/plain" else value
    if is_wordpress and not BLOCK_MARKUP.search(value):  # WordPress makes the paragraphs later
        parts = filter(None, map(str.strip, value.split("\n\n")))
        return "\n".join(f"<p>{part}</p>" for part in parts)
    return value if re.search(r"<[a-zA-Z!/]", value) else text_to_html(unescape(value))


def html_to_text(html: str) -> str:
    return " ".join(unescape(strip_tags(html)).split())


def escape_literal(text: str) -> str:
    """Return plain *text* for a field in which HTML would be understood."""
    return escape(text, quote=False) if "<" in text or unescape(text) != text else text
