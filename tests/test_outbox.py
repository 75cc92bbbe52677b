"""Who is notified of changes: hubs, webhooks, caches and search engines, by the real writer."""

from __future__ import annotations

import hmac
import json
import logging
import math
import os
import re
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
from msgspec.structs import replace

from feedsvc import create_app
from feedsvc.index import prepare_index_path
from feedsvc.index.surrogate_keys import make_entry_key, make_listing_key
from feedsvc.indexer import refresh_index
from feedsvc.indexer.push import (
    Change,
    ChangeSet,
    Delivery,
    Outbox,
    list_receivers,
    make_outbox_path,
    read_deliveries,
)
from feedsvc.indexer.push.requests import (
    TIMEOUT_SECONDS,
    Failure,
    Message,
    describe_host,
    send_message,
)
from feedsvc.settings import Push, Settings, load_settings
from tests.support.commands import Run
from tests.support.console import parse_page
from tests.support.entries import write_entry
from tests.support.processes import list_processes
from tests.support.promises import check_seconds
from tests.support.receivers import Receiver, run_receiver
from tests.support.servers import ROOT, fetch, pick_free_port, run_server, wait_for
from tests.support.writer import run_writer, wait_until
from tests.test_deploy import run_cache
from tests.test_watch import Folder

SECRET = "s3cret-of-the-webhook"
MakeSettings = Callable[..., Settings]
ENTRY = {
    "id": "tag:news.example.com,2026:quay",
    "url": "https://news.example.com/2026/03/quay/",
    "title": "A new quay",
}


def make_push(settings: MakeSettings, **push: Any) -> Settings:
    return replace(settings(), push=Push(webhook_secret=SECRET, **push))


def get_waiting(site: Settings) -> bytes:
    """Return what waits to be sent, as its file has it."""
    file = Path(make_outbox_path(str(prepare_index_path(site))))
    return file.read_bytes() if file.exists() else b""


def write_quay(folder: Path, title: str = "A new quay", **fields: Any) -> None:
    write_entry(folder, "quay.md", title, tags="[ferry]", category="Harbor", **fields)


def list_changes(receiver: Receiver) -> list[dict[str, Any]]:
    return [one for got in receiver.received for one in json.loads(got.body)["changes"]]


@contextmanager
def run_webhook(settings: MakeSettings, **answer: Any) -> Iterator[tuple[Receiver, Settings]]:
    """A writer over one old entry that tells a webhook."""
    with run_receiver(**answer) as receiver:
        site = make_push(settings, webhooks=(f"{receiver.url}hook?token=abc",))
        write_entry(site.entries, "old.md", "Old", date="2026-01-02")
        with run_writer(site):
            yield receiver, site


# ---- webhook


def test_a_webhook_gets_what_changed_signed(settings: MakeSettings) -> None:
    with run_webhook(settings) as (receiver, site):
        write_quay(site.entries)
        (got,) = receiver.wait_for(1)  # the first index notified nobody

        assert json.loads(got.body) == {
            "site": "https://news.example.com/",
            "changes": [{"event": "published", **ENTRY, "state": "public"}],
            "omitted": 0,
        }
        assert got.path == "/hook?token=abc"
        moment = got.headers["x-feedsvc-timestamp"]
        assert abs(time.time() - int(moment)) < 60
        signed = hmac.new(SECRET.encode(), f"{moment}.".encode() + got.body, "sha256").hexdigest()
        assert got.headers["x-feedsvc-signature"] == f"sha256={signed}"


EVENTS: dict[str, tuple[dict[str, str] | None, tuple[str, str] | None]] = {
    "new": ({}, ("published", "public")),
    "the same": ({}, None),
    "another title": ({"title": "Other"}, ("updated", "public")),
    "another body": ({"body": "Longer."}, ("updated", "public")),
    "a draft": ({"draft": "true"}, ("removed", "gone")),
    "the draft, edited": ({"draft": "true", "title": "Other"}, None),
    "back": ({}, ("published", "public")),
    "expired": ({"expires": "2026-03-04"}, ("expired", "expired")),
    "retracted": ({"status": "retracted", "retracted": "2026-03-05"}, ("withdrawn", "retracted")),
    "back again": ({}, ("published", "public")),
    "postponed": ({"date": "2199-03-02"}, ("removed", "gone")),
    "as it was": ({}, ("published", "public")),
    "unlisted": ({"status": "unlisted"}, ("removed", "gone")),
    "an unlisted edit": ({"status": "unlisted", "title": "Other"}, None),
    "listed": ({}, ("published", "public")),
    "deleted": (None, ("removed", "gone")),
}


