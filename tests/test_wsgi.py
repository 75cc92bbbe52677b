"""The application that WSGI servers are given, by both of its names."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

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
