"""Text copied out of content systems: notices above a title, links below a text, its language."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from feedsvc.dialects.field_names import FIELD_NAMES, normalize_field_name
from feedsvc.dialects.scripts import detect_language
from feedsvc.model import Entry
from feedsvc.reading import read_file
from feedsvc.settings import Settings, Site, resolve_addresses

SETTINGS = resolve_addresses(
    Settings(
        site=Site(
            language="en", url="https://harbour.example/", id_authority="harbour.example,2024"
        )
    )
)


def read_text(directory: Path, text: str, name: str = "2024-05-06-pier.txt") -> Entry:
    """Return the entry of a file with *text*."""
    (directory / name).write_text(text, encoding="utf-8")
    entry = read_file(directory, name, SETTINGS).entry
    assert entry is not None
    return entry


@pytest.mark.parametrize(
    "notice",
    [
        *("FOR IMMEDIATE RELEASE", "Press release", "*NEWS RELEASE*"),
        *("Pressemitteilung", "Medienmitteilung", "Communiqué de presse", "Comunicado de prensa"),
        *(
            "Comunicato stampa",
            "Persbericht",
            "新闻稿",
            "プレスリリース",
            "보도자료",
            "Пресс-релиз",
        ),
    ],
)
@pytest.mark.parametrize("labels", ["", "Date: 2024-05-06\n\n"])
def test_a_notice_of_release_is_no_title(tmp_path: Path, notice: str, labels: str) -> None:
    entry = read_text(tmp_path, f"{notice}\n\nThird pier open\n\n{labels}The pier is open.\n")

    assert entry.title == "Third pier open"
    assert entry.body.strip() == "The pier is open."


OPENINGS = {  # the kind of a document, with a number or its date: the category
    "Pressemitteilung Nr. 12/2024\n06.05.2024": "Pressemitteilung",
    "Press release, no. 7\n*6 May 2024*": "Press release",
    "06.05.2024 | Pressemitteilung": "",
    "6 May 2024 – Press release": "",
    "Press Release - May 6, 2024": "",
    "Pressemitteilung Nr. 12/2024 vom 6. Mai 2024": "",
    "Pressemitteilung 12/2024 vom 06.05.2024": "",
    "6 May 2024": "",
    "Date:\n6 May 2024": "",
}


@pytest.mark.parametrize(("opening", "category"), OPENINGS.items())
@pytest.mark.parametrize(("name", "mark"), [("a.txt", ""), ("a.md", ""), ("a.md", "# ")])
def test_a_title_stands_below_its_kind_and_date(
    tmp_path: Path, opening: str, category: str, name: str, mark: str
) -> None:
    text = f"{opening}\n\n{mark}Third pier open\n\nThe pier is open again since Monday.\n"
    entry = read_text(tmp_path, text, name)

    assert entry.title == "Third pier open"
    assert (str(entry.published)[:10], "".join(entry.categories)) == ("2024-05-06", category)
    assert entry.body.endswith("The pier is open again since Monday.\n")


CONTACTS = {  # whom to ask, above a title
    "Press release\n6 May 2024\nMedia contact: Ida Moe, +47 12 34 56 78",
    "Pressemitteilung\n\nAnsprechpartner: Ida Moe\nTelefon: 030 12345\nE-Mail: a@b.example"
    "\n\n6. Mai 2024",
    "Contact: Ida Moe\nTel: 12345\n\nFor immediate release\n6 May 2024",
    "For immediate release\n\nCONTACT:\nIda Moe\nSkarvik Port\nida@example.com\n\n6 May 2024",
    "Communiqué de presse\n\nContact presse : Ida Moe – 06 12 34 56 78\n\nParis, le 6 mai 2024",
    "Berlin, den 6. Mai 2024\n\nPressemitteilung Nr. 12",
}


@pytest.mark.parametrize("opening", sorted(CONTACTS))
@pytest.mark.parametrize(("name", "mark"), [("a.txt", ""), ("a.md", ""), ("a.md", "# ")])
def test_a_title_stands_below_whom_to_ask(
    tmp_path: Path, opening: str, name: str, mark: str
) -> None:
    text = f"{opening}\n\n{mark}Third pier open\n\nThe pier is open again since Monday.\n"
    entry = read_text(tmp_path, text, name)

    assert entry.title == "Third pier open"
    assert str(entry.published)[:10] == "2024-05-06"
    contacts = [line for line in opening.split("\n") if "Moe" in line or "@" in line]
    assert all(line in entry.body for line in contacts)
    assert entry.body.index("The pier is open") < entry.body.find("Moe") or not contacts


@pytest.mark.parametrize(
    "title", ["Contact: the new film", "Phone: a story", "Mobile: more ferries"]
)
def test_a_title_that_names_no_person_is_one(tmp_path: Path, title: str) -> None:
    assert read_text(tmp_path, f"{title}\n\nThe pier is open.\n").title == title


@pytest.mark.parametrize("mark", ["", "# "])
@pytest.mark.parametrize("title", ["Press release", "Home > Piers", "2024-05-07"])
def test_above_a_paragraph_of_markdown_a_line_is_the_title(
    tmp_path: Path, mark: str, title: str
) -> None:
    text = f"{mark}{title}\n\nThe pier is open again since Monday, says the port.\n"

    assert read_text(tmp_path, text, "2024-05-06-pier.md").title == title


def test_above_a_paragraph_a_dated_kind_is_the_title(tmp_path: Path) -> None:
    text = "Statement of 6 May 2024\n\nThe pier is open again since Monday, says the port.\n"

    assert read_text(tmp_path, text).title == "Statement of 6 May 2024"


@pytest.mark.parametrize(
    "way",
    ["Home > Piers", "Home » News » Piers", "You are here: Startseite › Piers", "首页 > Piers"],
)
def test_the_way_to_a_page_is_no_title(tmp_path: Path, way: str) -> None:
    entry = read_text(tmp_path, f"{way}\n\nThird pier open\n2024-05-06\n\nThe pier is open.\n")

    assert (entry.title, entry.categories) == ("Third pier open", ("Piers",))


@pytest.mark.parametrize("line", ["Home", "Home > ", "Pier 2 > Pier 3", "Home: the new pier"])
def test_a_title_that_is_no_way_is_one(tmp_path: Path, line: str) -> None:
    assert read_text(tmp_path, f"{line}\n\nThe pier is open.\n").title == line.strip()


@pytest.mark.parametrize(
    "head",
    [
        "Title: A quay\nDate: 2024-05-06 Source: Port Clicks: 9\n",
        "标题：A quay\n发布时间：2024-05-06 来源：Port 点击：9 作者：\n",
        "Titel: A quay\nDatum: 06.05.2024 Quelle: Port Klicks: 9\n",
        "Titre : A quay\nPublié le : 2024-05-06\nSource : Port\nVues : 9\n",
        "Título: A quay\nFecha: 6 de mayo de 2024\nFuente: Port\nClicks: 9\n",
        "Titolo: A quay\nAutore: Ida\nData: 6 maggio 2024\nFonte: Port\nClicks: 9\n",
        "Tytuł: A quay\nAutor: Ida\nData: 6 maja 2024\nŹródło: Port\nClicks: 9\n",
        "タイトル：A quay\n公開日：2024年5月6日\n出典：Port\n閲覧数：9\n",
    ],
)
def test_a_header_may_have_several_labels_in_the_line_of_its_date(
    tmp_path: Path, head: str
) -> None:
    entry = read_text(tmp_path, f"{head}\nThe quay is open.\n", "quay.txt")

    assert (entry.title, str(entry.published)[:10], entry.clicks) == ("A quay", "2024-05-06", 9)
    assert entry.origin is not None
    assert entry.origin.title == "Port"


@pytest.mark.parametrize(
    ("above", "title", "section"),
    [
        ("News\n\nThird pier open\n", "Third pier open", "News"),
        ("News\nPier opens\n", "Pier opens", "News"),
        (
            "News and Events\n\nThird pier open in the harbour\n",
            "Third pier open in the harbour",
            "News and Events",
        ),
        ("Company News > Port\n\nThird pier open\n", "Third pier open", "Port"),
        ("Home\nNews\nThird pier open\n", "Third pier open", "News"),
        ("News\n\nPort buys Skarvik Ferries Inc.\n", "Port buys Skarvik Ferries Inc.", "News"),
        ("Aktuelles\n\nVon Storch besucht den Pier\n", "Von Storch besucht den Pier", "Aktuelles"),
        ("新闻中心\n\n第三码头今天向公众开放\n", "第三码头今天向公众开放", "新闻中心"),
        ("# News\n\n## Third pier open\n", "Third pier open", "News"),
        # a by-line, a subtitle or a paragraph below a short title
        ("Third pier open\nBy Ida Holm\n", "Third pier open", ""),
        ("Third pier open\nBy Ida Holm and Jon Aske\n", "Third pier open", ""),
        ("Third pier open\nIda Holm\n", "Third pier open", ""),
        ("Third pier open\nFerries from June\n", "Third pier open", ""),
        ("Dritter Pier offen\nVon Ida Holm\n", "Dritter Pier offen", ""),
        ("Third pier open\n\nThe pier took three years to build.\n", "Third pier open", ""),
        (
            "Pier opens\n\nIt took three years, says the harbour master, and a day.\n",
            "Pier opens",
            "",
        ),
        (
            "第三码头今日开放\n\n港口主任说，建造历时三年，渡轮从六月起停靠。\n",
            "第三码头今日开放",
            "",
        ),
        ("# Third pier open\n\nThe pier took three years to build\n", "Third pier open", ""),
        ("# Third pier open\n\n## Ferries\n", "Third pier open", ""),
        ("PORT\nThird pier open\nBy Ida Holm\n", "Third pier open", "PORT"),
        ("News\nThird pier open\nFerries from June\n", "Third pier open", "News"),
    ],
)
def test_of_the_lines_above_labels_one_is_the_title(
    tmp_path: Path, above: str, title: str, section: str
) -> None:
    entry = read_text(tmp_path, f"{above}\nPublished: 2024-05-06\n\nThe pier is open.\n")

    assert (entry.title, "".join(entry.categories)) == (title, section)
    assert entry.body.strip().endswith("The pier is open.")
    assert title not in entry.body


@pytest.mark.parametrize("name", ["2024-05-06-pier.txt", "2024-05-06-pier.md"])
@pytest.mark.parametrize(
    ("below", "title"),
    [
        ("Third pier open\n\nIt is open.\n", "Third pier open"),
        ("It is open.\n\nSo we sail.\n", "Pier"),
        ("https://harbour.example/pier\n\nIt is open.\n", "Pier"),
        ("Third pier open\nand a fourth planned\n\nIt is open.\n", "Pier"),
        ("", "Pier"),
    ],
)
def test_a_line_below_a_header_without_a_title_is_one(
    tmp_path: Path, name: str, below: str, title: str
) -> None:
    entry = read_text(tmp_path, f"Date: 2024-05-06\nAuthor: Ida Holm\n\n{below}", name)

    assert (entry.title, entry.dialect) == (title, "headers")


@pytest.mark.parametrize(
    "head",
    [
        "Date: 6 May 2024\nTime: 19:00\nVenue: Pier 2",
        "Date: 6 May 2024\nTime: 19:00\nCategory: Events\nPlace: Pier 2",
        "Event: Festival\nDate: 6 May 2024\nTime: 19:00\nVenue: Pier 2",
        "Datum: 6. Mai 2024\nAutor: Ida\nOrt: Pier 2",
    ],
)
def test_the_labels_of_an_event_are_no_header(tmp_path: Path, head: str) -> None:
    (tmp_path / "pier.txt").write_text(f"{head}\n\nFestival\n\nAll come.\n", encoding="utf-8")

    assert read_file(tmp_path, "pier.txt", SETTINGS).state == "error"


@pytest.mark.parametrize("label", ["Title: Pier\nDate", "Published"])
def test_the_place_of_a_story_does_not_make_it_an_event(tmp_path: Path, label: str) -> None:
    text = f"{label}: 2024-05-06\nAuthor: Ida\nLocation: Pier 2\n\nThe pier is open.\n"

    assert str(read_text(tmp_path, text, "pier.txt").published)[:10] == "2024-05-06"


@pytest.mark.parametrize(
    ("written", "published"),
    [
        *product(
            ("Created: 2024-05-01", "Date created: 2024-05-01", "Written: 2024-05-01"),
            ("Release date: 2024-05-06", "Published on: 2024-05-06", "Issue date: 2024-05-06"),
        ),
        ("Created on: 2024-05-01", "Date of publication: 2024-05-06"),
        ("Erstellt am: 01.05.2024", "Erschienen: 06.05.2024"),
        ("作成日：2024年5月1日", "掲載日：2024年5月6日"),
        ("成文日期：2024-05-01", "公布日期：2024-05-06"),
        ("录入时间：2024-05-01", "刊登时间：2024-05-06"),
        ("작성일: 2024-05-01", "배포일: 2024-05-06"),
    ],
)
def test_a_date_of_writing_counts_after_one_of_publication(
    tmp_path: Path, written: str, published: str
) -> None:
    for lines in ((written, published), (published, written)):
        text = "Third pier open\n\n" + "\n".join(lines) + "\n\nThe pier is open.\n"
        assert str(read_text(tmp_path, text, "pier.txt").published)[:10] == "2024-05-06"
        front = "---\ntitle: Pier\n" + "\n".join(lines).replace("：", ": ") + "\n---\n\nOpen.\n"
        assert str(read_text(tmp_path, front, "pier.md").published)[:10] == "2024-05-06"


@pytest.mark.parametrize(
    ("other", "published"),
    [
        ("Date: 9 May 2024", "Published: 6 May 2024"),
        ("Date: 9 May 2024", "Release Time: 2024-05-06"),
        ("Datum: 09.05.2024", "Veröffentlicht: 06.05.2024"),
        ("Date : 9 mai 2024", "Publié le : 6 mai 2024"),
        ("日期：2024-05-09", "发布时间：2024-05-06"),
        ("Created: 1 May 2024", "Date: 6 May 2024"),
        ("Erstellt: 01.05.2024", "Datum: 06.05.2024"),
    ],
)
def test_a_label_of_publication_counts_before_one_of_any_date(
    tmp_path: Path, other: str, published: str
) -> None:
    for lines in ((other, published), (published, other)):
        text = "Third pier open\n\n" + "\n".join(lines) + "\n\nThe pier is open.\n"
        assert str(read_text(tmp_path, text, "pier.txt").published)[:10] == "2024-05-06"


def test_the_edges_of_a_comment_are_no_title(tmp_path: Path) -> None:
    for text in (
        "<!--\ndate: 2024-05-06\n-->\n\n# Third pier open\n\nIt is open.\n",
        "# Third pier open\n\n<!--\ndate: 2024-05-06\n-->\n\nIt is open.\n",
    ):
        entry = read_text(tmp_path, text, "pier.md")

        assert (entry.title, entry.body.strip()) == ("Third pier open", "It is open.")


def test_each_name_of_a_field_is_in_the_table_once() -> None:
    for canonical, words in FIELD_NAMES.items():
        names = [normalize_field_name(name) for name in words.split()]

        assert len(names) == len(set(names)), canonical


@pytest.mark.parametrize(
    "title", ["For immediate release of pressure", "Press release valve recalled"]
)
def test_a_title_that_begins_as_a_notice_is_one(tmp_path: Path, title: str) -> None:
    assert read_text(tmp_path, f"{title}\n\nThe valve is open.\n").title == title


@pytest.mark.parametrize(
    "steps",
    [
        "Previous: Second pier open\nNext: Fourth pier planned",
        "上一篇：第二码头开放\n下一篇：没有了",
        "Share: Facebook Twitter",
        "【打印本页】【关闭窗口】",
        "이전글 : 둘째 부두\n다음글 : 없음",
    ],
)
def test_links_to_other_pages_are_no_text(tmp_path: Path, steps: str) -> None:
    text = f"Third pier open\n\nRelease Time:2024-05-06Source:Skarvik\n\nIt is open.\n\n{steps}\n"

    assert read_text(tmp_path, text).body.strip() == "It is open."


@pytest.mark.parametrize("last", ["Next: we sail.", "Tags: piers", "Print runs are sold out."])
def test_words_that_only_begin_like_one_stay(tmp_path: Path, last: str) -> None:
    text = f"Third pier open\n\nRelease Time:2024-05-06\n\nIt is open.\n\n{last}\nMore of it.\n"

    assert last in read_text(tmp_path, text).body


def test_a_labelled_line_names_author_source_and_clicks(tmp_path: Path) -> None:
    page = (
        "<!doctype html><title>第三码头开放</title><h1>第三码头开放</h1><p>"
        "<span>来源：斯卡维克轮渡</span><span>作者：林宜</span><span>时间：2024-05-06</span><span>点击：12次</span></p>"
        "<p>第三码头今天早上向渡轮开放，第一班船载着四十人和一匹马到了峡湾对岸，港务长等这一天已经很久了。</p>"
    )

    entry = read_text(tmp_path, page, "pier.html")

    assert [author.name for author in entry.authors] == ["林宜"]
    assert entry.origin is not None
    assert entry.origin.title == "斯卡维克轮渡"
    assert entry.clicks == 12
    assert entry.language == "zh"


LANGUAGES = {
    "zh": "第三码头今天早上向渡轮开放，第一班船载着四十人和一匹马到了峡湾对岸。",
    "ja": "第三桟橋は今朝からフェリーに開放され、最初の船は四十人と馬一頭を対岸に運びました。",
    "ko": "셋째 부두가 오늘 아침부터 여객선에 열렸고 첫 배는 마흔 명과 말 한 마리를 실었다.",
    "ru": "Третий причал открыт для паромов с сегодняшнего утра, это было давно обещано.",
    "uk": "Третій причал відкрито для поромів із сьогоднішнього ранку, її чекали давно.",
    "el": "Η τρίτη προβλήτα είναι ανοιχτή για τα πλοία από σήμερα το πρωί.",
    "he": "הרציף השלישי פתוח למעבורות מאז הבוקר והספינה הראשונה יצאה",
    "ar": "افتُتح الرصيف الثالث أمام العبارات منذ صباح اليوم في المدينة القديمة",
    "": "The third pier has been open to ferries since this morning: 第三码头, 第三桟橋.",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_script_tells_a_language_that_alone_is_written_in_it(language: str) -> None:
    assert detect_language(LANGUAGES[language]) == language


@pytest.mark.parametrize(
    "text",
    [
        "Третият кей е отворен за фериботи от тази сутрин и първият кораб тръгна.",  # Bulgarian
        "Трећи пристан је отворен за трајекте од јутрос и први брод је отишао.",  # Serbian
        "اسکله سوم از امروز صبح برای کشتی‌ها باز است و نخستین کشتی رفت",  # Persian
        "Der dritte Kai ist seit heute früh für Fähren geöffnet, erzählt man.",
    ],
)
def test_a_script_that_several_languages_share_tells_none(text: str) -> None:
    assert detect_language(text) == ""


def test_the_language_of_the_site_stays_where_it_is_the_texts(tmp_path: Path) -> None:
    (tmp_path / "2024-05-06-a.txt").write_text(LANGUAGES["zh"], encoding="utf-8")
    site = Site(language="zh-Hans", url="https://a.example/", id_authority="a.example,2024")

    entry = read_file(tmp_path, "2024-05-06-a.txt", resolve_addresses(Settings(site=site))).entry

    assert entry is not None
    assert entry.language == "zh-Hans"