def test_each_event_has_its_name(settings: MakeSettings) -> None:
    site = make_push(settings, webhooks=("https://hook.example.com/",))
    write_entry(site.entries, "old.md", "Old", date="2026-01-02")
    refresh_index(site)
    outbox = Path(f"{prepare_index_path(site)}.outbox")
    notified = {}
    for name, (fields, _) in EVENTS.items():
        if fields is None:
            (site.entries / "quay.md").unlink()
        else:
            write_quay(site.entries, **fields)
        outbox.unlink(missing_ok=True)
        refresh_index(site)
        waiting = json.loads(outbox.read_bytes())["mail"] if outbox.exists() else {}
        changes = [one for mail in waiting.values() for one in mail["items"].values()]
        assert {(one["id"], one["title"]) for one in changes} <= {
            (ENTRY["id"], title) for title in ("A new quay", "Other")
        }
        notified[name] = [(one["event"], one["state"]) for one in changes]

    assert notified == {name: [event] if event else [] for name, (_, event) in EVENTS.items()}


def test_what_nobody_sees_is_sent_to_nobody(settings: MakeSettings) -> None:
    with run_webhook(settings) as (receiver, site):
        write_entry(site.entries, "draft.md", "Hidden", draft="true")
        write_entry(site.entries, "later.md", "Hidden", date="2199-01-01")
        write_entry(site.entries, "wrong.md", "Hidden", date="someday")
        write_entry(site.entries, "unlisted.md", "Hidden", status="unlisted")
        write_quay(site.entries)
        receiver.wait_for(1)

        assert b"Hidden" not in b"".join(got.body for got in receiver.received)
        assert list_changes(receiver) == [{"event": "published", **ENTRY, "state": "public"}]


def test_a_webhook_that_fails_is_asked_again(settings: MakeSettings) -> None:
    with run_webhook(settings, status=500) as (receiver, site):
        write_quay(site.entries, "First")
        receiver.wait_for(1)
        write_quay(site.entries)
        wait_until(lambda: b"A new quay" in get_waiting(site))
        receiver.status = 204
        wait_until(lambda: list_changes(receiver)[-1]["title"] == "A new quay")

        # both changes are one by then, under its first name
        assert list_changes(receiver)[-1] == {"event": "published", **ENTRY, "state": "public"}
        assert {one["title"] for one in list_changes(receiver)[:-1]} == {"First"}
        deliveries = {got.headers["x-feedsvc-delivery"] for got in receiver.received}
        assert len(deliveries) == len({got.body for got in receiver.received})


def test_a_webhook_that_hangs_delays_no_other_nor_the_index(settings: MakeSettings) -> None:
    started = time.monotonic()
    with run_receiver(status=0) as hanging, run_receiver() as other:
        site = make_push(settings, webhooks=(hanging.url, other.url))
        write_entry(site.entries, "old.md", "Old")
        app = create_app(site, runs_writer=False)
        with run_writer(site):
            for number in (1, 2):
                write_quay(site.entries, f"Title {number}")
                wait_until(lambda n=number: f"Title {n}" in app.test_client().get("/").text)  # type: ignore[misc]
                other.wait_for(number)

    # one at a time, each until it is given up
    assert 1 <= len(hanging.received) <= 1 + (time.monotonic() - started) // TIMEOUT_SECONDS


def test_a_webhook_that_was_away_over_a_restart_is_notified(settings: MakeSettings) -> None:
    port = pick_free_port()
    site = make_push(settings, webhooks=(f"http://127.0.0.1:{port}/",))
    write_entry(site.entries, "old.md", "Old")
    index = prepare_index_path(site)
    with run_writer(site):
        write_quay(site.entries)
        wait_until(lambda: b"quay" in get_waiting(site))
    index.unlink()  # the outbox outlives it
    with run_receiver(port) as receiver, run_writer(site):
        receiver.wait_for(1)

    assert list_changes(receiver) == [{"event": "published", **ENTRY, "state": "public"}]
    assert Path(f"{index}.outbox").stat().st_mode & 0o777 == 0o600


def test_what_changed_while_nothing_ran_is_sent(settings: MakeSettings) -> None:
    with run_receiver() as receiver:
        site = make_push(settings, webhooks=(receiver.url,))
        write_entry(site.entries, "old.md", "Old")
        refresh_index(site)
        write_quay(site.entries)
        refresh_index(site)  # `feedsvc index`, which sends nothing itself
        assert not receiver.received
        write_entry(site.entries, "other.md", "Other")
        with run_writer(site):
            wait_until(lambda: len(list_changes(receiver)) == 2)

    assert {one["title"] for one in list_changes(receiver)} == {"A new quay", "Other"}


def test_a_scheduled_entry_is_sent_at_its_second(settings: MakeSettings) -> None:
    with run_webhook(settings) as (receiver, site):
        lead, folder = 1, Folder(site)

        def measure_delay() -> float:
            nonlocal lead
            lead *= 2
            title = f"After {lead}"
            due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=lead)
            end = due + timedelta(seconds=1)
            write_quay(site.entries, title, date=due.isoformat(), expires=end.isoformat())
            known = "SELECT public_from FROM file WHERE path = 'quay.md'"
            wait_until(lambda: folder.ask(known) == [(due.timestamp(),)])
            if time.time() >= due.timestamp():
                return math.inf  # it was read too late to say anything

            def list_events() -> list[str]:
                return [one["event"] for one in list_changes(receiver) if one["title"] == title]

            wait_until(lambda: len(list_events()) == 1)
            published = time.time() - due.timestamp()
            wait_until(lambda: len(list_events()) == 2)
            ended = time.time() - end.timestamp()
            assert list_events() == ["published", "expired"]
            assert min(published, ended) >= 0
            return max(published, ended)

        check_seconds(measure_delay, 1.5)


