"""Addresses: permalinks of a pattern, and URLs as URIs."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from feedsvc.model import Precision
from feedsvc.urls import format_permalink, parse_alias, parse_own_permalink, quote_path, quote_url

PERMALINKS = [
    ("/{year}/{month}/{day}/{slug}/", "day", "/2026/03/09/quay/"),
    ("/{year}/{month}/{day}/{slug}/", "month", "/2026/03/quay/"),
    ("/{year}/{month}/{day}/{slug}/", "year", "/2026/quay/"),
    ("/{year}-{month}-{day}/{slug}", "month", "/2026-03/quay"),
    ("/{year}-{month}-{day}-{slug}.html", "year", "/2026-quay.html"),
    ("/news/{day}-{slug}/", "month", "/news/quay/"),
    ("/{day}.{month}.{year}/{slug}/", "month", "/03.2026/quay/"),
    ("/{slug}-{day}/", "month", "/quay/"),
    ("https://www.harbor.example/{year}/{month}/{slug}", "year", "https://www.harbor.example/2026/quay"),
    ("/{year}/{month}/{day}/{slug}/", "second", "/2026/03/09/quay/"),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "precision", "permalink"), PERMALINKS)
def test_what_a_date_does_not_have_is_left_out_of_its_permalink(
    pattern: str, precision: Precision, permalink: str
) -> None:
    when = datetime(2026, 3, 9, tzinfo=UTC)

    assert format_permalink(pattern, when, precision, "quay", "", "quay") == permalink


@pytest.mark.parametrize(
    ("url", "quoted"),
    [
        ("https://cdn.example/a b.jpg", "https://cdn.example/a%20b.jpg"),
        ("https://cdn.example/a%20b.jpg?w=1&h=2#c", "https://cdn.example/a%20b.jpg?w=1&h=2#c"),
        ("https://cdn.example/100% sure.mp3", "https://cdn.example/100%25%20sure.mp3"),
        ("https://cdn.example/grün/\u7ebf.png", "https://cdn.example/gr%C3%BCn/%E7%BA%BF.png"),
        ("https://b\u00fccher.example/a", "https://xn--bcher-kva.example/a"),
        (
            "https://cdn.example/go?to=https://例え.jp/",
            "https://cdn.example/go?to=https://%E4%BE%8B%E3%81%88.jp/",
        ),
        ("https://ü“x.example/ä", "https://%C3%BC%E2%80%9Cx.example/%C3%A4"),
        ('https://cdn.example/"a"<b>.png', "https://cdn.example/%22a%22%3Cb%3E.png"),
        ("/static/my logo.png", "/static/my%20logo.png"),
        ("https://cdn.example/w_300,h_200/a@2x.png", "https://cdn.example/w_300,h_200/a@2x.png"),
        ("", ""),
        ("\n", "%0A"),
        ("https://a.example/b\n", "https://a.example/b%0A"),
        ("https://bü.example:80ß8/", "https://b%C3%BC.example:80%C3%9F8/"),
        ("https://bü.example:80}8/", "https://b%C3%BC.example:80%7D8/"),
        ("https://a}b.example/", "https://a%7Db.example/"),
        ("https://a%zb.example/", "https://a%25zb.example/"),
        ("https://a%20b.example/", "https://a%20b.example/"),
        ("https://u:p@[::1]:80/a", "https://u:p@[::1]:80/a"),
        ("hİttps://a.example/", "h%C4%B0ttps://a.example/"),  # `İ` is no `i` in another case
        ("httpſ://ä.example/", "http%C5%BF://%C3%A4.example/"),
    ],
)
def test_a_url_is_written_as_a_uri(url: str, quoted: str) -> None:
    assert quote_url(url) == quoted


@pytest.mark.parametrize(
    ("old", "path"),
    [
        ("/100%", "/100%25"),
        ("/a%zz/", "/a%25zz/"),
        ("/a%20b/", "/a%20b/"),
        ("/ä", "/%C3%A4"),
        ("httpſ://a.example/b", "/http%C5%BF://a.example/b"),
        ("https://a.example/b", ""),
        ("https://news.example.com/b", "/b"),
        ("http://news.example.com/b", "/b"),  # before the site moved to https
        ("HTTP://News.example.com:80/b", "/b"),
        ("http://news.example.com:443/b", ""),
        ("http://news.example.comb/b", ""),
        ("ftp://news.example.com/b", ""),
    ],
)
def test_an_old_address_is_a_path_of_a_uri(old: str, path: str) -> None:
    assert parse_alias(old, "https://news.example.com/") == path


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("https://[x]/", None),
        ("https://[::1/a", None),
        ("https://x:99999/", None),
        ("https://x:port/", None),
        ("https://news.example.[om/a/", None),
        ("httpſ://a.example/", None),
        ("https://[::1]:8080/a", "https://[::1]:8080/a"),
        ("https://x:/a", "https://x:/a"),
    ],
)
def test_an_address_of_an_entry_can_be_taken_apart(address: str, url: str | None) -> None:
    own = parse_own_permalink(address, "https://news.example.com/")

    assert own == (url and ("", url))


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("/old post/", "/old%20post/"),
        ("/a  b/c d.html", "/a%20%20b/c%20d.html"),
        ("/2015/caf\xe9 au lait", "/2015/caf%C3%A9%20au%20lait"),
        ("/a%20b/", "/a%20b/"),
        ("https://news.example.com/old post/", "/old%20post/"),
        ("old post/", None),  # words, as "and/or this"
        ("see /old/ post", None),
        ("/a\tb/", None),
        ("/a\nb/", None),
        ("/a b/?p=1", None),
        ("/a b/../c/", None),
        ("//a b/", None),
        ("https://news.example.com", "/"),
        ("https://news.example.com/", "/"),
        ("https://news.example.com?p=1", None),
        ("https://news.example.com#a", None),
    ],
)
def test_an_address_of_an_entry_may_have_spaces(address: str, path: str | None) -> None:
    own = parse_own_permalink(address, "https://news.example.com/")

    assert (own and own[0]) == path


def test_a_line_end_is_no_part_of_a_path() -> None:
    assert quote_path("a\n") == "a%0A"
