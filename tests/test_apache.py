"""Apache with mod_wsgi, as deploy/apache.conf has it, from the installed wheel.

The module has Debian's Python in it, so the environment is made by that one.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from feedsvc.site.partners import hash_key
from tests.support.entries import write_entry, write_story
from tests.support.installed import build_wheel, install_wheel
from tests.support.metrics import ask_every_process, key, read_metrics
from tests.support.processes import is_alive, list_processes, list_writers
from tests.support.servers import ROOT, fetch, pick_free_port, run_server, wait_for

DEBIAN_PYTHON = "/usr/bin/python3"
MODULES = Path("/usr/lib/apache2/modules")
AROUND = """
ServerRoot {folder}
PidFile {folder}/apache.pid
DefaultRuntimeDir {folder}
WSGISocketPrefix {folder}/wsgi
ErrorLog {folder}/error.log
ServerName localhost
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule reqtimeout_module {modules}/mod_reqtimeout.so
LoadModule filter_module {modules}/mod_filter.so
LoadModule deflate_module {modules}/mod_deflate.so
LoadModule wsgi_module {modules}/mod_wsgi.so
# as Debian has it for every site
AddOutputFilterByType DEFLATE text/html application/xml application/rss+xml
Listen 127.0.0.1:{port}
"""
SETTINGS = """
[site]
url = "https://example.com/news/"
id_authority = "example.com,2026"
index = "index.sqlite"

[metrics]
active = true

[partners.wire]
profile = "msn"

[partners.wire.keys]
main = "HASH"
""".replace("HASH", hash_key("a key"))
# Apache refuses root's rights to those who answer, and the tests' folders are root's alone: it is
# nobody's from the start, with leave to open them
AS_NOBODY = ["setpriv", "--reuid=65534", "--securebits=+no_setuid_fixup"]
AS_NOBODY += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]


@pytest.fixture(scope="module")
def venv(tmp_path_factory: pytest.TempPathFactory, needs: Callable[[str], str]) -> Path:
    """An environment of Debian's Python that has the wheel."""
    needs("apache2")
    folder = tmp_path_factory.mktemp("apache")
    own = "{}.{}".format(*sys.version_info)
    if not (MODULES / f"mod_wsgi.so-{own}").exists():
        reason = f"Debian's mod_wsgi is of another Python than {own}, for which the libraries are"
        pytest.fail(reason) if os.environ.get("TEST_ALL") == "1" else pytest.skip(reason)
    return install_wheel(build_wheel(folder), folder / "venv", DEBIAN_PYTHON).parent


def make_command(apache: str, venv: Path, folder: Path, port: int, mount: str = "/") -> list[str]:
    """Write the shipped configuration, with *folder* and *port* in it; return what runs it."""
    shipped = (ROOT / "deploy" / "apache.conf").read_text(encoding="utf-8")
    for there, here, count in (
        ("\n    WSGIScriptAlias / ", f"\n    WSGIScriptAlias {mount} ", 1),
        ("python-home=/opt/feedsvc", f"python-home={venv}", 1),
        ("python3.11", "python{}.{}".format(*sys.version_info), 2),
        (" /opt/feedsvc/lib/", f" {venv}/lib/", 2),
        ("home=/srv/news", f"home={folder}", 1),
        ("*:80", f"127.0.0.1:{port}", 1),
    ):
        assert shipped.count(there) == count, there
        shipped = shipped.replace(there, here)
    config = folder / "apache.conf"
    around = AROUND.format(folder=folder, modules=MODULES, port=port)
    config.write_text(around + shipped, encoding="utf-8")
    command = [apache, "-f", str(config), "-DFOREGROUND"]
    return [*AS_NOBODY, *command] if os.geteuid() == 0 else command