def test_what_fell_due_while_nothing_ran_is_sent(settings: MakeSettings) -> None:
    with run_receiver() as receiver:
        site = make_push(settings, webhooks=(receiver.url,))
        due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=4)
        write_quay(site.entries, date=due.isoformat())
        refresh_index(site)
        assert time.time() < due.timestamp()
        wait_until(lambda: time.time() >= due.timestamp())
        with run_writer(site):
            receiver.wait_for(1)

    assert [one["event"] for one in list_changes(receiver)] == ["published"]


# ---- WebSub


@contextmanager
def run_hub(folder: Path, port: int) -> Iterator[None]:
    command = [sys.executable, "-m", "tests.support.websub_hub", str(port), str(folder)]
    with run_server(command, port, folder / "hub.log"):
        yield


def subscribe(hub: str, topic: str, callback: str) -> None:
    import urllib.request

    form = {"hub.mode": "subscribe", "hub.topic": topic, "hub.callback": callback}
    form["hub.secret"] = "of the subscriber"
    with urllib.request.urlopen(hub, urlencode(form).encode(), timeout=60) as response:
        assert response.status == 202


@contextmanager
def run_site(folder: Path, *sections: str, **environ: str) -> Iterator[str]:
    """Serve *folder*, with *sections* of settings; yield the site's address."""
    port = pick_free_port()
    site = f"http://127.0.0.1:{port}/"
    config = folder.with_name("feedsvc.toml")
    config.write_text(
        f'[site]\nurl = "{site}"\nid_authority = "news.example.com,2026"\n' + "\n".join(sections)
    )
    command = [sys.executable, "-m", "feedsvc", "serve", "--config", str(config)]
    command += ["--port", str(port), "--workers", "1"]
    with run_server(command, port, folder.with_name("site.log"), **environ):
        yield site


@pytest.mark.skipif(
    sys.version_info >= (3, 14), reason="flask-websub's tasks fail under Celery with it"
)
def test_a_subscriber_of_a_real_hub_has_a_new_entry_within_two_seconds(
    entries_dir: Path, tmp_path: Path
) -> None:
    port = pick_free_port()
    hub = f"http://127.0.0.1:{port}/hub"
    write_entry(entries_dir, "old.md", "Old", tags="[ferry]")
    with (
        run_receiver() as subscriber,
        run_site(entries_dir, f'[feeds]\nhubs = ["{hub}"]') as site,
    ):
        with run_hub(tmp_path, port):
            topic = f"{site}tags/ferry/atom.xml"
            subscribe(hub, topic, f"{subscriber.url}callback")
            assert subscriber.received.pop().method == "GET"  # it was verified

            def measure_way() -> float:
                subscriber.received.clear()
                started = time.monotonic()
                write_quay(entries_dir, f"A new quay {started}")
                (got,) = subscriber.wait_for(1)
                seconds = time.monotonic() - started
                assert f"A new quay {started}".encode() in got.body
                assert got.headers["x-hub-signature"].startswith("sha512=")
                return seconds

            check_seconds(measure_way, 2)
        write_quay(entries_dir, "While the hub was away")
        wait_for(
            lambda: "Connection refused; tried again" in (tmp_path / "site.log").read_text(),
            tmp_path / "site.log",
        )
        with run_hub(tmp_path, port):
            wait_until(lambda: b"While the hub was away" in subscriber.received[-1].body, 90)


def test_a_hub_is_pinged_for_each_feed_that_has_the_entry(settings: MakeSettings) -> None:
    with run_receiver() as hub:
        site = settings(hubs=(hub.url,))
        write_entry(site.entries, "old.md", "Old")
        with run_writer(site):
            write_quay(site.entries)
            pings = [parse_qs(got.body.decode()) for got in hub.wait_for(18)]

    folders = ("", "categories/harbor/", "tags/ferry/", "languages/en/", "2026/", "2026/03/")
    topics = [f"https://news.example.com/{one}" for one in folders]
    assert [ping["hub.url"] for ping in pings] == [ping["hub.topic"] for ping in pings]
    assert [ping["hub.topic"][0] for ping in pings] == [
        f"{topic}{file}" for topic in topics for file in ("rss.xml", "atom.xml", "feed.json")
    ]


# ---- caches


VARNISH = """[push]
cdn = "varnish"
cdn_urls = ["http://127.0.0.1:{port}/"]
"""


@contextmanager
def run_shipped_varnish(varnishd: str, folder: Path, behind: int, port: int) -> Iterator[str]:
    """Run `deploy/varnish.vcl` on *port* before the service on port *behind*."""
    shipped = (ROOT / "deploy" / "varnish.vcl").read_text(encoding="utf-8")
    assert shipped.count('"8000"') == 1
    config = folder / "varnish.vcl"
    shipped = shipped.replace('"8000"', f'"{behind}"').replace('"8001"', f'"{pick_free_port()}"')
    config.write_text(shipped)
    command = [varnishd, "-F", "-a", f"127.0.0.1:{port}", "-f", str(config)]
    command += ["-n", str(folder / "varnish"), "-s", "malloc,16m", "-j", "none"]
    with run_cache(command, port, folder / "varnish.log"):
        yield f"http://127.0.0.1:{port}/"


