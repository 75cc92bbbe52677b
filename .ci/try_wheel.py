"""Try the installed feedsvc in the current folder, which has `entries/`; argument: the checkout.

Every file of the package is there, every command of the first five minutes works, and both ways to
serve answer with a feed. Run by the interpreter of the venv that has the wheel.
"""

from __future__ import annotations

import platform
import socket
import subprocess
import sys
import time
import urllib.request
from importlib.metadata import metadata, version
from pathlib import Path

import feedsvc

BIN = Path(sys.executable).parent
INSTALLED = Path(feedsvc.__file__).parent
SECONDS_TO_START = 30


def run(*words: str, status: int = 0) -> str:
    """Return what `feedsvc` with *words* prints; it has to end with *status*."""
    done = subprocess.run([BIN / "feedsvc", *words], capture_output=True, encoding="utf-8")
    assert done.returncode == status, f"{words}: {done.returncode}, {done.stdout}{done.stderr}"
    return done.stdout


def check_files(checkout: Path) -> None:
    """Compare the installed package with that of *checkout*, data files and all."""
    there, here = (
        {
            file.relative_to(folder).as_posix(): file.read_bytes()
            for file in folder.rglob("*")
            if file.is_file() and "__pycache__" not in file.parts
        }
        for folder in (checkout / "feedsvc", INSTALLED)
    )
    assert INSTALLED.is_relative_to(sys.prefix), f"{INSTALLED} is not in the venv"
    different = [name for name in sorted({*here, *there}) if here.get(name) != there.get(name)]
    assert not different, f"not the same in the wheel: {different}"
    for name in (
        "py.typed",
        "dates/month_names.json",
        "dialects/field_names.json",
        "pages/static/style.css",
        "pages/templates/base.html",
        "partners/msn.toml",
        "site/maps/components.json",
        "translations/de.po",
    ):
        assert name in here, f"{name} is not in the wheel"
    assert metadata("feedsvc")["License-Expression"] == "MIT"


def check_commands() -> None:
    """Run what needs no server, on the samples, one of which lacks nothing."""
    assert run("--version") == f"feedsvc, version {feedsvc.__version__}\n"
    assert version("feedsvc") == feedsvc.__version__
    assert " public" in run("check", "entries")
    assert "<feed " in run("render", "/atom.xml")
    assert "Abonnieren" in run_in_german("render", "/")
    run("build", "out")
    built = {name: Path("out", name).read_bytes() for name in ("index.html", "atom.xml")}
    assert b"<feed " in built["atom.xml"]
    assert b"<h1" in built["index.html"]


def run_in_german(*words: str) -> str:
    """Return what `feedsvc` prints for a site in German: its catalogues are in the wheel."""
    settings = Path("german.toml")
    settings.write_text('[site]\nlanguage = "de"\n', encoding="utf-8")
    return run(*words, "--config", str(settings))


def check_server(*command: str) -> None:
    """Ask the server that *command* starts, "PORT" in it replaced, for a feed."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    program, *arguments = (word.replace("PORT", port) for word in command)
    with Path("log").open("wb") as log:
        server = subprocess.Popen([BIN / program, *arguments], stdout=log, stderr=log)
        try:
            assert b"<feed " in fetch(f"http://127.0.0.1:{port}/atom.xml", server)
            assert b"{" in fetch(f"http://127.0.0.1:{port}/static/style.css", server)
        finally:
            server.terminate()
            server.wait(20)


def fetch(url: str, server: subprocess.Popen[bytes]) -> bytes:
    """Return the body at *url* once *server* is up and has its index."""
    end = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            with urllib.request.urlopen(url) as response:
                return bytes(response.read())
        except OSError:  # not up yet, or it builds its index (503)
            log = Path("log").read_text(encoding="utf-8")
            assert server.poll() is None, log
            assert time.monotonic() < end, log
            time.sleep(0.1)


if __name__ == "__main__":
    check_files(Path(sys.argv[1]))
    check_commands()
    check_server("feedsvc", "serve", "--port", "PORT")
    check_server("gunicorn", "feedsvc.wsgi:app", "--bind", "127.0.0.1:PORT")
    print(f"feedsvc {feedsvc.__version__} with Python {platform.python_version()}: it serves")
