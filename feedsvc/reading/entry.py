"""Fields become an `Entry`: the one place that gives an author's words their meaning.

Comes in: what a dialect took apart, and what the entry inherits. Goes out: an
entry, and what its author should know. What can be missing costs a problem;
what cannot, an `EntryError`.
"""

from __future__ import annotations

import re

from msgspec.structs import replace

from feedsvc.dialects.field_names import FLAGS, normalise
from feedsvc.errors import EntryError
from feedsvc.file_kinds import MARKUPS, find_ending
from feedsvc.model import Author, Entry, Moment, Origin, State
from feedsvc.reading.context import Context
from feedsvc.reading.identity import (
    clean_slug,
    complete,
    is_reserved,
    make_alias,
    make_id,
    make_own_place,
    make_place,
)
from feedsvc.reading.media import find_enclosures, find_image
from feedsvc.reading.published import find_published, find_release, read_date
from feedsvc.reading.values import to_authors, to_line, to_list, to_number, to_origin, to_words

HEADING = re.compile(
    r"^(?:#{1,2}[ \t]+(.+?)[ \t]*#*|(\S[^\n]{0,200})\n(?:={3,}|-{3,})[ \t]*)$", re.MULTILINE
)
FENCE = re.compile(r"^(?:```|~~~)", re.MULTILINE)
HTML_HEADING = re.compile(r"<h[12]\b[^>]*>(.*?)</h[12]\s*>", re.IGNORECASE | re.DOTALL)
FIRST_WORDS = re.compile(r"\w[^\n]*")
GHOST = {
    "featureimage",
    "customexcerpt",
    "primaryauthor",
    "primarytag",
    "publishedat",
    "codeinjectionhead",
}
IS_URL = re.compile(r"https?://[^\s/]+", re.IGNORECASE)


def build_entry(context: Context, encoding: str, state: State) -> Entry:
    """The entry; raises `EntryError` if it cannot be published."""
    context.title = find_title(context)
    published = find_published(context)
    slug = find_slug(context)
    categories = find_names(context, "categories")
    place, url = find_place(context, published, slug, categories[0] if categories else "")
    entry = Entry(
        path=context.path,
        dialect=context.parsed.dialect,
        encoding=encoding,
        state=state,
        id=find_id(context),
        url=url,
        place=place,
        slug=slug,
        title=context.title,
        published=published,
        language=context.language,
        authors=find_authors(context),
        categories=categories,
        tags=find_names(context, "tags"),
        summary=context.find_words("summary"),
        translation=context.name.story,
        body=context.parsed.body,
        markup=context.parsed.markup,
        body_line=context.parsed.body_line,
    )
    return entry if context.fields.lack(RARE) else complete_entry(context, entry)


RARE = frozenset(
    "updated release expires image enclosures origin rights comments clicks translation aliases correction minor"
    " retracted reason".split()
)


def complete_entry(context: Context, entry: Entry) -> Entry:
    """*entry* with what few entries say of themselves: most need not be asked for each of it."""
    fields = context.fields
    updated = read_date(context, "updated")
    correction = fields.first("correction")
    if updated is None and correction is not None and not context.is_set("minor"):
        message = "a correction without a date reaches no reader anew; add a line such as `updated: 2023-03-02`"
        context.note("correction-undated", message, correction)
    story = fields.first("translation")
    return replace(
        entry,
        updated=updated,
        not_before=find_release(context, entry.published),
        expires=read_date(context, "expires"),
        image=find_image(context),
        enclosures=find_enclosures(context),
        origin=find_origin(context),
        rights=context.find_words("rights"),
        comments=find_url(context, "comments"),
        clicks=to_number(clicks.value) if (clicks := fields.first("clicks")) else None,
        translation=(to_words(story.value) if story else "") or entry.translation,
        aliases=find_aliases(context, entry.place),
        correction=context.find_words("correction"),
        minor=context.is_set("minor"),
        retracted=read_date(context, "retracted") if entry.state == "retracted" else None,
        reason=context.find_words("reason"),
    )


def is_redirect(context: Context) -> bool:
    """Whether the file only leads elsewhere: nothing but a redirect in its header."""
    fields = context.fields
    return fields.first("redirect") is not None and not (
        fields.first("title") or fields.first("published")
    )


