"""Two nodes behind each configuration of deploy/, run as it is but for its ports.

A node is killed and started again while many ask; what a cache may show is asked of those that have
one; slow clients are kept away where the configuration says so.
"""

from __future__ import annotations

import gzip
import itertools
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path

import brotli
import pytest
from msgspec import Struct

from feedsvc.site.partners import hash_key
from tests.support.entries import write_entry
from tests.support.processes import is_alive, list_processes
from tests.support.promises import check_seconds
from tests.support.servers import ROOT, START, fetch, pick_free_port, run_server, wait_for
from tests.test_deploy import run_cache
from tests.test_slow_clients import GOOD_SECONDS, measure_worst
from torture.clients import KINDS, run_crowd
from torture.slow_clients import run_named, write_entries

pytestmark = pytest.mark.no_cover  # many servers, whose code other tests cover
BODY = "Words of the harbor and of what comes over the sea. " * 200
PATHS = ["/rss.xml", "/atom.xml", "/feed.json", "/", "/2026/03/02/quay/", "/sitemap.xml"]
AGE = 2  # seconds
KEY = "5" * 48  # of a partner
STALE = {"while_revalidate": 2, "if_error": 600}
NODE_SETTINGS = {
    "FEEDSVC_SITE_URL": "https://news.example.com/",
    "FEEDSVC_SITE_ID_AUTHORITY": "news.example.com,2026",
    "FEEDSVC_FEEDS_MAX_AGE": str(AGE),
    "FEEDSVC_FEEDS_STALE_WHILE_REVALIDATE": str(STALE["while_revalidate"]),
    "FEEDSVC_FEEDS_STALE_IF_ERROR": str(STALE["if_error"]),
    "FEEDSVC_PARTNERS_WIRE": f'{{keys = {{main = "{hash_key(KEY)}"}}}}',
}


class Proxy(Struct, frozen=True, kw_only=True):
    """A configuration of deploy/, and how it is run."""

    program: str
    config: str
    # what stands there → what a test needs, with {port}, {folder}, {node1} and {node2}
    changes: dict[str, str]
    command: tuple[str, ...]  # after the program, with {config} and {folder}
    caches: bool = True
    shows_stale: bool = True
    around: str = "{config}"


NGINX_PATHS = "".join(
    f"{name}_temp_path {{folder}}/{name};"
    for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
)
PROXIES = {
    "nginx": Proxy(
        program="nginx",
        config="nginx.conf",
        changes={
            "/var/cache/nginx/feedsvc": "{folder}/kept",
            "listen 80;": "listen 127.0.0.1:{port};",
            "server 127.0.0.1:8000 ": "server 127.0.0.1:{node1} ",
            "# server 127.0.0.1:8001 ": "server 127.0.0.1:{node2} ",
        },
        command=("-c", "{config}", "-e", "{folder}/error.log"),
        # the workers of root are nobody, and may not write here
        around=("user root; " if os.geteuid() == 0 else "")
        + "daemon off; pid {folder}/pid; events {{}} http {{ access_log off; "
        + NGINX_PATHS
        + "\n{config} }}",
    ),
    "varnish": Proxy(
        program="varnishd",
        config="varnish.vcl",
        changes={'"8000"': '"{node1}"', '"8001"': '"{node2}"'},
        command=(
            *("-F", "-a", "127.0.0.1:{port}", "-f", "{config}", "-n", "{folder}/varnish"),
            *("-s", "malloc,16m", "-j", "none"),
        ),
    ),
    "haproxy": Proxy(
        program="haproxy",
        config="haproxy.cfg",
        changes={
            "bind :80\n": "bind 127.0.0.1:{port}\n",
            "127.0.0.1:8000": "127.0.0.1:{node1}",
            "127.0.0.1:8001": "127.0.0.1:{node2}",
        }
        | ({} if os.geteuid() == 0 else {"    user haproxy\n    group haproxy\n": ""}),
        command=("-db", "-f", "{config}"),
        shows_stale=False,
    ),
    "caddy": Proxy(
        program="caddy",
        config="Caddyfile",
        changes={
            "news.example.com {": "http://127.0.0.1:{port} {",
            "{\n\tservers": "{\n\tadmin off\n\tservers",
            "127.0.0.1:8000": "127.0.0.1:{node1}",
            "127.0.0.1:8001": "127.0.0.1:{node2}",
        },
        command=("run", "--adapter", "caddyfile", "--config", "{config}"),
        caches=False,
        shows_stale=False,
    ),
}
every_proxy = pytest.mark.parametrize("proxy", PROXIES.values(), ids=PROXIES.keys())


