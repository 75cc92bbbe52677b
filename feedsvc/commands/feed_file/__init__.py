"""A site's old feed, parsed: RSS of any version, Atom, JSON Feed, exports of WordPress, Blogger.

Comes in: the bytes of a feed file. Goes out: for each item the fields of an entry under our own
names, and its body as HTML. Ids and dates stay as they were written. Feedparser parses XML: it
sanitizes nothing here, since reading the entries does, and opens nothing but the given bytes.
"""

from __future__ import annotations

import io
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from html import escape
from html.entities import html5
from typing import Any, TypeVar
from urllib.parse import quote, urljoin
from xml.sax import SAXParseException, make_parser
from xml.sax.handler import feature_external_ges, feature_namespaces

import feedparser
from msgspec import Struct

from feedsvc.commands.feed_file.episodes import (
    MEDIA_FILES,
    EpisodeReader,
    build_author_names,
    build_episode_fields,
    complete_enclosures,
)
from feedsvc.commands.feed_file.wordpress import render_post
from feedsvc.commands.xml_root import FIRST_ELEMENT
from feedsvc.content.characters import FORBIDDEN_IN_FEEDS, FORBIDDEN_IN_XML, unescape
from feedsvc.content.markdown import markdown_to_html
from feedsvc.content.plaintext import text_to_html
from feedsvc.content.summary import strip_tags
from feedsvc.errors import EntryError
from feedsvc.feeds import drop_empty
from feedsvc.model import PRECISION_LENGTHS
from feedsvc.reading import decode_text

ItemFields = dict[str, Any]
Kind = TypeVar("Kind")
REMEDY = "give the file of an RSS, Atom or JSON feed"
MALFORMED_REMEDY = "correct it there, or save the feed anew"
XML_DECLARATION = re.compile(r"<\?xml[^>]*\?>")
# WordPress's namespaces of each version, and those of its excerpts
WORDPRESS_NAMESPACE = re.compile(r"https?://(?:www\.)?wordpress\.org/export/")
BLOGGER_NAMESPACE = re.compile(r"https?://schemas\.google\.com/blogger/")
BLOGGER_KIND = re.compile(r"https?://schemas\.google\.com/(?:g|blogger)/[\w./]+#kind$")
# The declarations that programs lose when they rewrite an export
USUAL_NAMESPACES = {
    "app": "http://www.w3.org/2007/app",
    "thr": "http://purl.org/syndication/thread/1.0",
    "dc": "http://purl.org/dc/elements/1.1/",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "media": "http://search.yahoo.com/mrss/",
    "atom": "http://www.w3.org/2005/Atom",
    "wp": "http://wordpress.org/export/1.2/",
    "excerpt": "http://wordpress.org/export/1.2/excerpt/",
}
ATOM_NAMESPACE = "http://www.w3.org/2005/Atom"
# "future" is not here: a future date alone delays the entry
PUBLIC_STATES = ("", "publish", "future", "live", "scheduled")
# WordPress's taxonomies for what a post is, not what it is about
OTHER_SCHEMES = ("post_format", "nav_menu", "language", "post_translations", "wp_theme")
# items of an export that are no entries: kind, and its name in messages
KINDS = {
    "nav_menu_item": "menu item",
    "attachment": "attachment",
    "page": "page",
    "revision": "revision",
    "comment": "comment",
    "settings": "setting",
    "template": "template",
}
# Atom's content may be anything, such as a picture (RFC 4287, 4.1.3.3)
TEXT_TYPE = re.compile(r"text/|application/xhtml\+xml", re.IGNORECASE)
MARKDOWN_TYPE = re.compile(r"text/(?:x-)?markdown\b", re.IGNORECASE)
HTML_TAG = re.compile(r"<[a-zA-Z][^<>]*+>")
URL_ATTRIBUTE = re.compile(
    r"""(\s(?:href|src|poster|cite|srcset|data-src)\s*+=\s*+)("[^"]*+"|'[^']*+'|[^\s"'>]++)""",
    re.IGNORECASE,
)
ABSOLUTE_REFERENCE = re.compile(r"[a-z][a-z0-9+.-]*+:|//|#|$", re.ASCII | re.IGNORECASE)
MAX_SHOWN_CHARACTERS = 30  # of what is no feed
COMMENT_MARK = "#comment-"  # in the address or id of a WordPress comment
COMMENTS_REMEDY = "give the feed of the entries: comments are not entries"
# What is replaced before feedparser sees it: entities and numbers of characters that XML does not
# know, at which it leaves its XML parser, and elements that it confuses with the item's title and
# description. CDATA is skipped.
AMENDED = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|</?(?:itunes:|media:(?=(?:description|title)\b))"
    r"|&(?!(?:amp|lt|gt|quot|apos);)(\w+;|#(?:\d{1,7}|x[0-9a-fA-F]{1,6});)?",
    re.DOTALL,
)


