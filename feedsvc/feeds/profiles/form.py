"""The form of a profile: a TOML file with a partner's requirements of a feed.

Comes in: the text of `NAME.toml`. Goes out: a checked `Profile`, or ProfileError with the wrong
key and what would be right. docs/howto/partners.md explains the form to authors of profiles.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Literal

import msgspec
from msgspec import Struct

from feedsvc.errors import LocatedError
from feedsvc.feeds.profiles.fields import (
    ENTRY_FIELDS,
    FEED_FIELDS,
    NOTICE_FIELDS,
    REPEATED,
    SITE_FIELDS,
    Kind,
)
from feedsvc.urls import is_web_url

FeedFormat = Literal["rss", "atom", "json"]
XmlFormat = Literal["rss", "atom"]
OWN_NAMESPACES = {  # prefixes that our feeds already use
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
}
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
ELEMENT_NAME = re.compile(r"(?:([A-Za-z_][A-Za-z0-9_.-]*):)?([A-Za-z_][A-Za-z0-9_.-]*)")
MAX_DEPTH = 5  # of elements within elements
CONSTRAINTS: dict[str, tuple[Kind, ...]] = {  # of rules, and the field kinds they fit
    "required": ("text", "number", "texts"),
    "absent": ("text", "number", "texts"),
    "min": ("number",),
    "max": ("number",),
    "min_characters": ("text",),
    "max_characters": ("text",),
    "max_bytes": ("text",),
    "min_count": ("texts",),
    "max_count": ("texts",),
    "among": ("text", "texts"),
    "none_of": ("text", "texts"),
}


class ProfileError(LocatedError):
    """A profile that cannot be used; *subject* is the key, "" for the whole file."""


class ElementForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An element to add to the feed. A text that begins with `$` is the field of that name.

    The text after a `|` is used if the field is empty: `$image.bytes|0`.
    """

    name: str  # "media:content"; without a prefix, an element of RSS or Atom itself
    each: Literal["", "images", "enclosures", "authors", "categories", "tags"] = ""
    text: str = ""
    cut: int = 0  # characters, beyond which the text is cut between words
    attributes: dict[str, str] = {}
    child: tuple[ElementForm, ...] = ()
    needs: tuple[str, ...] = ()  # not written if one of these fields is empty
    unless: tuple[str, ...] = ()  # not written if one of these fields is not empty
    formats: tuple[XmlFormat, ...] = ("rss", "atom")

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the fields that it shows itself, without its children's."""
        words = (self.text, *self.attributes.values())
        return tuple(one[1:].partition("|")[0] for one in words if one.startswith("$"))


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A requirement of a field of an entry, or of the feed; its source, message and remedy."""

    field: str
    page: str  # URL of the partner's page with this rule
    message: str  # what is wrong with an entry that breaks it
    remedy: str
    level: Literal["refuse", "note"] = "refuse"  # "note": advice, or what cannot be decided
    required: bool = False
    absent: bool = False
    min: int | float | None = None
    max: int | float | None = None
    min_characters: int | None = None
    max_characters: int | None = None
    max_bytes: int | None = None
    min_count: int | None = None
    max_count: int | None = None
    among: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()

    @property
    def constraints(self) -> tuple[str, ...]:
        """The names of its constraints."""
        return tuple(name for name in CONSTRAINTS if getattr(self, name) not in (None, False, ()))


class ValueForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value from the partner's table in the settings, for `$set.NAME`."""

    about: str  # completes "expected …"
    required: bool = False


class Profile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A partner's requirements: the elements of its feed, and its rules."""

    title: str  # "Google News"
    page: str  # URL of the partner's documentation of feeds
    read: date  # the day on which its pages were last read for this file
    about: str = ""
    formats: tuple[FeedFormat, ...] = ("rss", "atom", "json")  # those that it accepts
    content: Literal["", "full", "summary"] = ""  # text of entries; "": as in the site's feeds
    refused: Literal["leave out", "keep"] = "leave out"  # what to do with entries that break a rule
    namespaces: dict[str, str] = {}  # by prefix
    values: dict[str, ValueForm] = {}
    without: tuple[str, ...] = ()  # elements of our feeds to omit
    channel: tuple[ElementForm, ...] = ()
    item: tuple[ElementForm, ...] = ()
    withdrawn: tuple[ElementForm, ...] = ()  # elements of the item in place of a withdrawn entry
    rule: tuple[Rule, ...] = ()

    def get_max(self, field: str) -> int | None:
        """Return the smallest maximum for *field* in rules that refuse, None without one."""
        found = [one.max for one in self.rule if one.field == field and one.level == "refuse"]
        return min((int(value) for value in found if value is not None), default=None)


