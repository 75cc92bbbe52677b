"""Commands run in the test's own process, in a folder with settings and `entries/`."""

from __future__ import annotations

from collections.abc import Callable

from click.testing import Result

from feedsvc.model import Entry
from feedsvc.reading import read_file
from feedsvc.settings import load_settings

Run = Callable[..., Result]
CONFIG = """
[site]
title = "Example News"
url = "https://news.example.com/"
id_authority = "news.example.com,2023"
permalink = "/{year}/{month}/{slug}/"
timezone = "Asia/Shanghai"
index = "index"
"""


def read_entry(path: str) -> Entry:
    """Return the entry that the settings of the current folder make of *path*."""
    settings = load_settings()
    entry = read_file(settings.entries, path, settings).entry
    assert entry is not None
    return entry
