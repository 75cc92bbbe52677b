"""`check` names what nobody will see: documents, sidecars without an entry, unknown forms."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.commands import Run
from tests.support.entries import write_file

ENTRY = "---\ntitle: Quay\ndate: 2026-03-02\n---\nWords.\n"
FIELDS = "title: Quay\ndate: 2026-03-02\n"


def check(run: Run, folder: Path, files: dict[str, str]) -> dict[str, list[str]]:
    """Return the codes of each path that has problems."""
    for path, text in files.items():
        write_file(folder, path, text)
    result = run("check", "--format", "json")
    reports = [json.loads(line) for line in result.stdout.splitlines()]
    assert [report["path"] for report in reports] == sorted(files)
    found = {
        one["path"]: [p["code"] for p in one["problems"]] for one in reports if one["problems"]
    }
    assert {one["state"] for one in reports if one["path"] in found} <= {"ignored"}
    assert result.exit_code == (1 if found else 0)
    return found


@pytest.mark.parametrize(
    "name",
    "release.docx notice.odt mail.eml minutes.rtf Report.PDF a.pages old.doc a.wps b.msg".split(),
)
def test_a_document_that_is_not_read_is_named(run: Run, entries_dir: Path, name: str) -> None:
    assert check(run, entries_dir, {"z.md": ENTRY, name: "x"}) == {name: ["document-unread"]}


@pytest.mark.parametrize(
    ("entry", "document"),
    [
        (ENTRY + "\n[Minutes](minutes.pdf)\n", "minutes.pdf"),
        (ENTRY.replace("\n---\nW", "\nenclosure: minutes.docx\n---\nW"), "minutes.docx"),
        (ENTRY, "static/minutes.pdf"),
        (ENTRY, ".minutes.docx"),
        (ENTRY, "~$release.docx"),
        (ENTRY, "_site/minutes.pdf"),
        (ENTRY, "README.pdf"),
    ],
)
def test_a_document_of_an_entry_is_not(
    run: Run, entries_dir: Path, entry: str, document: str
) -> None:
    assert check(run, entries_dir, {"z.md": entry, document: "x"}) == {}


@pytest.mark.parametrize(
    ("files", "orphan"),
    [
        ({"orphan.yaml": FIELDS}, "orphan.yaml"),
        ({"photo.jpg": "x", "photo.yaml": "caption: The quay\n"}, "photo.yaml"),
        ({"photo.jpg": "x", "photo.jpg.yaml": FIELDS}, "photo.jpg.yaml"),
        ({"a/notice.toml": 'title = "Quay"\ndate = 2026-03-02\n'}, "a/notice.toml"),
        ({"notice.meta": ".. title: Quay\n.. date: 2026-03-02\n"}, "notice.meta"),
        ({"a.md": ENTRY, "b.yml": FIELDS}, "b.yml"),
        ({"a.md": ENTRY, "a.yaml": FIELDS}, None),
        ({"a.txt": "Words.", "a.yaml": FIELDS}, None),
        ({"z.md": ENTRY, "mkdocs.yml": "site_name: Skarvik\nnav: []\n"}, None),
        ({"z.md": ENTRY, "config.toml": 'title = "Skarvik"\nbaseURL = "/"\n'}, None),
        ({"z.md": ENTRY, "authors.yml": "jon: {name: Jon}\n"}, None),
        ({"z.md": ENTRY, "broken.yml": "a: [\n"}, None),
        ({"z.md": ENTRY, "_data/ferries.yml": FIELDS}, None),
    ],
)
def test_a_sidecar_without_an_entry_is_named(
    run: Run, entries_dir: Path, files: dict[str, str], orphan: str | None
) -> None:
    files.setdefault("z.md", ENTRY.replace("2026", "2025"))

    assert check(run, entries_dir, files) == ({orphan: ["sidecar-orphan"]} if orphan else {})


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ({f"{n}.xml": "<entry/>" for n in "abc"}, ["a.xml"]),
        ({f"{n}.json": '{"document": {}}' for n in "ab"}, ["a.json"]),
        ({"a/contents.lr": "title: A", "b/contents.lr": "title: B"}, ["a/contents.lr"]),
        ({"a.foo": "x", "b.foo": "x", "c.bar": "x"}, ["a.foo", "c.bar"]),
        ({"news/a.xml": "<a/>", "news/b.xml": "<a/>", "z.md": ENTRY}, ["news/a.xml"]),
        ({"z.md": ENTRY, "a.xml": "<a/>", "b.xml": "<a/>"}, []),
        ({"z.md": ENTRY, "data/a.json": "{}", "data/b.json": "{}"}, []),
        ({"z.md": ENTRY, "js/a.js": "x", "js/b.js": "x"}, []),
        ({"a.png": "x", "b.jpg": "x"}, []),
        ({"README.xml": "x"}, []),
    ],
)
def test_a_folder_in_which_nothing_was_understood_is_named(
    run: Run, entries_dir: Path, files: dict[str, str], named: list[str]
) -> None:
    assert check(run, entries_dir, files) == {path: ["dialect-unknown"] for path in named}


def test_the_text_says_how_many_files_were_passed_over(run: Run, entries_dir: Path) -> None:
    for name in "abc":
        write_file(entries_dir, f"{name}.xml", "<entry/>")
    result = run("check")

    assert result.exit_code == 1
    shown = [line for line in result.stdout.splitlines() if line and "→" not in line]
    assert shown == [
        "a.xml is passed over",
        "  3 .xml files were passed over, and nothing else in the whole folder was understood",
        "There is no entry in this folder; 3 files were passed over.",
    ]
