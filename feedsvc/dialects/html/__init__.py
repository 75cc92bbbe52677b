"""HTML documents: a page's metadata becomes fields, its article the body.

The order of the fields decides which date is that of publication: JSON-LD, then the head's
`<meta>`, then elements marked as published, then a labelled line, then a bare date near the
heading. `article` detects the last three, and the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice

from msgspec import Struct

from feedsvc.content.pictures import (
    is_named_as_no_picture,
    make_picture_key,
    restore_pictures,
)
from feedsvc.content.sanitize import is_too_deep
from feedsvc.dialects.data import build_field_value
from feedsvc.dialects.field_names import (
    EMBARGO_NAME,
    build_field_name_table,
    get_canonical_name,
    normalize_field_name,
)
from feedsvc.dialects.html.article import Article, ArticleParser, PageFacts
from feedsvc.dialects.html.page_tree import (
    Element,
    PageTree,
    get_line,
    get_text,
    parse_page,
)
from feedsvc.dialects.scripts import detect_language
from feedsvc.dialects.types import MAX_NAME_CHARACTERS, Field, Fields, ParsedText, SourceText, Value

LEADING_COMMENTS = r"\s*+(?:<\?xml[^>]*+\?>\s*+)?(?:(?><!--.*?-->)\s*+)*+"
DOCUMENT_START = re.compile(
    LEADING_COMMENTS + r"<(?:!doctype\s+html|html|head|title|meta|body)\b",
    re.IGNORECASE | re.DOTALL,
)
START_TAGS = {
    name: re.compile(rf"<{name}\b[^<>]*>", re.IGNORECASE) for name in ("body", "article", "main")
}
END_TAGS = {name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in START_TAGS}
HEAD_ELEMENTS = re.compile(
    r"(?:\s*(?:<!doctype[^>]*>|</?html\b[^>]*>|<head\b.*?</head\s*>|<title\b.*?</title\s*>"
    r"|<meta\b[^>]*>|<link\b[^>]*>))*+",
    re.IGNORECASE | re.DOTALL,
)
# Article and its kinds (TechArticle, OpinionNewsArticle, LiveBlogPosting), with or without address
ARTICLE_TYPE = re.compile(r"(?:https?://schema\.org/)?\w*(?:Article|BlogPosting|PressRelease)")
SCRIPT_START = re.compile(r"^(?://)?\s*(?:<!--|<!\[CDATA\[)")
SCRIPT_END = re.compile(r"(?://)?\s{0,9}(?:-->|\]\]>)$")
JSON_LD_PROPERTIES = (
    "headline datePublished dateModified author description image articleSection keywords"
    " inLanguage"
).split()
# The order in which the head's names for a date of publication count; others stand behind them
PUBLISHED_NAMES = (
    "article:published_time og:published_time og:article:published_time datepublished"
    " dc.date.issued dcterms.issued dcterms.date.issued pubdate publishdate publish_date"
    " publish-date publishtime publication_date parsely-pub-date citation_publication_date"
    " cxenseparse:recs:publishtime bt:pubdate rnews:datepublished"
    " shareaholic:article_published_time vr:published_time originalpublicationdate"
    " article_date_original displaydate dc.date.created dcterms.created dc.date dcterms.date date"
).split()
PUBLISHED_RANKS = {name: rank for rank, name in enumerate(PUBLISHED_NAMES)}
TITLE_NAMES = ("articletitle", "og:title", "twitter:title", "dc.title", "dcterms.title", "headline")
MAX_TITLE_CHARACTERS = 1000  # each block of a page is compared with its titles
TABLE = build_field_name_table()


class Head(Struct, frozen=True, kw_only=True):
    """A page's metadata: its `<meta>` fields in order, and those of JSON-LD."""

    metas: Fields
    json_ld: Fields
    title: Field | None
    language: Field | None
    canonical: Field | None
    is_redirect: bool

    def get(self, name: str) -> str:
        """Return the words of the first field that is named *name*, whatever its case."""
        for field in (*self.metas, *self.json_ld):
            if field.name.lower() == name and isinstance(field.value, str):
                return " ".join(field.value.split())
        return ""


def is_html(source: SourceText) -> bool:
    """Return whether the extension is HTML's, or an HTML document begins the text."""
    return source.markup == "html" or (
        source.startswith("<") and DOCUMENT_START.match(source.text, source.start) is not None
    )