class Nodes:
    """Two nodes over one folder, each with an index of its own, that can be killed and started."""

    def __init__(self, entries: Path, folder: Path) -> None:
        self.entries, self.folder = entries, folder
        self.ports = (pick_free_port(), pick_free_port())
        self.stacks: list[ExitStack] = []
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, number: int) -> None:
        port, stack = self.ports[number], ExitStack()
        command = [sys.executable, "-m", "feedsvc", "serve", str(self.entries)]
        command += ["--port", str(port), "--access-log"]
        index = {"FEEDSVC_SITE_INDEX": str(self.folder / f"index-{number}.sqlite")}
        log = self.get_log(number)
        process = stack.enter_context(run_server(command, port, log, **NODE_SETTINGS, **index))
        self.stacks[number:] = [stack, *self.stacks[number + 1 :]]
        self.processes[number:] = [process, *self.processes[number + 1 :]]

    def get_log(self, number: int) -> Path:
        """Return the log of a node since it was last started."""
        return self.folder / f"node-{number}.log"

    def kill(self, number: int) -> None:
        family = list_processes(self.processes[number].pid)
        self.processes[number].kill()
        self.stacks[number].close()
        wait_for(lambda: not any(map(is_alive, family)))  # workers have its port until they end

    def kill_at_once(self) -> None:
        """Kill every process of both nodes, without waiting for their ends."""
        for process in self.processes:
            for pid in (process.pid, *list_processes(process.pid)):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


@contextmanager
def run_nodes(entries_dir: Path, folder: Path) -> Iterator[Nodes]:
    """Write entries, and run two nodes over them until the block ends."""
    write_entry(entries_dir, "quay.md", "A new quay", date="2026-03-02", body=BODY)
    write_entry(entries_dir, "large.md", "Large", date="2026-03-01", enclosure="large.mp4")
    (entries_dir / "large.mp4").write_bytes(os.urandom(500_000))
    made = Nodes(entries_dir, folder)
    made.start(0)
    made.start(1)
    yield made
    for stack in made.stacks:
        stack.close()


@pytest.fixture
def nodes(entries_dir: Path, tmp_path: Path) -> Iterator[Nodes]:
    with run_nodes(entries_dir, tmp_path) as nodes:
        yield nodes


@pytest.fixture(scope="module")
def kept_nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    """Nodes for tests that only ask them."""
    folder = tmp_path_factory.mktemp("nodes")
    with run_nodes(folder / "entries", folder) as nodes:
        yield nodes


@contextmanager
def run_proxy(program: str, proxy: Proxy, nodes: Nodes, folder: Path) -> Iterator[str]:
    """Run *proxy* before *nodes*; yield its address."""
    text = (ROOT / "deploy" / proxy.config).read_text(encoding="utf-8")
    facts = {
        "folder": str(folder),
        "port": str(pick_free_port()),
        "node1": str(nodes.ports[0]),
        "node2": str(nodes.ports[1]),
    }
    for there, here in proxy.changes.items():
        assert text.count(there) == 1, there
        text = text.replace(there, re.sub(r"\{(\w+)\}", lambda name: facts[name[1]], here))
    config = folder / proxy.config
    config.write_text(proxy.around.format(config=text, folder=folder), encoding="utf-8")
    facts["config"] = str(config)
    command = [program, *(word.format(**facts) for word in proxy.command)]
    with run_cache(command, int(facts["port"]), folder / "proxy.log"):
        yield f"http://127.0.0.1:{facts['port']}"


