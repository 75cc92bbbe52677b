"""The log of a running service names each broken file and each healed one, once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from feedsvc.index import prepare_index_path
from feedsvc.indexer.fault_log import FaultLog
from feedsvc.indexer.writer import Writer
from feedsvc.settings import Settings
from tests.support.entries import write_entry, write_file


class LoggedFolder:
    """A folder and its writer; `scan` returns what is logged."""

    def __init__(self, writer: Writer, caplog: pytest.LogCaptureFixture) -> None:
        self.writer = writer
        self.root = writer.root
        self.caplog = caplog

    def write(self, path: str, text: str) -> None:
        write_file(self.root, path, text)

    def add(self, path: str, **fields: str) -> None:
        write_entry(self.root, path, **fields)

    def scan(self) -> list[str]:
        self.caplog.clear()
        self.writer.scanner.scan()
        fault_log = self.writer.scanner.fault_log
        assert fault_log is not None
        fault_log.log_all()
        return [f"{one.levelname} {one.getMessage()}" for one in self.caplog.records]


@pytest.fixture
def folder(
    settings: Callable[..., Settings], caplog: pytest.LogCaptureFixture
) -> Iterator[LoggedFolder]:
    caplog.set_level(logging.INFO, "feedsvc.indexer.fault_log")
    mine = settings()
    with closing(Writer(mine, str(prepare_index_path(mine)))) as writer:
        writer.scanner.fault_log = FaultLog(writer.db, writer.known)
        yield LoggedFolder(writer, caplog)


def test_what_is_broken_is_named_at_the_start_and_only_once(folder: LoggedFolder) -> None:
    folder.add("good.md", date="2026-03-02")
    folder.add("bad.md", date="2026-13-02")
    folder.add("held.md", date="2026-03-02", status="in review by Jon")
    first = folder.scan()

    assert [line.partition(";")[0].partition(": ")[0] for line in first] == [
        "WARNING bad.md:3",
        "WARNING held.md:4",
    ]
    assert all(line.endswith("; not published") for line in first)

    folder.add("other.md", date="2026-03-03")
    assert folder.scan() == []


def test_each_change_is_named_once_and_so_is_each_healing(folder: LoggedFolder) -> None:
    folder.add("a.md", date="2026-03-02")
    folder.scan()

    folder.add("a.md", date="2026-13-02")
    (line,) = folder.scan()
    assert line.startswith("WARNING a.md:3: '2026-13-02'")
    assert line.endswith("; not published (was public)")

    folder.add("a.md", date="2026-13-02", title="Still")
    assert folder.scan() == []

    folder.add("a.md", date="2026-14-02")
    (line,) = folder.scan()
    assert "'2026-14-02'" in line

    folder.add("a.md", date="2026-03-02")
    assert folder.scan() == ["INFO a.md: in order again (public)"]
    assert folder.scan() == []


def test_a_slip_that_holds_a_public_entry_back_is_named(folder: LoggedFolder) -> None:
    folder.add("a.md", date="2026-03-02")
    folder.scan()
    folder.add("a.md", date="2026-03-02", drafft="false")
    (line,) = folder.scan()

    assert line.endswith("did you mean 'draft'?; not published (was public)")


def test_a_duplicate_is_named_and_healed_with_the_file_that_it_repeats(
    folder: LoggedFolder,
) -> None:
    folder.add("a.md", date="2026-03-02", slug="x")
    folder.add("b.md", date="2026-03-02")
    folder.scan()

    folder.add("b.md", date="2026-03-02", slug="x")
    (line,) = folder.scan()
    assert line.startswith("WARNING b.md: the permalink")
    assert line.endswith("(was public)")

    (folder.root / "a.md").unlink()
    assert folder.scan() == ["INFO b.md: in order again (public)"]


def test_what_is_gone_is_not_healed(folder: LoggedFolder) -> None:
    folder.add("a.md", date="2026-13-02")
    folder.scan()
    (folder.root / "a.md").unlink()

    folder.add("b.md", date="2026-03-02")
    assert folder.scan() == []


@pytest.mark.parametrize(("fields", "count"), [({}, 1), ({"id": "quay"}, 0)])
def test_a_rename_without_an_own_id_is_named(
    folder: LoggedFolder, fields: dict[str, str], count: int
) -> None:
    folder.add("a.md", date="2026-03-02", **fields)
    folder.add("other.md", date="2026-03-03")
    folder.scan()
    (folder.root / "a.md").rename(folder.root / "b.md")
    lines = folder.scan()

    assert len(lines) == count
    assert all(
        "b.md: it was 'a.md'" in line and "`feedsvc stamp --renamed`" in line for line in lines
    )


def test_a_rename_that_comes_in_two_scans_is_one(folder: LoggedFolder) -> None:
    folder.add("a.md", date="2026-03-02")
    folder.add("other.md", date="2026-03-03")
    folder.scan()
    text = (folder.root / "a.md").read_bytes()
    (folder.root / "a.md").unlink()
    gone = folder.scan()
    write_file(folder.root, "b.md", text)
    (line,) = folder.scan()
    write_file(folder.root, "c.md", text)  # a copy, of which the first is removed then
    (folder.root / "other.md").unlink()
    folder.scan()
    (folder.root / "b.md").unlink()
    (last,) = folder.scan()

    assert gone == []
    assert "b.md: it was 'a.md'" in line
    assert "c.md: it was 'b.md'" in last


def test_many_renames_at_once_are_one_line(folder: LoggedFolder) -> None:
    for number in range(300):
        folder.add(f"old/{number:03}.md", title=f"Number {number}")
    folder.scan()
    (folder.root / "old").rename(folder.root / "new")
    (line,) = folder.scan()

    assert "300 files were renamed, such as new/000.md, which was old/000.md" in line
    assert "`feedsvc stamp --renamed`" in line


def test_a_copy_is_no_rename(folder: LoggedFolder) -> None:
    folder.add("a.md", date="2026-03-02")
    folder.scan()
    folder.add("b.md", date="2026-03-02")

    assert folder.scan() == []
