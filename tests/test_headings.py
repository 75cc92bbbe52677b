"""Titles that stand in the text: what a heading shows, in every markup."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedsvc.reading import read_file
from feedsvc.settings import Settings, Site, resolve_addresses

SETTINGS = resolve_addresses(
    Settings(site=Site(url="https://harbour.example/", id_authority="harbour.example,2024"))
)
MARKED = "The **quay** _opens_ `x` [again](/again/) for C\\#"
HEADINGS = {
    "first.md": f"# {MARKED}\n\nText.\n",
    "underlined.md": f"{MARKED}\n===\n\nText.\n",
    "alone.md": f"{MARKED}\n\nText.\n",
    "emphasized.md": "**The quay opens x again for C#**\n\nText.\n",
    "emphasized.txt": "*The quay opens x again for C#*\n\nText.\n",
    "heading.txt": "# The quay opens x again for C#\n\nText.\n",
    "front.md": f"---\nauthor: Ida\n---\n\n# {MARKED} {{#quay .lead}}\n\nText.\n",
    "closed.md": f"---\nauthor: Ida\n---\n\n## {MARKED} ##\n\nText.\n",
    "header.md": f"Author: Ida Holm\nDate: 2024-05-06\n\n{MARKED}\n\nText.\n",
    "labelled.md": f"# {MARKED}\n\nAuthor: Ida Holm\nDate: 2024-05-06\n\nText.\n",
    "notes.md": "# The quay opens [x][1] again[^1] for C#\n\nText.\n\n[1]: https://a.example\n",
    "pandoc.md": f"% {MARKED}\n% Ida\n% 2024-05-06\n\nText.\n",
    "myst.md": f"```{{post}} 2024-05-06\n```\n\n# {MARKED}\n\nText.\n",
    "a.adoc": "= The *quay* _opens_ `x` https://a.example[again] for C#\n\nText.\n",
    "a.org": "#+TITLE: The *quay* /opens/ =x= [[https://a.example][again]] for C#\n\nText.\n",
    "b.org": "* The *quay* /opens/ =x= [[https://a.example][again]] for C# :news:\n\nText.\n",
    "a.rst": "The **quay** *opens* :kbd:`x` `again <https://a.example>`__ for C#\n====\n\nText.\n",
}


@pytest.mark.parametrize(("name", "text"), HEADINGS.items())
def test_a_title_is_what_the_heading_shows(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / f"2024-05-06-{name}").write_text(text, encoding="utf-8")

    entry = read_file(tmp_path, f"2024-05-06-{name}", SETTINGS).entry

    assert entry is not None
    assert entry.title == "The quay opens x again for C#"
    assert entry.tags == (("news",) if name == "b.org" else ())


RST_TITLES = {
    "Escapes such as ``\\x``": "Escapes such as \\x",
    r"The order of \*\*kwargs": "The order of **kwargs",
    "2*3*4 and 5 * 6": "2*3*4 and 5 * 6",
    "The ``with`` *statement*": "The with statement",
}


@pytest.mark.parametrize(("words", "title"), RST_TITLES.items())
@pytest.mark.parametrize(
    "text", ["{words}\n{line}\n\nText.\n", "Title: {words}\nDate: 2024-05-06\n\nText.\n"]
)
def test_marks_of_restructuredtext_leave_a_title(
    tmp_path: Path, text: str, words: str, title: str
) -> None:
    text = text.format(words=words, line="=" * len(words))
    (tmp_path / "2024-05-06-a.rst").write_text(text, encoding="utf-8")

    entry = read_file(tmp_path, "2024-05-06-a.rst", SETTINGS).entry

    assert entry is not None
    assert entry.title == title


TRANSLATIONS = {
    "{en: Quay, de: Kai}\nlang: de": "Kai",
    "{en: Quay, de: Kai}": "Quay",
    "{en-US: Quay, de: Kai}": "Quay",
    "{fr: Quai}": "Quai",
    "{fr: Quai, de: Kai}": "Story",
    "{long: Quay}": "Story",
}


@pytest.mark.parametrize(("value", "title"), TRANSLATIONS.items())
def test_a_title_in_several_languages_is_in_that_of_the_entry(
    tmp_path: Path, value: str, title: str
) -> None:
    (tmp_path / "2024-05-06-story.md").write_text(f"---\ntitle: {value}\n---\nText.\n")

    entry = read_file(tmp_path, "2024-05-06-story.md", SETTINGS).entry

    assert entry is not None
    assert entry.title == title


SUMMARIES = {
    "The **quay** _opens_ `x`, see [the plan](/plan/).": "The quay opens x, see the plan.",
    "Plain, with a * b * c, snake_case and [1].": "Plain, with a * b * c, snake_case and [1].",
    "5 ** 2 is 25": "5 ** 2 is 25",
}


@pytest.mark.parametrize(("words", "summary"), SUMMARIES.items())
def test_a_summary_of_markdown_is_plain_text(tmp_path: Path, words: str, summary: str) -> None:
    text = f'---\ntitle: T\nsummary: "{words}"\n---\nText.\n'
    (tmp_path / "2024-05-06-a.md").write_text(text, encoding="utf-8")

    entry = read_file(tmp_path, "2024-05-06-a.md", SETTINGS).entry

    assert entry is not None
    assert entry.summary == summary


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("# Vec<T> and snake_case in 2 * 3 * 4", "Vec<T> and snake_case in 2 * 3 * 4"),
        ("# Costs: $5 to $6 [1.0]", "Costs: $5 to $6 [1.0]"),
        ("# C#", "C#"),
        ("# ![The quay](quay.png)", "The quay"),
        ("# [](https://a.example)", "Story"),
        ("- **Note:** this is", "Story"),
    ],
)
def test_words_of_a_title_are_no_markup(tmp_path: Path, line: str, title: str) -> None:
    (tmp_path / "2024-05-06-story.md").write_text(f"{line}\n\nText.\n", encoding="utf-8")
    (tmp_path / "quay.png").write_bytes(b"")

    entry = read_file(tmp_path, "2024-05-06-story.md", SETTINGS).entry

    assert entry is not None
    assert entry.title == title
    assert ("quay.png" in entry.body) == ("quay.png" in line)  # a picture stays


def test_the_first_words_that_stand_in_for_a_title_have_no_marks(tmp_path: Path) -> None:
    (tmp_path / "2024-05-06.md").write_text("- **Note:** this _is_ so\n\nText.\n")

    entry = read_file(tmp_path, "2024-05-06.md", SETTINGS).entry

    assert entry is not None
    assert entry.title == "Note: this is so"
