"""What is beyond measure in a file is refused or cut, and named; the rest of the entry counts."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest

from feedsvc.content.characters import unescape
from feedsvc.reading import Reading, read_file
from feedsvc.settings import Settings, Site, resolve_addresses
from tests.support.entries import write_file

LONG = "wind " * 3_000
SETTINGS = resolve_addresses(Settings(site=Site(timezone="Asia/Shanghai")))


def read_text(folder: Path, text: str, name: str = "a.md") -> Reading:
    write_file(folder, name, text)
    return read_file(folder, name, SETTINGS)


def list_codes(reading: Reading) -> list[str]:
    return [problem.code for problem in reading.problems]


# Front matter by its dialect, with the field `{name}` of the value `{value}`
HEADERS = {
    "yaml": ("a.md", '---\ntitle: A\ndate: 2024-01-02\n{name}: "{value}"\n---\nText.\n'),
    "block": ("a.md", "---\ntitle: A\ndate: 2024-01-02\n{name}: |\n  {value}\n---\nText.\n"),
    "toml": ("a.md", '+++\ndate = 2024-01-02\n{name} = "{value}"\n+++\nText.\n'),
    "json": ("a.md", '{{"date": "2024-01-02", "{name}": "{value}"}}\n\nText.\n'),
    "headers": ("a.md", "date: 2024-01-02\nslug: a\n{name}: {value}\n\nText.\n"),
    "rst": ("a.rst", "Title\n=====\n\n:date: 2024-01-02\n:{name}: {value}\n\nText.\n"),
    "org": ("a.org", "#+DATE: 2024-01-02\n#+{name}: {value}\n\nText.\n"),
    "nikola": ("a.md", "<!--\n.. date: 2024-01-02\n.. {name}: {value}\n-->\n\nText.\n"),
    "html": (
        "a.html",
        '<html><head><meta name="date" content="2024-01-02"><meta name="{name}" content="{value}">'
        "</head><body><h1>A</h1><p>Text.</p></body></html>",
    ),
    "entry": ("a.json", '{{"date": "2024-01-02", "body": "x", "{name}": "{value}"}}'),
}


@pytest.mark.parametrize("dialect", HEADERS)
@pytest.mark.parametrize("name", ["description", "rights", "correction"])
def test_of_a_long_field_the_beginning_counts(dialect: str, name: str, tmp_path: Path) -> None:
    path, text = HEADERS[dialect]

    reading = read_text(tmp_path, text.format(name=name, value=LONG), path)

    assert reading.state == "public"
    problem = next(one for one in reading.problems if one.code == "field-too-long")
    assert problem.field == name
    assert problem.line
    assert problem.remedy
    assert reading.entry is not None
    words = {"description": reading.entry.summary, "rights": reading.entry.rights}
    assert 9_000 < len(words.get(name, reading.entry.correction)) <= 10_000


@pytest.mark.parametrize("dialect", HEADERS)
@pytest.mark.parametrize("name", ["id", "status", "updated", "slug", "draft", "expires"])
def test_a_long_field_that_decides_holds_the_entry_back(
    dialect: str, name: str, tmp_path: Path
) -> None:
    path, text = HEADERS[dialect]

    reading = read_text(tmp_path, text.format(name=name, value=LONG), path)

    assert reading.state in ("error", "draft")
    assert reading.entry is None or reading.entry.state == "draft"
    assert {"field-too-long", "front-matter-too-long"} & set(list_codes(reading))


@pytest.mark.parametrize(
    "value", ["2024-01-02" + " " * 20_000 + "3", "1" * 20_000, " " * 20_000 + "2024-01-02"]
)
def test_a_date_is_not_made_of_a_part_of_its_field(value: str, tmp_path: Path) -> None:
    reading = read_text(tmp_path, f'---\ntitle: A\ndate: "{value}"\n---\nText.\n')

    assert reading.state == "error"
    assert "field-too-long" in list_codes(reading)


@pytest.mark.parametrize("name", ["x", "custom_data", "faq_html"])
def test_what_no_entry_has_may_be_long(name: str, tmp_path: Path) -> None:
    reading = read_text(tmp_path, f"---\ntitle: A\ndate: 2024-01-02\n{name}: {LONG}\n---\nText.\n")

    assert reading.state == "public"
    assert reading.problems == ()


def test_a_body_within_json_may_be_long(tmp_path: Path) -> None:
    text = json.dumps({"title": "A", "date": "2024-01-02", "content_html": f"<p>{LONG * 30}"})

    reading = read_text(tmp_path, text, "a.json")

    assert reading.problems == ()
    assert reading.entry is not None
    assert len(reading.entry.body) > 400_000


@pytest.mark.parametrize(
    ("text", "code"),
    {
        "yaml": (
            "---\ntitle: A\ndate: 2024-01-02\nx: {long}\n---\nText.\n",
            "front-matter-too-long",
        ),
        "toml": ('+++\ndate = 2024-01-02\nx = "{long}"\n+++\nText.\n', "front-matter-too-long"),
        "json": ('{{"date": "2024-01-02", "x": "{long}"}}\n\nText.\n', "front-matter-too-long"),
    }.values(),
)
def test_front_matter_beyond_measure_is_refused(text: str, code: str, tmp_path: Path) -> None:
    reading = read_text(tmp_path, text.format(long="x" * 300_000))

    assert reading.state == "error"
    assert list_codes(reading) == [code]
    assert reading.problems[0].line


BOMBS = {
    "laughs": "a: &a [x,x,x,x,x,x,x,x,x]\n"
    + "".join(
        f"{b}: &{b} [{','.join(f'*{a}' for _ in range(9))}]\n"
        for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    ),
    "strings": f"a: &a {'x' * 20_000}\ntags: [{', '.join(['*a'] * 5_000)}]\n",
    "merges": "a: &a {b: c}\nd:\n" + "  <<: *a\n" * 5_000,
    "self": "a: &a [*a]\n",
    "flow": "a: " + "[" * 5_000 + "]" * 5_000 + "\n",
    "maps": "a: " + "{a: " * 5_000 + "}" * 5_000 + "\n",
    "blocks": "a:\n" + "".join(" " * number + "a:\n" for number in range(1, 600)),
    "dashes": "a:\n" + "- " * 5_000 + "\n",
    "questions": "? " * 5_000 + "\n",
    "python": "a: !!python/object/apply:os.system [id]\n",
    "tag": "a: !<tag:x> b\n",
    "anchors": "".join(f"a{number}: &a{number} x\n" for number in range(5_000)),
    "names": "".join(f"a{number}: x\n" for number in range(5_000)),
    "twice": "a: x\n" * 5_000,
    "long name": "x" * 5_000 + ": y\n",
    "directive": "%YAML 9.9\n---\na: b\n",
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
@pytest.mark.parametrize("state", ["front matter", "sidecar"])
def test_yaml_of_every_kind_costs_no_more_than_the_entry(
    bomb: str, state: str, tmp_path: Path
) -> None:
    if state == "sidecar":
        write_file(tmp_path, "a.yaml", bomb)
        reading = read_text(tmp_path, "---\ntitle: A\ndate: 2024-01-02\n---\nText.\n")
    else:
        reading = read_text(tmp_path, f"---\ntitle: A\ndate: 2024-01-02\n{bomb}---\nText.\n")

    assert "defect" not in list_codes(reading)
    assert len(reading.problems) <= 102
    assert sum(len(problem.sentence) for problem in reading.problems) < 20_000
    assert len(reading.packed_entry) < 50_000


DEEP = {
    "toml keys": ("a.md", "+++\n" + "a." * 20_000 + "b = 1\n+++\nText.\n"),
    "toml quoted keys": ("a.md", "+++\n" + '"a" . ' * 20_000 + "b = 1\n+++\nText.\n"),
    "toml tables": ("a.md", "+++\n[" + "a." * 20_000 + "b]\nc = 1\n+++\nText.\n"),
    "toml arrays": ("a.md", "+++\na = " + "[" * 50_000 + "]" * 50_000 + "\n+++\nText.\n"),
    "toml inline": ("a.md", "+++\na = " + "{a=" * 50_000 + "1" + "}" * 50_000 + "\n+++\nText.\n"),
    "toml number": ("a.md", "+++\na = " + "9" * 50_000 + "\n+++\nText.\n"),
    "json arrays": ("a.json", '{"title": ' + "[" * 100_000),
    "json objects": ("a.json", '{"title": "x", "date": ' + '{"a": ' * 100_000),
    "json number": ("a.json", '{"title": "x", "date": "2024-01-02", "x": ' + "9" * 50_000 + "}"),
    "ld": ("a.html", '<html><script type="application/ld+json">' + "[" * 100_000 + "</script>"),
    "ld number": (
        "a.html",
        '<html><script type="application/ld+json">{"x": ' + "9" * 9_000 + "}</script><h1>A</h1>",
    ),
    "html": ("a.html", "<html><body>" + "<div>" * 100_000),
    "html inline": ("a.html", "<html><body>" + "<b>" * 100_000),
    "html mixed": ("a.html", "<html><body>" + "<table><tr><td>" * 30_000),
    "html size": ("a.html", f'<html><body><h1>A</h1><img src="a.png" width="{"9" * 5_000}"><p>x'),
    "reference": ("a.md", f"# A&#{'9' * 5_000};b&#58;c\n\n2024-01-02\n\nx&#{'9' * 5_000};\n"),
    "mail parts": (
        "a.txt",
        "Received: x\nDate: 2 May 2024 10:00:00 +0000\nSubject: A\n"
        "Content-Type: multipart/mixed; boundary=x\n\n"
        + "--x\nContent-Type: multipart/mixed\n"
        * 9_000,
    ),
    "mail headers": (
        "a.txt",
        "Received: x\nDate: 2 May 2024 10:00:00 +0000\n" + "Subject: A\n" * 100_000 + "\nText.\n",
    ),
}


@pytest.mark.parametrize(("path", "text"), DEEP.values(), ids=DEEP)
def test_what_is_deep_or_huge_is_no_defect(path: str, text: str, tmp_path: Path) -> None:
    reading = read_text(tmp_path, text, path)

    assert "defect" not in list_codes(reading)


def test_no_more_than_some_names_of_one_kind(tmp_path: Path) -> None:
    names = ", ".join(f"a{number}" for number in range(1_500))
    header = f"tags: [{names}]\nauthors: [{names}]\ncategories: [{'x' * 300}, b]\n"

    reading = read_text(tmp_path, f"---\ntitle: A\ndate: 2024-01-02\n{header}---\nText.\n")

    assert reading.entry is not None
    assert (len(reading.entry.tags), len(reading.entry.authors)) == (200, 200)
    assert reading.entry.categories == ("b",)
    assert list_codes(reading) == ["too-many-names"] * 3


@pytest.mark.parametrize(
    "header",
    [
        "params:\n" + "".join(f"  a{number}: x\n" for number in range(1_500)),
        "date:\n" + "".join(f"  a{number}: x\n" for number in range(1_500)),
    ],
)
def test_fields_in_tables_count(header: str, tmp_path: Path) -> None:
    reading = read_text(tmp_path, f"---\ntitle: A\n{header}---\nText.\n")

    assert list_codes(reading) == ["too-many-fields"]


def test_more_fields_than_any_entry_has_are_refused(tmp_path: Path) -> None:
    header = "".join(f"a{number}: x\n" for number in range(1_500))

    reading = read_text(tmp_path, f"---\ntitle: A\ndate: 2024-01-02\n{header}---\nText.\n")

    assert reading.state == "error"
    assert list_codes(reading) == ["too-many-fields"]
    assert reading.problems[0].line == 1_002


@pytest.mark.parametrize("kind", ["fifo", "socket", "folder", "sparse"])
def test_what_is_no_file_is_named_at_once(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(str(path))
    elif kind == "folder":
        path.mkdir()
    else:
        with path.open("wb") as file:
            file.truncate(10 << 40)

    reading = read_file(tmp_path, "a.md", SETTINGS)

    assert reading.state == "error"
    assert list_codes(reading)[0] in ("not-a-file", "unreadable", "too-large")


NAMES = {
    "255 bytes": "a" * 252 + ".md",
    "newline": "a\nb.md",
    "controls": "a\x01\x1b\x7f.md",
    "right to left": "a\u202egnp.md",
    "composed": "caf\xe9.md",
    "decomposed": "cafe\u0301.md",
    "dash": "-rf.md",
    "quotes": "a\"b'c`d.md",
    "markup": "<script>alert(1)<!--.md",
    "percent": "a%2e%2e%00.md",
    "only dots": "....md",
    "spaces": "   .md",
    "not UTF-8": os.fsdecode(b"caf\xe9.md"),
    "noncharacter": "a\ufffe.md",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_names_of_every_kind_are_read(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("---\ndate: 2024-01-02\n---\nText.\n", encoding="utf-8")

    reading = read_file(tmp_path, name, SETTINGS)

    assert "defect" not in list_codes(reading)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("&#65;&#x42;&amp;", "AB&"),
        (f"a&#{'9' * 5_000};b", "a\ufffdb"),
        (f"a&#{'0' * 5_000}65b", "a\ufffdb"),
        ("&#", "&#"),
        ("&#99999999;", "\ufffd"),
    ],
)
def test_references_of_any_length_are_characters(text: str, expected: str) -> None:
    assert unescape(text) == expected
