"""What a process keeps at hand, bounded in bytes: values by key, and results by short texts."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import suppress
from functools import lru_cache, wraps
from inspect import signature
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, cast

Text = TypeVar("Text", str, bytes)
More = ParamSpec("More")
Result = TypeVar("Result")
Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
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


class BoundedCache(Generic[Key, Value]):
    """Values by key, together no larger than *max_size*; the least recently used go first.

    *get_size* is called only by `add`: add a value that has grown again. Safe for threads.
    """

    def __init__(self, max_size: int, get_size: Callable[[Key, Value], int]) -> None:
        self.max_size = max_size
        self.size = 0
        self._get_size = get_size
        self._values: OrderedDict[Key, Value] = OrderedDict()
        self._sizes: dict[Key, int] = {}
        self._lock = threading.Lock()
        self.peek = self._values.get  # without marking the value as used

    def __contains__(self, key: object) -> bool:
        return key in self._values

    def get(self, key: Key) -> Value | None:
        """Return the value of *key* and mark it as used; None if there is none."""
        value = self._values.get(key)
        if value is not None:
            with suppress(KeyError):  # another thread may just have dropped it
                self._values.move_to_end(key)
        return value

    def add(self, key: Key, value: Value) -> None:
        """Hold *value*; drop the least recently used until the rest fit, but always keep one."""
        with self._lock:
            self._values.pop(key, None)
            self._values[key] = value
            self.size -= self._sizes.get(key, 0)
            self._sizes[key] = self._get_size(key, value)
            self.size += self._sizes[key]
            while self.size > self.max_size and len(self._values) > 1:
                oldest, _ = self._values.popitem(last=False)
                self.size -= self._sizes.pop(oldest)
