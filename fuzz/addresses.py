"""Names, addresses and permalink patterns: what leaves is a URI, and one step is enough."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import urlsplit

from feedsvc.urls import (
    clean_slug,
    format_permalink,
    is_reserved,
    make_slug,
    parse_alias,
    parse_own_permalink,
    parse_slug,
    quote_path,
    quote_url,
)
from fuzz.target import Target

SITE = "https://news.example.com/"
WHEN = datetime(2023, 3, 2, tzinfo=UTC)
URI = re.compile(r"[!#$%&'()*+,\-./0-9:;=?@A-Z\[\]_a-z~]*")  # RFC 3986, section 2
STRAY_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")


def check_addresses(data: bytes) -> None:
    """Take *data* for a name, an address of an entry's own, an old one, and a slug."""
    text = data.decode("utf-8", "replace")
    slug = make_slug(text)
    assert parse_slug(slug) == slug, (text, slug, parse_slug(slug))
    assert not set("/\\?#%,+") & set(slug)
    assert not slug.startswith(".")
    check_uri(quote_path(text))
    check_uri(quote_path(clean_slug(text)))
    assert not set("/\\?#% \t\n") & set(clean_slug(text))
    url = format_permalink("/{year}/{category}/{slug}/", WHEN, "day", clean_slug(text), text, text)
    check_uri(url)
    quoted = quote_url(text)
    assert quoted.isascii()
    assert quote_url(quoted) == quoted, (text, quoted)
    check_own_permalink(text)
    alias = parse_alias(text, SITE)
    check_uri(alias)
    assert not alias or alias.startswith("/")


def check_own_permalink(text: str) -> None:
    """Assert that an address an entry gives itself is a URI, at which it is found when asked."""
    own = parse_own_permalink(text, SITE)
    if own is None:
        return
    path, url = own
    assert url.isascii(), url
    assert urlsplit(url).scheme in ("http", "https")
    if not path:
        return
    check_uri(path)
    assert url == SITE + path[1:]
    is_reserved(path)


def check_uri(text: str) -> None:
    """Assert that *text* has nothing that no URI may have."""
    assert URI.fullmatch(text), f"no part of a URI: {text!r}"
    assert not STRAY_PERCENT.search(text), text


TARGET = Target(name="addresses", check=check_addresses, max_bytes=120, examples=200)
