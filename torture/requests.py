"""Random requests: routes, methods, parameters and headers of every shape, usual and hostile.

Each is answered by Flask alone and by the front before it, in this process. Both have to say the
same, header for header, below 500, with the headers that every response has, and with a head that
proxies take.
"""

from __future__ import annotations

import io
import logging
import random
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from msgspec import Struct

from feedsvc.settings import Settings
from feedsvc.settings import Site as SiteSettings
from feedsvc.web.front import Front
from tests.support.site import Site
from torture.result import Result, Tally

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
MAX_HEAD_BYTES = 4_000  # nginx takes 4 KB of a response's head
METHODS = ("GET",) * 40 + ("HEAD",) * 10 + ("OPTIONS", "POST", "PUT", "DELETE", "TRACE", "get", "X")
ROUTES = (
    *("", "rss.xml", "atom.xml", "feed.json", "feed", "feed/", "rss/", "index.json", "atom"),
    *("tags/", "tags", "tags/wind/", "tags/wind", "tags/wind/rss.xml", "tags/none/", "tags/a/b/"),
    *("categories/news/atom.xml", "authors/ann/feed.json", "languages/en/", "languages/xx/"),
    *("2026/", "2026/03/", "2026/03", "2026/13/", "1999/", "0000/", "9999/", "2026/03/rss.xml"),
    *("archive/2026-03/atom.xml", "archive/2026-03/2/rss.xml", "archive/9999-12-31/rss.xml"),
    *("archive/0001-01-01/feed.json", "tags/wind/archive/2026-03/rss.xml", "archive/2026/"),
    *("2026/03/02/e1/", "2026/03/02/e1", "2026/03/02/none/", "2025/01/01/e1/", "old/e2/"),
    *("2026/03/02/gone/", "2026/03/02/draft/", "files/a.png", "files/e1.md", "files/none.png"),
    *("files/", "static/style.css", "static/feed.css", "static/none", "static/", "favicon.ico"),
    *("subscribe", "subscribe/", "opml.xml", "sitemap.xml", "sitemap-1.xml", "news-sitemap.xml"),
    *("robots.txt", "healthz", "readyz", "metrics", "search", "feedsvc.toml", "none", "e1.md"),
)
WORDS = (
    *("wind", "sea", "Wind Power", "none", "c++", "~2f", "~", "a,b", "-1", "0", "1", "500", "501"),
    *("9" * 19, "9" * 40, "-" + "9" * 18, "2026", "2026-03", "2026-03-02", "2026-02-30", "9999"),
    *("9999-12-31", "0001-01-01", "2026-03-02T10:00Z", "2026-03-02T10:00+08:00", "0000-00-00"),
    *("full", "summary", "updated", "published", "any", "en", "zh-Hans", "風", "ß", "\ufdfa", "İ"),
    *(
        "\0",
        "\n",
        "\r\n",
        "\x1b",
        "\x7f",
        "\x85",
        "\u2028",
        "\u202e",
        "\ufffe",
        "\ud800",
        "\U0001f680",
    ),
    *("..", "../..", "//", "\\", "%", "%zz", "%00", "%2e%2e", "<script>", "'\"", "${x}", "{{7*7}}"),
    *(
        '"a b"',
        "a OR b",
        "NEAR(a b)",
        "a*",
        "^a",
        "-a",
        "text:a",
        "(",
        ")",
        '"',
        "a" * 199,
        "a" * 201,
    ),
    *("風" * 67, "\ufdfa" * 12, "," * 40, " ", "+", "&", "=", "#", "?", ";", "null", "NaN", "1e9"),
)
PARAMETERS = (
    *(
        "tag",
        "category",
        "author",
        "lang",
        "not",
        "q",
        "since",
        "until",
        "limit",
        "content",
        "sort",
    ),
    *("before", "match", "x", "utm_source", "", "tag[]", "TAG", "page"),
)
FITTING = {  # values that a parameter may have: most are such
    "tag": ("wind", "sea", "none", "wind,sea"),
    "category": ("news", "none"),
    "author": ("ann",),
    "lang": ("en", "de"),
    "not": ("sea", "none"),
    "q": ("wind", "words sea", "風", "none"),
    "since": ("2026", "2026-03", "2026-03-02T10:00Z", "9999"),
    "until": ("2026", "2026-03-02", "9999-12-31"),
    "limit": ("1", "3", "30", "500", "501"),
    "content": ("full", "summary"),
    "sort": ("updated", "published"),
    "before": ("1", "1863000000000000000", "-1"),
    "match": ("any",),
}
ETAG = "0123456789abcdef0123456789abcdef"
HEADERS: dict[str, Sequence[str]] = {
    "HTTP_IF_NONE_MATCH": (
        *("*", "@etag", 'W/"@etag"', '"@etag-gzip"', 'W/W/"@etag"', f'"{ETAG}"', ETAG, '"', "W/"),
    ),
    "HTTP_IF_MODIFIED_SINCE": (
        *("Fri, 01 May 2026 16:00:00 GMT", "Friday, 01-May-26 16:00:00 GMT", "yesterday", "0"),
        *("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", "Mon, 01 Jan 0000 00:00:00 GMT", ""),
    ),
    "HTTP_ACCEPT_ENCODING": (
        *("gzip", "br, gzip", "*", "identity", "zstd;q=0.5", "gzip;q=", "*;q=0", ";"),
    ),
    "HTTP_ACCEPT": ("*/*", "text/html", "application/json", "text/*;q=0.1,", "a/b;c=d", "/", ""),
    "HTTP_RANGE": (
        *("bytes=0-1", "bytes=0-1,3-4", "bytes=-0", "bytes=-9", "bytes=9-1", "bytes=a", "x=0-1"),
    ),
    "HTTP_IF_RANGE": (
        *('"@etag"', "Fri, 01 May 2026 16:00:00 GMT", "01 Jan 99999999999 00:00:00", "x"),
    ),
    "HTTP_IF_MATCH": ("*", '"x"'),
    "HTTP_IF_UNMODIFIED_SINCE": ("Fri, 01 May 1970 16:00:00 GMT", "01 Jan 99999999999 00:00:00"),
    "HTTP_HOST": (
        *("news.example.com", "localhost:8000", "evil.example", "10.0.0.1", "[::1]:80", "x.y"),
        *("a b", "x:99999", "", "a" * 300, "\xff"),
    ),
    "HTTP_COOKIE": ("a=b", 'a="\\073"', "=;=;=", "session=x"),
    "HTTP_UPGRADE_INSECURE_REQUESTS": ("1", "0"),
    "HTTP_X_FORWARDED_HOST": ("evil.example",),
    "HTTP_X_FORWARDED_PREFIX": ("/evil",),
    "HTTP_ORIGIN": ("https://evil.example", "null"),
    "HTTP_AUTHORIZATION": ("Basic Og==", "Basic ?", "Digest a=b", "Bearer x"),
    "CONTENT_TYPE": ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "/"),
    "CONTENT_LENGTH": ("0", "5", "-1", "x", "99999999999999999999"),
    "HTTP_TRANSFER_ENCODING": ("chunked",),
}  # fmt: skip


