"""What once took the square of a text's length, or longer: `torture/linear.py` draws from all."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace

from feedsvc.dialects.field_names import build_field_name_table
from feedsvc.dialects.franklin import parse_julia
from feedsvc.dialects.types import ParsedText
from feedsvc.fields.draft import EntryDraft
from feedsvc.fields.entry_fields import InheritedFields
from feedsvc.fields.published import suggest_field
from feedsvc.fields.published.text_dates import list_text_dates
from feedsvc.fields.values import parse_authors, parse_list
from feedsvc.indexer import NamedEntries
from feedsvc.model import Problem
from feedsvc.reading import Link, describe_missing_links, list_names, read_file
from tests.support.entries import write_file
from tests.support.growth import MAX_EXPONENT, measure_growth
from tests.support.shapes import FUNCTIONS, PLACES, SETTINGS, Place

pytestmark = pytest.mark.no_cover  # many runs of what other tests cover

NAMES = build_field_name_table()
SIZES = (2**12, 2**14, 2**16)


def read_in(name: str, shape: str) -> tuple[Callable[[str], object], str]:
    """Return the reading of a file in which *shape* is repeated in the place *name*."""
    return PLACES[name].read, shape


ROWS: dict[str, tuple[Callable[[str], object], str]] = {
    "anchors of an author": (FUNCTIONS["author"], "<a "),
    "anchors of a by-line": read_in("yaml author", "<a "),
    "comments in a title": (FUNCTIONS["title"], "<!--"),
    "links of a by-line": (lambda text: parse_authors(f"{text}]("), "["),
    "spaces of a by-line": (lambda text: parse_authors(f"a{text}b"), " "),
    "spaces behind a comma": (lambda text: parse_authors(f"a <b@c>,{text}d"), " "),
    "lines of a list": (lambda text: parse_list(f"a;{text};b"), "\n"),
    "marks of a rst field": read_in("rst author", "*a "),
    "words of a wml attribute": read_in("wml use", "a"),
    "tags of wml": read_in("wml", "<define-tag a>b</define-tag>\n"),
    "open tags of wml": read_in("wml", "<define-tag a "),
    "letters of an org timestamp": (
        Place(path="a.org", before="#+title: a\n#+date: <2024-01-02 ", after="\n\nText\n").read,
        "a",
    ),
    "lines of TOML": (
        Place(path="a.md", before='+++\ntitle = "a"\nx = """\n', after='"""\n+++\nText\n').read,
        "a",
    ),
    "keys of TOML": read_in("toml key", "a."),
    "strings of Julia": (lambda text: parse_julia(f'["{text}'), '\\"'),
    "lists of Julia": read_in("franklin", "a = [\n@def "),
    "spaces of short YAML": (lambda text: FUNCTIONS["short yaml"](f"a: b{text}\tc\n"), " "),
    "spaces of a heading": read_in("plain md", "# a "),
    "spaces in a heading": (
        Place(path="a.md", before="# a", after="x\n\n2 May 2024\n").read,
        " ",
    ),
    "marks of a MyST heading": (
        Place(path="a.md", before="```{post} 2024-01-02\n```\n\n# a", after="x\n").read,
        "# ",
    ),
    "kinds above labels": read_in("labelled below", "Notice\n"),
    "open CDATA of a feed": (FUNCTIONS["rss item"], "<![CDATA["),
    "spaces of JSON-LD": (
        Place(
            path="a.html",
            before='<title>a</title><script type="application/ld+json">{"a": "',
            after='"}</script><p>Text</p>',
        ).read,
        " ",
    ),
    "hidden elements": read_in("html", "<i hidden></i>x"),
    "pictures of a page": read_in("html", "<meta name=image content=a><img src=b>"),
}


@pytest.mark.parametrize(("run", "shape"), ROWS.values(), ids=ROWS)
def test_time_grows_with_the_length(run: Callable[[str], object], shape: str) -> None:
    exponent = measure_growth(run, lambda size: (shape * size)[:size], SIZES)

    assert exponent <= MAX_EXPONENT


@pytest.mark.parametrize(
    "write",
    [
        lambda marks: f"aa: {marks.replace(' ', '*')}{'x' * 80}",
        lambda marks: f"Rotterdam{marks}x",
        lambda marks: f"Press release{marks}x",
    ],
    ids=["label", "dateline", "kind"],
)
def test_time_grows_with_what_is_looked_at_of_a_text(write: Callable[[str], str]) -> None:
    """Of a text without a date in its header the first 2,000 characters are looked at."""

    def read(text: str) -> object:
        parsed = ParsedText(dialect="plain", fields=(), body=write(text), markup="text")
        draft = EntryDraft(SETTINGS.entries, "a.txt", parsed, InheritedFields(), SETTINGS)
        return list(list_text_dates(parsed.body, NAMES)), suggest_field(draft)

    assert measure_growth(read, lambda size: " " * size, (25, 100, 400, 1_600)) <= MAX_EXPONENT


DISTINCT = {  # what a text may refer to as often as it likes, each time by another name
    "links": "[a](b{}.md)\n",
    "links of Pelican": "[a]({{filename}}b{}.md)\n",
    "links in code": "`[a](b{}.md)`\n",
    "wiki links": "[[page {}]]\n",
    "tags": '{{{{< ref "b{}" >}}}}\n',
    "pictures": "![](b{}.png)\n",
    "pictures of HTML": "<img data-src=b{}.png>\n",
    "sounds": "<audio src=b{}.mp3></audio>\n",
}


@pytest.mark.parametrize("line", DISTINCT.values(), ids=DISTINCT)
def test_time_grows_with_the_number_of_names(line: str) -> None:
    def make_text(count: int) -> str:
        return "".join(line.format(number) for number in range(count))

    assert measure_growth(PLACES["yaml"].read, make_text, (1_500, 6_000, 24_000)) <= MAX_EXPONENT


@pytest.mark.parametrize("line", ["![](bbb{}c.png)\n", "[a](bbb{}c.md)\n"])
def test_time_grows_with_names_that_a_folder_does_not_have(line: str, tmp_path: Path) -> None:
    """Each of them is looked for in all the folder, of which there is as much again."""
    settings = replace(SETTINGS, base=tmp_path)

    def make_folder(count: int) -> str:
        folder = tmp_path / "entries"
        text = "".join(line.format(number) for number in range(count))
        write_file(folder, "a.md", f"---\ntitle: A\ndate: 2024-01-02\n---\n{text}")
        for number in range(count):
            (folder / f"other-{number}-x.png").touch()
        return "a.md"

    def check(name: str) -> list[Problem]:
        reading = read_file(settings.entries, name, settings)
        links = [one for one in reading.links if one.is_required]
        problems = describe_missing_links(links, name, partial(list_names, str(settings.entries)))
        return [*reading.problems, *problems]

    assert measure_growth(check, make_folder, (400, 1_600, 6_400)) <= MAX_EXPONENT
    found = check("a.md")
    assert len(found) == 101
    assert found[-1].code == "more-problems"


def test_time_grows_with_the_entries_of_one_name() -> None:
    def resolve_all(paths: list[str]) -> list[str]:
        named = NamedEntries(paths)
        return [
            named.resolve(Link(reference="", candidates=(name,), is_required=True), path)
            for path in paths
            for name in ("*/notes", f"*/{path.removesuffix('.md')}", "*/" + "a/" * 50 + "notes")
        ]

    def make_paths(count: int) -> list[str]:
        return [f"f{number}/notes.md" for number in range(count)]

    assert measure_growth(resolve_all, make_paths, (500, 2_000, 8_000)) <= MAX_EXPONENT
    assert resolve_all(make_paths(2)) == ["f0/notes.md"] * 2 + [""] + ["f1/notes.md"] * 2 + [""]
