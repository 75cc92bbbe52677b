"""The tables `[partners.NAME]` of the settings, and the profiles that they name, checked.

Comes in: tables as TOML has them. Goes out: a `Partner` each, or SettingsError with the key that is
wrong. Profiles are files in `partners/` beside the settings, else ours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

import msgspec
from msgspec import Meta, Struct, field
from msgspec.structs import replace

import feedsvc
from feedsvc.errors import ListingError, SettingsError
from feedsvc.feeds.profiles import FeedFormat, Profile, ProfileError, parse_profile
from feedsvc.listing import Listing, parse_query
from feedsvc.settings import NOT_IN_TEXT, Feeds, Settings, check_section, expect, suggest

PARTNER_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
OWN_PROFILES = Path(feedsvc.__file__).parent / "partners"  # a user's own are in such a folder, too
MAX_PROFILE_BYTES = 256 * 1024

KeyHash = Annotated[
    str,
    expect("a line of `feedsvc key`, such as 'sha256:' and 64 digits", r"sha256:[0-9a-f]{64}"),
]
Names = Annotated[
    str | tuple[str, ...], expect("a name as addresses have it, such as 'wind', or a list of them")
]


class PartnerKey(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key that ends; it is good until the end of a day in the site's zone."""

    hash: KeyHash
    expires: date | None = None