# our field names: those of the source
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


# Raised, here or in feedparser, for values of an unexpected form: only that item is lost
ITEM_ERRORS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
BROKEN_ITEM = "broken item"
VALID_END = re.compile(r"\bend=([^\s;]+)")  # of a period in `dcterms:valid` (DCMI Period)
NO_TEXT = {"value": "", "type": "text/html"}  # in the form of feedparser
# the text of an item without any other, by the names that `AMENDED` gives these elements
OTHER_TEXTS = ("itunes-summary", "media-description", "itunes-subtitle")
OTHER_TITLE = "media-title"
EPISODE_FIELDS = "feedsvc:episode"  # the key under which they are added to feedparser's entry
# What shows that a term is a tag: WordPress's taxonomy, or the address of the pages of all tags
TAG_SCHEME = re.compile(r"post_tag|https?://[^?#]*/tags?/?")


class FeedItem(Struct, frozen=True, kw_only=True):
    """One item: the fields of an entry, without empty ones, and the body."""

    fields: ItemFields
    html: str


class FeedFile(Struct, frozen=True, kw_only=True):
    """The items of a feed in its order, and how many of each kind were left out."""

    items: list[FeedItem]
    left_out: Mapping[str, int]


def parse_feed(data: bytes) -> FeedFile:
    """Return the content of a feed file; raise EntryError if it is no feed, or one of comments."""
    text = decode_text(data).text.lstrip()
    items, left_out = parse_json_feed(text) if text.startswith("{") else parse_xml_feed(text)
    if not items and left_out["comment"] and left_out.keys() <= {"comment"}:
        raise EntryError("comments-feed", "the file is a feed of comments", COMMENTS_REMEDY)
    items = [
        FeedItem(
            fields=drop_empty(one.fields | {"id": encode_forbidden(one.fields["id"])}),
            html=one.html,
        )
        for one in items
    ]
    return FeedFile(items=items, left_out=left_out)


def encode_forbidden(id_: str) -> str:
    """Return *id_* with what no feed may carry percent-encoded, so that two ids stay two."""
    return FORBIDDEN_IN_FEEDS.sub(lambda match: quote(match[0], errors="surrogatepass"), id_)


def rename_fields(source: ItemFields, names: Mapping[str, str]) -> ItemFields:
    """Return the fields of *source* under our *names*, as text, empty ones and "0" left out."""
    renamed = {own: str(source.get(name) or "") for own, name in names.items()}
    return {name: value for name, value in renamed.items() if value not in ("", "0")}


# ---- JSON Feed


def parse_json_feed(text: str) -> tuple[list[FeedItem], Counter[str]]:
    """Return the items of a JSON Feed, and how many are invalid; raise EntryError."""
    try:
        # a number in place of a string means its digits, however many
        feed = json.loads(text, parse_int=str, parse_float=str, parse_constant=str, strict=False)
    except (ValueError, RecursionError) as error:
        raise EntryError("not-a-feed", f"the file is not JSON ({error})", REMEDY) from None
    items = feed.get("items")
    if not isinstance(items, list):
        raise EntryError("not-a-feed", "the file is JSON without a list of items", REMEDY)
    objects = list_values(items, dict)
    left_out = Counter({BROKEN_ITEM: len(items) - len(objects)})
    return [build_json_item(item, feed) for item in objects], +left_out


def list_values(value: Any, kind: type[Kind]) -> list[Kind]:
    """Return what is of *kind* in *value*, a list or a single one; skip values of other types."""
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, kind)]


