"""A search says how many entries it has found, and marks the words as the index finds them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from feedsvc.content.search_words import list_matches, list_phrases, split_cjk
from feedsvc.pages.found import get_passage, mark_words
from feedsvc.settings import Settings
from tests.support.factory import make_item
from tests.support.site import Site

ALPHABET = "aAbBéÉêüñßİıøłŁçấфФйЁあア東京駅ひに1２٣٠ \t-_'.،，&<ﬁـمُकि한국"


def mark(text: str, words: str) -> str:
    return str(mark_words(text, list_phrases(words)))


@pytest.mark.parametrize(
    ("text", "words", "marked"),
    [
        ("The ferry sails", "ferry", "The <mark>ferry</mark> sails"),
        ("Ferries and a FERRY", "ferry", "Ferries and a <mark>FERRY</mark>"),
        ("Café, cafe", "cafe", "<mark>Café</mark>, <mark>cafe</mark>"),
        ("cafe\u0301 au lait", "café", "<mark>cafe\u0301</mark> au lait"),
        ("half-hour and half an hour", "half-hour", "<mark>half-hour</mark> and half an hour"),
        ("渡轮公司发布年度报告", "公司", "渡轮<mark>公司</mark>发布年度报告"),
        ("東京駅と京都", "京都", "東京駅と<mark>京都</mark>"),
        ("C++ & <b>", "b", "C++ &amp; &lt;<mark>b</mark>&gt;"),
        ("a b", "a a b", "<mark>a</mark> <mark>b</mark>"),
        ("nothing here", "", "nothing here"),
        ("ينطق العربية", "العربية", "ينطق <mark>العربية</mark>"),
    ],
)
def test_words_are_marked(text: str, words: str, marked: str) -> None:
    assert mark(text, words) == marked


@given(
    text=st.text(ALPHABET, max_size=30),
    word=st.text(ALPHABET.replace(" ", "").replace("\t", ""), min_size=1, max_size=4),
)
def test_what_the_index_finds_is_marked_and_nothing_else(text: str, word: str) -> None:
    """FTS5 itself is asked, with the tokenizer and the query of the index."""
    phrases = list_phrases(word)
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE t USING fts5(text, tokenize='unicode61')")
    db.execute("INSERT INTO t VALUES (?)", (split_cjk(text),))
    query = f'"{split_cjk(word).strip()}"'
    found = db.execute("SELECT count(*) FROM t WHERE t MATCH ?", (query,)).fetchone()[0]
    db.close()

    assert bool(list_matches(text, phrases)) == bool(found), (text, word)


def test_an_excerpt_shows_what_was_found() -> None:
    body = (
        "<p>" + "Nothing of that. " * 60 + "Then the <b>pilot</b> &amp; crew came. " + "More. " * 99
    )
    item = make_item(1, title="One", html=body, summary="Nothing of that.")

    passage = get_passage(item, list_phrases("pilot"))

    assert passage.startswith("…")
    assert passage.endswith("…")
    assert len(passage) <= 242
    assert "Then the pilot & crew came." in passage
    assert get_passage(item, list_phrases("one nothing")) == ""  # title and summary have them
    assert get_passage(item, list_phrases("absent")) == ""


def test_an_excerpt_of_text_without_spaces_is_short_too() -> None:
    item = make_item(1, title="一", html=f"<p>{'渡' * 900}轮{'船' * 900}</p>", summary="一")

    passage = get_passage(item, list_phrases("轮"))

    assert "轮" in passage
    assert len(passage) <= 242


@pytest.fixture
def ferries(settings: Callable[..., Settings]) -> Site:
    site = Site(settings(limit=2))
    for number in range(1, 6):
        site.add(
            f"ferry-{number}", f"2026-03-0{number}", body=f"The *ferry* {number} <i>sails</i>."
        )
    site.add("other", body="Nothing else.")
    return site


def read(site: Site, path: str) -> Any:
    response = site.get(path, headers={"Accept": "text/html"})
    assert response.status_code == 200
    return html.fromstring(response.get_data(as_text=True))


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("/?q=sails", "5 entries"),
        ("/?q=nothing+else", "1 entry"),
        ("/?q=ferry+3&since=2026-03-02", "1 entry"),
        ("/?q=unicorn", "0 entries"),
    ],
)
def test_a_search_says_how_many_it_has_found(ferries: Site, path: str, count: str) -> None:
    page = read(ferries, path)

    assert page.xpath("//header[@class='head']/p[@class='lead']")[0].text_content() == count


def test_older_pages_of_a_search_have_the_same_count(ferries: Site) -> None:
    first = read(ferries, "/?q=sails")
    (older,) = first.xpath("//a[@rel='next']/@href")
    second = read(ferries, re.sub("^https?://[^/]*", "", older))

    assert [one.text_content() for one in second.xpath("//p[@class='lead']")] == ["5 entries"]
    assert {one.text for one in second.xpath("//mark")} == {"sails"}


def test_only_a_search_marks_and_counts(ferries: Site) -> None:
    page = read(ferries, "/")

    assert page.xpath("//mark | //header//p[@class='lead']") == []
