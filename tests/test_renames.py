"""A file renamed without an id of its own is named, with the command that saves it, and saved."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedsvc.indexer import refresh_index
from feedsvc.reading import read_file
from feedsvc.settings import Settings, load_settings
from tests.support.commands import Run
from tests.support.entries import write_entry, write_file

REMEDY = "run `feedsvc stamp --renamed`"


@pytest.fixture
def site(run: Run, entries_dir: Path) -> Settings:  # noqa: ARG001 - it makes the folder
    """The settings of a folder with an entry that uses a picture, and one with an id."""
    write_entry(entries_dir, "a.md", "One", body="![](a.png)")
    write_file(entries_dir, "a.png", b"x")
    write_entry(entries_dir, "own.md", "Two", id="tag:news.example.com,2023:own")
    return load_settings()


def test_check_and_explain_name_it_and_stamp_saves_it(
    run: Run, entries_dir: Path, site: Settings
) -> None:
    refresh_index(site)
    before = read_file(entries_dir, "a.md", site).entry
    (entries_dir / "2026").mkdir()
    for name in ("a.md", "a.png", "own.md"):
        (entries_dir / name).rename(entries_dir / "2026" / name)
    offline = run("check").stdout
    explained = run("explain", str(entries_dir / "2026" / "a.md")).stdout
    refresh_index(site)
    online = run("check").stdout
    result = run("stamp", "--renamed")
    after = read_file(entries_dir, "2026/a.md", site)
    again = run("stamp", "--renamed")

    for text in (offline, explained, online):
        assert "it was 'a.md' and has no id of its own" in text
        assert REMEDY in text
        assert text.count("it was ") == 1
    assert result.stdout == "2026/a.md\n"
    assert before is not None
    assert after.entry is not None
    assert after.entry.id == before.id
    assert after.has_own_id
    assert run("check").exit_code == 0
    assert (again.stdout, "No file was renamed." in again.stderr) == ("", True)


def test_what_is_renamed_back_or_removed_is_forgotten(
    run: Run, entries_dir: Path, site: Settings
) -> None:
    refresh_index(site)
    (entries_dir / "a.md").rename(entries_dir / "b.md")
    refresh_index(site)
    named = run("check").stdout
    (entries_dir / "b.md").rename(entries_dir / "a.md")
    refresh_index(site)

    assert REMEDY in named
    assert run("check").exit_code == 0
    assert run("stamp", "--renamed").stdout == ""


def test_twice_renamed_it_has_the_id_of_before_both(
    run: Run, entries_dir: Path, site: Settings
) -> None:
    refresh_index(site)
    before = read_file(entries_dir, "a.md", site).entry
    for old, new in (("a.md", "b.md"), ("b.md", "c.md")):
        (entries_dir / old).rename(entries_dir / new)
        refresh_index(site)
    run("stamp", "--renamed")
    after = read_file(entries_dir, "c.md", site).entry

    assert before is not None
    assert after is not None
    assert after.id == before.id


def test_a_copy_and_an_edit_are_no_renames(run: Run, entries_dir: Path, site: Settings) -> None:
    refresh_index(site)
    write_file(entries_dir, "b.md", (entries_dir / "a.md").read_bytes())
    (entries_dir / "own.md").unlink()
    write_entry(entries_dir, "other.md", "Another")
    refresh_index(site)

    assert "it was " not in run("check").stdout