def build_json_item(item: ItemFields, feed: ItemFields) -> FeedItem:
    def get(*names: str, source: ItemFields = item) -> str:
        """Return the value of the first of *names* that is not empty, "" for none."""
        values = (source.get(name) for name in names)
        return next((one for one in values if isinstance(one, str) and one), "")

    people = next(
        (
            found
            for source in (item, feed)
            for name in ("authors", "author")
            if (found := list_values(source.get(name), dict))
        ),
        [],
    )
    content, summary = get("content_html", "content_text"), get("summary")
    home = get("home_page_url", source=feed)
    page = resolve_url(home, get("url"))
    own = next(iter(list_values(item.get("_feedsvc"), dict)), {})  # of a feed that we have made
    source = {"title": get("source", source=own), "url": get("external_url") if page else ""}
    categories = list_values(own.get("categories"), str)
    updated = get("date_modified")
    fields = {
        "title": escape_literal(get("title")),
        "published": get("date_published")[: PRECISION_LENGTHS.get(get("precision", source=own))],
        "updated": "" if updated == get("date_published") else updated,
        "expires": get("expires", source=own),
        "id": get("id", "url"),
        "url": page or get("external_url"),
        "source": drop_empty(source),
        "language": get("language") or get("language", source=feed),
        "authors": [rename_fields(one, {"name": "name", "url": "url"}) for one in people],
        "categories": categories,
        "tags": [one for one in list_values(item.get("tags"), str) if one not in categories],
        "summary": escape_literal(summary) if content else "",
        "license": get("license", source=own),
        "image": get("image", "banner_image"),
        "enclosures": [
            rename_fields(one, JSON_ENCLOSURE) for one in list_values(item.get("attachments"), dict)
        ],
    }
    html = get("content_html") or text_to_html(content or summary)
    return FeedItem(fields=fields, html=make_references_absolute(html, page or home))


# ---- XML


def parse_xml_feed(text: str) -> tuple[list[FeedItem], Counter[str]]:
    """Return the items of XML, and how many of each kind were left out; raise EntryError."""
    feed = parse_feed_tree(text)
    names = feed.namespaces
    prefixes = tuple(
        f"{prefix}_"
        for prefix, uri in names.items()
        if WORDPRESS_NAMESPACE.match(uri) or BLOGGER_NAMESPACE.match(uri)
    )
    # plain dicts: feedparser's return "published" for a missing "updated"
    entries = [(dict(entry), get_export_fields(entry, prefixes)) for entry in feed.entries]
    is_replies = all(is_reply(entry) for entry, _ in entries)
    pictures = {
        export["post_id"]: export["attachment_url"]
        for _, export in entries
        if export.get("attachment_url") and export.get("post_id")
    }
    items, left_out = [], Counter[str]()
    for entry, export in entries:
        kind = "comment" if is_replies else get_kind(entry, export)
        if kind == "post":
            attached = (
                [
                    other["post_id"]
                    for _, other in entries
                    if other.get("attachment_url")
                    and other.get("post_parent") == export.get("post_id")
                ]
                if pictures and "[gallery" in str(entry.get("content", ""))
                else []
            )
            try:
                items.append(build_item(entry, feed, export, Gallery(pictures, attached)))
            except ITEM_ERRORS:
                left_out[BROKEN_ITEM] += 1
        else:
            left_out[KINDS.get(kind, kind)] += 1
    return items, left_out


