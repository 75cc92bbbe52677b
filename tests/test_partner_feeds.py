"""Feeds of partners: who may have them, which links and marks they have, what caches and logs see.

Settings are files that are loaded, requests are HTTP, servers are processes.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import re
import signal
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from urllib.parse import urljoin
from xml.etree import ElementTree

import feedparser
import pytest
from werkzeug.test import TestResponse

from feedsvc.commands.partner.key import make_partner_key
from feedsvc.errors import SettingsError
from feedsvc.settings import load_settings
from feedsvc.site.partners import add_profiles, hash_key, make_key
from feedsvc.web.masking import MASK, mask_keys
from tests.support.commands import Run
from tests.support.console import parse_page
from tests.support.entries import write_entry
from tests.support.servers import ROOT, fetch, pick_free_port, run_server, wait_for
from tests.support.site import NOW, Site

KEY, OLD_KEY, OTHER_KEY = (f"{number}" * 48 for number in (1, 2, 3))
BASE = "https://news.example.com/"
HEAD = (
    '[site]\ntitle = "News"\nurl = "https://news.example.com/"\n'
    'id_authority = "news.example.com,2026"\nindex = "index"\n'
)
WIRE = (
    f'[partners.wire.keys]\nmain = "{hash_key(KEY)}"\n'
    f'before = {{hash = "{hash_key(OLD_KEY)}", expires = 2026-09-20}}\n'
    f'other = {{hash = "{hash_key("x" * 9)}", expires = 2026-09-21}}\n'
)
PROFILE = 'title = "Harbor Radio"\npage = "https://radio.example/"\nread = 2026-11-28\n'
RULE = '[[rule]]\npage = "https://radio.example/r"\nmessage = "the title is long"\nremedy = "cut"\n'
ATOM = "{http://www.w3.org/2005/Atom}"
MSN = "/partners/msn/rss.xml"
RSS_TYPE = 'type="application/rss+xml"'
DCTERMS = "{http://purl.org/dc/terms/}"

MakeSite = Callable[..., Site]


@pytest.fixture
def make_site(entries_dir: Path) -> MakeSite:
    """`make_site("[partners.x]", radio="…")`: these settings, and profiles of one's own by name."""

    def make(toml: str, **profiles: str) -> Site:
        base = entries_dir.parent
        (base / "partners").mkdir(exist_ok=True)
        for name, text in profiles.items():
            (base / "partners" / f"{name}.toml").write_text(PROFILE + text, encoding="utf-8")
        (base / "feedsvc.toml").write_text(HEAD + toml, encoding="utf-8")
        return Site(add_profiles(load_settings(base / "feedsvc.toml")))

    return make


def add_history(site: Site) -> Site:
    for number in range(1, 9):
        site.add(
            f"q{number}", f"2026-0{number}-01T10:00:00Z", title=f"Quay {number}", tags="[wind]"
        )
    site.add("elsewhere", "2026-08-02T10:00:00Z")
    return site


def authorize(kind: str, key: str) -> dict[str, str]:
    if kind == "bearer":
        return {"Authorization": f"Bearer {key}"}
    return encode_basic(f"anybody:{key}".encode())


def encode_basic(words: bytes) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(words).decode()}


def get_titles(response: TestResponse) -> list[str]:
    assert response.status_code == 200, response.text
    items = ElementTree.fromstring(response.data).iter("item")
    return [item.findtext("title", "") for item in items]


# -- a feed for everybody -----------------------------------------------------------


def test_a_partner_gets_its_listing_in_each_format_with_all_archives(
    make_site: MakeSite,
) -> None:
    site = add_history(make_site('[partners.msn]\ntag = "wind"\nlimit = 3\n'))

    assert get_titles(site.get(MSN)) == ["Quay 8", "Quay 7", "Quay 6"]
    feed = site.get_xml("/partners/msn/atom.xml")
    assert feed.findtext(f"{ATOM}id") == "tag:news.example.com,2026:/partners/msn/"
    found, url = [], f"{BASE}partners/msn/feed.json"
    while url:
        document = json.loads(site.get(url.removeprefix(BASE[:-1])).data)
        assert document["feed_url"] == url
        found += [item["title"] for item in document["items"]]
        url = document.get("next_url")
    assert list(dict.fromkeys(found)) == [f"Quay {number}" for number in range(8, 0, -1)]


def test_without_a_key_it_is_cached_as_all_feeds_are(make_site: MakeSite) -> None:
    site = add_history(make_site("[partners.msn]\n"))
    client = site.make_client("front")
    first, flask = (
        client.get(MSN),
        site.make_client("flask").get(MSN),
    )
    second = client.get(MSN)
    (cached,) = (
        one for key, one in site.publisher.document_cache.documents._values.items() if "msn" in key
    )

    assert first.headers["Cache-Control"].startswith("public, max-age=300")
    assert first.headers["Vary"] == "Accept-Encoding"
    assert dict(first.headers) == dict(second.headers) == dict(flask.headers)
    assert cached is not None
    assert len(cached.responses) == 1  # the front repeats it
    etag = {"If-None-Match": first.headers["ETag"]}
    assert client.get(MSN, headers=etag).status_code == 304
    assert first.headers["Link"] == f'<{BASE}partners/msn/rss.xml>; rel="self"; {RSS_TYPE}'