class Partner(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A partner's feed: a listing, by whose profile it is made, and who may have it."""

    profile: Annotated[str, expect("the name of a profile, such as 'google-news'")] = ""
    tag: Names = ()
    category: Names = ()
    author: Names = ()
    lang: Names = ()
    without: Names = field(default=(), name="not")
    q: str = ""
    format: FeedFormat = "rss"  # the one that it takes
    content: Literal["", "full", "summary"] = ""  # "": as the profile, else the feeds have it
    limit: Annotated[int, Meta(ge=0, le=500)] = 0  # 0: as the feeds, and no more than it takes
    refused: Literal["", "leave out", "keep"] = ""  # "": as the profile has it
    embargoed: bool = False  # it gets what is scheduled
    values: Annotated[dict[str, str], expect('a table of strings such as {logo = "https://…"}')] = (
        field(default_factory=dict)
    )  # which the profile asks for
    keys: Annotated[
        dict[str, KeyHash | PartnerKey] | None,
        expect(
            "a table with lines of `feedsvc key`: a name, and 'sha256:' with 64 digits or"
            " {hash = 'sha256:…', expires = 2027-06-30}"
        ),
    ] = None  # None: it is for everybody; {}: all are revoked

    @property
    def query(self) -> dict[str, tuple[str, ...]]:
        """The query that an address with the same listing has."""
        named = {
            "tag": self.tag,
            "category": self.category,
            "author": self.author,
            "lang": self.lang,
            "not": self.without,
            "q": self.q,
        }
        return {
            name: (value,) if isinstance(value, str) else value
            for name, value in named.items()
            if value or (name != "q" and value == "")  # the default of names is ()
        }


_HINTS = get_type_hints(Partner, include_extras=True)
PARTNER_KEYS = {one.encode_name: _HINTS[one.name] for one in msgspec.structs.fields(Partner)}


def read_partners(settings: Settings) -> dict[str, tuple[Partner, Profile | None]]:
    """Return each partner of *settings* with its profile; raise SettingsError."""
    return {name: _read_partner(name, table, settings) for name, table in settings.partners.items()}


def _read_partner(
    name: str, table: Mapping[str, Any], settings: Settings
) -> tuple[Partner, Profile | None]:
    check_section(f"partners.{name}", table, {}, PARTNER_KEYS)
    partner = msgspec.convert(table, Partner)
    _check_partner(name, partner, settings.feeds)
    if not partner.profile:
        return partner, None
    known = settings.profiles.get(partner.profile)
    text = known or read_profile(partner.profile, settings.base, f"partners.{name}.profile")
    profile = parse_profile(text)
    _check_profile(f"partners.{name}", partner, profile)
    return partner, profile


def add_profiles(settings: Settings) -> Settings:
    """Return *settings* with the texts of the profiles that its partners have.

    Whoever gets these settings later has the same profiles, whatever becomes of the files. Raise
    SettingsError for what is wrong with a partner or a profile.
    """
    named = {one.profile for one, profile in read_partners(settings).values() if profile}
    texts = {name: read_profile(name, settings.base, "partners") for name in sorted(named)}
    return replace(settings, profiles=texts)


def list_profiles(base: Path) -> list[str]:
    """Return the names of all profiles, ours and those beside the settings in *base*."""
    folders = (base / OWN_PROFILES.name, OWN_PROFILES)
    return sorted({file.stem for one in folders for file in one.glob("*.toml")})


def read_profile(name: str, base: Path, setting: str) -> str:
    """Return the text of a profile's file beside the settings, in *base*, else of ours.

    Raise SettingsError for one that is not there or has a mistake; *setting* names it.
    """
    folders = (base / OWN_PROFILES.name, OWN_PROFILES)
    path = next((one / f"{name}.toml" for one in folders if (one / f"{name}.toml").is_file()), None)
    if path is None or not PARTNER_NAME.fullmatch(name):
        known = list_profiles(base)
        remedy = f"known are {', '.join(known)}; one of your own is {folders[0]}/{name}.toml"
        raise SettingsError(setting, f"there is no profile {name!r}{suggest(name, known)}", remedy)
    try:
        with path.open("rb") as file:
            text = file.read(MAX_PROFILE_BYTES).decode("utf-8-sig")
        parse_profile(text)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(setting, f"{str(path)!r} cannot be read: {error}") from error
    except ProfileError as error:
        raise SettingsError(setting, f"in {str(path)!r} {error}") from error
    return text


def _check_partner(name: str, partner: Partner, feeds: Feeds) -> None:
    """Raise SettingsError for what is wrong with a partner's table as a whole."""
    where = f"partners.{name}"
    if not PARTNER_NAME.fullmatch(name):
        message = (
            "expected a name of lowercase letters, digits and '-', which its addresses contain"
        )
        raise SettingsError(where, message)
    if partner.embargoed and partner.keys is None:
        raise SettingsError(
            f"{where}.embargoed",
            "whoever knows the address would see what is not public yet",
            f"add a line [{where}.keys], then make a key with `feedsvc key {name}`",
        )
    for key, values in partner.query.items():
        if not all(re.search(r"[^\s,]", one) for one in values):
            message = "it names nothing, so that all entries would be chosen"
            raise SettingsError(f"{where}.{key}", message, "name something, or remove the line")
    try:
        make_partner_listing(partner, feeds)
    except ListingError as error:
        subject = f"{where}.{error.subject}" if error.subject else where
        raise SettingsError(subject, error.message, error.remedy) from error


def _check_profile(where: str, partner: Partner, profile: Profile) -> None:
    """Raise SettingsError where a partner's table does not fit the *profile* that it names."""
    for name in partner.values:
        if name not in profile.values:
            known = f"it has {', '.join(profile.values)}" if profile.values else "it has none"
            message = f"the profile {partner.profile!r} asks for no such value; {known}"
            raise SettingsError(f"{where}.values.{name}", message)
    for name, form in profile.values.items():
        if NOT_IN_TEXT.search(partner.values.get(name, "")):
            raise SettingsError(
                f"{where}.values.{name}", "expected text without control characters"
            )
        if form.required and not partner.values.get(name, "").strip():
            raise SettingsError(f"{where}.values.{name}", f"expected {form.about}, got none")
    if partner.format not in profile.formats:
        message = f"{profile.title} takes {' or '.join(profile.formats)}"
        raise SettingsError(f"{where}.format", f"{message}, got {partner.format!r}")
    most = profile.get_max("feed.entries")
    if most is not None and partner.limit > most:
        message = f"{profile.title} takes at most {most} entries, got {partner.limit}"
        raise SettingsError(f"{where}.limit", message)


def make_partner_listing(partner: Partner, feeds: Feeds) -> Listing:
    """Return the entries that a partner asks for, before its profile; raise ListingError."""
    return parse_query(Listing(), partner.query, feeds.limit, feeds.content)
