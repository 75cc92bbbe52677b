"""The application that WSGI servers are given, by both of its names."""

from __future__ import annotations

import importlib.util
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from feedsvc import create_app

ROOT = Path(__file__).parent.parent


def test_the_package_and_the_top_folder_have_one_application(
    entries_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(entries_dir.parent)
    monkeypatch.delitem(sys.modules, "feedsvc.wsgi", raising=False)
    spec = importlib.util.spec_from_file_location("top_wsgi", ROOT / "wsgi.py")
    assert spec is not None
    assert spec.loader is not None
    top = importlib.util.module_from_spec(spec)

    spec.loader.exec_module(top)

    package = sys.modules["feedsvc.wsgi"]
    assert isinstance(package.app, Flask)
    assert top.app is top.application is package.app is package.application


def test_a_wrong_setting_ends_the_import_with_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import feedsvc.wsgi"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "FEEDSVC_FEEDS_LIMIT": "0"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr.count("\n")) == (3, 1)
    assert "feeds.limit" in done.stderr


def test_the_package_offers_the_factory_and_loads_it_when_it_is_used() -> None:
    code = (
        "import sys, feedsvc; assert 'flask' not in sys.modules; "
        "from feedsvc import create_app; from feedsvc.web import create_app as made; "
        "assert create_app is made"
    )
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}

    subprocess.run([sys.executable, "-c", code], env=environ, check=True)


def test_the_application_leaves_log_levels_to_its_operator(
    entries_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logger = logging.getLogger("feedsvc")
    monkeypatch.setattr(logger, "level", logging.ERROR)
    monkeypatch.setenv("FEEDSVC_SITE_ENTRIES", str(entries_dir))

    create_app(runs_writer=False)

    assert logger.level == logging.ERROR
