"""Detects words that some other program decoded in the wrong encoding: `cafÃ©` for `café`.

Comes in: a clean text. Goes out: a problem that names the first such words, their line, and what
they most likely were; None for all other texts. Every text is checked, so plain searches for what
such words must contain come first; patterns run only on texts that have it, in linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from feedsvc.model import Problem
from feedsvc.patterns import compile_lazily

# The characters of the bytes 80 to BF, by codec; in Latin-1 where it has none
TAILS = {
    codec: "".join(bytes([byte]).decode(codec, "ignore") or chr(byte) for byte in range(0x80, 0xC0))
    for codec in ("cp1252", "cp1251")
}
TAIL_CLASS = f"[{re.escape(TAILS['cp1252'])}\x80-\x9f]"
# UTF-8 of two, three and four bytes: its first byte, and the others
UTF8_RUN = compile_lazily(rf"(?:[Â-ß]{TAIL_CLASS}|[à-ï]{TAIL_CLASS}{{2}}|[ð-ô]{TAIL_CLASS}{{3}})++")
# Signs of which texts have many beside a capital or an accent: quotes, dashes, dots, spaces
COMMON_SIGNS = frozenset("‘’“”„‚–—…•‹›«»·ºª®™©\xa0²³°¹")
# What UTF-8 becomes has one of these, but for texts that consist of other letters: Latin letters
# with accents, signs, quotation marks and dashes, emoji
UTF8_SIGNS = ("Ã", "Â", "â€", "ðŸ")
# What letters can be right
RIGHT = compile_lazily(
    r"[¡-ɏΑ-ώЀ-џא-ת؀-ۿऀ-ॿก-๛ḀỀ-ỹ‐-‧‰-›€™←-⇿■-◿☀-➿ -〿ぁ-ヿ一-鿿가-힣！-｠]|[\U0001f300-\U0001faff]"
)
# Cyrillic in UTF-8, as Windows-1251 shows it: each letter is two, the first of which is one of two
CP1251_RUN = compile_lazily(rf"(?:[РС][{re.escape(TAILS['cp1251'])}]){{3,}}+")
CP1251_SIGN = "Рѕ"  # о, without which there is no Russian sentence
# Words of KOI8-R and Windows-1251 taken for each other: small and capital letters change places
INVERTED_WORD = compile_lazily(r"\b[а-яё][А-ЯЁ]{3,30}\b")
CYRILLIC_WORD = compile_lazily(r"[А-яЁё]+")
FREQUENT = frozenset("оеаинтОЕАИНТ")  # more than half of the letters of Russian, Bulgarian, Serbian
# What other encodings of one or two bytes a character are shown as
ACCENT = compile_lazily(r"[\x80-\xffŒœŠšŽžŸƒˆ˜‚„†‡‰€“”‘’•–—…™›‹]")
MIN_ACCENTS = 12  # in a line
SAMPLE_CHARACTERS = 400
MIN_SAMPLE_BYTES = 60  # beyond its characters; below it a text is in the letters of Europe
MIN_RIGHT_SHARE = 0.6  # of letters, in what the words were
MAX_RUN_CHARACTERS = 2_000  # that are read in another way
MAX_SHOWN_CHARACTERS = 60
REMEDY = "correct the words, or create the file again from its source"


class Garbled(Struct, frozen=True, kw_only=True):
    """Garbled words, their offset in the text, what they were, and the wrong encoding."""

    offset: int
    words: str
    right: str
    read_as: str


def detect_mojibake(text: str) -> Problem | None:
    """Return the problem of the first garbled words in *text*, None if there are none."""
    found = None
    sample = text[:SAMPLE_CHARACTERS]
    if len(sample.encode(errors="replace")) - len(sample) > MIN_SAMPLE_BYTES:
        found = detect_other(sample)
    if found is None and any(sign in text for sign in UTF8_SIGNS):
        found = next(list_utf8_runs(text), None)
    return make_problem(text, found) if found is not None else None


def make_problem(text: str, found: Garbled) -> Problem:
    line = text.count("\n", 0, found.offset) + 1
    words, right = (_shorten(one) for one in (found.words, found.right))
    message = f"{words!r} was {right!r} before it was read as {found.read_as}"
    return Problem(code="mojibake", message=message, remedy=REMEDY, line=line)


def _shorten(words: str) -> str:
    words = words.strip()
    return words if len(words) <= MAX_SHOWN_CHARACTERS else words[: MAX_SHOWN_CHARACTERS - 1] + "…"


# -- UTF-8 that was read as something else ------------------------------------------------


def list_utf8_runs(text: str) -> Iterator[Garbled]:
    """Yield what was UTF-8 and is shown as Windows-1252 or Latin-1, once or twice."""
    for match in UTF8_RUN.finditer(text):
        right = decode_run(match[0])
        if not all(map(RIGHT.fullmatch, right)) or not right or is_by_chance(text, match):
            continue
        start, end = expand(text, match.start(), match.end())
        words = text[start:end][:MAX_RUN_CHARACTERS]
        yield Garbled(
            offset=match.start(),
            words=words,
            # text that was garbled twice is repaired twice
            right=_put_right(_put_right(words)),
            read_as="Windows-1252",
        )


def _put_right(words: str) -> str:
    return UTF8_RUN.sub(lambda match: decode_run(match[0]) or match[0], words)


def is_by_chance(text: str, match: re.Match[str]) -> bool:
    """Return whether an accent and a sign may stand there as they are: `É»`, `à”…`.

    Such a run is beside other accents, or is short, has none but common signs, and no letter goes
    on behind it.
    """
    run = match[0]
    before = text[max(0, match.start() - 1) : match.start()]
    after = text[match.end() : match.end() + 1]
    if any("\x7f" < one < "\u0100" for one in before + after):
        return True
    if len(run) > 3 or not COMMON_SIGNS.issuperset(run[1:]):
        return False
    if run.startswith(("â€", "Ã", "Â")) and run[1:2] not in "‘’“”„‚–—…›»\xa0":
        return False
    return not (before.islower() and run[0].isupper() and after.islower())


def decode_run(run: str) -> str:
    """Return the UTF-8 that Windows-1252 or Latin-1 has shown as *run*, "" if it is none."""
    try:
        return encode_run(run[:MAX_RUN_CHARACTERS]).decode()
    except UnicodeError:
        return ""


def encode_run(run: str) -> bytes:
    """Return the bytes that are shown as *run*; raise UnicodeError."""
    return b"".join(
        one.encode("latin-1") if one < "\u0100" else one.encode("cp1252") for one in run
    )


def expand(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the begin and end of the word around *start* and *end*."""
    while start > 0 and _is_in_word(text[start - 1]) and end - start < MAX_SHOWN_CHARACTERS:
        start -= 1
    while end < len(text) and _is_in_word(text[end]) and end - start < MAX_SHOWN_CHARACTERS:
        end += 1
    return start, end


