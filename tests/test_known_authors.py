"""By-lines: keys become names where the site's authors are known."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from feedsvc.commands.check import check_entries
from feedsvc.settings import Settings, load_settings
from tests.support.site import Site

MakeSettings = Callable[..., Settings]
FILES = {  # where site tools keep their authors: below the entries folder, or above it
    "authors.yml": "jd:\n  name: Jane Doe\n  title: Pilot\n  email: jane@harbor.example\n  url: https://harbor.example/jane\n",
    "authors.yaml": "jd: Jane Doe\n",
    "authors.json": '{"jd": {"name": "Jane Doe", "image_url": "x.png"}}',
    "authors.toml": '[jd]\nname = "Jane Doe"\n',
    "_data/authors.yml": "jd:\n  display_name: Jane Doe\n",
    "_data/authors.json": '{"jd": "Jane Doe"}',
    "data/authors.toml": 'jd = "Jane Doe"\n',
    "data/authors/jd.yml": "name: Jane Doe\n",
    "data/authors/jd.json": '{"name": "Jane Doe"}',
    "_data/authors/one.yaml": "id: jd\nname: Jane Doe\n",
    "author/jd.md": "---\nname: Jane Doe\n---\n",
    "authors/jd.md": "---\ntitle: Jane Doe\n---\nShe steers.\n",
    "authors/jd/_index.md": "---\ntitle: Jane Doe\n---\n",
    "content/authors/jd/_index.md": "---\ntitle: Jane Doe\n---\n",
    "src/_data/authors.json": '{"jd": {"name": "Jane Doe"}}',
    "../_data/authors.yml": "jd:\n  name: Jane Doe\n",
    "../authors.yml": "jd:\n  name: Jane Doe\n",
    "../data/authors/jd.toml": 'name = "Jane Doe"\n',
}


def get_authors(site: Site, slug: str = "quay") -> list[str]:
    items = site.get("/feed.json").json
    assert items is not None
    (found,) = [one for one in items["items"] if one["url"].endswith(f"/{slug}/")]
    return [one["name"] for one in found.get("authors", [])]


@pytest.mark.parametrize("path", FILES)
def test_a_key_becomes_the_name_in_the_sites_file(settings: MakeSettings, path: str) -> None:
    site = Site(settings())
    site.write(path, FILES[path])
    site.add("quay", author="jd")
    site.add("pier", authors="[jd, sam, Mara Lind]")

    assert get_authors(site) == ["Jane Doe"]
    assert get_authors(site, "pier") == ["Jane Doe", "sam", "Mara Lind"]
    reports = [one for one in check_entries(site.settings) if one.problems or "jd" in one.path]
    assert [one.state for one in reports] in ([], ["ignored"])


KEYS = [
    ("jd", ["Jane Doe"]),
    ("JD", ["Jane Doe"]),
    ("jane-d", ["Jane D."]),
    ("Jane D", ["Jane D."]),
    ("'jd, jane-d'", ["Jane Doe", "Jane D."]),
    ("[jd, jd]", ["Jane Doe"]),
    ("[{key: jd, title: Guest}]", ["Jane Doe"]),
    ("{name: J. Doe}", ["J. Doe"]),
    ("jdoe", ["jdoe"]),
    ("Jane Doe", ["Jane Doe"]),
]


@pytest.mark.parametrize(("words", "names"), KEYS)
def test_keys_are_told_from_names(settings: MakeSettings, words: str, names: list[str]) -> None:
    site = Site(settings())
    site.write("authors.yml", "jd: {name: Jane Doe}\njane-d: Jane D.\n")
    site.write("quay.md", f"---\ntitle: T\ndate: 2026-03-02\nauthors: {words}\n---\nx\n")

    assert get_authors(site) == names


def test_a_person_of_the_file_has_mail_and_address(settings: MakeSettings) -> None:
    site = Site(settings())
    site.write("authors.yml", FILES["authors.yml"])
    site.add("quay", author="jd")

    atom = site.get("/atom.xml").text
    assert "<email>jane@harbor.example</email>" in atom
    assert "<uri>https://harbor.example/jane</uri>" in atom
    assert "Pilot" not in atom


@pytest.mark.parametrize(
    "path", ["authors.yml", "_data/authors.yml", "author/jd.md", "../authors.yml"]
)
def test_a_change_of_the_file_reaches_its_entries(settings: MakeSettings, path: str) -> None:
    site = Site(settings())
    site.add("quay", author="jd")
    assert get_authors(site) == ["jd"]
    old = site.get("/atom.xml").headers["ETag"]

    text = "---\nname: {}\n---\n" if path.endswith("md") else "jd:\n  name: {}\n"
    file = site.write(path, text.format("Jane Doe"))
    site.refresh()
    assert get_authors(site) == ["Jane Doe"]
    assert site.get("/atom.xml").headers["ETag"] != old

    file.write_text(text.format("Jane Poe"), encoding="utf-8")
    os.utime(file, (1, 1))
    site.refresh()
    assert get_authors(site) == ["Jane Poe"]

    file.unlink()
    site.refresh()
    assert get_authors(site) == ["jd"]
    assert site.get("/atom.xml").headers["ETag"] == old


def test_the_settings_know_people_too(tmp_path: Path) -> None:
    (tmp_path / "entries").mkdir()
    file = tmp_path / "feedsvc.toml"
    file.write_text(
        '[authors]\njd = "Jane Doe"\nml = {name = "Mara Lind", email = "m@x.example", url = "https://x.example/"}\n'
    )
    settings = load_settings(file, environ={"FEEDSVC_AUTHORS_SAM": "Sam Roe"})
    site = Site(settings)
    site.write("authors.yml", "jd: Another\nother: Olga\n")
    site.write(
        "quay.md", "---\ntitle: T\ndate: 2026-03-02\nauthors: [jd, ml, sam, other]\n---\nx\n"
    )
    found = next(one for one in check_entries(settings) if one.path == "quay.md")

    assert found.authors == ("Jane Doe", "Mara Lind", "Sam Roe", "Olga")


REDIRECTS = [
    ("redirect_to: https://video.example/watch?v=1", "", "https://video.example/watch?v=1"),
    ("redirect_to: [https://video.example/a b]", "", "https://video.example/a%20b"),
    ("redirect: /2026/other/", "", "https://news.example.com/2026/other/"),
    ("link: https://video.example/a", "", "https://video.example/a"),
    ("redirect_to: https://video.example/a", "A text.", "https://news.example.com/2026/03/quay/"),
    ("redirect_to: true", "", "https://news.example.com/2026/03/quay/"),
]


@pytest.mark.parametrize(("field", "body", "url"), REDIRECTS)
def test_an_entry_without_text_that_redirects_is_at_its_target(
    settings: MakeSettings, field: str, body: str, url: str
) -> None:
    site = Site(settings())
    site.write("quay.md", f"---\ntitle: T\ndate: 2026-03-02\n{field}\n---\n{body}\n")
    items = site.get("/feed.json").json

    assert items is not None
    assert [one["url"] for one in items["items"]] == [url]
