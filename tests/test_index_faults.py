"""Whatever happens to the index, the truth of the folder is served again soon.

A real writer keeps it, asked through the application; see `torture` for servers and more of it.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
from watchfiles import Change
from werkzeug.test import Client

from feedsvc.commands.check import check_entries
from feedsvc.errors import IndexFileError
from feedsvc.index import IndexClient, prepare_index_path
from feedsvc.index.client import FIRST_INDEX_TIMEOUT_SECONDS, NEXT_INDEX_TIMEOUT_SECONDS
from feedsvc.index.content_check import ContentCheck, check_content
from feedsvc.index.faults import is_damage, is_passing_fault
from feedsvc.index.schema import (
    DatabaseError,
    get_inode,
    make_damage_error,
    open_read_connection,
    open_write_connection,
)
from feedsvc.indexer.folder.watcher import FolderWatcher
from feedsvc.indexer.writer import choose_retry_pause
from feedsvc.settings import Settings, Site
from feedsvc.web import create_standalone_app
from tests.support import disks
from tests.support.commands import Run
from tests.support.disks import fill_disk
from tests.support.entries import format_entry, write_entry
from tests.support.servers import ROOT
from tests.support.writer import wait_until
from torture.damages import DAMAGES

SOON = 40.0  # seconds, on a machine that does much else
# an answer may wait for another index, and be made as slowly as any is at this moment
MAX_WAIT_SECONDS, MAX_SLOWNESS = NEXT_INDEX_TIMEOUT_SECONDS + 1.5, 15
# one of each kind; all of them, also under two workers, are the fault "index" of `torture`
DAMAGES_WHILE_RUNNING = (
    "noise over the file",
    "titles in other words",
    "noise over its shared memory",
    "cut off in its middle",
    "a folder in its place",
    "another program's database",
    "deleted",
    "its folder moved",
    "its lock deleted",
)
DAMAGES_BEFORE_A_START = ("titles in other words", "cut off at 0", "tables of another version")


class Newsroom:
    """A folder, its index, the process that keeps it and an application that asks it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "entries"
        self.root.mkdir()
        self.settings = Settings(
            site=Site(
                title="News",
                url="https://news.example.com/",
                id_authority="news.example.com,2026",
                index=str(folder / "index"),
            ),
            base=folder,
        )
        self.index = prepare_index_path(self.settings)
        self.count = 0
        for number in range(30):
            write_entry(self.root, f"e{number}.md", f"Entry {number}", body="Words. " * 200)
        self.longest = 0.0
        self.start()

    def start(self) -> None:
        """Begin with an application that has nothing in memory."""
        self.app = create_standalone_app(self.settings)
        self.client = Client(self.app)

    @property
    def index_client(self) -> IndexClient:
        client: IndexClient = self.app.extensions["feedsvc"].index
        return client

    def get(self, path: str) -> tuple[int, bytes]:
        """Return status and body; an answer is 200, or a 503 that says when to come back."""
        started = time.monotonic()
        response = self.client.get(path)
        self.longest = max(self.longest, time.monotonic() - started)
        assert response.status_code == 200 or "Retry-After" in response.headers, response.data
        return response.status_code, response.data

    def list_titles(self) -> set[str]:
        status, body = self.get("/feed.json?limit=500")
        return {item["title"] for item in json.loads(body)["items"]} if status == 200 else set()

    def measure_answer(self) -> float:
        """Return how long an answer takes at this moment that is in nobody's memory."""
        self.count += 1
        started = time.monotonic()
        self.get(f"/feed.json?limit=500&not=x{self.count}")
        return time.monotonic() - started

    def list_truth(self) -> set[str]:
        words = (file.read_text(encoding="utf-8") for file in self.root.glob("*.md"))
        return {text.partition("title: ")[2].partition("\n")[0].strip('"') for text in words}

    def is_true(self) -> bool:
        # another query each time: its answer is in nobody's memory
        self.count += 1
        found = self.get(f"/rss.xml?q=words&not=x{self.count}")
        return found[0] == 200 and self.list_titles() == self.list_truth()

    def is_sound(self) -> bool:
        """Whether the truth is served, also from an index that is not damaged any more."""
        try:
            return self.is_true() and check_content(str(self.index), lambda: True)
        except (DatabaseError, IndexFileError):
            return False

    def edit(self) -> None:
        """Change one entry and add another."""
        self.count += 1
        write_entry(self.root, "e3.md", f"Changed {self.count}", body="Words. " * 200)
        write_entry(self.root, f"n{self.count}.md", f"New {self.count}", body="Words. " * 200)

    def get_writer(self) -> int:
        """Return the process of the writer."""
        supervisor = self.index_client.supervisor
        assert supervisor is not None
        assert supervisor.writer is not None
        return supervisor.writer.pid

    def kill_writer(self) -> None:
        supervisor = self.index_client.supervisor
        assert supervisor is not None
        assert supervisor.writer is not None
        os.kill(supervisor.writer.pid, signal.SIGKILL)
        supervisor.writer.wait()

    def checkpoint(self) -> None:
        """Have SQLite write what is in its log into the file."""
        with closing(sqlite3.connect(self.index)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@pytest.fixture
def newsroom(tmp_path: Path) -> Iterator[Newsroom]:
    # one for each test: what nobody asks for stays damaged until the next check of the content
    newsroom = Newsroom(tmp_path)
    newsroom.get("/")
    yield newsroom
    newsroom.index_client.close()


def prepare_damage(newsroom: Newsroom, *, is_written: bool) -> None:
    """Have the index current; with *is_written* its file has most, and its log the last change."""
    newsroom.edit()
    wait_until(newsroom.is_true, SOON)
    if is_written:
        newsroom.checkpoint()
        newsroom.edit()
    newsroom.longest = 0.0


def check_calm(newsroom: Newsroom, log: pytest.LogCaptureFixture) -> None:
    """Nobody has waited long, and the log has a few lines without a traceback."""
    longest = newsroom.longest
    assert longest < MAX_WAIT_SECONDS + MAX_SLOWNESS * newsroom.measure_answer()
    assert [record for record in log.records if record.exc_info] == []
    assert len(log.records) <= 8


@pytest.mark.parametrize("name", DAMAGES_WHILE_RUNNING)
def test_a_damage_while_running_is_healed(
    newsroom: Newsroom, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    prepare_damage(newsroom, is_written=True)
    caplog.clear()

    DAMAGES[name](newsroom.index)
    newsroom.edit()
    wait_until(newsroom.is_true, SOON)

    check_calm(newsroom, caplog)


@pytest.mark.parametrize("name", DAMAGES_BEFORE_A_START)
def test_a_damage_before_the_start_of_a_writer_is_healed(
    newsroom: Newsroom, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    prepare_damage(newsroom, is_written=False)
    newsroom.kill_writer()
    caplog.clear()

    DAMAGES[name](newsroom.index)
    newsroom.edit()
    wait_until(newsroom.is_sound, SOON)

    check_calm(newsroom, caplog)


@pytest.mark.parametrize("name", ["titles in other words", "dates in other words"])
def test_what_is_no_damage_for_sqlite_alone_is_noticed(tmp_path: Path, name: str) -> None:
    newsroom = Newsroom(tmp_path)
    try:
        wait_until(newsroom.is_true, SOON)
        newsroom.index_client.close()
        newsroom.checkpoint()
        before = newsroom.index.stat().st_ino
        DAMAGES[name](newsroom.index)
        newsroom.start()

        shown = set[str]()

        def is_built_anew() -> bool:
            shown.update(newsroom.list_titles())
            return newsroom.is_true() and get_inode(str(newsroom.index)) != before

        wait_until(is_built_anew, SOON)
        assert shown <= newsroom.list_truth()
    finally:
        newsroom.index_client.close()


def test_a_check_can_be_ended(newsroom: Newsroom) -> None:
    wait_until(newsroom.is_true, SOON)
    wanted = iter([True] * 20 + [False])

    assert check_content(str(newsroom.index), lambda: True)
    assert not check_content(str(newsroom.index), lambda: next(wanted))


def test_nothing_waits_for_a_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that takes long goes on beside the writer, which hears of damage in the end."""
    go_on, begun = threading.Event(), list[str]()

    def check(index: str, is_wanted: Callable[[], bool]) -> bool:
        begun.append(index)
        assert go_on.wait(30)
        if len(begun) == 2:
            raise make_damage_error("a table is not what it was")
        return is_wanted()

    monkeypatch.setattr("feedsvc.index.content_check.check_content", check)
    content_check = ContentCheck("index")
    content_check.advance(is_idle=False)
    assert not begun
    for number in (1, 2):
        content_check.advance(is_idle=True)
        wait_until(lambda number=number: len(begun) == number)  # type: ignore[misc]
        content_check.advance(is_idle=True)
        content_check.advance(is_idle=False)
        assert len(begun) == number
        running = content_check.running
        assert running is not None
        go_on.set()
        running.exception(30)
        if number == 1:
            content_check.advance(is_idle=True)
            content_check.advance(is_idle=True)
            assert len(begun) == 1  # the next one is due in an hour
            content_check.next_time = 0.0
            go_on.clear()
    with pytest.raises(DatabaseError, match="not what it was"):
        content_check.advance(is_idle=True)


def test_a_file_without_bytes_is_neither_asked_nor_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks one deletes the log that lies there, of whatever file."""
    index = tmp_path / "index.sqlite"
    index.touch()
    with pytest.raises(IndexFileError, match="no index yet"):
        open_read_connection(str(index))
    sizes, rename = list[int](), os.rename

    def note_size(old: str, new: str) -> None:
        sizes.append(os.stat(old).st_size)
        rename(old, new)

    monkeypatch.setattr(os, "rename", note_size)

    open_write_connection(str(index)).close()

    assert sizes == [4096]
    assert [path.name for path in tmp_path.iterdir()] == ["index.sqlite"]
    assert index.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("last", "cost", "is_first", "pause"),
    [
        (8.0, 50.0, True, 1.0),  # it may pass at once
        (1.0, 0.1, False, 2.0),
        (8.0, 0.1, False, 10.0),
        (8.0, 50.0, False, 200.0),  # a large folder is read in a fifth of the time
        (8.0, 500.0, False, 300.0),
    ],
)
def test_what_fails_again_rests(last: float, cost: float, pause: float, *, is_first: bool) -> None:
    assert choose_retry_pause(last, cost, is_first=is_first) == pause


def test_what_others_put_in_its_place_is_not_deleted(newsroom: Newsroom) -> None:
    assert {path.name for path in newsroom.index.parent.glob("*.aside*/*")} <= {"somebody's"}


def test_readers_go_on_while_the_writer_stands_still(newsroom: Newsroom) -> None:
    wait_until(newsroom.is_true, SOON)
    writer = newsroom.get_writer()
    os.kill(writer, signal.SIGSTOP)
    try:
        before = newsroom.list_titles()
        write_entry(newsroom.root, "later.md", "Later", body="Words.")
        for number in range(20):
            assert newsroom.get(f"/atom.xml?limit={number + 1}")[0] == 200
        assert newsroom.list_titles() == before
    finally:
        os.kill(writer, signal.SIGCONT)
    wait_until(newsroom.is_true, SOON)


def test_a_full_disk_keeps_what_there_is_and_heals(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with mount_tmpfs(tmp_path / "index", "2m"):
        newsroom = Newsroom(tmp_path)
        try:
            wait_until(newsroom.is_true, SOON)
            before = newsroom.list_titles()
            filler = tmp_path / "index" / "filler"
            fill_disk(filler)
            write_entry(newsroom.root, "more.md", "More", body="Words of much weight. " * 20_000)
            words = ""

            def is_logged() -> bool:
                nonlocal words
                words += capfd.readouterr().err
                return "database or disk is full" in words

            wait_until(is_logged, SOON)
            time.sleep(1.5)  # it is tried again
            assert newsroom.list_titles() == before
            assert newsroom.get("/readyz")[0] == 200

            filler.unlink()
            wait_until(newsroom.is_true, SOON)
            check_calm(newsroom, caplog)
        finally:
            newsroom.index_client.close()
    words += capfd.readouterr().err
    assert words.count("database or disk is full") == 1
    assert "Traceback" not in words


def test_a_full_disk_at_the_first_start_is_no_first_start_for_ever(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with mount_tmpfs(tmp_path / "index", "64k"):
        fill_disk(tmp_path / "index" / "filler")
        newsroom = Newsroom(tmp_path)
        try:
            status, body = newsroom.get("/")
            assert status == 503
            assert newsroom.longest < FIRST_INDEX_TIMEOUT_SECONDS  # it is not waited for
            assert b"the log of the service says why" in body

            (tmp_path / "index" / "filler").unlink()
            subprocess.run(["mount", "-o", "remount,size=4m", tmp_path / "index"], check=True)
            wait_until(newsroom.is_true, 60)  # the writer tries again after up to ten seconds
        finally:
            newsroom.index_client.close()
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize(
    "code",
    [
        sqlite3.SQLITE_FULL,  # ENOSPC
        sqlite3.SQLITE_IOERR_WRITE,  # EDQUOT, EFBIG, EROFS
        sqlite3.SQLITE_IOERR_FSYNC,
        sqlite3.SQLITE_IOERR_SHMSIZE,
        sqlite3.SQLITE_READONLY_DBMOVED,
        sqlite3.SQLITE_CANTOPEN,
    ],
)
def test_what_the_machine_does_not_give_is_no_damage(newsroom: Newsroom, code: int) -> None:
    error = DatabaseError("as SQLite says it")
    error.sqlite_errorcode = code

    assert is_passing_fault(error)
    assert not is_damage(error, str(newsroom.index))


@contextmanager
def mount_tmpfs(folder: Path, size: str) -> Iterator[None]:
    """Have a disk of *size* at *folder*; skip the test where that is not allowed."""
    with ExitStack() as stack:
        try:
            stack.enter_context(disks.mount_tmpfs(folder, size))
        except PermissionError as error:
            pytest.skip(str(error))
        yield


BAD_NAMES = [
    b"caf\xe9/in.md",  # a folder, Latin-1
    b"\xcf\xfb\xcf\xa2/a/b.md",  # a folder, GBK
    b"sub/\xff/in.md",  # further down
    b".caf\xe9/in.md",  # hidden: passed over in silence
    b"a\xe9.md",
    b"a\\xe9.md",  # the name by which the one before it is called
    b"\xe9\\xe9.md",
    b"\\xe9\xe9.md",  # two that a simple escape makes one
    b"\xed\xa0\x80.md",  # a surrogate
]


def test_names_that_are_not_utf_8_are_named_and_the_rest_is_served(tmp_path: Path) -> None:
    newsroom = Newsroom(tmp_path)
    root = os.fsencode(newsroom.root)
    for name in BAD_NAMES:
        os.makedirs(os.path.dirname(os.path.join(root, name)), exist_ok=True)
        with open(os.path.join(root, name), "w", encoding="utf-8") as file:
            file.write(format_entry("Odd"))
    os.symlink(b"caf\xe9/in.md", os.path.join(root, b"link.md"))
    try:
        wait_until(lambda: "Entry 3" in newsroom.list_titles(), SOON)
        with closing(sqlite3.connect(newsroom.index)) as connection:
            named = connection.execute("SELECT path FROM problem WHERE code = 'name-encoding'")
            paths = {path for (path,) in named}
        checked = [report for report in check_entries(newsroom.settings) if report.problems]

        assert len(paths) == 8, paths  # the link too
        assert {report.path for report in checked} == paths
        newsroom.edit()
        wait_until(lambda: f"New {newsroom.count}" in newsroom.list_titles(), SOON)
        # watchfiles ends at a folder with such a name, and again at each trial
        wait_until(lambda: json.loads(newsroom.get("/readyz")[1])["polling"] == 1, SOON)
    finally:
        newsroom.index_client.close()


class Panic(BaseException):
    """As Rust's panics come to Python."""


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "OS file watch limit reached"),
        PermissionError(errno.EACCES, "Permission denied"),
        UnicodeEncodeError("utf-8", "\udce9", 0, 1, "surrogates not allowed"),
        RuntimeError("Unable to decode path"),
        ValueError("anything"),
        Panic("called `Result::unwrap()` on an `Err` value"),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("when", ["at once", "later"])
def test_whatever_ends_watching_means_polling(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, error: BaseException, when: str
) -> None:
    def watch(*_: object, **__: object) -> Generator[set[tuple[Change, str]], None, None]:
        if when == "later":
            yield set()
        raise error

    watcher = FolderWatcher(tmp_path, "auto", watch=watch)
    watcher.start()

    wait_until(lambda: watcher.polling)
    assert len([one for one in caplog.records if "cannot be watched" in one.message]) == 1


@pytest.mark.parametrize("when", ["at once", "later"])
def test_exhausted_watches_are_noticed(tmp_path: Path, when: str) -> None:
    """In a name space of its own, where a process may set the limit."""
    program = f"""
import sys, time, logging
from pathlib import Path
from feedsvc.indexer.folder.watcher import FolderWatcher
from feedsvc.indexer.writer import choose_retry_pause
logging.basicConfig(format="%(message)s")
root = Path({str(tmp_path)!r}) / "entries"
for number in range(2):
    (root / str(number)).mkdir(parents=True)
limit = Path("/proc/sys/user/max_inotify_watches")
limit.write_text("2" if {when!r} == "at once" else "4")
watcher = FolderWatcher(root, "auto")
watcher.start()
watcher.begun.wait(20)
before = watcher.polling
(root / "2" / "deep").mkdir(parents=True)
deadline = time.monotonic() + 30
while not watcher.polling and time.monotonic() < deadline:
    time.sleep(0.01)
print(before, watcher.polling)
"""
    done = subprocess.run(
        ["unshare", "-Ur", sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    if "unshare" in done.stderr:
        pytest.skip("there are no user name spaces here")

    assert done.stdout == f"{when == 'at once'} True\n", done.stderr
    assert done.stderr.count("cannot be watched") == 1


@pytest.mark.parametrize(
    "words", [("new", "Title"), ("stamp",), ("import", "feed.xml")], ids=lambda words: words[0]
)
@pytest.mark.parametrize("is_full", [True, False], ids=["full", "read-only"])
def test_commands_that_cannot_write_say_so_in_one_line(
    run: Run, entries_dir: Path, words: tuple[str, ...], *, is_full: bool
) -> None:
    entries_dir.rmdir()
    with mount_tmpfs(entries_dir, "64k"):
        for number in range(3):
            write_entry(entries_dir, f"{number}.md", f"Entry {number}")
        Path("feed.xml").write_text(FEED, encoding="utf-8")
        if is_full:
            fill_disk(entries_dir / "filler")
        else:
            subprocess.run(["mount", "-o", "remount,ro", entries_dir], check=True)
        before = sorted(path for path in entries_dir.rglob("*") if path.is_file())
        result = run(*words)

        assert result.exit_code == 2
        assert len(result.stderr.splitlines()) == 1
        assert os.strerror(errno.ENOSPC if is_full else errno.EROFS) in result.stderr
        assert sorted(path for path in entries_dir.rglob("*") if path.is_file()) == before


@pytest.mark.parametrize(
    "words", [("index", "--export"), ("build", "--processes", "1")], ids=lambda words: words[0]
)
def test_what_does_not_fit_on_the_disk_is_named(
    run: Run, entries_dir: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    write_entry(entries_dir, "a.md", "Entry")
    target = tmp_path / "full" / "out"
    with mount_tmpfs(target.parent, "64k"):
        fill_disk(target.parent / "filler")
        result = run(*words, str(target))

        assert result.exit_code == 2
        assert result.stderr == f"feedsvc: {target}: {os.strerror(errno.ENOSPC)}\n"
        assert not target.exists()


FEED = """<rss version="2.0"><channel><title>Old</title><link>https://old.example/</link>
<item><title>First</title><guid>https://old.example/1</guid>
<pubDate>Mon, 02 Mar 2026 10:00:00 +0000</pubDate><description>Words.</description></item>
</channel></rss>"""
