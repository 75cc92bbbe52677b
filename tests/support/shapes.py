"""Texts that cost most where a pattern or a loop is not linear: a shape, repeated, in a place.

Comes in: a number of characters. Goes out: functions of a text, and texts of that size for them:
every kind of file that is read with the shape in each of its places, and every function that
reads an author's words.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

from msgspec import Struct

from feedsvc.commands.feed_file import parse_feed
from feedsvc.commands.feed_file.wordpress import render_post
from feedsvc.dates import DateRules, is_date_like, parse_date, parse_path_date
from feedsvc.dialects.data import parse_json, parse_toml
from feedsvc.dialects.field_names import build_field_name_table
from feedsvc.dialects.labelled.labels import detect_label_block, parse_label_line
from feedsvc.dialects.mail import decode_words
from feedsvc.dialects.simple_yaml import parse_simple_yaml
from feedsvc.dialects.yaml_fields import parse_any_yaml
from feedsvc.errors import DateError, EntryError
from feedsvc.fields import values
from feedsvc.fields.identity import make_id, normalize_language
from feedsvc.fields.licenses import resolve_license
from feedsvc.fields.media import parse_duration, parse_size
from feedsvc.fields.published.text_dates import list_text_dates
from feedsvc.reading import decode_text, read_file
from feedsvc.settings import Settings, Site, resolve_addresses
from feedsvc.urls import clean_slug, parse_alias, parse_own_permalink

SETTINGS = resolve_addresses(Settings(site=Site(timezone="Asia/Shanghai")))
RULES = DateRules(zone=ZoneInfo("UTC"), language="en")
NAMES = build_field_name_table()
COUNTER = count()  # what makes each byline another one, which no cache has
# What is repeated. Each begins something that some pattern or parser then looks for the end of
SHAPES = {
    **{
        f"'{text}'": text
        for text in (
            *(
                "<!--",
                "-->",
                "<a ",
                "<a href=",
                "<b>",
                "</b>",
                "<",
                ">",
                "<x",
                "<div>",
                "<p>x",
                "<td>",
            ),
            *("{{", "}}", "{%", "{", "[", "](", "[[", "]", "(", ")", "![", "`", "```\n", "``", "|"),
            *("a.b.", "*a ", "**a", "_a", "~", "\\", "&", "&#", "&a;", "&amp;", '"', "'", '"a" '),
            *(
                ":",
                ": ",
                "- ",
                "-",
                "--",
                "\n- ",
                "#",
                "+",
                "=",
                "=?",
                "=?u?q?",
                "@",
                "@@",
                "a@",
                "$",
                "%",
            ),
            *(
                "/",
                "//",
                "://",
                "http://",
                ".",
                "..",
                ",",
                ", ",
                ";",
                "a;",
                "a, ",
                "!",
                "?",
                "^",
                "\n.. ",
            ),
            *(
                " ",
                "\t",
                "\n",
                " \n",
                "\n\n",
                "\n ",
                "a ",
                "a\n",
                "ab",
                "A",
                "aA",
                "a-",
                "a_",
                "by ",
                "and ",
            ),
            *(
                "0",
                "12 ",
                "1.",
                "1:",
                "1-",
                "1/",
                "20",
                "2024-01-02 ",
                "2 May ",
                "10.30 ",
                "5月",
                "年",
            ),
            *(
                "新",
                "。",
                "：",
                "，",
                "\u00a0",
                "\u3000",
                "\u2028",
                "\u200b",
                "e\u0301",
                "\u0301",
                "ﷺ",
                "ß",
                "٣",
            ),
            *(
                "#use x a",
                "#use wml::a a",
                "a=",
                "a='",
                "a: ",
                "a: [",
                "\na: ",
                "\n  a: ",
                ":a: ",
                "\n:a: ",
            ),
            *(
                "|a|",
                "<% ",
                "{#",
                "$$",
                "\\(",
                "<a>",
                "</a>",
                "<A B=C ",
                "<!",
                "<![CDATA[",
                "<?",
                "<svg>",
            ),
            *(
                "\n---\n",
                "\n+++\n",
                "\n#+a: ",
                "\n\ta",
                "\n===\n",
                "\n~~~\n",
                "[a]: ",
                "[^a]",
                "&nbsp;",
            ),
            *(
                "Date: ",
                "Notice\n",
                "@def a = [\n",
                "<i hidden></i>x",
                "<p>Related</p>",
                "<meta name=image content=a><img src=b>",
                "<define-tag a>b</define-tag>\n",
                "<script type=application/ld+json>{}</script>",
                "<li><a href=a>b</a> 2 May 2024</li>",
                "tags: a\n",
                ".. a: b\n",
                "a\n===\n",
                "Source:",
                "发布时间：",
                "Jane Doe, ",
                "a <b@c> ",
                "[a](b) ",
                "<define-tag a>",
            ),
        )
    },
}
MAIL = "Received: x\nDate: 2 May 2024 10:00:00 +0000\n"
HEAD = "title: A\ndate: 2024-01-02\n"


class Place(Struct, frozen=True, kw_only=True):
    """Where the repeated shape stands: a file's name, and the text around."""

    path: str
    before: str
    after: str = ""
    write: Callable[[str], str] = str

    def read(self, repeated: str) -> object:
        """Read the file with what is *repeated* in it."""
        text = f"{self.before}{self.write(repeated)}{self.after}"
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, self.path).write_bytes(text.encode("utf-8", "replace"))
            return read_file(Path(folder), self.path, SETTINGS)


