"""`import`: files of old feeds become entries with the same ids, dates and texts."""

from __future__ import annotations

import errno
import json
import os
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

from feedsvc.commands.feed_file import parse_feed
from feedsvc.commands.feed_file.wordpress import render_post
from feedsvc.commands.file_writing import write_new_file
from feedsvc.errors import EntryError
from feedsvc.reading import read_file
from feedsvc.settings import Settings, load_settings
from tests.support.commands import Run, read_entry

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
 xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>W</title>
<wp:author><wp:author_id>1</wp:author_id><wp:author_login><![CDATA[jd]]></wp:author_login><wp:author_email>j@x.example</wp:author_email>
<wp:author_display_name><![CDATA[Jane Doe]]></wp:author_display_name><wp:author_last_name>Doe</wp:author_last_name></wp:author>
<wp:author><wp:author_login>b</wp:author_login><wp:author_display_name/></wp:author>
<item><title>Post</title><dc:creator><![CDATA[jd]]></dc:creator><link>https://news.example.com/2024/05/post/</link><guid isPermaLink="false">https://news.example.com/?p=1</guid>
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
    entry = read_entry(paths[0])

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

    entry = read_entry(paths[1])

    assert (entry.id, entry.title, entry.permalink_path) == (
        "https://old.example.com/?p=7",
        "Ferry & quay",
        "/2024/ferry.html",
    )
    assert (entry.authors[0].name, entry.authors[0].email) == ("Joe", "joe@example.com")
    assert (str(entry.published), entry.updated) == ("2024-05-01T10:00:00+00:00", None)
    assert read_entry(paths[2]).id == "https://old.example.com/a"


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


@pytest.mark.parametrize("state", ["", "<wp:status>draft</wp:status>"], ids=["error", "draft"])
@pytest.mark.parametrize("id_", ["undated", "urn:x:undated", "https://old.example.com/?p=9"])
def test_an_edited_entry_without_a_date_is_known_by_its_id(
    run: Run, entries_dir: Path, id_: str, state: str
) -> None:
    feed = f"""<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/"><channel><title>T</title>
<item><title>One</title><guid isPermaLink="false">{id_}</guid><description>x</description>{state}
<wp:post_type>post</wp:post_type></item></channel></rss>"""
    (path,) = bring(run, entries_dir, feed)
    file = entries_dir / path
    file.write_text(file.read_text(encoding="utf-8") + "Edited.\n", encoding="utf-8")

    assert path == "undated/one.html"
    assert bring(run, entries_dir, feed) == []


@pytest.mark.parametrize("has_links", [True, False])
def test_of_two_imports_at_once_one_writes_each_entry(
    run: Run, entries_dir: Path, monkeypatch: pytest.MonkeyPatch, *, has_links: bool
) -> None:
    """The other one always comes first: it writes each file just before this one does."""
    made, link = list[Path](), os.link

    def link_second(source: Path, target: Path) -> None:
        monkeypatch.setattr(os, "link", link if has_links else refuse)
        made.append(write_new_file(target, source.read_bytes())[0])
        monkeypatch.setattr(os, "link", link_second)
        link(source, target)

    def refuse(source: Path, _target: Path) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM), source)

    monkeypatch.setattr(os, "link", link_second)

    assert bring(run, entries_dir, RSS) == []
    assert sorted(made) == sorted(path for path in entries_dir.rglob("*") if path.is_file())
    assert len(made) == 4
    assert {path.stat().st_mode & 0o777 for path in made} == {0o666 & ~get_umask()}


def get_umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: os.symlink("nowhere", path)])
def test_what_is_no_file_stops_no_import(
    run: Run, entries_dir: Path, make: Callable[[Path], None]
) -> None:
    taken = entries_dir / "2024/2024-05-02-tram.html"
    taken.parent.mkdir()
    make(taken)
    kind = taken.lstat().st_mode
    paths = bring(run, entries_dir, RSS)

    assert (paths[0], len(paths)) == ("2024/2024-05-02-tram-2.html", 4)
    assert taken.lstat().st_mode == kind


@pytest.mark.parametrize("folder", ["undated", "2024"])
@pytest.mark.parametrize("make", [Path.touch, os.mkfifo, lambda path: os.symlink("nowhere", path)])
def test_what_is_in_the_place_of_a_folder_costs_the_items_in_it(
    run: Run, entries_dir: Path, folder: str, make: Callable[[Path], None]
) -> None:
    taken = entries_dir / folder
    make(taken)
    file = entries_dir.with_name("old-feed")
    file.write_text(RSS, encoding="utf-8")
    result = run("import", str(file))
    rest = {"undated": "1 item", "2024": "3 items"}[folder]

    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == {"undated": 3, "2024": 1}[folder]
    assert result.stderr.splitlines()[-1] == (
        f"feedsvc: {taken}: it is not a folder, so {rest} could not be written;"
        " rename it, and import again"
    )
    assert not taken.is_dir()

    taken.unlink()

    assert f"{folder}/" in "".join(bring(run, entries_dir, RSS))
    assert len(list(entries_dir.rglob("*.html"))) == 4


def test_import_writes_over_no_file(run: Run, entries_dir: Path) -> None:
    mine = entries_dir / "2024/2024-05-02-tram.html"
    mine.parent.mkdir()
    mine.write_text("mine", encoding="utf-8")

    assert bring(run, entries_dir, RSS)[0] == "2024/2024-05-02-tram-2.html"
    assert mine.read_text(encoding="utf-8") == "mine"


def test_import_keeps_what_an_atom_feed_says(run: Run, entries_dir: Path) -> None:
    first, second = (read_entry(path) for path in bring(run, entries_dir, ATOM))

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
    entry = read_entry(path)

    assert path == "2024/2024-05-06-港口电车开通.html"
    assert (entry.id, entry.title, entry.language) == (
        "https://old.example.com/1",
        "港口电车开通",
        "zh",
    )
    assert str(entry.published) == "2024-05-06T10:00:00+08:00"


def test_import_reads_json_feed(run: Run, entries_dir: Path) -> None:
    (path,) = bring(run, entries_dir, json.dumps(JSON_FEED))
    entry = read_entry(path)

    assert (entry.id, entry.title, entry.tags) == ("7", "a <b> c", ("x", "y"))
    assert "<p>One.</p>" in entry.body
    assert entry.enclosures[0].duration == 61


