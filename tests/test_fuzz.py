"""The fuzz targets without a fuzzer: the kept corpus, and a few seconds of Hypothesis for each."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz.minimize import MAX_BYTES, MAX_FILES
from fuzz.target import Target
from fuzz.targets import TARGETS

pytestmark = pytest.mark.no_cover  # many runs of what other tests cover


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    """What is wrong with an input is asserted, not logged."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


SEEDS = [
    pytest.param(target, seed, id=f"{target.name}-{seed.name}")
    for target in TARGETS.values()
    for seed in target.list_seeds()
]


@pytest.mark.parametrize(("target", "seed"), SEEDS)
def test_the_corpus_keeps_what_is_promised(target: Target, seed: Path) -> None:
    target.check(seed.read_bytes())


def make_inputs(target: Target) -> st.SearchStrategy[bytes]:
    """Return inputs of *target*: words of its language, seeds cut and mended with them, bytes."""
    pieces = st.sampled_from(target.list_words()) | st.sampled_from([b"\n", b" ", b"\n\n", b"  "])
    texts = st.lists(pieces | st.text(max_size=8).map(str.encode), max_size=12).map(b"".join)
    seeds = st.sampled_from([seed.read_bytes() for seed in target.list_seeds()])
    changed = st.builds(
        lambda seed, words, at, length: seed[: at % len(seed)] + words + seed[at + length :],
        seeds.filter(bool),
        texts,
        st.integers(0, 4096),
        st.integers(0, 40),
    )
    return st.one_of(changed, texts, st.binary(max_size=64))


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_any_bytes_keep_what_is_promised(target: Target) -> None:
    @settings(max_examples=target.examples, deadline=None)
    @given(data=make_inputs(target))
    def check(data: bytes) -> None:
        target.check(data)

    check()


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_a_corpus_is_small(target: Target) -> None:
    sizes = [seed.stat().st_size for seed in target.list_seeds()]

    assert 0 < len(sizes) <= MAX_FILES
    assert sum(sizes) <= MAX_BYTES
