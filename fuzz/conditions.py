"""Requests with conditional headers: the front and Flask agree, and both with RFC 9110."""

from __future__ import annotations

import re
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import Struct
from werkzeug.test import EnvironBuilder, run_wsgi_app

from feedsvc.settings import Settings
from feedsvc.settings import Site as SiteSettings
from fuzz.target import Target
from tests.support.site import Site

# Known addresses only: what is asked for at others is the torture tests' to ask
PATHS = (
    *("/", "/rss.xml", "/atom.xml", "/feed.json", "/feed/", "/feed", "/tags/wind/", "/2023/03/"),
    *("/tags/wind/rss.xml", "/rss.xml?limit=1", "/atom.xml?limit=0", "/2023/03/quay/", "/nothing"),
    *("/opml.xml", "/sitemap.xml", "/robots.txt", "/archive/2023-03/atom.xml", "/2023/03/quay"),
    *("/files/a.png", "/files/b.png", "/static/style.css", "/healthz", "/favicon.ico"),
)
METHODS = ("GET", "HEAD", "OPTIONS", "POST")
HEADERS = (
    *("If-None-Match", "If-Modified-Since", "Accept-Encoding", "Upgrade-Insecure-Requests"),
    *("If-Match", "If-Unmodified-Since", "If-Range", "Range", "Accept", "Cache-Control", "Cookie"),
)
ENTITY_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'  # RFC 9110, section 8.8.3
ENTITY_TAGS = re.compile(rf"[ \t]*{ENTITY_TAG}(?:[ \t]*,[ \t]*{ENTITY_TAG})*[ \t]*")
OPAQUE_TAG = re.compile(r'"([^"]*)"')


class Answer(Struct, frozen=True, kw_only=True):
    """What a client sees."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Fixture(Struct, frozen=True, kw_only=True):
    """The application with and without the front, and the validators of each address."""

    front: Any
    flask: Any
    validators: dict[str, dict[str, str]]
    folder: tempfile.TemporaryDirectory[str]


@cache
def make_fixture() -> Fixture:
    """Return the fixture over a folder of three entries, which goes when the process ends."""
    folder = tempfile.TemporaryDirectory(prefix="fuzz-")
    base = Path(folder.name)
    site = Site(
        Settings(
            site=SiteSettings(
                url="https://news.example.com/",
                id_authority="news.example.com,2023",
                permalink="/{year}/{month}/{slug}/",
                index=str(base / "index"),
            ),
            base=base,
        )
    )
    site.write("a.png", b"\x89PNG\r\n\x1a\nno picture")
    site.add("quay", "2023-03-02T14:30:00+08:00", "Text. " * 100 + "![a](a.png)", tags="[wind]")
    site.add("ferry", "2023-02-02", "Text. " * 100)
    site.add("tower", "2023-03-01", "Text.", tags="[wind, sea]")
    front, flask = site.app.wsgi_app, site.app.wsgi_app.application  # type: ignore[attr-defined]
    validators = {}
    for path in PATHS:
        headers = dict(ask(flask, "GET", path, {}).headers)
        etag = headers.get("ETag", "").removeprefix("W/").strip('"')
        validators[path] = {"{etag}": etag, "{modified}": headers.get("Last-Modified", "")}
    return Fixture(front=front, flask=flask, validators=validators, folder=folder)


def check_conditions(data: bytes) -> None:
    """Take *data* for a request: method and path in the first line, a header in each other."""
    first, *lines = data.decode("latin-1").split("\n")
    method, _, path = first.rpartition(" ")
    path = path if path in PATHS else PATHS[len(path) % len(PATHS)]
    method = method if method in METHODS else "GET"
    fixture = make_fixture()
    headers = dict[str, str]()
    for line in lines:
        name, mark, value = line.partition(":")
        if mark and name in HEADERS:
            for placeholder, words in fixture.validators[path].items():
                value = value.replace(placeholder, words)
            headers[name] = re.sub(r"[\x00-\x08\x0a-\x1f\x7f]", "", value).strip(" \t")
    answer = ask(fixture.flask, method, path, headers)
    for time in ("first", "second"):
        assert ask(fixture.front, method, path, headers) == answer, f"the {time} from the front"
    check_answer(answer, method, headers, fixture.validators[path])


def ask(application: Any, method: str, path: str, headers: dict[str, str]) -> Answer:
    """Return the answer of a WSGI *application* as the server would send it."""
    environ = EnvironBuilder(path=path, method=method).get_environ()
    for name, value in headers.items():
        environ["HTTP_" + name.upper().replace("-", "_")] = value
    body, status, sent = run_wsgi_app(application, environ, buffered=True)
    stable = [(name, value) for name, value in sent if name != "Date"]  # of files, by Werkzeug
    return Answer(status=int(status[:3]), headers=stable, body=b"".join(body))


def check_answer(
    answer: Answer, method: str, headers: dict[str, str], validators: dict[str, str]
) -> None:
    """Assert what RFC 9110 says of *answer* (sections 13.1.2, 13.1.3, 15.4.5)."""
    assert answer.status < 500
    for name, value in answer.headers:
        assert value.isprintable(), f"{name}: {value!r}"
    if method == "HEAD" or answer.status in (204, 304):
        assert not answer.body
    if method not in ("GET", "HEAD") or answer.status not in (200, 304):
        return
    etag = validators["{etag}"]
    wanted = headers.get("If-None-Match")
    if wanted is not None:
        is_listed = ENTITY_TAGS.fullmatch(wanted) and etag in OPAQUE_TAG.findall(wanted)
        if etag and (is_listed or wanted.strip() == "*"):
            assert answer.status == 304
        if not etag or (etag not in wanted and wanted.strip() != "*"):
            assert answer.status == 200
    elif answer.status == 304:
        since = headers.get("If-Modified-Since", "")
        assert since
        assert validators["{modified}"]


TARGET = Target(
    name="conditions",
    check=check_conditions,
    max_bytes=400,
    examples=100,
)