def test_import_reads_the_export_of_wordpress(run: Run, entries_dir: Path) -> None:
    paths = bring(run, entries_dir, WXR)
    entry = read_entry(paths[0])

    assert paths == ["2024/2024-05-06-post.html", "undated/draft.html"]
    assert (entry.id, entry.permalink_path) == ("https://news.example.com/?p=1", "/2024/05/post/")
    assert (entry.tags, entry.categories, entry.summary) == (("Tag",), ("Cat",), "Short.")
    assert entry.body == "<p>One.</p>\n<p>Two.</p>\n"
    assert [one.name for one in entry.authors] == ["Jane Doe"]  # not the login
    settings: Settings = load_settings()
    assert read_file(settings.entries, paths[1], settings).state == "draft"


@pytest.mark.parametrize(
    ("feed", "message"),
    [
        ("<rss><channel>", "line 1: the feed is not well-formed XML"),
        ("<html><body/></html>", "begins with 'html', which is not a feed"),
        ('{"title": "x"}', "JSON without a list of items"),
        ("{", "is not JSON"),
        ("", "the file is empty; give the file of an RSS, Atom or JSON feed"),
        ("\0\1", "the file is not text; give the file of an RSS, Atom or JSON feed"),
        ("Just a text", "begins with 'Just a text', which is not a feed"),
        ("[]", "begins with '[]', which is not a feed"),
        ("<!doctype html>\n<HTML><br></HTML>", "begins with 'HTML', which is not a feed"),
        ("PHP Notice: x\n<rss/>", "begins with 'PHP Notice: x\\n<rss/>', which is not a feed"),
        (
            "<rss><channel/></rss>\n<script>",
            "line 2: the feed is not well-formed XML at '<script>' (junk after document element);"
            " correct it there",
        ),
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


PODCAST = """<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"
 xmlns:media="http://search.yahoo.com/mrss/"><channel><title>P</title><language>en-gb</language>
<item><title>Episode</title><description>&lt;p>Notes&lt;/p></description>
 <itunes:summary>Short</itunes:summary><media:description>Picture</media:description>
 <media:group><media:thumbnail url="https://old.example.com/t.jpg"/></media:group>
 <author>jane@example.online (Jane)</author><guid isPermaLink="false"> one </guid>
 <source url="https://other.example.com/rss">Other</source><comments>https://c.example.com/</comments>
 <enclosure url="https://old.example.com/1.mp3" length="10" type="audio/mpeg"/></item>
</channel></rss>"""
EXPORT = """<rss version="2.0" xmlns:w="http://wordpress.org/export/1.0/"
 xmlns:e="http://wordpress.org/export/1.0/excerpt/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>W</title>
<item><title>{name}</title><guid isPermaLink="false">{name}</guid><content:encoded>x</content:encoded>
 <e:encoded>Excerpt.</e:encoded><w:post_date_gmt>2020-01-02 03:04:05</w:post_date_gmt>
 <w:post_type>post</w:post_type>{more}</item></channel></rss>"""


EPISODES = {  # elements of an item, and the fields that they become
    "<itunes:duration>1:02:03</itunes:duration>": {"duration": "1:02:03"},
    "<itunes:episode> 7 </itunes:episode><itunes:season>2</itunes:season>": {"episode": "7", "season": "2"},
    "<p:episode>8</p:episode><p:season name='Summer'>3</p:season>": {"episode": "8", "season": "3"},
    "<p:episode>8</p:episode><itunes:episode>7</itunes:episode>": {"episode": "7"},
    "<itunes:episodeType>bonus</itunes:episodeType>": {"episode_type": "bonus"},
    "<itunes:explicit>clean</itunes:explicit>": {"explicit": "clean"},
    "<itunes:image href='https://a.example/1.jpg'/>": {"episode_image": "https://a.example/1.jpg"},
    "<p:chapters url='https://a.example/1.json' type='x'/>": {"chapters": "https://a.example/1.json"},
    "<p:transcript url='https://a.example/1.vtt' type='text/vtt' rel='captions'/><p:transcript url='https://a.example/1.srt' type=''/>": {
        "transcripts": [
            {"url": "https://a.example/1.vtt", "type": "text/vtt", "rel": "captions"},
            {"url": "https://a.example/1.srt"},
        ]
    },
    "<p:person>Ann</p:person><p:person role='guest' href='https://b.example/'><![CDATA[Bo & Co]]></p:person><p:person/>": {
        "people": [{"name": "Ann"}, {"role": "guest", "href": "https://b.example/", "name": "Bo & Co"}]
    },
    "<i:duration>61</i:duration><i:image/><itunes:episode/>": {"duration": "61"},
    "<x:episode>1</x:episode><transcript url='https://a.example/1.vtt'/>": {},
}  # fmt: skip


@pytest.mark.parametrize("elements", EPISODES)
def test_an_episode_keeps_what_podcasts_have(elements: str) -> None:
    spaces = "http://www.itunes.com/dtds/podcast-1.0.dtd", "https://podcastindex.org/namespace/1.0"
    head = (
        f'<rss version="2.0" xmlns:itunes="{spaces[0]}" xmlns:i="{spaces[0]}" xmlns:p="{spaces[1]}"'
        ' xmlns:x="https://x.example/"><channel><title>P</title><itunes:duration>9</itunes:duration>'
    )
    item = "<item><title>{}</title>{}<itunes:author>Ann</itunes:author></item>"
    file = '<enclosure url="https://a.example/1.mp3" length="9" type="audio/mpeg"/>'
    before, episode, without = parse_feed(
        f"{head}{item.format('Before', file)}{item.format('Episode', file + elements)}"
        f"{item.format('No file', elements)}</channel></rss>".encode()
    ).items

    common = {"title", "enclosures"}
    assert {
        name: value for name, value in episode.fields.items() if name not in common
    } == EPISODES[elements]
    assert before.fields.keys() == common
    assert without.fields == {"title": "No file"}


def test_a_podcast_keeps_its_description_for_its_body() -> None:
    (item,) = parse_feed(PODCAST.encode()).items

    assert item.html == "<p>Notes</p>"
    assert item.fields == {
        "title": "Episode",
        "id": "one",
        "language": "en-gb",
        "authors": ["jane@example.online (Jane)"],
        "image": "https://old.example.com/t.jpg",
        "enclosures": [
            {"url": "https://old.example.com/1.mp3", "type": "audio/mpeg", "length": "10"}
        ],
        "origin": {"title": "Other", "url": "https://other.example.com/rss"},
        "comments": "https://c.example.com/",
    }


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ("<w:status>publish</w:status>", None),
        ("<w:status>private</w:status>", "draft"),
        ("<w:status>trash</w:status>", "draft"),
        ("<w:status>publish</w:status><w:post_password>secret</w:post_password>", "draft"),
    ],
)
def test_only_what_wordpress_showed_to_everybody_is_public(more: str, state: str | None) -> None:
    (item,) = parse_feed(EXPORT.format(name="Post", more=more).encode()).items

    assert item.fields.get("status") == state
    assert item.fields["published"] == "2020-01-02 03:04:05Z"
    assert item.fields["summary"] == "Excerpt."


