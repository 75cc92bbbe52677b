"""nginx as a cache in front keeps what the headers allow, as long as they allow it."""

from __future__ import annotations

import gzip
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.entries import write_entry
from tests.support.promises import check_seconds
from tests.support.servers import START, answers, fetch, pick_free_port, run_server, wait_for

pytestmark = pytest.mark.no_cover  # many servers, whose code other tests cover
CONFIG = """
{user}
daemon off;
pid {base}/nginx.pid;
error_log {base}/error.log warn;
events {{ worker_connections 64; }}
http {{
  access_log off;
  {paths}
  proxy_cache_path {base}/cache keys_zone=feeds:1m;
  types {{ }}
  gzip {gzip};
  gzip_proxied any;
  gzip_min_length 0;
  gzip_types application/rss+xml application/atom+xml application/feed+json application/xml
    text/x-opml;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://127.0.0.1:{behind};
      proxy_set_header Host $host;
      proxy_set_header Accept-Encoding "{coding}";
      proxy_cache feeds;
      # stale answers only as the headers allow: no proxy_cache_use_stale
      proxy_cache_background_update on;
      proxy_cache_lock on;
      add_header X-Cache $upstream_cache_status always;
    }}
  }}
}}
"""
PATHS = [
    "/rss.xml",
    "/atom.xml",
    "/feed.json",
    "/opml.xml",
    "/sitemap.xml",
    "/",
    "/tags/wind/atom.xml?limit=2",
]


@contextmanager
def run_nginx(
    nginx: str, base: Path, behind: int, *, zips: bool, coding: str = ""
) -> Iterator[str]:
    """nginx before the service at port *behind*; *coding* is what it asks the service for."""
    port = pick_free_port()
    base.mkdir()
    names = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = " ".join(f"{name}_temp_path {base}/{name};" for name in names)
    user = (
        "user root;" if os.geteuid() == 0 else ""
    )  # else a root's workers are nobody, and may not read here
    config = CONFIG.format(
        user=user,
        base=base,
        paths=paths,
        gzip="on" if zips else "off",
        port=port,
        behind=behind,
        coding=coding,
    )
    (base / "nginx.conf").write_text(config, encoding="utf-8")
    command = [
        nginx,
        "-p",
        str(base),
        "-c",
        str(base / "nginx.conf"),
        "-e",
        str(base / "error.log"),
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: server.poll() is not None or answers(port), base / "error.log")
        assert server.poll() is None, (base / "error.log").read_text(encoding="utf-8")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=START)


