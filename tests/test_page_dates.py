"""Which of a page's dates is that of its publication, in the words of many systems.

Each line stands in a page with menus, a related article with a date, and a footer that names a
day of change: neither is ever the date.
"""

from __future__ import annotations

from html import escape
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
    "kinds of article": LD.format("WebPage", "2020-01-01") + LD.format("TechArticle", "2024-05-06"),
    "kinds of article by address": LD.format("https://schema.org/NewsArticle", "2024-05-06"),
    "live blog": LD.format("LiveBlogPosting", "2024-05-06"),
    "opinion": LD.format("OpinionNewsArticle", "2024-05-06"),
    "main entity of a page": '<script type="application/ld+json">{"@type": "WebPage",'
    ' "datePublished": "2020-01-01", "mainEntity":'
    ' {"@type": "NewsArticle", "datePublished": "2024-05-06"}}</script>',
    "JSON-LD in a comment": '<script type="application/ld+json">//<![CDATA[\n'
    '{"@type": "NewsArticle",'
    ' "datePublished": "2024-05-06"}\n//]]></script>',
    "Parse.ly": '<meta name="parsely-pub-date" content="2024-05-06T10:00:00Z">',
    "Cxense": '<meta name="cXenseParse:recs:publishtime" content="2024-05-06T10:00:00Z">',
    "original date": '<meta name="article_date_original" content="2024-05-06T10:00:00Z">',
    "citation": '<meta name="citation_publication_date" content="2024/05/06">',
    "not of change": '<meta property="article:modified_time" content="2025-01-01">'
    '<meta property="article:published_time" content="2024-05-06">',
    "an empty one is none": '<meta name="date" content="">'
    '<meta name="pubdate" content="2024-05-06">',
    "a template's mark is none": '<meta name="date" content="%date%">'
    '<meta name="pubdate" content="2024-05-06">',
}
LINES = {
    # names that are words for a span, too, and places behind one
    "de first name": "<p>Von Till Moe, 6. Mai 2024</p>",
    "de first name alone": "<p>Till Moe | 6. Mai 2024</p>",
    "en first name": "<p>By Fin Moe 6 May 2024</p>",
    "en surname": "<p>By Ida Do, 6 May 2024</p>",
    "en place": "<p>News from Skarvik, 6 May 2024</p>",
    "en place of one": "<p>By Ida Moe from Skarvik on 6 May 2024</p>",
    "en alliance": "<p>NATO, 6 May 2024</p>",
    "en two first names": "<p>By Till Moe 6 May 2024</p>",
    "en town": "<p>Sale, 6 May 2024</p>",
    "it first name": "<p>Di Nato Moe, 6 maggio 2024</p>",
    "ru initial": "<p>С. Иванов, 6 мая 2024</p>",
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
    "before one of change": '<div><time datetime="2024-05-06">6 May 2024</time>'
    '<time class="updated" datetime="2024-05-09">Updated 9 May</time></div>',
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
    "de written and published": "<p>Erstellt: 1. Mai 2024</p><p>Veröffentlicht: 6. Mai 2024</p>",
    "de written and published in a line": "<p>Erstellt: 01.05.2024 |"
    " Veröffentlicht: 06.05.2024</p>",
    "zh written and published in a line": "<p>成文日期：2024-05-01 发布日期：2024-05-06</p>",
    "fr written and published": "<p>Création : 1 mai 2024</p><p>Publication : 6 mai 2024</p>",
    "es written and published": "<p>Creado: 01 Mayo 2024</p><p>Publicado: 06 Mayo 2024</p>",
    "en any date and published": "<p>Date: 9 May 2024</p><p>Published: 6 May 2024</p>",
    "de any date and published in a line": "<p>Datum: 09.05.2024 | Veröffentlicht: 06.05.2024</p>",
    "ru written": "<p>Создано: 06.05.2024</p>",
    "it label": "<p>Data: 6 maggio 2024</p>",
    "tr": "<p>Yayınlanma: 06.05.2024 - 10:30</p>",
    "vi": "<p>Thứ hai, 06/05/2024 - 10:30</p>",
    "th": "<p>6 พฤษภาคม 2567</p>",
    "hi": "<p>6 मई 2024</p>",
    "en published by a system": "<p>Submitted by ida on Mon, 6 May 2024 - 10:30</p>",
    "en minutes to read": "<div>May 6, 2024 · 2 min · Ida Moe</div>",
    "en minutes before it": "<div><a>Ida Moe</a><span>2 min read</span>"
    " <span>May 6, 2024</span></div>",
    "en time with a dot": "<p>Mon 6 May 2024 10.30 BST</p>",
    "en slashes": "<p>06/May/2024</p>",
    "en category": "<p><span>News</span> <span>May 6, 2024</span></p>",
    "de changed behind it": "<p>06.05.2024, aktualisiert am 09.05.2024</p>",
    "byline in a footer above the text": '<footer class="node__meta">By ida, 6 May, 2024</footer>',
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
    "born": "<p>Born 6 May 1950</p>",
    "fr born": "<p>Né le 6 mai 1950</p>",
    "until": "<p>Valid until Monday, 6 May 2024</p>",
    "en until a weekday": "<p>Until Monday, 6 May 2024</p>",
    "en from": "<p>Open from the 6 May 2024</p>",
    "de until a weekday": "<p>Bis Montag, den 6. Mai 2024</p>",
    "sv until": "<p>Till den 6 maj 2024</p>",
    "fr since": "<p>À partir du lundi 6 mai 2024</p>",
    "pl from": "<p>Od 6 maja 2024</p>",
    "ru from": "<p>С 6 мая 2024</p>",
    "it born": "<p>Nato a Skarvik il 6 maggio 1950</p>",
    "de until": "<p>Bis 6. Mai 2024</p>",
    "fr until": "<p>Jusqu'au 6 mai 2024</p>",
    "es until": "<p>Hasta el 6 de mayo de 2024</p>",
    "ru until": "<p>До 6 мая 2024</p>",
    "ja until": "<p>2024年5月6日まで</p>",
    "zh since": "<p>2024年5月6日起施行</p>",
    "de valid from": "<p>Gültig ab 06.05.2024</p>",
    "en sale": "<p>On sale 6 May 2024</p>",
    "en archived": "<p>Archived 6 May 2024</p>",
    "photo": "<p>Photo: Ida Moe, 6 May 2024</p>",
    "en checked": "<p>Checked by Ida Moe on 6 May 2024</p>",
    "updated in two ways": '<p>6 May 2024 | Updated <time datetime="2024-05-06">6 May</time></p>',
    "updated behind a mark": "<p>6 May 2024 | Updated</p>",
    "event in German": "<p>Datum: 6. Mai 2024</p><p>Wo: dritter Pier</p>",
    "event in Turkish": "<p>Tarih: 6 Mayıs 2024</p><p>Yer: İskele</p>",
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


@pytest.mark.parametrize("separator", [*"|–—·»:«•<~‹›⋅▷●★│-", "::", "_"])
@pytest.mark.parametrize("heading", ["<h1>{}</h1>", '<h2>{}<a href="#top">¶</a></h2>', ""])
def test_a_title_is_without_the_name_of_the_site(
    tmp_path: Path, separator: str, heading: str
) -> None:
    html = PAGE.format(
        head='<meta property="og:site_name" content="Skarvik Ferries">'
        '<meta name="pubdate" content="2024-05-06">',
        line="",
        lang="en",
        text=TEXT,
    )
    html = html.replace("open - Skarvik", f"open {escape(separator)} Skarvik")
    html = html.replace("<h1>Third pier open</h1>", heading.format("Third pier open"))
    (tmp_path / "pier.html").write_text(html, encoding="utf-8")

    entry = read_file(tmp_path, "pier.html", SETTINGS).entry

    assert entry is not None
    assert entry.title == "Third pier open"
    assert "Third pier open" not in entry.body


@pytest.mark.parametrize("name", WITHOUT)
def test_a_date_of_something_else_dates_no_page(tmp_path: Path, name: str) -> None:
    lang = name.split()[0] if len(name.split()[0]) == 2 else "en"

    reading = read_page(tmp_path, line=WITHOUT[name], lang=lang)

    assert [problem.code for problem in reading.problems] == ["no-date"]
