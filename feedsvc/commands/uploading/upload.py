"""Upload the changes of a built site in an order that leaves no reader with a dead link.

First new objects, files before documents: nothing links there yet. Then changed ones, files
before documents; finally the vanished are deleted. Before any object is touched, and again at
every checkpoint, the manifest in the store says which objects are in doubt: the next upload, on
any machine, finishes an interrupted one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path

import msgspec
from msgspec import Struct

from feedsvc.commands.building.build import OutFolder, ReportProgress
from feedsvc.commands.building.manifest import read_manifest
from feedsvc.commands.uploading.manifest import (
    FORM,
    MANIFEST_KEY,
    MAYBE_THERE,
    UNCERTAIN,
    ObjectManifest,
    make_key_digest,
)
from feedsvc.commands.uploading.objects import SiteObject, list_objects
from feedsvc.commands.uploading.store import ObjectStore
from feedsvc.errors import FileError, StoreError
from feedsvc.settings import Settings
from feedsvc.site.documents import ENCODERS

CONCURRENCY = 16  # requests at a time
CHECKPOINT_OBJECTS = 5_000  # the most that are uploaded again after an interruption


class UploadReport(Struct, frozen=True, kw_only=True):
    """What an upload did, or a dry run would do."""

    written: tuple[str, ...]  # keys, in their order
    deleted: tuple[str, ...]
    unchanged: int
    problems: tuple[str, ...]


def upload_site(
    settings: Settings,
    out: Path,
    store: ObjectStore,
    *,
    compresses: bool = False,
    is_dry_run: bool = False,
    report_progress: ReportProgress = lambda _done, _total: None,
) -> UploadReport:
    """Make *store* equal to the last build in *out*, and return what was done.

    Raises `StoreError` if the store fails: then no link is dead, and the next upload finishes
    this one.
    """
    built = read_manifest(OutFolder(out.absolute()).manifest)
    if built is None:
        raise FileError(str(out), "no build has made it", "build first")
    objects, problems = list_objects(settings, built.files, compresses=compresses)
    run = _Upload(out, store, objects)
    changed, vanished = run.list_changed(), run.list_vanished()
    if not is_dry_run and not run.is_current:
        run.apply(changed, vanished, report_progress)
    return UploadReport(
        written=tuple(one.key for one in changed),
        deleted=tuple(vanished),
        unchanged=len(objects) - len(changed),
        problems=tuple(problems),
    )


class _Upload:
    """One running upload; *known* is the last known state of the store."""

    def __init__(self, out: Path, store: ObjectStore, objects: Sequence[SiteObject]) -> None:
        self.out = out
        self.store = store
        self.objects = {make_key_digest(one.key): one for one in objects}
        body, self.version = store.read(MANIFEST_KEY)
        if not body:
            if next(store.list_keys(), None) is not None:
                message = "it has objects that no upload has recorded as its own"
                raise StoreError(store.url, message, "empty it, or name another prefix")
            self.known: dict[bytes, bytes] = {}
            return
        try:
            manifest = msgspec.msgpack.decode(body, type=ObjectManifest)
        except msgspec.DecodeError:
            message = f"{MANIFEST_KEY} in it was not written by an upload"
            raise StoreError(store.url, message, "name another prefix") from None
        self.known = manifest.objects
        if manifest.form != FORM:
            self.known = {
                digest: MAYBE_THERE if mark == MAYBE_THERE else UNCERTAIN
                for digest, mark in manifest.objects.items()
            }

    @property
    def is_current(self) -> bool:
        """Whether the store has exactly the objects of the build, of those that we uploaded."""
        return self.known == {digest: one.fingerprint for digest, one in self.objects.items()}

    def list_changed(self) -> list[SiteObject]:
        """Return the objects to write, in order."""
        changed = [
            (digest, one)
            for digest, one in self.objects.items()
            if self.known.get(digest) != one.fingerprint
        ]
        changed.sort(key=lambda item: (not self._is_new(item[0]), not item[1].is_file))
        return [one for _, one in changed]

    def _is_new(self, digest: bytes) -> bool:
        return self.known.get(digest, MAYBE_THERE) == MAYBE_THERE

    def list_vanished(self) -> list[str]:
        """Return the keys to delete: only those that an upload wrote."""
        vanished = self.known.keys() - self.objects.keys()
        if not vanished:
            return []
        return sorted(key for key in self.store.list_keys() if make_key_digest(key) in vanished)

    def apply(
        self,
        changed: Sequence[SiteObject],
        vanished: Sequence[str],
        report_progress: ReportProgress,
    ) -> None:
        """Upload and delete."""
        groups = list(self._group(changed))  # first, since it reads the state that the marks change
        for one in changed:
            digest = make_key_digest(one.key)
            self.known[digest] = MAYBE_THERE if self._is_new(digest) else UNCERTAIN
        self._save()
        total, done = len(changed) + len(vanished), 0
        with ThreadPoolExecutor(CONCURRENCY) as pool:
            for group in groups:
                try:
                    for one in pool.map(self._write, group):
                        self.known[make_key_digest(one.key)] = one.fingerprint
                        done += 1
                        report_progress(done, total)
                except BaseException:
                    pool.shutdown(cancel_futures=True)
                    raise
                if group is not groups[-1]:
                    self._save()
        self.store.delete(vanished)
        self.known = {digest: self.known[digest] for digest in self.objects}
        self._save()
        report_progress(total, total)

    def _group(self, changed: Sequence[SiteObject]) -> Iterator[Sequence[SiteObject]]:
        """Yield groups of objects that may be written concurrently."""
        for _, group in groupby(
            changed, key=lambda one: (self._is_new(make_key_digest(one.key)), one.is_file)
        ):
            ones = list(group)
            for at in range(0, len(ones), CHECKPOINT_OBJECTS):
                yield ones[at : at + CHECKPOINT_OBJECTS]

    def _write(self, one: SiteObject) -> SiteObject:
        body: bytes | Path = one.body or self.out / one.file
        coding = one.attributes.get("Content-Encoding")
        if coding:
            body = ENCODERS[coding](body if isinstance(body, bytes) else body.read_bytes())
        self.store.write(one.key, body, one.attributes)
        return one

    def _save(self) -> None:
        body = msgspec.msgpack.encode(ObjectManifest(objects=self.known))
        self.version = self.store.replace(MANIFEST_KEY, body, self.version)
