"""Hostile bodies: what their rendering costs up to a megabyte, and what is left of each script.

The shapes, payloads and lists are those of `tests/support`; the suite tries a part of them.
"""

from __future__ import annotations

import random
from functools import partial
from pathlib import Path

from feedsvc.content.render import CONVERTERS
from tests.support.content_shapes import FUNCTIONS, SHAPES, make_text
from tests.support.growth import MAX_EXPONENT, measure_growth, measure_seconds
from tests.test_xss import list_bodies, list_body_faults
from torture.result import Result, Tally

SIZES = (2**14, 2**16, 2**18, 2**20)  # characters; a case ends at the first that takes 3 seconds
CHEAP_SECONDS = 0.15  # of a megabyte: to get memory for what is larger than caches bends the curve


def run_linear(count: int, _: Path, seed: int) -> Result:
    """Measure *count* pairs of a function and a shape, drawn at random; at most all of them."""
    cases = [(name, shape) for name, (_, markup) in FUNCTIONS.items() for shape in SHAPES[markup]]
    tally, steepest = Tally(), 0.0
    for name, shape in random.Random(seed).sample(cases, min(count, len(cases))):
        run, make = FUNCTIONS[name][0], partial(make_text, shape)
        exponent = measure_growth(run, make, SIZES)
        is_steep = exponent > MAX_EXPONENT and measure_seconds(run, make(SIZES[-1])) > CHEAP_SECONDS
        steepest = max(steepest, exponent if is_steep else min(exponent, MAX_EXPONENT))
        tally.count_answer([f"{name}, {shape!r}: n^{exponent:.2f}"] if is_steep else [])
    return tally.make_result(min(count, len(cases)), steepest_exponent=round(steepest, 2))


def run_scripts(count: int, _: Path, seed: int) -> Result:
    """Render *count* hostile bodies, drawn at random, and look at what is left; at most all."""
    cases = [(markup, body) for markup in CONVERTERS for body in list_bodies(markup, 1)]
    tally = Tally()
    for markup, body in random.Random(seed).sample(cases, min(count, len(cases))):
        faults = list_body_faults(markup, body)
        tally.count_answer([f"{markup}: {body!r} leaves {', '.join(faults)}"] if faults else [])
    return tally.make_result(min(count, len(cases)))
