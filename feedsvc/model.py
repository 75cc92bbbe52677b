"""The nouns that every stage shares: an entry, and what an entry is made of.

Values only: nothing here reads a file, a clock or a setting. All are frozen,
sequences are tuples, and text is already free of what XML forbids. `Entry` and
`Moment` are packed as arrays (`array_like`), since the index keeps one for each file.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal, TypeAlias

from msgspec import Struct

from feedsvc.errors import join_remedy

Precision = Literal["second", "minute", "day", "month", "year"]
Markup = Literal["markdown", "html", "text", "rst", "asciidoc", "org", "wml"]
State = Literal["public", "draft", "unlisted", "retracted"]
TermKind = Literal["tag", "category", "author", "language"]
Pairs: TypeAlias = tuple[tuple[str, str], ...]  # names with their values, in order


class Moment(Struct, frozen=True, kw_only=True, array_like=True):
    """A date as written: an aware time, its precision, and the place of its words."""

    when: datetime
    precision: Precision
    source: str = ""  # "field:Release Time", "filename", "path", "text"
    words: str = ""

    def __str__(self) -> str:
        """RFC 3339 with the moment's own offset: `2023-03-02T00:00:00+08:00`."""
        return self.when.isoformat(timespec="seconds")

    @property
    def seconds(self) -> int:
        """Whole seconds since 1970-01-01T00:00:00Z, also before it."""
        elapsed = self.when - EPOCH
        return elapsed.days * 86_400 + elapsed.seconds


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Characters of `str(moment)` that are certain, by a precision of less than a minute
PRECISION_LENGTHS = {"year": 4, "month": 7, "day": 10}


class Author(Struct, frozen=True, kw_only=True):
    """A person or an organization; at least the name is known."""

    name: str
    email: str = ""
    uri: str = ""


class Image(Struct, frozen=True, kw_only=True):
    """The main picture of an entry; *url* is absolute, sizes are in pixels, 0 if unknown."""

    url: str
    alt: str = ""
    caption: str = ""
    credit: str = ""  # the maker to name
    type: str = ""
    length: int = 0
    width: int = 0
    height: int = 0


class Enclosure(Struct, frozen=True, kw_only=True):
    """A file attached to an entry; *length* in bytes, 0 if unknown (RSS 2.0, enclosure)."""

    url: str
    type: str
    length: int = 0
    title: str = ""
    duration: int = 0  # seconds


class Transcript(Struct, frozen=True, kw_only=True):
    """A transcript of an audio file, at a URL; *language* is "" if it is the entry's."""

    url: str
    type: str
    language: str = ""
    is_captions: bool = False  # with times, to be shown during playback


class Person(Struct, frozen=True, kw_only=True):
    """A person who is heard; *role* and *group* are those of the Podcast Taxonomy."""

    name: str
    role: str = ""
    group: str = ""
    url: str = ""
    image: str = ""


class Episode(Struct, frozen=True, kw_only=True):
    """The fields of an entry with audio for podcast apps; 0 and "" are unknown."""

    number: int = 0
    season: int = 0
    type: str = ""  # "full", "trailer" or "bonus"
    explicit: bool | None = None
    image: str = ""  # URL of its own artwork
    transcripts: tuple[Transcript, ...] = ()
    chapters: str = ""  # URL of a file of JSON chapters
    people: tuple[Person, ...] = ()


class Origin(Struct, frozen=True, kw_only=True):
    """Where a republished entry comes from (RSS `source`, Atom `source` and `via`)."""

    title: str
    url: str = ""


class Problem(Struct, frozen=True, kw_only=True):
    """A problem for the author: what is wrong, where, and what would be right."""

    code: str  # stable and short: "date-unreadable"
    message: str  # what is wrong, without a full stop
    remedy: str = ""  # what to write instead, as an imperative; "" if the message says all
    field: str | None = None  # as the author spelt it
    line: int | None = None  # counted from 1

    @property
    def sentence(self) -> str:
        """Message and remedy in one line: `'March' names no day; write the whole date`."""
        return join_remedy(self.message, self.remedy)


