"""What is quoted in a line of the log, or of `check`, stays in it."""

from __future__ import annotations

import io
import logging
from pathlib import Path

import pytest

from feedsvc.log_lines import LOG_FORMAT, LineFormatter, escape_controls
from tests.support.commands import Run

FORGED = "a\n2026-01-01 00:00:00,000 INFO feedsvc forged"
ESCAPED = {
    "plain: ümläut 年度 🚀 العربية": "plain: ümläut 年度 🚀 العربية",
    "two\nlines": "two\\nlines",
    "\r\x1b[2J\x07\x7f": "\\r\\x1b[2J\\x07\\x7f",
    "\x85\x9b\u2028\u2029": "\\x85\\x9b\\u2028\\u2029",
    "fdp\u202egnp": "fdp\\u202egnp",
    "tab\t\0": "tab\\t\\x00",
}


@pytest.mark.parametrize(("text", "escaped"), ESCAPED.items(), ids=ascii)
def test_no_sign_deceives_who_reads_it(text: str, escaped: str) -> None:
    assert escape_controls(text) == escaped


def test_a_record_is_one_line_and_its_traceback_indented() -> None:
    output = io.StringIO()
    handler = logging.StreamHandler(output)
    handler.setFormatter(LineFormatter(LOG_FORMAT))
    log = logging.Logger("feedsvc")
    log.addHandler(handler)

    log.warning("%s is broken", FORGED)
    try:
        raise ValueError(FORGED)
    except ValueError:
        log.exception("%s", FORGED)

    first, second, *traceback = output.getvalue().splitlines()
    assert first.endswith("a\\n2026-01-01 00:00:00,000 INFO feedsvc forged is broken")
    assert second.endswith("a\\n2026-01-01 00:00:00,000 INFO feedsvc forged")
    assert all(line.startswith("  ") for line in traceback)
    assert traceback[-1].endswith("INFO feedsvc forged")


def test_check_shows_the_name_of_a_file_in_one_line(run: Run) -> None:
    file = Path("entries") / "a\x1b[2J\nforged.md"
    file.write_text("---\ntitle: x\ndate: never\n---\n", encoding="utf-8")

    output = run("check").output

    assert "\x1b" not in output
    assert output.count("a\\x1b[2J\\nforged.md") == 2
