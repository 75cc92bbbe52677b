"""Deployments pin every dependency, with the hashes of its files."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import requires, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from feedsvc import __version__

ROOT = Path(__file__).parents[1]
PIN = re.compile(
    r"^([\w.-]+)==(\S+)((?: ; [^\n\\]+)?)((?: \\\n +--hash=sha256:[0-9a-f]{64})+)$", re.MULTILINE
)


def read_pins() -> dict[str, str]:
    """Return the versions of `deploy/requirements.txt` by name."""
    text = (ROOT / "deploy" / "requirements.txt").read_text(encoding="utf-8")
    pins = PIN.findall(text)
    code = [line for line in text.splitlines() if line and line[0] not in "# "]
    assert len(pins) == len(code), "each line has a version and hashes, and nothing else"
    return {canonicalize_name(name): version for name, version, *_ in pins}


def list_needed(name: str, extras: frozenset[str] = frozenset()) -> list[Requirement]:
    """Return what the installed distribution *name* needs here."""
    found = (Requirement(line) for line in requires(name) or ())
    return [
        one
        for one in found
        if one.marker is None
        or any(one.marker.evaluate({"extra": extra}) for extra in ("", *extras))
    ]


def test_every_dependency_is_pinned_within_its_range() -> None:
    pins = read_pins()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    waiting = [
        one
        for one in map(Requirement, project["dependencies"])
        if one.marker is None or one.marker.evaluate()
    ]
    seen = set[str]()
    while waiting:
        one = waiting.pop()
        name = canonicalize_name(one.name)
        assert name in pins, f"{one} is not pinned: run the command in deploy/requirements.txt"
        assert one.specifier.contains(pins[name]), f"{name} {pins[name]} is pinned, {one} is needed"
        # another version, with which the tests run, may need other things
        if name not in seen and version(name) == pins[name]:
            seen.add(name)
            waiting += list_needed(one.name, frozenset(one.extras))


def test_ci_has_each_python_that_the_package_is_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    matrix = re.search(r"python: \[(.*)\]", workflow)
    named = [one.rpartition(" ")[2] for one in project["classifiers"] if ":: 3." in one]

    assert matrix is not None
    assert [one.strip('" ') for one in matrix[1].split(",")] == named


def test_images_are_named_by_the_version() -> None:
    manifest = (ROOT / "deploy" / "kubernetes.yaml").read_text(encoding="utf-8")

    assert re.findall(r"image: \S+/feedsvc:(\S+)", manifest) == [__version__]


def test_nothing_else_is_pinned() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    extras = tomllib.loads(text)["project"]["optional-dependencies"]
    named = {
        canonicalize_name(Requirement(line).name) for lines in extras.values() for line in lines
    }

    assert not named & set(read_pins())
