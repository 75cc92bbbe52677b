"""A remedy that `check` proposes, done as its words say, ends the problem: in every dialect."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from feedsvc.reading import Reading, read_file
from feedsvc.settings import Settings, Site
from tests.support.entries import write_file
from tests.test_dialects import SAMPLES

SETTINGS = Settings(
    site=Site(url="https://news.example.com/", id_authority="news.example.com,2023")
)
LONG = "A long sentence that is here. " * 20
# By dialect: a file, where its fields are (0), where the line of the remedy is to go (1), and the
# form of a field
FORMS = {
    "yaml": ("a.md", "---\n{0}{1}---\nBody.\n", "{n}: {v}\n"),
    "toml": ("a.md", "+++\n{0}{1}+++\nBody.\n", '{n} = "{v}"\n'),
    "json": ("a.md", '{{\n{1}{0}"x": ""\n}}\nBody.\n', '"{n}": "{v}",\n'),
    "json file": ("a.json", '{{\n{1}{0}"name": ""\n}}\n', '"{n}": "{v}",\n'),
    "franklin": ("a.md", "{0}{1}\nBody.\n", '@def {n} = "{v}"\n'),
    "nikola": ("a.rst", "{0}{1}\nBody.\n", ".. {n}: {v}\n"),
    "rst": ("a.rst", "{0}{1}\nBody.\n", ":{n}: {v}\n"),
    "asciidoc": ("a.adoc", "{0}{1}\nBody.\n", ":{n}: {v}\n"),
    "org": ("a.org", "{0}{1}\nBody.\n", "#+{n}: {v}\n"),
    "wml": ("a.wml", "{0}{1}\nBody.\n", "<define-tag {n}>{v}</define-tag>\n"),
    "headers": ("a.md", "{0}{1}\nBody.\n", "{n}: {v}\n"),
    "html": (
        "a.html",
        "<!doctype html><html><head>\n{0}{1}</head><body><p>Body.</p></body></html>\n",
        '<meta name="{n}" content="{v}">\n',
    ),
    "myst": ("a.md", "# T\n\n```{{post}} 2026-03-02\n{1}{0}```\n\nBody.\n", ":{n}: {v}\n"),
}
# The fields of an entry with a problem whose remedy is a line
FIELDS = {
    "no-title": {"date": "2026-03-02", "author": "Ida"},
    "no-date": {"title": "T", "author": "Ida"},
    "retraction-undated": {"title": "T", "date": "2026-03-02", "status": "retracted"},
    "correction-undated": {"title": "T", "date": "2026-03-02", "correction": "It was Tuesday."},
}
ROWS = {
    f"{name}, {code}": (code, path, text.format("".join(map_fields), "{0}"))
    for name, (path, text, form) in FORMS.items()
    for code, fields in FIELDS.items()
    if (map_fields := [form.format(n=n, v=v) for n, v in fields.items()])
    # a heading and the directive are title and date
    and not (name == "myst" and code in ("no-title", "no-date"))
    # labels without a title have a text below that is it
    and not (name == "headers" and code == "no-title")
}
ROWS |= {
    "pandoc, no-title": ("no-title", "a.md", "%{0}\n% Ada\n% 2026-03-02\n\nBody.\n"),
    "myst, no-title": ("no-title", "a.md", "{0}\n```{{post}} 2026-03-02\n```\n\nBody.\n"),
    "labelled, no-date": ("no-date", "a.txt", "T\n\n{0}Source: X\nAuthor: Y\n\nBody.\n"),
    "labelled, no-title": ("no-title", "a.txt", "{0}Source: X\nDate: 2026-03-02\n\n" + LONG),
    "plain, above": ("no-date", "a.txt", "{0}\nT\n\nBody.\n"),
    "plain, below": ("no-date", "a.txt", "T\n\n{0}\nBody.\n"),
    "plain, at the end": ("no-date", "a.txt", "T\n\nBody.\n\n{0}"),
    "plain, no-title": ("no-title", "2026-03-02.txt", "{0}\n" + LONG),
    "markdown, above": ("no-date", "a.md", "{0}\n# T\n\nBody.\n"),
    "markdown, below": ("no-date", "a.md", "# T\n\n{0}\nBody.\n"),
    "markdown, no-title": ("no-title", "2026-03-02.md", "{0}\nBody is here.\n"),
    "html, a piece": ("no-date", "a.html", "{0}<h1>T</h1><p>Body.</p>"),
    "rst, above a title": ("no-date", "a.rst", "{0}\nT\n===\n\nBody.\n"),
    "rst, below a title": ("no-date", "a.rst", "T\n===\n\n{0}\nBody.\n"),
    "asciidoc, above a title": ("no-date", "a.adoc", "{0}\n= T\n\nBody.\n"),
    "asciidoc, below a title": ("no-date", "a.adoc", "= T\n{0}\nBody.\n"),
    "org, above a title": ("no-date", "a.org", "{0}\n* T\n\nBody.\n"),
    # a field that is one slip away, where its line is
    "yaml, a slip": ("no-date", "a.md", "---\ntitle: T\n{0|dat: 2026-03-05\n}---\nBody.\n"),
    "toml, a slip": ("no-date", "a.md", '+++\ntitle = "T"\n{0|dat = "2026-03-05"\n}+++\nBody.\n'),
    "org, a slip": ("no-date", "a.org", "#+title: T\n{0|#+dat: 2026-03-05\n}\nBody.\n"),
    "json, a slip": ("no-date", "a.json", '{{"title": "T",\n{0|"dat": "2026-03-05",\n}"x": ""}}'),
    # an embargo whose time is not read
    "text, embargo": ("embargo-unread", "a.txt", "{0|EMBARGOED\n}\nT\n\n2 March 2026\n\nBody.\n"),
    "markdown, embargo": (
        "embargo-unread",
        "a.md",
        "# T\n\n2 March 2026\n\n{0|EMBARGOED\n}\nBody.\n",
    ),
    "yaml, embargo": (
        "embargo-unread",
        "a.md",
        "---\ntitle: T\ndate: 2026-03-02\n---\n\n{0|EMBARGOED\n}\nBody.\n",
    ),
}
SLOT = re.compile(r"\{0(?:\|(.*?))?\}", re.DOTALL)


def fill(text: str, line: str | None) -> str:
    """Return *text* with *line* in its slot, or with what the slot has so far."""
    filled = SLOT.sub(lambda slot: (slot[1] or "") if line is None else line, text)
    return filled.replace("{{", "{").replace("}}", "}")


def read(folder: Path, path: str, text: str) -> Reading:
    write_file(folder, path, text)
    return read_file(folder, path, SETTINGS)


@pytest.mark.parametrize("row", ROWS)
def test_a_line_that_a_remedy_proposes_is_read(tmp_path: Path, row: str) -> None:
    code, path, text = ROWS[row]
    before = read(tmp_path, path, fill(text, None))
    (problem,) = (one for one in before.problems if one.code == code)
    (line,) = re.findall("`([^`]+)`", problem.remedy)
    line = line.replace("…", "A title").replace("2023-03-02", "2026-03-05")
    # Pandoc's first line is there already
    after = read(
        tmp_path, path, fill(text, line[1:] if path == "a.md" and line[0] == "%" else f"{line}\n")
    )

    assert [one.message for one in after.problems] == []
    assert after.entry is not None
    assert after.entry.title == ("A title" if code == "no-title" else "T")
    # below front matter, an embargo is a line of the text
    assert line not in after.entry.body or row == "yaml, embargo"


def test_the_line_of_every_dialect_is_tried() -> None:
    dialects = {row.partition(",")[0] for row in ROWS}

    assert dialects >= (SAMPLES.keys() - {"fenced"}) | {"yaml", "toml", "plain"}