@contextmanager
def run_apache(
    apache: str, venv: Path, folder: Path, mount: str = "/"
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run it until the block ends; yield its address and the main process."""
    port = pick_free_port()
    command = make_command(apache, venv, folder, port, mount)
    ready = mount.rstrip("/") + "/readyz"
    # with the locale that Apache has, by which no file name beyond ASCII could be opened
    with run_server(
        command, port, folder / "log", folder=folder, ready=ready, LANG="C", LC_ALL="C"
    ) as server:
        yield f"http://127.0.0.1:{port}", server


@pytest.fixture
def news(entries_dir: Path) -> Path:
    """A folder with settings and entries, one of them of a name beyond ASCII."""
    folder = entries_dir.parent
    (folder / "feedsvc.toml").write_text(SETTINGS, encoding="utf-8")
    for number in range(2):
        write_story(entries_dir, number)
    write_entry(entries_dir, "überfahrt.md", "Überfahrt", date="2026-03-01")
    return folder


def test_apache_serves_it_over_reloads_and_leaves_nothing(
    venv: Path, news: Path, needs: Callable[[str], str]
) -> None:
    (script,) = venv.glob("lib/python*/site-packages/feedsvc/wsgi.py")
    with run_apache(needs("apache2"), venv, news) as (address, server):
        for path in ("/", "/rss.xml", "/atom.xml", "/feed.json", "/2026/03/01/%C3%BCberfahrt/"):
            status, body, _ = fetch(address + path)
            assert (status, "Überfahrt" in body.decode()) == (200, True), path
        asked = 1 + ask_every_process(address + "/feed.json", news, 2)
        packed = fetch(address + "/rss.xml", **{"Accept-Encoding": "gzip"})[2]
        assert packed["Content-Encoding"] == "gzip"  # once
        feed = f"{address}/partners/wire/rss.xml"  # by a profile of the wheel
        assert fetch(feed)[0] == 401
        assert fetch(feed, Authorization="Bearer a key")[0] == 200
        etag = packed["ETag"]
        assert fetch(address + "/rss.xml", **{"If-None-Match": etag})[0] == 304
        (writer,) = list_writers(server.pid)
        assert Path(f"/proc/{writer}/exe").resolve() == Path(DEBIAN_PYTHON).resolve()

        write_story(news / "entries", 1, "Another headline")
        wait_for(lambda: b"Another headline" in fetch(address + "/atom.xml")[1])

        # the processes and their writer are replaced: so no request is lost
        assert replace_processes(address, server.pid, script.touch) == {200}
        write_story(news / "entries", 1, "After it was touched")
        wait_for(lambda: shows(address, b"After it was touched"))
        wait_for(lambda: len(list_writers(server.pid)) == 1)

        # and so one may be, for as long as Apache has no process
        reload = partial(server.send_signal, signal.SIGUSR1)
        assert replace_processes(address, server.pid, reload) <= {200, 503}
        write_story(news / "entries", 1, "After the reload")
        wait_for(lambda: shows(address, b"After the reload"))
        wait_for(lambda: len(list_writers(server.pid)) == 1)

        # a process that is killed takes its writer along, and another has it
        for worker in list_wsgi_processes(server.pid):
            os.kill(worker, signal.SIGKILL)
        write_story(news / "entries", 1, "After the kill")
        wait_for(lambda: shows(address, b"After the kill"))
        wait_for(lambda: len(list_writers(server.pid)) == 1)
        # nothing that was counted is lost with a process
        asked += ask_every_process(address + "/feed.json", news, 2)
        found = read_metrics(int(address.rpartition(":")[2]))
        assert found[key("feed", "json", "200", "identity")] == asked
        everyone = list_processes(server.pid)
    wait_for(lambda: not any(is_alive(pid) for pid in everyone))
    assert not re.search(r"Traceback|Exception", (news / "error.log").read_text(encoding="utf-8"))


def replace_processes(address: str, server: int, replace: Callable[[], None]) -> set[int]:
    """Call *replace* and ask until no process is left of before; return the statuses."""
    before = {*list_wsgi_processes(server), *list_writers(server)}
    statuses = set[int]()
    replace()

    def are_replaced() -> bool:
        statuses.add(fetch(address + "/atom.xml")[0])
        return not any(is_alive(pid) for pid in before)

    wait_for(are_replaced)
    return statuses


def list_wsgi_processes(above: int) -> list[int]:
    """Return the daemon processes of mod_wsgi, which call themselves by `display-name`."""
    return [pid for pid, line in list_processes(above).items() if line.startswith("feedsvc")]


def shows(address: str, words: bytes) -> bool:
    return words in fetch(address + "/atom.xml")[1]


def test_apache_serves_it_below_a_path(venv: Path, news: Path, needs: Callable[[str], str]) -> None:
    with run_apache(needs("apache2"), venv, news, "/news") as (address, _):
        assert b"https://example.com/news/atom.xml" in fetch(address + "/news/atom.xml")[1]
        assert fetch(address + "/news/2026/03/01/%C3%BCberfahrt/")[0] == 200
        assert fetch(address + "/atom.xml")[0] == 404


def test_a_wrong_setting_is_named_in_apaches_log(
    venv: Path, news: Path, needs: Callable[[str], str]
) -> None:
    (news / "feedsvc.toml").write_text("[site]\ntimezon = 'UTC'\n", encoding="utf-8")
    log = news / "error.log"
    command = make_command(needs("apache2"), venv, news, pick_free_port())
    with subprocess.Popen(command) as server:
        try:
            wait_for(
                lambda: log.exists() and "SystemExit exception" in log.read_text(encoding="utf-8")
            )
        finally:
            server.terminate()

    words = log.read_text(encoding="utf-8")
    assert re.search(r"\] feedsvc: site\.timezon: .* did you mean 'timezone'\?", words)
    assert "SettingsError" not in words
