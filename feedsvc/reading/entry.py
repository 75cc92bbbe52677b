"""Builds an `Entry` from fields: the one place that interprets an author's words.

Comes in: an `EntryDraft`. Goes out: an entry, and in the draft the problems for its author.
A faulty field is a problem if the entry can do without it, else an `EntryError`.

A new field takes (1) its names in `dialects/field_names.json`, (2) an attribute of `model.Entry`,
(3) a line of `RARE_FIELDS`, or of `build_entry` if most entries have it, (4) a word in
`settings.CANONICAL_FIELDS` if sites may rename it, (5) another `index.schema.SCHEMA_VERSION`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

from msgspec.structs import replace

from feedsvc.content.characters import drop_forbidden, unescape
from feedsvc.content.headings import heading_to_text, strip_closing_marks, summary_to_text
from feedsvc.dialects.field_names import BOOLEAN_WORDS, normalize_field_name
from feedsvc.dialects.types import MAX_NAME_CHARACTERS
from feedsvc.errors import EntryError
from feedsvc.fields.draft import EntryDraft
from feedsvc.fields.feed_content import parse_summary_only
from feedsvc.fields.identity import make_id
from feedsvc.fields.licenses import parse_license
from feedsvc.fields.media import parse_enclosures, parse_image
from feedsvc.fields.published import (
    parse_date_field,
    parse_moment,
    resolve_draft_date,
    resolve_published,
)
from feedsvc.fields.status import NOINDEX_FIELDS, is_marked_noindex, parse_robots
from feedsvc.fields.values import (
    HTTP_URL,
    parse_authors,
    parse_flag,
    parse_list,
    parse_number,
    parse_origin,
    to_plain_text,
    value_to_text,
)
from feedsvc.file_kinds import MARKUP_BY_EXTENSION, get_extension
from feedsvc.model import PRECISION_LENGTHS, Author, Entry, Markup, Moment, Origin, State
from feedsvc.urls import (
    add_trailing_slash,
    clean_slug,
    format_permalink,
    is_reserved,
    join_url,
    parse_alias,
    parse_own_permalink,
    strip_site,
)

TEXT_HEADING = re.compile(
    r"^(?:#{1,2}[ \t]+(.+)|(\S[^\n]{0,200})\n(?:={3,}|-{3,})[ \t]*)$", re.MULTILINE
)
CODE_FENCE = re.compile(r"^(?:```|~~~)", re.MULTILINE)
HTML_HEADING = re.compile(r"<h[12]\b[^<>]*>(.*?)</h[12]\s*>", re.IGNORECASE | re.DOTALL)
FIRST_LINE = re.compile(r"^[^\n]*?\w[^\n]*", re.MULTILINE)
FIRST_WORDS = re.compile(r"\w.*")
GHOST_FIELDS = frozenset(
    "featureimage customexcerpt primaryauthor primarytag publishedat codeinjectionhead".split()
)
HASH_MARK = re.compile(r"#+(?=[^\W\d_])")  # `#ferry` is the tag "ferry", as Obsidian has it
SINGULAR_NAMES = ("category", "section")  # fields with one name, which may have a comma
URL_TEMPLATE = re.compile(r"[{}]|/:\w")
OTHER_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+:\S", re.ASCII | re.IGNORECASE)
IRI_START = re.compile(r"(?:https?|tag|urn|ni|info|data):", re.ASCII | re.IGNORECASE)
NO_NAME = "entry"  # the slug and title of an entry without words and name
# Names that files have for want of a title: `import` gives the second to items without one
NO_TITLE = re.compile(rf"index|{NO_NAME}(?:-\d+)?", re.IGNORECASE)
HEAD_CHARACTERS = 4000  # of a body, searched for a title
AUTHOR_DETAILS = frozenset({"authoremail", "authorurl"})
MAX_NAMES = 200  # of authors, of categories and of tags
MAX_SHOWN_CHARACTERS = 60  # of a name in a problem
MAX_TITLE_CHARACTERS = 80  # of a title made of the first words


Value = TypeVar("Value")


def build_entry(draft: EntryDraft, encoding: str, state: State) -> Entry:
    """Return the entry of *draft*; raise `EntryError` if it cannot be published."""
    title = detect_title(draft)
    previews_draft = state == "draft" and draft.settings.preview
    published = resolve_draft_date(draft) if previews_draft else resolve_published(draft)
    slug = build_slug(draft)
    categories = parse_terms(draft, "categories")
    category = categories[0] if categories else ""
    permalink_path, url = resolve_permalink(draft, published, slug, category)
    draft.url = url
    entry = Entry(
        path=draft.path,
        dialect=draft.parsed.dialect,
        encoding=encoding,
        state=state,
        id=build_id(draft),
        url=url,
        permalink_path=permalink_path,
        slug=slug,
        title=title,
        published=published,
        language=draft.language,
        authors=parse_all_authors(draft),
        categories=categories,
        tags=parse_terms(draft, "tags"),
        summary=parse_summary(draft),
        translation=draft.path_facts.translation_key,
        body=draft.parsed.body,
        markup=draft.parsed.markup,
        body_line=draft.parsed.body_line,
    )
    if state != "retracted" and draft.fields.has_none_of(RARE_NAMES):
        return entry
    return add_rare_fields(draft, entry)


# -- fields that few entries have ---------------------------------------------------------


def parse_number_field(draft: EntryDraft, canonical: str) -> int | None:
    return parse_number(draft.get_words(canonical))


def parse_origin_field(draft: EntryDraft, canonical: str) -> Origin | None:
    field = draft.fields.get_first(canonical)
    return parse_origin(field.value, draft.get_text("originurl")) if field is not None else None


def parse_url_field(draft: EntryDraft, canonical: str) -> str:
    """Return the words of a field if they begin as a web URL, else ""."""
    words = draft.get_text(canonical)
    return words if HTTP_URL.match(words) else ""


# By a field's canonical name: the attribute of `Entry`, and the function that reads it
RARE_FIELDS: dict[str, Callable[[EntryDraft, str], object]] = {
    "expires": parse_date_field,
    "image": parse_image,
    "enclosures": parse_enclosures,
    "origin": parse_origin_field,
    "comments": parse_url_field,
    "clicks": parse_number_field,
    "correction": EntryDraft.get_text,
    "minor": EntryDraft.is_set,
    "reason": EntryDraft.get_text,
}
RIGHTS_NAMES = frozenset({"rights", "license"})
RARE_NAMES = RIGHTS_NAMES | frozenset(
    {
        *RARE_FIELDS,
        *NOINDEX_FIELDS,
        *("updated", "release", "translation", "aliases", "retracted"),
        *("feedcontent", "excerptonly", "fulltext"),
    }
)


def parse_release(draft: EntryDraft) -> Moment | None:
    """Return the latest time of release; raise `EntryError` for one that may be in the future.

    That is an unreadable one, and an embargo without a time.
    """
    fields = [(value_to_text(field.value), field) for field in draft.fields.get_all("release")]
    timed = [one for one in fields if one[0] and one[0].casefold() not in BOOLEAN_WORDS]
    embargoes = [
        one
        for one in fields
        if normalize_field_name(one[1].name).startswith("embargo") and parse_flag(one[0])
    ]
    moments = [
        parse_moment(draft, words, f"field:{field.name}", field)
        for words, field in timed or embargoes
    ]
    return max(moments, key=lambda moment: moment.when, default=None)


def add_rare_fields(draft: EntryDraft, entry: Entry) -> Entry:
    """Return *entry* with the fields that few entries have."""
    updated = parse_date_field(draft, "updated")
    correction = draft.fields.get_first("correction")
    if updated is None and correction is not None and not draft.is_set("minor"):
        message = "without a date, no reader sees the correction as something new"
        remedy = draft.suggest_line("updated", "2023-03-02")
        draft.add_problem("correction-undated", message, remedy, correction)
    release = parse_release(draft)
    values: dict[str, Any] = {
        name: parse(draft, name)
        for name, parse in RARE_FIELDS.items()
        if draft.fields.get_first(name)
    }
    if not draft.fields.has_none_of(RIGHTS_NAMES):
        values["rights"] = draft.get_text("rights") or draft.get_text("license")
    entry = replace(
        entry,
        updated=updated,
        not_before=release if release and release.seconds > entry.published.seconds else None,
        translation=draft.get_words("translation") or entry.translation,
        aliases=parse_aliases(draft, entry.permalink_path),
        retracted=parse_retraction(draft) if entry.state == "retracted" else None,
        noindex=is_marked_noindex(draft),
        robots=parse_robots(draft),
        license=parse_license(draft),
        summary_only=parse_summary_only(draft),
        **values,
    )
    note_order(draft, entry)
    return entry


def note_order(draft: EntryDraft, entry: Entry) -> None:
    """Note a problem if the entry was changed, or is to expire, before it is published."""
    if entry.updated is not None and is_before(entry.updated, entry.published):
        message = f"it was updated ({entry.updated.words}) before it was published"
        remedy = f"correct one of the dates; published is {entry.published.words!r}"
        draft.add_problem("updated-early", message, remedy, draft.fields.get_first("updated"))
    if entry.expires is not None and is_before(entry.expires, entry.published):
        message = f"it expires ({entry.expires.words}) before it is published, so nobody sees it"
        remedy = f"correct one of the dates; published is {entry.published.words!r}"
        draft.add_problem("expires-early", message, remedy, draft.fields.get_first("expires"))


def is_before(one: Moment, other: Moment) -> bool:
    """Return whether *one* is before *other*, both in the precision of the less precise one."""
    length = min(PRECISION_LENGTHS.get(moment.precision, 19) for moment in (one, other))
    if length < 19:
        return str(one.when)[:length] < str(other.when)[:length]
    return one.seconds < other.seconds


def parse_retraction(draft: EntryDraft) -> Moment | None:
    """Return when the entry was retracted, None if no field has that date."""
    field = draft.fields.get_first("retracted")
    if field is not None and draft.get_flag("retracted") is None:
        return parse_date_field(draft, "retracted")
    message = "without a date, no feed can tell readers of the retraction"
    remedy = draft.suggest_line("retracted", "2023-03-02")
    draft.add_problem(
        "retraction-undated", message, remedy, field or draft.fields.get_first("status")
    )
    return None


def parse_aliases(draft: EntryDraft, permalink_path: str) -> tuple[str, ...]:
    """Return the old permalink paths that the entry names, each once."""
    site = draft.settings.site.url
    fields = draft.fields.get_repeated("aliases")
    aliases = [parse_alias(words, site) for one in fields for words in parse_list(one.value)]
    return tuple(dict.fromkeys(alias for alias in aliases if alias not in ("", permalink_path)))


# -- fields of every entry ------------------------------------------------------------


def detect_title(draft: EntryDraft) -> str:
    """Return the title of its field, else of the first heading, the file's name, or the text."""
    if title := draft.get_text("title"):
        return title
    # a `#` in code begins no heading
    head = CODE_FENCE.split(draft.parsed.body[:HEAD_CHARACTERS], maxsplit=1)[0]
    if title := detect_heading(head, draft.parsed.markup):
        return title
    slug = drop_forbidden(draft.path_facts.slug)
    if re.search(r"[^\W\d_]{2}", slug) and not NO_TITLE.fullmatch(slug):
        title = " ".join(re.split(r"[-_\s]+", slug)).strip()
        title = title[:1].upper() + title[1:]
    else:
        line = FIRST_LINE.search(re.sub(r"<[^<>]*>", " ", head))
        words = FIRST_WORDS.search(heading_to_text(line[0], draft.parsed.markup) if line else slug)
        title = to_plain_text(words[0]) if words else slug or NO_NAME
        if len(title) > MAX_TITLE_CHARACTERS:
            title = title[:MAX_TITLE_CHARACTERS].rsplit(" ", 1)[0] + " …"
    message = f"no title was found, so {title!r} stands in"
    draft.add_problem("no-title", message, draft.suggest_line("title", "…"))
    return title


