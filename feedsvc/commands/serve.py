"""`feedsvc serve`: one listening socket, workers, a writer, and a few lines of output."""

from __future__ import annotations

import errno
import logging
import os
import re
import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from ipaddress import ip_address
from typing import TYPE_CHECKING

import click

from feedsvc.commands.serving.reloader import SettingsReloader, is_index_complete
from feedsvc.commands.serving.supervisor import METRICS, Supervisor
from feedsvc.errors import IndexNotReadyError, SettingsError
from feedsvc.index import IndexClient, exit_with_parent, fork_lock
from feedsvc.log_lines import configure_logging
from feedsvc.settings import Settings

if TYPE_CHECKING:
    from feedsvc.commands.serving.core_metrics import CoreMetrics

log = logging.getLogger(__name__)
# in which a client reads nothing; nginx has the same
SEND_TIMEOUT_MILLISECONDS = 60_000
# Why a socket cannot listen: the option to change, what is wrong, what would be right
BIND_PROBLEMS = {
    errno.EADDRINUSE: ("--port", "is in use", "stop what listens there, or choose another port"),
    errno.EACCES: ("--port", "is only for root", "choose one above 1023, behind a proxy"),
    errno.EPERM: ("--port", "is not allowed", "choose one above 1023"),
    errno.EADDRNOTAVAIL: (
        "--host",
        "is not an address of this machine",
        "0.0.0.0 means all of its addresses",
    ),
}


def run_server(
    settings: Settings,
    host: str,
    port: int,
    workers: int,
    *,
    load: Callable[[], Settings],
    access_log: bool = False,
    core_metrics: tuple[str, int] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT; restart workers that fail.

    *load* reads the settings again, at SIGHUP; Granian's own metrics are shown at *core_metrics*.
    Raises SettingsError if it cannot listen there or at *host* and *port*, and for a preview that
    other machines could reach.
    """
    configure_logging(settings.log.level, settings.log.format)
    metrics = open_core_metrics(*core_metrics, workers) if core_metrics else None
    listener = open_listener(host, port, is_private=settings.preview)
    reloader = SettingsReloader(settings, load)
    index = reloader.index
    index.refresh()  # starts the writer, which reads the folder while modules are loaded
    base = make_base(host, listener)
    # loaded while the writer starts, and only once: the workers are forked. All by this thread:
    # where two load modules at once, one may find a module that is half loaded.
    import feedsvc.commands.check
    import feedsvc.commands.serving.http_worker
    import feedsvc.web  # noqa: F401

    threading.Thread(target=_announce_when_ready, args=(index, settings, base), daemon=True).start()
    work = partial(
        _work, reloader, listener, os.getpid(), access_log=access_log, core_metrics=metrics
    )
    try:
        report = metrics.count_failure if metrics else lambda: None
        Supervisor(
            work,
            workers,
            listener,
            reloader,
            report_failure=report,
            has_metrics=metrics is not None,
        ).run()
    finally:
        reloader.close()


def open_core_metrics(host: str, port: int, workers: int) -> CoreMetrics:
    """Return what shows the metrics of Granian's core at *host* and *port*."""
    from feedsvc.commands.serving.core_metrics import CoreMetrics

    listener = open_listener(host, port, option="--granian-metrics")
    log.info("Granian's metrics are at %s", make_base(host, listener))
    return CoreMetrics(listener, workers)


def open_listener(
    host: str, port: int, *, is_private: bool = False, option: str = ""
) -> socket.socket:
    """Return a socket that listens at *host* and *port*; raises SettingsError.

    The error names *option*, by default `--host` or `--port`. A socket that *is_private* accepts
    only loopback addresses. An IPv6 address may be in brackets.
    """
    host = re.sub(r"^\[(.*:.*)\]$", r"\1", host)
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        reason = error.strerror if isinstance(error, socket.gaierror) else "not a host name"
        raise SettingsError(option or "--host", f"{host!r} is not known: {reason}") from None
    family, kind, protocol, _, address = min(found, key=lambda one: one[0] != socket.AF_INET)
    if is_private and not ip_address(address[0]).is_loopback:
        message = f"{host!r} can be reached from other machines, but drafts are for this one only"
        raise SettingsError("--host", message, "leave it out, or write 127.0.0.1")
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # accepted connections inherit both
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            listener.setsockopt(
                socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, SEND_TIMEOUT_MILLISECONDS
            )
        listener.bind(address)
        listener.listen()  # from here on no other process can
    except OSError as error:
        listener.close()
        default = ("--host", error.strerror or str(error), "")
        own, message, remedy = BIND_PROBLEMS.get(error.errno or 0, default)
        subject = f"port {port} of {host}" if own == "--port" else repr(host)
        raise SettingsError(option or own, f"{subject} {message}", remedy) from None
    return listener


def _work(
    reloader: SettingsReloader,
    listener: socket.socket,
    server: int,
    number: int,
    *,
    access_log: bool,
    core_metrics: CoreMetrics | None,
) -> None:
    """Run the worker *number*, with the settings at the time of its start; or show metrics."""
    if core_metrics is not None and number == METRICS:
        exit_with_parent(server)
        listener.close()
        core_metrics.run()
    settings = reloader.settings
    from feedsvc.commands.serving.http_worker import run_worker
    from feedsvc.web import create_standalone_app
    from feedsvc.web.preview.app import create_preview_app

    create = create_preview_app if settings.preview else create_standalone_app
    exit_with_parent(server)  # else it would hold the port for ever if the server is killed
    run_worker(
        number,
        listener,
        lambda: create(settings),
        logs_access=access_log,
        core_metrics=core_metrics,
    )


def make_base(host: str, listener: socket.socket) -> str:
    """Return the base URL of *listener*, with *host* as it was given, if it was."""
    name, port = listener.getsockname()[:2]
    name = host.strip("[]") or name
    # RFC 3986, section 3.2.2; RFC 6874, section 2
    name = f"[{name.replace('%', '%25')}]" if ":" in name else name
    return f"http://{name}:{port}/"


def _announce_when_ready(index: IndexClient, settings: Settings, base: str) -> None:
    """Wait for the index, then print what is served."""
    while True:
        with fork_lock:  # the server forks its workers from this process
            # no waiting inside the lock: nothing can fork meanwhile
            if is_index_complete(index):
                return _print_status(index, settings, base)
        time.sleep(0.05)


def _print_status(index: IndexClient, settings: Settings, base: str) -> None:
    from feedsvc.commands.check import count_files_with_problems
    from feedsvc.commands.reports import format_count, format_states

    try:
        with index.open_snapshot(int(time.time())) as query:
            counts = query.count_states()
            count = count_files_with_problems(settings, query)
    except IndexNotReadyError:
        return
    # if the log is for programs, every line must be
    tell = log.info if settings.log.format == "json" else partial(click.echo, err=True)
    tell(f"Serving {settings.entries}: {format_states(counts) or 'no entry yet'}.")
    if count:
        files = format_count(count, "file has", "files have")
        tell(f"{files} problems; `feedsvc check` names them all.")
    feeds = f"Feeds: {base}rss.xml {base}atom.xml {base}feed.json"
    if settings.preview:
        feeds = f"Desk: {base}_desk  Feeds: {base}atom.xml"
    tell(f"Pages: {base}  {feeds}  (Ctrl-C to stop)")