ABSENT = ("", "/", "/msn", "/msn/", "/other/rss.xml", "/msn/index.html", "/msn/key/rss.xml",
          "/msn/archive/2026-13/rss.xml", "/msn/archive/2019/rss.xml", "//rss.xml", "/msn//rss.xml",
          "/msn/archive/2026-03/", "/MSN/rss.xml", "/msn/rss.xml/")  # fmt: skip


@pytest.mark.parametrize("path", ABSENT)
def test_nothing_else_is_there(make_site: MakeSite, path: str) -> None:
    site = add_history(make_site("[partners.msn]\n"))

    response = site.get(f"/partners{path}")

    assert response.status_code == 404
    assert "msn" not in response.text.replace("/partners/msn", "")


def test_a_listing_is_that_of_an_address(make_site: MakeSite) -> None:
    site = make_site(
        '[partners.x]\ntag = ["wind,sun", "sea"]\nnot = "coal"\ncategory = "Sport"\n'
        'author = "ada"\nlang = "en"\nq = "ferry"\n'
    )
    fields = {"author": "Ada", "category": "Sport", "tags": "[wind, sea]", "body": "A ferry"}
    for name, changes in {
        "right": {},
        "sun": {"tags": "[sun, sea]"},
        "one": {"tags": "[sea]"},
        "coal": {"tags": "[wind, sea, coal]"},
        "author": {"author": "Bob"},
        "category": {"category": "News"},
        "words": {"body": "A train"},
        "language": {"language": "fr"},
    }.items():
        site.add(name, **{**fields, **changes})
    asked = "/rss.xml?tag=wind,sun&tag=sea&not=coal&category=sport&author=ada&lang=en&q=ferry"

    assert sorted(get_titles(site.get("/partners/x/rss.xml"))) == ["Right", "Sun"]
    assert get_titles(site.get("/partners/x/rss.xml")) == get_titles(site.get(asked))


def test_a_client_may_ask_for_what_is_new_to_it(make_site: MakeSite) -> None:
    site = add_history(make_site('[partners.wire]\ntag = "wind"\nlimit = 2\n' + WIRE))
    site.add("q1", "2026-01-01T10:00:00Z", title="Quay 1", tags="[wind]", updated="2026-09-01")

    changed = get_titles(site.get(f"/partners/wire/{KEY}/rss.xml?sort=updated&tag=none&limit=9"))
    assert changed == ["Quay 1", "Quay 8"]
    url, found = f"{BASE}partners/wire/{KEY}/feed.json?since=2026-05&until=2026-07", []
    while url:
        response = site.get(url.removeprefix(BASE[:-1]))
        document = response.json
        assert document is not None
        assert KEY not in response.text
        assert urljoin(url, document["feed_url"]) == url
        found += [item["title"] for item in document["items"]]
        url = document.get("next_url") and urljoin(url, document["next_url"])
    assert list(dict.fromkeys(found)) == ["Quay 7", "Quay 6", "Quay 5"]
    assert site.get(f"/partners/wire/{KEY}/rss.xml?since=x").status_code == 400
    whole, part = (
        site.get(f"/partners/wire/{KEY}/atom.xml{query}").text.partition("<id>")[2][:99]
        for query in ("", "?since=2026")
    )
    assert whole.startswith("tag:news.example.com,2026:/partners/wire/<")
    assert part.startswith("tag:news.example.com,2026:/partners/wire/?since=2026<")


# -- keys ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["front", "flask"])
def test_a_key_comes_in_a_header_or_in_the_path(make_site: MakeSite, kind: str) -> None:
    site = add_history(make_site(WIRE))
    client = site.make_client(kind)
    path = "/partners/wire/rss.xml"
    bearer, basic = (client.get(path, headers=authorize(one, KEY)) for one in ("bearer", "basic"))
    in_path = client.get(f"/partners/wire/{KEY}/rss.xml")

    assert (bearer.status_code, basic.status_code, in_path.status_code) == (200, 200, 200)
    assert dict(bearer.headers) == dict(basic.headers)
    assert bearer.data == basic.data
    assert get_titles(in_path) == get_titles(bearer)
    for response in (bearer, basic, in_path):
        assert response.headers["Cache-Control"].startswith("private, max-age=300, ")
        assert "public" not in response.headers["Cache-Control"]
        assert "Authorization" in response.headers["Vary"]
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert "Access-Control-Allow-Origin" not in response.headers
        assert KEY not in response.text + str(response.headers)
    headers = authorize("bearer", KEY) | {"If-None-Match": bearer.headers["ETag"]}
    unchanged = client.get(path, headers=headers)
    assert (unchanged.status_code, unchanged.data) == (304, b"")
    assert unchanged.headers["Cache-Control"].startswith("private")
    # whoever comes next has no part of it, with or without conditions
    assert client.get(path).status_code == 401
    assert client.get(path, headers={"If-None-Match": bearer.headers["ETag"]}).status_code == 401


