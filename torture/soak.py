"""A long time under mixed load: memory, descriptors and threads of every process stay flat."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from msgspec import Struct

from torture.answers import check_answer, wait_for_truth
from torture.editor import ENTRIES, run_editor
from torture.folder import Folder
from torture.result import Result, Tally
from torture.site import Answer, Connection, Site
from torture.visitors import Visitors, run_visitors

SAMPLES = 120
EDIT_PAUSE_SECONDS = 0.5
# that a process may grow by over the second half of the time, by least squares
MAX_GROWTH = {"megabytes": 10.0, "descriptors": 3.0, "threads": 3.0}
WORDS = "part version entry one crane quay wind sail harbor tide".split()


class Sample(Struct, frozen=True, kw_only=True):
    """What a process holds at one moment."""

    seconds: float
    megabytes: float  # resident
    descriptors: float
    threads: float


def run(count: int, folder: Path, seed: int) -> Result:
    """Ask and edit for *count* seconds; count every process that grows."""
    tally = Tally()
    edited = Folder(folder / "entries", seed)
    edited.fill(ENTRIES)
    samples: dict[str, list[Sample]] = {}
    with Site(folder, edited.root) as site:
        feeds = Visitors(
            site.port, partial(check_answer, truth=edited.truth, tally=tally), count=2, pause=0.05
        )
        others = Wanderer(site.port, tally, seed)
        with run_visitors(feeds), run_visitors(others), run_editor(edited, EDIT_PAUSE_SECONDS):
            started = time.monotonic()
            while (passed := time.monotonic() - started) < count:
                for name, pid in name_processes(site).items():
                    samples.setdefault(name, []).append(measure(pid, passed))
                time.sleep(count / SAMPLES)
        wait_for_truth(site, edited.truth, tally)
        site.stop()
    figures = {}
    for name, taken in samples.items():
        if len(taken) < len(samples["main"]) // 2:
            continue  # one of several readers, which come and go
        for what, most in MAX_GROWTH.items():
            grown = measure_growth([(one.seconds, getattr(one, what)) for one in taken])
            if what == "megabytes":
                figures[f"{name} megabytes at the end"] = round(taken[-1].megabytes, 1)
                figures[f"{name} megabytes grown in the second half"] = round(grown, 1)
            if grown > most:
                tally.add_wrong(f"{name} grew by {grown:.1f} {what}")
    return tally.make_result(
        count, edits=edited.edits, slowest_answer_in_s=round(others.slowest, 2), **figures
    )


class Wanderer(Visitors):
    """Visitors who ask for anything: pages, names, searches that nobody made before, nonsense."""

    def __init__(self, port: int, tally: Tally, seed: int) -> None:
        super().__init__(port, partial(check_any, tally=tally), count=2, pause=0.02)
        self.seed = seed

    def _ask(self, number: int) -> None:
        draw = random.Random(self.seed + number)
        connection = Connection(self.port)
        etag = ""
        while not self.ended.is_set():
            try:
                answer = connection.get(make_address(draw), **make_headers(draw, etag))
            except OSError:
                self.refused += 1
                continue
            etag = answer.headers.get("etag", etag)
            self.slowest = max(self.slowest, answer.received - answer.sent)
            self.check(answer)
            self.ended.wait(self.pause)
        connection.close()


def check_any(answer: Answer, tally: Tally) -> None:
    tally.count_answer()
    if answer.status >= 500:
        tally.add_server_error(f"{answer.path}: {answer.status}")


def make_address(draw: random.Random) -> str:
    """Return an address; every second one was never asked for before."""
    number = draw.randrange(10**9)
    return draw.choice(
        (
            *("/", "/archive/2026-01/atom.xml", "/tags/", "/opml.xml", "/sitemap.xml"),
            *("/static/style.css", "/readyz", f"/2026/01/{draw.randint(1, 31):02}/"),
            f"/rss.xml?limit={draw.randint(1, 500)}",
            f"/atom.xml?q={draw.choice(WORDS)}%20{number}",
            f"/feed.json?not=x{number}",
            f"/rss.xml?x={number}",
            f"/nothing/{number}/",
            f"/?q={draw.choice(WORDS)}&before=2026-01-0{draw.randint(1, 9)}",
            f"/2026/01/01/e{draw.randrange(ENTRIES):05}/",
        )
    )


def make_headers(draw: random.Random, etag: str) -> dict[str, str]:
    return draw.choice(
        (
            {},
            {"Accept-Encoding": draw.choice(("gzip", "br", "zstd, br;q=0.1", "identity"))},
            {"If-None-Match": etag or "*"},
            {"If-None-Match": f'"{draw.randrange(10**9)}"'},
            {"If-Modified-Since": f"Mon, 05 Jan 2026 {draw.randint(10, 23)}:00:00 GMT"},
        )
    )


def name_processes(site: Site) -> dict[str, int]:
    """Return the processes of *site* by what they are, the oldest first."""
    kinds = {"writer": site.list_writers, "reader": site.list_readers, "worker": site.list_workers}
    names = {"main": site.pid}
    for kind, list_pids in kinds.items():
        names |= {f"{kind} {number}": pid for number, pid in enumerate(sorted(list_pids()), 1)}
    return names


def measure(pid: int, seconds: float) -> Sample:
    """Return what the process *pid* holds; zeros where it has just ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
        descriptors = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    except OSError:
        status, descriptors = "", 0
    facts = dict(re.findall(r"^(VmRSS|Threads):\s+(\d+)", status, re.MULTILINE))
    return Sample(
        seconds=seconds,
        megabytes=int(facts.get("VmRSS", 0)) / 1024,
        descriptors=descriptors,
        threads=int(facts.get("Threads", 0)),
    )


def measure_growth(points: Sequence[tuple[float, float]]) -> float:
    """Return by how much the second half of *points* grows, by least squares."""
    half = points[len(points) // 2 :]
    mean_x = sum(x for x, _ in half) / len(half)
    mean_y = sum(y for _, y in half) / len(half)
    spread = sum((x - mean_x) ** 2 for x, _ in half)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in half) / spread if spread else 0.0
    return slope * (half[-1][0] - half[0][0])
