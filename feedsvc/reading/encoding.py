"""Bytes become clean text, and the name of the encoding they were in.

Comes in: the bytes of a file. Goes out: text with LF line ends and without characters that
XML forbids. What does not decode cleanly is an `EntryError`: mojibake never leaves this stage.
"""

from __future__ import annotations

import codecs
import re

from msgspec import Struct

from feedsvc.content.characters import FORBIDDEN_IN_FEEDS
from feedsvc.errors import EntryError
from feedsvc.model import Problem

BOMS = {  # the longer ones first: UTF-32's begins with UTF-16's
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
BOM_FIRST_BYTES = {bom[:1] for bom in BOMS}
CONTROL_BYTES = bytes({*range(32), 127} - {9, 10, 13})
ENCODING_DECLARATION = re.compile(
    rb"""(?:charset|encoding|coding)\s*[=:]\s*["']?\s*([A-Za-z][\w.:-]{2,30})""", re.IGNORECASE
)
DECLARATION_BYTES = 4096  # at the start of a file, in which a declaration is looked for
ISO_2022 = {  # Python's names and IANA's
    "iso2022_jp": "iso-2022-jp",
    "iso2022_jp_2": "iso-2022-jp-2",
    "iso2022_jp_ext": "iso-2022-jp-ext",
    "iso2022_kr": "iso-2022-kr",
}
KANA = re.compile("[\u3041-\u30fe]")
HANGUL = re.compile("[\uac00-\ud7a3]")
COMMON_HAN = re.compile("[的一是在了和有不人中大国年月日為发發会會公司新我个這这来來]")
EAST_ASIAN = {
    "euc_jp": KANA,
    "cp932": KANA,
    "gb18030": COMMON_HAN,
    "big5": COMMON_HAN,
    "cp949": HANGUL,
}
COMMON_HAN_WEIGHT = 4.0  # common characters are about an eighth of a Chinese text
MIN_SCRIPT_SHARE = 0.3  # of the characters beyond ASCII
WESTERN_LETTERS = tuple(
    frozenset(letters + letters.upper())
    for letters in (
        "äöüßéèà",
        "àâçèéêëîïôùûüÿœæ",
        "áéíóúñüç",
        "áâãàçéêíóôõúü",
        "àèéìíòóùú",
        "åäöøæéü",
        "áðéíóúýþæö",
        "éëïöüèêáó",
    )
)
ALL_WESTERN_LETTERS = frozenset().union(*WESTERN_LETTERS)
WESTERN_SIGNS = frozenset("\xa0§°«»„“”‚‘’–—…·•€£©®™½¼¾×µ´¡¿\xadºª²³")
# Latin 1's signs are Latin 2's letters
SIGN_WITHIN_WORD = re.compile("[^\\W\\d_][³¹±¶¿¼¾£][^\\W\\d_]")
# Letters and quotation marks in Windows' encodings, controls in ISO's
WINDOWS_ONLY_BYTES = re.compile(rb"[\x80-\x9f]")
ISO_EQUIVALENTS = {"cp1252": "latin_1", "cp1250": "iso8859_2"}
IANA_NAMES = {  # Python's names of the encodings that are detected, and IANA's
    "latin_1": "iso-8859-1",
    **{f"cp125{number}": f"windows-125{number}" for number in range(9)},
    **{f"iso8859_{number}": f"iso-8859-{number}" for number in (2, 5, 7, 9, 13, 15)},
    "koi8_r": "koi8-r",
    "koi8_u": "koi8-u",
    "tis_620": "tis-620",
    "euc_jp": "euc-jp",
    "cp932": "shift_jis",
    "cp949": "euc-kr",
    "gb18030": "gb18030",
    "big5": "big5",
}


class DecodedText(Struct, frozen=True, kw_only=True):
    """A decoded file."""

    text: str
    encoding: str
    problems: tuple[Problem, ...] = ()


def decode_text(data: bytes) -> DecodedText:
    """Return *data* as clean text; raise `EntryError` where no encoding fits for certain."""
    has_controls = len(data.translate(None, CONTROL_BYTES)) != len(data)
    marked = detect_marked_encoding(data) if has_controls or data[:1] in BOM_FIRST_BYTES else ""
    decoded = (
        DecodedText(text=data.decode(marked), encoding=marked) if marked else decode_unmarked(data)
    )
    text, problems = decoded.text, decoded.problems
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if has_controls or not data.isascii():
        text, more = clean_text(text)
        problems += more
    if not text or text.isspace():
        remedy = "write a title, a date and a text, or remove it"
        raise EntryError("empty", "the file is empty", remedy)
    return DecodedText(text=text, encoding=decoded.encoding, problems=problems)


def decode_unmarked(data: bytes) -> DecodedText:
    """Return *data* as UTF-8, else by the encoding that it declares or shows; raise `EntryError`."""
    if text := decode_utf8(data):
        return DecodedText(text=text, encoding="utf-8")
    found = ENCODING_DECLARATION.search(data[:DECLARATION_BYTES])
    declared = found[1].decode().lower() if found else ""
    if can_decode(data, declared):
        return DecodedText(text=data.decode(declared), encoding=declared)
    codec = detect_encoding(data)
    encoding = IANA_NAMES.get(codec, codec)
    problems: tuple[Problem, ...] = ()
    if encoding != declared:
        message = f"the file is not UTF-8 and does not say what it is; read as {encoding}"
        remedy = "look at it, and save it as UTF-8"
        problems = (Problem(code="encoding-guessed", message=message, remedy=remedy),)
    return DecodedText(text=data.decode(codec), encoding=encoding, problems=problems)


def detect_marked_encoding(data: bytes) -> str:
    """Return the encoding that control characters in *data* leave no doubt of, "" without them.

    Raise `EntryError` for what is not text, or does not hold what its mark promises.
    """
    for bom, encoding in BOMS.items():
        if data.startswith(bom):
            return check_encoding(data, encoding)
    if b"\0" in data:
        sample = data[:4096]
        even, odd = sample[::2].count(0), sample[1::2].count(0)
        if max(even, odd) * 5 < len(sample) or min(even, odd) * 20 > len(sample):
            raise make_binary_error()
        return check_encoding(data, "utf-16-be" if even > odd else "utf-16-le")
    if b"\x1b$" in data:  # ISO 2022 is plain ASCII to all others
        return next((name for codec, name in ISO_2022.items() if can_decode(data, codec)), "")
    return ""


def check_encoding(data: bytes, encoding: str) -> str:
    """Return *encoding*, which a mark in *data* promises; raise `EntryError` if it does not hold."""
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


def decode_utf8(data: bytes) -> str:
    """Return *data* as UTF-8, "" if it is in another encoding.

    Raise `EntryError` for UTF-8 with a few broken bytes.
    """
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        text = data.decode(errors="replace")
        broken = text.count("\ufffd")
        whole = sum(character > "\x7f" for character in text) - broken
        if whole > 3 * broken:
            message = f"the byte 0x{data[error.start]:02x} is not UTF-8, the rest is"
            line = data.count(b"\n", 0, error.start) + 1
            raise EntryError("encoding", message, "write the character anew", line=line) from None
    return ""


def detect_encoding(data: bytes) -> str:
    """Return Python's name of the encoding that *data* shows; raise `EntryError` for none."""
    if len(data.translate(None, CONTROL_BYTES)) < 0.98 * len(data):
        raise make_binary_error()
    if codec := detect_east_asian(data):
        return codec
    if is_western(data):
        codec = "cp1252"
    elif SIGN_WITHIN_WORD.search(data.decode("latin_1")):
        codec = "cp1250"
    else:
        codec = detect_by_frequency(data)
    if not WINDOWS_ONLY_BYTES.search(data):
        codec = ISO_EQUIVALENTS.get(codec, codec)
    if not can_decode(data, codec):
        message = "the file is neither UTF-8 nor any encoding that fits for certain"
        raise EntryError("encoding", message, "save it as UTF-8")
    return codec


def detect_by_frequency(data: bytes) -> str:
    """Return the encoding that charset-normalizer finds the most plausible, "" for none."""
    from charset_normalizer import from_bytes  # takes longer to import than most files to read

    best = from_bytes(data, cp_isolation=list(IANA_NAMES)).best()
    return best.encoding if best is not None else ""


def is_western(data: bytes) -> bool:
    """Return whether all beyond ASCII, as Windows-1252, are letters of one Western language.

    A few letters of others, in names, and signs do not count.
    """
    if not can_decode(data, "cp1252"):
        return False
    beyond = [one for one in data.decode("cp1252") if one > "\x7f" and one not in WESTERN_SIGNS]
    if not ALL_WESTERN_LETTERS.issuperset(beyond):
        return False
    if "õ" in beyond and "ã" not in beyond:  # Hungarian's ő
        return False
    needed = 0.85 * len(beyond)
    return any(sum(one in letters for one in beyond) >= needed for letters in WESTERN_LETTERS)


def detect_east_asian(data: bytes) -> str:
    """Return the multi-byte encoding whose own script shows in *data* the most, "" for none."""
    best, best_share = "", MIN_SCRIPT_SHARE
    for codec, script in EAST_ASIAN.items():
        if not can_decode(data, codec):
            continue
        beyond = "".join(one for one in data.decode(codec) if one > "\x7f")
        weight = COMMON_HAN_WEIGHT if script is COMMON_HAN else 1.0
        share = weight * len(script.findall(beyond)) / max(len(beyond), 1)
        if share > best_share and len(beyond) > 3:
            best, best_share = codec, share
    return best


def can_decode(data: bytes, encoding: str) -> bool:
    """Return whether *encoding* is a known text encoding in which *data* is whole."""
    try:
        data.decode(encoding)
    except (LookupError, UnicodeError, ValueError):
        return False
    return True


def clean_text(text: str) -> tuple[str, tuple[Problem, ...]]:
    """Return *text* without what no feed may carry, and a problem where a character was lost."""
    text = text.removeprefix("\ufeff")
    clean, count = FORBIDDEN_IN_FEEDS.subn(_replace_forbidden, text)
    if not count:
        return clean.replace("\x85", "\n"), ()
    lost = text.count("\ufffd")
    if not lost and count > max(8, len(text) // 20):
        message = f"{count:,} control characters make this no text"
        raise EntryError("binary", message, "remove the file")
    problems = []
    if lost:
        message = "a character was lost here (U+FFFD stands for it)"
        problems.append(_make_character_problem("lost-character", message, text, "\ufffd"))
    if count > lost:
        first = next(
            match[0] for match in FORBIDDEN_IN_FEEDS.finditer(text) if match[0] != "\ufffd"
        )
        message = f"the control character U+{ord(first):04X} stands here, which no feed may carry"
        if count - lost > 1:
            message += f", and {count - lost - 1:,} more follow"
        problems.append(_make_character_problem("control-character", message, text, first))
    return clean.replace("\x85", "\n"), tuple(problems)


def _replace_forbidden(match: re.Match[str]) -> str:
    """Return a space for what stands between words (a vertical tab, a form feed), else nothing."""
    return " " if match[0] in "\x0b\x0c" else ""


def _make_character_problem(code: str, message: str, text: str, character: str) -> Problem:
    line = text.count("\n", 0, text.index(character)) + 1
    remedy = "write it anew" if code == "lost-character" else "remove it"
    return Problem(code=code, message=message, remedy=remedy, line=line)
