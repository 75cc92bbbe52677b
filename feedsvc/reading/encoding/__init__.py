"""Decodes bytes to clean text, and names their encoding.

Comes in: the bytes of a file. Goes out: text with LF line ends and without characters that
XML forbids. Bytes that do not decode cleanly are an `EntryError`: no mojibake leaves this stage.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache
from unicodedata import category, decomposition, name

from msgspec import Struct

from feedsvc.content.characters import (
    FORBIDDEN_IN_FEEDS,
    drop_unseen_at_start,
    replace_forbidden,
)
from feedsvc.errors import EntryError
from feedsvc.model import Problem
from feedsvc.reading.encoding.mojibake import detect_mojibake

BOMS = {  # the longer ones first: UTF-32's begins with UTF-16's
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
BOM_FIRST_BYTES = {bom[:1] for bom in BOMS}
CONTROL_BYTES = bytes({*range(32), 127} - {9, 10, 13})
SPACE_FOR_CONTROLS = bytes.maketrans(CONTROL_BYTES, b" " * len(CONTROL_BYTES))
ENCODING_DECLARATION = re.compile(
    rb"""(?:charset|encoding|coding)\s*+[=:]\s*+["']?\s*+([A-Za-z][\w.:-]{2,30})""", re.IGNORECASE
)
DECLARATION_BYTES = 4096  # searched for a declaration at the start of a file
ISO_2022 = {  # Python's names and IANA's
    "iso2022_jp": "iso-2022-jp",
    "iso2022_jp_2": "iso-2022-jp-2",
    "iso2022_jp_ext": "iso-2022-jp-ext",
    "iso2022_kr": "iso-2022-kr",
}
NAMES = {  # what is looked for, by chardet's names, which are Python's: most of WHATWG's Encoding
    **{f"cp125{n}": f"windows-125{n}" for n in range(9)},
    **{f"iso8859-{n}": f"iso-8859-{n}" for n in (*range(2, 9), 10, 13, 14, 15, 16)},
    "cp866": "ibm866",
    "cp874": "windows-874",
    "koi8-r": "koi8-r",
    "koi8-u": "koi8-u",
    "mac-roman": "macintosh",
    "mac-cyrillic": "x-mac-cyrillic",
    "gb18030": "gb18030",
    "big5hkscs": "big5",
    "euc_jis_2004": "euc-jp",
    "cp932": "shift_jis",
    "cp949": "euc-kr",
}
ISO_EQUIVALENTS = {  # the names of the same text where no byte is Windows' own
    "cp1250": "iso-8859-2",
    "cp1252": "iso-8859-1",
    "cp1253": "iso-8859-7",
    "cp1254": "iso-8859-9",
    "cp1255": "iso-8859-8",
    "iso8859-15": "iso-8859-1",
}
SUPERSETS = {"gbk": "gb18030", "euc_jp": "euc_jis_2004"}  # which pages that declare the left use
# Letters and quotation marks in Windows' encodings, controls in ISO's
WINDOWS_ONLY_BYTES = re.compile(rb"[\x80-\x9f]")
LATIN = frozenset("cp1250 cp1252 cp1254 cp1257 cp1258 mac-roman".split()) | {
    f"iso8859-{number}" for number in (2, 13, 14, 15)
}
MIN_GUESS_SHARE = 0.3  # of chardet's highest confidence; what is below is never the best
MIN_WEIGHT = 0.12
MIN_LATIN_WEIGHT = 0.03  # less, as chardet's confidence grows with the share beyond ASCII
MAX_NEXT_SHARE = 0.95  # of the likeliest reading's weight, for the next
# Lowered to just that share, these matter only where they are the likeliest.
RARE = frozenset({"iso8859-3", "iso8859-4", "iso8859-10", "mac-roman", "mac-cyrillic"})
HAVE_LIKELIER_ISO_SIBLING = frozenset({"cp1250", "cp1253"})  # where no byte is Windows' own
SAMPLE_BYTES = 2000  # of the lines beyond ASCII, in which oddities are counted
# In the classes of `classify_character`; the last: scripts within one word, as in "cafй"
ODDITY = re.compile("[lL]U|Lu|oO|c|(?<=[lLuUoO])s(?=[lLuUoO])|[lLuU][oO]|[oO][lLuU]")
OTHER_ALPHABETS = ("CYRILLIC", "GREEK", "HEBREW", "ARABIC", "THAI")  # never mixed with Latin
ODDITY_WEIGHT = 8  # one in so many characters beyond ASCII makes a reading impossible
MIN_DECLARED_SHARE = 0.75  # of the weight of what is certain, for what is declared


