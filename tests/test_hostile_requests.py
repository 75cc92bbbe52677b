"""Hostile requests: each is answered soon, below 500, and by the front as by Flask."""

from __future__ import annotations

import ast
import re
import sys
import time
from collections.abc import Callable
from functools import partial
from urllib.parse import quote

import pytest
from werkzeug.test import TestResponse, create_environ, run_wsgi_app
from werkzeug.wrappers import Response

from feedsvc.memo import remember_short
from feedsvc.settings import Settings
from feedsvc.settings import Site as SiteSettings
from feedsvc.site.publisher import Publisher
from feedsvc.web.limits import MAX_HEADER_BYTES, MAX_PATH_BYTES, limit_headers
from feedsvc.web.responses import make_content_security_policy
from tests.support.growth import MAX_EXPONENT, measure_growth
from tests.support.site import Site
from tests.test_layers import MODULES

MAX_SECONDS = 1.0  # of processor time, for the longest request that a server lets through
MAX_HEAD_BYTES = 4_000  # nginx takes 4 KB of a response's head
NO_ETAG = '"0123456789abcdef0123456789abcdef"'
LIGATURE = "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}"  # 18 characters once it is folded
PATHS = ("/", "/rss.xml", "/static/style.css", "/files/a.png", "/tags/", "/healthz", "/none")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder = tmp_path_factory.mktemp("limits")
    own = SiteSettings(
        url="https://news.example.com/",
        id_authority="news.example.com,2026",
        index=str(folder / "index"),
    )
    site = Site(Settings(site=own, base=folder))
    site.write("a.png", b"\x89PNG" + bytes(300))
    site.add(
        "one", "2026-03-02", "![A](a.png) " + "Words of some length. " * 30, tags="[wind, sea]"
    )
    site.add("two", "2026-04-02", "More words. " * 60, tags="[wind]")
    return site


def ask(site: Site, kind: str, path: str, method: str = "GET", **headers: str) -> TestResponse:
    """Ask by a path and query as they are sent, with every character of a header let through."""
    path, _, query = path.partition("?")
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
    }
    return site.make_client(kind).open(environ_overrides=environ)


def describe(response: Response) -> tuple[int, list[tuple[str, str]], bytes]:
    headers = [one for one in response.headers.to_wsgi_list() if one[0] != "Date"]
    return response.status_code, sorted(headers), response.data


def check(site: Site, path: str, **request: str) -> int:
    """Ask Flask once and the front twice for the same; return the status."""
    answers = []
    for kind in ("flask", "front", "front"):
        started = time.process_time()
        with ask(site, kind, path, **request) as response:
            answers.append(describe(response))
        assert time.process_time() - started < MAX_SECONDS

    status, headers, _ = answers[0]
    assert answers[1:] == answers[:1] * 2
    assert status < 500
    assert sum(len(name) + len(value) + 4 for name, value in headers) < MAX_HEAD_BYTES
    return status


HEADERS = [
    *("ACCEPT", "ACCEPT_ENCODING", "ACCEPT_LANGUAGE", "ACCEPT_CHARSET", "A_IM", "AUTHORIZATION"),
    *("CACHE_CONTROL", "CONTENT_TYPE", "COOKIE", "FORWARDED", "HOST", "IF_MATCH"),
    *("IF_MODIFIED_SINCE", "IF_NONE_MATCH", "IF_RANGE", "IF_UNMODIFIED_SINCE", "ORIGIN", "PRAGMA"),
    *("RANGE", "REFERER", "UPGRADE_INSECURE_REQUESTS", "USER_AGENT", "X_FORWARDED_HOST"),
]
PUMPS = {
    "weak": "W/",
    "weak and escaped": 'W/\\"',
    "quotes": '"',
    "backslashes": "\\",
    "commas": ",",
    "spaces": " ",
    "semicolons": ";",
    "letters": "a",
    "digits": "1",
    "hexadecimal digits": "0123456789abcdef",
    "etags": f"{NO_ETAG}, ",
    "codings": "gzip;q=0.5, ",
    "types": 'text/html;a="\\""; q=1, ',
    "ranges": "0-1,",
    "wildcards": "*/*;q=0.1111,",
    "cookies": 'a="\\073";',
    "dots": "a.",
    "hyphens": "a-",
    "beyond ascii": "\xe9\xff",
    "equals": "a=",
}


