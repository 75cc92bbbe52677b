"""Many processes: whichever of them is killed, the folder stays live and nothing is left behind."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.support.entries import write_story
from tests.support.processes import is_alive, list_processes, list_workers, list_writers
from tests.support.servers import BIN, START, answers, fetch, pick_free_port, run_server, wait_for

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="processes are found by /proc: Linux only"
)

SERVERS = {
    "serve": [sys.executable, "-m", "feedsvc", "serve", "--port", "{port}", "--workers", "2"],
    # its idle workers look only every half timeout whether their arbiter lives
    "gunicorn": [
        str(BIN / "gunicorn"),
        "feedsvc.wsgi:app",
        "-b",
        "127.0.0.1:{port}",
        "-w",
        "2",
        "--timeout",
        "4",
    ],
    "gunicorn gthread preload": [
        *(
            str(BIN / "gunicorn"),
            "feedsvc.wsgi:app",
            "-b",
            "127.0.0.1:{port}",
            "-w",
            "2",
            "-k",
            "gthread",
            "--preload",
        ),
    ],
}
UWSGI = [
    "{uwsgi}",
    "--http-socket",
    "127.0.0.1:{port}",
    "--module",
    "feedsvc.wsgi:app",
    "--master",
    "--processes",
    "2",
]
every_server = pytest.mark.parametrize("command", SERVERS.values(), ids=SERVERS.keys())


def shows(port: int, words: bytes) -> bool:
    """Whether every worker shows *words*; connections of a dying worker are tried again."""
    try:
        return all(words in fetch(f"http://127.0.0.1:{port}/atom.xml")[1] for _ in range(6))
    except OSError:
        return False


@pytest.fixture
def entries(entries_dir: Path) -> Path:
    for number in range(3):
        write_story(entries_dir, number)
    return entries_dir


@every_server
def test_killed_writers_and_workers_are_replaced_and_a_killed_server_leaves_nothing(
    command: list[str], entries: Path, tmp_path: Path
) -> None:
    port = pick_free_port()
    command = [part.format(port=port) for part in command]
    with run_server(command, port, tmp_path / "log", FEEDSVC_SITE_ENTRIES=str(entries)) as server:
        wait_for(lambda: len(list_workers(server.pid)) == 2 and len(list_writers(server.pid)) == 1)

        (writer,) = list_writers(server.pid)
        os.kill(writer, signal.SIGKILL)
        write_story(entries, 1, "After the writer")
        wait_for(lambda: shows(port, b"After the writer"))
        assert list_writers(server.pid) != [writer]

        wait_for(lambda: len(list_workers(server.pid)) == 2)
        workers = list_workers(server.pid)
        os.kill(workers[0], signal.SIGKILL)
        write_story(entries, 1, "After the worker")
        wait_for(lambda: shows(port, b"After the worker"))
        wait_for(lambda: len(list_workers(server.pid)) == len(workers))

        wait_for(lambda: shows(port, b"After the worker") and len(list_writers(server.pid)) == 1)
        everyone = list(list_processes(server.pid))
        server.kill()
        wait_for(lambda: not any(is_alive(pid) for pid in everyone))
        assert not answers(port)


@every_server
def test_a_server_that_ends_takes_its_writer_along(
    command: list[str], entries: Path, tmp_path: Path
) -> None:
    port = pick_free_port()
    command = [part.format(port=port) for part in command]
    with run_server(command, port, tmp_path / "log", FEEDSVC_SITE_ENTRIES=str(entries)) as server:
        wait_for(lambda: len(list_writers(server.pid)) == 1)
        everyone = list(list_processes(server.pid))

    wait_for(lambda: not any(is_alive(pid) for pid in everyone))


def test_a_killed_writer_is_replaced_while_nobody_asks(entries: Path, tmp_path: Path) -> None:
    port = pick_free_port()
    command = [part.format(port=port) for part in SERVERS["serve"]]
    log = tmp_path / "log"
    with run_server(command, port, log, FEEDSVC_SITE_ENTRIES=str(entries)) as server:
        wait_for(lambda: b"Serving " in log.read_bytes() and len(list_writers(server.pid)) == 1)
        (writer,) = list_writers(server.pid)
        os.kill(writer, signal.SIGKILL)

        wait_for(lambda: list_writers(server.pid) not in ([], [writer]))


@pytest.mark.parametrize(
    "extra", [[], ["--enable-threads"], ["--lazy-apps"]], ids=["plain", "threads", "lazy"]
)
def test_uwsgi_serves_it_live(extra: list[str], entries: Path, tmp_path: Path) -> None:
    uwsgi = shutil.which("uwsgi", path=f"{BIN}:{os.environ.get('PATH', os.defpath)}")
    if uwsgi is None:
        reason = "uwsgi is not there: .venv/bin/pip install uwsgi (it is compiled, and needs gcc)"
        pytest.fail(reason) if os.environ.get("TEST_ALL") == "1" else pytest.skip(reason)
    port = pick_free_port()
    home = ["--home", sys.prefix, "--die-on-term"]
    command = [part.format(uwsgi=uwsgi, port=port) for part in UWSGI] + home + extra
    with run_server(command, port, tmp_path / "log", FEEDSVC_SITE_ENTRIES=str(entries)) as server:
        assert shows(port, b"Story 1")

        write_story(entries, 1, "Another headline")
        wait_for(lambda: shows(port, b"Another headline"))

        wait_for(lambda: len(list_writers(server.pid)) == 1)
        (writer,) = list_writers(server.pid)
        os.kill(writer, signal.SIGKILL)
        write_story(entries, 1, "After the writer")
        wait_for(lambda: shows(port, b"After the writer"))


def test_a_restart_answers_with_what_changed_while_nothing_ran(
    entries: Path, tmp_path: Path
) -> None:
    port = pick_free_port()
    command = [part.format(port=port) for part in SERVERS["serve"]]
    with run_server(command, port, tmp_path / "log", FEEDSVC_SITE_ENTRIES=str(entries)):
        assert shows(port, b"Story 1")
    write_story(entries, 1, "While nothing ran")
    with run_server(command, port, tmp_path / "log", FEEDSVC_SITE_ENTRIES=str(entries)):
        assert b"While nothing ran" in fetch(f"http://127.0.0.1:{port}/atom.xml")[1]


def test_a_deleted_index_costs_no_answer(entries: Path, tmp_path: Path) -> None:
    port = pick_free_port()
    command = [part.format(port=port) for part in SERVERS["serve"]]
    index = tmp_path / "index"
    places = {"FEEDSVC_SITE_ENTRIES": str(entries), "FEEDSVC_SITE_INDEX": str(index)}
    with run_server(command, port, tmp_path / "log", **places):
        assert shows(port, b"Story 1")
        shutil.rmtree(index, ignore_errors=True)
        index.mkdir(exist_ok=True)
        write_story(entries, 1, "In another index")
        deadline = time.monotonic() + START
        while not shows(port, b"In another index"):
            assert time.monotonic() < deadline
            assert fetch(f"http://127.0.0.1:{port}/atom.xml")[0] == 200
