"""`/metrics`: what it counts over real workers, whom it is shown to, and that it is off."""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from msgspec.structs import replace
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as parse_openmetrics,
)

from feedsvc.commands.cli import main
from feedsvc.errors import SettingsError
from feedsvc.log_lines import JsonFormatter, quote_words
from feedsvc.settings import Metrics, Push, Settings, load_settings
from feedsvc.web import create_app, create_standalone_app
from feedsvc.web.metrics.counters import OTHER, ROWS, Count, Counters
from tests.support.entries import write_entry
from tests.support.metrics import key, parse, read_metrics
from tests.support.processes import is_alive, is_stopped, list_processes, list_workers
from tests.support.receivers import run_receiver
from tests.support.servers import BIN, answers, fetch, pick_free_port, run_server, wait_for
from tests.support.writer import run_writer, wait_until

MakeSettings = Callable[..., Settings]
ACTIVE = {"FEEDSVC_METRICS_ACTIVE": "true"}


@pytest.fixture
def entries(entries_dir: Path) -> Path:
    write_entry(entries_dir, "quay.md", "A new quay", date="2026-03-02")
    write_entry(entries_dir, "broken.md", "No day", date="never")
    return entries_dir


# -- with real servers -------------------------------------------------------------------------


def test_all_workers_are_added_up_also_one_that_was_killed(entries: Path, tmp_path: Path) -> None:
    port = pick_free_port()
    command = [sys.executable, "-m", "feedsvc", "serve", str(entries), "--port", str(port)]
    log = tmp_path / "log"
    settings = {**ACTIVE, "FEEDSVC_LOG_FORMAT": "json"}
    with run_server([*command, "--workers", "2", "--access-log"], port, log, **settings) as server:
        wait_for(lambda: len(list_workers(server.pid)) == 2)
        url = f"http://127.0.0.1:{port}/atom.xml"
        etag = fetch(url)[2]["etag"]

        def ask() -> None:
            assert fetch(url, **{"If-None-Match": etag, "User-Agent": 'a "reader"\x9b'})[0] == 304

        def ask_often() -> None:
            for _ in range(25):
                ask()

        first, second = list_workers(server.pid)
        for other in second, first:  # so that each worker has counts of its own
            os.kill(other, signal.SIGSTOP)
            wait_for(lambda one=other: is_stopped(one))  # type: ignore[misc]
            threads = [threading.Thread(target=ask_often) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            os.kill(other, signal.SIGCONT)

        wait_for(lambda: log.read_text().count('"status": 304') == 200)  # a line is written later
        os.kill(first, signal.SIGKILL)
        wait_for(lambda: {first, second} != set(list_workers(server.pid)))
        wait_for(lambda: len(list_workers(server.pid)) == 2)
        for _ in range(20):
            ask()
        wait_for(lambda: read_metrics(port)["feedsvc_scans_total",] >= 1)  # noted after a scan
        found = read_metrics(port)

        assert found[key("feed", "atom", "304", "identity")] == 220
        assert found[key("feed", "atom", "200", "identity")] == 1
        assert found["feedsvc_rendering_seconds_count", "atom"] >= 1
        assert found["feedsvc_entries", "public"] == 1
        assert found["feedsvc_entries", "error"] == 1
        assert found["feedsvc_files_with_problems",] == 1
        assert found["feedsvc_files_read_total",] >= 2
        assert found["feedsvc_index_age_seconds",] < 60
        wait_for(lambda: read_metrics(port)["feedsvc_search_pending",] == 0)
        assert len(list((tmp_path / "cache" / "feedsvc").glob("*.counts-*"))) == 2

    opening, *texts = log.read_text().splitlines()
    assert opening.startswith("Development mode")
    lines = [json.loads(line) for line in texts]  # every one is an object
    assert any(line["message"].startswith("Serving ") for line in lines)
    asked = [line for line in lines if line.get("path") == "/atom.xml" and line["status"] == 304]
    assert len(asked) == 220
    assert asked[0]["bytes"] == 0
    assert asked[0]["logger"] == "feedsvc.access"
    assert {"feedsvc.indexer.writer", "feedsvc.access"} <= {line["logger"] for line in lines}


def test_gunicorn_counts_with_a_preloaded_application(entries: Path, tmp_path: Path) -> None:
    port = pick_free_port()
    command = [str(BIN / "gunicorn"), "--preload", "--workers", "2", "--bind", f"127.0.0.1:{port}"]
    settings = {**ACTIVE, "FEEDSVC_SITE_ENTRIES": str(entries), "FEEDSVC_LOG_LEVEL": "info"}
    log = tmp_path / "log"
    with run_server([*command, "feedsvc.wsgi:app"], port, log, **settings):
        for _ in range(30):
            assert fetch(f"http://127.0.0.1:{port}/rss.xml")[0] == 200
        found = read_metrics(port)
        wait_for(lambda: " INFO feedsvc.indexer.writer " in log.read_text(), log)

    assert found[key("feed", "rss", "200", "identity")] == 30


def test_granians_own_exporter_shows_each_worker(entries: Path, tmp_path: Path) -> None:
    port, metrics, log = pick_free_port(), pick_free_port(), tmp_path / "log"
    command = [sys.executable, "-m", "feedsvc", "serve", str(entries), "--port", str(port)]
    command += ["--workers", "2", "--granian-metrics", f"127.0.0.1:{metrics}"]

    def read(name: str, *workers: str) -> list[float]:
        found = read_metrics(metrics)
        name = f"granian_{name}_total"  # as the parser has them
        return [found.get((name, one), -1) for one in workers] or [found[name,]]

    with run_server(command, port, log) as server:
        family = list_processes(server.pid)
        for _ in range(40):
            assert fetch(f"http://127.0.0.1:{port}/atom.xml")[0] == 200
        wait_for(lambda: -1 not in read("requests_handled", "1", "2"), log)
        wait_for(lambda: sum(read("requests_handled", "1", "2")) >= 40, log)
        assert read("workers_spawns") == [2]
        assert read("workers_respawns_for_err") == [0]

        os.kill(list_workers(server.pid)[-1], signal.SIGKILL)
        wait_for(lambda: read("workers_respawns_for_err") == [1], log)
        wait_for(lambda: read("workers_spawns") == [3], log)

        server.send_signal(signal.SIGHUP)
        wait_for(lambda: read("workers_spawns") == [5], log)

        os.kill(list_workers(server.pid)[0], signal.SIGKILL)  # the exporter itself
        wait_for(lambda: "the process with the metrics has ended (-9)" in log.read_text(), log)
        wait_for(lambda: answers(metrics, "/metrics"), log)
        wait_for(lambda: -1 not in read("requests_handled", "1", "2"), log)
        before = sum(read("requests_handled", "1", "2"))
        for _ in range(40):
            assert fetch(f"http://127.0.0.1:{port}/atom.xml")[0] == 200
        wait_for(lambda: sum(read("requests_handled", "1", "2")) >= before + 40, log)
        os.kill(list_workers(server.pid)[0], signal.SIGKILL)
        wait_for(lambda: read("workers_respawns_for_err") == [1], log)
        family |= list_processes(server.pid)
    wait_for(lambda: not any(is_alive(pid) for pid in family), log)


@pytest.mark.parametrize("words", ["", "x", "127.0.0.1:", "127.0.0.1", "99999", "[::1]"])
def test_an_address_for_granians_exporter_that_is_none_is_named(words: str, entries: Path) -> None:
    done = CliRunner().invoke(main, ["serve", str(entries), "--granian-metrics", words])

    assert (done.exit_code, done.stdout) == (2, "")
    assert f"expected a port, or an address and a port such as '10.0.0.5:9090', got {words!r}" in (
        " ".join(done.stderr.split())
    )


def test_a_port_for_granians_exporter_that_is_taken_is_named(entries: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = CliRunner().invoke(main, ["serve", str(entries), "--granian-metrics", str(port)])

    assert done.exit_code == 2
    assert f"feedsvc: --granian-metrics: port {port} of 127.0.0.1 is in use" in done.stderr


# -- what is counted ---------------------------------------------------------------------------

COUNTED = {
    "/": ("listing", "html", "200", "identity"),
    "/tags/": ("listing", "html", "200", "identity"),
    "/2026/03/quay/": ("entry", "html", "200", "identity"),
    "/rss.xml": ("feed", "rss", "200", "identity"),
    "/feed": ("feed", "rss", "200", "identity"),
    "/feed.json": ("feed", "json", "200", "identity"),
    "/archive/2026-03/atom.xml": ("archive", "atom", "200", "identity"),
    "/sitemap.xml": ("map", "xml", "200", "identity"),
    "/opml.xml": ("map", "opml", "200", "identity"),
    "/robots.txt": ("map", "text", "200", "identity"),
    "/favicon.ico": ("static", "other", "200", "identity"),
    "/files/none.png": ("file", "text", "404", "identity"),
    "/healthz": ("service", "json", "200", "identity"),
    "/nothing": ("other", "text", "404", "identity"),
    "/rss.xml?limit=x": ("other", "text", "400", "identity"),
    "/tags": ("other", "html", "301", "identity"),
}


@pytest.fixture(params=[create_app, create_standalone_app], ids=["flask", "front"])
def client(request: Any, entries: Path, settings: MakeSettings) -> Any:  # noqa: ARG001
    app = request.param(replace(settings(), metrics=Metrics(active=True)))
    wait_until(app.extensions["feedsvc"].index.is_ready)  # for an answer waits ten seconds only
    yield app.test_client()
    app.extensions["feedsvc"].index.close()


def ask(client: Any, path: str = "/metrics", **options: Any) -> Any:
    return client.get(path, **options)


def test_every_response_is_counted_once_by_what_it_was(client: Any) -> None:
    for path in COUNTED:
        for _ in range(3):
            ask(client, path)
    client.post("/")  # no route is for it
    found = parse(ask(client).text)

    expected: dict[tuple[str, ...], int] = {key("other", "text", "405", "identity"): 1}
    for labels in COUNTED.values():
        expected[key(*labels)] = expected.get(key(*labels), 0) + 3
    assert {name: n for name, n in found.items() if name[0] == "feedsvc_requests_total"} == expected


def test_pushes_are_counted_by_whom_they_are_for(entries: Path, settings: MakeSettings) -> None:
    with run_receiver(status=500) as hook:
        push = Push(webhooks=(f"{hook.url}?token=abc",), webhook_secret="0123456789abcdef")
        site = replace(settings(), metrics=Metrics(active=True), push=push)
        client = create_app(site, runs_writer=False).test_client()
        with run_writer(site):
            write_entry(entries, "new.md", "New", date="2026-03-03")
            hook.wait_for(1)
            host = hook.url.rpartition("/")[0]
            labels = ("webhook", host)
            failed = ("feedsvc_push_failures_total", *labels)
            wait_until(lambda: parse(ask(client).text).get(failed, 0) >= 1)
        text = ask(client).text

    found = parse(text)
    assert found["feedsvc_pushes_total", *labels] == 0
    assert found["feedsvc_push_waiting", *labels] == 1
    assert "abc" not in text


def test_bytes_are_those_that_are_sent(client: Any) -> None:
    sent = [ask(client, "/rss.xml", headers={"Accept-Encoding": "gzip"}) for _ in range(3)]
    for _ in range(2):
        client.head("/rss.xml", headers={"Accept-Encoding": "gzip"})
    found = parse(ask(client).text)

    labels = ("feed", "rss", "200", sent[0].headers.get("Content-Encoding", "identity"))
    assert found["feedsvc_response_bytes_total", *labels] == sum(len(one.data) for one in sent)
    assert found[key(*labels)] == 5


def test_both_formats_are_what_their_parsers_take(client: Any) -> None:
    ask(client, "/rss.xml")
    accept = "application/openmetrics-text; version=1.0.0"
    response = ask(client, headers={"Accept": accept})

    families = parse_openmetrics(response.text)  # type: ignore[no-untyped-call]
    names = {family.name for family in families}
    assert {"feedsvc_requests", "feedsvc_rendering_seconds", "feedsvc_scans"} <= names
    assert response.content_type.startswith("application/openmetrics-text")
    assert response.headers["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Origin" not in response.headers


# -- who may see it ----------------------------------------------------------------------------

CLIENTS = {
    "this machine": ({}, "127.0.0.1", 200),
    "this machine by IPv6": ({}, "::1", 200),
    "an IPv4 address in an IPv6 one": ({}, "::ffff:127.0.0.1", 200),
    "a network": ({}, "10.1.2.3", 200),
    "a stranger": ({}, "192.0.2.7", 403),
    "a socket without addresses": ({}, "", 403),
    "a proxy on this machine": ({"X-Forwarded-For": "192.0.2.7"}, "127.0.0.1", 403),
    "localhost": ({"Host": "localhost:8000"}, "127.0.0.1", 200),
    "a network that asks by a name": ({"Host": "news.internal"}, "10.1.2.3", 200),
    "a proxy that keeps the name it was asked for": ({"Host": "news.example.com"}, "::1", 403),
    "another name of this machine": ({"Host": "127.0.0.1.evil.example"}, "127.0.0.1", 403),
    "a page of another site": ({"Origin": "https://evil.example"}, "127.0.0.1", 403),
    "a picture on another site": ({"Sec-Fetch-Site": "cross-site"}, "127.0.0.1", 403),
    **{
        f"a proxy by {name}": ({name: "192.0.2.7"}, "127.0.0.1", 403)
        for name in ("True-Client-IP", "X-Client-IP", "CDN-Loop", "X-Forwarded-Server", "Forwarded")
    },
    "a proxy that names itself": ({"Via": "1.1 varnish"}, "127.0.0.1", 403),
    "the token": ({"Authorization": "Bearer s3cret"}, "192.0.2.7", 200),
    "the token through a proxy": (
        {"Authorization": "Bearer s3cret", "X-Forwarded-For": "192.0.2.7"},
        "127.0.0.1",
        200,
    ),
    "another token": ({"Authorization": "Bearer s3cre"}, "192.0.2.7", 403),
    "no ASCII": ({"Authorization": "Bearer \xe4"}, "192.0.2.7", 403),
}


@pytest.mark.parametrize(("headers", "address", "status"), CLIENTS.values(), ids=CLIENTS)
def test_strangers_see_nothing(
    headers: dict[str, str], address: str, status: int, settings: MakeSettings
) -> None:
    metrics = Metrics(active=True, networks=("10.0.0.0/8",), token="s3cret")
    made = replace(settings(), metrics=metrics)
    client = create_app(made, runs_writer=False).test_client()
    response = client.get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address})

    assert response.status_code == status
    assert "no-store" in response.headers["Cache-Control"]
    assert ("feedsvc_requests_total" in response.text or "feedsvc_index" in response.text) == (
        status == 200
    )


def test_nothing_is_counted_or_loaded_where_it_is_off(entries: Path) -> None:
    code = (
        "import sys; from feedsvc.web import create_standalone_app as make;"
        "app = make(runs_writer=False); client = app.test_client();"
        "assert client.get('/metrics').status_code == 404;"
        "assert app.wsgi_app.counters is None;"
        "assert not [name for name in sys.modules if name.startswith('prometheus')"
        " or name.startswith('feedsvc.web.metrics')]"
    )
    environ = {**os.environ, "FEEDSVC_SITE_ENTRIES": str(entries)}
    subprocess.run([sys.executable, "-c", code], env=environ, check=True)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("FEEDSVC_METRICS_NETWORKS", '["10.0.0.1/8"]', "a list of networks"),
        ("FEEDSVC_METRICS_ACTIVE", "maybe", "true or false"),
        ("FEEDSVC_LOG_LEVEL", "loud", "'debug' or 'error' or 'info'"),
    ],
)
def test_a_wrong_setting_says_what_would_be_right(name: str, value: str, expected: str) -> None:
    with pytest.raises(SettingsError, match=expected):
        load_settings(environ={name: value})