@pytest.mark.parametrize("header", HEADERS)
def test_no_header_is_too_long_to_be_answered(site: Site, header: str) -> None:
    for pump in PUMPS.values():
        for length in (MAX_HEADER_BYTES, 64_000):
            value = _repeat(pump, length)
            assert check(site, "/rss.xml", **{header: value}) in (200, 400)
            assert check(site, "/none", **{header: value}) in (400, 404)


def test_judging_a_condition_takes_time_in_proportion(site: Site) -> None:
    """Of what the bound lets through, and of what another server would."""

    def ask_with(value: str) -> None:
        with ask(site, "flask", "/rss.xml", if_none_match=value):
            pass

    for pump in PUMPS.values():
        make_value = partial(_repeat, pump)
        exponent = measure_growth(ask_with, make_value, (16_000, 64_000, 256_000))
        assert exponent < MAX_EXPONENT, pump


def _repeat(pump: str, size: int) -> str:
    return (pump * size)[:size]


TIMES = [
    "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
    "Mon, 01 Jan 10000 00:00:00 GMT",
    "Mon, 99999999999999999999 Jan 2020 00:00:00 GMT",
    "Mon, 01 Jan 2020 99999999999999999999:00:00 GMT",
    "Mon, 01 Jan 2020 00:00:00 +99999999999999999999",
    "Monday, 01-Jan-99999999999999999999 00:00:00 GMT",
    "Mon Jan  1 00:00:00 99999999999999999999",
    "Mon, 01 Jan 0000 00:00:00 GMT",
    "Mon, 01 Jan 0001 00:00:00 +2359",
    "Fri, 31 Dec 9999 23:59:59 -2359",
    "Mon, 01 Jan 2020 00:00:00 -9999",
    "Mon, 31 Feb 2020 00:00:00 GMT",
    "99999999999999999999",
    "-1",
    "",
    '"x, 01 Jan 99999999999999999999 00:00:00 GMT"',
    '"01 Jan 99999999999999999999 00:00:00"',
    "W/ Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
    "\xb2\xb2 Jan 2020 00:00:00 GMT",
]


@pytest.mark.parametrize("header", ["IF_MODIFIED_SINCE", "IF_UNMODIFIED_SINCE", "IF_RANGE"])
@pytest.mark.parametrize("path", PATHS)
def test_a_time_that_no_calendar_has_asks_for_nothing(site: Site, path: str, header: str) -> None:
    for value in TIMES:
        status = check(site, path, **{header: value, "RANGE": "bytes=0-1"})
        assert status in ((404,) if path == "/none" else (200, 206)), value


HOSTS = {
    **dict.fromkeys(("news.example.com", "x:80", "x:", "", ":80", "a_b", "10.0.0.1"), True),
    **dict.fromkeys(("[::1]", "[::1]:80", "[::ffff:127.0.0.1]", "xn--caf-dma.example"), True),
    **dict.fromkeys(("a%20b", "a;b=c", "x." * 126, "X.EXAMPLE:8000"), True),
    **dict.fromkeys(("a,b", "a, b", ",", "a,", ",a", "a b", "a\tb", " ", "a\x01", "a\0b"), False),
    **dict.fromkeys(("a\n", "u@a", "u:p@a", "a/b", "a?b", "a#b", "http://a", "a\\b", "<a>"), False),
    **dict.fromkeys(("a:b", "a:1:2", "a:-1", "::1", "[::1", "[::1]x", "[]", "[a.b]", "[1]"), False),
    **dict.fromkeys(("[fe80::1%25eth0]", "\xe9.example", "\xff", "a%", "a%2"), False),
    **dict.fromkeys(("x." * 127, "a:123456", '"a"', "{a}", "a|b", "a^b", "a`b"), False),
}


@pytest.mark.parametrize(("host", "is_one"), HOSTS.items())
def test_a_host_is_one_or_the_request_is_refused(site: Site, host: str, is_one: bool) -> None:
    """RFC 9112, section 3.2; what there is of two, servers join with a comma."""
    for path in ("/rss.xml", "/none", "/healthz", "/files/a.png", "//x"):
        status = check(site, path, HOST=host)
        assert (status != 400) == is_one, path
        assert (check(site, path, method="POST", HOST=host) != 400) == is_one


