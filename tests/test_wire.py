"""What a publisher of feeds owes to readers, caches and partners: each duty has tests, or a reason.

The duties come from the specifications of the formats and of HTTP, from the source
code of readers, and from what partner sites publish about intake. A test that holds
one is marked with its number in wire.toml: `@pytest.mark.duty(43)`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).parent
TABLE: dict[str, dict[str, str]] = tomllib.loads((HERE / "wire.toml").read_text(encoding="utf-8"))
OWED, LEFT_OUT = TABLE["owed"], TABLE["left_out"]


def iterate_marks() -> Iterator[tuple[str, str]]:
    """Yield (number, test) for every duty that a test of this folder is marked with."""
    for file in sorted(HERE.glob("test_*.py")):
        module = import_module(f"{__package__}.{file.stem}")
        tests = {name: test for name, test in vars(module).items() if name.startswith("test_")}
        for name, test in tests.items():
            for mark in getattr(test, "pytestmark", ()):
                if mark.name == "duty":
                    yield from ((str(number), f"{file.stem}::{name}") for number in mark.args)


def test_every_duty_is_held_or_left_out_for_a_reason() -> None:
    held = {number for number, _ in iterate_marks()}

    assert [number for number in OWED if (number in held) == bool(LEFT_OUT.get(number))] == []


def test_no_test_and_no_reason_names_an_unknown_duty() -> None:
    assert [(number, test) for number, test in iterate_marks() if number not in OWED] == []
    assert [number for number in LEFT_OUT if number not in OWED] == []
