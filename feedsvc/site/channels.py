"""What a listing states about itself in every format: title, addresses, author, language."""

from __future__ import annotations

import posixpath
from datetime import datetime
from urllib.parse import unquote

from feedsvc.dates import make_zone_from_offset
from feedsvc.feeds import list_channel_elements
from feedsvc.fields.values import parse_author
from feedsvc.listing import Listing
from feedsvc.model import Author, Channel, Element, Moment, Pairs
from feedsvc.settings import Settings
from feedsvc.site.podcasts import (
    NO_PODCAST,
    build_show,
    get_own_podcast,
    get_podcast,
    read_podcasts,
)
from feedsvc.urls import (
    FEED_FILES,
    RESERVED_SEGMENTS,
    RSL_MEDIA_TYPE,
    Route,
    join_url,
    make_file_path,
    make_static_path,
    quote_url,
)


def make_moment(seconds: int | None, settings: Settings) -> Moment | None:
    """Return the moment of *seconds* since 1970 with the site's offset, None for None."""
    if seconds is None:
        return None
    local = datetime.fromtimestamp(seconds, settings.site.zone)
    when = local.astimezone(make_zone_from_offset(local.utcoffset()))
    return Moment(when=when, precision="second")


def list_feed_urls(settings: Settings, listing: Listing | None) -> Pairs:
    """Return (format, URL) of each feed of *listing*, () for None."""
    if listing is None:
        return ()
    return tuple(
        (kind, join_url(settings.site.url, listing.make_path(kind))) for kind in FEED_FILES
    )


def list_hub_links(settings: Settings) -> list[str]:
    """Return what the header `Link` of a feed says of its hubs (WebSub, section 4)."""
    return [f'<{hub}>; rel="hub"' for hub in settings.feeds.hubs]


def list_channel_image_files(settings: Settings) -> frozenset[str]:
    """Return the paths below the entries folder of the pictures of the site and its shows."""
    images = [settings.site.image, *(podcast.image for podcast in read_podcasts(settings).values())]
    return frozenset(get_image_file(settings, image) for image in images) - {""}


def get_image_file(settings: Settings, image: str) -> str:
    """Return the path below the entries folder of a channel's *image*, "" where it is elsewhere."""
    site = settings.site
    path = image.removeprefix(site.url + Route.FILES + "/").removeprefix(f"/{Route.FILES}/")
    is_elsewhere = "://" in path or path.startswith("/") or path.split("/")[0] in RESERVED_SEGMENTS
    return "" if is_elsewhere or not path else posixpath.normpath(unquote(path))


def make_image_url(settings: Settings, image: str) -> str:
    """Return the URL of a channel's *image* as the settings name it, "" for none."""
    if file := get_image_file(settings, image):
        return join_url(settings.site.url, make_file_path(file))
    url = image if "://" in image or not image else join_url(settings.site.url, image)
    return quote_url(url)


def build_channel(
    settings: Settings, listing: Listing | None = None, title: str = "", language: str = ""
) -> Channel:
    """Return the channel of *listing*, the same for its subscription and archive documents.

    With *settings* alone it is the channel of everything.
    """
    site = settings.site
    whole = (listing or Listing()).subscribed
    podcast = get_own_podcast(settings, whole) if listing is not None else None
    podcast = podcast or NO_PODCAST
    return Channel(
        id=f"tag:{site.id_authority}:/{whole.archived_listing.make_path()}",
        title=podcast.title or title or site.title,
        theme=settings.theme,
        home=join_url(site.url, whole.make_path()),
        site=site.url,
        urls=list_feed_urls(settings, whole),
        description=podcast.description or site.description or site.title,
        language=language or site.language,
        author=get_author(settings),
        rights=site.rights,
        license=settings.license_url,
        license_type=RSL_MEDIA_TYPE if settings.has_rsl_license else "",
        image=make_image_url(settings, podcast.image or site.image),
        ttl=max(1, settings.feeds.max_age // 60),
        hubs=settings.feeds.hubs,
        stylesheet=join_url(site.url, make_static_path("feed.css")),
        show=_list_show_elements(settings, whole) if listing is not None else (),
    )


def get_author(settings: Settings) -> Author:
    """Return the author of the feeds, with an address if the setting is `Name <mail>`."""
    words = settings.site.author or settings.site.title
    return next((one for one in parse_author(words) if one.email), Author(name=words))


def _list_show_elements(settings: Settings, listing: Listing) -> tuple[Element, ...]:
    """Return what *listing* is to podcast apps; without settings it has the site's picture."""
    image = get_podcast(settings, listing).image or settings.site.image
    show = build_show(settings, listing, get_author(settings).name, make_image_url(settings, image))
    return tuple(list_channel_elements(show))