RSS = "/partners/wire/rss.xml"
REFUSED: dict[str, tuple[str, dict[str, str]]] = {
    "none": (RSS, {}),
    "none for an archive": ("/partners/wire/archive/2026-03/rss.xml", {}),
    "wrong bearer": (RSS, authorize("bearer", OTHER_KEY)),
    "wrong basic": (RSS, authorize("basic", OTHER_KEY)),
    "wrong in the path": (f"/partners/wire/{OTHER_KEY}/rss.xml", {}),
    "wrong in the path, right in the header": (
        "/partners/wire/x/rss.xml",
        authorize("bearer", KEY),
    ),
    "expired": (RSS, authorize("bearer", OLD_KEY)),
    "expired in the path": (f"/partners/wire/{OLD_KEY}/rss.xml", {}),
    "its hash": (RSS, authorize("bearer", hash_key(KEY))),
    "half of it": (RSS, authorize("bearer", KEY[:24])),
    "as the user": (RSS, encode_basic(f"{KEY}:".encode())),
    "no base64": (RSS, {"Authorization": "Basic é€"}),
    "no UTF-8": (RSS, encode_basic(b"a:\xff\xfe")),
    "no colon": (RSS, encode_basic(b"a")),
    "beyond ASCII": (RSS, {"Authorization": "Bearer \xd0\xba\xd0\xbb"}),
    "beyond ASCII in the path": ("/partners/wire/%D0%BA%FF/rss.xml", {}),
    "another scheme": (RSS, {"Authorization": "Digest username=x"}),
    "nothing behind it": (RSS, {"Authorization": "Bearer"}),
    "very long": (RSS, authorize("bearer", "1" * 6_000)),
    "all that there are": ("/partners/revoked/rss.xml", authorize("bearer", KEY)),
    "a key of another partner": ("/partners/second/rss.xml", authorize("bearer", KEY)),
}


@pytest.mark.parametrize(("path", "headers"), REFUSED.values(), ids=REFUSED)
def test_whoever_has_no_valid_key_gets_one_answer(
    make_site: MakeSite, path: str, headers: dict[str, str]
) -> None:
    second = f'[partners.second.keys]\nmain = "{hash_key(OTHER_KEY)}"\n'
    site = add_history(make_site(WIRE + "[partners.revoked.keys]\n" + second))

    for client in (site.make_client("front"), site.make_client("flask")):
        response = client.get(path, headers=headers)

        assert response.status_code == 401
        assert response.headers.getlist("WWW-Authenticate") == [
            'Basic realm="partners", charset="UTF-8"',
            'Bearer realm="partners"',
        ]
        assert response.headers["Cache-Control"] == "no-store"
        assert response.text == "This feed is for one partner; the key is missing or not valid.\n"


def test_a_key_is_good_through_its_last_day_in_the_zone_of_the_site(make_site: MakeSite) -> None:
    site = make_site(WIRE)
    headers = authorize("bearer", "x" * 9)

    for now, status in (
        (NOW, 200),
        (1_790_035_199, 200),
        (1_790_035_200, 401),
    ):  # 2026-09-22, 00:00
        site.clock.now = now  # type: ignore[attr-defined]
        assert site.get("/partners/wire/rss.xml", headers=headers).status_code == status


@pytest.mark.parametrize("ways", ["path", "header"])
def test_links_lead_on_and_no_document_has_the_key(make_site: MakeSite, ways: str) -> None:
    site = add_history(make_site('[partners.wire]\ntag = "wind"\nlimit = 2\n' + WIRE))
    own = f"{BASE}partners/wire/{KEY}/" if ways == "path" else f"{BASE}partners/wire/"
    headers = {} if ways == "path" else authorize("bearer", KEY)

    for format_, name in (("rss", "rss.xml"), ("atom", "atom.xml"), ("json", "feed.json")):
        titles, url = [], own + name
        for _ in range(20):
            response = site.get(url.removeprefix(BASE[:-1]), headers=headers)
            assert response.status_code == 200, url
            assert KEY not in response.text + str(response.headers), url
            if format_ == "json":
                document = response.json
                assert document is not None
                titles += [item["title"] for item in document["items"]]
                itself, following = document["feed_url"], document.get("next_url", "")
            else:  # feedparser resolves what is relative, as readers do (RFC 4287, 4.2.7.1)
                parsed = feedparser.parse(response.data, response_headers={"content-location": url})
                titles += [entry.title for entry in parsed.entries]
                links = {link.rel: link.href for link in parsed.feed.links}
                itself, following = links["self"], links.get("prev-archive", "")
            assert urljoin(url, itself) == url
            if not following:
                break
            url = urljoin(url, following)
        assert set(titles) == {f"Quay {number}" for number in range(1, 9)}, format_


def test_render_and_build_have_the_feeds_of_everybody_alone(run: Run, entries_dir: Path) -> None:
    config = entries_dir.parent / "feedsvc.toml"
    config.write_text(HEAD + "[partners.msn]\nlimit = 1\n" + WIRE, encoding="utf-8")
    for day in (1, 2):
        write_entry(entries_dir, f"q{day}.md", title=f"Quay {day}", date=f"2026-03-0{day}")
    out = entries_dir.parent / "out"

    assert run("render", MSN).exit_code == 0
    assert run("render", "/partners/wire/rss.xml").exit_code == 1
    assert run("build", str(out), "--processes", "1", "--no-compress").exit_code == 0
    assert sorted(str(path.relative_to(out)) for path in out.glob("partners/**/*.*")) == [
        f"partners/msn/{folder}{name}"
        for folder in ("", "archive/2026-03/")
        for name in ("atom.xml", "feed.json", "rss.xml")
    ] or sorted(path.name for path in out.glob("partners/**/*.*")) == sorted(
        2 * ["atom.xml", "feed.json", "rss.xml"]
    )