class DecodedText(Struct, frozen=True, kw_only=True):
    """A decoded file."""

    text: str
    encoding: str
    problems: tuple[Problem, ...] = ()


class Candidate(Struct, frozen=True, kw_only=True):
    """A file's text in one encoding, by Python's name, and how likely that is (0 to 1)."""

    codec: str
    text: str
    weight: float


def decode_text(data: bytes) -> DecodedText:
    """Return *data* as clean text; raise `EntryError` if no encoding is certain."""
    has_controls = data.translate(SPACE_FOR_CONTROLS) != data  # to delete them takes longer
    marked = detect_marked_encoding(data) if has_controls or data[:1] in BOM_FIRST_BYTES else ""
    decoded = (
        DecodedText(text=data.decode(marked), encoding=marked) if marked else decode_unmarked(data)
    )
    text, problems = decoded.text, decoded.problems
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if has_controls or not data.isascii():
        garbled = detect_mojibake(text)
        text, more = clean_text(text, garbled)
        problems += more
    if not text or text.isspace():
        remedy = "write a title, a date and a text, or remove it"
        raise EntryError("empty", "the file is empty", remedy)
    return DecodedText(text=text, encoding=decoded.encoding, problems=problems)


def decode_unmarked(data: bytes) -> DecodedText:
    """Return *data* as UTF-8, else as it declares or shows; raise `EntryError`."""
    if (text := decode_utf8(data)) is not None:
        return DecodedText(text=text, encoding="utf-8")
    if len(data.translate(None, CONTROL_BYTES)) < 0.98 * len(data):
        raise make_binary_error()
    found = ENCODING_DECLARATION.search(data[:DECLARATION_BYTES])
    declared = found[1].decode().lower() if found else ""
    codec = resolve_label(declared)
    candidates = list_candidates(data)
    best = candidates[0] if is_certain(candidates) else None
    if can_decode(data, codec) and is_plausible(codec, data.decode(codec), candidates, best):
        return DecodedText(text=data.decode(codec), encoding=declared)
    if best is None:
        guess = f" (perhaps {make_name(data, candidates[0])})" if candidates else ""
        message = f"the file is not UTF-8, and no other encoding is certain{guess}"
        raise EntryError("encoding", message, "save it as UTF-8, or declare the encoding")
    encoding = make_name(data, best)
    fault = f"is not the {declared} that it declares" if declared else "does not name its encoding"
    message = f"the file is not UTF-8 and {fault}; read as {encoding}"
    remedy = "check the text, and save it as UTF-8"
    problem = Problem(code="encoding-guessed", message=message, remedy=remedy)
    return DecodedText(text=best.text, encoding=encoding, problems=(problem,))


def detect_marked_encoding(data: bytes) -> str:
    """Return the encoding that control characters in *data* prove, "" without them.

    Raise `EntryError` for data that is not text, or does not match its mark.
    """
    for bom, encoding in BOMS.items():
        if data.startswith(bom):
            return check_encoding(data, encoding)
    if b"\0" in data:
        return detect_utf16(data)
    if b"\x1b$" in data:  # ISO 2022 is plain ASCII to all others
        return next((name for codec, name in ISO_2022.items() if can_decode(data, codec)), "")
    return ""


def detect_utf16(data: bytes) -> str:
    """Return which UTF-16 *data* with NULs is: they stand at one parity, and all of it is text.

    Raise `EntryError` for what is neither.
    """
    even, odd = data[::2].count(0), data[1::2].count(0)
    encoding = "utf-16-be" if even > odd else "utf-16-le"
    if min(even, odd) * 20 > max(even, odd):
        raise make_binary_error()
    sample = data[:8192].decode(encoding, "replace")
    if sum(is_text(one) for one in sample) < 0.98 * len(sample):
        raise make_binary_error()
    return check_encoding(data, encoding)