class Request(Struct, frozen=True, kw_only=True):
    """A request as WSGI has it."""

    method: str
    path: str
    query: str
    headers: dict[str, str]


def run(count: int, folder: Path, seed: int) -> Result:
    """Ask *count* random requests, each of Flask and of the front."""
    draw, tally = random.Random(seed), Tally()
    site = make_site(folder)
    front = site.app.wsgi_app
    assert isinstance(front, Front)
    log = _Log(tally)
    logging.getLogger("feedsvc").addHandler(log)
    statuses: dict[int, int] = {}
    etag = dict(ask(front, Request(method="GET", path="/", query="", headers={}))[1])["ETag"][3:-1]
    try:
        for _ in range(count):
            request = make_request(draw, etag)
            answer = ask_both(front, request, tally)
            statuses[answer // 100] = statuses.get(answer // 100, 0) + 1
    finally:
        logging.getLogger("feedsvc").removeHandler(log)
    return tally.make_result(
        count, **{f"answers {status}xx": float(statuses[status]) for status in sorted(statuses)}
    )


class _Log(logging.Handler):
    """Counts what is logged as an error: a defect that was caught."""

    def __init__(self, tally: Tally) -> None:
        super().__init__(logging.ERROR)
        self.tally = tally

    def emit(self, record: logging.LogRecord) -> None:
        self.tally.add_wrong(f"logged: {record.getMessage()[:200]}")


def make_site(folder: Path) -> Site:
    """Return a small site with something at each kind of address."""
    own = SiteSettings(
        url="https://news.example.com/",
        id_authority="news.example.com,2026",
        index=str(folder / "index"),
    )
    site = Site(Settings(site=own, base=folder))
    site.write("a.png", b"\x89PNG" + bytes(500))
    words = "Words of wind and sea. " * 40
    for number in range(6):
        site.add(
            f"e{number}",
            "2026-03-02",
            f"![A](a.png) {words}",
            tags="[Wind, Sea]",
            author="Ann",
            category="News",
            language="en",
            aliases=f"[/old/e{number}/]",
        )
    site.add("gone", "2026-03-02", status="retracted", retracted="2026-04-01")
    site.add("draft", "2026-03-02", draft="true")
    return site


# -- requests ------------------------------------------------------------------------------


def make_request(draw: random.Random, etag: str) -> Request:
    """Return a random request; *etag* is that of the home page."""
    path = "/" + draw.choice(ROUTES)
    if draw.random() < 0.2:
        path = draw.choice((path + _draw_word(draw), "/" + _draw_word(draw), path + "/" * 3,
                            path.replace("e", _draw_word(draw), 1)))  # fmt: skip
    pairs = [
        f"{quote(parameter)}={_draw_value(draw, parameter)}"
        for parameter in draw.choices(PARAMETERS, k=draw.choice((0, 0, 1, 1, 2, 3, 8)))
    ]
    return Request(
        method=draw.choice(METHODS),
        path=_to_wsgi(path),
        query=draw.choice("&&&;?").join(pairs),
        headers={
            name: _draw_header(draw, name).replace("@etag", etag)
            for name in draw.sample(tuple(HEADERS), draw.choice((0, 0, 1, 2, 5)))
        },
    )


def _draw_word(draw: random.Random) -> str:
    word = draw.choice(WORDS)
    return word * draw.choice((2, 30, 2_000)) if draw.random() < 0.05 else word


def _draw_value(draw: random.Random, parameter: str) -> str:
    if parameter in FITTING and draw.random() < 0.7:
        return quote(draw.choice(FITTING[parameter]), safe=",")
    word = ",".join(_draw_word(draw) for _ in range(draw.choice((1, 1, 1, 2, 5))))
    if draw.random() < 0.1:  # as nobody should send it
        return _to_wsgi(word)
    return quote(word.encode("utf-8", "surrogatepass"), safe=",")


def _draw_header(draw: random.Random, name: str) -> str:
    value = draw.choice(HEADERS[name])
    kind = draw.random()
    if kind < 0.1:
        return value * draw.choice((2, 50, 3_000))
    if kind < 0.2:
        return ", ".join([value, draw.choice(HEADERS[name]), _to_wsgi(_draw_word(draw))])
    return value


def _to_wsgi(text: str) -> str:
    """Return *text*, percent-decoded, with a character for each of its bytes (PEP 3333)."""
    return unquote_to_bytes(text.encode("utf-8", "surrogatepass")).decode("latin-1")


# -- answers -------------------------------------------------------------------------------


def ask_both(front: Front, request: Request, tally: Tally) -> int:
    """Ask Flask and the front, count what is wrong with their answers, return the status."""
    expected = ask(front.application, request)
    status, headers, _ = expected
    shown = f"{request.method} {request.path[:80]!r}?{request.query[:80]!r} {request.headers}"[:300]
    if status >= 500:
        tally.add_server_error(f"{shown}: {status}")
    wrong = list_wrong(status, headers)
    for _ in range(2):  # the second is from memory where the first can be
        if ask(front, request) != expected:
            wrong.append("the front says something else")
    tally.count_answer(wrong=[f"{shown}: {one}" for one in wrong])
    return status


def ask(application: Application, request: Request) -> tuple[int, list[tuple[str, str]], bytes]:
    """Return status, headers and body; an exception is a status of 599."""
    environ = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": request.path,
        "QUERY_STRING": request.query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(b"a=b&c=d"),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "HTTP_HOST": "news.example.com",
        **request.headers,
    }
    started: list[Any] = []

    def start(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
        started[:] = [int(status[:3]), sorted(one for one in headers if one[0] != "Date")]

    try:
        result = application(environ, start)
        body = b"".join(result)
        if hasattr(result, "close"):
            result.close()
    except Exception as error:  # what a server would have to answer for us
        return 599, [("Exception", repr(error))], b""
    return started[0], started[1], body


def list_wrong(status: int, headers: list[tuple[str, str]]) -> list[str]:
    """Return what is wrong with the head of a response."""
    found = dict(headers)
    size = sum(len(name) + len(value) + 4 for name, value in headers)
    wrong = [f"its head has {size} bytes"] if size > MAX_HEAD_BYTES else []
    names = ["X-Content-Type-Options", "Referrer-Policy"]
    names += [] if status == 304 else ["Content-Security-Policy"]
    wrong += [f"no {name}" for name in names if name not in found]
    if "unsafe" in found.get("Content-Security-Policy", ""):
        wrong.append("a CSP that allows what is unsafe")
    if any(sign in value for value in found.values() for sign in "\r\n\0"):
        wrong.append("a header of two lines")
    if not found.get("Location", "https://news.example.com/").startswith(
        "https://news.example.com/"
    ):
        wrong.append("it leads elsewhere")
    return wrong