@pytest.mark.parametrize("header", ["", 'surrogate_keys = "Surrogate-Key"'], ids=["urls", "keys"])
def test_varnish_drops_a_retracted_story_within_two_seconds(
    needs: Callable[[str], str], entries_dir: Path, tmp_path: Path, header: str
) -> None:
    port = pick_free_port()
    write_entry(entries_dir, "old.md", "Old", date="2026-01-02")
    write_entry(entries_dir, "newer.md", "Newer", date="2026-03-20")
    write_entry(entries_dir, "link.md", "Link", date="2025-01-02", body="See [it](quay.md).")
    (entries_dir / "quay.png").write_bytes(b"\x89PNG A new quay")
    write_quay(entries_dir, body="![A picture](quay.png)")
    own = "2026/03/02/quay/"
    # what no cache may show; of others the title
    marks = {"2025/01/02/link/": own.encode(), "?q=quay": b"A new <mark>quay</mark>"}
    paths = ["", own, "files/quay.png", "rss.xml", "feed", "tags/ferry/", "2025/01/02/link/"]
    paths += ["2026/01/02/old/", "2026/03/20/newer/"]
    paths += ["archive/2026-03/atom.xml", "tags/ferry/archive/2026-03/rss.xml"]
    paths += ["?limit=7", "tags/ferry/atom.xml?content=summary", "?q=quay"] if header else []
    with run_site(entries_dir, VARNISH.format(port=port), header) as site:
        host = site.split("/")[2]
        behind = int(host.partition(":")[2])
        with run_shipped_varnish(needs("varnishd"), tmp_path, behind, port) as cache:

            def shows(path: str) -> bool:
                status, body, headers = fetch(cache + path, Host=host)
                assert "Surrogate-Key" not in headers
                return status == 200 and marks.get(path, b"A new quay") in body

            for path in paths:
                assert shows(path), path
                _, _, headers = fetch(cache + path, Host=host)
                assert len(headers["X-Varnish"].split()) == 2, path  # it is from the cache

            def measure_way() -> float:
                write_quay(entries_dir, body="![A picture](quay.png)")
                wait_until(lambda: all(map(shows, paths)))
                started = time.monotonic()
                write_quay(entries_dir, status="retracted", retracted="2026-03-05")
                wait_until(lambda: not any(map(shows, paths)))
                return time.monotonic() - started

            check_seconds(measure_way, 2)


CHANGE = Change(
    event="updated",
    path="quay.md",
    **ENTRY,  # type: ignore[arg-type]
    state="public",
    former_url="https://news.example.com/old/",
    folders=("", "tags/ferry"),
    periods=("2026-03",),
    neighbors=(("newer.md", "https://news.example.com/newer/"),),
    assets=("quay.png",),
)
MANY = ChangeSet(changes=(CHANGE,), omitted=5)


def send_to_caches(settings: MakeSettings, found: ChangeSet, **push: Any) -> list[Message]:
    """Return the requests that a cache gets for *found*."""
    site = make_push(settings, cdn_id="ID", cdn_token="TOKEN", **push)
    (receiver,) = list_receivers(site)
    return list(receiver.make_messages(receiver.list_items(found)))


def test_fastly_drops_keys(settings: MakeSettings) -> None:
    found = ChangeSet(changes=(CHANGE,))
    (got,) = send_to_caches(settings, found, cdn="fastly", surrogate_keys="Surrogate-Key")

    assert (got.method, got.url) == ("POST", "https://api.fastly.com/service/ID/purge")
    assert got.headers["Fastly-Key"] == "TOKEN"
    entries = [make_entry_key(path) for path in ("quay.md", "quay.png", "newer.md")]
    assert json.loads(got.body or b"") == {"surrogate_keys": ["front", *entries, "tags/ferry"]}


def test_fastly_drops_addresses(settings: MakeSettings) -> None:
    got = send_to_caches(settings, ChangeSet(changes=(CHANGE,)), cdn="fastly")

    assert [one.url for one in got[:5]] == [
        f"https://api.fastly.com/purge/news.example.com/{path}"
        for path in ("2026/03/quay/", "old/", "files/quay.png", "newer/", "")
    ]
    assert {
        f"https://api.fastly.com/purge/news.example.com/{path}"
        for path in ("tags/ferry/atom.xml", "tags/ferry/archive/2026-03/rss.xml", "sitemap.xml")
    } <= {one.url for one in got}


