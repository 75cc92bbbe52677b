"""The date of an entry whose header has none, or has one that cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

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
    "den 2 mars 2026\n\nText.": "2026-03-02 text",
    "Rotterdam, le 2 mars 2026 – Le quai est ouvert.": "2026-03-02 text",
    "Berlin, 2. März 2026 - Der Kai ist offen.": "2026-03-02 text",
    "Madrid, 2 de marzo de 2026 (Cable).- El muelle abre.": "2026-03-02 text",
    "Москва, 2 марта 2026 г. — Причал открыт.": "2026-03-02 text",
    "Warszawa, 2 marca 2026 r. – Otwarto nabrzeże.": "2026-03-02 text",
    "Berlin, den 2. März 2026\n\nDer Kai ist offen.": "2026-03-02 text",
    "Harbour Security Advisory, March 2 2026\n\nText.": "2026-03-02 text",
    "Pressemitteilung vom 2. März 2026\n\nText.": "2026-03-02 text",
    # not the date of the text
    "Last updated: 2 March 2026\n\nText.": "error no-date",
    "Date: a fruit of the palm\n\nText.": "error no-date",
    "Time: 14 March 2026, 10:00\n\nVenue: Town hall\n\nText.": "error no-date",
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
    ("text", "line"), [("March 2\n\nNew Quay\n\nText.", 1), ("T\n\nPIER, March 2 - Text.", 3)]
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
