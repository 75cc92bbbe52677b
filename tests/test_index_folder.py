"""The folder of the index is its user's alone: what stands in it is served, some not yet public."""

from __future__ import annotations

import logging
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from feedsvc.errors import IndexFileError
from feedsvc.index import IndexClient, prepare_index_path
from feedsvc.indexer import refresh_index
from feedsvc.settings import Settings
from tests.support.commands import Run
from tests.support.site import Site

ROOT = Path(__file__).parent.parent
NOBODY = 65_534
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the index has by default."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "feedsvc"


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that it has where the cache folder cannot be written; /tmp is another here."""
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.tempdir", str(shared))
    return shared / f"feedsvc-{os.getuid()}"


def get_mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_folder_and_files_are_closed_to_others(
    settings: Callable[..., Settings], cache: Path
) -> None:
    made = settings(index="")
    Site(made).add("quay")

    refresh_index(made)

    assert get_mode(cache) == 0o700
    assert {get_mode(file) for file in cache.iterdir()} == {0o600}
    assert any(file.suffix == ".sqlite" for file in cache.iterdir())


def test_a_temporary_folder_is_made_closed_and_named_in_the_log(
    settings: Callable[..., Settings], temporary: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        path = prepare_index_path(settings(index=""))

    assert path.parent == temporary
    assert get_mode(temporary) == 0o700
    assert str(temporary) in caplog.text


def test_our_own_folder_of_an_earlier_version_is_closed(
    settings: Callable[..., Settings], cache: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary.mkdir(mode=0o755)
    prepare_index_path(settings(index=""))
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache.parent))
    cache.mkdir(mode=0o755, parents=True)
    prepare_index_path(settings(index=""))

    assert (get_mode(temporary), get_mode(cache)) == (0o700, 0o700)


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o722, 0o1777])
@pytest.mark.parametrize("place", ["temporary", "cache", "setting"])
def test_a_folder_that_others_may_write_is_refused(
    settings: Callable[..., Settings],
    temporary: Path,
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    mode: int,
) -> None:
    monkeypatch.setenv(
        "XDG_CACHE_HOME", str(cache.parent if place == "cache" else cache.parents[1] / "file")
    )
    folder = cache if place == "cache" else temporary
    folder.mkdir(parents=True)
    folder.chmod(mode)

    with pytest.raises(IndexFileError, match=r"others may write.*set `index`"):
        prepare_index_path(settings(index=str(folder) if place == "setting" else ""))


@needs_root
@pytest.mark.parametrize("mode", [0o700, 0o755, 0o777])
@pytest.mark.parametrize("place", ["temporary", "setting"])
def test_a_folder_of_somebody_else_is_refused(
    settings: Callable[..., Settings], temporary: Path, place: str, mode: int
) -> None:
    temporary.mkdir()
    temporary.chmod(mode)
    os.chown(temporary, NOBODY, NOBODY)

    with pytest.raises(IndexFileError, match=f"belongs to user {NOBODY}"):
        prepare_index_path(settings(index=str(temporary) if place == "setting" else ""))


def test_a_link_in_a_shared_folder_is_refused(
    settings: Callable[..., Settings], temporary: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir(mode=0o700)
    temporary.symlink_to(tmp_path / "mine")

    with pytest.raises(IndexFileError, match="it is a link"):
        prepare_index_path(settings(index=""))


def test_a_link_in_ones_own_cache_folder_is_fine(
    settings: Callable[..., Settings], cache: Path, tmp_path: Path
) -> None:
    (tmp_path / "disk").mkdir(mode=0o700)
    cache.parent.mkdir(parents=True)
    cache.symlink_to(tmp_path / "disk")

    assert prepare_index_path(settings(index="")).parent == cache


@pytest.mark.parametrize("mode", [0o755, 0o775])
def test_a_folder_that_an_operator_names_keeps_its_mode(
    settings: Callable[..., Settings], tmp_path: Path, mode: int
) -> None:
    folder = tmp_path / "var"
    folder.mkdir()
    folder.chmod(mode)

    prepare_index_path(settings(index=str(folder)))

    assert get_mode(folder) == mode


def test_a_command_and_a_server_say_so_in_one_line(run: Run, temporary: Path) -> None:
    temporary.mkdir()
    temporary.chmod(0o777)

    Path("feedsvc.toml").unlink()
    result = run("index")
    done = subprocess.run(
        [sys.executable, "-c", "import tempfile; import feedsvc.wsgi"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(temporary.parent)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.exit_code == 1
    for words in (result.stderr, done.stderr):
        (line,) = [one for one in words.splitlines() if "not safe" in one]
        assert str(temporary) in line
        assert "Traceback" not in words
    assert done.returncode == 3


def test_a_writer_that_cannot_be_started_is_logged_with_what_would_help(
    settings: Callable[..., Settings], caplog: pytest.LogCaptureFixture
) -> None:
    made = settings()
    Path(f"{prepare_index_path(made)}.lock").symlink_to("/proc/nothing/x")  # for root, too
    index = IndexClient(made)
    try:
        index.refresh()
    finally:
        index.close()

    (line,) = [one.message for one in caplog.records if "no writer can be started" in one.message]
    assert line.endswith(
        "; trying again every few seconds: No such file or directory; the folder needs free space,"
        " and this user the right to write to it"
    )
