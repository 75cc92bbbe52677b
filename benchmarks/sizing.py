"""What a node serves and needs, two nodes behind nginx, and nginx over the static build.

python -m benchmarks.sizing [--count N] [--rounds N]

Load comes from wrk on the same machine, with 1 thread and 16 connections, so what is served has
less than the whole machine. Rates are medians of the rounds, in which all take turns. Subscribers
are those whose polls take half of the rate, by the shares of `MIX`.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from msgspec import Struct

from benchmarks.__main__ import WORK, ensure_entries
from benchmarks.peers import list_family, measure_memory
from benchmarks.serving import (
    CONFIG,
    PATH,
    ROOT,
    SECONDS,
    fetch,
    pick_free_port,
    run,
    serve,
    wait_for_answer,
)

FEED = "/atom.xml"  # of 50 entries
BUILT_ENTRIES = 300  # for nginx a file is a file, however many there are
# Of 1,000 polls: most readers have what is there, some fetch what is new, a few ask what nobody
# else has asked since the last change
MIX = {"304": 0.9, "feed": 0.099, "first": 0.001}
INTERVALS = {"15 minutes": 900, "an hour": 3_600, "6 hours": 21_600}
LUA = """
local number = {start}
request = function()
  number = number + 1
  local since = os.date("!%Y-%m-%dT%H:%M:%SZ", 1300000000 + number)
  return wrk.format("GET", "/atom.xml?since=" .. since)
