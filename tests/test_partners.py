"""What partner sites demand of a feed before they take its entries."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree

import pytest

from feedsvc.settings import Settings
from tests.support.site import NOW, Site

BASE = "https://news.example.com/"
SPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "media": "http://search.yahoo.com/mrss/",
}


@pytest.fixture
def site(settings: Callable[..., Settings]) -> Site:
    site = Site(
        settings(language="en-US", description="News of an invented company", image="logo.png")
    )
    text = "The yard built thirty hulls in one year and kept the noise of all of them low. " * 6
    for number in range(1, 41):
        site.write(f"crane-{number}.jpg", b"\xff\xd8\xff")
        site.add(
            f"story-{number}",
            f"2026-0{number % 9 + 1}-1{number % 7}T09:{number}:00Z",
            f"{text}\n\n{text}",
            title=f"Hull number {number} leaves the quiet yard",
            author="Ada Lovelace",
            tags="[Energy]",
            image=f"crane-{number}.jpg",
            category="Business",
        )
    return site


@pytest.fixture
def channel(site: Site) -> ElementTree.Element:
    return site.get_xml("/rss.xml")[0]


def get_texts(node: ElementTree.Element, *names: str) -> list[str]:
    return [node.findtext(name, "", SPACES) for name in names]


@pytest.mark.duty(9, 19, 20, 104, 105, 106, 111)
def test_every_partner_has_a_whole_channel(channel: ElementTree.Element) -> None:
    facts = get_texts(
        channel, "title", "link", "description", "language", "pubDate", "lastBuildDate", "ttl"
    )

    assert facts[:4] == ["Example News", BASE, "News of an invented company", "en-us"]
    newest = parsedate_to_datetime(channel.findtext("item/pubDate", ""))
    assert parsedate_to_datetime(facts[4]) == parsedate_to_datetime(facts[5]) == newest
    assert facts[6] == "5"
    assert get_texts(channel, "image/url", "image/title", "image/link") == [
        f"{BASE}files/logo.png",
        "Example News",
        BASE,
    ]
    assert 20 <= len(channel.findall("item")) <= 60


@pytest.mark.duty(103, 104, 105, 106)
def test_every_partner_has_whole_items(channel: ElementTree.Element) -> None:
    items = channel.findall("item")
    guids = get_texts(channel, *(f"item[{number}]/guid" for number in range(1, len(items) + 1)))

    assert len(set(guids)) == len(items)
    for item in items:
        title, link, description, creator = get_texts(
            item, "title", "link", "description", "dc:creator"
        )
        assert 20 < len(title) <= 60  # the narrowest of all
        assert "<" not in title
        assert link.startswith(BASE)
        assert len(description) >= 200
        assert creator == "Ada Lovelace"
        assert len(item.findtext("content:encoded", "", SPACES)) >= 300
        assert [one.text for one in item.findall("category")] == ["Business", "Energy"]
        thumbnail = item.find("media:thumbnail", SPACES)
        assert thumbnail is not None
        assert re.fullmatch(rf"{BASE}files/crane-\d+\.jpg", thumbnail.get("url", ""))


@pytest.mark.duty(4, 5, 103, 111)
def test_dates_name_their_day_lie_in_the_past_and_agree_in_every_format(
    site: Site, channel: ElementTree.Element
) -> None:
    days = "Mon Tue Wed Thu Fri Sat Sun".split()
    dates = {}
    for item in channel.findall("item"):
        words, modified = get_texts(item, "pubDate", "dcterms:modified")
        when = parsedate_to_datetime(words)
        assert words[:3] == days[when.weekday()]
        assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}", words)
        assert when.timestamp() <= NOW
        dates[item.findtext("guid", "")] = (when, datetime.fromisoformat(modified))
    told = json.loads(site.get("/feed.json").data)["items"]
    atom = site.get_xml("/atom.xml")

    def read(published: str, updated: str) -> tuple[datetime, datetime]:
        return datetime.fromisoformat(published), datetime.fromisoformat(updated)

    assert {
        item["id"]: read(item["date_published"], item["date_modified"]) for item in told
    } == dates
    assert {
        entry.findtext("atom:id", "", SPACES): read(
            *get_texts(entry, "atom:published", "atom:updated")
        )
        for entry in atom.findall("atom:entry", SPACES)
    } == dates
    assert max(dates.values())[0].astimezone(UTC).year == 2026


@pytest.mark.duty(11, 42)
def test_a_feed_has_the_newest_thirty_first(channel: ElementTree.Element) -> None:
    dates = [
        parsedate_to_datetime(item.findtext("pubDate", "")) for item in channel.findall("item")
    ]

    assert dates == sorted(dates, reverse=True)
    assert len(dates) == 30


@pytest.mark.duty(8, 103)
def test_polling_changes_nothing(site: Site) -> None:
    first = {path: site.get(path) for path in ("/rss.xml", "/atom.xml", "/feed.json")}
    site.refresh()
    site.clock.now += 7200  # type: ignore[attr-defined]

    for path, response in first.items():
        assert (site.get(path).data, site.get(path).headers["ETag"]) == (
            response.data,
            response.headers["ETag"],
        )


@pytest.mark.duty(25, 38, 99, 100, 104, 113)
@pytest.mark.parametrize("path", ["/rss.xml", "/atom.xml"])
def test_nothing_is_there_that_readers_and_partners_trip_over(site: Site, path: str) -> None:
    data = site.get(path).data

    for words in (
        b"textInput",
        b"skipHours",
        b"skipDays",
        b"text/xsl",
        b"<script",
        b"media:group",
        b"<cloud",
        b"sy:",
    ):
        assert words not in data
    assert data.startswith(
        b"<?xml version='1.0' encoding='UTF-8'?>\n<?xml-stylesheet type=\"text/css\""
    )
    assert b'xmlns:media="http://search.yahoo.com/mrss/"' in data
    assert len(data) < 1_000_000


@pytest.mark.duty(34, 35, 36, 40, 41)
def test_json_feed_keeps_to_its_specification(site: Site) -> None:
    data = site.get("/feed.json").data
    feed = json.loads(data, parse_constant=lambda words: pytest.fail(words))

    assert data.startswith(b'{"version":"https://jsonfeed.org/version/1.1"')
    assert (feed["home_page_url"], feed["feed_url"]) == (BASE, f"{BASE}feed.json")
    assert feed["next_url"] not in (feed["feed_url"], None)
    assert feed["favicon"] == f"{BASE}favicon.ico"
    with site.get("/favicon.ico") as icon:
        assert icon.headers["Content-Type"].startswith("image/")
    names = {name for one in (feed, *feed["items"]) for name in one}
    assert not any("." in name for name in names)
    for item in feed["items"]:
        assert isinstance(item["id"], str)
        assert item["content_html"]
        assert "<" not in item["title"] + item["summary"]
