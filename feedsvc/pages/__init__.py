"""Listings and entries become HTML pages, by Jinja templates that a theme may override.

Like feeds, pages know no clock and no request: what they show is handed over.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections import OrderedDict
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

from feedsvc.feeds import get_link_type
from feedsvc.listing import Listing
from feedsvc.model import Channel, Item, TermKind
from feedsvc.pages import l10n, metadata
from feedsvc.pages.found import get_passage, mark_words
from feedsvc.pages.pictures import load_lazily
from feedsvc.search_words import list_phrases
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

HTML_MEDIA_TYPE = "text/html; charset=utf-8"
STATIC_FOLDER = Path(__file__).parent / "static"
MAX_HEADLINES_BYTES = 32 * 1024 * 1024  # of a process that builds
MAX_CHOICES = 200  # names of a kind in the subscribe page's form
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
    marks: Mapping[str, str] = {}  # of entries that are not public yet, by path; in a preview


class ListingPage(Page, frozen=True, kw_only=True):
    """A listing, newest first; *older* and *newest* are URLs, "" where there is no such page."""

    items: tuple[Item, ...]
    listing: Listing
    about: str  # the listing's name, "" for everything
    older: str
    newest: str
    years: tuple[Term, ...]  # where the listing is everything, or a year or month of it
    months: tuple[Term, ...]  # of the listing's year
    count: int | None  # of what was searched for, None without search
    max_count: int  # that *count* goes to


class EntryPage(Page, frozen=True, kw_only=True):
    """One entry; *older* and *newer* stand beside it in the unfiltered listing."""

    item: Item
    older: Neighbor | None
    newer: Neighbor | None


class TermsPage(Page, frozen=True, kw_only=True):
    """The names of one kind with their counts, the most used first."""

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
    """What went wrong, and what to do now."""

    status: int
    heading: str
    message: str
    remedy: str


class DeskProblem(Struct, frozen=True, kw_only=True):
    """What is wrong, and what would be right; *where* is a line or a field, "" for the file."""

    code: str
    where: str
    message: str


class DeskFile(Struct, frozen=True, kw_only=True):
    """A file of the folder on the desk; *due* is when it is out, or was; *url* its page, or ""."""

    path: str
    state: str
    title: str = ""
    due: str = ""
    url: str = ""
    problems: tuple[DeskProblem, ...] = ()


class DeskPage(Page, frozen=True, kw_only=True):
    """What is wrong with which file, and the state of each; *version* differs after a change."""

    version: str
    problems: tuple[DeskFile, ...]
    problem_count: int  # also of those that are not listed
    counts: Mapping[str, int]  # files by state
    state: str  # of the files that are listed, "" for all
    files: tuple[DeskFile, ...]
    older: str = ""  # the URL of the page that goes on


TEMPLATES: dict[type[Page], str] = {
    ListingPage: "listing.html",
    EntryPage: "entry.html",
    TermsPage: "names.html",
    SubscribePage: "subscribe.html",
    ErrorPage: "error.html",
    DeskPage: "desk.html",
}


class Headlines:
    """Headlines that a static build has rendered: an entry stands in ten lists and more.

    Known by the object that an item is, which holds for as long as its loader holds it.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.size = 0
        self.lock = threading.Lock()
        self.known: OrderedDict[tuple[int, str], tuple[Item, Markup]] = OrderedDict()

    def get(self, item: Item, language: str) -> Markup | None:
        """Return the headline of *item* on a page in *language*, None where none is held."""
        found = self.known.get((id(item), language))
        return found[1] if found is not None else None

    def add(self, item: Item, language: str, made: Markup) -> Markup:
        """Hold *made* and return it; the oldest go first."""
        with self.lock:
            if (id(item), language) not in self.known:
                self.known[id(item), language] = item, made
                self.size += _estimate_bytes(item, made)
            while self.size > self.max_bytes:
                _, oldest = self.known.popitem(last=False)
                self.size -= _estimate_bytes(*oldest)
        return made


