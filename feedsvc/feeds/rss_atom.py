"""Renders a Feed as RSS 2.0 or Atom 1.0: feedgen builds the tree, `feedgen_fixes` completes it.

Every date is set here (feedgen writes the current time for a missing one). Each document has its
own generator, so threads share nothing.
"""

from __future__ import annotations

import re
from datetime import datetime
from html import escape
from typing import Any

from feedgen.feed import FeedGenerator
from msgspec.structs import replace

from feedsvc.feeds.feedgen_fixes import FeedFixes, ItemFixes, LinkAttributes
from feedsvc.feeds.parts import (
    build_full_html,
    build_notice_html,
    drop_empty,
    get_link_type,
    get_self_url,
    list_categories,
)
from feedsvc.model import EPOCH, Author, Feed, Item, Moment, Tombstone, get_license
from feedsvc.words import get_words

# Enough for W3C's validator and for feedgen's `mail (Name)`.
EMAIL = re.compile(r"[\w.%+-]+@([A-Za-z0-9-]+\.)+[A-Za-z0-9-]+", re.ASCII)
# RFC 4151, section 2.1
TAG_URI_DATE = re.compile(r"tag:[^,:]*,(\d{4})(?:-(\d\d))?(?:-(\d\d))?:", re.ASCII)
PLAIN_TEXT_ELEMENT = re.compile(
    rb"<(title|description|category|copyright|dc:creator)\b[^>]*>[^<&]*&[^<]*<"
)


def render_rss(feed: Feed) -> bytes:
    """Return *feed* as RSS 2.0 by the RSS Advisory Board's Best Practices Profile."""
    channel = feed.channel
    generator = _make_generator(feed, "rss")
    generator.description(channel.description or channel.title)
    generator.pubDate(_truncate_to_second(feed.updated) if feed.updated is not None else None)
    generator.language(channel.language.lower())
    generator.ttl(channel.ttl)
    if channel.image:
        generator.image(channel.image, title=channel.title, link=channel.home)
    if _has_valid_email(channel.author):
        generator.managingEditor(f"{channel.author.email} ({channel.author.name})")
    else:
        generator.fixes.creator = channel.author
    for one in _list_items(feed):
        if isinstance(one, Item):
            _add_rss_item(generator, one, feed)
        else:
            node = _make_notice(generator, one, feed)
            node.guid(one.id, permalink=one.id == one.url)
    return PLAIN_TEXT_ELEMENT.sub(_use_numeric_references, generator.rss_str())


def render_atom(feed: Feed) -> bytes:
    """Return *feed* as Atom 1.0 (RFC 4287), with archives (RFC 5005) and tombstones (RFC 6721)."""
    channel = feed.channel
    feed = replace(feed, notices=tuple(notice for notice in feed.notices if notice.elements))
    generator = _make_generator(feed, "atom")
    shown = {notice.id for notice in feed.notices}
    generator.fixes.tombstones = [one for one in feed.tombstones if one.id not in shown]
    generator.id(channel.id)
    generator.subtitle(channel.description)
    generator.language(channel.language)
    generator.logo(channel.image)
    generator.author(_build_person(channel.author))
    for one in _list_items(feed):
        if isinstance(one, Item):
            _add_atom_entry(generator, one, feed)
        else:
            node = _make_notice(generator, one, feed)
            node.id(one.id)
            node.updated(_truncate_to_second(one.when))
    return bytes(generator.atom_str())


def _make_generator(feed: Feed, kind: str) -> Any:
    generator = FeedGenerator()
    generator.register_extension("fixes", FeedFixes, ItemFixes)
    links = _build_feed_links(feed, kind)
    generator.fixes.feed, generator.fixes.kind, generator.fixes.links = feed, kind, links
    generator.title(feed.channel.title)
    generator.link([dict(link) for link in links])  # copies, since feedgen changes them (FG-16)
    updated = feed.updated
    generator.updated(
        _parse_tag_date(feed.channel.id) if updated is None else _truncate_to_second(updated)
    )
    generator.rights(feed.channel.rights)
    generator.generator("feedsvc")
    return generator


def _build_feed_links(feed: Feed, kind: str) -> list[LinkAttributes]:
    """Return the document's links; the last becomes RSS's `link` in feedgen (FG-3)."""
    media_type = get_link_type(kind)
    links = [{"rel": "self", "type": media_type, "href": get_self_url(feed, kind)}]
    links += [{"rel": "hub", "href": hub} for hub in feed.channel.hubs]
    for rel, urls in (
        ("current", feed.current),
        ("prev-archive", feed.previous),
        ("next-archive", feed.next),
        ("next", feed.next_page),
    ):
        links += [
            {"rel": rel, "type": media_type, "href": url} for name, url in urls if name == kind
        ]
    if feed.channel.license:  # RFC 4946
        facts = {"type": feed.channel.license_type, "href": feed.channel.license}
        links.append({"rel": "license", **drop_empty(facts)})
    return [*links, {"rel": "alternate", "type": "text/html", "href": feed.channel.home}]