def find_title(context: Context) -> str:
    """The title of its field, else of the first heading, else of the file's name, else the first words."""
    if title := context.find_words("title"):
        return title
    head = FENCE.split(context.parsed.body[:4000], maxsplit=1)[0]  # in code, `#` is no heading
    markup = context.parsed.markup
    title = ""
    if markup in ("markdown", "text") and (match := HEADING.search(head)):
        title = to_line(match[1] or match[2])
    if not title and markup in ("html", "markdown", "wml") and (match := HTML_HEADING.search(head)):
        title = to_line(re.sub(r"<[^>]*>", "", match[1]))
    if title:
        return title
    slug = context.name.slug
    if re.search(r"[^\W\d_]{2}", slug) and slug.casefold() != "index":
        title = " ".join(re.split(r"[-_\s]+", slug)).strip()
        title = title[:1].upper() + title[1:]
    else:
        words = FIRST_WORDS.search(re.sub(r"<[^>]*>", " ", head))
        title = to_line(words[0]) if words else slug
        title = title if len(title) <= 80 else title[:80].rsplit(" ", 1)[0] + " …"
    context.note(
        "no-title", f"no title is found, so {title!r} stands in; add a line such as `title: …`"
    )
    return title


def find_names(context: Context, canonical: str) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for field in context.fields.same(canonical):
        singular = canonical == "categories" and normalise(field.name) in ("category", "section")
        if singular and isinstance(field.value, str):
            names = [to_line(field.value)]
        else:
            spaces = "_posts/" in context.path and normalise(field.name) in ("tags", "categories")
            names = to_list(field.value, spaces=spaces)
        for name in names:
            if name and not (name.startswith("#") and is_from_ghost(context)):  # internal tags
                found.setdefault(name.casefold(), name)
    return tuple(found.values())


def is_from_ghost(context: Context) -> bool:
    """Whether the entry has a field that only Ghost's exports have; elsewhere `#wind` is a tag like others."""
    return any(normalise(one.name) in GHOST for one in context.parsed.fields)


def find_authors(context: Context) -> tuple[Author, ...]:
    found: dict[str, Author] = {}
    for field in context.fields.same("authors"):
        for author in to_authors(field.value):
            found.setdefault(author.name.casefold(), author)
    authors = tuple(found.values())
    if len(authors) == 1 and not (authors[0].email or authors[0].uri):
        email, uri = context.find_words("authoremail"), context.find_words("authorurl")
        if "@" in email or IS_URL.match(uri):
            uri = uri if IS_URL.match(uri) else ""
            return (Author(name=authors[0].name, email=email if "@" in email else "", uri=uri),)
    return authors


def find_origin(context: Context) -> Origin | None:
    field = context.fields.first("origin")
    if field is None:
        return None
    return to_origin(field.value, context.find_words("originurl"))


def find_url(context: Context, canonical: str) -> str:
    words = context.find_words(canonical)
    return words if IS_URL.match(words) else ""


def find_id(context: Context) -> str:
    if exact := context.fields.first("exactid"):
        return to_words(
            exact.value
        )  # as an old feed had it: another would be new to its subscribers
    field = context.fields.first("id")
    own = to_words(field.value) if field is not None else ""
    return make_id(own, context.name.stem, context.settings.site.id_authority)


def find_slug(context: Context) -> str:
    field = context.fields.first("slug")
    slug = clean_slug(to_words(field.value)) if field is not None else ""
    return slug or clean_slug(context.name.slug) or "entry"


def find_place(context: Context, published: Moment, slug: str, category: str) -> tuple[str, str]:
    """(place, URL): the entry's own address, else the site's pattern."""
    site = context.settings.site
    for field in context.fields.find("url"):
        words = to_words(field.value)
        if words.casefold() in FLAGS or re.search(
            r"[{}]|/:\w", words
        ):  # `permalink: false`, templates
            continue
        is_path = normalise(field.name) == "path"
        own = make_own_place(words, site.url)
        if own is None or (
            is_path and find_ending(words) in MARKUPS
        ):  # where the file lies, not the page
            continue
        place, url = own
        if place and is_path:
            place, url = complete(place), complete(url)
        if place and is_reserved(place):
            message = f"the address {place!r} is one of the service's own, so the pattern counts; choose another"
            context.note("permalink-reserved", message, field)
            continue
        return place, url
    when = published.when.astimezone(context.rules.zone)
    pattern = site.permalink
    place = make_place(pattern, when, slug, category, context.name.stem)
    if context.name.language and "{path}" not in pattern and context.name.language != site.language:
        place = add_language(context, place)
    if not place.startswith("/"):
        own = make_own_place(place, site.url)
        return own if own is not None else ("", place)
    if is_reserved(place):
        message = f"the address {place!r} is one of the service's own; give the entry another `slug` or `url`"
        raise EntryError("permalink-reserved", message)
    return place, site.url + place[1:]


def add_language(context: Context, place: str) -> str:
    """Translations have one slug and one day: their language keeps their addresses apart."""
    if place.startswith("/"):
        return f"/{context.name.language.lower()}{place}"
    return place


def find_aliases(context: Context, place: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for field in context.fields.same("aliases"):
        for words in to_list(field.value):
            alias = make_alias(words, context.settings.site.url)
            if alias and alias != place:
                found[alias] = None
    return tuple(found)