# -- logs ---------------------------------------------------------------------------

MASKED = {
    f"/partners/wire/{KEY}/rss.xml": f"/partners/wire/{MASK}/rss.xml",
    "/partners/wire/short/rss.xml": f"/partners/wire/{MASK}/rss.xml",
    "/partners/wire/short": f"/partners/wire/{MASK}",
    "/partners/wire/short/": f"/partners/wire/{MASK}/",
    "/partners/wire/short/archive/2026/rss.xml": f"/partners/wire/{MASK}/archive/2026/rss.xml",
    "/mount/partners/wire/short/rss.xml": f"/mount/partners/wire/{MASK}/rss.xml",
    "/PARTNERS/wire/short/rss.xml": f"/PARTNERS/wire/{MASK}/rss.xml",
    "/partners//short/rss.xml": f"/partners//{MASK}/rss.xml",
    f"/partners/{KEY}/rss.xml": f"/partners/{MASK}/rss.xml",
    f"/rss.xml?key={KEY}": f"/rss.xml?key={MASK}",
    "/partners/wire/rss.xml": "/partners/wire/rss.xml",
    "/partners/wire/archive/2026-03/2/rss.xml": "/partners/wire/archive/2026-03/2/rss.xml",
    "/2026/03/partners/wire": "/2026/03/partners/wire",
    f"/files/{KEY}{KEY}.png": f"/files/{KEY}{KEY}.png",
}


@pytest.mark.parametrize(("address", "shown"), MASKED.items(), ids=MASKED)
def test_addresses_are_logged_without_keys(address: str, shown: str) -> None:
    assert mask_keys(address) == shown


def test_the_log_names_the_reason_once_a_minute_and_never_the_key(
    make_site: MakeSite, caplog: pytest.LogCaptureFixture
) -> None:
    site = make_site(WIRE)
    with caplog.at_level(logging.WARNING):
        for headers in ({}, authorize("bearer", OTHER_KEY), authorize("bearer", OLD_KEY)):
            for _ in range(3):
                site.get("/partners/wire/rss.xml", headers=headers)

    start = "a request for the feed of the partner wire was refused: "
    assert [record.getMessage() for record in caplog.records] == [
        start + reason
        for reason in ("it has no key", "its key is not known", "its key 'before' has expired")
    ]


def test_a_server_hides_keys_and_forgets_a_revoked_one_at_sighup(
    entries_dir: Path, tmp_path: Path
) -> None:
    config, log, port = entries_dir.parent / "feedsvc.toml", tmp_path / "log", pick_free_port()
    entry = f'[partners.wire.keys]\nfirst = "{hash_key(KEY)}"\n'
    config.write_text(HEAD + entry, encoding="utf-8")
    write_entry(entries_dir, "quay.md", title="A quay", date="2026-03-02")
    command = [sys.executable, "-m", "feedsvc", "serve", "--workers", "1", "--access-log"]
    command += ["--port", str(port), "--config", str(config)]
    url = f"http://127.0.0.1:{port}/partners/wire"
    with run_server(command, port, log) as server:
        asked = [
            fetch(f"{url}/{KEY}/rss.xml")[0],
            fetch(f"{url}/{OTHER_KEY}/rss.xml")[0],
            fetch(f"{url}/{OTHER_KEY}/other.xml")[0],
            fetch(f"http://127.0.0.1:{port}/partners/wier/{KEY}/rss.xml")[0],
            fetch(f"{url}/rss.xml", **authorize("bearer", KEY))[0],
            fetch(f"{url}/rss.xml", **authorize("basic", KEY))[0],
        ]
        # a key that is revoked by taking its line away; the table stays, and closes the feed
        config.write_text(HEAD + "[partners.wire.keys]\n", encoding="utf-8")
        server.send_signal(signal.SIGHUP)
        wait_for(lambda: fetch(f"{url}/rss.xml", **authorize("bearer", KEY))[0] == 401, log)

    text = log.read_text(encoding="utf-8")
    assert asked == [200, 401, 404, 404, 200, 200]
    assert f"GET /partners/wire/{MASK}/rss.xml HTTP/1.1" in text
    assert KEY not in text
    assert OTHER_KEY not in text
    assert base64.b64encode(f"anybody:{KEY}".encode()).decode() not in text


