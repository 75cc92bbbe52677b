"""HTML documents: `<title>`, `<meta>` of the usual vocabularies, `<time>`, JSON-LD; the body is the article's part."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from itertools import islice

from feedsvc.dialects.data import to_words
from feedsvc.dialects.types import Field, Parsed, Value

COMMENTS = r"\s*+(?:<\?xml[^>]*+\?>\s*+)?(?:(?><!--.*?-->)\s*+)*+"
DOCUMENT = re.compile(
    COMMENTS + r"<(?:!doctype\s+html|html|head|title|meta|body)\b", re.IGNORECASE | re.DOTALL
)
OPENINGS = {
    name: re.compile(rf"<{name}\b[^<>]*>", re.IGNORECASE) for name in ("body", "article", "main")
}
CLOSINGS = {name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in OPENINGS}
HEAD = re.compile(
    r"\s*(?:<!doctype[^>]*>|</?html\b[^>]*>|<head\b.*?</head\s*>|<title\b.*?</title\s*>|<meta\b[^>]*>|<link\b[^>]*>)",
    re.IGNORECASE | re.DOTALL,
)
ARTICLES = (
    "NewsArticle",
    "Article",
    "BlogPosting",
    "ReportageNewsArticle",
    "PressRelease",
    "AnalysisNewsArticle",
)
LINKED = (
    *("headline", "datePublished", "dateModified", "author", "description", "image"),
    *("articleSection", "keywords", "inLanguage"),
)
SEPARATOR = re.compile(r"\s*[|–—·»:«•-]\s*")
MOST = 400_000  # characters in which the head of a document is looked for


def is_document(text: str, start: int) -> bool:
    """Whether an HTML document begins at *start*."""
    return DOCUMENT.match(text, start) is not None


def parse_html(text: str, line: int) -> Parsed:
    """A document or fragment, whose first line is number *line*."""
    head = Head(line)
    head.feed(text[:MOST])
    fields = head.build_fields()
    start, end = find_part(text, "body", 0, len(text)) or (0, len(text))
    if not start:
        while step := HEAD.match(text, start):
            start = step.end()
    article = find_part(text, "article", start, end) or find_part(text, "main", start, end)
    start, end = article or (start, end)
    return Parsed(
        dialect="html",
        fields=fields,
        body=text[start:end],
        markup="html",
        body_line=line + text.count("\n", 0, start),
    )


def find_part(text: str, name: str, start: int, end: int) -> tuple[int, int] | None:
    """Where the inside of the only *name* element lies; None if there is none, or several."""
    openings = list(islice(OPENINGS[name].finditer(text, start, end), 2))
    if len(openings) != 1:
        return None
    closing = CLOSINGS[name].search(text, openings[0].end(), end)
    return openings[0].end(), closing.start() if closing else end


class Head(HTMLParser):
    """Collects what a document says about itself."""

    def __init__(self, line: int) -> None:
        super().__init__(convert_charrefs=True)
        self.first = line - 1
        self.fields: list[Field] = []
        self.linked: list[Field] = []
        self.times: list[Field] = []
        self.texts: dict[str, Field] = {}
        self.inside = ""
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
            self.times.insert(
                0 if rank == 0 else len(self.times), Field(name, facts["datetime"], self.line)
            )
        elif tag in ("title", "h1") and tag not in self.texts and not self.inside:
            self.inside, self.words = tag, []
        elif tag == "script" and facts.get("type", "").lower() == "application/ld+json":
            self.inside, self.words = "ld", []

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.words.append(data)

    def handle_endtag(self, tag: str) -> None:
        if self.inside and tag == {"ld": "script"}.get(self.inside, self.inside):
            words = "".join(self.words).strip()
            if self.inside == "ld":
                self.read_linked(words)
            elif words:
                self.texts[self.inside] = Field("title", " ".join(words.split()), self.line)
            self.inside = ""

    def read_linked(self, words: str) -> None:
        """The fields of the first article that JSON-LD describes."""
        try:
            data = to_words(json.loads(words, strict=False))
        except (ValueError, RecursionError):
            return
        for one in find_objects(data):
            kind = one.get("@type", "")
            if set(ARTICLES) & set(kind if isinstance(kind, list) else [kind]) and not self.linked:
                self.linked = [Field(name, one[name], self.line) for name in LINKED if name in one]

    def build_fields(self) -> tuple[Field, ...]:
        """Everything found; the title without the name of the site, if the document shows both."""
        title, heading = self.texts.get("title"), self.texts.get("h1")
        shown = [heading] if heading else []
        shown += [
            one for one in (*self.fields, *self.linked) if one.name in ("og:title", "headline")
        ]
        if title is not None:
            for one in shown:
                whole, short = str(title.value), str(one.value).strip()
                if whole.startswith(short) and SEPARATOR.match(whole, len(short)):
                    title = one
                    break
        else:
            title = shown[0] if shown else None
        own = [Field("title", title.value, title.line)] if title is not None else []
        first: dict[str, Field] = {}
        for time in self.times:  # the first counts: further ones date what the text speaks of
            first.setdefault(time.name, time)
        return (*own, *self.fields, *self.linked, *first.values())


def find_objects(data: Value) -> list[dict[str, Value]]:
    """The objects of a JSON-LD document: one, several, or a graph."""
    if isinstance(data, dict):
        graph = data.get("@graph")
        return [data, *find_objects(graph)] if isinstance(graph, list) else [data]
    return [one for one in data if isinstance(one, dict)] if isinstance(data, list) else []
