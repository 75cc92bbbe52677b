"""Real servers and a real reader: everything is asked over HTTP on loopback."""

from __future__ import annotations

import base64
import http.client
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import pytest

from feedsvc.site.partners import hash_key
from tests.support.entries import write_story
from tests.support.installed import build_wheel, install_wheel
from tests.support.metrics import ask_every_process, key, read_metrics
from tests.support.newsboat import run_newsboat
from tests.support.processes import is_alive, list_processes, list_workers, list_writers
from tests.support.servers import (
    BIN,
    ROOT,
    START,
    fetch,
    list_server_commands,
    pick_free_port,
    run_server,
    wait_for,
)

pytestmark = pytest.mark.no_cover  # many servers, whose code other tests cover


@pytest.fixture
def entries(entries_dir: Path) -> Path:
    for number in range(3):
        write_story(entries_dir, number)
    return entries_dir


# Those of the documentation, and what people change about them
SERVERS = list_server_commands()
GUNICORN = SERVERS["gunicorn"]
SERVERS["gunicorn sync"] = [*GUNICORN, "--worker-class", "sync", "--threads", "1"]
SERVERS["gunicorn gevent"] = [*GUNICORN, "--worker-class", "gevent"]
SERVERS["gunicorn preload"] = [*GUNICORN, "--preload"]
PARTNER = f'{{profile = "msn", keys = {{main = "{hash_key("a key")}"}}}}'
FEEDS = ("/", "/rss.xml", "/atom.xml", "/feed.json", "/2026/01/story-0/")


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that has the wheel."""
    folder = tmp_path_factory.mktemp("installed")
    return install_wheel(build_wheel(folder), folder / "venv")


@pytest.fixture
def news(entries: Path) -> Path:
    """A folder with nothing in it but entries and the files of deploy/."""
    (entries.parent / "deploy").symlink_to(ROOT / "deploy")
    return entries.parent


def move_command(command: list[str], programs: Path, port: int) -> list[str]:
    """Return *command* as the documentation has it, of the *programs* of another environment."""
    words = command[3:] if command[1:3] == ["-m", "feedsvc"] else command[1:]
    name = "feedsvc" if command[1:3] == ["-m", "feedsvc"] else Path(command[0]).name
    words = [str(programs.parent) if word == sys.prefix else word for word in words]
    return [str(programs / name), *(word.format(port=port) for word in words)]


def require_server(name: str) -> None:
    """Skip where what CI alone installs is not there."""
    needed = {"uwsgi": (BIN / "uwsgi").exists(), "gevent": find_spec("gevent") is not None}
    for package, is_there in needed.items():
        if package in name and not is_there:
            reason = f"{package} is not there: .venv/bin/pip install {package}"
            pytest.fail(reason) if os.environ.get("TEST_ALL") == "1" else pytest.skip(reason)


@pytest.mark.parametrize(("name", "command"), SERVERS.items(), ids=SERVERS)
def test_every_server_serves_it_and_a_changed_file_is_out_at_once(
    name: str, command: list[str], programs: Path, news: Path, tmp_path: Path
) -> None:
    """From the installed wheel, started in a folder where nothing else is."""
    require_server(name)
    port = pick_free_port()
    command = move_command(command, programs, port)
    entries, base = news / "entries", f"http://127.0.0.1:{port}"
    environ = {"PORT": str(port), "FEEDSVC_PARTNERS_WIRE": PARTNER}
    environ["FEEDSVC_METRICS_ACTIVE"] = "true"
    with run_server(command, port, tmp_path / "log", folder=news, **environ) as server:
        for path in FEEDS:
            status, body, _ = fetch(base + path)
            assert status == 200
            assert b"Story 0" in body
        feed = f"{base}/partners/wire/rss.xml"
        basic = base64.b64encode(b"anybody:a key").decode()
        for way, status in (("", 401), ("Bearer a key", 200), (f"Basic {basic}", 200)):
            assert fetch(feed, **({"Authorization": way} if way else {}))[0] == status

        write_story(entries, 1, "Another headline")
        wait_for(
            lambda: all(b"Another headline" in fetch(base + "/atom.xml")[1] for _ in range(4)),
        )
        (entries / "story-2.md").unlink()
        wait_for(lambda: all(b"Story 2" not in fetch(base + "/atom.xml")[1] for _ in range(4)))
        # requests of every process are in one sum: the feed above was asked for once before
        asked = 1 + ask_every_process(f"{base}/feed.json", tmp_path, 1 if "waitress" in name else 2)
        assert read_metrics(port)[key("feed", "json", "200", "identity")] == asked

        wait_for(lambda: len(list_writers(server.pid)) == 1)
        everyone = list_processes(server.pid)
        # and it is the wheel's: nothing of the checkout is loaded
        (writer,) = list_writers(server.pid)
        assert Path(f"/proc/{writer}/exe").resolve() == (programs / "python").resolve()
        assert str(ROOT / "feedsvc") not in get_environ(writer).get("PYTHONPATH", "")
    wait_for(lambda: not any(is_alive(pid) for pid in everyone))


TOML = """
[site]
title = "First"
url = "https://news.example.com/"
id_authority = "news.example.com,2026"
"""


@pytest.mark.parametrize("name", ["gunicorn", "uwsgi"])
def test_a_reload_with_wrong_settings_keeps_those_before(
    name: str, programs: Path, news: Path, tmp_path: Path
) -> None:
    """As deploy/ has them: that of `serve` is in test_serve.py."""
    require_server(name)
    port, log, config = pick_free_port(), tmp_path / "log", news / "feedsvc.toml"
    config.write_text(TOML, encoding="utf-8")
    os.utime(config, (1, 1))

    def reload(text: str) -> None:
        config.write_text(text, encoding="utf-8")
        if name == "gunicorn":
            server.send_signal(signal.SIGHUP)
        else:  # uWSGI notices the file, whose time it knows in seconds
            os.utime(config, (1, len(text)))

    def shows(title: str) -> bool:
        status, body, _ = fetch(f"http://127.0.0.1:{port}/atom.xml")
        assert status == 200
        return f"<title>{title}</title>".encode() in body

    command = move_command(SERVERS[name], programs, port)
    with run_server(command, port, log, folder=news) as server:
        assert shows("First")

        reload(TOML.replace("title", "titel"))
        wait_for(lambda: log.read_text().count("did you mean 'title'?") >= 1, log)
        assert shows("First")
        if name == "gunicorn":  # nor does a worker that dies meanwhile end it
            wait_for(lambda: "The settings stay as they are" in log.read_text(), log)
            os.kill(list_workers(server.pid)[0], signal.SIGKILL)
        wait_for(lambda: log.read_text().count("did you mean 'title'?") >= 3, log)
        assert shows("First")

        reload(TOML.replace("First", "Second"))
        wait_for(lambda: all(shows("Second") for _ in range(8)), log)


# Server, options, SCRIPT_NAME in its environment, what a proxy leaves of /news
UWSGI_MOUNT = ["--mount", "/news=feedsvc.wsgi:app", "--manage-script-name", "--master"]
UWSGI_MOUNT += ["--enable-threads", "--die-on-term", "--http", "127.0.0.1:{port}"]
MOUNTS: dict[str, tuple[list[str], str, str]] = {
    "serve, stripped": (SERVERS["feedsvc"], "", ""),
    "gunicorn, stripped": (GUNICORN, "", ""),
    "gunicorn, whole": (GUNICORN, "/news", "/news"),
    "waitress, whole": ([*SERVERS["waitress-serve"][:-1], "--url-prefix", "/news"], "", "/news"),
    "uwsgi, whole": ([str(BIN / "uwsgi"), "--home", sys.prefix, *UWSGI_MOUNT], "", "/news"),
}
MOUNTS["waitress, whole"][0].append(SERVERS["waitress-serve"][-1])


@pytest.mark.parametrize(("name", "mount"), MOUNTS.items(), ids=MOUNTS)
def test_below_a_path_behind_a_proxy_that_strips_it_or_not(
    name: str, mount: tuple[list[str], str, str], programs: Path, news: Path, tmp_path: Path
) -> None:
    require_server(name)
    command, script_name, prefix = mount
    port = pick_free_port()
    environ = {
        "FEEDSVC_SITE_URL": "https://example.com/news/",
        "FEEDSVC_SITE_ID_AUTHORITY": "example.com,2026",
    }
    environ |= {"SCRIPT_NAME": script_name} if script_name else {}
    with run_server(
        move_command(command, programs, port),
        port,
        tmp_path / "log",
        folder=news,
        ready=f"{prefix}/readyz",
        **environ,
    ):
        base = f"http://127.0.0.1:{port}{prefix}"
        assert b"https://example.com/news/rss.xml" in fetch(base + "/rss.xml")[1]
        status, page, _ = fetch(base + "/")
        assert (status, b"/news/rss.xml" in page) == (200, True)
        style = re.search(rb'href="[^"]*/news(/static/style\.css[^"]*)"', page)
        assert style is not None
        assert fetch(base + style[1].decode())[0] == 200
        assert get_location(port, f"{prefix}/tags") == "https://example.com/news/tags/"


def get_location(port: int, path: str) -> str | None:
    """Return where the answer at *path* leads, without going there."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=START)
    try:
        connection.request("GET", path)
        return connection.getresponse().getheader("Location")
    finally:
        connection.close()


def get_environ(pid: int) -> dict[str, str]:
    words = Path(f"/proc/{pid}/environ").read_text(encoding="utf-8").split("\0")
    return {name: value for name, _, value in (word.partition("=") for word in words)}


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
    reload = partial(run_newsboat, newsboat, tmp_path, "-x", "reload")

    with run_server(command, port, tmp_path / "log"):
        reload()
        unread = run_newsboat(newsboat, tmp_path, "-x", "print-unread")
        assert unread.split()[0] == "3"  # one id in both formats: no duplicate
        reload()  # newsboat keeps validators only of a feed that it knows already
        reload()
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
        command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=START
    )

    assert done.returncode == 3
    assert done.stderr.count("\n") == 1
    assert "did you mean 'timezone'?" in done.stderr