def test_nothing_is_opened_but_the_file() -> None:
    feed = """<!DOCTYPE rss [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>
<rss version="2.0"><channel><item><title>&b;&c;</title><guid>1</guid></item></channel></rss>"""

    assert parse_feed(feed.encode()).items[0].fields["title"] == "&b;&c;"


def test_entries_that_are_a_file_are_refused_in_one_line(run: Run, entries_dir: Path) -> None:
    for name in ("a.xml", "b.xml"):
        (entries_dir.parent / name).write_text(RSS, encoding="utf-8")
    result = run("import", "a.xml", "b.xml")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1
    assert "b.xml' is not a folder" in result.stderr


def parse(feed: str) -> list[tuple[str, str | None]]:
    """Return title and status of each item of *feed*."""
    items = parse_feed(feed.encode()).items
    return [(item.fields.get("title", ""), item.fields.get("status")) for item in items]


BLOGGER = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:app="{app}">
<entry><id>tag:blogger.com,1999:blog-1.template</id><title>Template: Skarvik</title>
 <category scheme="http://schemas.google.com/g/2005#kind" term="http://schemas.google.com/blogger/2008/kind#template"/></entry>
<entry><id>tag:blogger.com,1999:blog-1.settings.X</id><title>The e-mail of the admin</title>
 <category scheme="http://schemas.google.com/g/2005#kind" term="http://schemas.google.com/blogger/2008/kind#settings"/></entry>
<entry><id>tag:blogger.com,1999:blog-1.post-1</id><title>Ferry</title><published>2026-03-02T10:00:00Z</published>
 <category scheme="http://schemas.google.com/g/2005#kind" term="http://schemas.google.com/blogger/2008/kind#post"/>
 <category scheme="http://www.blogger.com/atom/ns#" term="Harbour"/><content type="html">x</content></entry>
<entry><id>tag:blogger.com,1999:blog-1.post-2</id><title>Merger</title>{control}
 <category scheme="http://schemas.google.com/g/2005#kind" term="http://schemas.google.com/blogger/2008/kind#post"/></entry>
<entry><id>tag:blogger.com,1999:blog-1.page-3</id><title>About</title>
 <category scheme="http://schemas.google.com/g/2005#kind" term="http://schemas.google.com/blogger/2008/kind#page"/></entry>
<entry><id>tag:blogger.com,1999:blog-1.post-4</id><title>Nice!</title>
 <category scheme="http://schemas.google.com/g/2005#kind" term="http://schemas.google.com/blogger/2008/kind#comment"/></entry>