def _list_items(feed: Feed) -> list[Item | Tombstone]:
    """Return the items and the notices of withdrawn entries, each in its entry's place."""
    shown: list[Item | Tombstone] = list(feed.items)
    for notice in feed.notices:
        older = (n for n, one in enumerate(shown) if _get_second(one) < _get_second(notice))
        shown.insert(next(older, len(shown)), notice)
    return shown


def _get_second(one: Item | Tombstone) -> int:
    published = one.entry.published if isinstance(one, Item) else one.published
    return published.seconds if published is not None else 0


def _make_notice(generator: Any, notice: Tombstone, feed: Feed) -> Any:
    """Add an item in place of a withdrawn entry: RSS has no tombstones."""
    words = get_words(notice.language, feed.channel.theme)
    node = generator.add_entry(order="append")
    node.fixes.notice, node.fixes.language = notice, feed.channel.language
    node.title(words.gettext("Withdrawn: %(title)s", title=notice.title))
    node.link(href=notice.url, rel="alternate")
    node.summary(build_notice_html(notice, feed.channel))
    if notice.published is not None:
        node.published(_truncate_to_second(notice.published))
    return node


def _add_rss_item(generator: Any, item: Item, feed: Feed) -> None:
    entry = item.entry
    node = _make_node(generator, item, feed)
    node.guid(entry.id, permalink=entry.id == entry.url)
    if item.content.summary:
        node.summary(escape(item.content.summary, quote=False))  # a description is HTML
    if html := build_full_html(item, feed):
        node.content(html, type="html")
    if entry.enclosures:
        first = entry.enclosures[0]
        node.enclosure(first.url, first.length, first.type)
    if entry.comments:
        node.comments(entry.comments)
    if entry.origin is not None and entry.origin.url:
        node.source(entry.origin.url, entry.origin.title or entry.origin.url)
    # RSS allows one `author`, as `mail (Name)`
    if len(entry.authors) == 1 and _has_valid_email(entry.authors[0]):
        node.author(name=entry.authors[0].name, email=entry.authors[0].email)
    else:
        node.fixes.creators = entry.authors


def _add_atom_entry(generator: Any, item: Item, feed: Feed) -> None:
    entry = item.entry
    node = _make_node(generator, item, feed)
    node.id(entry.id)
    node.updated(_truncate_to_second(entry.changed))
    html = build_full_html(item, feed)
    if item.content.summary or not html:  # an entry needs one of the two (RFC 4287, 4.1.1.1)
        node.summary(item.content.summary or entry.title)
    if html:
        node.content(html, type="html")
    if entry.rights:
        node.rights(entry.rights)
    if entry.authors:
        node.author([_build_person(author) for author in entry.authors])


def _make_node(generator: Any, item: Item, feed: Feed) -> Any:
    entry = item.entry
    node = generator.add_entry(order="append")  # FG-5
    node.fixes.item, node.fixes.language = item, feed.channel.language
    node.fixes.license, node.fixes.without = get_license(entry, feed.channel), feed.without
    node.title(entry.title)
    node.link(href=entry.url, rel="alternate")
    node.published(_truncate_to_second(entry.published))
    names = list_categories(item, feed.channel)
    node.category([{"term": name, "label": name, "scheme": scheme} for name, scheme in names])
    return node


def _parse_tag_date(identity: str) -> datetime:
    """Return the date in a tag URI, for a feed that never had an entry: Atom requires one."""
    match = TAG_URI_DATE.match(identity)
    year, month, day = map(int, match.groups(default="1")) if match else (1970, 1, 1)
    try:
        return EPOCH.replace(year=year, month=month, day=day)
    except ValueError:  # 2026-02-30, which a tag URI may have
        return EPOCH


def _truncate_to_second(moment: Moment) -> datetime:
    return moment.when.replace(microsecond=0)  # whole seconds, as in the other formats


def _build_person(author: Author) -> dict[str, str]:
    email = author.email if EMAIL.fullmatch(author.email) else ""
    return drop_empty({"name": author.name, "email": email, "uri": author.uri})


def _has_valid_email(author: Author) -> bool:
    return EMAIL.fullmatch(author.email) is not None and not re.search(r"[()\\]", author.name)


def _use_numeric_references(match: re.Match[bytes]) -> bytes:
    """Write `&` and `<` of plain text so that unescaping it once or twice gives the same."""
    return match[0].replace(b"&amp;", b"&#x26;").replace(b"&lt;", b"&#x3C;")
