"""Lines of access logs as requests.

Comes in: logs of `feedsvc serve --access-log` as text or JSON, of Caddy (JSON), and of all that
write the Combined Log Format (nginx, Apache, gunicorn, HAProxy, CDNs), also with a prefix on each
line, as in journals. Goes out: requests; other lines are skipped.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from feedsvc.errors import FileError

MAX_LINE_BYTES = 16_384
GZIP_MAGIC = b"\x1f\x8b"
_QUOTED = r'"((?:[^"\\]|\\.)*+)"'
_REQUEST = r'"(?:GET|HEAD) (\S++) HTTP/[\d.]++"'
# Combined Log Format: ... [28/Nov/2026:20:46:37 +0000] "GET /rss.xml HTTP/1.1" 200 1234 "-" "Agent"
_COMBINED = re.compile(
    rf"\[(\d\d)/([A-Z][a-z]{{2}})/(\d{{4}}):(\d\d):(\d\d):(\d\d) ([+-]\d{{4}})\] {_REQUEST}"
    rf" (\d{{3}}) (\d++|-)(?: {_QUOTED} {_QUOTED})?"
)
# 2026-11-28 20:46:37,123 INFO feedsvc.access HOST "GET /rss.xml HTTP/1.1" 200 1234 1.5 ms "Agent"
_OWN = re.compile(
    rf"(\d{{4}}-\d\d-\d\d) \d\d:\d\d:\d\d,\d{{3}} INFO feedsvc\.access \S++ {_REQUEST}"
    rf" (\d{{3}}) (\d++) [\d.]++ ms {_QUOTED}"
)
_ESCAPE = re.compile(r'\\(["\\])')
MONTHS = {name: number for number, name in enumerate(
    "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1
)}  # fmt: skip


class Request(Struct, frozen=True, kw_only=True):
    """A GET or HEAD of *target*, a path with its query as logged."""

    day: date
    target: str
    status: int
    size: int  # bytes
    agent: str


class LineReader:
    """Reads requests from logs; days are in *zone* if a line has its own offset."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone

    def read_files(self, paths: Iterable[Path]) -> Iterator[Request]:
        """Yield the requests of the logs at *paths*, `-` for standard input.

        Raises OSError, and FileError for damaged gzip.
        """
        for path in paths:
            try:
                yield from self._read_file(path)
            except (EOFError, zlib.error, gzip.BadGzipFile):
                message = "the log is damaged, or is still being compressed"
                raise FileError(str(path), message, "leave it out, or try again later") from None

    def _read_file(self, path: Path) -> Iterator[Request]:
        with _open_log(path) as file:
            while line := file.readline(MAX_LINE_BYTES):
                request = self.parse(line.decode("utf-8", "replace"))
                if request is not None:
                    yield request

    def parse(self, line: str) -> Request | None:
        """Return the request in a *line*, None if it has none."""
        try:
            if match := _COMBINED.search(line):
                return self._make_combined(match)
            if match := _OWN.search(line):
                day, target, status, size, agent = match.groups()
                return Request(
                    day=date.fromisoformat(day),
                    target=target,
                    status=int(status),
                    size=int(size),
                    agent=_ESCAPE.sub(r"\1", agent),
                )
            start = line.find("{")
            return self._make_json(json.loads(line[start:])) if start >= 0 else None
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
            return None  # another program's line, or an incomplete one

    def _make_combined(self, match: re.Match[str]) -> Request:
        day, month, year, hour, minute, second, offset, target, status, size, _, agent = (
            match.groups()
        )
        text = f"{year}-{MONTHS[month]:02}-{day}T{hour}:{minute}:{second}{offset}"
        return Request(
            day=datetime.fromisoformat(text).astimezone(self.zone).date(),
            target=target,
            status=int(status),
            size=0 if size == "-" else int(size),
            agent=_ESCAPE.sub(r"\1", agent or ""),
        )

    def _make_json(self, line: Any) -> Request | None:
        if line.get("logger") == "feedsvc.access":
            when = datetime.fromisoformat(line["time"])
            method, target, agent, size = (
                line[name] for name in ("method", "path", "agent", "bytes")
            )
        elif isinstance(request := line.get("request"), dict):  # Caddy
            when = datetime.fromtimestamp(line["ts"], UTC)
            method, target, size = request["method"], request["uri"], line["size"]
            agent = next(iter(request.get("headers", {}).get("User-Agent", ())), "")
        else:
            return None
        if method not in {"GET", "HEAD"}:
            return None
        return Request(
            day=when.astimezone(self.zone).date(),
            target=str(target),
            status=int(line["status"]),
            size=int(size),
            agent=str(agent),
        )


def _open_log(path: Path) -> AbstractContextManager[IO[bytes]]:
    if str(path) == "-":
        return nullcontext(sys.stdin.buffer)
    file = path.open("rb")
    if file.peek(2).startswith(GZIP_MAGIC):
        return gzip.GzipFile(fileobj=file)  # type: ignore[return-value]
    return file