</feed>"""


@pytest.mark.parametrize(
    ("app", "control"),
    [
        ("http://purl.org/atom/app#", "<app:control><app:draft>yes</app:draft></app:control>"),
        ("http://www.w3.org/2007/app", "<app:control><app:draft>yes</app:draft></app:control>"),
        ("x", '<p:control xmlns:p="http://www.w3.org/2007/app"><p:draft> Yes </p:draft></p:control>'),
        ("x", '<control xmlns="http://www.w3.org/2007/app"><draft>yes</draft></control>'),
    ],
)  # fmt: skip
def test_only_posts_of_blogger_are_entries_and_drafts_stay_drafts(app: str, control: str) -> None:
    feed = BLOGGER.format(app=app, control=control)

    assert parse(feed) == [("Ferry", None), ("Merger", "draft")]
    assert parse_feed(feed.encode()).items[0].fields["categories"] == ["Harbour"]
    left_out = {"template": 1, "setting": 1, "page": 1, "comment": 1}
    assert parse_feed(feed.encode()).left_out == left_out


def test_a_page_of_googles_takeout_keeps_its_address(run: Run, entries_dir: Path) -> None:
    feed = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:b="http://schemas.google.com/blogger/2018">'
        "<entry><id>tag:blogger.com,1999:blog-1.post-2</id><title>Ferry</title>"
        "<published>2026-03-02T08:00:00Z</published><b:type>POST</b:type><b:status>LIVE</b:status>"
        "<b:filename>/2026/03/new-quay.html</b:filename></entry></feed>"
    )
    (path,) = bring(run, entries_dir, feed)

    assert read_entry(path).url == "https://news.example.com/2026/03/new-quay.html"


@pytest.mark.parametrize("date", ["", "Mon, 30 Nov -0001 00:00:00 +0000"])
def test_a_draft_of_wordpress_has_the_date_of_its_clock(
    run: Run, entries_dir: Path, date: str
) -> None:
    draft = WXR.replace("Mon, 30 Nov -0001 00:00:00 +0000", date).replace(
        "<wp:status>draft",
        "<wp:post_date>2026-03-05 09:00:00</wp:post_date>"
        "<wp:post_date_gmt>0000-00-00 00:00:00</wp:post_date_gmt><wp:status>draft",
    )

    assert bring(run, entries_dir, draft)[1] == "2026/2026-03-05-draft.html"


def test_the_export_of_googles_takeout_is_read_by_type_and_status() -> None:
    entries = "".join(
        f"<entry><id>{n}</id><title>{n}</title><b:type>{kind}</b:type><b:status>{status}</b:status>"
        f"{more}</entry>"
        for n, (kind, status, more) in enumerate(
            [
                ("POST", "LIVE", ""),
                ("POST", "DRAFT", ""),
                ("POST", "SOFT_TRASHED", ""),
                ("POST", "LIVE", "<b:trashed>true</b:trashed>"),
                ("COMMENT", "LIVE", ""),
                ("PAGE", "LIVE", ""),
                ("POST", "SCHEDULED", ""),
            ]
        )
    )
    feed = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:b="http://schemas.google.com/blogger/2018">'
        f"{entries}</feed>"
    )

    assert parse(feed) == [
        ("0", None), ("1", "draft"), ("2", "draft"), ("3", "draft"), ("6", None)
    ]  # fmt: skip


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
def test_every_namespace_of_wordpress_is_read(scheme: str, version: str) -> None:
    items = "".join(
        f"<item><title>{n}</title><guid isPermaLink='false'>{n}</guid>"
        f"<category domain='post_format'>Aside</category><category domain='category'>Port</category>"
        f"<wp:post_type>{kind}</wp:post_type><wp:status>{status}</wp:status>"
        f"<wp:post_password>{password}</wp:post_password></item>"
        for n, (kind, status, password) in enumerate(
            [
                ("post", "publish", ""),
                ("post", "draft", ""),
                ("post", "trash", ""),
                ("post", "publish", "herring"),
                ("post", "future", ""),
                ("page", "publish", ""),
                ("attachment", "inherit", ""),
                ("nav_menu_item", "publish", ""),
                ("revision", "inherit", ""),
                ("post", "auto-draft", ""),
            ]
        )
    )
    space = f"{scheme}://wordpress.org/export/{version}/"
    feed = f'<rss version="2.0" xmlns:wp="{space}"><channel><title>W</title>{items}</channel></rss>'
    parsed = parse_feed(feed.encode())

    assert parse(feed) == [
        ("0", None), ("1", "draft"), ("2", "draft"), ("3", "draft"), ("4", None), ("9", "draft")
    ]  # fmt: skip
    assert parsed.left_out == {"page": 1, "attachment": 1, "menu item": 1, "revision": 1}
    assert parsed.items[0].fields["categories"] == ["Port"]


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("One.\n\nTwo\nlines.", "<p>One.</p>\n<p>Two<br>\nlines.</p>"),
        ("One.\r\n\r\nTwo.", "<p>One.</p>\n<p>Two.</p>"),
        ("<b>One</b><br /><br />Two", "<p><b>One</b></p>\n<p>Two</p>"),
        ("<h2>A</h2>\nText", "<h2>A</h2><p>Text</p>"),
        ("Text\n<ul>\n<li>a</li>\n</ul>\nmore", "<p>Text</p><ul>\n<li>a</li>\n</ul><p>more</p>"),
        ("<blockquote>Q\n\nR</blockquote>", "<blockquote><p>Q</p>\n<p>R</p></blockquote>"),
        ("<p>One.</p>\n<p>Two.</p>", "<p>One.</p>\n<p>Two.</p>"),
        ("<div>One\n\nTwo</div>", "<div><p>One</p>\n<p>Two</p></div>"),
        ("a\n<pre>x\n\n[caption]y</pre>\nb", "<p>a</p><pre>x\n\n[caption]y</pre><p>b</p>"),
        ("[code]\nif a < b:\n\n  c\n[/code]", "<pre><code>if a &lt; b:\n\n  c</code></pre>"),
        ("<pre>open", "<p><pre>open</p>"),
        ("Intro\n\n<!--more-->\n\nRest", "<p>Intro</p><!--more--><p>Rest</p>"),
        ("[tides port=1]\n\nText", "<p>[tides port=1]</p>\n<p>Text</p>"),
        (
            '[caption id="a" width="3"]<a href="x"><img src="/q.jpg" /></a> The quay[/caption]',
            '<figure><a href="x"><img src="/q.jpg" /></a><figcaption>The quay</figcaption></figure>',
        ),
        (
            '[caption caption="The quay"]<img src="/q.jpg">[/caption]',
            '<figure><img src="/q.jpg"><figcaption>The quay</figcaption></figure>',
        ),
        ("[caption]no picture[/caption]", "no picture"),
        ('[gallery ids="7, 9,404"]', '<figure><img src="/7.jpg" alt=""></figure>\n'
         '<figure><img src="/9.jpg" alt=""></figure>'),
        ("[gallery]", '<figure><img src="/9.jpg" alt=""></figure>'),
        ("[embed]https://v.example/1[/embed]",
         '<p><a href="https://v.example/1">https://v.example/1</a></p>'),
        ("See\n\nhttps://v.example/1", '<p>See</p>\n<p><a href="https://v.example/1">'
         "https://v.example/1</a></p>"),
        ('[audio mp3="/a.mp3"][/audio]', '<audio controls src="/a.mp3"></audio>'),
        ("[audio]", "[audio]"),
        ("<!-- wp:paragraph -->\n<p>a\nb</p>", "<!-- wp:paragraph -->\n<p>a\nb</p>"),
    ],
)  # fmt: skip
def test_a_post_of_wordpress_is_shown_as_wordpress_does(text: str, html: str) -> None:
    assert render_post(text, {"7": "/7.jpg", "9": "/9.jpg"}, ["9"]) == html


def test_a_gallery_shows_the_pictures_of_the_export() -> None:
    more = """<w:post_id>1</w:post_id></item>
<item><title>p</title><w:post_type>attachment</w:post_type><w:post_id>2</w:post_id><w:post_parent>1</w:post_parent>
 <w:attachment_url>https://old.example.com/p.jpg</w:attachment_url>"""
    feed = EXPORT.format(name="Post", more=more).replace("encoded>x<", "encoded>[gallery]<")

    assert parse_feed(feed.encode()).items[0].html == (
        '<figure><img src="https://old.example.com/p.jpg" alt=""></figure>'
    )


BASED = """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://blog.example.net/base/">
<title>B</title><link href="/"/>
<entry><id>urn:x:1</id><title>a &amp;lt;em&gt;</title><link href="posts/a/"/><updated>2026-01-01T00:00:00Z</updated>
 <link rel="enclosure" href="ep.mp3" type="audio/mpeg"/>
 <content xml:base="posts/a/" type="html">&lt;img src="i.jpg" srcset='s.jpg 1x, /l.jpg 2x'&gt; &lt;a href=/a/&gt;a&lt;/a&gt;
 &lt;a href="#n"&gt;n&lt;/a&gt; &lt;a href="mailto:a@b.example"&gt;m&lt;/a&gt; href="x"</content></entry></feed>"""


