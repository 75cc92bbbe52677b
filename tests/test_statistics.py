"""`feedsvc stats`: access logs in, tables out."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from feedsvc.commands.statistics.access_lines import LineReader, Request
from feedsvc.commands.statistics.agents import MAX_NAME_CHARACTERS, parse_agent
from feedsvc.commands.statistics.counting import MAX_READERS, count_requests, parse_feed
from feedsvc.commands.statistics.tables import format_size, make_chart, make_tables
from tests.support.entries import write_entry
from tests.support.servers import fetch, pick_free_port, run_server, wait_for

FEEDLY = "Feedly/1.0 (+http://www.feedly.com/fetcher.html; 16 subscribers; like FeedFetcher-Google)"
DAY = date(2026, 11, 28)


@pytest.mark.parametrize(
    ("text", "name", "kind", "subscribers", "feed_id"),
    [
        (FEEDLY, "Feedly", "aggregator", 16, ""),
        ("Feedbin feed-id:1373711 - 142 subscribers", "Feedbin", "aggregator", 142, "1373711"),
        (
            "Mozilla/5.0 (compatible; BazQux/2.4; +https://bazqux.com/fetcher; 1 subscribers)",
            *("BazQux", "aggregator", 1, ""),
        ),
        ("NewsBlur Feed Fetcher - 3 subscribers", "NewsBlur Feed Fetcher", "aggregator", 3, ""),
        (
            "theoldreader.com; 4 subscribers; feed-id=51e5d",
            *("theoldreader.com", "aggregator", 4, "51e5d"),
        ),
        ("Reader/1.0 (0 subscribers)", "Reader", "aggregator", 0, ""),
        ("Odd/1.0 (1.5 subscribers)", "Odd", "reader", None, ""),
        ("newsboat/2.21.0 (Linux x86_64)", "newsboat", "reader", None, ""),
        ("NetNewsWire (RSS Reader; https://x.example/)", "NetNewsWire", "reader", None, ""),
        ("Tiny Tiny RSS/23.05 (https://tt-rss.org/)", "Tiny Tiny RSS", "reader", None, ""),
        (
            "Mozilla/5.0 (compatible; Miniflux/2.1; +https://x.example)",
            "Miniflux",
            "reader",
            None,
            "",
        ),
        (
            "Mozilla/5.0 (Macintosh) AppleWebKit/605.1 (KHTML, like Gecko) Version/17 Safari/605.1",
            *("Safari", "browser", None, ""),
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Thunderbird/115.4",
            *("Thunderbird", "reader", None, ""),
        ),
        (
            "Mozilla/5.0 (X11; rv:109.0) Gecko/20100101 Firefox/119.0",
            "Firefox",
            "browser",
            None,
            "",
        ),
        (
            "Mozilla/5.0 (Windows) AppleWebKit/537 (KHTML, like Gecko) Chrome/1 Safari/5 Edg/1",
            *("Edge", "browser", None, ""),
        ),
        (
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://x.example)",
            "Googlebot",
            "robot",
            None,
            "",
        ),
        ("python-requests/2.31.0", "python-requests", "library", None, ""),
        ("Go-http-client/2.0", "Go-http-client", "library", None, ""),
        ("curl/8.4.0", "curl", "library", None, ""),
        ("", "(no name)", "unnamed", None, ""),
        ("-", "(no name)", "unnamed", None, ""),
        ("Mozilla/5.0", "Mozilla", "browser", None, ""),
    ],
)
def test_an_agent_is_named_as_it_names_itself(
    text: str, name: str, kind: str, subscribers: int | None, feed_id: str
) -> None:
    agent = parse_agent(text)

    assert (agent.name, agent.kind, agent.subscribers, agent.feed_id) == (
        name,
        kind,
        subscribers,
        feed_id,
    )


OWN = '2026-11-28 20:46:37,123 INFO feedsvc.access ::1 "GET /rss.xml HTTP/1.1" 200 9 0.41 ms "A"'
COMBINED = (
    '203.0.113.9 - - [28/Nov/2026:23:46:37 -0800] "GET /rss.xml?limit=5 HTTP/2.0" 304 0 '
    '"https://x.example/" "An \\"odd\\" agent"'
)
OWN_JSON = {
    "time": "2026-11-28T20:46:37.123Z",
    "logger": "feedsvc.access",
    "client": "127.0.0.1",
    "method": "GET",
    "path": "/atom.xml",
    "status": 304,
    "bytes": 0,
    "agent": "A/1",
}
CADDY = {
    "ts": 1795898797.12,
    "status": 200,
    "size": 7,
    "request": {"method": "GET", "uri": "/feed.json", "headers": {"User-Agent": ["A/2"]}},
}


@pytest.mark.parametrize(
    ("line", "day", "target", "status", "size", "agent"),
    [
        (OWN, 28, "/rss.xml", 200, 9, "A"),
        (f"Nov 28 20:46 host feedsvc[7]: {OWN}", 28, "/rss.xml", 200, 9, "A"),
        (COMBINED, 29, "/rss.xml?limit=5", 304, 0, 'An "odd" agent'),
        (json.dumps(OWN_JSON), 28, "/atom.xml", 304, 0, "A/1"),
        (f"feedsvc-1  | {json.dumps(CADDY)}", 28, "/feed.json", 200, 7, "A/2"),
        ('h - - [01/Nov/2026:00:00:00 +0000] "GET / HTTP/1.0" 200 -', 1, "/", 200, 0, ""),
    ],
)
def test_a_line_is_read_whoever_wrote_it(
    line: str, day: int, target: str, status: int, size: int, agent: str
) -> None:
    assert LineReader(ZoneInfo("UTC")).parse(line) == Request(
        day=date(2026, 11, day), target=target, status=status, size=size, agent=agent
    )


@pytest.mark.parametrize(
    "line",
    [
        "",
        "2026-11-28 20:46:37,123 INFO feedsvc.indexer.writer 3 files read in 0.1 s",
        OWN.replace("GET", "POST"),
        COMBINED.replace("Nov", "Nie"),
        COMBINED.replace("28/", "31/"),
        json.dumps({**OWN_JSON, "status": None}),
        json.dumps({**CADDY, "request": 3}),
        "{" * 20_000,
        '"' + "\\" * 20_000,
    ],
)
def test_other_lines_are_passed_over(line: str) -> None:
    assert LineReader(ZoneInfo("UTC")).parse(line) is None


@pytest.mark.parametrize(
    ("target", "feed"),
    [
        ("/news/rss.xml", "/rss.xml"),
        ("/news/feed/", "/rss.xml"),
        ("/news/index.json?tag=ferry", "/feed.json?tag=ferry"),
        ("https://x.example/news/atom.xml", "/atom.xml"),
        ("/news/tags/ferry/rss.xml", "/tags/ferry/rss.xml"),
        ("/news/tags/ferry/archive/2026-03/rss.xml?a=b", "/tags/ferry/rss.xml"),
        ("/news/partners/msn/0123456789abcdef/rss.xml", "/partners/msn/rss.xml"),
        ("/news/", ""),
        ("/news/sitemap.xml", ""),
        ("/rss.xml", ""),
        ("*", ""),
    ],
)
def test_a_target_is_a_feed_or_none(target: str, feed: str) -> None:
    assert parse_feed(target, "/news/") == feed


def make_request(
    agent: str, *, target: str = "/rss.xml", status: int = 200, day: date = DAY
) -> Request:
    return Request(day=day, target=target, status=status, size=1_000, agent=agent)


def test_subscribers_are_the_most_that_each_aggregator_reports_on_a_day() -> None:
    ids = [
        f"Old Reader; {count} subscribers; feed-id={name}" for count, name in ((4, "a"), (3, "b"))
    ]
    agents = [FEEDLY, FEEDLY.replace("16", "15"), *ids, "newsboat/2"]
    statistics = count_requests(map(make_request, agents), "/")

    assert statistics.count_subscribers(0) == {("2026-11-28",): 16 + 4 + 3}


def test_who_never_asks_whether_there_is_news_is_named_and_nobody_else() -> None:
    asked = [make_request("rude/1") for _ in range(30)]
    asked += [make_request("rare/1") for _ in range(24)]
    asked += [make_request("polite/1", status=304 if n else 200) for n in range(30)]
    (found,) = count_requests(asked, "/").list_wasteful()

    assert (found.reader, found.feed, found.requests, found.bytes) == (
        "rude",
        "/rss.xml",
        30,
        30_000,
    )


def test_strangers_neither_fill_memory_nor_move_the_cursor() -> None:
    agents = [f"Agent\x1b[2J {'x' * 99}{number}/1" for number in range(3)]
    agents += [f"{number:x}-agent/1" for number in range(MAX_READERS + 9)]
    statistics = count_requests(map(make_request, agents), "/")

    assert len(statistics.kinds) == MAX_READERS + 1
    assert max(map(len, statistics.kinds)) == MAX_NAME_CHARACTERS
    assert "\x1b" not in "".join(make_tables(statistics, 80, "#"))


def test_answers_that_are_no_feed_do_not_count() -> None:
    asked = [make_request("A", status=status) for status in (404, 503, 301)]
    assert count_requests(asked, "/").tallies == {}


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1_000, "1.0 KB"),
        (99_900, "99.9 KB"),
        (2e15, "2,000 TB"),
    ],
)
def test_sizes_are_short(size: float, text: str) -> None:
    assert format_size(size) == text


def test_a_chart_fits_the_terminal() -> None:
    lines = list(make_chart({"one": 1_000, "two": 1, "three": 0}, 40, "#"))

    assert [len(line) <= 40 for line in lines] == [True] * 3
    assert lines[1:] == ["two  # 1", "three  0"]


def run_stats(folder: Path, *words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "feedsvc", "stats", *words]
    return subprocess.run(
        command, cwd=folder, input=given, capture_output=True, check=False, timeout=200
    )


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_log_of_serve_is_read(entries_dir: Path, tmp_path: Path, form: str) -> None:
    write_entry(entries_dir, "quay.md", "A new quay", date="2026-03-02")
    port, log = pick_free_port(), tmp_path / "log"
    command = [sys.executable, "-m", "feedsvc", "serve", str(entries_dir), "--port", str(port)]
    with run_server([*command, "--access-log"], port, log, FEEDSVC_LOG_FORMAT=form):
        address = f"http://127.0.0.1:{port}/rss.xml"
        for agent in (FEEDLY, FEEDLY, 'An "odd" one/1'):
            assert fetch(address, **{"User-Agent": agent})[0] == 200
        wait_for(lambda: log.read_text().count("GET /rss.xml") == 3, log)
    compressed = tmp_path / "log.1.gz"
    compressed.write_bytes(gzip.compress(log.read_bytes()))

    found = json.loads(
        run_stats(tmp_path, str(compressed), "-", "--json", given=log.read_bytes()).stdout
    )

    (day,) = found["days"].values()
    size = day["/rss.xml"].pop("bytes")
    assert day == {"/rss.xml": {"requests": 6, "unchanged": 0, "subscribers": 16}}
    assert size > 6 * 500
    assert [one["name"] for one in found["readers"]] == ["Feedly", 'An "odd" one']


@pytest.mark.parametrize("damage", ["cut", "garbled", "checksum"])
def test_a_compressed_log_that_is_damaged_is_named(tmp_path: Path, damage: str) -> None:
    data = gzip.compress(f"{COMBINED}\n".encode())
    middle = len(data) // 2
    damaged = {
        "cut": data[:middle],
        "garbled": data[:middle] + b"\xff" * 9 + data[middle:],
        "checksum": data[:-8] + bytes(8),
    }
    log = tmp_path / "log.1.gz"
    log.write_bytes(damaged[damage])
    found = run_stats(tmp_path, str(log))

    assert (found.returncode, found.stdout) == (1, b"")
    assert found.stderr.splitlines()[-1].decode() == (
        f"feedsvc: {log}: the log is damaged, or is still being compressed;"
        " leave it out, or try again later"
    )


def test_the_last_days_are_shown(tmp_path: Path) -> None:
    lines = [COMBINED.replace("28/Nov", f"{day}/Nov") for day in (24, 26, 27)]
    found = run_stats(tmp_path, "-", "--days", "2", given="\n".join(lines).encode())

    assert found.returncode == 0
    shown = found.stdout.decode()
    assert "Feeds, 2026-11-27 to 2026-11-28" in shown
    assert "203.0.113.9" not in shown


def test_a_log_without_requests_says_so(tmp_path: Path) -> None:
    found = run_stats(tmp_path, "-", given=b"nothing\n")

    assert found.returncode == 1
    assert b"There is no request for a feed in the log" in found.stderr
