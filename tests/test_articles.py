"""The article in a page: saved pages of invented sites, each as a person reads it.

`tests/cases/pages/expected.json` has the facts of each page: `date` is null where the page has
none, `first` and `last` are the words that the text begins and ends with.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from feedsvc.content.pictures import make_picture_key
from feedsvc.content.render import render_content
from feedsvc.content.summary import html_to_text
from feedsvc.reading import Reading, read_file
from feedsvc.settings import Settings, Site, resolve_addresses

CASES = Path(__file__).parent / "cases" / "pages"
EXPECTED: dict[str, dict[str, Any]] = json.loads(
    (CASES / "expected.json").read_text(encoding="utf-8")
)
SETTINGS = resolve_addresses(
    Settings(
        site=Site(
            timezone="Asia/Shanghai",
            language="und",
            url="https://harbour.example/",
            id_authority="harbour.example,2024",
        )
    )
)
ARTICLES = [name for name, facts in EXPECTED.items() if facts["date"]]


def read_page(directory: Path, html: str, name: str = "page.html") -> Reading:
    """Return the reading of a page that is written for it."""
    (directory / name).write_text(html, encoding="utf-8")
    return read_file(directory, name, SETTINGS)


@pytest.mark.parametrize("name", ARTICLES)
def test_an_article_has_its_title_and_date(name: str) -> None:
    facts = EXPECTED[name]

    entry = read_file(CASES, name, SETTINGS).entry

    assert entry is not None
    assert entry.title == facts["title"]
    assert str(entry.published).startswith(facts["date"])
    language = facts.get("language", "und")
    assert entry.language.partition("-")[0] == language.partition("-")[0]


@pytest.mark.parametrize("name", ARTICLES)
def test_the_text_is_the_articles_and_whole(name: str) -> None:
    facts = EXPECTED[name]
    entry = read_file(CASES, name, SETTINGS).entry
    assert entry is not None

    content = render_content(entry, "https://harbour.example/".__add__)

    text = "".join(html_to_text(content.html).split())
    assert text.startswith("".join(facts["first"].split()))
    assert "".join(facts["last"].split()) in text[-len(facts["last"]) - 8 :]
    assert [words for words in facts.get("must", []) if "".join(words.split()) not in text] == []
    assert [words for words in facts.get("must_not", []) if "".join(words.split()) in text] == []
    assert [tags for tags in facts.get("keep", []) if tags not in entry.body] == []


@pytest.mark.parametrize("name", ARTICLES)
def test_the_picture_is_one_of_the_articles(name: str) -> None:
    entry = read_file(CASES, name, SETTINGS).entry
    assert entry is not None

    image = entry.image or render_content(entry, "https://harbour.example/".__add__).image

    wanted = EXPECTED[name].get("image", "")
    assert make_picture_key(image.url if image else "") == make_picture_key(wanted)


@pytest.mark.parametrize("name", [name for name, facts in EXPECTED.items() if facts["is_list"]])
def test_a_list_of_pages_is_ignored_with_a_reason(name: str) -> None:
    reading = read_file(CASES, name, SETTINGS)

    assert reading.state == "ignored"
    assert [problem.code for problem in reading.problems] == ["no-article"]


@pytest.mark.parametrize(
    "name",
    [name for name, facts in EXPECTED.items() if not facts["date"] and not facts["is_list"]],
)
def test_a_date_of_change_is_no_date_of_publication(name: str) -> None:
    reading = read_file(CASES, name, SETTINGS)

    assert [problem.code for problem in reading.problems] == ["no-date"]


WORDS = "The quay was opened on Thursday. Two ferries were there, and two thousand people."


@pytest.mark.parametrize(
    "page",
    [
        "<title>The quay</title><my-page>The quay<p>{words}</p></my-page>",
        "<title>The quay</title><font size=5>The quay<p>{words}</p></font>",
        "<title>The quay</title><a name=top>The quay<p>{words}</p></a>",
        "<title>The quay</title><b>The quay<div><p>2 March 2024</p><p>{words}</p></div></b>",
        "<title>The quay</title>The quay<p>{words}",
        "<html><head><title>The quay</title></head><body><b>The quay</b> <p>{words}</body></html>",
    ],
)
def test_a_heading_may_stand_in_the_body_itself(tmp_path: Path, page: str) -> None:
    head = '<meta name="date" content="2024-03-02">'
    (tmp_path / "a.html").write_text(head + page.format(words=WORDS), encoding="utf-8")
    entry = read_file(tmp_path, "a.html", SETTINGS).entry

    assert entry is not None
    assert entry.title == "The quay"
    assert WORDS in entry.body
