"""`feedsvc build`: the site as files is what the server answers, whole or not at all."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from email.utils import formatdate
from http.client import HTTPConnection
from itertools import product
from pathlib import Path
from random import Random
from types import SimpleNamespace
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import brotli
import pytest
from msgspec.structs import replace
from werkzeug.test import Client

from feedsvc.commands.build import write_site
from feedsvc.commands.building import build_site
from feedsvc.commands.building.addresses import OWN_FILES, SiteAddresses
from feedsvc.commands.building.build import OutFolder, list_batches
from feedsvc.commands.building.manifest import BuiltFile, read_manifest
from feedsvc.commands.building.worker import Builder, Job, Outcome
from feedsvc.errors import FileError
from feedsvc.index import KEY_HASH_BITS, open_read_connection, prepare_index_path, zstd
from feedsvc.listing import parse_time_range
from feedsvc.settings import Feeds, Settings, Site
from feedsvc.web import create_app
from tests.support.entries import write_entry, write_file
from tests.support.servers import ROOT, START, fetch, pick_free_port, run_server, wait_for
from tests.test_readers import read_by_feedparser, read_by_newsboat, read_by_reader

SITE = "https://news.example.com/"
LINK = re.compile(
    rb"""(?:href|src|url)=["']([^"'<>]+)|<(?:loc|link|id)>([^<]+)<"""
    rb"""|"(?:url|next_url|feed_url)": ?"([^"]+)\""""
)
DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": zstd.decompress,
}
SUFFIXES = {"gzip": ".gz", "br": ".br", "zstd": ".zst"}


def write_folder(folder: Path) -> None:
    """Write one entry of each kind, and more of one tag than a feed has."""
    for number in range(1, 8):
        write_entry(
            folder,
            f"story-{number}.md",
            f"Story {number}",
            date=f"2026-0{number}-02",
            tags="[Wind, C++, 风电]" if number != 3 else "[Tides]",
            author="Ada Lovelace",
            category="Sea",
        )
    write_entry(folder, "picture.md", "Picture", body="![A crane](crane.png)", id="picture")
    write_file(folder, "crane.png", b"\x89PNG")
    write_file(folder, "unused.png", b"\x89PNG")
    write_entry(folder, "about.md", "About", url="/about")
    write_entry(
        folder, "old.md", "Old page", url="/old/story.php", aliases="[/was/here/, /was.html]"
    )
    write_entry(folder, "letters.md", "Letters", slug="Grüße und $ (1)")
    write_entry(folder, "hidden.md", "Nobody's draft", draft="true")
    links = "[a story](story-1.md), [a draft](hidden.md), [none](none.md)"
    write_entry(folder, "links.md", "Links", date="2026-03-02", body=links)
    write_entry(folder, "moon.md", "The moon", date="1969-07-21")
    write_entry(folder, "unlisted.md", "By its link alone", status="unlisted")
    write_entry(folder, "later.md", "Not before its time", date="2099-01-01")
    write_entry(
        folder, "gone.md", "Withdrawn", status="retracted", retracted="2026-04-01", reason="Untrue."
    )
    write_file(folder.parent, "root/ads.txt", "example.com, 1, DIRECT\n")
    write_file(folder.parent, "root/.well-known/security.txt", "Contact: mailto:x@example.com\n")
    write_file(folder.parent, "root/.well-known/apple-app-site-association", "{}")
    write_file(folder.parent, "root/google123.html", "google-site-verification")
    write_file(folder.parent, "root/license.xml", "<rsl/>")
    write_file(folder.parent, "root/robots.txt", "User-agent: *\nDisallow:\n")
    write_entry(folder, "bericht.de.md", "Bericht", translation="report", language="de")
    write_entry(folder, "report.md", "Report", translation="report")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    write_folder(tmp_path / "entries")
    return make_settings(tmp_path)


def make_settings(base: Path, url: str = SITE, **feeds: object) -> Settings:
    site = Site(
        title="News", url=url, id_authority="news.example.com,2026", index=str(base / "index")
    )
    return Settings(base=base, site=site, feeds=Feeds(limit=3, **feeds))  # type: ignore[arg-type]


def build(settings: Settings, name: str = "out") -> dict[str, BuiltFile]:
    """Build into the folder *name*; return what was made, by address."""
    out = settings.base / name
    write_site(settings, out, 1, compresses=True)
    manifest = read_manifest(OutFolder(out).manifest)
    assert manifest is not None
    return manifest.files


def make_client(settings: Settings) -> Client:
    static = replace(settings, site=replace(settings.site, static=True))
    return create_app(static, runs_writer=False).test_client()