def ask(url: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    """As `fetch`, with the names of headers in lower case."""
    status, body, told = fetch(url, **{name.replace("_", "-"): headers[name] for name in headers})
    return status, body, {name.lower(): value for name, value in told.items()}


def unpack(body: bytes, coding: str) -> bytes:
    if coding == "br":
        return bytes(brotli.decompress(body))
    return gzip.decompress(body) if coding == "gzip" else body


@every_proxy
def test_answers_come_as_the_nodes_gave_them(
    proxy: Proxy, kept_nodes: Nodes, tmp_path: Path, needs: Callable[[str], str]
) -> None:
    with run_proxy(needs(proxy.program), proxy, kept_nodes, tmp_path) as address:
        origins = [f"http://127.0.0.1:{port}" for port in kept_nodes.ports]
        for path in PATHS:
            (_, plain, one), (_, _, other) = (ask(origin + path) for origin in origins)
            assert one["etag"] == other["etag"]
            for wanted in ("", "gzip", "gzip, deflate, br", "gzip;q=0, br;q=0"):
                status, body, told = ask(address + path, Accept_Encoding=wanted)
                coding = told.get("content-encoding", "")
                assert (status, unpack(body, coding)) == (200, plain), (path, wanted)
                ours = ask(origins[0] + path, Accept_Encoding=wanted)[2].get("content-encoding")
                assert (coding == "") == (ours is None), (path, wanted)
                assert told["cache-control"] == one["cache-control"]
                assert told["etag"].removeprefix("W/") == one["etag"].removeprefix("W/")
            for condition in (
                {"If_None_Match": one["etag"]},
                {"If_Modified_Since": one["last-modified"]},
            ):
                status, body, _ = ask(address + path, Accept_Encoding="gzip", **condition)
                assert (status, body) == (304, b""), (path, condition)
            other_etag = ask(address + path, If_None_Match='W/"other"')
            assert other_etag[0] == 200
        whole = ask(address + "/files/large.mp4")[1]
        status, part, _ = ask(address + "/files/large.mp4", Range="bytes=499000-")
        assert (status, part) == (206, whole[499_000:])
        assert fetch_status(address, "POST") in (405, 400, 403)
        check_that_nothing_private_is_kept(address, tmp_path / "kept")


def check_that_nothing_private_is_kept(address: str, kept: Path) -> None:
    """Fail where a cache answers a partner by itself, or writes a key into the folder *kept*."""
    feed, in_path = f"{address}/partners/wire/rss.xml", f"{address}/partners/wire/{KEY}/rss.xml"
    for _ in range(2):
        for url, headers, status in (
            (feed, {"Authorization": f"Bearer {KEY}"}, 200),
            (feed, {}, 401),
            (feed, {"Authorization": "Bearer other"}, 401),
            (in_path, {}, 200),
            (in_path.replace(KEY, "other"), {}, 401),
        ):
            answer = ask(url, **headers)
            assert answer[0] == status, (url, headers)
            assert answer[2].get("age", "0") == "0"
            assert answer[2].get("x-cache", "MISS") != "HIT"
    assert not any(KEY.encode() in path.read_bytes() for path in kept.rglob("*") if path.is_file())


def fetch_status(address: str, method: str, client: str = "127.0.0.1") -> int:
    """Return the status of the answer to *method*, asked from the address *client*."""
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection(
        (host, int(port)), timeout=START, source_address=(client, 0)
    ) as connection:
        connection.sendall(
            f"{method} /rss.xml HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n"
            "Connection: close\r\n\r\n".encode()
        )
        return int(connection.makefile("rb").readline().split()[1])


@contextmanager
def run_all(
    nodes: Nodes, folder: Path, needs: Callable[[str], str], names: Iterable[str] = PROXIES
) -> Iterator[dict[str, str]]:
    """Run each proxy of *names* before *nodes*; yield their addresses by name."""
    with ExitStack() as stack:
        addresses = {}
        for name in names:
            own = folder / name
            own.mkdir()
            program = needs(PROXIES[name].program)
            addresses[name] = stack.enter_context(run_proxy(program, PROXIES[name], nodes, own))
        yield addresses


def test_a_node_is_killed_and_comes_back_and_no_client_sees_an_error(
    nodes: Nodes, tmp_path: Path, needs: Callable[[str], str]
) -> None:
    statuses: dict[str, list[int]] = {name: [] for name in PROXIES}
    stop = threading.Event()
    with run_all(nodes, tmp_path, needs) as addresses:

        def go_on_asking(name: str, number: int) -> None:
            # of each a listing of its own: no cache answers it
            limits = itertools.cycle(range(1 + number, 500, 2))
            while not stop.is_set():
                try:
                    url = f"{addresses[name]}/rss.xml?limit={next(limits)}"
                    status, body, _ = fetch(url, **{"User-Agent": f"through-{name}"})
                    statuses[name].append(status if b"A new quay" in body else 0)
                except OSError:
                    statuses[name].append(-1)

        def wait_for_answers(count: int) -> None:
            aims = {name: len(seen) + count for name, seen in statuses.items()}
            wait_for(lambda: all(len(statuses[name]) > aim for name, aim in aims.items()))

        threads = [
            threading.Thread(target=go_on_asking, args=(name, number))
            for name in PROXIES
            for number in range(2)
        ]
        for thread in threads:
            thread.start()
        try:
            wait_for_answers(10)
            nodes.kill(0)
            wait_for_answers(20)
            nodes.start(0)
            wait_for_answers(20)
            log = nodes.get_log(0)  # every proxy has taken the node back
            wait_for(lambda: all(f"through-{name}" in log.read_text() for name in PROXIES), log)
            nodes.kill(1)
            wait_for_answers(20)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
    assert {name: set(seen) for name, seen in statuses.items()} == {name: {200} for name in PROXIES}


CACHES = [name for name, proxy in PROXIES.items() if proxy.caches]


def test_caches_answer_by_themselves_as_long_as_the_headers_say(
    nodes: Nodes, tmp_path: Path, needs: Callable[[str], str]
) -> None:
    with run_all(nodes, tmp_path, needs, CACHES) as addresses:
        first = {name: ask(url + "/atom.xml") for name, url in addresses.items()}
        etag = first["nginx"][2]["etag"]
        nodes.kill_at_once()  # for what is kept may be shown for two seconds only
        for name, url in reversed(addresses.items()):  # hits, also 304
            assert ask(url + "/atom.xml")[:2] == first[name][:2], name
            assert ask(url + "/atom.xml", If_None_Match=etag)[0] == 304, name
        nodes.kill(0)
        nodes.kill(1)
        time.sleep(AGE + STALE["while_revalidate"] + 1.5)  # nginx counts whole seconds
        for name, url in addresses.items():
            for _ in range(3):
                status, body, _ = ask(url + "/atom.xml")
                if PROXIES[name].shows_stale:
                    assert (status, body) == first[name][:2], name
                else:
                    assert status in (502, 503, 504), name

        write_entry(nodes.entries, "quay.md", "An old quay", date="2026-03-02", body=BODY)
        nodes.start(0)
        for url in addresses.values():
            wait_for(partial(shows, url + "/atom.xml", b"An old quay"))


def shows(url: str, words: bytes) -> bool:
    return words in ask(url)[1]


def test_only_the_writers_machine_may_drop_what_varnish_has(
    kept_nodes: Nodes, tmp_path: Path, needs: Callable[[str], str]
) -> None:
    with run_all(kept_nodes, tmp_path, needs, ["varnish"]) as addresses:
        for method in ("PURGE", "BAN"):
            assert fetch_status(addresses["varnish"], method) == 200
            assert fetch_status(addresses["varnish"], method, "127.0.0.2") == 403


# What each keeps away from a server whose two processes can do one thing at a time
SLOW = {
    "varnish": ("slow head", "silent", "stalled feed"),
    "haproxy": ("slow head", "silent", "tls"),
    "caddy": ("slow head", "silent", "stalled feed"),
}


def test_slow_clients_are_kept_away_from_a_node(
    entries_dir: Path, tmp_path: Path, needs: Callable[[str], str]
) -> None:
    """As those that nginx keeps away, in tests/test_slow_clients.py."""
    write_entries(entries_dir, 30)
    with run_named("gunicorn sync", entries_dir, tmp_path) as server:
        nodes = Nodes(entries_dir, tmp_path)
        nodes.ports = (server.port, pick_free_port())
        with run_all(nodes, tmp_path, needs, SLOW) as addresses, ExitStack() as stack:
            ports = {name: int(url.rpartition(":")[2]) for name, url in addresses.items()}
            for name, kinds in SLOW.items():
                for kind in kinds:
                    stack.enter_context(run_crowd(ports[name], KINDS[kind], 6))
            for port in ports.values():
                check_seconds(partial(measure_worst, port), GOOD_SECONDS)
