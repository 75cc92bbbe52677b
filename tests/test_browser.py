"""Pages and feeds in a real browser, by mouse and keyboard, light and dark, wide and narrow."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page

from feedsvc.settings import Feeds, Settings
from feedsvc.settings import Site as SiteSettings
from tests.support.browser import open_browser, serve
from tests.support.newsroom import fill_newsroom
from tests.support.servers import pick_free_port
from tests.support.site import Site
from tests.test_pages import PAGES

FEEDS = ["/rss.xml", "/atom.xml"]
# The Chromium of the tests says the first of every answer that is an error, also of one that is a
# page, the second of a picture that is still awaited when the next page is asked for.
EXPECTED = re.compile(
    r"^Failed to load resource: the server responded with a status of (400|404|410) "
    r"|: net::ERR_ABORTED$"
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The newsroom, served; its address without the last slash."""
    folder, port = tmp_path_factory.mktemp("newsroom"), pick_free_port()
    (folder / "entries").mkdir()
    url = f"http://127.0.0.1:{port}/"
    settings = SiteSettings(
        title="Harbour News",
        url=url,
        id_authority="news.example.com,2026",
        permalink="/{year}/{month}/{slug}/",
        timezone="Europe/Oslo",
        index=str(folder / "index.sqlite"),
    )
    site = Site(Settings(site=settings, feeds=Feeds(limit=6), base=folder))
    fill_newsroom(site)
    with serve(site.app, port):
        yield url.rstrip("/")


ODD = """---
title: Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft und mehr
date: 2026-04-19T10:00:00+01:00
author: [Ada Lund, Jonas Vik]
category: [Fleet, A category of a great many words that go on]
tags: [Harbour, Averyveryverylongtagwithoutanyspacesatallwhichgoesonandonandonandon]
---

| Month | Crossings | Passengers | Vehicles | Fuel | Delay | Ice days | Captain |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |
| January 2026 | 40 | 12,345 | 2,345 | 1,234,567 | 12 min | 14 | Jonas Vik |

```
a_very_long_line_of_code = some_function(argument_one, argument_two, argument_three, four)
```

`inline_code_that_is_very_long_and_does_not_break_anywhere_in_the_text_at_all_ever`
![A picture](/files/launch/halva.png)
"""


