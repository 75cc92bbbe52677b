"""A folder of entries that is edited in every way, and what is true of it meanwhile.

The same class writes the files and the truth: each version of an entry is announced before its
first byte is written, and is the only one once its last byte is.
"""

from __future__ import annotations

import hashlib
import os
import random
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from torture.site import AUTHORITY

FIRST_SECOND, ENTRY_SECONDS = 1_767_261_600, 5_400  # 2026-01-01T10:00:00Z, 16 entries a day
NEVER = float("inf")


def digest_text(text: str) -> str:
    """Return a digest of *text* with single spaces."""
    return hashlib.blake2b(" ".join(text.split()).encode(), digest_size=8).hexdigest()


NO_TEXT = digest_text("")


class Version(Struct, frozen=True, kw_only=True):
    """What a feed shows of an entry at one time."""

    title: str
    published: int  # seconds
    digest: str  # of its text, without markup and with single spaces


class Stay(Struct, kw_only=True):
    """A version of an entry, and from when to when it may be seen, by `time.monotonic`."""

    version: Version
    since: float
    until: float = NEVER


class Truth:
    """By id what the folder has, and has had."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.stays: dict[str, list[Stay]] = {}
        # what is there for certain, and since when; nothing while it is being written
        self.present: dict[str, Stay] = {}

    def announce(self, identity: str, version: Version | None) -> None:
        """Say that *version*, or with None a deletion, is about to be written."""
        with self.lock:
            self.present.pop(identity, None)
            if version is not None:
                stay = Stay(version=version, since=time.monotonic())
                self.stays.setdefault(identity, []).append(stay)

    def confirm(self, identity: str, version: Version | None) -> None:
        """Say that *version*, with None nothing, is what the folder has now."""
        with self.lock:
            now = time.monotonic()
            stays = self.stays.setdefault(identity, [])
            for stay in stays:
                stay.until = min(stay.until, now)
            if version is not None:
                stays.append(Stay(version=version, since=now))
                self.present[identity] = stays[-1]

    def measure_delay(
        self, identity: str, version: Version, sent: float, received: float
    ) -> float | None:
        """Return how many seconds *version* had been replaced when an answer with it was asked for.

        0.0 where it was there; None where it never was before the answer. A version may be without
        its text for a moment, where its file has changed and the writer does not know yet.
        """
        with self.lock:
            ends = [
                stay.until
                for stay in self.stays.get(identity, ())
                if stay.since <= received
                and version in (stay.version, replace(stay.version, digest=NO_TEXT))
            ]
        return max(0.0, sent - max(ends)) if ends else None

    def list_certain(self, before: float) -> dict[str, Version]:
        """Return by id what has been there without a change since *before*."""
        with self.lock:
            return {
                identity: stay.version
                for identity, stay in self.present.items()
                if stay.since <= before
            }


class EntryFile(Struct, frozen=True, kw_only=True):
    """One version of an entry as it lies in the folder."""

    number: int
    identity: str
    path: str  # below the folder
    text: str
    version: Version


class Folder:
    """Entries of *root*, edited one at a time; *seed* decides what nobody names."""

    def __init__(self, root: Path, seed: int) -> None:
        self.root = root
        self.draw = random.Random(seed)
        self.truth = Truth()
        self.files: dict[str, EntryFile] = {}  # by id, those that are there
        self.deleted: dict[str, EntryFile] = {}
        self.counts: dict[str, int] = {}  # versions of each entry
        self.edits = 0
        root.mkdir(parents=True, exist_ok=True)

    def fill(self, count: int) -> None:
        """Write the entries 0 to *count* - 1, every second of them with an id of its own."""
        for number in range(count):
            self.add(number)

    def make_file(self, number: int, path: str, *, paragraphs: int = 3) -> EntryFile:
        """Return the next version of entry *number*; even ones take their id from the path."""
        own = f"e{number:05}"
        identity = f"tag:{AUTHORITY}:{own if number % 2 else path.removesuffix('.md')}"
        count = self.counts[identity] = self.counts.get(identity, 0) + 1
        published = FIRST_SECOND + number * ENTRY_SECONDS
        title = f"Entry {number}, version {count}"
        mark = hashlib.blake2b(f"{number} {count}".encode(), digest_size=8).hexdigest()
        texts = [f"Part {part} of {mark} is one of {paragraphs}." for part in range(paragraphs)]
        date = datetime.fromtimestamp(published, UTC)
        fields = [f"title: {title}", f"date: {date:%Y-%m-%dT%H:%M:%SZ}"]
        if number % 2:
            fields.insert(0, f"id: {own}")
        return EntryFile(
            number=number,
            identity=identity,
            path=path,
            text="\n".join(["---", *fields, "---", "", "\n\n".join(texts), ""]),
            version=Version(title=title, published=published, digest=digest_text(" ".join(texts))),
        )

    def add(self, number: int, folder: str = "") -> EntryFile:
        """Write a new entry, below *folder* or one of five."""
        folder = folder or f"part-{number % 5}"
        file = self.make_file(number, f"{folder}/e{number:05}.md")
        self.write(file)
        return file

    def write(self, file: EntryFile, how: str = "rename") -> None:
        """Write *file* "rename" (whole at once), "in place", or "slow" (in place, in pieces)."""
        self.truth.announce(file.identity, file.version)
        path = self.root / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        if how == "rename":
            hidden = path.with_name(f".{path.name}.tmp")
            hidden.write_text(file.text, encoding="utf-8")
            hidden.replace(path)
        elif how == "in place":
            path.write_text(file.text, encoding="utf-8")
        else:
            self._write_slowly(file, path)
        self.files[file.identity] = file
        self.deleted.pop(file.identity, None)
        self.truth.confirm(file.identity, file.version)
        self.edits += 1

    def _write_slowly(self, file: EntryFile, path: Path) -> None:
        """Write in pieces; from the end of the fields on each piece shows as much as there is."""
        head, _, body = file.text.partition("\n---\n")
        paragraphs = body.strip().split("\n\n")
        self._announce_part(file, digest_text(""))
        with path.open("w", encoding="utf-8") as output:
            cut = self.draw.randrange(len(head))
            for piece in (head[:cut], head[cut:] + "\n---\n"):
                output.write(piece)
                output.flush()
                time.sleep(0.02)
            for number, paragraph in enumerate(paragraphs, 1):
                self._announce_part(file, digest_text(" ".join(paragraphs[:number])))
                output.write(f"\n{paragraph}\n")
                output.flush()
                time.sleep(0.02)

    def _announce_part(self, file: EntryFile, digest: str) -> None:
        self.truth.announce(file.identity, replace(file.version, digest=digest))

    def edit(self, identity: str, how: str = "rename") -> EntryFile:
        """Write the next version of an entry where it lies."""
        old = self.files[identity]
        file = self.make_file(old.number, old.path, paragraphs=self.draw.randint(1, 6))
        self.write(file, how)
        return file

    def delete(self, identity: str) -> None:
        file = self.files.pop(identity)
        self.truth.announce(identity, None)
        (self.root / file.path).unlink()
        self.deleted[identity] = file
        self.truth.confirm(identity, None)
        self.edits += 1

    def restore(self, identity: str) -> None:
        """Write a deleted entry again as it was."""
        self.write(self.deleted[identity])

    def swap(self, one: str, other: str) -> None:
        """Let the files of two entries change names; both have ids of their own."""
        files = self.files[one], self.files[other]
        paths = [self.root / file.path for file in files]
        for file in files:
            self.truth.announce(file.identity, file.version)
        hidden = paths[0].with_name(".swapped.tmp")
        paths[0].rename(hidden)
        paths[1].rename(paths[0])
        hidden.rename(paths[1])
        for file, path in zip(files, (files[1].path, files[0].path), strict=True):
            self.files[file.identity] = replace(file, path=path)
            self.truth.confirm(file.identity, file.version)
        self.edits += 1

    def move_folder(self, old: str, new: str) -> None:
        """Rename a folder all of whose entries have ids of their own."""
        files = [file for file in self.files.values() if file.path.startswith(old + "/")]
        for file in files:
            self.truth.announce(file.identity, file.version)
        os.rename(self.root / old, self.root / new)
        for file in files:
            path = new + file.path.removeprefix(old)
            self.files[file.identity] = replace(file, path=path)
            self.truth.confirm(file.identity, file.version)
        self.edits += 1