class Entry(Struct, frozen=True, kw_only=True, array_like=True):
    """One entry with all its fields; *body* is the author's text, not yet rendered."""

    path: str  # below the entries folder, with "/"
    dialect: str
    encoding: str
    state: State
    id: str
    url: str  # the permalink, absolute
    permalink_path: str  # on this site, "/2023/03/quay/"; "" if the permalink is on another site
    slug: str
    title: str
    published: Moment
    updated: Moment | None = None
    not_before: Moment | None = None  # a release time later than *published*
    expires: Moment | None = None
    language: str = ""  # BCP 47; never empty in a published entry
    authors: tuple[Author, ...] = ()
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    summary: str = ""  # the author's own, plain text; "" when there is none
    image: Image | None = None
    pictures: tuple[Image, ...] = ()  # files of the folder in the text with known sizes
    enclosures: tuple[Enclosure, ...] = ()
    episode: Episode | None = None  # of an entry with audio or video
    origin: Origin | None = None
    rights: str = ""
    license: str = ""  # URL
    summary_only: bool = False  # feeds carry only the summary, whatever a request asks for
    comments: str = ""  # URL of the page for comments
    clicks: int | None = None  # a statistic: in no feed, in no ETag but its own page's
    translation: str = ""  # the key that translations of one story share; "" for none
    aliases: tuple[str, ...] = ()  # old paths on this site that lead here
    correction: str = ""
    minor: bool = False
    retracted: Moment | None = None
    reason: str = ""
    body: str = ""
    markup: Markup = "text"
    body_line: int = 1
    noindex: bool = False  # not for sitemaps and search engines
    robots: tuple[str, ...] = ()  # further directives for search engines, `nofollow`
    variables: Pairs = ()  # fields shown in the body: expression and words

    @property
    def changed(self) -> Moment:
        """The time of the entry's last change: updated, unless by a minor edit, else published."""
        if (
            self.updated is not None
            and not self.minor
            and self.updated.seconds > self.published.seconds
        ):
            return self.updated
        return self.published


class Content(Struct, frozen=True, kw_only=True):
    """An entry's body as readers get it: safe HTML with absolute URLs, and its plain text."""

    html: str
    summary: str  # plain text: the author's, else the opening of the text
    image: Image | None = None  # the first picture of the body, for entries that name none
    has_entry_image: bool = False  # the body shows the picture that the entry names, in any size
    is_plain: bool = False  # as plain text, since with its markup it would be too large


class Element(Struct, frozen=True, kw_only=True):
    """An XML element that a partner's profile adds; names are `{namespace}local` or `local`."""

    name: str
    text: str = ""
    attributes: Pairs = ()
    children: tuple[Element, ...] = ()


class Item(Struct, frozen=True, kw_only=True):
    """An entry with its rendered content, from which feeds and pages are made."""

    entry: Entry
    content: Content
    translations: Pairs = ()  # (language, URL) of the other languages
    embargo: Moment | None = None  # until then only partners may have it
    elements: tuple[Element, ...] = ()  # of the partner's profile; they replace ours of their names

    @property
    def image(self) -> Image | None:
        """The main picture of the item: the one that it names, else the first in its text."""
        return self.entry.image or self.content.image


class Tombstone(Struct, frozen=True, kw_only=True):
    """An entry that was withdrawn, or otherwise left a listing (RFC 6721, deleted-entry)."""

    id: str
    url: str
    when: Moment
    reason: str = ""
    title: str = ""  # this and the next: of a withdrawn entry
    language: str = ""
    published: Moment | None = None
    elements: tuple[Element, ...] = ()  # of the partner's profile; they replace ours of their names


class Channel(Struct, frozen=True, kw_only=True):
    """The description of a listing, the same in every format; all URLs are absolute."""

    id: str
    title: str
    home: str  # the HTML page of this listing
    site: str  # the site's root, below which terms have their pages
    urls: Pairs  # (format, canonical URL) for "rss", "atom", "json"
    description: str = ""
    language: str = "en"
    author: Author
    rights: str = ""
    license: str = ""  # URL
    license_type: str = ""  # its media type, "" if unknown
    image: str = ""
    ttl: int = 5  # minutes
    hubs: tuple[str, ...] = ()
    stylesheet: str = ""
    show: tuple[Element, ...] = ()  # RSS elements for podcast apps, if there are episodes
    theme: str = ""  # the folder whose translations take precedence


def get_license(entry: Entry, channel: Channel) -> str:
    """Return the URL of the license of *entry*, "" without one.

    The site's license does not apply to an entry that comes from another site.
    """
    return entry.license or ("" if entry.origin else channel.license)


class Feed(Struct, frozen=True, kw_only=True):
    """One feed document, independent of its format; *items* are newest first.

    *current*, *previous* and *next* are RFC 5005 links, keyed by format as
    `Channel.urls` is; *self_urls* is the document's own address by format.
    """

    channel: Channel
    items: tuple[Item, ...] = ()
    tombstones: tuple[Tombstone, ...] = ()
    # the withdrawn entries that RSS shows as notices; Atom, too, if a profile has elements
    notices: tuple[Tombstone, ...] = ()
    updated: Moment | None = None  # the latest of entries and tombstones; None if empty
    full: bool = True  # content in full, or summaries only
    archive: bool = False
    self_urls: Pairs = ()
    current: Pairs = ()
    previous: Pairs = ()
    next: Pairs = ()
    next_page: Pairs = ()  # RFC 5005, section 3
    next_since: Moment | None = None  # for clients that keep a copy: see `index.Progress`
    known_since: Moment | None = None
    # of the partner's profile; its elements replace ours with their names
    elements: tuple[Element, ...] = ()
    without: tuple[str, ...] = ()  # names of omitted elements, of the feed and its items
    namespaces: Pairs = ()  # by prefix
