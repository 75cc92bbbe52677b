"""A cache of results by text, bounded in bytes: results of long texts are not kept."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from inspect import signature
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

Text = TypeVar("Text", str, bytes)
More = ParamSpec("More")
Result = TypeVar("Result")
MAX_KEPT_LENGTH = 200  # characters or bytes; frequent texts are short


def remember_short(
    max_size: int, max_length: int = MAX_KEPT_LENGTH
) -> Callable[
    [Callable[Concatenate[Text, More], Result]], Callable[Concatenate[Text, More], Result]
]:
    """Return a decorator that keeps the last *max_size* results for short first arguments.

    `lru_cache` alone only counts results: a few thousand texts of megabytes would stay for ever.
    """

    def decorate(
        function: Callable[Concatenate[Text, More], Result],
    ) -> Callable[Concatenate[Text, More], Result]:
        remembered = lru_cache(max_size)(function)
        plain = cast("Callable[[Text], Result]", function)
        plain_remembered = cast("Callable[[Text], Result]", remembered)

        @wraps(function)
        def call(text: Text, /, *more: More.args, **named: More.kwargs) -> Result:
            if len(text) > max_length:
                return function(text, *more, **named)
            return remembered(text, *more, **named)  # type: ignore[arg-type]

        @wraps(function)
        def call_plain(text: Text, /) -> Result:
            # without packing of absent arguments, which takes a third of the call
            if len(text) > max_length:
                return plain(text)
            return plain_remembered(text)

        return cast("Any", call_plain) if len(signature(function).parameters) == 1 else call

    return decorate
