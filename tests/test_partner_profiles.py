"""The partners' profiles that come with feedsvc: each of their rules at its boundary."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from feedsvc.feeds.profiles import (
    Finding,
    Profile,
    Subject,
    check_feed,
    check_item,
    check_rule,
    parse_profile,
)
from feedsvc.model import (
    Author,
    Channel,
    Content,
    Enclosure,
    Entry,
    Image,
    Item,
    Moment,
)
from scripts.documentation.partners import render_partners

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "feedsvc" / "partners"
PROFILES = {
    path.stem: parse_profile(path.read_text(encoding="utf-8"))
    for path in sorted(FOLDER.glob("*.toml"))
}
PICTURE = Image(
    url="https://news.example.com/files/quay.jpg",
    alt="The quay",
    credit="Sea Pictures",
    type="image/jpeg",
    length=90_000,
    width=1600,
    height=900,
)
SOUND = Enclosure(
    url="https://news.example.com/files/quay.mp3", type="audio/mpeg", length=5_000_000, duration=60
)
ENTRY = Entry(
    path="quay.md",
    dialect="fenced",
    encoding="utf-8",
    state="public",
    id="tag:news.example.com,2026:quay",
    url="https://news.example.com/quay/",
    permalink_path="/quay/",
    slug="quay",
    title="The harbor gets a second quay",
    published=Moment(when=datetime(2026, 3, 2, 6, 30, tzinfo=UTC), precision="second"),
    language="en",
    authors=(Author(name="Nora Field"),),
    image=PICTURE,
    enclosures=(SOUND,),
)
CHANNEL = Channel(
    id="tag:news.example.com,2026:/",
    title="Harbor News",
    home="https://news.example.com/",
    site="https://news.example.com/",
    urls=(("rss", "https://news.example.com/rss.xml"),),
    author=Author(name="Harbor News"),
    description="News of the harbor",
    language="en-US",
)
TEXT = "A word. " * 50
FACTS: dict[str, Any] = {"feed.entries": 30, "feed.bytes": 400_000, "feed.languages": ("en",)}
VALUES = {
    "explicit": "false",
    "image": "https://news.example.com/show.jpg",
    "category": "News",
    "logo": "https://news.example.com/logo.png",
}


class Case(NamedTuple):
    """What is made of the fitting entry or feed, and the message that comes of it ("": none)."""

    profile: str
    about: str
    change: dict[str, Any]  # of the entry; or "html", "summary"; or "feed", "channel", "values"
    message: str = ""
    refused: bool = True


def picture(**facts: Any) -> dict[str, Any]:
    return {"image": replace(PICTURE, **facts)}


def sound(**facts: Any) -> dict[str, Any]:
    return {"enclosures": (replace(SOUND, **facts),)}


def feed(**facts: Any) -> dict[str, Any]:
    return {"feed": {f"feed.{name}": value for name, value in facts.items()}}


NOTE: dict[str, Any] = {"refused": False}
NO_TEXT: dict[str, Any] = {"html": '<p><img src="https://news.example.com/files/quay.jpg"></p>'}
CASES = [
    # -- MSN
    Case("msn", "a title of 20 characters", {"title": "x" * 20}, "more than 20 characters (20 characters)"),
    Case("msn", "a title of 21 characters", {"title": "x" * 21}),
    Case("msn", "a title of 150 characters", {"title": "x" * 150}),
    Case("msn", "a title of 1 character", {"title": "x"}, "more than 20 characters (1 character)"),
    Case("msn", "a title of 151 characters", {"title": "x" * 151}, "more than 150 characters (151 characters)"),
    Case("msn", "a title with a tag", {"title": "The <i>Aurora</i> is in the harbor"}, "accept HTML in titles (i)"),
    Case("msn", "a title with a sign of less", {"title": "Why 3 < 5 matters to harbors"}),
    Case("msn", "no text", NO_TEXT, "without their text"),
    Case("msn", "a summary alone", {"summary_only": True}, "without their text"),
    Case("msn", "a script", {"html": f"<p>{TEXT}</p><object></object>"}, "embed, param or applet elements (object)"),
    Case("msn", "a heading of the sixth level", {"html": f"<h6>A</h6><h5>B</h5><p>{TEXT}</p>"}, "removes elements that it does not know (h6)", **NOTE),
    Case("msn", "no picture", {"image": None}, "reviews articles without a picture", **NOTE),
    Case("msn", "a picture in TIFF", picture(type="image/tiff"), "(image/tiff)", **NOTE),
    Case("msn", "a picture of 15 MB", picture(length=15_000_000)),
    Case("msn", "a picture beyond 15 MB", picture(length=15_000_001), "up to 15 MB (15,000,001)", **NOTE),
    Case("msn", "a picture 719 wide", picture(width=719, height=719), "at least 720 pixels in width (719)", **NOTE),
    Case("msn", "a picture 720 wide", picture(width=720, height=720)),
    Case("msn", "a picture of ratio 0.5", picture(width=800, height=1600)),
    Case("msn", "a picture below ratio 0.5", picture(width=800, height=1640), "narrower than half or wider than 1.89 times its height (0.488)", **NOTE),
    Case("msn", "a picture of ratio 1.89", picture(width=1890, height=1000)),
    Case("msn", "a picture above ratio 1.89", picture(width=1900, height=1000), "wider than 1.89 times its height (1.9)", **NOTE),
    Case("msn", "two languages", feed(languages=("en", "fr")), "one language per feed (2)"),
    Case("msn", "a site over http", {"channel": {"site": "http://news.example.com/"}}, "over https only (http)"),
    # -- SmartNews
    Case("smartnews", "no text", NO_TEXT, "the feed has no text"),
    Case("smartnews", "a summary alone", {"summary_only": True}, "the feed has no text"),
    Case("smartnews", "a description of 30 characters", {"values": {"description": "x" * 30}}),
    Case("smartnews", "a description of 31 characters", {"values": {"description": "x" * 31}}, "so it is cut (31 characters)", **NOTE),
    Case("smartnews", "no logo", {"values": {"logo": ""}}, "puts your logo above each article", **NOTE),
    Case("smartnews", "no language", {"channel": {"language": ""}}, "the feed's language"),
    Case("smartnews", "a feed of 1 MB", feed(bytes=1_000_000)),
    Case("smartnews", "a feed beyond 1 MB", feed(bytes=1_000_001), "up to 1 MB"),
    # -- Flipboard
    Case("flipboard", "a text of 299 characters", {"html": f"<p>{'x' * 299}</p>"}, "300 characters or more (299 characters)", **NOTE),
    Case("flipboard", "a text of 300 characters", {"html": f"<p>{'x' * 300}</p>"}),
    Case("flipboard", "no picture", {"image": None}, "a picture in each article"),
    Case("flipboard", "a picture of 399 pixels", picture(width=600, height=399), "at least 400 pixels on the shorter side (399)"),
    Case("flipboard", "a picture of 400 pixels", picture(width=600, height=400), "at least 500 pixels on the shorter side (400)", **NOTE),
    Case("flipboard", "a picture of 499 pixels", picture(width=499, height=600), "at least 500 pixels on the shorter side (499)", **NOTE),
    Case("flipboard", "a picture of 500 pixels", picture(width=600, height=500)),
    Case("flipboard", "no author", {"authors": ()}, "the author of an article", **NOTE),
    Case("flipboard", "another host", {"url": "https://other.example/quay"}, "on the host of the feed (other.example)", **NOTE),
    Case("flipboard", "19 entries", feed(entries=19), "at least the 20 most recent articles (19)"),
    Case("flipboard", "20 entries", feed(entries=20), "asks for 30 articles (20)", **NOTE),
    Case("flipboard", "30 entries", feed(entries=30)),
    # -- Apple News
    Case("apple-news", "a title of 14 characters", {"title": "x" * 14}, "15 to 60 characters (14 characters)", **NOTE),
    Case("apple-news", "a title of 15 characters", {"title": "x" * 15}),
    Case("apple-news", "a title of 60 characters", {"title": "x" * 60}),
    Case("apple-news", "a title of 61 characters", {"title": "x" * 61}, "15 to 60 characters (61 characters)", **NOTE),
    Case("apple-news", "a title with a tag", {"title": "The <i>Aurora</i> is in"}, "strips HTML from titles (i)", **NOTE),
    Case("apple-news", "no text", NO_TEXT, "without a description"),
    Case("apple-news", "a table", {"html": "<table><tr><td>x</td></tr></table>"}, "(table)", **NOTE),
    Case("apple-news", "a language alone", {"channel": {"language": "en"}}, "a language with its region"),
    Case("apple-news", "a script alone", {"channel": {"language": "zh-Hans"}}, "a language with its region"),
    Case("apple-news", "a script and a region", {"channel": {"language": "zh-Hant-TW"}}),
    Case("apple-news", "a region in figures", {"channel": {"language": "es-419"}}),
    # -- Apple Podcasts
    Case("apple-podcasts", "no file", {"enclosures": ()}, "episodes without a file"),
    Case("apple-podcasts", "a WAV file", sound(url="https://news.example.com/files/quay.mp3", type="audio/wav"), "under their own types (audio/wav)"),
    Case("apple-podcasts", "another ending", sound(url="https://news.example.com/files/quay.mp3.php?x=1"), "by the file name extension"),
    Case("apple-podcasts", "capitals and a query", sound(url="https://news.example.com/files/QUAY.MP3?x=1")),
    Case("apple-podcasts", "no length", sound(length=0), "the length of the file", **NOTE),
    Case("apple-podcasts", "no duration", sound(duration=0), "the episode's duration", **NOTE),
    Case("apple-podcasts", "a title of 255 characters", {"title": "x" * 255}),
    Case("apple-podcasts", "a title of 256 characters", {"title": "x" * 256}, "titles of up to 255 characters (256 characters)"),
    Case("apple-podcasts", "a description of 4,000 bytes", {"summary": "é" * 2000}),
    Case("apple-podcasts", "a description beyond 4,000 bytes", {"summary": "é" * 2000 + "x"}, "up to 4,000 bytes (4,001 bytes)"),
    Case("apple-podcasts", "no description", {"summary": ""}, "a description of the episode", **NOTE),
    Case("apple-podcasts", "a long description of the show", {"channel": {"description": "x" * 4001}}, "descriptions of a show of up to 4,000 bytes (4,001 bytes)"),
    Case("apple-podcasts", "a long description of its own", {"values": {"description": "x" * 4001}}, "descriptions of a show of up to 4,000 bytes (4,001 bytes)"),
    Case("apple-podcasts", "a category of nobody", {"values": {"category": "Newz"}}, "has no such category (Newz)"),
    Case("apple-podcasts", "another advisory", {"values": {"explicit": "clean"}}, "true or false as parental advisory (clean)"),
    # -- Google News
    Case("google-news", "kept out of search", {"noindex": True}, "ask search engines not to index them"),
    Case("google-news", "no text", NO_TEXT, "the feed has no text for this one"),
    Case("google-news", "an article of 1 MB", {"html": f"<p>{'x' * 999_993}</p>", "image": None}),
    Case("google-news", "an article beyond 1 MB", {"html": f"<p>{'x' * 999_994}</p>", "image": None}, "articles of up to 1 MB (1,000,001 bytes)"),
    Case("google-news", "a picture 799 high", picture(width=1300, height=799), "at least 800 pixels on the shorter side (799)", **NOTE),
    Case("google-news", "a picture 800 high", picture(width=1300, height=800)),
    Case("google-news", "a picture 1,199 wide", picture(width=1199, height=900), "at least 1,200 pixels wide (1,199)", **NOTE),
    Case("google-news", "a picture 1,200 wide", picture(width=1200, height=900)),
    Case("google-news", "60 entries", feed(entries=60)),
    Case("google-news", "61 entries", feed(entries=61), "up to 60 new articles each time it reads a feed (61)"),
    Case("google-news", "a feed of 2 MB", feed(bytes=2_000_000)),
    Case("google-news", "a feed beyond 2 MB", feed(bytes=2_000_001), "up to 2 MB (2,000,001)"),
    # -- NewsBreak
    Case("newsbreak", "no text", NO_TEXT, "the feed has no text for this one"),
    Case("newsbreak", "no picture", {"image": None}, "articles without a picture"),
    Case("newsbreak", "a picture in the text", {"html": f'<p>{TEXT}<img src="https://news.example.com/a.jpg"></p>'}),
    Case("newsbreak", "in French", {"language": "fr-CA"}, "in English only (fr)"),
    Case("newsbreak", "in the English of Canada", {"language": "en-CA"}),
    Case("newsbreak", "no author", {"authors": ()}, "have no byline", **NOTE),
    Case("newsbreak", "no credit", picture(credit=""), "have no credit", **NOTE),
    # -- LINE NEWS
    Case("line", "no text", NO_TEXT, "the feed has no text"),
    Case("line", "20,000 characters", {"html": f"<p>{'あ' * 20_000}</p>"}),
    Case("line", "20,001 characters", {"html": f"<p>{'あ' * 20_001}</p>"}, "20,000 characters (20,001 characters)", **NOTE),
    Case("line", "no picture", {"image": None}, "each article with a picture", **NOTE),
    # -- Pinterest
    Case("pinterest", "no picture", {"image": None}, "makes Pins from pictures"),
    Case("pinterest", "another host", {"url": "https://other.example/quay"}, "your claimed site only (other.example)"),
    Case("pinterest", "no description", {"summary": ""}, "with the entry's description", **NOTE),
    Case("pinterest", "200 entries", feed(entries=200)),
    Case("pinterest", "201 entries", feed(entries=201), "up to 200 Pins a day, the oldest entry first (201)"),
    # -- FlatPlan
    Case("flatplan", "a title with a tag", {"title": "The <i>Aurora</i>"}, "accept HTML in titles (i)"),
    Case("flatplan", "9 entries", feed(entries=9), "at least 10 articles (9)"),
    Case("flatplan", "10 entries", feed(entries=10)),
    Case("flatplan", "60 entries", feed(entries=60)),
    Case("flatplan", "61 entries", feed(entries=61), "up to 60 new articles each time it fetches a feed (61)"),
]  # fmt: skip
UNKNOWN = [  # a picture or file of which no more is known than its address
    ("msn", {"image": Image(url="https://cdn.example/q.jpg")}, 3),
    ("flipboard", {"image": Image(url="https://cdn.example/q.jpg")}, 2),
    ("google-news", {"image": Image(url="https://cdn.example/q.jpg")}, 2),
]


def check(profile: Profile, change: dict[str, Any]) -> tuple[Finding, ...]:
    """Return what *profile* has to say of the fitting entry and feed, but for *change*."""
    change = dict(change)
    html, summary = change.pop("html", f"<p>{TEXT}</p>"), change.pop("summary", "Two ships at once")
    facts = FACTS | change.pop("feed", {})
    channel = replace(CHANNEL, **change.pop("channel", {}))
    values = VALUES | change.pop("values", {})
    item = Item(entry=replace(ENTRY, **change), content=Content(html=html, summary=summary))
    subject = Subject(item=item, channel=channel, values=values)
    return (*check_item(profile, subject), *check_feed(profile, channel, values, facts))


@pytest.mark.parametrize("name", PROFILES)
def test_an_entry_that_fits_is_taken_without_a_word(name: str) -> None:
    assert check(PROFILES[name], {}) == ()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.profile}: {case.about}")
def test_each_rule_at_its_boundary(case: Case) -> None:
    found = check(PROFILES[case.profile], case.change)

    messages = [(finding.message, finding.is_refused) for finding in found]
    if not case.message:
        assert messages == []
    else:
        assert case.message in messages[0][0]
        assert messages[0][1] is case.refused
        assert not any(is_refused for _, is_refused in messages[1:])


@pytest.mark.parametrize("name", PROFILES)
def test_every_rule_is_broken_by_a_case(name: str) -> None:
    broken = {
        finding.rule
        for case in CASES
        if case.profile == name
        for finding in check(PROFILES[name], case.change)
    }

    assert [
        rule for rule in PROFILES[name].rule if rule.field != "age" and rule not in broken
    ] == []


@pytest.mark.parametrize(
    ("name", "taken", "refused"), [("msn", (0, 365), (366,)), ("google-news", (0, 2), (3,))]
)
def test_age(name: str, taken: tuple[int, ...], refused: tuple[int, ...]) -> None:
    (rule,) = (rule for rule in PROFILES[name].rule if rule.field == "age")

    assert [check_rule(rule, days) for days in taken] == [None] * len(taken)
    for days in refused:
        finding = check_rule(rule, days)
        assert finding is not None
        assert finding.is_refused


@pytest.mark.parametrize(("name", "change", "notes"), UNKNOWN)
def test_what_is_not_known_is_noted_and_not_refused(
    name: str, change: dict[str, Any], notes: int
) -> None:
    found = [finding for finding in check(PROFILES[name], change) if "not known" in finding.message]

    assert len(found) == notes
    assert not any(finding.is_refused for finding in found)


@pytest.mark.parametrize("name", PROFILES)
def test_every_rule_has_the_address_of_its_page_and_words(name: str) -> None:
    profile = PROFILES[name]

    for rule in profile.rule:
        assert re.fullmatch(r"https://[a-z0-9.-]+\.[a-z]+/\S+", rule.page)
        assert not rule.message.endswith(".")
        assert not rule.remedy.endswith(".")
        assert rule.message not in rule.remedy
    assert len({(rule.field, rule.message) for rule in profile.rule}) == len(profile.rule)
    assert profile.about
    assert not profile.about.endswith(".")


def test_the_reference_has_every_profile_with_its_values_elements_and_rules() -> None:
    page = render_partners()

    for name, profile in PROFILES.items():
        part = page.partition(f"{{#{name}}}\n")[2].partition("\n## ")[0]
        for form in (*profile.channel, *profile.item):
            assert f"| `{form.name}` | " in part
        for value in profile.values:
            assert f"| `{value}` | " in part
        assert part.count("| left out | ") + part.count("| noted | ") + part.count(
            "| the whole feed | "
        ) == len(profile.rule)
        assert all(f"]({rule.page}) |" in part for rule in profile.rule)


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_has_its_page(name: str) -> None:
    page = (ROOT / "docs" / "howto" / "partners" / f"{name}.md").read_text(encoding="utf-8")

    assert page.startswith(f"# {PROFILES[name].title}\n")
    assert f'[partners.{name}]\nprofile = "{name}"\n' in page
    assert f"$ feedsvc check --for {name}\n" in page
    assert f"](../../reference/partners.md#{name})" in page
    assert [value for value in PROFILES[name].values if f"`{value}`" not in page] == []


@pytest.mark.parametrize("name", PROFILES)
def test_the_howto_leads_to_the_page(name: str) -> None:
    howto = (ROOT / "docs" / "howto" / "partners.md").read_text(encoding="utf-8")

    assert f"[{PROFILES[name].title}](partners/{name}.md)" in howto
