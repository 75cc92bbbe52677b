"""The page of formats: each dialect with a file in it, which is read while the page is made."""

from __future__ import annotations

from msgspec import Struct

from feedsvc.dialects import DIALECTS, parse_text
from feedsvc.dialects.field_names import get_field_name_table


class Format(Struct, frozen=True, kw_only=True):
    """A dialect, what it is known by, and a file in it."""

    title: str
    words: str
    name: str  # of the file
    text: str


# By the name of the dialect in `DIALECTS`, and "plain", which is all else
FORMATS = {
    "fenced": Format(
        title="Markdown with front matter",
        words="Fields in YAML between `---`, TOML between `+++`, or JSON in braces, with the names"
        " that Hugo, Jekyll, Eleventy, Zola, Astro, MkDocs, Ghost and others use.",
        name="quay.md",
        text="---\ntitle: A new quay\ndate: 2026-03-02\ntags: [ferry]\n---\n\n"
        "The evening ferry has a quay **of its own**.\n",
    ),
    "franklin": Format(
        title="Franklin",
        words="Lines that begin with `@def`.",
        name="quay.md",
        text='@def title = "A new quay"\n@def date = "2026-03-02"\n\nThe evening ferry …\n',
    ),
    "json": Format(
        title="JSON",
        words="An object, with the names that common exports use. A text may follow it.",
        name="quay.json",
        text='{\n  "title": "A new quay",\n  "date": "2026-03-02",\n'
        '  "content_html": "<p>The evening ferry …</p>"\n}\n',
    ),
    "nikola": Format(
        title="Nikola",
        words="Lines such as `.. title:` in the file, or in a `.meta` beside it. A `.txt` file"
        " is then reStructuredText.",
        name="quay.rst",
        text=".. title: A new quay\n.. date: 2026-03-02\n\nThe evening ferry …\n",
    ),
    "wml": Format(
        title="WML",
        words="`<define-tag>`, as on Debian's web site.",
        name="quay.wml",
        text="<define-tag pagetitle>A new quay</define-tag>\n"
        "<define-tag release_date>2026-03-02</define-tag>\n<p>The evening ferry …</p>\n",
    ),
    "html": Format(
        title="HTML",
        words="A page, as a browser or a crawler saves it. Fields come from JSON-LD, `<meta>` (Open"
        " Graph, Dublin Core, article), `<time>`, and labelled lines; the text is the article"
        " without the menus around it.",
        name="quay.html",
        text="<!doctype html>\n<title>A new quay</title>\n"
        '<meta property="article:published_time" content="2026-03-02T09:00:00+01:00">\n'
        "<article><h1>A new quay</h1><p>The evening ferry …</p></article>\n",
    ),
    "pandoc": Format(
        title="Pandoc's title block",
        words="Markdown whose first lines begin with `%`: title, authors and a date.",
        name="quay.md",
        text="% A new quay\n% Ada Quay; Jo Berg\n% 2026-03-02\n\nThe evening ferry …\n",
    ),
    "org": Format(
        title="Org",
        words="Lines that begin with `#+`.",
        name="quay.org",
        text="#+title: A new quay\n#+date: 2026-03-02\n\nThe evening ferry …\n",
    ),
    "asciidoc": Format(
        title="AsciiDoc",
        words="A title after `=`, with attributes such as `:revdate:` below it.",
        name="quay.adoc",
        text="= A new quay\n:revdate: 2026-03-02\n\nThe evening ferry …\n",
    ),
    "headers": Format(
        title="Header lines",
        words="`Title:` and `Date:` without a fence, as Pelican, MultiMarkdown and mail have them.",
        name="quay.md",
        text="Title: A new quay\nDate: 2026-03-02\n\nThe evening ferry …\n",
    ),
    "rst": Format(
        title="reStructuredText",
        words="A title with its line below, and fields between colons.",
        name="quay.rst",
        text="A new quay\n==========\n\n:date: 2026-03-02\n\nThe evening ferry …\n",
    ),
    "myst": Format(
        title="MyST",
        words="Markdown with ABlog's directive `post`.",
        name="quay.md",
        text="# A new quay\n\n```{post} 2026-03-02\n```\n\nThe evening ferry …\n",
    ),
    "labelled": Format(
        title="Labelled text",
        words="A page that was copied out of a content system, with a line of labels such as"
        " `Release Time:` at its beginning or end. The labels may be in any of some thirty"
        " languages.",
        name="quay.txt",
        text="News Center\n\nA new quay\n\nRelease Time:2026-03-02Source:Clicks:1398Author:\n\n"
        "The evening ferry has a quay of its own from Monday.\n",
    ),
    "plain": Format(
        title="Plain text",
        words="Everything else. The first line is the title; the date is in the file's name, its"
        " folder, or a dateline.",
        name="2026-03-02-quay.txt",
        text="A new quay\n\nThe evening ferry has a quay of its own from Monday.\n",
    ),
}


def render_formats() -> str:
    """Return the formats; raise KeyError for a dialect that is missing, or known as another."""
    missing = {dialect.name for dialect in DIALECTS} - set(FORMATS)
    if missing:
        raise KeyError(f"scripts/documentation/formats.py has no example of {missing}")
    lines: list[str] = []
    for name, one in FORMATS.items():
        found = parse_text(one.text, one.name, get_field_name_table({})).dialect
        if found != ("yaml" if name == "fenced" else name):
            raise KeyError(f"the example of {name} in scripts/documentation/formats.py is {found}")
        lines += [f"## {one.title}", "", one.words, ""]
        lines += [f'````text title="{one.name}"', one.text.rstrip("\n"), "````", ""]
    return "\n".join(lines)
