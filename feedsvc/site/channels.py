"""What a listing states about itself in every format: title, addresses, author, language."""

from __future__ import annotations

import posixpath
from datetime import datetime
from urllib.parse import unquote

from msgspec.structs import replace

from feedsvc.listing import Listing
from feedsvc.model import Author, Channel, Moment
from feedsvc.settings import Settings
from feedsvc.urls import (
    FEED_FILES,
    RESERVED_SEGMENTS,
    Route,
    join_url,
    make_file_path,
    make_static_path,
    quote_url,
)


def make_title(settings: Settings, about: str) -> str:
    """Return the title of a listing that is *about* this, "" for everything."""
    return f"{settings.site.title}: {about}" if about else settings.site.title


def make_moment(seconds: int | None, settings: Settings) -> Moment | None:
    """Return the moment of *seconds* since 1970 with the site's offset, None for None."""
    if seconds is None:
        return None
    return Moment(when=datetime.fromtimestamp(seconds, settings.site.zone), precision="second")


def list_feed_urls(settings: Settings, listing: Listing | None) -> tuple[tuple[str, str], ...]:
    """Return (format, URL) of each feed of *listing*, () for None."""
    if listing is None:
        return ()
    return tuple(
        (kind, join_url(settings.site.url, listing.make_path(kind))) for kind in FEED_FILES
    )


def get_site_image_file(settings: Settings) -> str:
    """Return the path below the entries folder of the site's picture, "" where it is elsewhere."""
    path, site = settings.site.image, settings.site
    path = path.removeprefix(site.url + Route.FILES + "/").removeprefix(f"/{Route.FILES}/")
    is_elsewhere = "://" in path or path.startswith("/") or path.split("/")[0] in RESERVED_SEGMENTS
    return "" if is_elsewhere or not path else posixpath.normpath(unquote(path))


def make_site_image_url(settings: Settings) -> str:
    """Return the URL of the site's picture, "" where it has none."""
    site = settings.site
    if file := get_site_image_file(settings):
        return join_url(site.url, make_file_path(file))
    url = site.image if "://" in site.image or not site.image else join_url(site.url, site.image)
    return quote_url(url)


def build_channel(
    settings: Settings, listing: Listing | None = None, title: str = "", language: str = ""
) -> Channel:
    """Return the channel of *listing*, the same for its subscription and archive documents.

    With *settings* alone it is the channel of everything.
    """
    site = settings.site
    whole = replace(listing or Listing(), period="", part=1)
    return Channel(
        id=f"tag:{site.id_authority}:/{whole.archived_listing.make_path()}",
        title=title or site.title,
        home=join_url(site.url, whole.make_path()),
        site=site.url,
        urls=list_feed_urls(settings, whole),
        description=site.description or site.title,
        language=language or site.language,
        author=Author(name=site.author or site.title),
        rights=site.rights,
        image=make_site_image_url(settings),
        ttl=max(1, settings.feeds.max_age // 60),
        hubs=settings.feeds.hubs,
        stylesheet=join_url(site.url, make_static_path("feed.css")),
    )
