"""A file that ends the process which reads it costs itself, and is not tried again."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from feedsvc.commands.check import check_entries
from feedsvc.index import prepare_index_path
from feedsvc.indexer import pool as pool_module
from feedsvc.indexer import scanner as scanner_module
from feedsvc.indexer.pool import ReaderPool
from feedsvc.indexer.writer import Writer
from feedsvc.reading import FolderCache, Reading
from feedsvc.reading import read_files as really_read_files
from feedsvc.settings import Settings, Site
from tests.support.entries import write_entry

pytestmark = pytest.mark.cover_children

ENDS = {  # what a file may do to the process that reads it, and how it is named
    "loop": "more than 1 seconds",
    "pattern": "more than 1 seconds",
    "killed": "SIGKILL",
    "crash": "SIGSEGV",
    "raise": "failed on it",
    "exit": "failed on it",
    "memory": "failed on it",
}


@pytest.fixture(autouse=True)
def short_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "MAX_CPU_SECONDS", 1.0)
    monkeypatch.setattr(pool_module, "MAX_MEMORY_BYTES", 300 << 20)


def meet(name: str) -> None:
    """Do to this process what the file *name* is to do."""
    what = name.rpartition("-")[2].removesuffix(".md")
    if what == "loop":
        while True:
            pass
    elif what == "pattern":
        re.match(r"(a+)+$", "a" * 60 + "b")
    elif what == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    elif what == "crash":
        signal.signal(signal.SIGSEGV, signal.SIG_DFL)  # pytest's handler would print a traceback
        os.kill(os.getpid(), signal.SIGSEGV)
    elif what == "raise":
        raise LookupError(name)
    elif what == "exit":
        os._exit(3)
    elif what == "memory":
        bytearray(1 << 30)


def read_names(_: Path, names: Sequence[str], _settings: Settings) -> Iterator[str]:
    for name in names:
        meet(name)
        yield name.upper()


def read_dangerous_files(
    root: Path, paths: Iterator[str], settings: Settings, folders: FolderCache | None
) -> Iterator[Reading]:
    names = list(paths)
    for name in names:
        meet(name)
    return really_read_files(root, names, settings, folders)


@pytest.mark.parametrize(("processes", "batch_size"), [(1, 4), (3, 1), (3, 100)])
def test_every_file_has_its_result_in_order(processes: int, batch_size: int) -> None:
    names = [f"{number}-good" for number in range(20)]
    for number, what in enumerate(ENDS):
        names[2 * number] = f"{number}-{what}"

    with closing(ReaderPool(Path(), Settings())) as pool:
        found = list(
            pool.map_files(
                iter(names),
                read_names,
                lambda name, reason: f"{name}: {reason}",
                processes=processes,
                batch_size=batch_size,
            )
        )

    assert [one.partition(":")[0].casefold() for one in found] == names
    named = {one.partition(":")[0].partition("-")[2]: one for one in found if ":" in one}
    assert named.keys() == ENDS.keys()
    for what, words in ENDS.items():
        assert words in named[what]


def read_in_turn(root: Path, names: Sequence[str], _settings: Settings) -> Iterator[str]:
    """Read the first file after the last one has been read."""
    for name in names:
        if name == "last":
            (root / "last").touch()
        until = time.monotonic() + 60
        while name == "first" and not (root / "last").exists():
            assert time.monotonic() < until
            time.sleep(0.01)
        yield name


def test_a_process_that_has_finished_waits_for_no_slower_one(tmp_path: Path) -> None:
    names = ["first", "second", "third", "last"]
    with closing(ReaderPool(tmp_path, Settings())) as pool:
        found = pool.map_files(
            iter(names), read_in_turn, lambda name, _: f"lost {name}", processes=2, batch_size=1
        )

        assert list(found) == names


def test_nothing_is_left_behind_by_whoever_wants_only_the_first() -> None:
    pool = ReaderPool(Path(), Settings())
    found = pool.map_files(iter("abcdef"), read_names, lambda name, _: name, batch_size=1)
    next(found)
    children = [child.process for child in pool.idle]

    found.close()
    pool.close()

    assert all(not child.is_alive() for child in children)
    assert pool.idle == []


def test_the_process_that_reads_is_kept_from_call_to_call() -> None:
    with closing(ReaderPool(Path(), Settings())) as pool:
        kept = []
        for _ in range(3):
            list(pool.map_files(iter("ab"), read_names, lambda name, _: name))
            kept += [child.process.pid for child in pool.idle]

        assert len(kept) == 3
        assert len(set(kept)) == 1


@pytest.mark.parametrize("what", ["loop", "killed", "raise"])
def test_the_index_names_the_file_and_does_not_try_it_again(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanner_module, "read_files", read_dangerous_files)
    for name in ("one", "two", f"2026-{what}", "three"):
        write_entry(tmp_path / "entries", f"{name}.md", name)
    settings = Settings(site=Site(entries=str(tmp_path / "entries")))

    with closing(Writer(settings, str(prepare_index_path(settings)))) as writer:
        first, again = writer.scanner.scan(), writer.scanner.scan()
        states = dict(writer.db.execute("SELECT path, state FROM file").fetchall())
        write_entry(tmp_path / "entries", "four.md", "Four")
        later = writer.scanner.scan()

    assert states == {
        "one.md": "public",
        "two.md": "public",
        "three.md": "public",
        f"2026-{what}.md": "error",
    }
    assert (first, again, later) == (4, 0, 1)


def test_a_sidecar_counts_from_the_next_scan_on_in_a_folder_of_many_files(tmp_path: Path) -> None:
    root = tmp_path / "entries"
    settings = Settings(site=Site(entries=str(root)))
    query = "SELECT path FROM entry WHERE instr(terms, 'Mara Lind') ORDER BY path"

    with closing(Writer(settings, str(prepare_index_path(settings)))) as writer:
        found = []
        for title in ("Story", "News", "Report"):
            for number in range(30):
                write_entry(root, f"{number}.md", title)
            writer.scanner.scan()
            found.append([path for (path,) in writer.db.execute(query).fetchall()])
            (root / f"{20 + len(found)}.yaml").write_text("author: Mara Lind\n", encoding="utf-8")

    assert found == [[], ["21.md"], ["21.md", "22.md"]]


def test_check_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanner_module, "read_files", read_dangerous_files)
    for name in ("one", "2026-loop"):
        write_entry(tmp_path, f"{name}.md", name)

    reports = list(check_entries(Settings(site=Site(entries=str(tmp_path)))))

    assert [(report.path, report.state) for report in reports] == [
        ("2026-loop.md", "error"),
        ("one.md", "public"),
    ]
    (problem,) = reports[0].problems
    assert problem.code == "reading-ended"
    assert "processor time" in problem.message
    assert problem.remedy


@pytest.mark.parametrize("names", [["one"], ["one", "two"]], ids=len)
def test_a_process_that_is_killed_while_it_waits_costs_no_file(names: list[str]) -> None:
    with closing(ReaderPool(Path(), Settings())) as pool:
        for _ in range(3):
            found = list(pool.map_files(iter(names), read_names, lambda name, _: f"lost {name}"))
            (idle,) = pool.idle
            os.kill(idle.process.pid, signal.SIGKILL)

            assert found == [name.upper() for name in names]