def read_folder(out: Path) -> dict[str, tuple[bytes, int]]:
    """Return content and inode of each file, by its path."""
    return {
        str(file.relative_to(out)): (file.read_bytes(), file.stat().st_ino)
        for file in out.rglob("*")
        if file.is_file()
    }


def is_document(address: str) -> bool:
    return not address.startswith("//")  # what is made for other servers has no address


PARTNER_HOMES: dict[str, tuple[dict[str, str], str]] = {
    "all": ({}, ""),
    "tag": ({"tag": "wind"}, "tags/wind/"),
    "both": ({"tag": "wind", "lang": "en"}, "tags/wind/"),
    "mixed": ({"tag": "wind,sea", "lang": "en"}, "languages/en/"),
    "either": ({"tag": "wind,sea"}, ""),
    "search": ({"q": "crane"}, ""),
    "without": ({"not": "wind"}, ""),
    "none": ({"tag": "nothing-has-it"}, ""),
}


def test_a_partners_feed_has_a_page_without_a_query_for_its_home(settings: Settings) -> None:
    tables = {name: table for name, (table, _) in PARTNER_HOMES.items()}
    built = build(replace(settings, partners=tables))
    for name, (_, home) in PARTNER_HOMES.items():
        rss, data = (
            (settings.base / "out" / built[f"/partners/{name}/{file}"].file).read_text()
            for file in ("rss.xml", "feed.json")
        )
        assert f"/{home}" in built
        assert f"<link>{SITE}{home}</link>" in rss.partition("<item>")[0], name
        assert json.loads(data)["home_page_url"] == SITE + home


@pytest.mark.parametrize("words", ["", "crane"])
def test_only_a_feed_of_a_search_needs_one(settings: Settings, words: str) -> None:
    one = replace(settings, partners={"harbor": {"q": words}})
    built = build(one)
    feed = (settings.base / "out" / built["/partners/harbor/rss.xml"].file).read_text()
    with closing(open_read_connection(str(prepare_index_path(one)))) as connection:
        (pending,) = connection.execute("SELECT count(*) FROM search_pending").fetchone()

    assert bool(pending) == (not words)
    titles = re.findall("<title>(.*?)</title>", feed.partition("<item>")[2])
    assert (titles == ["Picture"]) == bool(words)
    assert titles


@pytest.mark.cover_children
def test_each_file_is_what_the_server_answers(settings: Settings) -> None:
    built = build(settings)
    client = make_client(settings)
    out = settings.base / "out"

    files = {address: one for address, one in built.items() if is_document(address) and one.file}
    for address, one in files.items():
        answer = client.get(address, headers={"Accept": "text/html"})
        assert answer.status_code == (410 if one.file.startswith("_gone/") else 200), address
        file = out / unquote(one.file)
        assert file.read_bytes() == answer.data, address
        for coding in one.codings:
            encoded = Path(f"{file}{SUFFIXES[coding]}").read_bytes()
            assert DECODERS[coding](encoded) == answer.data
            if answer.status_code == 200:
                assert client.get(address, headers={"Accept-Encoding": coding}).data == encoded
    assert len(files) > 100
    names = {unquote(one.file) for one in built.values() if one.file}
    plain = {name for name in read_folder(out) if not name.endswith(tuple(SUFFIXES.values()))}
    assert plain == names


def test_every_link_without_a_query_leads_to_a_file(settings: Settings) -> None:
    built = build(settings)
    client = make_client(settings)
    waiting, seen = ["/"], {"/"}
    while waiting:
        address = waiting.pop()
        answer = client.get(address)
        body = answer.data + answer.headers.get("Link", "").replace("<", "<link>").encode()
        for match in LINK.finditer(body):
            words = next(filter(None, match.groups())).decode()
            url = urldefrag(urljoin(SITE + address[1:], words.replace("&amp;", "&"))).url
            target = url[len(SITE) - 1 :]
            if not url.startswith(SITE) or target in seen:
                continue
            seen.add(target)
            path = target.partition("?")[0]
            assert path == target or path.startswith("/static/"), f"{address} needs a server"
            if client.get(path).status_code == 200:
                assert path in built, f"{address} leads to {path}"
                waiting.append(path)
    assert len(seen) > 90
    unlinked = {address for address in built if is_document(address)} - seen
    # feeds link the archives of what is in them too, pages only those of what is older
    unlinked = {address for address in unlinked if not re.search("^/static/|/archive/", address)}
    assert unlinked == {
        *("/feed", "/feed.xml", "/index.xml", "/rss", "/index.rss", "/atom", "/feed.atom"),
        *("/index.json", "/robots.txt", "/sitemap.xml", "/news-sitemap.xml"),
        *("/was/here/", "/was.html", "/2026/03/02/unlisted/", "/ads.txt"),
        *("/.well-known/security.txt", "/.well-known/apple-app-site-association"),
        *("/google123.html", "/license.xml"),
    }