@pytest.mark.parametrize(("protocol", "status"), {"HTTP/1.1": 400, "HTTP/1.0": 200}.items())
def test_a_host_is_asked_for_since_http_1_1(site: Site, protocol: str, status: int) -> None:
    environ = create_environ("/rss.xml") | {"SERVER_PROTOCOL": protocol}
    del environ["HTTP_HOST"]
    for kind in ("flask", "front", "front"):
        _, answered, _ = run_wsgi_app(site.make_client(kind).application, dict(environ))
        assert answered.startswith(str(status))


TARGETS = {
    **dict.fromkeys(("rss.xml", "p", "p:80", "*", "tag:x", ".", "\\rss.xml", "\xff"), 400),
    **dict.fromkeys(("/rss.xml", "//rss.xml", ""), 200),
}


@pytest.mark.parametrize(("target", "status"), TARGETS.items())
def test_a_target_begins_with_a_slash(site: Site, target: str, status: int) -> None:
    environ = create_environ() | {"PATH_INFO": target}
    for kind in ("flask", "front", "front"):
        _, answered, _ = run_wsgi_app(site.make_client(kind).application, dict(environ))
        assert answered.startswith(str(status))


@pytest.mark.parametrize(
    ("method", "target", "status"), [("OPTIONS", "*", 204), ("CONNECT", "a:80", 405)]
)
def test_methods_with_targets_of_their_own(
    site: Site, method: str, target: str, status: int
) -> None:
    """RFC 9112, section 3.2."""
    environ = create_environ(method=method) | {"PATH_INFO": target}
    _, answered, _ = run_wsgi_app(site.make_client("front").application, environ)
    assert answered.startswith(str(status))


ENDS = [
    *("9999-12-31", "9999-12", "9999", "9999-12-31T23:59", "9999-12-31T23:59:59Z"),
    *("9999-12-31T23:59:59-23:59", "9999-01-01T00:00%2B23:59", "9998-12-31", "9998"),
    *("0001-01-01", "0001-01", "0001", "0001-01-01T00:00%2B14:00", "0001-01-01T00:00:00-23:59"),
    *("1969-12-31", "1900-02-29", "0000", "0000-01-01", "10000", "99999-01-01", "-001"),
    *("2026-03-02T24:00", "2026-03-02T00:00%2B24:00", "2026-03-02T00:00%2B99:99"),
]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_ends_of_the_calendar(settings: Callable[..., Settings], zone: str) -> None:
    site = Site(settings(timezone=zone))
    site.add("one")
    for end in ENDS:
        for path in ("/rss.xml", "/", "/subscribe", "/archive/2026-03/atom.xml", "/feed"):
            for parameter in ("since", "until"):
                assert check(site, f"{path}?{parameter}={end}") in (200, 400, 404)
        check(site, f"/archive/{end}/rss.xml")
        check(site, f"/archive/{end}/2/feed.json")
        check(site, f"/{end.replace('-', '/')}/atom.xml")


def test_until_the_last_day_there_is_means_for_ever(site: Site) -> None:
    whole = site.get("/feed.json").json["items"]  # type: ignore[index]
    for until in ("9999", "9999-12", "9999-12-31", "9999-12-31T23:59:59Z"):
        assert site.get(f"/feed.json?until={until}").json["items"] == whole  # type: ignore[index]
        assert site.get(f"/feed.json?since={until}").json["items"] == []  # type: ignore[index]


ROUTES = [
    *("", "files/", "static/", "tags/", "categories/", "authors/", "languages/", "archive/"),
    *("2026/", "2026/03/", "2026/03/02/", "subscribe", "healthz", "readyz", "favicon.ico"),
    *("sitemap-", "tags/wind/archive/2026-03/", "rss.xml", "feed/", "robots.txt", "opml.xml"),
]
NAMES = [
    *("\0", "x\0.png", "a.png\0", "\0/../a.png", "..\0", "\0" * 3_000),
    *("../../etc/passwd", "..\\..\\x", "%2e%2e/", "//", "\n", "\r\nX: y", "\x1b[2J", "\xff\xfe"),
    *("\xed\xa0\x80", "\xf0\x9f\x9a\x80" * 900, "x" * 4_090, "a/" * 2_000, "~2f" * 1_000, "."),
]