def test_references_are_resolved_as_the_feed_meant_them() -> None:
    (item,) = parse_feed(BASED.encode()).items

    assert item.fields["url"] == "https://blog.example.net/base/posts/a/"
    assert item.fields["enclosures"][0]["url"] == "https://blog.example.net/base/ep.mp3"
    assert item.html == (
        '<img src="https://blog.example.net/base/posts/a/i.jpg" '
        "srcset='https://blog.example.net/base/posts/a/s.jpg 1x, https://blog.example.net/l.jpg 2x'> "
        "<a href=https://blog.example.net/a/>a</a>\n"
        ' <a href="#n">n</a> <a href="mailto:a@b.example">m</a> href="x"'
    )


@pytest.mark.parametrize(
    ("channel", "link", "source"),
    [
        ("https://old.example.com/", "https://old.example.com/2026/a/", "https://old.example.com/2026/a/i.jpg"),
        ("https://old.example.com/", "/2026/a/", "https://old.example.com/2026/a/i.jpg"),
        ("https://old.example.com/news/", "", "https://old.example.com/news/i.jpg"),
        ("", "", "i.jpg"),
    ],
)  # fmt: skip
def test_without_a_base_the_links_of_item_and_channel_are_it(
    channel: str, link: str, source: str
) -> None:
    feed = f"""<rss version="2.0"><channel><title>F</title><link>{channel}</link><item><title>T</title>
<link>{link}</link><guid isPermaLink="false">1</guid><description>&lt;img src="i.jpg"&gt;</description></item></channel></rss>"""
    (item,) = parse_feed(feed.encode()).items

    assert item.html == f'<img src="{source}">'


def test_one_entry_is_a_document(run: Run, entries_dir: Path) -> None:
    entry = ATOM[ATOM.index("<entry>") : ATOM.index("</entry>") + 8]
    (path,) = bring(
        run, entries_dir, entry.replace("<entry>", '<entry xmlns="http://www.w3.org/2005/Atom">')
    )

    assert read_entry(path).id == "urn:uuid:60a76c80-d399-11d9-b93c-0003939e0af6"


@pytest.mark.parametrize(
    "feed",
    [
        """<rss version="2.0"><channel><title>Comments on: Ferry</title><item><title>By: Jon</title>
<link>https://old.example.com/ferry/#comment-7</link><guid isPermaLink="false">7</guid></item></channel></rss>""",
        """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0">
<entry><id>a</id><title>x</title><thr:in-reply-to ref="b"/></entry></feed>""",
    ],
)  # fmt: skip
def test_a_feed_of_comments_is_refused_in_one_line(run: Run, entries_dir: Path, feed: str) -> None:
    file = entries_dir.parent / "old-feed"
    file.write_text(feed, encoding="utf-8")
    result = run("import", str(file))

    assert (result.exit_code, result.stdout) == (1, "")
    assert "is a feed of comments" in result.stderr.splitlines()[-1]


def test_what_is_not_as_expected_is_told(run: Run, entries_dir: Path) -> None:
    feed = """<rss version="2.0" xmlns:w="http://wordpress.org/export/1.2/"><channel><title>F</title>
<language>de-DE</language><link>https://old.example.com/</link>
<item><title>T &lt;em>x&lt;/em> &amp;amp; y</title><link>/?p=1</link><guid>5</guid><pubDate>Mo, 23 Okt 2017</pubDate></item>
<item><title>U</title><guid>5</guid></item>
<item><title>V</title><guid>6</guid><w:status>trash</w:status><w:post_type>post</w:post_type></item>
<item><title>W</title><guid>7</guid><w:post_type>attachment</w:post_type></item></channel></rss>"""
    file = entries_dir.parent / "old-feed"
    file.write_text(feed, encoding="utf-8")
    result = run("import", str(file))

    assert [Path(line).name for line in result.stdout.splitlines()] == [
        "2017-10-23-t-x-y.html",
        "v.html",
    ]
    assert result.stderr.splitlines() == [
        "Left out, because they are not entries: 1 attachment.",
        "1 item left out, because an earlier item in the feed has the same id: '5'.",
        "1 draft: not public in the feed.",
        "1 entry keeps its address at old.example.com and has no page here.",
        "2 entries were written; `feedsvc check` shows how they are read.",
    ]


@pytest.mark.parametrize(
    ("given", "date", "state"),
    [
        ("Sat, 14 Oct 1066 09:00:00 +0100", "1066-10-14T09:00:00+01:00", "public"),
        ("Mon, 14 Oct 0800 09:00:00 EST", "0800-10-14T09:00:00-05:00", "public"),  # no Monday
        ("14 Oct 2466 09:00:00 GMT", "2466-10-14T09:00:00+00:00", "scheduled"),
        ("14 Oct 1066", None, "error"),  # no date of RFC 822: another calendar may be meant
        ("1582-12-31T09:00:00Z", None, "error"),
        ("1583-01-01T09:00:00Z", "1583-01-01T09:00:00+00:00", "public"),
    ],
)
def test_a_date_of_another_millennium_is_read_again_or_said_to_hold_back(
    run: Run, entries_dir: Path, given: str, date: str | None, state: str
) -> None:
    feed = entries_dir.parent / "old.xml"
    feed.write_text(
        "<rss version='2.0'><channel><title>Old</title><item><title>Hastings</title>"
        f"<guid>tag:old,2000:1</guid><pubDate>{given}</pubDate><description>A battle.</description>"
        "</item></channel></rss>",
        encoding="utf-8",
    )

    imported = run("import", str(feed))
    checked = json.loads(run("check", "--format", "json").output.splitlines()[-1])

    assert (checked["state"], checked["published"]) == (state, date)
    assert ("1 entry held back: `feedsvc check` says why" in imported.output) == (state == "error")
    # in the words of the item, and with what would be right
    assert (f"{checked['path']}: '{given}' names the year" in imported.output) == (state == "error")
    assert ("; write it as 2023-03-02 or" in imported.output) == (state == "error")


FORBIDDEN = ("\\ufffe", "\\uffff", "\\ufdd0", "\\ufffd", "\\u0000", "\\u0001", "\\u0080", "\\u007f")
HALVES = ("\\ud800", "\\udc00")  # of a character
ODD_IDS = [f"{start}{one}b" for start in ("a", "urn:x:") for one in ("", *FORBIDDEN, *HALVES)]


