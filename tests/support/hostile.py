"""Hostile values of every kind, for every field of every dialect."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from html import escape
from itertools import islice
from typing import Any

from feedsvc.dialects.field_names import FIELD_NAMES

TEXTS = (
    *(
        "",
        " ",
        "\x1b",
        "a\x00b",
        "\ufffe",
        "a\uffff",
        "\ud800",
        "\udc80x",
        "\ufdd0",
        "\x85",
        "\u2028",
    ),
    *("\u202e", "\U000e0001", "\N{ZOMBIE}" * 200, "&#27;", "&#xFFFE;", "&#xD800;", "&#0;", "&#12;"),
    *("https://[x]/", "https://[", "https://x]/y", "http://[::1]:99999/", "https://a:99999/"),
    *("https://a:b/", "https://a:-1/", "https:///", "https://", "//[x]", "//x:99999", "/[x"),
    *("[r](https://[x)", "[A](javascript:alert(1))", "https://\x1b/", "https://x/\ufffe"),
    *("https://x/%zz", "https://x/%00", "https://[x]/a.png", "https://[x]/a.mp3", "file.png\x1b"),
    *("tag:[", "urn:\ud800", "rss.xml", "archive", "..", "/..", "~1b", "en-\x1b", "x-klingon"),
    *("0001-01-01", "0001-01-01T00:00:00+14:00", "9999-12-31", "9999-12-31T23:59:59-12:00"),
    *("0000-01-01", "10000-01-01", "1e400", "-1", "9" * 30, "1:99999:99999", "9" * 18 + ".99 TB"),
    *(":a\tb:", "a\tb\nc", "<" * 2_000, "{{x}}", "{% x %}", "%s", "{x}"),
)
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 10**40, 1.5, 1e308, [], {}, [[]], [{}], [1, 2], [None], [True]),
    *({"a": "b"}, {"": ""}, {"\x1b": "\ufffe"}, ["\x1b"], {"title": "\ud800"}, {"name": "\x1b"}),
    {"url": "https://[x]/", "title": "R"},
    [{"name": {"name": ["\x1b"]}}],
    {"path": "\x1b.png", "width": "9" * 20},
    {"url": "https://x/a.mp3", "length": "9" * 30, "duration": "99999:99999:99999"},
    {"src": "https://[x]/a.mp3"},
    {"a\tb\nc": ""},
    {"a": ["\x1b", {"\ud800": "\ud800"}]},
)
NAMES = [name.split()[at % len(name.split())] for at in (0, 1) for name in FIELD_NAMES.values()]


def format_json(fields: dict[str, Any]) -> str:
    return f"---json\n{json.dumps(fields)}\n---\n\nWords [a](b.png) ![p](q.png)\n"


def format_lines(start: str, line: str, end: str) -> Callable[[dict[str, Any]], str]:
    def write(fields: dict[str, Any]) -> str:
        lines = (line.format(name=name, value=value) for name, value in fields.items())
        return start + "".join(lines) + end

    return write


DIALECTS: dict[str, tuple[str, Callable[[dict[str, Any]], str]]] = {
    "json": ("md", format_json),
    "yaml": ("md", format_lines("---\n", "{name}: {value}\n", "---\nWords\n")),
    "headers": ("txt", format_lines("", "{name}: {value}\n", "\nWords [a](b.png)\n")),
    "rst": ("rst", format_lines("Title\n=====\n\n", ":{name}: {value}\n", "\nWords\n")),
    "org": ("org", format_lines("", "#+{name}: {value}\n", "\nWords\n")),
    "html": (
        "html",
        lambda fields: (
            "<title>T</title>"
            + "".join(
                f'<meta name="{name}" content="{escape(str(value))}">'
                for name, value in fields.items()
            )
            + "<article><h1>T</h1><p>Words and words.</p></article>"
        ),
    ),
}


def make_hostile(dialect: str, name: str, value: Any) -> tuple[str, bytes]:
    """Return the ending and bytes of an entry with one hostile field."""
    fields = {"title": "Hostile", "date": "2026-03-02", name: value}
    if name in ("retracted", "retractedon", "reason", "retractionreason"):
        fields = {"status": "retracted", "retracted": "2026-03-03"} | fields
    ending, write = DIALECTS[dialect]
    return ending, write(fields).encode("utf-8", "replace")


def list_hostile(*, step: int = 1, start: int = 0) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of entries with one hostile field each.

    They are every field with every value in every dialect; of these every *step*-th.
    """
    pairs = (
        (dialect, name, value)
        for dialect in DIALECTS
        for name in NAMES
        for value in ((*TEXTS, *VALUES) if dialect == "json" else TEXTS)
    )
    for number, (dialect, name, value) in islice(enumerate(pairs), start, None, step):
        ending, content = make_hostile(dialect, name, value)
        if b"\0" not in content:  # else the file is no text
            yield f"hostile-{number}.{ending}", content
