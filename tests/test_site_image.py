"""`site.image`: a file of the entries folder, or elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from feedsvc.settings import Settings
from tests.support.commands import CONFIG, Run
from tests.support.entries import write_file
from tests.support.site import Site


@pytest.mark.parametrize(
    ("image", "url"),
    [
        ("logo.png", "https://news.example.com/files/logo.png"),
        ("/files/logo.png", "https://news.example.com/files/logo.png"),
        ("https://news.example.com/files/logo.png", "https://news.example.com/files/logo.png"),
        ("./logo.png", "https://news.example.com/files/logo.png"),
    ],
)
def test_the_sites_picture_may_be_a_file_of_the_folder(
    settings: Callable[..., Settings], image: str, url: str
) -> None:
    site = Site(settings(image=image))
    site.write("logo.png", b"PNG")
    site.write("other.png", b"PNG")
    site.add("quay")

    assert f"<url>{url}</url>" in site.get("/rss.xml").text
    assert site.get("/files/logo.png", buffered=True).status_code == 200
    assert site.get("/files/other.png").status_code == 404


@pytest.mark.parametrize(
    ("image", "url"),
    [
        ("/logo.png", "https://news.example.com/logo.png"),
        ("/static/my logo.png", "https://news.example.com/static/my%20logo.png"),
        ("static/logo.png", "https://news.example.com/static/logo.png"),
        ("https://cdn.example/logo.png", "https://cdn.example/logo.png"),
    ],
)
def test_the_sites_picture_may_be_elsewhere(
    settings: Callable[..., Settings], image: str, url: str
) -> None:
    site = Site(settings(image=image))
    site.write("logo.png", b"PNG")

    assert f"<url>{url}</url>" in site.get("/rss.xml").text
    assert site.get("/files/logo.png").status_code == 404


@pytest.mark.parametrize(
    ("image", "is_named"),
    [
        *((image, True) for image in ("none.png", "/files/none.png", "sub/logo.png", "words.txt")),
        *((image, False) for image in ("", "logo.png", "/files/logo.png", "./logo.png")),
        *(
            (image, False)
            for image in ("/none.png", "static/none.png", "https://cdn.example/a.png")
        ),
    ],
)
def test_check_names_a_picture_of_the_site_that_is_not_there(
    run: Run, entries_dir: Path, image: str, is_named: bool
) -> None:
    for name in ("logo.png", "words.txt"):
        write_file(entries_dir, name, "title: Words\ndate: 2026-03-02\n\nText.\n")
    entries_dir.with_name("feedsvc.toml").write_text(f'{CONFIG}image = "{image}"\n')
    result = run("check", "--format", "json")
    reports = [json.loads(line) for line in result.stdout.splitlines()]
    found = [one for report in reports for one in report["problems"]]

    assert result.exit_code == is_named
    assert [(one["code"], one["field"]) for one in found] == [
        ("asset-missing", "site.image")
    ] * is_named