def test_cloudflare_drops_thirty_at_a_time(settings: MakeSettings) -> None:
    found = ChangeSet(changes=(CHANGE,))
    (tags,) = send_to_caches(settings, found, cdn="cloudflare", surrogate_keys="Cache-Tag")
    files = send_to_caches(settings, found, cdn="cloudflare")

    url = "https://api.cloudflare.com/client/v4/zones/ID/purge_cache"
    assert {one.url for one in (tags, *files)} == {url}
    assert tags.headers["Authorization"] == "Bearer TOKEN"
    assert set(json.loads(tags.body or b"")) == {"tags"}
    cut = [json.loads(one.body or b"")["files"] for one in files]
    assert [len(one) for one in cut[:-1]] == [30] * (len(files) - 1)
    assert cut[0][:2] == [ENTRY["url"], "https://news.example.com/old/"]


@pytest.mark.parametrize(
    ("cdn", "header", "shape"),
    [
        ("fastly", "", ("POST", "https://api.fastly.com/service/ID/purge_all", b"")),
        ("fastly", "Surrogate-Key", ("POST", "https://api.fastly.com/service/ID/purge", None)),
        ("cloudflare", "", ("POST", None, b'{"purge_everything": true}')),
        ("cloudflare", "Cache-Tag", ("POST", None, b'{"tags": ["feedsvc"]}')),
        ("varnish", "", ("BAN", "http://127.0.0.1:80/", None)),
        ("varnish", "Surrogate-Key", ("BAN", "http://127.0.0.1:80/", None)),
    ],
)
def test_more_changes_than_are_named_empty_a_cache(
    settings: MakeSettings, cdn: str, header: str, shape: tuple[str, str | None, bytes | None]
) -> None:
    push = {"cdn": cdn, "surrogate_keys": header}
    if cdn == "varnish":
        push["cdn_urls"] = ("http://127.0.0.1:80/",)  # type: ignore[assignment]
    (got,) = send_to_caches(settings, MANY, **push)

    method, url, body = shape
    assert got.method == method
    assert url in (None, got.url)
    assert body in (None, got.body)
    assert got.headers.get("X-Feedsvc-Keys") == (
        "feedsvc" if push["cdn"] == "varnish" and header else None
    )


def test_a_fake_cdn_gets_what_its_form_asks_for(settings: MakeSettings) -> None:
    with run_receiver() as api:
        site = make_push(
            settings,
            cdn="cloudflare",
            cdn_id="ID",
            cdn_token="TOKEN",
            cdn_urls=(api.url,),
            surrogate_keys="Cache-Tag",
        )
        write_entry(site.entries, "old.md", "Old", date="2026-01-02")
        with run_writer(site):
            write_quay(site.entries)
            (got,) = api.wait_for(1)
        headers = dict(
            create_app(site, runs_writer=False).test_client().get("/tags/ferry/").headers
        )

    assert (got.method, got.path) == ("POST", "/zones/ID/purge_cache")
    assert got.headers["authorization"] == "Bearer TOKEN"
    tags = json.loads(got.body)["tags"]
    assert headers["Cache-Tag"] == "feedsvc,tags/ferry"
    assert {"front", "tags/ferry", "categories/harbor", "2026/03"} <= set(tags)
    assert make_entry_key("old.md") in tags  # whose page leads to the new one


@pytest.mark.parametrize("header", ["Surrogate-Key", "Cache-Tag"])
def test_keys_stay_short_and_none_is_sent_unasked(settings: MakeSettings, header: str) -> None:
    site = make_push(settings, surrogate_keys=header)
    write_quay(site.entries)
    refresh_index(site)
    client = create_app(site, runs_writer=False).test_client()
    many = ",".join(f"some-longer-tag-{number:03}" for number in range(31))
    mark = " " if header == "Surrogate-Key" else ","

    for path, keys in {
        "/": ["feedsvc", "front"],
        "/atom.xml?limit=3": ["feedsvc", "front"],
        "/archive/2026-03/atom.xml": ["feedsvc", "front"],
        "/tags/ferry/rss.xml?category=harbor": ["feedsvc", "tags/ferry"],
        "/feed.json?category=harbor,ferry": ["feedsvc", "categories/ferry", "categories/harbor"],
        f"/atom.xml?tag={many}": ["feedsvc", "front"],
        "/2026/03/": ["feedsvc", "2026/03"],
        "/2026/03/quay/": ["feedsvc", make_entry_key("quay.md")],
        "/opml.xml": ["feedsvc", "front"],
    }.items():
        response = client.get(path)
        head = sum(len(name) + len(value) + 4 for name, value in response.headers)

        assert response.headers[header].split(mark) == keys, path
        assert head < 4_096
    plain = create_app(settings(), runs_writer=False).test_client().get("/atom.xml")
    assert not {"Surrogate-Key", "Cache-Tag"} & set(dict(plain.headers))


# ---- IndexNow


def test_indexnow_gets_the_addresses(settings: MakeSettings) -> None:
    with run_receiver(status=202) as engine:
        site = make_push(settings, indexnow_key="0123456789abcdef", indexnow_url=engine.url)
        write_entry(site.entries, "old.md", "Old", date="2026-01-02")
        with run_writer(site):
            write_quay(site.entries)
            write_entry(site.entries, "quiet.md", "Quiet", robots="noindex")
            (got,) = engine.wait_for(1)

    assert got.headers["content-type"] == "application/json; charset=utf-8"
    assert json.loads(got.body) == {
        "host": "news.example.com",
        "key": "0123456789abcdef",
        "keyLocation": "https://news.example.com/0123456789abcdef.txt",
        "urlList": [ENTRY["url"]],
    }


