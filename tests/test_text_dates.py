"""The date of an entry whose header has none, or has one that cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedsvc.dates import DATE_REMEDY
from feedsvc.reading import Reading, explain_fields, read_file
from feedsvc.settings import Settings, Site, resolve_addresses

SETTINGS = resolve_addresses(
    Settings(
        site=Site(
            timezone="Europe/Oslo",
            url="https://harbour.example/",
            id_authority="harbour.example,2024",
        )
    )
)
FRONT = "---\ntitle: Skarvik Ferries 2.4\n---\n"


def read(folder: Path, name: str, text: str) -> Reading:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return read_file(folder, name, SETTINGS)


def describe(reading: Reading) -> str:
    """Return the day and source of an entry, else its state and the codes of its problems."""
    if reading.entry is None:
        return f"{reading.state} {' '.join(one.code for one in reading.problems)}"
    published = reading.entry.published
    return f"{str(published)[:10]} {published.source}"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '{\n@"title": "T", "html": "x"}'),
        ("a.md", '+++\n@title = "T"\n+++\nx'),
        ("a.md", "---\n@title: T\n---\nx"),
        ("a.org", "#+TITLE: T\n@\nx"),
        ("a.adoc", "= T\n@\nx"),
        ("a.rst", ".. title: T\n@\nx"),
        ("a.html", "@<html><head><title>T</title></head><body><p>x</p>"),
        ("a.txt", "T\n\n@\nx"),
        ("a.wml", "@<define-tag pagetitle>T</define-tag>\nx"),
        ("b.md", '@@def title = "T"\n\nx'),
        ("b.rst", "T\n===\n\n@:tags: a\n\nx"),
    ],
)
def test_the_line_that_is_to_be_added_is_read(tmp_path: Path, name: str, text: str) -> None:
    (problem,) = read(tmp_path, name, text.replace("@", "", 1)).problems
    line = problem.remedy.split("`")[1]

    assert problem.code == "no-date"
    fixed = read(tmp_path, name, text.replace("@", f"{line}\n", 1))
    assert describe(fixed).startswith("2023-03-02 ")
    assert not fixed.problems


TIMES = {  # lines of Markdown with elements of HTML: the date, "" if it is none of publication
    '<time datetime="2024-05-06">6 May</time>': "2024-05-06T00:00",
    "<time class=dt datetime=2024-05-06></time>": "2024-05-06T00:00",
    '<time datetime="2024-05-06T10:30:00+02:00" itemprop=x>Monday</time>': "2024-05-06T10:30",
    '<p>Published <time datetime="2024-05-06">Monday</time></p>': "2024-05-06T00:00",
    'Date: <time datetime="2024-05-06">6 May</time>': "2024-05-06T00:00",
    '<p class="date">6 May 2024</p>': "2024-05-06T00:00",
    "<small><time>6 May 2024</time></small>": "2024-05-06T00:00",
    '<p>Last updated <time datetime="2024-05-06">Monday</time></p>': "",
    'Until <time datetime="2024-05-06">Monday</time>': "",
    'We met on <time datetime="2024-05-06">Monday</time> at the quay.': "",
    "<del>6 May 2024</del>": "",
    "<!-- 6 May 2024 -->": "",
}


@pytest.mark.parametrize(("line", "published"), TIMES.items())
@pytest.mark.parametrize("head", ["# The quay\n\n", "---\ntitle: The quay\n---\n"])
def test_a_line_of_markdown_may_be_a_time_of_html(
    tmp_path: Path, head: str, line: str, published: str
) -> None:
    reading = read(tmp_path, "a.md", f"{head}{line}\n\nText.\n")

    assert (str(reading.entry.published)[:16] if reading.entry else "") == published
    assert reading.entry is None or reading.entry.body.strip() == "Text."


UNDATED = {  # a correction of a retracted entry without a title
    "a.json": '{\n@"date": "2024-05-06", "status": "retracted", "correction": "c", "text": "x"}',
    "toml.md": '+++\n@date = 2024-05-06\nstatus = "retracted"\ncorrection = "c"\n+++\nx',
    "yaml.md": "---\n@date: 2024-05-06\nstatus: retracted\ncorrection: c\n---\nx",
    "a.md": '@@def date = "2024-05-06"\n@def status = "retracted"\n@def correction = "c"\nx',
    "a.org": "@#+DATE: 2024-05-06\n#+STATUS: retracted\n#+CORRECTION: c\n\nx",
    "a.adoc": "@:date: 2024-05-06\n:status: retracted\n:correction: c\n\nx",
    "a.rst": "@:date: 2024-05-06\n:status: retracted\n:correction: c\n\nx",
    "nikola.rst": "@.. date: 2024-05-06\n.. status: retracted\n.. correction: c\n\nx",
    "a.txt": "@Date: 2024-05-06\nStatus: retracted\nCorrection: c\n\nx",
    "a.html": '<html><head>@<meta name="date" content="2024-05-06">'
    '<meta name="status" content="retracted"><meta name="correction" content="c"></head>x',
    "a.wml": "@<define-tag date>2024-05-06</define-tag>\n"
    "<define-tag status>retracted</define-tag>\n<define-tag correction>c</define-tag>\nx",
}


@pytest.mark.parametrize(("name", "text"), UNDATED.items())
def test_lines_that_are_to_be_added_are_read(tmp_path: Path, name: str, text: str) -> None:
    before, _, behind = text.partition("@")
    problems = read(tmp_path, name, before + behind).problems
    lines = [one.remedy.split("`")[1].replace("2023", "2025") for one in problems]
    fixed = read(tmp_path, name, before + "\n".join([*lines, behind]))

    assert sorted(one.code for one in problems) == [
        "correction-undated",
        "no-title",
        "retraction-undated",
    ]
    assert fixed.entry is not None
    assert (str(fixed.entry.updated)[:4], str(fixed.entry.retracted)[:4]) == ("2025", "2025")
    assert (fixed.entry.title, fixed.problems) == ("…", ())


BELOW_FRONT_MATTER = {
    "# Notes\n\nRelease date: March 2, 2026\n\nText.": "2026-03-02 text",
    "# 发布说明\n\n发布日期: 2026 年 3 月 2 日\n\n正文。": "2026-03-02 text",
    "**Date:** 2 March 2026\n\nText.": "2026-03-02 text",
    "- Published: 2026-03-02\n- Author: Mara Lind\n\nText.": "2026-03-02 text",
    "Released on 2026/03/02.\n\nText.": "2026-03-02 text",
    "Posted on March 2, 2026 by Mara Lind\n\nText.": "2026-03-02 text",
    "تاريخ النشر: 2 مارس 2026\n\nنص.": "2026-03-02 text",
    "Created: March 2, 2026 10:32 AM\n\nText.": "2026-03-02 text",
    "2026年3月2日（月）\n\n本文。": "2026-03-02 text",
    "Von Ida Holm, 2. März 2026\n\nText.": "2026-03-02 text",
    "Publié par Ida Holm le 2 mars 2026\n\nTexte.": "2026-03-02 text",
    "Por Ida Holm | 2 de marzo de 2026\n\nTexto.": "2026-03-02 text",
    "Door Ida Holm op 2 maart 2026\n\nTekst.": "2026-03-02 text",
    "V Praze dne 2. března 2026\n\nText.": "2026-03-02 text",
    "ROTTERDAM, March 2, 2026 - 40 people came.": "2026-03-02 text",
    "Rotterdam, 2 March 2026 – 10 km of quays are closed.": "2026-03-02 text",
    "Monday, 2 March 2026 - 19:00\n\nText.": "2026-03-02 text",
    "2 March 2026 by Mara Lind\n\nText.": "2026-03-02 text",
    "2 March 2026 · 4 min read\n\nText.": "2026-03-02 text",
    "2 March 2026 - 90 min\n\nText.": "error no-date",
    "Date:\n2 March 2026\n\nText.": "2026-03-02 text",
    "**Published:**\n2 March 2026\n\nText.": "2026-03-02 text",
    "Opening day:\n2 March 2026\n\nText.": "error no-date",
    "Until:\n\n2 March 2026\n\nText.": "error no-date",
    "Last updated 4 March 2026 | Published 2 March 2026\n\nText.": "2026-03-02 text",
    "Published 2 March 2026 · Updated 4 March 2026\n\nText.": "2026-03-02 text",
    "March 2, 2026 - 3 min read\n\nText.": "2026-03-02 text",
    "YANGZHONG, March 2, 2026: The quay is open.": "2026-03-02 text",
    "den 2 mars 2026\n\nText.": "2026-03-02 text",
    "Rotterdam, le 2 mars 2026 – Le quai est ouvert.": "2026-03-02 text",
    "Berlin, 2. März 2026 - Der Kai ist offen.": "2026-03-02 text",
    "Madrid, 2 de marzo de 2026 (Cable).- El muelle abre.": "2026-03-02 text",
    "Москва, 2 марта 2026 г. — Причал открыт.": "2026-03-02 text",
    "Warszawa, 2 marca 2026 r. – Otwarto nabrzeże.": "2026-03-02 text",
    "Berlin, den 2. März 2026\n\nDer Kai ist offen.": "2026-03-02 text",
    "Harbour Security Advisory, March 2 2026\n\nText.": "2026-03-02 text",
    "Pressemitteilung vom 2. März 2026\n\nText.": "2026-03-02 text",
    "Published: 2 March 2026 10:00 (Beijing time)\n\nText.": "2026-03-02 text",
    "Published: 2 March 2026 (last time)\n\nText.": "2026-03-02 text",
    # not the date of the text
    "Last updated: 2 March 2026\n\nText.": "error no-date",
    "Date: a fruit of the palm\n\nText.": "error no-date",
    "Time: 14 March 2026, 10:00\n\nVenue: Town hall\n\nText.": "error no-date",
    "Date: 14 March 2026\nTime: 18:00\nVenue: Town hall\n\nText.": "error no-date",
    "14 March 2026\nWhere: Town hall\n\nText.": "error no-date",
    "Date: 14 March 2026\nDoors: 19:00\n\nText.": "error no-date",
    "Date: 14 March 2026\nTime: 7pm to 9pm\n\nText.": "error no-date",
    "Date: 14 March 2026\nTime: 19:00\n\nText.": "2026-03-14 text",
    "Datum: 14. März 2026\nWo: Rathaus\n\nText.": "error no-date",
    "Datum: 14. März 2026\nUhrzeit: 19:00 Uhr bis 21:00 Uhr\n\nText.": "error no-date",
    "Date : 14 mars 2026\nOù : mairie\n\nTexte.": "error no-date",
    "Fecha: 14 de marzo de 2026\nDónde: ayuntamiento\n\nTexto.": "error no-date",
    "Data: 14 marzo 2026\nDove: municipio\n\nTesto.": "error no-date",
    "Datum: 14 maart 2026\nWaar: stadhuis\n\nTekst.": "error no-date",
    "Datum: 14 mars 2026\nVar: stadshuset\n\nText.": "error no-date",
    "Data: 14 marca 2026\nGdzie: ratusz\n\nTekst.": "error no-date",
    "Дата: 14 марта 2026\nМесто проведения: ратуша\n\nТекст.": "error no-date",
    "Dátum: 2026. március 14.\nHelyszín: városháza\n\nSzöveg.": "error no-date",
    "Ημερομηνία: 14 Μαρτίου 2026\nΧώρος: δημαρχείο\n\nΚείμενο.": "error no-date",
    "日期：2026年3月14日\n场地：市政厅\n\n正文。": "error no-date",
    # until when, and what was on that day
    "May 6, 2026 - May 8, 2026\n\nText.": "error no-date",
    "LISBON, 6 May 2026 - 8 May 2026\n\nText.": "error no-date",
    "Lisbon, 06.05.2026 - 08.05.2026\n\nText.": "error no-date",
    "Monday 6 May 2026, 7 pm - 10 pm\n\nText.": "error no-date",
    "6 May 2026 - 19:00, Town hall\n\nText.": "error no-date",
    "1 January 1950 - 6 May 2024\n\nText.": "error no-date",
    "Né le 6 mai 1950\n\nTexte.": "error no-date",
    "Por la tarde, 6 de mayo de 2026\n\nTexto.": "error no-date",
    "2026-03-14 19:00 地点：市政厅\n\n正文。": "error no-date",
    "Ouverture le 6 mai 2026\n\nTexte.": "error no-date",
    "Invigning den 6 maj 2026\n\nText.": "error no-date",
    # what says in which zone the time is may not be lost
    "Published: 14 March 2026 10:00 (Eastern Time)\n\nText.": "error no-date",
    "Published: 14 March 2026 10:00 (local time)\n\nText.": "error no-date",
    "时间：2026年3月14日\n地点：市政厅\n\n正文。": "error no-date",
    "Town Hall, 14 March 2026\n\nText.": "error no-date",
    "On March 2, 2026 – a Monday – the quay opened.": "error no-date",
    "Am 2. März 2026 – einem Montag – begann es.": "error no-date",
    "One.\n\nTwo.\n\nThree.\n\nFour.\n\nDate: 2 March 2026\n\nFive.": "error no-date",
    "March 2026\n\nText.": "error no-date",
}


@pytest.mark.parametrize(("body", "outcome"), BELOW_FRONT_MATTER.items())
def test_a_date_below_front_matter(tmp_path: Path, body: str, outcome: str) -> None:
    assert describe(read(tmp_path, "a.md", FRONT + body)) == outcome


@pytest.mark.parametrize(
    ("text", "title", "body"),
    [
        ("New Quay\n\n2 March 2026\n\nText.", "New Quay", "Text."),
        ("New Quay\n\nText.\n\n2 March 2026\n", "New Quay", "Text."),
        ("2026年3月2日（月）\n\n新しい桟橋\n\n本文。", "新しい桟橋", "本文。"),
        ("FOR IMMEDIATE RELEASE\n\nNew Quay\n\n2 March 2026\n\nText.", "New Quay", "Text."),
        ("Pressemitteilung\n\nNeuer Kai\n\n2. März 2026\n\nText.", "Neuer Kai", "Text."),
        ("Communiqué de presse\n\nQuai\n\nParis, le 2 mars 2026\n\nTexte.", "Quai", "Texte."),
        (
            "New Quay\n\nPIER, 2 March 2026 - Text.",
            "New Quay",
            "PIER, 2 March 2026 - Text.",
        ),
        (
            "New Quay\n\nBy Mara Lind, 2 March 2026\n\nText.",
            "New Quay",
            "By Mara Lind, 2 March 2026\n\nText.",
        ),
    ],
)
def test_a_line_that_is_the_date_leaves_the_text(
    tmp_path: Path, text: str, title: str, body: str
) -> None:
    entry = read(tmp_path, "a.txt", text).entry

    assert entry is not None
    assert str(entry.published)[:10] == "2026-03-02"
    assert (entry.title, entry.body.strip()) == (title, body)


def test_labels_below_front_matter_become_fields_and_leave_the_text(tmp_path: Path) -> None:
    labels = "时间：2026-03-02 10:00 来源：港口 作者：林梅\nUpdated: 2026-03-05"
    entry = read(tmp_path, "a.md", f"{FRONT}# Skarvik\n\n{labels}\n\nText.").entry

    assert entry is not None
    assert [author.name for author in entry.authors] == ["林梅"]
    assert entry.origin is not None
    assert entry.origin.title == "港口"
    assert str(entry.updated)[:10] == "2026-03-05"
    assert entry.body.split() == ["#", "Skarvik", "Text."]


def test_a_label_that_the_front_matter_has_too_stays_in_the_text(tmp_path: Path) -> None:
    text = "---\ntitle: T\nauthor: Jon Aske\n---\nDate: 2026-03-02\nAuthor: Mara Lind\n\nText."
    entry = read(tmp_path, "a.md", text).entry

    assert entry is not None
    assert [author.name for author in entry.authors] == ["Jon Aske"]
    assert entry.body == "Author: Mara Lind\n\nText."


def test_the_files_name_goes_before_labels_in_the_text(tmp_path: Path) -> None:
    text = f"{FRONT}Release date: March 2, 2026\n\nText."

    assert describe(read(tmp_path, "2026-01-05-x.md", text)) == "2026-01-05 filename"


TITLES = {"a.txt": "T", "a.md": "# T", "a.html": "<h1>T</h1>"}
NO_YEAR = "has no year of four digits"
ANY_ORDER = "may be read in more than one order and century"
REFUSED_LINES = {  # of "T", an empty line, and these: the line, the words, and why they are refused
    "3/4/26\n\nText.": (3, "3/4/26", ANY_ORDER),
    "2.3.26\n\nText.": (3, "2.3.26", ANY_ORDER),
    "Text.\n\n26-3-4\n": (5, "26-3-4", ANY_ORDER),
    "Press release of 3/4/26\n\nText.": (3, "3/4/26", ANY_ORDER),
    "03/04/2026\n\nText.": (3, "03/04/2026", "may mean 2026-04-03 (day first) or"),
    "March 2\n\nText.": (3, "March 2", NO_YEAR),
    "**Thursday, March 2**\n\nText.": (3, "Thursday, March 2", NO_YEAR),
    "2 March '23\n\nText.": (3, "2 March '23", NO_YEAR),
    "2 March 23 at 14:30\n\nText.": (3, "2 March 23 at 14:30", NO_YEAR),
    "2. März\n\nText.": (3, "2. März", NO_YEAR),
    "le 2 mars\n\nTexte.": (3, "le 2 mars", NO_YEAR),
    "3月2日\n\n正文。": (3, "3月2日", NO_YEAR),
    "02.03.\n\nText.": (3, "02.03.", "is not a date"),
    "By Mara Lind, March 2\n\nText.": (3, "March 2", NO_YEAR),
    "Published: March 2\n\nText.": (3, "March 2", NO_YEAR),
    "March 32, 2026\n\nText.": (3, "March 32, 2026", "names a day that does not exist"),
    "2026-02-30\n\nText.": (3, "2026-02-30", "names a day that does not exist"),
    "June 2026\n\nText.": (3, "June 2026", "names no day"),
    # no date is meant
    "Text.": (None, "", ""),
    "2026\n\nText.": (None, "", ""),
    "1/2 of the quay\n\nText.": (None, "", ""),
    "On March 2 the quay opened.": (None, "", ""),
}


@pytest.mark.parametrize(("text", "refused"), REFUSED_LINES.items())
@pytest.mark.parametrize("name", TITLES)
def test_no_date_names_the_line_that_was_meant_as_one(
    tmp_path: Path, name: str, text: str, refused: tuple[int | None, str, str]
) -> None:
    if name == "a.html":
        text = f"<p>{text.replace('**', '')}</p>".replace("\n\n", "</p>\n\n<p>")
    problem = read(tmp_path, name, f"{TITLES[name]}\n\n{text}").problems[-1]
    line, words, reason = refused

    assert (problem.code, problem.line) == ("no-date", line)
    assert repr(words) in problem.message if words else problem.message == "no date was found"
    assert reason in problem.message
    assert "2023-03-02" in problem.remedy or "one of these" in problem.remedy


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("New Quay\n\nDate: TBD\n\nText.", 3, "TBD"),
        ("Date: to be announced\n\nNew Quay\n\nText.", 1, "to be announced"),
        ("New Quay\n\nRelease Time:yesterday\nText.", 3, "yesterday"),
        ("New Quay\n\n发布时间：待定\n\n正文。", 3, "待定"),
        ("New Quay\n\nText.\n\nDate: soon\n", 5, "soon"),
    ],
)
def test_no_date_names_a_label_before_other_words(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    problem = read(tmp_path, "a.txt", text).problems[-1]

    assert (problem.line, problem.remedy) == (line, DATE_REMEDY)
    assert problem.message == f"no date was found: {words!r} names no day: it has no digits"


def test_the_date_of_a_mail_in_a_text_is_a_date(tmp_path: Path) -> None:
    text = "<pre>\nDate: Sun, 28 Mar 1999 21:48:05 +0200\nSubject: Quay\n</pre>\n"
    text = f"#use wml::debian::template title='Mail'\n\n{text}"
    (problem,) = read(tmp_path, "mail.wml", text).problems

    assert (problem.line, problem.message) == (None, "no date was found")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("March 2\n\nNew Quay\n\nText.", 1),
        ("Date: March 2\n\nNew Quay\n\nText.", 1),
        ("T\n\nPIER, March 2 - Text.", 3),
    ],
)
def test_no_date_names_a_title_or_dateline_that_was_meant_as_one(
    tmp_path: Path, text: str, line: int
) -> None:
    problem = read(tmp_path, "a.txt", text).problems[-1]

    assert (problem.line, problem.message) == (line, f"no date was found: 'March 2' {NO_YEAR}")


@pytest.mark.parametrize(
    "words",
    [
        "2026-03-02 14:15:14+15:00",
        "2026-03-02 00:10::00",
        "2026-03-02 12.04.",
        "2-3-2026",
        "03/02/2026",
        "2026-03-02 18:30:22 2026 -0800",
        "2026-03-02 10:00 XYZ",
        "2 March 2026 10:00 A",
        "{{ page.date }}",
        "Last Modified",
    ],
)
def test_the_files_name_stands_in_for_an_unreadable_field(tmp_path: Path, words: str) -> None:
    reading = read(tmp_path, "2026-03-02-x.md", f"---\ntitle: T\ndate: '{words}'\n---\nText.")

    assert describe(reading) == "2026-03-02 filename"
    assert [one.code for one in reading.problems] == ["date-unreadable"]


@pytest.mark.parametrize(
    "words",
    [
        "2026-02-30",
        "2026-03-03 00:10::00",
        "2-4-2026",
        "2 Marchh 2026",
        "2025-03-02 14:15:14+15:00",
        "2 April 2026 10:00 A",
        "TBD",
        "coming soon",
        "1772409600 s",
    ],
)
def test_a_field_with_another_day_stays_an_error(tmp_path: Path, words: str) -> None:
    reading = read(tmp_path, "2026-03-02-x.md", f"---\ntitle: T\ndate: '{words}'\n---\nText.")

    assert describe(reading) == "error date-unreadable"


def test_an_unreadable_field_without_a_dated_name_stays_an_error(tmp_path: Path) -> None:
    reading = read(tmp_path, "x.md", "---\ntitle: T\ndate: 2026-03-02 14:15:14+15:00\n---\n")

    assert describe(reading) == "error date-unreadable"


@pytest.mark.parametrize(
    ("path", "outcome"),
    [
        ("2026-01-05-x.md", "2026-01-05 filename"),
        ("2026/01/06/x.md", "2026-01-06 path"),
        ("x.md", "2026-03-02 field:path"),
    ],
)
def test_a_permalink_is_the_last_of_the_entrys_own_dates(
    tmp_path: Path, path: str, outcome: str
) -> None:
    text = '+++\ntitle = "T"\npath = "2026/03/02/x"\n+++\nText.\n\n7 March 2026\n'

    assert describe(read(tmp_path, path, text)) == outcome


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("---\ntitle: T\nfirst_seen: 2026-03-02\n---\nText.", "first_seen"),
        ("---\ntitle: T\n---\n- Feature: x\n- Start Date: 2026-03-02\n\nText.", "Start Date"),
        ("Title: T\nFirst-Sailing: 2 March 2026\nAuthor: Jo\n\nText.", "First-Sailing"),
    ],
)
def test_an_entry_without_a_date_names_a_field_that_looks_like_one(
    tmp_path: Path, text: str, name: str
) -> None:
    problem = read(tmp_path, "a.md", text).problems[-1]

    assert problem.code == "no-date"
    assert f'[fields] published = ["{name}"]' in problem.remedy


def test_a_tag_before_a_label_is_no_part_of_a_name(tmp_path: Path) -> None:
    text = "---\ntitle: T\n---\n<p>Topic: x\n<br>Day of it: 2 March 2026\n\nText."

    problem = read(tmp_path, "a.md", text).problems[-1]

    assert problem.code == "no-date"
    assert "br>" not in problem.remedy


def test_announced_is_a_date_of_publication(tmp_path: Path) -> None:
    text = "---\ntitle: T\nannounced: March 2, 2026\n---\nText."

    assert describe(read(tmp_path, "a.md", text)) == "2026-03-02 field:announced"


@pytest.mark.parametrize("between", ["", "A subtitle", "One.\nTwo.", "One.\n\nTwo.\n\nThree."])
def test_lines_between_title_and_labels_move_no_others(tmp_path: Path, between: str) -> None:
    title = "The quay of Skarvik was opened on Thursday"
    text = f"{title}\n{between}\n\nSource: Gazette\nClicks: 3\n\nText.\n\n![](none.png)\n"
    (tmp_path / "2026-03-02-a.txt").write_text(text, encoding="utf-8")
    (tmp_path / "2026-03-02-b.md").write_text(text, encoding="utf-8")
    entries = [
        read_file(tmp_path, f"2026-03-02-{name}", SETTINGS).entry for name in ("a.txt", "b.md")
    ]

    for entry in filter(None, entries):
        at = entry.body.split("\n").index("Text.") + entry.body_line
        assert text.split("\n")[at - 1] == "Text."
        assert " ".join(between.split()) in " ".join(entry.body.split())
    assert all(entries)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("<p>A</p><p>B</p>\n<p>March 2, 2026</p>", 2),
        ("<div><div><div><p>A</p></div></div></div><p>March 2, 2026</p>", 1),
        ("<p\nid=a>A</p>\n\n<p>March 2, 2026</p>\n", 4),
        ("<p>A <a\nhref=b>c</a></p><p>March 2, 2026</p>\n", 2),
        ("A\n\nMarch 2, 2026\n", 3),
    ],
)
def test_the_line_of_a_date_in_html_is_that_of_the_file(
    tmp_path: Path, text: str, line: int
) -> None:
    (tmp_path / "a.html").write_text(f"---\ntitle: T\n---\n{text}", encoding="utf-8")
    lines = [one.line for one in explain_fields(tmp_path, "a.html", SETTINGS)]

    assert line + 3 in lines
    assert max(filter(None, lines)) == line + 3


@pytest.mark.parametrize(
    ("name", "text", "title"),
    [
        # Logseq's properties
        ("a.md", "title:: New quay\ndate:: 2024-05-06\n\nIt opens.\n", "New quay"),
        ("a.md", "date:: [[2024-05-06]]\n\n# New quay\n\nIt opens.\n", "New quay"),
        ("a.txt", "新码头\n\n【发布时间】2024-05-06 【来源】港口\n\n开放。\n", "新码头"),
        ("a.txt", "부두\n\n입력 2024.05.06 10:00 수정 2024.05.07 11:00\n\n열렸다.\n", "부두"),
        ("a.txt", "Quay\n\nPublished 6 May 2024, updated 7 May\n\nIt opens.\n", "Quay"),
        ("a.txt", "Neuer Kai\n\n06.05.2024 | Pressemitteilung\n\nOffen.\n", "Neuer Kai"),
        ("a.txt", "Quay\n\nLocation: Skarvik\nRelease Time: 2024-05-06\n\nIt opens.\n", "Quay"),
        ("a.txt", "News\n\nOnly: a quay\nRelease Time: 2024-05-06\n\nIt opens.\n", "Only: a quay"),
        # dates of something else
        ("a.txt", "Neuer Kai\n\n06.05.2024 | Konzert\n\nOffen.\n", ""),
        ("a.txt", "Quay\n\nUpdated 6 May, opened 7 May 2024\n\nIt opens.\n", ""),
        ("a.txt", "新码头\n\n【活动时间】2024-05-06\n\n开放。\n", ""),
    ],
)
def test_a_clear_date_of_a_text_is_read(tmp_path: Path, name: str, text: str, title: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")

    entry = read_file(tmp_path, name, SETTINGS).entry

    found = (entry.title, str(entry.published)[:10]) if entry is not None else None
    assert found == ((title, "2024-05-06") if title else None)


def test_a_draft_by_its_property_in_logseq_is_one(tmp_path: Path) -> None:
    text = "title:: New quay\ndate:: 2024-05-06\ndraft:: true\n\nIt opens.\n"
    (tmp_path / "a.md").write_text(text, encoding="utf-8")

    assert read_file(tmp_path, "a.md", SETTINGS).state == "draft"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Concert\n\nVenue: Hall\nDate: 6 May 2024\n\nIt plays.\n", (4, "'Date: 6 May 2024'")),
        ("# Concert\n\n6 May 2024\n\nVenue: Hall\n\nIt plays.\n", (3, "'6 May 2024'")),
        ("Concert\n\nVenue: Hall\n\nIt plays.\n", None),
    ],
)
def test_a_date_that_is_refused_for_a_venue_beside_it_is_named(
    tmp_path: Path, text: str, found: tuple[int, str] | None
) -> None:
    (tmp_path / "a.md").write_text(text, encoding="utf-8")

    problem = next(
        one for one in read_file(tmp_path, "a.md", SETTINGS).problems if one.code == "no-date"
    )

    message = f"no date was found: {found[1]} is beside the venue of an event" if found else ""
    assert (problem.line, problem.message) == (
        (found[0], message) if found else (None, "no date was found")
    )
    assert problem.remedy


@pytest.mark.parametrize(
    ("lines", "authors", "body"),
    [
        ("2026-03-02\n\nAuthor: Ida Holm", ["Ida Holm"], "It opens."),
        ("Author: Ida Holm\n\n2 March 2026", ["Ida Holm"], "It opens."),
        ("2 March 2026\nWritten by: Ida Holm & Jon Berg", ["Ida Holm", "Jon Berg"], "It opens."),
        ("Source: Port\n2 March 2026\nAuthor: Ida Holm", ["Ida Holm"], "It opens."),
        ("2 March 2026\n\nPhone: 12345", [], "Phone: 12345\n\nIt opens."),
        (
            "by Ida Holm | March 2, 2026 | News",
            [],
            "by Ida Holm | March 2, 2026 | News\n\nIt opens.",
        ),
        ("News | by Ida | March 2, 2026", [], "News | by Ida | March 2, 2026\n\nIt opens."),
    ],
)
@pytest.mark.parametrize("name", ["a.txt", "a.md"])
def test_a_label_beside_the_date_is_a_field(
    tmp_path: Path, name: str, lines: str, authors: list[str], body: str
) -> None:
    title = "# New Quay" if name == "a.md" else "New Quay"
    entry = read(tmp_path, name, f"{title}\n\n{lines}\n\nIt opens.\n").entry

    assert entry is not None
    assert (entry.title, str(entry.published)[:10]) == ("New Quay", "2026-03-02")
    assert [one.name for one in entry.authors] == authors
    assert entry.body.strip() == body


@pytest.mark.parametrize(
    "line", ["Oslo | 2 March 2026 | City hall", "by Ida | 2 March 2026 | 3 May 2026"]
)
def test_parts_of_a_line_are_no_date_without_a_by_line(tmp_path: Path, line: str) -> None:
    assert read(tmp_path, "a.txt", f"New Quay\n\n{line}\n\nIt opens.\n").entry is None


EMPTY_DATES = {
    "a.txt": ("New Quay\n\nRelease Time:Source:Clicks:1398Author:\n\nIt opens.\n", 3),
    "b.txt": ("New Quay\n\n发布时间：\n\nIt opens.\n", 3),
    "c.md": ("---\ntitle: T\ndate:\n---\nIt opens.\n", 3),
    "d.md": ('+++\ntitle = "T"\ndate = ""\n+++\nIt opens.\n', 3),
    "e.json": ('{"title": "T",\n"date": null,\n"body": "x"}', 2),
    "f.org": ("#+title: T\n#+date:\n\nIt opens.\n", 2),
}


@pytest.mark.parametrize("name", EMPTY_DATES)
def test_no_date_names_a_field_that_is_empty(tmp_path: Path, name: str) -> None:
    text, line = EMPTY_DATES[name]
    problem = read(tmp_path, name, text).problems[-1]

    assert (problem.code, problem.line) == ("no-date", line)
    assert problem.message.endswith("is empty")


@pytest.mark.parametrize(
    ("way", "by"),
    [
        ("Home > News Center > Company News", "Ida Holm in Awards"),
        ("Startseite » Aktuelles » Aus dem Hafen » Company News", "Ida Holm"),
    ],
)
def test_the_way_above_a_short_title_is_its_category(tmp_path: Path, way: str, by: str) -> None:
    text = f"{way}\n\nDaqo wins\n\nPublished: 02 Mar 2026 by {by}\n\nIt won.\n"
    entry = read(tmp_path, "a.txt", text).entry

    assert entry is not None
    assert (entry.title, entry.categories) == ("Daqo wins", ("Company News",))
    assert [one.name for one in entry.authors] == ["Ida Holm"]
