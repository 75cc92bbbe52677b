"""Build the site: make what has changed beside the folder, then move it in at once.

A build that fails, or is ended, before that leaves the folder as it was. Each file is replaced by
renaming; what vanished goes last, so that no page leads to a file that is gone.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import sys
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from urllib.parse import quote, unquote

from msgspec import Struct
from msgspec.structs import replace

from feedsvc import __version__, pages
from feedsvc.commands.building.addresses import (
    CODING_SUFFIXES,
    GONE_FOLDER,
    SiteAddresses,
    list_addresses,
)
from feedsvc.commands.building.manifest import (
    MANIFEST_FORM,
    BuiltFile,
    Manifest,
    hash_bytes,
    read_manifest,
    write_manifest,
)
from feedsvc.commands.building.server_files import render_server_files
from feedsvc.commands.building.state import compare_states, list_affected, write_state
from feedsvc.commands.building.worker import (
    UNDATED,
    Builder,
    Job,
    Outcome,
    build_batch,
    start_worker,
)
from feedsvc.errors import FileError
from feedsvc.index import KEY_HASH_BITS, IndexClient, Queries
from feedsvc.listing import make_period
from feedsvc.settings import Settings, get_owner
from feedsvc.site.recipes import make_fingerprint

BATCH_SIZE = 100  # addresses that a process is given at a time, unless they belong together
BATCHES_PER_PROCESS = 4  # at least, so that all processes end at about the same time
MAX_PASSES = 5  # over a folder that changes during the build
START_METHOD = "fork" if sys.platform == "linux" else "spawn"
ReportProgress = Callable[[int, int], None]  # how many addresses are done, and of how many


class BuildReport(Struct, frozen=True, kw_only=True):
    """The result of a build."""

    addresses: int
    written: int  # files, codings not counted
    removed: int
    problems: tuple[str, ...]  # a line for each address that could not be built
    next_change: int | None  # the second at which an entry becomes public or expires


class OutFolder:
    """The folder *out* that is built, and the files beside it."""

    def __init__(self, out: Path) -> None:
        self.out = out
        beside = str(out.parent / f".{out.name}.feedsvc-")
        self.manifest = Path(beside + "build")  # of the last build
        self.state = Path(beside + "state")  # of the entries, for the last build
        self.new_state = Path(beside + "state-new")  # for the current one, while it runs
        self.stage = Path(beside + "new")  # the folder in which changed files are made
        self.lock = Path(beside + "lock")  # the file that is locked while a build runs


def build_site(
    settings: Settings,
    out: Path,
    *,
    processes: int = 0,
    compresses: bool = True,
    report_progress: ReportProgress = lambda _done, _total: None,
) -> BuildReport:
    """Write into *out* what a server with these *settings* sends now; return the result.

    The index has to be up to date. Raises FileError where *out* is not to be built in, and OSError
    where it cannot be written: then it is as it was.
    """
    settings = replace(settings, site=replace(settings.site, static=True))
    out = Path(os.path.abspath(out))
    folder = OutFolder(out)
    _check_out(folder, settings)
    out.parent.mkdir(parents=True, exist_ok=True)
    with _lock(folder):
        last = _read_last(folder, settings, compresses=compresses)
        shutil.rmtree(folder.stage, ignore_errors=True)
        folder.stage.mkdir()
        try:
            make = _Making(settings, folder, last, processes or os.cpu_count() or 1)
            make.run(report_progress, compresses=compresses)
            return make.apply()
        except OSError as error:
            error.filename = error.filename or str(out)  # a full disk has no name
            raise
        finally:
            shutil.rmtree(folder.stage, ignore_errors=True)
            folder.new_state.unlink(missing_ok=True)


class _Making:
    """One build under way."""

    def __init__(
        self, settings: Settings, folder: OutFolder, last: Manifest, processes: int
    ) -> None:
        self.settings = settings
        self.folder = folder
        self.last = last
        self.processes = processes
        self.files: dict[str, BuiltFile] = {}
        self.changed: dict[str, BuiltFile] = {}
        self.problems: list[str] = []
        self.state = b""
        self.next_change: int | None = None

    def run(self, report_progress: ReportProgress, *, compresses: bool) -> None:
        """Make all that has changed, again if the index changed during the build."""
        index = IndexClient(self.settings, runs_writer=False)
        known = dict(self.last.files)
        looked_at: set[str] = set()  # what the index was when these were made is not known
        for _ in range(MAX_PASSES):
            now = int(time.time())
            with index.open_snapshot(now) as queries:
                generation = queries.get_generation()
                found = list_addresses(queries, self.settings)
                affected = self._list_affected(queries, found)
                self.next_change = queries.select_next_change()
            self.files, self.problems = {}, []
            jobs = []
            for address, name in found.files.items():
                last = known.get(address)
                if last is None or not _is_named(last, name):
                    jobs.append(Job(address, name, BuiltFile()))
                elif address in affected or address in looked_at or not last.is_whole:
                    jobs.append(Job(address, name, last))
                else:
                    self.files[address] = last
            looked_at.update(job.address for job in jobs)
            make_builder = partial(
                Builder, self.settings, self.folder.stage, now, compresses=compresses
            )
            batches = list_batches(jobs, found, self.settings, self.processes)
            outcomes: dict[str, Outcome] = {}
            for outcome in _map_batches(batches, make_builder, self.processes):
                outcomes[outcome.address] = outcome
                report_progress(len(outcomes), len(jobs))
            for job in jobs:  # in their order, in which they are renamed into the folder
                self._note(outcomes[job.address])
            known = {**known, **self.files}
            with index.open_snapshot(now) as queries:
                if queries.get_generation() == generation:
                    break
        else:
            raise FileError(
                str(self.settings.entries),
                "it keeps changing",
                "build again when nothing is writing to it",
            )
        self._add_server_files()

    def _list_affected(self, queries: Queries, found: SiteAddresses) -> Collection[str]:
        """Return the addresses whose documents may not be what the last build made."""
        folder = self.folder
        self.state = write_state(folder.new_state, queries, self.settings, self.last.base)
        difference = compare_states(folder.state, self.last.state, folder.new_state)
        if difference is None:
            return found.files
        return list_affected(found, difference, queries, self.settings)

    def _note(self, outcome: Outcome) -> None:
        if outcome.problem:
            self.problems.append(f"{outcome.address[:200]}: {outcome.problem}")
        if outcome.built is not None:
            self.files[outcome.address] = outcome.built
            if outcome.is_changed and outcome.built.file:
                self.changed[outcome.address] = outcome.built

    def _add_server_files(self) -> None:
        for name, body in render_server_files(self.settings, self.files).items():
            key, fingerprint = f"//{name}", hash_bytes(body)  # no address
            last = self.last.files.get(key, BuiltFile())
            if last.fingerprint == fingerprint:
                self.files[key] = last
                continue
            modified = UNDATED + (last.modified == UNDATED)
            file = self.folder.stage / name
            file.write_bytes(body)
            os.utime(file, (modified, modified))
            self.files[key] = self.changed[key] = BuiltFile(
                name, fingerprint, modified, digest=fingerprint, media_type=pages.HTML_MEDIA_TYPE
            )

    def apply(self) -> BuildReport:
        """Rename the new files into the folder, then remove those that have vanished."""
        changed = {
            address: one for address, one in self.changed.items() if self.files.get(address) == one
        }
        for address, one in self.changed.items():
            if address not in changed:  # it vanished while the others were made
                (self.folder.stage / _unquote_file(one.file)).unlink(missing_ok=True)
        kept = set(_list_paths(self.files.values()))
        vanished = [path for path in _list_paths(self.last.files.values()) if path not in kept]
        manifest, last = Manifest(self.last.base, self.files, self.state), self.last
        if not self.folder.out.exists():
            # first, or a build that is ended between leaves a folder that nobody knows
            write_manifest(self.folder.manifest, replace(manifest, state=b""))
            self.folder.stage.rename(self.folder.out)
        elif changed or vanished:
            # until all is done: what may stand there, and has to be made again after a failure
            doubtful = {address: replace(one, fingerprint=b"") for address, one in changed.items()}
            gone = {f"///{path}": BuiltFile(path) for path in vanished}
            write_manifest(
                self.folder.manifest, Manifest(self.last.base, {**self.files, **doubtful, **gone})
            )
            self._rename(_list_paths(changed.values()), vanished)
            for path in vanished:
                self._remove(path)
        if manifest != last or not self.folder.manifest.stat().st_size:
            self.folder.new_state.replace(self.folder.state)
            write_manifest(self.folder.manifest, manifest)
        return BuildReport(
            addresses=len(self.files),
            written=len(changed),
            removed=len(vanished),
            problems=tuple(self.problems),
            next_change=self.next_change,
        )

    def _rename(self, paths: Iterator[str], vanished: Sequence[str]) -> None:
        for path in map(_unquote_file, paths):
            source, target = self.folder.stage / path, self.folder.out / path
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                source.replace(target)
            except OSError as error:
                if error.errno not in (errno.ENOTDIR, errno.EISDIR, errno.EEXIST):
                    raise
                for other in vanished:  # a folder's name was a file's, or the other way round
                    self._remove(other)
                target.parent.mkdir(parents=True, exist_ok=True)
                source.replace(target)

    def _remove(self, path: str) -> None:
        file = self.folder.out / _unquote_file(path)
        with suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
            file.unlink()
        for folder in file.parents:
            if folder == self.folder.out:
                break
            try:
                folder.rmdir()
            except OSError:  # it holds something else, or is gone
                break


def _is_named(built: BuiltFile, name: str | None) -> bool:
    """Whether *built* is what an address can have whose file has *name*; see `Job`."""
    if not name:
        return bool(built.target) and name == ""
    file = quote(name, errors="surrogateescape")
    return built.file in (file, f"{GONE_FOLDER}/{file}")


def _list_paths(files: Iterable[BuiltFile]) -> Iterator[str]:
    """Yield the paths of *files* and of their codings, percent-encoded."""
    for one in files:
        if one.file:
            yield one.file
            yield from (one.file + CODING_SUFFIXES[coding] for coding in one.codings)


def _unquote_file(path: str) -> str:
    return unquote(path, errors="surrogateescape")


def list_batches(
    jobs: Iterable[Job], found: SiteAddresses, settings: Settings, processes: int
) -> list[list[Job]]:
    """Return *jobs* as batches for one process each, those of one period of archives together.

    Its entries stand in many archives, and the process has them at hand for all of these.
    """
    cut, zone = settings.feeds.archive, settings.site.zone
    periods = {
        address: period
        for archives in found.listings.values()
        for period, addresses in archives.items()
        for address in addresses
    }
    by_period: dict[str, list[Job]] = {}
    for job in jobs:
        key = found.keys.get(job.address)
        period = (
            periods.get(job.address, "")
            if key is None
            else make_period(key >> KEY_HASH_BITS, cut, zone)
        )
        by_period.setdefault(period, []).append(job)
    total = sum(map(len, by_period.values()))
    largest = max(BATCH_SIZE, total // (BATCHES_PER_PROCESS * processes))
    batches: list[list[Job]] = []
    for period in sorted(by_period, reverse=True):  # what is of no period is last, in small parts
        size, members = largest if period else BATCH_SIZE, by_period[period]
        for part in (members[at : at + size] for at in range(0, len(members), size)):
            if batches and len(batches[-1]) + len(part) <= BATCH_SIZE:
                batches[-1] += part
            else:
                batches.append(part)
    return batches


def _map_batches(
    batches: Sequence[Sequence[Job]], make_builder: Callable[[], Builder], processes: int
) -> Iterator[Outcome]:
    """Yield the result of each job of *batches*, in order."""
    if processes == 1 or len(batches) == 1:
        builder = make_builder()
        yield from map(builder.build, chain.from_iterable(batches))
        return
    with ProcessPoolExecutor(
        processes,
        mp_context=get_context(START_METHOD),
        initializer=start_worker,
        initargs=(make_builder, os.getpid()),
    ) as pool:
        try:
            yield from chain.from_iterable(pool.map(build_batch, batches))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


@contextmanager
def _lock(folder: OutFolder) -> Iterator[None]:
    with folder.lock.open("wb") as file:
        # it names unlisted entries, and the folder may be inside one that is served
        folder.manifest.touch(0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = "another build into it is running"
            raise FileError(str(folder.out), message, "wait until it ends") from None
        yield


def _check_out(folder: OutFolder, settings: Settings) -> None:
    """Raise FileError where a build in *folder* would mix with what is there.

    Before the lock, so that a build that is refused leaves nothing beside the folder.
    """
    out = folder.out
    owner = get_owner(out, settings)
    if Path(os.path.realpath(settings.entries)).is_relative_to(os.path.realpath(out)):
        owner = "site.entries"
    if owner:
        message = f"it is, contains or lies in the folder of {owner}, from which the site is made"
        raise FileError(str(out), message, "name a folder elsewhere")
    if out.exists() and not out.is_dir():
        raise FileError(str(out), "it is not a folder", "name another")
    if not _is_empty(out) and not folder.manifest.exists():
        raise _make_unknown_error(out)


def _is_empty(out: Path) -> bool:
    return not out.exists() or not any(out.iterdir())


def _make_unknown_error(out: Path) -> FileError:
    message = "it has files that no build has recorded as its own"
    return FileError(str(out), message, "empty it, or name another folder")


def _read_last(folder: OutFolder, settings: Settings, *, compresses: bool) -> Manifest:
    """Return the manifest of the last build; files to make again have no fingerprint."""
    base = make_fingerprint(
        MANIFEST_FORM, __version__, pages.make_theme_digest(settings), compresses
    )
    last = read_manifest(folder.manifest)
    if _is_empty(folder.out):
        if folder.out.exists():
            folder.out.rmdir()
        return Manifest(base, {})
    if last is None:
        raise _make_unknown_error(folder.out)
    is_same, out = last.base == base, os.fspath(folder.out)
    files = {
        address: one if is_same and _is_whole(out, one) else replace(one, fingerprint=b"")
        for address, one in last.files.items()
    }
    return Manifest(base, files, last.state)


def _is_whole(out: str, one: BuiltFile) -> bool:
    """Whether the files of *one* are there, as far as their times tell."""
    if not one.file:
        return True
    try:
        return os.stat(f"{out}/{_unquote_file(one.file)}").st_mtime == one.modified
    except OSError:
        return False