def parse_profile(text: str) -> Profile:
    """Return the profile in a file's *text*; raise ProfileError if it is invalid."""
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProfileError("", f"it is not TOML: {error}") from error
    try:
        profile = msgspec.convert(table, Profile)
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at `$")
        raise ProfileError(where.strip(".`"), message[:1].lower() + message[1:]) from error
    _check_namespaces(profile)
    site = {*SITE_FIELDS, *(f"set.{name}" for name in profile.values)}
    for name in profile.without:
        _split_name(name, profile, "without")
    for section, forms, known in (
        ("channel", profile.channel, set[str]()),
        ("item", profile.item, set(ENTRY_FIELDS)),
        ("withdrawn", profile.withdrawn, set(NOTICE_FIELDS)),
    ):
        for number, form in enumerate(forms):
            where = f"{section}[{number}]"
            if form.each and section != "item":
                message, remedy = "there is nothing to repeat", "put it under [[item]]"
                raise ProfileError(f"{where}.each", message, remedy)
            _check_element(form, profile, where, known | site)
    for number, rule in enumerate(profile.rule):
        _check_rule(rule, f"rule[{number}]", site)
    _check_urls(profile)
    return profile


def resolve_name(name: str, namespaces: Mapping[str, str]) -> str:
    """Return an element's *name* in the form of XML libraries: `{http://…}content`."""
    prefix, _, local = name.rpartition(":")
    return f"{{{namespaces[prefix]}}}{local}" if prefix else local


def list_namespaces(profile: Profile) -> dict[str, str]:
    """Return the namespaces, by prefix, that names in *profile* may use."""
    return {**OWN_NAMESPACES, **profile.namespaces}


def _check_namespaces(profile: Profile) -> None:
    for prefix, name in profile.namespaces.items():
        where = f"namespaces.{prefix}"
        if not NAME.fullmatch(prefix) or prefix.lower().startswith("xml") or not name.strip():
            raise ProfileError(where, "expected a prefix of letters and digits, and its namespace")
        if OWN_NAMESPACES.get(prefix, name) != name:
            raise ProfileError(
                where,
                f"our feeds have {OWN_NAMESPACES[prefix]} under this prefix",
                "take that, or another prefix",
            )


def _check_element(
    form: ElementForm, profile: Profile, where: str, known: Iterable[str], depth: int = 1
) -> None:
    """Raise ProfileError if *form* is invalid; *known* are the fields that it may name."""
    _split_name(form.name, profile, f"{where}.name")
    if depth > MAX_DEPTH:
        raise ProfileError(where, f"elements are nested more than {MAX_DEPTH} deep")
    if form.each:
        known = {*known, *(f"each.{name}" for name in REPEATED[form.each][1])}
    for name in (*form.fields, *form.needs, *form.unless):
        _check_field(name, known, where)
    for attribute in form.attributes:
        _split_name(attribute, profile, f"{where}.attributes")
    for number, child in enumerate(form.child):
        if child.each:
            raise ProfileError(f"{where}.child[{number}].each", "only an outer element repeats")
        _check_element(child, profile, f"{where}.child[{number}]", known, depth + 1)


def _split_name(name: str, profile: Profile, where: str) -> None:
    match = ELEMENT_NAME.fullmatch(name)
    if match is None:
        raise ProfileError(
            where, f"{name!r} is not the name of an element", "write 'media:content'"
        )
    if match[1] and match[1] not in list_namespaces(profile):
        message = f"nothing says which namespace {match[1]!r} is"
        raise ProfileError(where, message, f'add {match[1]} = "http://…" under [namespaces]')


def _check_field(name: str, known: Iterable[str], where: str) -> None:
    known = list(known)
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        remedy = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}"
        raise ProfileError(where, f"there is no field {name!r}", remedy)


def _check_rule(rule: Rule, where: str, site: Iterable[str]) -> None:
    kinds: dict[str, Kind] = {
        **{name: field.kind for name, field in {**ENTRY_FIELDS, **SITE_FIELDS}.items()},
        **dict.fromkeys(site, "text"),
        **FEED_FIELDS,
    }
    _check_field(rule.field, kinds, f"{where}.field")
    if not rule.constraints:
        raise ProfileError(where, "it asks for nothing", f"set one of {', '.join(CONSTRAINTS)}")
    kind = kinds[rule.field]
    for name in rule.constraints:
        if kind not in CONSTRAINTS[name]:
            fitting = [one for one, suited in CONSTRAINTS.items() if kind in suited]
            message = f"{rule.field!r} has no {name!r}"
            raise ProfileError(where, message, f"it may have {', '.join(fitting)}")
    for name in ("message", "remedy"):
        if not getattr(rule, name).strip():
            raise ProfileError(f"{where}.{name}", "expected some words")


def _check_urls(profile: Profile) -> None:
    rules = {f"rule[{number}].page": rule.page for number, rule in enumerate(profile.rule)}
    for where, url in {"page": profile.page, **rules}.items():
        if not is_web_url(url):
            raise ProfileError(where, f"expected the address of a page, got {url!r}")
