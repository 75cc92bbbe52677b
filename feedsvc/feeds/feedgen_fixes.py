"""The feedgen extension that corrects and completes its finished elements.

Comes in: the attributes that `rss_atom` sets. Each correction has the number of the
defect of feedgen 1.0 that it fixes:

- FG-1: links of Atom entries lose rel, type, length, hreflang and title.
- FG-3: RSS carries no atom:link but `self`.
- FG-4: dates are written under `locale.setlocale`, which is global to the process.
- FG-9 to FG-11: Media RSS, Dublin Core, archives and tombstones are wrong or missing.
- FG-13: authors without e-mail and second enclosures are missing from RSS, id and updated
  from Atom's source.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from email.utils import format_datetime
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import feedgen.entry
import feedgen.feed
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from lxml.etree import ProcessingInstruction, SubElement

from feedsvc.feeds import podcasts
from feedsvc.feeds.parts import format_period
from feedsvc.model import Author, Element, Enclosure, Feed, Image, Item, Tombstone

ATOM_NS = "{http://www.w3.org/2005/Atom}"
CONTENT_NS = "{http://purl.org/rss/1.0/modules/content/}"
DC_NS = "{http://purl.org/dc/elements/1.1/}"
DCTERMS_NS = "{http://purl.org/dc/terms/}"
MEDIA_NS = "{http://search.yahoo.com/mrss/}"  # readers require the slash at the end
HISTORY_NS = "{http://purl.org/syndication/history/1.0}"
TOMBSTONES_NS = "{http://purl.org/atompub/tombstones/1.0}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

# FG-4: English names and the date's own offset, in any locale.
feedgen.feed.formatRFC2822 = feedgen.entry.formatRFC2822 = format_datetime

LinkAttributes: TypeAlias = dict[str, str]
Facts: TypeAlias = Mapping[str, str | int]


class FeedFixes(BaseExtension):  # type: ignore[misc]
    """Completes the root and the channel; runs before the entries are appended."""

    feed: Feed
    kind: str  # "rss" or "atom"
    creator: Author | None = None  # if RSS has no other element for the channel's author
    links: Sequence[LinkAttributes]  # of the document, in the form of Atom
    tombstones: Sequence[Tombstone] = ()

    def extend_ns(self) -> dict[str, str]:
        spaces = {"dc": DC_NS, "dcterms": DCTERMS_NS, "media": MEDIA_NS}
        if self.kind == "rss" and podcasts.holds_episodes(self.feed):
            spaces |= podcasts.list_namespaces()
        if self.feed.archive:
            spaces["fh"] = HISTORY_NS
        if self.tombstones:
            spaces["at"] = TOMBSTONES_NS
        own = {prefix: name.strip("{}") for prefix, name in spaces.items()}
        return {**own, **dict(self.feed.namespaces)}

    def extend_rss(self, root: Any) -> None:
        channel = root[0]
        root.set(XML_LANG, self.feed.channel.language)  # style sheets and other items need it
        if self.feed.updated is None:  # there never was an entry
            channel.remove(channel.find("lastBuildDate"))
        if self.creator is not None:
            _add_element(channel, DC_NS + "creator", self.creator.name)
        for link in self.links:
            if link["rel"] not in ("self", "alternate"):  # FG-3
                SubElement(channel, ATOM_NS + "link", link)
        for element in self.feed.channel.show if podcasts.holds_episodes(self.feed) else ():
            _add_tree(channel, element)
        self._extend_common(root, channel)

    def extend_atom(self, root: Any) -> None:
        for tombstone in self.tombstones:  # RFC 6721, section 3
            deleted = SubElement(
                root, TOMBSTONES_NS + "deleted-entry", ref=tombstone.id, when=str(tombstone.when)
            )
            _add_element(deleted, TOMBSTONES_NS + "comment", tombstone.reason)
        self._extend_common(root, root)

    def _extend_common(self, root: Any, holder: Any) -> None:
        if self.feed.archive:
            SubElement(holder, HISTORY_NS + "archive")  # RFC 5005, section 4
        if self.feed.channel.stylesheet:
            href = self.feed.channel.stylesheet.replace("&", "&amp;").replace('"', "&quot;")
            root.addprevious(
                ProcessingInstruction("xml-stylesheet", f'type="text/css" href="{href}"')
            )
        _replace_elements(holder, self.feed.elements, self.feed.without)
        holder[-1].tail = "\n"  # one line per entry: easier to read and to compare


class ItemFixes(BaseEntryExtension):  # type: ignore[misc]
    """Completes one finished `item` or `entry`."""

    item: Item
    language: str  # the channel's
    license: str  # its own or the channel's
    without: Sequence[str] = ()  # names of omitted elements
    creators: Sequence[Author] = ()  # authors for whom RSS has no `author`
    notice: Tombstone | None = None  # in place of the item

    def extend_rss(self, node: Any) -> None:
        if self.notice is not None:
            _add_element(node, DCTERMS_NS + "modified", str(self.notice.when))
            self._extend_notice(node, self.notice)
            return
        entry = self.item.entry
        for author in self.creators:  # FG-13
            _add_element(node, DC_NS + "creator", author.name)
        _add_element(node, DC_NS + "rights", entry.rights)
        _add_element(node, DCTERMS_NS + "license", self.license)
        # RSS has no element for the last change
        _add_element(node, DCTERMS_NS + "modified", str(entry.changed))
        for number, enclosure in enumerate(entry.enclosures):
            # RSS allows one `enclosure` (FG-13), without an attribute for its duration
            if number or enclosure.duration:
                _add_media_enclosure(node, enclosure)
        for element in podcasts.list_item_elements(self.item):
            _add_tree(node, element)
        self._extend_common(node)

    def _extend_notice(self, node: Any, notice: Tombstone) -> None:
        _add_element(node, DCTERMS_NS + "valid", format_period(notice.published, notice.when))
        _replace_elements(node, notice.elements)
        if notice.language != self.language:
            node.set(XML_LANG, notice.language)
        node.tail = "\n"

    def extend_atom(self, node: Any) -> None:
        for link in node.findall("link"):  # FG-1; feedgen writes names without a namespace
            node.remove(link)
        if self.notice is not None:
            SubElement(node, "link", rel="alternate", type="text/html", href=self.notice.url)
            self._extend_notice(node, self.notice)
            return
        for attributes in _build_entry_links(self.item, self.license):
            SubElement(node, "link", attributes)
        origin = self.item.entry.origin
        if origin is not None and origin.url:
            source = SubElement(node, "source")
            _add_element(source, "id", _normalize_id_url(origin.url))
            _add_element(source, "title", origin.title or origin.url)
            _add_element(source, "updated", str(self.item.entry.published))
            SubElement(source, "link", rel="self", href=origin.url)
        self._extend_common(node)

    def _extend_common(self, node: Any) -> None:
        entry = self.item.entry
        if entry.origin is not None and not entry.origin.url:
            # both formats' own elements require an address
            _add_element(node, DC_NS + "source", entry.origin.title)
        if self.item.image is not None:
            _add_media_image(node, self.item.image)
        if self.item.embargo is not None:
            _add_element(node, DCTERMS_NS + "available", str(self.item.embargo))
        _add_element(node, DCTERMS_NS + "valid", format_period(self.item.embargo, entry.expires))
        _replace_elements(node, self.item.elements, self.without)
        if entry.language and entry.language != self.language:
            node.set(XML_LANG, entry.language)
        node.tail = "\n"


def _normalize_id_url(url: str) -> str:
    """Return *url* as an id: a bare host gets the path "/" (RFC 4287, section 4.2.6.1)."""
    return url + "/" if urlsplit(url).netloc and url.endswith(urlsplit(url).netloc) else url


def _build_entry_links(item: Item, license_: str) -> list[LinkAttributes]:
    """Return the links of an Atom entry; its page comes first, where readers expect it."""
    entry = item.entry
    links: list[Facts] = [
        {"rel": "alternate", "type": "text/html", "href": entry.url},
        {"rel": "via", "href": entry.origin.url if entry.origin is not None else ""},
        {"rel": "replies", "type": "text/html", "href": entry.comments},
        {"rel": "license", "href": license_},  # RFC 4946
    ]
    links += [
        {
            "rel": "enclosure",
            "type": enclosure.type,
            "href": enclosure.url,
            "length": enclosure.length,
            "title": enclosure.title,
        }
        for enclosure in entry.enclosures
    ]
    return [_make_attributes(link) for link in links if link["href"]]


def _add_media_image(node: Any, image: Image) -> None:
    size = {"width": image.width, "height": image.height}
    media = _add_media_content(node, image, "image", size)
    # feedparser takes it for the text of an item that has only a summary
    if node.find(CONTENT_NS + "encoded") is not None or node.find("content") is not None:
        _add_element(media, MEDIA_NS + "description", image.caption or image.alt, type="plain")
    _add_element(media, MEDIA_NS + "credit", image.credit)
    SubElement(node, MEDIA_NS + "thumbnail", _make_attributes({"url": image.url, **size}))


def _add_media_enclosure(node: Any, enclosure: Enclosure) -> None:
    kind = enclosure.type.partition("/")[0]
    medium = kind if kind in ("audio", "video", "image") else "document"
    media = _add_media_content(node, enclosure, medium, {"duration": enclosure.duration})
    _add_element(media, MEDIA_NS + "title", enclosure.title, type="plain")


def _add_media_content(node: Any, file: Image | Enclosure, medium: str, extent: Facts) -> Any:
    facts: Facts = {"url": file.url, "type": file.type, "medium": medium, "fileSize": file.length}
    return SubElement(node, MEDIA_NS + "content", _make_attributes({**facts, **extent}))


def _replace_elements(node: Any, elements: Sequence[Element], without: Sequence[str] = ()) -> None:
    """Add *elements*, in the places of ours of the same names, which go as those *without* do."""
    added: dict[str, list[Any]] = {name: [] for name in without}
    ours = list(node)
    for element in elements:
        added.setdefault(element.name, []).append(_add_tree(node, element))
    for child in ours if added else ():
        if child.tag in added:
            for one in added[child.tag]:
                child.addprevious(one)
            added[child.tag] = []
            node.remove(child)


def _add_tree(parent: Any, element: Element) -> Any:
    node = SubElement(parent, element.name, dict(element.attributes))
    node.text = element.text or None
    for child in element.children:
        _add_tree(node, child)
    return node


def _add_element(parent: Any, name: str, text: str, **attributes: str) -> None:
    """Add an element with *text*, none if that is empty."""
    if text:
        SubElement(parent, name, attributes).text = text


def _make_attributes(facts: Facts) -> dict[str, str]:
    return {name: str(value) for name, value in facts.items() if value}