def test_pages_offer_nothing_that_needs_a_server(settings: Settings) -> None:
    build(settings)
    out = settings.base / "out"

    for file in out.rglob("*.html"):
        text = file.read_text(encoding="utf-8")
        assert "<form" not in text, file
        assert not re.search(r'href="https://news\.example\.com/(?!static/)[^"]*\?', text), file
    assert "Older entries" in (out / "tags/wind/index.html").read_text(encoding="utf-8")
    assert not (out / "2026/03/02/hidden").exists()
    assert [file.name for file in (out / "files").iterdir()] == ["crane.png"]


def test_archives_are_of_the_listings_that_the_setting_names(settings: Settings) -> None:
    settings = replace(settings, feeds=replace(settings.feeds, archives_of=("everything",)))
    built = build(settings)
    client = make_client(settings)

    archives = [address for address in built if "/archive/" in address]
    assert "/archive/2026-01/atom.xml" in archives
    assert "/tags/wind/archive/2026-01/" in archives  # its page continues there
    assert "/tags/wind/archive/2026-01/atom.xml" not in archives
    assert client.get("/tags/wind/archive/2026-01/atom.xml").status_code == 404
    assert b"prev-archive" not in client.get("/tags/wind/atom.xml").data
    assert b"prev-archive" in client.get("/atom.xml").data


def test_only_what_changed_is_written(settings: Settings) -> None:
    build(settings)
    out = settings.base / "out"
    before = read_folder(out)
    build(settings)
    assert read_folder(out) == before

    write_entry(settings.entries, "story-3.md", "Another title", date="2026-03-02", tags="[Tides]")
    build(settings)
    after = read_folder(out)
    changed = {
        path for path in after if path not in before or after[path][1] != before[path][1]
    } - {path for path in after if path.endswith(tuple(SUFFIXES.values()))}
    assert {
        "2026/03/02/story-3/index.html",
        "tags/tides/atom.xml",
        "tags/tides/index.html",
    } <= changed
    assert not changed & {"tags/wind/atom.xml", "2026/01/02/story-1/index.html", "files/crane.png"}

    (settings.entries / "story-3.md").unlink()
    build(settings)
    assert not (out / "2026/03/02/story-3").exists()
    assert not (out / "tags/tides").exists()
    assert (out / "tags/wind/atom.xml").read_bytes() == after["tags/wind/atom.xml"][0]
    assert read_folder(out).keys() == read_built_anew(settings).keys()


def read_built_anew(settings: Settings) -> dict[str, tuple[bytes, int]]:
    build(settings, "anew")
    return read_folder(settings.base / "anew")


NAMES = [f"entry-{number}" for number in range(12)]
CHOICES = {  # fields, each with a share of the entries, and what it may be
    "tags": (0.9, ["[Wind]", "[wind, Tides]", "[WIND, Sea]", "[]"]),
    "category": (0.5, ["Sea", "sea"]),
    "author": (0.5, ["Ada", "ada", "Bob"]),
    "status": (0.3, ["unlisted", "draft", "retracted"]),
    "retracted": (0.2, ["2026-01-01", "2026-12-30"]),
    "expires": (0.2, ["2026-12-31", "2026-05-01"]),
    "aliases": (0.3, ["[/was/a, /was/b/]", "[/was/a/, /tags/wind/]", "[/2026/01/10/x/]"]),
    "url": (0.3, ["/about", "/about/", "/x", "/x/y", "/was/a", "/2025/x/"]),
    "translationkey": (0.4, ["one", "two"]),
    "language": (0.4, ["de", "en", "fr"]),
    "slug": (0.2, ["x", "entry-3"]),
    "noindex": (0.2, ["true"]),
}


