"""A small site of every dialect and the whole documents that it gives, to read and to compare.

`make test ARGS="tests/test_golden.py --update-golden"` writes the documents anew; `git diff`
shows what changed. No document names the version of feedsvc: a release changes none.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from feedsvc.commands.cli import main
from feedsvc.settings import load_settings
from tests.support.golden import Golden
from tests.support.site import Site

FOLDER = Path(__file__).parent / "golden"
CONFIG = FOLDER / "feedsvc.toml"
DOCUMENTS = {
    "index.html": "/",
    "rss.xml": "/rss.xml",
    "atom.xml": "/atom.xml",
    "feed.json": "/feed.json",
    "entry.html": "/2026/03/lens/",
    "tag.atom.xml": "/tags/optics/atom.xml",
    "archive.rss.xml": "/archive/2026-01/rss.xml",
}
DIALECTS = {
    *("yaml", "toml", "json", "headers", "labelled", "plain"),
    *("html", "rst", "nikola", "wml", "asciidoc", "org"),
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    index = tmp_path_factory.mktemp("golden") / "index.sqlite"
    return Site(load_settings(CONFIG, environ={"FEEDSVC_SITE_INDEX": str(index)}))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_document_is_as_it_was(site: Site, golden: Golden, name: str) -> None:
    response = site.get(DOCUMENTS[name])

    assert response.status_code == 200
    golden.compare(FOLDER / name, response.data)


def test_check_is_as_it_was(golden: Golden) -> None:
    result = CliRunner().invoke(main, ["check", "--config", str(CONFIG), "--format", "json"])

    golden.compare(FOLDER / "check.jsonl", result.stdout_bytes)


def test_the_site_has_every_dialect() -> None:
    lines = (FOLDER / "check.jsonl").read_text(encoding="utf-8").splitlines()

    assert {json.loads(line)["dialect"] for line in lines} >= DIALECTS
