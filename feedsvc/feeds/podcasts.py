"""The elements that podcast apps read in RSS, of Apple's namespace and of Podcasting 2.0.

Comes in: a feed and its items. Goes out: elements for items with audio or video; none at all if
no item has any. Apple's requirements:
https://podcasters.apple.com/support/823-podcast-requirements; the other namespace:
https://github.com/Podcastindex-org/podcast-namespace.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from feedsvc.feeds.parts import drop_empty
from feedsvc.model import Element, Episode, Feed, Item

ITUNES_NS = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
PODCAST_NS = "{https://podcastindex.org/namespace/1.0}"
CHAPTERS_TYPE = "application/json+chapters"
ARTWORK_PIXELS = 1_400  # per side; Apple refuses less


class Show(Struct, frozen=True, kw_only=True):
    """The description of a podcast for apps; None and "" are unknown."""

    author: str
    image: str  # URL of its artwork
    categories: tuple[tuple[str, ...], ...] = ()  # each with its subcategory
    explicit: bool | None = None
    type: str = ""  # "episodic" or "serial"
    owner: str = ""
    email: str = ""
    guid: str = ""
    locked: bool | None = None  # whether other hosts should refuse to import it


def is_episode(item: Item) -> bool:
    """Return whether the first file of *item*, its enclosure in RSS, is audio or video."""
    files = item.entry.enclosures[:1]
    return any(file.type.startswith(("audio/", "video/")) for file in files)


def holds_episodes(feed: Feed) -> bool:
    """Return whether *feed* has any episode."""
    return any(map(is_episode, feed.items))


def list_namespaces() -> dict[str, str]:
    """Return the namespaces of the elements, by their usual prefixes."""
    return {"itunes": ITUNES_NS, "podcast": PODCAST_NS}


def list_channel_elements(show: Show) -> Iterator[Element]:
    """Yield the channel's elements for *show*."""
    if show.author:
        yield Element(name=ITUNES_NS + "author", text=show.author)
    if show.image:
        yield _make_element(ITUNES_NS + "image", {"href": show.image})
    for category in show.categories:
        yield _make_category(category)
    if show.explicit is not None:
        yield Element(name=ITUNES_NS + "explicit", text=_format_flag(show.explicit))
    if show.type:
        yield Element(name=ITUNES_NS + "type", text=show.type)
    if show.owner or show.email:
        owner = {"name": show.owner, "email": show.email}
        children = (
            Element(name=ITUNES_NS + name, text=words) for name, words in drop_empty(owner).items()
        )
        yield Element(name=ITUNES_NS + "owner", children=tuple(children))
    if show.guid:
        yield Element(name=PODCAST_NS + "guid", text=show.guid)
    if show.locked is not None:
        text = "yes" if show.locked else "no"
        yield _make_element(PODCAST_NS + "locked", {"owner": show.email}, text)


def list_item_elements(item: Item) -> Iterator[Element]:
    """Yield the elements of *item*, none if it is no episode."""
    if not is_episode(item):
        return
    entry = item.entry
    episode = entry.episode or Episode()
    if entry.enclosures[0].duration:
        yield Element(name=ITUNES_NS + "duration", text=str(entry.enclosures[0].duration))
    if image := get_episode_image(item):
        yield _make_element(ITUNES_NS + "image", {"href": image})
    if episode.explicit is not None:
        yield Element(name=ITUNES_NS + "explicit", text=_format_flag(episode.explicit))
    for name, words in (
        ("season", episode.season),
        ("episode", episode.number),
        ("episodeType", episode.type),
    ):
        if words:
            yield Element(name=ITUNES_NS + name, text=str(words))
    yield from _list_podcast_elements(episode)


def _list_podcast_elements(episode: Episode) -> Iterator[Element]:
    for transcript in episode.transcripts:
        facts = {"url": transcript.url, "type": transcript.type, "language": transcript.language}
        rel = {"rel": "captions" if transcript.is_captions else ""}
        yield _make_element(PODCAST_NS + "transcript", facts | rel)
    if episode.chapters:
        facts = {"url": episode.chapters, "type": CHAPTERS_TYPE}
        yield _make_element(PODCAST_NS + "chapters", facts)
    for person in episode.people:
        facts = {
            "role": person.role,
            "group": person.group,
            "img": person.image,
            "href": person.url,
        }
        yield _make_element(PODCAST_NS + "person", facts, person.name)


def get_episode_image(item: Item) -> str:
    """Return the URL of the episode's artwork: its own, else the entry's picture.

    That picture must be square, and large enough for Apple.
    """
    episode, image = item.entry.episode, item.entry.image
    if episode is not None and episode.image:
        return episode.image
    is_square = image is not None and image.width == image.height >= ARTWORK_PIXELS
    return image.url if image is not None and is_square else ""


def _make_category(names: tuple[str, ...]) -> Element:
    children = (_make_category(names[1:]),) if names[1:] else ()
    return Element(name=ITUNES_NS + "category", attributes=(("text", names[0]),), children=children)


def _make_element(name: str, facts: Mapping[str, str], text: str = "") -> Element:
    return Element(name=name, text=text, attributes=tuple(drop_empty(facts).items()))


def _format_flag(flag: bool) -> str:
    return "true" if flag else "false"
