"""Fields become an `Entry`: the one place that gives an author's words their meaning.

Comes in: what a dialect took apart, and what the entry inherits. Goes out: an
entry, and what its author should know. What can be missing costs a problem;
what cannot, an `EntryError`.
"""

from __future__ import annotations

import re

from msgspec.structs import replace

from feedsvc.dialects.field_names import BOOLEAN_WORDS, normalize_field_name
from feedsvc.errors import EntryError
from feedsvc.file_kinds import MARKUP_BY_EXTENSION, get_extension
from feedsvc.model import Author, Entry, Moment, Origin, State
from feedsvc.reading.context import EntryDraft
from feedsvc.reading.identity import (
    make_id,
)
from feedsvc.reading.media import build_enclosures, build_image
from feedsvc.reading.published import parse_date_field, parse_release, resolve_published
from feedsvc.reading.values import (
    parse_authors,
    parse_list,
    parse_number,
    parse_origin,
    to_plain_text,
    value_to_text,
)
from feedsvc.urls import (
    add_trailing_slash,
    clean_slug,
    format_permalink,
    is_reserved,
    join_url,
    parse_alias,
    parse_own_permalink,
)

TEXT_HEADING = re.compile(
    r"^(?:#{1,2}[ \t]+(.+?)[ \t]*#*|(\S[^\n]{0,200})\n(?:={3,}|-{3,})[ \t]*)$", re.MULTILINE
)
CODE_FENCE = re.compile(r"^(?:```|~~~)", re.MULTILINE)
HTML_HEADING = re.compile(r"<h[12]\b[^>]*>(.*?)</h[12]\s*>", re.IGNORECASE | re.DOTALL)
FIRST_LINE = re.compile(r"\w[^\n]*")
GHOST_FIELDS = {
    "featureimage",
    "customexcerpt",
    "primaryauthor",
    "primarytag",
    "publishedat",
    "codeinjectionhead",
}
HTTP_URL = re.compile(r"https?://[^\s/]+", re.IGNORECASE)


def build_entry(context: EntryDraft, encoding: str, state: State) -> Entry:
    """The entry; raises `EntryError` if it cannot be published."""
    context.title = detect_title(context)
    published = resolve_published(context)
    slug = build_slug(context)
    categories = build_terms(context, "categories")
    place, url = resolve_permalink(context, published, slug, categories[0] if categories else "")
    entry = Entry(
        path=context.path,
        dialect=context.parsed.dialect,
        encoding=encoding,
        state=state,
        id=build_id(context),
        url=url,
        permalink_path=place,
        slug=slug,
        title=context.title,
        published=published,
        language=context.language,
        authors=build_authors(context),
        categories=categories,
        tags=build_terms(context, "tags"),
        summary=context.get_text("summary"),
        translation=context.name.story,
        body=context.parsed.body,
        markup=context.parsed.markup,
        body_line=context.parsed.body_line,
    )
    return entry if context.fields.has_none_of(RARE_FIELDS) else add_rare_fields(context, entry)


RARE_FIELDS = frozenset(
    "updated release expires image enclosures origin rights comments clicks translation aliases correction minor"
    " retracted reason".split()
)


def add_rare_fields(context: EntryDraft, entry: Entry) -> Entry:
    """*entry* with what few entries say of themselves: most need not be asked for each of it."""
    fields = context.fields
    updated = parse_date_field(context, "updated")
    correction = fields.first("correction")
    if updated is None and correction is not None and not context.is_set("minor"):
        message = "a correction without a date reaches no reader anew; add a line such as `updated: 2023-03-02`"
        context.add_problem("correction-undated", message, correction)
    story = fields.first("translation")
    return replace(
        entry,
        updated=updated,
        not_before=parse_release(context, entry.published),
        expires=parse_date_field(context, "expires"),
        image=build_image(context),
        enclosures=build_enclosures(context),
        origin=build_origin(context),
        rights=context.get_text("rights"),
        comments=get_url(context, "comments"),
        clicks=parse_number(clicks.value) if (clicks := fields.first("clicks")) else None,
        translation=(value_to_text(story.value) if story else "") or entry.translation,
        aliases=build_aliases(context, entry.permalink_path),
        correction=context.get_text("correction"),
        minor=context.is_set("minor"),
        retracted=parse_date_field(context, "retracted") if entry.state == "retracted" else None,
        reason=context.get_text("reason"),
    )


def is_redirect(context: EntryDraft) -> bool:
    """Whether the file only leads elsewhere: nothing but a redirect in its header."""
    fields = context.fields
    return fields.first("redirect") is not None and not (
        fields.first("title") or fields.first("published")
    )


