"""Addresses that entries bring along, in any spelling, and names that are words of addresses."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import quote, unquote, unquote_to_bytes

import pytest
from werkzeug.test import Client, TestResponse

from feedsvc.settings import Settings
from tests.support.site import Site

MakeSettings = Callable[..., Settings]
SITE = "https://news.example.com"
# As an entry has it: how feeds have it (RFC 3986, section 6.2.2), None where the pattern counts
OWN = {
    "/2023/05/%e4%bd%a0%e5%a5%bd/": "/2023/05/%E4%BD%A0%E5%A5%BD/",  # WordPress
    "/你好/b/": "/%E4%BD%A0%E5%A5%BD/b/",
    "/%7Euser/x/": "/~user/x/",
    "/a%2Db/": "/a-b/",
    "/%41bc/": "/Abc/",
    "/x%2fy/": "/x/y/",  # servers hand over both as one
    "/caf%e9/": "/caf%E9/",  # Latin-1
    "/%C4%E3/": "/%C4%E3/",  # GBK
    "/c%3ad/": "/c:d/",
    "/it%27s/": "/it's/",
    "/p%20q/": "/p%20q/",
    "/what%3f/": "/what%3F/",
    "/100%/": "/100%25/",
    "/e%5bb%5d/": "/e%5Bb%5D/",
    f"{SITE}/h%7e1/": "/h~1/",
    "HTTPS://news.example.com/k1/": "/k1/",
    "https://NEWS.Example.com/k2/": "/k2/",
    "https://news.example.com:443/k3/": "/k3/",
    "/%2e%2e/up/": None,
    "/down/%2E/here/": None,
    "https://news.example.com:8443/k4/": "https://news.example.com:8443/k4/",
    "https://other.example/%7ex/": "https://other.example/%7ex/",
}


def format_entry(title: str, **fields: object) -> str:
    table = {"title": title, "date": "2023-03-02", **fields}
    return f"---json\n{json.dumps(table)}\n---\n\nWords.\n"


def get(client: Client, path: str) -> TestResponse:
    """Return the answer to *path* as servers hand it over: Werkzeug's client drops its bytes."""
    decoded = unquote_to_bytes(path).decode("latin-1")
    return client.get(path, environ_overrides={"PATH_INFO": decoded})


@pytest.mark.parametrize("kind", ["flask", "front"])
def test_an_own_address_is_found_in_every_spelling(settings: MakeSettings, kind: str) -> None:
    site = Site(settings())
    for number, written in enumerate(OWN):
        site.write(f"e{number}.md", format_entry(f"E{number}", url=written))
    client = site.make_client(kind)
    urls = {one["title"]: one["url"] for one in site.get("/feed.json").get_json()["items"]}

    for number, (written, expected) in enumerate(OWN.items()):
        expected = f"/2023/03/e{number}/" if expected is None else expected
        url = expected if "://" in expected else SITE + expected
        assert urls[f"E{number}"] == url
        if not url.startswith(f"{SITE}/"):
            continue
        page = get(client, url.removeprefix(SITE))
        assert (written, page.status_code) == (written, 200)
        assert f"<title>E{number}</title>" in page.text or f">E{number}<" in page.text
        if written.startswith("/") and OWN[written]:
            assert get(client, written).data == page.data


def test_an_old_address_leads_on_in_every_spelling(settings: MakeSettings) -> None:
    site = Site(settings())
    for number, written in enumerate(OWN):
        site.write(f"e{number}.md", format_entry(f"E{number}", aliases=[written]))

    for number, (written, expected) in enumerate(OWN.items()):
        if expected and "://" not in expected:
            for path in {expected, written if written[0] == "/" else expected}:
                answer = get(site.make_client("front"), path)
                assert (path, answer.status_code) == (path, 301)
                assert answer.headers["Location"] == f"{SITE}/2023/03/e{number}/"


LOSSY = {  # what is no UTF-8, as `serve` is asked for it: by U+FFFD; what that leads to
    "/caf%e9/": 200,
    "/caf%e9": 301,
    "/%C4%E3/": 200,  # GBK
    "/%E4%BD/a.html": 200,  # cut off within a character
    "/old/caf%e9/": 301,
    "/old/%C4%E3": 301,
    "/both/%e9/": 404,  # of two entries: which one is meant was lost
    "/both/%e8/": 404,
    "/no/%e9/": 404,
    "/%EF%BF%BD%EF%BF%BD/x/": 404,
}


@pytest.mark.parametrize("kind", ["flask", "front"])
def test_an_address_that_is_no_utf8_is_found_without_its_bytes(
    settings: MakeSettings, kind: str
) -> None:
    site = Site(settings())
    for number, url in enumerate(("/caf%e9/", "/%C4%E3/", "/%E4%BD/a.html", "/both/%E9/")):
        site.write(f"e{number}.md", format_entry(f"E{number}", url=url))
    site.write(
        "b.md", format_entry("B", url="/both/%E8/", aliases=["/old/caf%E9/", "/old/%c4%e3/"])
    )
    site.write("d.md", format_entry("D", draft=True, url="/no/%E9/", aliases=["/no/%E8/"]))
    client = site.make_client(kind)

    for path, status in LOSSY.items():
        lossy = quote(unquote(path))
        for _ in range(2):
            answer = client.get(lossy)
            assert (path, answer.status_code) == (path, status)
        if status == 301:
            exact = get(client, path).headers["Location"]
            assert answer.headers["Location"] == exact
        elif status == 200:
            assert answer.data == get(client, path).data


def test_a_slug_beyond_ascii_under_an_old_date_leads_on(settings: MakeSettings) -> None:
    site = Site(settings())
    site.write("你好.md", format_entry("Hello"))

    answer = site.get("/2021/11/%e4%bd%a0%e5%a5%bd/")

    assert answer.status_code == 301
    assert answer.headers["Location"] == f"{SITE}/2023/03/%E4%BD%A0%E5%A5%BD/"


NAMES = (
    *("Archive", "rss.xml", "Atom.xml", "feed.json", "2023", "2023/03", "Archive/2023", "tags"),
    *("archive 2023-03", "archive/2023-03/rss.xml", "index.html", "2", "..", ".", "~2e", "%41"),
    *("Search", "subscribe", "feed", "static", "opml.xml", "a;b=c"),
)


@pytest.mark.parametrize("field", ["tags", "category", "author"])
def test_a_name_that_is_a_word_of_addresses_has_its_page_and_feeds(
    settings: MakeSettings, field: str
) -> None:
    site = Site(settings())
    # nobody is called "."
    names = [name for name in NAMES if field != "author" or any(map(str.isalnum, name))]
    for number, name in enumerate(names):
        site.write(f"n{number}.md", format_entry(f"N{number}", **{field: [name]}))
    outlines = [one for one in site.get_xml("/opml.xml").iter("outline") if one.get("htmlUrl")]
    pages = [one.get("htmlUrl", "").removeprefix(SITE) for one in outlines[1:]]

    assert len(pages) >= len({name.casefold() for name in names})
    for page in pages:
        for path in (page, *(f"{page}{name}" for name in ("rss.xml", "archive/2023-03/atom.xml"))):
            answer = site.get(path)
            assert (path, answer.status_code) == (path, 200)
        moved = site.get(page.rstrip("/"))
        assert (moved.status_code, moved.headers["Location"]) == (301, SITE + page)
