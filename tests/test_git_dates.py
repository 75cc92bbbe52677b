"""The date sources that a site has to ask for: `git`, the first commit, and `mtime`."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from feedsvc.reading import read_file
from feedsvc.settings import Settings

MakeSettings = Callable[..., Settings]
TEXT = "# Quay\n\nIt is open to all.\n"
STARTED, MOVED = "2024-03-02T10:00:00+01:00", "2025-07-08T09:00:00+02:00"


class Repository:
    """A folder of entries under git; each commit has the time that it is given."""

    def __init__(self, git: str, folder: Path) -> None:
        self.git, self.folder = git, folder
        self.run("init", "--quiet")

    def run(self, *arguments: str, at: str = STARTED) -> None:
        identity = {
            f"GIT_{who}_{what}": value
            for who in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", "Mara"), ("EMAIL", "m@harbour.example"), ("DATE", at))
        }
        subprocess.run(
            [self.git, "-C", str(self.folder), *arguments],
            env={"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, **identity},
            check=True,
            capture_output=True,
        )

    def commit(self, at: str) -> None:
        self.run("add", "--all")
        self.run("commit", "--quiet", "--message", "Words", at=at)


@pytest.fixture
def repository(entries_dir: Path, needs: Callable[[str], str]) -> Repository:
    """Has `quay.md`, committed once."""
    repository = Repository(needs("git"), entries_dir)
    (entries_dir / "quay.md").write_text(TEXT, encoding="utf-8")
    repository.commit(STARTED)
    return repository


def read_date(settings: Settings, path: str = "quay.md") -> str:
    """Return date, precision and source of the entry at *path*, or the codes of its problems."""
    reading = read_file(settings.entries, path, settings)
    if reading.entry is None:
        return " ".join(problem.code for problem in reading.problems)
    moment = reading.entry.published
    return f"{moment} {moment.precision} {moment.source}"


def test_git_dates_an_entry_by_its_first_commit(
    repository: Repository, settings: MakeSettings
) -> None:
    made = settings(sources=("field", "git"))
    assert read_date(made) == f"{STARTED} second git"

    repository.run("mv", "quay.md", "pier.md")
    (repository.folder / "pier.md").write_text(TEXT + "And a kiosk.\n", encoding="utf-8")
    repository.commit(MOVED)

    assert read_date(made, "pier.md") == f"{STARTED} second git"


def test_git_knows_no_date_of_a_file_that_was_never_committed(
    repository: Repository, settings: MakeSettings
) -> None:
    (repository.folder / "new.md").write_text(TEXT, encoding="utf-8")

    assert read_date(settings(sources=("git",)), "new.md") == "no-date"


def test_a_field_goes_before_git(repository: Repository, settings: MakeSettings) -> None:
    (repository.folder / "dated.md").write_text(f"---\ndate: 2024-05-06\n---\n{TEXT}", "utf-8")
    repository.commit(MOVED)

    date = read_date(settings(sources=("field", "git")), "dated.md")

    assert date == "2024-05-06T00:00:00+08:00 day field:date"


@pytest.mark.parametrize("path", [None, "/nowhere"])
def test_without_git_or_without_a_repository_there_is_no_date(
    entries_dir: Path, settings: MakeSettings, monkeypatch: pytest.MonkeyPatch, path: str | None
) -> None:
    if path is not None:
        monkeypatch.setenv("PATH", path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(entries_dir.parent))
    (entries_dir / "quay.md").write_text(TEXT, encoding="utf-8")

    assert read_date(settings(sources=("git",))) == "no-date"


@pytest.mark.usefixtures("machine_zone")
def test_mtime_dates_an_entry_by_its_file(entries_dir: Path, settings: MakeSettings) -> None:
    file = entries_dir / "quay.md"
    file.write_text(TEXT, encoding="utf-8")
    os.utime(file, (1_700_000_000.5, 1_700_000_000.5))

    assert read_date(settings(sources=("mtime",))) == "2023-11-14T22:13:20+00:00 second mtime"


def test_neither_is_asked_unless_the_settings_say_so(
    repository: Repository, settings: MakeSettings
) -> None:
    assert repository.folder == settings().entries
    assert read_date(settings()) == "no-date"
