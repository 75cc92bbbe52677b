"""What `/metrics` says, as tests compare it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.support.servers import fetch, wait_for

ORDER = ["kind", "host", "format", "status", "coding", "state", "le", "worker"]


def parse(text: str) -> dict[tuple[str, ...], float]:
    """Return the value of each sample by its name and the values of its labels."""
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels, key=ORDER.index))): (
            sample.value
        )
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def read_metrics(port: int) -> dict[tuple[str, ...], float]:
    """Return `parse` of what the server at *port* of this machine answers."""
    status, body, _ = fetch(f"http://127.0.0.1:{port}/metrics")
    assert status == 200
    return parse(body.decode())


def key(*labels: str) -> tuple[str, ...]:
    """Return the key of a count of requests in what `parse` returns."""
    return ("feedsvc_requests_total", *labels)


def ask_every_process(url: str, folder: Path, processes: int) -> int:
    """Ask until so many have counted, in files below *folder*; return how often that was."""
    asked = 0
    with ThreadPoolExecutor(8) as threads:

        def have_all_counted() -> bool:
            nonlocal asked
            asked += 16
            assert [status for status, _, _ in threads.map(fetch, [url] * 16)] == [200] * 16
            return len(list(folder.rglob("*.counts-*"))) >= processes

        wait_for(have_all_counted)
    return asked
