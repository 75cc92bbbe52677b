"""A site's old feed, taken apart: RSS of any version, Atom, JSON Feed, WordPress's export.

Comes in: the bytes of a feed file. Goes out: for each item the fields of an
entry in our own names, and its body as HTML. An id is kept as it was written.
"""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from html import escape, unescape
from html.entities import html5
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element

from feedsvc.content.converters import text_to_html
from feedsvc.content.summary import strip_tags
from feedsvc.errors import EntryError
from feedsvc.reading.encoding import decode_text

ItemFields = dict[str, Any]
NAMESPACE_PREFIXES = {
    "http://purl.org/rss/1.0/": "",
    "http://my.netscape.com/rdf/simple/0.9/": "",
    "http://www.w3.org/1999/xhtml": "",
    "http://www.w3.org/2005/Atom": "atom_",
    "http://purl.org/atom/ns#": "atom_",
    "http://purl.org/rss/1.0/modules/content/": "content_",
    "http://purl.org/dc/elements/1.1/": "dc_",
    "http://purl.org/dc/terms/": "dcterms_",
    "http://search.yahoo.com/mrss/": "media_",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes_",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf_",
    "http://www.w3.org/XML/1998/namespace": "xml_",
}
WORDPRESS_NAMESPACE = re.compile(r"http://wordpress\.org/export/[\d.]+/(excerpt/)?")
# What XML does not know, and HTML's authors write all the same; CDATA is matched to be passed over
NON_XML_ENTITY = re.compile(
    r"<!\[CDATA\[.*?\]\]>|&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);)(\w+;)?", re.DOTALL
)
BLOCK_MARKUP = re.compile(r"<(?:p|div|ul|ol|table|h[1-6])\b|<!-- wp:", re.IGNORECASE)
WORDPRESS_STATES = {"draft": "draft", "pending": "draft", "auto-draft": "draft", "private": "draft"}
REMEDY = "give the file of an RSS, Atom or JSON feed"


class FeedItem(NamedTuple):
    """One item: the fields of an entry, the empty ones left out, and the body."""

    fields: ItemFields
    html: str


def parse_feed(data: bytes) -> list[FeedItem]:
    """The items of a feed file in its order; raises `EntryError`."""
    text = decode_text(data).text.lstrip()
    items = parse_json_feed(text) if text.startswith("{") else parse_xml_feed(text)
    return [
        FeedItem({name: value for name, value in one.fields.items() if value}, one.html)
        for one in items
    ]


# ---- JSON Feed


def parse_json_feed(text: str) -> list[FeedItem]:
    try:
        feed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise EntryError("not-a-feed", f"the file is not JSON ({error}); {REMEDY}") from None
    items = feed.get("items")
    if not isinstance(items, list):
        raise EntryError("not-a-feed", f"the file is JSON without a list of items; {REMEDY}")
    return [build_json_item(item, feed) for item in items if isinstance(item, dict)]


def build_json_item(item: ItemFields, feed: ItemFields) -> FeedItem:
    html = item.get("content_html") or text_to_html(
        str(item.get("content_text") or item.get("summary") or "")
    )
    people = (
        item.get("authors") or item.get("author") or feed.get("authors") or feed.get("author") or []
    )
    fields = {
        "title": escape_literal(str(item.get("title") or "")),
        "published": item.get("date_published"),
        "updated": item.get("date_modified"),
        "id": str(item.get("id") or item.get("url") or ""),
        "url": item.get("url") or item.get("external_url"),
        "language": item.get("language") or feed.get("language"),
        "authors": [
            {key: one[key] for key in ("name", "url") if one.get(key)}
            for one in (people if isinstance(people, list) else [people])
            if isinstance(one, dict)
        ],
        "tags": item.get("tags"),
        "summary": item.get("summary") if item.get("content_html") or item.get("content_text") else "",
        "image": item.get("image") or item.get("banner_image"),
        "enclosures": [
            build_enclosure(one.get("url"), one.get("mime_type"), one.get("size_in_bytes"), one.get("title"),
                            one.get("duration_in_seconds"))
            for one in item.get("attachments") or ()
        ],
    }  # fmt: skip
    return FeedItem(fields, html)


