"""The log of the processes that are ours alone: a line is one, whatever it quotes.

Addresses and names of files are strangers' words: a line feed in one would forge a line, an escape
sequence or a mark of direction would deceive the terminal that shows it.
"""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
MAX_QUOTED_CHARACTERS = 300
_DECEIVING = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def escape_controls(text: str) -> str:
    """Return *text* with what is no visible character as Python writes it, a line feed as `\\n`."""
    return _DECEIVING.sub(lambda sign: sign[0].encode("unicode_escape").decode("ascii"), text)


class LineFormatter(logging.Formatter):
    """Lines of the log; those of a traceback are indented, so that none passes for another."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        return escape_controls(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802
        lines = super().formatException(ei).split("\n")
        return "\n".join(f"  {escape_controls(line)}" for line in lines)


class JsonFormatter(logging.Formatter):
    """A JSON object a record: `time`, `level`, `logger`, `message`, and what the record adds."""

    def format(self, record: logging.LogRecord) -> str:
        seconds = datetime.fromtimestamp(record.created, UTC)
        fields: dict[str, Any] = {
            "time": seconds.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)
        text = json.dumps(fields, ensure_ascii=False, default=str)
        # json has escaped what is below a space
        return _DECEIVING.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)


def configure_logging(level: str = "", form: str = "", *, owns_process: bool = True) -> None:
    """Log to stderr from *level* on ("" for info), in *form*: "text" or "json".

    Without *owns_process* another server logs here, and only what is ours is configured, where
    either is set.
    """
    if not (owns_process or level or form):
        return
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if form == "json" else LineFormatter(LOG_FORMAT))
    number = logging.getLevelNamesMapping()[(level or "info").upper()]
    logger = logging.getLogger("feedsvc")
    logger.setLevel(number)
    root = logging.getLogger()
    ours = (LineFormatter, JsonFormatter)  # of settings before these
    root.handlers[:] = [one for one in root.handlers if not isinstance(one.formatter, ours)]
    if owns_process:  # libraries too, but not what they say to their own developers
        logging.basicConfig(level=max(number, logging.INFO), handlers=[handler])
    else:
        logger.handlers[:] = [handler]
        logger.propagate = False  # else the server would write it a second time


def quote_words(text: str) -> str:
    """Return what a client has sent as a word in double quotes, at most so long."""
    escaped = text[:MAX_QUOTED_CHARACTERS].replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escape_controls(escaped)}"'
