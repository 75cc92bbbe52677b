"""Real servers on loopback, each a process of its own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
START = 60.0  # seconds a server may take to answer, or to end
# Below those that the system gives to clients, and to whoever listens at port 0
PORTS = range(20_000, 32_000)
# Where each server of the documentation is given the port "{port}", and what a test adds
SERVER_OPTIONS = {
    "serve": ["--port", "{port}"],
    "gunicorn": ["--bind", "127.0.0.1:{port}"],
    "waitress": ["--listen", "127.0.0.1:{port}"],
    "uwsgi": ["--home", sys.prefix, "--http", "127.0.0.1:{port}"],
}
SERVER_COMMAND = re.compile(
    r"^\$ ((?:feedsvc serve|gunicorn|waitress-serve|uwsgi) .*?)(?: &)?$", re.M
)


def list_server_commands() -> dict[str, list[str]]:
    """Return the commands of docs/howto/deploying by program, each with "{port}" in it."""
    commands = {}
    for name, options in SERVER_OPTIONS.items():
        page = ROOT / "docs" / "howto" / "deploying" / f"{name}.md"
        match = SERVER_COMMAND.search(page.read_text(encoding="utf-8"))
        assert match is not None
        line = match[1]
        for own in (" --http :8000", " --host 0.0.0.0", " --port 8000"):
            line = line.replace(own, "")
        program, *words = line.split()
        if program == "feedsvc":  # options of the command, not of the group
            commands[program] = [sys.executable, "-m", "feedsvc", *words, *options]
        else:
            commands[program] = [str(BIN / program), *options, *words]
    return commands


def pick_free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on, and that is given to nobody else.

    Tests run side by side, and a server may listen long after its port was picked: each port is
    marked as taken, by a UDP socket of its number, for as long as this process lives.
    """
    first = os.getpid() * 97
    for number in range(len(PORTS)):
        port = PORTS[(first + number) % len(PORTS)]
        mark = socket.socket(type=socket.SOCK_DGRAM)
        try:
            mark.bind(("127.0.0.1", port))
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            mark.close()
        else:
            mark.detach()  # it stays open
            return port
    raise AssertionError("every port is taken")


def fetch(url: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    """Return status, body and headers of the answer, whatever the status is."""
    asked = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(asked, timeout=START) as response:
            return response.status, response.read(), dict(response.headers)
    except urllib.error.HTTPError as error:
        with error:  # it is the response, which would stay open
            return error.code, error.read(), dict(error.headers)


@contextmanager
def run_server(
    command: list[str],
    port: int,
    log: Path,
    *,
    folder: Path | str = ROOT,
    ready: str = "/readyz",
    **environ: str,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run *command* until the block ends; its output goes to *log*.

    In another *folder* than the checkout nothing of the checkout can be imported. The server is
    up once the path or URL *ready* is answered with 200.
    """
    surroundings = dict(os.environ)
    if folder != ROOT:
        surroundings.pop("PYTHONPATH", None)
    with log.open("wb") as output:
        server = subprocess.Popen(
            command,
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**surroundings, **environ},
        )
        try:
            wait_for(lambda: server.poll() is not None or answers(port, ready), log)
            assert server.poll() is None, log.read_text()
            yield server
        finally:
            server.send_signal(signal.SIGINT)
            try:
                server.wait(timeout=START)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
                raise


def answers(port: int, path: str = "/readyz") -> bool:
    try:
        return fetch(urljoin(f"http://127.0.0.1:{port}", path))[0] == 200
    except OSError:
        return False


def wait_for(
    condition: Callable[[], bool], log: Path | None = None, seconds: float = START
) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, log.read_text() if log else "it did not happen in time"
        time.sleep(0.01)
