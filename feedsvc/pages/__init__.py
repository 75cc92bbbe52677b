"""Renders listings and entries as HTML pages, by Jinja templates that a theme may override.

Like feeds, pages depend on no clock and no request: callers pass all that they show.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
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

from feedsvc.content.search_words import list_phrases
from feedsvc.feeds import MEDIA_TYPES, get_link_type
from feedsvc.listing import Listing
from feedsvc.memo import BoundedCache
from feedsvc.model import Channel, Item, TermKind
from feedsvc.pages import l10n, metadata
from feedsvc.pages.found import get_passage, mark_words
from feedsvc.pages.pictures import load_lazily
from feedsvc.settings import Settings
from feedsvc.urls import (
    TERM_FOLDERS,
    Route,
    add_query,
    make_listing_path,
    make_static_path,
    make_term_path,
)
from feedsvc.words import CONTEXT_SEPARATOR, Words, get_words

HTML_MEDIA_TYPE = MEDIA_TYPES["html"]
STATIC_FOLDER = Path(__file__).parent / "static"
MAX_HEADLINES_BYTES = 32 * 1024 * 1024  # per process of a build
MAX_CHOICES = 200  # terms per kind in the subscribe page's form
FEED_LABELS = {"atom": "Atom", "rss": "RSS", "json": "JSON Feed"}  # the preferred one first


class Term(Struct, frozen=True, kw_only=True):
    """A tag, category, author or language with the number of its entries."""

    slug: str
    name: str
    count: int
    url: str


class Neighbor(Struct, frozen=True, kw_only=True):
    """The title and address of an adjacent entry."""

    title: str
    url: str


class Page(Struct, frozen=True, kw_only=True):
    """What every page has."""

    channel: Channel  # the channel of the page's feed links
    title: str
    canonical: str  # the page's own absolute URL
    robots: str = ""
    marks: Mapping[str, str] = {}  # marks of unpublished entries, by path; in a preview


class ListingPage(Page, frozen=True, kw_only=True):
    """A listing, newest first; *older* and *newest* are URLs, "" if there is no such page."""

    items: tuple[Item, ...]
    listing: Listing
    about: str  # the listing's name, "" for everything
    older: str
    newest: str
    years: tuple[Term, ...]  # if the listing is everything, or a year or month of it
    months: tuple[Term, ...]  # of the listing's year
    count: int | None  # results of the search, None without one
    max_count: int  # that *count* goes to


class EntryPage(Page, frozen=True, kw_only=True):
    """One entry; *older* and *newer* are adjacent to it in the unfiltered listing."""

    item: Item
    older: Neighbor | None
    newer: Neighbor | None


class TermsPage(Page, frozen=True, kw_only=True):
    """The terms of one kind with their counts, most used first."""

    heading: str
    kind: TermKind
    terms: tuple[Term, ...]
    is_cut: bool = False  # there are more


class SubscribePage(Page, frozen=True, kw_only=True):
    """The site's feeds, and the form that narrows one."""

    terms: Mapping[TermKind, Sequence[Term]]
    listing: Listing
    about: str
    count: int  # entries in it
    max_count: int  # that *count* goes to


class ErrorPage(Page, frozen=True, kw_only=True):
    """An error, and what the reader can do."""

    status: int
    heading: str
    message: str
    remedy: str


class DeskProblem(Struct, frozen=True, kw_only=True):
    """A problem and its remedy; *where* is a line or a field, "" for the whole file."""

    code: str
    where: str
    message: str


class DeskFile(Struct, frozen=True, kw_only=True):
    """A file on the desk; *due* is its time of publication; *url* is that of its page, or ""."""

    path: str
    state: str
    title: str = ""
    due: str = ""
    url: str = ""
    problems: tuple[DeskProblem, ...] = ()


class DeskPage(Page, frozen=True, kw_only=True):
    """The problems and the state of each file; *version* differs after a change."""

    version: str
    problems: tuple[DeskFile, ...]
    problem_count: int  # including those that are not listed
    counts: Mapping[str, int]  # files by state
    state: str  # of the listed files, "" for all
    files: tuple[DeskFile, ...]
    older: str = ""  # the URL of the next page


TEMPLATES: dict[type[Page], str] = {
    ListingPage: "listing.html",
    EntryPage: "entry.html",
    TermsPage: "names.html",
    SubscribePage: "subscribe.html",
    ErrorPage: "error.html",
    DeskPage: "desk.html",
}


