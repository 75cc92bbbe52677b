"""Pixels and seconds of files, by their headers: all kinds, damaged ones, hostile ones."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from feedsvc.fields.measures import Measure, measure_file
from feedsvc.fields.measures.bounded import MAX_BYTES
from feedsvc.file_kinds import get_media_type
from tests.support import media_files as make

PICTURES = {
    "a.png": (make.make_png(1600, 900), (1600, 900)),
    "a.gif": (make.make_gif(320, 200), (320, 200)),
    "a.jpg": (make.make_jpeg(4000, 3000), (4000, 3000)),
    "on its side.jpg": (make.make_jpeg(4000, 3000, orientation=6), (3000, 4000)),
    "on its head.jpg": (make.make_jpeg(4000, 3000, orientation=3), (4000, 3000)),
    "much metadata.jpg": (make.make_jpeg(64, 48, ballast=20), (64, 48)),
    "a.webp": (make.make_webp(1200, 630), (1200, 630)),
    "a.avif": (make.make_avif(1200, 800), (1200, 800)),
    "png named as.jpg": (make.make_png(10, 20), (10, 20)),
    "a.svg": (make.make_svg('width="120" height="60"'), (120, 60)),
    "inches.svg": (make.make_svg("width='2in' height='1in'"), (192, 96)),
    "commented.svg": (b'<?xml version="1.0"?><!-- <svg width="1"> --><svg width="9" height="8"/>',
                      (9, 8)),
    "a shape within.svg": (
        make.make_svg('viewBox="0 0 24 24"', '<rect width="7" height="5"/>'), (0, 0)
    ),
    "percent.svg": (make.make_svg('width="100%" height="50"'), (0, 0)),
    "no width.png": (make.make_png(0, 20), (0, 0)),
    "far too wide.png": (make.make_png(4_000_000_000, 20), (0, 0)),
    "cut off.png": (make.make_png(10, 20)[:17], (0, 0)),
    "cut off.avif": (make.make_avif(10, 20)[:60], (0, 0)),
    "empty.webp": (b"", (0, 0)),
    "words.jpg": (b"no picture at all", (0, 0)),
}  # fmt: skip
SOUNDS = {
    "a.mp3": (make.make_mp3(2465), 2465),
    "with a cover.mp3": (make.make_mp3(61, cover=300_000), 61),
    "a.m4a": (make.make_m4a(1800), 1800),
    "a.mp4": (make.make_m4a(90), 90),
    "a.wav": (make.make_wav(75), 75),
    "a.flac": (make.make_flac(200), 200),
    "a.opus": (make.make_opus(3600), 3600),
    "a.ogg": (make.make_opus(3), 3),
    "half a second.m4a": (make.make_m4a(0), 0),
    "a century.m4a": (make.make_m4a(4_000_000), 0),
    "cut off.mp3": (b"\xff\xfb\x90", 0),
    "words.ogg": (b"no sound at all", 0),
    "empty.flac": (b"", 0),
    "unknown.webm": (b"\x1a\x45\xdf\xa3", 0),
}


def measure(folder: Path, name: str, content: bytes) -> Measure:
    (folder / name).write_bytes(content)
    return measure_file(folder, name, get_media_type(name))


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_has_the_size_that_a_browser_shows(name: str, tmp_path: Path) -> None:
    content, (width, height) = PICTURES[name]

    assert measure(tmp_path, name, content) == Measure(width=width, height=height)


@pytest.mark.parametrize("name", SOUNDS)
def test_a_sound_has_its_whole_seconds(name: str, tmp_path: Path) -> None:
    content, seconds = SOUNDS[name]

    assert measure(tmp_path, name, content) == Measure(duration=seconds)


HOSTILE = {
    "no size in megabytes.jpg": b"\xff\xd8" + bytes(5_000_000),
    "endless segments.jpg": b"\xff\xd8" + b"\xff\xe2\0\x02" * 1_500_000,
    "endless EXIF.jpg": make.make_jpeg(9, 9)[:2] + (b"\xff\xe1\xff\xff" + bytes(65_533)) * 70,
    "a box of 4 GB.avif": make.make_box(b"ftyp", b"avif\0\0\0\0avif") + b"\xff\xff\xff\xffmeta",
    "boxes without end.avif": make.make_box(b"ftyp", b"avif\0\0\0\0avif")
    + make.make_box(b"free", b"") * 200_000,
    "spaces.svg": b"<svg " + b" " * 2_000_000,
    "quotes.svg": b'<svg a="' + b"'\"" * 1_000_000,
    "no frame in megabytes.mp3": b"ID3\x03\0\0\0\0\0\0" + bytes(5_000_000),
    "a tag that never ends.mp3": b"ID3\x03\0\0\x7f\x7f\x7f\x7f" + bytes(1_000),
    "an atom of 4 GB.m4a": make.make_box(b"ftyp", b"M4A \0\0\0\0")
    + b"\0\0\xff\xffmoov\xff\xff\xff\xffmvhd" + bytes(100),
    "atoms without end.m4a": make.make_box(b"ftyp", b"M4A \0\0\0\0")
    + make.make_box(b"free", b"") * 200_000,
    "pages without end.ogg": make.make_opus(9)[:-29] + make.make_ogg_page(1, b"x", 3) * 50_000,
    "a chunk of 4 GB.wav": b"RIFF\0\0\0\0WAVEfmt \xff\xff\xff\xff" + bytes(100),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_no_file_takes_long_or_is_read_to_its_end(name: str, tmp_path: Path) -> None:
    start = time.process_time()
    found = measure(tmp_path, name, HOSTILE[name])

    assert found == Measure()
    assert time.process_time() - start < 1.0


def test_what_is_no_plain_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.png")
    (tmp_path / "b.png").mkdir()

    for name in ("a.png", "b.png", "not there.png", "a.txt"):
        assert measure_file(tmp_path, name, get_media_type(name)) == Measure()


def test_no_more_than_a_header_is_read(tmp_path: Path) -> None:
    assert measure(tmp_path, "a.jpg", make.make_jpeg(5, 4, orientation=1, ballast=75)) == Measure(
        width=5, height=4
    )
    assert len(make.make_jpeg(5, 4, ballast=75)) > MAX_BYTES


def test_a_file_that_changes_is_measured_again(tmp_path: Path) -> None:
    first = measure(tmp_path, "a.png", make.make_png(5, 4))
    (tmp_path / "a.png").unlink()

    assert first == Measure(width=5, height=4)
    assert measure(tmp_path, "a.png", make.make_png(50, 40)) == Measure(width=50, height=40)
