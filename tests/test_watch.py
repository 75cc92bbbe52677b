"""Real files and the real writer: whatever happens to the folder, the index soon says the same."""

from __future__ import annotations

import multiprocessing
import os
import queue
import shutil
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

import pytest
from watchfiles import Change

from feedsvc.errors import IndexNotReadyError
from feedsvc.index import (
    IndexClient,
    Queries,
    open_read_connection,
    prepare_index_path,
    start_writer,
)
from feedsvc.index.lock import acquire_writer_lock
from feedsvc.indexer import refresh_index
from feedsvc.indexer.folder.watcher import FolderWatcher, detect_filesystem, watch_in_child
from feedsvc.indexer.writer import Writer
from feedsvc.listing import Listing
from feedsvc.settings import Settings
from tests.support.disks import refuse_to_list
from tests.support.entries import format_entry, write_entry
from tests.support.promises import check_seconds
from tests.support.writer import run_writer, wait_until

pytestmark = pytest.mark.cover_children

LONG = 60.0  # seconds, for a thousand files; what is measured is in benchmarks/
MakeSettings = Callable[..., Settings]


class Folder:
    """A folder of entries, and the titles or states that the index knows of it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.root = settings.entries

    def write(self, path: str, title: str = "Words.", **fields: str) -> Path:
        return write_entry(self.root, path, title, **fields)

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with closing(open_read_connection(str(prepare_index_path(self.settings)))) as reader:
            return reader.execute(query).fetchall()

    def list_public(self) -> list[str]:
        return [path for (path,) in self.ask("SELECT path FROM entry ORDER BY path")]

    def select_terms(self, kind: str) -> set[str]:
        return {
            slug
            for (slug,) in self.ask(f"SELECT slug FROM term WHERE kind = '{kind}' AND count > 0")
        }

    def select_hash(self, path: str) -> bytes:
        return bytes(self.ask(f"SELECT hash FROM file WHERE path = '{path}'")[0][0])

    def get_generation(self) -> int:
        return int(self.ask("SELECT value FROM meta WHERE name = 'generation'")[0][0])

    def is_settled(self, *paths: str) -> bool:
        return self.list_public() == sorted(paths)


@pytest.fixture(params=["auto", "poll"])
def folder(settings: MakeSettings, request: pytest.FixtureRequest) -> Iterator[Folder]:
    """A watched folder with one entry."""
    folder = Folder(settings(watch=request.param))
    folder.write("kept.md")
    with run_writer(folder.settings):
        yield folder


@pytest.fixture
def watched(settings: MakeSettings) -> Iterator[Folder]:
    """A folder with one entry whose changes the system reports."""
    folder = Folder(settings())
    folder.write("kept.md")
    with run_writer(folder.settings):
        yield folder


def test_a_file_is_made_changed_renamed_and_deleted(folder: Folder) -> None:
    file = folder.write("new.md", tags="[one]")
    wait_until(lambda: folder.is_settled("kept.md", "new.md"))

    folder.write("new.md", tags="[two]")
    wait_until(lambda: folder.select_terms("tag") == {"two"})

    file.rename(folder.root / "other.md")
    wait_until(lambda: folder.is_settled("kept.md", "other.md"))

    (folder.root / "other.md").unlink()
    wait_until(lambda: folder.is_settled("kept.md"))


def test_a_folder_is_moved_in_renamed_and_moved_out(folder: Folder, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    for number in range(3):
        (outside / f"deep/{number}").mkdir(parents=True)
        write_entry(outside, f"deep/{number}/index.md", f"Story {number}")

    outside.rename(folder.root / "in")
    wait_until(lambda: folder.is_settled("kept.md", *(f"in/deep/{n}/index.md" for n in range(3))))

    (folder.root / "in").rename(folder.root / "renamed")
    wait_until(
        lambda: folder.is_settled("kept.md", *(f"renamed/deep/{n}/index.md" for n in range(3)))
    )

    folder.write("renamed/deep/0/index.md", "Changed where it is now", tags="[moved]")
    wait_until(lambda: folder.select_terms("tag") == {"moved"})

    (folder.root / "renamed").rename(tmp_path / "out")
    wait_until(lambda: folder.is_settled("kept.md"))


def test_editors_save_by_rename(watched: Folder) -> None:
    file = watched.root / "kept.md"
    for number in range(5):
        beside = (
            watched.root / ".kept.md.swp"
        )  # vim with backupcopy=no, and most that write atomically
        write_entry(beside.parent, beside.name, "Saved", tags=f"[save{number}]")
        if number % 2:
            file.rename(watched.root / "kept.md~")
        beside.rename(file)

        wait_until(lambda number=number: watched.select_terms("tag") == {f"save{number}"})  # type: ignore[misc]


def test_a_thousand_bundles_in_fresh_folders_are_all_there(watched: Folder) -> None:
    for number in range(1_000):
        watched.write(
            f"{number // 100}/{number // 10 % 10}/story-{number}/index.md", f"Story {number}"
        )

    wait_until(lambda: len(watched.list_public()) == 1_001, LONG)


def test_a_checkout_of_another_branch_is_taken_in_whole(watched: Folder) -> None:
    for number in range(1_000):
        watched.write(f"branch/{number % 7}/{number}.md", f"Story {number}")
    wait_until(lambda: len(watched.list_public()) == 1_001, LONG)

    for number in range(
        1_000
    ):  # files are deleted, replaced and made, as git does, and folders go with them
        file = watched.root / f"branch/{number % 7}/{number}.md"
        file.unlink()
        if number % 7 == 0:
            continue
        if number % 2:
            write_entry(file.parent, file.name, f"Story {number}", tags="[checked-out]")
    shutil.rmtree(watched.root / "branch/0")

    expected = {"kept.md"} | {f"branch/{n % 7}/{n}.md" for n in range(1_000) if n % 7 and n % 2}
    count = "SELECT count FROM term WHERE slug = 'checked-out'"
    # all paths may be there before the last of the files is read again
    wait_until(lambda: watched.ask(count) == [(len(expected) - 1,)], LONG)
    wait_until(lambda: set(watched.list_public()) == expected, LONG)


def test_a_file_caught_half_written_ends_whole(watched: Folder) -> None:
    text = format_entry("The whole story", tags="[first, second]")
    with (watched.root / "new.md").open("w") as file:
        file.write(text[: len(text) // 2])
        file.flush()
        time.sleep(0.05)
        file.write(text[len(text) // 2 :])

    wait_until(lambda: watched.select_terms("tag") == {"first", "second"})
    assert watched.ask("SELECT state FROM file WHERE path = 'new.md'") == [("public",)]


def test_a_change_that_moves_neither_size_nor_time_is_seen(watched: Folder) -> None:
    for number in range(60):  # within one tick of the file system's clock, as often as not
        write_entry(watched.root, "kept.md", "Kept", tags=f"[n{number:02}]")
    time.sleep(0.01)
    write_entry(watched.root, "kept.md", "Kept", tags="[n98]")
    write_entry(watched.root, "kept.md", "Kept", tags="[n99]")

    wait_until(lambda: watched.select_terms("tag") == {"n99"})


def test_a_clock_that_is_set_back_hides_no_change(watched: Folder) -> None:
    file = watched.write("kept.md", tags="[now]")
    wait_until(lambda: watched.select_terms("tag") == {"now"})

    watched.write("kept.md", tags="[old]")
    os.utime(file, (0, 0))
    wait_until(lambda: watched.select_terms("tag") == {"old"})


def test_sidecars_and_folder_defaults_reach_the_entries_that_they_belong_to(folder: Folder) -> None:
    folder.write("news/a.md")
    folder.write("news/deep/b.md")
    wait_until(lambda: folder.is_settled("kept.md", "news/a.md", "news/deep/b.md"))

    (folder.root / "news/a.yaml").write_text("tags: [from-sidecar]\n")
    (folder.root / "news/_index.md").write_text(
        "---\ncascade:\n  categories: [from-defaults]\n---\n"
    )
    wait_until(lambda: folder.select_terms("tag") == {"from-sidecar"})
    wait_until(lambda: folder.select_terms("category") == {"from-defaults"})
    assert folder.ask("SELECT count FROM term WHERE slug = 'from-defaults'") == [(2,)]

    (folder.root / "news/a.yaml").unlink()
    (folder.root / "news/_index.md").unlink()
    wait_until(lambda: folder.select_terms("tag") == set() == folder.select_terms("category"))


def test_an_entry_is_read_again_when_a_file_that_it_uses_changes(watched: Folder) -> None:
    (watched.root / "a").mkdir()
    write_entry(watched.root, "a/index.md", "Chart", body="![picture](chart.png)")
    wait_until(lambda: watched.is_settled("a/index.md", "kept.md"))
    before = watched.select_hash("a/index.md")

    (watched.root / "a/chart.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    wait_until(lambda: watched.select_hash("a/index.md") != before)


def test_a_link_within_the_folder_follows_its_file(watched: Folder) -> None:
    target = watched.write("drafts.d/source.txt", tags="[before]")
    (watched.root / "linked.md").symlink_to(target)
    wait_until(lambda: "linked.md" in watched.list_public())

    watched.write("drafts.d/source.txt", tags="[after]")
    wait_until(lambda: watched.select_terms("tag") == {"after"})


@pytest.mark.parametrize(
    ("name", "target"),
    [("link-outside", "/etc/hostname"), ("folder-link", "real"), ("link-broken", "real/none.md")],
)
def test_other_links_are_named_and_not_followed(watched: Folder, name: str, target: str) -> None:
    watched.write("real/a.md")
    (watched.root / "link.md").symlink_to(target)

    wait_until(lambda: watched.ask("SELECT path, code FROM problem") == [("link.md", name)])
    assert watched.is_settled("kept.md", "real/a.md")


def test_a_name_that_is_not_utf_8_is_named(watched: Folder) -> None:
    Path(os.fsdecode(os.fsencode(watched.root) + b"/caf\xe9.md")).write_text(
        format_entry(), encoding="utf-8"
    )
    query = "SELECT path, state, code FROM file JOIN problem USING (path)"

    wait_until(lambda: watched.ask(query) == [("caf\\xe9.md", "error", "name-encoding")])


def test_hidden_folders_are_passed_over(watched: Folder) -> None:
    watched.write(".git/objects/a.md")
    (watched.root / "sub").mkdir()
    (watched.root / ".git").rename(watched.root / "sub/.git")
    watched.write("last.md")

    wait_until(lambda: watched.is_settled("kept.md", "last.md"))
    time.sleep(0.5)
    assert watched.is_settled("kept.md", "last.md")


@pytest.mark.parametrize("emptied", [True, False], ids=["an empty mount point", "gone"])
def test_an_unmounted_folder_drops_nothing_and_goes_on_when_it_is_back(
    folder: Folder, emptied: bool
) -> None:
    folder.write("new.md")
    wait_until(lambda: folder.is_settled("kept.md", "new.md"))
    away = folder.root.with_name("away")
    folder.root.rename(away)
    if emptied:
        folder.root.mkdir()
    wait_until(
        lambda: folder.ask("SELECT value FROM meta WHERE name = 'pending_deletions'") == [(2,)]
    )
    assert folder.is_settled("kept.md", "new.md")

    if emptied:
        folder.root.rmdir()
    (away / "new.md").unlink()
    away.rename(folder.root)
    wait_until(lambda: folder.is_settled("kept.md"))
    assert folder.ask("SELECT value FROM meta WHERE name = 'pending_deletions'") == [(0,)]

    folder.write("last.md")
    wait_until(lambda: folder.is_settled("kept.md", "last.md"))


def test_an_index_that_nobody_uses_any_more_is_removed(settings: MakeSettings) -> None:
    old, held, recent, own = (settings(language=language) for language in ("de", "fr", "sv", "en"))
    for made in (old, held, recent):
        refresh_index(made)
    for made in (old, held):
        for file in prepare_index_path(made).parent.glob(f"{prepare_index_path(made).name}*"):
            os.utime(file, times=(0, 0))
    stubborn = prepare_index_path(old).with_name(
        f"{prepare_index_path(old).name.partition('-')[0]}-folder.sqlite"
    )
    stubborn.mkdir()  # which no file's removal removes
    os.utime(stubborn, times=(0, 0))

    with acquire_writer_lock(str(prepare_index_path(held))):
        os.utime(f"{prepare_index_path(held)}.lock", times=(0, 0))
        refresh_index(own)

    assert [prepare_index_path(made).exists() for made in (old, held, recent, own)] == [
        False,
        True,
        True,
        True,
    ]
    assert not list(prepare_index_path(old).parent.glob(f"{prepare_index_path(old).name}*"))


def test_another_device_in_its_place_drops_nothing_until_it_is_confirmed(
    settings: MakeSettings,
) -> None:
    other = Path("/dev/shm")
    if not other.is_dir() or other.stat().st_dev == settings().base.stat().st_dev:
        pytest.skip("there is no second file system here")
    folder = Folder(settings())
    folder.write("kept.md")
    refresh_index(folder.settings)
    shutil.rmtree(folder.root)
    elsewhere = other / f"feedsvc-test-{os.getpid()}"
    elsewhere.mkdir()
    try:
        folder.root.symlink_to(elsewhere)
        folder.write("new.md")
        refresh_index(folder.settings)
        assert folder.is_settled("kept.md", "new.md")

        refresh_index(folder.settings, confirmed=True)
        assert folder.is_settled("new.md")
    finally:
        shutil.rmtree(elsewhere)


def test_a_folder_that_is_not_there_yet_is_no_empty_site(settings: MakeSettings) -> None:
    folder = Folder(settings())
    folder.root.rmdir()
    with run_writer(folder.settings):
        assert folder.ask("SELECT value FROM meta WHERE name = 'complete'") == []

        folder.write("first.md")
        wait_until(lambda: folder.is_settled("first.md"))


def test_a_link_that_is_turned_to_another_checkout_is_followed(
    settings: MakeSettings, tmp_path: Path
) -> None:
    folder = Folder(settings())
    folder.root.rmdir()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_entry(tmp_path, f"{name}/{name}.md", name)
    folder.root.symlink_to(tmp_path / "one")
    with run_writer(folder.settings):
        assert folder.is_settled("one.md")

        (tmp_path / "next").symlink_to(tmp_path / "two")
        (tmp_path / "next").rename(folder.root)
        wait_until(lambda: folder.is_settled("two.md"))

        write_entry(tmp_path, "two/three.md", "three")
        wait_until(lambda: folder.is_settled("two.md", "three.md"))


def test_off_looks_once(settings: MakeSettings) -> None:
    folder = Folder(settings(watch="off"))
    folder.write("kept.md")
    with run_writer(folder.settings):
        folder.write("new.md")
        time.sleep(1.5)

        assert folder.is_settled("kept.md")


def test_search_is_filled_in_pieces_between_which_others_get_their_turn(
    settings: MakeSettings,
) -> None:
    folder = Folder(settings())
    for number in range(40):
        folder.write(f"e{number}.md", f"Crane number{number}", date=f"2026-02-{1 + number % 28:02}")
    writer = Writer(folder.settings, str(prepare_index_path(folder.settings)))
    writer.scanner.scan()
    turns = iter([True] * 5 + [False] * 2)

    writer.fill_search(lambda: next(turns), transaction_size=6, batch_size=2)

    # a whole transaction, and two thirds of the next
    assert folder.ask("SELECT count(*) FROM search_pending") == [(40 - 10,)]
    assert folder.ask("SELECT value FROM meta WHERE name = 'searchable'") == []

    writer.fill_search(lambda: True, transaction_size=1, batch_size=2)

    found = Queries(writer.db, ZoneInfo("UTC"), int(time.time())).select_entries
    assert len(found(Listing(words="crane"), 100)) == 40
    assert [row.path for row in found(Listing(words="number17"), 100)] == ["e17.md"]
    assert folder.ask("SELECT value FROM meta WHERE name = 'searchable'") == [(1,)]
    segments = "SELECT count(DISTINCT segid) FROM search_idx"
    assert folder.ask(segments)[0][0] > 30

    while writer.store.search.merge():
        pass

    assert folder.ask(segments) == [(1,)]
    assert len(found(Listing(words="crane"), 100)) == 40
    writer.close()


def test_a_folder_that_cannot_be_listed_keeps_its_entries(
    settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Folder(settings())
    folder.write("closed/kept.md")
    folder.write("open.md")
    writer = Writer(folder.settings, str(prepare_index_path(folder.settings)))
    writer.scanner.scan()

    refuse_to_list(folder.root / "closed", monkeypatch)
    for _ in range(3):
        writer.scanner.scan()
        assert folder.list_public() == ["closed/kept.md", "open.md"]
    assert folder.ask("SELECT path, code FROM problem") == [("closed", "folder-unreadable")]

    monkeypatch.undo()
    writer.scanner.scan()
    assert folder.list_public() == ["closed/kept.md", "open.md"]
    assert folder.ask("SELECT path FROM problem") == []
    writer.close()


def test_readers_follow_an_index_that_is_deleted_and_built_again(settings: MakeSettings) -> None:
    folder = Folder(settings())
    folder.write("kept.md")
    index = IndexClient(folder.settings)

    def list_shown() -> list[str]:
        with index.open_snapshot(2_000_000_000) as query:
            return sorted(path for path, _ in query.select_sitemap_entries(10))

    def wait_and_list() -> list[str]:
        while True:
            with suppress(IndexNotReadyError):  # a busy machine takes its time to build the next
                return list_shown()

    try:
        assert len(wait_and_list()) == 1
        for file in prepare_index_path(folder.settings).parent.glob("*.sqlite*"):
            file.unlink()
        with (
            ThreadPoolExecutor() as threads
        ):  # one that has asked nothing yet waits for the next index
            assert threads.submit(wait_and_list).result() == ["/2026/03/kept/"]
        folder.write("new.md")

        wait_until(lambda: len(wait_and_list()) == 2)
    finally:
        index.close()


def test_nobody_goes_on_with_the_old_state_while_another_thread_notices_a_change(
    settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Folder(settings())
    folder.write("kept.md")
    refresh_index(folder.settings)
    index = IndexClient(folder.settings, runs_writer=False)
    before = index.refresh()
    assert index.probe is not None
    has_changed, probing, go_on = index.probe.has_changed, threading.Event(), threading.Event()

    def notice_slowly() -> bool:
        probing.set()
        go_on.wait()
        return has_changed()

    monkeypatch.setattr(index.probe, "has_changed", notice_slowly)
    folder.write("new.md")
    refresh_index(folder.settings)
    index.last_probe_time = 0.0
    with ThreadPoolExecutor() as threads:
        first = threads.submit(index.refresh)
        probing.wait()
        second = threads.submit(index.refresh)
        assert wait([second], timeout=0.05).not_done
        go_on.set()

        assert first.result() == second.result() == before + 1


def test_a_writer_that_is_killed_is_followed_by_another(settings: MakeSettings) -> None:
    folder = Folder(settings())
    folder.write("kept.md")
    index = IndexClient(folder.settings)
    try:
        wait_until(index.is_ready)
        assert index.supervisor is not None
        assert index.supervisor.writer is not None
        os.kill(index.supervisor.writer.pid, signal.SIGKILL)
        folder.write("new.md")

        wait_until(lambda: folder.is_settled("kept.md", "new.md"))
    finally:
        index.close()


def test_only_one_process_writes(settings: MakeSettings) -> None:
    Folder(settings()).write("kept.md")
    with run_writer(settings()):
        assert start_writer(settings(), str(prepare_index_path(settings()))) is None


def test_batches_do_not_wait_for_quiet(entries_dir: Path) -> None:
    events = FolderWatcher(entries_dir, "auto")
    events.start()
    events.begun.wait(20)

    def measure_seconds() -> float:
        """Return how long five batches take."""
        started, batches = time.monotonic(), 0
        while batches < 5:  # without any quiet between the writes
            (entries_dir / "busy.md").write_text(str(time.monotonic()))
            batches += bool(events.wait(0.0))
            time.sleep(0.001)
        return time.monotonic() - started

    check_seconds(measure_seconds, 2.0)


def test_each_folder_is_followed_wherever_it_comes_from(entries_dir: Path, tmp_path: Path) -> None:
    events = FolderWatcher(entries_dir, "auto")
    events.start()
    events.begun.wait(20)

    def write(path: str) -> None:
        (entries_dir / path).write_text("words")
        wait_until(lambda: path in events.wait(0.1))

    (entries_dir / "2026/11").mkdir(parents=True)
    wait_until(lambda: "2026" in events.wait(0.1))
    write("2026/11/made.md")
    (entries_dir / "2026").rename(entries_dir / "old")
    wait_until(lambda: "old" in events.wait(0.1))
    write("old/11/renamed.md")
    shutil.move(entries_dir / "old", tmp_path / "away")
    wait_until(lambda: "old" in events.wait(0.1))
    shutil.copytree(tmp_path / "away", entries_dir / "old")
    wait_until(lambda: "old" in events.wait(0.1))
    write("old/11/back.md")
    for number in range(10):
        (entries_dir / f"old/{number}/deep").mkdir(parents=True)
        wait_until(lambda number=number: f"old/{number}" in events.wait(0.1))  # type: ignore[misc]
        write(f"old/{number}/deep/bundle.md")
    write("old/11/still.md")


def test_watching_goes_on_after_its_process_was_killed(entries_dir: Path) -> None:
    events = FolderWatcher(entries_dir, "auto")
    events.start()
    events.begun.wait(20)
    assert events.wait(1.0) == {""}

    for child in multiprocessing.active_children():
        child.kill()

    wait_until(lambda: events.polling)
    assert events.wait(1.0) == {""}  # changes may have been missed
    wait_until(lambda: not events.polling)
    assert events.wait(1.0) == {""}
    (entries_dir / "new.md").write_text("words")
    wait_until(lambda: "new.md" in events.wait(0.1))


def test_a_new_watch_of_the_folder_begins_with_all_of_it(entries_dir: Path) -> None:
    begins = queue.SimpleQueue[str]()

    def watch(*_: object, **__: object) -> Generator[set[tuple[Change, str]], None, None]:
        begins.get()  # changes are not reported until then
        yield set()
        begins.get()  # until the folder is replaced by another

    events = FolderWatcher(entries_dir, "auto", watch=watch)
    events.start()
    begins.put("the first")
    events.begun.wait(20)
    assert events.wait(20) == {""}

    begins.put("its end")
    assert events.wait(20) == {""}
    assert events.wait(0.05) == set()
    begins.put("the second")
    assert events.wait(20) == {""}
    assert not events.polling


@pytest.mark.parametrize("replaced", [True, False], ids=["by another", "by none"])
def test_a_watch_ends_when_its_folder_has_moved(entries_dir: Path, replaced: bool) -> None:
    """Also if it is back before that is looked at: what is watched may be the one between."""
    root = Path(os.path.realpath(entries_dir))
    away = root.with_name("away")
    options = {"rust_timeout": 50, "yield_on_timeout": True, "raise_interrupt": False}

    with closing(watch_in_child(str(root), root, **options)) as changes:
        assert next(changes) == set()
        root.rename(away)
        if replaced:
            root.mkdir()
            root.rmdir()
        away.rename(root)

        with suppress(FileNotFoundError):  # which ends it, too, if it looks at that moment
            assert len(list(islice(changes, 400))) < 400


def test_exhausted_watches_mean_scanning_instead(
    entries_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise OSError(28, "OS file watch limit reached. about ['/entries']")

    events = FolderWatcher(entries_dir, "auto", watch=refuse)
    events.start()
    events.begun.wait(20)

    assert events.polling
    assert events.wait(1.0) == {""}
    assert "watch limit reached" in caplog.text


def test_file_systems_are_told_apart(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "/dev/sda1 / ext4 rw 0 0\nserver:/news /srv/news nfs4 rw 0 0\n"
        "tmpfs /srv/newsroom tmpfs rw 0 0\n"
    )

    assert detect_filesystem(Path("/srv/news/2026"), mounts) == "nfs4"
    assert detect_filesystem(Path("/srv/newsroom"), mounts) == "tmpfs"
    assert detect_filesystem(Path("/home"), mounts) == "ext4"