def test_ids_that_differ_in_what_no_feed_may_carry_stay_apart(run: Run, entries_dir: Path) -> None:
    """JSON can have such characters, XML cannot; the same ones come of a second import."""
    items = (f'{{"id": "{one}", "title": "T", "date_published": "2024-05-06"}}' for one in ODD_IDS)
    feed = f'{{"items": [{", ".join(items)}]}}'

    paths = bring(run, entries_dir, feed)
    entries = [read_entry(path) for path in paths]
    again = bring(run, entries_dir, feed)

    assert len({entry.id for entry in entries}) == len(ODD_IDS)
    assert {"ab", "a%EF%BF%BEb", "a%01b", "urn:x:b", "urn:x:%EF%B7%90b"} <= {
        entry.id for entry in entries
    }
    assert again == []
    assert '"control-character"' not in run("check", "--format", "json").output


def test_usual_prefixes_without_a_declaration_are_read() -> None:
    feed = BLOGGER.replace(' xmlns:app="{app}"', "").format(
        control="<app:control><app:draft>yes</app:draft></app:control>"
    )

    assert parse(feed) == [("Ferry", None), ("Merger", "draft")]


ODD_ITEMS: list[dict[str, object]] = [
    {"attachments": [1, {"url": "https://a.example/b.mp3"}]},
    {"attachments": 5},
    {"attachments": "x"},
    {"language": 5},
    {"language": ["en"]},
    {"authors": 5},
    {"author": {"name": 5, "url": [1]}},
    {"tags": {"a": 1}},
    {"date_modified": [1]},
    {"title": {"a": 1}},
    {"url": "https://["},
    {"url": "https://a.example:b/c"},
    {"url": 5},
    {"image": [1]},
    {"content_html": ["a"]},
    {"summary": {"a": [1]}},
]


@pytest.mark.parametrize("item", ODD_ITEMS, ids=map(json.dumps, ODD_ITEMS))
def test_a_value_of_another_type_costs_no_feed(
    run: Run, entries_dir: Path, item: dict[str, object]
) -> None:
    known = {"id": "urn:x:1", "title": "T", "date_published": "2024-05-06T10:00:00Z"}
    feed = json.dumps({"items": [known | item, {**known, "id": "urn:x:2"}]})

    paths = bring(run, entries_dir, feed)

    assert [read_entry(path).id for path in paths] == ["urn:x:1", "urn:x:2"]


@pytest.mark.parametrize("url", ["http://[", "http://]", "https://[x]/a", "https://a.example:b/"])
def test_a_link_that_cannot_be_taken_apart_costs_no_feed(
    run: Run, entries_dir: Path, url: str
) -> None:
    item = RSS.replace("https://old.example.com/2024/tram/?a=1&amp;b=2", url)

    assert len(bring(run, entries_dir, item)) == 4


@pytest.mark.parametrize(
    "feed",
    [
        "<channel<item<link</item</link<",
        "<rss><channel><item><link></item></link></channel></rss>",
        "<feed><entry><link></entry>",
        '<rss version="2.0"><channel><item><a:b>x</a:b></item></channel></rss>',
        "<rss version=2><channel/></rss>",
    ],
)
def test_xml_that_is_not_well_formed_is_refused_in_one_line(feed: str) -> None:
    with pytest.raises(EntryError, match=r"^line 1: the feed is not well-formed XML at '.+' \("):
        parse_feed(feed.encode())


@pytest.mark.parametrize(
    ("link", "url", "permalink_path"),
    [
        ("https://news.example.com/2024/a/", "https://news.example.com/2024/a/", "/2024/a/"),
        # from before the site moved to https
        ("http://news.example.com/2024/a/", "https://news.example.com/2024/a/", "/2024/a/"),
        ("http://NEWS.example.com:80/a", "https://news.example.com/a", "/a"),
        ("/2024/a/", "https://news.example.com/2024/a/", "/2024/a/"),
        (
            "https://news.example.com/%e4%bd%a0/",
            "https://news.example.com/%E4%BD%A0/",
            "/%E4%BD%A0/",
        ),
        # other sites
        ("http://news.example.com:443/a", "http://news.example.com:443/a", ""),
        ("http://www.news.example.com/a", "http://www.news.example.com/a", ""),
        ("https://news.example.community/a", "https://news.example.community/a", ""),
        # what is no address of a page here: the site's pattern gives one
        ("https://news.example.com/?p=7", None, "/2024/05/one/"),
        ("http://news.example.com/tags/", None, "/2024/05/one/"),
        ("https://news.example.com/taken/", None, "/2024/05/one/"),
        ("http://news.example.com/t%61ken/", None, "/2024/05/one/"),
        ("javascript:alert(1)", None, "/2024/05/one/"),
    ],
)
def test_the_address_of_an_item_stays_if_a_page_can_have_it(
    run: Run, entries_dir: Path, link: str, url: str | None, permalink_path: str
) -> None:
    (entries_dir / "taken.md").write_text(
        "---\ntitle: T\ndate: 2024-05-06\nurl: /taken/\n---\nA\n", encoding="utf-8"
    )
    feed = (
        f"<rss version='2.0'><channel><title>T</title><item><title>One</title><link>{link}</link>"
        "<guid isPermaLink='false'>http://news.example.com/?p=7</guid>"
        "<pubDate>Mon, 06 May 2024 08:00:00 GMT</pubDate></item></channel></rss>"
    )
    entry = read_entry(bring(run, entries_dir, feed)[0])

    assert entry.id == "http://news.example.com/?p=7"
    assert (entry.url, entry.permalink_path) == (
        url or f"https://news.example.com{permalink_path}",
        permalink_path,
    )


def test_an_empty_element_of_xhtml_is_one_of_html(run: Run, entries_dir: Path) -> None:
    feed = """<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry><title>One</title>
<id>urn:a</id><updated>2024-05-06T08:00:00Z</updated><content type="xhtml">
<div xmlns="http://www.w3.org/1999/xhtml"><p>One<br/>two<br class="x" />&lt;/br&gt;</p><hr/></div>
</content></entry></feed>"""
    body = read_entry(bring(run, entries_dir, feed)[0]).body

    assert body == '<p>One<br>two<br class="x">&lt;/br&gt;</p><hr></hr>\n'


