"""Real servers and a real reader: everything is asked over HTTP on loopback."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.entries import write_story
from tests.support.servers import BIN, ROOT, fetch, pick_free_port, run_server, wait_for


@pytest.fixture
def entries(entries_dir: Path) -> Path:
    for number in range(3):
        write_story(entries_dir, number)
    return entries_dir


README = (ROOT / "README.md").read_text(encoding="utf-8")
PORT_OPTIONS = {
    "feedsvc": "serve --port {port}",
    "gunicorn": "--bind 127.0.0.1:{port}",
    "granian": "--port {port}",
    "waitress-serve": "--listen 127.0.0.1:{port}",
}


def list_readme_commands() -> Iterator[list[str]]:
    """Yield the commands of README's "Deploying", each with an option for the port "{port}"."""
    block = re.search(r"^## Deploying\n.*?^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert block is not None
    for line in block[1].splitlines():
        program, *words = line.split()
        start = [sys.executable, "-m", "feedsvc"] if program == "feedsvc" else [str(BIN / program)]
        yield [*start, *PORT_OPTIONS[program].split(), *(word for word in words if word != "serve")]


SERVERS = {Path(command[0]).name: command for command in list_readme_commands()}
SERVERS["gunicorn with preload"] = [
    *SERVERS["gunicorn"],
    *("--worker-class", "gthread", "--preload"),
]


def test_the_readme_names_each_server_that_is_supported() -> None:
    assert len(SERVERS) == len(PORT_OPTIONS) + 1


@pytest.mark.parametrize("command", SERVERS.values(), ids=SERVERS)
def test_every_server_serves_it_and_a_changed_file_is_out_at_once(
    command: list[str], entries: Path, tmp_path: Path
) -> None:
    port = pick_free_port()
    command = [part.format(port=port) for part in command]
    with run_server(
        command, port, tmp_path / "log", FEEDSVC_SITE_ENTRIES=str(entries), PORT=str(port)
    ):
        base = f"http://127.0.0.1:{port}"
        for path in ("/", "/rss.xml", "/atom.xml", "/feed.json", "/2026/01/story-0/"):
            status, body, _ = fetch(base + path)
            assert status == 200
            assert b"Story 0" in body

        write_story(entries, 1, "Another headline")
        wait_for(
            lambda: all(b"Another headline" in fetch(base + "/atom.xml")[1] for _ in range(4)),
            seconds=5,
        )
        (entries / "story-2.md").unlink()
        wait_for(
            lambda: all(b"Story 2" not in fetch(base + "/atom.xml")[1] for _ in range(4)), seconds=5
        )


def test_newsboat_subscribes_and_is_answered_304_once_it_has_validators(
    entries: Path, tmp_path: Path, needs: Callable[[str], str]
) -> None:
    newsboat = needs("newsboat")
    port = pick_free_port()
    command = [
        sys.executable,
        "-m",
        "feedsvc",
        "serve",
        str(entries),
        "--port",
        str(port),
        "--access-log",
    ]
    (tmp_path / "urls").write_text(
        f"http://127.0.0.1:{port}/rss.xml\nhttp://127.0.0.1:{port}/atom.xml\n"
    )
    (tmp_path / "config").write_text("")

    def run_newsboat(*arguments: str) -> str:
        files = [
            "-u",
            str(tmp_path / "urls"),
            "-C",
            str(tmp_path / "config"),
            "-c",
            str(tmp_path / "cache.db"),
        ]
        done = subprocess.run(
            [newsboat, *files, *arguments], check=True, capture_output=True, text=True, timeout=60,
            env={**os.environ, "HOME": str(tmp_path)},
        )  # fmt: skip
        return done.stdout

    with run_server(command, port, tmp_path / "log"):
        run_newsboat("-x", "reload")
        assert (
            run_newsboat("-x", "print-unread").split()[0] == "3"
        )  # one id in both formats: no duplicate
        run_newsboat(
            "-x", "reload"
        )  # newsboat keeps validators only of a feed that it knows already
        run_newsboat("-x", "reload")
    log = (tmp_path / "log").read_text()

    assert re.findall(r"GET /(?:rss|atom)\.xml.* (200|304)", log) == ["200"] * 4 + ["304"] * 2


def test_a_wrong_setting_stops_a_wsgi_server_with_one_line(tmp_path: Path) -> None:
    command = [
        str(BIN / "waitress-serve"),
        "--listen",
        f"127.0.0.1:{pick_free_port()}",
        "feedsvc.wsgi:app",
    ]
    environ = {
        **os.environ,
        "FEEDSVC_SITE_TIMEZON": "Asia/Shanghai",
        "XDG_CACHE_HOME": str(tmp_path),
    }
    done = subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=30
    )

    assert done.returncode == 3
    assert done.stderr.count("\n") == 1
    assert "did you mean 'timezone'?" in done.stderr