def is_text(character: str) -> bool:
    return character in "\t\r\n" or category(character)[0] in "LMNPSZ"


def check_encoding(data: bytes, encoding: str) -> str:
    """Return *encoding*, which a mark in *data* names; raise `EntryError` if it is another."""
    try:
        data.decode(encoding)
    except UnicodeDecodeError as error:
        message = f"the file is marked as {encoding}, but its bytes from {error.start} on are not"
        line = data.count(b"\n", 0, error.start) + 1
        raise EntryError("encoding", message, "save it as UTF-8", line=line) from None
    return encoding


def make_binary_error() -> EntryError:
    remedy = "give it the ending of its type, or remove it"
    return EntryError("binary", "the file is not text", remedy)


def decode_utf8(data: bytes) -> str | None:
    """Return *data* as UTF-8, None if it is in another encoding.

    Raise `EntryError` for UTF-8 with a few broken bytes.
    """
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        text = data.decode(errors="replace")
        broken = text.count("\ufffd")
        whole = sum(character > "\x7f" for character in text) - broken
        if whole > 3 * broken:
            message = f"the byte 0x{data[error.start]:02x} is not UTF-8, but the rest is"
            line = data.count(b"\n", 0, error.start) + 1
            raise EntryError("encoding", message, "type the character again", line=line) from None
    return None


def resolve_label(label: str) -> str:
    """Return Python's name of what pages mean by *label*, "" for none (WHATWG Encoding, 4.2).

    UTF-16 and UTF-32 would have shown themselves by now.
    """
    from webencodings import lookup  # late: most files declare nothing

    encoding = lookup(label)
    codec = encoding.codec_info.name if encoding else label
    return "" if codec.startswith("utf") else SUPERSETS.get(codec, codec)


def list_candidates(data: bytes) -> list[Candidate]:
    """Return the different texts that *data* may be, the likeliest first."""
    from chardet import detect_all  # late: importing takes longer than reading most files

    undeclared = ENCODING_DECLARATION.sub(b"", data)  # chardet would trust the declaration
    guesses = detect_all(
        undeclared,
        ignore_threshold=True,
        compat_names=False,
        include_encodings=[*NAMES, "utf-8"],
        no_match_encoding="utf-8",  # instead of Windows-1252, where nothing fits
    )
    sample = b"\n".join(line for line in data.splitlines() if not line.isascii())[:SAMPLE_BYTES]
    is_windows = WINDOWS_ONLY_BYTES.search(data) is not None
    candidates: dict[str, Candidate] = {}
    for guess in guesses:
        codec = guess["encoding"] or ""
        if guess["confidence"] < MIN_GUESS_SHARE * guesses[0]["confidence"] or codec not in NAMES:
            continue
        if not can_decode(data, codec):
            continue
        text = data.decode(codec)
        weight = guess["confidence"] * count_plausibility(sample.decode(codec, "ignore"))
        if is_rare(codec, guess["language"] or "", is_windows=is_windows):
            weight *= MAX_NEXT_SHARE
        if text not in candidates or weight > candidates[text].weight:
            candidates[text] = Candidate(codec=codec, text=text, weight=weight)
    return sorted(candidates.values(), key=lambda candidate: -candidate.weight)


def is_rare(codec: str, language: str, *, is_windows: bool) -> bool:
    """Return whether newsrooms hardly ever use *codec* for *language*."""
    if codec == "iso8859-16":
        return language != "ro"
    return codec in RARE or (codec in HAVE_LIKELIER_ISO_SIBLING and not is_windows)


def count_plausibility(text: str) -> float:
    """Return 1 for a text without characters where no language has them, down to 0 for many."""
    beyond = sum(character > "\x7f" for character in text)
    classes = "".join(map(classify_character, text))
    return max(0.0, 1 - ODDITY_WEIGHT * len(ODDITY.findall(classes)) / max(beyond, 1))


