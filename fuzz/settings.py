"""feedsvc.toml and the environment: `Settings` that every later stage can trust, or one line."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import get_args
from urllib.parse import urlsplit

from feedsvc.errors import SettingsError
from feedsvc.model import Precision
from feedsvc.settings import Settings, build_settings, load_settings, resolve_addresses
from feedsvc.urls import format_permalink
from fuzz.addresses import check_uri
from fuzz.target import Target, check_sentence

MARK = b"\n# environment\n"


@cache
def make_folder() -> tempfile.TemporaryDirectory[str]:
    """Return a folder for the settings file, which goes when the process ends."""
    return tempfile.TemporaryDirectory(prefix="fuzz-settings-")


def check_settings(data: bytes) -> None:
    """Take *data* for a settings file, then, behind a line of its own, for the environment."""
    toml, _, lines = data.partition(MARK)
    path = Path(make_folder().name) / "feedsvc.toml"
    path.write_bytes(toml)
    pairs = (line.partition("=") for line in lines.decode("utf-8", "surrogateescape").split("\n"))
    environ = {name: value for name, mark, value in pairs if mark and "\0" not in name + value}
    environ.pop("FEEDSVC_CONFIG", None)
    try:
        settings = load_settings(path, environ=environ)
    except SettingsError as error:
        check_sentence(error)
        return
    assert load_settings(path, environ=environ) == settings
    assert build_settings(settings.to_tables()) == settings
    check_site(settings)
    check_permalinks(settings)


def check_site(settings: Settings) -> None:
    """Assert that the values are what all stages take them for."""
    site = settings.site
    assert urlsplit(site.url).scheme in ("http", "https")
    assert urlsplit(site.url).hostname
    assert site.url.endswith("/")
    check_uri(site.url)
    assert resolve_addresses(settings) == settings or settings.development
    assert datetime.now(UTC).astimezone(site.zone).utcoffset() is not None
    assert settings.dates.clock.tzinfo is None
    assert settings.feeds.shared_age >= 0
    for hub in settings.feeds.hubs:
        check_uri(hub)


def check_permalinks(settings: Settings) -> None:
    """Assert that the pattern makes the address of an entry, whatever its date is."""
    for precision in get_args(Precision):
        when = datetime(2023, 3, 2, tzinfo=UTC)
        made = format_permalink(settings.site.permalink, when, precision, "quay", "", "a/quay")
        check_uri(made)
        assert made.startswith(("/", "http://", "https://"))
        assert "quay" in made


TARGET = Target(
    name="settings",
    check=check_settings,
    examples=150,
)
