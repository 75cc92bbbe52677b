"""Real servers and the real writer: rights lost, disks away, links, files written slowly."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from feedsvc.settings import Settings
from tests.support.entries import format_entry, write_entry, write_file
from tests.support.promises import check_seconds
from tests.support.servers import fetch, pick_free_port, run_server, wait_for
from tests.support.writer import run_writer, wait_until
from tests.test_watch import LONG, Folder

MakeSettings = Callable[..., Settings]
SETTINGS = """
[site]
title = "Example"
url = "https://news.example.com/"
id_authority = "news.example.com,2026"
index = "index.sqlite"
"""
PATHS = ("/rss.xml", "/atom.xml", "/feed.json", "/", "/2026/03/", "/sitemap.xml", "/opml.xml")
MAX_SECONDS = 3.0  # that an answer may take on an idle machine: one file is waited for a second
# so that rights count for root too
WITHOUT_RIGHTS = "setpriv --bounding-set -dac_override,-dac_read_search --inh-caps -all".split()
SHARED_MEMORY = Path("/dev/shm")


class Server:
    """A folder of entries, and a server of it at *url*."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.entries = folder / "entries"
        self.port = pick_free_port()
        write_file(folder, "feedsvc.toml", SETTINGS)

    @contextmanager
    def run(self) -> Iterator[None]:
        command = [sys.executable, "-m", "feedsvc", "serve", str(self.entries)]
        command += ["--config", str(self.folder / "feedsvc.toml"), "--port", str(self.port)]
        command += ["--workers", "2"]
        if os.geteuid() == 0:
            command = [*WITHOUT_RIGHTS, *command]
        with run_server(command, self.port, self.folder / "log"):
            yield

    def get(self, path: str) -> str:
        """Return the body of an answer that is 200 and came soon."""
        slowest = 0.0  # of those that are asked meanwhile and need no file
        with ThreadPoolExecutor(1) as thread:
            asked = thread.submit(self.ask, path)
            while not asked.done():
                slowest = max(slowest, self.ask("/healthz")[2])
                time.sleep(0.01)
        status, body, seconds = asked.result()

        assert (path, status) == (path, 200)
        assert seconds < MAX_SECONDS + 10 * slowest
        return body.decode()

    def ask(self, path: str) -> tuple[int, bytes, float]:
        """Return status and body, and the seconds that they took."""
        started = time.monotonic()
        status, body, _ = fetch(f"http://127.0.0.1:{self.port}{path}")
        return status, body, time.monotonic() - started

    def list_titles(self, query: str = "") -> set[str]:
        items = json.loads(self.get(f"/feed.json{query}"))["items"]
        return {item["title"] for item in items}

    def shows(self, titles: set[str]) -> bool:
        """Return whether the feeds and the page, of whatever worker, have all *titles*."""
        return all(
            title in self.get(path)
            for path in ("/rss.xml", "/atom.xml", "/") * 3
            for title in titles
        )  # fmt: skip

    def check(self, titles: set[str]) -> None:
        """Assert that every document is there, and all *titles* in the feeds and on the page."""
        answers = {path: self.get(path) for path in PATHS}
        assert self.list_titles() == titles
        for path in ("/rss.xml", "/atom.xml", "/"):
            assert {title for title in titles if title in answers[path]} == titles
        for number in range(3, 6):  # addresses that no worker has met
            assert len(self.list_titles(f"?limit={number}&not=x{time.monotonic_ns()}")) == number


RIGHTS = {"closed": 0o000, "listed": 0o444, "passed": 0o111}  # by folder, when they are lost


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    for number in range(6):
        write_entry(
            server.entries, f"story-{number}.md", f"Story {number}.", body=f"Text {number}."
        )
    for number, name in enumerate(RIGHTS):
        path = f"{name}/part-{number}.md"
        write_entry(server.entries, path, f"Part {number}.", body=f"Words {number}.")
    yield server
    for folder in server.entries.iterdir() if server.entries.is_dir() else ():
        if folder.is_dir():
            folder.chmod(0o755)


