"""Services on copies of a folder give the same bytes, ETag and Last-Modified everywhere."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.no_cover  # many runs of what other tests cover

ROOT = Path(__file__).parent.parent
# Walks every address that the list of all feeds leads to, and tells what each was answered.
PROGRAM = """
import hashlib, json, locale, re, sys
from contextlib import suppress
from html import unescape
from pathlib import Path

from feedsvc.indexer import refresh_index
from feedsvc.settings import load_settings
from feedsvc.web import create_app

with suppress(locale.Error):
    locale.setlocale(locale.LC_ALL, "")
settings = load_settings(Path("feedsvc.toml"))
refresh_index(settings)
client = create_app(settings, runs_writer=False, clock=lambda: 1_790_000_000.5).test_client()
told, waiting = {}, ["/opml.xml", "/sitemap.xml", "/news-sitemap.xml", "/robots.txt", "/subscribe", "/tags/",
                     "/atom.xml?q=%E9%A3%8E%E7%94%B5", "/rss.xml?not=wind&sort=updated", "/?tag=wind,sea"]
while waiting:
    path = waiting.pop()
    if path in told:
        continue
    answer = client.get(path)
    told[path] = [answer.status_code, hashlib.sha256(answer.data).hexdigest(), answer.headers.get("ETag"),
                  answer.headers.get("Last-Modified"), answer.headers.get("Cache-Control")]
    text = "" if "image" in answer.mimetype else answer.text
    found = re.findall(r'https://news\\.example\\.com(/[^"<>\\s\\\\]*)', text)
    waiting += [unescape(address) for address in found]
json.dump(told, sys.stdout)
"""
SETTINGS = """
[site]
title = "Example News"
url = "https://news.example.com/"
id_authority = "news.example.com,2026"
permalink = "/{{year}}/{{month}}/{{slug}}/"
timezone = "Asia/Shanghai"
index = {index!r}
[feeds]
limit = 4
"""
ENTRIES = {
    "2026/quay.txt": "News Center\n\nA quay\n\nRelease Time:2023-03-02Source:Clicks:1398Author:\n\nText.\n",
    "wind.md": "---\ntitle: 海上风电\ndate: 2026-03-04 10:00\nlanguage: zh\ntags: [Wind, 风电]\n---\n中国海上风电。\n",
    "sea.md": "---\ntitle: Sea\ndate: 2026-03-04 10:00\ntags: [wind, Sea]\nauthors: [Ada, Bo]\n---\n![A](pics/a.png)\n",
    "pics/a.png": "\x89PNG",
    "2026-02-01-from-the-name.md": "# From the name\n\nIts date is that of the file's name.\n",
    "bundle/index.md": "---\ntitle: Bundle\ndate: 2026-01-05T08:00:00-05:00\nimage: b.png\n---\nText.\n",
    "bundle/b.png": "\x89PNG2",
    "page.html": "<html><head><title>Page</title><meta name=date content=2026-01-06></head><p>Hello</html>",
    "side.md": "Words without a date of their own.\n",
    "side.yaml": "title: Side\ndate: 2026-01-07\n",
    "story.en.md": "---\ntitle: Story\ndate: 2026-01-08\n---\nOne.\n",
    "story.fr.md": "---\ntitle: Récit\ndate: 2026-01-09\n---\nUn.\n",
    "same-1.md": "---\ntitle: First\ndate: 2026-01-10\nid: same\n---\nOne.\n",
    "same-2.md": "---\ntitle: Second\ndate: 2026-01-11\nid: same\n---\nTwo.\n",
    "energy/_index.md": "---\ncategory: Énergie\nauthor: Zoë\n---\n",
    "energy/a.md": "---\ntitle: A\ndate: 2026-01-12\n---\nA.\n",
    "energy/b.md": "---\ntitle: B\ndate: 2026-01-12\n---\nB.\n",
    "gone.md": "---\ntitle: Gone\ndate: 2026-01-13\nstatus: retracted\nretracted: 2026-02-02\n---\n",
    "over.md": "---\ntitle: Over\ndate: 2026-01-14\nexpires: 2026-02-03\n---\n",
    "later.md": "---\ntitle: Later\ndate: 2026-12-31\n---\n",
    "bad.md": "---\ntitle: Bad\ndate: one fine day\n---\n",
}
SURROUNDINGS = [
    {"TZ": "UTC", "LC_ALL": "C", "PYTHONHASHSEED": "0"},
    {"TZ": "America/St_Johns", "LC_ALL": "de_DE.UTF-8", "PYTHONHASHSEED": "1"},
    {"TZ": "Pacific/Kiritimati", "LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "4242"},
]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, list[object]]]:
    """Return the answers of three services, each on its own copy of the folder."""
    places = tmp_path_factory.mktemp("locales")
    for name in ("de_DE", "tr_TR"):
        make_locale(name, places)
    found = []
    for number, surroundings in enumerate(SURROUNDINGS):
        base = tmp_path_factory.mktemp(f"machine-{number}")
        for step, path in enumerate(sorted(ENTRIES, reverse=number % 2 == 1)):
            file = base / "entries" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(ENTRIES[path], encoding="utf-8")
            os.utime(file, (10**9 + number * 10**7 + step, 10**9 + number * 10**7 - step))
        (base / "feedsvc.toml").write_text(
            SETTINGS.format(index=str(base / "index")), encoding="utf-8"
        )
        environ = {**os.environ, **surroundings, "LOCPATH": str(places), "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], cwd=base, env=environ, check=False, capture_output=True
        )
        assert done.returncode == 0, done.stderr.decode()
        found.append(json.loads(done.stdout))
    return found


def make_locale(name: str, folder: Path) -> None:
    """Make a locale that most machines lack; where that cannot be done the test runs without."""
    program = shutil.which("localedef")
    if program is not None:
        subprocess.run(
            [program, "-i", name, "-f", "UTF-8", str(folder / f"{name}.UTF-8")], capture_output=True
        )


@pytest.mark.duty(49)
@pytest.mark.parametrize(
    "other", range(1, len(SURROUNDINGS)), ids=[one["TZ"] for one in SURROUNDINGS[1:]]
)
def test_every_address_is_answered_the_same(
    answers: list[dict[str, list[object]]], other: int
) -> None:
    assert answers[other] == answers[0]


def test_the_walk_met_every_kind_of_document(answers: list[dict[str, list[object]]]) -> None:
    told = answers[0]
    kinds: dict[str, Callable[[str], bool]] = {
        "archive": lambda path: path.startswith("/archive/") and path.endswith("/feed.json"),
        "tag": lambda path: path.startswith("/tags/%E9%A3%8E") and path.endswith("rss.xml"),
        "entry": lambda path: path == "/2023/03/quay/",
        "file": lambda path: path == "/files/pics/a.png",
        "language": lambda path: path == "/languages/fr/atom.xml",
    }

    assert [kind for kind, is_kind in kinds.items() if not any(map(is_kind, told))] == []
    assert {path: status for path, (status, *_) in told.items() if status != 200} == {
        "/2026/01/gone/": 410
    }
    assert [
        path for path, (status, _, etag, *_) in told.items() if status == 200 and not etag
    ] == []
    feeds = [
        path
        for path in told
        if path.partition("?")[0].endswith((".xml", ".json"))
        and path not in {"/news-sitemap.xml", "/openapi.json"}  # of no entry's date
    ]
    assert [path for path in feeds if told[path][3] is None] == []
