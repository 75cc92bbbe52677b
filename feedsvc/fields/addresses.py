"""A final check of all addresses in an entry's fields.

Comes in: a finished entry. Goes out: the same with its addresses as URIs (RFC 3986), and without
those that are not of the web, whatever field, table or fallback they came from.
Bodies have the same check in `content.sanitize`.
"""

from __future__ import annotations

from msgspec.structs import replace

from feedsvc.fields.draft import EntryDraft
from feedsvc.model import Entry
from feedsvc.urls import is_web_url, quote_url


def keep_web_addresses(draft: EntryDraft, entry: Entry) -> Entry:
    """Return *entry* with only those addresses that are web URIs; note a problem for each other."""
    kept = {url: quote_url(url) for url in list_addresses(entry) if url}
    if all(url == quoted and is_web_url(url) for url, quoted in kept.items()):
        return entry
    for url, quoted in kept.items():
        if not is_web_url(quoted):
            kept[url] = ""
            message = f"{url[:100]!r} is not a web address, and is left out"
            draft.add_problem("address-unsafe", message, "write one that begins with https://")
    origin, image = entry.origin, entry.image
    return replace(
        entry,
        comments=kept.get(entry.comments, ""),
        license=kept.get(entry.license, ""),
        origin=origin and replace(origin, url=kept.get(origin.url, "")),
        image=replace(image, url=kept[image.url]) if image and kept[image.url] else None,
        enclosures=tuple(
            replace(one, url=kept[one.url]) for one in entry.enclosures if kept.get(one.url)
        ),
        authors=tuple(replace(one, uri=kept.get(one.uri, "")) for one in entry.authors),
    )


def list_addresses(entry: Entry) -> list[str]:
    """Return the addresses that feeds and pages link to, beside the permalink; "" for none."""
    found = [entry.comments, entry.license, *[author.uri for author in entry.authors]]
    if entry.origin is not None:
        found.append(entry.origin.url)
    if entry.image is not None:
        found.append(entry.image.url)
    return found + [one.url for one in entry.enclosures]