def parse_summary(draft: EntryDraft) -> str:
    """Return the summary of its field; in Markdown tools show the field as such."""
    words = draft.get_text("summary")
    return summary_to_text(words) if draft.parsed.markup == "markdown" else words


def detect_heading(head: str, markup: Markup) -> str:
    """Return the text of the first heading in *head*, "" for none."""
    title = ""
    if markup in ("markdown", "text") and (match := TEXT_HEADING.search(head)):
        words = strip_closing_marks(match[1]) if match[1] else match[2]
        title = to_plain_text(heading_to_text(words, markup))
    if not title and markup in ("html", "markdown", "wml") and (match := HTML_HEADING.search(head)):
        title = " ".join(unescape(re.sub(r"<[^<>]*>", "", match[1])).split())
    return title


def limit_names(draft: EntryDraft, canonical: str, found: dict[str, Value]) -> tuple[Value, ...]:
    """Return the values of *found*, by name: at most `MAX_NAMES`, without names that are too long.

    Names that are left out are a problem of the field *canonical*.
    """
    if len(found) <= MAX_NAMES and max(map(len, found), default=0) <= MAX_NAME_CHARACTERS:
        return tuple(found.values())
    names = [name for name in found if len(name) <= MAX_NAME_CHARACTERS][:MAX_NAMES]
    kept = frozenset(names)
    left_out = next(name for name in found if name not in kept)
    message = f"{left_out[:MAX_SHOWN_CHARACTERS]!r} … is left out"
    remedy = f"write at most {MAX_NAMES} names, of at most {MAX_NAME_CHARACTERS} characters each"
    draft.add_problem("too-many-names", message, remedy, draft.fields.get_first(canonical))
    return tuple(found[name] for name in names)


