"""`stamp`: the id is written in the manner of the dialect, and no other byte changes."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import Run, read_entry

NEWS = "News Center\n\nHarbour tram\n\nRelease Time: 2024-05-06   Clicks: 1398\n\nIt runs.\n"
PAGE = (
    "<!doctype html>\n<html>\n<head>\n<title>Tram</title>\n<meta name=date content=2024-05-06>\n"
    "</head>\n<body><p>It runs.</p></body>\n</html>\n"
)
STAMPED = {  # file → text before, the file that gets the id, what is added
    "yaml.md": (
        "---\ntitle: Tram # one\ndate: 2024-05-06\n---\nIt runs.\n",
        "yaml.md",
        'id: "{}"\n',
    ),
    "crlf.md": (
        "---\r\ntitle: Tram\r\ndate: 2024-05-06\r\n---\r\nIt runs.\r\n",
        "crlf.md",
        'id: "{}"\r\n',
    ),
    "cr.md": ("---\rtitle: Tram\rdate: 2024-05-06\r---\rIt runs.\r", "cr.md", 'id: "{}"\r'),
    "bom.md": ("\ufeff---\ntitle: Tram\ndate: 2024-05-06\n---\nIt runs.", "bom.md", 'id: "{}"\n'),
    "flow.md": ("---\n{title: Tram, date: 2024-05-06}\n---\nIt runs.\n", "flow.yaml", 'id: "{}"\n'),
    "toml.md": (
        '+++\ntitle = "Tram"\ndate = 2024-05-06\n[extra]\na = 1\n+++\nIt runs.\n',
        "toml.md",
        'id = "{}"\n',
    ),
    "json.md": (
        '{\n  "title": "Tram",\n  "date": "2024-05-06"\n}\n\nIt runs.\n',
        "json.md",
        '"id": "{}",\n  ',
    ),
    "object.json": (
        '{"title": "Tram", "date": "2024-05-06", "content_html": "<p>x"}',
        "object.json",
        '"id": "{}",',
    ),
    "pelican.md": ("Title: Tram\nDate: 2024-05-06\n\nIt runs.\n", "pelican.md", "id: {}\n"),
    "nikola.rst": (
        ".. title: Tram\n.. date: 2024-05-06\n\nIt runs.\n",
        "nikola.rst",
        ".. id: {}\n",
    ),
    "sphinx.rst": (
        "Tram\n====\n\n:date: 2024-05-06\n:tags: a\n\nIt runs.\n",
        "sphinx.rst",
        ":id: {}\n",
    ),
    "ascii.adoc": ("= Tram\n:date: 2024-05-06\n\nIt runs.\n", "ascii.adoc", ":id: {}\n"),
    "org.org": ("#+TITLE: Tram\n#+DATE: 2024-05-06\n\nIt runs.\n", "org.org", "#+id: {}\n"),
    "page.html": (PAGE, "page.html", '<meta name="id" content="{}">\n'),
    "labelled.txt": (NEWS, "labelled.yaml", 'id: "{}"\n'),
    "2024-05-06-plain.md": ("# Tram\n\nIt runs.\n", "2024-05-06-plain.yaml", 'id: "{}"\n'),
    "bundle/index.txt": (NEWS, "bundle/index.yaml", 'id: "{}"\n'),
}


@pytest.mark.parametrize(("text", "written", "added"), STAMPED.values(), ids=STAMPED)
def test_stamp_adds_the_id_and_nothing_else(
    run: Run, entries_dir: Path, request: pytest.FixtureRequest, text: str, written: str, added: str
) -> None:
    path = request.node.callspec.id
    file = entries_dir / path
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(text.encode())
    file.chmod(0o640)
    before = read_entry(path)
    result = run("stamp")
    after = read_entry(path)
    line = added.format(before.id).encode()
    old = text.encode() if written == path else b""

    assert (result.exit_code, result.stdout) == (0, f"{written}\n")
    assert (entries_dir / written).read_bytes().replace(line, b"", 1) == old
    assert (after.id, after.title, after.published, after.body) == (
        before.id,
        before.title,
        before.published,
        before.body,
    )
    assert file.stat().st_mode & 0o777 == 0o640
    assert run("stamp").stdout == ""

    renamed = file.with_name(f"2024-05-06-renamed{file.suffix}")
    file.rename(renamed)
    if written != path:
        (entries_dir / written).rename(renamed.with_suffix(".yaml"))

    assert read_entry(renamed.relative_to(entries_dir).as_posix()).id == before.id


def test_each_name_of_a_linked_file_keeps_its_own_id(run: Run, entries_dir: Path) -> None:
    text = "---\ntitle: Tram\ndate: 2024-05-06\n---\nIt runs.\n"
    for name in ("tram.md", "..data/quay.md"):  # as Kubernetes mounts files
        (entries_dir / name).parent.mkdir(exist_ok=True)
        (entries_dir / name).write_text(text)
    (entries_dir / "2024").mkdir()
    names = {"tram.md": None, "line.md": "tram.md", "2024/bus.md": "../tram.md"}
    names["quay.md"] = "..data/quay.md"
    for name, target in names.items():
        if target is not None:
            (entries_dir / name).symlink_to(target)
    before = {name: read_entry(name).id for name in names}
    result = run("stamp")

    assert result.stdout.split() == ["2024/bus.yaml", "line.yaml", "quay.md", "tram.yaml"]
    assert {name: read_entry(name).id for name in names} == before
    assert len(set(before.values())) == 4
    assert (entries_dir / "tram.md").read_text() == text
    assert (entries_dir / "quay.md").is_symlink()
    assert run("stamp").stdout == ""


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-be", "latin-1", "gb18030"])
def test_stamp_keeps_the_encoding(run: Run, entries_dir: Path, codec: str) -> None:
    words = (
        "电车沿着港口运行，已有一百万名乘客。"
        if codec == "gb18030"
        else "Le café est ouvert à Noël, déjà fêté."
    )
    text = f"---\ntitle: {words}\ndate: 2024-05-06\n---\n{words * 9}\n"
    data = (b"\xfe\xff" if codec == "utf-16-be" else b"") + text.encode(codec)
    (entries_dir / "tram.md").write_bytes(data)
    before = read_entry("tram.md")
    run("stamp")
    lines = (
        (entries_dir / "tram.md")
        .read_bytes()
        .decode("utf-16" if "16" in codec else codec)
        .splitlines()
    )

    assert lines[1] == f'id: "{before.id}"'
    assert [lines[0], *lines[2:]] == text.splitlines()
    assert (read_entry("tram.md").title, read_entry("tram.md").encoding) == (words, before.encoding)


def test_stamp_leaves_entries_with_an_id_and_bad_files_alone(run: Run, entries_dir: Path) -> None:
    texts = {
        "own.md": "---\ntitle: A\ndate: 2024-05-06\nguid: x\n---\nText.\n",
        "beside.txt": NEWS,
        "beside.yaml": "uuid: y\n",
        "bad.md": "---\ntitle: A\ndate: 2023-02-30\n---\nText.\n",
        "README.md": "# Read me\n",
    }
    for path, text in texts.items():
        (entries_dir / path).write_text(text, encoding="utf-8")
    result = run("stamp")

    assert (result.exit_code, result.stdout) == (0, "")
    assert {path.name: path.read_text(encoding="utf-8") for path in entries_dir.iterdir()} == texts


def test_stamp_extends_a_sidecar_that_is_there(run: Run, entries_dir: Path) -> None:
    (entries_dir / "tram.txt").write_text(NEWS, encoding="utf-8")
    (entries_dir / "tram.yaml").write_text("---\n# by the desk\ntags: [a]\n", encoding="utf-8")
    run("stamp")

    assert (entries_dir / "tram.yaml").read_text(encoding="utf-8") == (
        '---\nid: "tag:news.example.com,2023:tram"\n# by the desk\ntags: [a]\n'
    )
    assert read_entry("tram.txt").tags == ("a",)


def test_stamp_leaves_all_as_it_was_where_it_would_change_more(run: Run, entries_dir: Path) -> None:
    texts = {"tram.txt": NEWS, "tram.yaml": "? [a]\n: b\n", "bus.txt": NEWS, "bus.yaml": "- a\n"}
    for path, text in texts.items():
        (entries_dir / path).write_text(text, encoding="utf-8")
    (entries_dir / "sea.txt").write_text(NEWS.replace("Clicks: 1398", "Id: own"), encoding="utf-8")
    before = {path: path.read_bytes() for path in entries_dir.iterdir()}
    result = run("stamp")

    assert (result.exit_code, result.stdout) == (
        0,
        "tram.yaml\n",
    )  # bus has a broken sidecar, and so no entry
    assert {path: data for path, data in before.items() if path.name != "tram.yaml"} == {
        path: path.read_bytes() for path in entries_dir.iterdir() if path.name != "tram.yaml"
    }


def test_stamp_says_which_file_it_cannot_write(
    run: Run, entries_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (entries_dir / "a.md").write_text(
        "---\ntitle: A\ndate: 2024-05-06\n---\nText.\n", encoding="utf-8"
    )
    (entries_dir / "b.md").write_text(
        "---\ntitle: B\ndate: 2024-05-06\n---\nText.\n", encoding="utf-8"
    )
    monkeypatch.setattr("os.open", refuse_once(os.open))
    result = run("stamp")

    assert (result.exit_code, result.stdout) == (1, "b.md\n")
    assert (
        "a.md: the id cannot be written: Permission denied; check the permissions" in result.stderr
    )


def refuse_once(open_: Callable[..., int]) -> Callable[..., int]:
    refused: list[bool] = []

    def open_or_refuse(path: Any, *rest: Any, **options: Any) -> int:
        if str(path).endswith(".tmp") and not refused:
            refused.append(True)
            raise PermissionError(errno.EACCES, "Permission denied")
        return open_(path, *rest, **options)

    return open_or_refuse


OLD_FEED = """\
<rss version="2.0"><channel><title>News</title><link>https://news.example.com/</link>
<description>d</description>
<item><link>http://www.example.com/2024/05/tram/</link><guid>http://old.example/?p=1</guid></item>
<item><link>https://news.example.com/2024/06/f%C3%A4hre</link><guid>post 2</guid></item>
<item><link>https://news.example.com/2024/07/own/</link><guid>https://old.example/3</guid></item>
<item><link>https://news.example.com/old.html</link><guid>https://old.example/4</guid></item>
<item><link>https://news.example.com/gone/</link><guid>https://old.example/5</guid></item>
</channel></rss>
"""


def test_stamp_takes_the_ids_of_an_old_feed_by_address(
    run: Run, entries_dir: Path, tmp_path: Path
) -> None:
    feed = tmp_path / "old.xml"
    feed.write_text(OLD_FEED, encoding="utf-8")
    for name, head in {
        "tram.md": "date: 2024-05-06",
        "fähre.md": "date: 2024-06-06",
        "own.md": "date: 2024-07-06\nid: tag:example.com,2024:own",
        "moved.md": "date: 2024-08-06\naliases: [/old.html]",
        "other.md": "date: 2024-09-06",
    }.items():
        (entries_dir / name).write_text(f"---\ntitle: T\n{head}\n---\nX.\n", encoding="utf-8")
    other = (entries_dir / "other.md").read_bytes()

    result = run("stamp", "--feed", str(feed))

    assert result.exit_code == 0
    assert result.stdout.split() == ["fähre.md", "moved.md", "tram.md"]
    assert result.stderr.endswith("No entry has the address of 1 item of the feed, such as /gone\n")
    ids = {name: read_entry(f"{name}.md").id for name in ("tram", "fähre", "own", "moved")}
    assert ids == {
        "tram": "http://old.example/?p=1",
        "fähre": "post 2",
        "own": "tag:example.com,2024:own",
        "moved": "https://old.example/4",
    }
    assert (entries_dir / "other.md").read_bytes() == other
    assert run("stamp", "--feed", str(feed)).stdout == ""


def test_stamp_says_what_is_no_feed(run: Run, tmp_path: Path) -> None:
    (tmp_path / "old.xml").write_text("<html>Not found</html>", encoding="utf-8")

    result = run("stamp", "--feed", str(tmp_path / "old.xml"))

    assert result.exit_code == 1
    assert "which is not a feed" in result.stderr
