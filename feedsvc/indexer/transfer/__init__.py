"""Transfer an index from one node to another as one file: exported here, imported there.

An import describes the same folder, but is not trusted: its times and devices are dropped, so that
every file is hashed before anything is shown, and rows of missing files are dropped. Only after it
is checked and compared with the folder does it replace the index.
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
from feedsvc.indexer.folder.walk import get_device_id
from feedsvc.indexer.transfer.adoption import adopt
from feedsvc.indexer.transfer.packing import make_header, make_refusal, pack, unpack
from feedsvc.indexer.writer import Writer, refresh_index
from feedsvc.settings import Settings, get_owner

log = logging.getLogger(__name__)


def export_index(settings: Settings, file: Path) -> Path:
    """Write the index of *settings* to *file*; update it first unless a service does that.

    Return the path of the index. Raises IndexFileError and OSError; *file* is then unchanged.
    """
    if owner := get_owner(file, settings):
        message = f"it lies in the folder of {owner}, whose files are published"
        raise IndexFileError(str(file), message, "write it elsewhere")
    if file.exists() and not file.is_file():  # a device or pipe would be replaced
        raise IndexFileError(str(file), "it is not a file", "name another")
    file = Path(os.path.realpath(file))  # a link stays a link
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

    Raises IndexFileError if *file* cannot be used, or a service is running; the index is then
    unchanged.
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
    """Yield the path of a temporary database beside *index*; remove it in the end."""
    handle, path = tempfile.mkstemp(prefix=f"{index.stem}-", suffix=".part", dir=index.parent)
    os.close(handle)
    try:
        yield path
    finally:
        for ending in ("", *SIDE_FILES):
            with suppress(FileNotFoundError):
                os.unlink(path + ending)