def build_enclosure(
    url: object, kind: object, length: object, title: object = None, duration: object = None
) -> dict[str, str]:
    facts = {"url": url, "type": kind, "length": length, "title": title, "duration": duration}
    return {name: str(value) for name, value in facts.items() if value and value != "0"}


# ---- XML


def parse_xml_feed(text: str) -> list[FeedItem]:
    try:
        root = ET.fromstring(NON_XML_ENTITY.sub(_replace_entity, text))
    except ET.ParseError as error:
        line, column = error.position
        message = f"the feed is not well-formed XML at column {column} ({error.msg.split(':')[0]}); {REMEDY}"
        raise EntryError("not-a-feed", message, line=line) from None
    for node in root.iter():
        node.tag = make_prefixed_name(node.tag)
        for name in [name for name in node.attrib if name.startswith("{")]:
            node.attrib[make_prefixed_name(name)] = node.attrib.pop(name)
    if root.tag not in ("rss", "rdf_RDF", "atom_feed", "RDF"):
        raise EntryError(
            "not-a-feed", f"the file begins with {root.tag!r}, which is no feed; {REMEDY}"
        )
    channel = root if root.tag == "atom_feed" else root.find("channel")
    language = (
        (channel is not None and get_text(channel, "language", "dc_language"))
        or root.get("xml_lang")
        or ""
    )
    if root.tag == "atom_feed":
        return [build_atom_item(entry, root, language) for entry in root.iter("atom_entry")]
    kinds = ("", "post")
    return [
        build_rss_item(item, language)
        for item in root.iter("item")
        if get_text(item, "wp_post_type") in kinds
    ]


def _replace_entity(match: re.Match[str]) -> str:
    if match[0].startswith("<"):
        return match[0]
    return escape(html5[match[1]]) if match[1] in html5 else "&amp;" + (match[1] or "")


def make_prefixed_name(name: str) -> str:
    """A name of ElementTree, `{namespace}local`, with our prefix for its namespace."""
    space, mark, local = name[1:].partition("}") if name.startswith("{") else ("", "", name)
    if not mark:
        return local
    if match := WORDPRESS_NAMESPACE.fullmatch(space):
        return ("excerpt_" if match[1] else "wp_") + local
    return NAMESPACE_PREFIXES[space] + local if space in NAMESPACE_PREFIXES else name


def list_texts(node: Element, *tags: str) -> Iterator[str]:
    """The text of each child of these names that has any."""
    for tag in tags:
        for child in node.findall(tag):
            if words := "".join(child.itertext()).strip():
                yield words


def get_text(node: Element, *tags: str) -> str:
    return next(list_texts(node, *tags), "")


def build_rss_item(item: Element, language: str) -> FeedItem:
    content, description = get_text(item, "content_encoded"), get_text(item, "description")
    guid = item.find("guid")
    own = get_text(item, "guid") or item.get("rdf_about", "")
    permalink = (
        own
        if guid is not None and guid.get("isPermaLink", "true") == "true" and own.startswith("http")
        else ""
    )
    links = [
        one.get("href", "")
        for one in item.findall("atom_link")
        if one.get("rel", "alternate") == "alternate"
    ]
    url = get_text(item, "link") or next(iter(links), "") or permalink
    terms = [
        (one.get("domain"), "".join(one.itertext()).strip()) for one in item.findall("category")
    ]
    people = [{"name": name} for name in list_texts(item, "dc_creator")]
    source = item.find("source")
    gmt = get_text(item, "wp_post_date_gmt")
    own_terms = [name for domain, name in terms if name and domain != "post_tag"]
    fields: ItemFields = {
        "title": get_text(item, "title", "media_title"),
        "published": get_text(item, "pubDate", "dc_date", "dcterms_issued", "atom_published")
        or (f"{gmt}Z" if gmt else ""),
        "updated": get_text(item, "atom_updated", "dcterms_modified"),
        "id": own or url,
        "url": url,
        "status": WORDPRESS_STATES.get(get_text(item, "wp_status"), ""),
        "language": get_text(item, "dc_language") or item.get("xml_lang") or language,
        "authors": people
        or [name if "@" in name else {"name": name} for name in list_texts(item, "author")],
        "categories": own_terms or [*list_texts(item, "dc_subject")],
        "tags": [name for domain, name in terms if name and domain == "post_tag"],
        "summary": html_to_text(
            get_text(item, "excerpt_encoded") or (description if content else "")
        ),
        "image": next((one.get("url") for one in item.iter("media_thumbnail")), None),
        "enclosures": [
            build_enclosure(one.get("url"), one.get("type"), one.get("length"))
            for one in item.findall("enclosure")
        ],
        "origin": {"title": get_text(item, "source"), "url": source.get("url", "")}
        if source is not None
        else None,
        "comments": get_text(item, "comments"),
        "rights": get_text(item, "dc_rights"),
    }
    body = content or description
    if item.find("wp_post_type") is not None and not BLOCK_MARKUP.search(
        body
    ):  # WordPress makes the paragraphs later
        return FeedItem(
            fields,
            "\n".join(f"<p>{part.strip()}</p>" for part in body.split("\n\n") if part.strip()),
        )
    return FeedItem(fields, normalize_body(body))


