"""`feedsvc serve`: Granian's workers, a writer beside them, and one word on what is served."""

from __future__ import annotations

import json
import logging
import os
import signal
import threading
import time
from contextlib import closing

import click
from flask import Flask

from feedsvc.index.database import open_reader
from feedsvc.index.keep import fork_gate
from feedsvc.index.live import IndexNotReadyError, LiveIndex
from feedsvc.index.store import group_problems
from feedsvc.settings import Settings, load_tables

HANDED = "FEEDSVC_HANDED_SETTINGS"  # how the settings of the command line reach the workers
THREADS = 4  # of each worker; more cost memory at many connections and bring nothing
SHOWN = 10  # problems in the terminal


def run_server(settings: Settings, host: str, port: int, workers: int, *, access_log: bool = False) -> None:
    """Serves until interrupted; workers that fail are started again."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    os.environ[HANDED] = json.dumps([os.getpid(), settings.to_tables()])
    index = LiveIndex(settings)
    index.refresh()  # starts the writer, which looks through the folder while the rest is loaded
    threading.Thread(target=_accompany, args=(index, settings, host, port), daemon=True).start()
    from granian import Granian
    from granian.constants import Interfaces

    server = Granian(
        "feedsvc.serve:make_worker",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
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
    """The application of one worker, with the settings that the command was given."""
    from feedsvc.web import create_app

    # A terminal's Ctrl-C reaches workers too; one that gets it together with its server's SIGTERM never ends.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    server, tables = json.loads(os.environ[HANDED])
    threading.Thread(target=_end_with, args=(server,), daemon=True).start()
    return create_app(load_tables(tables))


def _end_with(server: int) -> None:
    """Ends a worker whose server was killed: it would hold the port for ever."""
    while os.getppid() == server:
        time.sleep(1.0)
    os._exit(1)


def _accompany(index: LiveIndex, settings: Settings, host: str, port: int) -> None:
    """Says what is served once that is known, and sees that a writer is alive, also while nobody asks."""
    told = False
    while True:
        with fork_gate:  # the server forks its workers from this process
            if index.is_ready() and not told:
                told = True
                _tell(index, settings, host, port)
        time.sleep(0.05 if not told else 1.0)


def _tell(index: LiveIndex, settings: Settings, host: str, port: int) -> None:
    try:
        with index.open_query(int(time.time())) as query:
            counts = query.count_states()
    except IndexNotReadyError:
        return
    with closing(open_reader(index.path)) as reader:
        problems = group_problems(reader)
    shown = ", ".join(f"{n} {state}" for state, n in counts.items() if n)
    click.echo(f"Serving {settings.entries}: {shown or 'no entry yet'}.", err=True)
    for path, found in list(problems.items())[:SHOWN]:
        _, _, line, message = found[0]
        where = f"{path}:{line}" if line else path
        click.echo(f"  {where}: {message}", err=True)
    if len(problems) > SHOWN:
        click.echo(f"  and {len(problems) - SHOWN} more files; `feedsvc check` names them all.", err=True)
    base = f"http://{'[' + host + ']' if ':' in host else host}:{port}/"
    click.echo(f"Pages: {base}  Feeds: {base}rss.xml {base}atom.xml {base}feed.json  (Ctrl-C ends)", err=True)