TITLES = {*(f"Story {number}." for number in range(6)), *(f"Part {number}." for number in range(3))}


def test_folders_without_their_rights_cost_no_document(server: Server) -> None:
    with server.run():
        server.check(TITLES)
    for folder, rights in RIGHTS.items():
        (server.entries / folder).chmod(rights)

    with server.run():  # a start: nothing is in memory
        server.check(TITLES)
        shown = [f"Words {number}." in server.get("/rss.xml") for number in range(3)]
        assert shown == [False, False, True]  # what may be passed can be read by its name

        write_entry(server.entries, "new.md", "New.")
        wait_for(lambda: server.shows({*TITLES, "New."}), server.folder / "log")
        server.check({*TITLES, "New."})

        for folder in RIGHTS:
            (server.entries / folder).chmod(0o755)
        texts = {"Words 0.", "Words 1."}
        wait_for(
            lambda: all(map(server.get("/rss.xml").__contains__, texts)), server.folder / "log"
        )


def test_a_root_that_is_away_or_empty_costs_no_document(server: Server) -> None:
    aside = server.entries.with_name("aside")
    with server.run():
        server.check(TITLES)
        server.entries.rename(aside)
        for _ in range(2):
            server.check(TITLES)

        server.entries.mkdir()  # a mount point without its mount
        for _ in range(2):
            server.check(TITLES)

        server.entries.rmdir()
        aside.rename(server.entries)
        write_entry(server.entries, "new.md", "New.")
        # last bytes may stay for ten seconds while files could not be read
        wait_for(lambda: server.shows({*TITLES, "New."}), server.folder / "log")
        wait_for(lambda: "Words 0." in server.get("/rss.xml"), server.folder / "log")
        server.check({*TITLES, "New."})
    server.entries.rename(aside)
    server.entries.mkdir()

    with server.run():  # a start before the mount
        server.check({*TITLES, "New."})


@pytest.mark.skipif(
    not SHARED_MEMORY.is_dir() or SHARED_MEMORY.stat().st_dev == Path(__file__).stat().st_dev,
    reason="there is no second device",
)
def test_files_that_went_with_a_change_of_device_cost_no_document(server: Server) -> None:
    here = server.entries.rename(server.entries.with_name("here"))
    server.entries.symlink_to(here)
    there = SHARED_MEMORY / f"feedsvc-test-{os.getpid()}"
    shutil.copytree(here, there)
    try:
        with server.run():
            server.check(TITLES)
        server.entries.unlink()
        server.entries.symlink_to(there)
        (there / "story-0.md").unlink()

        with server.run():
            server.check(TITLES)
            assert "Text 0." not in server.get("/rss.xml")
            assert "Text 1." in server.get("/rss.xml")
            assert json.loads(server.get("/readyz"))["held"] == 1
    finally:
        shutil.rmtree(there)


# -- links to folders ---------------------------------------------------------------------------


def test_what_lies_beyond_a_link_to_a_folder_is_not_published(
    settings: MakeSettings, tmp_path: Path
) -> None:
    folder = Folder(settings())
    outside = tmp_path / "outside"
    (outside / "deep").mkdir(parents=True)
    for number in range(1_050):  # from 1,000 on watches are recursive, and follow links
        (folder.root / f"d{number:04}").mkdir(parents=True)
    folder.write("d0000/a.md", "A")
    (folder.root / "leak").symlink_to(outside)
    (folder.root / "current").symlink_to("d0000")
    (folder.root / ".hidden").mkdir()
    with run_writer(folder.settings):
        time.sleep(0.5)  # until watching has begun
        for number in range(3):
            write_entry(outside, f"secret-{number}.md", "Secret")
            write_entry(outside / "deep", f"secret-{number}.md", "Secret")
            folder.write(".hidden/secret.md", "Secret")
            folder.write("current/a.md", f"A {number}", tags=f"[t{number}]")
            folder.write(f"d0001/b{number}.md", "B")
            wait_until(lambda number=number: f"t{number}" in folder.select_terms("tag"), LONG)  # type: ignore[misc]
        wait_until(lambda: len(folder.list_public()) >= 4, LONG)
        time.sleep(0.3)

        assert folder.list_public() == [
            "d0000/a.md",
            *(f"d0001/b{number}.md" for number in range(3)),
        ]
        assert folder.ask("SELECT DISTINCT id FROM file WHERE path LIKE '%a.md'") == [
            ("tag:news.example.com,2026:d0000/a",)
        ]


