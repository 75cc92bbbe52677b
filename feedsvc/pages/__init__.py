"""Listings and entries become HTML pages, by Jinja templates that a theme may override.

Like feeds, pages know no clock and no request: what they show is handed over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PackageLoader,
    PrefixLoader,
    StrictUndefined,
)
from markupsafe import Markup
from msgspec import Struct
from msgspec.structs import replace

from feedsvc.feeds import get_link_type
from feedsvc.listing import Listing
from feedsvc.model import Channel, Item, TermKind
from feedsvc.pages import l10n, metadata
from feedsvc.settings import Settings
from feedsvc.urls import (
    TERM_FOLDERS,
    Route,
    add_query,
    make_listing_path,
    make_static_path,
    make_term_path,
)

HTML_MEDIA_TYPE = "text/html; charset=utf-8"
STATIC_FOLDER = Path(__file__).parent / "static"
FEED_LABELS = {"atom": "Atom", "rss": "RSS", "json": "JSON Feed"}  # the one to prefer first


class Term(Struct, frozen=True, kw_only=True):
    """A tag, category, author or language with the number of its entries."""

    slug: str
    name: str
    count: int
    url: str


class Neighbor(Struct, frozen=True, kw_only=True):
    """The title and address of the entry before or after one."""

    title: str
    url: str


class Page(Struct, frozen=True, kw_only=True):
    """What every page has."""

    channel: Channel  # what the page's feed links lead to
    title: str
    canonical: str  # the page's own absolute URL
    robots: str = ""


class ListingPage(Page, frozen=True, kw_only=True):
    """A listing, newest first; *older* and *newest* are URLs, "" where there is no such page."""

    items: tuple[Item, ...]
    listing: Listing
    about: str  # the listing's name, "" for everything
    older: str
    newest: str
    years: tuple[Term, ...]  # where the listing is everything, or a year or month of it
    months: tuple[Term, ...]  # of the listing's year


class EntryPage(Page, frozen=True, kw_only=True):
    """One entry; *older* and *newer* stand beside it in the unfiltered listing."""

    item: Item
    older: Neighbor | None
    newer: Neighbor | None


class TermsPage(Page, frozen=True, kw_only=True):
    """All names of one kind with their counts."""

    kind: TermKind
    terms: tuple[Term, ...]


class SubscribePage(Page, frozen=True, kw_only=True):
    """The site's feeds, and the form that narrows one."""

    terms: Mapping[TermKind, Sequence[Term]]
    listing: Listing
    about: str
    count: int  # entries in it, as far as they were counted


class ErrorPage(Page, frozen=True, kw_only=True):
    """What went wrong, and what to do now."""

    status: int
    message: str
    remedy: str


TEMPLATES: dict[type[Page], str] = {
    ListingPage: "listing.html",
    EntryPage: "entry.html",
    TermsPage: "names.html",
    SubscribePage: "subscribe.html",
    ErrorPage: "error.html",
}


def render_page(page: Page, settings: Settings) -> bytes:
    """Return *page* as UTF-8, by the theme's template where it has one."""
    template = _get_environment(_get_theme(settings)).get_template(TEMPLATES[type(page)])
    language = page.item.entry.language if isinstance(page, EntryPage) else page.channel.language
    text = template.render(
        page=page,
        site=settings.site,
        settings=settings,
        root=settings.site.url,
        language=language,
        direction=l10n.get_direction(language),
        interface_lang=Markup(
            "" if language.lower().partition("-")[0] == "en" else ' lang="en" dir="ltr"'
        ),
    )
    return (text.strip() + "\n").encode("utf-8")


@lru_cache(maxsize=8)
def _get_environment(theme: str) -> Environment:
    """Return the templates of *theme* before ours, which a theme extends as `feedsvc/NAME`."""
    ours = PackageLoader("feedsvc.pages", "templates")
    loaders: list[BaseLoader] = [FileSystemLoader(f"{theme}/templates")] if theme else []
    environment = Environment(
        loader=ChoiceLoader([*loaders, ours, PrefixLoader({"feedsvc": ours})]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "feed_labels": FEED_LABELS,
        "folders": TERM_FOLDERS,
        "l10n": l10n,
        "link_type": get_link_type,
        "metadata": metadata,
        "term_path": make_term_path,
        "routes": Route,
        "listing_path": make_listing_path,
        "subscribe_path": make_subscribe_path,
        "hidden_fields": _list_hidden_fields,
        "static_path": lambda name: _make_static_path(name, theme),
        "term_choices": _list_term_choices,
    }
    return environment


def _get_theme(settings: Settings) -> str:
    return str(settings.base / settings.site.theme) if settings.site.theme else ""


def make_subscribe_path(listing: Listing) -> str:
    """Return the path of the subscribe page with *listing* filled in.

    A month's or year's leads to the page of everything: nothing is added to a past one.
    """
    narrowed = replace(listing, folder="", groups=listing.names, before=0)
    return add_query(Route.SUBSCRIBE.value, narrowed.list_parameters())


def _list_hidden_fields(listing: Listing) -> list[tuple[str, str]]:
    """Return name and value of what a search form repeats of its listing's own query."""
    narrowed = replace(listing, words="", limit=0, content="", before=0)
    return [(name, value) for name, value in narrowed.list_parameters() if value]


def _list_term_choices(page: SubscribePage, kind: TermKind, limit: int) -> list[tuple[Term, bool]]:
    """Return the *limit* most frequent names and all chosen ones, each with whether it is."""
    chosen = {slug for of, slugs in page.listing.names if of == kind for slug in slugs}
    choices = [(term, term.slug in chosen) for term in page.terms[kind]]
    return choices[:limit] + [choice for choice in choices[limit:] if choice[1]]


@lru_cache(maxsize=64)
def _make_static_path(name: str, theme: str) -> str:
    """Return a static file's path with a mark of its content, so that no cache has an older one."""
    path = _resolve_theme_file(name, theme)
    return make_static_path(name, make_static_mark(path) if path is not None else "")


def make_static_mark(file: Path) -> str:
    """Return what differs in the address of a static *file* when its content does."""
    return hashlib.blake2b(file.read_bytes(), digest_size=4).hexdigest()


def resolve_static_file(name: str, settings: Settings) -> Path | None:
    """Return the file of `/static/NAME`, the theme's before ours, None where there is none."""
    if "/" in name or name.startswith("."):
        return None
    return _resolve_theme_file(name, _get_theme(settings))


def _resolve_theme_file(name: str, theme: str) -> Path | None:
    folders = [Path(theme) / "static"] if theme else []
    return next(
        (folder / name for folder in [*folders, STATIC_FOLDER] if (folder / name).is_file()), None
    )