class ChangingSite:
    """A folder, its settings and the clock, each of which some random steps change."""

    def __init__(self, settings: Settings, random: Random) -> None:
        self.settings = settings
        self.random = random
        self.now = datetime(2026, 12, 29, tzinfo=UTC).timestamp()
        for name in NAMES:
            self.write(name)

    def write(self, name: str) -> None:
        random = self.random
        fields = {
            field: random.choice(choices)
            for field, (share, choices) in CHOICES.items()
            if random.random() < share
        }
        month, day = random.randint(1, 4), random.randint(10, 28)
        date = random.choice([f"2025-0{month}-{day}", f"2026-0{month}-{day}", f"2026-12-{day + 2}"])
        body = f"{random.random()} ![A crane](crane.png) [Another]({random.choice(NAMES)}.md)"
        write_entry(self.settings.entries, f"{name}.md", body=body, date=date, **fields)

    def change(self) -> None:
        """Change something, an entry more often than not."""
        random, folder = self.random, self.settings.entries
        kind = random.choice(["write"] * 5 + ["delete", "rename", "file", "title"] + ["wait"] * 3)
        files = sorted(folder.glob("*.md"))
        if kind == "write" or not files:
            self.write(random.choice(NAMES))
        elif kind == "delete":
            random.choice(files).unlink()
        elif kind == "rename":
            random.choice(files).replace(folder / f"{random.choice(NAMES)}.md")
        elif kind == "file":
            write_file(folder, "crane.png", b"\x89PNG" + bytes(random.randint(1, 9)))
        elif kind == "title":
            title = random.choice(["News", "More news"])
            self.settings = replace(self.settings, site=replace(self.settings.site, title=title))
        else:
            self.now += random.choice([3_600, 86_400, 3 * 86_400, 40 * 86_400, -86_400])


@pytest.mark.no_cover  # many runs of what other tests cover
@pytest.mark.parametrize("seed", range(3))
def test_a_build_after_changes_is_what_a_fresh_one_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    site = ChangingSite(make_settings(tmp_path), Random(seed))
    clock = SimpleNamespace(time=lambda: site.now)
    monkeypatch.setattr("feedsvc.commands.building.build.time", clock)
    for _ in range(8):
        for _ in range(site.random.randint(1, 3)):
            site.change()
        write_site(site.settings, tmp_path / "out", 1, compresses=False)
        shutil.rmtree(tmp_path / "fresh", ignore_errors=True)
        write_site(site.settings, tmp_path / "fresh", 1, compresses=False)

        made, fresh = read_folder(tmp_path / "out"), read_folder(tmp_path / "fresh")
        assert made.keys() == fresh.keys()
        assert [name for name in made if made[name][0] != fresh[name][0]] == []


