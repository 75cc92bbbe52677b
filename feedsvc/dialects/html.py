"""HTML documents: `<title>`, `<meta>`, `<time>` and JSON-LD become fields, the article the body."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from itertools import islice

from feedsvc.dialects.data import build_field_value
from feedsvc.dialects.types import Field, ParsedText, SourceText, Value

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
ARTICLE_TYPES = (
    *("NewsArticle", "Article", "BlogPosting", "ReportageNewsArticle", "PressRelease"),
    "AnalysisNewsArticle",
)
JSON_LD_PROPERTIES = (
    *("headline", "datePublished", "dateModified", "author", "description", "image"),
    *("articleSection", "keywords", "inLanguage"),
)
SITE_NAME_SEPARATOR = re.compile(r"\s*[|–—·»:«•-]\s*")
MAX_HEAD_CHARACTERS = 400_000  # of a document, in which its fields are looked for


def is_html(source: SourceText) -> bool:
    """Return whether the extension promises HTML, or an HTML document begins the text."""
    return source.markup == "html" or (
        source.startswith("<") and DOCUMENT_START.match(source.text, source.start) is not None
    )


def parse_html(source: SourceText) -> ParsedText:
    """Return the fields of a document or fragment, and its article, main element or body."""
    text = source.text
    head = HeadParser()
    head.feed(text[:MAX_HEAD_CHARACTERS])
    start, end = locate_element(text, "body", 0, len(text)) or (0, len(text))
    if not start and (elements := HEAD_ELEMENTS.match(text)):
        start = elements.end()
    for name in ("article", "main"):
        if inside := locate_element(text, name, start, end):
            start, end = inside
            break
    return ParsedText(
        dialect="html",
        fields=head.build_fields(),
        body=text[start:end],
        markup="html",
        body_line=source.get_line(start),
    )


def locate_element(text: str, name: str, start: int, end: int) -> tuple[int, int] | None:
    """Return where the inside of the only *name* element begins and ends; None if not just one."""
    openings = list(islice(START_TAGS[name].finditer(text, start, end), 2))
    if len(openings) != 1:
        return None
    closing = END_TAGS[name].search(text, openings[0].end(), end)
    return openings[0].end(), closing.start() if closing else end


class HeadParser(HTMLParser):
    """Collects what a document says about itself, in the order in which it says so."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.fields: list[Field] = []
        self.json_ld_fields: list[Field] = []
        self.time_fields: list[Field] = []
        self.title_fields: dict[str, Field] = {}  # by element: title, h1
        self.open_element = ""
        self.words: list[str] = []

    def make_field(self, name: str, value: Value) -> Field:
        """Return a field of the line that is parsed now."""
        return Field(name, value, self.getpos()[0])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = {name: value or "" for name, value in reversed(attrs)}
        if tag == "meta":
            name = facts.get("name") or facts.get("property") or facts.get("itemprop")
            value = facts.get("content") or facts.get("contents")  # a frequent slip
            if name and value:
                self.fields.append(self.make_field(name, value))
        elif tag == "html" and (language := facts.get("lang") or facts.get("xml:lang")):
            self.fields.append(self.make_field("lang", language))
        elif tag == "link" and facts.get("rel", "").lower() == "canonical" and facts.get("href"):
            self.fields.append(self.make_field("canonical", facts["href"]))
        elif tag == "time" and facts.get("datetime"):
            self.add_time(facts)
        elif (
            tag in ("title", "h1") and tag not in self.title_fields and not self.open_element
        ) or (tag == "script" and facts.get("type", "").lower() == "application/ld+json"):
            self.open_element, self.words = tag, []

    def add_time(self, facts: dict[str, str]) -> None:
        """Add what a `<time>` dates; one that is marked as the publication goes before others."""
        kind = f"{facts.get('itemprop', '')} {facts.get('class', '')}".casefold()
        name = "updated" if "modified" in kind or "updated" in kind else "date"
        is_publication = "publish" in kind or "pubdate" in facts
        at = 0 if is_publication else len(self.time_fields)
        self.time_fields.insert(at, self.make_field(name, facts["datetime"]))

    def handle_data(self, data: str) -> None:
        if self.open_element:
            self.words.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag != self.open_element:
            return
        words = "".join(self.words).strip()
        if tag == "script":
            self.parse_json_ld(words)
        elif words:
            self.title_fields[tag] = self.make_field("title", " ".join(words.split()))
        self.open_element = ""

    def parse_json_ld(self, words: str) -> None:
        """Add the fields of the first article that JSON-LD describes."""
        try:
            data = build_field_value(json.loads(words, strict=False))
        except (ValueError, RecursionError):
            return
        for thing in list_json_ld_objects(data):
            kind = thing.get("@type", "")
            kinds = kind if isinstance(kind, list) else [kind]
            if not self.json_ld_fields and any(kind in ARTICLE_TYPES for kind in kinds):
                self.json_ld_fields = [
                    self.make_field(name, thing[name])
                    for name in JSON_LD_PROPERTIES
                    if name in thing
                ]

    def build_fields(self) -> tuple[Field, ...]:
        """Return everything found, the title first."""
        title = self._choose_title()
        first: dict[str, Field] = {}
        for time in self.time_fields:  # further ones date what the text is about
            first.setdefault(time.name, time)
        own = () if title is None else (Field("title", title.value, title.line),)
        return (*own, *self.fields, *self.json_ld_fields, *first.values())

    def _choose_title(self) -> Field | None:
        """Return the title; without the site's name if the document also shows it that way."""
        title = self.title_fields.get("title")
        shown = [self.title_fields["h1"]] if "h1" in self.title_fields else []
        shown += [
            field
            for field in (*self.fields, *self.json_ld_fields)
            if field.name in ("og:title", "headline")
        ]
        if title is None:
            return shown[0] if shown else None
        whole = str(title.value)
        for field in shown:
            short = str(field.value).strip()
            if whole.startswith(short) and SITE_NAME_SEPARATOR.match(whole, len(short)):
                return field
        return title


def list_json_ld_objects(data: Value) -> list[dict[str, Value]]:
    """Return the objects of a JSON-LD document: one, several, or a graph."""
    if isinstance(data, dict):
        graph = data.get("@graph")
        return [data, *list_json_ld_objects(graph)] if isinstance(graph, list) else [data]
    return [thing for thing in data if isinstance(thing, dict)] if isinstance(data, list) else []