@pytest.mark.parametrize("route", ROUTES)
def test_no_path_is_more_than_nothing(site: Site, route: str) -> None:
    for name in NAMES:
        for path in (f"/{route}{name}", f"/{route}{name}/", f"/{route}{name}/rss.xml"):
            status = check(site, path)
            assert status in (200, 301, 400, 404, 414)
            if "\0" in name or name.startswith(".."):
                assert status in (404, 414)


def test_long_addresses_are_refused(site: Site) -> None:
    for path in ("/", "/none", "/files/a.png", "/rss.xml", "/tags/x", "/static/style.css"):
        assert check(site, path + "?x=" + "x" * 4_000) in (200, 404, 414)
        assert check(site, path + "?x=" + "x" * 5_000) == 414
        assert check(site, path + "x" * MAX_PATH_BYTES) == 414


NAMES_IN_QUERIES = {  # what it is → what is asked for, and the status
    "as long as may be": ("x" * 200, 200),
    "longer by one": ("x" * 201, 400),
    "wide": ("風" * 200, 200),
    "wide, longer by one": ("風" * 201, 400),
    "of escapes": ("~2f" * 66, 200),
    "of more escapes": ("~2f" * 67, 400),
    "of ligatures": (LIGATURE * 11, 200),
    "of more ligatures": (LIGATURE * 12, 400),
    "of far more ligatures": (LIGATURE * 300, 400),
    "many": (",".join("x" * n for n in range(1, 32)), 200),
    "the same over and over": (",".join("x" * 200 for _ in range(19)), 200),
    "many and wide": (",".join(str(n) + "風" * 80 for n in range(5)), 200),
    "many of ligatures": (",".join(str(n) + LIGATURE * 10 for n in range(5)), 400),
    "nothing": (",", 200),
}


@pytest.mark.parametrize(("name", "status"), NAMES_IN_QUERIES.values(), ids=NAMES_IN_QUERIES)
def test_names_are_bounded_as_they_stand_in_addresses(site: Site, name: str, status: int) -> None:
    for parameter in ("tag", "category", "author", "lang", "not"):
        for path in ("/", "/atom.xml", "/subscribe"):
            assert check(site, f"{path}?{parameter}={quote(name, safe=',~')}") == status


def test_a_name_that_is_too_long_has_no_listing(site: Site) -> None:
    for slug in ("x" * 201, "風" * 201, LIGATURE * 12, "~2f" * 300):
        for path in (f"/tags/{slug}/", f"/authors/{slug}/rss.xml", f"/categories/{slug}"):
            assert check(site, path.encode().decode("latin-1")) == 404


LONG_QUERIES = [
    "q=" + quote("風" * 150),
    "q=" + quote(" ".join("\U0001f680" * 11 for _ in range(16))),
    "tag=" + ",".join(f"{n}" + "x" * 120 for n in range(31)),
    "tag=" + "x" * 200 + "&author=" + quote("風" * 190) + "&not=" + "y" * 199,
    "&".join(f"tag={n}" + "x" * 100 for n in range(32)),
    "x=" + "%zz" * 1_300,
    "q=" + quote(LIGATURE * 4),
    "since=2026-01-01T00:00:00%2B08:00&until=9999&limit=499&content=summary&sort=updated&before=9",
]


def test_no_head_is_longer_than_proxies_take(settings: Callable[..., Settings]) -> None:
    hubs = tuple(f"https://hub-{n}.example.com/{'x' * 200}" for n in range(4))
    site = Site(settings(hubs=hubs))
    site.add("one", tags="[wind]")
    paths = ("/", "/rss.xml", "/tags/wind/atom.xml", "/tags/wind", "/archive/2026-03/rss.xml")
    for query in LONG_QUERIES:
        for path in paths:
            assert check(site, f"{path}?{query}") in (200, 301, 404, 414)


def test_a_long_address_keeps_the_links_that_matter(settings: Callable[..., Settings]) -> None:
    site = Site(settings(hubs=("https://hub.example/",)))
    site.add("one")

    short, long = (site.get("/rss.xml?q=" + "%E9%A2%A8" * n).headers["Link"] for n in (2, 150))

    assert re.findall('rel="([a-z]+)"', short) == ["self", *["alternate"] * 3, "hub"]
    assert re.findall('rel="([a-z]+)"', long) == ["self", "hub"]


