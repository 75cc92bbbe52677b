"""The fields of podcast episodes in a feed's items, and the names of WordPress's authors.

Comes in: the events of an XML parser. Goes out: the fields of each item, under our names, in the
order of the feed; the authors' names by their logins, which the items of an export have. Feedparser
loses most of them: it keeps only the last of repeated elements, and not the text of those with
attributes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any
from xml.sax.handler import ContentHandler

from feedsvc.feeds import drop_empty

PREFIXES = {
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes:",
    "https://podcastindex.org/namespace/1.0": "podcast:",
    "https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md": "podcast:",
    "http://search.yahoo.com/mrss/": "media:",
}
# of the new names of elements that feedparser must not interpret
HIDDEN_PREFIXES = {"itunes-": "itunes:", "media-": "media:"}
ITEMS = ("item", "entry")
LOGIN, DISPLAY_NAME = "author_login", "author_display_name"  # of WordPress's export
# our field names: the elements whose text they have
TEXTS = {
    "duration": ("itunes:duration",),
    "episode": ("itunes:episode", "podcast:episode"),
    "season": ("itunes:season", "podcast:season"),
    "episode_type": ("itunes:episodetype",),
    "explicit": ("itunes:explicit",),
}
ATTRIBUTES = {"episode_image": ("itunes:image", "href"), "chapters": ("podcast:chapters", "url")}
MEDIA_KINDS = ("audio", "video", "document")
MEDIA_FILES = "media_files"  # the name of a list of files, which is no field
MEDIA_FILE = {"url": "url", "type": "type", "length": "fileSize", "duration": "duration"}
REPEATED = {"transcripts": "podcast:transcript", "people": "podcast:person"}


class EpisodeElement:
    """An element of an item: its name with the usual prefix, its attributes, and its text."""

    def __init__(self, name: str, attributes: Mapping[str, str]) -> None:
        self.name = name
        self.attributes = {key: words for key, words in attributes.items() if words.strip()}
        self.text = ""


class EpisodeReader(ContentHandler):
    """Collects the elements of podcasts in a feed's items, and those of authors outside of them."""

    def __init__(self) -> None:
        super().__init__()
        self.items: list[list[EpisodeElement]] = []
        self.authors: list[EpisodeElement] = []
        self.open: EpisodeElement | None = None
        self.is_within_item = False

    def startElementNS(  # noqa: N802
        self, name: tuple[str | None, str], _qname: str | None, attrs: Any
    ) -> None:
        uri, local = name
        if local in ITEMS:
            self.items.append([])
            self.is_within_item = True
        elif self.is_within_item and (full_name := _get_name(uri, local)):
            given = {key: words for (_, key), words in attrs.items()}
            self.open = EpisodeElement(full_name, given)
            self.items[-1].append(self.open)
        elif not self.is_within_item and local in (LOGIN, DISPLAY_NAME):
            self.open = EpisodeElement(local, {})
            self.authors.append(self.open)

    def characters(self, content: str) -> None:
        if self.open is not None:
            self.open.text += content

    def endElementNS(  # noqa: N802
        self, name: tuple[str | None, str], _qname: str | None
    ) -> None:
        self.open = None
        if name[1] in ITEMS:
            self.is_within_item = False


def build_author_names(elements: list[EpisodeElement]) -> dict[str, str]:
    """Return the name to show of each author that *elements* describe, by login."""
    pairs = ((one, other) for one, other in pairwise(elements) if one.name == LOGIN != other.name)
    names = {login.text.strip(): shown.text.strip() for login, shown in pairs}
    return {login: name for login, name in names.items() if login and name}


def _get_name(uri: str | None, local: str) -> str:
    """Return an element's name with its usual prefix, "" for one of another namespace."""
    for hidden, prefix in HIDDEN_PREFIXES.items():
        if local.startswith(hidden):
            return prefix + local.removeprefix(hidden).lower()
    return PREFIXES[uri] + local.lower() if uri in PREFIXES else ""


def build_episode_fields(elements: list[EpisodeElement]) -> dict[str, Any]:
    """Return the fields of an item with *elements*; fields without a value are left out."""
    found: dict[str, Any] = dict(_list_texts(elements))
    for field, (name, attribute) in ATTRIBUTES.items():
        found[field] = next(
            (one.attributes.get(attribute) for one in elements if one.name == name), None
        )
    for field, name in REPEATED.items():
        tables = [
            one.attributes | drop_empty({"name": one.text.strip()})
            for one in elements
            if one.name == name
        ]
        found[field] = [table for table in tables if table.keys() & {"url", "name"}]
    found[MEDIA_FILES] = list(_list_media_files(elements))
    return drop_empty(found)


def _list_media_files(elements: list[EpisodeElement]) -> Iterator[dict[str, str]]:
    """Yield the files of `media:content`, but pictures; none of a group, which is one file."""
    if any(one.name == "media:group" for one in elements):
        return
    for one, after in pairwise([*elements, EpisodeElement("", {})]):
        if one.name == "media:content" and one.attributes.get("medium") in MEDIA_KINDS:
            file = {own: one.attributes.get(name, "") for own, name in MEDIA_FILE.items()}
            title = after.text.strip() if after.name == "media:title" else ""
            yield drop_empty(file | {"title": title})


def complete_enclosures(
    enclosures: list[dict[str, Any]], files: list[dict[str, str]]
) -> list[dict[str, Any]]:
    """Return *enclosures* with what Media RSS says of them, and its further *files*.

    RSS has one enclosure for each item: what has none there has files that are only shown.
    """
    known = {one["url"]: one for one in files if "url" in one}
    completed = [known.pop(one["url"], {}) | one for one in enclosures]
    return completed + list(known.values()) if completed else []


def _list_texts(elements: list[EpisodeElement]) -> Iterator[tuple[str, str]]:
    for field, names in TEXTS.items():
        texts = (one.text.strip() for name in names for one in elements if one.name == name)
        yield field, next(filter(None, texts), "")
