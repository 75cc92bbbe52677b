"""Each fault of `make torture` a few times: nothing wrong, nothing lost, no 5xx."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from torture.answers import check_answer
from torture.faults import FAULTS
from torture.folder import Truth, Version, digest_text
from torture.report import RELIABILITY, list_rows
from torture.result import Tally
from torture.site import Answer
from torture.soak import measure_growth

pytestmark = [
    pytest.mark.no_cover,  # many runs of what other tests cover
    pytest.mark.timeout(400),  # on a busy machine
]

needs_linux = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="processes are found by /proc: Linux only"
)


@needs_linux
@pytest.mark.parametrize("name", [name for name, fault in FAULTS.items() if fault.suite_count])
def test_a_fault_is_borne(name: str, tmp_path: Path, needs: Callable[[str], str]) -> None:
    fault = FAULTS[name]
    if fault.program:
        needs(fault.program)
    result = fault.run(fault.suite_count, tmp_path, 1)

    assert result.is_clean, result.notes
    assert result.answers


def make_answer(*items: tuple[str, str, str], status: int = 200) -> Answer:
    """Return a JSON Feed of (id, title, text) that was asked for and answered now."""
    feed = {
        "items": [
            {
                "id": identity,
                "title": title,
                "date_published": "2026-01-01T10:00:00Z",
                "content_html": f"<p>{text}</p>",
            }
            for identity, title, text in items
        ]
    }
    now = time.monotonic()
    return Answer(
        path="/feed.json",
        status=status,
        body=json.dumps(feed).encode(),
        headers={},
        sent=now,
        received=now,
    )


def make_version(title: str, text: str) -> Version:
    return Version(title=title, published=1_767_261_600, digest=digest_text(text))


ONE, TWO = ("a", "One", "Text of one."), ("b", "Two", "Text of two.")


@pytest.mark.parametrize(
    ("answer", "wrong", "lost", "server_errors"),
    [
        pytest.param(make_answer(ONE, TWO), 0, 0, 0, id="the truth"),
        pytest.param(make_answer(ONE, ("b", "Old", "Old text.")), 0, 0, 0, id="a moment ago"),
        pytest.param(make_answer(ONE), 0, 1, 0, id="one is missing"),
        pytest.param(make_answer(ONE, ONE, TWO), 1, 0, 0, id="one is there twice"),
        pytest.param(
            make_answer(ONE, ("b", "Two", "Old text.")), 1, 0, 0, id="two versions in one"
        ),
        pytest.param(make_answer(ONE, TWO, ("c", "One", "Text of one.")), 1, 0, 0, id="another id"),
        pytest.param(make_answer(ONE, ("b", "Older", "Older.")), 1, 0, 0, id="what was long ago"),
        pytest.param(make_answer(status=404), 1, 0, 0, id="404"),
        pytest.param(make_answer(status=503), 0, 0, 1, id="503"),
    ],
)
def test_an_answer_is_compared_with_what_the_folder_has_and_had(
    answer: Answer, wrong: int, lost: int, server_errors: int
) -> None:
    truth, tally = Truth(), Tally()
    for identity, title, text in (ONE, ("b", "Older", "Older."), ("b", "Old", "Old text."), TWO):
        truth.confirm(identity, make_version(title, text))
    answer = replace(answer, sent=time.monotonic() + 6.0, received=time.monotonic() + 6.0)
    truth.stays["b"][0].until -= 10.0  # replaced by "Old" ten seconds before "Two" came
    truth.stays["b"][1].until += 5.0

    check_answer(answer, truth, tally, catch_up=5.0)

    assert (tally.wrong, tally.lost, tally.server_errors) == (wrong, lost, server_errors)


def test_growth_is_that_of_the_second_half() -> None:
    flat = [(float(second), 100.0 if second < 50 else 140.0) for second in range(100)]
    growing = [(float(second), float(second)) for second in range(100)]

    assert measure_growth(flat) == pytest.approx(0.0)
    assert measure_growth(growing) == pytest.approx(49.0)


def test_every_fault_has_its_row_in_reliability_md() -> None:
    assert list(list_rows(RELIABILITY.read_text(encoding="utf-8"))) == list(FAULTS)
