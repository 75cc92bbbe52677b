"""What a partner's table and its profile come to: which entries, how many, how old, for whom."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from feedsvc.feeds.profiles import FeedFormat, Profile
from feedsvc.listing import Listing
from feedsvc.settings import Feeds, Settings
from feedsvc.site.partners.tables import Partner, PartnerKey, make_partner_listing, read_partners
from feedsvc.urls import make_partner_path

DAY_SECONDS = 86_400


class Selection(Struct, frozen=True, kw_only=True):
    """One partner's feed, before anything is asked of the index."""

    name: str
    listing: Listing
    profile: Profile | None
    format: FeedFormat  # the one that the partner takes
    formats: tuple[FeedFormat, ...]  # all that are made
    values: Mapping[str, str]
    keeps_refused: bool
    shows_scheduled: bool
    keys: Mapping[str, str | PartnerKey] | None  # None: everybody may have it
    max_age: int | None  # seconds from an entry's publication
    max_bytes: int | None  # of the feed

    @property
    def paths(self) -> dict[str, str]:
        """The path of the feed in each format."""
        return {one: make_partner_path(self.name, one) for one in self.formats}

    @property
    def is_private(self) -> bool:
        """Whether a key is asked for."""
        return self.keys is not None


def load_partners(settings: Settings) -> dict[str, Selection]:
    """Return what each partner of *settings* gets, by its name; raise SettingsError."""
    return {
        name: make_selection(name, partner, profile, settings.feeds)
        for name, (partner, profile) in read_partners(settings).items()
    }


def make_selection(name: str, partner: Partner, profile: Profile | None, feeds: Feeds) -> Selection:
    """Return what *partner* gets by *profile*."""
    most = profile.get_max("feed.entries") if profile is not None else None
    days = profile.get_max("age") if profile is not None else None
    return Selection(
        name=name,
        listing=replace(
            make_partner_listing(partner, feeds),
            limit=partner.limit or min(feeds.limit, most or feeds.limit),
            content=partner.content or (profile.content if profile is not None else ""),
        ),
        profile=profile,
        format=partner.format,
        formats=profile.formats if profile is not None else ("rss", "atom", "json"),
        values=partner.values,
        keeps_refused=(partner.refused or (profile.refused if profile else "keep")) == "keep",
        shows_scheduled=partner.embargoed,
        keys=partner.keys,
        max_age=None if days is None else days * DAY_SECONDS,
        max_bytes=profile.get_max("feed.bytes") if profile is not None else None,
    )
