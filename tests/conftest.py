"""What the tests share: a folder for entries, settings, machine zones, programs."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from click.testing import CliRunner
from coverage.multiproc import OriginalProcess, original_bootstrap

from feedsvc.commands.cli import main
from feedsvc.settings import Dates, Feeds, Push, Settings, Site
from tests.support.commands import CONFIG, Run
from tests.support.golden import Golden

# program → Debian package; .ci/run installs these
PROGRAMS = {
    "curl": "curl",
    "git": "git",
    "faketime": "faketime",
    "newsboat": "newsboat",
    "sfeed": "sfeed",
    "nginx": "nginx-light",
    "varnishd": "varnish",
    "caddy": "caddy",
    "haproxy": "haproxy",
    "apache2": "apache2 libapache2-mod-wsgi-py3",
    "chromium": "chromium",
    "chromedriver": "chromium-driver",
    "xmllint": "libxml2-utils",
    "node": "nodejs",
    "java": "default-jre-headless",
    "systemd-analyze": "systemd",
}
NODE_MODULES = Path(__file__).parent / "support" / "node_modules"

# A shell makes background jobs ignore SIGINT, and servers that tests end by it inherit that
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# By hand each run looks at other examples; under TEST_ALL=1 all machines look at the same. No test
# is timed: a busy machine is no fault
hypothesis.settings.register_profile("other", deadline=None)
hypothesis.settings.register_profile("same", deadline=None, derandomize=True)
hypothesis.settings.load_profile("same" if os.environ.get("TEST_ALL") == "1" else "other")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="rewrite the expected results of the tests"
    )


@pytest.fixture(scope="session")
def golden(pytestconfig: pytest.Config) -> Golden:
    """Comparison with files of expected results; `--update-golden` rewrites them."""
    return Golden(bool(pytestconfig.getoption("--update-golden")))


@pytest.fixture(autouse=True)
def own_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads the developer's settings or leaves an index in the user's cache folder."""
    for name in os.environ:
        if name.startswith("FEEDSVC_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(autouse=True)
def children_without_coverage(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is measured beside the test itself: measuring a process takes a fifth of a second.

    Processes that the test forks, which read its entries, only if it is marked `cover_children`;
    commands and servers that it starts, unless it is marked `no_cover`.
    """
    if request.node.get_closest_marker("cover_children") is None:
        monkeypatch.setattr(OriginalProcess, "_bootstrap", original_bootstrap)
    else:  # whatever folder the test makes the current one
        monkeypatch.setenv("COVERAGE_FILE", str(request.config.rootpath / ".coverage"))
    if request.node.get_closest_marker("no_cover") is not None:
        monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)


@pytest.fixture(scope="session")
def needs() -> Callable[[str], str]:
    """`needs("nginx")` returns the program's path, or skips the test; under TEST_ALL=1 it fails.

    What is no program of the system is a package of tests/support/package.json.
    """

    def locate_program(name: str) -> str:
        if name in PROGRAMS:
            found = shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")
            remedy = f"sudo apt-get install {PROGRAMS[name]}"
        else:
            found = str(NODE_MODULES / name) if (NODE_MODULES / name).is_dir() else None
            remedy = "npm install --prefix tests/support"
        if found is None:
            reason = f"{name} is not there: {remedy}"
            if os.environ.get("TEST_ALL") == "1":
                pytest.fail(reason)
            pytest.skip(reason)
        return found

    return locate_program


@pytest.fixture
def entries_dir(tmp_path: Path) -> Path:
    """An empty folder for entries."""
    folder = tmp_path / "entries"
    folder.mkdir()
    return folder


@pytest.fixture
def run(entries_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run("check", "--format", "json")` in a folder with settings and `entries/`."""
    entries_dir.with_name("feedsvc.toml").write_text(CONFIG, encoding="utf-8")
    monkeypatch.chdir(entries_dir.parent)
    return lambda *words: CliRunner().invoke(main, words)


@pytest.fixture
def settings(entries_dir: Path) -> Callable[..., Settings]:
    """`settings(title="Mine", order="dmy")`: a site over `entries_dir`, these keys changed."""

    def make_settings(**changes: Any) -> Settings:
        site = {
            "title": "Example News",
            "url": "https://news.example.com/",
            "id_authority": "news.example.com,2026",
            "permalink": "/{year}/{month}/{slug}/",
            "timezone": "Asia/Shanghai",
            "index": str(entries_dir.parent / "index.sqlite"),
        }
        sections: dict[type[Any], dict[str, Any]] = {Site: site, Dates: {}, Feeds: {}, Push: {}}
        for key, value in changes.items():
            section = next(
                (section for section in sections if key in section.__struct_fields__), None
            )
            assert section is not None, f"no section of the settings has a key {key!r}"
            sections[section][key] = value
        return Settings(
            site=Site(**sections[Site]),
            dates=Dates(**sections[Dates]),
            feeds=Feeds(**sections[Feeds]),
            push=Push(**sections[Push]),
            base=entries_dir.parent,
        )

    return make_settings


@pytest.fixture(params=["UTC", "America/St_Johns", "Asia/Shanghai", "Pacific/Kiritimati"])
def machine_zone(request: pytest.FixtureRequest) -> Iterator[str]:
    """Runs the test once in each of four machine time zones, which must make no difference."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield request.param
    time.tzset()
