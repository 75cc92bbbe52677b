"""`new`: what it writes, and what it leaves alone."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.commands.cli import main
from feedsvc.commands.new import format_yaml_value, make_file_name
from feedsvc.dialects.yaml_fields import parse_yaml
from tests.support.commands import CONFIG, Run, read_entry
from tests.support.entries import write_entry


def test_new_writes_a_draft_and_prints_its_path(run: Run, entries_dir: Path) -> None:
    result = run("new", "Ferry line opens: “May” & 渡轮!")
    path = Path(result.stdout.strip())
    name = path.relative_to(entries_dir).as_posix()
    entry = read_entry(name)

    assert result.exit_code == 0
    assert re.fullmatch(r"\d{4}/ferry-line-opens-may-渡轮\.md", name)
    assert (entry.state, entry.title, entry.slug) == (
        "draft",
        "Ferry line opens: “May” & 渡轮!",
        "ferry-line-opens-may-渡轮",
    )
    assert re.fullmatch(
        rf"tag:news\.example\.com,2023:{str(entry.published)[:10]}:[0-9a-f]{{12}}", entry.id
    )
    assert (str(entry.published)[-6:], entry.published.precision) == ("+08:00", "minute")
    assert (
        abs((datetime.now(entry.published.when.tzinfo) - entry.published.when).total_seconds())
        < 120
    )
    assert run("check").exit_code == 0


def test_new_never_writes_over_a_file(run: Run) -> None:
    paths = {run("new", "Twice").stdout.strip() for _ in range(3)}

    assert len(paths) == 3
    assert "There is already an entry named 'twice'" in run("new", "Twice").stderr
    assert len({Path(path).read_text(encoding="utf-8") for path in paths}) == 3


def test_a_title_that_comes_again_gets_an_address_of_its_own(run: Run, entries_dir: Path) -> None:
    config = entries_dir.with_name("feedsvc.toml")
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("/{year}/{month}/{slug}/", "/{slug}/"), encoding="utf-8")
    write_entry(entries_dir, "old/quay.md")
    path = Path(run("new", "Quay").stdout.strip())

    assert path.name == "quay-2.md"
    assert run("publish", str(path)).exit_code == 0
    assert run("check").exit_code == 0


def test_without_settings_the_id_waits_for_an_authority(
    entries_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(entries_dir.parent)
    path = Path(CliRunner().invoke(main, ["new", "Quay"]).stdout.strip())
    entries_dir.with_name("feedsvc.toml").write_text(CONFIG, encoding="utf-8")
    name = path.relative_to(entries_dir).as_posix()

    assert "localhost" not in path.read_text(encoding="utf-8")
    assert read_entry(name).id.startswith("tag:news.example.com,2023:20")


@pytest.mark.parametrize(
    "title",
    [
        "???",
        "a" * 300,
        "渡" * 300,
        "../../etc",
        "key: [1, 2]",
        "- x\n# y",
        "null",
        "हिन्दी",
        "a\x00b",
    ],
)
def test_new_takes_any_title(run: Run, entries_dir: Path, title: str) -> None:
    path = Path(run("new", "--", title).stdout.strip())

    assert path.is_relative_to(entries_dir)
    assert read_entry(path.relative_to(entries_dir).as_posix()).title == " ".join(
        re.sub(r"[\x00-\x1f]", " ", title).split()
    )


def test_new_refuses_an_empty_title(run: Run, entries_dir: Path) -> None:
    result = run("new", " \n ")

    assert result.exit_code == 1
    assert "the title is empty" in result.stderr
    assert not list(entries_dir.iterdir())


@given(st.text())
def test_names_of_files_are_short_and_plain(title: str) -> None:
    name = make_file_name(title)

    assert 0 < len(name.encode()) < 250
    assert not re.search(r"[\s/\\.:\x00]", name)


# without what no feed may carry: reading takes that out
@given(
    st.text(
        st.characters(codec="utf-8", exclude_categories=["Cn", "Cc"], include_characters="\n\t")
    )
)
def test_words_written_as_yaml_read_back(words: str) -> None:
    parsed = parse_yaml(f"name: {format_yaml_value(words)}\n")

    assert parsed is not None
    assert parsed[0][0].value == words
