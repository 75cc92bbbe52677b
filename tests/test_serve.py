"""`feedsvc serve` as a process: its port, its workers, its end."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from click.testing import CliRunner

from feedsvc.commands.cli import main
from feedsvc.commands.serve import make_base, open_listener
from feedsvc.commands.serving.supervisor import DRAIN_SECONDS
from feedsvc.errors import SettingsError
from tests.support.entries import write_entry
from tests.support.processes import (
    is_alive,
    is_stopped,
    list_processes,
    list_workers,
    list_writers,
)
from tests.support.servers import (
    ROOT,
    START,
    answers,
    fetch,
    pick_free_port,
    run_server,
    wait_for,
)
from torture.clients import KINDS, accepts, run_crowd

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="processes are found by /proc: Linux only"
)
SLOW_MODULES = ROOT / "tests" / "support" / "slow_modules"
LARGE_BYTES = 30_000_000  # more than all buffers between a server and a client that does not read


def make_command(entries: Path, port: int, workers: int) -> list[str]:
    command = [sys.executable, "-m", "feedsvc", "serve", str(entries)]
    return [*command, "--port", str(port), "--workers", str(workers)]


@pytest.fixture
def entries(entries_dir: Path) -> Path:
    write_entry(entries_dir, "quay.md", "A new quay", date="2026-03-02", enclosure="large.mp4")
    (entries_dir / "large.mp4").write_bytes(b"x" * LARGE_BYTES)
    return entries_dir


# -- the port -------------------------------------------------------------------------------


def refuse_port(entries: Path, port: int) -> str:
    """Return what `serve` says of *port*, in which it does not start."""
    done = CliRunner().invoke(main, ["serve", str(entries), "--port", str(port)])

    assert (done.exit_code, done.stdout) == (2, "")
    return done.stderr


@pytest.mark.parametrize("reuses", [False, True], ids=["another's", "shared with SO_REUSEPORT"])
def test_a_port_that_is_taken_stops_the_start_with_one_line(
    reuses: bool, entries: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEEDSVC_SITE_URL", "https://news.example.com/")
    monkeypatch.setenv("FEEDSVC_SITE_ID_AUTHORITY", "news.example.com,2026")
    with socket.create_server(("127.0.0.1", 0), reuse_port=reuses) as taken:
        port = taken.getsockname()[1]
        words = refuse_port(entries, port)

    assert words.count("\n") == 1
    assert f"port {port} of 127.0.0.1 is in use" in words


@pytest.mark.parametrize(
    ("host", "words"),
    {
        "no-such-host.invalid": "'no-such-host.invalid' is not known",
        "a..b": "'a..b' is not known",
        "x" * 70: "is not known",
        "127.0.0.1 ": "'127.0.0.1 ' is not known",
        "http://127.0.0.1": "is not known",
        "127.0.0.1:8000": "is not known",
        "192.0.2.1": "'192.0.2.1' is not an address of this machine",
        "2001:db8::1": "'2001:db8::1'",  # a machine without IPv6 says it in other words
    }.items(),
)
def test_a_host_that_cannot_be_listened_at_is_named(host: str, words: str) -> None:
    with pytest.raises(SettingsError, match=r"^--host: ") as caught:
        open_listener(host, 0)

    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may listen at any port")
def test_a_privileged_port_is_named() -> None:
    with pytest.raises(SettingsError, match=r"port 80 of 127\.0\.0\.1 is only for root"):
        open_listener("127.0.0.1", 80)


HOSTS = {  # the address that is listened at, and the host of the URL that is shown
    "127.0.0.1": ("127.0.0.1", "127.0.0.1"),
    "localhost": ("127.0.0.1", "localhost"),
    "0.0.0.0": ("127.0.0.1", "0.0.0.0"),
    "": ("127.0.0.1", "127.0.0.1"),
    "::1": ("::1", "[::1]"),
    "[::1]": ("::1", "[::1]"),
    "::": ("::1", "[::]"),
}


def require_ipv6(host: str) -> None:
    """Skip where *host* is of IPv6, which containers often lack."""
    if ":" in host:
        try:
            socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        except OSError as error:
            pytest.skip(f"this machine has no IPv6: {error}")


@pytest.mark.parametrize(("host", "expected"), HOSTS.items(), ids=[repr(host) for host in HOSTS])
def test_names_and_addresses_of_this_machine_are_listened_at(
    host: str, expected: tuple[str, str]
) -> None:
    address, shown = expected
    require_ipv6(address)
    with open_listener(host, 0) as listener:
        port = listener.getsockname()[1]
        socket.create_connection((address, port), timeout=5).close()
        assert make_base(host, listener) == f"http://{shown}:{port}/"


@pytest.mark.parametrize("host", ["::1", "[::1]"])
def test_an_ipv6_address_is_served_and_shown_as_a_url_has_it(
    host: str, entries: Path, tmp_path: Path
) -> None:
    require_ipv6(host)
    port, log = pick_free_port(), tmp_path / "log"
    command = [*make_command(entries, port, 2), "--host", host]
    base = f"http://[::1]:{port}/"
    with run_server(command, port, log, ready=base + "readyz"):
        wait_for(lambda: f"Pages: {base}  Feeds: {base}rss.xml" in log.read_text(), log)
        assert fetch(base + "rss.xml")[0] == 200
        # each worker is named in the log by a number of its own
        wait_for(lambda: {"worker-1", "worker-2"} <= set(log.read_text().split()), log)


def test_no_two_threads_load_modules_at_once(entries: Path, tmp_path: Path) -> None:
    port, log = pick_free_port(), tmp_path / "log"
    command = make_command(entries, port, 1)
    for _ in range(2):  # the second time the index is there before the modules are loaded
        with run_server(command, port, log, PYTHONPATH=f"{ROOT}:{SLOW_MODULES}"):
            wait_for(lambda: "Pages: " in log.read_text(), log)
    assert "loaded at once" not in log.read_text()


# -- its workers ----------------------------------------------------------------------------


def test_a_server_goes_on_whatever_becomes_of_its_workers(entries: Path, tmp_path: Path) -> None:
    port = pick_free_port()
    with run_server(make_command(entries, port, 2), port, tmp_path / "log") as server:

        def list_pair() -> list[int]:
            wait_for(lambda: len(list_workers(server.pid)) == 2)
            return list_workers(server.pid)

        # another does not share its port, and is the one that ends
        assert "is in use" in refuse_port(entries, port)

        # workers that die again and again are started again
        for _ in range(3):
            for worker in list_pair():
                os.kill(worker, signal.SIGKILL)
                wait_for(lambda n=worker: not is_alive(n))  # type: ignore[misc]
        pair = list_pair()
        wait_for(lambda: answers(port))

        # what waits to be accepted is not lost with those that did not accept it
        for worker in pair:
            os.kill(worker, signal.SIGSTOP)
        wait_for(lambda: all(is_stopped(worker) for worker in pair))
        with socket.create_connection(("127.0.0.1", port), timeout=START) as waiting:
            waiting.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
            for worker in pair:
                os.kill(worker, signal.SIGKILL)
            assert waiting.recv(1024).startswith(b"HTTP/1.0 200")

        # a hangup replaces each, and loses no request
        before = set(list_pair())
        server.send_signal(signal.SIGHUP)

        def is_replaced() -> bool:
            assert fetch(f"http://127.0.0.1:{port}/atom.xml")[0] == 200
            now = set(list_workers(server.pid))
            return len(now) == 2 and not now & before

        wait_for(is_replaced)
        assert server.poll() is None


# -- SIGHUP ---------------------------------------------------------------------------------

TOML = """
[site]
title = "First"
url = "https://news.example.com/"
id_authority = "news.example.com,2026"
"""


def test_a_hangup_takes_the_settings_as_they_are_now(entries: Path, tmp_path: Path) -> None:
    port, log, config = pick_free_port(), tmp_path / "log", tmp_path / "feedsvc.toml"
    config.write_text(TOML, encoding="utf-8")
    base = f"http://127.0.0.1:{port}"
    command = [*make_command(entries, port, 2), "--config", str(config)]

    def ask() -> tuple[bytes, str]:
        status, body, headers = fetch(f"{base}/atom.xml")
        assert status == 200
        found = {name.lower(): value for name, value in headers.items()}
        return body, found["cache-control"]

    def hang_up(text: str | None) -> None:
        if text is None:
            config.unlink()
        else:
            config.write_text(text, encoding="utf-8")
        server.send_signal(signal.SIGHUP)

    def count_replaced() -> int:
        return log.read_text().count("every worker is replaced")

    with run_server(command, port, log) as server:
        wait_for(lambda: len(list_workers(server.pid)) == 2, log)
        assert b"<title>First</title>" in ask()[0]

        # what the index does not depend on: it keeps its file, and gets a writer of its own
        hang_up(TOML + "[feeds]\nmax_age = 77\n")
        wait_for(lambda: bool(ask()) and count_replaced() == 1, log)
        assert "applied: feeds.max_age" in log.read_text()
        assert ask()[1].startswith("public, max-age=77")
        write_entry(entries, "ferry.md", "A ferry", date="2026-03-03")
        wait_for(lambda: b"A ferry" in ask()[0], log)

        # what it does: the workers before answer until the next one is built
        hang_up(TOML.replace("First", "Second") + 'timezone = "Asia/Tokyo"\n')
        wait_for(lambda: bool(ask()) and count_replaced() == 2, log)
        assert "applied: feeds.max_age, site.timezone, site.title" in log.read_text()
        assert b"<title>Second</title>" in ask()[0]
        assert ask()[1].startswith("public, max-age=300")
        write_entry(entries, "pier.md", "A pier", date="2026-03-04")
        wait_for(lambda: b"A pier" in ask()[0], log)

        # what is wrong, gone or no TOML costs one line, and nobody is replaced
        workers = list_workers(server.pid)
        for number, (text, words) in enumerate(
            {
                TOML + "titel = 3\n": "did you mean 'title'?",
                None: "feedsvc.toml' is not there",
                "[site": "is not TOML",
                TOML + 'entries = "x"\n[feeds]\nlimit = 0\n': "from 1 to 500",
                "": "site.id_authority: is not set any more",  # else it was development mode
            }.items()
        ):
            hang_up(text)
            wait_for(
                lambda n=number: log.read_text().count("settings stay as they are") == n + 1,  # type: ignore[misc]
                log,
            )
            # the writer's lines may come between
            refused = [line for line in log.read_text().splitlines() if "stay as they are" in line]
            assert words in refused[-1]
        assert list_workers(server.pid) == workers
        assert b"<title>Second</title>" in ask()[0]

        # one writer is left
        wait_for(lambda: len(list_writers(server.pid)) == 1, log)
        family = list_processes(server.pid)
    wait_for(lambda: not any(map(is_alive, family)), log)  # readers end after it


# -- its end --------------------------------------------------------------------------------


def read_slowly(port: int, started: threading.Event, received: list[int]) -> None:
    """Read a large file in a second or two."""
    with socket.create_connection(("127.0.0.1", port), timeout=START) as one:
        one.sendall(b"GET /files/large.mp4 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        total = 0
        while block := one.recv(1_000_000):
            total += len(block)
            started.set()
            time.sleep(0.02)
        received.append(total)


def test_answers_under_way_are_finished_and_a_second_signal_ends_the_rest(
    entries: Path, tmp_path: Path
) -> None:
    port, started, received = pick_free_port(), threading.Event(), list[int]()
    log = tmp_path / "log"
    with ExitStack() as stack:
        server = stack.enter_context(run_server(make_command(entries, port, 2), port, log))
        for kind in ("stalled download", "stalled range", "silent", "slow head"):
            stack.enter_context(run_crowd(port, KINDS[kind], 6))
        family = list_processes(server.pid)
        reader = threading.Thread(target=read_slowly, args=(port, started, received))
        reader.start()
        assert started.wait(START)
        end = time.monotonic() + DRAIN_SECONDS  # when all were ended without a second signal
        for pid in [server.pid, *list_workers(server.pid)]:  # as systemd does
            os.kill(pid, signal.SIGTERM)
        wait_for(lambda: not accepts(port))
        reader.join()

        assert received[0] > LARGE_BYTES
        assert server.poll() is None  # there are stalled ones left
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=end - time.monotonic()) == 0, log.read_text()
        wait_for(lambda: not any(map(is_alive, family)))


def count_unaccepted(port: int) -> int:
    """Return how many connections wait at *port* until they are accepted."""
    lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    address, is_listening = f"0100007F:{port:04X}", "0A"
    return sum(
        int(words[4].partition(":")[2], 16)
        for words in map(str.split, lines)
        if (words[1], words[3]) == (address, is_listening)
    )


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_connection_made_before_a_worker_ends_is_answered(
    entries: Path, tmp_path: Path, number: signal.Signals
) -> None:
    """Its first request is still on its way when the signal comes."""
    port, log = pick_free_port(), tmp_path / "log"
    with run_server(make_command(entries, port, 2), port, log) as server:
        wait_for(lambda: len(list_workers(server.pid)) == 2, log)
        before = set(list_workers(server.pid))
        with ExitStack() as stack:
            connect = socket.create_connection
            clients = [
                stack.enter_context(connect(("127.0.0.1", port), timeout=START)) for _ in range(40)
            ]
            wait_for(lambda: count_unaccepted(port) == 0, log)
            server.send_signal(number)
            if number is signal.SIGTERM:
                wait_for(lambda: "stopping" in log.read_text(), log)
            else:  # each worker hears of it once the next has been started
                wait_for(lambda: before != set(list_workers(server.pid)), log)
            time.sleep(1)  # a slow line
            for client in clients:
                client.sendall(b"GET /atom.xml HTTP/1.1\r\nHost: x\r\n\r\n")

            assert [client.recv(12) for client in clients] == [b"HTTP/1.1 200"] * 40, (
                log.read_text()
            )
        if number is signal.SIGHUP:
            wait_for(lambda: not before & set(list_workers(server.pid)), log)
            assert fetch(f"http://127.0.0.1:{port}/atom.xml")[0] == 200
