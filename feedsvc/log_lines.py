"""The log of feedsvc's own processes: each record is one line, whatever it quotes.

Others choose addresses and file names: a line feed in one would forge a line, an escape sequence or
a bidirectional control would mislead the terminal that shows it.
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
    """Return *text* with invisible characters escaped as in Python, a line feed as `\\n`."""
    return _DECEIVING.sub(lambda sign: sign[0].encode("unicode_escape").decode("ascii"), text)


class LineFormatter(logging.Formatter):
    """Formats log lines; those of a traceback are indented, so that none looks like a record."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        return escape_controls(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802
        lines = super().formatException(ei).split("\n")
        return "\n".join(f"  {escape_controls(line)}" for line in lines)


class JsonFormatter(logging.Formatter):
    """One JSON object per record: `time`, `level`, `logger`, `message`, and its extra fields."""

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
        # json has escaped all below U+0020
        return _DECEIVING.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)


def configure_logging(level: str = "", form: str = "", *, owns_process: bool = True) -> None:
    """Log to stderr from *level* on ("" for info), in *form*: "text" or "json".

    Without *owns_process* another server logs here, and only our own loggers are configured, if
    *level* or *form* is set.
    """
    if not (owns_process or level or form):
        return
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if form == "json" else LineFormatter(LOG_FORMAT))
    number = logging.getLevelNamesMapping()[(level or "info").upper()]
    logger = logging.getLogger("feedsvc")
    logger.setLevel(number)
    root = logging.getLogger()
    ours = (LineFormatter, JsonFormatter)  # of earlier settings
    root.handlers[:] = [one for one in root.handlers if not isinstance(one.formatter, ours)]
    if owns_process:  # libraries, too, but not their debug messages
        logging.basicConfig(level=max(number, logging.INFO), handlers=[handler])
    else:
        logger.handlers[:] = [handler]
        logger.propagate = False  # else the server would write it a second time


def quote_words(text: str) -> str:
    """Return *text*, sent by a client, escaped, truncated and in double quotes."""
    escaped = text[:MAX_QUOTED_CHARACTERS].replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escape_controls(escaped)}"'