def ask(url: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    """As `fetch`, with the names of headers in lower case: servers spell them in their own ways."""
    status, body, told = fetch(url, **headers)
    return status, body, {name.lower(): value for name, value in told.items()}


def write(folder: Path, name: str, date: str, title: str = "") -> None:
    write_entry(folder, f"{name}.md", title or name, date=date, tags="[wind]", body="Words. " * 200)


@contextmanager
def run_feedsvc(folder: Path, log: Path, **environ: str) -> Iterator[int]:
    port = pick_free_port()
    command = [sys.executable, "-m", "feedsvc", "serve", str(folder), "--port", str(port)]
    settings = {
        "FEEDSVC_SITE_URL": "https://news.example.com/",
        "FEEDSVC_SITE_ID_AUTHORITY": "example.com,2026",
    }
    with run_server(command, port, log, **settings, **environ):
        yield port


@pytest.mark.duty(64, 65)
@pytest.mark.parametrize(
    ("zips", "coding"), [(False, ""), (True, ""), (False, "gzip")], ids=["off", "on", "ours"]
)
def test_a_cache_gives_the_same_bytes_and_keeps_304(
    zips: bool, coding: str, entries_dir: Path, tmp_path: Path, needs: Callable[[str], str]
) -> None:
    nginx = needs("nginx")
    for number in range(1, 6):
        write(entries_dir, f"story-{number}", f"2026-01-0{number}")
    with (
        run_feedsvc(entries_dir, tmp_path / "log") as port,
        run_nginx(nginx, tmp_path / "nginx", port, zips=zips, coding=coding) as cache,
    ):
        for path in PATHS:
            _, body, headers = ask(f"http://127.0.0.1:{port}{path}")
            for wanted, seen in (("gzip", "MISS"), ("gzip", "HIT"), ("gzip", "HIT")):
                status, got, told = ask(cache + path, **{"Accept-Encoding": wanted})
                assert (status, told["x-cache"]) == (200, seen)
                packed = told.get("content-encoding") == "gzip"
                assert packed == (zips or coding == "gzip")
                assert (gzip.decompress(got) if packed else got) == body
                assert told["etag"] == headers["etag"]
                for name in (
                    "last-modified",
                    "cache-control",
                    "content-type",
                    "link",
                    "access-control-allow-origin",
                ):
                    assert told.get(name) == headers.get(name), (path, name)
            for condition in (
                {"If-None-Match": headers["etag"]},
                {"If-None-Match": headers["etag"].removeprefix("W/")},
                {"If-Modified-Since": headers["last-modified"]},
            ):
                status, got, told = ask(cache + path, **condition, **{"Accept-Encoding": "gzip"})
                assert (status, got, told["etag"]) == (304, b"", headers["etag"])
            assert (
                ask(cache + path, **{"If-None-Match": '"x"', "Accept-Encoding": "gzip"})[0] == 200
            )


def test_a_cache_shows_nothing_past_its_age(
    entries_dir: Path, tmp_path: Path, needs: Callable[[str], str]
) -> None:
    nginx = needs("nginx")
    write(entries_dir, "story", "2026-01-01", "First words")
    age = {"FEEDSVC_FEEDS_MAX_AGE": "1"}
    with (
        run_feedsvc(entries_dir, tmp_path / "log", **age) as port,
        run_nginx(nginx, tmp_path / "nginx", port, zips=False) as cache,
    ):
        assert b"First words" in ask(cache + "/atom.xml")[1]
        numbers = itertools.count()

        def measure_age() -> float:
            words = f"Other words {next(numbers)}"
            write(entries_dir, "story", "2026-01-01", words)
            wait_for(lambda: words.encode() in ask(f"http://127.0.0.1:{port}/atom.xml")[1])
            started = time.monotonic()
            # stale-while-revalidate: once more while the cache fetches the new one
            wait_for(lambda: words.encode() in ask(cache + "/atom.xml")[1])
            return time.monotonic() - started

        check_seconds(measure_age, 3)


def test_a_cache_shows_a_scheduled_entry_at_its_second(
    entries_dir: Path, tmp_path: Path, needs: Callable[[str], str]
) -> None:
    nginx = needs("nginx")
    write(entries_dir, "story", "2026-01-01")
    started = time.monotonic()
    with (
        run_feedsvc(entries_dir, tmp_path / "log") as port,
        run_nginx(nginx, tmp_path / "nginx", port, zips=False) as cache,
    ):
        # in which it is read and asked for: as long as twice the start at least
        lead = 2 + 2 * (time.monotonic() - started)
        due = int(time.time() + lead)
        write(entries_dir, "soon", datetime.fromtimestamp(due, UTC).isoformat(), "Now it is out")
        wait_for(lambda: b'"scheduled": 1' in fetch(f"http://127.0.0.1:{port}/readyz")[1])
        _, before, told = ask(cache + "/atom.xml")
        assert b"Now it is out" not in before
        assert "stale-while-revalidate=0" in told["cache-control"]
        assert "stale-if-error" not in told["cache-control"]
        while time.time() < due:
            assert b"Now it is out" not in ask(cache + "/atom.xml")[1] or time.time() >= due
            time.sleep(0.1)
        time.sleep(max(0.0, due + 1.05 - time.time()))  # caches count whole seconds

        assert b"Now it is out" in ask(cache + "/atom.xml")[1]
        assert b"Now it is out" in ask(cache + "/rss.xml")[1]


@pytest.mark.duty(57)
def test_a_cache_goes_on_while_the_service_is_away(
    entries_dir: Path, tmp_path: Path, needs: Callable[[str], str]
) -> None:
    nginx = needs("nginx")
    write(entries_dir, "story", "2026-01-01")
    with run_feedsvc(entries_dir, tmp_path / "log", FEEDSVC_FEEDS_MAX_AGE="1") as port:
        front = run_nginx(nginx, tmp_path / "nginx", port, zips=False)
        cache = front.__enter__()
        body = ask(cache + "/atom.xml")[1]
    try:
        time.sleep(2)
        assert ask(cache + "/atom.xml")[:2] == (200, body)  # stale-if-error
    finally:
        front.__exit__(None, None, None)
