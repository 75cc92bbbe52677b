"""Listings and entries become HTML pages, by Jinja templates that a theme may override.

Like feeds, pages know no clock and no request: what they show is handed over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, StrictUndefined

from feedsvc.model import Channel, Item
from feedsvc.names import make_slug
from feedsvc.settings import Settings

HTML = "text/html; charset=utf-8"
STATIC = Path(__file__).parent / "static"


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A tag, category, author or language with the number of its entries."""

    slug: str
    name: str
    count: int
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A neighbour of an entry: its title and address."""

    title: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What every page has: the site's own channel first, then the page's narrower one."""

    channel: Channel  # what the page's feed links lead to
    title: str
    canonical: str  # the page's own absolute URL
    robots: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingPage(Page):
    """A listing, newest first; *older* and *newest* are URLs, "" where there is no such page."""

    items: tuple[Item, ...]
    about: str = ""  # the listing's name, "" for everything
    words: str = ""  # what was searched for
    older: str = ""
    newest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPage(Page):
    """One entry; *older* and *newer* stand beside it in the unfiltered listing."""

    item: Item
    older: Beside | None = None
    newer: Beside | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamesPage(Page):
    """All names of one kind with their counts."""

    kind: str
    names: tuple[Name, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscribePage(Page):
    """What a feed is, this site's feeds, and the form that narrows one."""

    names: Mapping[str, Sequence[Name]]  # by kind
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorPage(Page):
    """What went wrong, and what to do now."""

    status: int
    message: str
    remedy: str = ""


TEMPLATES: dict[type[Page], str] = {
    ListingPage: "listing.html",
    EntryPage: "entry.html",
    NamesPage: "names.html",
    SubscribePage: "subscribe.html",
    ErrorPage: "error.html",
}


def render_page(page: Page, settings: Settings) -> bytes:
    """Renders *page* with its template, the theme's where it has one."""
    template = _make_environment(settings).get_template(TEMPLATES[type(page)])
    text = template.render(page=page, site=settings.site, settings=settings, root=settings.site.url)
    return (text.strip() + "\n").encode("utf-8")


@lru_cache(maxsize=8)
def _find_environment(theme: str) -> Environment:
    loaders: list[Any] = [FileSystemLoader(f"{theme}/templates")] if theme else []
    loaders.append(PackageLoader("feedsvc.pages", "templates"))
    environment = Environment(
        loader=ChoiceLoader(loaders), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals["slug"] = make_slug
    return environment


def _make_environment(settings: Settings) -> Environment:
    return _find_environment(str(settings.base / settings.site.theme) if settings.site.theme else "")


def find_static(name: str, settings: Settings) -> Path | None:
    """The file of `/static/NAME`, the theme's before ours."""
    if "/" in name or name.startswith("."):
        return None
    folders = [settings.base / settings.site.theme / "static"] if settings.site.theme else []
    for folder in [*folders, STATIC]:
        if (folder / name).is_file():
            return folder / name
    return None
