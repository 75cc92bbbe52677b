"""What a publisher of feeds owes to readers, caches and partners: each requirement has tests, or a reason.

The requirements come from the specifications of the formats and of HTTP, from
the source code of readers, and from what partner sites publish about intake.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TABLE = tomllib.loads((HERE / "wire.toml").read_text(encoding="utf-8"))


def test_every_requirement_is_held_or_left_out_for_a_reason() -> None:
    assert list(TABLE) == [str(number) for number in range(1, 115)]
    assert [
        number
        for number, row in TABLE.items()
        if not row["owes"] or ("held" in row) == ("left_out" in row)
    ] == []


@pytest.mark.parametrize("number", [number for number, row in TABLE.items() if "held" in row])
def test_the_tests_that_hold_it_exist(number: str) -> None:
    assert TABLE[number]["held"]
    for name in TABLE[number]["held"]:
        file, _, test = name.partition("::")
        text = (HERE / f"test_{file}.py").read_text(encoding="utf-8")
        assert re.search(rf"^def test_{test}\(", text, re.MULTILINE), name
