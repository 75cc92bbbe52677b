"""Addresses as they leave and as they are asked for: URIs, slashes, what is hidden, ranges."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest
from werkzeug.test import TestResponse

from feedsvc.errors import SettingsError
from feedsvc.listing import parse_listing
from feedsvc.settings import Settings, load_settings, resolve_addresses
from feedsvc.urls import quote_url
from tests.support.site import NOW, Clock, Site

# -- beyond ASCII --------------------------------------------------------------------

URIS = {
    "https://news.example.com/": "https://news.example.com/",
    "https://例え.jp/日本/": "https://xn--r8jz45g.jp/%E6%97%A5%E6%9C%AC/",
    "https://bücher.example/": "https://xn--bcher-kva.example/",
    "https://Bücher.example:8443/a/": "https://xn--bcher-kva.example:8443/a/",
    "https://straße.example/": "https://xn--strae-oqa.example/",
    "https://example.cn/新闻/": "https://example.cn/%E6%96%B0%E9%97%BB/",
    "https://example.com/caf%C3%A9/": "https://example.com/caf%C3%A9/",
    "https://example.com/cafe\u0301/é%20e/": "https://example.com/cafe%CC%81/%C3%A9%20e/",
    "https://новости。рф/": "https://xn--b1amnebsh.xn--p1ai/",
    "https://１２３.example/": "https://123.example/",
    "http://उदाहरण.भारत/": "http://xn--p1b6ci4b4b3a.xn--h2brj9c/",
    "https://مثال.إختبار/x": "https://xn--mgbh0fb.xn--kgbechtv/x",
}


@pytest.mark.parametrize(("iri", "uri"), URIS.items())
def test_an_iri_becomes_a_uri(iri: str, uri: str) -> None:
    assert quote_url(iri) == uri
    assert quote_url(uri) == uri


@pytest.mark.parametrize(
    "host", ["a" + "ü" * 60 + ".example", "a。。ü ö.example", "ü“x”.example", "ü_x\u3000.example"]
)
def test_a_host_that_has_no_such_form_stops_the_start(host: str) -> None:
    environ = {
        "FEEDSVC_SITE_URL": f"https://{host}/",
        "FEEDSVC_SITE_ID_AUTHORITY": "x.example,2026",
    }

    with pytest.raises(SettingsError, match=r"site\.url"):
        load_settings(environ=environ)


@pytest.fixture
def site(settings: Callable[..., Settings]) -> Site:
    """A site whose host, path, permalinks and hub are beyond ASCII."""
    made = settings(
        url="https://例え.jp/日本",
        permalink="/ニュース/{slug}/",
        hubs=("https://hüb.example/ü",),
        image="https://例え.jp/絵.png",
    )
    site = Site(resolve_addresses(made))
    site.add("quay", tags="[風]", body="[über](/über/) ![x](pics/é.png)")
    site.write("pics/é.png", b"\x89PNG")
    site.add("moved", url="https://例え.jp/日本/古い/", aliases="[https://例え.jp/日本/alt/]")
    site.add("away", url="https://bücher.example/ä/")
    return site


def test_whatever_leaves_a_site_beyond_ascii_is_a_uri(site: Site) -> None:
    for path in (
        "/",
        "/rss.xml",
        "/atom.xml",
        "/feed.json",
        "/sitemap.xml",
        "/robots.txt",
        "/opml.xml",
    ):
        response = site.get(path)

        assert response.status_code == 200
        str(response.headers).encode("ascii")
        urls = re.findall(r"https?://[^\s<>\"]+", response.text + str(response.headers))
        assert "https://xn--r8jz45g.jp/%E6%97%A5%E6%9C%AC/" in " ".join(urls)
        assert [url for url in urls if not url.isascii()] == []


def test_permalinks_beyond_ascii_are_answered(site: Site) -> None:
    base = "https://xn--r8jz45g.jp/%E6%97%A5%E6%9C%AC"
    feed = json.loads(site.get("/feed.json").data)

    assert sorted(item["url"] for item in feed["items"]) == [
        "https://xn--bcher-kva.example/%C3%A4/",
        f"{base}/%E3%83%8B%E3%83%A5%E3%83%BC%E3%82%B9/quay/",
        f"{base}/%E5%8F%A4%E3%81%84/",
    ]
    assert {item["id"] for item in feed["items"]} == {
        f"tag:news.example.com,2026:{name}" for name in ("quay", "moved", "away")
    }
    assert site.get("/ニュース/quay/").status_code == 200
    assert site.get("/古い/").status_code == 200
    assert site.get("/alt/").headers["Location"] == f"{base}/%E5%8F%A4%E3%81%84/"
    assert site.get("/ニュース/quay").headers["Location"].startswith(f"{base}/%E3%83%8B")
    assert site.get("/tags/風/").status_code == 200


# -- slashes -------------------------------------------------------------------------

NEWS = "https://news.example.com"
SLASHLESS = {
    "/tags/ferry": f"{NEWS}/tags/ferry/",
    "/tags/FERRY": f"{NEWS}/tags/ferry/",
    "/tags/c~2b~2b": f"{NEWS}/tags/c~2b~2b/",
    "/tags/archive": f"{NEWS}/tags/archive/",
    "/tags/rss.xml": f"{NEWS}/tags/rss.xml/",
    "/categories/harbor": f"{NEWS}/categories/harbor/",
    "/authors/ada-lund": f"{NEWS}/authors/ada-lund/",
    "/authors/ada%20lund": f"{NEWS}/authors/ada-lund/",
    "/languages/en": f"{NEWS}/languages/en/",
    "/2026": f"{NEWS}/2026/",
    "/2026/03": f"{NEWS}/2026/03/",
    "/2026?tag=ferry&x=%C3%A9": f"{NEWS}/2026/?tag=ferry&x=%C3%A9",
    "/tags/ferry?limit=5&limit=6": f"{NEWS}/tags/ferry/?limit=5&limit=6",
    "/tags": f"{NEWS}/tags/",
    "/tags?q=x": f"{NEWS}/tags/?q=x",
    "/subscribe/?tag=ferry": f"{NEWS}/subscribe?tag=ferry",
    "/2026/03/quay": f"{NEWS}/2026/03/quay/",
    "/2026/03/quay?utm=x": f"{NEWS}/2026/03/quay/?utm=x",
    "/about": None,  # an entry's own
    "/2025": None,
    "/2024/02": f"{NEWS}/2026/03/quay/",  # an alias
}
NOT_THERE = ["/tags/none", "/1999", "/2026/04", "/languages/fr", "/2026/13", "/archive/2026-03"]
NOT_THERE += [
    "/archive/2026-03/",
    "/tags/ferry/archive/2026-03",
    "/tags//ferry",
    "/rss.xml/",
    "/12",
]


@pytest.fixture
def ferries(settings: Callable[..., Settings]) -> Site:
    site = Site(settings())
    site.add(
        "quay",
        tags="[ferry, C++, archive, rss.xml]",
        categories="[Harbor]",
        author="Ada Lund",
        aliases="[/2024/02]",
    )
    site.add("about", url="/about")
    site.add("year", url="/2025")
    return site


@pytest.mark.parametrize(("path", "location"), SLASHLESS.items())
@pytest.mark.parametrize("kind", ["flask", "front"])
def test_a_missing_slash_is_added(
    ferries: Site, kind: str, path: str, location: str | None
) -> None:
    client = ferries.make_client(kind)
    for _ in range(2):
        response = client.get(path, headers={"Host": "evil.example"})

        assert response.headers.get("Location") == location
        assert response.status_code == (200 if location is None else 301)
        assert response.headers["Access-Control-Allow-Origin"] == "*"
    if location is not None:
        assert client.get(location.removeprefix(NEWS)).status_code == 200


@pytest.mark.parametrize("path", NOT_THERE)
def test_nothing_is_added_to_what_is_not_there(ferries: Site, path: str) -> None:
    assert ferries.get(path).status_code == 404


def test_a_slug_of_two_digits_is_no_month(settings: Callable[..., Settings]) -> None:
    site = Site(settings())
    site.add("quay", slug="02")
    site.add("year", slug="2026")

    assert site.get("/2026/02").status_code == 404
    assert site.get("/2026").headers["Location"] == f"{NEWS}/2026/"
    assert site.get("/2025/07/02/").headers["Location"] == f"{NEWS}/2026/03/02/"


# -- a tag that is called "archive", entries before 1970 -----------------------------

LISTINGS = {
    "tags/archive/": ("tags/archive", "", 1, "html"),
    "tags/archive/rss.xml": ("tags/archive", "", 1, "rss"),
    "tags/archive/archive/2023-03/rss.xml": ("tags/archive", "2023-03", 1, "rss"),
    "tags/archive/archive/2023-03/2/atom.xml": ("tags/archive", "2023-03", 2, "atom"),
    "categories/archive/feed.json": ("categories/archive", "", 1, "json"),
    "authors/archive/archive/2023/rss.xml": ("authors/archive", "2023", 1, "rss"),
    "tags/2023-03/rss.xml": ("tags/2023-03", "", 1, "rss"),
    "tags/2023/archive/2023/rss.xml": ("tags/2023", "2023", 1, "rss"),
    "archive/2023-03/rss.xml": ("", "2023-03", 1, "rss"),
    "2023/03/archive/2023-03-02/rss.xml": ("2023/03", "2023-03-02", 1, "rss"),
    "tags/archive/archive/2023-03/": None,  # an archive has no page
    "tags/archive/archive/rss.xml": None,
    "archive/archive/2023-03/rss.xml": None,
    "archive/rss.xml": None,
    "tags/archive/2023-03/rss.xml": None,
    "tags/wind/archive/2023-13/rss.xml": None,
    "tags/wind/archive/2023-02-31/rss.xml": None,
}


@pytest.mark.parametrize(("path", "expected"), LISTINGS.items())
def test_a_name_may_be_archive(path: str, expected: tuple[str, str, int, str] | None) -> None:
    found = parse_listing(path.split("/"), {})

    got = found and (found[0].folder, found[0].period, found[0].part, found[1])
    assert got == expected
    if found is not None:
        assert found[0].make_path(found[1]) == path


def test_a_tag_called_archive_has_its_history(settings: Callable[..., Settings]) -> None:
    site = Site(settings(limit=1))
    site.add("one", "2023-03-02", tags="[Archive]")
    site.add("two", "2023-04-02", tags="[archive]")

    links = site.get("/tags/archive/atom.xml").text
    previous = "https://news.example.com/tags/archive/archive/2023-03/atom.xml"

    assert f'href="{previous}"' in links
    assert site.get(previous.removeprefix(NEWS)).status_code == 200
    assert site.get("/tags/archive/").status_code == 200


@pytest.mark.parametrize(
    "dates",
    [
        ("1969-12-31", "1969-12-30", "1969-12-29"),
        ("1970-01-02", "1969-12-31", "1969-12-30"),
        ("1935-05-01", "1821-01-01", "1700-02-03"),
    ],
)
def test_older_pages_reach_the_time_before_1970(
    settings: Callable[..., Settings], dates: tuple[str, ...]
) -> None:
    site = Site(settings(limit=1, timezone="UTC"))
    for number, date in enumerate(dates):
        site.add(f"story-{number}", date)

    seen, path = [], "/"
    while path:
        response = site.get(path)
        assert response.status_code == 200
        seen += re.findall(r'class="p-name u-url u-uid"[^>]*>Story-(\d)', response.text)
        older = re.search(r'rel="next" href="https://news.example.com(/[^"]*)"', response.text)
        path = older[1] if older else ""

    assert seen == ["0", "1", "2"]


OLD_TIMES = [  # zone, date, and the moment in feeds
    ("Asia/Shanghai", "1899-01-01", "1899-01-01T00:00:00+08:05"),
    ("America/New_York", "1605-11-05", "1605-11-05T00:00:00-04:57"),
    ("Europe/Dublin", "1900-03-01", "1900-03-01T00:00:00-00:26"),
    ("Europe/Berlin", "1918-11-11", "1918-11-11T00:00:00+01:00"),
    ("UTC", "1969-12-31", "1969-12-31T00:00:00+00:00"),
    ("UTC", "1970-01-01", "1970-01-01T00:00:00+00:00"),
]
ZONE_OFFSET = re.compile(r"[+-]\d\d:?\d\d(?![:\d])")


@pytest.mark.parametrize(("zone", "date", "own"), OLD_TIMES)
def test_the_day_of_an_old_date_is_the_same_everywhere(
    settings: Callable[..., Settings], zone: str, date: str, own: str
) -> None:
    """Local mean times have seconds, which RFC 3339, RFC 822 and sitemaps cannot write."""
    site = Site(settings(timezone=zone, permalink="/{year}/{month}/{day}/{slug}/"))
    site.add("old", date)
    path, moment = f"/{date.replace('-', '/')}/", datetime.fromisoformat(own)

    assert site.get(f"{path}old/").status_code == 200
    page = site.get(f"/{date[:4]}/")
    assert f'<time datetime="{date}">' in page.text
    assert f"{NEWS}{path}old/" in page.text
    feed = site.get(f"/{date[:4]}/atom.xml").text
    assert f"<updated>{own}</updated>" in feed
    assert "<updated>2" not in feed  # no date of the site's id
    rss = site.get_xml("/rss.xml")
    for name in ("channel/lastBuildDate", "channel/item/pubDate"):
        assert parsedate_to_datetime(rss.findtext(name, "")) == moment
        assert ZONE_OFFSET.search(rss.findtext(name, ""))
    assert f"<lastmod>{own}</lastmod>" in site.get("/sitemap.xml").text
    for found in ("/", "/rss.xml", "/sitemap.xml", "/opml.xml", f"{path}old/"):
        assert site.get(found).last_modified == moment, found


@pytest.mark.parametrize("value", ["x", "--1", "1.5", "٣", "+1", "-", "9" * 20, "1e3"])
def test_a_before_that_is_no_key_is_400(ferries: Site, value: str) -> None:
    assert ferries.get("/", query_string={"before": value}).status_code == 400


# -- what is not public is as if it were not there -------------------------------------

SOON, PAST = NOW + 3600, NOW - 3600


def iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


HIDDEN: dict[str, dict[str, str]] = {
    "embargoed": {"embargo": iso(SOON)},
    "dated to come": {"date": iso(SOON)},
    "scheduled": {"status": "scheduled", "publishDate": iso(SOON)},
    "expired": {"expires": iso(PAST)},
    "unlisted, embargoed": {"status": "unlisted", "embargo": iso(SOON)},
    "unlisted, dated to come": {"status": "unlisted", "date": iso(SOON)},
    "unlisted, expired": {"status": "unlisted", "expires": iso(PAST)},
    "draft": {"draft": "true"},
}
ASKED = [
    "/2026/03/merger/",
    "/2026/03/merger",
    "/2026/09/merger/",
    "/2020/07/merger/",
    "/2020/07/merger",
    "/old-merger/",
    "/old-merger",
    "/files/merger.png",
    "/tags/merger/",
    "/tags/merger",
    "/tags/merger/rss.xml",
]


def tell(response: TestResponse) -> tuple[int, dict[str, str], str]:
    return response.status_code, dict(response.headers), response.text


@pytest.mark.parametrize("fields", HIDDEN.values(), ids=HIDDEN.keys())
def test_a_hidden_entry_answers_what_nothing_answers(
    settings: Callable[..., Settings], fields: dict[str, str]
) -> None:
    site = Site(settings())
    site.add("public")
    site.write("merger.png", b"\x89PNG")
    site.add(
        "merger",
        **{"date": "2026-03-02", "aliases": "[/old-merger/]", "tags": "[merger]", **fields},
        body="![x](merger.png)",
    )

    for accept in ("text/html", "*/*", "application/json"):
        headers = {"Accept": accept}
        for path in ASKED:
            if path.startswith("/tags/") and "expires" in fields and "status" not in fields:
                continue  # subscribers of a name that was once public get an empty feed
            nothing = path.replace("merger", "nothing")
            found, other = site.get(path, headers=headers), site.get(nothing, headers=headers)
            assert found.status_code == 404
            assert tell(found) == tell(other), path


def test_a_hidden_entry_does_not_hide_another(settings: Callable[..., Settings]) -> None:
    """Neither by its slug, nor by its old address."""
    site = Site(settings())
    site.add("a/merger", "2026-03-02", slug="merger", aliases="[/old/]", embargo=iso(SOON))
    site.add("b/merger", "2026-02-02", slug="merger", aliases="[/old/]")

    public = f"{NEWS}/2026/02/merger/"
    assert site.get("/2020/07/merger/").headers["Location"] == public
    assert site.get("/old/").headers["Location"] == public


@pytest.mark.parametrize("status", ["published", "unlisted"])
def test_an_entry_appears_and_goes_at_its_seconds(
    settings: Callable[..., Settings], status: str
) -> None:
    clock = Clock()
    site = Site(settings(), clock)
    site.add("merger", "2026-03-02", status=status, embargo=iso(SOON), expires=iso(SOON + 60))

    seen = []
    for seconds in (SOON - 1, SOON, SOON + 59, SOON + 60):
        clock.now = seconds + 0.5
        response = site.get("/2026/03/merger/")
        seen.append((response.status_code, site.get("/2020/01/merger/").status_code))

    assert seen == [(404, 404), (200, 301), (200, 301), (404, 404)]


def test_a_public_entry_keeps_its_redirects(settings: Callable[..., Settings]) -> None:
    site = Site(settings())
    for name, fields in {
        "public": {},
        "unlisted": {"status": "unlisted"},
        "retracted": {"status": "retracted", "retracted": "2026-03-05", "expires": iso(PAST)},
    }.items():
        site.add(name, "2026-03-02", aliases=f"[/old-{name}/]", **fields)
        site.refresh()

        for path in (f"/2020/07/{name}/", f"/old-{name}/", f"/2026/03/{name}"):
            assert site.get(path).headers["Location"] == f"{NEWS}/2026/03/{name}/"
    assert site.get("/2026/03/retracted/").status_code == 410


@pytest.mark.parametrize("kind", ["flask", "front"])
@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"status": "retracted", "retracted": "2026-03-05"}, 410),
        ({"draft": "true"}, 404),
        ({"embargo": iso(SOON)}, 404),
        ({"slug": "fusion"}, 301),
    ],
)
def test_what_was_there_is_gone_for_every_request(
    settings: Callable[..., Settings], kind: str, fields: dict[str, str], status: int
) -> None:
    """Also for those that follow within the moment in which others get last bytes."""
    site = Site(settings())
    path = "/2026/03/merger/" if status != 301 else "/2026/03/02/merger/"
    site.add("merger", "2026-03-02", url=path)
    client = site.make_client(kind)
    assert [client.get(path).status_code for _ in range(3)] == [200] * 3

    aliases = {"aliases": f"[{path}]"} if status == 301 else {"url": path}
    site.add("merger", "2026-03-02", **aliases, **fields)
    site.refresh()

    assert [client.get(path).status_code for _ in range(5)] == [status] * 5


# -- ranges ----------------------------------------------------------------------------

DATA = bytes(range(250)) * 20
RANGES: dict[str, tuple[int, bytes]] = {
    "bytes=0-0": (206, DATA[:1]),
    "bytes=10-": (206, DATA[10:]),
    "bytes=-5": (206, DATA[-5:]),
    "bytes=4990-99999": (206, DATA[4990:]),
    "bytes=0-4999": (206, DATA),
    "bytes=-5000": (206, DATA),
    "bytes=-5001": (206, DATA),
    "bytes=-99999": (206, DATA),
    "Bytes=0-1": (206, DATA[:2]),
    "bytes= 0-1": (206, DATA[:2]),
    "bytes=0-1,5-6": (200, DATA),
    "bytes=0-1, -2": (200, DATA),
    "bytes=0-,": (200, DATA),
    "bytes=5-2": (200, DATA),
    "bytes=-": (200, DATA),
    "bytes=": (200, DATA),
    "bytes": (200, DATA),
    "bytes=a-b": (200, DATA),
    "bytes=--5": (200, DATA),
    "items=0-1": (200, DATA),
    "bytes=" + "9" * 400 + "-": (200, DATA),
    "bytes=" + ",".join(f"{n}-{n}" for n in range(2000)): (200, DATA),
    "bytes=5000-": (416, b""),
    "bytes=9000-9001": (416, b""),
    "bytes=-0": (416, b""),
}


@pytest.fixture
def film(settings: Callable[..., Settings]) -> Site:
    site = Site(settings())
    site.write("film.mp4", DATA)
    site.add("film", enclosure="film.mp4")
    return site


@pytest.mark.parametrize(("range_", "expected"), RANGES.items(), ids=lambda value: str(value)[:30])
def test_ranges_of_a_file(film: Site, range_: str, expected: tuple[int, bytes]) -> None:
    status, data = expected

    with film.get("/files/film.mp4", headers={"Range": range_}) as response:
        assert response.status_code == status
        assert status == 416 or response.data == data
        if status == 206:
            first = DATA.index(data[:250]) if len(data) >= 250 else None
            spans = re.fullmatch(r"bytes (\d+)-(\d+)/5000", response.headers["Content-Range"])
            assert spans is not None
            assert int(spans[2]) - int(spans[1]) + 1 == len(data)
            assert first in (None, int(spans[1]) % 250)
        if status == 416:
            assert response.headers["Content-Range"] == "bytes */5000"
        assert response.headers["Access-Control-Allow-Origin"] == "*"


CONDITIONS = [  # of a request for a range (RFC 9110, section 13.2.2)
    ("If-Range", "ETAG", 206),
    ("If-Range", "W/ETAG", 200),  # section 13.1.5: it is compared as a strong one
    ("If-Range", '"other", ETAG', 200),
    ("If-Range", '"other"', 200),
    ("If-Range", '"12345 other"', 200),
    ("If-Range", '"' + "1" * 5_000 + '"', 200),
    ("If-Range", "", 200),
    ("If-Range", "Sun, 06 Nov 1994 08:49:37 GMT", 200),  # files have no Last-Modified
    ("If-Range", "Fri, 01 Jan 2100 00:00:00 GMT", 200),
    ("If-Match", "ETAG", 206),
    ("If-Match", '"other", ETAG', 206),
    ("If-Match", "*", 206),
    ("If-Match", "", 206),
    ("If-Match", "W/ETAG", 412),
    ("If-Match", '"other"', 412),  # Android's downloads ask so: the file has changed meanwhile
    ("If-None-Match", "ETAG", 304),
    ("If-None-Match", "W/ETAG", 304),
    ("If-None-Match", "*", 304),
    ("If-None-Match", '"other"', 206),
    ("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT", 206),
    ("If-Unmodified-Since", "Sun, 06 Nov 1994 08:49:37 GMT", 206),
]


def test_a_range_counts_in_a_get_and_of_the_same_file_only(film: Site) -> None:
    path, headers = "/files/film.mp4", {"Range": "bytes=0-1"}
    with film.client.head(path, headers=headers) as head:
        assert (head.status_code, head.headers["Content-Length"]) == (200, "5000")
        etag = head.headers["ETag"]
    for name, value, status in CONDITIONS:
        condition = {name: value.replace("ETAG", etag)}
        with film.get(path, headers={**headers, **condition}) as response:
            assert response.status_code == status, condition
            assert response.data == {206: DATA[:2], 200: DATA, 304: b""}.get(status, response.data)


MATCHES = {  # conditions, and the status of a file and of a document (RFC 9110, section 13.2.2)
    "nothing": ({}, 200, 200),
    "any": ({"If-Match": "*"}, 200, 200),
    "the same": ({"If-Match": "ETAG"}, 200, 200),
    "one of several": ({"If-Match": '"other", ETAG'}, 200, 200),
    "no tag": ({"If-Match": ""}, 200, 200),
    # documents have weak tags, which never match: they leave the condition out
    "another": ({"If-Match": '"other"'}, 412, 200),
    "a weak one": ({"If-Match": 'W/"other"'}, 412, 200),
    "the same and known": ({"If-Match": "ETAG", "If-None-Match": "ETAG"}, 304, 304),
    "any and known": ({"If-Match": "*", "If-None-Match": "*"}, 304, 304),
    "any and unknown": ({"If-Match": "*", "If-None-Match": '"other"'}, 200, 200),
    "another and known": ({"If-Match": '"other"', "If-None-Match": "ETAG"}, 412, 304),
    "known": ({"If-None-Match": "ETAG"}, 304, 304),
    "known, as a weak one": ({"If-None-Match": "W/ETAG"}, 304, 304),
    "unknown": ({"If-None-Match": '"other"'}, 200, 200),
    # neither files nor this document have a time
    "unmodified": ({"If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:01 GMT"}, 200, 200),
    "modified": ({"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}, 200, 200),
}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("kind", ["front", "flask"])
@pytest.mark.parametrize(("headers", "of_file", "of_document"), MATCHES.values(), ids=MATCHES)
def test_conditions_of_whole_files_and_documents(
    film: Site, headers: dict[str, str], of_file: int, of_document: int, kind: str, method: str
) -> None:
    client = film.make_client(kind)
    for path, status in (
        ("/files/film.mp4", of_file),
        ("/favicon.ico", of_file),
        ("/robots.txt", of_document),
    ):
        with client.get(path) as whole:
            etag, data = whole.headers["ETag"], whole.data
        conditions = {
            name: value.replace("ETAG", etag).replace("W/W/", "W/")
            for name, value in headers.items()
        }
        for _ in range(2):  # the front repeats the first one
            with client.open(path, method=method, headers=conditions) as response:
                assert response.status_code == status, path
                assert method == "HEAD" or (response.data == data) == (status == 200)
                # a cache that kept a 412 would answer with it to everybody
                assert (response.headers["Cache-Control"] == "no-store") == (status == 412)


# -- sitemaps --------------------------------------------------------------------------


def test_the_news_sitemap_has_this_sites_pages_only(settings: Callable[..., Settings]) -> None:
    site = Site(settings())
    today = iso(NOW - 600)
    site.add("quay", today)
    site.add("away", today, url="https://other.example/x")
    site.add("own", today, url="https://news.example.com/own/")

    found = [loc.text for loc in site.get_xml("/news-sitemap.xml").iter() if "}loc" in str(loc.tag)]

    assert sorted(map(str, found)) == [f"{NEWS}/2026/09/quay/", f"{NEWS}/own/"]


def test_a_preflight_offers_what_is_honored(ferries: Site) -> None:
    allowed = ferries.client.options("/rss.xml").headers["Access-Control-Allow-Headers"]

    assert allowed == "If-None-Match, If-Modified-Since"
