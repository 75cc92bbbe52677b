"""`serve --drafts`: what only the editor sees, beside a service of the same folder."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from feedsvc.indexer import refresh_index
from feedsvc.settings import Settings
from feedsvc.web.preview.app import create_preview_app
from feedsvc.web.preview.settings import make_preview_settings
from tests.support.browser import open_browser
from tests.support.commands import CONFIG
from tests.support.entries import write_entry, write_file
from tests.support.receivers import run_receiver
from tests.support.servers import fetch, pick_free_port, run_server, wait_for

MakeSettings = Callable[..., Settings]
SERVE = [sys.executable, "-m", "feedsvc", "serve", "--workers", "1", "--port"]
SITE = "https://news.example.com/"
HERE = "http://localhost/"  # as Werkzeug's client asks


@pytest.fixture
def preview(settings: MakeSettings) -> Callable[..., FlaskClient]:
    """`preview(title="…")` is a browser at a preview of the folder as it is now."""

    def open_preview(**changes: object) -> FlaskClient:
        shown = make_preview_settings(settings(**changes))
        refresh_index(shown)
        return create_preview_app(shown).test_client()

    return open_preview


@contextmanager
def run_preview(folder: Path, port: int) -> Iterator[str]:
    command = [*SERVE, str(port), "--drafts"]
    with run_server(command, port, folder / "preview.log", folder=folder, PYTHONPATH=ROOT_PATH):
        yield f"http://127.0.0.1:{port}"


ROOT_PATH = str(Path(__file__).parents[1])


# -- what is seen -------------------------------------------------------------------------


def test_drafts_and_what_is_scheduled_are_shown_and_marked(
    preview: Callable[..., FlaskClient], entries_dir: Path
) -> None:
    write_entry(entries_dir, "draft.md", "The draft", draft="true", date="2026-03-01")
    write_entry(entries_dir, "coming.md", "To come", date="2100-05-01 10:00", tags="[quay]")
    write_entry(entries_dir, "embargoed.md", "Held", date="2026-04-01", embargo="2100-01-02")
    write_entry(entries_dir, "expired.md", "Over", date="2020-03-01", expires="2021-01-01")
    write_entry(entries_dir, "public.md", "Public", body="[to it](draft.md)", date="2026-02-01")
    client = preview()

    page = client.get("/").get_data(as_text=True)
    marks = re.findall(r'<p class="mark">(.+?)</p>\s*<h3><a [^>]*>(.+?)</a>', page)
    titles = [one["title"] for one in json.loads(client.get("/feed.json").data)["items"]]

    assert "Over" not in page
    assert [(mark.partition(",")[0], title) for mark, title in marks] == [
        ("Scheduled for May 1", "To come"),
        ("Scheduled for January 2", "Held"),
        ("Draft", "The draft"),
    ]
    assert titles == ["[Scheduled] To come", "[Scheduled] Held", "[Draft] The draft", "Public"]
    assert '<p class="mark">Draft</p>' in client.get("/2026/03/draft/").get_data(as_text=True)
    assert f'href="{HERE}2026/03/draft/"' in client.get("/2026/02/public/").get_data(as_text=True)
    assert client.get("/tags/quay/atom.xml").status_code == 200
    assert b"/2100/05/coming/" in client.get("/?q=come").data


@pytest.mark.parametrize("date", ["", "TBD", "2026-13-45"])
def test_a_draft_without_a_day_is_shown_all_the_same(
    preview: Callable[..., FlaskClient], entries_dir: Path, date: str
) -> None:
    write_entry(entries_dir, "_drafts/idea.md", "An idea", date=date)
    client = preview()

    page = client.get("/").get_data(as_text=True)

    assert "Draft without a date" in page
    assert "An idea" in page


def test_pictures_of_drafts_are_there(
    preview: Callable[..., FlaskClient], entries_dir: Path
) -> None:
    write_entry(entries_dir, "draft.md", body="![a quay](quay.png)", draft="true")
    write_file(entries_dir, "quay.png", b"\x89PNG")
    client = preview()

    assert client.get("/files/quay.png").data == b"\x89PNG"


def test_links_stay_in_the_preview_wherever_the_site_is(
    preview: Callable[..., FlaskClient], entries_dir: Path
) -> None:
    own = f"{SITE}company/2019/kept.html"
    write_entry(entries_dir, "kept.md", "Kept", body=f"[home]({SITE}company/)", url=own)
    client = preview(url=f"{SITE}company/", permalink="https://press.example.org/{year}/{slug}/")
    home = client.get("/").get_data(as_text=True)
    page = client.get("/2019/kept.html")

    assert SITE not in home
    assert f'href="{HERE}2019/kept.html"' in home
    assert page.status_code == 200
    assert f'<a href="{HERE}">home</a>' in page.get_data(as_text=True)


def test_articles_of_another_site_have_a_page_to_look_at(
    preview: Callable[..., FlaskClient], entries_dir: Path
) -> None:
    write_entry(entries_dir, "new.md", "New", draft="true", date="2026-03-01")
    client = preview(permalink="https://press.example.org/{year}/{slug}/")

    assert client.get("/2026/new/").status_code == 200


def test_it_says_when_what_was_scheduled_is_out(entries_dir: Path, settings: MakeSettings) -> None:
    due = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    write_entry(entries_dir, "soon.md", "Soon", date=due.isoformat())
    shown = make_preview_settings(settings())
    refresh_index(shown)
    app = create_preview_app(shown)
    client = app.test_client()
    before = client.get("/", headers={"Host": "localhost"}).get_data(as_text=True)
    app.extensions["feedsvc"].clock = lambda: due.timestamp() + 1
    after = client.get("/", headers={"Host": "localhost"}).get_data(as_text=True)

    assert "Scheduled for" in before
    assert "Soon" in after
    assert "Scheduled for" not in after


# -- who sees it --------------------------------------------------------------------------


STRANGERS: list[tuple[dict[str, str], str]] = [  # headers, and the address of the connection
    ({"Host": "evil.example"}, "127.0.0.1"),  # DNS rebinding
    ({"Host": "localhost.evil.example"}, "127.0.0.1"),
    ({"Host": "127.0.0.1.evil.example"}, "127.0.0.1"),
    ({"Host": "user@127.0.0.1"}, "127.0.0.1"),
    ({"Host": ""}, "127.0.0.1"),
    ({"Host": "192.168.1.7:8000"}, "192.168.1.7"),
    ({"Host": "127.0.0.1"}, "192.168.1.7"),
    ({"Host": "127.0.0.1"}, ""),
    ({"Host": "127.0.0.1", "X-Forwarded-For": "203.0.113.7"}, "127.0.0.1"),
    ({"Host": "127.0.0.1", "X-Forwarded-For": "127.0.0.1"}, "127.0.0.1"),
    ({"Host": "127.0.0.1", "Forwarded": "for=127.0.0.1"}, "127.0.0.1"),
    ({"Host": "127.0.0.1", "X-Real-IP": "127.0.0.1"}, "127.0.0.1"),
    ({"Host": "127.0.0.1", "Via": "1.1 cache"}, "127.0.0.1"),
    ({"Host": "127.0.0.1", "X-Original-Forwarded-For": "203.0.113.7"}, "127.0.0.1"),
    ({"Host": "127.0.0.1", "X-Forwarded": "203.0.113.7"}, "127.0.0.1"),
    ({"Host": "127.0.0.1", "Fastly-Client-IP": "203.0.113.7"}, "127.0.0.1"),
    ({"Host": "127.0.0.1", "Origin": "https://evil.example"}, "127.0.0.1"),
    ({"Host": "127.0.0.1", "Origin": "null"}, "127.0.0.1"),
    (
        {"Host": "127.0.0.1", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
        "127.0.0.1",
    ),
    (
        {
            "Host": "127.0.0.1",
            "Sec-Fetch-Site": "cross-site",
            "Sec-Fetch-Mode": "navigate",
            "Sec-Fetch-Dest": "iframe",
        },
        "127.0.0.1",
    ),
]


def test_nobody_else_is_answered(preview: Callable[..., FlaskClient], entries_dir: Path) -> None:
    write_entry(entries_dir, "draft.md", "Secret", draft="true")
    client = preview()
    paths = ("/", "/feed.json", "/_desk", "/healthz", "//x", "/files/a.png")
    for headers, address in STRANGERS:
        for path, method in product(paths, ("GET", "HEAD", "OPTIONS", "POST")):
            answer = client.open(
                path, method=method, headers=headers, environ_base={"REMOTE_ADDR": address}
            )

            assert (answer.status_code, headers, address) == (403, headers, address)
            assert b"Secret" not in answer.data
            assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("localhost:8000", "127.0.0.1"),
        ("127.0.0.1", "127.0.0.1"),
        ("[::1]:8000", "::1"),
        ("127.8.9.1", "::ffff:127.0.0.1"),
    ],
)
def test_this_machine_is_answered_and_nothing_is_kept_or_listed(
    preview: Callable[..., FlaskClient], entries_dir: Path, host: str, address: str
) -> None:
    write_entry(entries_dir, "draft.md", "Mine", draft="true")
    client = preview()
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    for path in ("/", "/atom.xml", "/feed.json", "/_desk", "/static/style.css", "/no/such/page"):
        answer = client.get(
            path,
            headers={"Host": host, **followed, "Sec-Fetch-Dest": "document"},
            environ_base={"REMOTE_ADDR": address},
        )

        assert answer.status_code == (404 if path == "/no/such/page" else 200)
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert answer.headers.get_all("Cache-Control") == ["no-store"]
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert SITE not in answer.get_data(as_text=True)
    assert '<meta name="robots" content="noindex">' in client.get("/").get_data(as_text=True)


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_it_does_not_listen_for_others(run: Callable[..., object], host: str) -> None:
    result = run("serve", "--drafts", "--host", host, "--port", "0")

    assert result.exit_code == 2  # type: ignore[attr-defined]
    assert "drafts are for this one only" in result.stderr  # type: ignore[attr-defined]


def test_no_setting_turns_it_on(
    run: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEEDSVC_SITE_PREVIEW", "true")
    result = run("check")

    assert result.exit_code == 2  # type: ignore[attr-defined]


# -- the desk -----------------------------------------------------------------------------


def test_the_desk_names_what_is_wrong_and_escapes_it(
    preview: Callable[..., FlaskClient], entries_dir: Path
) -> None:
    name = "<img src=x onerror=alert(1)>\u202e.md"
    write_entry(entries_dir, name, "<script>alert(2)</script>", date="2026-13-01")
    write_entry(entries_dir, "draft.md", "<b>Bold</b>", body="![](gone.png)", draft="true")
    client = preview()
    page = client.get("/_desk")
    text = page.get_data(as_text=True)

    assert "<img src=x" not in text
    assert "\u202e" not in text
    assert "<b>Bold" not in text
    assert "&lt;img src=x onerror=alert(1)&gt;\\u202e.md" in text
    assert "line 3, field &#39;date&#39;:" in text
    assert "2 problems" in text
    assert "put it beside the entry" in text
    assert "; script-src 'self'; connect-src 'self'" in page.headers["Content-Security-Policy"]
    assert "unsafe" not in page.headers["Content-Security-Policy"]


def test_the_desk_lists_files_by_state_and_in_parts(
    preview: Callable[..., FlaskClient], entries_dir: Path
) -> None:
    for number in range(205):
        write_entry(entries_dir, f"{number:03}.md", f"Number {number}", draft="true")
    write_entry(entries_dir, "out.md", "Out")
    write_entry(entries_dir, "coming.md", "Coming", date="2100-01-01")
    client = preview()
    drafts = client.get("/_desk?state=draft").get_data(as_text=True)
    rest = client.get("/_desk?state=draft&skip=200").get_data(as_text=True)
    scheduled = client.get("/_desk?state=scheduled").get_data(as_text=True)

    assert drafts.count("is-draft") == 200
    assert f'href="{HERE}_desk?state=draft&amp;skip=200"' in drafts
    assert rest.count("is-draft") == 5
    assert scheduled.count("is-scheduled") == 1
    assert "January 1, 2100" in scheduled
    assert client.get("/_desk?state=x%22&skip=-1").status_code == 200
    assert client.get("/_desk/nothing").status_code == 404
    assert client.post("/_desk").status_code == 405


def test_elsewhere_there_is_no_desk(run: Callable[..., object]) -> None:
    assert run("render", "/_desk").exit_code == 1  # type: ignore[attr-defined]


def test_the_desk_is_live_in_a_browser(tmp_path: Path, needs: Callable[[str], str]) -> None:
    port, entries = pick_free_port(), tmp_path / "entries"
    (tmp_path / "feedsvc.toml").write_text(CONFIG, encoding="utf-8")
    file = write_entry(entries, "a.md", "A", date="2026-13-01")
    with run_preview(tmp_path, port) as url, open_browser(needs("chromium")) as browser:
        page = browser.new_page()
        page.set_default_timeout(60_000)
        errors: list[str] = []
        page.on("console", lambda message: errors.append(message.text))
        page.goto(f"{url}/_desk")
        page.wait_for_selector("text=1 problem")
        write_entry(entries, "a.md", "A", date="2026-11-01")
        page.wait_for_selector("text=Nothing is wrong")
        file.unlink()
        write_entry(entries, "b.md", "Newer", draft="true")
        page.wait_for_selector("a:has-text('Newer')")

        assert errors == []


# -- beside the service -------------------------------------------------------------------


def test_a_service_of_the_same_folder_runs_beside_it(tmp_path: Path) -> None:
    ports, entries = (pick_free_port(), pick_free_port()), tmp_path / "entries"
    write_entry(entries, "public.md", "Public")
    with run_receiver() as hub:
        config = f'{CONFIG}[feeds]\nhubs = ["{hub.url}"]\n'
        (tmp_path / "feedsvc.toml").write_text(config, encoding="utf-8")
        log = tmp_path / "serve.log"
        public = f"http://127.0.0.1:{ports[0]}"
        command = [*SERVE, str(ports[0])]
        with run_preview(tmp_path, ports[1]) as url:
            write_entry(entries, "changed.md", "Changed")
            wait_for(lambda: b"Changed" in fetch(f"{url}/")[1])
            with run_server(command, ports[0], log, folder=tmp_path, PYTHONPATH=ROOT_PATH):
                write_entry(entries, "draft.md", "A draft", draft="true")
                wait_for(lambda: b"A draft" in fetch(f"{url}/")[1])
                wait_for(
                    lambda: json.loads(fetch(f"{public}/readyz")[1])["entries"].get("draft") == 1
                )
                before = len(hub.received)
                hidden = fetch(f"{public}/2026/03/draft/")[0], fetch(f"{public}/atom.xml")[1]
                write_entry(entries, "draft.md", "A draft")
                hub.wait_for(1)
                told = len(hub.received)
                seen = fetch(f"{public}/2026/03/draft/")[0]
        outboxes = list((tmp_path / "index").glob("*.outbox"))
        indexes = list((tmp_path / "index").glob("*.sqlite"))

    assert before == 0
    assert hidden[0] == 404
    assert b"A draft" not in hidden[1]
    assert told > 0
    assert seen == 200
    assert len(outboxes) == 1
    assert len(indexes) == 2