@lru_cache(maxsize=4096)
def classify_character(character: str) -> str:
    """Return the class of a character, as one letter.

    l or u is a letter (lower or upper case), L or U one beyond ASCII, o or O one of another
    alphabet, c a control, s a sign, a dot anything else. A sign is what stands in no word;
    apostrophes, hyphens, Catalan's middle dot and ellipses do.
    """
    kind = category(character)
    if character <= "\x7f":
        return {"Ll": "l", "Lu": "u"}.get(kind, ".")
    if kind == "Cc":
        return "c"
    if kind == "Lm" or decomposition(character).startswith("<"):  # ˆ and ﬂ, of Mac OS
        return "s"
    if kind[0] == "L" and name(character, "").startswith(OTHER_ALPHABETS):
        return {"Ll": "o", "Lu": "O"}.get(kind, "o")
    if kind in ("Ll", "Lu"):
        return {"Ll": "L", "Lu": "U"}[kind]
    return "s" if kind[0] in "SPN" and kind not in ("Nd", "Pd") and character not in "’·…" else "."


def is_certain(candidates: list[Candidate]) -> bool:
    """Return whether the first of *candidates* is likely in itself, and the next less so."""
    if not candidates:
        return False
    best, *others = candidates
    floor = MIN_LATIN_WEIGHT if best.codec in LATIN else MIN_WEIGHT
    limit = MAX_NEXT_SHARE * best.weight
    return best.weight >= floor and all(other.weight <= limit for other in others)


def is_plausible(
    codec: str, text: str, candidates: list[Candidate], certain: Candidate | None
) -> bool:
    """Return whether *text*, which the declared *codec* makes, is not far behind what is certain.

    A codec that is never guessed is trusted.
    """
    if certain is None or codec not in NAMES:
        return True
    weight = max((one.weight for one in candidates if one.text == text), default=0.0)
    return weight >= MIN_DECLARED_SHARE * certain.weight


def make_name(data: bytes, candidate: Candidate) -> str:
    """Return the name of *candidate* for users: ISO's, where the text is the same."""
    name = ISO_EQUIVALENTS.get(candidate.codec, "")
    if not name or WINDOWS_ONLY_BYTES.search(data) or not can_decode(data, name):
        return NAMES[candidate.codec]
    return name if data.decode(name) == candidate.text else NAMES[candidate.codec]


def can_decode(data: bytes, encoding: str) -> bool:
    """Return whether *encoding* is a known text encoding in which *data* is whole."""
    try:
        data.decode(encoding)
    except (LookupError, UnicodeError, ValueError):
        return False
    return True


def clean_text(text: str, garbled: Problem | None = None) -> tuple[str, tuple[Problem, ...]]:
    """Return *text* without characters forbidden in feeds, and a problem if one was lost.

    If the text is *garbled*, control characters belong to that problem and are not a further one.
    """
    if not text.isascii():
        text = drop_unseen_at_start(text)
    clean, count = FORBIDDEN_IN_FEEDS.subn(replace_forbidden, text)
    if not count:
        return clean.replace("\x85", "\n"), () if garbled is None else (garbled,)
    lost = text.count("\ufffd")
    if garbled is not None:
        return clean, (garbled,)
    if not lost and count > max(8, len(text) // 20):
        message = f"{count:,} control characters show that this is not text"
        raise EntryError("binary", message, "remove the file")
    problems = []
    if lost:
        message = "a character was lost here (U+FFFD stands for it)"
        problems.append(_make_character_problem("lost-character", message, text, "\ufffd"))
    if count > lost:
        first = next(
            match[0] for match in FORBIDDEN_IN_FEEDS.finditer(text) if match[0] != "\ufffd"
        )
        message = f"the control character U+{ord(first):04X} is here, which no feed may carry"
        if count - lost > 1:
            message += f", and {count - lost - 1:,} more"
        problems.append(_make_character_problem("control-character", message, text, first))
    return clean.replace("\x85", "\n"), tuple(problems)


def _make_character_problem(code: str, message: str, text: str, character: str) -> Problem:
    line = text.count("\n", 0, text.index(character)) + 1
    remedy = "type it again" if code == "lost-character" else "remove it"
    return Problem(code=code, message=message, remedy=remedy, line=line)
