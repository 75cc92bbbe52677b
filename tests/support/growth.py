"""How the time of a function grows with its input: the exponent of its power law.

Comes in: a function, a maker of inputs by their size, and sizes. Goes out: k of time = c * n^k,
1 for linear, 2 for quadratic. What is compared is one process with itself, so that a slow machine
gives the same figure; processor time is measured, so that other processes change little; the least
of several runs counts, and no time below the noise.
"""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

Input = TypeVar("Input")

MAX_EXPONENT = 1.2  # of what counts as linear; n log n comes to 1.1
NOISE_SECONDS = 0.001  # below it, what is measured is the clock, caches and allocator
ENOUGH_SECONDS = 0.1  # a run as long as this is not repeated: noise is a small part of it
MAX_SECONDS = 3.0  # a size above one that took as long is not tried
RUNS, ATTEMPTS = 3, 3


def measure_growth(
    run: Callable[[Input], object], make_input: Callable[[int], Input], sizes: Sequence[int]
) -> float:
    """Return the exponent with which the time of *run* grows between the last two of *sizes*.

    *sizes* rise, by a factor of 4 or so: with 2, a tenth of noise is 0.14 of exponent. Those before
    the last two are there to stop early. A figure above `MAX_EXPONENT` is measured again, with more
    runs, and the least counts. 0 where all is below the noise.
    """
    exponent = math.inf
    for attempt in range(ATTEMPTS):
        exponent = min(exponent, _measure_once(run, make_input, sizes, 1 + attempt * RUNS))
        if exponent <= MAX_EXPONENT:
            break
    return exponent


def _measure_once(
    run: Callable[[Input], object],
    make_input: Callable[[int], Input],
    sizes: Sequence[int],
    runs: int,
) -> float:
    points: list[tuple[int, float]] = []
    for size in sizes:
        points.append((size, max(measure_seconds(run, make_input(size), runs), NOISE_SECONDS)))
        if points[-1][1] > MAX_SECONDS:
            break
    if len(points) == 1:
        return math.inf  # the least of all sizes takes too long
    (size, seconds), (larger, longer) = points[-2:]
    exponent = math.log(longer / seconds) / math.log(larger / size)
    if exponent > MAX_EXPONENT:
        # a short run may find caches to itself that a long one shares with other processes
        seconds = max(seconds, _measure_average(run, make_input(size), longer))
        exponent = math.log(longer / seconds) / math.log(larger / size)
    return exponent


def _measure_average(run: Callable[[Input], object], value: Input, seconds: float) -> float:
    """Return the average processor time for *value* of as many runs as take *seconds*."""
    count, spent = 0, 0.0
    while spent < seconds:
        spent += measure_seconds(run, value, 1)
        count += 1
    return spent / count


def measure_seconds(run: Callable[[Input], object], value: Input, runs: int = RUNS) -> float:
    """Return the least processor time of *runs* for *value*, without garbage collection.

    Of this thread: that of a process is coarse where a timer counts it, as in `ReaderPool`.
    """
    least = math.inf
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        for _ in range(runs):
            start = time.thread_time()
            run(value)
            least = min(least, time.thread_time() - start)
            if least > ENOUGH_SECONDS:
                break
    finally:
        if was_enabled:
            gc.enable()
    return least
