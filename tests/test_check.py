"""`check`, `explain` and `index` on real folders."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from feedsvc.commands.cli import main
from feedsvc.index import open_read_connection, prepare_index_path
from feedsvc.settings import Settings, load_settings
from tests.support.commands import Run
from tests.support.entries import format_entry, write_file
from tests.support.writer import run_writer

KEYS = [
    *(
        "path",
        "state",
        "dialect",
        "encoding",
        "id",
        "title",
        "published",
        "precision",
        "date_source",
    ),
    *("updated", "language", "authors", "category", "tags", "problems"),
]
NEWS = """News Center

Harbour tram carries its millionth rider

Release Time: 2024-05-06   Source:   Author:   Clicks: 1398

The tram along the harbour has carried a million riders.

It opened in March.
"""


@pytest.fixture
def write(entries_dir: Path) -> Callable[[str, str | bytes], Path]:
    return partial(write_file, entries_dir)


Write = Callable[[str, str | bytes], Path]


def check(run: Run) -> dict[str, dict[str, object]]:
    result = run("check", "--format", "json")
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert [one["path"] for one in found] == sorted(one["path"] for one in found)
    return {one["path"]: one for one in found}


def test_json_has_the_keys_of_the_contract_in_their_order(run: Run, write: Write) -> None:
    write("2024/tram.txt", NEWS)
    result = run("check", "--format", "json")

    assert result.exit_code == 0
    assert list(json.loads(result.stdout).items()) == list(
        {
            "path": "2024/tram.txt",
            "state": "public",
            "dialect": "labelled",
            "encoding": "utf-8",
            "id": "tag:news.example.com,2023:2024/tram",
            "title": "Harbour tram carries its millionth rider",
            "published": "2024-05-06T00:00:00+08:00",
            "precision": "day",
            "date_source": "field:Release Time",
            "updated": None,
            "language": "en",
            "authors": [],
            "category": "News Center",
            "tags": [],
            "problems": [],
        }.items()
    )


def test_each_state_is_named(run: Run, write: Write) -> None:
    write("public.md", format_entry("Public"))
    write("scheduled.md", format_entry("Scheduled", date="2199-01-01"))
    write("expired.md", format_entry("Expired", date="2024-05-06", expires="2024-06-01"))
    write("draft.md", format_entry("Draft", date="2024-05-06", draft="true"))
    write("unlisted.md", format_entry("Unlisted", date="2024-05-06", status="unlisted"))
    write(
        "retracted.md",
        format_entry("Retracted", date="2024-05-06", status="retracted", retracted="2024-05-08"),
    )
    write("error.md", format_entry("Error", date="2023-02-30"))
    write("README.md", "# How to write\n")
    write("bundle/index.md", format_entry("Bundle"))
    write("bundle/photo.png", b"\x89PNG\r\n\x1a\n")
    write("bundle/index.yaml", "tags: [one]\n")
    write("_index.md", format_entry("Defaults"))
    write(".hidden", "x")
    found = check(run)

    assert {path: one["state"] for path, one in found.items()} == {
        ".hidden": "ignored",
        "README.md": "ignored",
        "_index.md": "ignored",
        "bundle/index.md": "public",
        "bundle/index.yaml": "ignored",
        "bundle/photo.png": "ignored",
        "draft.md": "draft",
        "error.md": "error",
        "expired.md": "expired",
        "public.md": "public",
        "retracted.md": "retracted",
        "scheduled.md": "scheduled",
        "unlisted.md": "unlisted",
    }
    assert all(list(one) == KEYS for one in found.values())
    assert found["bundle/index.md"]["tags"] == ["one"]


BAD = {
    "empty.txt": (b"", "empty"),
    "binary.txt": (bytes(range(256)) * 4, "binary"),
    "cut.md": (format_entry("Café").encode()[:-3] + "é".encode() * 40 + b"\xe9 \n", "encoding"),
    "undated.md": (b"---\ntitle: Undated\n---\nText.\n", "no-date"),
    "impossible.md": (format_entry("Impossible", date="2023-02-30").encode(), "date-unreadable"),
    "yaml.md": (b'---\ntitle: "Open\ndate: 2024-05-06\n---\nText.\n', "yaml-broken"),
    "large.txt": (b"Title\n\n2024-05-06\n\n" + b"word " * 10_485_760, "too-large"),
}


def test_bad_files_are_named_with_their_remedy_and_cost_no_other(
    run: Run, write: Write, entries_dir: Path
) -> None:
    for path, (data, _) in BAD.items():
        write(path, data)
    write("good.md", format_entry("Good"))
    write("twice-a.md", format_entry("Twice", date="2024-05-06", id="one"))
    write("twice-b.md", format_entry("Twice again", date="2024-05-07", id="one"))
    outside = entries_dir.parent / "outside.txt"
    outside.write_text("secret", encoding="utf-8")
    (entries_dir / "link.txt").symlink_to(outside)
    found = check(run)
    codes = {path: one["problems"][0]["code"] for path, one in found.items() if one["problems"]}  # type: ignore[index]

    assert codes == {path: code for path, (_, code) in BAD.items()} | {
        "twice-b.md": "duplicate-id",
        "link.txt": "link-outside",
    }
    assert {path for path, one in found.items() if one["state"] == "error"} == set(codes)
    assert all("; " in problem["message"] for one in found.values() for problem in one["problems"])  # type: ignore[attr-defined]
    assert found["impossible.md"]["problems"][0]["line"] == 3  # type: ignore[index]
    assert found["twice-b.md"]["title"] == "Twice again"
    assert run("check").exit_code == 1


def test_a_file_that_may_not_be_read_is_named(run: Run, write: Write) -> None:
    file = write("locked.md", format_entry("Locked"))
    file.chmod(0)
    try:
        file.read_bytes()
        pytest.skip("this user may read everything: run the tests as another than root")
    except PermissionError:
        pass

    assert check(run)["locked.md"]["state"] == "error"


def test_the_first_by_path_keeps_a_permalink(run: Run, write: Write) -> None:
    write("b/story.md", format_entry("B"))
    write("a/story.md", format_entry("A"))
    write("c/story.md", format_entry("C", date="2024-05-06", draft="true"))
    found = check(run)

    assert [found[f"{name}/story.md"]["state"] for name in "abc"] == ["public", "error", "draft"]
    remedy = (
        "give this entry its own slug, or add what tells them apart to the setting"
        " `permalink`: `{day}` or `{path}`"
    )
    assert found["b/story.md"]["problems"] == [
        {
            "code": "duplicate-permalink",
            "field": None,
            "line": None,
            "message": "the permalink '/2026/03/story/' already belongs to 'a/story.md'; " + remedy,
            "remedy": remedy,
        }
    ]


def test_many_files_are_read_by_several_processes(run: Run, write: Write) -> None:
    for number in range(450):
        write(f"{number % 7}/story-{number:03}.md", format_entry(f"Story {number}"))
    found = check(run)

    assert len(found) == 450
    assert all(one["title"] == f"Story {int(path[-6:-3])}" for path, one in found.items())


def test_check_agrees_with_the_index(run: Run, write: Write) -> None:
    for number in range(12):
        write(
            f"{number}/story-{number % 5}.md",
            format_entry(f"Story {number}", date=f"2024-05-{number % 2 + 1:02}"),
        )
    write("far.md", format_entry("Far", date="2199-01-01"))
    assert run("index").exit_code == 0
    with closing(open_read_connection(str(prepare_index_path(load_settings())))) as reader:
        states = dict(reader.execute("SELECT path, state FROM file"))
        problems = dict(reader.execute("SELECT path, message FROM problem"))
    found = check(run)

    assert {
        path: {"scheduled": "public"}.get(str(one["state"]), one["state"])
        for path, one in found.items()
    } == states
    first = {p: one["problems"][0] for p, one in found.items() if one["problems"]}  # type: ignore[index]
    assert {p: one["message"] for p, one in first.items()} == problems


def test_text_groups_problems_by_file_with_cause_and_remedy(run: Run, write: Write) -> None:
    write("good.md", format_entry("Good"))
    write("bad.md", format_entry("Bad", date="2023-02-30"))
    write("photo.png", b"\x89PNG\r\n\x1a\n")

    assert run("check").stdout == (
        "error      no date           bad.md  Bad\n"
        "public     2026-03-02        good.md  Good\n"
        "\n"
        "bad.md is not published\n"
        "  line 3, field 'date': '2023-02-30' names a day that does not exist\n"
        "    → write it as 2023-03-02 or 2023-03-02T14:30:00+08:00\n"
        "\n"
        "2 entries (and 1 other file): 1 error, 1 public; 1 problem in 1 file.\n"
    )


def test_colour_is_for_terminals(run: Run, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    write("good.md", format_entry("Good"))

    assert "\x1b[" not in run("check").output
    assert "\x1b[32mpublic" in CliRunner().invoke(main, ["check"], color=True).output

    monkeypatch.setenv("NO_COLOR", "1")

    assert "\x1b[" not in CliRunner().invoke(main, ["check"], color=True).output


def test_an_empty_folder_is_clean(run: Run) -> None:
    result = run("check")

    assert (result.exit_code, result.stdout) == (0, "There is no entry in this folder.\n")


def test_explain_says_where_each_thing_comes_from(run: Run, write: Write) -> None:
    file = write(
        "2024-05-01-tram.md",
        format_entry(
            "Tram", date="2024-05-06 14:30", guid="abc", layout="post", published="2024-05-07"
        ),
    )
    result = run("explain", str(file))

    assert result.exit_code == 0
    for words in (
        "  state      public",
        "  dialect    yaml",
        "  id         tag:news.example.com,2023:abc (its own)",
        "  permalink  https://news.example.com/2024/05/tram/",
        "  published  2024-05-06T14:30:00+08:00 (minute) (field:date)",
        "  id         line 4, 'abc' → tag:news.example.com,2023:abc: 'guid' in the file",
        "  published  line 3, '2024-05-06 14:30' → 2024-05-06T14:30:00+08:00 (minute): "
        "'date' in the file",
        "      as RFC 3339: 2024-05-06T14:30:00+08:00 (minute)",
        "  published  line 6, '2024-05-07': 'published' in the file; 'date' takes precedence",
        "  published  '2024-05-01': is in the filename of '2024-05-01-tram.md'",
        "  (unused)   line 5, 'layout: post': is not a field of an entry",
    ):
        assert words in result.stdout.splitlines()


def test_explain_says_why_a_date_is_refused(run: Run, write: Write) -> None:
    result = run("explain", str(write("bad.md", format_entry("Bad", date="03/04/2026"))))

    assert "  state      error\n" in result.stdout
    assert "2026-03-04" in result.stdout
    assert "2026-04-03" in result.stdout


def test_explain_takes_files_from_anywhere_and_what_is_no_entry(
    run: Run, write: Write, tmp_path: Path
) -> None:
    outside = tmp_path / "elsewhere.md"
    outside.write_text(format_entry("Elsewhere"), encoding="utf-8")

    assert f"elsewhere.md in {tmp_path}\n" in run("explain", str(outside)).stdout
    assert (
        "ignored: not an entry: it is a file for entries to use"
        in run("explain", str(write("a.png", b"x"))).stdout
    )
    assert "[empty]" in run("explain", str(write("empty.md", ""))).stdout


def test_index_prints_where_it_is_and_what_it_has(run: Run, write: Write) -> None:
    write("good.md", format_entry("Good"))
    result = run("index")

    assert result.exit_code == 0
    assert Path(result.stdout.strip()).is_file()
    assert "The index has 1 public; it took " in result.stderr


def count_files(settings: Settings) -> int:
    with closing(open_read_connection(str(prepare_index_path(settings)))) as reader:
        return int(reader.execute("SELECT count(*) FROM file").fetchone()[0])


def test_only_index_confirms_that_a_folder_is_empty(run: Run, write: Write) -> None:
    file = write("good.md", format_entry("Good"))
    run("index")
    file.unlink()
    run("render", "/rss.xml")

    assert count_files(load_settings()) == 1

    run("index")

    assert count_files(load_settings()) == 0


@pytest.mark.parametrize("watch", ["auto", "poll", "off"])
def test_index_confirms_through_a_running_writer(
    run: Run, write: Write, watch: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEEDSVC_SITE_WATCH", watch)
    file = write("good.md", format_entry("Good"))
    run("index")
    settings = load_settings()
    with run_writer(settings):
        file.unlink()
        time.sleep(0.5)
        assert count_files(settings) == 1

        result = run("index")

        assert result.exit_code == 0
        assert count_files(settings) == 0
        assert not list(prepare_index_path(settings).parent.glob("*.confirm"))


LATE, EARLY = "2199-03-02", "2024-03-02"
TO_COME = {
    f"updated: {LATE}": ("public", ["updated-late"]),
    f"updated: {EARLY}": ("public", []),
    f"unlisted: true\nupdated: {LATE}": ("unlisted", ["updated-late"]),
    f"draft: true\nupdated: {LATE}": ("draft", []),
    f"publishDate: {LATE}\nupdated: {LATE}": ("scheduled", []),
    f"retracted: {LATE}": ("retracted", ["retracted-late"]),
    f"status: retracted\nretracted: {LATE}": ("retracted", ["retracted-late"]),
    f"retracted: {EARLY}": ("retracted", []),
    f"retracted: {EARLY}\nupdated: {LATE}": ("retracted", []),
    f"draft: true\nretracted: {LATE}": ("draft", []),
    # what the remedies propose
    f"expires: {LATE}": ("public", []),
    f"date: {LATE}": ("scheduled", []),
}


@pytest.mark.parametrize("fields", TO_COME)
def test_a_date_to_come_of_what_is_already_so_is_named(run: Run, write: Write, fields: str) -> None:
    date = "" if fields.startswith("date:") else "date: 2024-03-01\n"
    file = write("a.md", f"---\ntitle: A\n{date}{fields}\n---\nB\n")
    (report,) = map(json.loads, run("check", "--format", "json").stdout.splitlines())
    state, codes = TO_COME[fields]

    assert (report["state"], [one["code"] for one in report["problems"]]) == (state, codes)
    assert all(f"[{code}]" in run("explain", str(file)).stdout for code in codes)
