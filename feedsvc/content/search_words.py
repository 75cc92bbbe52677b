"""How search splits texts into words, and which words of a text match a search.

The index searches by FTS5 with its tokenizer `unicode61`: a word is a run of letters and digits,
regardless of case and of the accents of Latin letters. Chinese and Japanese, which are written
without spaces, are searched by character.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeAlias

from feedsvc.patterns import compile_lazily

_CJK = (
    r"\u2e80-\u30ff\u3100-\u318f\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    r"\U00020000-\U0003ffff"
)
_ACCENTS = r"\u0300-\u0331"  # combining marks, which end no word
CJK_CHARACTER = compile_lazily(f"([{_CJK}])")
_TOKEN = compile_lazily(rf"(?:[^\W_{_CJK}][{_ACCENTS}]*+)++|[^\W_](?<=[{_CJK}])[{_ACCENTS}]*+")
_ACCENT = compile_lazily(f"[{_ACCENTS}]")

Phrase: TypeAlias = tuple[str, ...]
Span: TypeAlias = tuple[int, int]


def split_cjk(text: str) -> str:
    """Return *text* with each Chinese or Japanese character as a word of its own."""
    return text if text.isascii() else CJK_CHARACTER.sub(r" \1 ", text)


def list_phrases(words: str) -> list[Phrase]:
    """Return the phrases of a search: for each of *words*, the tokens that must be adjacent."""
    phrases = (tuple(map(_fold, _TOKEN.findall(word))) for word in words.split())
    return [phrase for phrase in phrases if phrase]


def list_matches(text: str, phrases: Sequence[Phrase]) -> list[Span]:
    """Return the spans of *phrases* in *text*, in order and without overlaps."""
    spans = [match.span() for match in _TOKEN.finditer(text)]
    tokens = [_fold(text[start:end]) for start, end in spans]
    found = sorted(
        (spans[at][0], spans[at + len(phrase) - 1][1])
        for phrase in phrases
        for at in range(len(tokens) - len(phrase) + 1)
        if tokens[at] == phrase[0] and tuple(tokens[at : at + len(phrase)]) == phrase
    )
    merged: list[Span] = []
    for start, end in found:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _fold(token: str) -> str:
    """Return *token* as FTS5 compares it."""
    if token.isascii():
        return token.lower()
    return "".join(map(_fold_character, _ACCENT.sub("", token)))


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    lower = character.lower()
    parts = unicodedata.normalize("NFD", lower)
    # drop a Latin letter's accent; FTS5 keeps letters with two accents as they are
    return parts[0] if len(parts) == 2 and parts[0].isascii() else lower
