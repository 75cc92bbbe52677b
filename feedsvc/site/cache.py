"""One bounded cache for all that a process holds by key: documents, loaded entries, addresses."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import suppress
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


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
