"""HTML documents: `<title>`, `<meta>` of the usual vocabularies, `<time>`, JSON-LD; the body is the article's part."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from itertools import islice

from feedsvc.dialects.data import build_field_value
from feedsvc.dialects.types import Field, ParsedText, Value

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
    r"\s*(?:<!doctype[^>]*>|</?html\b[^>]*>|<head\b.*?</head\s*>|<title\b.*?</title\s*>|<meta\b[^>]*>|<link\b[^>]*>)",
    re.IGNORECASE | re.DOTALL,
)
ARTICLE_TYPES = (
    "NewsArticle",
    "Article",
    "BlogPosting",
    "ReportageNewsArticle",
    "PressRelease",
    "AnalysisNewsArticle",
)
JSON_LD_PROPERTIES = (
    *("headline", "datePublished", "dateModified", "author", "description", "image"),
    *("articleSection", "keywords", "inLanguage"),
)
SITE_NAME_SEPARATOR = re.compile(r"\s*[|–—·»:«•-]\s*")
MAX_HEAD_CHARACTERS = 400_000  # characters in which the head of a document is looked for


def is_html_document(text: str, start: int) -> bool:
    """Whether an HTML document begins at *start*."""
    return DOCUMENT_START.match(text, start) is not None


def parse_html(text: str, line: int) -> ParsedText:
    """A document or fragment, whose first line is number *line*."""
    head = HeadParser(line)
    head.feed(text[:MAX_HEAD_CHARACTERS])
    fields = head.build_fields()
    start, end = locate_element(text, "body", 0, len(text)) or (0, len(text))
    if not start:
        while step := HEAD_ELEMENTS.match(text, start):
            start = step.end()
    article = locate_element(text, "article", start, end) or locate_element(
        text, "main", start, end
    )
    start, end = article or (start, end)
    return ParsedText(
        dialect="html",
        fields=fields,
        body=text[start:end],
        markup="html",
        body_line=line + text.count("\n", 0, start),
    )


def locate_element(text: str, name: str, start: int, end: int) -> tuple[int, int] | None:
    """Where the inside of the only *name* element lies; None if there is none, or several."""
    openings = list(islice(START_TAGS[name].finditer(text, start, end), 2))
    if len(openings) != 1:
        return None
    closing = END_TAGS[name].search(text, openings[0].end(), end)
    return openings[0].end(), closing.start() if closing else end


class HeadParser(HTMLParser):
    """Collects what a document says about itself."""

    def __init__(self, line: int) -> None:
        super().__init__(convert_charrefs=True)
        self.first = line - 1
        self.fields: list[Field] = []
        self.json_ld_fields: list[Field] = []
        self.time_fields: list[Field] = []
        self.title_fields: dict[str, Field] = {}
        self.open_element = ""
        self.words: list[str] = []

    @property
    def line(self) -> int:
        return self.first + self.getpos()[0]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = {name: value or "" for name, value in reversed(attrs)}
        if tag == "meta":
            name = facts.get("name") or facts.get("property") or facts.get("itemprop") or ""
            value = facts.get("content") or facts.get("contents")  # a frequent slip
            if name and value:
                self.fields.append(Field(name, value, self.line))
        elif tag == "html" and (lang := facts.get("lang") or facts.get("xml:lang")):
            self.fields.append(Field("lang", lang, self.line))
        elif tag == "link" and facts.get("rel", "").lower() == "canonical" and facts.get("href"):
            self.fields.append(Field("canonical", facts["href"], self.line))
        elif tag == "time" and facts.get("datetime"):
            kind = f"{facts.get('itemprop', '')} {facts.get('class', '')}".casefold()
            name = "updated" if "modified" in kind or "updated" in kind else "date"
            rank = 0 if "publish" in kind or "pubdate" in facts else 1
            self.time_fields.insert(
                0 if rank == 0 else len(self.time_fields), Field(name, facts["datetime"], self.line)
            )
        elif tag in ("title", "h1") and tag not in self.title_fields and not self.open_element:
            self.open_element, self.words = tag, []
        elif tag == "script" and facts.get("type", "").lower() == "application/ld+json":
            self.open_element, self.words = "ld", []

    def handle_data(self, data: str) -> None:
        if self.open_element:
            self.words.append(data)

    def handle_endtag(self, tag: str) -> None:
        if self.open_element and tag == {"ld": "script"}.get(self.open_element, self.open_element):
            words = "".join(self.words).strip()
            if self.open_element == "ld":
                self.parse_json_ld(words)
            elif words:
                self.title_fields[self.open_element] = Field(
                    "title", " ".join(words.split()), self.line
                )
            self.open_element = ""

    def parse_json_ld(self, words: str) -> None:
        """The fields of the first article that JSON-LD describes."""
        try:
            data = build_field_value(json.loads(words, strict=False))
        except (ValueError, RecursionError):
            return
        for one in list_json_ld_objects(data):
            kind = one.get("@type", "")
            if (
                set(ARTICLE_TYPES) & set(kind if isinstance(kind, list) else [kind])
                and not self.json_ld_fields
            ):
                self.json_ld_fields = [
                    Field(name, one[name], self.line) for name in JSON_LD_PROPERTIES if name in one
                ]

    def build_fields(self) -> tuple[Field, ...]:
        """Everything found; the title without the name of the site, if the document shows both."""
        title, heading = self.title_fields.get("title"), self.title_fields.get("h1")
        shown = [heading] if heading else []
        shown += [
            one
            for one in (*self.fields, *self.json_ld_fields)
            if one.name in ("og:title", "headline")
        ]
        if title is not None:
            for one in shown:
                whole, short = str(title.value), str(one.value).strip()
                if whole.startswith(short) and SITE_NAME_SEPARATOR.match(whole, len(short)):
                    title = one
                    break
        else:
            title = shown[0] if shown else None
        own = [Field("title", title.value, title.line)] if title is not None else []
        first: dict[str, Field] = {}
        for time in self.time_fields:  # the first counts: further ones date what the text speaks of
            first.setdefault(time.name, time)
        return (*own, *self.fields, *self.json_ld_fields, *first.values())


def list_json_ld_objects(data: Value) -> list[dict[str, Value]]:
    """The objects of a JSON-LD document: one, several, or a graph."""
    if isinstance(data, dict):
        graph = data.get("@graph")
        return [data, *list_json_ld_objects(graph)] if isinstance(graph, list) else [data]
    return [one for one in data if isinstance(one, dict)] if isinstance(data, list) else []