def test_what_leads_to_a_changed_entry_is_made_again(settings: Settings) -> None:
    folder = settings.entries
    words = {"translationkey": "far", "date": "2020-01-01", "body": "[A story](story-5.md)"}
    write_entry(folder, "far.md", "Far", **words)
    german = {"translationkey": "far", "language": "de"}
    write_entry(folder, "fern.md", "Fern", date="2024-01-01", **german)
    build(settings)
    write_entry(folder, "fern.md", "Fern", url="/weit/", **german)
    write_entry(folder, "story-5.md", "Story 5", url="/moved/")
    build(settings)

    page = (settings.base / "out/2020/01/01/far/index.html").read_text(encoding="utf-8")
    assert f'"{SITE}weit/"' in page
    assert f'"{SITE}moved/"' in page


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The addresses at whose documents builds look, for tests to empty."""
    seen: set[str] = set()

    def build(self: Builder, job: Job) -> Outcome:
        seen.add(job.address)
        return whole(self, job)

    whole = Builder.build
    monkeypatch.setattr(Builder, "build", build)
    return seen


def test_only_what_can_have_changed_is_looked_at(settings: Settings, looked_at: set[str]) -> None:
    everything = set(build(settings)) - {f"//{name}" for name in OWN_FILES}
    assert everything <= looked_at
    looked_at.clear()
    build(settings)
    lists = {"/", "/tags/wind/", "/tags/wind/archive/2026-01/", "/archive/2026-01/", "/2026/01/"}
    pages = {f"/2026/0{number}/02/story-{number}/" for number in range(1, 8)}
    assert not looked_at & (lists | pages)

    write_entry(settings.entries, "story-1.md", "Another", date="2026-01-02", tags="[Wind, C++]")
    build(settings)
    assert lists <= looked_at
    assert looked_at & pages == {f"/2026/0{number}/02/story-{number}/" for number in (1, 2)}
    assert not looked_at & {"/archive/2026-05/", "/tags/tides/", "/files/crane.png", "/2026/06/"}

    looked_at.clear()
    write_entry(settings.entries, "story-8.md", "Story 8", date="2026-08-02", tags="[Wind]")
    build(settings)
    assert {"/", "/2026/", "/2026/01/", "/2026/08/02/story-8/"} <= looked_at
    assert not looked_at & {"/archive/2026-01/", "/tags/wind/archive/2026-01/"}


SPOILS: dict[str, Callable[[Path], object]] = {
    "it is missing": Path.unlink,
    "it is empty": lambda file: file.write_bytes(b""),
    "it ends early": lambda file: file.write_bytes(file.read_bytes()[:-200]),
    "it is of another build": lambda file: file.write_bytes(
        file.read_bytes().replace(b"story-1.md", b"story-9.md")
    ),
}


@pytest.mark.parametrize("spoil", SPOILS.values(), ids=SPOILS)
def test_all_is_looked_at_where_the_last_state_is_not_known(
    settings: Settings, looked_at: set[str], spoil: Callable[[Path], object]
) -> None:
    everything = set(build(settings)) - {f"//{name}" for name in OWN_FILES}
    looked_at.clear()
    spoil(OutFolder(settings.base / "out").state)
    build(settings)

    assert everything <= looked_at


def test_all_is_made_again_after_a_change_of_settings(settings: Settings) -> None:
    build(settings)
    settings = replace(settings, site=replace(settings.site, url="https://other.example/"))
    build(settings)

    made, fresh = read_folder(settings.base / "out"), read_built_anew(settings)
    assert [name for name in fresh if made[name][0] != fresh[name][0]] == []


def test_other_bytes_of_the_same_date_have_another_time(settings: Settings) -> None:
    page = settings.base / "out/2026/01/02/story-1/index.html"
    build(settings)
    before = page.stat().st_mtime
    text = (settings.entries / "story-1.md").read_text(encoding="utf-8")
    (settings.entries / "story-1.md").write_text(text.replace("Some words", "Same words"))
    build(settings)

    assert b"Same words" in page.read_bytes()
    assert page.stat().st_mtime == before + 1


def test_a_page_that_was_withdrawn_is_gone(settings: Settings) -> None:
    out = settings.base / "out"
    build(settings)
    assert (out / "2026/07/02/story-7/index.html").exists()
    write_entry(settings.entries, "story-7.md", "Story 7", date="2026-07-02", status="retracted")
    build(settings)

    assert not (out / "2026/07/02/story-7").exists()
    assert not any(b"/story-7/" in file.read_bytes() for file in out.rglob("*.html"))
    rules = (out / "_redirects").read_text(encoding="utf-8").splitlines()
    assert "/2026/07/02/story-7/ /_gone/2026/07/02/story-7/index.html 410" in rules
    assert f"/was/here/ {SITE}old/story.php 301" in rules


def run_command(
    base: Path, *words: str, start: str = "", python: Sequence[str] = ("-m", "feedsvc")
) -> subprocess.CompletedProcess[str]:
    """Run `feedsvc` below *base* by way of a shell; *start* stands before it."""
    environ = {
        **os.environ,
        "FEEDSVC_SITE_URL": SITE,
        "FEEDSVC_SITE_ID_AUTHORITY": "news.example.com,2026",
        "PYTHONPATH": str(ROOT),
    }
    command = f'{start} exec {sys.executable} "$@"'
    return subprocess.run(
        ["bash", "-c", command, "bash", *python, *words],
        cwd=base,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_build_that_fails_leaves_the_last_one(tmp_path: Path) -> None:
    write_folder(tmp_path / "entries")
    assert run_command(tmp_path, "build", "out").returncode == 0
    before = read_folder(tmp_path / "out")
    write_file(tmp_path / "entries", "crane.png", b"\x89PNG" + bytes(3_000_000))
    write_entry(tmp_path / "entries", "story-1.md", "Another", date="2026-01-02")

    failed = run_command(tmp_path, "build", "out", start="ulimit -f 2000;")
    assert failed.returncode == 2
    assert failed.stderr.strip().splitlines()[-1].startswith("feedsvc: ")
    assert "Traceback" not in failed.stderr
    assert read_folder(tmp_path / "out") == before
    assert not list(tmp_path.glob(".out*new"))
    assert run_command(tmp_path, "build", "out").returncode == 0
    assert (
        b"Another"
        in (tmp_path / "out/index.html").read_bytes()
        + (tmp_path / "out/2026/01/index.html").read_bytes()
    )


KILLED_AT_AN_ENTRY = """
import os, signal
from feedsvc.commands.building.worker import Builder
from feedsvc.commands.cli import main

def build(self, job):
    if "/more-7/" in job.address:
        os.kill(main_process, signal.SIGKILL)
    return whole(self, job)

