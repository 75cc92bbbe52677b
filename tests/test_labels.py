"""Lines with labels: what is taken for one, in many languages, and what stays a sentence."""

from __future__ import annotations

from pathlib import Path
from time import process_time

import pytest

from feedsvc.dialects.field_names import get_field_name_table
from feedsvc.dialects.labelled.labels import detect_label_block, get_label_field, parse_label_line
from feedsvc.reading import read_file
from feedsvc.settings import Settings
from tests.support.entries import write_file

NAMES = get_field_name_table({})
LINES = {
    "Release Time:2026-03-02Source:Clicks:1398Author:": (
        "published=2026-03-02 origin= clicks=1398 authors="
    ),
    "Date:2026-03-02Source:BBCAuthor:Jo": "published=2026-03-02 origin=BBC authors=Jo",
    "DATE: 2026-03-02 | SOURCE: Gazette | VIEWS: 12": (
        "published=2026-03-02 origin=Gazette clicks=12"
    ),
    "时间：2026-03-02 16:55:24 来源：本站 作者：林梅": (
        "published=2026-03-02 16:55:24 origin=本站 authors=林梅"
    ),
    "作者： 时间：2026-03-02 12:08:37 次浏览": "authors= published=2026-03-02 12:08:37 =次浏览",
    "发布日期: 2026 年 3 月 2 日": "published=2026 年 3 月 2 日",
    "发布时间2026-03-02": "published=2026-03-02",
    "2026-03-02 16:55 来源：本站 点击：12": "published=2026-03-02 16:55 origin=本站 clicks=12",
    "2026年03月02日 16:55 来源：本站": "published=2026年03月02日 16:55 origin=本站",
    "来源：本站 作者：林梅 2026-03-02 16:55": "origin=本站 authors=林梅 published=2026-03-02 16:55",
    "發佈日期：2026-03-02\u3000更新日期：2026-03-05\u3000點閱：12": (
        "published=2026-03-02 updated=2026-03-05 clicks=12"
    ),
    "公開日：2026年3月2日（月）": "published=2026年3月2日（月）",
    "등록일 : 2026-03-02 작성자 : 관리자": "published=2026-03-02 authors=관리자",
    "Released on 2026/03/02.": "published=2026/03/02",
    "Posted on March 2, 2026 by Anna Lee": "published=March 2, 2026 authors=Anna Lee",
    "Posted 2 March 2026 in News": "published=2 March 2026 =in News",
    "- **Date:** 2026-03-02": "published=2026-03-02",
    "* __Date__: 2 March 2026 | Press office": "published=2 March 2026 =Press office",
    "Created: March 2, 2026 10:32 AM": "published=March 2, 2026 10:32 AM",
    "Announced: 2 March 2026": "published=2 March 2026",
    "Last updated: 2 March 2026": "updated=2 March 2026",
    "Veröffentlicht am 2. März 2026 von Anna Lee": "published=2. März 2026 authors=Anna Lee",
    "Stand: 2. März 2026": "updated=2. März 2026",
    "Publié le 2 mars 2026": "published=2 mars 2026",
    "Mis à jour le 2 mars 2026": "updated=2 mars 2026",
    "Publicado el: 2 de marzo de 2026 Fuente: Gaceta": (
        "published=2 de marzo de 2026 origin=Gaceta"
    ),
    "Data de publicação: 2 de março de 2026": "published=2 de março de 2026",
    "Data: 2 marzo 2026 Fonte: Gazzetta": "published=2 marzo 2026 origin=Gazzetta",
    "Publicatiedatum: 2 maart 2026": "published=2 maart 2026",
    "Data publikacji: 2 marca 2026": "published=2 marca 2026",
    "Опубликовано: 2 марта 2026, источник: Газета": "published=2 марта 2026 origin=Газета",
    "Оновлено: 2 березня 2026": "updated=2 березня 2026",
    "Publicerad 2 mars 2026": "published=2 mars 2026",
    "Sist oppdatert: 2. mars 2026": "updated=2. mars 2026",
    "Julkaistu: 2.3.2026": "published=2.3.2026",
    "Yayın Tarihi: 2 Mart 2026 Pazartesi": "published=2 Mart 2026 Pazartesi",
    "تاريخ النشر: 2 مارس 2026": "published=2 مارس 2026",
    "תאריך פרסום: 2 במרץ 2026": "published=2 במרץ 2026",
    "Ngày đăng: 02/03/2026": "published=02/03/2026",
    "วันที่เผยแพร่: 2 มีนาคม 2569": "published=2 มีนาคม 2569",
    "Diterbitkan: 2 Maret 2026": "published=2 Maret 2026",
    # a date of something else is a field of its own, which nothing reads
    "来源：本站 活动时间：2026年3月2日": "origin=本站 =2026年3月2日",
    "Source: City Closing Date: 2026-03-02": "origin=City =2026-03-02",
}
SENTENCES = [
    "Dates: the fruit of the palm.",
    "Published 2 books in 2025, and a third.",
    "Posted by the ferry on the pier.",
    "The source: a well in the hills.",
    "报名截止时间：2026年3月2日",
    "Lead: a metal.",
    "Closing date: 2 March 2026",
]
NO_BLOCKS = [
    "Date: a fruit of the palm",
    "Date: 2 March 2026 was a fine day for the whole town",
    "Date: 2 March 2026\nVenue: Town hall",
    "Time: Saturday, 14 March 2026\n\nPlace: Pier 4",
    "时间：2026年3月2日 地点：市政厅",
    "日時：2026年3月2日\n場所：市民会館",
    "Datum: 14. März 2026\nOrt: Rathaus",
    "Fecha: 14 de marzo de 2026\nLugar: Ayuntamiento",
    "Last updated: 2 March 2026",
]