# -- slow writers -------------------------------------------------------------------------------

BODY = "Words of the body, and more of them. " * 20
SLOW_FILES = {
    "headers.txt": f"Title: Whole\nDate: 2026-03-02\nId: own-headers\n\n{BODY}\nEnd.\n",
    "yaml.md": format_entry("Whole", body=f"{BODY}\nEnd.", tags="[first]", id="own-yaml"),
    "toml.md": f'+++\ntitle = "Whole"\ndate = 2026-03-02\nid = "own-toml"\n+++\n{BODY}\nEnd.\n',
    "json.json": json.dumps(
        {"title": "Whole", "date": "2026-03-02", "content": f"{BODY} End.", "id": "own-json"}
    ),
    "page.html": "<title>Whole</title><meta name=date content=2026-03-02>"
    "<meta name=id content=own-page>"
    f"<article><h1>Whole</h1><p>{BODY}</p><p>End.</p></article>",
    "notes.org": f"#+TITLE: Whole\n#+DATE: 2026-03-02\n#+ID: own-notes\n\n{BODY}\nEnd.\n",
    "nikola.rst": f".. title: Whole\n.. date: 2026-03-02\n.. id: own-nikola\n\n{BODY}\n\nEnd.\n",
    "field.rst": f"Whole\n=====\n\n:date: 2026-03-02\n:id: own-field\n\n{BODY}\n\nEnd.\n",
}  # fmt: skip


def write_slowly(file: Path, text: str, chunks: int, pause: float) -> None:
    size = -(-len(text) // chunks)
    with file.open("w", encoding="utf-8") as opened:
        for start in range(0, len(text), size):
            opened.write(text[start : start + size])
            opened.flush()
            time.sleep(pause)


def test_no_half_of_a_file_that_is_written_slowly_is_ever_out(settings: MakeSettings) -> None:
    folder = Folder(settings())
    folder.write("kept.md")
    seen: set[tuple[str, str, str | None, str]] = set()
    query = "SELECT path, state, id, hex(hash) FROM file WHERE path <> 'kept.md'"

    def write_all() -> float:
        """Write the files; return the seconds from their last byte until all are listed."""
        for name in SLOW_FILES:
            (folder.root / name).unlink(missing_ok=True)
        wait_until(lambda: folder.list_public() == ["kept.md"])
        threads = [
            threading.Thread(target=write_slowly, args=(folder.root / name, text, 12, 0.08))
            for name, text in SLOW_FILES.items()
        ]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            seen.update(folder.ask(query))
            time.sleep(0.005)
        written = time.monotonic()
        wait_until(lambda: len(folder.list_public()) == len(SLOW_FILES) + 1)
        return time.monotonic() - written

    with run_writer(folder.settings):
        check_seconds(write_all, 2.0)
        seen.update(folder.ask(query))

    assert {(path, state, id_) for path, state, id_, _ in seen} == {
        (name, "public", f"tag:news.example.com,2026:own-{name.partition('.')[0]}")
        for name in SLOW_FILES
    }
    assert len(seen) == len(SLOW_FILES)  # one content each


def test_a_file_that_a_program_has_open_is_out_once_it_is_closed(settings: MakeSettings) -> None:
    folder, numbers = Folder(settings()), itertools.count()
    folder.write("kept.md")

    def measure_way() -> float:
        name = f"log-{next(numbers)}.md"
        with (folder.root / name).open("w", encoding="utf-8") as opened:
            opened.write(format_entry("Open"))
            opened.flush()
            time.sleep(0.5)
            assert name not in folder.list_public()
        closed = time.monotonic()
        wait_until(lambda: name in folder.list_public())
        return time.monotonic() - closed

    with run_writer(folder.settings):
        check_seconds(measure_way, 1.0)