main_process, whole = os.getpid(), Builder.build
Builder.build = build
main()
"""


def test_a_build_that_is_killed_leaves_the_last_one(tmp_path: Path) -> None:
    write_folder(tmp_path / "entries")
    assert run_command(tmp_path, "build", "out").returncode == 0
    before = read_folder(tmp_path / "out")
    for number in range(100):
        write_entry(tmp_path / "entries", f"more-{number}.md", date="2026-01-03")
    stage = OutFolder(tmp_path / "out").stage
    killed = run_command(tmp_path, "build", "out", python=("-c", KILLED_AT_AN_ENTRY))

    assert killed.returncode == -signal.SIGKILL
    assert (stage / "2026/01/03").exists()
    assert read_folder(tmp_path / "out") == before
    assert run_command(tmp_path, "build", "out").returncode == 0
    assert (tmp_path / "out/2026/01/03/more-7/index.html").exists()
    assert not stage.exists()


def test_a_build_that_was_ended_while_renaming_is_made_good(settings: Settings) -> None:
    build(settings)
    out = settings.base / "out"
    whole = read_folder(out)
    # what stands there between the first renaming and the last: half of a change that is undone
    text = (settings.entries / "story-1.md").read_text(encoding="utf-8")
    (settings.entries / "story-1.md").write_text(text.replace("Story 1", "Story one"))
    (out / "index.html").chmod(0o444)
    (out / "tags/wind/index.html").unlink()
    (out / "tags/wind/index.html").mkdir()  # nothing can be renamed to it
    write_file(out, "tags/wind/index.html/foreign", b"")
    with pytest.raises(IsADirectoryError):
        build_site_now(settings)
    assert (
        read_folder(out)["2026/01/02/story-1/index.html"] != whole["2026/01/02/story-1/index.html"]
    )
    (settings.entries / "story-1.md").write_text(text)
    (out / "tags/wind/index.html/foreign").unlink()
    (out / "tags/wind/index.html").rmdir()
    build(settings)

    assert {path: data for path, (data, _) in read_folder(out).items()} == {
        path: data for path, (data, _) in whole.items()
    }


def build_site_now(settings: Settings) -> None:
    write_site(settings, settings.base / "out", 1, compresses=True)


def test_several_processes_make_the_same_files(settings: Settings) -> None:
    build(settings)
    write_site(settings, settings.base / "other", 2, compresses=True)

    assert {path: data for path, (data, _) in read_folder(settings.base / "other").items()} == {
        path: data for path, (data, _) in read_folder(settings.base / "out").items()
    }


@pytest.mark.parametrize(
    ("out", "words"),
    [
        ("entries/site", "lies in the folder of site.entries"),
        ("entries", "is, contains or lies in the folder of site.entries"),
        (".", "contains or lies in the folder of site.entries"),
        ("root/site", "lies in the folder of site.root"),
        ("file", "not a folder"),
    ],
)
def test_nothing_is_written_where_it_would_mix(tmp_path: Path, out: str, words: str) -> None:
    write_folder(tmp_path / "entries")
    write_file(tmp_path, "file", b"")
    failed = run_command(tmp_path, "build", out)

    assert failed.returncode == 1
    assert words in failed.stderr
    assert "Traceback" not in failed.stderr


def test_a_folder_that_no_build_made_is_left_alone(settings: Settings) -> None:
    kept = write_file(settings.base / "out", "mine.html", b"mine")
    beside = sorted(settings.base.iterdir())
    with pytest.raises(FileError, match="empty it"):
        build_site(settings, settings.base / "out")

    assert kept.read_bytes() == b"mine"
    assert sorted(settings.base.iterdir()) == beside


def test_names_of_files_that_are_no_words_cost_no_build(tmp_path: Path) -> None:
    """Names that are no UTF-8 are passed over, what an address cannot have is encoded."""
    write_entry(tmp_path / "entries", "story.md")
    for name in ("caf\udce9", "a b%c", "\udce9/a"):
        for path in (f"theme/static/{name}.css", f"root/{name}.txt", f"root/.well-known/{name}"):
            write_file(tmp_path, path, "words")
    write_file(tmp_path, "theme/templates/caf\udce9.html", "words")
    settings = make_settings(tmp_path)
    settings = replace(settings, site=replace(settings.site, theme="theme"))

    for _ in range(2):
        files = build(settings)
        named = [one.file for one in files.values() if "%25" in one.file]
        assert named == ["static/a%20b%25c.css", "a%20b%25c.txt", ".well-known/a%20b%25c"]
        assert not [name for name in read_folder(tmp_path / "out") if "\udce9" in name]
    for name in named:
        assert make_client(settings).get(f"/{name}").text == "words"


ADDRESSES = [
    "/../../escaped/",
    "/a/%2e%2e/%2e%2e/%2e%2e/escaped",
    "/..%5c..%5cescaped/",
    "/a/..;/escaped/",
    "/_headers",
    "/_gone/x/",
    "/%00/",
    "/" + "n" * 300 + "/",
    "/" + "n/" * 2_000,
    "/" + "风" * 90,
    "/a/./b/",
    "/double//slash/",
    "/x",
    "/x/",
    "/x.html",
    "/x.html/y/",
    "/~root/",
    "/-rf",
    "/.git/config",
    "/quote\"s;{}'$uri\\/",
    "/new%0Aline/",
]


def test_no_address_leaves_the_folder(tmp_path: Path) -> None:
    for number, address in enumerate(ADDRESSES):
        fields = {"url": json.dumps(address), "aliases": json.dumps([f"{address}was"])}
        write_entry(tmp_path / "entries", f"story-{number}.md", f"Story {number}", **fields)
        write_entry(
            tmp_path / "entries",
            f"slug-{number}.md",
            slug=json.dumps(address.replace("%2e", ".")),
            tags=json.dumps([address]),
        )
    settings = make_settings(tmp_path)
    (tmp_path / "index").mkdir()
    before = set(tmp_path.parent.rglob("*"))
    files = build(settings)

    ours = {tmp_path / "out", *Path(tmp_path).glob(".out.*"), tmp_path / "index"}
    assert all(
        any(one == mine or mine in one.parents for mine in ours)
        for one in set(tmp_path.parent.rglob("*")) - before
    )
    client = make_client(settings)
    for address, one in files.items():
        if one.file and is_document(address):
            assert (tmp_path / "out" / unquote(one.file)).read_bytes() == client.get(
                address
            ).data, address
    for line in (tmp_path / "out/_redirects").read_text(encoding="utf-8").splitlines():
        assert re.fullmatch(r"/\S* \S+ (200|301|410)", line)


NGINX = """
{user}
daemon off;
pid {base}/nginx.pid;
error_log {base}/error.log warn;
events {{ worker_connections 64; }}
http {{
  access_log off;
  include /etc/nginx/mime.types;
  {paths}
  {site}
}}
"""


@contextmanager
def run_nginx(nginx: str, base: Path, out: Path, port: int) -> Iterator[None]:
    """Run nginx over *out* with `deploy/nginx-static.conf`."""
    base.mkdir()
    names = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    site = (ROOT / "deploy/nginx-static.conf").read_text(encoding="utf-8")
    site = site.replace("listen 80;", f"listen 127.0.0.1:{port};").replace("/srv/news", str(out))
    config = NGINX.format(
        user="user root;" if os.geteuid() == 0 else "",
        base=base,
        paths=" ".join(f"{name}_temp_path {base}/{name};" for name in names),
        site=site,
    )
    (base / "nginx.conf").write_text(config, encoding="utf-8")
    error = str(base / "error.log")
    command = [nginx, "-p", str(base), "-c", str(base / "nginx.conf"), "-e", error]
    server = subprocess.Popen(command)
    try:
        wait_for(lambda: server.poll() is not None or is_answering(port))
        assert server.poll() is None, Path(error).read_text()
        yield
    finally:
        server.terminate()
        server.wait(timeout=START)


def is_answering(port: int) -> bool:
    try:
        return fetch(f"http://127.0.0.1:{port}/robots.txt")[0] == 200
    except OSError:
        return False


def test_nginx_serves_it_as_the_service_does(tmp_path: Path, needs: Callable[[str], str]) -> None:
    nginx, port = needs("nginx"), pick_free_port()
    write_folder(tmp_path / "entries")
    write_entry(
        tmp_path / "entries", "case.md", "Case", aliases='["/Was/There/", "/was/~x$y\\\\/"]'
    )
    root = f"http://127.0.0.1:{port}"
    settings = replace(
        make_settings(tmp_path, f"{root}/", hubs=("https://hub.example/",)),
        partners={"wire": {"limit": 2}},
    )
    files = build(settings)
    client = make_client(settings)
    with run_nginx(nginx, tmp_path / "nginx", tmp_path / "out", port):
        asked = [address for address in files if is_document(address)]
        asked += [
            "/feed/",
            "/rss/",
            "/atom/",
            "/nothing/",
            "/tags/none/rss.xml",
            "/files/",
            "/2026",
        ]
        asked += ["/tags", "/_headers", "/_nginx.conf", "/_gone/2026/03/02/gone/index.html"]
        for address in asked:
            live = client.get(address, headers={"Accept": "text/html"})
            status, body, headers = ask(root + address)
            told = {name.lower(): value for name, value in headers.items()}
            assert status == live.status_code, address
            if status == 301:
                assert urljoin(root + address, told["location"]) == live.headers["Location"]
                continue
            if status in (200, 410):
                assert body == live.data, address
            for name in ("Content-Type", "Content-Security-Policy", "Cache-Control"):
                expected = re.sub(", stale.*", "", live.headers[name])
                # a month that is over may be kept longer by the service
                expected = expected.replace("max-age=86400, s-maxage=300", "max-age=300")
                assert told[name.lower()] == expected, (address, name)
            for name in (
                "X-Content-Type-Options",
                "Referrer-Policy",
                "Access-Control-Allow-Origin",
            ):
                assert told[name.lower()] == live.headers[name], (address, name)
            if "html" not in live.content_type:  # pages name their feeds in themselves
                links = re.findall(
                    r'<[^>]*>; rel="(?:self|hub)"[^,]*', live.headers.get("Link", "")
                )
                assert told.get("link", "") == ", ".join(links), address
            if "Last-Modified" in live.headers:
                oldest = formatdate(1, usegmt=True)
                expected = re.sub(".* 1969 .*", oldest, live.headers["Last-Modified"])
                assert told["last-modified"] == expected, address
                validators = {"If-None-Match": told["etag"], "If-Modified-Since": expected}
                assert ask(root + address, **validators)[0] == 304, address
        _, _, headers = ask(f"{root}/atom.xml")
        assert ask(f"{root}/atom.xml", **{"If-None-Match": headers["ETag"]})[0] == 304
        packed = fetch(f"{root}/atom.xml", **{"Accept-Encoding": "gzip"})
        assert packed[2]["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed[1]) == client.get("/atom.xml").data
        mark = re.search(rb"style\.css\?[0-9a-f]+", client.get("/").data)
        assert mark is not None
        assert "immutable" in ask(f"{root}/static/{mark[0].decode()}")[2]["Cache-Control"]
        assert_readers_see_the_same(tmp_path / "entries", root, tmp_path, needs)


def ask(url: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    """Return status, body and headers of the answer at *url* itself, wherever it leads."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=START)
    with closing(connection):
        path = url.partition(parts.netloc)[2]
        connection.request("GET", path, headers={"Accept": "text/html", **headers})
        answer = connection.getresponse()
        return answer.status, answer.read(), dict(answer.headers)


