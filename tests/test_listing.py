"""Listings: each has one canonical URL, whatever the spelling that was asked for."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.content.characters import drop_forbidden
from feedsvc.errors import ListingError
from feedsvc.listing import Listing, make_period, parse_listing, parse_time_range
from feedsvc.settings import Settings
from feedsvc.site.titles import describe_listing
from feedsvc.urls import make_slug


def parse(address: str) -> tuple[Listing, str] | None:
    path, _, query = address.partition("?")
    return parse_listing(
        [unquote(part) for part in path.split("/")], parse_qs(query, keep_blank_values=True)
    )


def canonical(address: str) -> str | None:
    parsed = parse(address)
    return None if parsed is None else parsed[0].make_path(parsed[1])


CANONICAL = {
    "": "",
    "atom.xml": "atom.xml",
    "rss.xml?limit=30&content=full": "rss.xml",
    "rss.xml?limit=900": "rss.xml?limit=500",
    "tags/Wind Power/": "tags/wind-power/",
    "tags/c~2b~2b/rss.xml": "tags/c~2b~2b/rss.xml",
    "tags/C++/rss.xml": "tags/c~2b~2b/rss.xml",
    "feed.json?tag=b,a&tag=c&tag=c": "feed.json?tag=a,b&tag=c",
    "tags/a/feed.json?tag=a": "tags/a/feed.json",
    "?utm_source=x&q=Wind%20%20Power": "?q=wind%20power",
    "?author=Ada%20Lund&lang=EN": "?author=ada-lund&lang=en",
    "2026/03/": "2026/03/",
    "2026/": "2026/",
    "archive/2026-03/atom.xml": "archive/2026-03/atom.xml",
    "archive/2026-03/2/atom.xml?limit=5&tag=a": "archive/2026-03/2/atom.xml?tag=a",
    "tags/a/archive/2026/rss.xml": "tags/a/archive/2026/rss.xml",
    "?sort=updated&before=7": "?sort=updated&before=7",
    "?sort=published": "",
    "?since=2026-03-02T14:30%2B08:00": "?since=2026-03-02T14:30%2B08:00",
    "?since=2026-03-02T14:30 08:00": "?since=2026-03-02T14:30%2B08:00",
    "?until=2026-03&since=2026": "?since=2026&until=2026-03",
    "?not=b&not=a,b": "?not=a&not=b",
    "rss.xml?content=summary": "rss.xml?content=summary",
    "rss.xml?limit=1": "rss.xml?limit=1",
    "rss.xml?limit=": "rss.xml",
    "?before=-7": "?before=-7",
    "?q=a%00b": "?q=a%20b",
    "?q=" + "x" * 200: "?q=" + "x" * 200,
    "?q=" + "x%20" * 15 + "x": "?q=" + "x%20" * 15 + "x",
    "?tag=" + ",".join(str(number) for number in range(10, 42)): "?tag="
    + ",".join(str(number) for number in range(10, 42)),
    "tags/风电/": "tags/%E9%A3%8E%E7%94%B5/",
}


@pytest.mark.parametrize(("address", "expected"), CANONICAL.items())
def test_every_spelling_leads_to_one_address(address: str, expected: str) -> None:
    assert canonical(address) == expected
    assert canonical(expected) == expected


@pytest.mark.parametrize(
    "address",
    [
        "tags",
        "tags/",
        "x/",
        "2026/13/",
        "20/",
        "9999/",
        "archive/2026-03/",
        "archive/2026-13/atom.xml",
        "tags/a/b/",
        "tags/%EF%BF%BE/",
        "authors/%C2%9F/atom.xml",
        "archive/2026-02-30/rss.xml",
        "archive/2026-03/1/rss.xml",
        "archive/rss.xml",
        "atom.xml/",
    ],
)
def test_what_is_no_listing_is_left_to_others(address: str) -> None:
    assert parse(address) is None


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("limit=ten", "limit: expected a whole number, got 'ten'"),
        ("limit=0", "limit: expected a whole number from 1 to 500, got 0"),
        ("content=all", "'full' or 'summary'"),
        ("sort=title", "'updated' or 'published'"),
        ("since=yesterday", "since: expected a date such as"),
        ("until=2026-02-30", "until"),
        ("until=10000-01-01", "until"),
        ("since=0000-12", "since"),
        ("tag=" + "x" * 201, "tag: a name has more than 200 characters"),
        ("not=" + "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 12, "not: a name has"),
        ("lang=a," + "~2f" * 201, "lang: a name has more than"),
        ("tag=" + ",".join("風" * 50 + str(n) for n in range(12)), "4096 bytes"),
        ("before=x", "before"),
        ("q=" + "a+" * 20, "q: more than 16 words"),
        ("q=" + "a+" * 17, "q: more than 16 words"),
        ("q=" + "x" * 201, "200 characters"),
        ("tag=" + ",".join(map(str, range(40))), "tag: more than 32 names"),
        ("tag=" + ",".join(map(str, range(17))) + "&not=" + ",".join("abcdefghijklmnop"), "32"),
        ("limit=%D9%A3", "limit: expected a whole number, got '٣'"),
        ("limit=-3", "limit: expected a whole number from 1 to 500, got -3"),
        ("content=" + "x" * 60, f"content: expected 'full' or 'summary', got '{'x' * 40}'"),
        ("since=2026-3-2", "'2023-03-02T14:30Z'"),
        ("tag=a,%EF%BF%BE", "tag: 'a,\\ufffe' has a character that no name can have"),
        ("category=%EF%BF%BF", "category"),
        ("author=%EF%B7%90", "author"),
        ("lang=%C2%80", "lang"),
        ("not=%EF%BF%BE", "not"),
    ],
)
def test_a_bad_value_is_refused_with_what_is_expected(query: str, message: str) -> None:
    with pytest.raises(ListingError) as caught:
        parse("?" + query)

    assert caught.value.status == 400
    assert message in str(caught.value)


NAMES = st.text(min_size=1, max_size=40).map(drop_forbidden)  # as reading leaves them


@given(NAMES)
def test_a_slug_of_any_name_is_found_again_from_its_url(name: str) -> None:
    slug = make_slug(name)
    if slug:
        address = Listing(folder=f"tags/{slug}").make_path()

        assert parse(address) == (Listing(folder=f"tags/{slug}"), "html")


@given(
    st.dictionaries(
        st.sampled_from(["tag", "not", "q", "author", "x"]),
        st.lists(st.text(max_size=20), max_size=3),
    )
)
def test_any_query_is_refused_or_has_one_spelling(query: dict[str, list[str]]) -> None:
    try:
        parsed = parse_listing([""], query)
    except ListingError:
        return
    assert parsed is not None
    assert canonical(parsed[0].make_path()) == parsed[0].make_path()


SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("words", "first", "length"),
    [
        ("2023", 1672502400, 365 * 86400),
        ("2023-02", 1675180800, 28 * 86400),
        ("2023-03-02", 1677686400, 86400),
        ("2023-03-02T14:30", 1677738600, 60),
        ("2023-03-02T14:30:05Z", 1677767405, 1),
    ],
)
def test_periods_are_cut_by_the_calendar_of_the_site(words: str, first: int, length: int) -> None:
    assert parse_time_range(words, SHANGHAI) == (first, first + length)


def test_a_second_lies_in_the_period_of_the_sites_zone() -> None:
    assert make_period(1677600000, "month", SHANGHAI) == "2023-03"
    assert make_period(1677599999, "month", SHANGHAI) == "2023-02"
    assert make_period(1677600000, "day", ZoneInfo("UTC")) == "2023-02-28"


NAMES_SHOWN = {
    ("tag", "wind"): "Wind",
    ("category", "sea"): "Sea",
    ("author", "ada"): "Ada Lund",
    ("tag", "coal"): "Coal",
    ("category", "gas"): "Gas",
    ("author", "bo"): "Bo Berg",
}


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", ""),
        ("tags/wind/", "Wind"),
        ("tags/wind/?category=sea", "Wind + Sea"),
        ("?author=ada,bo", "(Ada Lund or Bo Berg)"),
        ("?tag=unknown", "unknown"),
        ("languages/de/", "Deutsch"),
        ("tags/wind/?lang=fr,pt-br,tlh", "Wind + (français, português (Brasil), or tlh)"),
        ("2026/03/", "March 2026"),
        ("2026/?q=crane", "2026, “crane”"),
        ("?since=2026-03", "2026-03 –"),
        ("?until=2026-03", "– 2026-03"),
        ("?since=2025&until=2026", "2025 – 2026"),
        ("?not=coal,gas,bo,peat", "without Bo Berg, Coal, Gas, or peat"),
        ("?sort=updated", "recently updated"),
        (
            "tags/wind/?q=crane&not=coal&sort=updated",
            "Wind, “crane”, without Coal, recently updated",
        ),
    ],
)
def test_a_listing_says_what_it_is_about(address: str, words: str) -> None:
    parsed = parse(address)

    assert parsed is not None
    assert describe_listing(parsed[0], NAMES_SHOWN, Settings()) == words


@pytest.mark.parametrize(
    ("seconds", "cut", "period"),
    [
        (1677600000, "year", "2023"),
        (1672502399, "year", "2022"),
        (1672502400, "year", "2023"),
        (-1, "day", "1970-01-01"),
        (-62135596800, "month", "0001-01"),
    ],
)
def test_every_second_has_its_period(seconds: int, cut: str, period: str) -> None:
    assert make_period(seconds, cut, SHANGHAI) == period


@pytest.mark.parametrize("month", range(1, 13))
def test_a_month_ends_where_the_next_begins(month: int) -> None:
    after = f"2023-{month + 1:02}" if month < 12 else "2024-01"

    assert parse_time_range(f"2023-{month:02}", SHANGHAI)[1] == parse_time_range(after, SHANGHAI)[0]
