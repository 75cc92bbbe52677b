"""The folder beside the index: whatever differs is reported, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from shutil import rmtree

from hypothesis import given
from hypothesis import strategies as st

from feedsvc.index import open_read_connection, prepare_index_path
from feedsvc.indexer import refresh_index, walk
from feedsvc.indexer.known_files import KnownFiles
from feedsvc.reading.entry_cache import make_digest
from feedsvc.settings import Settings

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
    differences = walk.compare_files(iter(found), iter(known), also, batch_size=3)

    assert [(one and one.size, other and other[1]) for one, other in differences] == expected


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
    assert known == list(walk.walk_tuples(root))
    assert hashes == {
        file.relative_to(root).as_posix(): make_digest(file.read_bytes())
        for file in root.rglob("*.md")
    }