def make_rss_item(content: str) -> str:
    return (
        "<rss version='2.0' xmlns:dcterms='http://purl.org/dc/terms/'><channel><title>T</title>"
        "<item><title>One</title><guid>urn:a</guid><link>https://old.example/a</link>"
        f"<pubDate>Mon, 06 May 2024 08:00:00 GMT</pubDate>{content}</item></channel></rss>"
    )


def make_atom_entry(content: str) -> str:
    return (
        "<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title><entry><title>One</title>"
        f"<id>urn:a</id><updated>2024-05-06T08:00:00Z</updated>{content}</entry></feed>"
    )


def make_json_item(**fields: object) -> str:
    item = {"id": "urn:a", "url": "https://old.example/a", "title": "One", "content_text": "Text."}
    item["date_published"] = "2024-05-06T08:00:00Z"
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [item | fields]})


TAGGED, ESCAPED = "Tom & <b>Ann</b>", "Tom &amp; &lt;b>Ann&lt;/b>"
FULL = "<encoded xmlns='http://purl.org/rss/1.0/modules/content/'>Text.</encoded>"
TEXT = "<content>Text.</content>"
SUMMARIES = {
    "RSS is HTML": (make_rss_item(f"<description>{ESCAPED}</description>{FULL}"), "Tom & Ann"),
    "RSS with escaped tags": (
        make_rss_item(f"<description>{ESCAPED.replace('&', '&amp;')}</description>{FULL}"),
        TAGGED,
    ),
    "Atom's text": (make_atom_entry(f"<summary>{ESCAPED}</summary>{TEXT}"), TAGGED),
    "Atom's text with a reference": (
        make_atom_entry(f"<summary type='text'>&amp;lt; is less</summary>{TEXT}"),
        "&lt; is less",
    ),
    "Atom's HTML": (
        make_atom_entry(f"<summary type='html'>{ESCAPED}</summary>{TEXT}"),
        "Tom & Ann",
    ),
    "JSON's text": (make_json_item(summary=TAGGED), TAGGED),
    "JSON's text with a reference": (make_json_item(summary="&lt; is less"), "&lt; is less"),
}


@pytest.mark.parametrize(("feed", "summary"), SUMMARIES.values(), ids=SUMMARIES)
def test_a_summary_is_read_by_its_type(
    run: Run, entries_dir: Path, feed: str, summary: str
) -> None:
    assert read_entry(bring(run, entries_dir, feed)[0]).summary == summary


PERIOD = "start=2024-05-06T08:00:00Z; end=2031-05-07T10:00:00+02:00; scheme=W3C-DTF"
ENDS = {
    "RSS": (make_rss_item(f"<dcterms:valid>{PERIOD}</dcterms:valid>"), "2031-05-07T10:00:00+02:00"),
    "without a start": (
        make_rss_item("<dcterms:valid>end=2031-05-07; scheme=W3C-DTF</dcterms:valid>"),
        "2031-05-07T00:00:00+08:00",
    ),
    "without an end": (make_rss_item("<dcterms:valid>start=2024-05-06</dcterms:valid>"), ""),
    "not a period": (make_rss_item("<dcterms:valid>2031-05-07</dcterms:valid>"), ""),
    "JSON": (
        make_json_item(_feedsvc={"expires": "2031-05-07T08:00:00Z"}),
        "2031-05-07T08:00:00+00:00",
    ),
    "another extension": (make_json_item(_feedsvc=[1]), ""),
}


@pytest.mark.parametrize(("feed", "end"), ENDS.values(), ids=ENDS)
def test_an_item_ends_when_it_did(run: Run, entries_dir: Path, feed: str, end: str) -> None:
    entry = read_entry(bring(run, entries_dir, feed)[0])

    assert str(entry.expires or "") == end


@pytest.mark.parametrize(
    ("addresses", "url", "origin"),
    [
        (
            {"external_url": "https://other.example/b"},
            "https://old.example/a",
            "https://other.example/b",
        ),
        ({"external_url": "https://other.example/b", "url": ""}, "https://other.example/b", None),
        ({}, "https://old.example/a", None),
    ],
)
def test_what_an_item_of_json_feed_is_about_is_its_source(
    run: Run, entries_dir: Path, addresses: dict[str, str], url: str, origin: str | None
) -> None:
    entry = read_entry(bring(run, entries_dir, make_json_item(**addresses))[0])

    assert entry.url == url
    assert (entry.origin and entry.origin.url) == origin


def test_numbers_and_addresses_of_json_feed_are_those_of_an_entry(
    run: Run, entries_dir: Path
) -> None:
    feed = """{"version": "https://jsonfeed.org/version/1.1", "home_page_url": "https://old.example/b/",
"items": [{"id": 1, "url": "c/", "title": "One", "content_html": "<p>a\\u0000b <a href='d'>c</a></p>",
"date_published": "2024-05-06T08:00:00Z", "attachments": [{"url": "https://old.example/a.mp3",
"mime_type": "audio/mpeg", "size_in_bytes": 12, "duration_in_seconds": 61.5}]}]}"""
    entry = read_entry(bring(run, entries_dir, feed)[0])

    assert (entry.id, entry.url) == ("1", "https://old.example/b/c/")
    assert entry.body == "<p>ab <a href='https://old.example/b/c/d'>c</a></p>\n"
    assert [(one.length, one.duration) for one in entry.enclosures] == [(12, 61)]


@pytest.mark.parametrize(
    ("reference", "read"),
    [
        ("&#8;", ""),
        ("&#x1F;", ""),
        ("&#xFFFE;", ""),
        ("&#55357;", "\ufffd"),
        ("&#x110000;", "\ufffd"),
        ("&#9999999;", "\ufffd"),
        ("&#13;", " "),
        ("&#x9;", " "),
        ("&#233;", "é"),
        ("&#x1F600;", "😀"),
        ("&amp;#233;", "é"),
        ("&eacute;", "é"),
        ("&;", "&;"),
        ("&#;", "&#;"),
    ],
)
def test_a_reference_to_no_character_costs_no_feed(
    run: Run, entries_dir: Path, reference: str, read: str
) -> None:
    feed = (
        f"<rss version='2.0'><channel><title>T</title><item><title>One{reference}two</title>"
        "<guid>urn:a</guid><pubDate>Mon, 06 May 2024 08:00:00 GMT&#13;\n</pubDate>"
        f"<description>&lt;p&gt;A{reference}b&lt;/p&gt;</description></item></channel></rss>"
    )
    entry = read_entry(bring(run, entries_dir, feed)[0])

    assert entry.title == f"One{read}two"


