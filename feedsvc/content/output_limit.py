"""How much may be made of a text: beyond it, an entry is shown as plain text.

A few bytes can name a long value, a wide table or a long address as often as they like, and a
file of 80 KB came to 195 MB. What leaves is compared with what came in, and what grows on the way
counts while it does.
"""

from __future__ import annotations

from feedsvc.errors import FeedsvcError

MAX_GROWTH = 8  # times; a character that is escaped takes six
FREE_CHARACTERS = 65_536
MAX_GROWN_CHARACTERS = 8 * 1024 * 1024


class OutputLimitError(FeedsvcError):
    """A text came to more than is to leave."""


class Allowance:
    """Characters that may be written yet."""

    __slots__ = ("left",)

    def __init__(self, text: str) -> None:
        self.left = get_max_characters(text)

    def spend(self, characters: int) -> None:
        """Count *characters*; raise `OutputLimitError` where there are none left."""
        self.left -= characters
        if self.left < 0:
            raise OutputLimitError("this text comes to too much")


def get_max_characters(text: str) -> int:
    """Return how many characters of HTML may come of *text*."""
    size = len(text)
    return size + min((MAX_GROWTH - 1) * size + FREE_CHARACTERS, MAX_GROWN_CHARACTERS)


def check_size(output: str, text: str) -> None:
    """Raise `OutputLimitError` if *output* is more than is to come of *text*."""
    if len(output) > FREE_CHARACTERS and len(output) > get_max_characters(text):
        raise OutputLimitError("this text comes to too much")
