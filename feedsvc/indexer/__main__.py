"""The writer's process; `start_writer` passes it parent, lock, index and settings."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys

from feedsvc.index.lock import exit_with_parent
from feedsvc.indexer.pool import defer_collection
from feedsvc.indexer.writer import keep_index_current
from feedsvc.log_lines import configure_logging
from feedsvc.settings import build_settings


def main() -> None:
    """Run the writer until its parent ends."""
    logging.getLogger("watchfiles").setLevel(logging.WARNING)  # at INFO it logs every batch
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this one
    parent, lock, index = json.loads(sys.argv[1])
    exit_with_parent(parent)
    os.set_inheritable(lock, False)  # the lock is this process's own
    settings = build_settings(json.load(sys.stdin))
    configure_logging(settings.log.level, settings.log.format)
    defer_collection()
    keep_index_current(settings, index, lock)


if __name__ == "__main__":
    main()