def test_the_how_to_hides_keys_from_the_log_of_nginx(
    tmp_path: Path, needs: Callable[[str], str]
) -> None:
    page = (ROOT / "docs" / "howto" / "partners.md").read_text(encoding="utf-8")
    (block,) = (one for one in parse_page(page) if one.kind == "nginx")
    port, config = pick_free_port(), tmp_path / "nginx.conf"
    names = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"{name}_temp_path {tmp_path}/{name};" for name in names)
    config.write_text(
        f"{'user root;' if os.geteuid() == 0 else ''} daemon off; pid {tmp_path}/pid;"
        f" error_log {tmp_path}/error.log; events {{}} http {{ {paths}\n{block.text}\n"
        f"server {{ listen 127.0.0.1:{port}; access_log {tmp_path}/access masked;"
        " location / { return 200; } } }",
        encoding="utf-8",
    )
    command = [needs("nginx"), "-c", str(config), "-e", str(tmp_path / "error.log")]
    shown = {path: mask for path, mask in MASKED.items() if path.startswith("/partners/wire/")}
    shown["/partners/wire/rss.xml?since=2026"] = "/partners/wire/rss.xml?since=2026"
    with run_server(command, port, tmp_path / "log", folder=tmp_path, ready="/"):
        for path in shown:
            fetch(f"http://127.0.0.1:{port}{path}")

    text = (tmp_path / "access").read_text(encoding="utf-8")
    logged = [line.split('"')[1] for line in text.splitlines() if "/partners/" in line]
    assert logged == [f"GET {path}" for path in shown.values()]


def test_metrics_count_feeds_of_partners_and_have_no_names(make_site: MakeSite) -> None:
    site = add_history(make_site("[metrics]\nactive = true\n[partners.msn]\n" + WIRE))
    for path in (MSN, MSN, f"/partners/wire/{KEY}/rss.xml", "/partners/wire/rss.xml"):
        site.get(path)

    text = site.get("/metrics").text
    counted = [
        (re.findall(r'="(\w+)"', line), line.split()[-1])
        for line in text.splitlines()
        if line.startswith("feedsvc_requests_total") and 'kind="partner"' in line
    ]
    assert counted == [
        (["identity", "rss", "partner", "200"], "3.0"),
        (["identity", "text", "partner", "401"], "1.0"),
    ]
    assert "msn" not in text
    assert "wire" not in text


# -- what is embargoed --------------------------------------------------------------


def test_a_partner_may_have_what_is_scheduled_and_is_shown_until_when(make_site: MakeSite) -> None:
    site = make_site("[partners.wire]\nembargoed = true\n" + WIRE + "[partners.msn]\n")
    site.add("out", "2026-09-20T10:00:00Z")
    site.add("later", "2026-10-01T10:00:00Z", expires="2026-12-01T00:00:00Z")
    site.add("held", "2026-09-01T10:00:00Z", embargo="2026-09-30T10:00:00Z")
    site.add("draft", "2026-10-02T10:00:00Z", draft="true")
    path, headers = "/partners/wire/", authorize("bearer", KEY)

    def get_marks() -> dict[str, tuple[str | None, str | None]]:
        items = ElementTree.fromstring(site.get(f"{path}rss.xml", headers=headers).data).iter(
            "item"
        )
        return {
            item.findtext("title", ""): (
                item.findtext(f"{DCTERMS}available"),
                item.findtext(f"{DCTERMS}valid"),
            )
            for item in items
        }

    assert get_marks() == {
        "Later": (
            "2026-10-01T10:00:00+00:00",
            "start=2026-10-01T10:00:00+00:00; end=2026-12-01T00:00:00+00:00; scheme=W3C-DTF",
        ),
        "Out": (None, None),
        "Held": ("2026-09-30T10:00:00+00:00", "start=2026-09-30T10:00:00+00:00; scheme=W3C-DTF"),
    }
    document = site.get(f"{path}feed.json", headers=headers).json
    assert document is not None
    assert [item["_feedsvc"].get("embargo") for item in document["items"]] == [
        "2026-10-01T10:00:00+00:00", None, "2026-09-30T10:00:00+00:00",
    ]  # fmt: skip
    response = site.get(f"{path}atom.xml", headers=headers)
    atom = ElementTree.fromstring(response.data)
    assert len(list(atom.iter(f"{DCTERMS}available"))) == 2
    # what is to come has changed nothing yet
    assert atom.findtext(f"{ATOM}updated") == "2026-09-20T10:00:00+00:00"
    assert response.headers["Last-Modified"] == "Sun, 20 Sep 2026 10:00:00 GMT"
    assert get_titles(site.get(MSN)) == get_titles(site.get("/rss.xml")) == ["Out"]

    site.clock.now = 1_790_762_400  # type: ignore[attr-defined]  # 2026-09-30T10:00:00Z
    assert {name for name, marks in get_marks().items() if marks != (None, None)} == {"Later"}
    assert get_titles(site.get(MSN)) == ["Out", "Held"]


# -- profiles -----------------------------------------------------------------------


