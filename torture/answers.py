"""Feeds as answered, compared with the truth of the folder."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from html import unescape
from typing import Any
from xml.etree import ElementTree

from msgspec import Struct

from torture.folder import NO_TEXT, Truth, Version, digest_text
from torture.result import Tally
from torture.site import Answer, Connection, Site

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
MAX_ENTRIES = 500  # in one feed
FEEDS = tuple(f"/{name}?limit={MAX_ENTRIES}" for name in ("rss.xml", "atom.xml", "feed.json"))
CATCH_UP_SECONDS = 5.0  # within which an answer has to show what the folder has
TRUTH_SECONDS = 30.0  # until the whole site is the truth once nothing changes any more
_TAG = re.compile("<[^<>]*+>")


class Item(Struct, frozen=True, kw_only=True):
    """An entry as a feed has it."""

    id: str
    version: Version


class Page(Struct, frozen=True, kw_only=True):
    """A feed as a reader sees it."""

    items: tuple[Item, ...]
    previous: str  # the address of the archive before it, "" for none


def parse_page(answer: Answer) -> Page:
    """Return what the feed *answer* has; raises ValueError where it is none."""
    path = answer.path.partition("?")[0]
    if path.endswith(".json"):
        return _parse_json(json.loads(answer.body))
    try:
        root = ElementTree.fromstring(answer.body)
    except ElementTree.ParseError as error:
        raise ValueError(f"no XML: {error}") from error
    return _parse_atom(root) if path.endswith("atom.xml") else _parse_rss(root)


def _parse_json(feed: dict[str, Any]) -> Page:
    items = tuple(
        _make_item(
            item["id"],
            item["title"],
            datetime.fromisoformat(item["date_published"]),
            item.get("content_html", ""),
        )
        for item in feed["items"]
    )
    return Page(items=items, previous=_strip_site(feed.get("next_url", "")))


def _parse_atom(root: ElementTree.Element) -> Page:
    items = tuple(
        _make_item(
            entry.findtext(f"{ATOM}id", ""),
            entry.findtext(f"{ATOM}title", ""),
            datetime.fromisoformat(entry.findtext(f"{ATOM}published", "")),
            entry.findtext(f"{ATOM}content", ""),
        )
        for entry in root.iter(f"{ATOM}entry")
    )
    return Page(items=items, previous=_get_previous(root))


def _parse_rss(root: ElementTree.Element) -> Page:
    items = tuple(
        _make_item(
            item.findtext("guid", ""),
            item.findtext("title", ""),
            parsedate_to_datetime(item.findtext("pubDate", "")),
            item.findtext(CONTENT, ""),
        )
        for item in root.iter("item")
    )
    return Page(items=items, previous=_get_previous(root[0]))


def _get_previous(element: ElementTree.Element) -> str:
    links = (link for link in element.findall(f"{ATOM}link") if link.get("rel") == "prev-archive")
    return _strip_site(next((link.get("href", "") for link in links), ""))


def _strip_site(url: str) -> str:
    return url.removeprefix("https://news.example.com")


def _make_item(identity: str, title: str, published: datetime, html: str) -> Item:
    text = unescape(_TAG.sub(" ", html))
    version = Version(title=title, published=int(published.timestamp()), digest=digest_text(text))
    return Item(id=identity, version=version)


def check_answer(
    answer: Answer, truth: Truth, tally: Tally, *, catch_up: float = CATCH_UP_SECONDS
) -> None:
    """Count a feed's *answer* and what is wrong with it.

    It has to be whole, each of its items one version that was there, none twice; what has been
    there without a change for *catch_up* seconds has to be in it.
    """
    if answer.status >= 500:
        tally.count_answer()
        tally.add_server_error(f"{answer.path}: {answer.status}")
        return
    if answer.status != 200:
        tally.count_answer(wrong=[f"{answer.path}: {answer.status}"])
        return
    try:
        items = parse_page(answer).items
    except (ValueError, KeyError) as error:
        tally.count_answer(wrong=[f"{answer.path} cannot be read: {error!r}"])
        return
    tally.count_answer(
        wrong=[*_list_repeated(items), *_list_wrong(answer, items, truth, tally, catch_up)],
        lost=_list_lost(answer, items, truth, catch_up),
    )


def _list_wrong(
    answer: Answer, items: tuple[Item, ...], truth: Truth, tally: Tally, catch_up: float
) -> Iterator[str]:
    """Yield the items of *answer* that were not in the folder, or too long ago."""
    for item in items:
        delay = truth.measure_delay(item.id, item.version, answer.sent, answer.received)
        if delay is None:
            yield f"{answer.path}: {item.id} was never {item.version}"
            continue
        tally.textless += item.version.digest == NO_TEXT
        tally.slowest_change = max(tally.slowest_change, delay)
        if delay > catch_up:
            yield f"{answer.path}: {item.id} is what it was {delay:.1f} s ago: {item.version}"


def _list_repeated(items: tuple[Item, ...]) -> list[str]:
    counts = Counter(item.id for item in items)
    return [f"{identity} is there {count} times" for identity, count in counts.items() if count > 1]


def _list_lost(answer: Answer, items: tuple[Item, ...], truth: Truth, catch_up: float) -> list[str]:
    """Return the entries that *items* has to have and has not; older ones may be beyond it."""
    shown = {item.id for item in items}
    is_full = len(items) >= MAX_ENTRIES
    oldest = min((item.version.published for item in items), default=0) if is_full else 0
    return [
        f"{answer.path}: {identity} is missing"
        for identity, version in truth.list_certain(answer.sent - catch_up).items()
        if identity not in shown and version.published > oldest
    ]


def read_whole_site(site: Site, start: str = f"/atom.xml?limit={MAX_ENTRIES}") -> list[Item]:
    """Return every entry that a reader gets who goes back through all archives.

    Raises OSError where no answer comes, ValueError where one is no feed.
    """
    connection, path = Connection(site.port), start
    items: dict[str, Item] = {}
    repeated: list[Item] = []
    try:
        while path:
            answer = connection.get(path)
            if answer.status != 200:
                raise ValueError(f"{path}: {answer.status}")
            page = parse_page(answer)
            # the newest stand in an archive too, as what they are
            repeated += [item for item in page.items if items.setdefault(item.id, item) != item]
            path = page.previous
    finally:
        connection.close()
    return [*items.values(), *repeated]


def wait_for_truth(
    site: Site,
    truth: Truth,
    tally: Tally,
    *,
    seconds: float = TRUTH_SECONDS,
    read: Callable[[Site], list[Item]] = read_whole_site,
) -> float:
    """Return the seconds until the whole site is what the folder has; count what is not."""
    started = time.monotonic()
    wanted = {
        Item(id=identity, version=version)
        for identity, version in truth.list_certain(started).items()
    }
    problem, found = "", set[Item]()
    while True:
        try:
            items = read(site)
            found, problem = set(items), ""
        except (OSError, ValueError) as error:
            problem = str(error)
        taken = time.monotonic() - started
        if found == wanted and not problem:
            tally.count_answer()
            return taken
        if taken > seconds:
            break
        time.sleep(0.02)
    tally.count_answer(
        wrong=[
            *([problem] if problem else []),
            *(f"still there: {item}" for item in found - wanted),
        ],
        lost=[f"still missing: {item}" for item in wanted - found],
    )
    return taken
