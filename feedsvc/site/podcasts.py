"""Which listings are shows, by `[podcasts.NAME]` of the settings, and what their feeds state."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_type_hints
from uuid import UUID, uuid5

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from feedsvc.errors import SettingsError
from feedsvc.feeds import Show
from feedsvc.listing import Listing
from feedsvc.settings import Settings, check_section, expect
from feedsvc.urls import TERM_FOLDERS, join_url, make_term_folder, parse_slug

# https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/tags/guid.md
GUID_NAMESPACE = UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")


class Podcast(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A show: the listing that is one, and what its feeds state for podcast apps."""

    listing: Annotated[
        str,
        expect(
            "a listing as addresses have it, such as 'categories/harbor-talk', or '' for all"
            " entries",
            r"|/?(?:tags|categories|authors|languages)/[^/]+/?",
        ),
    ] = ""
    title: str = ""  # "": as the listing has it
    description: str = ""  # "": the site's
    author: str = ""  # who makes it; "": the site's author
    image: str = ""  # its artwork, square; "": the site's image
    category: Annotated[
        str | tuple[str, ...],
        expect("one of Apple's categories, such as 'News > Daily News', or a list of them"),
    ] = ()
    explicit: Annotated[bool | None, expect("true or false")] = None  # for adults only
    type: Literal["", "episodic", "serial"] = ""  # "serial": played from the first episode on
    owner: str = ""  # whom directories write to
    email: Annotated[str, expect("an e-mail address", r"|[^@\s]+@[^@\s]+\.[^@\s.]+")] = ""
    guid: Annotated[
        str,
        expect(
            "a UUID such as '9b024349-ccf0-5f69-a609-6b82873eab3c'",
            r"|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
        ),
    ] = ""  # an existing GUID; "": derived from the feed's address
    locked: Annotated[bool | None, expect("true or false")] = None  # other hosts may not import it


NO_PODCAST = Podcast()
PODCAST_KEYS: dict[str, Any] = get_type_hints(Podcast, include_extras=True)


def read_podcasts(settings: Settings) -> dict[str, Podcast]:
    """Return the shows of *settings* by their names there; raise SettingsError."""
    for name, table in settings.podcasts.items():
        check_section(f"podcasts.{name}", table, {}, PODCAST_KEYS)
    podcasts = msgspec.convert(settings.podcasts, dict[str, Podcast])
    owners: dict[str, str] = {}
    for name, podcast in podcasts.items():
        owner = owners.setdefault(resolve_listing_folder(podcast.listing), name)
        if owner != name:
            message = f"{podcast.listing!r} is already the show [podcasts.{owner}]"
            raise SettingsError(f"podcasts.{name}.listing", message, "name another listing")
    return podcasts


def resolve_listing_folder(written: str) -> str:
    """Return the folder of the listing that the settings name: `tags/Harbor Talk` has a slug."""
    folder, _, name = written.strip("/").partition("/")
    return make_term_folder(TERM_FOLDERS[folder], parse_slug(name)) if name else ""


def get_own_podcast(settings: Settings, listing: Listing) -> Podcast | None:
    """Return the show that *listing* is, however few of its episodes it has; None for none."""
    if not settings.podcasts:  # as on most sites, and each document asks several times
        return None
    whole = _get_whole(listing)
    return next(
        (
            podcast
            for podcast in read_podcasts(settings).values()
            if resolve_listing_folder(podcast.listing) == listing.folder and not whole.make_query()
        ),
        None,
    )


def get_podcast(settings: Settings, listing: Listing) -> Podcast:
    """Return the show to which *listing* belongs: its own, else that of the whole site."""
    own = get_own_podcast(settings, listing)
    return own or get_own_podcast(settings, Listing()) or NO_PODCAST


def build_show(settings: Settings, listing: Listing, author: str, image: str) -> Show:
    """Return the show of *listing*; *author* is the site's, *image* the URL of its artwork."""
    own, podcast = get_own_podcast(settings, listing), get_podcast(settings, listing)
    categories = (podcast.category,) if isinstance(podcast.category, str) else podcast.category
    return Show(
        author=podcast.author or author,
        image=image,
        categories=tuple(split_category(one) for one in categories if one),
        explicit=podcast.explicit,
        type=podcast.type,
        owner=podcast.owner,
        email=podcast.email,
        guid=(own.guid if own is not None else "") or make_guid(settings, listing),
        locked=podcast.locked,
    )


def split_category(words: str) -> tuple[str, ...]:
    """Return category and subcategory of "News > Daily News"."""
    return tuple(part.strip() for part in words.split(">", 1) if part.strip())


def make_guid(settings: Settings, listing: Listing) -> str:
    """Return the UUID of the address of the RSS feed of *listing*, whatever its length and order.

    The pages of its changes are of the same show. There is none in development mode: a show has one
    for ever, and the address is not its own.
    """
    if settings.development:
        return ""
    url = join_url(settings.site.url, _get_whole(listing).make_path("rss"))
    return str(uuid5(GUID_NAMESPACE, url.partition("://")[2].rstrip("/")))


def _get_whole(listing: Listing) -> Listing:
    """Return *listing* whatever its length, its order and the changes that it tracks."""
    whole = replace(listing.archived_listing, content="")
    return replace(whole, since="", until="") if listing.tracks_changes else whole
