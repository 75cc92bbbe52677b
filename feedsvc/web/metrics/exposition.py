"""Counts and the state of the index in Prometheus' formats, and who may read them."""

from __future__ import annotations

import hmac
from collections import defaultdict
from collections.abc import Iterator, Mapping
from ipaddress import ip_address, ip_network
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder

from feedsvc.errors import IndexNotReadyError
from feedsvc.settings import Metrics
from feedsvc.site.publisher import Publisher
from feedsvc.web.local_requests import is_from_other_site, is_passed_on, names_this_machine
from feedsvc.web.metrics.counters import Count
from feedsvc.web.metrics.requests import RENDERING, RENDERING_SECONDS, REQUEST

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

LABELS = ("kind", "format", "status", "coding")


class WriterFact(NamedTuple):
    """A number that the writer keeps in the index's `meta`, and how it is shown."""

    meta: str
    name: str
    words: str
    is_counter: bool = False
    divisor: int = 1


# To add one: a row here, and a `set_meta` in the writer
WRITER_FACTS = (
    WriterFact("scans", "feedsvc_scans", "Comparisons of the folder with the index.", True),
    WriterFact("scan_ms", "feedsvc_scan_seconds", "Seconds these comparisons took.", True, 1_000),
    WriterFact("files_read", "feedsvc_files_read", "Files these comparisons read.", True),
    WriterFact("generation", "feedsvc_index_generation", "Changes of the index so far."),
    WriterFact("polling", "feedsvc_index_polling", "1 where the system reports no changes."),
    WriterFact("pending_deletions", "feedsvc_index_held_files", "Files gone, but not confirmed."),
    WriterFact("searchable", "feedsvc_search_filled", "1 once search is filled."),
)


def is_allowed(environ: WSGIEnvironment, metrics: Metrics) -> bool:
    """Whether the client of *environ* may see the metrics, by its address or its token."""
    given = environ.get("HTTP_AUTHORIZATION", "")
    expected = f"Bearer {metrics.token}"
    if metrics.token and hmac.compare_digest(given.encode(), expected.encode()):
        return True
    if is_passed_on(environ):  # the address is a proxy's
        return False
    try:
        client = ip_address(environ.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    client = getattr(client, "ipv4_mapped", None) or client
    if any(client in ip_network(one) for one in metrics.networks):
        return True
    is_meant = names_this_machine(environ) and not is_from_other_site(environ)
    return client.is_loopback and is_meant


def render_metrics(
    publisher: Publisher, counts: Mapping[str, Count], accept: str
) -> tuple[bytes, str]:
    """Return all metrics and their media type, in the format that *accept* prefers."""
    encode, media_type = choose_encoder(accept)
    metrics = [*_list_counted(counts), *_list_index_facts(publisher)]
    if publisher.settings.has_push:
        metrics += _list_deliveries(publisher.index.path)
    registry: Any = SimpleNamespace(collect=lambda: metrics)
    body: bytes = encode(registry)
    return body, media_type


def _list_deliveries(index_path: str) -> Iterator[Metric]:
    from feedsvc.indexer.push import read_deliveries  # late, since it loads an HTTP client

    names = ["kind", "host"]
    sent = CounterMetricFamily("feedsvc_pushes", "Messages that were accepted.", labels=names)
    failed = CounterMetricFamily("feedsvc_push_failures", "Attempts that failed.", labels=names)
    waiting = GaugeMetricFamily("feedsvc_push_waiting", "Items still to be sent.", labels=names)
    for one in read_deliveries(index_path):
        for family, value in ((sent, one.sent), (failed, one.failed), (waiting, one.waiting)):
            family.add_metric([one.kind, one.host], value)
    yield from (sent, failed, waiting)


def _list_counted(counts: Mapping[str, Count]) -> Iterator[Metric]:
    requests = CounterMetricFamily("feedsvc_requests", "Requests answered.", labels=LABELS)
    sizes = CounterMetricFamily("feedsvc_response_bytes", "Bytes of bodies.", labels=LABELS)
    renderings: dict[str, dict[float, Count]] = defaultdict(dict)
    for key, count in sorted(counts.items()):
        family, *words = key.split(" ")
        if family == REQUEST and len(words) == len(LABELS):
            requests.add_metric(words, count.count)
            sizes.add_metric(words, count.total)
        elif family == RENDERING and len(words) == 2:
            renderings[words[0]][float(words[1])] = count
    yield requests
    yield sizes
    times = HistogramMetricFamily(
        "feedsvc_rendering_seconds", "Documents rendered, and how long it took.", labels=["format"]
    )
    for name, by_bound in renderings.items():
        total, buckets = 0, []
        for bound in (*RENDERING_SECONDS, float("inf")):
            total += by_bound[bound].count if bound in by_bound else 0
            buckets.append((str(bound) if bound != float("inf") else "+Inf", total))
        seconds = sum(count.total for count in by_bound.values()) / 1e9
        times.add_metric([name], buckets, seconds)
    yield times


def _list_index_facts(publisher: Publisher) -> Iterator[Metric]:
    index = publisher.index
    is_ready = index.is_ready()
    yield GaugeMetricFamily("feedsvc_index_ready", "1 once there is an index.", int(is_ready))
    if not is_ready:
        return
    now = publisher.clock()
    try:
        with index.open_snapshot(int(now)) as query:
            states = query.count_states()
            problems = query.count_files_with_problems()
            pending = query.count_search_pending()
    except IndexNotReadyError:  # removed just now
        return
    entries = GaugeMetricFamily("feedsvc_entries", "Files by state.", labels=["state"])
    for state, count in states.items():
        entries.add_metric([state], count)
    yield entries
    facts = index.get_facts((*(fact.meta for fact in WRITER_FACTS), "scanned"))
    for name, words, value in (
        ("feedsvc_files_with_problems", "Files of entries that `check` names.", problems),
        ("feedsvc_search_pending", "Entries that search still lacks.", pending),
        ("feedsvc_index_current", "1 once the folder is compared.", int(index.is_current())),
    ):
        yield GaugeMetricFamily(name, words, value)
    if facts["scanned"]:
        words = "Seconds since the whole folder was last compared with the index."
        yield GaugeMetricFamily("feedsvc_index_age_seconds", words, max(0, now - facts["scanned"]))
    for fact in WRITER_FACTS:
        family = CounterMetricFamily if fact.is_counter else GaugeMetricFamily
        yield family(fact.name, fact.words, facts[fact.meta] / fact.divisor)
