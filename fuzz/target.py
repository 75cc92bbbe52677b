"""What a target is, and what all of them ask."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

CORPUS, WORDS = Path(__file__).parent / "corpus", Path(__file__).parent / "words"
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
BYTE = re.compile(rb"\\x([0-9a-f]{2})")


class Target(Struct, frozen=True, kw_only=True):
    """A function of any bytes that raises where feedsvc does not do what it promises.

    It may depend on nothing but its bytes, so that what it finds is found again.
    """

    name: str
    check: Callable[[bytes], None]
    words_of: str = ""  # the target whose words it has; "" for its own
    max_bytes: int = 512  # longer inputs find less for their time
    examples: int = 100  # that the tests make anew at each run: one or two seconds of them

    @property
    def corpus(self) -> Path:
        """Return the folder of kept inputs."""
        return CORPUS / self.name

    def list_words(self) -> list[bytes]:
        """Return the words of which inputs are made, one a line of its file, `\\x00` for a byte."""
        lines = (WORDS / f"{self.words_of or self.name}.txt").read_bytes().splitlines()
        return [BYTE.sub(lambda match: bytes([int(match[1], 16)]), line) for line in lines]

    def list_seeds(self) -> list[Path]:
        """Return the files of the corpus by name."""
        return sorted(path for path in self.corpus.iterdir() if path.is_file())


def check_sentence(error: Exception) -> None:
    """Assert that *error* says something, in one line that a terminal can show."""
    sentence = str(error)
    assert sentence.strip(), f"{type(error).__name__} without words"
    check_line(sentence)


def check_line(text: str) -> None:
    """Assert that *text* is one line, and leaves a terminal as it is."""
    assert not CONTROL.search(text), f"more than one line, or no text: {text!r}"