@pytest.fixture(scope="module")
def odd_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site with long words everywhere, in the language whose dates are longest."""
    folder, port = tmp_path_factory.mktemp("odd"), pick_free_port()
    (folder / "entries").mkdir()
    settings = SiteSettings(
        title="Skarvik: noticias del puerto",
        url=f"http://127.0.0.1:{port}/",
        id_authority="news.example.com,2026",
        permalink="/{year}/{month}/{slug}/",
        language="es",
        index=str(folder / "index.sqlite"),
    )
    site = Site(Settings(site=settings, feeds=Feeds(limit=40), base=folder))
    fill_newsroom(site, further=1)
    site.write("odd.md", ODD)
    for month in range(1, 13):
        site.add(f"month-{month}", f"2024-{month:02}-28", tags="[x]")
    with serve(site.app, port):
        yield settings.url.rstrip("/")


@pytest.fixture(scope="module")
def browser(needs: Callable[[str], str]) -> Iterator[Browser]:
    with open_browser(needs("chromium")) as browser:
        yield browser


@pytest.fixture
def make_page(browser: Browser, address: str, odd_address: str) -> Iterator[Callable[..., Page]]:
    """`make_page(color_scheme="dark")`: a tab that fails on errors and foreign addresses."""
    contexts, complaints = [], []

    def make(**options: Any) -> Page:
        context = browser.new_context(
            **{"base_url": address, "viewport": {"width": 1180, "height": 900}} | options
        )
        context.set_default_timeout(60_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "requestfailed", lambda request: complaints.append(f"{request.url}: {request.failure}")
        )
        page.on(
            "request",
            lambda request: (
                None
                if _is_ours(request.url, address, odd_address)
                else complaints.append(request.url)
            ),
        )
        return page

    yield make
    for context in contexts:
        context.close()
    assert [text for text in complaints if not EXPECTED.search(text)] == []


def _is_ours(url: str, *addresses: str) -> bool:
    return url.startswith((*(address + "/" for address in addresses), "data:"))


@pytest.fixture(scope="module")
def axe() -> str:
    """The source of axe-core."""
    spec = importlib.util.find_spec("axe_playwright_python")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).with_name("axe.min.js").read_text(encoding="utf-8")


def list_violations(page: Page, axe: str) -> list[str]:
    page.evaluate(axe)
    found = page.evaluate("axe.run()")["violations"]
    return [
        f"{one['id']}: {node['html']}: {node['failureSummary']}"
        for one in found
        for node in one["nodes"]
    ]


# One of each family, in both schemes; the others are seen once, on a phone
BOTH_SCHEMES = ("index", "search", "entry", "tags", "subscribe-narrow", "bad-value")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", BOTH_SCHEMES)
def test_every_page_is_quiet_and_open_to_everybody(
    make_page: Callable[..., Page], axe: str, name: str, scheme: str
) -> None:
    page = make_page(color_scheme=scheme)

    page.goto(PAGES[name])

    assert list_violations(page, axe) == []
    assert _is_dark(page) == (scheme == "dark")


def _is_dark(page: Any) -> bool:
    color = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    return sum(int(number) for number in re.findall(r"\d+", color)[:3]) < 200


def test_every_page_fits_a_phone(make_page: Callable[..., Page], axe: str) -> None:
    page = make_page(viewport={"width": 320, "height": 640}, has_touch=True, is_mobile=True)
    for name, path in PAGES.items():
        page.goto(path)

        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
        if name not in BOTH_SCHEMES:
            assert list_violations(page, axe) == [], path


def test_a_visitor_subscribes_to_less_than_everything(make_page: Callable[..., Page]) -> None:
    page = make_page()
    page.goto("/")
    page.get_by_role("link", name="Subscribe").first.click()
    page.get_by_label("Launch").check()
    page.get_by_label("Language").select_option(label="العربية (1)")
    page.get_by_role("button", name="Show the address").click()

    url = page.get_by_label("Atom", exact=True).input_value()

    assert url.endswith("/atom.xml?tag=launch&lang=ar")
    assert "One entry matches at present." in page.inner_text("main")
    with urlopen(url) as feed:
        assert feed.read().decode().count("<entry") == 1


def test_a_visitor_searches_within_a_tag_and_pages_back_to_the_first_entry(
    make_page: Callable[..., Page],
) -> None:
    page = make_page()
    page.goto("/tags/harbour/")
    page.get_by_role("searchbox").fill("half an hour")
    page.get_by_role("searchbox").press("Enter")

    assert "/tags/harbour/?" in page.url
    assert page.locator(".headline").count() == 6
    page.get_by_role("link", name="Older entries").click()
    assert page.locator(".headline h3").all_inner_texts() == ["Story-2", "Story-1"]
    page.get_by_role("link", name="Back to the latest").click()
    assert page.locator(".headline").count() == 6


def test_everything_is_reached_by_keyboard(make_page: Callable[..., Page]) -> None:
    page = make_page()
    page.goto("/")
    page.keyboard.press("Tab")

    skip = page.locator(":focus")
    box = skip.bounding_box()
    assert skip.inner_text() == "Skip to the content"
    assert box is not None
    assert box["y"] >= 0
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "FLEET"
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text().startswith("The “Halva” is afloat")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.wait_for_url("**/2026/03/launch/")
    page.goto("/subscribe")
    page.get_by_label("Harbour").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**/subscribe?tag=harbour**")


def test_arabic_runs_from_right_to_left(make_page: Callable[..., Page]) -> None:
    page = make_page()
    page.goto("/ar/2026/03/launch/")

    left, right, inner = page.evaluate(
        """() => {
            const text = document.createRange();
            text.selectNodeContents(document.querySelector("h1"));
            const box = text.getBoundingClientRect();
            const page = document.querySelector("article").getBoundingClientRect();
            const direction = getComputedStyle(document.body).direction;
            return [box.left - page.left, page.right - box.right, direction];
        }"""
    )

    assert inner == "rtl"
    assert right < 2 < left
    page.goto("/")
    assert (
        page.locator("article[lang=fa]").evaluate("one => getComputedStyle(one).direction") == "rtl"
    )
    assert page.evaluate("getComputedStyle(document.body).direction") == "ltr"


def test_a_sound_is_not_loaded_before_it_is_played(make_page: Callable[..., Page]) -> None:
    page = make_page()

    page.goto("/2026/02/interview/", wait_until="networkidle")

    assert page.locator("audio").get_attribute("src") == "https://media.example/pilot.mp3"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", FEEDS)
def test_a_feed_in_a_browser_says_what_it_is_and_is_readable(
    make_page: Callable[..., Page], address: str, path: str, scheme: str
) -> None:
    page = make_page(color_scheme=scheme)

    page.goto(path)

    assert page.evaluate(
        "getComputedStyle(document.documentElement, '::before').content"
    ).startswith('"This is a feed')
    assert _is_dark(page) == (scheme == "dark")
    shown, hidden = page.evaluate(
        """() => {
            const parts = [[], []];
            for (const one of document.querySelectorAll("*"))
                if (!one.children.length && one.textContent.trim())
                    parts[one.getClientRects().length ? 0 : 1].push(one.textContent);
            return parts;
        }"""
    )
    assert "Harbour News" in shown
    assert "渡轮公司发布年度报告" in shown
    assert "Two thousand people saw the electric ferry leave the slip." in shown
    assert not any("<p>" in text or text.startswith("tag:") for text in shown)
    assert any("<p>" in text for text in hidden)
    link = "channel > link" if path == "/rss.xml" else "link[rel=alternate]"
    told = page.locator(link).first.evaluate(
        "one => one.textContent + ['::before', '::after'].map("
        "part => getComputedStyle(one, part).content).join()"
    )
    assert address in told or "attr(href)" in told
    assert (
        page.locator(":is(item, entry):lang(fa) > title").evaluate(
            "one => getComputedStyle(one).direction"
        )
        == "rtl"
    )
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


LAYOUT = """() => {
    const box = query => document.querySelector(query).getBoundingClientRect();
    const parts = [".masthead", "header.site nav", ".search", ".join"].map(box);
    const middles = parts.map(one => Math.round(one.top + one.height / 2));
    const lines = query => [...document.querySelectorAll(query)].map(
        one => Math.round(one.getBoundingClientRect().height
            / parseFloat(getComputedStyle(one).lineHeight)));
    return {
        middles: [...new Set(middles)].length,
        field: box("#q").width,
        title: lines(".masthead a")[0],
        dates: [...new Set(lines(".day h2 time"))],
        menu: [...new Set(lines("header.site nav a"))],
        gap: Math.min(...[...document.querySelectorAll(".day")].map(one =>
            one.children[1].getBoundingClientRect().left
            - one.querySelector("time").getBoundingClientRect().right)),
        wide: document.documentElement.scrollWidth - innerWidth,
    };
}"""


def test_the_face_keeps_its_shape(make_page: Callable[..., Page], odd_address: str) -> None:
    """One line of header, whole dates, a wide field; nothing is wider than the window."""
    page = make_page(base_url=odd_address)
    for width in (1920, 1280, 1040):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto("/")
        found = page.evaluate(LAYOUT)

        assert found["middles"] == 1, width  # all parts of the header stand on one line
        assert found["menu"] == [1]
        assert width < 1280 or found["title"] == 1
        assert found["dates"] == [1]
        assert found["gap"] > 0
        assert found["field"] > 130
        assert found["wide"] <= 0
    for width in (768, 390, 320):
        page.set_viewport_size({"width": width, "height": 900})
        for path in ("/", "/2026/04/odd/", "/tags/", "/subscribe?tag=x", "/?limit=many"):
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
    page.goto("/2026/04/odd/")
    table, code, picture = page.locator(".text").evaluate(
        """text => [
            text.querySelector("table").scrollWidth - text.clientWidth,
            text.querySelector("pre").scrollWidth - text.clientWidth,
            text.querySelector("img").getBoundingClientRect().width - text.clientWidth,
        ]"""
    )
    assert table > 0  # it scrolls by itself
    assert code > 0
    assert picture <= 0


def test_a_category_an_author_and_a_tag_look_different(make_page: Callable[..., Page]) -> None:
    page = make_page()
    page.goto("/")

    looks = page.locator(".headline").first.evaluate(
        """one => ["a[href*='/categories/']", "a[href*='/authors/']", "a[href*='/tags/']"].map(
            query => {
                const link = one.querySelector(query);
                const style = getComputedStyle(link);
                return [style.textTransform, style.color,
                    getComputedStyle(link, "::before").content].join();
            })"""
    )

    assert len(set(looks)) == 3
    assert looks[0].startswith("uppercase")
    assert looks[2].endswith('"#"')


def test_what_a_search_found_is_counted_and_marked(make_page: Callable[..., Page]) -> None:
    page = make_page()
    page.goto("/")
    page.get_by_role("searchbox").fill("electric")
    page.get_by_role("button", name="Search").click()
    page.wait_for_url("**/?q=electric")

    assert page.inner_text("main header .lead") == "1 entry"
    assert set(page.locator("mark").all_inner_texts()) == {"electric"}


def test_print_leaves_out_what_paper_cannot_do(make_page: Callable[..., Page]) -> None:
    page = make_page()
    page.goto("/2026/03/launch/")

    page.emulate_media(media="print")

    assert page.locator("h1").is_visible()
    assert not page.locator("nav, form, footer.site").evaluate_all(
        "all => all.some(one => one.checkVisibility())"
    )
