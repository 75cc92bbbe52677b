"""What stands at the top of the repository is true; the reference has its own tests."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from feedsvc.commands.cli import main

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("name", main.commands)
def test_every_command_has_an_example(name: str) -> None:
    assert "Example" in (main.commands[name].help or "") + (main.commands[name].epilog or "")


# To a file of the repository; those of the README are absolute, for it is shown elsewhere, too
LINK = re.compile(r"\]\((?:https://github\.com/feedsvc/feedsvc/blob/main/|(?!https?:|#))([^)#\s]+)")


@pytest.mark.parametrize(
    "name", ["CHANGELOG.md", "CONTRIBUTING.md", "README.md", "RELIABILITY.md", "SECURITY.md"]
)
def test_every_link_of_a_document_leads_somewhere(name: str) -> None:
    """Those of docs/ are checked by `make docs`."""
    text = re.sub(r"`[^`\n]+`", "", (ROOT / name).read_text(encoding="utf-8"))

    assert [path for path in LINK.findall(text) if not (ROOT / path).exists()] == []


def test_the_readme_is_short_and_its_links_are_absolute() -> None:
    """It sells and starts; all else is in docs/, where a package index has no files."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")

    assert len(text.splitlines()) < 120
    assert re.findall(r"\]\((?!https://)[^)]*", text) == []


def test_the_changelog_has_the_present_version() -> None:
    from feedsvc import __version__

    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["SECURITY.md", "RELIABILITY.md", "CONTRIBUTING.md", "README.md"])
def test_every_file_that_a_document_names_is_there(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    named = re.findall(r"`((?:tests|torture|deploy|scripts|\.github)/[\w./-]+\.\w+)`", text)

    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("target", ["torture", "fuzz", "bench"])
def test_make_runs_the_package_of_its_target(target: str) -> None:
    command = ["make", "--dry-run", "--no-print-directory", target, "ARGS=--some option"]
    lines = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    module = {"bench": "benchmarks"}.get(target, target)

    assert f"python -m {module} --some option\n" in lines


def test_make_clean_removes_only_caches_and_work() -> None:
    command = ["make", "--dry-run", "--no-print-directory", "clean"]
    line = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert line.startswith("rm -rf ")
    assert [path for path in line.split()[2:] if path[0] != "." and path[-5:] != "/work"] == []