def parse_feed_tree(text: str) -> Any:
    """Return feedparser's result for *text*; raise EntryError if it is no feed."""
    text = XML_DECLARATION.sub("", text, count=1)
    root = FIRST_ELEMENT.match(text)
    if root is None or root[1].lower() == "html":  # a page, in place of its feed, is seldom XML
        raise _refuse_root(root[1] if root else text.strip()[:MAX_SHOWN_CHARACTERS])
    text = text[: root.end(1)] + make_missing_declarations(text) + text[root.end(1) :]
    if root[1].rpartition(":")[2] == "entry":  # one entry may be a document (RFC 4287, 2)
        text = f'<feed xmlns="{ATOM_NAMESPACE}">{text}</feed>'
    # with a declaration on the first line feedparser adds none, which would shift all lines
    text = '<?xml version="1.0"?>' + AMENDED.sub(_amend, text)
    data = text.encode("utf-8", "replace")
    episodes, names = read_elements(data)
    try:
        feed = feedparser.parse(
            io.BytesIO(data),
            response_headers={"content-type": "application/xml; charset=utf-8"},
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    except ITEM_ERRORS as error:
        message = f"the feed cannot be parsed ({type(error).__name__}: {str(error)[:200]})"
        raise EntryError("not-a-feed", message, REMEDY) from None
    if not feed.version:
        raise _refuse_root(root[1])
    if len(episodes) == len(feed.entries):
        for entry, fields in zip(feed.entries, episodes, strict=True):
            entry[EPISODE_FIELDS] = fields
    for person in (one for entry in feed.entries for one in entry.get("authors", ())):
        if person.get("name") in names:
            person["name"] = names[person["name"]]
    return feed


def _refuse_root(name: str) -> EntryError:
    return EntryError("not-a-feed", f"the file begins with {name!r}, which is not a feed", REMEDY)


def read_elements(data: bytes) -> tuple[list[ItemFields], dict[str, str]]:
    """Return the fields of each item that only podcasts have, and authors' names by login.

    Fetch nothing. Raise `EntryError` if *data* is not well-formed XML with namespaces, which
    feedparser would leave to its lenient parser: that one guesses, and fails on some input.
    """
    parser, reader = make_parser(), EpisodeReader()
    parser.setContentHandler(reader)
    parser.setFeature(feature_namespaces, True)
    parser.setFeature(feature_external_ges, False)
    try:
        parser.parse(io.BytesIO(data))
    except SAXParseException as error:
        line, column = error.getLineNumber() or 1, error.getColumnNumber() or 0
        there = data.decode().split("\n")[line - 1][column : column + MAX_SHOWN_CHARACTERS]
        where = f"at {there!r}" if there else "at the end of the line"
        message = f"the feed is not well-formed XML {where} ({error.getMessage()})"
        raise EntryError("not-a-feed", message, MALFORMED_REMEDY, line=line) from None
    return list(map(build_episode_fields, reader.items)), build_author_names(reader.authors)


def make_missing_declarations(text: str) -> str:
    """Return declarations of the usual prefixes that *text* uses but does not declare."""
    return "".join(
        f' xmlns:{prefix}="{uri}"'
        for prefix, uri in USUAL_NAMESPACES.items()
        if f"<{prefix}:" in text and f"xmlns:{prefix}=" not in text
    )


def _amend(match: re.Match[str]) -> str:
    if match[0].startswith("<!"):
        return match[0]
    if match[0].startswith("<"):
        return match[0].replace(":", "-")
    name = match[1] or ""
    if name.startswith("#"):
        number = int(name[2:-1], 16) if name[1] == "x" else int(name[1:-1])
        character = chr(number) if number <= sys.maxunicode else "\0"
        if character == "\r" or not FORBIDDEN_IN_XML.match(character):
            return match[0]
    return escape(html5[name]) if name in html5 else f"&amp;{name}"


def get_export_fields(entry: ItemFields, prefixes: tuple[str, ...]) -> ItemFields:
    """Return the fields of *entry* in the namespaces of WordPress or Blogger, by local name."""
    return {
        name.partition("_")[2]: value for name, value in entry.items() if name.startswith(prefixes)
    }


def get_published(entry: ItemFields, export: ItemFields) -> str:
    """Return the date of an entry as written; WordPress's drafts have that of its local clock."""
    dates = map(entry.get, ("published", "created", "updated"))
    published = str(next(filter(None, dates), ""))
    if published and "-0001" not in published:
        return published
    utc, local = (str(export.get(name) or "") for name in ("post_date_gmt", "post_date"))
    if utc and not utc.startswith("0000"):
        return f"{utc}Z"
    return "" if local.startswith("0000") else local


def is_reply(entry: ItemFields) -> bool:
    """Return whether *entry* is a reply (RFC 4685), or has the address of a comment."""
    addresses = f"{entry.get('link', '')} {entry.get('id', '')}"
    return COMMENT_MARK in addresses or any(name.endswith("in-reply-to") for name in entry)


def get_kind(entry: ItemFields, export: ItemFields) -> str:
    """Return the kind of an entry in WordPress' or Blogger's words: "post" for one to import."""
    if COMMENT_MARK in str(entry.get("link", "")):
        return "comment"
    kinds = [one.get("term") or "" for one in entry.get("tags", ()) if is_kind(one)]
    kind = str(kinds[0]).rpartition("#")[2] if kinds else export.get("type")
    return str(kind or export.get("post_type") or "post").lower()


def is_kind(tag: ItemFields) -> bool:
    """Return whether a category is Blogger's mark of an entry's kind, and no topic."""
    return BLOGGER_KIND.match(tag.get("scheme") or "") is not None


def is_public(entry: ItemFields, export: ItemFields) -> bool:
    """Return whether the entry was public on the old site (RFC 5023, 13.1.1, app:draft)."""
    drafts = [str(entry[name]) for name in entry if name == "draft" or name.endswith("_draft")]
    return (
        all(words.strip().lower() in ("", "no") for words in drafts)
        and str(export.get("status", "")).strip().lower() in PUBLIC_STATES
        and not export.get("post_password")
        and str(export.get("trashed") or "false").strip().lower() == "false"
    )


class Gallery(Struct, frozen=True):  # positional: made once an item
    """The URLs of an export's pictures by number, and the numbers of one post's pictures."""

    pictures: Mapping[str, str]
    attached: list[str]


def build_item(
    entry: ItemFields, feed: ItemFields, export: ItemFields, gallery: Gallery
) -> FeedItem:
    """Return the item of one of feedparser's entries, from RSS or Atom."""
    get = entry.get
    is_atom = feed["version"].startswith("atom")
    contents = [one for one in get("content", ()) if one["value"] and TEXT_TYPE.match(one["type"])]
    body = contents[0] if contents else get("summary_detail", NO_TEXT)
    if not body["value"]:
        words = next(filter(None, map(get, OTHER_TEXTS)), "")
        body = {"value": words, "type": "text/plain"}
    channel = feed["feed"].get("link") or ""
    links = [(one.get("rel"), one) for one in get("links", ()) if one.get("href")]
    # Google's export of Blogger has no links, only the file name of each page
    address = get_item_url(entry, is_atom) or str(export.get("filename") or "")
    url = resolve_url(channel, address)
    base = resolve_url(url or channel, body.get("base") or "") or url or channel
    title = get("title_detail") or {**NO_TEXT, "value": get(OTHER_TITLE) or ""}
    is_text = is_atom and title["type"] == "text/plain"
    source = get("source", {})
    own_summary = get("summary_detail", NO_TEXT) if contents else NO_TEXT
    if own_summary["value"] == body["value"]:  # feedparser copies the content to a missing one
        own_summary = NO_TEXT
    end = VALID_END.search(get("validity") or "")
    summary = str(export.get("encoded") or own_summary["value"])
    if not (is_atom and own_summary["type"] == "text/plain"):
        summary = html_to_text(summary)
    enclosures = [
        rename_fields({**one, "href": resolve_url(base, one["href"])}, XML_ENCLOSURE)
        for rel, one in links
        if rel == "enclosure"
    ]
    episode = dict(get(EPISODE_FIELDS, {}))
    files = episode.pop(MEDIA_FILES, [])
    fields = {
        "title": escape_literal(title["value"]) if is_text else title["value"],
        "published": get_published(entry, export),
        "updated": get("updated"),
        "expires": end[1] if end else "",
        "id": get("id") or url,
        "url": url,
        "status": "" if is_public(entry, export) else "draft",
        "language": get("language") or title.get("language") or feed["feed"].get("language"),
        "authors": build_atom_authors(entry, feed) if is_atom else build_rss_authors(entry),
        **build_terms(get("tags", ()), is_wordpress="post_type" in export),
        "summary": escape_literal(" ".join(summary.split())),
        "image": resolve_url(
            base, next((one.get("url") or "" for one in get("media_thumbnail", ())), "")
        ),
        "enclosures": complete_enclosures(enclosures, files),
        "origin": rename_fields({"href": source.get("id"), **source}, XML_SOURCE)
        or html_to_text(get("dc_source") or ""),
        "comments": get("comments") or get_page(links, "replies"),
        "rights": get("rights"),
        "license": get("dcterms_license") or get_page(links, "license"),
        **(episode if enclosures else {}),
    }
    html = (
        render_post(body["value"], gallery.pictures, gallery.attached)
        if "post_type" in export
        else render_body(body, is_atom)
    )
    return FeedItem(fields=fields, html=make_references_absolute(html, base))


def get_item_url(entry: ItemFields, is_atom: bool) -> str:
    """Return the address of the item's page as written, "" for none."""
    links = [one for one in entry.get("links", ()) if one.get("href")]
    alternates = [one["href"] for one in links if one.get("rel") == "alternate"]
    fallback = "" if is_atom else entry.get("link", "")
    return str(alternates[0] if alternates else fallback)


def get_page(links: Iterable[tuple[str | None, ItemFields]], rel: str) -> str:
    """Return the address of the first of *links* of the kind *rel* to a page, "" for none."""
    pages = (one for kind, one in links if kind == rel and "html" in one.get("type", "html"))
    return next((str(one["href"]) for one in pages), "")


def build_terms(tags: Iterable[ItemFields], *, is_wordpress: bool) -> ItemFields:
    """Return categories and tags, without those that say of which kind a post is."""
    terms = [
        (one.get("scheme"), one.get("label") or one.get("term"))
        for one in tags
        if not is_kind(one) and not (is_wordpress and one.get("scheme") in OTHER_SCHEMES)
    ]
    return {
        "categories": [name for scheme, name in terms if not TAG_SCHEME.fullmatch(scheme or "")],
        "tags": [name for scheme, name in terms if TAG_SCHEME.fullmatch(scheme or "")],
    }


def resolve_url(base: str, reference: str) -> str:
    """Return *reference* resolved against *base*; unchanged if it is malformed."""
    try:
        return urljoin(base, reference.strip()) if reference else ""
    except ValueError:  # brackets without an IPv6 address
        return reference


def make_references_absolute(html: str, base: str) -> str:
    """Return *html* with the references in its tags resolved against *base*, if that is a URL."""
    if not base.startswith(("http://", "https://")):
        return html

    def resolve_attribute(match: re.Match[str]) -> str:
        value = match[2]
        mark = value[0] if value[0] in "\"'" else ""
        words = value.strip(mark) if mark else value
        if "srcset" in match[1].lower():
            words = re.sub(r"(^|,\s+)([^\s,]++)", resolve_candidate, words.strip())
        elif not ABSOLUTE_REFERENCE.match(words.strip()):
            words = resolve_url(base, words)
        return f"{match[1]}{mark}{words}{mark}"

    def resolve_candidate(match: re.Match[str]) -> str:
        is_absolute = ABSOLUTE_REFERENCE.match(match[2])
        return match[1] + (match[2] if is_absolute else resolve_url(base, match[2]))

    return HTML_TAG.sub(lambda tag: URL_ATTRIBUTE.sub(resolve_attribute, tag[0]), html)


def build_atom_authors(entry: ItemFields, feed: ItemFields) -> list[ItemFields]:
    """Return the authors of *entry*, else of its source, else of the feed (RFC 4287, 4.2.1)."""
    sources = (entry, entry.get("source", {}), feed["feed"])
    people = next((one["authors"] for one in sources if any(one.get("authors", ()))), ())
    found = [rename_fields(one, XML_PERSON) for one in people]
    for one, before in reversed(list(zip(found[1:], found, strict=False))):
        if one.get("email") == before.get("email"):  # feedparser gives it to all that follow
            one.pop("email", None)
    return found


def build_rss_authors(entry: ItemFields) -> list[Any]:
    """Return the authors without an e-mail address, else the last author as written.

    Feedparser removes addresses from a text, and cuts off top-level domains of more than four
    letters.
    """
    people = entry.get("authors", ())
    named = [{"name": one["name"]} for one in people if one.get("name") and "email" not in one]
    return named or ([entry["author"]] if entry.get("author") else [])


def render_body(body: ItemFields, is_atom: bool) -> str:
    """Return a body as HTML: Atom's by its type; RSS's is HTML if it has a tag, else text."""
    value = str(body["value"])
    if MARKDOWN_TYPE.match(body["type"]):
        return markdown_to_html(value)
    if body["type"] == "application/xhtml+xml":
        value = value.replace("</br>", "")  # of `<br></br>`, which would be two lines in HTML
    if is_atom:
        return text_to_html(value) if body["type"] == "text/plain" else value
    return value if re.search(r"<[a-zA-Z!/]", value) else text_to_html(unescape(value))


def html_to_text(html: str) -> str:
    return " ".join(unescape(strip_tags(html)).split())


def escape_literal(text: str) -> str:
    """Return plain *text*, escaped for a field in which HTML would be interpreted."""
    return escape(text, quote=False) if "<" in text or unescape(text) != text else text
