"""Sizes of local pictures in pages and feeds, what follows when they change, and who pays."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from html import unescape
from pathlib import Path

import feedparser
import pytest

from feedsvc.content.pictures import add_sizes
from feedsvc.fields import measures
from feedsvc.model import Image
from feedsvc.pages.pictures import load_lazily
from feedsvc.reading import read_file
from feedsvc.settings import Settings
from tests.support import media_files as make
from tests.support.entries import write_entry, write_file
from tests.support.site import Site

QUAY = Image(url="https://a.example/files/q&r.png", width=1600, height=900)
SIZED = {
    "no size": ("", ' width="1600" height="900"'),
    "both": (' width="40" height="30"', ' width="40" height="30"'),
    "a width": (' width="400"', ' width="400" height="225"'),
    "a height": (' height="90"', ' height="90" width="160"'),
    "a thin one": (' width="1"', ' width="1" height="1"'),
    "percent": (' width="50%"', ' width="50%"'),
    "no number": (' width="²"', ' width="²"'),
    "an empty one": (' width=""', ' width=""'),
}


@pytest.mark.parametrize(("written", "expected"), SIZED.values(), ids=SIZED)
def test_an_author_s_own_size_wins(written: str, expected: str) -> None:
    tag = f'<img src="https://a.example/files/q&amp;r.png"{written}>'

    assert add_sizes(tag, (QUAY,)) == tag.replace(written + ">", expected + ">")


def test_pictures_from_elsewhere_stay_as_they_are() -> None:
    html = '<p><img src="https://b.example/q.png"> <img alt="none"></p>'

    assert add_sizes(html, (QUAY,)) == html


def test_pictures_wait_behind_the_first() -> None:
    one, other = (f'<img src="{name}" width="2" height="1">' for name in "ab")
    unsized, eager = '<img src="c" width="2">', '<img src="d" width="2" height="1" loading="eager">'
    lazy = other.replace(">", ' loading="lazy">')

    assert load_lazily(one + other + unsized + eager, has_picture_above=False) == (
        one + lazy + unsized + eager
    )
    assert load_lazily(other, has_picture_above=True) == lazy
    assert load_lazily("<p>none</p>", has_picture_above=False) == "<p>none</p>"


@pytest.fixture
def bare_site(settings: Callable[..., Settings]) -> Site:
    return Site(settings())


@pytest.fixture
def site(bare_site: Site) -> Site:
    site = bare_site
    site.write("ferry.jpg", make.make_jpeg(4000, 3000, orientation=6))
    site.write("map.webp", make.make_webp(1200, 630))
    site.write("chart.svg", make.make_svg('width="300" height="150"'))
    body = "![Map](map.webp)\n\nMore.\n\n![Chart](chart.svg)\n\n![Far](https://b.example/far.png)"
    site.add("quay", image="ferry.jpg", body=body)
    site.add("plan", date="2026-03-01", body="![Map](map.webp)")
    return site


def get_metas(page: str) -> dict[str, str]:
    return dict(re.findall(r'<meta (?:property|name)="([^"]+)" content="([^"]*)">', page))


def test_a_page_and_all_feeds_have_the_sizes(site: Site) -> None:
    page = site.get("/2026/03/quay/").text
    metas = get_metas(page)

    assert (metas["og:image:width"], metas["og:image:height"]) == ("3000", "4000")
    assert re.findall(r"<img[^>]*>", page) == [
        '<img class="u-photo" src="https://news.example.com/files/ferry.jpg" alt=""'
        ' width="3000" height="4000">',
        '<img src="https://news.example.com/files/map.webp" alt="Map"'
        ' width="1200" height="630" loading="lazy">',
        '<img src="https://news.example.com/files/chart.svg" alt="Chart"'
        ' width="300" height="150" loading="lazy">',
        '<img src="https://b.example/far.png" alt="Far">',
    ]
    for name in ("/rss.xml", "/atom.xml"):
        quay, plan = feedparser.parse(site.get(name).data).entries
        assert [
            (one["width"], one["height"], one["type"], int(one["filesize"]) > 0)
            for entry in (quay, plan)
            for one in entry.media_content
        ] == [("3000", "4000", "image/jpeg", True), ("1200", "630", "image/webp", True)]
        assert (
            unescape(site.get(name).text).count(
                '/files/map.webp" alt="Map" width="1200" height="630">'
            )
            == 2
        )
    items = json.loads(site.get("/feed.json").data)["items"]
    assert [item["_feedsvc"]["image"] for item in items] == [
        {"width": 3000, "height": 4000},
        {"width": 1200, "height": 630},
    ]


def test_a_picture_that_changes_in_place_is_measured_again(site: Site) -> None:
    before = site.get("/rss.xml")
    changed = make.make_webp(800, 600)
    assert len(changed) == len((site.folder / "map.webp").read_bytes())
    site.write("map.webp", changed)
    site.refresh()
    after = site.get("/rss.xml")

    assert before.text.count('width="1200" height="630"') == 4
    assert 'width="1200"' not in after.text
    assert after.text.count('width="800" height="600"') == 4
    assert after.headers["ETag"] != before.headers["ETag"]


def test_a_picture_with_new_bytes_and_the_same_size_changes_no_document(site: Site) -> None:
    before = site.get("/rss.xml")
    site.write("map.webp", make.make_webp(1200, 630)[:-1] + b"x")
    site.refresh()

    assert site.get("/rss.xml").headers["ETag"] == before.headers["ETag"]


def test_the_fields_own_size_wins(site: Site) -> None:
    site.add("own", image="{src: map.webp, width: 640, height: 336}")

    assert get_metas(site.get("/2026/03/own/").text)["og:image:width"] == "640"


def test_a_shrunk_picture_of_the_text_is_told_by_its_file(site: Site) -> None:
    site.add("small", body='<img src="map.webp" width="300" alt="">')
    page = site.get("/2026/03/small/").text

    assert 'width="300" alt="" height="158">' in page
    assert get_metas(page)["og:image:width"] == "1200"


def test_no_request_opens_a_picture(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.get("/")

    def refuse(*_: object) -> object:
        raise AssertionError("a request has measured a picture")

    monkeypatch.setattr(measures, "_measure_version", refuse)
    for path in ("/2026/03/quay/", "/rss.xml", "/feed.json", "/?q=more"):
        assert site.get(path).status_code == 200


def test_entries_without_pictures_never_load_the_libraries(tmp_path: Path) -> None:
    write_entry(tmp_path, "a.md", body="[A file](a.pdf) and a [link](https://b.example/a.png).")
    write_file(tmp_path, "a.pdf", b"%PDF")
    code = (
        "import sys; from pathlib import Path; from feedsvc.reading import read_file;"
        "from feedsvc.settings import Settings;"
        f"assert read_file(Path({str(tmp_path)!r}), 'a.md', Settings()).state == 'public';"
        "print({'imagesize', 'tinytag'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "set()\n"


def test_an_entry_measures_a_bounded_number_of_files(tmp_path: Path) -> None:
    for number in range(250):
        write_file(tmp_path, f"{number}.gif", make.make_gif(2, 2))
    write_entry(tmp_path, "a.md", body="\n".join(f"![x]({number}.gif)" for number in range(250)))
    reading = read_file(tmp_path, "a.md", Settings())

    assert reading.entry is not None
    assert len(reading.entry.pictures) == 200


ROBOTS = {
    "nothing": ("", "max-image-preview:large"),
    "noindex": ("noindex", "noindex"),
    "none": ("none", "noindex, nofollow"),
    "nofollow": ("index, nofollow", "nofollow, max-image-preview:large"),
    "no preview": ("max-image-preview:none", "max-image-preview:none"),
    "a space": ('"noarchive, max-image-preview: none"', "noarchive, max-image-preview:none"),
    "no pictures": ("noimageindex", "noimageindex"),
    "a snippet": ('"max-snippet:-1"', "max-snippet:-1, max-image-preview:large"),
    "a list": ("[NoIndex, NoArchive]", "noindex, noarchive"),
    "nonsense": ("'\"><script>'", "max-image-preview:large"),
}  # fmt: skip


@pytest.mark.parametrize(("words", "expected"), ROBOTS.values(), ids=ROBOTS)
def test_pictures_may_be_large_unless_the_page_says_otherwise(
    words: str, expected: str, bare_site: Site
) -> None:
    bare_site.add("quay", **({"robots": words} if words else {}))

    assert get_metas(bare_site.get("/2026/03/quay/").text)["robots"] == expected


def test_an_unlisted_page_asks_for_no_preview(bare_site: Site) -> None:
    bare_site.add("quay", status="unlisted")

    assert get_metas(bare_site.get("/2026/03/quay/").text)["robots"] == "noindex"