# -- what stays as it is --------------------------------------------------------------


def test_what_is_asked_for_rightly_is_kept() -> None:
    kept = {
        "HTTP_ACCEPT": "text/html,application/xhtml+xml,*/*;q=0.8",
        "HTTP_ACCEPT_ENCODING": "gzip, deflate, br, zstd",
        "HTTP_COOKIE": "a=" + "b" * 100_000,
        "HTTP_IF_MODIFIED_SINCE": "Fri, 01 May 2026 16:00:00 GMT",
        "HTTP_IF_NONE_MATCH": ", ".join([f"W/{NO_ETAG}"] * 100),
        "HTTP_IF_RANGE": NO_ETAG,
        "HTTP_RANGE": "bytes=0-" + "9" * 18,
        "HTTP_X_FORWARDED_FOR": "10.0.0.1, " * 1_000,
    }
    environ = dict(kept)
    limit_headers(environ)

    assert environ == kept


@pytest.mark.parametrize("since", ["Friday, 01-May-26 16:00:00 GMT", "Fri May  1 16:00:00 2026"])
def test_obsolete_forms_of_a_time_are_understood(
    settings: Callable[..., Settings], since: str
) -> None:
    site = Site(settings())
    site.add("one", "2026-05-02")

    assert check(site, "/atom.xml", IF_MODIFIED_SINCE=since) == 304


@pytest.mark.parametrize("path", ["/files/a.png", "/static/style.css"])
def test_no_time_of_a_file_is_compared(site: Site, path: str) -> None:
    """It differs between nodes; no response names it."""
    assert check(site, path, IF_MODIFIED_SINCE="Fri, 31 Dec 2099 23:59:59 GMT") == 200


# -- what browsers may do with an answer ------------------------------------------------

ANSWERS = {  # what is asked for, and whether a page is the answer
    **dict.fromkeys(("/", "/tags/", "/2026/03/02/one/", "/subscribe"), True),
    **dict.fromkeys(("/rss.xml", "/atom.xml", "/feed.json", "/opml.xml", "/sitemap.xml"), False),
    **dict.fromkeys(("/robots.txt", "/files/a.png", "/static/style.css", "/favicon.ico"), False),
    **dict.fromkeys(("/healthz", "/readyz", "/tags", "/none", "/rss.xml?limit=x"), False),
}


@pytest.mark.parametrize(("path", "is_page"), ANSWERS.items())
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST"])
def test_every_answer_says_what_a_browser_may_do(
    site: Site, path: str, is_page: bool, method: str
) -> None:
    for kind in ("flask", "front", "front"):
        with ask(site, kind, path, method) as response:
            headers = response.headers

        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; ")
        assert "base-uri 'none'" in policy
        assert "script-src" not in policy
        assert "unsafe" not in policy
        if is_page and method in ("GET", "HEAD"):
            assert "frame-ancestors 'self'" in policy
            assert "form-action 'self' https://news.example.com/" in policy


@pytest.mark.parametrize("accept", ["text/html", "application/json", "text/plain"])
def test_errors_say_it_too(site: Site, accept: str) -> None:
    for path in ("/none", "/rss.xml?limit=x", "/\0", "/" + "x" * 5_000):
        with ask(site, "front", path, ACCEPT=accept) as response:
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            policy = response.headers["Content-Security-Policy"]
            assert ("frame-ancestors 'self'" in policy) == (accept == "text/html")


def test_a_theme_has_scripts_and_fonts_of_its_own(settings: Callable[..., Settings]) -> None:
    site = Site(settings(theme="theme"))
    site.write("../theme/static/menu.js", "")
    site.add("one")

    page, feed = (site.get(path).headers["Content-Security-Policy"] for path in ("/", "/rss.xml"))

    static = "https://news.example.com/static/"
    assert page.endswith(f"; script-src {static}; font-src {static}")
    assert "script-src" not in feed
    assert site.get("/static/menu.js").mimetype == "text/javascript"