def test_a_profile_of_ones_own_goes_before_ours(make_site: MakeSite) -> None:
    site = make_site(
        '[partners.radio]\nprofile = "harbor"\nvalues = {station = "7"}\n'
        '[partners.g]\nprofile = "google-news"\n',
        harbor='formats = ["rss", "atom"]\ncontent = "summary"\nwithout = ["dcterms:modified"]\n'
        '[namespaces]\nh = "urn:harbor"\n[values.station]\nabout = "a number"\nrequired = true\n'
        '[[channel]]\nname = "h:station"\ntext = "$set.station"\n'
        '[[item]]\nname = "h:slug"\ntext = "$slug"\n'
        '[[item]]\nname = "itunes:author"\ntext = "$site.title"\n'
        '[[item]]\nname = "category"\ntext = "only"\nformats = ["rss"]\n',
        **{"google-news": 'formats = ["rss"]\n[[item]]\nname = "dc:type"\ntext = "mine"\n'},
    )
    site.add("quay", tags="[wind]")

    for name in ("rss.xml", "atom.xml"):
        text = site.get(f"/partners/radio/{name}").text
        feed = ElementTree.fromstring(text)
        assert [one.text for one in feed.iter("{urn:harbor}station")] == ["7"]
        assert [one.text for one in feed.iter("{urn:harbor}slug")] == ["quay"]
        assert [one.text for one in feed.iter(f"{DCTERMS}modified")] == []
        assert 'xmlns:h="urn:harbor"' in text
        assert 'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"' in text
        assert "content:encoded>" not in text
    rss = site.get_xml("/partners/radio/rss.xml")
    assert [(one.text, one.attrib) for one in rss.iter("category")] == [("only", {})]
    assert "mine" in site.get("/partners/g/rss.xml").text
    refused = site.get("/partners/radio/feed.json")
    assert refused.status_code == 404
    assert refused.text.endswith("It is available as rss, atom.\n")


@pytest.mark.parametrize(
    ("profile", "partner", "titles"),
    [
        ("", "", ["Short"]),
        ("", 'refused = "keep"', ["A title that is too long", "Short"]),
        ('refused = "keep"\n', "", ["A title that is too long", "Short"]),
        ('refused = "keep"\n', 'refused = "leave out"', ["Short"]),
    ],
)
def test_what_the_partner_would_refuse_is_left_out_and_named_in_the_log(
    make_site: MakeSite,
    caplog: pytest.LogCaptureFixture,
    profile: str,
    partner: str,
    titles: list[str],
) -> None:
    site = make_site(
        f'[partners.radio]\nprofile = "harbor"\n{partner}\n',
        harbor=f'{profile}{RULE}field = "title"\nmax_characters = 10\n',
    )
    site.add("long", "2026-03-03", title="A title that is too long")
    site.add("short", "2026-03-02")
    with caplog.at_level(logging.WARNING):
        for name in ("rss.xml", "atom.xml", "rss.xml"):
            site.get(f"/partners/radio/{name}")

    assert get_titles(site.get("/partners/radio/rss.xml")) == titles
    line = (
        "long.md is left out of the feed for radio: the title is long (24 characters);"
        " `feedsvc check --for radio` says more"
    )
    logged = [record.getMessage() for record in caplog.records]
    assert logged == ([line] if titles == ["Short"] else [])


def test_entries_leave_the_feed_at_the_second_of_their_age(
    make_site: MakeSite,
) -> None:
    site = make_site(
        '[partners.radio]\nprofile = "harbor"\n', harbor=f'{RULE}field = "age"\nmax = 2\n'
    )
    site.add("older", "2026-09-19T14:13:20Z")  # two days before NOW
    site.add("newer", "2026-09-20T00:00:00Z")

    first = site.get("/partners/radio/rss.xml")
    assert get_titles(first) == ["Newer", "Older"]
    assert "max-age=1," in first.headers["Cache-Control"]
    site.clock.now = NOW + 1  # type: ignore[attr-defined]
    second = site.get("/partners/radio/rss.xml")
    assert get_titles(second) == ["Newer"]
    assert second.headers["ETag"] != first.headers["ETag"]
    assert second.headers["Last-Modified"] == "Mon, 21 Sep 2026 14:13:21 GMT"
    assert "Older" in site.get("/partners/radio/archive/2026-09/rss.xml").text


def test_a_feed_is_cut_to_what_the_partner_takes(make_site: MakeSite) -> None:
    site = make_site(
        '[partners.few]\nprofile = "few"\n[partners.small]\nprofile = "small"\n',
        few=f'{RULE}field = "feed.entries"\nmax = 4\n',
        small=f'{RULE}field = "feed.bytes"\nmax = 6000\n',
    )
    for number in range(1, 10):
        site.add(f"q{number}", f"2026-03-0{number}", "Words. " * 100, title=f"Q{number}")

    assert get_titles(site.get("/partners/few/rss.xml")) == ["Q9", "Q8", "Q7", "Q6"]
    response = site.get("/partners/small/rss.xml")
    titles = get_titles(response)
    assert titles == [f"Q{number}" for number in range(9, 9 - len(titles), -1)]
    assert 3_000 < len(response.data) <= 6_000
    for path in (
        "/partners/small/archive/2026-03/rss.xml",
        "/partners/small/rss.xml?since=2026-03&sort=updated",
    ):
        assert len(get_titles(site.get(path))) == 9, path


def read_document(site: Site, url: str) -> tuple[list[str], str]:
    """Titles of a document of any format, and the address of the archive before it."""
    response = site.get(url.removeprefix(BASE[:-1]))
    assert response.status_code == 200, url
    if url.partition("?")[0].endswith(".json"):
        document = json.loads(response.data)
        return [one["title"] for one in document["items"]], document.get("next_url", "")
    root = ElementTree.fromstring(response.data)
    links = {one.get("rel"): one.get("href", "") for one in root.iter(f"{ATOM}link")}
    titles = [one.text or "" for tag in ("item/title", f"{ATOM}entry/{ATOM}title")
              for one in root.iterfind(f".//{tag}")]  # fmt: skip
    return titles, links.get("prev-archive", "")


