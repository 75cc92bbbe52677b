"""`publish`: the mark of a draft goes, the date is now as it was written, no other byte changes."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from feedsvc.commands.publishing.publish import publish_file
from feedsvc.errors import EntryError
from feedsvc.reading import read_file
from feedsvc.settings import Settings, load_settings
from tests.support.commands import Run
from tests.support.entries import write_file

NOW = datetime(2026, 11, 28, 13, 5, 9, tzinfo=UTC)  # 21:05:09 in Shanghai, a Saturday
NEWS = "News Center\n\nHarbour tram\n\nRelease Time:2024-05-06Source:Clicks:12Author:\n\nIt runs.\n"
PAGE = """<!doctype html>
<html><head>
<title>Tram</title>
<meta content="2024-05-06T10:00:00+08:00" name="date">
<meta name="draft"
      content="true">
</head><body><p>It runs, true.</p></body></html>
"""
# file → what is there, and what of it changes
PUBLISHED: dict[str, tuple[str, dict[str, str]]] = {
    "yaml.md": (
        "---\ntitle: Tram # true\ndate: 2024-05-06  # the day\ndraft: true # yet\n---\ntrue\n",
        {"2024-05-06": "2026-11-28", "draft: true": "draft: false"},
    ),
    "crlf.md": (
        "---\r\ntitle: T  \r\ndate: 2024-05-06 10:00\r\ndraft: yes\r\n---\r\nA \r\nB",
        {"2024-05-06 10:00": "2026-11-28 21:05", "draft: yes": "draft: no"},
    ),
    "bom.md": (
        '\ufeff---\ntitle: T\ndate: "2024-05-06T10:00:30Z"\nDraft: True\n---\nA\n',
        {"2024-05-06T10:00:30Z": "2026-11-28T13:05:09Z", "Draft: True": "Draft: False"},
    ),
    "zone.md": (
        "---\ntitle: T\ndate: 2024-05-06 10:00:00 -0500\npublished: false\n---\nA\n",
        {
            "2024-05-06 10:00:00 -0500": "2026-11-28 08:05:09 -0500",
            "published: false": "published: true",
        },
    ),
    "fraction.md": (
        "---\ntitle: T\ndate: 2024-05-06T10:00:00.000Z\nstatus: Draft\n---\nA\n",
        {
            "2024-05-06T10:00:00.000Z": "2026-11-28T13:05:09.000Z",
            "status: Draft": "status: Published",
        },
    ),
    "slashes.md": (
        "---\ntitle: T\ndate: 2024/5/6\nstatus: [draft]\n---\nA\n",
        {"2024/5/6": "2026/11/28", "[draft]": "[published]"},
    ),
    "words.md": (
        "---\ntitle: T\ndate: Mon, 06 May 2024 10:00:00 +0800\ndraft: on\n---\nA\n",
        {"Mon, 06 May 2024 10:00:00": "Sat, 28 Nov 2026 21:05:09", "draft: on": "draft: off"},
    ),
    "american.md": (
        "---\ntitle: T\ndate: May 6th, 2024 at 9:00 AM\npublic: no\n---\nA\n",
        {"May 6th, 2024 at 9:00 AM": "November 28th, 2026 at 9:05 PM", "public: no": "public: yes"},
    ),
    "german.md": (
        "---\ntitle: T\nlang: de\ndate: 6. Mai 2024\nstatus: Entwurf\n---\nA\n",
        {"6. Mai 2024": "28. November 2026", "Entwurf": "Veröffentlicht"},
    ),
    "chinese.md": (
        "---\ntitle: 电车\ndate: 2024年5月6日 10:00\nstatus: 草稿\n---\n草稿已经写好了。\n",
        {"2024年5月6日 10:00": "2026年11月28日 21:05", "status: 草稿": "status: 已发布"},
    ),
    "chinese-name.md": (
        "---\n标题: 电车\n日期: 2024-05-06\n状态: 草稿\n---\n草稿已经写好了。\n",
        {"2024-05-06": "2026-11-28", "状态: 草稿": "状态: 已发布"},
    ),
    "month.md": (
        "---\ntitle: T\ndate: 2024-05\ndraft: 1\n---\nA\n",
        {"2024-05": "2026-11", "draft: 1": "draft: 0"},
    ),
    "stamp.md": (
        "---\ntitle: T\ndate: 1714960800\ndraft: true\n---\nA\n",
        {"1714960800": "1795871109", "draft: true": "draft: false"},
    ),
    "empty.md": (
        "---\ntitle: T\ndate:\ndraft: true\n---\nA\n",
        {"date:\n": "date: 2026-11-28T21:05+08:00\n", "draft: true": "draft: false"},
    ),
    "later.md": (
        "---\ntitle: T\ndate: TBD\ndraft: true\n---\nA\n",
        {"TBD": "2026-11-28T21:05+08:00", "draft: true": "draft: false"},
    ),
    "undated.md": (
        "---\ntitle: T\ndraft: true\n---\nA\n",
        {"---\ntitle": "---\ndate: 2026-11-28T21:05+08:00\ntitle", "draft: true": "draft: false"},
    ),
    "languages.md": (
        "---\ntitle: T\ndate: 2024-05-06\nbrouillon: Oui\nentwurf: ja\nlive: false\n"
        "veröffentlicht: nein\n---\nA\n",
        {
            "2024-05-06": "2026-11-28",
            "brouillon: Oui": "brouillon: Non",
            "entwurf: ja": "entwurf: nein",
            "live: false": "live: true",
            "veröffentlicht: nein": "veröffentlicht: ja",
        },
    ),
    "two.md": (
        "---\ntitle: T\ndate: 2024-05-06\ndraft: true\nstatus: in review\n"
        "published: false\n---\nA\n",
        {
            "2024-05-06": "2026-11-28",
            "draft: true": "draft: false",
            "in review": "published",
            "published: false": "published: true",
        },
    ),
    "toml.md": (
        '+++\ntitle = "T"\ndate = 2024-05-06T10:00:00+08:00 # x\ndraft = true\n'
        "[extra]\nnew = true\n+++\nA\n",
        {
            "2024-05-06T10:00:00": "2026-11-28T21:05:09",
            '"T"\n': '"T"\n',
            "# x\ndraft = true": "# x\ndraft = false",
        },
    ),
    "local.md": (
        '+++\ntitle = "T"\ndate = 2024-05-06 10:00:00\ndraft = true\n+++\nA\n',
        {"2024-05-06 10:00:00": "2026-11-28 21:05:09", "draft = true": "draft = false"},
    ),
    "front.md": (
        '{"title": "T", "date": "2024-05-06", "draft": true}\n\ntrue\n',
        {"2024-05-06": "2026-11-28", '"draft": true': '"draft": false'},
    ),
    "object.json": (
        '{\n  "title": "T", "status": "draft",\n'
        '  "published_at": "2024-05-06T02:00:00.000Z",\n  "html": "<p>draft"\n}\n',
        {
            "2024-05-06T02:00:00.000Z": "2026-11-28T13:05:09.000Z",
            '"status": "draft"': '"status": "published"',
        },
    ),
    "pelican.md": (
        "Title: T\nDate: 2024-05-06 10:00\nStatus: draft\n\nA\n",
        {"2024-05-06 10:00": "2026-11-28 21:05", "draft": "published"},
    ),
    "nikola.rst": (
        ".. title: T\n.. date: 2024-05-06 10:00:00 UTC+08:00\n.. tags: draft, quay\n\nA\n",
        {"2024-05-06 10:00:00": "2026-11-28 21:05:09", "draft, quay": "quay"},
    ),
    "nikola2.rst": (
        ".. title: T\n.. date: 2024-05-06\n.. status: draft\n\nA\n",
        {"2024-05-06": "2026-11-28", "draft": "published"},
    ),
    "sphinx.rst": (
        "Tram\n====\n\n:date: 2024-05-06\n:status: draft\n\nA\n",
        {"2024-05-06": "2026-11-28", "draft": "published"},
    ),
    "flag.rst": (
        "Tram\n====\n\n:date: 2024-05-06\n:draft:\n:tags: a\n\nA\n",
        {"2024-05-06": "2026-11-28", ":draft:\n": ""},
    ),
    "flag.adoc": (
        "= T\n:date: 2024-05-06\n:draft:\n\nA\n",
        {"2024-05-06": "2026-11-28", ":draft:\n": ""},
    ),
    "value.adoc": (
        "= T\n:revdate: 2024-05-06\n:draft: true\n\nA\n",
        {"2024-05-06": "2026-11-28", "true": "false"},
    ),
    "org.org": (
        "#+TITLE: T\n#+DATE: <2024-05-06 Mon 10:00>\n#+DRAFT: t\n\nA\n",
        {"2024-05-06 Mon 10:00": "2026-11-28 Sat 21:05", "#+DRAFT: t": "#+DRAFT: f"},
    ),
    "null.md": (
        "---\ntitle: T\ndate: null\ndraft: true\n---\nA\n",
        {"date: null\n": "date: 2026-11-28T21:05+08:00\n", "draft: true": "draft: false"},
    ),
    "month-first.md": (
        "---\ntitle: T\nlang: en-US\ndate: 3/2/2024\ndraft: true\n---\nA\n",
        {"3/2/2024": "11/28/2026", "draft: true": "draft: false"},
    ),
    "day-first.md": (
        "---\ntitle: T\nlang: en-GB\ndate: 3/2/2024\ndraft: true\n---\nA\n",
        {"3/2/2024": "28/11/2026", "draft: true": "draft: false"},
    ),
    "two-spaces.md": (
        "---\ntitle: T\ndate: Mon May  6 10:00:00 2024\ndraft: true\n---\nA\n",
        {
            "Mon May  6 10:00:00 2024": "2026-11-28T21:05:09+08:00",
            "draft: true": "draft: false",
        },
    ),
    "tag.md": (  # the draft of a league, or of a law
        "---\ntitle: T\ndate: 2024-05-06\ntags: [draft, league]\ndraft: true\n---\nA\n",
        {"2024-05-06": "2026-11-28", "draft: true": "draft: false"},
    ),
    "undated-toml.md": (  # TOML requires the seconds
        '+++\ntitle = "T"\ndraft = true\n+++\nA\n',
        {
            "+++\ntitle": "+++\ndate = 2026-11-28T21:05:09+08:00\ntitle",
            "draft = true": "draft = false",
        },
    ),
    "empty-toml.md": (
        '+++\ntitle = "T"\ndate = ""\ndraft = true\n+++\nA\n',
        {'date = ""': "date = 2026-11-28T21:05:09+08:00", "draft = true": "draft = false"},
    ),
    "null.json": (
        '{"title": "T", "published_at": null, "feature_image": null, "status": "draft"}',
        {'at": null': 'at": "2026-11-28T21:05+08:00"', '"draft"': '"published"'},
    ),
    "empty.json": (
        '{\n  "title": "T",\n  "excerpt": "",\n  "date": ""\n, "draft": true}',
        {'"date": ""': '"date": "2026-11-28T21:05+08:00"', "true": "false"},
    ),
    "capital.md": (
        "Title: T\nDate:\nStatus: draft\n\nA\n",
        {"Date:\n": "Date: 2026-11-28T21:05+08:00\n", "draft": "published"},
    ),
    "flag-alone.rst": (
        "Tram\n====\n\n:draft:\n\nA\n",
        {":draft:": ":date: 2026-11-28T21:05+08:00"},
    ),
    "franklin.md": (
        '@def title = "T"\n@def date = "2024-05-06"\n@def draft = true\n\nA\n',
        {"2024-05-06": "2026-11-28", "draft = true": "draft = false"},
    ),
    "page.html": (
        PAGE,
        {"2024-05-06T10:00:00": "2026-11-28T21:05:09", 'content="true"': 'content="false"'},
    ),
}


@pytest.fixture
def site(run: Run) -> Settings:  # noqa: ARG001 - it makes the folder
    """The settings of the current folder."""
    return load_settings()


def change(text: str, changes: dict[str, str]) -> str:
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new, 1)
    return text


@pytest.mark.parametrize(("text", "changes"), PUBLISHED.values(), ids=PUBLISHED)
def test_a_draft_is_published_and_no_other_byte_changes(
    site: Settings,
    entries_dir: Path,
    request: pytest.FixtureRequest,
    text: str,
    changes: dict[str, str],
) -> None:
    path = request.node.callspec.id
    file = write_file(entries_dir, path, text)
    file.chmod(0o640)
    before = read_file(entries_dir, path, site)
    result = publish_file(file, site, NOW)
    after = read_file(entries_dir, path, site)

    assert file.read_bytes().decode() == change(text, changes)
    assert (before.state, after.state) == ("draft", "public")
    assert (result.path, result.due, result.is_changed) == (path, None, True)
    assert file.stat().st_mode & 0o777 == 0o640
    assert not publish_file(file, site, NOW).is_changed
    assert [one.name for one in entries_dir.iterdir()] == [path]


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-be", "latin-1", "gb18030", "utf-8-sig"])
def test_the_encoding_stays(site: Settings, entries_dir: Path, codec: str) -> None:
    chinese = "电车沿着港口运行，已有一百万名乘客。"
    words = chinese if codec == "gb18030" else "Le café est ouvert à Noël, déjà fêté."
    text = f"---\ntitle: {words}\ndate: 2024-05-06\ndraft: true\n---\n{words * 9}  \n"
    mark = b"\xfe\xff" if codec == "utf-16-be" else b""
    file = write_file(entries_dir, "tram.md", mark + text.encode(codec))
    publish_file(file, site, NOW)
    expected = text.replace("2024-05-06", "2026-11-28").replace("draft: true", "draft: false")

    assert file.read_bytes() == mark + expected.encode(codec)


def test_an_offset_follows_the_season(entries_dir: Path, settings: Callable[..., Settings]) -> None:
    text = "---\ntitle: T\ndate: {}\ndraft: {}\n---\nA\n"
    file = write_file(entries_dir, "a.md", text.format("2026-07-01T10:00+02:00", "true"))
    publish_file(file, settings(timezone="Europe/Berlin"), NOW)

    assert file.read_text() == text.format("2026-11-28T14:05+01:00", "false")


def test_a_day_that_begins_later_gets_a_time(
    entries_dir: Path, settings: Callable[..., Settings]
) -> None:
    text = "---\ntitle: T\ndate: {}\ndraft: {}\n---\nA\n"
    file = write_file(entries_dir, "a.md", text.format("2024-05-06", "true"))
    publish_file(file, settings(default_time="23:00"), NOW)

    assert file.read_text() == text.format("2026-11-28T21:05+08:00", "false")


# -- dates to come ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["date", "embargo"])
def test_a_date_to_come_stays_unless_it_is_to_be_now(
    site: Settings, entries_dir: Path, name: str
) -> None:
    own = "" if name == "date" else "date: 2024-05-06\n"
    text = f"---\ntitle: T\n{own}{name}: 2027-01-02 10:00\ndraft: true\n---\nA\n"
    file = write_file(entries_dir, "a.md", text)
    kept = publish_file(file, site, NOW)
    again = publish_file(file, site, NOW)
    between = file.read_text()
    at_once = publish_file(file, site, NOW, at_once=True)

    assert str(kept.due) == str(again.due) == "2027-01-02T10:00:00+08:00"
    assert not again.is_changed
    assert between == text.replace("draft: true", "draft: false")
    assert at_once.due is None
    assert "2027" not in file.read_text()


# -- files that move ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "fields", "moved", "kept"),
    [
        (
            "_drafts/quay.md",
            "title: T\n",
            "_posts/2026-11-28-quay.md",
            "date: 2026-11-28T21:05+08:00\ntitle: T\n",
        ),
        (
            "a/_drafts/b/quay.md",
            "date: 2024-05-06\n",
            "a/_posts/b/2026-11-28-quay.md",
            "date: 2026-11-28\n",
        ),
        ("_drafts/2024-05-06-quay.md", "title: T\n", "_posts/2026-11-28-quay.md", "title: T\n"),
        (
            "_drafts/quay.md",
            "date: 2027-01-02\n",
            "_posts/2027-01-02-quay.md",
            "date: 2027-01-02\n",
        ),
        ("2024-05-06-quay.md", "draft: true\n", "2026-11-28-quay.md", "draft: false\n"),
        (
            "2024-05-06-quay.md",
            "date: 2024-05-06\ndraft: true\n",
            "2026-11-28-quay.md",
            "date: 2026-11-28\ndraft: false\n",
        ),
        ("_posts/20240506-quay.md", "draft: true\n", "_posts/20261128-quay.md", "draft: false\n"),
    ],
)
def test_a_file_moves_where_its_name_has_the_date(
    site: Settings, entries_dir: Path, path: str, fields: str, moved: str, kept: str
) -> None:
    write_file(entries_dir, path, f"---\n{fields}---\nA\n").chmod(0o640)
    result = publish_file(entries_dir / path, site, NOW)
    files = [one for one in entries_dir.rglob("*") if one.is_file()]

    assert (result.path, files) == (moved, [entries_dir / moved])
    assert files[0].read_text() == f"---\n{kept}---\nA\n"
    assert files[0].stat().st_mode & 0o777 == 0o640


def test_a_draft_with_a_sidecar_is_changed_there(site: Settings, entries_dir: Path) -> None:
    text = "# Tram\n\nIt runs.\n"
    file = write_file(entries_dir, "tram.md", text)
    sidecar = write_file(entries_dir, "tram.yaml", "# ours\ndate: 2024-05-06\ndraft: true\n")
    publish_file(file, site, NOW)

    assert sidecar.read_text() == "# ours\ndate: 2026-11-28\ndraft: false\n"
    assert file.read_text() == text


@pytest.mark.parametrize(
    ("path", "text", "reason"),
    [
        ("tram.yaml", "# ours\nprivate: true\n", "in 'tram.yaml', line 2: 'private: true' is not"),
        ("tram.yaml", "status: member\n", "in 'tram.yaml', line 1: "),
        (
            "tram.toml",
            "params = { draft = true }\n",
            "in 'tram.toml', line 1: `params.draft: true`",
        ),
        ("tram.md", "---\ntitle: T\ndate: 2024-05-06\nprivate: true\n---\nA\n", "line 4: 'priv"),
    ],
)
def test_what_holds_an_entry_back_is_named_with_its_file(
    run: Run, entries_dir: Path, path: str, text: str, reason: str
) -> None:
    file = write_file(entries_dir, "tram.md", "---\ntitle: T\n---\nIt runs.\n")
    write_file(entries_dir, path, text)
    result = run("publish", str(file))

    assert result.exit_code == 1
    assert f"tram.md is unchanged: {reason}" in result.stderr


def test_a_page_of_labels_has_its_mark_beside_it(site: Settings, entries_dir: Path) -> None:
    file = write_file(entries_dir, "tram.txt", NEWS)
    sidecar = write_file(entries_dir, "tram.yaml", "status: draft\n")
    publish_file(file, site, NOW)

    assert file.read_text() == NEWS.replace("2024-05-06", "2026-11-28")
    assert sidecar.read_text() == "status: published\n"


@pytest.mark.parametrize("field", ["unlisted: true", "status: hidden", "feed: false"])
def test_a_draft_that_is_in_no_list_is_served_at_its_address(
    run: Run, entries_dir: Path, field: str
) -> None:
    text = f"---\ntitle: T\n{field}\ndraft: true\ndate: 2024-05-06\nurl: /about/\n---\nA\n"
    file = write_file(entries_dir, "about.md", text)
    result = run("publish", str(file))
    again = run("publish", str(file))

    assert (result.exit_code, again.exit_code) == (0, 1)
    assert result.stderr == ("about.md is public, in no list: https://news.example.com/about/\n")
    assert "it is already served at its address" in again.stderr
    assert f"{field}\ndraft: false\n" in file.read_text()


@pytest.mark.parametrize(
    ("text", "line", "new"),
    [
        ("Tram\n\n{}\nRelease Time: 2024-05-06\n\nIt runs.\n", "Draft: yes", "Draft: no"),
        ("Tram\n\nRelease Time:2024-05-06Source:X\n{}\n\nIt runs.", "Entwurf: ja", "Entwurf: nein"),
        ("Tram\n\n{}\n\n2024-05-06\n\nIt runs.\n", "**Draft:** yes", "**Draft:** no"),
        ("Tram\n\n2024-05-06\n\n{}\n\nIt runs.\n", "Brouillon : oui", "Brouillon : non"),
        ("{}\n\nTram\n\n2024-05-06\n\nIt runs.\n", "草稿：是", "草稿：否"),
    ],
)
@pytest.mark.parametrize("name", ["tram.txt", "tram.md"])
def test_a_mark_among_labels_is_changed(
    site: Settings, entries_dir: Path, name: str, text: str, line: str, new: str
) -> None:
    file = write_file(entries_dir, name, text.format(line))
    publish_file(file, site, NOW)

    assert file.read_text() == text.format(new).replace("2024-05-06", "2026-11-28")
    entry = read_file(entries_dir, name, site).entry
    assert entry is not None
    assert (entry.title, entry.state, entry.body.strip()) == ("Tram", "public", "It runs.")


def test_a_mark_below_the_text_is_named(run: Run, entries_dir: Path) -> None:
    file = write_file(entries_dir, "a.txt", "A\n\nRelease Time: 2024-05-06\n\nB.\n\nDraft: yes\n")

    assert "line 7: `Draft: yes` stands in the text; remove that line" in (
        run("publish", str(file)).stderr
    )


def test_a_date_in_the_text_is_set(site: Settings, entries_dir: Path) -> None:
    text = "The quay opens\n\n6 May 2024\n\nOn 6 May 2024 it was a plan.\n"
    file = write_file(entries_dir, "_drafts/a.txt", text)
    result = publish_file(file, site, NOW)

    assert result.path == "_posts/2026-11-28-a.txt"
    assert (entries_dir / result.path).read_text() == text.replace(
        "6 May 2024\n", "28 November 2026\n", 1
    )


# -- what stays as it is ------------------------------------------------------------------

REFUSED = {
    "status: private": "'status: private' says who may read it",
    "status: members": "'status: members' says who may read it",
    "private: true": "'private: true' is not a draft mark",
    "deleted: true": "'deleted: true' is not a draft mark",
    "members_only: true": "'members_only: true' is not a draft mark",
    "access: members": "'access: members' says who may read it",
    "password: x": "no page here has a password",
    "draft: perhaps": "'perhaps' is neither true nor false",
    "drafft: true": "did you mean 'draft'?",
    "status: in revue": "the status 'in revue' is unknown",
    "permalink: false": "says that it has no address",
    "render: false": "says that it has no page",
    "status: retracted\nretracted: 2025-01-01": "it was withdrawn",
    "draft: true\nslug: [unclosed": "YAML",
    "params:\n  draft: true": "line 4: `params.draft: true` is inside the field `params`; change",
}


@pytest.mark.parametrize(("fields", "reason"), REFUSED.items(), ids=REFUSED)
def test_what_is_no_mark_of_a_draft_is_left_alone(
    run: Run, entries_dir: Path, fields: str, reason: str
) -> None:
    text = f"---\ntitle: T\ndate: 2024-05-06\n{fields}\n---\nA\n"
    file = write_file(entries_dir, "a.md", text)
    result = run("publish", str(file))

    assert (result.exit_code, result.stdout) == (1, "")
    assert reason in result.stderr
    assert "a.md is unchanged: " in result.stderr
    assert result.stderr.count("\n") == 1
    assert file.read_text() == text


@pytest.mark.parametrize("path", ["drafts/a.md", "a.draft.md", "[draft] a.md"])
def test_what_is_a_draft_by_its_place_is_to_be_moved(
    run: Run, entries_dir: Path, path: str
) -> None:
    text = "---\ntitle: T\ndate: 2024-05-06\ndraft: true\n---\nA\n"
    file = write_file(entries_dir, path, text)
    result = run("publish", str(file))

    assert (result.exit_code, file.read_text()) == (1, text)
    assert "is unchanged: its folder or its name makes it a draft; move it" in result.stderr


def test_a_line_of_the_text_that_holds_it_back_is_named(run: Run, entries_dir: Path) -> None:
    text = "Harbour tram\n\nRelease Time: 2024-05-06\n\nIt runs.\n\nStatus: draft\n"
    file = write_file(entries_dir, "a.txt", text)
    result = run("publish", str(file))

    assert result.exit_code == 1
    assert "a.txt is unchanged: line 7: 'Status: draft' says that it is not" in result.stderr
    assert file.read_text() == text


def test_a_file_that_cannot_be_written_keeps_no_other_from_being_published(
    run: Run, entries_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = "---\ntitle: T\ndate: 2024-05-06\ndraft: true\n---\nA\n"
    kept, free = (write_file(entries_dir, name, draft) for name in ("a.md", "b.md"))
    results = iter([PermissionError(errno.EACCES, "Permission denied", "/entries/.x.tmp")])

    def refuse_once(path: Any, *rest: Any, **options: Any) -> int:
        for error in results if str(path).endswith(".tmp") else ():
            raise error
        return open_(path, *rest, **options)

    open_ = os.open
    monkeypatch.setattr("os.open", refuse_once)
    result = run("publish", str(kept), str(free))

    assert (result.exit_code, result.stdout) == (1, f"{free}\n")
    assert result.stderr.splitlines()[0] == (
        f"feedsvc: {kept} is unchanged: Permission denied;"
        " check the permissions of the file and its folder"
    )
    assert kept.read_text() == draft


def test_others_are_refused_in_one_line(run: Run, entries_dir: Path, tmp_path: Path) -> None:
    draft = "---\ntitle: T\ndraft: true\n---\nA\n"
    write_file(entries_dir, "below/_index.md", "---\ncascade:\n  draft: true\n---\n")
    write_file(entries_dir, "below/a.md", "---\ntitle: T\ndate: 2024-05-06\n---\nA\n")
    write_file(entries_dir, "picture.png", b"\x89PNG")
    write_file(entries_dir, "_drafts/a.md", draft)
    write_file(entries_dir, "_posts/2026-11-28-a.md", draft)
    write_file(entries_dir, "_drafts/plain.txt", "A title\n\nSome words.\n")
    write_file(entries_dir, "_drafts/plain.yaml", "tags: [a]\n")
    outside = write_file(tmp_path, "outside.md", draft)
    files = ["below/a.md", "picture.png", "_drafts/plain.txt"]
    before = {one: one.read_bytes() for one in entries_dir.rglob("*") if one.is_file()}
    result = run("publish", *(str(entries_dir / one) for one in files), str(outside))
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    reasons = [line.partition(" is unchanged: ")[2] for line in result.stderr.splitlines()]

    assert result.exit_code == 1
    assert [reason.partition(";")[0] for reason in reasons] == [
        "in 'below/_index.md', line 2: `draft: true` is given by its folder",
        "it is not an entry",
        f"it would move to '_posts/{today}-plain.txt',"
        " and '_drafts/plain.yaml' has to move with it",
        f"it is not in the entries folder '{entries_dir}'",
    ]
    assert {one: one.read_bytes() for one in entries_dir.rglob("*") if one.is_file()} == before


@pytest.mark.parametrize(
    ("fields", "other", "reason"),
    [
        # a copy of an entry, to begin with: its id is in it, too
        ("id: urn:a", "id: urn:a", "the id 'urn:a' already belongs to 'z.md'; give this entry its"),
        ("url: /a/", "url: /a/", "the permalink '/a/' already belongs to 'z.md'; give this entry"),
        ("id: urn:a", "id: urn:a\ndraft: true", ""),
        ("id: urn:a", "id: urn:b", ""),
        ("id: urn:a", None, ""),  # it was there when the index was made
    ],
)
def test_what_another_entry_has_already_is_no_draft_to_publish(
    run: Run, entries_dir: Path, fields: str, other: str | None, reason: str
) -> None:
    text = "---\ntitle: T\ndate: 2024-05-06\n{}\n---\nA\n"
    draft = text.format(f"{fields}\ndraft: true")
    file = write_file(entries_dir, "a.md", draft)
    there = write_file(entries_dir, "z.md", text.format(other or fields))
    run("index")
    if other is None:
        there.unlink()
    result = run("publish", str(file))

    assert result.exit_code == (1 if reason else 0)
    assert reason in result.stderr
    assert (file.read_text() == draft) == bool(reason)


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("tram.md", "it is a link to 'tram.md'; publish that file"),
        ("2024/tram.md", "it is a link to '2024/tram.md'; publish that file"),
        ("..data/tram.md", ""),  # which is published under this name alone
    ],
)
def test_a_link_to_another_entry_is_not_published(
    run: Run, entries_dir: Path, target: str, reason: str
) -> None:
    draft = "---\ntitle: T\ndraft: true\n---\nA\n"
    file = write_file(entries_dir, target, draft)
    link = entries_dir / "line.md"
    link.symlink_to(target)
    result = run("publish", str(link))

    assert result.exit_code == (1 if reason else 0)
    assert reason in result.stderr
    assert (file.read_text() == draft) == bool(reason)
    assert link.is_symlink()


@pytest.mark.parametrize("name", [b"quay-\xe9.md", b"_drafts/quay-\xe9.md"])
def test_a_name_that_no_scan_reads_is_refused(run: Run, entries_dir: Path, name: bytes) -> None:
    file = write_file(entries_dir, os.fsdecode(name), "---\ntitle: T\ndraft: true\n---\nA\n")
    result = run("publish", str(file))

    assert (result.exit_code, result.stdout) == (1, "")
    assert "is not UTF-8; all of such a folder is passed over; rename it" in result.stderr
    assert "  state      error\n" in run("explain", str(file)).stdout


def test_a_name_that_is_as_long_as_names_may_be_is_published(
    site: Settings, entries_dir: Path
) -> None:
    file = write_file(entries_dir, f"{'x' * 252}.md", "---\ntitle: T\ndraft: true\n---\nA\n")

    assert publish_file(file, site, NOW).is_changed


def test_a_name_that_is_taken_is_left_alone(site: Settings, entries_dir: Path) -> None:
    draft = "---\ntitle: T\ndate: 2024-05-06\n---\nA\n"
    file = write_file(entries_dir, "_drafts/a.md", draft)
    write_file(entries_dir, "_posts/2026-11-28-a.md", "other")

    with pytest.raises(EntryError, match="already exists"):
        publish_file(file, site, NOW)

    assert file.read_text() == draft


def test_the_command_says_what_is_public_and_where(run: Run, entries_dir: Path) -> None:
    now = datetime.now(ZoneInfo("Asia/Shanghai"))
    first = write_file(
        entries_dir, "a.md", "---\ntitle: T\ndate: 2024-05-06\ndraft: true\n---\nA\n"
    )
    second = write_file(
        entries_dir, "b.md", "---\ntitle: T\ndate: 2100-05-06\ndraft: true\n---\nA\n"
    )
    result = run("publish", str(first), str(second))
    again = run("publish", str(first))
    text = "---\ntitle: T\ndate: 2024-05-06\ndraft: true\n---\n![](gone.png)\n"
    wrong = run("publish", str(write_file(entries_dir, "c.md", text))).stderr.splitlines()
    (entries_dir / "c.md").unlink()

    assert result.stdout == f"{first}\n{second}\n"
    assert result.stderr == (
        f"a.md is public: https://news.example.com/{now:%Y/%m}/a/\n"
        "b.md will be public on May 6, 2100; `--now` publishes it at once\n"
    )
    assert "was public already" in again.stderr
    assert [line.partition(",")[0] for line in wrong[1:]] == ["  line 6: the file 'gone.png'"]
    assert re.search(r"^date: \d{4}-\d\d-\d\d$", first.read_text(), re.MULTILINE)
    assert run("check").exit_code == 0