@pytest.mark.parametrize(
    ("url", "rule"),
    {
        "http://127.0.0.1:8000/": "style-src 'self' http://127.0.0.1:8000/static/",
        "https://example.com/a;b,c/": "style-src 'self' https://example.com/a%3Bb%2Cc/static/",
    }.items(),
)
def test_the_site_is_named_by_its_address(url: str, rule: str) -> None:
    """A page that was opened as http://localhost:8000/ has its style sheet from 127.0.0.1."""
    policy = make_content_security_policy(url, is_page=True, has_theme=False)

    assert rule in policy.split("; ")


# -- memory -----------------------------------------------------------------------------


def test_responses_to_distinct_requests_stay_within_the_bound(
    settings: Callable[..., Settings],
) -> None:
    site = Site(settings())
    site.add("one")
    documents = site.publisher.document_cache.documents
    documents.max_size = 300_000
    for number in range(300):
        assert site.get(f"/rss.xml?not=x{number % 20}", headers={
            "If-None-Match": f'"{number}"' + " " * 3_000
        }).status_code == 200  # fmt: skip
        held = documents._values.values()
        assert sum(one.memory_bytes for one in held) == documents.size <= documents.max_size
        assert sum(sys.getsizeof(key) for one in held for key in one.responses) < documents.size


def test_long_texts_are_not_remembered() -> None:
    calls = []

    @remember_short(2, 10)
    def measure(text: str, more: int = 0) -> int:
        calls.append(text)
        return len(text) + more

    assert [measure("x" * 10), measure("x" * 10), measure("x" * 11), measure("x" * 11, 1)] == [
        *(10, 10, 11, 12)
    ]
    assert calls == ["x" * 10, "x" * 11, "x" * 11]


# a first argument that is short by itself: a character, a setting, a file of ours
REMEMBERED_BY_COUNT = {
    "reading.encoding.classify_character",
    "web.routes._make_file_etag",
    "web.responses.make_content_security_policy",
    "fields.links.list_link_roots",
    "indexer.scanner.make_folder_cache",
    "pages._get_environment",
    "pages._make_static_path",
    "fields.draft.make_date_rules",
    "fields.published.add_permalink",
    "dates.month_names._build_table",
    "dates.month_names.load_tables_by_word",
    "dates.month_names._load_names_file",
    "dates.dateutil_fallback._load_parser",
    "dates.timezones.make_zone_from_offset",
    "dates.timezones.list_abbreviations",
    "dates.timezones._list_zones",
    "dialects.field_names.build_field_name_table",
    "content.search_words._fold_character",
    "fields.links.near_misses._fold_all",  # the names of a few folders, each with a bounded number
    "fields.links.near_misses._list_names",
    "fields.measures._measure_version",  # by path
}


def test_what_is_remembered_by_count_is_short() -> None:
    found = {
        f"{module}.{node.name}"
        for module, path in MODULES.items()
        if module != "memo"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
        and any(re.search(r"\b(lru_)?cache\b", ast.unparse(one)) for one in node.decorator_list)
    }

    assert found == REMEMBERED_BY_COUNT


# -- a great many names -----------------------------------------------------------------


def test_a_great_many_names_are_shown_in_part(
    settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feedsvc.site.terms.MAX_TERMS", 3)
    monkeypatch.setattr("feedsvc.pages.MAX_CHOICES", 3)
    site = Site(settings())
    site.add("one", tags="[a, b, c, d, e]")
    site.add("two", tags="[b, e]")
    site.add("later", "2027-01-01", tags="[a, a2]")
    shown = re.findall('href="[^"]*/tags/([a-z0-9]+)/"', site.get("/tags/").text)

    assert shown == ["b", "e", "a"]
    assert "the 3 most used" in site.get("/tags/").text
    assert "most used" not in site.get("/authors/").text
    page = site.get("/subscribe?tag=d,x").text
    assert re.findall('name="tag" value="([a-z]+)"', page) == ["b", "e", "a", "d"]
    assert site.get("/tags/c/").status_code == 200


# -- the log ----------------------------------------------------------------------------


def test_no_address_forges_a_line_of_the_log(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(Publisher, "get_document", fail)
    for sign in ("\n", "\r", "\x1b", "\x85", "\u2028", "\x00", "\u202e"):
        ask(site, "flask", f"/x{sign}2026-01-01 INFO y".encode().decode("latin-1"))

    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u202e]", "".join(caplog.messages))
