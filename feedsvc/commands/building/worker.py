"""One process of a build: turns addresses into files beside the folder being built.

Comes in: an address, and what the last build made of it. Goes out: a `BuiltFile`, and its files
below the staging folder where they are other than those of the last build.
"""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote, unquote

from msgspec import Struct
from msgspec.structs import replace
from werkzeug.utils import get_content_type

from feedsvc import pages
from feedsvc.commands.building.addresses import CODING_SUFFIXES, GONE_FOLDER, is_file_address
from feedsvc.commands.building.manifest import BuiltFile, hash_bytes
from feedsvc.index import IndexClient, exit_with_parent
from feedsvc.settings import Settings
from feedsvc.site.documents import ENCODERS, MIN_CODED_BYTES, Document
from feedsvc.site.exceptions import DocumentGone, DocumentMoved, DocumentNotFound
from feedsvc.site.loader import EntryLoader
from feedsvc.site.publisher import Publisher
from feedsvc.urls import Route
from feedsvc.web.errors import render_error_page
from feedsvc.web.routes import get_file_media_type, resolve_asset_file

log = logging.getLogger(__name__)
MAX_LOADED_BYTES = 64 * 1024 * 1024  # of entries that a process has at hand, rendered
# The time of a file that says nothing of one. nginx makes its ETag of a file's time and size, so
# that it must not be the moment of the build, which differs between nodes
UNDATED = 946_684_800  # 2000-01-01


class Job(Struct, frozen=True):
    """An address, the *name* of its file, and what the last build made of it."""

    address: str
    name: str | None  # "": none, since it redirects; None: it cannot have one
    last: BuiltFile


class Outcome(Struct, frozen=True):
    """What became of an address; *problem* is a line for people, "" where all is well."""

    address: str
    built: BuiltFile | None  # None: nothing is there
    is_changed: bool = False
    problem: str = ""


