"""An index carried from one node to another, as one file: exported here, imported there.

What is imported is taken for a description of the same folder, not for the truth of another
machine: its times and devices are forgotten, so that every file is hashed before anything is shown,
and what is not in the folder is dropped. It is checked, compared with the folder and only then
given the place of the index.
"""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from feedsvc.errors import IndexFileError
from feedsvc.index.faults import is_damage, is_passing_fault
from feedsvc.index.lock import acquire_writer_lock, mark_current
from feedsvc.index.schema import (
    SIDE_FILES,
    DatabaseError,
    copy_index,
    get_meta,
    open_read_connection,
    prepare_index_path,
    replace_index,
)
from feedsvc.indexer.transfer.adoption import adopt
from feedsvc.indexer.transfer.packing import make_header, make_refusal, pack, unpack
from feedsvc.indexer.walk import get_device_id
from feedsvc.indexer.writer import Writer, refresh_index
from feedsvc.settings import Settings, get_owner

log = logging.getLogger(__name__)


def export_index(settings: Settings, file: Path) -> Path:
    """Write the index of *settings* to *file*, brought up to date first where no service does so.

    Return the path of the index. Raises IndexFileError and OSError; *file* is then as it was.
    """
    if owner := get_owner(file, settings):
        message = f"it lies in the folder of {owner}, whose files are published"
        raise IndexFileError(str(file), message, "write it elsewhere")
    index = prepare_index_path(settings)
    refresh_index(settings)
    with make_temporary(index) as copy:
        try:
            copy_index(str(index), copy)
            with closing(open_read_connection(copy)) as connection:
                is_complete = get_meta(connection, "complete")
        except DatabaseError as error:
            raise IndexFileError(str(index), f"the index cannot be copied: {error}") from error
        if not is_complete:
            raise IndexFileError(str(index), "the index is still being built: try again later")
        pack(copy, make_header(settings, os.path.getsize(copy)), file)
    return index


def import_index(settings: Settings, file: Path) -> Path:
    """Make the index of *settings* from *file*, compare it with the folder, and return its path.

    Raises IndexFileError where *file* is none that can be taken, or a service runs; the index is
    then as it was.
    """
    if not get_device_id(settings.entries):
        message = f"the entries folder {str(settings.entries)!r} is empty or not there"
        raise make_refusal(str(file), message, "bring the entries first: they are compared with it")
    index = prepare_index_path(settings)
    with acquire_writer_lock(str(index)) as lock:
        if lock is None:
            message = "a running service is already using this index"
            raise IndexFileError(str(index), message, "it needs no import, or stop it first")
        with make_temporary(index) as copy:
            with file.open("rb") as raw:
                unpack(raw, copy, settings, str(file))
            try:
                adopt(copy, str(file))
                with closing(Writer(settings, copy)) as writer:
                    count = writer.scanner.scan()
                    writer.fill_search(lambda: True)
                if any(os.path.exists(copy + ending) for ending in SIDE_FILES):
                    message = "what was imported cannot be written to the end of its file"
                    raise IndexFileError(str(index), message)
            except DatabaseError as error:
                if is_damage(error, copy):
                    raise make_refusal(str(file), f"it is damaged ({error})") from error
                if is_passing_fault(error):
                    message = f"the index cannot be written: {error}"
                    raise IndexFileError(str(index), message) from error
                raise
            replace_index(copy, str(index))
        mark_current(lock)
    log.info("%d files read that differ from what was imported", count)
    return index


@contextmanager
def make_temporary(index: Path) -> Iterator[str]:
    """Give the path of a file beside *index* for a database that is removed in the end."""
    handle, path = tempfile.mkstemp(prefix=f"{index.stem}-", suffix=".part", dir=index.parent)
    os.close(handle)
    try:
        yield path
    finally:
        for ending in ("", *SIDE_FILES):
            with suppress(FileNotFoundError):
                os.unlink(path + ending)
