"""`check` names what nobody will see: documents, sidecars without an entry, unknown forms."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from feedsvc.commands.check import count_files_with_problems
from feedsvc.settings import Settings
from tests.support.commands import Run
from tests.support.entries import write_file
from tests.support.site import NOW, Site

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


RSS = '<rss version="2.0"><channel/></rss>'
ATOM = '<?xml version="1.0"?>\n<!-- a > b -->\n<a:feed xmlns:a="http://www.w3.org/2005/Atom"/>'
RDF = '\ufeff<?xml version="1.0"?><!DOCTYPE rdf:RDF [<!ENTITY a "b">]>\n<rdf:RDF/>'


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ({"z.md": ENTRY, "old-site.xml": RSS}, ["old-site.xml"]),
        ({"z.md": ENTRY, "news/site.WordPress.2024.xml": RSS}, ["news/site.WordPress.2024.xml"]),
        (
            {"z.md": ENTRY, "blog.atom": ATOM, "c.rdf": RDF, "d.rss": RSS},
            ["blog.atom", "c.rdf", "d.rss"],
        ),
        ({"feed.xml": RSS}, ["feed.xml"]),  # and nothing else
        ({"z.md": ENTRY, "feed.xml": RSS, "tags/index.xml": RSS, "atom.xml": ATOM}, []),
        ({"z.md": ENTRY, "public/old.xml": RSS, "_site/old.xml": RSS}, []),
        ({"z.md": ENTRY, "feedsvc.toml": "", "old.xml": RSS}, []),  # for `stamp --feed`
        (
            {"feedsvc.toml": "", "old.xml": RSS, "news/z.md": ENTRY, "news/b.xml": RSS},
            ["news/b.xml"],
        ),
        ({"z.md": ENTRY, "podcast.xml": RSS.replace("<channel/>", "{% for post in posts %}")}, []),
        (
            {"z.md": ENTRY, "sitemap.xml": "<urlset/>", "a.xml": "x", "b.xml": "", "c.xml": "<!--"},
            [],
        ),
    ],
)
def test_the_file_of_a_feed_is_named(
    run: Run, entries_dir: Path, files: dict[str, str], named: list[str]
) -> None:
    assert check(run, entries_dir, files) == {path: ["many-entries"] for path in named}
    assert run("check").stdout.count("feedsvc import") == len(named)


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


EXPLAINED = {
    "release.docx": "x",
    "a.pages": "x",
    "old.doc": "x",
    "notice.odt": "x",
    "minutes.rtf": "x",
    "minutes.pdf": "x",
    "linked.pdf": "x",
    "storm.md.bak": ENTRY,
    "lone.yaml": FIELDS,
    "quay.yaml": FIELDS,
    "data.xml": "x",
    "old-feed.xml": "<rss/>",
    "old/one.textile": "x",
    "old/two.textile": "x",
    "photo.png": "x",
    "storm_files/frame.html": "<p>x</p>",
}


@pytest.fixture
def newsroom(entries_dir: Path) -> Path:
    """Return a folder with two entries and with files that are none."""
    write_file(entries_dir, "quay.md", f"{ENTRY}[Minutes](linked.pdf)")
    write_file(entries_dir, "storm.html", "<h1>Storm</h1><p>2 March 2026</p><p>Text.</p>")
    for name, text in EXPLAINED.items():
        write_file(entries_dir, name, text)
    return entries_dir


@pytest.mark.parametrize("path", EXPLAINED)
def test_explain_says_of_a_file_what_check_says(run: Run, newsroom: Path, path: str) -> None:
    lines = run("check", "--format", "json").stdout.splitlines()
    (report,) = (one for line in lines if (one := json.loads(line))["path"] == path)
    explained = run("explain", str(newsroom / path)).stdout

    assert f"  state      {report['state']}: not an entry: " in explained
    expected = [f"  {one['message']} [{one['code']}]" for one in report["problems"]]
    assert explained.partition("\nProblems\n")[2].splitlines() == expected


def test_the_index_counts_the_files_with_problems_that_check_names(
    run: Run, newsroom: Path, settings: Callable[..., Settings]
) -> None:
    write_file(newsroom, "wrong.md", ENTRY.replace("2026-03-02", "3/4/26"))
    write_file(newsroom, "link.md", ENTRY.replace("Words", "[The quay](kay.md)"))
    write_file(newsroom, "again.md", f"---\nslug: link\n{ENTRY[4:]}")
    lines = run("check", "--format", "json").stdout.splitlines()
    site = Site(settings())

    with site.publisher.index.open_snapshot(NOW) as query:
        counted = count_files_with_problems(site.settings, query)
    assert counted == sum(bool(json.loads(line)["problems"]) for line in lines) == 11


@pytest.mark.parametrize(
    "files",
    [
        {"a.xml": "x", "old/b.xml": "x", "old/c.pdf": "x"},
        {"old/a.xml": "x", "old/b.xml": "x", "old/new/c.md": ENTRY},
        {"old/a.xml": "x", "old/b.xml": "x", "old/c.md": ENTRY, "older/d.pdf": "x"},
        {"old/a.xml": "x", "old0/a.md": ENTRY, "old/new/b.md": ENTRY, "old/b.xml": "x"},
        {"a.xml": "x", "b.xml": "x", "old/c.md": ENTRY},
        {"a.xml": "x", "b.xml": "x", "c.md": "no date", "_files.pdf": "x"},
        {"a.yaml": FIELDS, "b.md": f"{ENTRY}[x](c.pdf)", "c.pdf": "x", "old/c.pdf": "x"},
        {"a.png": "x", "b.txt~": "x"},
    ],
)
def test_the_count_depends_on_the_same_neighbours(
    run: Run, entries_dir: Path, settings: Callable[..., Settings], files: dict[str, str]
) -> None:
    for name, text in files.items():
        write_file(entries_dir, name, text)
    lines = run("check", "--format", "json").stdout.splitlines()
    site = Site(settings())

    with site.publisher.index.open_snapshot(NOW) as query:
        counted = count_files_with_problems(site.settings, query)
    assert counted == sum(bool(json.loads(line)["problems"]) for line in lines)


SAVED = ("_files", "-Dateien", "_fichiers", "_archivos", "_bestanden", "_pliki", ".files", "_файлы")
PARTS = (
    *("ad.html", "frame(1).htm", "app.js.download", "words.txt", "data.json", "noextension"),
    *("filelist.xml", "props.xml", "x.yaml", "minutes.pdf", "inner_files/ad.html"),
)
FRAME = "<html><title>Ad</title><time>2026-03-05</time><p>Buy this, it is new and good.</p>"
PAGE = "<h1>Quay</h1><p>2 March 2026</p><p>Text.</p>"


@pytest.mark.parametrize("ending", SAVED)
def test_what_is_saved_with_a_page_is_no_entry_and_no_mistake(
    run: Run, entries_dir: Path, ending: str
) -> None:
    files = {f"2026/quay{ending}/{name}": FRAME for name in PARTS}

    assert check(run, entries_dir, {"2026/quay.htm": PAGE, **files}) == {}
    assert "1 entry (and 11 other files): 1 public; no problem." in run("check").stdout


@pytest.mark.parametrize("page", ["quay.md", "harbour.html", "quay_files.html"])
def test_a_folder_without_its_page_has_entries(run: Run, entries_dir: Path, page: str) -> None:
    write_file(entries_dir, page, ENTRY if page.endswith(".md") else PAGE)
    write_file(entries_dir, "quay_files/storm.html", PAGE.replace("Quay", "Storm"))

    assert "2 entries: 2 public; no problem." in run("check").stdout


def test_a_page_that_comes_or_goes_changes_what_its_folder_has(
    entries_dir: Path, settings: Callable[..., Settings]
) -> None:
    site = Site(settings())
    site.write("quay_files/ad.html", PAGE.replace("Quay", "Ad"))
    assert site.get("/2026/03/ad/").status_code == 200

    site.write("quay.html", PAGE)
    site.refresh()
    assert site.get("/2026/03/ad/").status_code == 404

    (entries_dir / "quay.html").unlink()
    site.refresh()
    assert site.get("/2026/03/ad/").status_code == 200
