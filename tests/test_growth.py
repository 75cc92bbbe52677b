"""The measure of growth, by a clock and functions whose growth is known."""

from __future__ import annotations

import math
import time

import pytest

from tests.support.growth import measure_growth, measure_seconds


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
