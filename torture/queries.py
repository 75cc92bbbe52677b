"""Floods of distinct requests at a real worker: what it holds of them stays bounded.

Every request is one that nobody has sent before: another query, another name, another condition,
another coding. What is measured is the resident memory of the one worker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path
from urllib.parse import quote

from torture.folder import Folder
from torture.result import Result, Tally
from torture.site import Connection, Site

ENTRIES = 60
MAX_GROWTH_MB = 60
WARM_UP = 50  # requests of each kind, before which nothing is measured
LONG = 4_000  # bytes, nearly as much as a query may have
LIGATURE = "\ufdfa"  # one character, eighteen once it is folded (NFKC)

Flood = Callable[[int], tuple[str, dict[str, str]]]
FLOODS: dict[str, Flood] = {
    "not": lambda number: (f"/rss.xml?not=x{number}", {}),
    "long feed": lambda number: (f"/rss.xml?limit=500&not=x{number}", {}),
    "no name": lambda number: (f"/rss.xml?tag=x{number}", {}),
    "search": lambda number: (f"/?q=word{number}", {}),
    "subscribe": lambda number: (f"/subscribe?q=word{number}", {}),
    "unknown parameter": lambda number: (f"/atom.xml?x{number}=" + "x" * LONG, {}),
    "long name": lambda number: (f"/atom.xml?tag={number}" + "x" * 190, {}),
    "folded name": lambda number: (f"/atom.xml?tag={number}" + quote(LIGATURE * 10), {}),
    "too long name": lambda number: (f"/atom.xml?tag={number}" + "x" * LONG, {}),
    "no page": lambda number: (f"/tags/x{number}/", {}),
    "no file": lambda number: (f"/files/x{number}.png", {}),
    "etag": lambda number: ("/feed.json", {"If-None-Match": f'"{number}"' + ', "x"' * 300}),
    "coding": lambda number: ("/feed.json", {"Accept-Encoding": f"x-{number}" + ", x" * 300}),
    # the same few documents, again and again with another condition
    "etags of some": lambda number: (
        f"/rss.xml?not=y{number % 97}",
        {"If-None-Match": f'"{number}"'},
    ),
    "page": lambda number: (f"/?before={number}&limit=500", {}),
}


def run(count: int, folder: Path, seed: int) -> Result:
    """Send *count* distinct requests of all kinds in turns to one worker."""
    tally = Tally()
    entries = Folder(folder / "entries", seed)
    entries.fill(ENTRIES)
    with Site(folder, entries.root, workers=1) as site:
        (worker,) = site.list_workers()
        send(site, make_requests(WARM_UP * len(FLOODS), -(10**9)), tally)
        before = measure_memory(worker)
        send(site, make_requests(count), tally)
        growth = measure_memory(worker) - before
        if site.list_workers() != [worker]:
            tally.add_lost("the worker has ended")
    if growth > MAX_GROWTH_MB:
        tally.add_wrong(f"the worker has grown by {growth:.0f} MB")
    return tally.make_result(count, worker_in_MB=round(before, 1), growth_in_MB=round(growth, 1))


def make_requests(count: int, first: int = 0) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield *count* requests, no two the same; other numbers from *first* on."""
    floods = islice(cycle(FLOODS.values()), count)
    return (flood(number) for number, flood in enumerate(floods, first))


def send(site: Site, requests: Iterator[tuple[str, dict[str, str]]], tally: Tally) -> None:
    """Send *requests* one after the other, and count their answers."""
    connection = Connection(site.port)
    for path, headers in requests:
        answer = connection.get(path, **headers)
        tally.count_answer()
        if answer.status >= 500:
            tally.add_server_error(f"{path[:80]}: {answer.status}")
    connection.close()


def measure_memory(process: int) -> float:
    """Return the megabytes of memory that *process* has now."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024