def test_no_message_quotes_the_token() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(environ={"FEEDSVC_METRICS_TOKEN": "two words"})

    assert "two words" not in str(caught.value)


# -- counters ----------------------------------------------------------------------------------


def test_threads_and_processes_lose_no_count(tmp_path: Path) -> None:
    base = str(tmp_path / "x")
    counters = Counters(base)
    counters.add("a", 1)

    def add_many() -> None:
        for _ in range(5_000):
            counters.add("a", 2)

    def add_in_threads() -> None:
        threads = [threading.Thread(target=add_many) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    child = multiprocessing.get_context("fork").Process(target=add_in_threads)
    child.start()
    add_in_threads()
    child.join()

    assert counters.read() == {"a": Count(count=40_001, total=80_001)}
    assert len(list(tmp_path.iterdir())) == 2


def test_counts_go_on_after_a_restart_and_a_damaged_file_begins_anew(tmp_path: Path) -> None:
    base = str(tmp_path / "x")
    first = Counters(base)
    first.add("a", 5)
    first.forget()  # as if the process had ended
    second = Counters(base)
    second.add("a", 5)

    assert second.read() == {"a": Count(count=2, total=10)}

    second.forget()
    (tmp_path / "x.counts-0").write_bytes(b"\xff" * 100)
    third = Counters(base)
    third.add("b", 1)
    assert third.read() == {"b": Count(count=1, total=1)}


def test_rows_are_bounded(tmp_path: Path) -> None:
    counters = Counters(str(tmp_path / "x"))
    for number in range(ROWS + 100):
        counters.add(f"key {number}", 1)
    found = counters.read()

    assert len(found) == ROWS - 1
    assert found[OTHER].count == 102
    assert sum(count.count for count in found.values()) == ROWS + 100


def test_a_folder_that_cannot_be_written_leaves_this_process_its_counts(tmp_path: Path) -> None:
    counters = Counters(str(tmp_path / "none" / "x"))
    counters.add("a", 3)

    assert counters.read() == {"a": Count(count=1, total=3)}


# -- lines of the log --------------------------------------------------------------------------


def test_a_record_is_one_json_object_a_line() -> None:
    try:
        raise ValueError("a\nb\u2028\u202e\x9b")
    except ValueError as error:
        record = logging.LogRecord(
            "feedsvc.x", logging.ERROR, "", 1, "%s", (str(error),), sys.exc_info()
        )
    text = JsonFormatter().format(record)

    assert len(text.splitlines()) == 1
    assert not set("\u2028\u202e\x9b") & set(text)
    fields = json.loads(text)
    assert fields["message"] == "a\nb\u2028\u202e\x9b"
    assert (fields["level"], fields["logger"]) == ("error", "feedsvc.x")
    assert fields["traceback"].startswith("Traceback")


def test_an_agent_cannot_end_its_quotes() -> None:
    assert quote_words('a" 200 "\\\n\x1b') == '"a\\" 200 \\"\\\\\\n\\x1b"'


def test_what_is_logged_can_be_set_anew() -> None:
    code = (
        "import logging; from feedsvc.log_lines import configure_logging as configure;"
        "configure('info'); configure('warning', 'json');"
        "logging.getLogger('feedsvc.x').info('no'); logging.getLogger('feedsvc.x').warning('yes')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert [json.loads(line)["message"] for line in done.stderr.splitlines()] == ["yes"]