def quote(text: str) -> str:
    """Return *text* as a string of JSON, which YAML and TOML read as well."""
    return json.dumps(text)


def indent(text: str) -> str:
    """Return *text* as lines of a block of YAML."""
    return "|\n  " + text.replace("\n", "\n  ")


def _make_places() -> dict[str, Place]:
    places: dict[str, Place] = {}

    def add(
        name: str, path: str, before: str, after: str = "", write: Callable[[str], str] = str
    ) -> None:
        places[name] = Place(path=path, before=before, after=after, write=write)

    fields = (
        "title author tags category date updated id slug url aliases summary source rights status"
        " image enclosure language duration license comments correction translation x"
    ).split()
    for field in fields:
        rest = "".join(
            line + "\n" for line in HEAD.splitlines() if not line.startswith(f"{field}:")
        )
        add(f"yaml {field}", "a.md", f"---\n{rest}{field}: ", "\n---\nBody.\n", quote)
    for field in ("title", "author", "tags", "date"):
        rest = "".join(
            line + "\n" for line in HEAD.splitlines() if not line.startswith(f"{field}:")
        )
        add(f"yaml block {field}", "a.md", f"---\n{rest}{field}: ", "\n---\nBody.\n", indent)
        add(f"yaml plain {field}", "a.md", f"---\n{rest}{field}: ", "\n---\nBody.\n")
        add(f"yaml single {field}", "a.md", f"---\n{rest}{field}: '", "'\n---\nBody.\n")
        add(f"yaml double {field}", "a.md", f'---\n{rest}{field}: "', '"\n---\nBody.\n')
        add(f"yaml flow {field}", "a.md", f"---\n{rest}{field}: [", "]\n---\nBody.\n")
        add(f"yaml list {field}", "a.md", f"---\n{rest}{field}: [", "]\n---\nBody.\n", quote)
        add(f"toml {field}", "a.md", f'+++\nx = "y"\n{field} = ', "\n+++\nBody.\n", quote)
        add(f"json {field}", "a.md", f'{{"x": "y", "{field}": ', "}\n\nBody.\n", quote)
        add(f"headers {field}", "a.md", f"{rest}{field}: ", "\n\nBody.\n")
        add(
            f"rst {field}", "a.rst", f"Title\n=====\n\n:date: 2024-01-02\n:{field}: ", "\n\nBody.\n"
        )
        add(f"org {field}", "a.org", f"#+x: A\n#+{field}: ", "\n\nBody.\n")
        add(f"nikola {field}", "a.md", f"<!--\n.. slug: A\n.. {field}: ", "\n-->\n\nBody.\n")
        add(
            f"wml {field}",
            "a.wml",
            f'#use wml::a title="x"\n<define-tag {field}>',
            "</define-tag>\n\nBody.\n",
        )
        add(
            f"html meta {field}",
            "a.html",
            f'<html><head><meta name="{field}" content="',
            '"></head><body><h1>A</h1><p>b</body></html>',
        )
        add(f"franklin {field}", "a.md", f'@def x = "A"\n@def {field} = ', "\n\nBody.\n")
        add(
            f"entry.json {field}",
            "a.json",
            f'{{"title": "a", "content_html": "<p>a", "{field}": ',
            "}",
            quote,
        )
        add(f"jbake {field}", "a.md", f"title=A\n{field}=", "\n~~~~~~\nBody.\n")
        add(f"adoc {field}", "a.adoc", f"= Title\n:{field}: ", "\n\nBody.\n")
        add(
            f"myst {field}",
            "a.md",
            f"# Title\n\n```{{post}} 2024-01-02\n:{field}: ",
            "\n```\n\nBody.\n",
        )
        add(f"labelled {field}", "a.txt", f"Title\n{field.title()}: ", "\nSource: A\n\nBody.\n")
    for name, extension, before, after in (
        ("yaml", "md", f"---\n{HEAD}---\n", ""),
        ("yaml html", "html", f"---\n{HEAD}---\n", ""),
        ("yaml adoc", "adoc", f"---\n{HEAD}---\n", ""),
        ("yaml rst", "rst", f"---\n{HEAD}---\n", ""),
        ("yaml org", "org", f"---\n{HEAD}---\n", ""),
        ("yaml txt", "txt", f"---\n{HEAD}---\n", ""),
        ("yaml no title", "md", "---\ndate: 2024-01-02\nx: y\n---\n", ""),
        ("yaml no date", "md", "---\ntitle: A\nx: y\n---\n", ""),
        ("html", "html", "<html><head><title>A</title></head><body><h1>A</h1>", "</body></html>"),
        (
            "html article",
            "html",
            "<html><body><article><h1>A</h1><p>",
            "</p></article></body></html>",
        ),
        (
            "html title",
            "html",
            "<html><head><title>",
            "</title></head><body><h1>A</h1></body></html>",
        ),
        ("html h1", "html", "<html><body><h1>", "</h1><p>2 May 2024<p>text</body></html>"),
        (
            "html ld",
            "html",
            '<html><head><script type="application/ld+json">',
            "</script></head></html>",
        ),
        (
            "html ld headline",
            "html",
            '<html><head><script type="application/ld+json">{"@type":"Article","headline":"',
            '"}</script></head><body></html>',
        ),
        ("html attribute", "html", '<html><body><p class="', '">x</p></body></html>'),
        ("html time", "html", "<html><body><h1>A</h1><time>", "</time><p>x</p></body></html>"),
        ("html top", "html", "", ""),
        ("plain", "txt", "", ""),
        ("plain md", "md", "", ""),
        ("plain none", "", "", ""),
        ("plain body", "txt", "Title\n2 May 2024\n\n", ""),
        ("labelled body", "txt", "Title\nDate: 2024-01-02\nSource: A\n\n", ""),
        ("labelled below", "txt", "Title\n", "\nDate: 2024-01-02\nSource: A\n"),
        ("rst", "rst", "", ""),
        ("rst body", "rst", "Title\n=====\n\n:date: 2024-01-02\n\n", ""),
        ("org", "org", "#+", ""),
        ("org body", "org", "#+title: A\n#+date: 2024-01-02\n\n", ""),
        ("adoc", "adoc", "", ""),
        ("adoc body", "adoc", "= Title\n:revdate: 2024-01-02\n\n", ""),
        ("wml", "wml", "", ""),
        ("wml use", "wml", "#use wml::a ", "\n<define-tag title>A</define-tag>\n"),
        (
            "wml body",
            "wml",
            "<define-tag pagetitle>A</define-tag>\n<define-tag date>2024-01-02</define-tag>\n",
            "",
        ),
        ("nikola", "md", "<!--\n.. title: A\n.. date: 2024-01-02\n", "-->\nBody."),
        ("nikola rst", "rst", ".. title: A\n.. date: 2024-01-02\n", ""),
        ("franklin", "md", "@def ", ""),
        ("pandoc", "md", "% A\n", "\n% 2024-01-02\n\nBody.\n"),
        ("headers", "md", HEAD, ""),
        ("headers name", "md", HEAD, ": x\n\nBody.\n"),
        (
            "headers mail",
            "txt",
            "Received: x\nDate: 2 May 2024 10:00:00 +0000\nSubject: ",
            "\n\nBody.\n",
        ),
        (
            "headers mail body",
            "txt",
            f"{MAIL}Subject: A\nContent-Transfer-Encoding: quoted-printable\n\n",
            "",
        ),
        (
            "headers base64",
            "txt",
            f"{MAIL}Subject: A\nContent-Transfer-Encoding: base64\n\n",
            "",
        ),
        ("headers mbox", "txt", "From ", "\nSubject: A\n"),
        ("myst", "md", "# Title\n\n```{post} ", "\n```\n\nBody.\n"),
        ("myst body", "md", "```{post} 2024-01-02\n```\n\n# Title\n\n", ""),
        ("license", "md", "<!-- ", f" -->\n---\n{HEAD}---\nBody.\n"),
        ("yaml raw", "md", "---\n", "\n---\nBody.\n"),
        ("yaml open", "md", f"---\n{HEAD}", ""),
        ("yaml name", "md", f"---\n{HEAD}", ": x\n---\nBody.\n"),
        ("yaml params", "md", f"---\n{HEAD}params: {{", "}\n---\nBody.\n"),
        ("toml raw", "md", "+++\n", "\n+++\nBody.\n"),
        ("toml key", "md", "+++\n", " = 1\n+++\nBody.\n"),
        ("toml array", "md", "+++\na = [", "]\n+++\nBody.\n"),
        ("toml table", "md", "+++\n[", "]\na = 1\n+++\nBody.\n"),
        ("toml inline", "md", "+++\na = {", "}\n+++\nBody.\n"),
        ("json raw", "md", "{", "}\n\nBody."),
        ("json array", "md", '{"title": "A", "date": "2024-01-02", "tags": [', "]}\n\nBody."),
        ("json name", "md", '{"title": "A", "', '": 1}\n\nBody.'),
        ("entry.json raw", "json", "{", "}"),
        ("code block", "md", "```yaml\n", "\n```\n\nBody."),
        ("code toml", "md", "```toml\n", "\n```\n\nBody."),
        ("jbake", "md", "title=A\n", "\n~~~~~~\nBody.\n"),
        ("closed yaml", "md", "title: A\n", "\n---\nBody.\n"),
    ):
        add(name, f"a.{extension}" if extension else "a", before, after)
    add(
        "entry.json body",
        "a.json",
        '{"title": "a", "date": "2024-01-02", "content_html": ',
        "}",
        quote,
    )
    add(
        "entry.json text",
        "a.json",
        '{"title": "a", "date": "2024-01-02", "content_markdown": ',
        "}",
        quote,
    )
    return places


