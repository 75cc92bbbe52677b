"""The measure of growth, by functions whose growth is known."""

from __future__ import annotations

import pytest

from tests.support.growth import MAX_EXPONENT, measure_growth

pytestmark = pytest.mark.no_cover  # many runs of what other tests cover


def run_linear(count: int) -> int:
    return sum(range(count * 200))


def run_quadratic(count: int) -> int:
    return sum(range(count * count))


@pytest.mark.parametrize(
    ("run", "expected"), [(run_linear, 1), (run_quadratic, 2)], ids=["linear", "quadratic"]
)
def test_growth_is_the_exponent_of_the_time(run: object, expected: int) -> None:
    assert callable(run)

    assert measure_growth(run, int, (100, 400, 1600)) == pytest.approx(expected, abs=0.15)


def test_what_is_below_the_noise_does_not_grow() -> None:
    assert measure_growth(len, lambda size: "x" * size, (10, 1000)) == 0


def test_what_is_too_slow_at_once_is_not_linear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.support.growth.MAX_SECONDS", 0.002)

    assert measure_growth(run_quadratic, int, (1600, 6400)) > MAX_EXPONENT
