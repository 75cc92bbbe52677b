"""Measure how soon others know: from a saved file to a webhook, and to a subscriber of a real hub.

python -m benchmarks.push [--count N] [--changes N]

The service runs with one worker over generated entries; hub and subscriber are processes and
threads on the same machine. A change is a new entry, the next one comes 1.5 s later.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.__main__ import WORK, ensure_entries
from benchmarks.serving import pick_free_port, run, serve, wait_for_answer
from tests.support.receivers import Receiver, run_receiver

PAUSE_SECONDS = 1.5
MAX_SECONDS = 30.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.push", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--changes", type=int, default=20)
    arguments = parser.parse_args()
    entries = ensure_entries(arguments.count)
    folder = WORK / "push"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    port, hub_port = pick_free_port(), pick_free_port()
    site, hub = f"http://127.0.0.1:{port}/", f"http://127.0.0.1:{hub_port}/hub"
    command = [sys.executable, "-m", "tests.support.websub_hub", str(hub_port), str(folder)]
    with run_receiver() as subscriber, run_receiver() as webhook, run(command):
        environ = {
            "FEEDSVC_SITE_URL": site,
            "FEEDSVC_SITE_ID_AUTHORITY": "news.example.com,2026",
            "FEEDSVC_SITE_INDEX": str(folder / "index"),
            "FEEDSVC_FEEDS_HUBS": f'["{hub}"]',
            "FEEDSVC_PUSH_WEBHOOKS": f'["{webhook.url}"]',
            "FEEDSVC_PUSH_WEBHOOK_SECRET": "of the benchmark",
        }
        with run(serve(entries, port), **environ):
            wait_for_answer(port)
            subscribe(hub, f"{site}atom.xml", subscriber.url)
            subscriber.received.clear()
            measure(entries, arguments.changes, {"webhook": webhook, "subscriber": subscriber})


def subscribe(hub: str, topic: str, callback: str) -> None:
    form = urlencode({"hub.mode": "subscribe", "hub.topic": topic, "hub.callback": callback})
    urllib.request.urlopen(hub, form.encode(), timeout=10).close()


def measure(entries: Path, changes: int, receivers: dict[str, Receiver]) -> None:
    """Print median and worst of the milliseconds until each of *receivers* has a new entry."""
    found: dict[str, list[float]] = {name: [] for name in receivers}
    for number in range(changes):
        file = entries / f"push-{number}.md"
        mark = f"Pushed {number} at {time.time_ns()}"
        date = datetime.now(UTC).isoformat()
        file.write_text(f"---\ntitle: {mark}\ndate: {date}\n---\n\nText.\n", encoding="utf-8")
        saved = time.perf_counter()
        try:
            for name, receiver in receivers.items():
                wait_for_mark(receiver, mark.encode())
                found[name].append(1_000 * (time.perf_counter() - saved))
            time.sleep(PAUSE_SECONDS)
        finally:
            file.unlink()
        time.sleep(PAUSE_SECONDS)
    for name, times in found.items():
        print(
            f"saved file to {name}, {changes} times: median {statistics.median(times):.0f} ms, "
            f"worst {max(times):.0f} ms"
        )


def wait_for_mark(receiver: Receiver, mark: bytes) -> None:
    deadline = time.monotonic() + MAX_SECONDS
    while not any(mark in got.body for got in receiver.received[-30:]):
        assert time.monotonic() < deadline, "it did not arrive"
        time.sleep(0.002)


if __name__ == "__main__":
    main()