PLACES = _make_places()


def _refuse(parse: Callable[[str], object]) -> Callable[[str], object]:
    """Return *parse* as a function that also takes what it refuses."""

    def run(text: str) -> object:
        with suppress(EntryError, DateError, ValueError):
            return parse(text)
        return None

    return run


# What reads an author's words, also those that no bound of a file or field lets through
FUNCTIONS: dict[str, Callable[[str], object]] = {
    "title": values.to_plain_text,
    "words": values.value_to_text,
    "list": values.parse_list,
    "authors": lambda text: values.parse_authors(f"{text} {next(COUNTER)}"),
    "author": values.parse_author,
    "origin": values.parse_origin,
    "number": values.parse_number,
    "license": resolve_license,
    "size": parse_size,
    "duration": parse_duration,
    "language": normalize_language,
    "id": lambda text: make_id(text, "a", "example.com,2024"),
    "slug": clean_slug,
    "alias": lambda text: parse_alias(text, "https://example.com/"),
    "permalink": _refuse(lambda text: parse_own_permalink(text, "https://example.com/")),
    "date": _refuse(lambda text: parse_date(text, RULES)),
    "is date": is_date_like,
    "path date": lambda text: parse_path_date(text[:4096]),
    "label line": lambda text: parse_label_line(text, 1, NAMES),
    "label block": lambda text: detect_label_block(text.split("\n"), NAMES),
    "text dates": lambda text: list(list_text_dates(text, NAMES)),
    "short yaml": lambda text: parse_simple_yaml(text, 1),
    "yaml": _refuse(parse_any_yaml),
    "toml": _refuse(parse_toml),
    "json": _refuse(parse_json),
    "encoded words": decode_words,
    "bytes": _refuse(lambda text: decode_text(text.encode("utf-8", "replace"))),
    "latin bytes": _refuse(lambda text: decode_text(text.encode("latin-1", "replace") + b"\xe9")),
    "feed": _refuse(lambda text: parse_feed(text.encode("utf-8", "replace"))),
    "rss item": _refuse(
        lambda text: parse_feed(f"{RSS}{text}{RSS_END}".encode("utf-8", "replace"))
    ),
    "rss title": _refuse(
        lambda text: parse_feed(
            f"{RSS}x</description><title><![CDATA[{text}]]></title></item></channel></rss>".encode(
                "utf-8", "replace"
            )
        )
    ),
    "wordpress": lambda text: render_post(text, {}, ()),
}
RSS = '<rss version="2.0"><channel><item><description>'
RSS_END = "</description></item></channel></rss>"
# Around the repeated shape: nothing, words, and what makes a pattern look closer
AROUND = {
    "": ("", ""),
    "x…x": ("x", "x"),
    "[…](": ("[", "]("),
    "<…>@": ("<", ">@"),
    "a: …\t|": ("a: ", "\t|"),
}


def make_cases() -> dict[str, Case]:
    """Return the cases by name: a shape, and a function of a run of it."""
    cases: dict[str, Case] = {}
    for shape, unit in SHAPES.items():
        for name, place in PLACES.items():
            cases[f"{name}: {shape}"] = Case(unit=unit, run=place.read)
        for name, function in FUNCTIONS.items():
            for around, (before, after) in AROUND.items():
                cases[f"{name}(){around and ' in '}{around}: {shape}"] = Case(
                    unit=unit, run=function, before=before, after=after
                )
    return cases


class Case(Struct, frozen=True, kw_only=True):
    """What is repeated, what it is given to, and what stands around it."""

    unit: str
    run: Callable[[str], object]
    before: str = ""
    after: str = ""

    def make_text(self, size: int) -> str:
        """Return *size* characters of the shape with what is around them."""
        repeated = (self.unit * (size // len(self.unit) + 1))[:size]
        return f"{self.before}{repeated}{self.after}"