CUTS = {
    "nothing": ("", 30),
    "number in month": ("", 5),
    "number between months": ("", 6),
    "age in month": (f'{RULE}field = "age"\nmax = 18\n', 9),
    "age between months": (f'{RULE}field = "age"\nmax = 21\n', 30),
    "age of all": (f'{RULE}field = "age"\nmax = 1\n', 9),
    **{
        f"{most} bytes": (f'{RULE}field = "feed.bytes"\nmax = {most}\n', 20)
        for most in (9, *range(3_000, 22_000, 500))
    },
    "both": (f'{RULE}field = "age"\nmax = 30\n{RULE}field = "feed.bytes"\nmax = 4000\n', 20),
}


@pytest.mark.parametrize("query", ["", "?sort=updated", "?until=2026-08"])
@pytest.mark.parametrize("format_", ["rss.xml", "atom.xml", "feed.json"])
def test_archives_have_what_a_feed_leaves_out(
    make_site: MakeSite, format_: str, query: str
) -> None:
    """The walk of RFC 5005 (section 4): nothing is missing, and no two archives have one entry."""
    names = {name.replace(" ", "-"): cut for name, cut in CUTS.items()}
    site = make_site(
        "".join(f'[partners.{one}]\nprofile = "{one}"\nlimit = {names[one][1]}\n' for one in names),
        **{name: rules for name, (rules, _) in names.items()},
    )
    for month, days in ((9, 6), (8, 9), (7, 8)):
        for day in range(1, 1 + days):
            site.add(f"q{month}-{day}", f"2026-0{month}-0{day}", "Words. " * 100,
                     title=f"Q{month}.{day}", updated=f"2026-09-{10 + day}")  # fmt: skip
    everything, _ = read_document(site, f"/{format_}?limit=500{query.replace('?', '&')}")
    shown = {}
    for name in names:
        titles, url = read_document(site, f"/partners/{name}/{format_}{query}")
        shown[name] = len(titles)
        archived: list[str] = []
        while url:
            found, url = read_document(site, url)
            archived += found

        assert {*titles, *archived} == {*everything}, name
        assert len(archived) == len({*archived}), name
    assert query or {0, 3, 5, 6, 7, 23} <= {*shown.values()}


# -- settings -----------------------------------------------------------------------

WRONG = {
    "no such key": ("[partners.x]\ntags = 'a'", "x.tags: unknown setting, did you mean 'tag'?"),
    "a secret is not quoted": (f"[partners.x]\nkey = '{KEY}'", "did you mean 'keys'?"),
    "a plain key": (f"[partners.x.keys]\na = '{KEY}'", "`feedsvc key`"),
    "a key that is no table": (f"[partners]\nx = '{KEY}'", "expected a table such as"),
    "no name": ("[partners.X]\n", "expected a name of lowercase letters"),
    "embargoed for everybody": (
        "[partners.x]\nembargoed = true",
        "add a line [partners.x.keys], then make a key with `feedsvc key x`",
    ),
    "no such profile": ("[partners.x]\nprofile = 'google-new'", "did you mean 'google-news'?"),
    "a profile elsewhere": ("[partners.x]\nprofile = '../feedsvc'", "there is no profile"),
    "a broken profile": (
        "[partners.x]\nprofile = 'broken'",
        "broken.toml' rule[0]: it asks for nothing",
    ),
    "a format": ("[partners.x]\nformat = 'xml'", "expected 'atom' or 'json' or 'rss'"),
    "a format that it does not take": (
        "[partners.x]\nprofile='few'\nformat = 'json'\nvalues.logo='a'",
        "Harbor Radio takes rss, got 'json'",
    ),
    "too many": (
        "[partners.x]\nprofile='few'\nlimit = 5\nvalues.logo='a'",
        "Harbor Radio takes at most 4 entries, got 5",
    ),
    "a value that is missing": (
        "[partners.x]\nprofile='few'",
        "partners.x.values.logo: expected the address of a logo, got none",
    ),
    "a value too many": (
        "[partners.x]\nprofile='few'\nvalues={logo='a', lgo='b'}",
        "asks for no such value; it has logo",
    ),
    "a value with controls": (
        "[partners.x]\nprofile='few'\nvalues={logo='a\\u0007'}".replace("'", '"'),
        "without control characters",
    ),
    "too many names": (
        f"[partners.x]\ntag = '{','.join(map(str, range(99)))}'",
        "partners.x.tag: more than 32 names",
    ),
    **{
        f"nothing in {line}": (
            f"[partners.x]\n{line}",
            f"partners.x.{line.split()[0]}: it names nothing, so that all entries would be chosen",
        )
        for line in (
            *("tag = ''", "tag = ' '", "tag = ','", "category = ['']", "author = ['ada', '']"),
            *("lang = ' , '", "not = ','", "q = '  '"),
        )
    },
    "a limit": ("[partners.x]\nlimit = 501", "a whole number from 0 to 500"),
    "a date": (
        f"[partners.x.keys]\na = {{hash = '{hash_key(KEY)}', expires = 'soon'}}",
        "expected a table with lines",
    ),
}