def detect_title(context: EntryDraft) -> str:
    """The title of its field, else of the first heading, else of the file's name, else the first words."""
    if title := context.get_text("title"):
        return title
    head = CODE_FENCE.split(context.parsed.body[:4000], maxsplit=1)[0]  # in code, `#` is no heading
    markup = context.parsed.markup
    title = ""
    if markup in ("markdown", "text") and (match := TEXT_HEADING.search(head)):
        title = to_plain_text(match[1] or match[2])
    if not title and markup in ("html", "markdown", "wml") and (match := HTML_HEADING.search(head)):
        title = to_plain_text(re.sub(r"<[^>]*>", "", match[1]))
    if title:
        return title
    slug = context.name.slug
    if re.search(r"[^\W\d_]{2}", slug) and slug.casefold() != "index":
        title = " ".join(re.split(r"[-_\s]+", slug)).strip()
        title = title[:1].upper() + title[1:]
    else:
        words = FIRST_LINE.search(re.sub(r"<[^>]*>", " ", head))
        title = to_plain_text(words[0]) if words else slug
        title = title if len(title) <= 80 else title[:80].rsplit(" ", 1)[0] + " …"
    context.add_problem(
        "no-title", f"no title is found, so {title!r} stands in; add a line such as `title: …`"
    )
    return title


def build_terms(context: EntryDraft, canonical: str) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for field in context.fields.get_repeated(canonical):
        singular = canonical == "categories" and normalize_field_name(field.name) in (
            "category",
            "section",
        )
        if singular and isinstance(field.value, str):
            names = [to_plain_text(field.value)]
        else:
            spaces = "_posts/" in context.path and normalize_field_name(field.name) in (
                "tags",
                "categories",
            )
            names = parse_list(field.value, spaces=spaces)
        for name in names:
            if name and not (name.startswith("#") and is_from_ghost(context)):  # internal tags
                found.setdefault(name.casefold(), name)
    return tuple(found.values())


def is_from_ghost(context: EntryDraft) -> bool:
    """Whether the entry has a field that only Ghost's exports have; elsewhere `#wind` is a tag like others."""
    return any(normalize_field_name(one.name) in GHOST_FIELDS for one in context.parsed.fields)


def build_authors(context: EntryDraft) -> tuple[Author, ...]:
    found: dict[str, Author] = {}
    for field in context.fields.get_repeated("authors"):
        for author in parse_authors(field.value):
            found.setdefault(author.name.casefold(), author)
    authors = tuple(found.values())
    if len(authors) == 1 and not (authors[0].email or authors[0].uri):
        email, uri = context.get_text("authoremail"), context.get_text("authorurl")
        if "@" in email or HTTP_URL.match(uri):
            uri = uri if HTTP_URL.match(uri) else ""
            return (Author(name=authors[0].name, email=email if "@" in email else "", uri=uri),)
    return authors


def build_origin(context: EntryDraft) -> Origin | None:
    field = context.fields.first("origin")
    if field is None:
        return None
    return parse_origin(field.value, context.get_text("originurl"))


def get_url(context: EntryDraft, canonical: str) -> str:
    words = context.get_text(canonical)
    return words if HTTP_URL.match(words) else ""


def build_id(context: EntryDraft) -> str:
    if exact := context.fields.first("exactid"):
        return value_to_text(
            exact.value
        )  # as an old feed had it: another would be new to its subscribers
    field = context.fields.first("id")
    own = value_to_text(field.value) if field is not None else ""
    return make_id(own, context.name.stem, context.settings.site.id_authority)


def build_slug(context: EntryDraft) -> str:
    field = context.fields.first("slug")
    slug = clean_slug(value_to_text(field.value)) if field is not None else ""
    return slug or clean_slug(context.name.slug) or "entry"


def resolve_permalink(
    context: EntryDraft, published: Moment, slug: str, category: str
) -> tuple[str, str]:
    """(place, URL): the entry's own address, else the site's pattern."""
    site = context.settings.site
    for field in context.fields.find("url"):
        words = value_to_text(field.value)
        if words.casefold() in BOOLEAN_WORDS or re.search(
            r"[{}]|/:\w", words
        ):  # `permalink: false`, templates
            continue
        is_path = normalize_field_name(field.name) == "path"
        own = parse_own_permalink(words, site.url)
        if own is None or (
            is_path and get_extension(words) in MARKUP_BY_EXTENSION
        ):  # where the file lies, not the page
            continue
        place, url = own
        if place and is_path:
            place, url = add_trailing_slash(place), add_trailing_slash(url)
        if place and is_reserved(place):
            message = f"the address {place!r} is one of the service's own, so the pattern counts; choose another"
            context.add_problem("permalink-reserved", message, field)
            continue
        return place, url
    when = published.when.astimezone(context.date_rules.zone)
    pattern = site.permalink
    place = format_permalink(pattern, when, slug, category, context.name.stem)
    if context.name.language and "{path}" not in pattern and context.name.language != site.language:
        place = add_language_prefix(context, place)
    if not place.startswith("/"):
        own = parse_own_permalink(place, site.url)
        return own if own is not None else ("", place)
    if is_reserved(place):
        message = f"the address {place!r} is one of the service's own; give the entry another `slug` or `url`"
        raise EntryError("permalink-reserved", message)
    return place, join_url(site.url, place)


def add_language_prefix(context: EntryDraft, place: str) -> str:
    """Translations have one slug and one day: their language keeps their addresses apart."""
    if place.startswith("/"):
        return f"/{context.name.language.lower()}{place}"
    return place


def build_aliases(context: EntryDraft, place: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for field in context.fields.get_repeated("aliases"):
        for words in parse_list(field.value):
            alias = parse_alias(words, context.settings.site.url)
            if alias and alias != place:
                found[alias] = None
    return tuple(found)