def parse_html(source: SourceText) -> ParsedText:
    """Return the fields of a document or fragment, and its article, main element or body."""
    text = restore_pictures(source.text)
    start, end, name = locate_body(text)
    root = parse_page(text[:start] if is_too_deep(text) else text)
    head = read_head(root)
    is_document = DOCUMENT_START.match(text, source.start) is not None
    body = root.find("body")
    base = body.find(f".//{name}") if name and body is not None else None
    language = head.language or detect_script_language(root)
    facts = build_facts(head, str(language.value) if language else "")
    article = ArticleParser(PageTree(root), facts, base).parse()
    is_whole = article.html is None or not is_document
    return ParsedText(
        dialect="html",
        fields=tuple(list_fields(head, article, language)),
        body=text[start:end] if is_whole else article.html or "",
        markup="html",
        body_line=1 + text.count("\n", 0, start) if is_whole else article.line,
        is_ordered=True,
        no_article=article.reason if is_document else "",
    )


def locate_body(text: str) -> tuple[int, int, str]:
    """Return where the body begins and ends: the only `<article>` or `<main>`, named, or all."""
    start, end = locate_element(text, "body", 0, len(text)) or (0, len(text))
    if not start and (elements := HEAD_ELEMENTS.match(text)):
        start = elements.end()
    for name in ("article", "main"):
        if inside := locate_element(text, name, start, end):
            return (*inside, name)
    return start, end, ""


def locate_element(text: str, name: str, start: int, end: int) -> tuple[int, int] | None:
    """Return where the inside of the only *name* element begins and ends; None if not just one."""
    openings = list(islice(START_TAGS[name].finditer(text, start, end), 2))
    if len(openings) != 1:
        return None
    closing = END_TAGS[name].search(text, openings[0].end(), end)
    return openings[0].end(), closing.start() if closing else end


# ---- the head


def read_head(root: Element) -> Head:
    """Return the metadata of the page below *root*."""
    title = root.find(".//title")
    words = get_text(title) if title is not None else ""
    return Head(
        metas=tuple(list_metas(root)),
        json_ld=tuple(read_json_ld(root)),
        title=Field("title", words, get_line(title)) if words else None,
        language=read_language(root),
        canonical=read_canonical(root),
        is_redirect=any(
            (one.get("http-equiv") or "").lower() == "refresh"
            and "url" in (one.get("content") or "").lower()
            for one in root.iter("meta")
        ),
    )


def list_metas(root: Element) -> Iterator[Field]:
    """Yield each `<meta>` with a name and words; those of a body's items are not the page's."""
    for element in root.iter("meta"):
        name = element.get("name") or element.get("property") or element.get("itemprop")
        value = element.get("content") or element.get("contents")  # a frequent error
        is_item = element.get("itemprop") and element.getparent().tag not in ("head", "html")
        if name and value and not is_item:
            yield Field(name[:MAX_NAME_CHARACTERS], value, get_line(element))


def read_language(root: Element) -> Field | None:
    """Return the language that the page names."""
    html = root if root.tag == "html" else root.find("html")
    if html is not None:
        for name in ("lang", "xml:lang", "{http://www.w3.org/XML/1998/namespace}lang"):
            if words := (html.get(name) or "").strip():
                return Field("lang", words, get_line(html))
    for element in root.iter("meta"):
        name = (element.get("http-equiv") or element.get("name") or "").lower()
        name = name or (element.get("property") or "").lower()
        words = (element.get("content") or "").split(",")[0].strip()
        if name in ("content-language", "og:locale", "dc.language", "language") and words:
            return Field("lang", words.replace("_", "-"), get_line(element))
    return None


def detect_script_language(root: Element) -> Field | None:
    """Return the language that only the page's script names, where no other has it."""
    language = detect_language(" ".join(root.itertext("p", "div", "td", "h1", "h2", "span", "li")))
    return Field("language", language, get_line(root)) if language else None


def read_canonical(root: Element) -> Field | None:
    for element in root.iter("link"):
        if (element.get("rel") or "").lower() == "canonical" and element.get("href"):
            return Field("canonical", element.get("href"), get_line(element))
    return None


def read_json_ld(root: Element) -> list[Field]:
    """Return the fields of the first article that JSON-LD describes."""
    for script in root.iter("script"):
        if (script.get("type") or "").lower() != "application/ld+json":
            continue
        try:
            text = SCRIPT_END.sub("", (script.text or "").rstrip())
            text = SCRIPT_START.sub("", text.lstrip())
            data = build_field_value(json.loads(text, strict=False))
        except (ValueError, RecursionError):
            continue
        for thing in list_json_ld_objects(data):
            kind = thing.get("@type", "")
            kinds = kind if isinstance(kind, list) else [kind]
            if any(ARTICLE_TYPE.fullmatch(str(kind)) for kind in kinds):
                line = get_line(script)
                return [Field(one, thing[one], line) for one in JSON_LD_PROPERTIES if one in thing]
    return []


