"""A body's way to HTML takes time in proportion to its length, and bounded space.

`tests/support/content_shapes.py` has the functions and the shapes; `torture/content.py` tries all,
up to a megabyte. Here are those that once took the square, and a part of the others.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from feedsvc.content.output_limit import MAX_GROWTH, get_max_characters
from feedsvc.content.render import render_content
from feedsvc.fields.media import make_resolver
from feedsvc.model import Content, Markup
from tests.support.content_shapes import FUNCTIONS, SHAPES, make_text
from tests.support.factory import make_entry
from tests.support.growth import MAX_EXPONENT, measure_growth
from tests.support.site import Site
from tests.test_markup import SETTINGS, render

pytestmark = pytest.mark.no_cover  # many runs of what other tests cover

ONCE_QUADRATIC = [  # function, shape
    *(("sanitizer", shape) for shape in ("&", "\xa0", "a&", "< ", "<p title='\xa0")),
    *(("summary", shape) for shape in ("<a ", "<svg ", "<img ")),
    *(("render markdown", shape) for shape in ("%%a ", "%%\n", "[TOC]\n", "\xa0", "&")),
    *(("search in markdown", shape) for shape in ("%%a ", "%%\n")),
    *(("references of markdown", shape) for shape in ("%%a ", "%%\n")),
    *(("bare addresses", shape) for shape in ("http://", "http://a&amp;", "http://[")),
    ("plain text", "http://"),
    *(("docutils", shape) for shape in ("::\n\n", "a::\n\n  b\n\n", "- a\n\n  ", "a b\n===\n\n")),
]


@pytest.mark.parametrize(("name", "shape"), ONCE_QUADRATIC)
def test_what_once_took_the_square_is_linear(name: str, shape: str) -> None:
    run = FUNCTIONS[name][0]

    assert measure_growth(run, partial(make_text, shape), (2**16, 2**18)) <= MAX_EXPONENT


# The way through all converters, and functions that bodies go through beside it
SAMPLED = [
    *(name for name in FUNCTIONS if name.startswith("render")),
    *("dropped tags", "code", "pictures", "bare addresses", "summary", "words"),
    *("references of markdown", "references of html", "search in markdown", "search in html"),
]
SHAPES_EACH = 14


@pytest.mark.parametrize("name", SAMPLED)
def test_time_grows_as_the_text_does(name: str) -> None:
    run, markup = FUNCTIONS[name]
    shapes = SHAPES[markup]
    offset = SAMPLED.index(name)  # so that each tries others
    steep = {}
    for shape in (*shapes, *shapes)[offset :: len(shapes) // SHAPES_EACH + 1][:SHAPES_EACH]:
        exponent = measure_growth(run, partial(make_text, shape), (2**14, 2**16))
        if exponent > MAX_EXPONENT:
            steep[shape] = exponent

    assert steep == {}


# -- space ------------------------------------------------------------------------------

SIZE = 60_000
LONG = "y" * 7_000
# A few characters that stand for many: each came to 10 to 3,400 times its length
GROWING: dict[str, tuple[Markup, str]] = {
    "attributes": ("asciidoc", f"= T\n:big: {LONG}\n\n" + "{big} " * 10_000),
    "attributes of attributes": (
        "asciidoc",
        f"= T\n:a: {LONG}\n:b: {{a}}{{a}}\n:c: {{b}}{{b}}\n\n" + "{c} " * 10_000,
    ),
    "folder of pictures": ("asciidoc", f":imagesdir: {LONG}\n\n" + "image:a[] " * 6_000),
    "columns of Markdown": (
        "markdown",
        "|" + "a|" * 10_000 + "\n|" + "-|" * 10_000 + "\n" + "|a\n" * 7_000,
    ),
    "columns of AsciiDoc": ("asciidoc", "|===\n" + "|" * 30_000 + "\n" + "|a\n" * 10_000),
    "columns of Org": ("org", "|" + "a|" * 15_000 + "\n" + "|a\n" * 10_000),
    "links by reference": (
        "markdown",
        f"[a]: https://a.example/{LONG * 4}\n\n" + "[a] " * 8_000,
    ),
    "titles by reference": ("markdown", f"[a]: b '{LONG * 4}'\n\n" + "[a] " * 8_000),
    "footnotes": ("markdown", "[^1] " * 12_000 + "\n\n[^1]: a"),
    "quotations": ("markdown", (">" * 190 + "a\n\n") * 310),
    "lists": ("markdown", ("- " * 90 + "a\n\n") * 330),
    "open elements": (
        "markdown",
        "".join(f"<b id={number}>" for number in range(190)) + "<p>a" * 2_000,
    ),
    "open elements between blocks": (
        "html",
        "<div>" * 90 + "".join(f"<b id={number}>" for number in range(90)) + "</div>x" * 90,
    ),
    "long attributes": ("markdown", f"<b title='{LONG}'>" + "<p>a" * 90),
    "open links": ("markdown", f"<a href='/{LONG}'>" + "<p>a" * 90),
    "relative links": ("markdown", "[a](#) " * 8_000),
    "candidates": ("html", "<img srcset='" + "a," * 30_000 + "'>"),
    "substitutions": ("rst", f".. |b| replace:: {LONG}\n\n" + "|b| |b| |b|\n\n" * 800),
    "substitutions of substitutions": (
        "rst",
        f".. |a| replace:: {LONG[:70]}\n\n"
        + "".join(
            f".. |{after}| replace:: " + f"|{before}| " * 10 + "\n\n"
            for before, after in ("ab", "bc", "cd", "de", "ef")
        )
        + "|f|\n",
    ),
    "targets": ("rst", f".. _a: https://a.example/{LONG}\n\n" + "a_ a_ a_\n\n" * 800),
    "columns of CSV": ("rst", ".. csv-table::\n\n  " + "," * 2_000 + "\n\n" + "  a\n\n" * 300),
    "columns": ("rst", "= " * 1_000 + "\n" + "a\n\n" * 200 + "= " * 1_000 + "\n"),
    "tables of contents": ("rst", ".. contents::\n\n" * 100 + "a\n=\n\n" * 100),
    "fields": ("markdown", "{{ page.x }} " * 5_000),
    "parameters": ("markdown", "{{< param x >}} " * 5_000),
    "fields in targets": ("html", "<a href='{{ page.x }}'>a</a>" * 2_000),
}


def render_large(body: str, markup: Markup) -> Content:
    """Return the content of an entry with a long address and a field of 7,000 characters."""
    entry = make_entry(
        body=body,
        markup=markup,
        url=f"https://news.example.com/{'x' * 2_000}/",
        variables=(("page.x", LONG), ("x", LONG)),
    )
    return render_content(entry, make_resolver(Path("/nowhere"), entry, SETTINGS))


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("markup", "body"), GROWING.values(), ids=GROWING)
def test_no_text_comes_to_far_more_than_was_written(markup: Markup, body: str) -> None:
    content = render_large(body, markup)

    assert len(content.html) <= get_max_characters(body)
    assert content.html or markup != "rst"


def test_what_comes_to_too_much_is_shown_as_plain_text() -> None:
    body = f".. |b| replace:: {LONG}\n\n" + "|b| |b|\n\n" * 800 + "The *ships* sail.\n"

    content = render_large(body, "rst")

    assert content.is_plain
    assert content.html.endswith("<p>The *ships* sail.</p>")


@pytest.mark.parametrize(
    ("markup", "body"),
    [
        ("markdown", "[a](b) & *c*\n\n" * 4_000),
        ("markdown", "|a|b|c|\n|-|-|-|\n" + "|1|2|3|\n" * 3_000),
        ("html", "<p><b>Mara</b>: <i>no</i> <a href='/a'>more</a>.</p>\n" * 3_000),
        ("html", "<font color=red><p>a <b>b</b> c.</p>" + "<p>a <b>b</b> c.</p>" * 3_000),
        ("rst", ".. |ship| replace:: the *Mara*\n\n" + "Now |ship| sails.\n\n" * 200),
        ("rst", "=====  =====\na      b\n=====  =====\n" + "1      2\n" * 200 + "=====  =====\n"),
        ("asciidoc", ":ship: the Mara\n\n" + "Now {ship} sails.\n\n" * 2_000),
    ],
)
def test_long_texts_of_honest_markup_keep_it(markup: Markup, body: str) -> None:
    content = render(body, markup)

    assert not content.is_plain
    assert len(content.html) < MAX_GROWTH * len(body)


def test_the_log_names_the_entry_that_is_shown_plain(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    site = Site(settings())
    site.add("wide", body="|" + "a|" * 5_000 + "\n|" + "-|" * 5_000 + "\n" + "|a\n" * 5_000)
    site.add("good", body="*Good.*")

    feed = site.get("/rss.xml").get_data(as_text=True)

    assert "&lt;em&gt;Good.&lt;/em&gt;" in feed or "<em>Good.</em>" in feed
    assert [record.getMessage() for record in caplog.records if "plain text" in record.msg] == [
        "wide.md is shown as plain text: its markup is too much to render"
    ]


def test_long_texts_without_tags_stay_as_they_are() -> None:
    body = "a&amp;b\xa0c " * 20_000

    assert render(body, "html").html == body.replace("\xa0", "&nbsp;").strip()