# Headlines that a static build has rendered, each with its item: as long as that is held, its
# identity is a key
_headlines: BoundedCache[tuple[int, str], tuple[Item, Markup]] = BoundedCache(
    MAX_HEADLINES_BYTES, lambda _, held: 2_000 + len(held[0].content.html) + len(held[1])
)


def _get_headline(item: Item, language: str) -> Markup | None:
    """Return the headline of *item* on a page in *language*, None if it is not held."""
    found = _headlines.get((id(item), language))
    return found and found[1]


def _hold_headline(item: Item, language: str, made: Markup) -> Markup:
    """Hold *made* for the other lists with *item*, of which there are ten and more; return it."""
    _headlines.add((id(item), language), (item, made))
    return made


def render_page(page: Page, settings: Settings) -> bytes:
    """Return *page* as UTF-8, by the theme's template if it has one."""
    words = settings.words
    environment = _get_environment(settings.theme, settings.site.language)
    template = environment.get_template(TEMPLATES[type(page)])
    language = page.item.entry.language if isinstance(page, EntryPage) else page.channel.language
    own_words = get_words(language, settings.theme)
    entry_words = own_words if own_words.fits(language) else words
    # not stored: a theme's headline, and one in a preview or a search, may depend on its page
    is_plain = settings.site.static and not (settings.theme or page.marks)
    is_reused = is_plain and isinstance(page, ListingPage) and not page.listing.words
    text = template.render(
        page=page,
        is_reused=is_reused,
        site=settings.site,
        settings=settings,
        root=settings.site.url,
        language=language,
        direction=l10n.get_direction(language),
        interface_lang=_mark_language(words, language),
        say=entry_words.gettext,
        say_number=entry_words.ngettext,
        entry_words=entry_words.language,
        entry_lang=_mark_language(entry_words, language),
        phrases=list_phrases(page.listing.words) if isinstance(page, ListingPage) else (),
        english_lang=_mark_language(get_words("en"), language),  # of a preview, as of commands
    )
    return (text.strip() + "\n").encode("utf-8")


def _mark_language(words: Words, language: str) -> Markup:
    """Return the attributes of text in *words*' language on a page in *language*, or ""."""
    if words.fits(language):
        return Markup("")
    return Markup(' lang="{}" dir="{}"').format(words.language, l10n.get_direction(words.language))


