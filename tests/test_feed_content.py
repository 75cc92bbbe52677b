"""How much feeds carry of an entry, under which license, and what its characters may be."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from feedsvc.reading import Reading, read_file
from feedsvc.settings import Settings
from tests.support.site import Site

ATOM = "{http://www.w3.org/2005/Atom}"
SECRET = "Only on our own pages."
BODY = f"The ferry sails again.\n\n{'More of it follows here. ' * 30}\n\n{SECRET}\n"


def read_fields(settings: Settings, fields: str, body: str = BODY) -> Reading:
    """Return the reading of an entry with these lines of front matter."""
    text = f"---\ntitle: Ferry\ndate: 2026-03-02\n{fields}\n---\n{body}"
    file = settings.entries / "ferry.md"
    file.write_text(text, encoding="utf-8")
    return read_file(settings.entries, "ferry.md", settings)


SUMMARY_ONLY = [
    "content: summary",
    "content: Summary",
    "content: excerpt",
    "content: partial",
    "feed_content: summary",
    "feed: {content: summary}",
    "feed: {excerpt_only: true}",  # jekyll-feed
    "feed:\n  excerpt_only: yes",
    "excerpt_only: true",
    "rss_use_excerpt: 1",  # WordPress
    "rss_use_excerpt: true",
    "RSS_FEED_SUMMARY_ONLY: True",  # Pelican
    "rssFullText: false",
    "fulltext: no",
    "feed: {full_text: false}",
    "params: {content: summary}",
    "content: full\nfeed: {excerpt_only: true}",
]
FULL = [
    "",
    "content: full",
    "feed: {excerpt_only: false}",
    "rss_use_excerpt: 0",
    "rssFullText: true",
    "content: The whole text stands here.",  # a field of another's
    "content: News",
    "content: [a, b]",
    "feed: {title: Ferries}",
    "feed: true",
    "excerpt: The opening alone.",
    "summary: true",
]
UNKNOWN = [
    ("content: sumary", "feed-content-unknown"),
    ("content: excerp", "feed-content-unknown"),
    ("feed_content: some", "feed-content-unknown"),
    ("feed: {excerpt_only: maybe}", "flag-unknown"),
    ("rss_use_excerpt: perhaps", "flag-unknown"),
    ("fulltext: nope", "flag-unknown"),
]


@pytest.mark.parametrize("fields", SUMMARY_ONLY)
def test_an_author_may_keep_the_text_out_of_feeds(
    settings: Callable[..., Settings], fields: str
) -> None:
    reading = read_fields(settings(), fields)

    assert reading.entry is not None
    assert (reading.entry.summary_only, reading.problems) == (True, ())


@pytest.mark.parametrize("fields", FULL)
def test_other_entries_are_carried_whole(settings: Callable[..., Settings], fields: str) -> None:
    reading = read_fields(settings(), fields)

    assert reading.entry is not None
    assert (reading.entry.summary_only, reading.problems) == (False, ())


@pytest.mark.parametrize(("fields", "code"), UNKNOWN)
def test_what_is_not_understood_holds_the_text_back(
    settings: Callable[..., Settings], fields: str, code: str
) -> None:
    reading = read_fields(settings(), fields)

    assert reading.entry is not None
    assert reading.entry.summary_only
    assert [(problem.code, problem.line) for problem in reading.problems] == [(code, 4)]


def test_no_query_gives_more_than_the_entry_allows(settings: Callable[..., Settings]) -> None:
    site = Site(settings())
    site.add("ferry", body=BODY, content="summary", tags="[sea]")
    site.add("quay", body="The quay is open for all to see.", tags="[sea]")

    for name in ("rss.xml", "atom.xml", "feed.json"):
        for folder in ("/", "/tags/sea/", "/2026/03/", "/languages/en/", "/archive/2026-03/"):
            for query in ("", "?content=full", "?content=summary", "?q=ferry&content=full"):
                data = site.get(f"{folder}{name}{query}").text
                assert SECRET not in data
                assert "The ferry sails again." in data
        assert "The quay is open for all to see." in site.get(f"/{name}").text
    assert SECRET in site.get("/2026/03/ferry/").text


LITTLE = {  # fields and body → what feeds with the text have of it, and what those without have
    "a title": ("title: Quay", "", "", "Quay"),
    "nothing": ("", "", "", "Quay"),  # its title is the file's name
    "only the title": ("title: Quay", "# Quay\n", "", "Quay"),
    "a picture": ("title: Quay", "![](p.png)\n", "<img ", "Quay"),
    "a picture without a title": ("", "![](p.png)\n", "<img ", "Quay"),
    "a picture in a field": ("title: Quay\nimage: p.png", "", "<figure>", "Quay"),
    "audio": ("title: Quay\nenclosure: s.mp3", "", "", "Quay"),
    "a table": ("title: Quay", "| a |\n|---|\n| 1 |\n", "<table>", "Quay"),
    "a summary": ("title: Quay\nsummary: In short.", "", "", "In short."),
    "a text": ("title: Quay", "A ferry.\n", "A ferry.", "A ferry."),
}


@pytest.mark.parametrize("query", ["", "?content=summary"])
@pytest.mark.parametrize(("fields", "body", "html", "text"), LITTLE.values(), ids=LITTLE)
def test_no_item_is_without_what_its_format_asks_for(
    settings: Callable[..., Settings], fields: str, body: str, html: str, text: str, query: str
) -> None:
    """RFC 4287, 4.1.2: content or a summary; JSON Feed 1.1: a text; RSS 2.0: a title will do."""
    site = Site(settings())
    site.write("p.png", b"\x89PNG")
    site.write("s.mp3", b"ID3")
    site.write("quay.md", f"---\ndate: 2026-03-02\n{fields}\n---\n{body}")
    html = "" if query else html

    (item,) = json.loads(site.get(f"/feed.json{query}").data)["items"]
    assert item["title"] == "Quay"
    assert html in item.get("content_html", "")
    assert item.get("content_text") == (None if html else text)
    atom = site.get_xml(f"/atom.xml{query}")
    assert html in atom.findtext(f".//{ATOM}entry/{ATOM}content", "")
    assert html or atom.findtext(f".//{ATOM}entry/{ATOM}summary") == text
    rss = site.get_xml(f"/rss.xml{query}")
    assert rss.findtext(".//item/title") == "Quay"
    assert all(one.text for one in (*rss.iter("description"), *atom.iter(f"{ATOM}summary")))


def test_a_folders_default_gives_way_to_the_entrys_own(settings: Callable[..., Settings]) -> None:
    site = Site(settings())
    site.write("_index.md", "---\ncascade:\n  content: summary\n---\n")
    site.add("ferry", body=BODY)
    site.add("quay", body=BODY, content="full")

    feed = site.get_xml("/rss.xml")

    texts = {item.findtext("title"): "".join(item.itertext()) for item in feed.iter("item")}
    assert (SECRET in texts["Quay"], SECRET in texts["Ferry"]) == (True, False)


# -- license ------------------------------------------------------------------------

CC = "https://creativecommons.org/"
LICENSES = {
    "license: https://example.com/terms": "https://example.com/terms",
    "licence: http://example.com/terms.html": "http://example.com/terms.html",
    "license: CC0": f"{CC}publicdomain/zero/1.0/",
    "license: CC0-1.0": f"{CC}publicdomain/zero/1.0/",
    "license: Creative Commons Zero 1.0 Universal": f"{CC}publicdomain/zero/1.0/",
    "license: CC-BY-4.0": f"{CC}licenses/by/4.0/",
    "license: cc by-sa 4.0": f"{CC}licenses/by-sa/4.0/",
    "license: CC BY-NC-ND 4.0 International": f"{CC}licenses/by-nc-nd/4.0/",
    "license: CC BY NC SA 3.0 Unported": f"{CC}licenses/by-nc-sa/3.0/",
    "license: CC-BY-3.0-DE": f"{CC}licenses/by/3.0/de/",
    "license: CC-BY-3.0-IGO": f"{CC}licenses/by/3.0/igo/",
    "license: MIT": "https://spdx.org/licenses/MIT.html",
    "license: mit license": "https://spdx.org/licenses/MIT.html",
    "license: OGL-UK-3.0": "https://spdx.org/licenses/OGL-UK-3.0.html",
    "license: GFDL-1.3-or-later": "https://spdx.org/licenses/GFDL-1.3-or-later.html",
    "license: CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/)": f"{CC}licenses/by/4.0/",
    "license: '[CC BY](https://creativecommons.org/licenses/by/2.0/)'": f"{CC}licenses/by/2.0/",
    "license: {name: CC BY, url: 'https://example.com/by/'}": "https://example.com/by/",
    "license: {name: CC-BY-SA-4.0}": f"{CC}licenses/by-sa/4.0/",
    "rights: CC BY 4.0": f"{CC}licenses/by/4.0/",
    "copyright: https://creativecommons.org/licenses/by/4.0/": f"{CC}licenses/by/4.0/",
    "rights: © 2026 Skarvik\nlicense: CC0": f"{CC}publicdomain/zero/1.0/",
    # no license for certain
    "license: CC BY": "",  # of which version
    "license: CC BY-SA-NC-ND 4.0": "",
    "license: CC SA 1.0": "",
    "license: All rights reserved": "",
    "license: MITs own": "",
    "license: proprietary": "",
    "rights: © 2026 Skarvik, https://skarvik.example/": "",
    "rights: not under CC BY 4.0": "",
    "rights: MIT": "",  # an institute, too
}


@pytest.mark.parametrize(("fields", "url"), LICENSES.items())
def test_a_license_is_known_by_its_address_or_its_name(
    settings: Callable[..., Settings], fields: str, url: str
) -> None:
    entry = read_fields(settings(), fields).entry

    assert entry is not None
    assert entry.license == url
    assert entry.rights


def test_a_page_links_its_license(settings: Callable[..., Settings]) -> None:
    site = Site(settings())
    site.add("ferry", license="CC BY 4.0")

    text = site.get("/2026/03/ferry/").text

    assert f'<a rel="license" href="{CC}licenses/by/4.0/">CC BY 4.0</a>' in text
    assert f'"license": "{CC}licenses/by/4.0/"' in text


# -- retraction, characters ----------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "codes", "is_dated"),
    [
        ("status: retracted\nretracted: 2026-03-05", [], True),
        ("retracted: 2026-03-05", [], True),
        ("status: retracted", ["retraction-undated"], False),
        ("status: revoked\nreason: Wrong.", ["retraction-undated"], False),
        ("retracted: true", ["retraction-undated"], False),
        ("status: retracted\nretracted: yes", ["retraction-undated"], False),
        ("status: published", [], False),
    ],
)
def test_a_retraction_without_its_date_is_a_problem(
    settings: Callable[..., Settings], fields: str, codes: list[str], is_dated: bool
) -> None:
    reading = read_fields(settings(), fields)

    assert reading.entry is not None
    assert [problem.code for problem in reading.problems] == codes
    assert (reading.entry.retracted is not None) == is_dated


CHARACTERS = {  # in the body: what is left of it, and the problem's first words
    "one\vtwo": ("one two", "the control character U+000B"),
    "one\ftwo": ("one two", "the control character U+000C"),
    "one\x1btwo": ("onetwo", "the control character U+001B"),
    "one\x07two\x08": ("onetwo", "the control character U+0007"),
    "ein\x93s": ("eins", "the control character U+0093"),
    "a\ufffeb": ("ab", "the control character U+FFFE"),
    "lost \ufffd": ("lost", "a character was lost here"),
    "tab\tand\xa0space": ("tab\tand\xa0space", ""),
    "next\x85line": ("next\nline", ""),
    "soft\xadhyphen\u200b": ("soft\xadhyphen\u200b", ""),
}


MAIL = "From: A <a@b.example>\nDate: Mon, 2 Mar 2026 10:00:00 +0000\n"
ESCAPED = {  # the ending and the text → the end of the id, the title, which fields lost something
    "yaml": (".md", '---\nid: "a\\ufffe"\ntitle: "T\\v1"\n---\n', "a", "T 1", "id title"),
    "list": (".md", '---\ntitle: T\ntags: ["x\\a", y]\n---\n', "n", "T", "tags"),
    "pair": (".json", '{"title": "\\ud83d\\ude80", "text": "x"}', "n", "\U0001f680", ""),
    "toml": (".md", '+++\nid = "a\\u0001"\ntitle = "T\\ufffe"\n+++\n', "a", "T", "id title"),
    "json": (".json", '{"id": "a\\ud800", "title": "T", "text": "x\\u0001"}', "a", "T", "id"),
    "html": (".html", '<meta name=guid content="a&#1;"><title>T</title><p>x', "a", "T", "guid"),
    "mail": (".txt", f"{MAIL}Subject: =?utf-8?q?T=EF=BF=BE=00?=\n\nWords.\n", "n", "T", "Subject"),
    "sidecar": (".txt", "T\n\nWords.\n", "s", "T", "id"),
}


@pytest.mark.parametrize(
    ("ending", "text", "own", "title", "lost"), ESCAPED.values(), ids=ESCAPED.keys()
)
def test_such_a_character_of_an_escape_is_taken_out_of_its_field_and_named(
    settings: Callable[..., Settings], ending: str, text: str, own: str, title: str, lost: str
) -> None:
    """Two ids that differ in one only would become one without a word."""
    root, name = settings().entries, f"2026-03-02-n{ending}"
    (root / name).write_text(text, encoding="utf-8")
    if own == "s":
        (root / "2026-03-02-n.yaml").write_text('id: "s\\0"\n', encoding="utf-8")

    reading = read_file(root, name, settings())

    assert reading.entry is not None
    assert reading.entry.id.endswith((f":{own}", f"-{own}"))
    assert reading.entry.title == title
    found = [one for one in reading.problems if one.code == "control-character"]
    assert " ".join(str(one.field) for one in found) == lost
    assert all("the character U+" in one.message for one in found)
    assert all(
        one.line or one.message.startswith("in '2026-03-02-n.yaml', line 1") for one in found
    )
    assert "\x01" not in reading.entry.body


@pytest.mark.parametrize(("words", "expected"), CHARACTERS.items(), ids=map(ascii, CHARACTERS))
def test_a_character_that_no_feed_may_carry_is_a_problem(
    settings: Callable[..., Settings], words: str, expected: tuple[str, str]
) -> None:
    left, message = expected

    reading = read_fields(settings(), "tags: [é]", words)

    assert reading.entry is not None
    assert reading.entry.body.strip() == left
    found = [(problem.message, problem.line) for problem in reading.problems]
    assert len(found) == bool(message)
    for said, line in found:
        assert said.startswith(message)
        assert line == 6
