"""Texts whose time would be the square of their length: each kind of file, each of its places.

Every repeated shape in every place of a file, and through every function that reads an author's
words, at 16 KB to 1 MB. Each case runs in a process that is ended where it takes too long.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import cache
from pathlib import Path
from statistics import linear_regression

from feedsvc.indexer import ReaderPool
from feedsvc.settings import Settings
from tests.support.growth import (
    ATTEMPTS,
    MAX_EXPONENT,
    MAX_SECONDS,
    NOISE_SECONDS,
    measure_seconds,
)
from tests.support.shapes import Case, make_cases
from torture.result import Result, Tally

SIZES = (2**14, 2**16, 2**18, 2**20)  # characters; a case ends at the first that takes 3 seconds
LARGER_SIZE = 2**22  # for a case that looks steeper and takes less than a quarter of that
CHEAP_SECONDS = 0.03  # of the largest size: its square is below what a page of HTML costs
get_cases = cache(make_cases)


def run(count: int, folder: Path, seed: int) -> Result:
    """Measure *count* cases, drawn at random; all of them where *count* is larger."""
    tally, steepest = Tally(), 0.0
    names = list(get_cases())
    if count < len(names):
        names = random.Random(seed).sample(names, count)
    with closing(ReaderPool(folder, Settings())) as pool:
        measured = pool.map_files(iter(names), measure_cases, make_failed, batch_size=1)
        for name, exponent in zip(names, measured, strict=True):
            steepest = max(steepest, exponent)
            wrong = [f"{name}: n^{exponent:.2f}"] if exponent > MAX_EXPONENT else []
            tally.count_answer(wrong)
    return tally.make_result(len(names), steepest_exponent=round(steepest, 2))


def measure_cases(_folder: Path, names: Sequence[str], _settings: Settings) -> Iterator[float]:
    """Yield the exponent of the time of each of the cases *names*."""
    for name in names:
        case = get_cases()[name]
        exponent = math.inf
        for _ in range(ATTEMPTS):  # the least counts: others use the machine, too
            exponent = min(exponent, fit_exponent(case))
            if exponent <= MAX_EXPONENT:
                break
        yield exponent


def fit_exponent(case: Case) -> float:
    """Return the n of size ** n that is nearest to the times of *case* at all sizes.

    0 where even the largest costs next to nothing. What looks steeper than linear is measured at
    a larger size, too, instead of at the least: a character costs more once it is beyond the
    processor's caches, which bends the curve at one size, and a square goes on.
    """
    points: list[tuple[float, float]] = []
    seconds = 0.0
    for size in SIZES:
        seconds = measure_seconds(case.run, case.make_text(size))
        if seconds > NOISE_SECONDS:
            points.append((math.log(size), math.log(seconds)))
        if seconds > MAX_SECONDS:
            break
    if seconds < CHEAP_SECONDS:
        return 0.0
    if len(points) < 2:
        return math.inf  # the least of all sizes takes too long
    exponent = fit_slope(points)
    if exponent > MAX_EXPONENT and seconds < MAX_SECONDS / 4:
        longer = measure_seconds(case.run, case.make_text(LARGER_SIZE))
        if longer > 3 * seconds:  # no limit of lengths was passed
            exponent = fit_slope([*points[1:], (math.log(LARGER_SIZE), math.log(longer))])
    return exponent


def fit_slope(points: Sequence[tuple[float, float]]) -> float:
    """Return the slope of the line that is nearest to *points*, by least squares."""
    return linear_regression(*zip(*points, strict=True)).slope


def make_failed(_name: str, _reason: str) -> float:
    """Return the exponent of a case that did not come to its end."""
    return math.inf
