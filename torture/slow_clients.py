"""Slow and hostile clients by the hundred or thousand, of every server that is documented."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from tests.support.entries import write_entry
from tests.support.processes import list_processes
from tests.support.servers import list_server_commands, pick_free_port, run_server
from torture.clients import (
    KINDS,
    Usage,
    ask_well,
    measure_usage,
    raise_descriptors,
    run_crowd,
    send_raw,
)
from torture.malformed import REQUESTS
from torture.result import Result, Tally

LARGE_BYTES = 30_000_000  # more than all buffers between a server and a client that does not read
MAX_WAIT_SECONDS = 1.0  # of a good client beside those that only wait
# Each of these asks for something first, which is made before it stalls: by a thousand at once
MAX_BURST_SECONDS = 10.0
MAX_MEGABYTES = 2_500.0  # of two workers with as many downloads as they take
IDLE = ("silent", "one byte", "slow head", "waits for 100", "tls")
BODIES = ("slow body", "slow body of a GET", "slow chunks")
DOWNLOADS = ("stalled download", "stalled range", "stalled feed", "pipelined")
# What each server bears by itself; behind the shipped nginx all of them bear all
BORNE = {
    "feedsvc": (*IDLE, *BODIES, *DOWNLOADS),
    # its threads make every response of a pipeline, also of one that nobody reads
    "waitress-serve": (*IDLE, *BODIES, "stalled download", "stalled range", "stalled feed"),
    "gunicorn": ("stalled download", "stalled range"),
    "gunicorn gevent": (*IDLE, *DOWNLOADS),
    "uwsgi": (*IDLE, "stalled download"),
}
MAX_COUNTS = {"gunicorn": 12, "uwsgi": 100, "gunicorn gevent": 500, "waitress-serve": 100}


def write_entries(folder: Path, count: int) -> None:
    """Write *count* entries of some 8 KB, one with a picture and one with a large enclosure."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "large.mp4").write_bytes(os.urandom(1_000_000) * (LARGE_BYTES // 1_000_000))
    (folder / "small.png").write_bytes(b"\x89PNG\r\n\x1a\n" + os.urandom(5_000))
    write_entry(folder, "picture.md", "Picture", date="2026-03-01", enclosure="large.mp4",
                body="![a quay](small.png)")  # fmt: skip
    for number in range(count):
        day = f"2026-02-{number % 28 + 1:02}"
        write_entry(folder, f"story-{number}.md", f"Story {number}", date=day,
                    body=f"Words {number} " * 800)  # fmt: skip


def list_commands() -> dict[str, list[str]]:
    """Return the command of each server, with "{port}", by its name in BORNE, and more."""
    commands = list_server_commands()
    commands["gunicorn gevent"] = [*commands["gunicorn"], "--worker-class", "gevent"]
    commands["gunicorn sync"] = [
        *commands["gunicorn"], *("--worker-class", "sync", "--threads", "1")
    ]  # fmt: skip
    return commands


class Server(Struct, frozen=True, kw_only=True):
    port: int
    process: subprocess.Popen[bytes]

    def measure(self) -> Usage:
        return measure_usage([self.process.pid, *list_processes(self.process.pid)])


@contextmanager
def run_named(name: str, entries: Path, folder: Path) -> Iterator[Server]:
    """Run the server *name* over *entries*; its index and log lie in *folder*."""
    port = pick_free_port()
    command = [part.format(port=port) for part in list_commands()[name]]
    environ = {
        "FEEDSVC_SITE_ENTRIES": str(entries),
        "FEEDSVC_SITE_INDEX": str(folder / "index"),
        "FEEDSVC_SITE_URL": "https://news.example.com/",
        "FEEDSVC_SITE_ID_AUTHORITY": "news.example.com,2026",
    }
    with run_server(command, port, folder / f"{name}.log", **environ) as process:
        yield Server(port=port, process=process)


def run(count: int, folder: Path, seed: int) -> Result:  # noqa: ARG001 - nothing is random
    """Let *count* clients of each kind be connected to each server while good ones ask."""
    raise_descriptors(count + 500)
    entries = folder / "entries"
    write_entries(entries, 500)
    tally, figures = Tally(), dict[str, float]()
    for name, kinds in BORNE.items():
        clients = min(count, MAX_COUNTS.get(name, count))
        with run_named(name, entries, folder) as server:
            before = server.measure()
            for kind in kinds:
                worst = check_good_clients(server, name, kind, clients, tally)
                label = f"{name}, {clients:,} of {kind}: slowest good client in s"
                figures[label] = round(worst, 2)
            if name == "feedsvc":
                check_malformed(server, tally)
            after = server.measure()
        figures[f"{name}: MB before"] = before.megabytes
        figures[f"{name}: MB after"] = after.megabytes
        figures[f"{name}: descriptors before"] = before.descriptors
        figures[f"{name}: descriptors after"] = after.descriptors
    result = tally.make_result(count)
    return Result(
        times=result.times, answers=result.answers, wrong=result.wrong, lost=result.lost,
        server_errors=result.server_errors, figures=figures, notes=result.notes,
    )  # fmt: skip


def check_good_clients(server: Server, name: str, kind: str, count: int, tally: Tally) -> float:
    """Return how long the slowest good client waited beside *count* clients of *kind*."""
    with run_crowd(server.port, KINDS[kind], count):
        times = ask_well(server.port, 6)
        usage = server.measure()
    for _ in range(times.count):
        tally.count_answer()
    limit = MAX_WAIT_SECONDS if kind in IDLE else MAX_BURST_SECONDS
    if times.failed:
        tally.add_lost(f"{name}, {kind}: {times.failed} good clients got no answer")
    if times.worst > limit:
        tally.add_wrong(f"{name}, {kind}: a good client waited {times.worst:.1f} s")
    if usage.megabytes > MAX_MEGABYTES:
        tally.add_wrong(f"{name}, {kind}: {usage.megabytes:.0f} MB")
    return times.worst


def check_malformed(server: Server, tally: Tally) -> None:
    """Send every malformed request; count those that are answered 5xx."""
    for name, words in REQUESTS.items():
        statuses = list_statuses(send_raw(server.port, words, 1.0))
        tally.count_answer()
        for status in statuses:
            if status >= 500:
                tally.add_server_error(f"{name}: {status}")


def list_statuses(received: bytes) -> list[int]:
    """Return the status of each response in what was *received*."""
    return [int(found) for found in re.findall(rb"^HTTP/1\.[01] (\d{3})", received, re.MULTILINE)]
