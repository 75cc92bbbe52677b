"""`feedsvc serve` with real workers over a folder, on a port of the system's choice."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct

from tests.support.processes import (
    is_alive,
    list_processes,
    list_readers,
    list_workers,
    list_writers,
)
from tests.support.servers import ROOT, pick_free_port

AUTHORITY = "news.example.com,2026"
START_SECONDS, END_SECONDS = 60.0, 20.0  # a server may take until it is ready, or has ended
REQUEST_SECONDS = 20.0
CONFIG = """\
[site]
title = "Torture"
url = "https://news.example.com/"
id_authority = "{authority}"
index = "{index}"
{site}
[feeds]
max_age = 300
"""


class Answer(Struct, frozen=True, kw_only=True):
    """What a server answered, and when, by `time.monotonic`."""

    path: str
    status: int
    body: bytes
    headers: dict[str, str]  # names in lower case
    sent: float
    received: float


class Connection:
    """A connection that is kept: its requests go to one worker as long as that lives."""

    def __init__(self, port: int) -> None:
        self.http = http.client.HTTPConnection("127.0.0.1", port, timeout=REQUEST_SECONDS)

    def get(self, path: str, **headers: str) -> Answer:
        """Ask for *path*; raises OSError where no whole answer comes."""
        sent = time.monotonic()
        try:
            self.http.request("GET", path, headers=headers)
            response = self.http.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.http.close()
            raise OSError(f"no answer: {error!r}") from error
        return Answer(
            path=path,
            status=response.status,
            body=body,
            headers={name.lower(): value for name, value in response.getheaders()},
            sent=sent,
            received=time.monotonic(),
        )

    def close(self) -> None:
        self.http.close()


class Site:
    """A server over the folder *entries*; settings, index and log lie in *folder*.

    *site* is further lines for the settings' section of that name, *environ* further variables,
    *index* another folder for the index, and *prefix* a command that starts it.
    """

    def __init__(
        self,
        folder: Path,
        entries: Path,
        *,
        name: str = "server",
        workers: int = 2,
        site: str = "",
        environ: dict[str, str] | None = None,
        index: Path | None = None,
        prefix: Sequence[str] = (),
    ) -> None:
        self.entries = entries
        self.index = index or folder / "index"
        self.log = folder / f"{name}.log"
        self.port = pick_free_port()
        config = folder / "feedsvc.toml"
        config.write_text(
            CONFIG.format(authority=AUTHORITY, index=self.index, site=site), encoding="utf-8"
        )
        self.command = [
            *prefix,
            *(sys.executable, "-m", "feedsvc", "serve", str(entries), "--config", str(config)),
            *("--port", str(self.port), "--workers", str(workers)),
        ]
        self.environ = {**os.environ, "PYTHONPATH": str(ROOT), **(environ or {})}
        self.workers = workers
        self.process: subprocess.Popen[bytes] | None = None
        self.family: set[int] = set()  # all processes that were seen below it

    def __enter__(self) -> Site:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # -- its life ----------------------------------------------------------------------

    def start(self) -> float:
        """Start it; return the seconds until it was ready."""
        started = time.monotonic()
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command, cwd=ROOT, stdout=output, stderr=output, env=self.environ
            )
        wait_until(self.is_ready, START_SECONDS, self.read_log_end)
        return time.monotonic() - started

    def is_ready(self) -> bool:
        """Whether it answers that it is ready; raises RuntimeError where it has ended."""
        if self.has_ended():
            raise RuntimeError(f"the server has ended: {self.read_log_end()}")
        try:
            return self.get("/readyz").status == 200
        except OSError:
            return False

    def has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def kill(self) -> set[int]:
        """Kill the main process; return those below it that live longer than they may."""
        assert self.process is not None
        self.list_family()
        self.process.kill()
        self.process.wait()
        return self.wait_for_family()

    def stop(self) -> set[int]:
        """End it as Ctrl-C does; return the processes that it left behind, which are killed."""
        if self.process is None:
            return set()
        self.list_family()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(timeout=END_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        left = self.wait_for_family()
        self.process = None
        return left

    def wait_for_family(self, seconds: float = 10.0) -> set[int]:
        """Wait until all processes below are gone; kill those that are left, and return them."""
        deadline = time.monotonic() + seconds
        while (left := {pid for pid in self.family if is_alive(pid)}) and (
            time.monotonic() < deadline
        ):
            time.sleep(0.02)
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        self.family = set()
        return left

    # -- its processes -----------------------------------------------------------------

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def list_family(self) -> list[int]:
        """Return the main process and all below it."""
        self.family |= set(list_processes(self.pid))
        return [self.pid, *self.family]

    def list_workers(self) -> list[int]:
        return list_workers(self.pid)

    def list_writers(self) -> list[int]:
        return list_writers(self.pid)

    def list_readers(self) -> list[int]:
        """Return the processes that read files for the writer."""
        return list_readers(self.pid)

    # -- its answers -------------------------------------------------------------------

    def get(self, path: str, **headers: str) -> Answer:
        """Ask for *path* by a connection of its own; raises OSError where no answer comes."""
        connection = Connection(self.port)
        try:
            return connection.get(path, **headers)
        finally:
            connection.close()

    def get_index_file(self) -> Path:
        """Return the file of its index, the only one there."""
        (file,) = self.index.glob("*.sqlite")
        return file

    def read_log_end(self, lines: int = 15) -> str:
        text = self.log.read_text(encoding="utf-8", errors="replace")
        return "\n".join(text.splitlines()[-lines:])


def wait_until(
    condition: Callable[[], bool], seconds: float, describe: Callable[[], str] = lambda: ""
) -> float:
    """Return the seconds until *condition* holds; raises TimeoutError with *describe*'s words."""
    started = time.monotonic()
    while not condition():
        if time.monotonic() - started > seconds:
            raise TimeoutError(f"it did not happen in {seconds} s: {describe()}")
        time.sleep(0.01)
    return time.monotonic() - started