def list_json_ld_objects(data: Value) -> list[dict[str, Value]]:
    """Return the objects of a JSON-LD document: one, several, or a graph."""
    if isinstance(data, dict):
        parts = (data.get("@graph"), data.get("mainEntity"))
        return [data, *(one for part in parts for one in list_json_ld_objects(part or []))]
    return [thing for thing in data if isinstance(thing, dict)] if isinstance(data, list) else []


# ---- fields


def build_facts(head: Head, language: str) -> PageFacts:
    """Return the facts in the head that help to detect the article."""
    site_name = head.get("og:site_name") or head.get("sitename")
    titles = [head.get(name) for name in TITLE_NAMES]
    titles[1:1] = [
        " ".join(str(one.value).split()) for one in head.json_ld if one.name == "headline"
    ]
    canonical = str(head.canonical.value) if head.canonical else ""
    addresses = {head.get("og:url"), canonical} - {""}
    return PageFacts(
        titles=tuple(
            one for one in titles if one and one != site_name and len(one) <= MAX_TITLE_CHARACTERS
        ),
        page_title=str(head.title.value)[:MAX_TITLE_CHARACTERS] if head.title else "",
        site_name=site_name,
        addresses=frozenset(addresses),
        language=language,
        is_dated=any(True for _ in list_published(head)),
        is_redirect=head.is_redirect,
    )


def list_published(head: Head) -> Iterator[Field]:
    """Yield the head's dates of publication, the one that counts first."""
    yield from (one for one in head.json_ld if one.name == "datePublished" and names_day(one.value))
    found = [
        (PUBLISHED_RANKS.get(one.name.lower(), len(PUBLISHED_RANKS)), one)
        for one in head.metas
        if (
            one.name.lower() in PUBLISHED_RANKS
            or get_date_kind(one.name) in ("published", "release")
        )
        and names_day(one.value)
    ]
    for _, field in sorted(found, key=lambda one: one[0]):
        # `release` is the publication in a page, and what the table does not have is meant by rank
        is_known = get_canonical_name(field.name, TABLE) == "published"
        yield field if is_known else Field("pubdate", field.value, field.line)


def get_date_kind(name: str) -> str:
    """Return the canonical field of *name*, "embargo" for a name of `release` that is one."""
    canonical = get_canonical_name(name, TABLE)
    is_embargo = canonical == "release" and EMBARGO_NAME.search(normalize_field_name(name))
    return "embargo" if is_embargo else canonical


def names_day(value: Value) -> bool:
    """Return whether *value* may be a date: not empty, not a template's mark, not all zeros."""
    return isinstance(value, str) and re.search(r"[^\D0]", value) is not None


def list_fields(head: Head, article: Article, language: Field | None) -> Iterator[Field]:
    """Yield all fields of a page; of two with one meaning the first counts."""
    if article.title:
        line = article.title_line or (head.title.line if head.title else 1)
        yield Field("title", article.title, line)
    if language is not None:
        yield language
    yield from list_published(head)
    yield from (one for one in head.json_ld if one.name == "dateModified")
    own_images = frozenset(map(make_picture_key, article.images))
    for field in (*head.metas, *head.json_ld):
        canonical = get_date_kind(field.name)
        if canonical in ("published", "release", "language") or field.name == "dateModified":
            continue
        if canonical != "image" or is_article_image(field.value, article, own_images):
            yield field
    if head.canonical is not None:
        yield head.canonical
    for fact in article.evidence:
        is_known = get_date_kind(fact.name) not in ("", "release")
        yield Field(fact.name if is_known else "date", fact.words, fact.line)


def is_article_image(value: Value, article: Article, own: frozenset[str]) -> bool:
    """Return whether a page's picture is the article's, and neither a logo nor one of its frame.

    *own* are the keys of the article's pictures.
    """
    if isinstance(value, list):
        return bool(value) and is_article_image(value[0], article, own)
    if isinstance(value, dict):
        return is_article_image(value.get("url") or value.get("contentUrl") or "", article, own)
    key = make_picture_key(value)
    return key in own or not (key in article.frame_images or is_named_as_no_picture(value))
