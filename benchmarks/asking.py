"""Measure listings that nobody has asked for yet, from index and files to bytes, and searching.

python -m benchmarks.asking [--count N]

Everything but the index and the modules is new at each question: no document and no item
is kept from one to the next.
"""

from __future__ import annotations

import argparse
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random

from benchmarks.__main__ import WORK, ensure_entries
from feedsvc.feeds.rss_atom import render_atom, render_rss
from feedsvc.index import IndexClient, read_listing
from feedsvc.indexer import refresh_index
from feedsvc.listing import Listing
from feedsvc.settings import Settings, load_settings
from feedsvc.site.listings import build_feed, list_items
from feedsvc.site.loader import EntryLoader
from feedsvc.site.publisher import Publisher

ROUNDS, ASKED, SAMPLE = 15, 12, 400


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.asking", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    count = parser.parse_args().count
    entries = ensure_entries(count)
    environ = {
        "FEEDSVC_SITE_URL": "https://news.example.com/",
        "FEEDSVC_SITE_ID_AUTHORITY": "news.example.com,2026",
        "FEEDSVC_SITE_INDEX": str(WORK / "asking-index"),
    }
    settings = load_settings(environ=environ, entries=entries)
    started = time.perf_counter()
    changed = refresh_index(settings)
    print(
        f"{count:,} entries; the index took {time.perf_counter() - started:.1f} s, "
        f"{changed:,} files read"
    )
    index = IndexClient(settings, runs_writer=False)
    compare_with_feedgen(settings, index)
    ask_first(settings, index)
    search(settings, index, select_common_word(entries))


def measure(work: Iterable[Callable[[], object]]) -> tuple[float, float]:
    """Median and worst, in milliseconds."""
    found = []
    for one in work:
        started = time.perf_counter()
        one()
        found.append(1000 * (time.perf_counter() - started))
    return statistics.median(found), max(found)


def tell(work: str, median: float, worst: float, beside: str = "") -> None:
    print(f"{work:62} {median:8.1f} ms, worst {worst:7.1f}  {beside}", flush=True)


def ask(settings: Settings, index: IndexClient, path: str, **query: str) -> Callable[[], object]:
    """A question to a publisher that knows nothing yet."""
    publisher = Publisher(settings, index)
    return lambda: publisher.get_document(path, {name: [value] for name, value in query.items()})


def compare_with_feedgen(settings: Settings, index: IndexClient) -> None:
    """Measure a feed of 50 entries, and feedgen alone on the same finished items."""
    with index.open_snapshot(int(time.time())) as query:
        outline = read_listing(query, Listing(limit=50), settings.feeds)
        assert outline is not None
    loaded = EntryLoader(settings).load_entries(outline.rows, outline.packed_entries, outline.links)
    feed = build_feed(outline, list_items(outline, loaded.items, settings.site.url), settings)
    for kind, render in (("rss", render_rss), ("atom", render_atom)):
        whole, alone = [], []
        for _ in range(ROUNDS):  # in turns: the machine's speed varies
            whole.append(measure([ask(settings, index, f"{kind}.xml", limit="50")])[0])
            alone.append(measure([lambda render=render: render(feed)])[0])  # type: ignore[misc]
        ratio = statistics.median(one / other for one, other in zip(whole, alone, strict=True))
        beside = f"{ratio:.2f} of feedgen's {statistics.median(alone):.1f} ms"
        tell(f"/{kind}.xml?limit=50, nothing kept", statistics.median(whole), max(whole), beside)


def ask_first(settings: Settings, index: IndexClient) -> None:
    with index.open_snapshot(int(time.time())) as query:
        names = {
            kind: [slug for slug, _, _ in query.select_terms(kind)] for kind in ("tag", "author")
        }
    for kind, folder in (("tag", "tags"), ("author", "authors")):
        paths = [
            f"{folder}/{slug}/atom.xml"
            for slug in names[kind][:: max(1, len(names[kind]) // ASKED)]
        ]
        tell(
            f"a feed of one {kind}, {len(paths)} of them",
            *measure([ask(settings, index, path) for path in paths]),
        )
    years = [f"{year}/rss.xml" for year in range(2010, 2010 + ASKED)]
    tell(
        f"a feed of one year, {len(years)} of them",
        *measure([ask(settings, index, path) for path in years]),
    )
    months = [f"archive/{year}-03/atom.xml" for year in range(2010, 2010 + ASKED)]
    tell(
        "an archive document (a month, or its first 500)",
        *measure([ask(settings, index, path) for path in months]),
    )


def search(settings: Settings, index: IndexClient, word: str) -> None:
    asked = [ask(settings, index, "atom.xml", q=word) for _ in range(ROUNDS)]
    tell(f"a feed of the search for {word!r}, in about half of all texts", *measure(asked))


def select_common_word(entries: Path) -> str:
    """A word that about half of all entries contain, by a sample of them."""
    files = sorted(entries.glob("2020/*/*.md"))
    sample = Random(1).sample(files, min(SAMPLE, len(files)))
    found: Counter[str] = Counter()
    for file in sample:
        found.update(set(re.findall(r"\w+", file.read_text(encoding="utf-8").lower())))
    return min(found, key=lambda word: (abs(found[word] / len(sample) - 0.5), word))


if __name__ == "__main__":
    main()