end
"""
MAIN = """{user} daemon off; worker_processes 2; pid {base}/pid;
events {{ worker_connections 4096; }}
http {{ access_log off; keepalive_requests 100000000; include /etc/nginx/mime.types;
  client_body_temp_path {base}/body; proxy_temp_path {base}/proxy; fastcgi_temp_path {base}/fastcgi;
  uwsgi_temp_path {base}/uwsgi; scgi_temp_path {base}/scgi;
  {site}
}}
"""


class Deployment(Struct, frozen=True, kw_only=True):
    """What is measured: its *name*, where it answers, and whether it has a server for queries."""

    name: str
    port: int
    is_static: bool = False


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sizing", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    entries = ensure_entries(arguments.count)
    shutil.rmtree(WORK / "serving-index", ignore_errors=True)
    print(f"{arguments.count:,} entries; {os.cpu_count()} cores; load {os.getloadavg()[0]:.1f}")
    with ExitStack() as stack:
        ports = [pick_free_port() for _ in range(2)]
        nodes = []
        for port in ports:
            nodes.append(stack.enter_context(run(serve(entries, port))))
            wait_for_answer(port)
        while b'"searchable": 1' not in fetch(ports[0], "/readyz")[0]:
            pass
        out = build(ensure_entries(BUILT_ENTRIES))
        print_needs(nodes[0].pid, arguments.count)
        deployments = [
            Deployment(name="one node", port=ports[0]),
            Deployment(
                name="two nodes behind nginx, which keeps answers",
                port=stack.enter_context(run_nginx("cache", make_cache_site(ports))),
            ),
            Deployment(
                name="nginx over the static build",
                port=stack.enter_context(run_nginx("static", make_static_site(out))),
                is_static=True,
            ),
        ]
        rates = measure(deployments, arguments.rounds)
    for one in deployments:
        print_rates(one, rates[one.name])


def build(entries: Path) -> Path:
    """Return the static build of *entries*, with an index of its own."""
    out, config = WORK / "sizing-build", WORK / "sizing.toml"
    config.write_text(CONFIG.format(index=WORK / "sizing-index"), encoding="utf-8")
    command = [sys.executable, "-m", "feedsvc", "build", str(out), str(entries)]
    command += ["--config", str(config)]
    subprocess.run(command, cwd=ROOT, check=True, stderr=subprocess.DEVNULL)
    return out


def print_needs(pid: int, count: int) -> None:
    """Print memory and disk of the node of process *pid*, which has *count* entries."""
    memory = sum(measure_memory(one) for one in list_family(pid))
    index = sum(file.stat().st_size for file in (WORK / "serving-index").rglob("*"))
    each = index / count
    print(f"memory of all processes of a node: {memory:.0f} MB")
    print(f"index: {index / 1e6:,.0f} MB, {each * 1e6 / 1e9:.1f} GB for a million such entries")


def measure(deployments: list[Deployment], rounds: int) -> dict[str, dict[str, float]]:
    """Return requests a second by deployment and kind of request."""
    found: dict[str, dict[str, list[float]]] = {one.name: defaultdict(list) for one in deployments}
    for number in range(rounds):
        for one in deployments:
            coding = "Accept-Encoding: gzip"
            etag = fetch(one.port, FEED, **{"Accept-Encoding": "gzip"})[1]["etag"]
            rates = found[one.name]
            rates["feed"].append(load(one.port, coding))
            rates["304"].append(load(one.port, coding, f"If-None-Match: {etag}"))
            if not one.is_static:
                script = WORK / "first.lua"
                script.write_text(LUA.format(start=number * 100_000), encoding="utf-8")
                rates["first"].append(load(one.port, coding, script=script))
    return {
        name: {kind: statistics.median(values) for kind, values in rates.items()}
        for name, rates in found.items()
    }


def load(port: int, *headers: str, script: Path | None = None) -> float:
    """Return requests a second; all have to be answered with success or 304."""
    words = [part for one in headers for part in ("-H", one)]
    words += ["-s", str(script)] if script else []
    command = ["wrk", "-t1", "-c16", f"-d{SECONDS}s", *words, f"http://127.0.0.1:{port}{FEED}"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said:
        raise SystemExit(f"not all were answered: {said}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])  # type: ignore[index]


def print_rates(one: Deployment, rates: dict[str, float]) -> None:
    print(f"{one.name}:")
    words = {"feed": "the feed, gzip", "304": "304", "first": "asked for the first time"}
    for kind, rate in rates.items():
        print(f"  {words[kind]:26} {rate:>10,.0f} requests a second")
    share = {kind: part for kind, part in MIX.items() if kind in rates}
    seconds = sum(part / rates[kind] for kind, part in share.items()) / sum(share.values())
    for interval, length in INTERVALS.items():
        print(f"  subscribers who poll every {interval:10} {0.5 / seconds * length:>14,.0f}")


def make_cache_site(ports: list[int]) -> str:
    """Return `deploy/nginx.conf` before the nodes at *ports*, without its bounds for one client."""
    site = (ROOT / "deploy/nginx.conf").read_text(encoding="utf-8")
    other = f"server 127.0.0.1:{ports[1]} max_fails=1 fail_timeout=2s;"
    site = site.replace("# server 127.0.0.1:8001 max_fails=1 fail_timeout=2s;", other)
    site = site.replace("127.0.0.1:8000", f"127.0.0.1:{ports[0]}")
    site = site.replace("/var/cache/nginx/feedsvc", str(WORK / "nginx-cache/kept"))
    return re.sub(r"^\s*limit_conn\w* .*$", "", site, flags=re.MULTILINE)


def make_static_site(out: Path) -> str:
    """Return `deploy/nginx-static.conf` over the build in *out*."""
    site = (ROOT / "deploy/nginx-static.conf").read_text(encoding="utf-8")
    return site.replace("/srv/news", str(out.absolute()))


@contextmanager
def run_nginx(name: str, site: str) -> Iterator[int]:
    """Run nginx with *site* until the block ends, and give its port."""
    base, port = WORK / f"nginx-{name}", pick_free_port()
    shutil.rmtree(base, ignore_errors=True)
    base.mkdir()
    nginx = shutil.which("nginx", path=PATH) or "nginx"
    config = MAIN.format(
        user="user root;" if os.geteuid() == 0 else "",
        base=base.absolute(),
        site=site.replace("listen 80;", f"listen 127.0.0.1:{port};"),
    )
    (base / "nginx.conf").write_text(config, encoding="utf-8")
    error = str(base / "error.log")
    with run([nginx, "-p", str(base), "-c", str((base / "nginx.conf").absolute()), "-e", error]):
        wait_for_answer(port, 20)
        yield port


if __name__ == "__main__":
    main()