@lru_cache(maxsize=8)
def _get_environment(theme: str, language: str) -> Environment:
    """Return the templates of *theme* before ours, which a theme extends as `feedsvc/NAME`.

    Their words are in *language*, the site's, so that menus are the same on all pages.
    """
    ours = PackageLoader("feedsvc.pages", "templates")
    loaders: list[BaseLoader] = [FileSystemLoader(f"{theme}/templates")] if theme else []
    environment = Environment(
        loader=ChoiceLoader([*loaders, ours, PrefixLoader({"feedsvc": ours})]),
        autoescape=True,
        auto_reload=False,  # it looks at three files for each page; a theme is read at the start
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    words = get_words(language, theme)
    environment.install_gettext_translations(words.catalog, newstyle=True)  # type: ignore[attr-defined]
    translate = _make_gettext(words)
    environment.globals |= {
        # instead of Jinja's own, which look up and mark a text at each call
        "_": translate,
        "gettext": translate,
        "pgettext": lambda context, text: translate(f"{context}{CONTEXT_SEPARATOR}{text}"),
        "folder_names": get_folder_names(words),
        "kind_names": get_kind_names(words),
        "number": partial(l10n.format_number, language=words.language),
        "feed_labels": FEED_LABELS,
        "folders": TERM_FOLDERS,
        "l10n": l10n,
        "load_lazily": load_lazily,
        "link_type": get_link_type,
        "metadata": metadata,
        "term_path": make_term_path,
        "routes": Route,
        "listing_path": make_listing_path,
        "subscribe_path": make_subscribe_path,
        "hidden_fields": _list_hidden_fields,
        "static_path": lambda name: _make_static_path(name, theme),
        "get_passage": get_passage,
        "get_headline": _get_headline,
        "hold_headline": _hold_headline,
        "mark_words": mark_words,
        "term_choices": _list_term_choices,
        "max_choices": MAX_CHOICES,
    }
    return environment


def _make_gettext(words: Words) -> Callable[..., Markup]:
    """Return the function that translates text in templates, as Jinja's `newstyle` gettext."""
    known: dict[str, Markup] = {}

    def gettext(text: str, **values: object) -> Markup:
        found = known.get(text)
        if found is None:
            context, _, plain = text.rpartition(CONTEXT_SEPARATOR)
            found = Markup(words.pgettext(context, plain) if context else words.gettext(plain))
            known[text] = found  # bounded by the texts in templates
        return found % values

    return gettext


def get_folder_names(words: Words) -> dict[str, str]:
    """Return the titles of the pages that list all terms of a kind, by folder."""
    return {
        "tags": words.gettext("Tags"),
        "categories": words.gettext("Categories"),
        "authors": words.gettext("Authors"),
        "languages": words.gettext("Languages"),
    }


def get_kind_names(words: Words) -> dict[TermKind, str]:
    """Return the names of the kinds of terms."""
    return {
        "tag": words.gettext("Tag"),
        "category": words.gettext("Category"),
        "author": words.gettext("Author"),
        "language": words.gettext("Language"),
    }


def get_error_heading(status: int, words: Words) -> str:
    """Return the heading of the page for an error with this HTTP status."""
    headings = {
        400: words.gettext("Not understood"),
        404: words.gettext("Not found"),
        405: words.gettext("Not possible"),
        # NOTE: the heading of what its author has taken back
        410: words.pgettext("heading", "Withdrawn"),
        # NOTE: the heading of a page that is there in a few seconds
        503: words.gettext("One moment"),
    }
    return headings.get(status) or words.gettext("Something went wrong")


def make_subscribe_path(listing: Listing) -> str:
    """Return the path of the subscribe page with *listing* filled in.

    A month or year leads to the page of everything, since nothing is added to a past one.
    """
    narrowed = replace(listing.first_page, folder="", groups=listing.names)
    return add_query(Route.SUBSCRIBE.value, narrowed.list_parameters())


def _list_hidden_fields(listing: Listing) -> list[tuple[str, str]]:
    """Return the (name, value) pairs of the listing's query that a search form repeats."""
    narrowed = replace(listing.first_page, words="", limit=0, content="")
    return [(name, value) for name, value in narrowed.list_parameters() if value]


def _list_term_choices(page: SubscribePage, kind: TermKind, limit: int) -> list[tuple[Term, bool]]:
    """Return the *limit* most used terms and all chosen ones, each with whether it is chosen."""
    chosen = {slug for of, slugs in page.listing.names if of == kind for slug in slugs}
    choices = [(term, term.slug in chosen) for term in page.terms[kind]]
    return choices[:limit] + [choice for choice in choices[limit:] if choice[1]]


@lru_cache(maxsize=64)
def _make_static_path(name: str, theme: str) -> str:
    """Return a static file's path with a hash of its content, so that caches cannot be stale."""
    path = _resolve_theme_file(name, theme)
    return make_static_path(name, make_static_mark(path) if path is not None else "")


def make_static_mark(file: Path) -> str:
    """Return the part of a static *file*'s address that follows from its content."""
    return hashlib.blake2b(file.read_bytes(), digest_size=4).hexdigest()


def resolve_static_file(name: str, settings: Settings) -> Path | None:
    """Return the file of `/static/NAME`, the theme's before ours, None if there is none."""
    if "/" in name or name.startswith("."):
        return None
    return _resolve_theme_file(name, settings.theme)


def list_static_files(settings: Settings) -> list[str]:
    """Return the names of all static files, a theme's and ours."""
    return sorted(
        {
            file.name
            for folder in _list_static_folders(settings.theme)
            if folder.is_dir()
            for file in folder.iterdir()
            if file.is_file() and not file.name.startswith(".") and file.name.isprintable()
        }
    )


def make_theme_digest(settings: Settings) -> bytes:
    """Return a digest of the theme's templates, words and static files, b"" without a theme."""
    theme = settings.theme
    digest = hashlib.blake2b(digest_size=16)
    for file in sorted(Path(theme).rglob("*")) if theme else ():
        if file.is_file():
            digest.update(f"{file.relative_to(theme)}\0".encode("utf-8", "surrogateescape"))
            digest.update(hashlib.blake2b(file.read_bytes(), digest_size=16).digest())
    return digest.digest() if theme else b""


def _list_static_folders(theme: str) -> list[Path]:
    return [Path(theme) / "static", STATIC_FOLDER] if theme else [STATIC_FOLDER]


def _resolve_theme_file(name: str, theme: str) -> Path | None:
    files = (folder / name for folder in _list_static_folders(theme))
    # not Path.is_file, which raises if a name is too long
    return next((file for file in files if os.path.isfile(file)), None)
