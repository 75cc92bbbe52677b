"""The process of the writer; `start_writer` hands it the lock, its parent and the settings."""

from __future__ import annotations

import gc
import json
import logging
import os
import signal
import sys

from feedsvc.index.lock import LOG_FORMAT, exit_with_parent
from feedsvc.index.schema import prepare_index_path
from feedsvc.index.writer import Writer
from feedsvc.settings import build_settings


def main() -> None:
    """Run the writer until its parent ends."""
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT)
    logging.getLogger("watchfiles").setLevel(logging.WARNING)  # it logs every batch
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this one
    parent, lock, tables = json.loads(sys.argv[1])
    exit_with_parent(parent)
    os.set_inheritable(lock, False)  # the lock is this process's own
    settings = build_settings(tables)
    # what is loaded stays, and rows are no cycles: searching them costs a tenth of the time
    gc.freeze()
    gc.set_threshold(100_000, 20)
    Writer(settings, str(prepare_index_path(settings))).run(lock)


if __name__ == "__main__":
    main()
