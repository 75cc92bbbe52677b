"""Which of a page's dates is that of its publication, in the words of many systems.

Each line stands in a page with menus, a related article with a date, and a footer that names a
day of change: neither is ever the date.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from feedsvc.reading import Reading, read_file
from feedsvc.settings import Settings, Site, resolve_addresses

SETTINGS = resolve_addresses(
    Settings(
        site=Site(
            timezone="Asia/Shanghai",
            language="en",
            url="https://harbour.example/",
            id_authority="harbour.example,2024",
        )
    )
)
TEXT = """<p>The third pier of Skarvik has been open to ferries since this morning, and the first
boat carried forty people and a horse to the other side of the fjord.</p>
<p>Two more piers follow in the spring, says the harbour master, who has waited long.</p>"""
PAGE = """<!doctype html>
<html lang="{lang}"><head><title>Third pier open - Skarvik Ferries</title>{head}</head><body>
<div class="nav"><a href="/">Home</a> <a href="/boats">Our boats</a> <a href="/news">News</a></div>
<div class="main"><h1>Third pier open</h1>
{line}
<div class="text">{text}</div>
<div class="related"><h3>Related</h3><ul><li><a href="/second">Second pier open</a>
<time datetime="2019-01-02">2019-01-02</time></li></ul></div></div>
<div class="footer">Last updated on <time datetime="2025-08-09">2025-08-09</time>
Copyright Skarvik Ferries</div></body></html>
"""


def read_page(directory: Path, *, head: str = "", line: str = "", lang: str = "en") -> Reading:
    """Return the reading of a page with *head*, and *line* between its heading and its text."""
    html = PAGE.format(head=head, line=line, lang=lang, text=TEXT)
    (directory / "pier.html").write_text(html, encoding="utf-8")
    return read_file(directory, "pier.html", SETTINGS)


def get_date(reading: Reading) -> str | None:
    """Return the day of publication, None for a page that is not published."""
    return str(reading.entry.published)[:10] if reading.entry is not None else None


LD = '<script type="application/ld+json">{{"@type": "{}", "datePublished": "{}"}}</script>'
HEADS = {
    "JSON-LD": LD.format("NewsArticle", "2024-05-06T08:00:00Z"),
    "JSON-LD of the page and of the article": LD.format("WebPage", "2020-01-01")
    + LD.format("BlogPosting", "2024-05-06"),
    "JSON-LD before Open Graph": LD.format("Article", "2024-05-06")
    + '<meta property="article:published_time" content="2024-05-07">',
    "Open Graph": '<meta property="article:published_time" content="2024-05-06T09:48:32+00:00">',
    "Open Graph before date": '<meta name="date" content="2025-01-01">'
    '<meta property="article:published_time" content="2024-05-06">',
    "Dublin Core": '<meta name="DC.date.issued" content="2024-05-06">',
    "Dublin Core terms": '<meta name="dcterms.issued" content="2024-05-06">',
    "pubdate": '<meta name="pubdate" content="2024-05-06">',
    "PubDate of Chinese governments": '<meta name="PubDate" content="2024-05-06 10:26">',
    "publishdate": '<meta name="publishdate" content="2024-05-06">',
    "citation": '<meta name="citation_publication_date" content="2024/05/06">',
    "not of change": '<meta property="article:modified_time" content="2025-01-01">'
    '<meta property="article:published_time" content="2024-05-06">',
    "an empty one is none": '<meta name="date" content="">'
    '<meta name="pubdate" content="2024-05-06">',
    "a template's mark is none": '<meta name="date" content="%date%">'
    '<meta name="pubdate" content="2024-05-06">',
}
LINES = {
    "itemprop": '<p>By Ida, <time itemprop="datePublished" datetime="2024-05-06">Monday</time></p>',
    "pubdate": '<p><time pubdate datetime="2024-05-06">Monday</time></p>',
    "class": '<p><time class="entry-date published" datetime="2024-05-06">May</time></p>',
    "class around": '<div class="wp-block-post-date"><time datetime="2024-05-06">May</time></div>',
    "class around one of change": '<div class="wp-block-post-date"><time datetime="2024-05-06">6'
    '</time></div><div class="post-date__modified"><time datetime="2024-05-09">9</time></div>',
    "class published and updated": '<p><time class="entry-date published updated"'
    ' datetime="2024-05-06">May</time></p>',
    "published before updated": '<p><time class="updated" datetime="2024-05-09">9</time>'
    '<time class="published" datetime="2024-05-06">6</time></p>',
    "microformat": '<p><time class="dt-published" datetime="2024-05-06">May</time></p>',
    "hAtom": '<p><abbr class="published" title="2024-05-06T10:00:00Z">May</abbr></p>',
    "zh": "<p>时间：2024-05-06 16:55:24 来源：本站 作者：管理员</p>",
    "zh in spans": "<p><span>作者：</span><span>时间：2024-05-06 12:08</span>"
    "<span>次浏览</span></p>",
    "zh glued": "<p>来源：斯卡维克轮渡发布时间：2024/05/06点击：12</p>",
    "zh full width": "<p>【发布日期： 2024 年 5 月 6 日】【字体：大 中 小】</p>",
    "zh published and changed": "<p>发布时间：2024-05-06 更新时间：2024-05-09</p>",
    "zh bare": "<p>2024-05-06 13:27 斯卡维克网</p>",
    "zh-TW": "<ul><li>發布日期：113年5月6日</li><li>點閱數：9</li></ul>".replace(
        "113年5月6日", "2024/05/06"
    ),
    "ja": "<p>公開日：2024年5月6日　更新日：2024年5月9日</p>",
    "ja changed first": "<p>更新日：2024年5月9日　公開日：2024年5月6日</p>",
    "ja in a list": "<dl><dt>掲載日</dt><dd>2024年5月6日</dd><dt>分類</dt><dd>港</dd></dl>",
    "ja bare": '<p class="date">2024.05.06</p>',
    "ko": "<ul><li>작성자 : 관리자</li><li>등록일 : 2024-05-06</li><li>조회 : 12</li></ul>",
    "ko published and changed": "<p>입력 2024.05.06 14:22 수정 2024.05.09 09:10</p>",
    "zh written before published": "<table><tr><td>成文日期：</td><td>2024年5月3日</td></tr>"
    "<tr><td>发布日期：</td><td>2024年5月6日</td></tr></table>",
    "en": "<p>Release Time:2024-05-06Source:Clicks:1398Author:</p>",
    "en posted": "<p>Posted on May 6, 2024 by Ida Moe</p>",
    "en label": "<p>Date: 6 May 2024</p>",
    "en weekday": "<p>Published: Monday, May 6, 2024 at 3:05 PM</p>",
    "en bare": "<p>May 6, 2024</p>",
    "en release": "<p>FOR IMMEDIATE RELEASE: May 6, 2024</p>",
    "en by": "<div><span>by Ida Moe</span> | <span>May 6, 2024</span></div>",
    "en published and updated": "<p>Published May 6, 2024. Last updated May 9, 2024</p>",
    "en table": "<table><tr><td>Published:</td><td>2024-05-06</td></tr></table>",
    "de": "<p>Veröffentlicht am 6. Mai 2024, zuletzt geändert am 9. Mai 2024</p>",
    "de bare": '<p class="datum">06.05.2024</p>',
    "fr": "<p>Publié le 6 mai 2024 à 07h15 · Mis à jour le 9 mai 2024</p>",
    "es": "<p>Publicado el 6 de mayo de 2024</p>",
    "pt": "<p>Publicado em 6 de maio de 2024</p>",
    "it": "<p>Pubblicato il 6 maggio 2024</p>",
    "nl": "<p>Geplaatst op 6 mei 2024</p>",
    "ru": "<p>Опубликовано: 6 мая 2024</p>",
    "ar": "<p>تاريخ النشر: 6 مايو 2024</p>",
}
WITHOUT = {
    "en last updated": '<p>Last updated <time datetime="2024-05-06">May 6, 2024</time></p>',
    "en modified": "<p>Modified: 6 May 2024</p>",
    "en reviewed": "<p>Page last reviewed: 6 May 2024</p>",
    "class of change": '<p><time class="updated" datetime="2024-05-06">May</time></p>',
    "item of change": '<p><time itemprop="dateModified" datetime="2024-05-06">May</time></p>',
    "de": "<p>Aktualisiert am 6. Mai 2024</p>",
    "de as of": "<p>Stand: 06.05.2024</p>",
    "zh": "<p>更新时间：2024-05-06</p>",
    "ja": "<p>最終更新日：2024年5月6日</p>",
    "ja behind": "<p>2024年5月6日更新</p>",
    "ko": "<p>최종수정일 : 2024-05-06</p>",
    "fr": "<p>Mis à jour le 6 mai 2024</p>",
    "zh deadline": "<p>截止日期：2024-05-06</p>",
    "en deadline": "<p>Closing date: 6 May 2024</p>",
    "event": "<ul><li>时间：2024年5月6日</li><li>地点：三号码头</li></ul>",
    "event in English": "<p>Time: 6 May 2024</p><p>Location: third pier</p>",
    "today": "<p>今天是2024年5月6日 星期一</p>",
    "two days": "<p>2024-05-06</p><p>2024-05-09</p>",
    "in a sentence": "<p>Since May 6, 2024 nobody has had to swim to the other side any more.</p>",
    "nothing": "",
}


ITEM = (
    "<{0}><h3><a href='/a'>Second pier open</a></h3><p>{1}</p><p>The second pier opens.</p></{0}>"
)
LISTS = {
    "one item with a label": "<ul>" + ITEM.format("li", "发布时间：2024-05-06") + "</ul>",
    "one article with a label": ITEM.format("article", "Posted on May 6, 2024"),
    "two items with a marked time": "".join(
        ITEM.format("article", f'<time class="published" datetime="2024-05-0{day}">May</time>')
        for day in (6, 9)
    ),
    "items with a bare date": "<ul>"
    + "".join(f"<li><a href='/{day}'>Pier news</a> 2024-05-0{day}</li>" for day in (6, 7, 8))
    + "</ul>",
    "rows with a bare date": "<table>"
    + "".join(
        f"<tr><td>{day}</td><td><a href='/{day}'>Pier news</a></td><td>2024-05-0{day}</td></tr>"
        for day in (6, 7, 8)
    )
    + "</table>",
    "links alone": "<ul>" + "<li><a href='/a'>Second pier open to ferries</a></li>" * 12 + "</ul>",
}


@pytest.mark.parametrize("items", LISTS.values(), ids=LISTS)
def test_a_list_of_pages_is_no_article(tmp_path: Path, items: str) -> None:
    html = PAGE.format(head="", line=items, lang="en", text="").replace("Third pier open", "News")
    (tmp_path / "list.html").write_text(html, encoding="utf-8")

    reading = read_file(tmp_path, "list.html", SETTINGS)

    assert reading.state == "ignored"
    assert [problem.code for problem in reading.problems] == ["no-article"]


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_what_a_page_says_of_itself_goes_before_what_stands_on_it(
    tmp_path: Path, head: str
) -> None:
    line = '<p><time datetime="2021-03-04">2021-03-04</time></p>'

    reading = read_page(tmp_path, head=head, line=line)

    assert get_date(reading) == "2024-05-06"


@pytest.mark.parametrize("name", LINES)
def test_a_line_by_the_heading_dates_a_page(tmp_path: Path, name: str) -> None:
    lang = name.split()[0] if len(name.split()[0].partition("-")[0]) == 2 else "en"

    reading = read_page(tmp_path, line=LINES[name], lang=lang)

    assert get_date(reading) == "2024-05-06"
    assert reading.entry is not None
    assert reading.entry.title == "Third pier open"
    assert "2024" not in reading.entry.body
    if updated := reading.entry.updated:
        assert str(updated)[:10] == "2024-05-09"


@pytest.mark.parametrize("name", WITHOUT)
def test_a_date_of_something_else_dates_no_page(tmp_path: Path, name: str) -> None:
    lang = name.split()[0] if len(name.split()[0]) == 2 else "en"

    reading = read_page(tmp_path, line=WITHOUT[name], lang=lang)

    assert [problem.code for problem in reading.problems] == ["no-date"]
