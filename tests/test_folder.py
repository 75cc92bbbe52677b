"""The folder beside the index: whatever differs is reported, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.index import open_read_connection, prepare_index_path
from feedsvc.indexer import refresh_index
from feedsvc.indexer import scanner as scanner_module
from feedsvc.indexer.folder.comparison import FolderComparison, compare_files
from feedsvc.indexer.folder.walk import walk_tuples
from feedsvc.indexer.known_files import KnownFiles
from feedsvc.indexer.writer import Writer
from feedsvc.reading import Reading, read_files
from feedsvc.reading.entry_cache import make_digest
from feedsvc.settings import Settings
from tests.support.disks import refuse_to_list

FILES = st.dictionaries(st.sampled_from("abcdefghijklmnop"), st.integers(0, 2))


@given(here=FILES, there=FILES, also=st.frozensets(st.sampled_from("abcdefghijklmnop"), max_size=3))
def test_the_folder_and_the_index_are_compared_in_runs(
    here: dict[str, int], there: dict[str, int], also: frozenset[str]
) -> None:
    found = [(path, *(here[path],) * 3, "", "") for path in sorted(here)]
    known = [(path, *(there[path],) * 3, "", "") for path in sorted(there)]
    expected = [
        (here.get(path), there.get(path))
        for path in sorted({*here, *there})
        if here.get(path) != there.get(path) or path in also
    ]
    differences = compare_files(iter(found), iter(known), also, batch_size=3)

    assert [
        (one.file and one.file.size, one.known and one.known[1]) for one in differences
    ] == expected


def fill(root: Path, numbers: Iterable[int], words: str) -> None:
    for number in numbers:
        file = root / f"{number % 3}" / f"{number}.md"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"---\ntitle: {words} {number}\ndate: 2024-05-06\n---\n", encoding="utf-8")


def test_a_first_scan_finds_what_has_changed(
    entries_dir: Path, settings: Callable[..., Settings]
) -> None:
    root, made = entries_dir, settings()
    fill(root, range(20), "Quay")
    assert refresh_index(made) == 20

    fill(root, [3, 4, *range(30, 45)], "Pier")
    (root / "0/9.md").unlink()
    rmtree(root / "2")
    refresh_index(made)

    with closing(open_read_connection(str(prepare_index_path(made)))) as connection:
        known = list(KnownFiles(connection).iterate_below(""))
        hashes = dict(connection.execute("SELECT path, hash FROM entry"))
    assert known == list(walk_tuples(root))
    assert hashes == {
        file.relative_to(root).as_posix(): make_digest(file.read_bytes())
        for file in root.rglob("*.md")
    }


def test_a_comparison_finds_what_a_scan_finds(
    entries_dir: Path, settings: Callable[..., Settings]
) -> None:
    root, made = entries_dir, settings()
    fill(root, range(40), "Quay")
    (root / "link.md").symlink_to("nowhere.md")
    index = str(prepare_index_path(made))
    with closing(Writer(made, index)) as writer:
        writer.scan({""})
        fill(root, [3, 4, 50], "Pier")
        (root / "0/9.md").unlink()
        rmtree(root / "2")
        (root / "1/1.md").rename(root / "1/one.md")
        with closing(FolderComparison(root, index)) as comparison:
            # what is reported meanwhile is written, and may differ for the comparison
            fill(root, [0, 60], "Meanwhile")
            (root / "1/13.md").unlink()
            writer.scan({"0/0.md", "0/60.md", "1/13.md"})
            paths = comparison.get_paths()
        writer.scan(paths)

        assert "" not in paths
        assert list(writer.known.iterate_below("")) == [
            (*file[:4], "", "") for file in walk_tuples(root)
        ]
        with closing(FolderComparison(root, index)) as comparison:
            assert not comparison.get_paths()


def test_many_differences_or_a_fault_mean_the_whole_folder(
    entries_dir: Path, settings: Callable[..., Settings]
) -> None:
    made = settings()
    index = str(prepare_index_path(made))
    refresh_index(made)
    (entries_dir / "link.md").symlink_to("/etc/hostname")
    with closing(FolderComparison(entries_dir, index)) as comparison:
        assert comparison.get_paths() == {""}

    (entries_dir / "link.md").unlink()
    for number in range(5_001):
        (entries_dir / f"{number}.png").touch()
    with closing(FolderComparison(entries_dir, index)) as comparison:
        assert comparison.get_paths() == {""}


def test_nothing_is_missing_from_a_folder_that_cannot_be_listed(
    entries_dir: Path, settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = settings()
    index = str(prepare_index_path(made))
    fill(entries_dir, range(3), "Quay")
    refresh_index(made)

    refuse_to_list(entries_dir / "1", monkeypatch)
    with closing(FolderComparison(entries_dir, index)) as comparison:
        assert comparison.get_paths() == {""}


def test_a_file_that_goes_while_it_is_read_costs_no_entry(
    entries_dir: Path, settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(entries_dir, range(2), "Quay")
    away = entries_dir.with_name("away")

    def read_too_late(root: Path, *more: Any) -> Iterator[Reading]:
        root.rename(away)
        return read_files(root, *more)

    made = settings()
    with closing(Writer(made, str(prepare_index_path(made)))) as writer:
        writer.scan({""})
        fill(entries_dir, range(2), "Pier")
        with monkeypatch.context() as patch:
            patch.setattr(scanner_module, "read_files", read_too_late)
            writer.scanner.pool.close()  # the kept process has what was there before
            writer.scan({"0/0.md", "1/1.md"})
        assert [writer.known.select_state(path) for path in ("0/0.md", "1/1.md")] == ["public"] * 2

        away.rename(entries_dir)
        writer.scanner.pool.close()
        writer.scan({""})
        hashes = {path: writer.known.select_file_hash(path) for path in ("0/0.md", "1/1.md")}

    assert hashes == {
        path: make_digest((entries_dir / path).read_bytes()) for path in ("0/0.md", "1/1.md")
    }


def test_a_folder_that_is_away_is_looked_for_within_seconds(
    entries_dir: Path, settings: Callable[..., Settings]
) -> None:
    fill(entries_dir, range(2), "Quay")
    made = settings()
    with closing(Writer(made, str(prepare_index_path(made)))) as writer:
        writer.scan({""})
        assert writer.next_full_scan_time > time.monotonic() + 50

        entries_dir.rename(entries_dir.with_name("away"))
        writer.scan({"0/0.md"})

        assert writer.next_full_scan_time < time.monotonic() + 5
