"""Caches before the service: the shipped nginx configuration, and Varnish as it comes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.entries import write_entry, write_file
from tests.support.servers import (
    ROOT,
    START,
    answers,
    fetch,
    pick_free_port,
    run_server,
    wait_for,
)

pytestmark = pytest.mark.no_cover  # many servers, whose code other tests cover


@contextmanager
def run_nginx(nginx: str, folder: Path, behind: int) -> Iterator[str]:
    """Run the shipped configuration before port *behind*; yield its address."""
    port = pick_free_port()
    shipped = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    for there, here in (
        ("/var/cache/nginx/feedsvc", f"{folder}/kept"),
        ("127.0.0.1:8000", f"127.0.0.1:{behind}"),
        ("listen 80;", f"listen 127.0.0.1:{port};"),
        ("# include /etc/nginx/", f"include {ROOT}/deploy/"),
    ):
        assert shipped.count(there) == 1
        shipped = shipped.replace(there, here)
    user = (
        "user root;" if os.geteuid() == 0 else ""
    )  # else a root's workers are nobody, and may not write here
    paths = "".join(
        f"{name}_temp_path {folder}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = folder / "nginx.conf"
    config.write_text(
        f"{user} daemon off; pid {folder}/pid; events {{}} "
        f"http {{ access_log off; {paths}\n{shipped} }}",
        encoding="utf-8",
    )
    log = folder / "error.log"
    with run_cache([nginx, "-c", str(config), "-e", str(log)], port, log):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def run_varnish(varnishd: str, folder: Path, behind: int) -> Iterator[str]:
    """Run Varnish with its default VCL before port *behind*; yield its address."""
    port = pick_free_port()
    command = [varnishd, "-F", "-a", f"127.0.0.1:{port}", "-b", f"127.0.0.1:{behind}"]
    command += ["-n", str(folder / "varnish"), "-s", "malloc,16m", "-j", "none"]
    with run_cache(command, port, folder / "varnish.log"):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def run_cache(command: list[str], port: int, log: Path) -> Iterator[None]:
    with log.open("ab") as output:
        server = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        wait_for(lambda: server.poll() is not None or answers(port), log)
        assert server.poll() is None, log.read_text(encoding="utf-8")
        yield
    finally:
        server.terminate()
        server.wait(timeout=START)


@contextmanager
def run_feedsvc(folder: Path, log: Path, **settings: str) -> Iterator[int]:
    port = pick_free_port()
    command = [sys.executable, "-m", "feedsvc", "serve", str(folder), "--port", str(port)]
    with run_server(command, port, log, **settings):
        yield port


@pytest.fixture
def cached(needs: Callable[[str], str], entries_dir: Path, tmp_path: Path) -> Iterator[str]:
    """The address of the shipped cache before a service with one entry."""
    nginx = needs("nginx")
    write_file(entries_dir, "2026-03-01-quay.txt", "A new quay\n\nIt is open.\n")
    with (
        run_feedsvc(entries_dir, tmp_path / "log") as behind,
        run_nginx(nginx, tmp_path, behind) as cache,
    ):
        yield f"{cache}/atom.xml"


def ask(url: str, codings: str) -> dict[str, str]:
    asked = urllib.request.Request(url, headers={"Accept-Encoding": codings})
    with urllib.request.urlopen(asked, timeout=START) as response:
        return {name.lower(): value for name, value in response.headers.items()}


def test_spellings_of_one_coding_are_one_answer_in_the_cache(cached: str) -> None:
    assert ask(cached, "gzip")["x-cache"] == "MISS"
    for codings in ("gzip", "gzip, deflate", "br;q=0, gzip", "deflate, GZIP;q=0.5"):
        answer = ask(cached, codings)

        assert (answer["x-cache"], answer["content-encoding"]) == ("HIT", "gzip")
    assert "content-encoding" not in ask(cached, "gzip;q=0, br;q=0.0")
    assert ask(cached, "gzip, deflate, br, zstd")["content-encoding"] == "br"


def test_a_cached_answer_has_the_date_of_the_first(cached: str) -> None:
    first = ask(cached, "gzip")
    time.sleep(1.1)  # dates have whole seconds
    kept = ask(cached, "gzip")

    assert kept.pop("x-cache") == "HIT"
    assert first.pop("x-cache") == "MISS"
    assert kept == first  # with its Date, by which readers count max-age where there is no Age


OLD_FEEDS = {
    "/feed/atom/": "/atom.xml",
    "/feed/atom": "/atom.xml",
    "/feed/rss/": "/rss.xml",
    "/feed/rss2/": "/rss.xml",
    "/feed/rdf": "/rss.xml",
    "/?feed=rss2": "/rss.xml",
    "/?feed=atom": "/atom.xml",
    "/category/harbor/feed/": "/categories/harbor/rss.xml",
    "/tag/sea/feed/atom/": "/tags/sea/atom.xml",
    "/author/ada-lund/feed": "/authors/ada-lund/rss.xml",
    "/feeds/posts/default": "/atom.xml",
    "/feeds/posts/default?alt=rss": "/rss.xml",
    "/index.html": "/",
    "/index.php": "/",
    # what they leave alone
    "/feed/": "/rss.xml",
    "/?tag=sea": "/?tag=sea",
    "/rss.xml?feed=atom": "/rss.xml",
}


def test_old_feed_addresses_have_the_same_bytes(
    needs: Callable[[str], str], entries_dir: Path, tmp_path: Path
) -> None:
    nginx = needs("nginx")
    write_story(entries_dir, categories="[Harbor]", author="Ada Lund")
    with (
        run_feedsvc(entries_dir, tmp_path / "log") as behind,
        run_nginx(nginx, tmp_path, behind) as cache,
    ):
        for old, path in OLD_FEEDS.items():
            status, body, _ = fetch(cache + old)
            assert (status, body) == (200, get_body(f"http://127.0.0.1:{behind}{path}")), old


CACHES = {"nginx": ("nginx", run_nginx), "varnish": ("varnishd", run_varnish)}
MAX_AGE = 2
MOMENT = 1.4  # nginx counts whole seconds, the last one included; the writer takes a part of one
AGES = {
    "max_age": {"FEEDSVC_FEEDS_MAX_AGE": str(MAX_AGE)},
    "shared_max_age": {"FEEDSVC_FEEDS_SHARED_MAX_AGE": str(MAX_AGE)},
}
STORY = ["/rss.xml", "/atom.xml", "/feed.json", "/", "/2026/03/ferry/", "/tags/sea/atom.xml"]
STORY += ["/archive/2026-03/atom.xml"]


def write_story(folder: Path, **fields: str) -> None:
    fields = {"date": "2026-03-01", "tags": "[sea]", **fields}
    write_entry(folder, "ferry.md", "The ferry sinks", body="A false story.", **fields)


def get_body(url: str) -> bytes:
    return fetch(url)[1]


@pytest.mark.parametrize("ages", AGES.values(), ids=AGES.keys())
@pytest.mark.parametrize(("program", "run_it"), CACHES.values(), ids=CACHES.keys())
def test_a_retraction_reaches_the_first_reader_after_max_age(
    program: str,
    run_it: Callable[..., Any],
    ages: dict[str, str],
    needs: Callable[[str], str],
    entries_dir: Path,
    tmp_path: Path,
) -> None:
    found = needs(program)
    write_entry(entries_dir, "quay.md", "A new quay", date="2026-03-02", tags="[sea]")
    write_story(entries_dir)
    with (
        run_feedsvc(entries_dir, tmp_path / "log", **ages) as behind,
        run_it(found, tmp_path, behind) as cache,
    ):
        origin = f"http://127.0.0.1:{behind}"
        for path in STORY:
            assert b"false story" in get_body(cache + path) or path == "/"
            assert b"The ferry sinks" in get_body(cache + path), path
        write_story(entries_dir, status="retracted", retracted="2026-03-03", reason="False.")
        wait_for(lambda: b"The ferry sinks" not in get_body(origin + "/rss.xml"))
        time.sleep(MAX_AGE + MOMENT)

        for path in STORY:
            assert b"false story" not in get_body(cache + path), path
            assert fetch(cache + path)[0] == (410 if path == "/2026/03/ferry/" else 200)


@pytest.mark.parametrize(("program", "run_it"), CACHES.values(), ids=CACHES.keys())
def test_nothing_is_shown_past_a_scheduled_change(
    program: str,
    run_it: Callable[..., Any],
    needs: Callable[[str], str],
    entries_dir: Path,
    tmp_path: Path,
) -> None:
    found = needs(program)
    write_entry(entries_dir, "quay.md", "A new quay", date="2026-03-02", tags="[sea]")
    started = time.monotonic()
    with (
        run_feedsvc(entries_dir, tmp_path / "log") as behind,
        run_it(found, tmp_path, behind) as cache,
    ):
        origin = f"http://127.0.0.1:{behind}"
        # in which it is read and asked for: as long as twice the start at least
        end = int(time.time() + 3 + 2 * (time.monotonic() - started))
        write_story(entries_dir, expires=datetime.fromtimestamp(end, UTC).isoformat())
        wait_for(lambda: b"The ferry sinks" in get_body(origin + "/rss.xml"))
        for path in STORY[:6]:
            assert b"The ferry sinks" in get_body(cache + path), path
        time.sleep(max(0.0, end + MOMENT - time.time()))

        for path in STORY[:6]:
            assert b"The ferry sinks" not in get_body(cache + path), path


def test_a_cache_shows_the_last_answer_while_the_service_is_away(
    needs: Callable[[str], str], entries_dir: Path, tmp_path: Path
) -> None:
    nginx = needs("nginx")
    write_story(entries_dir)
    with ExitStack() as stack:
        with run_feedsvc(entries_dir, tmp_path / "log", **AGES["max_age"]) as behind:
            cache = stack.enter_context(run_nginx(nginx, tmp_path, behind))
            body = get_body(cache + "/atom.xml")
        time.sleep(MAX_AGE + MOMENT)

        assert fetch(cache + "/atom.xml")[:2] == (200, body)
