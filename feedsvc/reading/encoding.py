"""Bytes become clean text, and the name of the encoding they were in.

Comes in: the bytes of a file. Goes out: text with LF line ends and without
characters that XML forbids. What does not decode cleanly is an `EntryError`:
mojibake never leaves this stage.
"""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from feedsvc.content.characters import FORBIDDEN_IN_FEEDS
from feedsvc.errors import EntryError
from feedsvc.model import Problem

BOMS = (  # the longer ones first: UTF-32's begins with UTF-16's
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
BOM_FIRST_BYTES = {bom[:1] for bom, _ in BOMS}
CONTROL_BYTES = bytes({*range(32), 127} - {9, 10, 13})
FORBIDDEN_LEAD_BYTES = (
    b"\xc2",
    b"\xef\xb7",
    b"\xef\xbf",
)  # with which they begin in UTF-8, and others too
ENCODING_DECLARATION = re.compile(
    rb"""(?:charset|encoding|coding)\s*[=:]\s*["']?\s*([A-Za-z][\w.:-]{2,30})""", re.IGNORECASE
)
KANA = re.compile("[\u3041-\u30fe]")
HANGUL = re.compile("[\uac00-\ud7a3]")
COMMON_HAN = re.compile("[的一是在了和有不人中大国年月日为發发会會公司新我个這这来來]")
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
SIGN_WITHIN_WORD = re.compile(
    "[^\\W\\d_][³¹±¶¿¼¾£][^\\W\\d_]"
)  # Latin 1's signs are Latin 2's letters
WINDOWS_ONLY_BYTES = re.compile(
    rb"[\x80-\x9f]"
)  # letters and quotation marks in Windows' encodings, controls in ISO's
ISO_EQUIVALENTS = {"cp1252": "latin_1", "cp1250": "iso8859_2"}
IANA_NAMES = {  # Python's names of the encodings that are looked for, and IANA's
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


class DecodedText(NamedTuple):
    """A decoded file."""

    text: str
    encoding: str
    problems: tuple[Problem, ...] = ()


def decode_text(data: bytes) -> DecodedText:
    """*data* as clean text; raises `EntryError` where no encoding fits for certain."""
    problems: tuple[Problem, ...] = ()
    controls = len(data.translate(None, CONTROL_BYTES)) != len(data)
    encoding = detect_marked_encoding(data) if controls or data[:1] in BOM_FIRST_BYTES else ""
    if encoding:
        text = data.decode(encoding)
    else:
        encoding, text = "utf-8", decode_utf8(data)
        if not text:
            encoding, text = detect_encoding(data)
            problems = make_guess_problems(data, encoding)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if (
        controls
        or encoding != "utf-8"
        or (not data.isascii() and any(mark in data for mark in FORBIDDEN_LEAD_BYTES))
    ):
        text, more = clean_text(text)
        problems += more
    if not text or text.isspace():
        raise EntryError(
            "empty", "the file is empty; write a title, a date and a text, or remove it"
        )
    return DecodedText(text, encoding, problems)


def detect_marked_encoding(data: bytes) -> str:
    """The encoding that control characters in *data* leave no doubt of; "" where there are none."""
    if data[:1] in BOM_FIRST_BYTES:
        for bom, encoding in BOMS:
            if data.startswith(bom):
                return check_encoding(data, encoding)
    if b"\0" in data:
        sample = data[:4096]
        even, odd = sample[::2].count(0), sample[1::2].count(0)
        if max(even, odd) * 5 < len(sample) or min(even, odd) * 20 > len(sample):
            raise EntryError(
                "binary", "the file is not text; give it the ending of its type, or remove it"
            )
        return check_encoding(data, "utf-16-be" if even > odd else "utf-16-le")
    if b"\x1b$" in data:  # ISO 2022 is plain ASCII to all others
        for encoding in ("iso2022_jp", "iso2022_jp_2", "iso2022_jp_ext", "iso2022_kr"):
            if can_decode(data, encoding):
                return (
                    encoding.replace("_", "-", 1).replace("iso2022", "iso-2022").replace("_", "-")
                )
    return ""


def check_encoding(data: bytes, encoding: str) -> str:
    """*encoding*, which a mark in *data* promises; raises `EntryError` if it does not hold."""
    try:
        data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"the file is marked as {encoding}, but its bytes from {error.start} on are not; save it as UTF-8"
        raise EntryError("encoding", message, line=line) from None
    return encoding


def decode_utf8(data: bytes) -> str:
    """*data* as UTF-8, "" if it is in another encoding; raises `EntryError` for UTF-8 with a few broken bytes."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        text = data.decode(errors="replace")
        broken = text.count("\ufffd")
        whole = sum(character > "\x7f" for character in text) - broken
        if whole > 3 * broken:
            line = data.count(b"\n", 0, error.start) + 1
            message = f"the byte 0x{data[error.start]:02x} is not UTF-8, the rest is; write the character anew"
            raise EntryError("encoding", message, line=line) from None
    return ""


def detect_encoding(data: bytes) -> tuple[str, str]:
    """The encoding that is declared or detected, and the text; raises `EntryError` where none is plausible."""
    if declared := ENCODING_DECLARATION.search(data[:4096]):
        name = declared[1].decode().lower()
        if can_decode(data, name):
            return name, data.decode(name)
    if len(data.translate(None, CONTROL_BYTES)) < 0.98 * len(data):
        raise EntryError(
            "binary", "the file is not text; give it the ending of its type, or remove it"
        )
    if eastern := detect_east_asian(data):
        return IANA_NAMES[eastern], data.decode(eastern)
    name = (
        "cp1252"
        if is_western(data)
        else "cp1250"
        if SIGN_WITHIN_WORD.search(data.decode("latin_1"))
        else ""
    )
    if not name:
        from charset_normalizer import from_bytes  # takes longer to import than most files to read

        best = from_bytes(data, cp_isolation=list(IANA_NAMES)).best()
        name = best.encoding if best is not None else ""
    if name in ISO_EQUIVALENTS and not WINDOWS_ONLY_BYTES.search(data):
        name = ISO_EQUIVALENTS[name]
    if not can_decode(data, name):
        message = (
            "the file is neither UTF-8 nor any encoding that fits for certain; save it as UTF-8"
        )
        raise EntryError("encoding", message)
    return IANA_NAMES.get(name, name), data.decode(name)


def make_guess_problems(data: bytes, encoding: str) -> tuple[Problem, ...]:
    """A problem where *encoding* was told by the text alone, without a declaration in it."""
    declared = ENCODING_DECLARATION.search(data[:4096])
    if declared and declared[1].decode().lower() == encoding:
        return ()
    message = f"the file is not UTF-8 and does not say what it is; read as {encoding}: look at it, and save it as UTF-8"
    return (Problem(code="encoding-guessed", message=message),)


def is_western(data: bytes) -> bool:
    """Whether the bytes beyond ASCII, as Latin 1, are letters of one Western language, a few names and signs."""
    if not can_decode(data, "cp1252"):
        return False
    beyond = [
        character
        for character in data.decode("cp1252")
        if character > "\x7f" and character not in WESTERN_SIGNS
    ]
    if not ALL_WESTERN_LETTERS.issuperset(beyond) or (
        "õ" in beyond and "ã" not in beyond
    ):  # Hungarian's ő
        return False
    return any(
        sum(character in letters for character in beyond) >= 0.85 * len(beyond)
        for letters in WESTERN_LETTERS
    )


def detect_east_asian(data: bytes) -> str:
    """The multi-byte encoding whose own script shows in *data*, "" if none does."""
    best, most = "", 0.3  # of the characters beyond ASCII
    for encoding, script in (
        ("euc_jp", KANA),
        ("cp932", KANA),
        ("gb18030", COMMON_HAN),
        ("big5", COMMON_HAN),
        ("cp949", HANGUL),
    ):
        if not can_decode(data, encoding):
            continue
        beyond = [character for character in data.decode(encoding) if character > "\x7f"]
        weight = (
            1.0 if script is not COMMON_HAN else 4.0
        )  # common ones are an eighth of a Chinese text
        share = weight * len(script.findall("".join(beyond))) / max(len(beyond), 1)
        if share > most and len(beyond) > 3:
            best, most = encoding, share
    return best


def can_decode(data: bytes, encoding: str) -> bool:
    """Whether *encoding* is a known text encoding in which *data* is whole."""
    try:
        data.decode(encoding)
    except (LookupError, UnicodeError, ValueError):
        return False
    return True


def clean_text(text: str) -> tuple[str, tuple[Problem, ...]]:
    """*text* without what no feed may carry, and a problem where a character was lost before."""
    text = text.removeprefix("\ufeff")
    place = text.find("\ufffd")
    if place >= 0:
        line = text.count("\n", 0, place) + 1
        message = "a character was lost here (U+FFFD stands for it); write it anew"
        return FORBIDDEN_IN_FEEDS.sub("", text), (
            Problem(code="lost-character", message=message, line=line),
        )
    if len(unwanted := FORBIDDEN_IN_FEEDS.findall(text)) > max(8, len(text) // 20):
        raise EntryError(
            "binary", f"{len(unwanted):,} control characters make this no text; remove the file"
        )
    return FORBIDDEN_IN_FEEDS.sub("", text).replace("\x85", "\n"), ()