def parse_terms(draft: EntryDraft, canonical: str) -> tuple[str, ...]:
    """Return the "tags" or "categories" of the entry; among equals but for case, the first."""
    found: dict[str, str] = {}
    for field in draft.fields.get_repeated(canonical):
        if not isinstance(field.value, str):
            terms = parse_list(field.value)
        elif (
            name := normalize_field_name(field.name)
        ) in SINGULAR_NAMES and canonical == "categories":
            terms = [to_plain_text(field.value)]
        else:
            has_spaces = name in ("tags", "categories") and is_from_jekyll(draft)
            terms = parse_list(field.value, spaces=has_spaces)
        for term in terms:
            if term.startswith("#"):
                if is_from_ghost(draft):
                    continue
                term = HASH_MARK.sub("", term)
            if term:
                found.setdefault(term.casefold(), term)
    return limit_names(draft, canonical, found)


def is_from_jekyll(draft: EntryDraft) -> bool:
    """Return whether the file is a post of Jekyll, whose lists of names have spaces: `tags: a b`.

    Posts have a date in their names, and lie in `_posts` or name their layout.
    """
    if "_posts/" in draft.path or draft.root.name == "_posts":
        return True
    is_dated = draft.path_date is not None and draft.path_date.source == "filename"
    return is_dated and any(name == "layout" for name, _ in draft.fields.unknown)


