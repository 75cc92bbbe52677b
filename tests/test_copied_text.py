"""Text copied out of content systems: notices above a title, links below a text, its language."""

from __future__ import annotations

from pathlib import Path

import pytest

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