class Builder:
    """Makes the files of one build, all as of the second *now*."""

    def __init__(self, settings: Settings, stage: Path, now: int, *, compresses: bool) -> None:
        index = IndexClient(settings, runs_writer=False)
        self.publisher = Publisher(settings, index, clock=lambda: now)
        self.publisher.loader = EntryLoader(settings, MAX_LOADED_BYTES)
        self.folders: set[str] = set()  # that were made
        self.settings = settings
        self.stage = stage
        self.now = now
        self.compresses = compresses

    def build(self, job: Job) -> Outcome:
        """Return the outcome of *job*; its files are below the staging folder."""
        path = unquote(job.address, errors="surrogateescape").removeprefix("/")
        own = path in (Route.ROBOTS, Route.FAVICON) and self.publisher.root_files.get(path)
        if own:
            return self._write_root_file(job, own.document)
        if is_file_address(job.address):
            return self._copy_file(job)
        try:
            document = self.publisher.render_changed(path, job.last.fingerprint)
        except DocumentMoved as moved:
            built = BuiltFile(target=moved.url)
            return Outcome(job.address, built, is_changed=built != job.last)
        except DocumentGone as gone:
            return self._write_gone_page(job, gone)
        except DocumentNotFound:
            found = self.publisher.root_files.get(path)
            return (
                self._write_root_file(job, found.document) if found else Outcome(job.address, None)
            )
        except Exception:
            # the boundary at documents: a defect of ours keeps this one's last good file
            log.exception("%s could not be rendered", job.address)
            last = replace(job.last, fingerprint=b"")
            return Outcome(job.address, last if last.file else None, problem="it is not rendered")
        if document is None:
            return Outcome(job.address, job.last)
        modified = UNDATED
        if document.modified is not None:
            # nginx says 1970 of what is older, and does not know that again
            modified = max(1, min(document.modified, self.now))
        facts = (document.fingerprint, modified, document.media_type)
        digest = bytes.fromhex(document.etag)
        return self._write(job, job.name, document.body, *facts, digest=digest)

    def _write_root_file(self, job: Job, document: Document) -> Outcome:
        fingerprint = bytes.fromhex(document.etag)
        return self._write(job, job.name, document.body, fingerprint, UNDATED, document.media_type)

    def _write_gone_page(self, job: Job, gone: DocumentGone) -> Outcome:
        body = render_error_page(self.settings, 410, gone.description or "", gone.remedy)
        fingerprint = hash_bytes(body)
        name = f"{GONE_FOLDER}/{job.name}" if job.name else job.name
        return self._write(job, name, body, fingerprint, UNDATED, pages.HTML_MEDIA_TYPE)

    def _copy_file(self, job: Job) -> Outcome:
        path = unquote(job.address).removeprefix("/")
        folder, _, rest = path.partition("/")
        file: str | None
        if folder == Route.FILES:
            file = resolve_asset_file(rest, self.settings)
        else:
            static = pages.resolve_static_file(rest or path, self.settings)
            file = str(static) if static is not None else None
        if file is None:
            return Outcome(job.address, None)
        stat = os.stat(file)
        facts = f"{stat.st_size} {stat.st_mtime_ns} {stat.st_ctime_ns} {stat.st_ino}"
        fingerprint = hash_bytes(facts.encode())
        if fingerprint == job.last.fingerprint:
            return Outcome(job.address, job.last)
        body = Path(file).read_bytes()
        media_type = get_content_type(get_file_media_type(file), "utf-8")  # as the server
        return self._write(
            job, job.name, body, fingerprint, UNDATED, media_type, may_compress=False
        )

    def _write(
        self,
        job: Job,
        name: str | None,
        body: bytes,
        fingerprint: bytes,
        modified: int,
        media_type: str,
        *,
        digest: bytes = b"",
        may_compress: bool = True,
    ) -> Outcome:
        """Write *body* below the staging folder, and its codings beside it.

        One with the *fingerprint* of the last build is not written again; b"" is none. *digest* is
        that of the body where it is known.
        """
        if fingerprint and fingerprint == job.last.fingerprint:
            return Outcome(job.address, job.last)
        if not name:
            problem = "no file can have this name" if name is None else ""
            return Outcome(job.address, None, problem=problem)
        if modified == job.last.modified:
            # other bytes at the same time: by it and the size nginx would take them for the same
            modified += 1
        codings: Sequence[str] = ()
        if self.compresses and may_compress and len(body) >= MIN_CODED_BYTES:
            codings = tuple(ENCODERS)
        target = os.path.join(self.stage, name)
        folder = os.path.dirname(target)
        if folder not in self.folders:
            try:
                os.mkdir(folder)  # most have their parent: one call of the system
            except OSError:
                os.makedirs(folder, exist_ok=True)
            self.folders.add(folder)
        _write_file(target, body, modified)
        for coding in codings:
            _write_file(f"{target}{CODING_SUFFIXES[coding]}", ENCODERS[coding](body), modified)
        built = BuiltFile(
            quote(name, errors="surrogateescape"),
            fingerprint,
            modified,
            tuple(codings),
            digest=digest or hash_bytes(body),
            media_type=media_type,
        )
        return Outcome(job.address, built, is_changed=True)


def _write_file(path: str, body: bytes, modified: int) -> None:
    with open(path, "wb") as file:
        file.write(body)
    os.utime(path, (modified, modified))


# -- in a pool of processes ---------------------------------------------------------

_builders: list[Builder] = []


def start_worker(make_builder: Callable[[], Builder], parent: int) -> None:
    """Make the one builder of this process; *parent* is the process whose build it is."""
    exit_with_parent(parent)  # else it would wait for work forever if the parent is killed
    _builders[:] = [make_builder()]
    # entries stay for a while, and have no cycles: to look for some takes a twentieth of the time.
    # The number bounds what else waits to be collected, which counts in each process.
    gc.freeze()
    gc.set_threshold(20_000, 20)


def build_batch(jobs: Sequence[Job]) -> list[Outcome]:
    """Return the outcome of each of *jobs*."""
    return [_builders[0].build(job) for job in jobs]