def is_from_ghost(draft: EntryDraft) -> bool:
    """Return whether a field is of Ghost's exports alone, whose tags like `#wind` are internal."""
    return any(normalize_field_name(field.name) in GHOST_FIELDS for field in draft.parsed.fields)


def parse_all_authors(draft: EntryDraft) -> tuple[Author, ...]:
    """Return the authors; the fields for mail and URL apply to a single author."""
    found: dict[str, Author] = {}
    for field in draft.fields.get_repeated("authors"):
        for written in parse_authors(field.value):
            if written.name.isdecimal() and get_extension(draft.path) == "json":
                continue  # the number of a table in an export: `"author": 5`
            for author in draft.resolve_author(written):
                found.setdefault(author.name.casefold(), author)
    authors = limit_names(draft, "authors", found)
    is_bare = len(authors) == 1 and not (authors[0].email or authors[0].uri)
    if is_bare and not draft.fields.has_none_of(AUTHOR_DETAILS):
        email, uri = draft.get_text("authoremail"), parse_url_field(draft, "authorurl")
        if email or uri:
            return (replace(authors[0], email=email if "@" in email else "", uri=uri),)
    return authors


def build_id(draft: EntryDraft) -> str:
    """Return the id of an old feed (a new one would be a new item to readers), else our own."""
    if exact := draft.get_words("exactid"):
        return exact
    words = draft.get_words("id")
    id_ = make_id(words, draft.path_facts.stem, draft.settings.site.id_authority)
    if not words.isascii() and id_ != words and IRI_START.match(words):  # RFC 4287, 4.2.6
        message = f"{words!r} has letters beyond ASCII, so the id is {id_!r}"
        remedy = "if the id must stay exactly as it is written, write it as `exact_id`"
        draft.add_problem("id-not-uri", message, remedy, draft.fields.get_first("id"))
    return id_


