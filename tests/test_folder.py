"""The folder beside the index: whatever differs is reported, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing
from itertools import chain, pairwise
from pathlib import Path
from shutil import rmtree

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.index import scanner, walk
from feedsvc.index.rows import PATH_END
from feedsvc.index.schema import open_read_connection, prepare_index_path
from feedsvc.index.store import Store
from feedsvc.index.walk import WalkedFile
from feedsvc.index.writer import refresh_index
from feedsvc.reading.entry_cache import make_digest
from feedsvc.settings import Settings

FILES = st.dictionaries(st.sampled_from("abcdefghijklmnop"), st.integers(0, 2))


@given(here=FILES, there=FILES, also=st.frozensets(st.sampled_from("abcdefghijklmnop"), max_size=3))
def test_the_folder_and_the_index_are_compared_in_runs(
    here: dict[str, int], there: dict[str, int], also: frozenset[str]
) -> None:
    found = [WalkedFile(path, *(here[path],) * 3) for path in sorted(here)]
    known = [(path, *(there[path],) * 3, "", "") for path in sorted(there)]
    expected = [
        (here.get(path), there.get(path))
        for path in sorted({*here, *there})
        if here.get(path) != there.get(path) or path in also
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(walk, "COMPARE_BATCH_SIZE", 3)

        differences = walk.compare_files(iter(found), iter(known), also)

        assert [(one and one[1], other and other[1]) for one, other in differences] == expected


NAMES = ("a", "a-b", "a.md", "b.md", "é.md", "中.md")


@hypothesis.settings(deadline=None)
@given(
    files=st.sets(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map("/".join)),
    bounds=st.sets(
        st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map("/".join), max_size=4
    ),
)
def test_parts_of_a_folder_are_the_whole_folder(
    tmp_path_factory: pytest.TempPathFactory, files: set[str], bounds: set[str]
) -> None:
    root = tmp_path_factory.mktemp("entries")
    for file in sorted(files, reverse=True):
        if not (root / file).exists() and not any(
            parent.is_file() for parent in (root / file).parents
        ):
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            (root / file).write_text(file, encoding="utf-8")

    parts = [
        list(walk.walk_tuples(root, "", low, high))
        for low, high in pairwise(["", *sorted(bounds), PATH_END])
    ]

    assert list(chain.from_iterable(parts)) == list(walk.walk_tuples(root))


def fill(root: Path, numbers: Iterable[int], words: str) -> None:
    for number in numbers:
        file = root / f"{number % 3}" / f"{number}.md"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"---\ntitle: {words} {number}\ndate: 2024-05-06\n---\n", encoding="utf-8")


@pytest.mark.parametrize("part", [2, 7, 1000])
def test_a_first_look_in_parts_finds_what_has_changed(
    entries_dir: Path, settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch, part: int
) -> None:
    root, made = entries_dir, settings()
    fill(root, range(20), "Quay")
    assert refresh_index(made) == 20

    fill(root, [3, 4, *range(30, 45)], "Pier")
    (root / "0/9.md").unlink()
    rmtree(root / "2")
    monkeypatch.setattr(scanner, "RANGE_SIZE", part)
    refresh_index(made)

    with closing(open_read_connection(str(prepare_index_path(made)))) as connection:
        known = list(Store(connection, "en").select_files_between("", PATH_END))
        hashes = dict(connection.execute("SELECT path, hash FROM entry"))
    assert known == list(walk.walk_tuples(root))
    assert hashes == {
        file.relative_to(root).as_posix(): make_digest(file.read_bytes())
        for file in root.rglob("*.md")
    }