def build_atom_item(entry: Element, feed: Element, language: str) -> FeedItem:
    links = [(one.get("rel", "alternate"), one) for one in entry.findall("atom_link")]
    url = next((one.get("href", "") for rel, one in links if rel == "alternate"), "")
    people = (
        entry.findall("atom_author")
        or entry.findall("atom_source/atom_author")
        or feed.findall("atom_author")
    )
    updated = get_text(entry, "atom_updated", "atom_modified")
    content, summary = entry.find("atom_content"), entry.find("atom_summary")
    source = entry.find("atom_source")
    title = entry.find("atom_title")
    fields: ItemFields = {
        "title": "" if title is None else escape_literal(parse_text_construct(title)) if is_plain_text(title) else parse_text_construct(title),
        "published": get_text(entry, "atom_published", "atom_issued") or updated,
        "updated": updated,
        "id": get_text(entry, "atom_id") or url,
        "url": url,
        "language": entry.get("xml_lang") or language,
        "authors": [
            {key: words for key, tag in (("name", "atom_name"), ("email", "atom_email"), ("url", "atom_uri"))
             if (words := get_text(one, tag))}
            for one in people
        ],
        "categories": [one.get("label") or one.get("term") or "" for one in entry.findall("atom_category")],
        "summary": html_to_text(get_text(entry, "atom_summary")) if content is not None else "",
        "image": next((one.get("url") for one in entry.iter("media_thumbnail")), None),
        "enclosures": [
            build_enclosure(one.get("href"), one.get("type"), one.get("length"), one.get("title"))
            for rel, one in links if rel == "enclosure"
        ],
        "origin": {"title": get_text(source, "atom_title"), "url": get_text(source, "atom_id")} if source is not None else None,
        "rights": get_text(entry, "atom_rights"),
    }  # fmt: skip
    body = content if content is not None else summary
    html = "" if body is None else parse_text_construct(body)
    return FeedItem(
        fields, text_to_html(html) if body is not None and is_plain_text(body) else html
    )


def is_plain_text(node: Element) -> bool:
    return node.get("type", "text") in ("text", "text/plain") and not len(node)


def parse_text_construct(node: Element) -> str:
    """The words of an Atom text construct, HTML for `html` and `xhtml` (RFC 4287, section 3.1)."""
    if not len(node):
        return (node.text or "").strip()
    holder = node[0] if len(node) == 1 and node[0].tag == "div" else node
    parts = [
        escape(holder.text or ""),
        *(ET.tostring(one, encoding="unicode", method="html") for one in holder),
    ]
    return "".join(parts).strip()


def normalize_body(words: str) -> str:
    """A body as HTML; one without any tag is text."""
    return words if re.search(r"<[a-zA-Z!/]", words) else text_to_html(unescape(words))


def html_to_text(words: str) -> str:
    return " ".join(unescape(strip_tags(words)).split())


def escape_literal(words: str) -> str:
    """Plain text for a field in which HTML would be understood."""
    return escape(words, quote=False) if "<" in words or unescape(words) != words else words
