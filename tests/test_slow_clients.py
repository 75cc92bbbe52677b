"""Slow and hostile clients of every server that the documentation names, started as it does.

A few of each kind are connected while good clients ask; thousands of them, and how long good ones
wait then, are in torture/slow_clients.py.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

import pytest

from feedsvc.commands.serving.http_worker import LargeBodies
from feedsvc.commands.serving.supervisor import DRAIN_SECONDS
from tests.support.promises import check_seconds
from tests.support.servers import START, fetch, wait_for
from tests.test_deploy import run_nginx
from torture.clients import KINDS, ask_well, run_crowd, send_raw
from torture.malformed import NO_HOSTS, REQUESTS
from torture.slow_clients import (
    BORNE,
    LARGE_BYTES,
    list_commands,
    list_statuses,
    run_named,
    write_entries,
)

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="processes are found by /proc: Linux only"
)
CROWD = 12  # more than any server here has processes; the least that once stopped a site
MAX_IDLE_DESCRIPTORS = 150  # of two workers, the writer and the main process
GOOD_SECONDS = 5.0  # of the slowest good client


@pytest.fixture
def entries(entries_dir: Path) -> Path:
    write_entries(entries_dir, 30)
    return entries_dir


def require(name: str) -> None:
    """Skip where the server *name* is not installed."""
    program = list_commands()[name][0]
    is_there = shutil.which(program) and ("gevent" not in name or find_spec("gevent"))
    if not is_there:
        reason = f"{program} is not there: .venv/bin/pip install {name.split()[-1]}"
        pytest.fail(reason) if os.environ.get("TEST_ALL") == "1" else pytest.skip(reason)


def measure_worst(port: int) -> float:
    """Return how long the slowest of good clients waits, all of whom are answered."""
    times = ask_well(port, 3)
    assert times.failed == 0
    return times.worst


@pytest.mark.parametrize("name", BORNE)
def test_good_clients_are_served_beside_slow_ones(name: str, entries: Path, tmp_path: Path) -> None:
    require(name)
    with run_named(name, entries, tmp_path) as server:
        with ExitStack() as stack:
            for kind in BORNE[name]:
                stack.enter_context(run_crowd(server.port, KINDS[kind], CROWD))
            check_seconds(lambda: measure_worst(server.port), GOOD_SECONDS)

        if name == "feedsvc":  # nothing is left of those that went, above all of unread bodies
            wait_for(lambda: server.measure().descriptors < MAX_IDLE_DESCRIPTORS)
            server.process.send_signal(signal.SIGTERM)
            assert server.process.wait(timeout=DRAIN_SECONDS) == 0
            assert "is killed" not in (tmp_path / f"{name}.log").read_text()


def test_malformed_requests_are_refused_and_cost_nothing(entries: Path, tmp_path: Path) -> None:
    with run_named("feedsvc", entries, tmp_path) as server:
        answers = {
            name: list_statuses(send_raw(server.port, words, START))
            for name, words in REQUESTS.items()
        }
        address = f"http://127.0.0.1:{server.port}"
        whole = fetch(f"{address}/files/large.mp4")[1]
        part = fetch(f"{address}/files/large.mp4", Range="bytes=29000000-")
        counted = server.measure().descriptors

        # a request that was answered nothing has at least not ended anything
        assert fetch(f"{address}/atom.xml")[0] == 200
    assert {
        name: found for name, found in answers.items() if any(one >= 500 for one in found)
    } == {}
    assert answers["another's address"] == [200]
    assert answers["an address with a user"] == [400]  # it is what counts as the host
    for name in ("no slash", "no slash, a port", "asterisk"):
        assert answers[name] == [400], name
    assert answers["OPTIONS *"] == [204]
    assert answers["CONNECT"] == [405]
    assert answers["pipeline"] == [200] * 51
    assert answers["length and chunks"] in ([405], [400])  # and nothing of what is smuggled
    for name in ("huge header", "1,000 headers", "long path", "long query", "long method"):
        assert answers[name] == [431], name
    assert len(whole) == LARGE_BYTES
    assert (part[0], part[1]) == (206, whole[29_000_000:])
    assert counted < MAX_IDLE_DESCRIPTORS


@pytest.mark.parametrize("name", ["feedsvc", "gunicorn", "waitress-serve", "uwsgi"])
def test_a_request_without_one_host_is_refused(name: str, entries: Path, tmp_path: Path) -> None:
    require(name)
    with run_named(name, entries, tmp_path) as server:
        found = {
            key: list_statuses(send_raw(server.port, words, START))
            for key, words in NO_HOSTS.items()
        }
        old = list_statuses(send_raw(server.port, b"GET /healthz HTTP/1.0\r\n\r\n", START))

    assert found == {key: [400] for key in NO_HOSTS}
    assert old == [200]


def test_behind_the_shipped_nginx_any_server_bears_them(
    entries: Path, tmp_path: Path, needs: Callable[[str], str]
) -> None:
    nginx = needs("nginx")
    with (
        run_named("gunicorn sync", entries, tmp_path) as server,  # of all the least
        run_nginx(nginx, tmp_path, server.port) as address,
        ExitStack() as stack,
    ):
        port = int(address.rpartition(":")[2])
        for kind in KINDS.values():
            stack.enter_context(run_crowd(port, kind, CROWD))
        check_seconds(lambda: measure_worst(port), GOOD_SECONDS)


# -- large bodies as files in memory ----------------------------------------------------------


def test_a_large_body_is_held_once_for_all_who_read_it() -> None:
    large, headers = LargeBodies(), [("ETag", 'W/"a"')]
    data = os.urandom(200_000)
    path = large.get_path(data, headers)

    assert Path(path).read_bytes() == data
    assert large.get_path(data, headers) == path
    assert large.get_path(data, [*headers, ("Content-Encoding", "gzip")]) != path
    assert large.get_path(data, []) == ""  # nothing says what it is


def test_large_bodies_are_bounded_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feedsvc.commands.serving.http_worker.MAX_LARGE_BYTES", 1_000_000)
    large = LargeBodies()
    paths = [large.get_path(b"x" * 300_000, [("ETag", str(number))]) for number in range(20)]

    assert 3 <= len([path for path in paths if path]) <= 6
    assert large.size <= 1_000_000
    monkeypatch.setattr("feedsvc.commands.serving.http_worker.CLOSE_SECONDS", -1.0)
    large.closing.clear()
    assert large.get_path(b"x" * 300_000, [("ETag", "new")])
