"""What a listing states about itself in every format: title, addresses, author, language."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from feedsvc.listing import Listing
from feedsvc.model import Author, Channel, Moment
from feedsvc.settings import Settings
from feedsvc.urls import FEED_FILES, join_url, make_static_path


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


def build_channel(
    settings: Settings, listing: Listing | None = None, title: str = "", language: str = ""
) -> Channel:
    """Return the channel of *listing*, the same for its subscription and archive documents.

    With *settings* alone it is the channel of everything.
    """
    site = settings.site
    whole = replace(listing or Listing(), period="", part=1)
    is_url = not site.image or "://" in site.image
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
        image=site.image if is_url else join_url(site.url, site.image),
        ttl=max(1, settings.feeds.max_age // 60),
        hubs=settings.feeds.hubs,
        stylesheet=join_url(site.url, make_static_path("feed.css")),
    )
