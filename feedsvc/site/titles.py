"""Titles of listings, in the language of the site."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from babel.lists import format_list

from feedsvc.listing import Listing
from feedsvc.pages.l10n import format_number, format_period, get_language_name, resolve_locale
from feedsvc.settings import Settings


def make_title(settings: Settings, about: str) -> str:
    """Return the title of a listing that is *about* this, "" for everything."""
    if not about:
        return settings.site.title
    # NOTE: the title of a feed and of its page, for example: Harbour News: Ferries
    return settings.words.pgettext(
        "title of a listing", "%(site)s: %(about)s", site=settings.site.title, about=about
    )


def make_page_title(settings: Settings, heading: str, title: str = "") -> str:
    """Return the title of the page *heading*; *title* is a listing's, "" for the site's."""
    # NOTE: the title of a page in the browser, for example: Tags: Harbour News
    return settings.words.pgettext(
        "title of a page",
        "%(heading)s: %(site)s",
        heading=heading,
        site=title or settings.site.title,
    )


def make_count(settings: Settings, count: int) -> str:
    """Return how many entries there are, in words: `1 entry`, `2,014 entries`."""
    shown = format_number(count, settings.words.language)
    return settings.words.ngettext("%(shown)s entry", "%(shown)s entries", count, shown=shown)


def describe_listing(
    listing: Listing, names: Mapping[tuple[str, str], str], settings: Settings
) -> str:
    """Return what *listing* is about: `Wind + (Solar or Tides), without Coal`; "" for everything.

    *names* has the spelling of each (kind, slug).
    """
    words, locale = settings.words, resolve_locale(settings.site.language)

    def show(kind: str, slugs: Iterable[str]) -> str:
        shown = [names.get((kind, slug), slug) for slug in slugs]
        if kind == "language":
            shown = [get_language_name(tag) for tag in shown]
        return shown[0] if len(shown) == 1 else f"({format_list(shown, 'or', locale)})"

    parts = (
        [" + ".join(show(kind, slugs) for kind, slugs in listing.names)] if listing.names else []
    )
    if listing.path_period:
        parts.append(format_period(listing.path_period, settings.site.language))
    if listing.words:
        # NOTE: words that were searched for, in quotation marks
        parts.append(words.gettext("“%(words)s”", words=listing.words))
    if listing.since or listing.until:
        parts.append(f"{listing.since} \N{EN DASH} {listing.until}".strip())
    if listing.without:
        kinds = ("tag", "category", "author")
        shown = [
            next((names[k, slug] for k in kinds if (k, slug) in names), slug)
            for slug in listing.without
        ]
        # NOTE: entries that lack all of these tags, categories and authors
        parts.append(words.gettext("without %(names)s", names=format_list(shown, "or", locale)))
    if listing.sort:
        # NOTE: entries in the order of their last change
        parts.append(words.gettext("recently updated"))
    # NOTE: stands between the parts of a title, with the space where there is one
    return words.pgettext("between parts of a title", ", ").join(parts)