def _is_in_word(character: str) -> bool:
    return character.isalnum() or (character > "\x7f" and not character.isspace())


def detect_cp1251_run(text: str) -> Garbled | None:
    """Return Cyrillic in UTF-8 that was read as Windows-1251, None without any."""
    for match in CP1251_RUN.finditer(text):
        run = match[0][:MAX_RUN_CHARACTERS]
        try:
            right = run[: len(run) // 2 * 2].encode("cp1251", "strict").decode("utf-8")
        except UnicodeError:
            continue
        return Garbled(offset=match.start(), words=run, right=right, read_as="Windows-1251")
    return None


# -- other encodings ----------------------------------------------------------------------


def detect_other(sample: str) -> Garbled | None:
    """Return garbled words of *sample*, the beginning of a text in other letters than Latin."""
    if CP1251_SIGN in sample:
        return detect_cp1251_run(sample)
    if CYRILLIC_WORD.search(sample):
        return detect_inverted(sample)
    return detect_accents(sample) or next(list_utf8_runs(sample), None)


def detect_inverted(sample: str) -> Garbled | None:
    """Return words of KOI8-R that were read as Windows-1251, or the reverse."""
    first = INVERTED_WORD.search(sample)
    if first is None:
        return None
    words = " ".join(CYRILLIC_WORD.findall(sample))
    choices = (("koi8-r", "cp1251", "Windows-1251"), ("cp1251", "koi8-r", "KOI8-R"))
    for right_codec, wrong_codec, name in choices:
        right = words.encode(wrong_codec, "replace").decode(right_codec, "replace")
        is_small = sum(map(str.islower, right)) > 0.7 * sum(map(str.isalpha, right))
        if is_small and _count_frequent(right) > 1.2 * _count_frequent(words):
            return Garbled(offset=first.start(), words=words, right=right, read_as=name)
    return None


def _count_frequent(words: str) -> int:
    return sum(one in FREQUENT for one in words)


def detect_accents(sample: str) -> Garbled | None:
    """Return a line of Chinese, Japanese, Korean or Cyrillic that was read as Latin-1."""
    line = max(sample.split("\n"), key=lambda one: len(ACCENT.findall(one)))
    if len(ACCENT.findall(line)) < MIN_ACCENTS:
        return None
    from feedsvc.reading.encoding import is_certain, list_candidates

    try:
        candidates = list_candidates(encode_run(line))
    except UnicodeError:
        return None
    if not is_certain(candidates) or candidates[0].codec in WESTERN:
        return None
    right = candidates[0].text
    letters = [one for one in right if one.isalpha() and one > "\x7f"]
    if sum(map(_is_other_letter, letters)) < MIN_RIGHT_SHARE * max(1, len(letters)):
        return None
    offset = sample.index(line)
    return Garbled(offset=offset, words=line, right=right, read_as="Windows-1252")


def _is_other_letter(character: str) -> bool:
    return "Ѐ" <= character <= "ӿ" or "぀" <= character <= "鿿" or "가" <= character <= "힣"


WESTERN = frozenset("cp1250 cp1252 cp1254 cp1257 cp1258 mac-roman".split()) | {
    f"iso8859-{number}" for number in (1, 2, 3, 4, 9, 10, 13, 14, 15, 16)
}