# ---- the outbox by itself


class Network:
    """What answers an outbox: *failures* first, then success."""

    def __init__(self, *failures: Failure) -> None:
        self.failures = list(failures)
        self.sent: list[Message] = []

    def __call__(self, message: Message) -> Failure | None:
        self.sent.append(message)
        return self.failures.pop(0) if self.failures else None


def make_outbox(site: Settings, path: Path, network: Network) -> Outbox:
    return Outbox(list_receivers(site), str(path), network)


def test_a_refused_item_does_not_hold_up_the_others(
    settings: MakeSettings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    network = Network(Failure(reason="status 404", is_final=True))
    site = settings(hubs=("https://hub.example.com/secret-path",))
    index = str(tmp_path / "index")
    outbox = make_outbox(site, Path(make_outbox_path(index)), network)
    outbox.start()
    outbox.add(ChangeSet(changes=(CHANGE,)), 1)
    wait_until(lambda: [one.waiting for one in read_deliveries(index)] == [0])

    assert len(network.sent) == 6
    expected = Delivery(kind="WebSub", host="https://hub.example.com", sent=5, failed=1)
    assert read_deliveries(index) == [expected]
    later = make_outbox(site, Path(make_outbox_path(index)), network)
    later.add(ChangeSet(changes=(CHANGE,)), 2)
    assert read_deliveries(index) == [replace(expected, waiting=6)]
    assert [one.message for one in caplog.records if one.levelno >= logging.WARNING] == [
        "push to https://hub.example.com (WebSub): status 404; not tried again"
    ]


def test_what_was_sent_is_not_sent_again_after_a_failure(
    settings: MakeSettings, tmp_path: Path
) -> None:
    network = Network()
    failing = Network(Failure(reason="status 503"))
    site = settings(hubs=("https://hub.example.com/",))

    def send(message: Message) -> Failure | None:
        done = len(network.sent) >= 4
        return failing(message) if done and failing.failures else network(message)

    outbox = Outbox(list_receivers(site), str(tmp_path / "outbox"), send)
    outbox.start()
    outbox.add(ChangeSet(changes=(CHANGE,)), 1)
    wait_until(lambda: len(network.sent) == 6)

    assert len({one.keys for one in network.sent}) == 6
    assert {one.keys for one in failing.sent} == {network.sent[4].keys}


def test_one_kind_of_failure_is_logged_once_a_minute(
    settings: MakeSettings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    site = make_push(settings, webhooks=("https://hook.example.com/?token=abc",))
    outbox = make_outbox(site, tmp_path / "outbox", Network())
    mailbox = outbox.mailboxes[0]
    for _ in range(3):
        for reason in ("timed out", "status 500"):
            mailbox.note_failure(Failure(reason=reason))
        mailbox.note_success()

    logged = [one.message for one in caplog.records if one.levelno >= logging.WARNING]
    assert len(logged) == 2
    assert "abc" not in "".join(logged)
    assert SECRET not in "".join(logged)


def test_what_waits_is_bounded_in_number_and_time(settings: MakeSettings, tmp_path: Path) -> None:
    site = make_push(settings, webhooks=("https://hook.example.com/",))
    outbox = make_outbox(site, tmp_path / "outbox", Network())
    mailbox = outbox.mailboxes[0]
    for start in range(0, 12_000, 1_000):
        changes = (replace(CHANGE, id=f"urn:{number}") for number in range(start, start + 1_000))
        outbox.add(ChangeSet(changes=tuple(changes)), 1)
    assert len(mailbox.items) == 10_000
    assert "urn:11999" in mailbox.items

    mailbox.since -= 90_000
    mailbox.drop_old()
    assert not mailbox.items


def test_a_failure_is_tried_again_later_and_later(settings: MakeSettings, tmp_path: Path) -> None:
    site = make_push(settings, webhooks=("https://hook.example.com/",))
    mailbox = make_outbox(site, tmp_path / "outbox", Network()).mailboxes[0]
    pauses = []  # at least and at most
    for failure in (*[Failure(reason="timed out")] * 8, Failure(reason="429", retry_after=500)):
        before = time.monotonic()
        mailbox.note_failure(failure)
        pauses.append((mailbox.next_time - time.monotonic(), mailbox.next_time - before))

    for number, least, most in ((0, 0.7, 1), (3, 5.9, 8), (7, 44, 60), (8, 499, 501)):
        assert pauses[number][1] > least
        assert pauses[number][0] <= most


@pytest.mark.parametrize("data", [b"", b"nonsense", b'{"seen": "x"}', b"\xff\x00"])
def test_a_damaged_outbox_is_an_empty_one(
    settings: MakeSettings, tmp_path: Path, data: bytes
) -> None:
    (tmp_path / "outbox").write_bytes(data)
    site = make_push(settings, webhooks=("https://hook.example.com/",))
    outbox = make_outbox(site, tmp_path / "outbox", Network())

    assert not outbox.mailboxes[0].items


def test_caches_are_told_before_those_who_may_ask_them(
    settings: MakeSettings, tmp_path: Path
) -> None:
    order: list[str] = []
    site = make_push(
        settings, webhooks=("http://hook/",), cdn="varnish", cdn_urls=("http://varnish/",)
    )
    slow = threading.Event()

    def send(message: Message) -> Failure | None:
        order.append(message.url.split("/")[2])
        slow.wait(0.02)
        return None

    outbox = Outbox(list_receivers(site), str(tmp_path / "outbox"), send)
    outbox.start()
    outbox.add(ChangeSet(changes=(CHANGE,)), 1)
    wait_until(lambda: "hook" in order)

    assert order.index("hook") == len(order) - 1
    assert len(order) > 20


def test_a_file_that_cannot_be_written_is_logged_once_and_keeps_nothing_back(
    settings: MakeSettings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    network = Network()
    site = settings(hubs=("https://hub.example.com/",))
    outbox = make_outbox(site, tmp_path / "missing" / "outbox", network)
    outbox.start()
    for _ in range(2):
        outbox.add(ChangeSet(changes=(CHANGE,)), 1)
    wait_until(lambda: len(network.sent) == 6)

    logged = [one.message for one in caplog.records if one.levelno >= logging.WARNING]
    assert logged == [
        f"the outbox {tmp_path}/missing/outbox cannot be written: No such file or directory"
    ]


def test_of_many_changes_the_newest_are_named(
    settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feedsvc.indexer.push.changes.MAX_CHANGES", 2)
    site = make_push(settings, webhooks=("https://hook.example.com/",))
    write_entry(site.entries, "old.md", "Old", date="2026-01-02")
    refresh_index(site)
    for number in range(1, 6):
        write_entry(site.entries, f"{number}.md", f"Story {number}", date=f"2026-02-0{number}")
    refresh_index(site)
    (waiting,) = json.loads(Path(f"{prepare_index_path(site)}.outbox").read_bytes())[
        "mail"
    ].values()

    items = waiting["items"]
    assert items.pop("omitted") == 3
    assert [one["title"] for one in items.values()] == ["Story 4", "Story 5"]


def test_a_change_pings_fifty_feeds_at_most_those_of_the_front_first(
    settings: MakeSettings,
) -> None:
    (hub,) = list_receivers(settings(hubs=("https://hub.example.com/",)))
    folders = ("", *(f"tags/{number}" for number in range(30)))
    change = replace(CHANGE, folders=folders)
    topics = [
        parse_qs((one.body or b"").decode())["hub.topic"][0]
        for one in hub.make_messages(hub.list_items(ChangeSet(changes=(change, CHANGE))))
    ]

    site = "https://news.example.com/"
    assert topics[:3] == [f"{site}{file}" for file in ("rss.xml", "atom.xml", "feed.json")]
    assert f"{site}tags/ferry/atom.xml" in topics[3:9]  # of the other change, as early
    assert len(topics) == 53


def test_keys_are_short_ascii_words() -> None:
    for folder in ("tags/渡船", "tags/" + "x" * 200, "tags/a,b c", "authors/o'neil~2f(x)", ""):
        key = make_listing_key(folder)

        assert re.fullmatch(r"[\w/~%.-]{1,40}", key, re.ASCII), key
    assert make_listing_key("tags/ferry") == "tags/ferry"


# ---- one request


def send_to(url: str, method: str = "POST") -> Failure | None:
    return send_message(Message(url=url, keys=(), method=method, body=b"{}"))


def test_no_redirect_is_followed() -> None:
    with run_receiver() as other:
        for status in (301, 302, 303, 307, 308):
            with run_receiver(status=status, headers={"Location": other.url}) as receiver:
                failure = send_to(receiver.url)

            assert failure is not None
            assert failure.reason == f"status {status}, and redirects are not followed"
        assert not other.received


@pytest.mark.parametrize(
    ("status", "is_final"),
    {
        **dict.fromkeys((400, 404, 410, 422), True),
        **dict.fromkeys((401, 403, 408, 425, 429, 500, 502, 503), False),
    }.items(),
)
def test_a_status_says_whether_another_try_helps(status: int, is_final: bool) -> None:
    with run_receiver(status=status, headers={"Retry-After": "7"}) as receiver:
        assert send_to(receiver.url) == Failure(
            reason=f"status {status}", is_final=is_final, retry_after=7
        )


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_a_success_is_none(status: int) -> None:
    with run_receiver(status=status) as receiver:
        assert send_to(receiver.url, "PURGE") is None
        assert receiver.received[0].headers["user-agent"].startswith("feedsvc/")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"nonsense\r\n\r\n", "the answer is not HTTP (BadStatusLine)"),
        (b"", "the answer is not HTTP (RemoteDisconnected)"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200, "the answer is not HTTP (HTTPException)"),
    ],
)
def test_what_is_no_answer_is_a_failure(answer: bytes, reason: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                while b"{}" not in connection.recv(65_536):
                    pass
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        failure = send_to(f"http://127.0.0.1:{server.getsockname()[1]}/secret?token=abc")
        thread.join()

    assert failure is not None
    assert failure.reason == reason


def test_a_server_that_is_silent_or_away_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feedsvc.indexer.push.requests.TIMEOUT_SECONDS", 0.1)
    with run_receiver(status=0) as receiver:
        assert send_to(receiver.url) == Failure(reason="timed out")
    assert send_to(receiver.url) == Failure(reason="Connection refused")
    assert send_to("https://name.invalid/") is not None


def test_a_moment_to_come_back_is_waited_for() -> None:
    for text, least, most in (
        ((datetime.now(UTC) + timedelta(seconds=90)).strftime("%a, %d %b %Y %X GMT"), 85, 90),
        ("Mon, 01 Jan 2001 00:00:00 GMT", 0, 0),
        ("99999999999", 3_600, 3_600),
        ("soon", 0, 0),
        ("-5", 0, 0),
    ):
        with run_receiver(status=503, headers={"Retry-After": text}) as receiver:
            failure = send_to(receiver.url)

        assert failure is not None
        assert least <= failure.retry_after <= most


# ---- settings, and `check`


def test_the_example_of_the_documentation_is_right(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "howto" / "deploying" / "push.md").read_text(encoding="utf-8")
    (block,) = [one.text for one in parse_page(page) if one.file == "feedsvc.toml"]
    (tmp_path / "feedsvc.toml").write_text(block, encoding="utf-8")
    environ = {"FEEDSVC_PUSH_WEBHOOK_SECRET": SECRET}
    site = load_settings(tmp_path / "feedsvc.toml", environ=environ)

    kinds = [one.kind for one in list_receivers(site)]
    assert kinds == ["Varnish", "WebSub", "webhook"]


def test_check_names_what_cannot_be_reached(run: Run, entries_dir: Path) -> None:
    write_quay(entries_dir)
    with run_receiver() as receiver:
        config = entries_dir.with_name("feedsvc.toml")
        config.write_text(
            config.read_text(encoding="utf-8")
            + f'[feeds]\nhubs = ["http://127.0.0.1:{pick_free_port()}/hub"]\n'
            + f'[push]\nwebhooks = ["{receiver.url}"]\nwebhook_secret = "{SECRET}"\n'
        )
        result = run("check", "--format", "json")

    assert result.exit_code == 1
    assert "(WebSub) cannot be reached: Connection refused" in result.stderr
    assert "webhook" not in result.stderr
    assert not receiver.received
    assert len(result.stdout.splitlines()) == 1


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ('webhooks = ["https://x.example/"]', "push.webhook_secret: expected a value"),
        ('cdn = "fastly"', "push.cdn_token: expected a value"),
        ('cdn = "cloudflare"\ncdn_token = "s3cret"', "push.cdn_id: expected a value"),
        ('cdn = "varnish"', "push.cdn_urls: expected a value"),
        ('cdn = "akamai"', "expected '' or 'cloudflare' or 'fastly' or 'varnish', got 'akamai'"),
        ('cdn_token = "two s3cret"', "expected one word of visible ASCII, got another value"),
        ('cdn_tokem = "s3cret"', "push.cdn_tokem: unknown setting, did you mean 'cdn_token'?"),
        ('webhook_secret = ["s3cret"]', "push.webhook_secret: expected a string, got another"),
        ('webhooks = ["ftp://x.example/"]', "expected a list of absolute http or https URLs"),
        ('webhooks = ["https://u:p@x.example/"]', "expected a list of absolute http or https URLs"),
        ("active = 1", "push.active: expected true or false, got 1"),
        ('indexnow_key = "short"', "expected 8 to 128 letters, digits and '-'"),
    ],
)
def test_a_wrong_setting_is_one_line_without_secrets(
    run: Run, entries_dir: Path, lines: str, sentence: str
) -> None:
    config = entries_dir.with_name("feedsvc.toml")
    config.write_text(f"{config.read_text(encoding='utf-8')}[push]\n{lines}\n")
    result = run("check")

    assert result.exit_code == 2
    assert sentence in result.stderr
    assert "s3cret" not in result.stderr
    assert result.stderr.count("\n") == 1


def test_the_environment_switches_it_off(settings: MakeSettings) -> None:
    site = settings(hubs=("https://hub.example.com/",))

    assert site.has_push
    assert not replace(site, push=Push(active=False)).has_push
    assert load_settings(environ={"FEEDSVC_PUSH_ACTIVE": "False"}).push.active is False


def test_no_argument_of_a_process_has_a_secret(settings: MakeSettings) -> None:
    with run_webhook(settings) as (receiver, site):
        write_quay(site.entries)
        receiver.wait_for(1)
        commands = [line.encode() for line in list_processes(os.getpid()).values()]

    assert any(b"feedsvc.indexer" in one for one in commands)
    assert not any(SECRET.encode() in one for one in commands)


def test_a_receiver_is_named_without_what_may_be_secret() -> None:
    assert describe_host("https://u:p@hook.example.com:8443/T00/x?y=z") == (
        "https://hook.example.com:8443"
    )
