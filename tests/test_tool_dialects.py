"""Fields as some tools write them: MyST, ABlog, Franklin, Nikola's .txt, plain lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedsvc.content.render import render_content
from feedsvc.reading import read_file
from feedsvc.reading.read import Reading
from feedsvc.settings import Settings
from feedsvc.settings import Site as SiteSettings

SETTINGS = Settings(site=SiteSettings(url="https://news.example.com/", id_authority="a"))


def read(folder: Path, name: str, text: str) -> Reading:
    (folder / name).write_text(text, encoding="utf-8")
    return read_file(folder, name, SETTINGS)


def summarize(reading: Reading) -> tuple[str, ...]:
    """Return title, date, tags, authors and text of an entry."""
    entry = reading.entry
    assert entry is not None, reading.problems
    return (
        entry.title,
        entry.published.when.date().isoformat(),
        ",".join(entry.tags),
        ",".join(author.name for author in entry.authors),
        render_content(entry, str).html,
    )


POST = "post} March 2, 2026\n:tags: quay, ship\n:author: Ada Quay\n:image: 1\n:excerpt: 2\n"
QUAY = ("Quay opens", "2026-03-02", "quay,ship", "Ada Quay", "<p>It <em>is</em> open.</p>")
ENTRIES = {
    "MyST above": ("a.md", "```{" + POST + "```\n\n# Quay opens\n\nIt *is* open.\n"),
    "MyST below": ("a.md", "# Quay opens\n\nIt *is* open.\n\n:::{" + POST + ":::\n"),
    "MyST with front matter": (
        "a.md",
        "---\nmyst: {x: y}\n---\n\n```{" + POST + "```\n\n# Quay opens\n\nIt *is* open.\n",
    ),
    "ABlog above": (
        "a.rst",
        ".. post:: March 2, 2026\n   :tags: quay, ship\n   :author: Ada Quay\n   :image: 1\n\n"
        "Quay opens\n==========\n\nIt *is* open.\n",
    ),
    "ABlog above, more": (
        "a.rst",
        ":orphan:\n\n.. meta::\n   :x: y\n\n.. index:: quay\n\n.. post:: March 2, 2026\n"
        "   :tags: quay, ship\n"
        "   :author: Ada Quay\n\n==========\nQuay opens\n==========\n\nIt *is* open.\n",
    ),
    "Franklin": (
        "a.md",
        '@def title = "Quay opens"\n@def date = Date(2026, 3, 2)\n\n'
        '@def tags = ["quay",\n  "ship"]\n'
        '@def author = "Ada Quay"\n\nIt *is* open.\n',
    ),
    "Franklin in a fence": (
        "a.md",
        '+++\ntitle = "Quay opens"\ndate = Date(2026, 3, 2)\ntags = ["quay", "ship"]\n'
        'author = "Ada Quay"\n+++\n'
        "It *is* open.\n",
    ),
    "Nikola's text": (
        "a.txt",
        ".. title: Quay opens\n.. date: 2026-03-02\n.. tags: quay, ship\n.. author: Ada Quay\n"
        "\nIt *is* open.\n",
    ),
}


@pytest.mark.parametrize(("name", "text"), ENTRIES.values(), ids=ENTRIES)
def test_entries_are_read(name: str, text: str, tmp_path: Path) -> None:
    reading = read(tmp_path, name, text)

    assert summarize(reading) == QUAY
    assert reading.problems == ()


def test_text_beside_nikolas_metadata_is_restructured(tmp_path: Path) -> None:
    (tmp_path / "a.meta").write_text(
        ".. title: Quay opens\n.. date: 2026-03-02\n", encoding="utf-8"
    )
    (tmp_path / "b.meta").write_text("title: Quay opens\ndate: 2026-03-02\n", encoding="utf-8")

    assert summarize(read(tmp_path, "a.txt", "It *is* open.\n"))[4] == "<p>It <em>is</em> open.</p>"
    assert summarize(read(tmp_path, "b.txt", "It *is* open.\n"))[4] == "<p>It *is* open.</p>"


def test_a_post_without_a_date_is_a_draft(tmp_path: Path) -> None:
    assert read(tmp_path, "a.md", "# Quay\n\n```{post}\n:tags: a\n```\n").state == "draft"


LINES = {
    "colons": ("Title: Quay: it opens\nDate: 2026-03-02", "Quay: it opens"),
    "signs": ("Title: %Nord & @Ada\nDate: 2026-03-02", "%Nord & @Ada"),
    "stars": ("Title: *Nord* sails\nDate: 2026-03-02", "*Nord* sails"),
    "brackets": ("Title: [Updated] Quay opens\nDate: 2026-03-02", "[Updated] Quay opens"),
    "quotes": ('Title: "Nord" sails\nDate: 2026-03-02', '"Nord" sails'),
    "no spaces": ("Title:Quay opens\nDate:2026-03-02", "Quay opens"),
}


@pytest.mark.parametrize(("head", "title"), LINES.values(), ids=LINES)
def test_a_block_that_is_no_yaml_is_read_by_lines(head: str, title: str, tmp_path: Path) -> None:
    reading = read(tmp_path, "a.md", f"---\n{head}\n---\n\nText.\n")

    assert summarize(reading) == (title, "2026-03-02", "", "", "<p>Text.</p>")


@pytest.mark.parametrize(
    "head",
    [
        'title: "Quay\ndate: 2026-03-02',
        "title: Quay\ndate: 2026-03-02\ntags: [a, b",
        "title: a: b\ndate: 2026-03-02\ntags:\n  - a\n - b",
        "A: b: c\nD: e",
    ],
)
def test_broken_yaml_stays_an_error(head: str, tmp_path: Path) -> None:
    reading = read(tmp_path, "a.md", f"---\n{head}\n---\n\nText.\n")

    assert reading.state == "error"
    assert [problem.code for problem in reading.problems] == ["yaml-broken"]


def test_a_draft_is_one_in_lines_too(tmp_path: Path) -> None:
    text = "---\nTitle: Quay: it opens\nDate: 2026-03-02\nDraft: true\n---\n\nText.\n"

    assert read(tmp_path, "a.md", text).state == "draft"


@pytest.mark.parametrize(
    ("head", "found"),
    [
        ("% New quay\n% Ada Ek; Jo Berg\n% 6 May 2024\n", ("New quay", ["Ada Ek", "Jo Berg"])),
        ("% New\n  quay\n% Ada Ek\n  Jo Berg\n% 2024-05-06\n", ("New quay", ["Ada Ek", "Jo Berg"])),
        ("% New quay\n%\n% May 6, 2024\n", ("New quay", [])),
        # comments of MyST
        ("% New quay\n% Ada Ek\n% a note\n", None),
        ("% New quay\n\n6 May\n", None),
        ("% New quay\n% 6 May 2024\n", None),
    ],
)
def test_a_title_block_of_pandoc_is_a_header(
    tmp_path: Path, head: str, found: tuple[str, list[str]] | None
) -> None:
    (tmp_path / "a.md").write_text(f"{head}\nIt *is* open.\n", encoding="utf-8")

    entry = read_file(tmp_path, "a.md", Settings()).entry

    if found is None:
        assert entry is None
    else:
        assert entry is not None
        assert (entry.title, [one.name for one in entry.authors]) == found
        assert str(entry.published)[:10] == "2024-05-06"
        assert entry.body.strip() == "It *is* open."