@pytest.mark.parametrize(("toml", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_table_stops_the_start_with_one_line(
    make_site: MakeSite, toml: str, message: str
) -> None:
    few = (
        f'formats = ["rss"]\n[values.logo]\nabout = "the address of a logo"\nrequired = true\n'
        f'{RULE}field = "feed.entries"\nmax = 4\n'
    )
    with pytest.raises(SettingsError) as caught:
        make_site(toml, few=few, broken=f'{RULE}field = "title"\n')

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert KEY not in str(caught.value)


def test_a_partner_may_stand_in_the_environment(make_site: MakeSite, entries_dir: Path) -> None:
    make_site("")
    environ = {"FEEDSVC_PARTNERS_MSN": '{tag = "wind", limit = 5}'}
    settings = load_settings(entries_dir.parent / "feedsvc.toml", environ=environ)

    assert settings.partners["msn"] == {"tag": "wind", "limit": 5}
    with pytest.raises(SettingsError, match="expected a table such as"):
        load_settings(entries_dir.parent / "feedsvc.toml", environ={"FEEDSVC_PARTNERS_MSN": "wind"})


def test_a_new_key_needs_no_new_index(make_site: MakeSite) -> None:
    from feedsvc.index import prepare_index_path

    paths = {prepare_index_path(make_site(toml).settings) for toml in ("", WIRE, "[partners.x]")}
    assert len(paths) == 1


# -- the command --------------------------------------------------------------------


def test_the_command_makes_a_key_that_works(run: Run, entries_dir: Path) -> None:
    config = entries_dir.parent / "feedsvc.toml"
    config.write_text(f"{HEAD}[partners.wire.keys]\n", encoding="utf-8")
    made = run("key", "wire", "--expires", "2030-06-30", "--name", "main")
    key, line = made.stdout.split("\n", 1)
    config.write_text(f"{HEAD}[partners.wire.keys]\n{line}", encoding="utf-8")
    site = Site(load_settings(config))

    assert made.exit_code == 0
    assert line == f'main = {{hash = "{hash_key(key)}", expires = 2030-06-30}}\n'
    assert "below [partners.wire.keys]" in made.stderr
    assert site.get("/partners/wire/rss.xml", headers=authorize("bearer", key)).status_code == 200
    for label in ("", "-2", "-3"):  # the day of today, which has keys already
        line = run("key", "wire").stdout.split("\n")[1]
        name = line.partition(" = ")[0]
        assert name == f"{name[:10]}{label}"
        with config.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")


REFUSED_KEYS = {
    ("No Name",): "'No Name' is not a name for a partner",
    ("wire", "--name", "A"): "'A' is not a name for a key",
    ("wyre",): "no section [partners.wyre], did you mean 'wire'?; add it to the settings, which"
    " have wire",
    ("harbor",): "no section [partners.harbor]; add it to the settings, which have wire",
    ("wire", "--expires", "2020-01-01"): "--expires: 2020-01-01 is over in UTC, where today is",
}


@pytest.mark.parametrize(("words", "message"), REFUSED_KEYS.items())
def test_no_key_is_made_that_nobody_could_use(
    run: Run, entries_dir: Path, words: tuple[str, ...], message: str
) -> None:
    config = entries_dir.parent / "feedsvc.toml"
    config.write_text(f"{HEAD}[partners.wire.keys]\n", encoding="utf-8")
    result = run("key", *words)

    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert message in result.stderr


def test_a_key_is_good_on_its_last_day_which_may_be_today() -> None:
    settings = load_settings(environ={"FEEDSVC_PARTNERS_WIRE": "{}"})
    today = date(2026, 11, 29)

    assert "expires = 2026-11-29}" in make_partner_key("wire", settings, today, "", today).line


def test_a_feed_that_waits_for_its_key_gets_one(run: Run, entries_dir: Path) -> None:
    """What is wrong without a key does not keep the command from making one."""
    config = entries_dir.parent / "feedsvc.toml"
    config.write_text(f"{HEAD}[partners.wire]\nembargoed = true\n[partners.msn]\nkeys = 3\n")

    assert "make a key with `feedsvc key wire`" in run("check").stderr
    for partner in ("wire", "msn"):
        made = run("key", partner)
        assert (made.exit_code, len(made.stdout.split("\n")[0])) == (0, 48)


def test_a_profile_that_cannot_be_read_is_named(make_site: MakeSite, entries_dir: Path) -> None:
    path = entries_dir.parent / "partners" / "odd.toml"
    path.parent.mkdir()
    path.write_bytes(b'title = "\xff"')

    with pytest.raises(SettingsError, match=r"partners.x.profile: '.*odd.toml' cannot be read: "):
        make_site("[partners.x]\nprofile = 'odd'\n")


def test_keys_are_long_and_none_comes_twice() -> None:
    keys = {make_key() for _ in range(1_000)}

    assert len(keys) == 1_000
    assert all(len(key) == 48 and key.isalnum() for key in keys)
