"""The lists around the feeds: all feeds, all pages, the articles of two days, robots.txt."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree

import pytest
from werkzeug.exceptions import NotFound

from feedsvc.settings import Settings
from feedsvc.site.maps import lists
from tests.support.site import NOW, Clock, Site

BASE = "https://news.example.com/"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
DAY = 86_400


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def site(settings: Callable[..., Settings], clock: Clock) -> Site:
    return Site(settings(title="Example & Co"), clock)


def list_places(site: Site, path: str) -> list[str]:
    return list_locations(site.get(path).data)


def render_sitemap_part(site: Site, part: int) -> bytes:
    context = site.publisher.make_context()
    return lists.make_sitemap_part_recipe(context, part=part, max_entries=3).render().body


def list_locations(body: bytes) -> list[str]:
    root = ElementTree.fromstring(body)
    return [loc.text.removeprefix(BASE) for loc in root.iter(MAP + "loc") if loc.text]


def list_outlines(site: Site) -> list[dict[str, str]]:
    return [dict(outline.attrib) for outline in site.get_xml("/opml.xml").iter("outline")]


@pytest.mark.duty(94)
def test_opml_lists_every_feed_with_its_count_and_page(site: Site) -> None:
    site.add("one", tags="[风电, Sea & Wind]", category="Energy", author="Ada")
    site.add("two", "2026-03-03", tags="[风电]", language="zh")

    shown = [
        (one["text"], one["xmlUrl"].removeprefix(BASE), one["description"])
        for one in list_outlines(site)
    ]
    assert shown == [
        ("Example & Co", "atom.xml", "2 entries"),
        ("Example & Co: 风电", "tags/%E9%A3%8E%E7%94%B5/atom.xml", "2 entries"),
        ("Example & Co: Sea & Wind", "tags/sea-&-wind/atom.xml", "1 entry"),
        ("Example & Co: Energy", "categories/energy/atom.xml", "1 entry"),
        ("Example & Co: Ada", "authors/ada/atom.xml", "1 entry"),
        ("Example & Co: English", "languages/en/atom.xml", "1 entry"),
        ("Example & Co: 中文", "languages/zh/atom.xml", "1 entry"),
    ]  # fmt: skip
    for outline in list_outlines(site):
        path = outline["xmlUrl"].removeprefix(BASE.rstrip("/"))
        assert site.get(path).data.count(b"<entry") == int(outline["description"].split()[0])
        assert site.get(outline["htmlUrl"].removeprefix(BASE.rstrip("/"))).status_code == 200


def test_opml_counts_what_is_public_now(site: Site, clock: Clock) -> None:
    site.add("one", tags="[wind]")
    site.add("soon", "2026-09-21T14:14:20Z", tags="[wind]")
    before = [outline["description"] for outline in list_outlines(site)]
    clock.now += 60

    assert before == ["1 entry"] * 3
    assert [outline["description"] for outline in list_outlines(site)] == ["2 entries"] * 3


def test_opml_counts_translations_once(site: Site) -> None:
    for name in ("quay.en", "quay.fr", "quay.zh", "tram.fr", "tram.en", "ferry"):
        site.add(name, tags="[wind]")
    site.add("line.fr", status="unlisted", tags="[wind]")
    site.add("line.en", "2026-10-20", tags="[wind]")  # not yet public
    counts = {one["xmlUrl"].removeprefix(BASE): one["description"] for one in list_outlines(site)}

    assert counts == {
        "atom.xml": "3 entries",
        "tags/wind/atom.xml": "3 entries",
        "languages/en/atom.xml": "3 entries",
        "languages/fr/atom.xml": "2 entries",
        "languages/zh/atom.xml": "1 entry",
    }
    for path, count in counts.items():
        assert site.get(f"/{path}").data.count(b"<entry") == int(count.split()[0])


def test_opml_has_its_last_change(site: Site) -> None:
    site.add("one", updated="2026-03-05T10:00:00Z")
    site.add("two", "2026-03-03")
    response = site.get("/opml.xml")

    assert response.headers["Last-Modified"] == "Thu, 05 Mar 2026 10:00:00 GMT"
    assert b"<dateModified>Thu, 05 Mar 2026 18:00:00 +0800</dateModified>" in response.data


def test_the_sitemap_lists_the_home_page_and_every_public_page(site: Site) -> None:
    for name, fields in {
        "one": {},
        "two": {},
        "draft": {"draft": "true"},
        "hid": {"status": "unlisted"},
    }.items():
        site.add(name, **fields)

    assert sorted(list_places(site, "/sitemap.xml")) == ["", "2026/03/one/", "2026/03/two/"]


@pytest.mark.duty(97)
def test_a_large_sitemap_is_split_from_the_oldest(site: Site) -> None:
    for number in range(1, 8):
        site.add(f"n{number}", f"2026-03-0{number}")

    whole = lists.make_sitemap_recipe(site.publisher.make_context(), max_entries=3).render().body
    assert list_locations(whole) == ["sitemap-1.xml", "sitemap-2.xml", "sitemap-3.xml"]
    assert b"<lastmod>2026-03-03T00:00:00+08:00</lastmod>" in whole

    parts = [render_sitemap_part(site, part) for part in (1, 2, 3)]
    assert [list_locations(part) for part in parts] == [
        [f"2026/03/n{number}/" for number in (1, 2, 3)],
        [f"2026/03/n{number}/" for number in (4, 5, 6)],
        ["", "2026/03/n7/"],
    ]
    with pytest.raises(NotFound):
        render_sitemap_part(site, 4)

    site.add("n8", "2026-03-08")
    site.refresh()
    assert render_sitemap_part(site, 2) == parts[1]
    assert list_locations(render_sitemap_part(site, 3)) == ["", "2026/03/n7/", "2026/03/n8/"]


def test_a_sitemap_beyond_the_last_is_not_found(site: Site) -> None:
    site.add("one")

    assert list_places(site, "/sitemap-1.xml") == ["", "2026/03/one/"]
    assert site.get("/sitemap-2.xml").status_code == 404


@pytest.mark.duty(97, 107)
def test_the_news_sitemap_holds_two_days_and_moves_its_time_when_an_article_leaves(
    site: Site, clock: Clock
) -> None:
    site.add("old", "2026-09-19T14:13:19Z")
    site.add("leaving", "2026-09-19T14:14:20Z")  # two days and 60 seconds ago
    site.add("new", "2026-09-21T10:00:00Z")
    first = site.get("/news-sitemap.xml")

    assert list_places(site, "/news-sitemap.xml") == ["2026/09/new/", "2026/09/leaving/"]
    assert first.headers["Cache-Control"] == "public, max-age=60, stale-while-revalidate=0"
    assert b"<news:name>Example &amp; Co</news:name><news:language>en</news:language>" in first.data

    clock.now += 60
    second = site.get("/news-sitemap.xml")
    assert list_places(site, "/news-sitemap.xml") == ["2026/09/new/"]
    assert parsedate_to_datetime(second.headers["Last-Modified"]).timestamp() == NOW + 60

    clock.now += 2 * DAY
    assert list_places(site, "/news-sitemap.xml") == []
    assert site.get("/news-sitemap.xml").status_code == 200


def test_each_translation_is_an_article_of_the_news_sitemap(site: Site) -> None:
    for name in ("quay.en", "quay.fr", "quay.zh", "tram"):
        site.add(name, "2026-09-21T10:00:00Z")

    assert sorted(list_places(site, "/news-sitemap.xml")) == [
        "2026/09/quay/",
        "2026/09/tram/",
        "fr/2026/09/quay/",
        "zh/2026/09/quay/",
    ]


def test_robots_find_the_sitemaps(site: Site) -> None:
    response = site.get("/robots.txt")

    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "Disallow" not in response.text
    assert f"Sitemap: {BASE}sitemap.xml\nSitemap: {BASE}news-sitemap.xml\n" in response.text