def assert_readers_see_the_same(
    base: Path, root: str, tmp_path: Path, needs: Callable[[str], str]
) -> None:
    """Compare what readers make of the files at *root* and of the live service over *base*."""
    port = pick_free_port()
    environ = {
        "FEEDSVC_SITE_TITLE": "News",
        "FEEDSVC_SITE_URL": f"{root}/",
        "FEEDSVC_SITE_ID_AUTHORITY": "news.example.com,2026",
        "FEEDSVC_FEEDS_LIMIT": "3",
    }
    command = [sys.executable, "-m", "feedsvc", "serve", str(base), "--port", str(port)]
    readers = (read_by_feedparser, read_by_reader, read_by_newsboat)
    with run_server(command, port, tmp_path / "log", **environ):
        for number, (read, path) in enumerate(product(readers, ("atom.xml", "rss.xml"))):
            seen = []
            for name, site in (("live", f"http://127.0.0.1:{port}"), ("static", root)):
                folder = tmp_path / f"{name}-{number}"
                folder.mkdir()
                seen.append(read(f"{site}/{path}", folder, needs))
            assert seen[0] == seen[1], (read, path)
            assert len(seen[0]) == 3


def test_one_process_makes_the_entries_and_the_archive_of_a_period(settings: Settings) -> None:
    """Else each of several would read and render all of its entries for itself."""
    periods = [f"{year}-{month:02}" for year in (2024, 2025) for month in (1, 2)]
    keys: dict[str, int | None] = {
        f"/{period}/{number}/": parse_time_range(period, settings.site.zone)[0] << KEY_HASH_BITS
        for number in range(60)
        for period in periods
    }
    archives = {period: [f"/{period}/archive/"] for period in periods}
    found = SiteAddresses(
        files={}, listings={"": {"": ["/"], **archives}}, other=frozenset(), keys=keys
    )
    addresses = ["/", *keys, *(f"/{period}/archive/" for period in periods)]
    jobs = [Job(address, "", BuiltFile()) for address in addresses]

    batches = [
        [job.address for job in batch] for batch in list_batches(jobs, found, settings, processes=2)
    ]

    assert batches[-1].pop() == "/"
    assert batches == [
        [address for address in addresses if address.startswith(f"/{period}/")]
        for period in reversed(periods)
    ]
