"""The shipped nginx configuration, run but for folders and ports as it is, before the service."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.entries import write_file
from tests.support.servers import ROOT, answers, pick_free_port, run_server, wait_for


@pytest.fixture
def cached(needs: Callable[[str], str], entries_dir: Path, tmp_path: Path) -> Iterator[str]:
    """The address of the shipped cache before a service with one entry."""
    nginx = needs("nginx")
    write_file(entries_dir, "2026-03-01-quay.txt", "A new quay\n\nIt is open.\n")
    behind, port = pick_free_port(), pick_free_port()
    shipped = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    for there, here in (
        ("/var/cache/nginx/feedsvc", f"{tmp_path}/kept"),
        ("127.0.0.1:8000", f"127.0.0.1:{behind}"),
        ("listen 80;", f"listen 127.0.0.1:{port};"),
    ):
        assert shipped.count(there) == 1
        shipped = shipped.replace(there, here)
    user = (
        "user root;" if os.geteuid() == 0 else ""
    )  # else a root's workers are nobody, and may not write here
    paths = "".join(
        f"{name}_temp_path {tmp_path}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = tmp_path / "nginx.conf"
    config.write_text(
        f"{user} daemon off; pid {tmp_path}/pid; events {{}} "
        f"http {{ access_log off; {paths}\n{shipped} }}",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "feedsvc", "serve", str(entries_dir), "--port", str(behind)]
    with run_server(command, behind, tmp_path / "log"):
        error_log = tmp_path / "error.log"
        server = subprocess.Popen(
            [nginx, "-c", str(config), "-e", str(error_log)], stderr=subprocess.DEVNULL
        )
        try:
            wait_for(lambda: server.poll() is not None or answers(port), error_log, seconds=10)
            assert server.poll() is None, error_log.read_text(encoding="utf-8")
            yield f"http://127.0.0.1:{port}/atom.xml"
        finally:
            server.terminate()
            server.wait(timeout=10)


def ask(url: str, codings: str) -> dict[str, str]:
    asked = urllib.request.Request(url, headers={"Accept-Encoding": codings})
    with urllib.request.urlopen(asked, timeout=10) as response:
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
