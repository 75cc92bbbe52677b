"""`feedsvc serve`: Granian's workers, a writer beside them, and a few lines on what is served."""

from __future__ import annotations

import json
import logging
import os
import signal
import threading
import time
from typing import TYPE_CHECKING

import click

from feedsvc.errors import IndexNotReadyError
from feedsvc.index import LOG_FORMAT, IndexClient, exit_with_parent, fork_lock
from feedsvc.settings import Settings, build_settings

if TYPE_CHECKING:
    from flask import Flask

SETTINGS_VARIABLE = "FEEDSVC_HANDED_SETTINGS"  # by which those of the command reach the workers
THREADS_PER_WORKER = 4  # more cost memory at many connections and bring nothing


def run_server(
    settings: Settings, host: str, port: int, workers: int, *, access_log: bool = False
) -> None:
    """Serve until interrupted; workers that fail are started again."""
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT)
    os.environ[SETTINGS_VARIABLE] = json.dumps([os.getpid(), settings.to_tables()])
    index = IndexClient(settings)
    index.refresh()  # starts the writer, which reads the folder while the rest is loaded
    threading.Thread(
        target=_announce_when_ready, args=(index, settings, host, port), daemon=True
    ).start()
    # loaded while the writer starts, and once for all workers: they are forked
    from granian import Granian
    from granian.constants import Interfaces

    import feedsvc.web  # noqa: F401

    server = Granian(
        "feedsvc.commands.serve:make_worker",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS_PER_WORKER,
        respawn_failed_workers=True,
        respawn_interval=0.2,
        workers_kill_timeout=3,  # one that is still starting misses the signal
        factory=True,
        websockets=False,
        log_access=access_log,
    )
    try:
        server.serve()
    finally:
        index.close()


def make_worker() -> Flask:
    """Return the application of one worker, with the settings of the command."""
    from feedsvc.web import create_standalone_app

    # A terminal's Ctrl-C reaches workers too; one that gets it together with the SIGTERM of its
    # server never ends.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    server, tables = json.loads(os.environ[SETTINGS_VARIABLE])
    exit_with_parent(server)  # else it would hold the port for ever once its server was killed
    return create_standalone_app(build_settings(tables))


def _announce_when_ready(index: IndexClient, settings: Settings, host: str, port: int) -> None:
    """Print what is served once that is known."""
    while True:
        with fork_lock:  # the server forks its workers from this process
            # not waited for in here: nothing forks meanwhile
            if index.is_ready() and index.is_current():
                return _print_status(index, settings, host, port)
        time.sleep(0.05)


def _print_status(index: IndexClient, settings: Settings, host: str, port: int) -> None:
    try:
        with index.open_snapshot(int(time.time())) as query:
            counts = query.count_states()
            count = query.count_files_with_problems()
    except IndexNotReadyError:
        return
    shown = ", ".join(f"{n} {state}" for state, n in counts.items() if n)
    click.echo(f"Serving {settings.entries}: {shown or 'no entry yet'}.", err=True)
    if count:
        files = "1 file has" if count == 1 else f"{count} files have"
        click.echo(f"{files} problems; `feedsvc check` names them all.", err=True)
    base = f"http://{'[' + host + ']' if ':' in host else host}:{port}/"
    click.echo(
        f"Pages: {base}  Feeds: {base}rss.xml {base}atom.xml {base}feed.json  (Ctrl-C ends)",
        err=True,
    )