@pytest.mark.parametrize(("line", "fields"), LINES.items())
def test_a_line_is_its_labels(line: str, fields: str) -> None:
    found = parse_label_line(line, 7, NAMES)

    assert " ".join(f"{get_label_field(one.name, NAMES)}={one.value}" for one in found) == fields
    assert {one.line for one in found} == {7}


@pytest.mark.parametrize("line", SENTENCES)
def test_a_sentence_has_no_label(line: str) -> None:
    assert parse_label_line(line, 1, NAMES) == []


@pytest.mark.parametrize("text", NO_BLOCKS)
def test_labels_that_do_not_date_the_text_are_no_block(text: str) -> None:
    assert detect_label_block(text.split("\n"), NAMES) is None


def test_a_sure_label_counts_beside_a_place() -> None:
    block = detect_label_block(["Published: 2 March 2026", "Venue: Town hall"], NAMES)

    assert block is not None
    assert [field.value for field in block.fields] == ["2 March 2026"]


def test_the_names_of_the_settings_are_labels() -> None:
    names = get_field_name_table({"published": ("Start Date",)})

    assert parse_label_line("- Start Date: 2026-03-02", 1, NAMES) == []
    assert [one.value for one in parse_label_line("- Start Date: 2026-03-02", 1, names)] == [
        "2026-03-02"
    ]


@pytest.mark.parametrize(
    "line",
    [
        ":" * 200_000,
        "Source:" * 40_000,
        "Source:" + " " * 200_000,
        "Source: " + "x:" * 100_000,
        "作者：" * 50_000,
        "Published " + "1 " * 100_000,
        "Date: 2 March 2026" + " |" * 100_000,
    ],
    ids=lambda line: line[:12],
)
def test_any_line_is_taken_apart_in_linear_time(line: str) -> None:
    start = process_time()
    parse_label_line(line, 1, NAMES)

    assert process_time() - start < 1


PROPERTIES = "# A quay\n\nCreated: March 2, 2026\n{}\nTags: ferry\n{}\n\nIt opens.\n"


@pytest.mark.parametrize(
    ("among", "below", "state"),
    [
        ("Status: Published", "Author: Ida", "public"),
        ("Status: In progress", "Author: Ida", "draft"),
        ("Language: nb", "Author: Ida", "public"),
        # no field, or not among labels: a line of the text
        ("Phone: 12345", "", "public"),
        ("Words of it.", "", "public"),
        ("Author: Ida", "Status: In progress", "public"),
        ("Author: Ida", "Status: Not started", "draft"),
    ],
)
def test_a_line_among_labels_is_a_field(tmp_path: Path, among: str, below: str, state: str) -> None:
    write_file(tmp_path, "a.md", PROPERTIES.format(among, below))
    reading = read_file(tmp_path, "a.md", Settings())

    assert reading.entry is not None
    assert reading.state == state
    is_text = among.startswith(("Phone", "Words"))
    assert [line in reading.entry.body for line in (among, "Tags: ferry")] == [is_text, is_text]
    authors = [one.name for one in reading.entry.authors]
    assert authors == (["Ida"] if "Ida" in among + below else [])
