"""Pages of the documentation, done as a reader does them: files written, lines run by a shell.

A page's blocks are taken in order, in one folder and one shell, which keeps `cd` and `export`:

- A block with `title="entries/quay.txt"` is a file, and written there.
- A `console` block has lines behind `$ `, those that continue one behind `> `, and what is printed,
  in which `...` stands for anything. Where a page shows nothing, all may be printed. A line must
  end with status 0, unless `$ echo $?` follows it.
- A line that starts a server runs until a line `^C`, or the page's end; what it logs is waited for.
- A line of `curl` or `newsboat` is run again for some seconds: what it asks may not be up yet.
- Other blocks (`sh`, `toml`, `text` without a title) are looked at and not run.

Ports are free ones in place of the page's, so that pages run side by side.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from contextlib import suppress
from itertools import zip_longest
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from tests.support.servers import pick_free_port

SERVERS = re.compile(
    r"(?:[A-Z_]+=\S* )*"
    r"(?:feedsvc serve|gunicorn|waitress-serve|uwsgi|flask .*run|python -m http\.server)\b"
)
ASKING = re.compile(r"(?:curl|newsboat)\b")
INTERRUPT = "^C"
SECONDS = 60.0  # that a line, or what is waited for, may take
_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<kind>\w+)(?P<options>[^\n`]*)\n(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
_TITLE = re.compile(r'title="([^"]+)"')
_PORT = re.compile(r"\b(?:6081|8000|8001|8080)\b")


class Block(Struct, frozen=True, kw_only=True):
    """A fenced block of a page: a file, lines of a shell, or what is only shown."""

    kind: str
    file: str  # "" for what is no file
    text: str
    line: int


class Command(Struct, frozen=True, kw_only=True):
    """A line of a shell and what the page says that it prints; `^C` ends the last server."""

    line: int
    words: str
    output: str = ""


def parse_page(text: str) -> list[Block]:
    """Return the fenced blocks of a page, also those within lists and tabs."""
    return [
        Block(
            kind=match["kind"],
            file=title[1] if (title := _TITLE.search(match["options"])) else "",
            text=re.sub(f"^{match['indent']}", "", match["text"], flags=re.MULTILINE),
            line=text.count("\n", 0, match.start()) + 1,
        )
        for match in _FENCE.finditer(text)
    ]


def parse_commands(block: Block) -> list[Command]:
    """Return the commands of a `console` block with their output."""
    commands: list[Command] = []
    for number, line in enumerate(block.text.splitlines(), block.line + 1):
        last = commands[-1] if commands else None
        if line == INTERRUPT or line.startswith("$ "):
            commands.append(Command(line=number, words=line.removeprefix("$ ")))
            continue
        assert last is not None, f"line {number}: output before a command"
        if line.startswith("> ") and not last.output:
            commands[-1] = replace(last, words=f"{last.words}\n{line[2:]}")
        else:
            commands[-1] = replace(last, output=f"{last.output}{line}\n")
    return commands


class Terminal:
    """A shell in *folder*, and the servers that it has started."""

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        self.folder = folder
        self.servers: list[tuple[int, Path]] = []
        self.ports: dict[str, str] = {}
        self.shell = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=folder,
            env={**environ, "PORT": self.replace_ports("8000")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._send("set -m")  # each server is a group of its own, and takes SIGINT

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        while self.servers:
            self._end_server(signal.SIGTERM)
        self.shell.kill()
        self.shell.communicate()

    def replace_ports(self, text: str) -> str:
        """Return *text* with a free port for each of the page's."""

        def choose(match: re.Match[str]) -> str:
            return self.ports.setdefault(match[0], str(pick_free_port()))

        return _PORT.sub(choose, text)

    def run_page(self, text: str) -> None:
        """Do all that a page says."""
        steps: list[Block | Command] = []
        for block in parse_page(self.replace_ports(text)):
            steps += parse_commands(block) if block.kind == "console" else [block]
        for step, following in zip_longest(steps, steps[1:]):
            if isinstance(step, Command):
                shows_status = isinstance(following, Command) and following.words == "echo $?"
                self.run(step, checks_status=not shows_status)
            elif step.file:
                path = Path(f"/proc/{self.shell.pid}/cwd").readlink() / step.file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(step.text, encoding="utf-8")

    def run(self, command: Command, *, checks_status: bool) -> None:
        """Run one line; an assertion fails where it does not what the page says."""
        if command.words == INTERRUPT:
            self._end_server(signal.SIGINT)
            return
        if SERVERS.match(command.words):
            self._start_server(command)
            return
        deadline = time.monotonic() + SECONDS
        while True:
            status, output = self._ask(command.words)
            is_right = matches(output, command.output) and (status == 0 or not checks_status)
            if is_right or not ASKING.match(command.words) or time.monotonic() > deadline:
                break
            time.sleep(0.05)  # what it asks is another process, of which nothing is known here
        logs = "".join(log.read_text(errors="replace") for _, log in self.servers)
        assert is_right, (
            f"line {command.line}: $ {command.words}\nstatus {status}, printed:\n{output}\n"
            f"the page says:\n{command.output}\n{logs}"
        )

    def _start_server(self, command: Command) -> None:
        log = self.folder.parent / f"server-{command.line}.log"
        log.touch()
        words = command.words.removesuffix("&")
        _, printed = self._ask(f"{words} </dev/null >{log} 2>&1 & echo $!", is_whole=False)
        pid = int(printed.split()[-1])
        self.servers.append((pid, log))
        output = command.output.strip()
        shown = f"...\n{output}\n..." if output else ""  # without any, nothing is waited for
        deadline = time.monotonic() + SECONDS
        while not matches(log.read_text(errors="replace"), shown):
            assert time.monotonic() < deadline, (
                f"line {command.line}: $ {command.words}\nlogged:\n{log.read_text()}\n"
                f"the page says:\n{command.output}"
            )
            time.sleep(0.02)

    def _end_server(self, number: signal.Signals) -> None:
        pid, _ = self.servers.pop()
        with suppress(ProcessLookupError):
            os.killpg(pid, number)
        deadline = time.monotonic() + SECONDS
        while os.path.exists(f"/proc/{pid}"):
            if time.monotonic() > deadline:
                os.killpg(pid, signal.SIGKILL)
            time.sleep(0.01)

    def _ask(self, words: str, *, is_whole: bool = True) -> tuple[int, str]:
        """Return status and output of *words*; `$?` stays what they left."""
        body = f"{{ {words}\n}} </dev/null" if is_whole else words
        self._send(f"{body}\n(s=$?; printf '\\n\\001%s\\n' $s; exit $s)")
        assert self.shell.stdout is not None
        lines: list[str] = []
        for line in self.shell.stdout:
            if line.startswith("\x01"):
                output = "".join(lines)
                return int(line[1:]), output.removesuffix("\n")
            lines.append(line)
        raise AssertionError(f"the shell has ended: {''.join(lines)}")

    def _send(self, text: str) -> None:
        assert self.shell.stdin is not None
        self.shell.stdin.write(text + "\n")
        self.shell.stdin.flush()


def matches(output: str, shown: str) -> bool:
    """Whether *output* is what a page shows: `...` is anything, as a line any lines or none."""
    if not shown.strip():
        return True
    pattern = "".join(
        {"...\n": "(?:.*\n)?", "...": ".*?"}.get(part, re.escape(part))
        for part in re.split(r"(?m)^(\.{3}\n)|(\.{3})", _trim(shown) + "\n")
        if part
    )
    return re.fullmatch(pattern, _trim(output) + "\n", re.DOTALL) is not None


def _trim(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())
