"""Limits the size of a text's HTML: beyond it, an entry is shown as plain text.

A few bytes can refer to a long value, a wide table or a long address any number of times: a file of
80 KB became 195 MB. The output is compared with the input, and intermediate growth is counted as it
happens.
"""

from __future__ import annotations

from feedsvc.errors import FeedsvcError

MAX_GROWTH = 8  # times; an escaped character takes six
FREE_CHARACTERS = 65_536
MAX_GROWN_CHARACTERS = 8 * 1024 * 1024


class OutputLimitError(FeedsvcError):
    """The output for a text would be too large."""


class Allowance:
    """The number of characters that may still be written."""

    __slots__ = ("left",)

    def __init__(self, text: str) -> None:
        self.left = get_max_characters(text)

    def spend(self, characters: int) -> None:
        """Count *characters*; raise `OutputLimitError` if none are left."""
        self.left -= characters
        if self.left < 0:
            raise OutputLimitError("this text comes to too much")


def get_max_characters(text: str) -> int:
    """Return how many characters of HTML *text* may become."""
    size = len(text)
    return size + min((MAX_GROWTH - 1) * size + FREE_CHARACTERS, MAX_GROWN_CHARACTERS)


def check_size(output: str, text: str) -> None:
    """Raise `OutputLimitError` if *output* is larger than *text* may become."""
    if len(output) > FREE_CHARACTERS and len(output) > get_max_characters(text):
        raise OutputLimitError("this text comes to too much")
