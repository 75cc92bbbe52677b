"""Files at the site's root, and where machines read of the site's license."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

import feedparser
import pytest
from lxml import html

from feedsvc.settings import Settings, load_settings
from feedsvc.site.root_files import MAX_FILE_BYTES
from tests.support.commands import Run
from tests.support.entries import write_entry, write_file
from tests.support.servers import fetch
from tests.support.site import Site
from tests.test_deploy import run_feedsvc

PNG = b"\x89PNG\r\n\x1a\n"
TEXT = "text/plain; charset=utf-8"
SERVED = {  # path → media type
    "robots.txt": TEXT,
    "ads.txt": TEXT,
    "app-ads.txt": TEXT,
    "security.txt": TEXT,
    "llms.txt": TEXT,
    "humans.txt": TEXT,
    "0123456789abcdef0123456789abcdef.txt": TEXT,  # IndexNow
    "google0123456789abcdef.html": "text/html; charset=utf-8",
    "BingSiteAuth.xml": "application/xml",
    "license.rsl": "application/rsl+xml",
    "favicon.ico": "image/x-icon",
    "apple-touch-icon.png": "image/png",
    "safari-pinned-tab.svg": "image/svg+xml",
    "site.webmanifest": "application/manifest+json",
    "keys/security.asc": "application/pgp-keys",
    "apple-app-site-association": "application/json",
    ".well-known/security.txt": TEXT,
    ".well-known/apple-app-site-association": "application/json",
    ".well-known/assetlinks.json": "application/json",
    ".well-known/webfinger": "application/jrd+json",
    ".well-known/host-meta": "application/xrd+xml",
    ".well-known/matrix/server": "application/json",
    ".well-known/atproto-did": TEXT,
    ".well-known/acme-challenge/LoqXcYV8-q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0": TEXT,
}
NOT_SERVED = (
    ".env",
    ".htpasswd.txt",
    ".git/config.txt",
    ".well-known/.secret",
    "keys/.well-known/x.txt",
    "robots.txt~",
    "robots.txt.orig",
    "server.pem",
    "feedsvc.toml",
    "script.js",
    "noending",
    "caf\udce9.txt",
    ".well-known/\udce9",
    "caf\udce9/x.txt",
)


@pytest.fixture
def site(settings: Callable[..., Settings]) -> Site:
    made = Site(settings())
    made.add("quay")
    return made


def put(site: Site, path: str, content: str | bytes = "words\n") -> Path:
    return write_file(site.settings.base / "root", path, content)


@pytest.mark.parametrize("kind", ["front", "flask"])
@pytest.mark.parametrize(("path", "media_type"), SERVED.items(), ids=SERVED)
def test_a_file_of_the_root_folder_is_served_at_its_name(
    site: Site, path: str, media_type: str, kind: str
) -> None:
    client = site.make_client(kind)
    assert path in ("robots.txt", "favicon.ico") or client.get(f"/{path}").status_code == 404
    client.get(f"/{path}")
    put(site, path, f"words of {path}\n")

    response = client.get(f"/{path}", buffered=True)

    assert response.status_code == 200
    assert response.content_type == media_type
    assert response.text == f"words of {path}\n"
    assert response.headers["Cache-Control"].startswith("public, max-age=300")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "Last-Modified" not in response.headers
    etag = response.headers["ETag"]
    again = client.get(f"/{path}", headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")
    assert client.head(f"/{path}").headers["ETag"] == etag

    # another of the same length and time is out at once, and an old time changes nothing
    file = put(site, path, f"WORDS of {path}\n")
    os.utime(file, (0, 0))
    assert client.get(f"/{path}", buffered=True).text == f"WORDS of {path}\n"
    put(site, path, f"words of {path}\n")
    assert client.get(f"/{path}", buffered=True).headers["ETag"] == etag

    file.unlink()
    ours = client.get(f"/{path}", buffered=True)
    assert ours.status_code == (200 if path in ("robots.txt", "favicon.ico") else 404)
    assert b"of " + path.encode() not in ours.data


@pytest.mark.parametrize("path", NOT_SERVED)
def test_what_is_hidden_or_of_no_known_name_is_not_served(site: Site, path: str) -> None:
    put(site, path)
    nothing = site.get("/nothing-at-all")

    response = site.get(f"/{quote(path, errors='surrogateescape')}")

    assert (response.status_code, response.data) == (404, nothing.data)


def test_nothing_outside_of_the_folder_is_served(site: Site, tmp_path: Path) -> None:
    write_file(tmp_path, "outside/secret.txt", "zqoutside\n")
    write_file(tmp_path, "root-of-others/secret.txt", "zqoutside\n")
    root = put(site, "inside/ads.txt").parents[1]
    (root / "link.txt").symlink_to(tmp_path / "outside" / "secret.txt")
    (root / "beside.txt").symlink_to("../root-of-others/secret.txt")
    (root / "folder").symlink_to(tmp_path / "outside")
    (root / "loop.txt").symlink_to("loop.txt")
    (root / "place.txt").mkdir()
    os.mkfifo(root / "pipe.txt")
    # as Kubernetes mounts a ConfigMap: by links that stay inside of it
    (root / "ads.txt").symlink_to("inside/ads.txt")

    for path in (
        *("link.txt", "beside.txt", "folder/secret.txt", "loop.txt", "place.txt", "pipe.txt"),
        *("../outside/secret.txt", "%2e%2e/outside/secret.txt", "..%2foutside/secret.txt"),
        *("inside/../../outside/secret.txt", ".well-known/../../outside/secret.txt"),
        *("/outside/secret.txt", "inside//ads.txt", "inside/./ads.txt", "ads.txt/", "ads.txt%00"),
        *("ads.txt%00.txt", "caf%E9.txt", "x" * 300 + ".txt"),
    ):
        assert site.get(f"/{path}").status_code == 404, path
    assert site.get("/ads.txt").text == "words\n"


def test_the_size_of_a_file_is_bounded(site: Site) -> None:
    put(site, "most.txt", b"x" * MAX_FILE_BYTES)
    put(site, "more.txt", b"x" * (MAX_FILE_BYTES + 1))

    most = site.get("/most.txt", headers={"Accept-Encoding": "gzip"})

    assert (most.status_code, most.headers["Content-Encoding"]) == (200, "gzip")
    assert site.get("/more.txt").status_code == 404


def test_addresses_of_the_service_and_permalinks_win(
    settings: Callable[..., Settings],
) -> None:
    site = Site(settings(permalink="/{slug}.html"))
    site.add("quay", aliases="[/moved.html]")
    site.add("gone", status="retracted", retracted="2026-03-05")
    for path in ("rss.xml", "sitemap.xml", "healthz", "static/style.css", "feed"):
        before = site.get(f"/{path}").status_code
        put(site, path, "zqroot")
        after = site.get(f"/{path}")
        assert (after.status_code, b"zqroot" in after.data) == (before, False)
    for path, status in (("quay.html", 200), ("gone.html", 410), ("moved.html", 301)):
        put(site, path, "zqroot")
        response = site.get(f"/{path}")
        assert (response.status_code, b"zqroot" in response.data) == (status, False)


def test_a_known_document_asks_nothing_of_the_folder(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(site, "ads.txt")
    asked: list[str] = []
    monkeypatch.setattr(site.publisher.root_files, "get", asked.append)
    for path in (
        "/",
        "/rss.xml",
        "/2026/03/quay/",
        "/sitemap.xml",
        "/healthz",
        "/static/style.css",
    ):
        assert site.make_client("flask").get(path).status_code == 200
    assert asked == []
    site.get("/robots.txt")
    site.get("/favicon.ico")
    site.get("/none")

    assert asked == ["robots.txt", "favicon.ico", "none"]


@pytest.mark.parametrize(
    ("root", "served"), [("root", True), ("site/files", True), ("", False), ("none", False)]
)
def test_the_folder_is_a_setting(
    settings: Callable[..., Settings], root: str, served: bool
) -> None:
    site = Site(settings(root=root))
    write_file(site.settings.base / (root if root != "none" else "root"), "ads.txt", "words")

    assert site.get("/ads.txt").status_code == (200 if served else 404)
    assert b"Allow: /" in site.get("/robots.txt").data


def test_a_folder_of_entries_is_never_served_whole(tmp_path: Path) -> None:
    write_file(tmp_path, "root/draft.txt", "---\ntitle: x\ndraft: true\n---\nx\n")
    for entries in ("root", "root/news", "."):
        config = write_file(tmp_path, "feedsvc.toml", f'[site]\nentries = "{entries}"\n')
        assert load_settings(config, environ={}).root is None


def test_the_home_of_the_user_root_is_never_served() -> None:
    assert Settings(base=Path("/")).root is None  # as where a service starts without a folder


def test_check_says_what_of_the_folder_is_not_served(run: Run, entries_dir: Path) -> None:
    toml = entries_dir.with_name("feedsvc.toml")
    toml.write_text(toml.read_text().replace("/{year}/{month}/{slug}/", "/{slug}.html"))
    write_entry(entries_dir, "about.md", title="About", date="2026-03-02")
    root = entries_dir.with_name("root")
    for path in (
        *("robots.txt", "favicon.ico", "ads.txt", ".well-known/x", ".DS_Store", ".git/x.txt"),
        *("about.html", "atom.xml", "server.pem"),
    ):
        write_file(root, path, "words")
    (root / "away.txt").symlink_to(toml)

    result = run("check")

    assert result.exit_code == 1
    for words in (
        "../root/about.html",
        "/about.html is the permalink of about.md, which takes precedence",
        "/atom.xml is an address of the service itself",
        "a file of this name is not served at /server.pem",
        "/away.txt is not served: it cannot be read, leads out of the folder",
        "4 problems in 4 files",
    ):
        assert words in result.stdout


def test_live_servers_send_what_is_there_now_and_each_the_same(
    entries_dir: Path, tmp_path: Path
) -> None:
    write_entry(entries_dir, "quay.md", title="Quay", date="2026-03-02")
    write_file(tmp_path, "root/.well-known/security.txt", "Contact: mailto:a@news.example.com\n")
    config = {"FEEDSVC_SITE_ROOT": str(tmp_path / "root")}
    seen = []
    for name in ("one", "two"):
        with run_feedsvc(entries_dir, tmp_path / name, **config) as port:
            base = f"http://127.0.0.1:{port}"
            status, body, found = fetch(f"{base}/.well-known/security.txt")
            headers = {name.lower(): value for name, value in found.items()}
            ours = fetch(f"{base}/robots.txt")[1]
            write_file(tmp_path, "root/robots.txt", "User-agent: *\nDisallow: /\n")
            own = fetch(f"{base}/robots.txt")[1]
            (tmp_path / "root/robots.txt").unlink()
            assert fetch(f"{base}/robots.txt")[1] == ours
        assert own == b"User-agent: *\nDisallow: /\n"
        seen.append((status, body, headers["etag"], headers["content-type"]))
        os.utime(tmp_path / "root/.well-known/security.txt", (0, 0))

    assert seen[0] == seen[1]
    assert seen[0][0] == 200


# -- the license ----------------------------------------------------------------------------

RSL = "https://news.example.com/license.xml"
PLAIN = "https://creativecommons.org/licenses/by/4.0/"


@pytest.fixture
def licensed(settings: Callable[..., Settings]) -> Callable[[str], Site]:
    def make_site(license_: str) -> Site:
        site = Site(settings(license=license_))
        site.add("quay")
        site.add("own", license="CC0")
        site.add("others", source="Harbor Times")
        return site

    return make_site


@pytest.mark.parametrize(
    ("license_", "url", "type_"),
    [
        ("/license.xml", RSL, "application/rsl+xml"),
        (
            "https://rsl.example/a.rsl?x=1&y=2",
            "https://rsl.example/a.rsl?x=1&y=2",
            "application/rsl+xml",
        ),
        (PLAIN, PLAIN, None),
    ],
)
def test_a_license_is_named_wherever_machines_look(
    licensed: Callable[[str], Site], license_: str, url: str, type_: str | None
) -> None:
    site = licensed(license_)
    robots = site.get("/robots.txt").text
    assert robots.startswith(f"License: {url}\n\nUser-agent: *\n") == bool(type_)
    assert ("License:" in robots) == bool(type_)

    for path in ("/", "/2026/03/quay/", "/tags/", "/subscribe"):
        (link,) = html.fromstring(site.get(path).data).xpath("/html/head/link[@rel='license']")
        assert (link.get("href"), link.get("type")) == (url, type_)
    assert f'"license": "{url}"'.replace("&", "\\u0026") in site.get("/2026/03/quay/").text
    others = html.fromstring(site.get("/2026/03/others/").data)
    assert others.xpath("//@href[../@rel='license']") == []
    # an entry's own goes before
    own = html.fromstring(site.get("/2026/03/own/").data)
    assert own.xpath("//@href[../@rel='license']") == [
        "https://creativecommons.org/publicdomain/zero/1.0/"
    ]

    atom = site.get_xml("/atom.xml")
    links = {
        one.get("rel"): (one.get("href"), one.get("type"))
        for one in atom.findall("{http://www.w3.org/2005/Atom}link")
    }
    assert links["license"] == (url, type_)
    channel = site.get_xml("/rss.xml")[0]
    assert channel.findtext("link") == "https://news.example.com/"
    (link,) = (
        one
        for one in channel.findall("{http://www.w3.org/2005/Atom}link")
        if one.get("rel") == "license"
    )
    assert (link.get("href"), link.get("type")) == (url, type_)
    # of each item too: readers and partners pass on single ones
    cc0 = "https://creativecommons.org/publicdomain/zero/1.0/"
    expected = {"Quay": url, "Own": cc0, "Others": None}
    assert {
        entry.findtext("{http://www.w3.org/2005/Atom}title"): next(
            (one.get("href") for one in entry if one.get("rel") == "license"), None
        )
        for entry in atom.findall("{http://www.w3.org/2005/Atom}entry")
    } == expected
    assert {
        item.findtext("title"): item.findtext("{http://purl.org/dc/terms/}license")
        for item in channel.findall("item")
    } == expected
    feed = site.get("/feed.json")
    items = json.loads(feed.data)["items"]
    assert {one["title"]: one.get("_feedsvc", {}).get("license") for one in items} == expected
    assert json.loads(feed.data)["_feedsvc"]["license"] == url
    ending = f'; type="{type_}"' if type_ else ""
    for path in ("/rss.xml", "/atom.xml", "/feed.json"):
        assert f'<{url}>; rel="license"{ending}' in site.get(path).headers["Link"]
    assert feedparser.parse(site.get("/rss.xml").data).bozo == 0


def test_the_license_itself_is_a_file_of_the_root_folder(licensed: Callable[[str], Site]) -> None:
    site = licensed("/license.xml")
    put(site, "license.xml", '<rsl xmlns="https://rslstandard.org/rsl"/>\n')

    response = site.get("/license.xml")

    assert response.content_type == "application/rsl+xml"
    assert ElementTree.fromstring(response.data).tag == "{https://rslstandard.org/rsl}rsl"


def test_check_says_that_the_license_is_missing(run: Run, entries_dir: Path) -> None:
    toml = entries_dir.with_name("feedsvc.toml")
    toml.write_text(toml.read_text() + 'license = "/license.xml"\n')
    write_entry(entries_dir, "quay.md", title="Quay", date="2026-03-02")
    assert "/license.xml, which site.license names, is not there" in run("check").stdout
    write_file(entries_dir.with_name("root"), "license.xml", "<rsl/>")

    assert run("check").exit_code == 0
