"""The dates in a line of a page, and the meaning of the label before each.

Comes in: one line of a page. Goes out: its dates as written, each with its day and its label.
`dates` decides whether they are dates, and the page's dialect which of them counts.
"""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

from msgspec import Struct

from feedsvc.dates import DateRules, parse_date
from feedsvc.dialects.field_names import build_field_name_table, normalize_field_name
from feedsvc.dialects.labelled.labels import (
    PLAIN_DATE_NAMES,
    LabelBefore,
    detect_label_before,
    get_label_field,
)
from feedsvc.errors import DateError
from feedsvc.patterns import compile_lazily

YEAR = r"(?<!\d)[12\u0661\u0662\u06f1\u06f2]\d{3}(?!\d)"
NUMBER = r"\d{1,2}(?!\d)"
MONTH = r"(?:[^\W\d_]{3,14}|[^\W\d_][^\s!-~]{1,13})"  # with the signs of Thai and Hindi vowels
WEEKDAY = (
    r"(?:\s?[(（\[](?:星期|周|週|礼拜|禮拜)?[日一二三四五六天月火水木金土월화수목금토일](?:曜日?|요일)?"
    r"(?:[・·][祝休])?[)）\]]|\s?(?:星期|周|週)[一二三四五六日天]|\s?[日月火水木金土]曜日?|\s?[월화수목금토일]요일)?"
)
CLOCK = (
    r"(?P<clock>(?:T|_|[,，]?\s{0,3}(?:[-–|]\s)?(?:(?:at|um|à|às|alle|ore|klo|kl|om|в|a las)\.?\s)?)(?:上午|下午|午前|午後|오전|오후)?"
    r"\s?\d{1,2}\s?(?:[:：]\d\d(?:[:：]\d\d)?(?:\.\d{1,6})?|[時时시]\s?(?:\d{1,2}\s?[分분])?|h\s?\d\d)"
    r"(?:\s?[AaPp]\.?[Mm]\b\.?)?(?:\s?Uhr)?(?:\s?(?:Z|UTC|GMT|CES?T|[ECMP][SD]T)\b|\s?[+-]\d\d:?\d\d)?)?"
)
SHAPES = (
    rf"{YEAR}\s?[年년]\s?{NUMBER}\s?[月월]\s?{NUMBER}\s?[日号號일]",
    rf"{YEAR}\s?(?P<sign>[-/.‐–])\s?{NUMBER}\s?(?P=sign)\s?{NUMBER}\.?",
    rf"(?:令和|平成|中華民國|民國|民国)\s?(?:元|\d{{1,3}})\s?年\s?{NUMBER}\s?月\s?{NUMBER}\s?日",
    rf"(?<![\d.]){NUMBER}\s?(?P<mark>[./-])\s?{NUMBER}\s?(?P=mark)\s?{YEAR}",
    rf"(?<!\d){NUMBER}(?:st|nd|rd|th|er|º|ª|\.)?[\s/-](?:(?:de|of|do|di)\s|d['’])?{MONTH}\.?,?[\s/-](?:(?:de|del|do)\s)?{YEAR}",
    rf"{MONTH}\.? {NUMBER}(?:st|nd|rd|th)?,? {YEAR}",
    rf"{YEAR}\.?[ -]{MONTH}\.?[ -]{NUMBER}\.?",
)
DATE = compile_lazily(f"(?P<day>{'|'.join(SHAPES)}){WEEKDAY}{CLOCK}")
UPDATING = compile_lazily(
    r"更新|修改|修正|改訂|最終|最后|最後|\blast\b|updat|modif|\bchang|edited|revis|reviewed|geändert"
    r"|änderung|aktualisi|bearbeitet|\bstand\b|mis(?:e)? à jour|actuali[sz]|aggiorna|atualiza"
    r"|bijgewerkt|gewijzigd|수정|변경|갱신|업데이트|обновл|измен|تحديث|تعديل|zaktualiz|uppdater|oppdater"
    r"|opdater|päivitetty",
    re.IGNORECASE,
)
# "am 3. Mai zuletzt geändert", "2024年5月3日更新", "5 June 2024 (updated)"
UPDATING_BEHIND = compile_lazily(
    rf"[\s(（]{{0,3}}(?:zuletzt |laatst )?(?:{UPDATING.pattern})(?!\D{{0,12}}\d)", re.IGNORECASE
)
# Alone these say nothing without a colon, and with another word before them something else
# ("Closing date:")
VAGUE_LABELS = PLAIN_DATE_NAMES | {"日時"}
UTC = ZoneInfo("UTC")
TABLE = build_field_name_table()


class PrintedDate(Struct, frozen=True, kw_only=True):
    """A date in a line: its words, its day, and "published", "updated" or "" by its label."""

    start: int
    end: int
    words: str
    day: str
    kind: str
    label: str


def may_hold_date(text: str) -> bool:
    """Return whether *text* has enough digits for a date."""
    return sum(character.isdecimal() for character in text) >= 3


def list_dates(text: str, language: str) -> list[PrintedDate]:
    """Return the dates of one line, those that are read without doubt or for want of an order."""
    found: list[PrintedDate] = []
    if not may_hold_date(text):
        return found
    behind = 0
    for match in DATE.finditer(text):
        words, day = resolve_day(match, language)
        if not day:
            continue
        kind, label = classify_date(text[behind : match.start()])
        end = match.start() + len(words)
        if not kind and UPDATING_BEHIND.match(text, end):
            kind = "updated"
        found.append(
            PrintedDate(start=match.start(), end=end, words=words, day=day, kind=kind, label=label)
        )
        behind = end
    return found


def resolve_day(match: re.Match[str], language: str) -> tuple[str, str]:
    """Return the words of a date, with its time of day if that can be read, and its day."""
    for words in dict.fromkeys((match[0].strip(), match["day"].strip())):
        for order in ("dmy", "mdy"):
            try:
                parsed = parse_date(words, DateRules(zone=UTC, order=order, language=language))
            except DateError:
                continue
            return words, str(parsed.moment.when.date())
    return "", ""


def classify_date(before: str) -> tuple[str, str]:
    """Return ("published" or "updated", the label) of a date behind the words *before*."""
    found = detect_label_before(before[-60:], TABLE)
    if found:
        label = found.words
        name = normalize_field_name(label)
        canonical = get_label_field(label, TABLE)
        ahead = before[-60:][: found.start]
        if canonical == "updated" or (
            canonical in ("published", "release") and UPDATING.search(ahead[-14:])
        ):
            return "updated", label
        if canonical in ("published", "release") and is_own_label(name, found, ahead):
            return "published", label
    return ("updated", "") if UPDATING.search(before[-30:]) else ("", "")


def is_own_label(name: str, label: LabelBefore, ahead: str) -> bool:
    """Return whether a label stands for itself, and is not the end of another one."""
    last = ahead[-1:]
    if name not in VAGUE_LABELS:
        return not last.isalpha() or not last.isascii()
    if not label.has_colon or last.isalpha():
        return False
    word = ahead.rstrip()[-1:]
    is_latin = name.isascii()
    return not (is_latin and word.isalpha() and ":" not in ahead and "：" not in ahead)
