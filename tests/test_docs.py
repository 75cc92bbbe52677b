"""The README is true: each setting, command, option and route is in it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click
import pytest
from msgspec.structs import fields

from feedsvc.commands.cli import main
from feedsvc.settings import SECTIONS
from feedsvc.urls import FEED_ALIASES, RESERVED_SEGMENTS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SETTINGS = {
    f"{name}.{item.name}": item.default for name, kind in SECTIONS.items() for item in fields(kind)
}


def write_toml(value: object) -> str:
    """*value* as the settings file would have it."""
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)


@pytest.mark.parametrize(("key", "default"), SETTINGS.items(), ids=SETTINGS.keys())
def test_every_setting_has_its_row_and_its_default(key: str, default: object) -> None:
    row = re.search(rf"^\| `{re.escape(key)}` \|(.*?)\| ", README, re.MULTILINE)

    assert row is not None
    assert row[1].strip() == ("" if default == "" else f"`{write_toml(default)}`")


def test_no_setting_is_described_that_does_not_exist() -> None:
    assert set(re.findall(r"^\| `((?:site|dates|feeds)\.\w+)` \|", README, re.MULTILINE)) == set(
        SETTINGS
    )


@pytest.mark.parametrize("name", main.commands)
def test_every_command_has_its_row_with_its_options(name: str) -> None:
    row = re.search(rf"^\| `feedsvc {name}\b.*$", README, re.MULTILINE)

    assert row is not None
    for parameter in main.commands[name].params:
        if isinstance(parameter, click.Option) and parameter.name != "config":
            assert parameter.opts[0] in row[0]
        elif isinstance(parameter, click.Argument):
            assert (parameter.metavar or parameter.name or "").upper().strip("[]") in row[0].upper()


@pytest.mark.parametrize("name", main.commands)
def test_every_command_has_an_example(name: str) -> None:
    assert "Example" in (main.commands[name].help or "") + (main.commands[name].epilog or "")


def test_every_fixed_route_is_named() -> None:
    for alias in FEED_ALIASES:
        assert f"`/{alias}`" in README


def test_the_reserved_segments_are_those_of_the_routes() -> None:
    listed = re.search(r"First segments that no permalink may take: (.*?); nor", README, re.DOTALL)

    assert listed is not None
    assert set(re.findall("`(.+?)`", listed[1])) == RESERVED_SEGMENTS


def test_the_changelog_has_the_present_version() -> None:
    from feedsvc import __version__

    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
