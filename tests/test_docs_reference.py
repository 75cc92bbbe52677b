"""The reference is whole: nothing that the code has is missing in it, and its examples are true."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from feedsvc.index.rows import FAULTS
from scripts.documentation.commands import render_commands
from scripts.documentation.fields import render_fields
from scripts.documentation.formats import render_formats
from scripts.documentation.metrics import list_metrics
from scripts.documentation.problems import GROUPS, Case, render_problems, try_case
from scripts.documentation.settings import DEFAULTS, PAGE, add_facts
from scripts.documentation.urls import (
    render_aliases,
    render_parameters,
    render_reserved,
    render_routes,
)

PACKAGE = Path(__file__).parent.parent / "feedsvc"
CASES = {case.code: case for cases in GROUPS.values() for case in cases}
# Where a call names the code of a problem
CODE_ARGUMENTS = {"EntryError": 0, "add_problem": 0, "hold_back": 1, "_make_character_problem": 0}
# Codes that no command shows: `import` has one line, a sidecar's becomes another
INNER_CODES = {"comments-feed", "not-a-feed", "sidecar"}


def list_codes() -> Iterator[str]:
    """Yield every code of a problem that the package makes."""
    yield from FAULTS
    yield from ("duplicate-id", "duplicate-permalink")  # named by a column
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            name = node.func.id if isinstance(node.func, ast.Name) else name
            at = CODE_ARGUMENTS.get(name, len(node.args))
            named = [one.value for one in node.keywords if one.arg == "code"]
            for value in [*node.args[at : at + 1], *named]:
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    yield value.value


def test_every_code_of_a_problem_is_described() -> None:
    """A new one is a `Case` in scripts/documentation/problems.py."""
    assert set(list_codes()) - INNER_CODES == set(CASES)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_example_of_a_problem_has_it(case: Case) -> None:
    problem, _ = try_case(case)

    assert problem.code == case.code
    assert problem.message
    assert case.cause.endswith(".")


def test_every_setting_is_described_with_its_default() -> None:
    """A new one is a heading `### section.key` in docs/reference/settings.md."""
    page = add_facts(PAGE.read_text(encoding="utf-8"))

    assert page.count("\n- Default: ") == len(DEFAULTS)
    assert "### feeds.limit\n" in page
    assert "- Default: `30`\n- Environment: `FEEDSVC_FEEDS_LIMIT`\n" in page


def test_a_setting_that_is_not_described_is_named() -> None:
    page = PAGE.read_text(encoding="utf-8").replace("### feeds.limit", "### feeds.limits")

    with pytest.raises(KeyError, match=r"feeds\.limit, feeds\.limits"):
        add_facts(page)


def test_every_metric_is_listed() -> None:
    source = (PACKAGE / "web" / "metrics" / "exposition.py").read_text(encoding="utf-8")
    names = {name.removesuffix("_total") for name, *_ in list_metrics()}

    assert names == set(re.findall(r'"(feedsvc_\w+)"', source))


@pytest.mark.parametrize(
    "render", [render_commands, render_fields, render_formats, render_problems]
)
def test_no_heading_of_a_page_stands_twice(render: Callable[[], str]) -> None:
    page = re.sub(r"^(`{3,}).*?^\1$", "", render(), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#{2,} (.*)$", page, re.MULTILINE)

    assert headings
    assert len(headings) == len(set(headings))


@pytest.mark.parametrize(
    "render", [render_aliases, render_parameters, render_reserved, render_routes]
)
def test_addresses_are_all_described(render: Callable[[], str]) -> None:
    assert "`" in render()
