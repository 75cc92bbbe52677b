"""Regular expressions that are compiled when they are first used.

Comes in: a pattern, as for `re.compile`. Goes out: what is used as an `re.Pattern`.

The words of fifty languages in dates, labels and pages take 0.25 s of processor time to compile, a
third of a start, and few folders need them. A pattern that every folder or every request needs is
compiled where its module is loaded: the processes that are forked afterwards share it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, cast

METHODS = ("search", "match", "fullmatch", "split", "findall", "finditer", "sub", "subn")
_not_compiled: list[_LazyPattern] = []


def compile_lazily(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """Return the regular expression *pattern*, which is compiled when it is first used."""
    lazy = _LazyPattern(pattern, flags)
    _not_compiled.append(lazy)
    return cast("re.Pattern[str]", lazy)


def compile_rest(has_time: Callable[[], bool]) -> None:
    """Compile what was not used yet, as long as *has_time*, for processes that are forked later."""
    while _not_compiled and has_time():
        _not_compiled.pop().compile()


class _LazyPattern:
    """A pattern whose methods become those of the compiled one when the first is asked for."""

    def __init__(self, pattern: str, flags: int) -> None:
        self.pattern = pattern
        self.flags = flags

    def compile(self) -> None:
        compiled = re.compile(self.pattern, self.flags)
        for name in METHODS:
            setattr(self, name, getattr(compiled, name))

    def __getattr__(self, name: str) -> Any:
        if name not in METHODS:
            raise AttributeError(f"a pattern that is compiled when it is used has no {name!r}")
        self.compile()
        return self.__dict__[name]
