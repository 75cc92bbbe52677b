"""Real servers and a real reader: everything is asked over HTTP on loopback."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
START = 30.0  # seconds a server may take to answer


def find_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def fetch(url: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    asked = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(asked, timeout=15) as response:
            return response.status, response.read(), dict(response.headers)
    except urllib.error.HTTPError as error:
        return error.code, error.read(), dict(error.headers)


@contextmanager
def run_server(
    command: list[str], port: int, log: Path, **environ: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Runs *command* until the block ends; its words go to *log*."""
    with log.open("wb") as output:
        server = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environ},
        )
        try:
            wait_for(lambda: server.poll() is not None or answers(port), log)
            assert server.poll() is None, log.read_text()
            yield server
        finally:
            server.send_signal(signal.SIGINT)
            try:
                server.wait(timeout=15)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
                raise


def answers(port: int) -> bool:
    try:
        return fetch(f"http://127.0.0.1:{port}/readyz")[0] == 200
    except OSError:
        return False


def wait_for(
    condition: Callable[[], bool], log: Path | None = None, seconds: float = START
) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, log.read_text() if log else "it did not happen in time"
        time.sleep(0.01)


@pytest.fixture
def entries(entries_dir: Path) -> Path:
    for number in range(3):
        write(entries_dir, number)
    return entries_dir


def write(folder: Path, number: int, title: str = "") -> None:
    text = f"---\ntitle: {title or f'Story {number}'}\ndate: 2026-0{number + 1}-02\n---\n\nWords.\n"
    (folder / f"story-{number}.md").write_text(text, encoding="utf-8")


SERVERS = {
    "serve": [sys.executable, "-m", "feedsvc", "serve", "--port", "{port}"],
    "gunicorn": [str(BIN / "gunicorn"), "wsgi:app", "-b", "127.0.0.1:{port}"],
    "gunicorn gthread preload": [
        *(
            str(BIN / "gunicorn"),
            "wsgi:app",
            "-b",
            "127.0.0.1:{port}",
            "-w",
            "2",
            "-k",
            "gthread",
            "--preload",
        ),
    ],
    "granian": [
        str(BIN / "granian"),
        "--interface",
        "wsgi",
        "wsgi:app",
        "--port",
        "{port}",
        "--workers",
        "2",
    ],
    "waitress": [str(BIN / "waitress-serve"), "--listen", "127.0.0.1:{port}", "wsgi:app"],
}


@pytest.mark.parametrize("command", SERVERS.values(), ids=SERVERS.keys())
def test_every_server_serves_it_and_a_changed_file_is_out_at_once(
    command: list[str], entries: Path, tmp_path: Path
) -> None:
    port = find_port()
    command = [part.format(port=port) for part in command]
    with run_server(
        command, port, tmp_path / "log", FEEDSVC_SITE_ENTRIES=str(entries), PORT=str(port)
    ):
        base = f"http://127.0.0.1:{port}"
        for path in ("/", "/rss.xml", "/atom.xml", "/feed.json", "/2026/01/story-0/"):
            status, body, _ = fetch(base + path)
            assert status == 200
            assert b"Story 0" in body

        write(entries, 1, "Another headline")
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
    port = find_port()
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
    command = [str(BIN / "waitress-serve"), "--listen", f"127.0.0.1:{find_port()}", "wsgi:app"]
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