@pytest.mark.parametrize(
    ("elements", "body"),
    [
        ("<itunes:summary>Notes &lt;3</itunes:summary>", "<p>Notes &lt;3</p>"),
        ("<description/><itunes:summary>&lt;p>Notes&lt;/p></itunes:summary>", "<p>Notes</p>"),
        ("<itunes:subtitle>Sub</itunes:subtitle>", "<p>Sub</p>"),
        (
            "<itunes:subtitle>Sub</itunes:subtitle><itunes:summary>Notes</itunes:summary>",
            "<p>Notes</p>",
        ),
        (
            "<media:group><media:description>A\n\nB</media:description></media:group>",
            "<p>A</p>\n<p>B</p>",
        ),
        # the item's own text counts
        ("<description>Own</description><itunes:summary>Notes</itunes:summary>", "<p>Own</p>"),
        (
            "<content:encoded>&lt;p>Own</content:encoded><itunes:summary>N</itunes:summary>",
            "<p>Own",
        ),
    ],
)
def test_an_item_without_a_text_has_that_for_players(
    run: Run, entries_dir: Path, elements: str, body: str
) -> None:
    feed = f"""<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"
xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/">
<channel><title>T</title><item><title>One</title><guid>urn:a</guid>{elements}
<pubDate>Mon, 06 May 2024 08:00:00 GMT</pubDate></item></channel></rss>"""

    assert read_entry(bring(run, entries_dir, feed)[0]).body == f"{body}\n"


@pytest.mark.parametrize(
    ("content", "body"),
    [
        ('<content type="image/png">iVBORw0KGgo=</content>', "<p>Short.</p>"),
        ('<content type="application/octet-stream">QUJD</content>', "<p>Short.</p>"),
        ('<content type="text/markdown">A *b* &lt;i&gt;</content>', "<p>A <em>b</em> <i></p>"),
        ('<content type="text/x-markdown; charset=utf-8">*b*</content>', "<p><em>b</em></p>"),
        ('<content type="text/html; charset=utf-8">A &lt;i&gt;</content>', "A <i>"),
        ('<content type="TEXT/HTML">*b*</content>', "*b*"),
        ("<content>*b* &lt;</content>", "<p>*b* &lt;</p>"),
    ],
)
def test_content_is_read_by_its_type(run: Run, entries_dir: Path, content: str, body: str) -> None:
    feed = f"""<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><id>urn:f</id>
<entry><id>urn:a</id><title>One</title><published>2024-05-06T08:00:00Z</published>
<summary>Short.</summary>{content}</entry></feed>"""

    assert read_entry(bring(run, entries_dir, feed)[0]).body == f"{body}\n"


@pytest.mark.parametrize(
    ("dates", "published"),
    [
        ("<dcterms:created>2024-05-01</dcterms:created>", "2024-05-01"),
        ("<dcterms:issued>2024-05-02</dcterms:issued>", "2024-05-02"),
        ("", "2024-05-09"),
        (
            "<dcterms:created>2024-05-01</dcterms:created><dcterms:issued>2024-05-02</dcterms:issued>",
            "2024-05-02",
        ),
    ],
)
def test_an_item_is_dated_by_its_last_change_only_if_nothing_else_does(
    run: Run, entries_dir: Path, dates: str, published: str
) -> None:
    feed = f"""<rss version="2.0" xmlns:dcterms="http://purl.org/dc/terms/"><channel>
<title>T</title><item><title>One</title><guid>urn:a</guid><description>x</description>{dates}
<dcterms:modified>2024-05-09</dcterms:modified></item></channel></rss>"""
    entry = read_entry(bring(run, entries_dir, feed)[0])
    updated = "" if published == "2024-05-09" else "2024-05-09"

    assert str(entry.published).startswith(published)
    assert str(entry.updated or "").startswith(updated)


def test_the_text_of_a_video_is_kept(run: Run, entries_dir: Path) -> None:
    feed = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/">
<title>T</title><entry><id>urn:a</id><title>One</title><published>2024-05-06T08:00:00Z</published>
<media:group><media:title>One</media:title><media:description>A &lt;3

B</media:description></media:group></entry></feed>"""

    assert read_entry(bring(run, entries_dir, feed)[0]).body == "<p>A &lt;3</p>\n<p>B</p>\n"


@pytest.mark.parametrize(
    ("elements", "title"),
    [
        (
            "<title>Tram</title><media:content url='a.mp3'><media:title>A</media:title></media:content>",
            "Tram",
        ),
        (
            "<media:content url='a.mp3'><media:title>A</media:title></media:content><title>Tram</title>",
            "Tram",
        ),
        ("<title>Tram</title><media:title>A</media:title>", "Tram"),
        ("<media:title>A</media:title>", "A"),
    ],
)
def test_the_title_of_a_file_is_not_that_of_its_item(elements: str, title: str) -> None:
    head = '<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel><item><guid>1</guid>'

    (item,) = parse_feed(f"{head}{elements}</item></channel></rss>".encode()).items
    assert item.fields["title"] == title


MEDIA = '<media:content url="https://x.example/b.{0}" medium="{1}"/>'


@pytest.mark.parametrize(
    ("media", "names"),
    [
        (MEDIA.format("pdf", "document"), ["a.mp3", "b.pdf"]),
        (MEDIA.format("jpg", "image"), ["a.mp3"]),
        (f"<media:group>{MEDIA.format('mp4', 'video')}</media:group>", ["a.mp3"]),
    ],
)
@pytest.mark.parametrize("has_enclosure", [True, False])
def test_an_item_has_the_further_files_of_media_rss(
    media: str, names: list[str], has_enclosure: bool
) -> None:
    head = '<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel><item><guid>1</guid>'
    file = '<enclosure url="https://x.example/a.mp3" type="audio/mpeg" length="9"/>'
    own = file if has_enclosure else ""

    (item,) = parse_feed(f"{head}{own}{media}</item></channel></rss>".encode()).items
    found = [one["url"].rpartition("/")[2] for one in item.fields.get("enclosures", [])]
    assert found == (names if has_enclosure else [])