def build_slug(draft: EntryDraft) -> str:
    """Return the slug of its field, else of the file's name."""
    words = draft.get_words("slug")
    return (words and clean_slug(words)) or clean_slug(draft.path_facts.slug) or NO_NAME


def resolve_permalink(
    draft: EntryDraft, published: Moment, slug: str, category: str
) -> tuple[str, str]:
    """Return (path on this site or "", URL): the entry's own address, else by the site's pattern.

    Raise `EntryError` if the pattern gives an address that the service reserves.
    """
    if own := parse_redirect(draft) or parse_url_fields(draft):
        return own
    site, facts = draft.settings.site, draft.path_facts
    when = published.when.astimezone(draft.date_rules.zone)
    path = format_permalink(site.permalink, when, published.precision, slug, category, facts.stem)
    if not path.startswith("/"):
        return parse_own_permalink(path, site.url) or ("", path)
    if facts.language not in ("", site.language) and "{path}" not in site.permalink:
        path = f"/{facts.language.lower()}{path}"  # translations have one slug and one day
    if is_reserved(path):
        message = f"the address {path!r} is reserved for the service"
        remedy = "give the entry another `slug` or `url`"
        raise EntryError("permalink-reserved", message, remedy)
    return path, join_url(site.url, path)


def parse_redirect(draft: EntryDraft) -> tuple[str, str] | None:
    """Return ("", URL) of the page to which an entry without a text redirects: its address."""
    field = draft.fields.get_first("redirect")
    if field is None or draft.parsed.body.strip():
        return None
    value = field.value[0] if isinstance(field.value, list) else field.value
    target = parse_own_permalink(value_to_text(value), draft.settings.site.url)
    return ("", target[1]) if target else None


def _get_address_remedy(words: str, site: str) -> str:
    """Return how to correct *words*, which no page can have; "" for what is no address at all."""
    if re.match("/(?!/)", strip_site(words, site)):
        return "write one such as `/2023/03/quay/`, without a query"
    return "write one that begins with https://" if OTHER_SCHEME.match(words) else ""


def parse_url_fields(draft: EntryDraft) -> tuple[str, str] | None:
    """Return (path on this site or "", URL) of the first field that has an address of the entry."""
    for field in draft.fields.get_all("url"):
        words = value_to_text(field.value)
        if words.casefold() in BOOLEAN_WORDS or URL_TEMPLATE.search(words):
            continue  # `permalink: false`
        is_path = normalize_field_name(field.name) == "path"
        own = parse_own_permalink(words, draft.settings.site.url)
        if own is None and (remedy := _get_address_remedy(words, draft.settings.site.url)):
            message = f"{words[:100]!r} is not the address of a page, and is left out"
            draft.add_problem("address-unsafe", message, remedy, field)
        if own is None or (is_path and get_extension(words) in MARKUP_BY_EXTENSION):
            continue  # no address, or that of the file, not the page
        path, url = own
        if path and is_path:
            path, url = add_trailing_slash(path), add_trailing_slash(url)
        if not path or not is_reserved(path):
            return path, url
        message = f"the address {path!r} is reserved for the service, so the pattern counts"
        draft.add_problem("permalink-reserved", message, "choose another address", field)
    return None
