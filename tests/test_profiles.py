"""The form of partners' profiles: what a file may say, and what each part of it makes."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from feedsvc.feeds.profiles import (
    ENTRY_FIELDS,
    SITE_FIELDS,
    Profile,
    ProfileError,
    Subject,
    apply_profile,
    check_feed,
    check_item,
    parse_profile,
)
from feedsvc.feeds.profiles.fields import FEED_FIELDS, NOTICE_FIELDS, get_field
from feedsvc.model import (
    Author,
    Channel,
    Content,
    Element,
    Enclosure,
    Entry,
    Feed,
    Image,
    Item,
    Moment,
)

ROOT = Path(__file__).parents[1]
OURS = sorted((ROOT / "feedsvc" / "partners").glob("*.toml"))
HOWTO = (ROOT / "docs" / "howto" / "partners.md").read_text(encoding="utf-8")
HEAD = 'title = "P"\npage = "https://partner.example/"\nread = 2026-11-28\n'
RULE = 'page = "https://partner.example/r"\nmessage = "wrong"\nremedy = "mend it"\n'
MARCH = Moment(when=datetime(2026, 3, 2, 6, 30, tzinfo=UTC), precision="second")
CHANNEL = Channel(
    id="tag:news.example.com,2026:/",
    title="News",
    home="https://news.example.com/",
    site="https://news.example.com/",
    urls=(("rss", "https://news.example.com/rss.xml"),),
    author=Author(name="News"),
)


def make_item(html: str = "<p>Text</p>", **fields: Any) -> Item:
    entry = {
        "path": "quay.md",
        "dialect": "fenced",
        "encoding": "utf-8",
        "state": "public",
        "id": "tag:news.example.com,2026:quay",
        "url": "https://news.example.com/quay/",
        "permalink_path": "/quay/",
        "slug": "quay",
        "title": "A new quay",
        "published": MARCH,
        "language": "en",
    }
    return Item(entry=Entry(**{**entry, **fields}), content=Content(html=html, summary="Text"))


def get_elements(
    form: str, item: Item, values: dict[str, str] | None = None
) -> tuple[Element, ...]:
    feed = Feed(channel=CHANNEL, items=(item,))
    return apply_profile(feed, parse_profile(HEAD + form), "rss", values or {}).items[0].elements


def check(rule: str, item: Item) -> list[tuple[str, bool]]:
    profile = parse_profile(f"{HEAD}[[rule]]\n{RULE}{rule}")
    found = check_item(profile, Subject(item=item, channel=CHANNEL))
    return [(finding.message, finding.is_refused) for finding in found]


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_ours_are_right(path: Path) -> None:
    profile = parse_profile(path.read_text(encoding="utf-8"))

    assert re.fullmatch(r"[a-z][a-z0-9-]*", path.stem)
    assert profile.rule


def test_the_howto_explains_every_field_and_its_example_is_right() -> None:
    example = re.search(
        r"^```toml title=\"partners/harbor-radio.toml\"\n(.*?)^```", HOWTO, re.M | re.S
    )
    assert example is not None
    assert parse_profile(example[1]).title == "Harbor Radio"

    tables = HOWTO.partition("### Fields")[2].partition("### Rules")[0]
    named: set[str] = set()
    for cell in re.findall(r"^\| (`[^|]*) \|", tables, re.M):
        for part in cell.split(","):
            names = re.findall(r"`([\w.]+)`", part)
            prefix = names[0].rpartition(".")[0]
            named |= {prefix + name if name.startswith(".") else name for name in names}
    dates = {
        f"{name}{ending}"
        for name in ("published", "modified", "expires", "retracted")
        for ending in (".utc", ".rfc822")
    }
    fields = {*ENTRY_FIELDS, *SITE_FIELDS, *FEED_FIELDS, *NOTICE_FIELDS}
    assert fields - dates == named - {"set.NAME"}


WRONG = {
    "no TOML": ("x", "it is not TOML"),
    "too deep": ("x = " + "[" * 5_000, "it is not TOML"),
    "a number that has no end": ("x = " + "9" * 5_000, "it is not TOML"),
    "a key too many": (HEAD + 'tittle = "x"', "unknown field `tittle`"),
    "no head": ('title = "P"', "missing required field `page`"),
    "no address": (HEAD.replace("https://partner.example/", "x"), "page: expected the address"),
    "a prefix without a namespace": (
        HEAD + '[[item]]\nname = "snf:logo"',
        "which namespace 'snf' is",
    ),
    "a prefix of ours": (HEAD + '[namespaces]\nmedia = "urn:x"', "our feeds have http://search"),
    "a prefix of XML": (HEAD + '[namespaces]\nxmlx = "urn:x"', "expected a prefix"),
    "no name": (HEAD + '[[item]]\nname = "a b"', "'a b' is not the name of an element"),
    "no such field": (HEAD + '[[item]]\nname = "a"\ntext = "$titel"', "did you mean 'title'?"),
    "an entry's field in the channel": (
        HEAD + '[[channel]]\nname = "a"\ntext = "$title"',
        "no field 'title'",
    ),
    "a value that is not declared": (
        HEAD + '[[channel]]\nname = "a"\ntext = "$set.logo"',
        "no field 'set.logo'",
    ),
    "a repeated channel": (HEAD + '[[channel]]\nname = "a"\neach = "tags"', "nothing to repeat"),
    "a repeated withdrawal": (
        HEAD + '[[withdrawn]]\nname = "a"\neach = "tags"',
        "nothing to repeat",
    ),
    "what a withdrawn entry has not": (
        HEAD + '[[withdrawn]]\nname = "a"\ntext = "$summary"',
        "no field 'summary'",
    ),
    "a repeated child": (
        HEAD + '[[item]]\nname = "a"\nchild = [{name = "b", each = "tags"}]',
        "only an outer",
    ),
    "no constraint": (HEAD + f'[[rule]]\nfield = "title"\n{RULE}', "it asks for nothing"),
    "a constraint of another kind": (
        HEAD + f'[[rule]]\nfield = "title"\nmin = 3\n{RULE}',
        "'title' has no 'min'",
    ),
    "no words": (
        HEAD + f'[[rule]]\nfield = "title"\nrequired = true\n{RULE}'.replace('"wrong"', '" "'),
        "expected some words",
    ),
}


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said(text: str, message: str) -> None:
    with pytest.raises(ProfileError) as caught:
        parse_profile(text)

    assert message in str(caught.value)


PICTURE = Image(
    url="https://news.example.com/q.jpg", width=1200, height=800, credit="Ada", alt="Quay"
)
SOUND = Enclosure(url="https://news.example.com/q.mp3", type="audio/mpeg", length=9, duration=3723)


def test_elements_show_fields_and_words() -> None:
    item = make_item(image=PICTURE, enclosures=(SOUND, replace(SOUND, url="https://x.example/2")))

    assert get_elements(
        '[namespaces]\nown = "urn:own"\n'
        '[[item]]\nname = "own:a"\ntext = "as it is"\n'
        '[[item]]\nname = "media:content"\nattributes = '
        '{url = "$image.url", x = "1", y = "$image.type"}\n'
        'child = [{name = "media:credit", text = "$image.credit"}, {name = "media:text", '
        'text = "$image.caption"}]\n'
        '[[item]]\nname = "own:file"\neach = "enclosures"\n'
        'attributes = {"own:url" = "$each.url"}\ntext = "$title"\n'
        '[[item]]\nname = "title"\ntext = "$title"\ncut = 8\n',
        item,
    ) == (
        Element(name="{urn:own}a", text="as it is"),
        Element(
            name="{http://search.yahoo.com/mrss/}content",
            attributes=(("url", PICTURE.url), ("x", "1")),
            children=(Element(name="{http://search.yahoo.com/mrss/}credit", text="Ada"),),
        ),
        Element(name="{urn:own}file", text="A new quay", attributes=(("{urn:own}url", SOUND.url),)),
        Element(
            name="{urn:own}file",
            text="A new quay",
            attributes=(("{urn:own}url", "https://x.example/2"),),
        ),
        Element(name="title", text="A new…"),
    )


ABSENT = {
    "no picture": '[[item]]\nname = "media:content"\nattributes = {url = "$image.url", '
    'medium = "image"}',
    "a need": '[[item]]\nname = "a"\ntext = "words"\nneeds = ["image.url"]',
    "an exception": '[[item]]\nname = "a"\ntext = "words"\nunless = ["title"]',
    "another format": '[[item]]\nname = "a"\ntext = "words"\nformats = ["atom"]',
    "nothing to repeat": '[[item]]\nname = "a"\ntext = "words"\neach = "tags"',
    "an empty child": '[[item]]\nname = "a"\nchild = [{name = "b", text = "$rights"}]',
}


@pytest.mark.parametrize("form", ABSENT.values(), ids=ABSENT)
def test_elements_without_anything_to_show_are_left_out(form: str) -> None:
    assert get_elements(form, make_item()) == ()


RULES: dict[str, tuple[str, Item, list[tuple[str, bool]]]] = {
    "there": ('field = "title"\nrequired = true', make_item(), []),
    "not there": ('field = "rights"\nrequired = true', make_item(), [("wrong", True)]),
    "absent": ('field = "noindex"\nabsent = true', make_item(), []),
    "not absent": (
        'field = "noindex"\nabsent = true',
        make_item(noindex=True),
        [("wrong", True)],
    ),
    "too long": (
        'field = "title"\nmax_characters = 9',
        make_item(),
        [("wrong (10 characters)", True)],
    ),
    "just right": ('field = "title"\nmin_characters = 10\nmax_characters = 10', make_item(), []),
    "too short": (
        'field = "title"\nmin_characters = 11',
        make_item(),
        [("wrong (10 characters)", True)],
    ),
    "nothing where some is wanted": (
        'field = "rights"\nmin_characters = 1',
        make_item(),
        [("wrong (there is none)", True)],
    ),
    "words, not tags": (
        'field = "text"\nmax_characters = 8',
        make_item("<p>A &lt;b&gt;<br>c <b>d</b>e</p>"),
        [("wrong (10 characters)", True)],
    ),
    "advice": (
        'field = "title"\nmax_characters = 9\nlevel = "note"',
        make_item(),
        [("wrong (10 characters)", False)],
    ),
    "bytes": (
        'field = "html"\nmax_bytes = 12',
        make_item("<p>埠头</p>"),
        [("wrong (13 bytes)", True)],
    ),
    "wide enough": ('field = "image.width"\nmin = 1200', make_item(image=PICTURE), []),
    "too narrow": (
        'field = "image.width"\nmin = 1201',
        make_item(image=PICTURE),
        [("wrong (1,200)", True)],
    ),
    "no picture at all": ('field = "image.width"\nmin = 1200', make_item(), []),
    "of unknown width": (
        'field = "image.width"\nmin = 1200',
        make_item(image=replace(PICTURE, width=0)),
        [("'image.width' is not known, so that this cannot be decided: wrong", False)],
    ),
    "a ratio": (
        'field = "image.ratio"\nmin = 1.6',
        make_item(image=PICTURE),
        [("wrong (1.5)", True)],
    ),
    "few enough": ('field = "tags"\nmax_count = 2', make_item(tags=("a", "b")), []),
    "too many": (
        'field = "tags"\nmax_count = 1',
        make_item(tags=("a", "b")),
        [("wrong (2)", True)],
    ),
    "too few": ('field = "tags"\nmin_count = 1', make_item(), [("wrong (there is none)", True)]),
    "a known language": ('field = "language"\namong = ["en", "fr"]', make_item(), []),
    "another": ('field = "language"\namong = ["fr"]', make_item(), [("wrong (en)", True)]),
    "a heading": (
        'field = "html.elements"\nnone_of = ["h1", "h6"]',
        make_item("<h6>x</h6><p title='<h1>'>y</p>"),
        [("wrong (h6)", True)],
    ),
    "pictures of the text": (
        'field = "images"\nmax_count = 1',
        make_item('<img src="/a"><img src="/b"><img src="/a">', image=PICTURE),
        [("wrong (3)", True)],
    ),
}


@pytest.mark.parametrize(("rule", "item", "found"), RULES.values(), ids=RULES)
def test_a_rule_says_what_it_found(rule: str, item: Item, found: list[tuple[str, bool]]) -> None:
    assert check(rule, item) == found


def test_rules_of_the_feed_look_at_the_whole() -> None:
    profile = parse_profile(
        f'{HEAD}[values.logo]\nabout = "a logo"\n'
        f'[[rule]]\n{RULE}field = "feed.entries"\nmin = 30\n'
        f'[[rule]]\n{RULE}field = "feed.languages"\nmax_count = 1\n'
        f'[[rule]]\n{RULE}field = "site.description"\nrequired = true\n'
        f'[[rule]]\n{RULE}field = "set.logo"\nrequired = true\n'
        f'[[rule]]\n{RULE}field = "title"\nrequired = true\n'
    )
    facts: dict[str, Any] = {"feed.entries": 29, "feed.bytes": 9, "feed.languages": ("en", "fr")}

    found = check_feed(profile, CHANNEL, {"logo": "x"}, facts)

    assert [(one.rule.field, one.message) for one in found] == [
        ("feed.entries", "wrong (29)"),
        ("feed.languages", "wrong (2)"),
        ("site.description", "wrong"),
    ]


def test_the_least_maximum_counts() -> None:
    rule = f'[[rule]]\n{RULE}field = "feed.entries"\n'
    profile: Profile = parse_profile(
        f'{HEAD}{rule}max = 60\n{rule}max = 20\nlevel = "note"\n{rule}max = 50'
    )

    assert (profile.get_max("feed.entries"), profile.get_max("age")) == (50, None)


def test_what_stands_where_a_field_is_empty() -> None:
    form = """[[item]]
