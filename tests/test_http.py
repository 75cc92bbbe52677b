"""Methods, conditions and codings: the front says what Flask says, header for header."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from datetime import UTC, datetime

import brotli
import pytest
from werkzeug.test import Client, EnvironBuilder, TestResponse

from feedsvc.index import zstd
from feedsvc.settings import Settings
from tests.support.site import NOW, Clock, Site

FEEDS = ["/rss.xml", "/atom.xml", "/feed.json"]
TYPES = {
    "/rss.xml": "application/rss+xml; charset=utf-8",
    "/atom.xml": "application/atom+xml; charset=utf-8",
    "/feed.json": "application/feed+json",
    "/": "text/html; charset=utf-8",
    "/opml.xml": "text/x-opml; charset=utf-8",
    "/sitemap.xml": "application/xml",
}


@pytest.fixture
def site(settings: Callable[..., Settings]) -> Site:
    site = Site(settings())
    for number in range(1, 6):
        site.add(
            f"story-{number}",
            f"2026-0{number}-02",
            "Words of some length. " * 30,
            tags="[wind, sea]",
        )
    return site


@pytest.fixture(params=["flask", "front"])
def client(request: pytest.FixtureRequest, site: Site) -> Client:
    client = site.make_client(request.param)
    if request.param == "front":  # what it has been asked once it answers from memory
        for path in TYPES:
            client.get(path)
    return client


@pytest.mark.duty(40, 48, 56, 57, 63, 68, 73, 74, 98)
@pytest.mark.parametrize(("path", "kind"), TYPES.items())
def test_every_document_has_its_type_and_validators(client: Client, path: str, kind: str) -> None:
    response = client.get(path)

    assert response.status_code == 200
    assert response.headers["Content-Type"] == kind
    assert response.headers["ETag"].startswith('W/"')
    assert response.headers["Last-Modified"] == "Fri, 01 May 2026 16:00:00 GMT"
    assert (
        response.headers["Cache-Control"]
        == "public, max-age=300, stale-while-revalidate=30, stale-if-error=86400"
    )
    assert response.headers["Vary"] == "Accept-Encoding"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"].startswith(
        "default-src 'none'; style-src 'self' https://news.example.com/static/; img-src "
    )
    assert "Set-Cookie" not in response.headers


def condition(etag: str) -> dict[str, str]:
    return {"If-None-Match": etag}


MANGLED = {
    "as sent": "{0}",
    "strong": '"{1}"',
    "with -gzip": 'W/"{1}-gzip"',
    "with ;gzip": '"{1};gzip"',
    "weak twice": "W/{0}",
    "escaped quotes": '\\"{1}\\"',
    "without quotes": "{1}",
    "in a list": '"x", {0}, "y"',
    "any": "*",
}


@pytest.mark.duty(48, 50, 51, 55, 63, 72)
@pytest.mark.parametrize("spelling", MANGLED.values(), ids=MANGLED.keys())
@pytest.mark.parametrize("path", FEEDS)
def test_a_known_etag_is_answered_304(client: Client, path: str, spelling: str) -> None:
    first = client.get(path)
    etag = first.headers["ETag"]

    for _ in range(2):  # the second time from memory
        response = client.get(path, headers=condition(spelling.format(etag, etag[3:-1])))

        assert response.status_code == 304
        assert response.data == b""
        for name in (
            "ETag",
            "Last-Modified",
            "Cache-Control",
            "Vary",
            "Link",
            "Access-Control-Allow-Origin",
        ):
            assert response.headers[name] == first.headers[name]


@pytest.mark.duty(54)
@pytest.mark.parametrize(
    ("since", "status"),
    [
        ("Fri, 01 May 2026 16:00:00 GMT", 304),
        ("Sat, 02 May 2026 16:00:00 GMT", 200),
        ("yesterday", 200),
    ],
)
def test_a_time_alone_is_answered_304_only_where_it_is_the_same(
    client: Client, since: str, status: int
) -> None:
    assert client.get("/atom.xml", headers={"If-Modified-Since": since}).status_code == status


@pytest.mark.duty(50)
def test_an_unknown_etag_outweighs_a_known_time(client: Client) -> None:
    headers = {"If-None-Match": '"x"', "If-Modified-Since": "Fri, 01 May 2026 16:00:00 GMT"}

    assert client.get("/atom.xml", headers=headers).status_code == 200


DECODE: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": zstd.decompress,
    "": bytes,
}
ACCEPT = {
    "gzip": "gzip",
    "br,gzip": "br",
    "gzip, deflate, br, zstd": "br",
    "gzip;q=0": "",
    "identity": "",
    "*": "br",
    "": "",
    "gzip;q=0.5, identity": "",
    "zstd": "zstd",
    "deflate": "",
    "gzip;q=1.0, *;q=0": "gzip",
    "x-odd,,;": "",
}


@pytest.mark.duty(52, 62, 66)
@pytest.mark.parametrize(("accept", "coding"), ACCEPT.items())
def test_each_coding_holds_the_same_bytes(client: Client, accept: str, coding: str) -> None:
    plain = client.get("/rss.xml")
    response = client.get("/rss.xml", headers={"Accept-Encoding": accept})

    assert response.headers.get("Content-Encoding", "") == coding
    assert DECODE[coding](response.data) == plain.data
    assert response.headers["ETag"] == plain.headers["ETag"]


@pytest.mark.duty(60)
@pytest.mark.parametrize("path", TYPES)
@pytest.mark.parametrize("headers", [{}, {"Accept-Encoding": "gzip"}, {"If-None-Match": "*"}])
def test_head_has_the_headers_of_get(client: Client, path: str, headers: dict[str, str]) -> None:
    get, head = client.get(path, headers=headers), client.head(path, headers=headers)

    assert head.status_code == get.status_code
    assert dict(head.headers) == dict(get.headers)
    assert head.data == b""


def test_the_front_says_what_flask_says(site: Site) -> None:
    flask, front = site.make_client("flask"), site.make_client("front")
    asked = [
        (method, path, headers)
        for method in ("GET", "HEAD", "OPTIONS", "POST")
        for path in (
            *TYPES,
            "/feed",
            "/rss.xml?limit=2",
            "/tags/wind/",
            "/2026/03/story-3/",
            "/none/",
            "/rss.xml?limit=x",
        )
        for headers in (
            {},
            {"Accept-Encoding": "gzip"},
            {"If-None-Match": "*"},
            {"Accept": "text/html"},
        )
    ]

    def tell(response: TestResponse) -> tuple[int, list[tuple[str, str]], bytes]:
        return response.status_code, sorted(response.headers.to_wsgi_list()), response.data

    for method, path, headers in asked:
        expected = tell(flask.open(path, method=method, headers=headers))
        for _ in range(2):
            assert tell(front.open(path, method=method, headers=headers)) == expected


@pytest.mark.duty(77, 78)
@pytest.mark.parametrize(
    ("alias", "path"),
    [
        ("/feed", "/rss.xml"),
        ("/feed/", "/rss.xml"),
        ("/feed.xml", "/rss.xml"),
        ("/index.xml", "/rss.xml"),
        ("/rss", "/rss.xml"),
        ("/rss/", "/rss.xml"),
        ("/index.rss", "/rss.xml"),
        ("/atom", "/atom.xml"),
        ("/feed.atom", "/atom.xml"),
        ("/index.json", "/feed.json"),
        ("/atom.xml?utm_source=x&null", "/atom.xml"),
        ("/rss.xml?limit=30", "/rss.xml"),
        ("/?tag=sea,wind", "/?tag=wind,sea"),
    ],
)
def test_other_spellings_have_the_same_bytes(client: Client, alias: str, path: str) -> None:
    response = client.get(alias)

    assert response.status_code == 200
    assert response.data == client.get(path).data


@pytest.mark.duty(13, 67)
def test_the_host_header_reaches_no_document(client: Client) -> None:
    headers = {
        "Host": "evil.example",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "gopher",
    }
    response = client.get("/atom.xml", headers=headers)

    assert b"evil" not in response.data + str(response.headers).encode()
    assert b'href="https://news.example.com/atom.xml"' in response.data


@pytest.mark.duty(70)
def test_an_odd_accept_is_never_refused(client: Client) -> None:
    assert client.get("/atom.xml", headers={"Accept": "application/x-nonsense"}).status_code == 200


@pytest.mark.duty(77)
def test_other_methods_are_answered_with_what_is_allowed(client: Client) -> None:
    response = client.post("/atom.xml")

    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.duty(72)
def test_a_browser_of_another_site_may_ask_conditionally(client: Client) -> None:
    response = client.options("/atom.xml", headers={"Origin": "https://x.example"})

    assert response.status_code == 204
    assert "If-None-Match" in response.headers["Access-Control-Allow-Headers"]
    assert "GET" in response.headers["Access-Control-Allow-Methods"]


@pytest.mark.duty(69, 75, 102)
def test_links_name_the_document_and_its_other_forms(client: Client) -> None:
    link = client.get("/tags/wind/atom.xml").headers["Link"]

    assert (
        '<https://news.example.com/tags/wind/atom.xml>; rel="self"; type="application/atom+xml"'
        in link
    )
    assert (
        '<https://news.example.com/tags/wind/rss.xml>; rel="alternate"; type="application/rss+xml"'
        in link
    )


@pytest.mark.duty(80)
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/none/", 404),
        ("/tags/none/", 404),
        ("/tags/none/atom.xml", 404),
        ("/1999/", 404),
        ("/rss.xml?limit=x", 400),
        ("/?tag=none", 200),
        ("/rss.xml?tag=none", 200),
        ("/files/none.png", 404),
        ("/files/story-1.md", 404),
        ("/static/none.css", 404),
        ("/archive/1999-01/atom.xml", 404),
        ("/files/../../etc/passwd", 404),
        ("/files/%00.png", 404),
    ],
)
@pytest.mark.parametrize("accept", ["text/html", "application/json", "*/*"])
def test_not_found_is_answered_in_the_form_that_was_asked_for(
    client: Client, path: str, status: int, accept: str
) -> None:
    response = client.get(path, headers={"Accept": accept})

    assert response.status_code == status
    if status >= 400:
        kinds = {
            "text/html": "text/html",
            "application/json": "application/problem+json",
            "*/*": "text/plain",
        }
        assert response.headers["Content-Type"].split(";")[0] == kinds[accept]
        assert response.data


@pytest.mark.duty(7)
def test_a_scheduled_entry_appears_at_its_second_and_no_header_reaches_past_it(
    settings: Callable[..., Settings],
) -> None:
    clock = Clock()
    site = Site(settings(), clock)
    site.add("now", "2026-03-02")
    site.add("soon", "2026-09-21T14:14:20Z")  # 60 seconds after the clock
    assert NOW + 60 == 1_790_000_060
    first = site.get("/atom.xml")

    assert b"Soon" not in first.data
    assert first.headers["Cache-Control"] == "public, max-age=60, stale-while-revalidate=0"
    assert site.get("/2026/09/soon/").status_code == 404

    clock.now += 59.9
    assert site.get("/atom.xml").data == first.data
    assert (
        site.get("/atom.xml").headers["Cache-Control"]
        == "public, max-age=0, stale-while-revalidate=0"
    )

    clock.now += 0.1
    second = site.get("/atom.xml")
    assert b"Soon" in second.data
    assert second.headers["ETag"] != first.headers["ETag"]
    assert second.headers["Last-Modified"] == "Mon, 21 Sep 2026 14:14:20 GMT"
    assert site.get("/2026/09/soon/").status_code == 200
    assert b"soon" in site.get("/sitemap.xml").data


def test_an_expired_entry_goes_and_moves_last_modified(settings: Callable[..., Settings]) -> None:
    clock = Clock()
    site = Site(settings(), clock)
    site.add("stays", "2026-03-02")
    site.add("goes", "2026-03-03", expires="2026-09-21T14:14:20Z")
    assert b"Goes" in site.get("/atom.xml").data

    clock.now += 60
    response = site.get("/atom.xml")

    assert b"Goes" not in response.data
    assert response.headers["Last-Modified"] == "Mon, 21 Sep 2026 14:14:20 GMT"
    assert site.get("/2026/03/goes/").status_code == 404


@pytest.mark.duty(49)
def test_a_change_elsewhere_changes_nothing(site: Site) -> None:
    site.add("fish", tags="[fish]")
    before = site.get("/tags/fish/atom.xml")
    site.add("bird", tags="[bird]")
    site.refresh()
    after = site.get("/tags/fish/atom.xml")

    assert after.data == before.data
    assert after.headers["ETag"] == before.headers["ETag"]
    assert b"Bird" in site.get("/atom.xml").data


@pytest.mark.duty(45, 46)
def test_a_retracted_entry_is_gone_and_says_so(site: Site) -> None:
    site.add(
        "wrong",
        "2026-03-04",
        status="retracted",
        retracted="2026-09-20T10:00:00Z",
        reason="The figures were wrong.",
    )

    response = site.get("/2026/03/wrong/")
    assert response.status_code == 410
    assert "The figures were wrong." in response.text
    assert b"deleted-entry" in site.get("/atom.xml").data
    assert "<title>Withdrawn: Wrong</title>" in site.get("/rss.xml").text
    assert b"Wrong" not in site.get("/sitemap.xml").data + site.get("/").data
    assert site.get("/atom.xml").headers["Last-Modified"] == "Sun, 20 Sep 2026 10:00:00 GMT"


@pytest.mark.duty(83)
@pytest.mark.parametrize(
    "old",
    ["/2026/03/story-3", "/2025/01/story-3/", "/old/place/", "/old/place"],
)
def test_old_addresses_lead_to_the_new_one(site: Site, old: str) -> None:
    site.add(
        "story-3",
        "2026-03-02",
        "Words of some length. " * 30,
        tags="[wind, sea]",
        aliases="[/old/place/]",
    )
    response = site.get(old)

    assert response.status_code == 301
    assert response.headers["Location"] == "https://news.example.com/2026/03/story-3/"


def test_files_are_sent_whole_and_in_parts_where_an_entry_uses_them(site: Site) -> None:
    site.write("pics/crane.png", b"\x89PNG" + bytes(range(256)))
    site.write("pics/unused.png", b"\x89PNG")
    site.add("pics/crane", body="![A crane](crane.png)")

    path = "/files/pics/crane.png"
    with site.get(path) as whole, site.get(path, headers={"Range": "bytes=4-7"}) as part:
        assert whole.headers["Content-Type"] == "image/png"
        assert (part.status_code, part.data) == (206, b"\x00\x01\x02\x03")
    with site.get(path, headers={"If-None-Match": whole.headers["ETag"]}) as again:
        assert (again.status_code, again.data) == (304, b"")
    assert site.get("/files/pics/unused.png").status_code == 404
    assert b"https://news.example.com/files/pics/crane.png" in site.get("/atom.xml").data


@pytest.mark.duty(61, 71, 76)
@pytest.mark.parametrize("path", FEEDS)
@pytest.mark.parametrize(
    "accept", ["text/html,application/xhtml+xml,*/*;q=0.8", "text/html", "application/json", "*/*"]
)
def test_a_feed_is_a_feed_whoever_asks(client: Client, path: str, accept: str) -> None:
    plain = client.get(path)
    headers = {
        "Accept": accept,
        "User-Agent": "Mozilla/5.0",
        "Cookie": "a=b",
        "Accept-Language": "zh",
        "DNT": "1",
    }
    response = client.get(path, headers=headers)

    assert (response.status_code, response.data) == (200, plain.data)
    assert response.headers["Content-Type"] == TYPES[path]
    assert set(response.headers["Vary"].split(", ")) <= {
        "Accept-Encoding",
        "Upgrade-Insecure-Requests",
    }


@pytest.mark.duty(53, 58)
@pytest.mark.parametrize("path", TYPES)
def test_nothing_forbids_keeping_a_document(client: Client, path: str) -> None:
    headers = client.get(path).headers

    assert {"Expires", "Pragma", "Set-Cookie", "Age"}.isdisjoint(headers.keys())
    assert re.fullmatch(r'W/"[0-9a-f]{32}"', headers["ETag"])
    assert not re.search(
        "no-store|no-cache|private|must-revalidate|s-maxage", headers["Cache-Control"]
    )


@pytest.mark.duty(21, 59)
def test_ttl_says_what_max_age_says(settings: Callable[..., Settings]) -> None:
    site = Site(settings(max_age=900))
    site.add("one")
    response = site.get("/rss.xml")

    assert b"<ttl>15</ttl>" in response.data
    assert response.headers["Cache-Control"].startswith("public, max-age=900,")


@pytest.mark.duty(31, 75, 86, 91)
def test_hubs_are_announced_in_headers_and_documents_beside_one_self(
    settings: Callable[..., Settings],
) -> None:
    hubs = ("https://hub.example/", "https://other.example/?a=1&b=2")
    site = Site(settings(hubs=hubs))
    site.add("one", tags="[wind]")

    for path in FEEDS:
        response = site.get(f"/tags/wind{path}")
        links = re.findall(r'<([^>]*)>; rel="(self|hub)"', response.headers["Link"])
        assert links == [
            (f"https://news.example.com/tags/wind{path}", "self"),
            *((hub, "hub") for hub in hubs),
        ]
        if path == "/feed.json":
            assert response.json["hubs"] == [{"type": "WebSub", "url": hub} for hub in hubs]  # type: ignore[index]
        else:
            assert response.data.count(b'rel="self"') == 1
            assert response.data.count(b'rel="hub"') == 2


@pytest.mark.duty(14, 67)
def test_a_site_below_a_path_has_it_in_every_address(settings: Callable[..., Settings]) -> None:
    site = Site(settings(url="https://example.com/news/", hubs=()))
    site.add("one", tags="[wind]", body="![A](a.png) [link](/about)")
    site.write("a.png", b"\x89PNG")

    for path in (
        "/rss.xml",
        "/atom.xml",
        "/feed.json",
        "/",
        "/opml.xml",
        "/sitemap.xml",
        "/robots.txt",
        "/tags/",
    ):
        response = site.get(path)
        found = re.findall(
            r"https://example\.com(/[^\\\"<> ]*)", response.text + response.headers.get("Link", "")
        )
        assert found
        assert [
            place for place in found if not place.startswith("/news/") and place != "/about"
        ] == []
    assert site.get("/tags").headers["Location"] == "https://example.com/news/tags/"


# -- how long ------------------------------------------------------------------------

DAY = 86_400
AGES = {  # max_age, shared_max_age, seconds to the next scheduled change → Cache-Control
    (300, 0, None): "max-age=300, stale-while-revalidate=30, stale-if-error=86400",
    (300, 300, None): "max-age=300, stale-while-revalidate=30, stale-if-error=86400",
    (3600, 60, None): "max-age=3600, s-maxage=60, stale-while-revalidate=6, stale-if-error=86400",
    (60, 3600, None): "max-age=60, s-maxage=3600, stale-while-revalidate=6, stale-if-error=86400",
    (0, 0, None): "max-age=0, stale-while-revalidate=0, stale-if-error=86400",
    (9, 0, None): "max-age=9, stale-while-revalidate=0, stale-if-error=86400",
    (DAY, 0, None): "max-age=86400, stale-while-revalidate=8640, stale-if-error=86400",
    (300, 0, 100_000): "max-age=300, stale-while-revalidate=30, stale-if-error=86400",
    (300, 0, 1000): "max-age=300, stale-while-revalidate=30, stale-if-error=700",
    (300, 0, 310): "max-age=300, stale-while-revalidate=10, stale-if-error=10",
    (300, 0, 300): "max-age=300, stale-while-revalidate=0",
    (300, 0, 7): "max-age=7, stale-while-revalidate=0",
    (3600, 60, 100): "max-age=100, s-maxage=60, stale-while-revalidate=0",
    (60, 3600, 100): "max-age=60, s-maxage=100, stale-while-revalidate=0",
    (3600, 60, 30): "max-age=30, stale-while-revalidate=0",
}


@pytest.mark.duty(7, 57)
@pytest.mark.parametrize(("ages", "control"), AGES.items(), ids=map(str, AGES))
def test_caches_keep_a_document_as_long_as_it_may_be_true(
    settings: Callable[..., Settings], ages: tuple[int, int, int | None], control: str
) -> None:
    max_age, shared, change = ages
    site = Site(settings(max_age=max_age, shared_max_age=shared))
    site.add("now")
    if change is not None:
        soon = datetime.fromtimestamp(NOW + change, UTC)
        site.add("soon", soon.isoformat())

    for kind in ("flask", "front"):
        for path in ("/rss.xml", "/", "/2026/03/now/", "/sitemap.xml"):
            if path != "/2026/03/now/" or change is None:
                headers = site.make_client(kind).get(path).headers
                assert headers["Cache-Control"] == f"public, {control}", path


STALE = {  # stale_while_revalidate, stale_if_error, seconds to the next change → Cache-Control
    (-1, 86_400, None): "stale-while-revalidate=30, stale-if-error=86400",
    (0, 0, None): "stale-while-revalidate=0",
    (3600, 600_000, None): "stale-while-revalidate=3600, stale-if-error=600000",
    (3600, 600_000, 700_000): "stale-while-revalidate=3600, stale-if-error=600000",
    (3600, 600_000, 1300): "stale-while-revalidate=1000, stale-if-error=1000",
    (3600, 60, 1000): "stale-while-revalidate=700, stale-if-error=60",
    (3600, 60, 300): "stale-while-revalidate=0",
}


@pytest.mark.parametrize(("values", "control"), STALE.items(), ids=map(str, STALE))
def test_what_is_stale_may_be_shown_as_long_as_is_set_and_never_past_a_change(
    settings: Callable[..., Settings], values: tuple[int, int, int | None], control: str
) -> None:
    revalidate, error, change = values
    site = Site(settings(stale_while_revalidate=revalidate, stale_if_error=error))
    site.add("now")
    if change is not None:
        site.add("soon", datetime.fromtimestamp(NOW + change, UTC).isoformat())

    for kind in ("flask", "front"):
        client = site.make_client(kind)
        for _ in range(2):
            headers = client.get("/rss.xml").headers
            assert headers["Cache-Control"] == f"public, max-age=300, {control}"


def test_the_front_counts_down_as_flask_does_with_long_stale_times(
    settings: Callable[..., Settings],
) -> None:
    clock = Clock()
    site = Site(settings(stale_while_revalidate=3600, stale_if_error=0), clock)
    site.add("now")
    site.add("soon", datetime.fromtimestamp(NOW + 5000, UTC).isoformat())
    flask, front = site.make_client("flask"), site.make_client("front")
    for moment in (NOW, NOW + 1000, NOW + 1200, NOW + 4990, NOW + 5000):
        clock.now = moment
        one, other = (client.get("/rss.xml").headers["Cache-Control"] for client in (flask, front))
        assert one == other


def test_shared_caches_keep_an_archive_no_longer_than_a_feed(
    settings: Callable[..., Settings],
) -> None:
    site = Site(settings(limit=1))
    site.add("one", "2026-03-02")
    site.add("two", "2026-04-02")

    control = site.get("/archive/2026-03/rss.xml").headers["Cache-Control"]

    assert control.startswith("public, max-age=86400, s-maxage=300, stale-while-revalidate=30,")


@pytest.mark.parametrize("path", ["/static/style.css", "/static/feed.css", "/favicon.ico"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_static_file_is_kept_for_ever_under_the_mark_of_its_content(
    client: Client, path: str, method: str
) -> None:
    page = client.get("/").text
    mark = re.search(r"/static/style\.css\?([0-9a-f]{8})", page)
    assert mark is not None
    own = mark[1] if path == "/static/style.css" else "none"

    kept = {}
    for query in ("", "?", f"?{own}", "?00000000", f"?{own}&x=1", f"?v={own}"):
        with client.open(f"{path}{query}", method=method) as response:
            kept[query] = response.headers["Cache-Control"]

    forever = "public, max-age=31536000, immutable"
    assert {query for query, control in kept.items() if control == forever} == (
        {f"?{own}"} if own != "none" else set()
    )
    assert kept[""] == "public, max-age=300"


def test_an_archive_links_to_the_page_of_its_listing(site: Site) -> None:
    for path, page in {
        "/archive/2026-03/atom.xml": "",
        "/tags/wind/archive/2026-03/rss.xml": "tags/wind/",
        "/archive/2026-03/feed.json?tag=sea": "?tag=sea",
        "/languages/en/archive/2026-03/atom.xml?q=words": "languages/en/?q=words",
    }.items():
        link = site.get(path).headers["Link"]

        assert f'<https://news.example.com/{page}>; rel="alternate"; type="text/html"' in link
        assert site.get(f"/{page}").status_code == 200
        for url in re.findall("<https://news.example.com/([^>]*)>", link):
            assert site.get(f"/{url}").status_code == 200


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("q=\x88", 400),
        ("tag=caf\xe9", 400),  # Latin-1, not percent-encoded
        ("x=\xff&limit=1", 400),
        ("tag=caf%E9", 200),
        ("tag=\xc3\xa9", 200),  # UTF-8, not percent-encoded
        ("tag=%EF%BF%BE", 400),  # U+FFFE, which no XML can have
        ("not=%C2%80", 400),
    ],
)
def test_a_query_of_any_bytes_is_answered(client: Client, query: str, status: int) -> None:
    environ = EnvironBuilder(path="/rss.xml").get_environ() | {"QUERY_STRING": query}

    assert client.run_wsgi_app(environ)[1][:3] == str(status)
