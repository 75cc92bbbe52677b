"""What has changed of a built site is uploaded so that no reader meets a link to nothing.

First what is new, files before documents: nothing leads there yet. Then what has changed, files
before documents, and at last what vanished is deleted. Before the first object is touched, the
manifest in the store says which of them are in doubt, and again at every checkpoint: an upload
that was ended anywhere is finished by the next, on any machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path

import msgspec
from msgspec import Struct

from feedsvc.commands.building.build import OutFolder
from feedsvc.commands.building.manifest import read_manifest
from feedsvc.commands.uploading.manifest import (
    FORM,
    MANIFEST_KEY,
    MAYBE_THERE,
    UNCERTAIN,
    ObjectManifest,
    make_key_digest,
    parse_manifest,
    render_manifest,
)
from feedsvc.commands.uploading.objects import SiteObject, list_objects
from feedsvc.commands.uploading.store import ObjectStore
from feedsvc.errors import FileError, StoreError
from feedsvc.settings import Settings
from feedsvc.site.documents import ENCODERS

CONCURRENCY = 16  # requests at a time
CHECKPOINT_OBJECTS = 5_000  # at most so many are uploaded again after an upload that was ended
ReportProgress = Callable[[int, int], None]


class UploadReport(Struct, frozen=True, kw_only=True):
    """What an upload did, or with a dry run would do."""

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
    """Make *store* what the last build in *out* is, and return what was done.

    Raises `StoreError` where the store does not do its part: then everything that it has is still
    reached, and the next upload finishes this one.
    """
    built = read_manifest(OutFolder(out=out.absolute()).manifest)
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
    """One upload under way; *known* is what the store has, as far as is known."""

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
            manifest = parse_manifest(body)
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
        """Whether the store has all that it should, and nothing else of ours."""
        return self.known == {digest: one.fingerprint for digest, one in self.objects.items()}

    def list_changed(self) -> list[SiteObject]:
        """Return what is to be written, in its order."""
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
        """Return the keys of what is to be deleted: of what an upload wrote, and nothing else."""
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
        groups = list(self._group(changed))  # before the marks, which it asks
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
        """Yield what may be written at the same time."""
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
        body = render_manifest(ObjectManifest(objects=self.known))
        self.version = self.store.replace(MANIFEST_KEY, body, self.version)