name = "enclosure"
attributes = { url = "$image.url", length = "$image.bytes|0", type = "$image.type|" }
"""

    assert get_elements(form, make_item()) == ()
    (element,) = get_elements(form, make_item(image=PICTURE))
    assert element.attributes == (("url", PICTURE.url), ("length", "0"))
    (element,) = get_elements(form, make_item(image=replace(PICTURE, length=7)))
    assert dict(element.attributes)["length"] == "7"


def test_fields_do_not_give_what_feeds_do_not_carry() -> None:
    form = '[[item]]\nname = "a"\ntext = "$html"\n[[item]]\nname = "b"\ntext = "$text"'

    assert [element.text for element in get_elements(form, make_item())] == ["<p>Text</p>", "Text"]
    assert get_elements(form, make_item(summary_only=True)) == ()


EAST = timezone(timedelta(hours=8))
FULL = make_item(
    '<p>One<br>two <b>th</b>ree</p><img src="/b.png" alt="B" width="640" height="x">',
    published=Moment(when=datetime(2026, 3, 2, 14, 30, tzinfo=EAST), precision="second"),
    expires=Moment(when=datetime(2026, 4, 1, tzinfo=EAST), precision="day"),
    authors=(Author(name="Ada", email="ada@example.com"), Author(name="Bob")),
    categories=("Sport",),
    tags=("sport", "Sport"),
    enclosures=(SOUND,),
    language="zh-Hans",
    image=PICTURE,
)
VALUES: dict[str, object] = {
    "published": "2026-03-02T14:30:00+08:00",
    "published.utc": "2026-03-02T06:30:00Z",
    "published.rfc822": "Mon, 02 Mar 2026 14:30:00 +0800",
    "expires": "2026-04-01T00:00:00+08:00",
    "valid": "start=2026-03-02T14:30:00+08:00; end=2026-04-01T00:00:00+08:00; scheme=W3C-DTF",
    "embargo": "",
    "language.primary": "zh",
    "authors": ("Ada", "Bob"),
    "author.email": "ada@example.com",
    "keywords": ("Sport", "sport"),
    "images": (PICTURE.url, "/b.png"),
    "image.ratio": 1.5,
    "image.shorter": 800,
    "image.title": "Quay",
    "enclosure.medium": "audio",
    "enclosure.duration": 3723,
    "enclosure.duration.clock": "1:02:03",
    "source.url": "",
    "text": "One two three",
    "site.scheme": "https",
    "set.logo": "x",
    "set.other": "",
}


@pytest.mark.parametrize(("name", "value"), VALUES.items(), ids=VALUES)
def test_a_field_has_its_value(name: str, value: object) -> None:
    found = get_field(name, Subject(item=FULL, channel=CHANNEL, values={"logo": "x"}))

    assert (found or "") == value


def test_no_date_and_no_length_are_nothing() -> None:
    item = make_item(enclosures=(replace(SOUND, duration=0),))
    subject = Subject(item=item, channel=CHANNEL)

    for name in ("expires", "expires.utc", "expires.rfc822", "valid", "enclosure.duration.clock"):
        assert get_field(name, subject) == ""
    assert get_field("enclosure.duration", subject) is None


def test_days_of_an_age_are_begun_ones() -> None:
    for seconds, days in ((0, 0), (1, 1), (86_400, 1), (86_401, 2), (-1, 0)):
        now = MARCH.seconds + seconds
        assert get_field("age", Subject(item=make_item(), channel=CHANNEL, now=now)) == days


def test_json_has_no_elements() -> None:
    feed = Feed(channel=CHANNEL, items=(make_item(),))
    profile = parse_profile(HEAD + '[[item]]\nname = "a"\ntext = "words"\n')

    assert apply_profile(feed, profile, "json", {}) is feed


def test_elements_lie_only_so_deep() -> None:
    form = 'name = "a"'
    for _ in range(6):
        form = f'name = "a"\nchild = [{{{form}}}]'.replace("\n", ", ")
    with pytest.raises(ProfileError, match="more than 5 deep"):
        parse_profile(f"{HEAD}item = [{{{form}}}]\n")
