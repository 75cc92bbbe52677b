"""What a name that names no file may have meant."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from feedsvc.fields.links.near_misses import MAX_NAMES, is_one_slip, suggest_file
from feedsvc.index import open_read_connection, prepare_index_path
from feedsvc.indexer import refresh_index
from feedsvc.settings import Settings
from tests.support.commands import Run
from tests.support.entries import write_entry, write_file

# what is written → what is there
NEAR = {
    "2026/Ferry.JPG": "2026/ferry.jpg",
    "2026/ferry.jpeg": "2026/ferry.jpg",
    "2026/old_quay-2.png": "2026/old-quay 2.png",
    "2026/old%20quay.png": "2026/old quay.png",
    "2026/café.jpg": unicodedata.normalize("NFD", "2026/café.jpg"),
    "2026/ferry.png": "2026/ferry.jpg",
    "2026/fery.jpg": "2026/ferry.jpg",
    "2026/ferrys.jpg": "2026/ferry.jpg",
    "2026/frery.jpg": "2026/ferry.jpg",
    "2026/03/ferry.jpg": "2026/ferry.jpg",
    "2026/Images/ferry.jpg": "2026/images/ferry.jpg",
    "2026/tram.jpg": "2026/images/tram.jpg",
    "2026/Tram Stop.MP3": "2026/tram-stop.mp3",
}
FAR = {  # which is nobody's slip
    "photo-2.jpg": ("photo-1.jpg",),
    "a.jpg": ("b.jpg",),
    "ferry.jpg": ("Ferry.JPG", "FERRY.jpg"),  # one of two
    "quay.jpg": ("ferry.jpg",),
    "quay.mp3": ("quay.jpg",),
    "../ferry.jpg": ("ferry.jpg",),
    "": ("ferry.jpg",),
}


@pytest.mark.parametrize(("written", "there"), NEAR.items(), ids=NEAR)
def test_the_file_that_is_meant_is_named(entries_dir: Path, written: str, there: str) -> None:
    write_file(entries_dir, there, b"x")
    write_file(entries_dir, "2026/03/other.txt", b"x")

    assert suggest_file(str(entries_dir), written) == there


@pytest.mark.parametrize(("written", "there"), FAR.items(), ids=FAR)
def test_nothing_is_guessed(entries_dir: Path, written: str, there: tuple[str, ...]) -> None:
    for name in there:
        write_file(entries_dir, name, b"x")

    assert suggest_file(str(entries_dir), written) == ""


def test_a_slip_is_one_letter() -> None:
    assert is_one_slip("ferry", "fery")
    assert is_one_slip("ferry", "ferri")
    assert not is_one_slip("ferry", "ferry")
    assert not is_one_slip("ferry", "frrye")
    assert not is_one_slip("ferry", "fe")


def test_a_large_folder_is_listed_once_and_a_larger_one_is_not(entries_dir: Path) -> None:
    for number in range(MAX_NAMES):
        (entries_dir / f"n{number}.jpg").touch()
    suggest_file(str(entries_dir), "N7.jpg")
    started = time.process_time()
    found = [suggest_file(str(entries_dir), f"N{number}.JPG") for number in range(20)]
    seconds = time.process_time() - started
    (entries_dir / "one-more.jpg").touch()

    assert found == [f"n{number}.jpg" for number in range(20)]
    assert seconds < 2  # without what is remembered it takes ten times as long
    assert suggest_file(str(entries_dir), "N7.jpg") == ""


def test_every_kind_of_reference_gets_the_remedy(run: Run, entries_dir: Path) -> None:
    body = "![a](Ferry.JPG) [b](Other_Story.md) ![](/Static/quay.PNG)"
    write_entry(entries_dir, "2026/a.md", body=body, image="Cover.png", enclosure="Talk.MP3")
    write_entry(entries_dir, "2026/other-story.md", "Other")
    for name in ("2026/ferry.jpg", "2026/cover.png", "2026/talk.mp3", "Static/quay.png"):
        write_file(entries_dir, name, b"x")
    write_file(entries_dir, "2026/Other Story.yaml", "title: T\ndate: 2026-01-01\n")
    result = run("check").stdout

    for words in ("ferry.jpg", "cover.png", "talk.mp3", "other-story.md", "/Static/quay.png"):
        assert f"there is '{words}': write that" in result
    assert "there is '2026/other-story.md': rename it to '2026/other-story.yaml' if it" in result


def test_the_log_and_the_index_have_it_too(
    entries_dir: Path, settings: Callable[..., Settings]
) -> None:
    write_entry(entries_dir, "a.md", body="[b](B_Story.md)")
    write_entry(entries_dir, "b-story.md", "B")
    refresh_index(settings())
    connection = open_read_connection(str(prepare_index_path(settings())))
    (message,) = connection.execute("SELECT message FROM problem").fetchone()
    connection.close()

    assert "there is 'b-story.md': write that, or rename the file; until then" in message
