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
    """A date as it was written: an aware time, how exact it is, where its words stood."""

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


class Author(Struct, frozen=True, kw_only=True):
    """A person or an organization; at least the name is known."""

    name: str
    email: str = ""
    uri: str = ""


class Image(Struct, frozen=True, kw_only=True):
    """The picture that stands for an entry; *url* is absolute, sizes are in pixels, 0 if
    unknown.
    """

    url: str
    alt: str = ""
    caption: str = ""
    credit: str = ""  # whom to name as its maker
    type: str = ""
    length: int = 0
    width: int = 0
    height: int = 0


class Enclosure(Struct, frozen=True, kw_only=True):
    """A file to go with an entry; *length* in bytes, 0 if unknown (RSS 2.0, enclosure)."""

    url: str
    type: str
    length: int = 0
    title: str = ""
    duration: int = 0  # seconds


class Transcript(Struct, frozen=True, kw_only=True):
    """The words of a sound file at an address; *language* "" where it is the entry's."""

    url: str
    type: str
    language: str = ""
    is_captions: bool = False  # with times, to be shown while it plays


class Person(Struct, frozen=True, kw_only=True):
    """Somebody to be heard; *role* and *group* are those of the Podcast Taxonomy."""

    name: str
    role: str = ""
    group: str = ""
    url: str = ""
    image: str = ""


class Episode(Struct, frozen=True, kw_only=True):
    """What an entry with sound says of itself for podcast apps; 0 and "" are unknown."""

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
    """Something that an author should know: what is wrong, where, and what would be right."""

    code: str  # stable and short: "date-unreadable"
    message: str  # what is wrong, without a full stop
    remedy: str = ""  # what to write instead, as an imperative; "" where the message says all
    field: str | None = None  # as the author spelt it
    line: int | None = None  # counted from 1

    @property
    def sentence(self) -> str:
        """Message and remedy in one line: `'March' names no day; write the whole date`."""
        return join_remedy(self.message, self.remedy)


class Entry(Struct, frozen=True, kw_only=True, array_like=True):
    """One entry, read whole; *body* is the author's text, not yet rendered."""

    path: str  # below the entries folder, with "/"
    dialect: str
    encoding: str
    state: State
    id: str
    url: str  # the permalink, absolute
    permalink_path: str  # on this site, "/2023/03/quay/"; "" where the permalink lies elsewhere
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
    pictures: tuple[Image, ...] = ()  # files of the folder in the text, whose size is known
    enclosures: tuple[Enclosure, ...] = ()
    episode: Episode | None = None  # of an entry with sound
    origin: Origin | None = None
    rights: str = ""
    license: str = ""  # URL
    summary_only: bool = False  # feeds carry no more, whatever is asked for
    comments: str = ""  # URL of the page for comments
    clicks: int | None = None  # a statistic: in no feed, in no ETag but its own page's
    translation: str = ""  # what the translations of one story share; "" for none
    aliases: tuple[str, ...] = ()  # old paths on this site that lead here
    correction: str = ""
    minor: bool = False
    retracted: Moment | None = None
    reason: str = ""
    body: str = ""
    markup: Markup = "text"
    body_line: int = 1
    noindex: bool = False  # to be kept out of sitemaps and search engines
    robots: tuple[str, ...] = ()  # what else its page says to search engines, `nofollow`
    variables: Pairs = ()  # fields that the body shows: expression and words

    @property
    def changed(self) -> Moment:
        """The latest of what the entry says about itself: updated, unless by a minor edit, else
        published.
        """
        if (
            self.updated is not None
            and not self.minor
            and self.updated.seconds > self.published.seconds
        ):
            return self.updated
        return self.published


class Content(Struct, frozen=True, kw_only=True):
    """An entry's body as readers get it: safe HTML with absolute URLs, and plain text of it."""

    html: str
    summary: str  # plain text: the author's, else the opening of the text
    image: Image | None = None  # the first picture of the body, for entries that name none
    has_entry_image: bool = False  # the body shows the picture that the entry names, in any size
    is_plain: bool = False  # without its markup, with which it would come to too much


class Element(Struct, frozen=True, kw_only=True):
    """An element of XML that a partner's profile adds; names are `{namespace}local`, or `local`."""

    name: str
    text: str = ""
    attributes: Pairs = ()
    children: tuple[Element, ...] = ()


class Item(Struct, frozen=True, kw_only=True):
    """An entry together with its rendered content: what feeds and pages are made of."""

    entry: Entry
    content: Content
    translations: Pairs = ()  # (language, URL) of the other languages
    embargo: Moment | None = None  # until then it is for a partner alone
    elements: tuple[Element, ...] = ()  # of the partner's profile; they replace ours of their names

    @property
    def image(self) -> Image | None:
        """The picture that stands for the item: the one it names, else the first of its text."""
        return self.entry.image or self.content.image


class Tombstone(Struct, frozen=True, kw_only=True):
    """An entry that was withdrawn, or is gone for another reason (RFC 6721, deleted-entry)."""

    id: str
    url: str
    when: Moment
    reason: str = ""
    title: str = ""  # of one that was withdrawn, as what follows
    language: str = ""
    published: Moment | None = None
    elements: tuple[Element, ...] = ()  # of the partner's profile; they replace ours of their names


class Channel(Struct, frozen=True, kw_only=True):
    """What a listing says of itself, the same in every format; all URLs are absolute."""

    id: str
    title: str
    home: str  # the HTML page of this listing
    site: str  # the site's root, under which names have their pages
    urls: Pairs  # (format, canonical URL) for "rss", "atom", "json"
    description: str = ""
    language: str = "en"
    author: Author
    rights: str = ""
    license: str = ""  # URL
    license_type: str = ""  # its media type, "" where that is not known
    image: str = ""
    ttl: int = 5  # minutes
    hubs: tuple[str, ...] = ()
    stylesheet: str = ""
    show: tuple[Element, ...] = ()  # of RSS for podcast apps, where there is sound
    theme: str = ""  # the folder whose translations go before ours


def get_license(entry: Entry, channel: Channel) -> str:
    """Return the URL of the license of *entry*, "" without one.

    The site's is not for what comes from somewhere else.
    """
    return entry.license or ("" if entry.origin else channel.license)


class Feed(Struct, frozen=True, kw_only=True):
    """One feed document before it has a format; *items* stand newest first.

    *current*, *previous* and *next* are RFC 5005 links, keyed by format as
    `Channel.urls` is; *self_urls* is the document's own address by format.
    """

    channel: Channel
    items: tuple[Item, ...] = ()
    tombstones: tuple[Tombstone, ...] = ()
    # the withdrawn that RSS shows in the place of their entry; Atom, where a profile has elements
    notices: tuple[Tombstone, ...] = ()
    updated: Moment | None = None  # the latest of entries and tombstones; None if empty
    full: bool = True  # content in full, or summaries only
    archive: bool = False
    self_urls: Pairs = ()
    current: Pairs = ()
    previous: Pairs = ()
    next: Pairs = ()
    next_page: Pairs = ()  # RFC 5005, section 3
    next_since: Moment | None = None  # how a client goes on that keeps a copy: see `index.Progress`
    known_since: Moment | None = None
    # of the partner's profile; its elements replace ours of their names
    elements: tuple[Element, ...] = ()
    without: tuple[str, ...] = ()  # names of elements that are left out, here and of the items
    namespaces: Pairs = ()  # by prefix
