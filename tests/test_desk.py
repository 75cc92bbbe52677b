"""`new`, `stamp` and `import` on real files: what they write and what they leave alone."""

from __future__ import annotations

import errno
import json
import re
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.commands.cli import main
from feedsvc.commands.new import format_yaml_value, make_file_name
from feedsvc.dialects.yaml_fields import parse_yaml
from feedsvc.model import Entry
from feedsvc.reading import read_file
from feedsvc.settings import Settings, load_settings

CONFIG = """
[site]
title = "Example News"
url = "https://news.example.com/"
id_authority = "news.example.com,2023"
timezone = "Asia/Shanghai"
index = "index"
"""
Run = Callable[..., Result]


@pytest.fixture
def run(entries_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    entries_dir.with_name("feedsvc.toml").write_text(CONFIG, encoding="utf-8")
    monkeypatch.chdir(entries_dir.parent)
    return lambda *words: CliRunner().invoke(main, words)


def read(path: str) -> Entry:
    settings = load_settings()
    entry = read_file(settings.entries, path, settings).entry
    assert entry is not None
    return entry


# ---- new


def test_new_writes_a_draft_and_prints_its_path(run: Run, entries_dir: Path) -> None:
    result = run("new", "Ferry line opens: “May” & 渡轮!")
    path = Path(result.stdout.strip())
    name = path.relative_to(entries_dir).as_posix()
    entry = read(name)

    assert result.exit_code == 0
    assert re.fullmatch(r"\d{4}/\d{4}-\d\d-\d\d-ferry-line-opens-may-渡轮\.md", name)
    assert (entry.state, entry.title, entry.slug) == (
        "draft",
        "Ferry line opens: “May” & 渡轮!",
        "ferry-line-opens-may-渡轮",
    )
    assert re.fullmatch(rf"tag:news\.example\.com,2023:{name[5:15]}:[0-9a-f]{{12}}", entry.id)
    assert (str(entry.published)[:10], str(entry.published)[-6:], entry.published.precision) == (
        name[5:15],
        "+08:00",
        "minute",
    )
    assert (
        abs((datetime.now(entry.published.when.tzinfo) - entry.published.when).total_seconds())
        < 120
    )
    assert run("check").exit_code == 0


def test_new_never_writes_over_a_file(run: Run) -> None:
    paths = {run("new", "Twice").stdout.strip() for _ in range(3)}

    assert len(paths) == 3
    assert len({Path(path).read_text(encoding="utf-8") for path in paths}) == 3


@pytest.mark.parametrize(
    "title",
    [
        "???",
        "a" * 300,
        "渡" * 300,
        "../../etc",
        "key: [1, 2]",
        "- x\n# y",
        "null",
        "हिन्दी",
        "a\x00b",
    ],
)
def test_new_takes_any_title(run: Run, entries_dir: Path, title: str) -> None:
    path = Path(run("new", "--", title).stdout.strip())

    assert path.is_relative_to(entries_dir)
    assert read(path.relative_to(entries_dir).as_posix()).title == " ".join(
        re.sub(r"[\x00-\x1f]", " ", title).split()
    )


def test_new_refuses_an_empty_title(run: Run, entries_dir: Path) -> None:
    result = run("new", " \n ")

    assert result.exit_code == 1
    assert "the title is empty" in result.stderr
    assert not list(entries_dir.iterdir())


@given(st.text())
def test_names_of_files_are_short_and_plain(title: str) -> None:
    name = make_file_name(title)

    assert 0 < len(name.encode()) < 250
    assert not re.search(r"[\s/\\.:\x00]", name)


# without what no feed may carry: reading takes that out
@given(
    st.text(
        st.characters(codec="utf-8", exclude_categories=["Cn", "Cc"], include_characters="\n\t")
    )
)
def test_words_written_as_yaml_read_back(words: str) -> None:
    parsed = parse_yaml(f"name: {format_yaml_value(words)}\n")

    assert parsed is not None
    assert parsed[0][0].value == words


# ---- stamp

NEWS = "News Center\n\nHarbour tram\n\nRelease Time: 2024-05-06   Clicks: 1398\n\nIt runs.\n"
PAGE = (
    "<!doctype html>\n<html>\n<head>\n<title>Tram</title>\n<meta name=date content=2024-05-06>\n"
    "</head>\n<body><p>It runs.</p></body>\n</html>\n"
)
STAMPED = {  # file → text before, the file that gets the id, what is added
    "yaml.md": (
        "---\ntitle: Tram # one\ndate: 2024-05-06\n---\nIt runs.\n",
        "yaml.md",
        'id: "{}"\n',
    ),
    "crlf.md": (
        "---\r\ntitle: Tram\r\ndate: 2024-05-06\r\n---\r\nIt runs.\r\n",
        "crlf.md",
        'id: "{}"\r\n',
    ),
    "cr.md": ("---\rtitle: Tram\rdate: 2024-05-06\r---\rIt runs.\r", "cr.md", 'id: "{}"\r'),
    "bom.md": ("\ufeff---\ntitle: Tram\ndate: 2024-05-06\n---\nIt runs.", "bom.md", 'id: "{}"\n'),
    "flow.md": ("---\n{title: Tram, date: 2024-05-06}\n---\nIt runs.\n", "flow.yaml", 'id: "{}"\n'),
    "toml.md": (
        '+++\ntitle = "Tram"\ndate = 2024-05-06\n[extra]\na = 1\n+++\nIt runs.\n',
        "toml.md",
        'id = "{}"\n',
    ),
    "json.md": (
        '{\n  "title": "Tram",\n  "date": "2024-05-06"\n}\n\nIt runs.\n',
        "json.md",
        '"id": "{}",\n  ',
    ),
    "object.json": (
        '{"title": "Tram", "date": "2024-05-06", "content_html": "<p>x"}',
        "object.json",
        '"id": "{}",',
    ),
    "pelican.md": ("Title: Tram\nDate: 2024-05-06\n\nIt runs.\n", "pelican.md", "id: {}\n"),
    "nikola.rst": (
        ".. title: Tram\n.. date: 2024-05-06\n\nIt runs.\n",
        "nikola.rst",
        ".. id: {}\n",
    ),
    "sphinx.rst": (
        "Tram\n====\n\n:date: 2024-05-06\n:tags: a\n\nIt runs.\n",
        "sphinx.rst",
        ":id: {}\n",
    ),
    "ascii.adoc": ("= Tram\n:date: 2024-05-06\n\nIt runs.\n", "ascii.adoc", ":id: {}\n"),
    "org.org": ("#+TITLE: Tram\n#+DATE: 2024-05-06\n\nIt runs.\n", "org.org", "#+id: {}\n"),
    "page.html": (PAGE, "page.html", '<meta name="id" content="{}">\n'),
    "labelled.txt": (NEWS, "labelled.yaml", 'id: "{}"\n'),
    "2024-05-06-plain.md": ("# Tram\n\nIt runs.\n", "2024-05-06-plain.yaml", 'id: "{}"\n'),
    "bundle/index.txt": (NEWS, "bundle/index.yaml", 'id: "{}"\n'),
}


@pytest.mark.parametrize(("text", "written", "added"), STAMPED.values(), ids=STAMPED)
def test_stamp_adds_the_id_and_nothing_else(
    run: Run, entries_dir: Path, request: pytest.FixtureRequest, text: str, written: str, added: str
) -> None:
    path = request.node.callspec.id
    file = entries_dir / path
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(text.encode())
    file.chmod(0o640)
    before = read(path)
    result = run("stamp")
    after = read(path)
    line = added.format(before.id).encode()
    old = text.encode() if written == path else b""

    assert (result.exit_code, result.stdout) == (0, f"{written}\n")
    assert (entries_dir / written).read_bytes().replace(line, b"", 1) == old
    assert (after.id, after.title, after.published, after.body) == (
        before.id,
        before.title,
        before.published,
        before.body,
    )
    assert file.stat().st_mode & 0o777 == 0o640
    assert run("stamp").stdout == ""

    renamed = file.with_name(f"2024-05-06-renamed{file.suffix}")
    file.rename(renamed)
    if written != path:
        (entries_dir / written).rename(renamed.with_suffix(".yaml"))

    assert read(renamed.relative_to(entries_dir).as_posix()).id == before.id


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-be", "latin-1", "gb18030"])
def test_stamp_keeps_the_encoding(run: Run, entries_dir: Path, codec: str) -> None:
    words = (
        "电车沿着港口运行，已有一百万名乘客。"
        if codec == "gb18030"
        else "Le café est ouvert à Noël, déjà fêté."
    )
    text = f"---\ntitle: {words}\ndate: 2024-05-06\n---\n{words * 9}\n"
    data = (b"\xfe\xff" if codec == "utf-16-be" else b"") + text.encode(codec)
    (entries_dir / "tram.md").write_bytes(data)
    before = read("tram.md")
    run("stamp")
    lines = (
        (entries_dir / "tram.md")
        .read_bytes()
        .decode("utf-16" if "16" in codec else codec)
        .splitlines()
    )

    assert lines[1] == f'id: "{before.id}"'
    assert [lines[0], *lines[2:]] == text.splitlines()
    assert (read("tram.md").title, read("tram.md").encoding) == (words, before.encoding)


def test_stamp_leaves_entries_with_an_id_and_bad_files_alone(run: Run, entries_dir: Path) -> None:
    texts = {
        "own.md": "---\ntitle: A\ndate: 2024-05-06\nguid: x\n---\nText.\n",
        "beside.txt": NEWS,
        "beside.yaml": "uuid: y\n",
        "bad.md": "---\ntitle: A\ndate: 2023-02-30\n---\nText.\n",
        "README.md": "# Read me\n",
    }
    for path, text in texts.items():
        (entries_dir / path).write_text(text, encoding="utf-8")
    result = run("stamp")

    assert (result.exit_code, result.stdout) == (0, "")
    assert {path.name: path.read_text(encoding="utf-8") for path in entries_dir.iterdir()} == texts


def test_stamp_extends_a_sidecar_that_is_there(run: Run, entries_dir: Path) -> None:
    (entries_dir / "tram.txt").write_text(NEWS, encoding="utf-8")
    (entries_dir / "tram.yaml").write_text("---\n# by the desk\ntags: [a]\n", encoding="utf-8")
    run("stamp")

    assert (entries_dir / "tram.yaml").read_text(encoding="utf-8") == (
        '---\nid: "tag:news.example.com,2023:tram"\n# by the desk\ntags: [a]\n'
    )
    assert read("tram.txt").tags == ("a",)


def test_stamp_leaves_all_as_it_was_where_it_would_change_more(run: Run, entries_dir: Path) -> None:
    texts = {"tram.txt": NEWS, "tram.yaml": "? [a]\n: b\n", "bus.txt": NEWS, "bus.yaml": "- a\n"}
    for path, text in texts.items():
        (entries_dir / path).write_text(text, encoding="utf-8")
    (entries_dir / "sea.txt").write_text(NEWS.replace("Clicks: 1398", "Id: own"), encoding="utf-8")
    before = {path: path.read_bytes() for path in entries_dir.iterdir()}
    result = run("stamp")

    assert (result.exit_code, result.stdout) == (
        0,
        "tram.yaml\n",
    )  # bus has a broken sidecar, and so no entry
    assert {path: data for path, data in before.items() if path.name != "tram.yaml"} == {
        path: path.read_bytes() for path in entries_dir.iterdir() if path.name != "tram.yaml"
    }


def test_stamp_says_which_file_it_cannot_write(
    run: Run, entries_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (entries_dir / "a.md").write_text(
        "---\ntitle: A\ndate: 2024-05-06\n---\nText.\n", encoding="utf-8"
    )
    (entries_dir / "b.md").write_text(
        "---\ntitle: B\ndate: 2024-05-06\n---\nText.\n", encoding="utf-8"
    )
    monkeypatch.setattr("tempfile.mkstemp", refuse_once(tempfile.mkstemp))
    result = run("stamp")

    assert (result.exit_code, result.stdout) == (1, "b.md\n")
    assert "a.md: the id cannot be written: Permission denied; check the rights" in result.stderr


def refuse_once(make: Callable[..., tuple[int, str]]) -> Callable[..., tuple[int, str]]:
    refused: list[bool] = []

    def make_or_refuse(**where: Any) -> tuple[int, str]:
        if not refused:
            refused.append(True)
            raise PermissionError(errno.EACCES, "Permission denied")
        return make(**where)

    return make_or_refuse


# ---- import

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom">
<channel><title>Old news</title><link>https://old.example.com/</link><description>d</description>
<item><title>Tram &amp;amp; bus</title><link>https://old.example.com/2024/tram/?a=1&amp;b=2</link>
 <guid isPermaLink="false">post-12345</guid><pubDate>Thu, 02 May 2024 10:00:00 +0200</pubDate>
 <dc:creator>Jane Doe</dc:creator><dc:creator>John Roe</dc:creator><category>Harbour</category>
 <description>It &lt;b&gt;runs&lt;/b&gt;.</description>
 <content:encoded><![CDATA[<p>It runs&nbsp;{{ fast }}.</p><p>Daily.</p>]]></content:encoded>
 <enclosure url="https://old.example.com/tram.mp3" length="123" type="audio/mpeg"/>
 <atom:updated>2024-05-03T10:00:00+02:00</atom:updated></item>
<item><title>Ferry&nbsp;& quay</title><link>https://news.example.com/2024/ferry.html</link>
 <guid>https://old.example.com/?p=7</guid><pubDate>Wed, 01 May 2024 10:00:00 GMT</pubDate>
 <author>joe@example.com (Joe)</author><description>Plain text.</description></item>
<item><title>No guid</title><link>https://old.example.com/a</link><pubDate>1 May 2024 09:00:00 GMT</pubDate></item>
<item><title>No date</title><guid isPermaLink="false">undated</guid><description>x</description></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr">
<title>Vieux</title><id>urn:x:feed</id><updated>2024-05-02T10:00:00Z</updated><author><name>La rédaction</name></author>
<entry><id>urn:uuid:60a76c80-d399-11d9-b93c-0003939e0af6</id><title type="text">a &lt; b &amp;amp; c</title>
 <link href="https://old.example.com/un"/>
 <link rel="enclosure" href="https://old.example.com/un.mp3" type="audio/mpeg" length="9"/>
 <published>2024-05-01T10:00:00.5-03:30</published><updated>2024-05-02T10:00:00Z</updated>
 <category term="port" label="Port"/><summary>Court.</summary>
 <content type="xhtml">
 <div xmlns="http://www.w3.org/1999/xhtml"><p>Un <em>deux</em> &amp; trois.</p></div></content></entry>
<entry><id>tag:old.example.com,2005:2</id><title type="html">&lt;em&gt;Deux&lt;/em&gt;</title>
 <updated>2024-05-01T10:00:00Z</updated><content type="html">&lt;p&gt;Corps&lt;/p&gt;</content></entry></feed>"""
RDF = """<?xml version="1.0" encoding="gb2312"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://old.example.com/"><title>新闻</title><dc:language>zh</dc:language></channel>
<item rdf:about="https://old.example.com/1"><title>港口电车开通</title><link>https://old.example.com/1</link>
<dc:date>2024-05-06T10:00+08:00</dc:date><description>港口电车今天开通。</description></item></rdf:RDF>"""
JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Old",
    "items": [
        {"id": 7, "url": "https://old.example.com/7", "title": "a <b> c", "content_text": "One.\n\nTwo.",
         "date_published": "2024-05-06T10:00:00+02:00", "tags": ["x", "y"], "authors": [{"name": "Jane"}],
         "attachments": [{"url": "https://a.example/7.mp3", "mime_type": "audio/mpeg", "duration_in_seconds": 61}]},
    ],
}  # fmt: skip
WXR = """<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"><channel><title>W</title>
<item><title>Post</title><link>https://news.example.com/2024/05/post/</link><guid isPermaLink="false">https://news.example.com/?p=1</guid>
<pubDate>Mon, 06 May 2024 08:00:00 +0000</pubDate><content:encoded><![CDATA[One.

Two.]]></content:encoded><excerpt:encoded><![CDATA[Short.]]></excerpt:encoded>
<wp:post_type>post</wp:post_type><wp:status>publish</wp:status>
<category domain="post_tag" nicename="t">Tag</category><category domain="category" nicename="c">Cat</category></item>
<item><title>Draft</title><pubDate>Mon, 30 Nov -0001 00:00:00 +0000</pubDate><guid isPermaLink="false">https://news.example.com/?p=2</guid>
<content:encoded>x</content:encoded><wp:post_type>post</wp:post_type><wp:status>draft</wp:status></item>
<item><title>About</title><guid>https://news.example.com/?page_id=3</guid><wp:post_type>page</wp:post_type></item></channel></rss>"""


def bring(run: Run, entries_dir: Path, feed: str | bytes) -> list[str]:
    file = entries_dir.parent / "old-feed"
    file.write_bytes(feed if isinstance(feed, bytes) else feed.encode())
    result = run("import", str(file))
    assert result.exit_code == 0, result.output
    return [Path(line).relative_to(entries_dir).as_posix() for line in result.stdout.splitlines()]


def test_import_keeps_what_an_rss_feed_says(run: Run, entries_dir: Path) -> None:
    paths = bring(run, entries_dir, RSS)
    entry = read(paths[0])

    assert paths == [
        "2024/2024-05-02-tram.html",
        "2024/2024-05-01-ferry.html",
        "2024/2024-05-01-no-guid.html",
        "undated/no-date.html",
    ]
    assert (entry.id, entry.title, entry.url) == (
        "post-12345",
        "Tram & bus",
        "https://old.example.com/2024/tram/?a=1&b=2",
    )
    assert (str(entry.published), str(entry.updated)) == (
        "2024-05-02T10:00:00+02:00",
        "2024-05-03T10:00:00+02:00",
    )
    assert [author.name for author in entry.authors] == ["Jane Doe", "John Roe"]
    assert (entry.categories, entry.summary) == (("Harbour",), "It runs.")
    assert [(one.url, one.type, one.length) for one in entry.enclosures] == [
        ("https://old.example.com/tram.mp3", "audio/mpeg", 123)
    ]

    entry = read(paths[1])

    assert (entry.id, entry.title, entry.permalink_path) == (
        "https://old.example.com/?p=7",
        "Ferry & quay",
        "/2024/ferry.html",
    )
    assert (entry.authors[0].name, entry.authors[0].email) == ("Joe", "joe@example.com")
    assert (str(entry.published), entry.updated) == ("2024-05-01T10:00:00+00:00", None)
    assert read(paths[2]).id == "https://old.example.com/a"


def test_the_served_feed_has_the_ids_links_and_dates_of_the_old_one(
    run: Run, entries_dir: Path
) -> None:
    bring(run, entries_dir, RSS)
    old = RSS.replace("&nbsp;& ", " ").replace("GMT", "+0000")

    def list_items(text: str | bytes) -> list[tuple[str | None, ...]]:
        items = ET.fromstring(text).iter("item")
        return [
            tuple(item.findtext(name) for name in ("guid", "link", "pubDate")) for item in items
        ]

    assert list_items(run("render", "/rss.xml").stdout_bytes)[:2] == list_items(old)[:2]
    assert "{{ fast }}" in run("render", "/rss.xml").stdout


def test_a_second_import_adds_nothing(run: Run, entries_dir: Path) -> None:
    paths = bring(run, entries_dir, RSS)
    (entries_dir / paths[0]).rename(entries_dir / "renamed.html")
    before = {path: path.read_bytes() for path in entries_dir.rglob("*.html")}

    assert bring(run, entries_dir, RSS) == []
    assert {path: path.read_bytes() for path in entries_dir.rglob("*.html")} == before


def test_import_writes_over_no_file(run: Run, entries_dir: Path) -> None:
    mine = entries_dir / "2024/2024-05-02-tram.html"
    mine.parent.mkdir()
    mine.write_text("mine", encoding="utf-8")

    assert bring(run, entries_dir, RSS)[0] == "2024/2024-05-02-tram-2.html"
    assert mine.read_text(encoding="utf-8") == "mine"


def test_import_keeps_what_an_atom_feed_says(run: Run, entries_dir: Path) -> None:
    first, second = (read(path) for path in bring(run, entries_dir, ATOM))

    assert (first.id, first.title) == (
        "urn:uuid:60a76c80-d399-11d9-b93c-0003939e0af6",
        "a < b &amp; c",
    )
    assert (str(first.published), str(first.updated)) == (
        "2024-05-01T10:00:00-03:30",
        "2024-05-02T10:00:00+00:00",
    )
    assert (first.language, first.categories, first.summary) == ("fr", ("Port",), "Court.")
    assert first.authors[0].name == "La rédaction"
    assert first.enclosures[0].length == 9
    assert first.body.strip() == "<p>Un <em>deux</em> &amp; trois.</p>"
    assert (second.id, second.title, second.body.strip()) == (
        "tag:old.example.com,2005:2",
        "Deux",
        "<p>Corps</p>",
    )
    assert (str(second.published), second.updated) == ("2024-05-01T10:00:00+00:00", None)


def test_import_reads_rss_1_in_its_own_encoding(run: Run, entries_dir: Path) -> None:
    (path,) = bring(run, entries_dir, RDF.encode("gb2312"))
    entry = read(path)

    assert path == "2024/2024-05-06-港口电车开通.html"
    assert (entry.id, entry.title, entry.language) == (
        "https://old.example.com/1",
        "港口电车开通",
        "zh",
    )
    assert str(entry.published) == "2024-05-06T10:00:00+08:00"


def test_import_reads_json_feed(run: Run, entries_dir: Path) -> None:
    (path,) = bring(run, entries_dir, json.dumps(JSON_FEED))
    entry = read(path)

    assert (entry.id, entry.title, entry.tags) == ("7", "a <b> c", ("x", "y"))
    assert "<p>One.</p>" in entry.body
    assert entry.enclosures[0].duration == 61


def test_import_reads_the_export_of_wordpress(run: Run, entries_dir: Path) -> None:
    paths = bring(run, entries_dir, WXR)
    entry = read(paths[0])

    assert paths == ["2024/2024-05-06-post.html", "undated/draft.html"]
    assert (entry.id, entry.permalink_path) == ("https://news.example.com/?p=1", "/2024/05/post/")
    assert (entry.tags, entry.categories, entry.summary) == (("Tag",), ("Cat",), "Short.")
    assert entry.body == "<p>One.</p>\n<p>Two.</p>\n"
    settings: Settings = load_settings()
    assert read_file(settings.entries, paths[1], settings).state == "draft"


@pytest.mark.parametrize(
    ("feed", "message"),
    [
        ("<rss><channel>", "line 1: the feed is not well-formed XML"),
        ("<html><body/></html>", "begins with 'html', which is no feed"),
        ('{"title": "x"}', "JSON without a list of items"),
        ("{", "is not JSON"),
        ("", "the file is empty"),
        ("Just a text", "not well-formed"),
    ],
)
def test_what_is_no_feed_is_refused(run: Run, entries_dir: Path, feed: str, message: str) -> None:
    file = entries_dir.parent / "old-feed"
    file.write_text(feed, encoding="utf-8")
    result = run("import", str(file))

    assert (result.exit_code, result.stdout) == (1, "")
    assert message in result.stderr
    assert "Traceback" not in result.output
    assert not list(entries_dir.iterdir())