def _estimate_bytes(item: Item, made: Markup) -> int:
    return 2_000 + len(item.content.html) + len(made)


_headlines = Headlines(MAX_HEADLINES_BYTES)


def render_page(page: Page, settings: Settings) -> bytes:
    """Return *page* as UTF-8, by the theme's template where it has one."""
    words = settings.words
    environment = _get_environment(settings.theme, settings.site.language)
    template = environment.get_template(TEMPLATES[type(page)])
    language = page.item.entry.language if isinstance(page, EntryPage) else page.channel.language
    own_words = get_words(language, settings.theme)
    entry_words = own_words if own_words.fits(language) else words
    # a theme's headline may show what page it is on, as the mark of a preview and a search do
    is_plain = settings.site.static and not (settings.theme or page.marks)
    is_reused = is_plain and isinstance(page, ListingPage) and not page.listing.words
    text = template.render(
        page=page,
        headlines=_headlines if is_reused else None,
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
    """Return attributes for what stands in *words* on a page in *language*, "" for none."""
    if words.fits(language):
        return Markup("")
    return Markup(' lang="{}" dir="{}"').format(words.language, l10n.get_direction(words.language))


@lru_cache(maxsize=8)
def _get_environment(theme: str, language: str) -> Environment:
    """Return the templates of *theme* before ours, which a theme extends as `feedsvc/NAME`.

    Their words are those of *language*, the site's: whoever reads of a menu knows the next one.
    """
    ours = PackageLoader("feedsvc.pages", "templates")
    loaders: list[BaseLoader] = [FileSystemLoader(f"{theme}/templates")] if theme else []
    environment = Environment(
        loader=ChoiceLoader([*loaders, ours, PrefixLoader({"feedsvc": ours})]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    words = get_words(language, theme)
    environment.install_gettext_translations(words.catalog, newstyle=True)  # type: ignore[attr-defined]
    translate = _make_gettext(words)
    environment.globals |= {
        # in place of Jinja's own, which look up and mark a text at each call
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
        "mark_words": mark_words,
        "term_choices": _list_term_choices,
        "max_choices": MAX_CHOICES,
    }
    return environment


def _make_gettext(words: Words) -> Callable[..., Markup]:
    """Return what templates say their words by, after Jinja's rules for `newstyle` gettext."""
    known: dict[str, Markup] = {}

    def gettext(text: str, **values: object) -> Markup:
        found = known.get(text)
        if found is None:
            context, _, plain = text.rpartition(CONTEXT_SEPARATOR)
            found = Markup(words.pgettext(context, plain) if context else words.gettext(plain))
            known[text] = found  # as many as templates have words
        return found % values

    return gettext


def get_folder_names(words: Words) -> dict[str, str]:
    """Return the names of the pages that list all names of a kind, by folder."""
    return {
        "tags": words.gettext("Tags"),
        "categories": words.gettext("Categories"),
        "authors": words.gettext("Authors"),
        "languages": words.gettext("Languages"),
    }


def get_kind_names(words: Words) -> dict[TermKind, str]:
    """Return the names of the kinds of names that an entry has."""
    return {
        "tag": words.gettext("Tag"),
        "category": words.gettext("Category"),
        "author": words.gettext("Author"),
        "language": words.gettext("Language"),
    }


def get_error_heading(status: int, words: Words) -> str:
    """Return the heading of the page for an error with this status of HTTP."""
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

    A month's or year's leads to the page of everything: nothing is added to a past one.
    """
    narrowed = replace(listing.first_page, folder="", groups=listing.names)
    return add_query(Route.SUBSCRIBE.value, narrowed.list_parameters())


def _list_hidden_fields(listing: Listing) -> list[tuple[str, str]]:
    """Return name and value of what a search form repeats of its listing's own query."""
    narrowed = replace(listing.first_page, words="", limit=0, content="")
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
    # not Path.is_file, which raises where a name is too long
    return next((file for file in files if os.path.isfile(file)), None)
