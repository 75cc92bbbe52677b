"""The measure of growth, by a clock and functions whose growth is known."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import pytest

from tests.support.growth import MAX_EXPONENT, measure_growth, measure_seconds
from tests.support.shapes import Case
from torture.linear import fit_exponent


class Clock:
    """Processor time that passes as a test says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seconds = 0.0
        monkeypatch.setattr("tests.support.growth.time.thread_time", lambda: self.seconds)

    def run_linear(self, count: int) -> None:
        self.seconds += count * 1e-5

    def run_quadratic(self, count: int) -> None:
        self.seconds += count * count * 1e-7


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def test_growth_is_the_exponent_of_the_time(clock: Clock) -> None:
    assert measure_growth(clock.run_linear, int, (100, 400, 1600)) == pytest.approx(1)
    assert measure_growth(clock.run_quadratic, int, (100, 400, 1600)) == pytest.approx(2)


def test_processor_time_is_measured() -> None:
    def count_to(number: int) -> int:
        return sum(range(number))

    start = time.thread_time()
    measured = measure_seconds(count_to, 100_000, runs=3)

    assert 0 < measured <= (time.thread_time() - start) / 3


def test_what_is_below_the_noise_does_not_grow(clock: Clock) -> None:
    assert measure_growth(clock.run_quadratic, int, (1, 10)) == 0


def test_what_is_too_slow_at_once_is_not_linear(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.support.growth.MAX_SECONDS", 0.002)

    assert measure_growth(clock.run_quadratic, int, (1600, 6400)) == math.inf


def fit_cost(clock: Clock, cost: Callable[[int], float]) -> float:
    """Return the exponent of a case that costs so many seconds for a number of characters."""

    def run(text: str) -> None:
        clock.seconds += cost(len(text))

    return fit_exponent(Case(unit="a", run=run))


def test_the_step_of_a_cache_is_linear(clock: Clock) -> None:
    """Twice as much for each character above 200,000, as measured for splitting a text."""
    exponent = fit_cost(clock, lambda size: size * (6e-8 if size > 200_000 else 3e-8))

    assert exponent < MAX_EXPONENT


@pytest.mark.parametrize(
    ("power", "largest"),  # seconds of a megabyte
    [(1.25, 0.05), (1.25, 0.6), (1.25, 2), (1.5, 0.05), (2, 0.05), (2, 2)],
)
def test_what_grows_faster_at_every_size_is_not_linear(
    clock: Clock, power: float, largest: float
) -> None:
    assert fit_cost(clock, lambda size: largest * (size / 2**20) ** power) > MAX_EXPONENT


def test_a_limit_of_lengths_does_not_make_a_square_linear(clock: Clock) -> None:
    exponent = fit_cost(clock, lambda size: (min(size, 2**20) / 2**20) ** 2 / 2)

    assert exponent > MAX_EXPONENT
