"""Each line of the table of dialects, by the least text that is in it."""

from __future__ import annotations

import pytest

from feedsvc.dialects import DIALECTS, parse_text
from feedsvc.dialects.data import parse_toml
from feedsvc.dialects.field_names import get_field_name_table
from feedsvc.errors import EntryError

SAMPLES = {
    "fenced": ("a.md", "---\ntitle: T\n---\nBody.", "yaml"),
    "franklin": ("a.md", '@def title = "T"\n\nBody.', "franklin"),
    "json": ("a.md", '{"title": "T"}\nBody.', "json"),
    "nikola": ("a.rst", ".. title: T\n\nBody.", "nikola"),
    "wml": ("a.wml", "<define-tag title>T</define-tag>\nBody.", "wml"),
    "html": ("a", "<!doctype html><title>T</title><body>Body.", "html"),
    "pandoc": ("a.md", "% T\n% Ada\n% 2026-03-02\n\nBody.", "pandoc"),
    "org": ("a", "#+title: T\n\nBody.", "org"),
    "asciidoc": ("a", "= T\n\nBody.", "asciidoc"),
    "headers": ("a.md", "Title: T\n\nBody.", "headers"),
    "rst": ("a.rst", "T\n===\n\nBody.", "rst"),
    "myst": ("a.md", "# T\n\n```{post} 2024-03-02\n```\n\nBody.", "myst"),
    "labelled": ("a.txt", "T\n\nRelease Time:2024-03-02\n\nBody.", "labelled"),
}


def test_every_dialect_has_a_sample() -> None:
    assert [dialect.name for dialect in DIALECTS] == list(SAMPLES)


@pytest.mark.parametrize(("path", "text", "name"), SAMPLES.values(), ids=SAMPLES)
def test_the_beginning_shows_the_dialect(path: str, text: str, name: str) -> None:
    parsed = parse_text(text, path, get_field_name_table({}))

    assert parsed.dialect == name
    assert parsed.fields[0].name.lower() == "title"
    assert parsed.fields[0].value == "T"
    assert parsed.body.strip() == "Body."


def test_any_other_text_is_plain() -> None:
    parsed = parse_text("T\n\nBody.", "a.txt", get_field_name_table({}))

    assert (parsed.dialect, parsed.body.strip()) == ("plain", "Body.")


def test_a_license_may_stand_above_front_matter() -> None:
    parsed = parse_text("<!-- MIT -->\n---\ntitle: T\n---\nB", "a.md", get_field_name_table({}))

    assert (parsed.dialect, parsed.fields[0].line, parsed.body_line) == ("yaml", 3, 5)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a = 1\nb = 2026-3-1\n", 8, "Expected newline or end of document after a statement"),
        ("a = 'x\u2028y'\nb = x\n", 8, "Invalid value"),
        ("a = [1,", 7, "Invalid value (at end of document)"),
    ],
)
def test_an_error_of_toml_has_the_line_of_the_file_alone(
    text: str, line: int, message: str
) -> None:
    """The parser counts the lines of the front matter."""
    with pytest.raises(EntryError) as caught:
        parse_toml(text, 7)

    shown = f" ({text.splitlines()[-1]!r})" if line == 8 else ""
    assert caught.value.line == line
    assert caught.value.message == f"the TOML cannot be read: {message}{shown}"
